#include "core/base/arena.h"

#include <stdalign.h>
#include <stddef.h>

#include "core/base/mem.h"

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char bytes[];
};

enum { BLOCK_MIN = 8 * 1024 };

void arena_init(struct arena *arena, size_t cap)
{
    *arena = (struct arena){.cap = cap};
}

void arena_release(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;

        mem_free(arena->blocks);
        arena->blocks = next;
    }
    arena_init(arena, arena->cap);
}

void arena_clear(struct arena *arena)
{
    struct arena_block *kept = arena->blocks;

    if (kept == NULL)
        return;
    arena->blocks = kept->next;
    arena_release(arena);
    memset(kept->bytes, 0, kept->used);
    kept->used = 0;
    kept->next = NULL;
    arena->blocks = kept;
}

static struct arena_block *add_block(struct arena *arena, size_t need)
{
    size_t size = need > BLOCK_MIN ? need : BLOCK_MIN;
    struct arena_block *block = mem_alloc(sizeof *block + size);

    if (block == NULL)
        return NULL;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
    struct arena_block *block = arena->blocks;
    size_t need;
    void *at;

    if (size > 0 && count > (arena->cap - arena->used) / size)
        return NULL;
    need = (count * size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (block == NULL || block->size - block->used < need)
        block = add_block(arena, need);
    if (block == NULL)
        return NULL;
    at = block->bytes + block->used;
    block->used += need;
    arena->used += count * size;
    return at;
}

struct sv arena_sv(struct arena *arena, struct sv text)
{
    char *copy = arena_alloc(arena, text.len + 1, 1);

    if (copy == NULL)
        return SV_NONE;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return sv_make(copy, text.len);
}

enum err_code arena_err(const struct arena *arena, struct err *err)
{
    if (arena->used >= arena->cap)
        return err_set(err, ERR_LIMIT, "more than %zu bytes of data", arena->cap);
    return err_set(err, ERR_LIMIT, "out of memory, or more than %zu bytes of data", arena->cap);
}
