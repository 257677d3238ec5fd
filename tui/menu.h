/* A menu: a short list over the screen, chosen by cursor and Enter or by its letter. Pure. */
#ifndef PENSTOCK_TUI_MENU_H
#define PENSTOCK_TUI_MENU_H

#include "tui/canvas.h"
#include "tui/command.h"

enum { MENU_MAX = 24, MENU_TEXT = 96 };

struct menu {
    char title[MENU_TEXT];
    struct menu_item {
        char text[MENU_TEXT];
        char note[MENU_TEXT]; /* dim, behind the text; or why it cannot be chosen */
        uint32_t key;         /* 1..9 then letters; 0 = none */
        int value;            /* the owner's */
        bool is_disabled;
    } items[MENU_MAX];
    int count;
    int cursor;
};

/* MENU_REFUSED: the item under the cursor was meant, and it is disabled. */
enum menu_answer { MENU_STAYS, MENU_MOVED, MENU_CHOSEN, MENU_REFUSED, MENU_CLOSED };

void menu_init(struct menu *m, const char *title);
void menu_add(struct menu *m, int value, struct sv text, struct sv note, bool is_disabled);
/* For the last one added, instead of the next number or letter; 0 leaves it. */
void menu_set_key(struct menu *m, uint32_t key);
/* What the item says by now, and whether it can be chosen; its place and its key stay. */
void menu_renew(struct menu *m, int i, struct sv note, bool is_disabled);
/* The key as typed and the command it stands for. A disabled item, which stands in parentheses,
 * cannot be chosen; the cursor may stand on it, so that its note can be read. */
enum menu_answer menu_key(struct menu *m, uint32_t key, enum command command);
int menu_value(const struct menu *m); /* of the item under the cursor; -1 without one */
void menu_draw(const struct menu *m, struct canvas *c, struct rect area);

#endif
