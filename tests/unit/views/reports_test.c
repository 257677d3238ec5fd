/* Reports: an incident as Markdown that nobody's text can break, a shift's hand-over, and delivery
 * figures from the cache. */
#include "core/operate/carried.h"
#include "core/views/figures.h"
#include "core/views/incident.h"
#include "core/views/shift.h"
#include "tests/unit/audit_files.h"
#include "tests/unit/cache/fixture.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };
#define NOW INT64_C(1795262400000) /* 2026-11-21T12:00:00Z */
static const int64_t now_ms = NOW;
static char audit_dir[64];
static const char *vars[] = {"HOME=/nowhere", NULL};
static const struct aws_env env = {vars};

static int open_audit(void **state UNUSED)
{
    snprintf(audit_dir, sizeof audit_dir, "/tmp/penstock-reports-XXXXXX");
    return mkdtemp(audit_dir) == NULL ? -1 : 0;
}

static int close_audit(void **state UNUSED)
{
    audit_files_remove(audit_dir);
    return rmdir(audit_dir);
}

#define HOSTILE "<b>[x](http://evil.example)</b>\n# head\x1b[31m | www.evil.example `a`"

/* One of its executions: when it began, how its deployment ended, and how many minutes later. */
struct ran {
    const char *id;
    int64_t started_at;
    enum status status;
    int minutes;
    bool is_rollback;
    bool is_rejected; /* at the approval, behind what went well */
};

/* Its own commit: 0123456789abcdef, as far as nobody looks at its end. */
static struct sv revision_of(const struct ran *ran)
{
    static const char *const all[] = {"0123456789abcdef", "0123456789abcde1", "0123456789abcde2",
                                      "0123456789abcde3"};

    return sv_of(all[(size_t)(ran->id[strlen(ran->id) - 1] - '0') % ARRAY_LEN(all)]);
}

static void put_runs(struct cache *cache, struct sample *s, const struct ran *ran, size_t count)
{
    struct execution executions[16];
    struct action_run runs[32];
    struct pipeline_id id = id_of("sales");
    size_t run_count = 0;
    bool changed;
    struct err err = {0};

    for (size_t i = 0; i < count; i++) {
        int64_t end = ran[i].started_at + ran[i].minutes * MINUTE;

        executions[i] = (struct execution){.id = sv_of(ran[i].id),
                                           .status = ran[i].status,
                                           .started_at = ran[i].started_at,
                                           .updated_at = end,
                                           .revision = revision_of(&ran[i]),
                                           .revision_summary = SV(HOSTILE),
                                           .trigger = SV("StartPipelineExecution"),
                                           .trigger_detail = SV("arn:aws:iam::1:user/ana"),
                                           .is_rollback = ran[i].is_rollback};
        runs[run_count++] = (struct action_run){
            .execution_id = executions[i].id,
            .stage = SV("Deploy-Stage-dev"),
            .started_at = ran[i].started_at,
            .action = {.name = SV("Ship"),
                       .category = SV("Build"),
                       .provider = SV("CodeBuild"),
                       .status = ran[i].is_rejected ? STATUS_SUCCEEDED : ran[i].status,
                       .error_message = ran[i].status == STATUS_FAILED ? SV(HOSTILE) : SV(""),
                       .changed_at = end,
                       .percent = -1}};
        runs[run_count++] = (struct action_run){
            .execution_id = executions[i].id,
            .stage = SV("Gate"),
            .started_at = ran[i].started_at,
            .action = {.name = SV("Approve"),
                       .category = SV("Approval"),
                       .provider = SV("Manual"),
                       .status = ran[i].is_rejected ? STATUS_FAILED : STATUS_SUCCEEDED,
                       .summary = SV("looks *good* to me"),
                       .updated_by = SV("arn:aws:sts::1:assumed-role/Ops/bob"),
                       .changed_at = ran[i].started_at + MINUTE,
                       .percent = -1}};
    }
    s->latest = executions[count - 1];
    s->stages[1].status = s->latest.status;
    s->actions[1].status = s->latest.status;
    s->actions[1].changed_at = s->latest.updated_at;
    s->actions[1].error_message = s->latest.status == STATUS_FAILED ? SV(HOSTILE) : SV("");
    begin(cache);
    sample_put_def(cache, s);
    sample_put_state(cache, s, now_ms - MINUTE);
    REQUIRE_OK(
        cache_put_history(cache, &id, executions, count, runs, run_count, now_ms, &changed, &err),
        &err);
    commit(cache);
}

static struct cache *cache_of(const struct ran *ran, size_t count)
{
    struct cache *cache = open_memory_cache();
    struct sample s;

    sample_fill(&s, "sales");
    put_runs(cache, &s, ran, count);
    return cache;
}

static void add_audit(const char *outcome, const char *action, const char *target)
{
    struct audit_line line = {.outcome = outcome,
                              .action = sv_of(action),
                              .account = SV("111111111111"),
                              .caller = SV("arn:aws:iam::111111111111:user/eve"),
                              .target = sv_of(target),
                              .text = SV(HOSTILE),
                              .reason = SV("a *reason*")};
    struct err err = {0};

    REQUIRE_OK(audit_write(audit_dir, &line, &err), &err);
}

/* ---- Markdown ---- */

static void expect_markdown(const char *text, size_t most, const char *want)
{
    struct err err = {0};
    struct sb out;

    sb_init(&out, 4096);
    REQUIRE_OK(markdown_add(&out, sv_of(text), most, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    sb_release(&out);
}

static void test_nothing_in_a_text_is_markup(void **state UNUSED)
{
    expect_markdown("plain text, with 1.5 - 2 (sic): so", 100,
                    "plain text, with 1.5 - 2 (sic): so");
    expect_markdown(
        "*a* _b_ `c` [d](e) <f> #g +h !i |j ~k &l; @m $n \\o {p} ^q =r", 200,
        "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) \\<f\\> \\#g \\+h \\!i \\|j \\~k \\&l; \\@m "
        "\\$n \\\\o \\{p\\} \\^q \\=r");
    expect_markdown("see http://x.example and WWW.y.example", 100,
                    "see http\\://x.example and WWW\\.y.example");
    expect_markdown("  two\n\n# lines\r\n\tof \x1b[31m it  ", 100,
                    "two \\# lines of \xef\xbf\xbd\\[31m it");
    expect_markdown("\xc3\xa4\xc3\xa4\xc3\xa4", 5, "\xc3\xa4\xc3\xa4...");
    expect_markdown("", 5, "");
}

/* ---- the incident ---- */

static const struct ran failing[] = {
    {"exec-0001", NOW - 40 * HOUR, STATUS_SUCCEEDED, 10, false, false},
    {"exec-0002", NOW - 5 * HOUR, STATUS_FAILED, 20, false, false},
    {"exec-0003", NOW - 2 * HOUR, STATUS_FAILED, 30, false, false},
};

static void write_incident(struct cache *cache, int64_t since_ms, struct sb *out)
{
    const struct incident_ask ask = {.cache = cache,
                                     .id = id_of("sales"),
                                     .audit_dir = audit_dir,
                                     .since_ms = since_ms,
                                     .now_ms = now_ms};
    struct err err = {0};

    sb_init(out, 1 << 20);
    REQUIRE_OK(incident_write(&ask, out, &err), &err);
}

static bool has(const struct sb *text, const char *piece)
{
    bool is_there = strstr(sb_cstr(text), piece) != NULL;

    if (!is_there)
        print_error("no \"%s\" in\n%s\n", piece, sb_cstr(text));
    return is_there;
}

static void test_an_incident_that_goes_on(void **state UNUSED)
{
    struct cache *cache = cache_of(failing, ARRAY_LEN(failing));
    struct sb report;

    write_incident(cache, now_ms - 24 * HOUR, &report);
    CHECK_TRUE(sv_starts(sb_sv(&report), SV("# Incident: sales\n\n- **Where:** account "
                                            "111111111111, region eu-west-1\n")));
    CHECK_TRUE(has(&report, "- **Failure:** since 2026-11-21T07:20:00Z, not right again yet, "
                            "duration 4h40m\n"));
    CHECK_TRUE(has(&report,
                   "- **Impact:** Deploy-Stage-dev of sales, environment dev: failed 2 "
                   "times, first at 2026-11-21T07:20:00Z, last at 2026-11-21T10:30:00Z\n"));
    CHECK_TRUE(has(&report, "- **Impact:** 1 execution started since it broke, 0 of them"));
    CHECK_TRUE(has(&report, "**approved** sales: Gate/Approve approved by "
                            "arn:aws:sts::1:assumed-role/Ops/bob: looks \\*good\\* to me"));
    CHECK_TRUE(has(&report,
                   "- 2026-11-21T10:30:00Z **failed** sales: Deploy-Stage-dev/Ship failed: "
                   "\\<b\\>"));
    CHECK_TRUE(strstr(sb_cstr(&report), "exec-0001") == NULL);
    sb_release(&report);
    cache_close(cache);
}

static void test_an_incident_that_is_over(void **state UNUSED)
{
    struct ran ran[] = {failing[0],
                        failing[1],
                        failing[2],
                        {"exec-0004", now_ms - HOUR, STATUS_SUCCEEDED, 15, false, false}};
    struct cache *cache = cache_of(ran, ARRAY_LEN(ran));
    struct sb report;

    write_incident(cache, now_ms - 24 * HOUR, &report);
    CHECK_TRUE(has(&report, "since 2026-11-21T07:20:00Z, recovered at 2026-11-21T11:15:00Z, "
                            "duration 3h55m\n"));
    sb_release(&report);
    write_incident(cache, now_ms - 30 * MINUTE, &report);
    CHECK_TRUE(has(&report, "- **Failure:** none in this time\n"));
    sb_release(&report);
    cache_close(cache);
}

static void test_hostile_texts_stay_texts(void **state UNUSED)
{
    struct cache *cache = cache_of(failing, ARRAY_LEN(failing));
    const int64_t since = now_ms - 48 * HOUR;
    struct sv rest;
    struct sb report;

    add_audit("done", "release sales", "");
    write_incident(cache, since, &report);
    CHECK_TRUE(strstr(sb_cstr(&report), "<b>") == NULL);
    CHECK_TRUE(strstr(sb_cstr(&report), "](") == NULL || strstr(sb_cstr(&report), "\\](") != NULL);
    CHECK_TRUE(strstr(sb_cstr(&report), "://") == NULL ||
               strstr(sb_cstr(&report), "\\://") != NULL);
    CHECK_TRUE(strchr(sb_cstr(&report), '\x1b') == NULL);
    for (rest = sb_sv(&report); rest.len > 0;) {
        struct sv line = sv_cut(rest, '\n', &rest);

        CHECK_TRUE(line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '-');
        CHECK_TRUE(!sv_starts(line, SV("# head")));
    }
    sb_release(&report);
    cache_close(cache);
}

/* The clock of the audit is the wall's, the cache's stands still: both are in the report. */
static void test_what_was_done_by_hand_is_of_this_pipeline(void **state UNUSED)
{
    struct cache *cache = cache_of(failing, ARRAY_LEN(failing));
    struct incident_ask ask = {.cache = cache,
                               .id = id_of("sales"),
                               .audit_dir = audit_dir,
                               .since_ms = now_ms - 48 * HOUR};
    struct err err = {0};
    struct sb report;

    add_audit("sent", "release sales", "sales");
    add_audit("done", "release sales", "sales");
    add_audit("refused", "release sales-prod", "sales-prod");
    add_audit("failed", "approve", "sales/Gate/Approve");
    ask.now_ms = time_wall_ms() + 1000 > now_ms ? time_wall_ms() + 1000 : now_ms;
    ask.since_ms = time_wall_ms() - HOUR < ask.since_ms ? time_wall_ms() - HOUR : ask.since_ms;
    sb_init(&report, 1 << 20);
    REQUIRE_OK(incident_write(&ask, &report, &err), &err);
    CHECK_TRUE(has(&report, "**by hand** eve: release sales of sales, done: \\<b\\>"));
    CHECK_TRUE(has(&report, "**by hand** eve: approve of sales/Gate/Approve, failed: "));
    CHECK_TRUE(has(&report, "; reason: a \\*reason\\*"));
    CHECK_TRUE(strstr(sb_cstr(&report), "sales-prod") == NULL);
    CHECK_TRUE(strstr(sb_cstr(&report), ", sent") == NULL);
    sb_release(&report);
    cache_close(cache);
}

static void test_an_unknown_pipeline_is_not_found(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    const struct incident_ask ask = {.cache = cache, .id = id_of("nobody"), .now_ms = now_ms};
    struct err err = {0};
    struct sb report;

    sb_init(&report, 1 << 20);
    CHECK_INT(incident_write(&ask, &report, &err), ERR_NOT_FOUND);
    sb_release(&report);
    cache_close(cache);
}

static void test_an_incident_as_a_private_file(void **state UNUSED)
{
    struct cache *cache = cache_of(failing, ARRAY_LEN(failing));
    const struct incident_ask ask = {
        .cache = cache, .id = id_of("sales"), .audit_dir = audit_dir, .now_ms = now_ms};
    struct err err = {0};
    struct stat st;
    struct sb path;

    REQUIRE(setenv("XDG_DATA_HOME", audit_dir, 1) == 0);
    sb_init(&path, 4096);
    REQUIRE_OK(incident_save(&ask, &path, &err), &err);
    CHECK_TRUE(sv_ends(sb_sv(&path), SV("/penstock/incidents/sales-20261121T120000Z.md")));
    CHECK_TRUE(sv_starts(sb_sv(&path), sv_of(audit_dir)));
    REQUIRE(stat(sb_cstr(&path), &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_TRUE(st.st_size > 500);
    /* A file that is there is never written over. */
    CHECK_TRUE(incident_save(&ask, &path, &err) != ERR_OK);
    REQUIRE(unsetenv("XDG_DATA_HOME") == 0);
    sb_release(&path);
    remove_tree(audit_dir);
    REQUIRE(mkdir(audit_dir, 0700) == 0);
    cache_close(cache);
}

/* ---- the shift ---- */

static struct shift load_shift(struct cache *cache, int64_t since_ms)
{
    const struct shift_ask ask = {.cache = cache,
                                  .env = &env,
                                  .audit_dir = audit_dir,
                                  .since_ms = since_ms,
                                  .now_ms = now_ms,
                                  .has_figures = true,
                                  .figures_since_ms = now_ms - 30 * 24 * INT64_C(3600000)};
    struct shift shift;
    struct err err = {0};

    REQUIRE_OK(shift_load(&ask, &shift, &err), &err);
    return shift;
}

static void test_a_shift_tells_what_fails_and_what_was_released(void **state UNUSED)
{
    struct ran ran[] = {{"exec-0001", now_ms - 6 * HOUR, STATUS_SUCCEEDED, 10, false, false},
                        {"exec-0002", now_ms - 5 * HOUR, STATUS_SUCCEEDED, 20, false, false},
                        {"exec-0003", now_ms - 2 * HOUR, STATUS_FAILED, 30, false, false}};
    struct cache *cache = cache_of(ran, ARRAY_LEN(ran));
    struct shift shift = load_shift(cache, now_ms - 8 * HOUR);
    const struct shift_item *item = shift.parts[SHIFT_RELEASED].items;
    struct err err = {0};
    struct sb text;
    cJSON *json;

    CHECK_INT(shift.pipelines, 1);
    CHECK_INT(shift.parts[SHIFT_FAILING].count, 1);
    CHECK_SV(shift.parts[SHIFT_FAILING].items->subject, SV("sales"));
    CHECK_INT(shift.parts[SHIFT_RELEASED].count, 2);
    CHECK_INT(item->at, now_ms - 5 * HOUR + 20 * MINUTE); /* the latest first */
    CHECK_SV(item->who, SV("bob"));
    CHECK_SV(item->environment, SV("dev"));
    CHECK_INT(item->next->at, now_ms - 6 * HOUR + 10 * MINUTE);
    CHECK_TRUE(item->next->next == NULL);
    CHECK_INT(shift.figure_count, 1);
    CHECK_INT(shift.figures[0].delivery.attempts, 3);
    CHECK_INT(shift.figures[0].delivery.failure_percent, 33);
    sb_init(&text, 1 << 20);
    REQUIRE_OK(shift_text(&shift, &text, &err), &err);
    CHECK_TRUE(has(&text, "Failing now (1)\n"));
    CHECK_TRUE(has(&text, "Released (2)\n"));
    CHECK_TRUE(strchr(sb_cstr(&text), '\x1b') == NULL);
    sb_clear(&text);
    REQUIRE_OK(shift_json(&shift, &text, &err), &err);
    REQUIRE_OK(json_parse(sb_sv(&text), &json, &err), &err);
    CHECK_INT(json_int(json, "schema", 0), 1);
    CHECK_TRUE(json_list(json, "released") != NULL);
    CHECK_TRUE(json_list(json, "recovered") == NULL);
    CHECK_SV(json_sv(json_list(json, "delivery"), "environment"), SV("dev"));
    cJSON_Delete(json);
    sb_release(&text);
    shift_release(&shift);
    shift = load_shift(cache, now_ms - HOUR);
    CHECK_INT(shift.parts[SHIFT_FAILING].count, 1);
    CHECK_INT(shift.parts[SHIFT_RELEASED].count, 0);
    shift_release(&shift);
    cache_close(cache);
}

static void test_a_shift_tells_what_recovered(void **state UNUSED)
{
    struct cache *cache = cache_of(failing, ARRAY_LEN(failing));
    struct sample s;
    struct ran ran[] = {failing[0],
                        failing[1],
                        failing[2],
                        {"exec-0004", now_ms - HOUR, STATUS_SUCCEEDED, 15, false, false}};
    struct shift shift;

    sample_fill(&s, "sales");
    put_runs(cache, &s, ran, ARRAY_LEN(ran));
    shift = load_shift(cache, now_ms - 8 * HOUR);
    CHECK_INT(shift.parts[SHIFT_FAILING].count, 0);
    CHECK_INT(shift.parts[SHIFT_RECOVERED].count, 1);
    CHECK_SV(shift.parts[SHIFT_RECOVERED].items->subject, SV("sales"));
    shift_release(&shift);
    cache_close(cache);
}

/* ---- figures as text ---- */

static void put_commits(struct cache *cache, const struct ran *ran, size_t count)
{
    struct sample s;
    struct err err = {0};

    sample_fill(&s, "sales");
    s.action_defs[0].provider = SV("CodeCommit");
    s.action_defs[0].repository = SV("shop");
    begin(cache);
    sample_put_def(cache, &s);
    commit(cache);
    for (size_t i = 0; i < count; i++) {
        const struct pipeline_id at = id_of("sales");
        const struct commit made = {.id = revision_of(&ran[i]),
                                    .author = SV("Ana"),
                                    .email = SV(""),
                                    .message = SV("work"),
                                    .at = ran[i].started_at - 30 * MINUTE};
        struct document_id id = {DOCUMENT_COMMIT, at.partition, at.account, at.region, SV_NONE};
        struct sb key;
        struct sb json;

        sb_init(&key, 256);
        sb_init(&json, 4096);
        REQUIRE_OK(sb_addf(&key, &err, "shop/" SV_FMT, SV_ARG(made.id)), &err);
        id.key = sb_sv(&key);
        REQUIRE_OK(commit_document_write(&made, &json, &err), &err);
        REQUIRE_OK(cache_put_document(cache, &id, sb_sv(&json), now_ms, &err), &err);
        sb_release(&key);
        sb_release(&json);
    }
}

static void test_figures_say_when_there_are_too_few(void **state UNUSED)
{
    struct ran ran[] = {{"exec-0001", now_ms - 100 * HOUR, STATUS_SUCCEEDED, 10, false, false},
                        {"exec-0002", now_ms - 50 * HOUR, STATUS_FAILED, 20, false, false},
                        {"exec-0003", now_ms - 49 * HOUR, STATUS_SUCCEEDED, 30, false, false},
                        {"exec-0004", now_ms - 2 * HOUR, STATUS_SUCCEEDED, 30, false, false}};
    struct cache *cache = cache_of(ran, ARRAY_LEN(ran));
    const struct pipeline_ask ask = {.id = id_of("sales")};
    struct pipeline_tree tree;
    struct figures *figures;
    struct arena arena;
    size_t count;
    struct err err = {0};
    struct sb text;

    arena_init(&arena, 1 << 20);
    sb_init(&text, 1 << 16);
    pipeline_tree_init(&tree);
    REQUIRE_OK(pipeline_tree_load(&tree, cache, &ask, &err), &err);
    REQUIRE_OK(figures_load(cache, &tree, now_ms - 30 * 24 * INT64_C(3600000), now_ms, &arena,
                            &figures, &count, &err),
               &err);
    CHECK_INT(count, 1);
    REQUIRE_OK(figures_text(figures, count, true, &text, &err), &err);
    CHECK_TRUE(sv_starts(
        sb_sv(&text),
        SV("ENVIRONMENT  NOW    DEPLOYED       LEAD TIME    FAILED      RESTORED    SINCE\n"
           "dev                 0.72/day (3)   too few (0)  25% of 4    too few (1) 11-17\n"
           "Lead time: the commits' times are known of 0 of 3 deployments.\n")));
    CHECK_TRUE(has(&text, "Fewer than three are too few to tell."));
    CHECK_INT(figures[0].delivery.run_ms, 30 * MINUTE);
    /* Once they were read, from the commits on: half an hour before each began. */
    put_commits(cache, ran, ARRAY_LEN(ran));
    REQUIRE_OK(figures_load(cache, &tree, now_ms - 30 * 24 * INT64_C(3600000), now_ms, &arena,
                            &figures, &count, &err),
               &err);
    CHECK_INT(figures[0].delivery.lead_ms, 60 * MINUTE);
    CHECK_INT(figures[0].delivery.run_ms, 30 * MINUTE);
    sb_clear(&text);
    REQUIRE_OK(figures_text(figures, count, true, &text, &err), &err);
    CHECK_TRUE(has(&text, "dev                 0.72/day (3)   1h00m (3)    25% of 4"));
    CHECK_TRUE(!has(&text, "known of"));
    pipeline_tree_release(&tree);
    sb_release(&text);
    arena_release(&arena);
    cache_close(cache);
}

static void test_what_was_rejected_is_no_failure_of_the_whole(void **state UNUSED)
{
    struct ran ran[] = {
        {"exec-0001", now_ms - 100 * HOUR, STATUS_SUCCEEDED, 10, false, false},
        {"exec-0002", now_ms - 50 * HOUR, STATUS_FAILED, 20, false, true},
        {"exec-0003", now_ms - 49 * HOUR, STATUS_FAILED, 30, false, false},
        {"exec-0004", now_ms - 2 * HOUR, STATUS_SUCCEEDED, 30, false, false},
        {"exec-0005", now_ms - 1 * HOUR, STATUS_FAILED, 30, false, true},
    };
    struct cache *cache = open_memory_cache();
    const struct pipeline_ask ask = {.id = id_of("sales")};
    struct pipeline_tree tree;
    struct figures *figures;
    struct sample s;
    struct arena arena;
    size_t count;
    struct err err = {0};

    sample_fill(&s, "sales");
    s.stage_defs[1].name = s.stages[1].name = SV("Production");
    put_runs(cache, &s, ran, ARRAY_LEN(ran));
    arena_init(&arena, 1 << 20);
    pipeline_tree_init(&tree);
    REQUIRE_OK(pipeline_tree_load(&tree, cache, &ask, &err), &err);
    REQUIRE_OK(figures_load(cache, &tree, now_ms - 30 * 24 * INT64_C(3600000), now_ms, &arena,
                            &figures, &count, &err),
               &err);
    CHECK_INT(count, 1);
    CHECK_SV(figures[0].environment, SV(""));
    CHECK_INT(figures[0].delivery.attempts, 3);
    CHECK_INT(figures[0].delivery.failed, 1);
    CHECK_INT(figures[0].delivery.rejected, 2);
    CHECK_TRUE(!figures[0].delivery.is_broken);
    pipeline_tree_release(&tree);
    arena_release(&arena);
    cache_close(cache);
}

#define IN_DIR(fn) cmocka_unit_test_setup_teardown(fn, open_audit, close_audit)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_in_a_text_is_markup),
        IN_DIR(test_an_incident_that_goes_on),
        IN_DIR(test_an_incident_that_is_over),
        IN_DIR(test_hostile_texts_stay_texts),
        IN_DIR(test_what_was_done_by_hand_is_of_this_pipeline),
        IN_DIR(test_an_unknown_pipeline_is_not_found),
        IN_DIR(test_an_incident_as_a_private_file),
        IN_DIR(test_a_shift_tells_what_fails_and_what_was_released),
        IN_DIR(test_a_shift_tells_what_recovered),
        IN_DIR(test_figures_say_when_there_are_too_few),
        TEST(test_what_was_rejected_is_no_failure_of_the_whole),
    };

    return RUN(tests);
}
