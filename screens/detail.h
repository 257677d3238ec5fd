/* The detail: one pipeline's stages and actions, a line each, below the list. */
#ifndef PENSTOCK_SCREENS_DETAIL_H
#define PENSTOCK_SCREENS_DETAIL_H

#include "core/views/view.h"
#include "tui/canvas.h"

struct detail {
    struct arena arena;
    struct cache_pipeline pipeline; /* rowid 0 = none */
};

void detail_init(struct detail *d);
void detail_release(struct detail *d);
/* A pipeline that is gone leaves none. */
enum err_code detail_load(struct detail *d, struct cache *cache, int64_t rowid,
                          struct err *err) MUST_CHECK;
void detail_draw(const struct detail *d, const struct view_look *look, struct canvas *c,
                 struct rect area);

#endif
