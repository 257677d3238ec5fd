/* The tree: the cursor is a key, closed parts hide what is below them, and lines scroll. */
#include "tui/tree.h"

#include "tests/unit/check.h"
#include "tui/screen.h"

/* a with a1 and a2 (three lines), b with b1, c alone. */
static const struct tree_node nodes[] = {
    {.key = 10, .depth = 0, .lines = 1, .has_children = true},
    {.key = 11, .depth = 1, .lines = 1},
    {.key = 12, .depth = 1, .lines = 3},
    {.key = 20, .depth = 0, .lines = 1, .has_children = true},
    {.key = 21, .depth = 1, .lines = 1},
    {.key = 30, .depth = 0, .lines = 1},
};
enum { COUNT = ARRAY_LEN(nodes) };

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void load(struct tree *t, const struct tree_node *from, int count, int rows)
{
    struct err err;

    arena_clear(&arena);
    REQUIRE_OK(tree_load(t, from, count, rows, &arena, &err), &err);
}

static void test_moves_go_by_node_and_stop_at_the_ends(void **state)
{
    struct tree t = {0};

    (void)state;
    load(&t, nodes, COUNT, 4);
    CHECK_INT(t.cursor, 10);
    CHECK_INT(tree_handle(&t, CMD_UP), REACT_NONE);
    CHECK_INT(tree_handle(&t, CMD_DOWN), REACT_DRAW);
    CHECK_INT(tree_handle(&t, CMD_DOWN), REACT_DRAW);
    CHECK_INT(t.cursor, 12);
    CHECK_INT(t.top, 1); /* all three lines are in sight */
    CHECK_INT(tree_handle(&t, CMD_LAST), REACT_DRAW);
    CHECK_INT(t.cursor, 30);
    CHECK_INT(t.top, 4);
    CHECK_INT(tree_handle(&t, CMD_DOWN), REACT_NONE);
    CHECK_INT(tree_handle(&t, CMD_PAGE_UP), REACT_DRAW);
    CHECK_INT(t.cursor, 12);
    CHECK_INT(tree_handle(&t, CMD_FIRST), REACT_DRAW);
    CHECK_INT(tree_handle(&t, CMD_HALF_DOWN), REACT_DRAW);
    CHECK_INT(t.cursor, 12);
    CHECK_INT(tree_handle(&t, CMD_OPEN), REACT_NONE);
}

static void test_closing_hides_what_is_below(void **state)
{
    struct tree t = {0};

    (void)state;
    load(&t, nodes, COUNT, 10);
    tree_handle(&t, CMD_DOWN);
    CHECK_INT(tree_handle(&t, CMD_LEFT), REACT_DRAW); /* to the parent */
    CHECK_INT(t.cursor, 10);
    CHECK_INT(tree_handle(&t, CMD_LEFT), REACT_DRAW | REACT_LOAD);
    CHECK_TRUE(tree_is_closed(&t, 10));
    load(&t, nodes, COUNT, 10);
    CHECK_INT(t.count, 4);
    CHECK_INT(t.cursor, 10);
    tree_handle(&t, CMD_DOWN);
    CHECK_INT(tree_source(&t), 3);
    tree_handle(&t, CMD_UP);
    CHECK_INT(tree_handle(&t, CMD_RIGHT), REACT_DRAW | REACT_LOAD);
    load(&t, nodes, COUNT, 10);
    CHECK_INT(t.count, COUNT);
    CHECK_INT(tree_handle(&t, CMD_RIGHT), REACT_DRAW);
    CHECK_INT(t.cursor, 11);
    CHECK_INT(tree_toggle(&t), REACT_NONE);
    CHECK_INT(tree_handle(&t, CMD_RIGHT), REACT_NONE);
}

static void test_the_cursor_stays_on_its_node_and_line(void **state)
{
    static const struct tree_node fewer[] = {
        {.key = 10, .depth = 0, .lines = 2, .has_children = true},
        {.key = 12, .depth = 1, .lines = 3},
        {.key = 30, .depth = 0, .lines = 1},
    };
    struct tree t = {0};
    int offset;

    (void)state;
    load(&t, nodes, COUNT, 3);
    tree_handle(&t, CMD_DOWN);
    tree_handle(&t, CMD_DOWN);
    offset = t.offset;
    load(&t, fewer, ARRAY_LEN(fewer), 3);
    CHECK_INT(t.cursor, 12);
    CHECK_INT(t.offset, offset);
    load(&t, fewer, 1, 3); /* it is gone: the nearest */
    CHECK_INT(t.cursor, 10);
    load(&t, fewer, 0, 3);
    CHECK_INT(tree_source(&t), -1);
    CHECK_INT(tree_handle(&t, CMD_DOWN), REACT_NONE);
    CHECK_INT(tree_toggle(&t), REACT_NONE);
}

static void test_a_node_taller_than_the_screen_is_read_line_by_line(void **state)
{
    static const struct tree_node tall[] = {{.key = 1, .lines = 5}, {.key = 2, .lines = 1}};
    struct tree t = {0};

    (void)state;
    load(&t, tall, 2, 3);
    tree_handle(&t, CMD_DOWN);
    CHECK_INT(t.cursor, 1);
    CHECK_INT(t.top, 1);
    load(&t, tall, 2, 3);
    CHECK_INT(t.top, 1);
    tree_handle(&t, CMD_DOWN);
    CHECK_INT(t.top, 2);
    tree_handle(&t, CMD_DOWN);
    CHECK_INT(t.cursor, 2);
    tree_handle(&t, CMD_UP);
    CHECK_INT(t.top, 2);
    tree_handle(&t, CMD_UP);
    CHECK_INT(t.top, 1);
}

static void test_a_click_finds_the_node_of_the_row(void **state)
{
    struct tree t = {0};

    (void)state;
    load(&t, nodes, COUNT, 10);
    CHECK_TRUE(tree_point(&t, 3));
    CHECK_INT(t.cursor, 12);
    CHECK_TRUE(!tree_point(&t, 8));
    CHECK_TRUE(!tree_point(&t, -1));
    CHECK_INT(t.cursor, 12);
}

static void draw_node(const void *owner, int source, const struct view_look *look, struct canvas *c,
                      struct rect area, int skipped)
{
    (void)owner;
    (void)look;
    for (int i = 0; i < area.rows; i++) {
        char text[8];

        snprintf(text, sizeof text, "%d.%d", (int)nodes[source].key, skipped + i);
        canvas_text(c, area.row + i, area.col + 2, area.cols - 2, STYLE_PLAIN, sv_of(text));
    }
}

static void check_row(const struct canvas *c, int row, const char *text)
{
    for (int col = 0; text[col] != '\0'; col++)
        CHECK_INT(canvas_cell(c, row, col)->ch, text[col]);
}

static void test_only_lines_in_sight_are_drawn(void **state)
{
    struct view_look look = {0};
    struct tree t = {0};
    struct canvas c;

    (void)state;
    load(&t, nodes, COUNT, 3);
    for (int i = 0; i < 3; i++)
        tree_handle(&t, CMD_DOWN);
    canvas_init(&c, 5, 10, true);
    tree_draw(&t, &look, draw_node, NULL, &c, (struct rect){1, 0, 3, 10});
    check_row(&c, 0, "      ");
    check_row(&c, 1, "  12.1");
    check_row(&c, 2, "  12.2");
    check_row(&c, 3, "> 20.0");
    check_row(&c, 4, "      ");
    canvas_release(&c);
}

#define TEST_TREE(fn) cmocka_unit_test_setup_teardown(fn, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_TREE(test_moves_go_by_node_and_stop_at_the_ends),
        TEST_TREE(test_closing_hides_what_is_below),
        TEST_TREE(test_the_cursor_stays_on_its_node_and_line),
        TEST_TREE(test_a_node_taller_than_the_screen_is_read_line_by_line),
        TEST_TREE(test_a_click_finds_the_node_of_the_row),
        TEST_TREE(test_only_lines_in_sight_are_drawn),
    };
    return RUN(tests);
}
