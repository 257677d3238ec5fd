/* fill_log DIR fill LINES STATUS: a cache whose only pipeline, "sales", has one build of this
 * status with a log of so many lines, and the card of its failure. fill_log DIR append BATCHES SIZE
 * PAUSE_MS: so many lines more at a time, with a pause between two. */
#include "bench.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/base/time.h"
#include "core/cache/log.h"

enum { PAGE = 10000, LINE_SIZE = 96, AGE_MS = 2 * 86400 * 1000 };

#define BUILD "sales-build:3f65a1b2-0000-4000-8000-00000000000a"

static const struct pipeline_id sales = {
    {"aws", 3}, {"111111111111", 12}, {"eu-west-1", 9}, {"sales", 5}};
static const struct log_id build_log = {{"aws", 3},
                                        {"111111111111", 12},
                                        {"eu-west-1", 9},
                                        {"/aws/codebuild/sales", 20},
                                        {"3f65a1b2", 8}};

static void append(struct cache *cache, long count, struct err *err)
{
    struct log_event *events = calloc((size_t)count, sizeof *events);
    char(*texts)[LINE_SIZE] = calloc((size_t)count, sizeof *texts);
    struct cached_log log = {.token = SV("")};
    struct arena arena;
    char token[64];
    struct log_page page = {.build = SV(BUILD), .count = (size_t)count};

    arena_init(&arena, 1 << 20);
    if (events == NULL || texts == NULL)
        bench_end("no memory", NULL);
    if (cache_find_log(cache, &build_log, &arena, &log, NULL))
        log = (struct cached_log){.token = SV("")};
    for (long i = 0; i < count; i++) {
        long long number = (long long)log.lines + i;

        snprintf(texts[i], LINE_SIZE,
                 "%09lld compiled module %05lld of the lake in %lld ms, sha %08llx\n", number,
                 number % 99991, number * 7 % 911, (unsigned long long)number * 2654435761U);
        events[i] = (struct log_event){time_wall_ms(), sv_of(texts[i])};
    }
    snprintf(token, sizeof token, "f/%lld", (long long)log.lines + count);
    page.after = log.token;
    page.token = sv_of(token);
    page.events = events;
    page.now_ms = time_wall_ms();
    bench_must(cache_append_log(cache, &build_log, &page, err), "append", err);
    bench_must(cache_maintain(cache, time_wall_ms(), err), "maintain", err);
    arena_release(&arena);
    free(events);
    free(texts);
}

static void put_pipeline(struct cache *cache, enum status status)
{
    struct cache_context context = {.profile = SV("cicd"),
                                    .region = SV("eu-west-1"),
                                    .partition = SV("aws"),
                                    .account = SV("111111111111"),
                                    .caller_arn = SV("arn:aws:iam::111111111111:user/cicd")};
    int64_t at = time_wall_ms() - AGE_MS;
    struct action_def action_def = {
        .name = SV("Build"), .category = SV("Build"), .provider = SV("CodeBuild"), .run_order = 1};
    struct stage_def stage_def = {.name = SV("Build"), .actions = &action_def, .action_count = 1};
    struct pipeline_def def = {.name = SV("sales"),
                               .arn = SV("arn:aws:codepipeline:eu-west-1:111111111111:sales"),
                               .version = 1,
                               .updated_at = at,
                               .stages = &stage_def,
                               .stage_count = 1};
    struct action_state action = {.name = SV("Build"),
                                  .category = SV("Build"),
                                  .provider = SV("CodeBuild"),
                                  .status = status,
                                  .external_id = SV(BUILD),
                                  .changed_at = at,
                                  .percent = -1};
    struct stage_state stage = {.name = SV("Build"),
                                .status = status,
                                .execution_id = SV("e1"),
                                .transition_enabled = true,
                                .actions = &action,
                                .action_count = 1};
    struct pipeline_state state = {.name = SV("sales"), .stages = &stage, .stage_count = 1};
    struct execution latest = {
        .id = SV("e1"), .status = status, .started_at = at - 1000, .updated_at = at};
    bool changed;
    struct err err;

    bench_must(cache_begin(cache, 5000, &err), "begin", &err);
    bench_must(cache_put_context(cache, &context, &err), "context", &err);
    bench_must(cache_put_def(cache, &sales, &def, NULL, 0, at, &changed, &err), "def", &err);
    bench_must(cache_put_state(cache, &sales, &state, &latest, at, &changed, &err), "state", &err);
    bench_must(cache_commit(cache, &err), "commit", &err);
    bench_must(cache_put_freshness(cache, context.profile, context.region,
                                   &(struct freshness){.synced_at = time_wall_ms()}, &err),
               "freshness", &err);
}

/* As core/operate/failure_read.c leaves it. */
static void put_card(struct cache *cache)
{
    struct document_id id = {.kind = DOCUMENT_FAILURE,
                             .partition = sales.partition,
                             .account = sales.account,
                             .region = sales.region,
                             .key = SV("sales/e1")};
    struct sb json;
    struct jw w;
    struct err err;

    sb_init(&json, 1 << 20);
    jw_init(&w, &json, &err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "execution", SV("e1"));
    jw_name(&w, "actions");
    jw_open(&w, '[');
    jw_open(&w, '{');
    jw_put_sv(&w, "stage", SV("Build"));
    jw_put_sv(&w, "action", SV("Build"));
    jw_put_sv(&w, "message", SV("Build terminated with state: FAILED"));
    jw_put_sv(&w, "build", SV(BUILD));
    jw_put_int(&w, "log_lines", 1000);
    jw_name(&w, "log");
    jw_open(&w, '[');
    for (int i = 0; i < 24; i++) {
        jw_open(&w, '{');
        jw_put_int(&w, "line", 900 + i);
        jw_put_sv(&w, "text", SV("Error: expected 3, got 4 in a line of a usual length"));
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    jw_close(&w, ']');
    jw_close(&w, '}');
    bench_must(jw_done(&w), "card", &err);
    bench_must(cache_put_document(cache, &id, sb_sv(&json), time_wall_ms(), &err), "card", &err);
    sb_release(&json);
}

static void fill(struct cache *cache, long lines, enum status status)
{
    struct err err;

    put_pipeline(cache, status);
    for (long left = lines; left > 0; left -= PAGE)
        append(cache, left < PAGE ? left : PAGE, &err);
    if (status_is_running(status))
        return;
    bench_must(
        cache_end_log(cache, &build_log, SV(BUILD), SV("FAILED"), true, time_wall_ms(), &err),
        "end", &err);
    put_card(cache);
}

int main(int argc, char **argv)
{
    struct cache_options options = {.dir = argc > 1 ? argv[1] : NULL};
    struct err notice = {0};
    struct cache *cache;
    struct err err;

    if (argc < 5)
        bench_end("usage: fill_log DIR fill LINES STATUS | DIR append BATCHES SIZE PAUSE_MS", NULL);
    bench_must(cache_open(&options, &cache, &notice, &err), "open", &err);
    if (strcmp(argv[2], "fill") == 0)
        fill(cache, bench_number(argv[3]), status_from_aws(sv_of(argv[4])));
    for (long i = 0; argc == 6 && i < bench_number(argv[3]); i++) {
        append(cache, bench_number(argv[4]), &err);
        usleep((useconds_t)bench_number(argv[5]) * 1000);
    }
    cache_close(cache);
    return 0;
}
