/* The palette: what is offered, what is remembered, and what a line means. */
#include "tui/palette.h"

#include "tests/unit/cache/fixture.h"
#include "tui/key.h"

static const struct screen board = {.name = "home", .title = "Home", .help = "the board"};
static const struct screen extra = {.name = "extra-screen", .title = "Extra", .help = "one more"};
const struct screen *const screens[] = {&board, &extra, NULL};

static struct palette palette;

static void open_palette(struct cache *cache)
{
    palette = (struct palette){.offer_count = 0};
    palette_open(&palette, cache);
}

static enum palette_answer type(const char *text, struct cache *cache)
{
    enum palette_answer answer = PALETTE_STAYS;

    for (; *text != '\0'; text++)
        answer = palette_key(&palette, (unsigned char)*text, cache);
    return answer;
}

static bool offers(const char *line)
{
    for (int i = 0; i < palette.offer_count; i++) {
        if (strcmp(palette.offers[i], line) == 0)
            return true;
    }
    return false;
}

static void test_names_are_offered_best_first(void **state UNUSED)
{
    open_palette(NULL);
    CHECK_TRUE(palette.offer_count > 0); /* an empty line shows what there is */
    type("ref", NULL);
    CHECK_STR(palette.offers[0], "refresh");
    CHECK_STR(palette.notes[0], command_info(CMD_REFRESH)->help);
    palette_open(&palette, NULL);
    type("pipeline", NULL);
    CHECK_STR(palette.offers[0], "pipeline "); /* itself before pipelines; its argument follows */
    CHECK_TRUE(offers("pipelines"));
    palette_open(&palette, NULL);
    type("lb", NULL);
    CHECK_STR(palette.offers[0], "low-bandwidth");
    palette_open(&palette, NULL);
    type("exsc", NULL);
    CHECK_STR(palette.offers[0], "extra-screen");
    palette_open(&palette, NULL);
    type("home", NULL);
    CHECK_STR(palette.offers[0], "home"); /* a screen that a command opens is there once */
    CHECK_TRUE(strcmp(palette.offers[1], "home") != 0);
    palette_open(&palette, NULL);
    type("xqz", NULL);
    CHECK_INT(palette.offer_count, 0);
    CHECK_INT(palette_key(&palette, KEYCODE_TAB, NULL), PALETTE_STAYS);
}

static struct cache *filled_cache(void)
{
    static const char *const names[] = {"orders-dev", "orders-prod", "weather-feed", "billing"};
    struct cache *cache = open_memory_cache();

    begin(cache);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct sample s;

        sample_fill(&s, names[i]);
        sample_put_def(cache, &s);
        sample_put_state(cache, &s, 5000);
    }
    commit(cache);
    return cache;
}

static void test_arguments_are_offered(void **state UNUSED)
{
    struct cache *cache = filled_cache();

    open_palette(cache);
    type("pipeline ord", cache);
    CHECK_INT(palette.offer_count, 2);
    CHECK_TRUE(offers("pipeline orders-dev"));
    CHECK_TRUE(offers("pipeline orders-prod"));
    palette_open(&palette, cache);
    type("notif WEATHER", cache);
    CHECK_TRUE(offers("notify weather-feed"));
    palette_open(&palette, cache);
    type("pipeline first", cache); /* a revision's summary, which is no name */
    CHECK_INT(palette.offer_count, 0);
    palette_open(&palette, cache);
    type("pipeline ", cache);
    CHECK_INT(palette.offer_count, 4);
    palette_open(&palette, cache);
    type("sort n", cache);
    CHECK_INT(palette.offer_count, 1);
    CHECK_STR(palette.offers[0], "sort name");
    palette_open(&palette, cache);
    type("at -", cache);
    CHECK_TRUE(offers("at -1h"));
    palette_open(&palette, cache);
    type("theme m", cache);
    CHECK_TRUE(offers("theme mono"));
    palette_open(&palette, cache);
    type("refresh n", cache);
    CHECK_INT(palette.offer_count, 0);
    cache_close(cache);
}

static void type_line(const char *text, struct cache *cache)
{
    palette_open(&palette, cache);
    type(text, cache);
}

static void test_stages_are_offered_behind_a_name(void **state UNUSED)
{
    struct cache *cache = filled_cache();

    open_palette(cache);
    type_line("retry weather", cache);
    CHECK_STR(palette.offers[0], "retry weather-feed "); /* its stage follows */
    CHECK_INT(palette_key(&palette, KEYCODE_TAB, cache), PALETTE_CHANGED);
    CHECK_INT(palette.offer_count, 2);
    CHECK_STR(palette.offers[0], "retry weather-feed Source");
    CHECK_STR(palette.offers[1], "retry weather-feed Deploy-Stage-dev");
    CHECK_STR(palette.notes[1], status_word(STATUS_SUCCEEDED));
    type_line("retry weather-feed STAGE-D", cache);
    CHECK_INT(palette.offer_count, 1);
    CHECK_STR(palette.offers[0], "retry weather-feed Deploy-Stage-dev");
    type_line("logs weather-feed dev ", cache);
    CHECK_INT(palette.offer_count, 1);
    CHECK_STR(palette.offers[0], "logs weather-feed dev Ship");
    type_line("approve weather-feed ", cache); /* no stage of it has an approval */
    CHECK_INT(palette.offer_count, 0);
    type_line("release weather-feed ", cache); /* takes no more */
    CHECK_INT(palette.offer_count, 0);
    type_line("rollback weather-feed dev ", cache);
    CHECK_INT(palette.offer_count, 0);
    type_line("retry nothing ", cache);
    CHECK_INT(palette.offer_count, 0);
    cache_close(cache);
}

static void test_a_transition_is_typed_as_the_verb_is(void **state UNUSED)
{
    struct cache *cache = filled_cache();

    open_palette(cache);
    type_line("transition dis", cache);
    CHECK_STR(palette.offers[0], "transition disable ");
    type_line("transition disable weather", cache);
    CHECK_STR(palette.offers[0], "transition disable weather-feed ");
    type_line("transition disable weather-feed dep", cache);
    CHECK_STR(palette.offers[0], "transition disable weather-feed Deploy-Stage-dev");
    type_line("transition weather-feed dep", cache); /* the other way round than it is */
    CHECK_STR(palette.offers[0], "transition weather-feed Deploy-Stage-dev");
    cache_close(cache);
}

static void test_stages_that_failed_are_offered_first(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct sample s;

    sample_fill(&s, "orders");
    s.stages[1].status = STATUS_FAILED;
    sample_put(cache, &s, 5000);
    open_palette(cache);
    type_line("retry orders ", cache);
    CHECK_STR(palette.offers[0], "retry orders Deploy-Stage-dev");
    CHECK_STR(palette.offers[1], "retry orders Source");
    cache_close(cache);
}

static void test_tab_goes_round_the_offers_and_back_to_what_was_typed(void **state UNUSED)
{
    int count;

    open_palette(NULL);
    type("re", NULL);
    count = palette.offer_count;
    REQUIRE(count > 2);
    for (int i = 0; i < count; i++) {
        CHECK_INT(palette_key(&palette, i % 2 == 0 ? KEYCODE_TAB : KEYCODE_DOWN, NULL),
                  PALETTE_CHANGED);
        CHECK_SV(palette_text(&palette), sv_of(palette.offers[i]));
    }
    palette_key(&palette, KEYCODE_TAB, NULL);
    CHECK_SV(palette_text(&palette), SV("re"));
    palette_key(&palette, KEYCODE_UP, NULL);
    CHECK_SV(palette_text(&palette), sv_of(palette.offers[count - 1]));
    palette_key(&palette, KEYCODE_BACKTAB, NULL);
    CHECK_SV(palette_text(&palette), sv_of(palette.offers[count - 2]));
    CHECK_INT(palette_key(&palette, KEYCODE_ENTER, NULL), PALETTE_DONE);
}

static void test_an_only_offer_is_taken_and_its_arguments_follow(void **state UNUSED)
{
    struct cache *cache = filled_cache();

    open_palette(cache);
    type("exec", cache);
    CHECK_STR(palette.offers[0], "executions ");
    REQUIRE(palette.offer_count == 1);
    palette_key(&palette, KEYCODE_TAB, cache);
    CHECK_SV(palette_text(&palette), SV("executions "));
    CHECK_INT(palette.offer_count, 4);
    type("bil", cache);
    palette_key(&palette, KEYCODE_TAB, cache);
    CHECK_SV(palette_text(&palette), SV("executions billing"));
    cache_close(cache);
}

static void enter(const char *line)
{
    palette_open(&palette, NULL);
    type(line, NULL);
    CHECK_INT(palette_key(&palette, KEYCODE_ENTER, NULL), PALETTE_DONE);
}

static void test_lines_are_remembered_once(void **state UNUSED)
{
    open_palette(NULL);
    enter("home");
    enter("at -1h");
    enter("at -1h");
    enter("");
    CHECK_INT(palette.history_count, 2);
    palette_open(&palette, NULL);
    CHECK_SV(palette_text(&palette), SV(""));
    palette_key(&palette, KEYCODE_UP, NULL);
    CHECK_SV(palette_text(&palette), SV("at -1h"));
    palette_key(&palette, KEYCODE_UP, NULL);
    CHECK_SV(palette_text(&palette), SV("home"));
    CHECK_INT(palette_key(&palette, KEYCODE_UP, NULL), PALETTE_STAYS);
    palette_key(&palette, KEYCODE_DOWN, NULL);
    CHECK_SV(palette_text(&palette), SV("at -1h"));
    palette_key(&palette, KEYCODE_DOWN, NULL);
    CHECK_SV(palette_text(&palette), SV(""));
    CHECK_TRUE(palette.offer_count > 0);
    for (int i = 0; i < PALETTE_HISTORY + 3; i++) {
        char line[20];

        snprintf(line, sizeof line, "at -%dm", i);
        enter(line);
    }
    CHECK_INT(palette.history_count, PALETTE_HISTORY);
    CHECK_STR(palette.history[0], "at -3m");
}

static void test_keys_that_close_it(void **state UNUSED)
{
    open_palette(NULL);
    type("x", NULL);
    CHECK_INT(palette_key(&palette, KEYCODE_BACKSPACE, NULL), PALETTE_CHANGED);
    CHECK_INT(palette_key(&palette, KEYCODE_BACKSPACE, NULL), PALETTE_CLOSED);
    CHECK_INT(palette_key(&palette, KEYCODE_ESC, NULL), PALETTE_CLOSED);
    CHECK_INT(palette_key(&palette, KEYCODE_PGUP, NULL), PALETTE_STAYS);
}

static void test_a_paste_is_one_line_and_runs_nothing(void **state UNUSED)
{
    open_palette(NULL);
    palette_paste(&palette, SV("pipe\x1b[31mline\tx y\nquit\n"), NULL);
    CHECK_SV(palette_text(&palette), SV("pipe[31mlinex y"));
}

static void check_parse(const char *text, enum command command, struct sv argument)
{
    struct palette_line line = {0};
    struct err err = {0};

    REQUIRE_OK(palette_parse(sv_of(text), &line, &err), &err);
    CHECK_INT(line.command, command);
    CHECK_TRUE(line.screen == NULL);
    CHECK_SV(line.argument, argument);
}

static void test_what_a_line_means(void **state UNUSED)
{
    struct palette_line line;
    struct err err = {0};

    check_parse("refresh", CMD_REFRESH, SV_NONE);
    check_parse(" :Refresh  ", CMD_REFRESH, SV_NONE);
    check_parse("q", CMD_QUIT, SV_NONE);
    check_parse("quit", CMD_QUIT, SV_NONE);
    check_parse("pipeline  orders-etl ", CMD_PIPELINE, SV("orders-etl"));
    check_parse("pipelines", CMD_PIPELINES, SV_NONE);
    check_parse("at yesterday 14:32", CMD_AT, SV("yesterday 14:32"));
    check_parse("theme", CMD_THEME, SV_NONE);
    check_parse("notify", CMD_NOTIFY, SV_NONE);
    check_parse("low", CMD_LOW_BANDWIDTH, SV_NONE);
    REQUIRE_OK(palette_parse(SV("extra"), &line, &err), &err);
    CHECK_TRUE(line.screen == &extra);
    CHECK_INT(line.command, CMD_NONE);
}

static void test_each_mistake_has_its_sentence(void **state UNUSED)
{
    static const struct {
        const char *text;
        const char *sentence;
    } cases[] = {
        {"", "nothing was typed; :help lists the commands"},
        {"refersh", "there is no command \"refersh\"; did you mean refresh?"},
        {"xyzzyxyzzy", "there is no command \"xyzzyxyzzy\"; :help lists them"},
        {"st", "\"st\" may be stacks, step-back, step-on, stop; type more of it"},
        {"p",
         "\"p\" may be page-up, page-down, previous-match, problems, pipelines, pipeline and more; "
         "type more of it"},
        {"refresh now", "refresh takes nothing behind it; type :refresh alone"},
        {"extra-screen now", "extra-screen takes nothing behind it; type :extra-screen alone"},
        {"pipeline", "pipeline needs a NAME; type it behind :pipeline, Tab completes"},
        {"at", "at needs a TIME; type it behind :at, Tab completes"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct palette_line line = {.command = CMD_UP};
        struct err err = {0};

        CHECK_INT(palette_parse(sv_of(cases[i].text), &line, &err), ERR_USAGE);
        CHECK_STR(err.text, cases[i].sentence);
        CHECK_INT(line.command, CMD_UP);
    }
}

static void test_every_command_and_screen_can_be_typed(void **state UNUSED)
{
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        const struct command_info *info = command_info((enum command)i);
        struct palette_line line;
        char text[64];

        snprintf(text, sizeof text, "%s%s", info->name,
                 info->argument != COMMAND_ARGUMENT_NONE ? " x" : "");
        REQUIRE(palette_parse(sv_of(text), &line, NULL) == ERR_OK);
        CHECK_INT(line.command, i);
    }
}

static char screen_char(const struct canvas *c, int row, int col)
{
    return (char)canvas_cell(c, row, col)->ch;
}

static void test_offers_are_drawn_above_the_line(void **state UNUSED)
{
    struct canvas c;

    open_palette(NULL);
    type("re", NULL);
    palette_key(&palette, KEYCODE_TAB, NULL);
    canvas_init(&c, 24, 80, true);
    palette_draw(&palette, &c, (struct rect){2, 0, 22, 80});
    CHECK_INT(screen_char(&c, 23, 0), ':');
    CHECK_INT(screen_char(&c, 23, 1), palette.offers[0][0]);
    CHECK_INT(screen_char(&c, 23 - palette.offer_count, 0), '>');
    CHECK_INT(screen_char(&c, 23 - palette.offer_count, 2), palette.offers[0][0]);
    CHECK_INT(screen_char(&c, 22, 2), palette.offers[palette.offer_count - 1][0]);
    /* In whatever room there is. */
    for (int rows = 0; rows < 12; rows++) {
        for (int cols = 0; cols < 12; cols++) {
            canvas_resize(&c, rows, cols);
            palette_draw(&palette, &c, (struct rect){0, 0, rows, cols});
        }
    }
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names_are_offered_best_first),
        TEST(test_arguments_are_offered),
        TEST(test_stages_are_offered_behind_a_name),
        TEST(test_a_transition_is_typed_as_the_verb_is),
        TEST(test_stages_that_failed_are_offered_first),
        TEST(test_tab_goes_round_the_offers_and_back_to_what_was_typed),
        TEST(test_an_only_offer_is_taken_and_its_arguments_follow),
        TEST(test_lines_are_remembered_once),
        TEST(test_keys_that_close_it),
        TEST(test_a_paste_is_one_line_and_runs_nothing),
        TEST(test_what_a_line_means),
        TEST(test_each_mistake_has_its_sentence),
        TEST(test_every_command_and_screen_can_be_typed),
        TEST(test_offers_are_drawn_above_the_line),
    };

    return RUN(tests);
}
