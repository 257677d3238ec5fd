/* A reading on a scripted AWS: what it asks for, and the cache that it writes into. */
#ifndef PENSTOCK_TESTS_READING_STAGE_H
#define PENSTOCK_TESTS_READING_STAGE_H

#include "core/operate/reading.h"
#include "tests/unit/deploy/twin.h"

struct wish {
    struct twin *twin;
    reading_fn *fn;
    struct operand what;
};

static inline enum err_code run(struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return w->fn(task, &w->twin->deploy, &w->what, err);
}

static inline struct cache *open_cache(void)
{
    struct cache_options options = {.in_memory = true};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    return cache;
}

#endif
