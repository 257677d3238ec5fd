/* Pages of core/views as lines of a pager, or painted at once into an area. */
#ifndef PENSTOCK_SCREENS_PAGE_LINES_H
#define PENSTOCK_SCREENS_PAGE_LINES_H

#include "core/views/page.h"
#include "tui/pager.h"

/* page_fn; owner is a struct pager. */
enum err_code page_to_pager(void *owner, const struct page_line *line, struct err *err) MUST_CHECK;

/* page_fn; owner is one of these: lines wrap, and what does not fit is counted. */
struct page_paint {
    struct canvas *canvas;
    struct rect area;
    int used;     /* rows */
    bool is_full; /* something was left out */
};
enum err_code page_to_canvas(void *owner, const struct page_line *line, struct err *err) MUST_CHECK;
/* page_fn; owner is a struct sb: plain lines. */
enum err_code page_to_text(void *owner, const struct page_line *line, struct err *err) MUST_CHECK;

#endif
