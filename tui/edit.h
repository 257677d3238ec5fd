/* The line editor: one line of typed text, for the filter, the palette and the fields of a form. */
#ifndef PENSTOCK_TUI_EDIT_H
#define PENSTOCK_TUI_EDIT_H

#include "tui/canvas.h"

enum { EDIT_SIZE = 1024 }; /* a pipeline's description takes 1000 */

struct edit {
    char text[EDIT_SIZE];
    size_t len;
    size_t at; /* in bytes, never between a character and its combining marks */
};

enum edit_answer {
    EDIT_IGNORED, /* not an editing key: somebody else may want it */
    EDIT_MOVED,
    EDIT_CHANGED,
    EDIT_DONE,
    EDIT_CANCELLED /* the text is left as it is */
};

enum edit_answer edit_key(struct edit *e, uint32_t key);
/* Pasted text: newlines and tabs become blanks, what is not safe is left out, and what is too long
 * is cut; *is_cut tells (NULL is fine). */
enum edit_answer edit_paste(struct edit *e, struct sv text, bool *is_cut);
void edit_clear(struct edit *e);
struct sv edit_text(const struct edit *e);
/* Shows the part around the cursor; returns the cells used. */
int edit_draw(const struct edit *e, struct canvas *c, int row, int col, int cols);

#endif
