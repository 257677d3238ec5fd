/* The menu: chosen by cursor or letter, never by accident, readable in the smallest terminal. */
#include "tui/menu.h"

#include "tests/unit/tui/grid.h"
#include "tui/key.h"

static struct menu menu;
static struct canvas canvas;

static int setup(void **state)
{
    (void)state;
    menu_init(&menu, "Copy");
    menu_add(&menu, 10, SV("name"), SV("orders-etl"), false);
    menu_add(&menu, 11, SV("ARN"), SV(""), false);
    menu_add(&menu, 12, SV("commit"), SV("none is known"), true);
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
    menu_draw(&menu, &canvas, (struct rect){0, 0, rows, cols});
}

static void test_a_menu_is_a_box_over_the_screen(void **state)
{
    (void)state;
    paint(7, 40);
    CHECK_GRID(&canvas, "\n"
                        "      Copy\n"
                        "    | > 1  name      orders-etl    |\n"
                        "    |   2  ARN                     |\n"
                        "    |   3  (commit)  none is known |\n"
                        "    +- Enter choose  Esc close ----+\n");
}

static void test_it_is_whole_at_every_size(void **state)
{
    static const int sizes[][2] = {{15, 60}, {24, 80}, {50, 200}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        int row = (sizes[i][0] - 5) / 2;

        paint(sizes[i][0], sizes[i][1]);
        CHECK_INT(canvas_cell(&canvas, row, sizes[i][1] / 2)->style, STYLE_CURSOR);
        CHECK_INT(canvas_cell(&canvas, row + 4, sizes[i][1] / 2)->style, STYLE_DIM);
    }
    for (int cells = 0; cells < 12; cells++)
        paint(cells, cells);
}

static void test_the_cursor_moves_and_stops_at_the_ends(void **state)
{
    (void)state;
    CHECK_INT(menu_key(&menu, 'k', CMD_UP), MENU_STAYS);
    CHECK_INT(menu_key(&menu, 'j', CMD_DOWN), MENU_MOVED);
    CHECK_INT(menu_value(&menu), 11);
    CHECK_INT(menu_key(&menu, 'G', CMD_LAST), MENU_MOVED);
    CHECK_INT(menu_key(&menu, KEYCODE_DOWN, CMD_DOWN), MENU_STAYS);
    CHECK_INT(menu_key(&menu, KEYCODE_HOME, CMD_FIRST), MENU_MOVED);
    CHECK_INT(menu_value(&menu), 10);
}

static void test_enter_or_the_letter_chooses(void **state)
{
    (void)state;
    CHECK_INT(menu_key(&menu, KEYCODE_ENTER, CMD_OPEN), MENU_CHOSEN);
    CHECK_INT(menu_value(&menu), 10);
    CHECK_INT(menu_key(&menu, '2', CMD_NONE), MENU_CHOSEN);
    CHECK_INT(menu_value(&menu), 11);
    CHECK_INT(menu_key(&menu, '9', CMD_NONE), MENU_STAYS);
    CHECK_INT(menu_key(&menu, KEYCODE_ESC, CMD_BACK), MENU_CLOSED);
    CHECK_INT(menu_key(&menu, 'q', CMD_LEAVE), MENU_CLOSED);
}

static void test_what_is_disabled_is_shown_but_never_chosen(void **state)
{
    (void)state;
    CHECK_INT(menu_key(&menu, '3', CMD_NONE), MENU_REFUSED);
    CHECK_INT(menu_value(&menu), 12);
    CHECK_INT(menu_key(&menu, '3', CMD_NONE), MENU_REFUSED);
    CHECK_INT(menu_key(&menu, KEYCODE_ENTER, CMD_OPEN), MENU_REFUSED);
    menu_init(&menu, "All but one");
    menu_add(&menu, 1, SV("a"), SV(""), true);
    menu_add(&menu, 2, SV("b"), SV(""), false);
    CHECK_INT(menu_value(&menu), 2);
}

static void test_a_long_menu_scrolls_and_an_empty_one_is_closed(void **state)
{
    (void)state;
    menu_init(&menu, "Many");
    for (int i = 0; i < 2 * MENU_MAX; i++)
        menu_add(&menu, i, SV("an item"), SV_NONE, false);
    CHECK_INT(menu.count, MENU_MAX);
    menu_key(&menu, 'G', CMD_LAST);
    paint(6, 30);
    CHECK_INT(canvas_cell(&canvas, 4, 2)->ch, '>');
    menu_init(&menu, "None");
    CHECK_INT(menu_value(&menu), -1);
    CHECK_INT(menu_key(&menu, KEYCODE_DOWN, CMD_DOWN), MENU_STAYS);
    CHECK_INT(menu_key(&menu, KEYCODE_ENTER, CMD_OPEN), MENU_STAYS);
    paint(6, 30);
    CHECK_INT(menu_key(&menu, KEYCODE_ESC, CMD_BACK), MENU_CLOSED);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* What has a key of its own keeps it here: the same letter means the same everywhere. */
static void test_an_item_may_have_its_own_key(void **state)
{
    (void)state;
    menu_set_key(&menu, 'R');
    menu_set_key(&menu, 0); /* none: it stays */
    CHECK_INT(menu_key(&menu, '3', CMD_NONE), MENU_STAYS);
    CHECK_INT(menu_key(&menu, 'R', CMD_NONE), MENU_REFUSED);
    menu_add(&menu, 13, SV("go"), SV(""), false);
    menu_set_key(&menu, 'k'); /* before what moves */
    CHECK_INT(menu_key(&menu, 'k', CMD_UP), MENU_CHOSEN);
    CHECK_INT(menu_value(&menu), 13);
    paint(7, 40);
    CHECK_GRID(&canvas, "      Copy\n"
                        "    |   1  name      orders-etl    |\n"
                        "    |   2  ARN                     |\n"
                        "    |   R  (commit)  none is known |\n"
                        "    | > k  go                      |\n"
                        "    +- Enter choose  Esc close ----+\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_menu_is_a_box_over_the_screen),
        CASE(test_it_is_whole_at_every_size),
        CASE(test_the_cursor_moves_and_stops_at_the_ends),
        CASE(test_enter_or_the_letter_chooses),
        CASE(test_what_is_disabled_is_shown_but_never_chosen),
        CASE(test_a_long_menu_scrolls_and_an_empty_one_is_closed),
        CASE(test_an_item_may_have_its_own_key),
    };
    return RUN(tests);
}
