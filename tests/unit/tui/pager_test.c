/* The pager: any text is shown whole, from any place, at any width, and what is looked for is
 * found. */
#include "tui/pager.h"

#include "tests/unit/tui/grid.h"

/* The list of the real ones is not part of this program. */
const struct screen *const screens[] = {NULL};

static struct pager pager;
static struct canvas canvas;
static struct err err;

static int setup(void **state)
{
    (void)state;
    pager_init(&pager);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pager_release(&pager);
    canvas_release(&canvas);
    return 0;
}

static void size(int rows, int cols)
{
    canvas_release(&canvas);
    canvas_init(&canvas, rows, cols, true);
    pager_layout(&pager, rows, cols);
}

static void paint(void)
{
    canvas_clear(&canvas);
    pager_draw(&pager, &canvas, (struct rect){0, 0, canvas.rows, canvas.cols});
}

static void add(const char *text)
{
    REQUIRE_OK(pager_add(&pager, STYLE_PLAIN, sv_of(text), &err), &err);
}

static void add_numbers(int count)
{
    char line[32];

    for (int i = 1; i <= count; i++) {
        snprintf(line, sizeof line, "line %d", i);
        add(line);
    }
}

static void search(const char *pattern)
{
    REQUIRE_OK(pager_search(&pager, sv_of(pattern), &err), &err);
}

static void test_long_lines_are_wrapped_at_blanks_and_hang(void **state)
{
    (void)state;
    add("the quick brown fox jumps\n\nabcdefghijklmnopqrstuvwxyz\n  k Up  scroll up by a row");
    pager_hang(&pager, 4);
    size(10, 14);
    paint();
    CHECK_GRID(&canvas, " the quick\n brown fox\n jumps\n\n abcdefghijkl\n mnopqrstuvwx\n yz\n"
                        "   k Up\n     scroll\n     up by a\n");
}

/* What looks like two words is two words; what no row can hold fills them. */
static void test_a_word_that_fits_a_row_is_not_divided(void **state)
{
    (void)state;
    add("to be in ManualApproval-production");
    add("at aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    add("  ManualApproval-production-and-more");
    size(6, 30);
    paint();
    CHECK_GRID(&canvas, " to be in\n"
                        " ManualApproval-production\n"
                        " at aaaaaaaaaaaaaaaaaaaaaaaaa\n"
                        " aaaaaaaaaaaaaaa\n"
                        "   ManualApproval-production-\n"
                        " and-more\n");
}

static void test_a_long_path_is_parted_behind_a_slash(void **state)
{
    (void)state;
    add("approve marketing/ManualApproval-dev/ManualApproval-dev now");
    size(4, 30);
    paint();
    CHECK_GRID(&canvas, " approve marketing/\n"
                        " ManualApproval-dev/\n"
                        " ManualApproval-dev now\n");
}

static void test_without_wrapping_lines_are_cut_with_a_sign_and_scrolled(void **state)
{
    (void)state;
    add("0123456789abcdefghijklmnop\nshort");
    size(3, 12);
    CHECK_INT(pager_handle(&pager, CMD_RIGHT), REACT_NONE);
    CHECK_INT(pager_handle(&pager, CMD_WIDE), REACT_DRAW);
    paint();
    CHECK_GRID(&canvas, " 0123456789~\n short\n");
    CHECK_INT(pager_handle(&pager, CMD_RIGHT), REACT_DRAW);
    paint();
    CHECK_GRID(&canvas, "~89abcdefgh~\n~\n");
    CHECK_INT(pager_handle(&pager, CMD_RIGHT), REACT_DRAW);
    CHECK_INT(pager_handle(&pager, CMD_RIGHT), REACT_NONE);
    paint();
    CHECK_GRID(&canvas, "~ghijklmnop\n~\n");
    CHECK_INT(pager_handle(&pager, CMD_LEFT), REACT_DRAW);
    CHECK_INT(pager_handle(&pager, CMD_LEFT), REACT_DRAW);
    CHECK_INT(pager_handle(&pager, CMD_LEFT), REACT_NONE);
}

static void test_wide_and_combining_characters_are_never_split(void **state)
{
    (void)state;
    add("日本語日本語\nae\xcc\x81io");
    size(4, 7);
    paint();
    CHECK_GRID(&canvas, " 日本\n 語日\n 本語\n ae\xcc\x81io\n");
    pager_handle(&pager, CMD_WIDE);
    for (pager.left = 1; pager.left < 5; pager.left++)
        paint();
    pager.left = 1;
    paint();
    CHECK_GRID(&canvas, "~ 本語~\n~e\xcc\x81io\n");
    size(2, 1);
    paint();
}

static void test_hostile_text_is_shown_harmless(void **state)
{
    (void)state;
    add("a\x1b[31mb\tc\r\n\xff\xe2\x80\xae!");
    REQUIRE_OK(pager_add_spans(&pager, SV("x\ny"), NULL, 0, STYLE_PLAIN, &err), &err);
    size(4, 20);
    paint();
    CHECK_GRID(&canvas, " a\xef\xbf\xbd[31mb c\n \xef\xbf\xbd\xef\xbf\xbd!\n x y\n");
}

static void test_moves_stop_at_both_ends(void **state)
{
    size_t first;
    size_t last;

    (void)state;
    add_numbers(30);
    size(15, 60);
    CHECK_INT(pager_handle(&pager, CMD_UP), REACT_NONE);
    CHECK_INT(pager_handle(&pager, CMD_DOWN), REACT_DRAW);
    CHECK_INT(pager_handle(&pager, CMD_HALF_DOWN), REACT_DRAW);
    pager_place(&pager, &first, &last);
    CHECK_INT(first, 9);
    CHECK_INT(last, 23);
    CHECK_INT(pager_handle(&pager, CMD_PAGE_DOWN), REACT_DRAW);
    pager_place(&pager, &first, &last);
    CHECK_INT(first, 16);
    CHECK_INT(last, 30);
    CHECK_INT(pager_handle(&pager, CMD_LAST), REACT_NONE);
    CHECK_INT(pager_handle(&pager, CMD_FIRST), REACT_DRAW);
    pager_place(&pager, &first, &last);
    CHECK_INT(first, 1);
    CHECK_INT(pager_handle(&pager, CMD_OPEN), REACT_NONE);
}

static void test_an_empty_text_takes_every_command(void **state)
{
    size_t first;
    size_t last;

    (void)state;
    size(5, 20);
    for (int i = CMD_NONE; i < CMD_COUNT; i++)
        pager_handle(&pager, (enum command)i);
    search("x");
    pager_handle(&pager, CMD_NEXT_MATCH);
    paint();
    pager_place(&pager, &first, &last);
    CHECK_INT(last, 0);
    CHECK_GRID(&canvas, "");
}

static void test_a_reload_and_a_new_size_keep_the_place(void **state)
{
    (void)state;
    add_numbers(100);
    size(10, 40);
    for (int i = 0; i < 40; i++)
        pager_handle(&pager, CMD_DOWN);
    pager_clear(&pager);
    add_numbers(100);
    pager_layout(&pager, 10, 40);
    CHECK_INT(pager.top, 40);
    size(24, 80);
    CHECK_INT(pager.top, 40);
    pager_clear(&pager);
    add_numbers(30);
    pager_layout(&pager, 24, 80);
    CHECK_INT(pager.top, 6);
    pager_clear(&pager);
    pager_layout(&pager, 24, 80);
    CHECK_INT(pager.top, 0);
}

static void test_a_search_goes_round_and_marks_what_it_found(void **state)
{
    (void)state;
    add("one\ntwo fails\nthree\nit Failed\nfive");
    size(5, 20);
    search("fail");
    CHECK_INT(pager.matches, 2);
    paint();
    CHECK_GRID(&canvas, " one\n>two fails\n three\n it Failed\n five\n");
    CHECK_STYLES(&canvas, "\nc....eeee\n\n....eeee\n");
    CHECK_INT(pager_handle(&pager, CMD_NEXT_MATCH), REACT_DRAW);
    CHECK_INT(pager.match, 3);
    CHECK_INT(pager_handle(&pager, CMD_NEXT_MATCH), REACT_DRAW);
    CHECK_INT(pager.match, 1);
    CHECK_INT(pager_handle(&pager, CMD_PREVIOUS_MATCH), REACT_DRAW);
    CHECK_INT(pager.match, 3);
    search("Fail");
    CHECK_INT(pager.matches, 1);
    search("");
    CHECK_INT(pager.matches, 0);
    CHECK_INT(pager_handle(&pager, CMD_NEXT_MATCH), REACT_NONE);
}

static void test_patterns_are_regular_expressions(void **state)
{
    (void)state;
    add("abc 123\n^start\nx*\nnothing");
    size(4, 20);
    search("[0-9]+$");
    paint();
    CHECK_INT(pager.matches, 1);
    CHECK_STYLES(&canvas, "c....eee\n");
    search("z*");
    CHECK_INT(pager.matches, 0);
    search("^n|^a");
    CHECK_INT(pager.matches, 2);
    search("\\^");
    CHECK_INT(pager.matches, 1);
}

static void test_what_is_no_pattern_is_said_and_the_search_goes_on(void **state)
{
    char longest[PAGER_PATTERN + 2] = {0};

    (void)state;
    add("a(b");
    size(4, 20);
    search("b");
    CHECK_INT(pager_search(&pager, SV("a(b"), &err), ERR_USAGE);
    CHECK_TRUE(strstr(err.text, "put \\ before") != NULL);
    CHECK_INT(pager_search(&pager, SV("(a)\\1"), &err), ERR_USAGE);
    CHECK_INT(pager_search(&pager, SV("((a{99}){99}){99}"), &err), ERR_USAGE);
    /* Each + doubles what regcomp makes. */
    CHECK_INT(pager_search(&pager, SV("a++++++++++++++++++++++++++++++"), &err), ERR_USAGE);
    CHECK_INT(pager_search(&pager, SV("((((((((((a+)+)+)+)+)+)+)+)+)+)"), &err), ERR_USAGE);
    CHECK_INT(pager_search(&pager, SV("(abcdefgh){20000}"), &err), ERR_USAGE);
    memset(longest, 'a', sizeof longest - 1);
    CHECK_INT(pager_search(&pager, sv_of(longest), &err), ERR_USAGE);
    CHECK_INT(pager.matches, 1);
}

static void test_a_match_out_of_sight_is_scrolled_to(void **state)
{
    char line[512];

    (void)state;
    add_numbers(100);
    memset(line, '.', sizeof line);
    memcpy(line + 400, "needle", 7);
    add(line);
    add_numbers(50);
    size(15, 60);
    search("needle");
    CHECK_INT(pager.match, 100);
    paint();
    CHECK_INT(canvas_cell(&canvas, 5, 1 + 400 % 58)->style, STYLE_EDIT);
    pager_handle(&pager, CMD_WIDE);
    pager_handle(&pager, CMD_FIRST);
    CHECK_INT(pager_handle(&pager, CMD_NEXT_MATCH), REACT_DRAW);
    CHECK_TRUE(pager.left > 0 && pager.left <= 400);
    search("line 3");
    CHECK_INT(pager.left, 0);
}

static void test_the_same_pattern_again_moves_nothing(void **state)
{
    (void)state;
    add_numbers(100);
    size(10, 40);
    search("line 9");
    pager_handle(&pager, CMD_FIRST);
    pager_clear(&pager);
    add_numbers(100);
    pager_layout(&pager, 10, 40);
    search("line 9");
    CHECK_INT(pager.top, 0);
    CHECK_INT(pager.matches, 11);
}

static void test_json_is_laid_out_and_coloured_by_kind(void **state)
{
    (void)state;
    REQUIRE_OK(
        pager_add_json(&pager,
                       SV("{\"name\":\"a\\\"b\",\"n\":1.50,\"ok\":true,\"e\":[],\"l\":[1,{}],"
                          "\"x\":null}"),
                       &err),
        &err);
    size(15, 60);
    paint();
    CHECK_GRID(&canvas,
               " {\n   \"name\": \"a\\\"b\",\n   \"n\": 1.50,\n   \"ok\": true,\n"
               "   \"e\": [],\n   \"l\": [\n     1,\n     {}\n   ],\n   \"x\": null\n }\n");
    CHECK_STYLES(&canvas, "\n...kkkkkk\n...kkk..bbbb\n...kkkk..dddd\n...kkk\n...kkk\n.....b\n\n\n"
                          "...kkk..dddd\n");
}

static void test_what_is_no_json_is_shown_as_it_is(void **state)
{
    static const char *const broken[] = {"{\"a\":1", "[1,]x", "{\"a\" 1}", "nul", "[\"a\n\"]",
                                         "{} {}",    "{a:1}", "[1 2]",     "\"",  ""};
    char deep[2 * PAGER_JSON_DEPTH + 5];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        CLEANUP(sb_release) struct sb out;

        sb_init(&out, GRID_CAP);
        pager_clear(&pager);
        REQUIRE_OK(pager_add_json(&pager, sv_of(broken[i]), &err), &err);
        REQUIRE_OK(pager_print(&pager, &out, &err), &err);
        CHECK_TRUE(sv_starts(sb_sv(&out), sv_of(broken[i])));
        CHECK_INT(out.len, strlen(broken[i]) + 1);
    }
    memset(deep, '[', PAGER_JSON_DEPTH + 2);
    memset(deep + PAGER_JSON_DEPTH + 2, ']', PAGER_JSON_DEPTH + 2);
    pager_clear(&pager);
    REQUIRE_OK(pager_add_json(&pager, sv_make(deep, sizeof deep - 1), &err), &err);
    CHECK_INT(pager.count, 1);
}

static void test_print_gives_the_whole_text_unwrapped_and_clean(void **state)
{
    CLEANUP(sb_release) struct sb out;
    static char line[3 * PAGER_LINE_MAX];

    (void)state;
    sb_init(&out, GRID_CAP);
    memset(line, 'x', sizeof line - 1);
    add(line);
    add("end\x1b");
    CHECK_INT(pager.count, 4);
    size(15, 60);
    REQUIRE_OK(pager_print(&pager, &out, &err), &err);
    CHECK_INT(out.len, sizeof line - 1 + 1 + 3 + 3 + 1);
}

static void test_too_many_lines_are_refused(void **state)
{
    enum err_code rc = ERR_OK;

    (void)state;
    for (int i = 0; rc == ERR_OK && i <= PAGER_LINES_MAX; i++)
        rc = pager_add(&pager, STYLE_PLAIN, SV("deploy of orders-etl to prod finished"), &err);
    CHECK_INT(rc, ERR_LIMIT);
    CHECK_INT(pager.count, PAGER_LINES_MAX);
    size(24, 80);
    CHECK_INT(pager_handle(&pager, CMD_LAST), REACT_DRAW);
    paint();
    CHECK_INT(canvas_cell(&canvas, 23, 1)->ch, 'd');
    search("no such thing");
    CHECK_INT(pager.matches, 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_long_lines_are_wrapped_at_blanks_and_hang),
        CASE(test_a_word_that_fits_a_row_is_not_divided),
        CASE(test_a_long_path_is_parted_behind_a_slash),
        CASE(test_without_wrapping_lines_are_cut_with_a_sign_and_scrolled),
        CASE(test_wide_and_combining_characters_are_never_split),
        CASE(test_hostile_text_is_shown_harmless),
        CASE(test_moves_stop_at_both_ends),
        CASE(test_an_empty_text_takes_every_command),
        CASE(test_a_reload_and_a_new_size_keep_the_place),
        CASE(test_a_search_goes_round_and_marks_what_it_found),
        CASE(test_patterns_are_regular_expressions),
        CASE(test_what_is_no_pattern_is_said_and_the_search_goes_on),
        CASE(test_a_match_out_of_sight_is_scrolled_to),
        CASE(test_the_same_pattern_again_moves_nothing),
        CASE(test_json_is_laid_out_and_coloured_by_kind),
        CASE(test_what_is_no_json_is_shown_as_it_is),
        CASE(test_print_gives_the_whole_text_unwrapped_and_clean),
        CASE(test_too_many_lines_are_refused),
    };
    return RUN(tests);
}
