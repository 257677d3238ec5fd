/* The canvas: what reaches a cell is safe, measured and clipped. */
#include "tui/canvas.h"

#include "tests/unit/check.h"

static struct canvas canvas;

static int setup(void **state)
{
    (void)state;
    canvas_init(&canvas, 3, 10, true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    canvas_release(&canvas);
    return 0;
}

static uint32_t ch(int row, int col)
{
    return canvas_cell(&canvas, row, col)->ch;
}

static void test_text_is_clipped_by_its_cells_and_by_the_canvas(void **state)
{
    (void)state;
    CHECK_INT(canvas_text(&canvas, 0, 0, 3, STYLE_BAD, SV("abcdef")), 3);
    CHECK_INT(ch(0, 2), 'c');
    CHECK_INT(ch(0, 3), ' ');
    CHECK_INT(canvas_cell(&canvas, 0, 2)->style, STYLE_BAD);
    CHECK_INT(canvas_text(&canvas, 0, 8, 100, STYLE_PLAIN, SV("xyz")), 2);
    CHECK_INT(canvas_text(&canvas, 3, 0, 5, STYLE_PLAIN, SV("below")), 0);
    CHECK_INT(canvas_text(&canvas, -1, 0, 5, STYLE_PLAIN, SV("above")), 0);
    CHECK_INT(canvas_text(&canvas, 0, -1, 5, STYLE_PLAIN, SV("left")), 0);
    CHECK_INT(canvas_text(&canvas, 0, 10, 5, STYLE_PLAIN, SV("right")), 0);
    CHECK_INT(canvas_text(&canvas, 0, 0, -4, STYLE_PLAIN, SV("none")), 0);
}

static void test_a_wide_character_is_never_split(void **state)
{
    (void)state;
    CHECK_INT(canvas_text(&canvas, 0, 0, 3, STYLE_PLAIN, SV("日本")), 2);
    CHECK_INT(ch(0, 0), 0x65e5);
    CHECK_INT(canvas_cell(&canvas, 0, 0)->width, 2);
    CHECK_INT(canvas_cell(&canvas, 0, 1)->width, 0);
    CHECK_INT(ch(0, 2), ' ');
}

static void test_writing_over_half_of_a_wide_character_leaves_no_other_half(void **state)
{
    (void)state;
    canvas_text(&canvas, 0, 0, 4, STYLE_PLAIN, SV("日本"));
    canvas_text(&canvas, 0, 1, 1, STYLE_PLAIN, SV("x"));
    CHECK_INT(ch(0, 0), ' ');
    CHECK_INT(ch(0, 1), 'x');
    canvas_text(&canvas, 0, 2, 1, STYLE_PLAIN, SV("y"));
    CHECK_INT(ch(0, 2), 'y');
    CHECK_INT(ch(0, 3), ' ');
    CHECK_INT(canvas_cell(&canvas, 0, 3)->width, 1);
}

static void test_combining_marks_join_their_cell_up_to_a_cap(void **state)
{
    (void)state;
    CHECK_INT(canvas_text(&canvas, 0, 0, 5, STYLE_PLAIN, SV("e\xcc\x81\xcc\x82\xcc\x83x")), 2);
    CHECK_INT(ch(0, 0), 'e');
    CHECK_INT(canvas_cell(&canvas, 0, 0)->marks[0], 0x301);
    CHECK_INT(canvas_cell(&canvas, 0, 0)->marks[1], 0x302);
    CHECK_INT(ch(0, 1), 'x');
    CHECK_INT(canvas_text(&canvas, 1, 0, 5, STYLE_PLAIN, SV("\xcc\x81")), 0);
}

static void test_hostile_text_cannot_steer_the_terminal(void **state)
{
    static const char hostile[] = "\x1b]52;c\x07\xc2\x9b"
                                  "\xe2\x80\xae";

    (void)state;
    CHECK_INT(canvas_text(&canvas, 0, 0, 10, STYLE_PLAIN, sv_of(hostile)), 9);
    for (int col = 0; col < 10; col++) {
        uint32_t c = ch(0, col);

        CHECK_TRUE(c >= 0x20 && (c < 0x7f || c == 0xfffd));
    }
    CHECK_INT(canvas_text(&canvas, 1, 0, 10, STYLE_PLAIN, sv_make("\xff\x80z", 3)), 3);
    CHECK_INT(ch(1, 0), 0xfffd);
    CHECK_INT(ch(1, 2), 'z');
}

static void test_without_utf8_only_ascii_is_drawn_and_widths_stay(void **state)
{
    struct canvas ascii;
    const struct sv text = SV("a日e\xcc\x81✓");

    (void)state;
    canvas_init(&ascii, 1, 10, false);
    CHECK_INT(canvas_text(&ascii, 0, 0, 10, STYLE_PLAIN, text), text_width(text));
    for (int col = 0; col < 10; col++)
        CHECK_TRUE(canvas_cell(&ascii, 0, col)->ch < 0x7f);
    CHECK_INT(canvas_cell(&ascii, 0, 2)->ch, '?');
    CHECK_INT(canvas_cell(&ascii, 0, 3)->ch, 'e');
    canvas_release(&ascii);
}

static void test_cut_says_that_something_is_missing(void **state)
{
    (void)state;
    CHECK_INT(canvas_cut(&canvas, 0, 0, 4, STYLE_PLAIN, SV("abcdef")), 4);
    CHECK_INT(ch(0, 3), '~');
    CHECK_INT(canvas_cut(&canvas, 1, 0, 4, STYLE_PLAIN, SV("abcd")), 4);
    CHECK_INT(ch(1, 3), 'd');
    CHECK_INT(canvas_cut(&canvas, 2, 0, 2, STYLE_PLAIN, SV("日本")), 1);
    CHECK_INT(ch(2, 0), '~');
}

static void test_right_ends_where_its_cells_end(void **state)
{
    (void)state;
    canvas_right(&canvas, 0, 2, 6, STYLE_PLAIN, SV("7m"));
    CHECK_INT(ch(0, 6), '7');
    CHECK_INT(ch(0, 7), 'm');
}

static void test_a_path_that_no_line_holds_is_parted_behind_a_slash(void **state)
{
    struct sv text = SV("approve marketing/ManualApproval/Approve it");

    (void)state;
    CHECK_SV(canvas_take_line(&text, 20), SV("approve marketing/"));
    CHECK_SV(canvas_take_line(&text, 20), SV("ManualApproval/"));
    CHECK_SV(canvas_take_line(&text, 20), SV("Approve it"));
    text = SV("in a/b or somewhere/else");
    CHECK_SV(canvas_take_line(&text, 16), SV("in a/b or"));
    CHECK_SV(canvas_take_line(&text, 16), SV("somewhere/else"));
    text = SV("nothing-to-part-it-at");
    CHECK_SV(canvas_take_line(&text, 10), SV("nothing-to"));
}

static void test_wrap_breaks_at_blanks_and_cuts_the_last_line(void **state)
{
    const struct rect area = {0, 1, 2, 6};

    (void)state;
    CHECK_INT(canvas_wrap(&canvas, area, STYLE_BAD, SV("one two three four")), 2);
    CHECK_INT(canvas_lines(SV("one two three four"), 6), 4);
    CHECK_INT(canvas_lines(SV(" "), 6), 0);
    CHECK_INT(ch(0, 1), 'o');
    CHECK_INT(ch(0, 4), ' ');
    CHECK_INT(ch(1, 1), 't');
    CHECK_INT(ch(1, 6), '~');
    CHECK_INT(canvas_wrap(&canvas, area, STYLE_BAD, SV("short")), 1);
    CHECK_INT(canvas_wrap(&canvas, area, STYLE_BAD, SV("")), 0);
    CHECK_INT(canvas_wrap(&canvas, (struct rect){0, 0, 3, 1}, STYLE_BAD, SV("日本語")), 3);
    CHECK_INT(canvas_wrap(&canvas, (struct rect){0, 0, 0, 5}, STYLE_BAD, SV("none")), 0);
}

static void test_sizes_are_capped_and_never_negative(void **state)
{
    struct canvas c;

    (void)state;
    canvas_init(&c, -5, 1000000, true);
    CHECK_INT(c.rows, 0);
    CHECK_INT(c.cols, CANVAS_COLS_MAX);
    canvas_text(&c, 0, 0, 5, STYLE_PLAIN, SV("nowhere"));
    canvas_fill(&c, (struct rect){-2, -2, 100, 100}, STYLE_DIM);
    canvas_release(&c);
    canvas_fill(&canvas, (struct rect){-2, -2, 100, 100}, STYLE_DIM);
    CHECK_INT(canvas_cell(&canvas, 2, 9)->style, STYLE_DIM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text_is_clipped_by_its_cells_and_by_the_canvas, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_wide_character_is_never_split, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_writing_over_half_of_a_wide_character_leaves_no_other_half, setup, teardown),
        cmocka_unit_test_setup_teardown(test_combining_marks_join_their_cell_up_to_a_cap, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_hostile_text_cannot_steer_the_terminal, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_without_utf8_only_ascii_is_drawn_and_widths_stay,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_says_that_something_is_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_right_ends_where_its_cells_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_path_that_no_line_holds_is_parted_behind_a_slash,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrap_breaks_at_blanks_and_cuts_the_last_line, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_sizes_are_capped_and_never_negative, setup, teardown),
    };
    return RUN(tests);
}
