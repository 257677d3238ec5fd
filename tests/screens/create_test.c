/* The wizard, as a person meets it: a pipeline described by keys, kept, and handed to its plan. */
#include "tests/screens/stage.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/actions/drafts.h"
#include "core/base/mem.h"
#include "tui/consent.h"
#include "tui/key.h"
#include "tui/stack.h"

enum { FAILURES_MAX = 20000 };

static struct stage stage;
static char home[64];
static struct arena arena;

/* ---- the stage ---- */

static const struct {
    const char *name;
    enum environment_kind kind;
    const char *account;
    const char *region;
    const char *stage;
    const char *team;
} all[] = {
    {"cicd", ENVIRONMENT_CICD, "111111111111", "eu-west-1", "", "platform"},
    {"dev-eu", ENVIRONMENT_TARGET, "222222222222", "eu-west-1", "dev", "data"},
    {"prod-eu", ENVIRONMENT_TARGET, "444444444444", "eu-west-1", "prod", ""},
    {"test-eu", ENVIRONMENT_TARGET, "333333333333", "eu-west-1", "test", "data"},
    {"us", ENVIRONMENT_TARGET, "555555555555", "us-east-1", "", "data"},
};

static void put_environments(size_t count)
{
    struct cached_environment rows[ARRAY_LEN(all)];
    struct sb json[ARRAY_LEN(all)];
    struct err err;
    bool changed;

    for (size_t i = 0; i < count; i++) {
        const struct environment e = {.name = sv_of(all[i].name),
                                      .kind = all[i].kind,
                                      .account = sv_of(all[i].account),
                                      .region = sv_of(all[i].region),
                                      .stage = sv_of(all[i].stage),
                                      .team = sv_of(all[i].team),
                                      .qualifier = SV("hnb659fds")};

        sb_init(&json[i], 1 << 16);
        REQUIRE_OK(environment_write(&e, &json[i], &err), &err);
        rows[i] = (struct cached_environment){.name = e.name,
                                              .kind = sv_of(environment_kind_word(e.kind)),
                                              .account = e.account,
                                              .region = e.region,
                                              .way = SV("this context"),
                                              .stage = e.stage,
                                              .team = e.team,
                                              .bootstrap = SV("cdk hnb659fds"),
                                              .json = sb_sv(&json[i]),
                                              .version = 1};
    }
    REQUIRE_OK(cache_put_environments(stage.cache, SV("aws"), SV("111111111111"), SV("eu-west-1"),
                                      rows, count, stage.now_ms, &changed, &err),
               &err);
    for (size_t i = 0; i < count; i++)
        sb_release(&json[i]);
    console_cache_changed(&stage.console);
}

static void begin_at(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    snprintf(home, sizeof home, "/tmp/penstock-create-XXXXXX");
    REQUIRE(mkdtemp(home) != NULL);
    REQUIRE(setenv("XDG_DATA_HOME", home, 1) == 0);
    arena_init(&arena, 8 << 20);
    put_environments(ARRAY_LEN(all));
}

static int take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void end(void)
{
    stage_close(&stage);
    arena_release(&arena);
    REQUIRE(nftw(home, take_away, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static int setup(void **state)
{
    (void)state;
    begin_at(80, 24, STAGE_UTF8);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end();
    return 0;
}

/* ---- what a person presses ---- */

static void fill_details(void)
{
    stage_press(&stage, "C orders Tab the Space orders Tab cost-center=42 Enter Enter");
}

static void add(const char *filter)
{
    char keys[64];

    snprintf(keys, sizeof keys, "a %s Enter", filter);
    stage_press(&stage, keys);
}

/* dev and prod; four makes it dev, test, prod and one in the US. */
static void fill_environments(int count)
{
    if (count > 1)
        add("dev-eu");
    if (count > 2)
        add("test");
    add("prod-eu");
    if (count > 3)
        add("us");
}

/* What the wizard would hand to an act. */
static struct act_input fill(enum command command, enum action_id wanted)
{
    const struct opened *o = console_top(&stage.console);
    struct answer answer = {.react = REACT_NONE};
    struct act act = {.action = wanted};
    struct err err;

    stage_paint(&stage);
    o->screen->handle(o->state, command, SV_NONE, &answer);
    REQUIRE(answer.react & REACT_ACT);
    CHECK_INT(answer.action, wanted);
    arena_init(&act.arena, 8 << 20);
    REQUIRE_OK(answer.fill(o->state, &act, &err), &err);
    arena_release(&arena);
    arena = act.arena;
    return act.input;
}

static bool shows(const char *text)
{
    stage_paint(&stage);
    for (int row = 0; row < stage.canvas.rows; row++) {
        char line[CANVAS_COLS_MAX + 1];
        int len = 0;

        for (int col = 0; col < stage.canvas.cols; col++) {
            uint32_t ch = canvas_cell(&stage.canvas, row, col)->ch;

            line[len++] = ch < 0x80 ? (char)ch : '?';
        }
        line[len] = '\0';
        if (strstr(line, text) != NULL)
            return true;
    }
    return false;
}

static bool has_draft(const char *name, struct draft *out)
{
    struct err err;

    return draft_read(sv_of(name), false, &arena, out, &err) == ERR_OK;
}

/* Left two hours ago, by the stage's clock. */
static void age_draft(const char *file)
{
    struct timespec old[2] = {{.tv_sec = stage.now_ms / 1000 - 7200},
                              {.tv_sec = stage.now_ms / 1000 - 7200}};
    char path[128];

    snprintf(path, sizeof path, "%s/penstock/drafts/%s", home, file);
    REQUIRE(utimensat(AT_FDCWD, path, old, 0) == 0);
}

/* ---- stories ---- */

static void test_a_pipeline_is_described_by_keys(void **state)
{
    struct act_input got;

    (void)state;
    fill_details();
    stage_press(&stage, "Tab data Enter"); /* CICD: the only one is chosen */
    stage_press(&stage, "Right Enter");    /* gitflow */
    fill_environments(3);
    stage_press(&stage, "PgDn"); /* Source stays CodeCommit */
    stage_press(&stage, "Tab Tab Tab Right Tab Tab LEVEL=debug PgDn");
    got = fill(CMD_OPEN, ACTION_CREATE);
    CHECK_SV(got.definition.name, SV("orders"));
    CHECK_SV(got.definition.description, SV("the orders"));
    REQUIRE(got.definition.tag_count == 1);
    CHECK_SV(got.definition.tags[0].key, SV("cost-center"));
    CHECK_SV(got.definition.tags[0].value, SV("42"));
    CHECK_SV(got.definition.cicd, SV("cicd"));
    CHECK_SV(got.definition.team, SV("data"));
    CHECK_INT(got.definition.strategy, STRATEGY_GITFLOW);
    CHECK_INT(got.definition.source, SOURCE_CODECOMMIT);
    CHECK_SV(got.definition.repository, SV("orders"));
    CHECK_INT(got.definition.starter, STARTER_CLOUDFORMATION);
    REQUIRE(got.definition.stage_count == 3);
    CHECK_SV(got.definition.stages[0].stage, SV("dev"));
    CHECK_SV(got.definition.stages[1].environment, SV("test-eu"));
    CHECK_TRUE(!got.definition.stages[1].approval);
    CHECK_SV(got.definition.stages[2].stage, SV("prod"));
    CHECK_TRUE(got.definition.stages[2].approval);
    CHECK_SV(got.definition.stages[2].branch, SV(""));
    REQUIRE(got.definition.variable_count == 1);
    CHECK_SV(got.definition.variables[0].name, SV("LEVEL"));
    CHECK_SV(got.definition.variables[0].value, SV("debug"));
    CHECK_TRUE(got.template_dir == NULL && !got.uses_existing_repository);
}

static void test_a_connection_and_a_directory_are_handed_on(void **state)
{
    static const char arn[] = "arn:aws:codeconnections:eu-west-1:111111111111:connection/"
                              "01234567-89ab-cdef-0123-456789abcdef";
    struct act_input got;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(1);
    stage_press(&stage, "PgDn Right Tab");
    CHECK_TRUE(console_paste(&stage.console,
                             SV("arn:aws:codeconnections:eu-west-1:111111111111:"
                                "connection/01234567-89ab-cdef-0123-456789abcdef"),
                             false) &
               REACT_DRAW);
    stage_press(&stage, "Tab acme/orders Tab Tab /srv/app PgDn");
    got = fill(CMD_PLAN, ACTION_CREATE);
    CHECK_INT(got.definition.source, SOURCE_CONNECTION);
    CHECK_SV(got.definition.connection_arn, sv_of(arn));
    CHECK_SV(got.definition.repository, SV("acme/orders"));
    CHECK_STR(got.template_dir, "/srv/app");
}

static void test_rows_are_moved_edited_and_removed(void **state)
{
    struct act_input got;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(4);
    stage_press(&stage, "k k K x");                /* test went up and away */
    stage_press(&stage, "gg S-Tab e ^U qa Enter"); /* dev is qa now */
    stage_press(&stage, "j Space j Tab Tab e ops Enter PgDn PgDn");
    got = fill(CMD_OPEN, ACTION_CREATE);
    REQUIRE(got.definition.stage_count == 3);
    CHECK_SV(got.definition.stages[0].stage, SV("qa"));
    CHECK_SV(got.definition.stages[0].environment, SV("dev-eu"));
    CHECK_SV(got.definition.stages[1].stage, SV("prod"));
    CHECK_TRUE(!got.definition.stages[1].approval); /* trunk's preset was taken back */
    CHECK_SV(got.definition.stages[2].team, SV("ops"));
}

static void test_the_strategy_presets_what_nobody_said(void **state)
{
    struct act_input got;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(3);
    stage_press(&stage, "gg Space"); /* dev: approval said */
    stage_press(&stage, "PgUp Right PgDn PgDn PgDn");
    got = fill(CMD_OPEN, ACTION_CREATE);
    CHECK_TRUE(got.definition.stages[0].approval);
    CHECK_TRUE(!got.definition.stages[1].approval);
    CHECK_TRUE(got.definition.stages[2].approval);
}

static void test_faults_lose_nothing_and_lead_to_their_field(void **state)
{
    (void)state;
    stage_press(&stage, "C Or_ders Tab");
    CHECK_TRUE(shows("may have lower-case letters"));
    stage_press(&stage, "PgDn PgDn PgDn PgDn PgDn");
    CHECK_TRUE(shows("2 faults to correct"));
    CHECK_TRUE(shows("[6 Review]"));
    stage_expect(&stage, "create-faults");
    stage_press(&stage, "P");
    CHECK_TRUE(shows("there are faults"));
    stage_press(&stage, "j Enter");
    CHECK_TRUE(shows("[1 Details!]"));
    CHECK_TRUE(shows("Or_ders"));
    stage_expect(&stage, "create-faults-details");
    stage_press(&stage, "^U orders PgDn");
    CHECK_TRUE(!shows("Details!"));
    stage_press(&stage, "PgDn PgDn");
    add("dev-eu");
    add("dev-eu");
    stage_expect(&stage, "create-faults-environments");
}

static void test_esc_goes_a_page_back_and_leaving_keeps_the_draft(void **state)
{
    struct draft draft;

    (void)state;
    fill_details();
    CHECK_TRUE(shows("[2 CICD]"));
    stage_press(&stage, "Esc");
    CHECK_TRUE(shows("[1 Details]"));
    stage_press(&stage, "Esc");
    CHECK_STR(console_top(&stage.console)->screen->name, "home");
    REQUIRE(has_draft("orders", &draft));
    CHECK_SV(draft.definition.description, SV("the orders"));
    stage_press(&stage, "C");
    CHECK_TRUE(shows("orders, a draft"));
    stage_press(&stage, "Enter");
    CHECK_TRUE(shows("cost-center=42"));
}

static void test_each_field_is_kept_when_it_is_done(void **state)
{
    struct draft draft;

    (void)state;
    stage_press(&stage, "C ord");
    CHECK_TRUE(!has_draft("ord", &draft));
    stage_press(&stage, "Tab"); /* a kill -9 now loses nothing */
    CHECK_TRUE(has_draft("ord", &draft));
    stage_press(&stage, "S-Tab ers Tab");
    CHECK_TRUE(!has_draft("ord", &draft));
    CHECK_TRUE(has_draft("orders", &draft));
    stage_press(&stage, "PgDn PgDn PgDn");
    add("dev-eu");
    REQUIRE(has_draft("orders", &draft));
    CHECK_INT(draft.definition.stage_count, 1);
}

static void test_a_draft_of_another_is_never_written_over(void **state)
{
    struct draft draft;

    (void)state;
    fill_details();
    stage_press(&stage, "Esc Esc C k Enter"); /* a new one */
    stage_press(&stage, "orders Tab other Tab");
    CHECK_TRUE(shows("another draft has this name"));
    REQUIRE(has_draft("orders", &draft));
    CHECK_SV(draft.definition.description, SV("the orders"));
    stage_press(&stage, "S-Tab S-Tab -two Tab");
    REQUIRE(has_draft("orders-two", &draft));
    CHECK_SV(draft.definition.description, SV("other"));
}

static void test_a_name_behind_the_command_goes_on_with_its_draft(void **state)
{
    (void)state;
    fill_details();
    stage_press(&stage, "Esc Esc :create Space orders Enter");
    CHECK_TRUE(shows("the orders"));
    stage_press(&stage, "Esc :create Space sales Enter");
    CHECK_TRUE(shows("Create sales"));
    CHECK_TRUE(!shows("the orders"));
}

static void test_a_draft_is_deleted_after_a_question(void **state)
{
    struct draft draft;

    (void)state;
    fill_details();
    stage_press(&stage, "Esc Esc");
    age_draft("orders.json");
    stage_press(&stage, "C");
    stage_expect(&stage, "create-drafts");
    stage_press(&stage, "D");
    stage_expect(&stage, "create-drafts-delete");
    stage_press(&stage, "Enter n");
    CHECK_TRUE(has_draft("orders", &draft));
    stage_press(&stage, "D y");
    CHECK_TRUE(!has_draft("orders", &draft));
    CHECK_TRUE(shows("[1 Details]"));
}

static void test_a_broken_draft_is_told(void **state)
{
    char path[128];
    FILE *file;

    (void)state;
    fill_details();
    stage_press(&stage, "Esc Esc");
    snprintf(path, sizeof path, "%s/penstock/drafts/orders.json", home);
    file = fopen(path, "w");
    REQUIRE(file != NULL && fputs("{", file) >= 0 && fclose(file) == 0);
    stage_press(&stage, "C Enter");
    CHECK_TRUE(shows("was renamed to orders.json.broken"));
}

static void test_the_file_is_written_after_a_question_and_never_over_another(void **state)
{
    char *before = getcwd(NULL, 0);
    struct stat st;

    (void)state;
    REQUIRE(before != NULL && chdir(home) == 0);
    fill_details();
    stage_press(&stage, "PgDn PgDn PgDn PgDn PgDn w n");
    CHECK_TRUE(stat("orders.json", &st) != 0);
    stage_press(&stage, "w y");
    CHECK_TRUE(shows("penstock create -f orders.json takes it"));
    CHECK_TRUE(stat("orders.json", &st) == 0 && st.st_size > 100);
    stage_press(&stage, "w y");
    CHECK_TRUE(shows("is there already"));
    REQUIRE(chdir(before) == 0);
    free(before);
}

static void test_the_review_prints_the_file(void **state)
{
    CLEANUP(sb_release) struct sb out;
    struct defects defects = {.count = 0};
    struct definition got;
    struct err err;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(2);
    stage_press(&stage, "PgDn PgDn");
    sb_init(&out, 1 << 20);
    REQUIRE_OK(console_print(&stage.console, &out, &err), &err);
    REQUIRE_OK(definition_read(sb_sv(&out), &arena, &got, &defects, &err), &err);
    CHECK_INT(defects.count, 0);
    CHECK_SV(got.stages[1].environment, SV("prod-eu"));
}

static void test_every_page_is_printed(void **state)
{
    CLEANUP(sb_release) struct sb out;
    struct err err;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn");
    sb_init(&out, 1 << 20);
    REQUIRE_OK(console_print(&stage.console, &out, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&out), SV("Strategy: trunk")) > 0);
    CHECK_TRUE(sv_find(sb_sv(&out), SV("gitflow: ")) > 0);
    stage_press(&stage, "PgDn");
    fill_environments(2);
    sb_clear(&out);
    REQUIRE_OK(console_print(&stage.console, &out, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&out), SV("1. stage dev, environment dev-eu 222222222222 eu-west-1, "
                                       "team data, approval no, branch main")) > 0);
}

static void test_words_do_what_keys_do(void **state)
{
    struct act_input got;

    (void)state;
    stage_press(&stage, "C");
    console_command(&stage.console, SV("set name = orders"));
    console_command(&stage.console, SV("page-down"));
    console_command(&stage.console, SV("page-down"));
    console_command(&stage.console, SV("set strategy = gitflow"));
    console_command(&stage.console, SV("page-down"));
    console_command(&stage.console, SV("set environment = prod-eu"));
    console_command(&stage.console, SV("set stage = prod"));
    got = fill(CMD_PLAN, ACTION_CREATE);
    CHECK_SV(got.definition.name, SV("orders"));
    CHECK_INT(got.definition.strategy, STRATEGY_GITFLOW);
    CHECK_SV(got.definition.stages[0].stage, SV("prod"));
}

static void test_a_new_environment_is_added_in_place(void **state)
{
    const struct opened *o;
    struct answer answer = {.react = REACT_NONE};
    bool is_taken;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    o = console_top(&stage.console);
    answer.react = o->screen->key(o->state, 'n', &is_taken, &answer);
    CHECK_TRUE(is_taken && (answer.react & REACT_OPEN));
    CHECK_STR(answer.screen, "environment");
}

/* ---- edit ---- */

static struct work work; /* nothing runs in it */

static void open_edit(void)
{
    static struct definition_stage stages[3];
    static struct tag tags[1];
    struct target target = {.at_ms = 0};

    tags[0] = (struct tag){SV("cost-center"), SV("42")};
    stages[0] = (struct definition_stage){SV("dev"), SV("dev-eu"), SV(""), false, SV("main")};
    stages[1] = (struct definition_stage){SV("test"), SV("test-eu"), SV(""), true, SV("main")};
    stages[2] = (struct definition_stage){SV("prod"), SV("prod-eu"), SV(""), true, SV("main")};
    work = (struct work){.fetched = {.name = SV("orders"),
                                     .definition = {.name = SV("orders"),
                                                    .description = SV("the orders"),
                                                    .tags = tags,
                                                    .tag_count = 1,
                                                    .cicd = SV("cicd"),
                                                    .repository = SV("orders"),
                                                    .stages = stages,
                                                    .stage_count = 3}},
                         .has_fetched = true};
    target_set(target.name, sizeof target.name, SV("orders"));
    stack_push(&stage.console, screen_find(SV("edit")), &target);
    stage_paint(&stage);
}

static void test_a_pipeline_that_is_not_read_yet_says_so(void **state)
{
    (void)state;
    console_command(&stage.console, SV("edit orders"));
    stage_press(&stage, "");
    stage_expect(&stage, "edit-reading");
    stage_press(&stage, "q");
    CHECK_STR(console_top(&stage.console)->screen->name, "home");
}

static void test_a_change_shows_what_it_changes(void **state)
{
    struct act_input got;

    (void)state;
    stage.console.options.work = &work;
    open_edit();
    stage_expect(&stage, "edit-details");
    stage_press(&stage, "^U all Space orders PgDn");
    stage_expect(&stage, "edit-cicd");
    stage_press(&stage, "PgDn PgDn j x PgDn");
    stage_expect(&stage, "edit-source");
    stage_press(&stage, "PgDn");
    stage_expect(&stage, "edit-review");
    stage_press(&stage, "j j j j Space Space gg");
    got = fill(CMD_OPEN, ACTION_EDIT);
    CHECK_SV(got.definition.description, SV("all orders"));
    CHECK_INT(got.definition.stage_count, 2);
    CHECK_INT(got.orphans, ORPHAN_DELETE);
    CHECK_SV(got.definition.repository, SV("orders"));
    stage.console.options.work = NULL;
}

static void test_a_gate_stays_when_rows_before_it_go(void **state)
{
    struct act_input got;

    (void)state;
    stage.console.options.work = &work;
    open_edit();
    stage_press(&stage, "PgDn PgDn PgDn j x gg x PgDn PgDn");
    CHECK_TRUE(!shows("approval yes -> no"));
    stage_press(&stage, "Esc Esc l l l Space PgDn PgDn");
    stage_expect(&stage, "edit-gate");
    stage_press(&stage, "j j j j j Space Space gg");
    got = fill(CMD_OPEN, ACTION_EDIT);
    CHECK_INT(got.definition.stage_count, 1);
    CHECK_TRUE(!got.definition.stages[0].approval);
    stage.console.options.work = NULL;
}

static void test_the_title_of_the_faults_opens_the_first(void **state)
{
    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn PgDn PgDn");
    stage_expect(&stage, "create-review-faults");
    stage_press(&stage, "Enter");
    stage_expect(&stage, "create-first-fault");
}

static void test_nothing_changed_is_no_plan(void **state)
{
    (void)state;
    stage.console.options.work = &work;
    open_edit();
    stage_press(&stage, "PgDn PgDn PgDn PgDn PgDn P");
    CHECK_TRUE(shows("nothing is changed yet"));
    stage.console.options.work = NULL;
}

static void test_a_change_that_was_begun_goes_on(void **state)
{
    (void)state;
    stage.console.options.work = &work;
    open_edit();
    stage_press(&stage, "^U all Space orders Tab Esc");
    age_draft("orders.change.json");
    open_edit();
    stage_expect(&stage, "edit-drafts");
    stage_press(&stage, "Enter");
    CHECK_TRUE(shows("all orders"));
    stage_press(&stage, "Esc");
    open_edit();
    stage_press(&stage, "k Enter");
    CHECK_TRUE(shows("the orders"));
    stage.console.options.work = NULL;
}

static void test_what_was_made_needs_no_draft(void **state)
{
    struct act act = {.action = ACTION_CREATE,
                      .input = {.definition = {.name = SV("orders")}},
                      .state = ACT_RUNS,
                      .planned_at_ms = 1};
    struct draft draft;

    (void)state;
    work = (struct work){.act = &act};
    fill_details();
    stage.console.options.work = &work;
    REQUIRE(has_draft("orders", &draft));
    act.state = ACT_ENDED;
    act.job.state = JOB_FAILED;
    console_cache_changed(&stage.console);
    stage_paint(&stage);
    CHECK_TRUE(has_draft("orders", &draft));
    act.job.state = JOB_DONE;
    console_cache_changed(&stage.console);
    stage_paint(&stage);
    CHECK_TRUE(!has_draft("orders", &draft));
    CHECK_TRUE(shows("its draft deleted"));
    stage.console.options.work = NULL;
}

static void test_what_was_made_needs_no_draft_on_any_screen(void **state)
{
    struct act act = {.action = ACTION_CREATE,
                      .input = {.definition = {.name = SV("orders")}},
                      .state = ACT_ENDED};
    struct draft draft;

    (void)state;
    work = (struct work){.act = &act};
    fill_details();
    stage_press(&stage, "q");
    CHECK_STR(console_top(&stage.console)->screen->name, "home");
    stage.console.options.work = &work;
    stage.console.act_told = ACT_RUNS;
    act.job.state = JOB_FAILED;
    consent_news(&stage.console);
    CHECK_TRUE(has_draft("orders", &draft));
    stage.console.act_told = ACT_RUNS;
    act.job.state = JOB_DONE;
    consent_news(&stage.console);
    CHECK_TRUE(!has_draft("orders", &draft));
    stage.console.options.work = NULL;
}

/* ---- memory ---- */

static bool load_failing(long n)
{
    bool is_reached;

    stage.console.needs_load = true;
    mem_fail_at(n);
    console_load(&stage.console);
    is_reached = mem_count() >= n;
    mem_fail_at(0);
    return is_reached;
}

static void test_a_load_that_fails_loses_nothing(void **state)
{
    bool is_reached = true;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(4);
    for (long n = 1; is_reached && n < FAILURES_MAX; n++) {
        is_reached = load_failing(n);
        console_draw(&stage.console, &stage.canvas);
        CHECK_TRUE(shows("us-east-1"));
    }
    CHECK_TRUE(!is_reached);
}

static void test_a_draft_is_opened_once_there_is_memory(void **state)
{
    bool is_reached = true;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(2);
    for (long n = 1; is_reached && n < FAILURES_MAX; n++) {
        console_command(&stage.console, SV("home"));
        stage_press(&stage, "C");
        console_load(&stage.console);
        console_key(&stage.console, KEYCODE_ENTER); /* the wish; the next load grants it */
        is_reached = load_failing(n);
        stage.console.needs_load = true;
        CHECK_TRUE(shows("the orders"));
    }
    CHECK_TRUE(!is_reached);
}

/* ---- faces ---- */

static void expect_pages(const char *size)
{
    static const char *const pages[] = {"details",      "cicd",   "strategy",
                                        "environments", "source", "review"};

    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        char golden[96];

        snprintf(golden, sizeof golden, "create-%s-%s", pages[i], size);
        stage_expect(&stage, golden);
        stage_press(&stage, "PgDn");
    }
}

static void test_each_page_at_each_size_and_glyphs(void **state)
{
    static const struct {
        int cols;
        int rows;
        enum stage_look look;
        const char *name;
    } looks[] = {
        {80, 24, STAGE_UTF8, "80x24"},   {80, 24, STAGE_ASCII, "80x24-ascii"},
        {60, 15, STAGE_UTF8, "60x15"},   {60, 15, STAGE_ASCII, "60x15-ascii"},
        {200, 50, STAGE_UTF8, "200x50"}, {200, 50, STAGE_ASCII, "200x50-ascii"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
        begin_at(looks[i].cols, looks[i].rows, looks[i].look);
        fill_details();
        stage_press(&stage, "PgDn PgDn");
        fill_environments(2);
        stage_press(&stage, "PgUp PgUp PgUp");
        expect_pages(looks[i].name);
        end();
    }
}

static void test_one_and_four_environments_in_both_strategies(void **state)
{
    static const int counts[] = {1, 4};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        char golden[64];

        begin_at(80, 24, STAGE_UTF8);
        fill_details();
        stage_press(&stage, "PgDn PgDn");
        fill_environments(counts[i]);
        snprintf(golden, sizeof golden, "create-environments-of-%d", counts[i]);
        stage_expect(&stage, golden);
        stage_press(&stage, "PgUp");
        snprintf(golden, sizeof golden, "create-trunk-of-%d", counts[i]);
        stage_expect(&stage, golden);
        stage_press(&stage, "Right");
        snprintf(golden, sizeof golden, "create-gitflow-of-%d", counts[i]);
        stage_expect(&stage, golden);
        end();
    }
}

static void test_the_picker_filters_as_one_types(void **state)
{
    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn a");
    stage_expect(&stage, "create-picker");
    stage_press(&stage, "eu-w");
    CHECK_TRUE(shows("prod-eu") && !shows("us-east-1"));
    stage_press(&stage, "^U zzz");
    CHECK_TRUE(shows("none is like that"));
    stage_press(&stage, "Esc");
    CHECK_TRUE(shows("a adds an environment"));
}

static void test_no_size_is_too_small_to_draw(void **state)
{
    (void)state;
    for (int cols = 1; cols < 90; cols += 7) {
        for (int rows = 1; rows < 26; rows += 4) {
            begin_at(80, 24, STAGE_UTF8);
            fill_details();
            stage_press(&stage, "PgDn PgDn");
            fill_environments(4);
            console_resize(&stage.console, rows, cols);
            canvas_resize(&stage.canvas, rows, cols);
            for (int page = 0; page < 6; page++)
                stage_press(&stage, "PgUp");
            for (int page = 0; page < 6; page++) {
                stage_paint(&stage);
                stage_press(&stage, "PgDn");
            }
            end();
        }
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_pipeline_is_described_by_keys),
        CASE(test_a_connection_and_a_directory_are_handed_on),
        CASE(test_rows_are_moved_edited_and_removed),
        CASE(test_the_strategy_presets_what_nobody_said),
        CASE(test_faults_lose_nothing_and_lead_to_their_field),
        CASE(test_esc_goes_a_page_back_and_leaving_keeps_the_draft),
        CASE(test_each_field_is_kept_when_it_is_done),
        CASE(test_a_draft_of_another_is_never_written_over),
        CASE(test_a_name_behind_the_command_goes_on_with_its_draft),
        CASE(test_a_draft_is_deleted_after_a_question),
        CASE(test_a_broken_draft_is_told),
        CASE(test_the_file_is_written_after_a_question_and_never_over_another),
        CASE(test_the_review_prints_the_file),
        CASE(test_every_page_is_printed),
        CASE(test_words_do_what_keys_do),
        CASE(test_a_new_environment_is_added_in_place),
        CASE(test_a_pipeline_that_is_not_read_yet_says_so),
        CASE(test_a_change_shows_what_it_changes),
        CASE(test_a_gate_stays_when_rows_before_it_go),
        CASE(test_the_title_of_the_faults_opens_the_first),
        CASE(test_nothing_changed_is_no_plan),
        CASE(test_a_change_that_was_begun_goes_on),
        CASE(test_what_was_made_needs_no_draft),
        CASE(test_what_was_made_needs_no_draft_on_any_screen),
        CASE(test_a_load_that_fails_loses_nothing),
        CASE(test_a_draft_is_opened_once_there_is_memory),
        CASE(test_the_picker_filters_as_one_types),
        cmocka_unit_test(test_each_page_at_each_size_and_glyphs),
        cmocka_unit_test(test_one_and_four_environments_in_both_strategies),
        cmocka_unit_test(test_no_size_is_too_small_to_draw),
    };

    return RUN(tests);
}
