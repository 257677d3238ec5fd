/* A pipeline in which an approval waits, as a sync and a reading leave it in the cache: Source,
 * Deploy-Stage-dev, ManualApproval-dev (which waits), Deploy-Stage-prod. */
#ifndef PENSTOCK_TESTS_VIEWS_WAITING_H
#define PENSTOCK_TESTS_VIEWS_WAITING_H

#include "core/operate/released.h"
#include "tests/unit/check.h"

enum { WAITING_STAGES = 4, WAITING_MINUTE_MS = 60 * 1000 };

#define WAITING_NEW "3f65a1b2-0000-4000-8000-000000000001" /* waits */
#define WAITING_OLD "91ac0e55-0000-4000-8000-000000000002" /* succeeded in prod */

struct waiting {
    const char *name;
    int minutes;         /* since it waits */
    int timeout_minutes; /* 0 = AWS's own */
    const char *data;
    const char *link;
    const char *message;
    const char *trigger_detail;
    const char *also;         /* another approval in the stage */
    const char *old_revision; /* NULL = c1 */
    int again;                /* commits that were rolled back in prod, and */
    int taken;                /* that would be taken back there */
    bool is_parallel;
    bool is_new_in_prod; /* nothing succeeded there before */
    bool is_elsewhere;   /* in an account of nobody's */
};

static inline struct pipeline_id waiting_id(const struct waiting *w)
{
    return (struct pipeline_id){SV("aws"),
                                w->is_elsewhere ? SV("999999999999") : SV("111111111111"),
                                SV("eu-west-1"), sv_of(w->name)};
}

static inline void waiting_put(struct cache *cache, const struct waiting *w, int64_t now_ms)
{
    static const char *const names[WAITING_STAGES] = {"Source", "Deploy-Stage-dev",
                                                      "ManualApproval-dev", "Deploy-Stage-prod"};
    static const char *const kinds[WAITING_STAGES] = {"Source", "Build", "Approval", "Build"};
    const int64_t since = now_ms - (int64_t)w->minutes * WAITING_MINUTE_MS;
    const struct pipeline_id id = waiting_id(w);
    struct action_def action_defs[WAITING_STAGES];
    struct stage_def stage_defs[WAITING_STAGES];
    struct action_def both_defs[2];
    struct action_state both[2];
    struct action_state actions[WAITING_STAGES];
    struct stage_state stages[WAITING_STAGES];
    struct execution executions[] = {
        {.id = SV(WAITING_NEW),
         .status = STATUS_IN_PROGRESS,
         .started_at = since - 5 * WAITING_MINUTE_MS,
         .updated_at = since,
         .revision = SV("c3"),
         .revision_summary = sv_of(w->message),
         .trigger = SV("Webhook"),
         .trigger_detail = sv_of(w->trigger_detail)},
        {.id = SV(WAITING_OLD),
         .status = STATUS_SUCCEEDED,
         .started_at = since - 600 * WAITING_MINUTE_MS,
         .updated_at = since - 580 * WAITING_MINUTE_MS,
         .revision = w->old_revision != NULL ? sv_of(w->old_revision) : SV("c1")}};
    struct pipeline_def def = {.name = id.name,
                               .version = 1,
                               .mode = w->is_parallel ? MODE_PARALLEL : MODE_QUEUED,
                               .stages = stage_defs,
                               .stage_count = WAITING_STAGES};
    struct pipeline_state state = {
        .name = id.name, .version = 1, .stages = stages, .stage_count = WAITING_STAGES};
    struct action_run run = {.execution_id = SV(WAITING_NEW), .started_at = since};
    bool changed;
    struct err err;

    for (int i = 0; i < WAITING_STAGES; i++) {
        bool is_wait = i == 2;
        bool is_ahead = i == 3;

        action_defs[i] = (struct action_def){.name = is_wait ? SV("sign-off") : SV("run"),
                                             .category = sv_of(kinds[i]),
                                             .run_order = 1};
        stage_defs[i] = (struct stage_def){sv_of(names[i]), &action_defs[i], 1};
        actions[i] = (struct action_state){.name = action_defs[i].name,
                                           .category = action_defs[i].category,
                                           .status = is_wait ? STATUS_WAITING : STATUS_SUCCEEDED,
                                           .changed_at = since,
                                           .percent = -1,
                                           .has_token = is_wait};
        stages[i] =
            (struct stage_state){.name = stage_defs[i].name,
                                 .status = is_wait ? STATUS_IN_PROGRESS : STATUS_SUCCEEDED,
                                 .execution_id = is_ahead ? SV(WAITING_OLD) : SV(WAITING_NEW),
                                 .transition_enabled = true,
                                 .actions = &actions[i],
                                 .action_count = 1};
        if (is_ahead && w->is_new_in_prod) {
            actions[i].status = stages[i].status = STATUS_NONE;
            stages[i].execution_id = SV_NONE;
        }
    }
    if (w->also != NULL) {
        both[0] = both[1] = actions[2];
        both[1].name = sv_of(w->also);
        stages[2].actions = both;
        stages[2].action_count = 2;
        both_defs[0] = both_defs[1] = action_defs[2];
        both_defs[1].name = both[1].name;
        stage_defs[2].actions = both_defs;
        stage_defs[2].action_count = 2;
    }
    action_defs[2].data = sv_of(w->data);
    action_defs[2].link = sv_of(w->link);
    action_defs[2].timeout_minutes = w->timeout_minutes;
    run.stage = stages[2].name;
    run.action = actions[2];
    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &id, &def, NULL, 0, now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(cache, &id, &state, &executions[0], now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_history(cache, &id, &executions[1], w->is_new_in_prod ? 0 : 1, &run,
                                 w->is_parallel ? 1 : 0, now_ms, &changed, &err),
               &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

/* Ana's c3 and Ravi's c2 on top of `before`, as released_read would have read them of what prod
 * runs; with before "" nothing ever succeeded there. again: of these, what had been rolled back. */
static inline void waiting_put_carried(struct cache *cache, const struct waiting *w,
                                       struct sv before, int64_t now_ms)
{
    const struct stage_state prod = {.name = SV("Deploy-Stage-prod"),
                                     .status = STATUS_SUCCEEDED,
                                     .execution_id = w->is_new_in_prod ? SV("") : SV(WAITING_OLD)};
    const struct released_ask ask = {
        .execution = SV(WAITING_NEW), .to = &prod, .is_parallel = w->is_parallel};
    const struct sv parents[] = {SV("c2"), SV("c1"), SV("c0")};
    const struct commit commits[] = {
        {SV("c3"), SV("Ana Costa"), SV("ana@example.com"), SV("add the returns table\n\nlong"),
         now_ms - 90 * WAITING_MINUTE_MS, &parents[0], 1},
        {SV("c2"), SV("Ravi Iyer"), SV("ravi@example.com"), SV("widen the price column"),
         now_ms - 180 * WAITING_MINUTE_MS, &parents[1], 1},
        {SV("c1"), SV("Ravi Iyer"), SV("ravi@example.com"), SV("drop the old view"),
         now_ms - 900 * WAITING_MINUTE_MS, &parents[2], 1}};
    const struct file_change files[] = {{'M', SV("app/orders.py")}, {'A', SV("app/returns.py")}};
    const struct carried_source source = {.action = SV("run"),
                                          .provider = SV("CodeCommit"),
                                          .repository = SV("orders"),
                                          .branch = SV("main"),
                                          .revision = SV("c3"),
                                          .summary = SV("add the returns table"),
                                          .before = before,
                                          .commits = commits,
                                          .commit_count = sv_eq(before, SV("c1")) ? 2 : 3,
                                          .files = files,
                                          .file_count = 2,
                                          .again = (size_t)w->again,
                                          .taken = (size_t)w->taken,
                                          .is_walked = true};
    struct carried carried = {.execution_id = SV(WAITING_NEW),
                              .before_id = before.len > 0 ? SV(WAITING_OLD) : SV_NONE,
                              .sources = &source,
                              .source_count = 1};
    struct pipeline_id id = waiting_id(w);
    struct document_id document = {DOCUMENT_EXECUTION, id.partition, id.account, id.region,
                                   SV_NONE};
    CLEANUP(sb_release) struct sb key;
    CLEANUP(sb_release) struct sb to;
    CLEANUP(sb_release) struct sb seen;
    CLEANUP(sb_release) struct sb json;
    struct err err;

    sb_init(&key, 1024);
    sb_init(&to, 1024);
    sb_init(&seen, 1024);
    sb_init(&json, DOCUMENT_MAX);
    REQUIRE_OK(released_key(&ask, &to, &err), &err);
    REQUIRE_OK(released_seen(&ask, &seen, &err), &err);
    carried.seen = sb_sv(&seen);
    REQUIRE_OK(carried_key(id.name, SV(WAITING_NEW), sb_sv(&to), &key, &err), &err);
    REQUIRE_OK(carried_write(&carried, &json, &err), &err);
    document.key = sb_sv(&key);
    REQUIRE_OK(cache_put_document(cache, &document, sb_sv(&json), now_ms, &err), &err);
}

#endif
