/* The table: the cursor is an identity, and moves say when the rows in memory are not enough. */
#include "tui/table.h"

#include "tests/unit/check.h"

static const int64_t ids[] = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19};

static struct table table_of(int count, int lines, int index, int line)
{
    struct table t = {.lines = lines};

    table_place(&t, ids, count, index, line);
    return t;
}

static void test_the_cursor_is_placed_on_its_line_if_that_can_be(void **state)
{
    struct table t = table_of(10, 4, 5, 2);

    (void)state;
    CHECK_INT(t.cursor, 15);
    CHECK_INT(t.top, 3);
    t = table_of(10, 4, 1, 3);
    CHECK_INT(t.top, 0);
    CHECK_INT(table_line(&t), 1);
    t = table_of(10, 4, 9, 0);
    CHECK_INT(t.top, 6);
    t = table_of(2, 4, 1, 0);
    CHECK_INT(t.top, 0);
    t = table_of(0, 4, 0, 0);
    CHECK_INT(t.cursor, 0);
}

static void test_moves_stop_at_the_ends(void **state)
{
    struct table t = table_of(10, 4, 0, 0);

    (void)state;
    CHECK_INT(table_move(&t, ids, CMD_UP), TABLE_STILL);
    CHECK_INT(table_move(&t, ids, CMD_DOWN), TABLE_MOVED);
    CHECK_INT(t.cursor, 11);
    CHECK_INT(table_move(&t, ids, CMD_LAST), TABLE_MOVED);
    CHECK_INT(t.cursor, 19);
    CHECK_INT(t.top, 6);
    CHECK_INT(table_move(&t, ids, CMD_PAGE_DOWN), TABLE_STILL);
    CHECK_INT(table_move(&t, ids, CMD_HALF_UP), TABLE_MOVED);
    CHECK_INT(t.cursor, 17);
    CHECK_INT(t.top, 4);
    CHECK_INT(table_move(&t, ids, CMD_PAGE_UP), TABLE_MOVED);
    CHECK_INT(t.cursor, 13);
    CHECK_INT(t.top, 0);
    CHECK_INT(table_move(&t, ids, CMD_FIRST), TABLE_MOVED);
    CHECK_INT(t.cursor, 10);
}

static void test_the_edge_of_the_window_asks_for_more(void **state)
{
    struct table t = table_of(10, 4, 5, 2);

    (void)state;
    t.has_after = true;
    CHECK_INT(table_move(&t, ids, CMD_DOWN), TABLE_MOVED);
    CHECK_INT(table_move(&t, ids, CMD_PAGE_DOWN), TABLE_AROUND);
    CHECK_INT(table_move(&t, ids, CMD_LAST), TABLE_LAST);
    t = table_of(10, 4, 1, 1);
    t.has_before = true;
    CHECK_INT(table_move(&t, ids, CMD_FIRST), TABLE_FIRST);
    CHECK_INT(t.cursor, 11);
}

static void test_an_empty_table_does_not_move(void **state)
{
    struct table t = table_of(0, 4, 0, 0);

    (void)state;
    CHECK_INT(table_move(&t, NULL, CMD_DOWN), TABLE_STILL);
    CHECK_INT(table_move(&t, NULL, CMD_LAST), TABLE_STILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_cursor_is_placed_on_its_line_if_that_can_be),
        TEST(test_moves_stop_at_the_ends),
        TEST(test_the_edge_of_the_window_asks_for_more),
        TEST(test_an_empty_table_does_not_move),
    };
    return RUN(tests);
}
