/* A dialog: a question about one thing, answered by a letter. Enter alone never confirms, the first
 * choice never does harm, and the key that opened it never answers it. It holds the identity it is
 * about. A dialog may ask for a word to be typed.
 *
 * What must be read before the answer is never cut: a text that is longer than the box scrolls, and
 * a line below it says so. Pure. */
#ifndef PENSTOCK_TUI_DIALOG_H
#define PENSTOCK_TUI_DIALOG_H

#include "tui/edit.h"
#include "tui/screen.h"

enum { DIALOG_CHOICES = 4, DIALOG_TITLE = 512, DIALOG_TEXT = 16 * 1024 };

struct dialog {
    char title[DIALOG_TITLE];
    char text[DIALOG_TEXT]; /* paragraphs, divided by newlines */
    struct target target;   /* what it is about */
    uint32_t opened_by;     /* the key that does not count; 0 = none */
    struct dialog_choice {
        uint32_t key;
        char text[64];
        int value;
        bool needs_word;
    } choices[DIALOG_CHOICES];
    int choice_count;
    char word[EDIT_SIZE]; /* to be typed before a choice that needs it; "" = none */
    struct edit typed;
    bool is_wrong;  /* Enter was pressed on another word */
    bool has_typed; /* Tab or Enter left the line: letters answer again; Tab goes back to it */
    int top;        /* the text's first row in sight */
    int page;       /* of the last layout: rows of the text in sight... */
    int hidden;     /* ...and how many more there are */
};

enum dialog_answer { DIALOG_STAYS, DIALOG_CHANGED, DIALOG_CHOSEN, DIALOG_CLOSED };

void dialog_init(struct dialog *d, const char *title, const char *text, uint32_t opened_by);
/* A choice on the key that opened the dialog moves to that letter's other case. */
void dialog_add(struct dialog *d, uint32_t key, const char *text, int value, bool needs_word);
/* Before the first key; a word that is longer than a line of text is refused. */
enum err_code dialog_ask_word(struct dialog *d, struct sv word, struct err *err) MUST_CHECK;
/* Where it will be drawn, before its keys: without it the text does not scroll. */
void dialog_layout(struct dialog *d, struct rect area);
/* *value is the chosen one's. Esc closes. The arrows and pages move a text that scrolls, j, k and
 * Space where letters answer. */
enum dialog_answer dialog_key(struct dialog *d, uint32_t key, int *value);
void dialog_draw(const struct dialog *d, struct canvas *c, struct rect area);

#endif
