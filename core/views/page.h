/* A page of text that is the same in the console and from a verb: lines with a tone, which a screen
 * draws as a style and a pipe ignores. Texts from outside go in as they are: whoever shows a line
 * cleans it. */
#ifndef PENSTOCK_VIEWS_PAGE_H
#define PENSTOCK_VIEWS_PAGE_H

#include "core/views/view.h"

enum page_tone {
    PAGE_PLAIN,
    PAGE_TITLE,
    PAGE_DIM,
    PAGE_GOOD,
    PAGE_BUSY,
    PAGE_ATTENTION,
    PAGE_BAD,
    PAGE_TONES
};
enum page_tone page_tone_of(enum status status);

struct page_line {
    struct sv text;
    enum page_tone tone;
    size_t start; /* bytes that have the tone; */
    size_t len;   /* 0 = the whole line */
    int hang;     /* wrapped rows begin so many cells to the right */
};
typedef enum err_code page_fn(void *owner, const struct page_line *line, struct err *err);

struct page {
    page_fn *add;
    void *owner;
    const struct view_look *look;
    int cols;
    struct sb text; /* inside: the line that is being made */
    struct err *err;
    enum err_code rc; /* the first failure: later calls do nothing */
};
void page_init(struct page *p, const struct view_look *look, int cols, page_fn *add, void *owner,
               struct err *err);
enum err_code page_done(struct page *p) MUST_CHECK; /* and release it */

/* Pieces of the line that is being made; page_end puts it on the page. */
void page_sv(struct page *p, struct sv text);
void page_f(struct page *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The text and blanks up to so many cells; what is longer is cut with "~", and a blank follows. */
void page_cell(struct page *p, int cells, struct sv text);
void page_right(struct page *p, int cells, struct sv text);
/* "✓ OK  ", in 7 cells. */
void page_status(struct page *p, enum status status);
void page_end(struct page *p, enum page_tone tone, int hang);
/* Likewise, with the tone on those bytes only. */
void page_end_part(struct page *p, enum page_tone tone, size_t start, size_t len, int hang);
void page_line(struct page *p, enum page_tone tone, struct sv text); /* a whole one */
void page_blank(struct page *p);
/* "Label      text", nothing when the text is empty. */
void page_pair(struct page *p, const char *label, struct sv text);

#endif
