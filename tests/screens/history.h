/* What the tests of a pipeline's own screens share: pipelines of a strategy, with the executions
 * before the latest and how their actions ran. */
#ifndef PENSTOCK_TESTS_SCREENS_HISTORY_H
#define PENSTOCK_TESTS_SCREENS_HISTORY_H

#include "core/base/json.h"
#include "core/operate/failure.h"
#include "tests/screens/stage.h"

enum { HISTORY_STAGES = 4, MINUTE = 60 * 1000 };

static inline struct pipeline_id history_id(const char *name)
{
    return (struct pipeline_id){SV("aws"), SV("111111111111"), SV("eu-west-1"), sv_of(name)};
}

/* An older execution: each of the stages took the minutes of its digit ("123"), the last one failed
 * when it is followed by 'x'. The n-th one before the latest began n hours before now. */
static inline void add_older(struct stage *s, const char *pipeline, const char *const *stages,
                             int n, const char *minutes)
{
    struct pipeline_id id = history_id(pipeline);
    struct action_run runs[HISTORY_STAGES];
    char execution[40];
    int64_t at = s->now_ms - (int64_t)n * 60 * MINUTE;
    struct execution e = {.status = STATUS_SUCCEEDED,
                          .started_at = at,
                          .revision = SV("91ac0e5544d3"),
                          .revision_summary = SV("widen the price column"),
                          .trigger = SV("Webhook")};
    size_t count = 0;
    bool changed;
    struct err err;

    snprintf(execution, sizeof execution, "%08x-0000-4000-8000-00000000000%d",
             0x91ac0000 + (unsigned)n, n);
    e.id = sv_of(execution);
    for (; minutes[count] != '\0' && minutes[count] != 'x'; count++) {
        bool is_failed = minutes[count + 1] == 'x';

        runs[count] = (struct action_run){
            .execution_id = e.id,
            .stage = sv_of(stages[count]),
            .started_at = at,
            .action = {.name = sv_of(stages[count]),
                       .category = SV("Build"),
                       .provider = SV("CodeBuild"),
                       .status = is_failed ? STATUS_FAILED : STATUS_SUCCEEDED,
                       .error_message = is_failed ? SV("exit status 2") : SV(""),
                       .changed_at = at + (int64_t)(minutes[count] - '0') * MINUTE,
                       .percent = -1}};
        at = runs[count].action.changed_at;
        if (is_failed)
            e.status = STATUS_FAILED;
    }
    e.updated_at = at;
    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    REQUIRE_OK(cache_put_history(s->cache, &id, &e, 1, runs, count, s->now_ms, &changed, &err),
               &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    console_cache_changed(&s->console);
}

/* The start of the action that runs now in the latest execution, which AWS has not listed yet. */
static inline void add_latest_runs(struct stage *s, const char *pipeline, const char *done,
                                   int minutes, const char *running, int64_t ago_ms)
{
    struct pipeline_id id = history_id(pipeline);
    struct sv execution = SV("3f65a1b2-0000-4000-8000-000000000001");
    int64_t at = s->now_ms - ago_ms;
    struct action_run runs[2] = {
        {.execution_id = execution,
         .stage = sv_of(done),
         .started_at = at - (int64_t)minutes * MINUTE,
         .action = {.name = sv_of(done),
                    .category = SV("Build"),
                    .status = STATUS_SUCCEEDED,
                    .changed_at = at,
                    .percent = -1}},
        {.execution_id = execution,
         .stage = sv_of(running),
         .started_at = at,
         .action = {.name = sv_of(running),
                    .category = SV("Build"),
                    .status = STATUS_IN_PROGRESS,
                    .changed_at = at,
                    .percent = -1}},
    };
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    REQUIRE_OK(cache_put_history(s->cache, &id, NULL, 0, runs, 2, s->now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    console_cache_changed(&s->console);
}

/* customers in dev (failed) and prod (running for 3m12s), each with older executions. */
static inline void add_customers(struct stage *s)
{
    static const char *const dev[] = {"Source-dev", "Deploy-Stage-dev"};
    static const char *const prod[] = {"Source-prod", "Deploy-Stage-prod"};

    stage_add_fleet(s);
    add_older(s, "customers-dev", dev, 2, "14");
    add_older(s, "customers-dev", dev, 3, "15x");
    add_older(s, "customers-prod", prod, 2, "15");
    add_older(s, "customers-prod", prod, 3, "17");
    add_older(s, "customers-prod", prod, 4, "26");
    add_latest_runs(s, "customers-prod", "Source-prod", 1, "Deploy-Stage-prod", 192 * 1000);
}

/* The card of a failure, as it was read. */
static inline void put_card(struct stage *s, const char *name, const struct failure *failure)
{
    const struct pipeline_id id = history_id(name);
    char key[200];
    struct document_id document = {.kind = DOCUMENT_FAILURE,
                                   .partition = id.partition,
                                   .account = id.account,
                                   .region = id.region};
    struct sb json;
    struct jw w;
    struct err err;

    sb_init(&json, 1 << 20);
    jw_init(&w, &json, &err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    failure_json(&w, failure, true);
    jw_close(&w, '}');
    REQUIRE_OK(jw_done(&w), &err);
    snprintf(key, sizeof key, "%s/" SV_FMT, name, SV_ARG(failure->execution_id));
    document.key = sv_of(key);
    REQUIRE_OK(cache_put_document(s->cache, &document, sb_sv(&json), s->now_ms, &err), &err);
    sb_release(&json);
}

/* As typed in the palette. */
static inline void go(struct stage *s, const char *line)
{
    stage_paint(s);
    console_command(&s->console, sv_of(line));
    stage_paint(s);
}

#endif
