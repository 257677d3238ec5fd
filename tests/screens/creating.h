/* The wizard's stage: environments in the cache, a home for the drafts, and what a person presses
 * to fill the pages. */
#ifndef PENSTOCK_TESTS_CREATING_H
#define PENSTOCK_TESTS_CREATING_H

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/actions/drafts.h"
#include "tests/screens/stage.h"
#include "tui/key.h"

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

static inline void put_environments(size_t count)
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

static inline void begin_at(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    snprintf(home, sizeof home, "/tmp/penstock-create-XXXXXX");
    REQUIRE(mkdtemp(home) != NULL);
    REQUIRE(setenv("XDG_DATA_HOME", home, 1) == 0);
    arena_init(&arena, 8 << 20);
    put_environments(ARRAY_LEN(all));
}

static inline int take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void end(void)
{
    stage_close(&stage);
    arena_release(&arena);
    REQUIRE(nftw(home, take_away, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static inline int setup(void **state)
{
    (void)state;
    begin_at(80, 24, STAGE_UTF8);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    end();
    return 0;
}

/* ---- what a person presses ---- */

static inline void fill_details(void)
{
    stage_press(&stage, "C orders Tab the Space orders Tab cost-center=42 Enter Enter");
}

static inline void add(const char *filter)
{
    char keys[64];

    snprintf(keys, sizeof keys, "a %s Enter", filter);
    stage_press(&stage, keys);
}

/* dev and prod; four makes it dev, test, prod and one in the US. */
static inline void fill_environments(int count)
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
static inline struct act_input fill(enum command command, enum action_id wanted)
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

static inline bool shows(const char *text)
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

static inline bool has_draft(const char *name, struct draft *out)
{
    struct err err;

    return draft_read(sv_of(name), false, &arena, out, &err) == ERR_OK;
}

/* Left two hours ago, by the stage's clock. */
static inline void age_draft(const char *file)
{
    struct timespec old[2] = {{.tv_sec = stage.now_ms / 1000 - 7200},
                              {.tv_sec = stage.now_ms / 1000 - 7200}};
    char path[128];

    snprintf(path, sizeof path, "%s/penstock/drafts/%s", home, file);
    REQUIRE(utimensat(AT_FDCWD, path, old, 0) == 0);
}

#endif
