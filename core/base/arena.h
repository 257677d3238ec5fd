/* An arena: memory that is filled piece by piece and released all at once.
 *
 * A decoded reply lives in one, so nobody has to ask who frees which of its hundred strings. */
#ifndef PENSTOCK_BASE_ARENA_H
#define PENSTOCK_BASE_ARENA_H

#include "core/base/text.h"

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t used; /* bytes handed out */
    size_t cap;  /* most that may be handed out */
};

void arena_init(struct arena *arena, size_t cap);
void arena_release(struct arena *arena); /* leaves it empty and reusable */
void arena_clear(struct arena *arena);   /* keeps one block for the next filling */

/* Zeroed, aligned for any type, valid until release or clear. NULL when over the cap or out of
 * memory; callers then return arena_err. */
void *arena_alloc(struct arena *arena, size_t count, size_t size) MUST_CHECK;
/* A copy with a NUL behind it. SV_NONE.ptr (NULL) only on failure; an empty text gives "". */
struct sv arena_sv(struct arena *arena, struct sv text) MUST_CHECK;

enum err_code arena_err(const struct arena *arena, struct err *err);

#endif
