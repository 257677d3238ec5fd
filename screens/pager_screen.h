/* A screen that is nothing but a text: what help, messages and describe have in common. Their state
 * begins with a struct pager_screen; load fills its pager and facts names it, the rest is here. */
#ifndef PENSTOCK_SCREENS_PAGER_SCREEN_H
#define PENSTOCK_SCREENS_PAGER_SCREEN_H

#include "tui/pager.h"

struct pager_screen {
    struct pager pager;
    bool is_open;
};

void pager_screen_open(struct pager_screen *s); /* before the first use; again does nothing */
/* subject: what the text is about, "" = nothing of a name. */
void pager_screen_facts(const struct pager_screen *s, const char *title, const char *subject,
                        struct screen_facts *out);

/* For struct screen, whose commands are pager_commands. */
void pager_screen_draw(const void *state, const struct view_look *look, struct canvas *c,
                       struct rect area);
void pager_screen_handle(void *state, enum command command, struct sv argument, struct answer *out);
enum err_code pager_screen_print(const void *state, const struct view_look *look, struct sb *out,
                                 struct err *err) MUST_CHECK;
void pager_screen_release(void *state);
unsigned pager_screen_key(void *state, uint32_t key, bool *is_taken, struct answer *out);

#endif
