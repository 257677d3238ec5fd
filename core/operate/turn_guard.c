/* A turn before the guard: all environments and pipelines that it leads to, divided by commas, each
 * by itself. */
#include "core/base/time.h"
#include "core/operate/guard_place.h"

static void add_answer(struct guard_answer *out, const struct guard_answer *one)
{
    if (!out->is_protected)
        (void)snprintf(out->why, sizeof out->why, "%s", one->why);
    out->is_protected |= one->is_protected;
    out->is_unlocked |= one->is_unlocked;
    if (out->frozen[0] == '\0')
        (void)snprintf(out->frozen, sizeof out->frozen, "%s", one->frozen);
}

/* Tags may be all that tells a pipeline's environment: one whose tags may not be read, and that
 * nothing else places, may be any. */
static bool may_be_any(const struct turn *t)
{
    struct cache *cache = t->deploy->cache;
    struct cache_pipeline known;
    int64_t rowid = 0;

    return t->has_way && !t->is_placed && cache != NULL &&
           cache_find_id(cache, &t->operand->id, &rowid, NULL) == ERR_OK && rowid != 0 &&
           cache_get_pipeline(cache, rowid, t->arena, &known, NULL) == ERR_OK &&
           sv_find(known.row.trouble, SV("ListTagsForResource")) >= 0;
}

/* Is it among those that stand before it? */
static bool is_judged(struct sv all, struct sv one)
{
    struct sv rest = sv_take(all, (size_t)(one.ptr - all.ptr));

    while (rest.len > 0) {
        if (sv_eq(sv_cut(rest, ',', &rest), one))
            return true;
    }
    return false;
}

enum err_code turn_judge(const struct turn *t, struct guard_answer *out, struct err *err)
{
    struct guard_ask ask = {.env = t->deploy->env,
                            .environment = SV(""),
                            .pipeline = t->operand->id.name,
                            .caller = sv_of(t->caller),
                            .author = t->author,
                            .is_approval = t->operation->is_approval,
                            .is_any = may_be_any(t),
                            .now_ms = time_wall_ms()};
    struct sv rest = t->environment;
    enum err_code rc = guard_judge(&ask, out, err);

    while (!rc && rest.len > 0) {
        struct guard_answer one = {0};

        ask.environment = sv_cut(rest, ',', &rest);
        if (ask.environment.len == 0 || is_judged(t->environment, ask.environment))
            continue;
        ask.is_stage = sv_starts(ask.environment, SV(GUARD_STAGE));
        if (ask.is_stage)
            ask.environment = sv_drop(ask.environment, sizeof GUARD_STAGE - 1);
        rc = guard_judge(&ask, &one, err);
        add_answer(out, &one);
    }
    ask.environment = SV("");
    ask.is_stage = false;
    rest = t->pipelines;
    while (!rc && rest.len > 0) {
        struct guard_answer one = {0};

        ask.pipeline = sv_cut(rest, ',', &rest);
        rc = guard_judge(&ask, &one, err);
        add_answer(out, &one);
    }
    if (!rc && !out->is_protected && ask.is_any) {
        out->is_protected = true;
        (void)snprintf(out->why, sizeof out->why, "a pipeline whose tags may not be read");
    }
    return rc;
}
