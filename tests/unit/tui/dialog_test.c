/* The dialog: no key that is pressed by habit answers it. */
#include "tui/dialog.h"

#include "tests/unit/tui/grid.h"
#include "tui/key.h"

static struct dialog dialog;
static struct canvas canvas;
static int value;

static int setup(void **state)
{
    (void)state;
    dialog_init(&dialog, "Stop the execution?",
                "orders-etl in prod stops where it is.\n\nWhat runs now is abandoned.", 'x');
    dialog_add(&dialog, 'n', "no, leave it", 1, false);
    dialog_add(&dialog, 'y', "stop it", 2, false);
    value = -1;
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
    dialog_draw(&dialog, &canvas, (struct rect){0, 0, rows, cols});
}

static void type(const char *text)
{
    while (*text != '\0')
        dialog_key(&dialog, (unsigned char)*text++, &value);
}

static void ask_word(void)
{
    struct err err;

    dialog.choices[1].needs_word = true;
    REQUIRE_OK(dialog_ask_word(&dialog, SV("prod"), &err), &err);
}

static void test_a_dialog_shows_its_question_and_its_answers(void **state)
{
    (void)state;
    paint(10, 44);
    CHECK_GRID(&canvas, "\n  Stop the execution?\n"
                        "| orders-etl in prod stops where it is.    |\n"
                        "|                                          |\n"
                        "| What runs now is abandoned.              |\n"
                        "|                                          |\n"
                        "| n  no, leave it                          |\n"
                        "| y  stop it                               |\n"
                        "+- Esc close ------------------------------+\n");
}

static void test_only_its_letters_answer(void **state)
{
    (void)state;
    CHECK_INT(dialog_key(&dialog, KEYCODE_ENTER, &value), DIALOG_STAYS);
    CHECK_INT(dialog_key(&dialog, KEYCODE_SPACE, &value), DIALOG_STAYS);
    CHECK_INT(dialog_key(&dialog, 'Y', &value), DIALOG_STAYS);
    CHECK_INT(value, -1);
    CHECK_INT(dialog_key(&dialog, 'y', &value), DIALOG_CHOSEN);
    CHECK_INT(value, 2);
    CHECK_INT(dialog_key(&dialog, KEYCODE_ESC, &value), DIALOG_CLOSED);
}

static void test_the_key_that_opened_it_never_answers(void **state)
{
    (void)state;
    dialog_init(&dialog, "Approve?", "", 'a');
    dialog_add(&dialog, 'a', "approve", 7, false);
    CHECK_INT(dialog_key(&dialog, 'a', &value), DIALOG_STAYS);
    paint(8, 40);
    CHECK_INT(canvas_cell(&canvas, 4, 2)->ch, 'A');
    CHECK_INT(dialog_key(&dialog, 'A', &value), DIALOG_CHOSEN);
    CHECK_INT(value, 7);
}

static void test_a_word_must_be_typed_whole(void **state)
{
    (void)state;
    ask_word();
    type("yn");
    CHECK_INT(value, -1);
    CHECK_INT(dialog_key(&dialog, KEYCODE_ENTER, &value), DIALOG_CHANGED);
    CHECK_TRUE(dialog.is_wrong);
    CHECK_INT(dialog_key(&dialog, 'y', &value), DIALOG_CHANGED);
    CHECK_TRUE(!dialog.is_wrong);
    CHECK_INT(value, -1);
    CHECK_INT(dialog_key(&dialog, KEYCODE_TAB, &value), DIALOG_CHANGED);
    CHECK_INT(dialog_key(&dialog, 'y', &value), DIALOG_STAYS);
    CHECK_INT(dialog_key(&dialog, KEYCODE_TAB, &value), DIALOG_CHANGED);
    dialog_key(&dialog, KEY_CONTROL('U'), &value);
    type("prod");
    CHECK_INT(dialog_key(&dialog, 'y', &value), DIALOG_CHANGED);
    CHECK_INT(dialog_key(&dialog, KEYCODE_BACKSPACE, &value), DIALOG_CHANGED);
    CHECK_INT(dialog_key(&dialog, KEYCODE_TAB, &value), DIALOG_CHANGED);
    CHECK_INT(dialog_key(&dialog, 'y', &value), DIALOG_CHOSEN);
    CHECK_INT(value, 2);
}

static void test_without_the_word_the_harmless_answer_is_there(void **state)
{
    (void)state;
    ask_word();
    CHECK_INT(dialog_key(&dialog, KEYCODE_TAB, &value), DIALOG_CHANGED);
    paint(15, 60);
    CHECK_GRID(&canvas, "\n\n  Stop the execution?\n"
                        "| orders-etl in prod stops where it is.                    |\n"
                        "|                                                          |\n"
                        "| What runs now is abandoned.                              |\n"
                        "|                                                          |\n"
                        "| Type prod:                                               |\n"
                        "|                                                          |\n"
                        "| n  no, leave it                                          |\n"
                        "| y  stop it  (type the word first)                        |\n"
                        "+- Tab word  Esc close ------------------------------------+\n");
    CHECK_INT(dialog_key(&dialog, 'n', &value), DIALOG_CHOSEN);
    CHECK_INT(value, 1);
}

static void test_the_answers_stay_in_sight_when_the_text_is_long(void **state)
{
    struct err err;
    char text[DIALOG_TEXT];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t i = 20; i < sizeof text - 1; i += 20)
        text[i] = ' ';
    memcpy(dialog.text, text, sizeof text);
    paint(10, 60);
    CHECK_INT(canvas_cell(&canvas, 7, 2)->ch, 'n');
    CHECK_INT(canvas_cell(&canvas, 8, 2)->ch, 'y');
    for (int cells = 0; cells < 12; cells++)
        paint(cells, cells);
    CHECK_INT(dialog_ask_word(&dialog, sv_make(text, EDIT_SIZE), &err), ERR_LIMIT);
    for (int i = 0; i < 2 * DIALOG_CHOICES; i++)
        dialog_add(&dialog, 'a', "more", 0, false);
    CHECK_INT(dialog.choice_count, DIALOG_CHOICES);
}

/* Twice as long as a line, without a blank. */
static void test_a_long_word_is_shown_whole(void **state)
{
    static const char word[] = "enterprise-data-lake-eu-west-1-customer-360-history-with-returns";
    struct err err;

    (void)state;
    dialog.choices[1].needs_word = true;
    REQUIRE_OK(dialog_ask_word(&dialog, sv_of(word), &err), &err);
    type("enterprise");
    paint(16, 44);
    CHECK_GRID(&canvas, "\n  Stop the execution?\n"
                        "| orders-etl in prod stops where it is.    |\n"
                        "|                                          |\n"
                        "| What runs now is abandoned.              |\n"
                        "|                                          |\n"
                        "| Type this word:                          |\n"
                        "| enterprise-data-lake-eu-west-1-customer- |\n"
                        "| 360-history-with-returns                 |\n"
                        "| > enterprise                             |\n"
                        "|                                          |\n"
                        "| n  no, leave it                          |\n"
                        "| y  stop it  (type the word first)        |\n"
                        "+- Tab answer  Esc close ------------------+\n");
    type("-data-lake-eu-west-1-customer-360-history-with-returns");
    CHECK_INT(dialog_key(&dialog, KEYCODE_ENTER, &value), DIALOG_CHANGED);
    CHECK_INT(dialog_key(&dialog, 'y', &value), DIALOG_CHOSEN);
}

static void test_a_long_title_is_shown_whole(void **state)
{
    (void)state;
    snprintf(dialog.title, sizeof dialog.title,
             "Delete a stack: enterprise-data-lake-eu-west-1-customer-360 and 2 more");
    paint(12, 44);
    CHECK_GRID(&canvas, "\n"
                        "| Delete a stack:                          |\n"
                        "| enterprise-data-lake-eu-west-1-customer- |\n"
                        "| 360 and 2 more                           |\n"
                        "| orders-etl in prod stops where it is.    |\n"
                        "|                                          |\n"
                        "| What runs now is abandoned.              |\n"
                        "|                                          |\n"
                        "| n  no, leave it                          |\n"
                        "| y  stop it                               |\n"
                        "+- Esc close ------------------------------+\n");
}

static void press(uint32_t key, enum dialog_answer expected)
{
    dialog_layout(&dialog, (struct rect){0, 0, 10, 44});
    CHECK_INT(dialog_key(&dialog, key, &value), expected);
}

static void write_long(void)
{
    snprintf(dialog.text, sizeof dialog.text,
             "to prod, 2 commits: the returns table\nand the currency\nin account 1\nas ana\n"
             "region one\nregion two\nregion three");
}

/* A low terminal has all of it, and says that there is more. */
static void test_a_long_text_scrolls(void **state)
{
    (void)state;
    write_long();
    paint(10, 44);
    CHECK_GRID(&canvas, "  Stop the execution?\n"
                        "| to prod, 2 commits: the returns table    |\n"
                        "| and the currency                         |\n"
                        "| in account 1                             |\n"
                        "| as ana                                   |\n"
                        "| region one                               |\n"
                        "| -- 2 more lines: j or PgDn --            |\n"
                        "| n  no, leave it                          |\n"
                        "| y  stop it                               |\n"
                        "+- Esc close ------------------------------+\n");
    press('k', DIALOG_STAYS);
    press('j', DIALOG_CHANGED);
    press(KEYCODE_UP, DIALOG_CHANGED);
    press(KEYCODE_PGDN, DIALOG_CHANGED);
    press(KEYCODE_DOWN, DIALOG_STAYS);
    CHECK_INT(value, -1);
    paint(10, 44);
    CHECK_GRID(&canvas, "  Stop the execution?\n"
                        "| in account 1                             |\n"
                        "| as ana                                   |\n"
                        "| region one                               |\n"
                        "| region two                               |\n"
                        "| region three                             |\n"
                        "| -- the end; k or PgUp goes back --       |\n"
                        "| n  no, leave it                          |\n"
                        "| y  stop it                               |\n"
                        "+- Esc close ------------------------------+\n");
    paint(20, 44); /* a terminal that grew shows all of it again */
    CHECK_INT(canvas_cell(&canvas, 5, 2)->ch, 't');
}

/* Letters belong to the word, so that no line is lost to it. */
static void test_beside_a_word_the_arrows_scroll(void **state)
{
    (void)state;
    ask_word();
    write_long();
    press('j', DIALOG_CHANGED);
    press(KEYCODE_DOWN, DIALOG_CHANGED);
    CHECK_INT(dialog.top, 1);
    CHECK_INT(dialog.typed.len, 1);
    paint(10, 44);
    CHECK_GRID(&canvas, "  Stop the execution?\n"
                        "| and the currency                         |\n"
                        "| in account 1                             |\n"
                        "| as ana                                   |\n"
                        "| region one                               |\n"
                        "| -- 2 more lines: Down or PgDn --         |\n"
                        "| Type prod: j                             |\n"
                        "| n  no, leave it                          |\n"
                        "| y  stop it  (type the word first)        |\n"
                        "+- Tab answer  Esc close ------------------+\n");
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_dialog_shows_its_question_and_its_answers),
        CASE(test_only_its_letters_answer),
        CASE(test_the_key_that_opened_it_never_answers),
        CASE(test_a_word_must_be_typed_whole),
        CASE(test_without_the_word_the_harmless_answer_is_there),
        CASE(test_the_answers_stay_in_sight_when_the_text_is_long),
        CASE(test_a_long_word_is_shown_whole),
        CASE(test_a_long_title_is_shown_whole),
        CASE(test_a_long_text_scrolls),
        CASE(test_beside_a_word_the_arrows_scroll),
    };
    return RUN(tests);
}
