/* Seeds: what the world looks like at first.
 *
 * demo is lived through, not painted: pipelines are defined some days ago and a script of commits,
 * answers and stops is run by the engine up to now, so every state is one that can really be
 * reached. fleet:N is many small pipelines in one region. empty has accounts only. */
#ifndef PENSTOCK_SANDBOX_SEED_H
#define PENSTOCK_SANDBOX_SEED_H

#include "core/sandbox/world.h"

enum seed_kind { SEED_DEMO, SEED_EMPTY, SEED_FLEET };

struct seed {
    enum seed_kind kind;
    int64_t fleet_size;
};

enum { FLEET_MAX = 1000000 };

bool seed_parse(struct sv text, struct seed *out);
/* The definitions only; then either seed_live or what a store has kept. now_ms is the present. */
enum err_code seed_define(struct world *w, const struct seed *seed, int64_t now_ms,
                          struct err *err) MUST_CHECK;
enum err_code seed_live(struct world *w, const struct seed *seed, int64_t now_ms,
                        struct err *err) MUST_CHECK;

enum err_code seed_demo_define(struct world *w, struct err *err) MUST_CHECK;
enum err_code seed_demo_live(struct world *w, int64_t now_ms, struct err *err) MUST_CHECK;
struct records;
enum err_code seed_environments(struct records *records, int64_t now_ms,
                                struct err *err) MUST_CHECK;
enum err_code seed_fleet_define(struct world *w, int64_t size, struct err *err) MUST_CHECK;
enum err_code seed_fleet_live(struct world *w, int64_t now_ms, struct err *err) MUST_CHECK;

#endif
