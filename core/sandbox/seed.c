#include "core/sandbox/seed.h"

static const int64_t DAY_MS = 24LL * 60 * 60 * 1000;

bool seed_parse(struct sv text, struct seed *out)
{
    *out = (struct seed){.kind = SEED_DEMO};
    if (sv_eq(text, SV("demo")))
        return true;
    if (sv_eq(text, SV("empty"))) {
        out->kind = SEED_EMPTY;
        return true;
    }
    out->kind = SEED_FLEET;
    return sv_starts(text, SV("fleet:")) && sv_to_int(sv_drop(text, 6), &out->fleet_size) &&
           out->fleet_size >= 1 && out->fleet_size <= FLEET_MAX;
}

enum err_code seed_define(struct world *w, const struct seed *seed, int64_t now_ms, struct err *err)
{
    w->now_ms = now_ms - 3 * DAY_MS;
    switch (seed->kind) {
    case SEED_DEMO:
        return seed_demo_define(w, err);
    case SEED_FLEET:
        return seed_fleet_define(w, seed->fleet_size, err);
    case SEED_EMPTY:
        break;
    }
    return ERR_OK;
}

enum err_code seed_live(struct world *w, const struct seed *seed, int64_t now_ms, struct err *err)
{
    switch (seed->kind) {
    case SEED_DEMO:
        return seed_demo_live(w, now_ms, err);
    case SEED_FLEET:
        return seed_fleet_live(w, now_ms, err);
    case SEED_EMPTY:
        break;
    }
    w->now_ms = now_ms;
    return ERR_OK;
}
