/* The form: faults are named at their field, and what was typed is never lost. */
#include "tui/form.h"

#include "tests/unit/tui/grid.h"
#include "tui/key.h"

static struct form form;
static struct canvas canvas;
static const char *const kinds[] = {"trunk", "gitflow", NULL};

static bool name_is_given(void *owner, int field, struct sv text, char *fault, size_t size)
{
    (void)owner;
    if (field != 0 || text.len > 0)
        return true;
    snprintf(fault, size, "a pipeline needs a name");
    return false;
}

static int setup(void **state)
{
    (void)state;
    form_init(&form, name_is_given, NULL);
    form_add(&form, FORM_TEXT, "Name", "letters, digits and .@-_");
    form_add(&form, FORM_CHOICE, "Strategy", "how branches become environments")->choices = kinds;
    form_add(&form, FORM_YES_NO, "Approval", "a person says yes before prod");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    canvas_release(&canvas);
    return 0;
}

static void paint(int rows, int cols)
{
    canvas_release(&canvas);
    canvas_init(&canvas, rows, cols, true);
    form_draw(&form, &canvas, (struct rect){0, 0, rows, cols});
}

static void type(const char *text)
{
    while (*text != '\0')
        CHECK_INT(form_key(&form, (unsigned char)*text++), FORM_CHANGED);
}

static void test_a_form_shows_labels_values_and_the_help_of_one(void **state)
{
    (void)state;
    type("orders");
    paint(15, 60);
    CHECK_GRID(&canvas, "> Name      orders\n    letters, digits and .@-_\n  Strategy  trunk\n"
                        "  Approval  no\n");
    CHECK_STYLES(&canvas, "c.tttt............e\n....dddddddddddddddddddddddd\n..tttttttt\n"
                          "..tttttttt\n");
    form_key(&form, KEYCODE_DOWN);
    paint(24, 80);
    CHECK_GRID(&canvas, "  Name      orders\n> Strategy  < trunk >\n"
                        "    how branches become environments\n  Approval  no\n");
}

static void test_choices_turn_both_ways(void **state)
{
    (void)state;
    form_key(&form, KEYCODE_DOWN);
    CHECK_INT(form_key(&form, KEYCODE_LEFT), FORM_CHANGED);
    CHECK_SV(form_text(&form.fields[1]), SV("gitflow"));
    CHECK_INT(form_key(&form, KEYCODE_SPACE), FORM_CHANGED);
    CHECK_SV(form_text(&form.fields[1]), SV("trunk"));
    CHECK_INT(form_key(&form, 'j'), FORM_MOVED);
    CHECK_INT(form_key(&form, 'l'), FORM_CHANGED);
    CHECK_SV(form_text(&form.fields[2]), SV("yes"));
    CHECK_INT(form_key(&form, 'q'), FORM_STAYS);
}

static void test_a_fault_is_named_below_its_field_and_goes_when_mended(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        CHECK_INT(form_key(&form, KEYCODE_ENTER), FORM_MOVED);
    CHECK_INT(form_key(&form, KEYCODE_ENTER), FORM_MOVED);
    CHECK_INT(form.cursor, 0);
    paint(15, 60);
    CHECK_GRID(&canvas, "> Name\n    a pipeline needs a name\n    letters, digits and .@-_\n"
                        "  Strategy  trunk\n  Approval  no\n");
    type("o");
    CHECK_STR(form.fields[0].fault, "");
    form.cursor = 2;
    CHECK_INT(form_key(&form, KEYCODE_ENTER), FORM_DONE);
    CHECK_SV(form_text(&form.fields[0]), SV("o"));
}

static void test_moves_stay_inside_and_tab_goes_round(void **state)
{
    (void)state;
    CHECK_INT(form_key(&form, KEYCODE_UP), FORM_MOVED);
    CHECK_INT(form.cursor, 0);
    for (int i = 0; i < 3; i++)
        CHECK_INT(form_key(&form, KEYCODE_TAB), FORM_MOVED);
    CHECK_INT(form.cursor, 0);
    CHECK_INT(form_key(&form, KEYCODE_BACKTAB), FORM_MOVED);
    CHECK_INT(form.cursor, form.count - 1);
    CHECK_INT(form_key(&form, KEYCODE_ESC), FORM_CLOSED);
}

static void test_the_field_under_the_cursor_is_always_in_sight(void **state)
{
    (void)state;
    while (form_add(&form, FORM_YES_NO, "One more", "help") != NULL)
        ;
    CHECK_INT(form.count, FORM_MAX);
    form.cursor = FORM_MAX - 1;
    paint(4, 40);
    CHECK_GRID(&canvas, "  One more  no\n  One more  no\n> One more  < no >\n    help\n");
    for (int cells = 0; cells < 12; cells++)
        paint(cells, cells);
    form_init(&form, NULL, NULL);
    CHECK_INT(form_key(&form, KEYCODE_DOWN), FORM_STAYS);
    CHECK_TRUE(form_check(&form));
    paint(4, 40);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* ---- a list ---- */

static const char *const places[] = {"3h  1111aaaa  one", "1d  2222aaaa  two",
                                     "2d  3333bbbb  three", "9d  4444bbbb  four", NULL};
static const char *const more[] = {"one in full", "two in full", "three in full", "four in full"};

static struct form_field *open_list(void)
{
    struct form_field *list;

    form_init(&form, NULL, NULL);
    form_add(&form, FORM_YES_NO, "Stage", "which");
    list = form_add(&form, FORM_LIST, "Back to", "");
    list->choices = places;
    list->details = more;
    list->none = "nobody knows one";
    return list;
}

static void test_a_list_shows_its_lines_and_more_of_the_chosen_one(void **state)
{
    (void)state;
    open_list();
    form.cursor = 1;
    form_key(&form, 'j');
    paint(8, 40);
    CHECK_GRID(&canvas, "  Stage    no\n> Back to  2 of 4\n    3h  1111aaaa  one\n"
                        "  > 1d  2222aaaa  two\n    2d  3333bbbb  three\n    9d  4444bbbb  four\n"
                        "    two in full\n");
    form_key(&form, KEYCODE_END);
    paint(5, 40); /* the chosen one and what it is stay in sight */
    CHECK_GRID(&canvas, "> Back to  4 of 4\n    1d  2222aaaa  two\n    2d  3333bbbb  three\n"
                        "  > 9d  4444bbbb  four\n    four in full\n");
    for (int cells = 0; cells < 12; cells++)
        paint(cells, cells);
}

static void test_a_list_is_moved_in_and_left_at_its_ends(void **state)
{
    struct form_field *list = open_list();

    (void)state;
    form.cursor = 1;
    CHECK_INT(form_key(&form, KEYCODE_PGDN), FORM_CHANGED);
    CHECK_INT(list->chosen, 3);
    CHECK_INT(form_key(&form, KEYCODE_DOWN), FORM_MOVED);
    CHECK_INT(list->chosen, 3); /* it does not turn round: the oldest is far from the newest */
    CHECK_INT(form_key(&form, 'k'), FORM_CHANGED);
    CHECK_INT(form_key(&form, 'g'), FORM_CHANGED);
    CHECK_INT(list->chosen, 0);
    CHECK_INT(form_key(&form, KEYCODE_UP), FORM_MOVED);
    CHECK_INT(form.cursor, 0);
    form.cursor = 1;
    CHECK_INT(form_key(&form, 't'), FORM_STAYS);
    CHECK_INT(form_key(&form, KEYCODE_ENTER), FORM_DONE);
}

static void test_a_list_without_choices_says_why(void **state)
{
    (void)state;
    open_list()->choices = NULL;
    form.cursor = 1;
    form_key(&form, 'G');
    paint(5, 40);
    CHECK_GRID(&canvas, "  Stage    no\n> Back to\n    nobody knows one\n");
}

static void test_a_list_is_chosen_by_a_word_of_its_own(void **state)
{
    struct form_field *list = open_list();
    struct sb out;
    struct err err;

    (void)state;
    CHECK_INT(form_assign(&form, SV("back = 3333bbbb"), &err), ERR_OK);
    CHECK_INT(list->chosen, 2);
    CHECK_INT(form_assign(&form, SV("back = aaaa"), &err), ERR_USAGE);
    CHECK_STR(err.text, "several of Back to have \"aaaa\"");
    CHECK_INT(form_assign(&form, SV("back = 5"), &err), ERR_USAGE);
    CHECK_STR(err.text, "Back to has no \"5\"");
    CHECK_INT(list->chosen, 2);
    sb_init(&out, 1000);
    REQUIRE_OK(form_print(&form, &out, &err), &err);
    CHECK_STR(sb_cstr(&out), "Stage: no\nBack to: 2d  3333bbbb  three\n  3h  1111aaaa  one\n"
                             "  1d  2222aaaa  two\n> 2d  3333bbbb  three\n"
                             "  9d  4444bbbb  four\n");
    sb_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_form_shows_labels_values_and_the_help_of_one),
        CASE(test_choices_turn_both_ways),
        CASE(test_a_fault_is_named_below_its_field_and_goes_when_mended),
        CASE(test_moves_stay_inside_and_tab_goes_round),
        CASE(test_the_field_under_the_cursor_is_always_in_sight),
        CASE(test_a_list_shows_its_lines_and_more_of_the_chosen_one),
        CASE(test_a_list_is_moved_in_and_left_at_its_ends),
        CASE(test_a_list_without_choices_says_why),
        CASE(test_a_list_is_chosen_by_a_word_of_its_own),
    };
    return RUN(tests);
}
