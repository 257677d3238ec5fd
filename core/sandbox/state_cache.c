#include "core/sandbox/state_cache.h"

#include "core/base/mem.h"

enum { SLOTS = 16384, TEXT_CAP = 4 << 20 };

struct slot {
    const struct pipe *pipe;
    uint32_t changes;
    struct sb text;
    struct sb previous;
};

struct state_cache {
    struct slot slots[SLOTS];
};

enum err_code state_cache_new(struct state_cache **out, struct err *err)
{
    struct state_cache *cache = mem_alloc(sizeof *cache);

    if (cache == NULL)
        return mem_err(err);
    for (size_t i = 0; i < SLOTS; i++) {
        sb_init(&cache->slots[i].text, TEXT_CAP);
        sb_init(&cache->slots[i].previous, TEXT_CAP);
    }
    *out = cache;
    return ERR_OK;
}

void state_cache_free(struct state_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        sb_release(&cache->slots[i].text);
        sb_release(&cache->slots[i].previous);
    }
    mem_free(cache);
}

struct sv state_cache_get(const struct state_cache *cache, const struct pipe *p)
{
    const struct slot *slot = &cache->slots[p->index % SLOTS];

    return slot->pipe == p && slot->changes == p->changes ? sb_sv(&slot->text) : SV_NONE;
}

struct sv state_cache_previous(const struct state_cache *cache, const struct pipe *p)
{
    const struct slot *slot = &cache->slots[p->index % SLOTS];

    if (slot->pipe != p)
        return SV_NONE;
    if (slot->changes != p->changes)
        return sb_sv(&slot->text);
    return slot->previous.len > 0 ? sb_sv(&slot->previous) : SV_NONE;
}

enum err_code state_cache_put(struct state_cache *cache, const struct pipe *p, struct sv text,
                              struct err *err)
{
    struct slot *slot = &cache->slots[p->index % SLOTS];

    if (slot->pipe == p) {
        struct sb kept = slot->previous;

        slot->previous = slot->text;
        slot->text = kept;
    } else {
        sb_clear(&slot->previous);
    }
    slot->pipe = NULL;
    sb_clear(&slot->text);
    if (sb_add(&slot->text, text, err))
        return err == NULL ? ERR_LIMIT : err->code;
    slot->pipe = p;
    slot->changes = p->changes;
    return ERR_OK;
}
