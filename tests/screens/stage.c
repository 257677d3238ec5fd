#include "tests/screens/stage.h"

#include <stdlib.h>

#include "tui/key.h"

enum { STAGES_MAX = 12, KEYS_MAX = 64 };

static const int64_t noon_ms = 1795262400000; /* 2026-11-21T12:00:00Z */

static struct pipeline_id id_of(const struct stage_pipeline *p)
{
    return (struct pipeline_id){.partition = SV("aws"),
                                .account =
                                    p->is_elsewhere ? SV("999999999999") : SV("111111111111"),
                                .region = SV("eu-west-1"),
                                .name = sv_of(p->name)};
}

static void put_context(struct stage *s, struct sv profile, struct sv account)
{
    struct cache_context context = {
        .profile = profile, .region = SV("eu-west-1"), .partition = SV("aws"), .account = account};
    struct err err;

    REQUIRE_OK(cache_put_context(s->cache, &context, &err), &err);
}

/* clang-format off */
const struct stage_size stage_sizes[STAGE_SIZES] = {
    {60, 15, STAGE_UTF8, "60x15"},   {60, 15, STAGE_ASCII, "60x15-ascii"},
    {80, 24, STAGE_UTF8, "80x24"},   {80, 24, STAGE_ASCII, "80x24-ascii"},
    {200, 50, STAGE_UTF8, "200x50"}, {200, 50, STAGE_ASCII, "200x50-ascii"},
};
/* clang-format on */

const char *stage_golden(const char *what, size_t size)
{
    static char name[80];

    snprintf(name, sizeof name, "%s-%s", what, stage_sizes[size].name);
    return name;
}

void stage_open(struct stage *s, int cols, int rows, enum stage_look look)
{
    struct cache_options options = {.in_memory = true};
    struct err notice = {0};
    struct err err;

    *s = (struct stage){.now_ms = noon_ms};
    /* No test may find, or leave, a draft of whoever runs it. */
    REQUIRE(setenv("XDG_DATA_HOME", "/dev/null", 1) == 0);
    REQUIRE_OK(cache_open(&options, &s->cache, &notice, &err), &err);
    s->contexts[0] = (struct context){.profile = SV("cicd"), .region = SV("eu-west-1")};
    s->list = (struct context_list){.items = s->contexts, .count = 1};
    put_context(s, SV("cicd"), SV("111111111111"));
    stage_freshness(s, 4000, ERR_OK, "");
    canvas_init(&s->canvas, rows, cols, look == STAGE_UTF8);
    console_open(&s->console, &(struct console_options){.cache = s->cache,
                                                        .contexts = &s->list,
                                                        .is_read_only = true,
                                                        .is_utf8 = look == STAGE_UTF8});
    s->console.header.is_poller = true;
    console_resize(&s->console, rows, cols);
}

void stage_close(struct stage *s)
{
    console_release(&s->console);
    canvas_release(&s->canvas);
    cache_close(s->cache);
}

void stage_freshness(struct stage *s, int64_t synced_ago_ms, enum err_code code,
                     const char *sentence)
{
    struct freshness f = {.synced_at = synced_ago_ms < 0 ? 0 : s->now_ms - synced_ago_ms,
                          .failed_at = code == ERR_OK ? 0 : s->now_ms - 1000,
                          .code = code};
    struct err err;

    snprintf(f.error, sizeof f.error, "%s", sentence);
    REQUIRE_OK(cache_put_freshness(s->cache, SV("cicd"), SV("eu-west-1"), &f, &err), &err);
}

/* One pipeline's definition and state, built from its words. */
struct made {
    struct action_def action_defs[STAGES_MAX];
    struct stage_def stage_defs[STAGES_MAX];
    struct action_state actions[STAGES_MAX];
    struct stage_state stages[STAGES_MAX];
    size_t count;
};

static struct sv execution_of(const struct stage_pipeline *p)
{
    return p->execution != NULL ? sv_of(p->execution) : SV("3f65a1b2-0000-4000-8000-000000000001");
}

static void make_stage(struct made *m, struct sv word, const struct stage_pipeline *p,
                       int64_t at_ms)
{
    struct sv status_word_text;
    bool is_closed = sv_starts(word, SV("#"));
    struct sv name = sv_cut(is_closed ? sv_drop(word, 1) : word, '=', &status_word_text);
    struct sv execution;
    struct sv aws = sv_cut(status_word_text, '@', &execution);
    bool is_waiting = sv_eq(aws, SV("Waiting"));
    enum status status = is_waiting ? STATUS_WAITING : status_from_aws(aws);
    size_t i = m->count++;

    m->action_defs[i] = (struct action_def){.name = name,
                                            .category = is_waiting ? SV("Approval") : SV("Build"),
                                            .owner = SV("AWS"),
                                            .provider = is_waiting ? SV("Manual") : SV("CodeBuild"),
                                            .run_order = 1};
    m->stage_defs[i] =
        (struct stage_def){.name = name, .actions = &m->action_defs[i], .action_count = 1};
    m->actions[i] = (struct action_state){.name = name,
                                          .category = m->action_defs[i].category,
                                          .provider = m->action_defs[i].provider,
                                          .status = status,
                                          .changed_at = status == STATUS_NONE ? 0 : at_ms,
                                          .percent = -1,
                                          .has_token = is_waiting};
    if (status == STATUS_FAILED && p->error != NULL)
        m->actions[i].error_message = sv_of(p->error);
    m->stages[i] =
        (struct stage_state){.name = name,
                             .status = is_waiting ? STATUS_IN_PROGRESS : status,
                             .execution_id = execution.len > 0 ? execution : execution_of(p),
                             .transition_enabled = !is_closed,
                             .disabled_reason = is_closed ? SV("release freeze") : SV(""),
                             .actions = &m->actions[i],
                             .action_count = 1};
}

static void make(struct made *m, const struct stage_pipeline *p, int64_t at_ms)
{
    struct sv words = sv_of(p->stages);

    while (words.len > 0 && m->count < STAGES_MAX)
        make_stage(m, sv_cut(words, ' ', &words), p, at_ms);
}

static void put(struct stage *s, const struct stage_pipeline *p)
{
    int64_t at_ms = s->now_ms - (int64_t)p->age_s * 1000;
    struct pipeline_id id = id_of(p);
    struct made made = {.count = 0};
    struct execution latest = {.id = execution_of(p),
                               .status = status_from_aws(sv_of(p->status)),
                               .started_at = at_ms - 60000,
                               .updated_at = at_ms,
                               .revision = p->revision != NULL
                                               ? sv_of(p->revision)
                                               : SV("a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"),
                               .revision_summary = sv_of(p->summary),
                               .trigger = SV("Webhook")};
    struct pipeline_def def = {.name = id.name, .type = SV("V2"), .version = 1};
    struct pipeline_state state = {.name = id.name, .version = 1, .updated_at = at_ms};
    bool changed;
    struct err err;

    make(&made, p, at_ms);
    def.stages = made.stage_defs;
    state.stages = made.stages;
    def.stage_count = state.stage_count = made.count;
    REQUIRE_OK(cache_put_def(s->cache, &id, &def, NULL, 0, s->now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(s->cache, &id, &state, p->status == NULL ? NULL : &latest, s->now_ms,
                               &changed, &err),
               &err);
}

void stage_add(struct stage *s, const struct stage_pipeline *pipeline)
{
    struct err err;

    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    put(s, pipeline);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    if (pipeline->is_elsewhere)
        put_context(s, SV("other"), SV("999999999999"));
    console_cache_changed(&s->console);
}

void stage_add_many(struct stage *s, int count)
{
    struct err err;

    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    for (int i = 0; i < count; i++) {
        char name[32];

        snprintf(name, sizeof name, "many-%04d", i);
        put(s, &(struct stage_pipeline){.name = name,
                                        .stages = "Source=Succeeded Build=Succeeded",
                                        .status = "Succeeded",
                                        .age_s = 3600 + i});
    }
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    console_cache_changed(&s->console);
}

void stage_remove(struct stage *s, const char *name)
{
    struct arena arena;
    struct cache_known *known;
    struct sv names[256];
    size_t known_count;
    size_t count = 0;
    size_t removed;
    struct err err;

    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_known(s->cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), &arena, &known,
                           &known_count, &err),
               &err);
    for (size_t i = 0; i < known_count && count < ARRAY_LEN(names); i++) {
        if (!sv_eq(known[i].name, sv_of(name)))
            names[count++] = known[i].name;
    }
    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    REQUIRE_OK(cache_keep_only(s->cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), names,
                               count, s->now_ms, &removed, &err),
               &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    CHECK_INT(removed, 1);
    arena_release(&arena);
    console_cache_changed(&s->console);
}

void stage_add_fleet(struct stage *s)
{
    static const struct stage_pipeline fleet[] = {
        {.name = "orders-etl",
         .stages = "Source=Succeeded Deploy-Stage-dev=Succeeded ManualApproval-dev=Waiting "
                   "Deploy-Stage-prod=",
         .status = "InProgress",
         .summary = "add the returns table",
         .age_s = 7800},
        {.name = "customers-dev",
         .stages = "Source-dev=Succeeded Deploy-Stage-dev=Failed",
         .status = "Failed",
         .error = "CREATE_FAILED GlueJob: the role arn:aws:iam::222222222222:role/glue cannot be "
                  "assumed",
         .age_s = 240},
        {.name = "customers-prod",
         .stages = "Source-prod=Succeeded Deploy-Stage-prod=InProgress",
         .status = "InProgress",
         .summary = "rename the key column",
         .age_s = 42},
        {.name = "clickstream",
         .stages = "Source=Succeeded Build=Succeeded #Deploy=Succeeded",
         .status = "Succeeded",
         .summary = "sessionize by device",
         .age_s = 90000},
        {.name = "billing-export",
         .stages = "Source=Succeeded Build=Stopped",
         .status = "Stopped",
         .summary = "wrong currency",
         .age_s = 400000},
        {.name = "nightly",
         .stages = "Source=Succeeded Build=Succeeded",
         .status = "Superseded",
         .age_s = 5000},
        {.name = "日本語-パイプライン",
         .stages = "Source=Succeeded Build=Succeeded",
         .status = "Succeeded",
         .summary = "集計を追加 \x1b[31mred\x1b[0m",
         .age_s = 60},
        {.name = "brand-new", .stages = "Source= Build="},
    };

    for (size_t i = 0; i < ARRAY_LEN(fleet); i++)
        stage_add(s, &fleet[i]);
}

static void settle(struct stage *s)
{
    console_tick(&s->console, s->now_ms);
    if (s->console.needs_load)
        console_load(&s->console);
}

void stage_press(struct stage *s, const char *words)
{
    struct sv rest = sv_of(words);

    settle(s);
    while (rest.len > 0) {
        uint32_t keys[KEYS_MAX];
        size_t count = key_parse(sv_cut(rest, ' ', &rest), keys, KEYS_MAX);

        for (size_t i = 0; i < count; i++)
            s->react = console_key(&s->console, keys[i]);
    }
    settle(s);
}

void stage_paint(struct stage *s)
{
    settle(s);
    console_draw(&s->console, &s->canvas);
}

static void add_line(struct sb *out, const struct canvas *c, int row, bool styles)
{
    struct err err;
    char bytes[4];

    for (int col = 0; col < c->cols; col++) {
        const struct cell *cell = canvas_cell(c, row, col);

        if (styles) {
            REQUIRE_OK(sb_addc(out, style_letter((enum style)cell->style), &err), &err);
            continue;
        }
        if (cell->width > 0)
            REQUIRE_OK(sb_add(out, sv_make(bytes, utf8_encode(cell->ch, bytes)), &err), &err);
        for (int i = 0; i < CANVAS_MARKS && cell->marks[i] != 0; i++)
            REQUIRE_OK(sb_add(out, sv_make(bytes, utf8_encode(cell->marks[i], bytes)), &err), &err);
    }
    while (out->len > 0 && out->ptr[out->len - 1] == (styles ? '.' : ' '))
        out->len--;
    REQUIRE_OK(sb_addc(out, '\n', &err), &err);
}

static void write_grids(struct sb *out, const struct canvas *c)
{
    struct err err;

    for (int row = 0; row < c->rows; row++)
        add_line(out, c, row, false);
    REQUIRE_OK(sb_add(out, SV("==== styles\n"), &err), &err);
    for (int row = 0; row < c->rows; row++)
        add_line(out, c, row, true);
}

static void read_golden(const char *path, struct sb *out)
{
    FILE *file = fopen(path, "r");
    char bytes[4096];
    size_t len;
    struct err err;

    if (file == NULL) {
        print_error("no golden file %s: make it with PENSTOCK_GOLDEN=update\n", path);
        fail();
        return;
    }
    while ((len = fread(bytes, 1, sizeof bytes, file)) > 0)
        REQUIRE_OK(sb_add(out, sv_make(bytes, len), &err), &err);
    fclose(file);
}

static void write_golden(const char *path, struct sv text)
{
    FILE *file = fopen(path, "w");

    REQUIRE(file != NULL);
    REQUIRE(fwrite(text.ptr, 1, text.len, file) == text.len);
    REQUIRE(fclose(file) == 0);
}

static void compare(const char *golden, struct sv got, struct sv want)
{
    struct sv got_rest = got;
    struct sv want_rest = want;
    int line = 1;

    if (sv_eq(got, want))
        return;
    for (; got_rest.len > 0 || want_rest.len > 0; line++) {
        struct sv got_line = sv_cut(got_rest, '\n', &got_rest);
        struct sv want_line = sv_cut(want_rest, '\n', &want_rest);

        if (!sv_eq(got_line, want_line))
            print_error("%s:%d\n  is  |" SV_FMT "|\n  not |" SV_FMT "|\n", golden, line,
                        SV_ARG(got_line), SV_ARG(want_line));
    }
    print_error("the whole screen:\n" SV_FMT, SV_ARG(got));
    fail();
}

void stage_expect(struct stage *s, const char *golden)
{
    const char *mode = getenv("PENSTOCK_GOLDEN");
    CLEANUP(sb_release) struct sb got;
    CLEANUP(sb_release) struct sb want;
    char path[512];

    sb_init(&got, 1 << 20);
    sb_init(&want, 1 << 20);
    snprintf(path, sizeof path, "%s/tests/golden/%s.txt", SOURCE_DIR, golden);
    stage_paint(s);
    write_grids(&got, &s->canvas);
    if (mode != NULL && strcmp(mode, "update") == 0) {
        write_golden(path, sb_sv(&got));
        return;
    }
    read_golden(path, &want);
    compare(golden, sb_sv(&got), sb_sv(&want));
}

void stage_expect_cursor(struct stage *s, const char *name)
{
    CLEANUP(sb_release) struct sb line;

    sb_init(&line, 1 << 16);
    stage_paint(s);
    for (int row = 0; row < s->canvas.rows; row++) {
        if (canvas_cell(&s->canvas, row, 0)->style != STYLE_CURSOR)
            continue;
        add_line(&line, &s->canvas, row, false);
        if (sv_find(sb_sv(&line), sv_of(name)) >= 0)
            return;
    }
    print_error("the cursor is not on %s but on: %s\n", name, sb_cstr(&line));
    fail();
}
