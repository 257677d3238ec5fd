/* Input: the sequences of real terminals, and what becomes of broken ones. A result is written as
 * words: key names, characters, {paste}, click(row,col), wheel(step), focus. */
#include "tui/input.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static struct input in;
static char said[4096];

static const char *name_of(uint32_t key)
{
    static const char *const names[] = {
#define NAME(name, text) [KEYCODE_##name - KEYCODE_BASE] = text,
        KEYCODE_LIST(NAME)
#undef NAME
    };
    static char text[8];

    if (key > KEYCODE_BASE && key < KEYCODE_END_OF_LIST)
        return names[key - KEYCODE_BASE];
    memset(text, 0, sizeof text);
    if (key < 32)
        snprintf(text, sizeof text, "^%c", (char)(key + 64));
    else
        utf8_encode(key, text);
    return text;
}

static void say(const struct input_event *event)
{
    size_t len = strlen(said);
    char *at = said + len;
    size_t size = sizeof said - len;

    if (len > 0 && size > 1) {
        *at++ = ' ';
        size--;
    }
    switch (event->kind) {
    case INPUT_KEY:
        snprintf(at, size, "%s", name_of(event->key));
        break;
    case INPUT_PASTE:
        snprintf(at, size, "{" SV_FMT "}%s", SV_ARG(event->text), event->is_cut ? "cut" : "");
        break;
    case INPUT_CLICK:
        snprintf(at, size, "click(%d,%d)", event->row, event->col);
        break;
    case INPUT_WHEEL:
        snprintf(at, size, "wheel(%d)", event->step);
        break;
    case INPUT_FOCUS:
        snprintf(at, size, "focus");
        break;
    case INPUT_NONE:
        snprintf(at, size, "NONE");
        break;
    }
}

static void drain(bool is_quiet)
{
    struct input_event event;

    while (input_next(&in, is_quiet, &event))
        say(&event);
}

static const char *feed(struct sv bytes)
{
    said[0] = '\0';
    CHECK_INT(input_feed(&in, bytes.ptr, bytes.len), bytes.len);
    drain(false);
    return said;
}

static const char *quiet(void)
{
    said[0] = '\0';
    drain(true);
    return said;
}

/* What comes in one piece, byte by byte, and with a pause behind it. */
static void expect(struct sv bytes, const char *want)
{
    feed(bytes);
    drain(true);
    CHECK_STR(said, want);
    said[0] = '\0';
    for (size_t i = 0; i < bytes.len; i++) {
        input_feed(&in, bytes.ptr + i, 1);
        drain(false);
    }
    drain(true);
    CHECK_STR(said, want);
    CHECK_TRUE(!input_is_waiting(&in));
}

static int set_up(void **state)
{
    (void)state;
    input_init(&in, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    input_release(&in);
    return 0;
}

static void test_characters_and_controls_are_keys(void **state)
{
    (void)state;
    expect(SV("aZ~"), "a Z ~");
    expect(SV("\303\244\342\234\223\360\237\230\200"), "\303\244 \342\234\223 \360\237\230\200");
    expect(SV("\r\n\t\b\177 "), "Enter Enter Tab Backspace Backspace Space");
    expect(SV("\001\032\034"), "^A ^Z ^\\");
    expect(((struct sv){"a\0b", 3}), "a b");
}

static void test_bytes_that_are_no_utf8_are_dropped(void **state)
{
    (void)state;
    expect(SV("a\377b\300\257c\355\240\200d"), "a b c d");
    expect(SV("a\303(b"), "a ( b");
    expect(SV("a\342\234"), "a");
    expect(SV("x\302\233Ay"), "x A y");  /* an eight-bit CSI is a control, too */
    expect(SV("x\342\200\256y"), "x y"); /* a bidi override cannot be typed */
    in.is_utf8 = false;
    expect(SV("a\303\244b"), "a b");
}

static void test_cursor_keys_in_all_their_forms(void **state)
{
    (void)state;
    expect(SV("\033[A\033[B\033[C\033[D"), "Up Down Right Left");
    expect(SV("\033OA\033OB\033OC\033OD"), "Up Down Right Left");
    expect(SV("\033[1;5A\033[1;2D\033O5B"), "Up Left Down");
    expect(SV("\033[a\033Oc"), "Up Right");
    expect(SV("\033[1~\033[7~\033OH\033[H\033[1;3H"), "Home Home Home Home Home");
    expect(SV("\033[4~\033[8~\033OF\033[F\033[4;5~"), "End End End End End");
    expect(SV("\033[5~\033[6~\033[6;5~\033[6^"), "PgUp PgDn PgDn PgDn");
    expect(SV("\033[2~\033[3~\033[3;2~\033[Z"), "Insert Delete Delete S-Tab");
}

static void test_function_keys_in_all_their_forms(void **state)
{
    (void)state;
    expect(SV("\033OP\033OQ\033OR\033OS"), "F1 F2 F3 F4");
    expect(SV("\033[[A\033[[B\033[[C\033[[D\033[[E"), "F1 F2 F3 F4 F5");
    expect(SV("\033[11~\033[12~\033[13~\033[14~\033[15~"), "F1 F2 F3 F4 F5");
    expect(SV("\033[17~\033[18~\033[19~\033[20~\033[21~\033[23~\033[24~\033[24;5~"),
           "F6 F7 F8 F9 F10 F11 F12 F12");
    expect(SV("\033[1;2P"), "F1");
}

static void test_the_keypad_types_what_is_on_it(void **state)
{
    (void)state;
    expect(SV("\033Ow\033On\033Ok\033OM"), "7 . + Enter");
}

static void test_terminfo_adds_keys(void **state)
{
    (void)state;
    input_add_sequence(&in, "\033|u", KEYCODE_UP);
    input_add_sequence(&in, "\b", KEYCODE_LEFT); /* not a sequence */
    input_add_sequence(&in, NULL, KEYCODE_DOWN);
    input_add_sequence(&in, "\033[much-too-long-for-a-key", KEYCODE_DOWN);
    CHECK_INT(in.sequence_count, 1);
    expect(SV("\033|u\b"), "Up Backspace");
    CHECK_STR(feed(SV("\033|")), "");
    CHECK_STR(quiet(), "Esc |");
}

static void test_a_lone_escape_is_a_key_after_a_pause(void **state)
{
    (void)state;
    CHECK_STR(feed(SV("\033")), "");
    CHECK_TRUE(input_is_waiting(&in));
    CHECK_STR(quiet(), "Esc");
    CHECK_TRUE(!input_is_waiting(&in));
    expect(SV("\033\033"), "Esc Esc");
    expect(SV("\033\033\033"), "Esc Esc Esc");
}

static void test_alt_and_a_key(void **state)
{
    (void)state;
    expect(SV("\033j"), "Esc j");
    expect(SV("\033:q\r"), "Esc : q Enter");
    expect(SV("\033\303\244"), "Esc \303\244");
    expect(SV("\033\033[A"), "Up");
    expect(SV("\033\033OA"), "Up");
}

static void test_a_paste_is_text_whatever_is_in_it(void **state)
{
    (void)state;
    expect(SV("a\033[200~q\r:quit\r\033[201~b"), "a {q\r:quit\r} b");
    expect(SV("\033[200~\033[201~"), "{}");
    expect(SV("\033[200~x\033[A\033[20y\033[201~"), "{x\033[A\033[20y}");
    expect(SV("\033[201~"), "");
}

static void test_a_paste_is_not_ended_by_a_pause(void **state)
{
    (void)state;
    CHECK_STR(feed(SV("\033[200~one ")), "");
    CHECK_TRUE(!input_is_waiting(&in));
    CHECK_STR(quiet(), "");
    CHECK_STR(feed(SV("two\033[20")), "");
    CHECK_STR(quiet(), "");
    CHECK_STR(feed(SV("1~")), "{one two}");
}

static void test_escape_ends_a_paste_without_an_end(void **state)
{
    (void)state;
    CHECK_STR(feed(SV("\033[200~one")), "");
    CHECK_STR(feed(SV("\033")), "");
    CHECK_TRUE(input_is_waiting(&in));
    CHECK_STR(quiet(), "{one}cut");
    CHECK_STR(feed(SV("j")), "j");
}

static void test_a_paste_has_a_cap(void **state)
{
    char block[1024];
    struct input_event event;

    (void)state;
    memset(block, 'x', sizeof block);
    feed(SV("\033[200~"));
    for (int i = 0; i < 65; i++)
        feed(sv_make(block, sizeof block));
    CHECK_INT(input_feed(&in, "\033[201~", 6), 6);
    REQUIRE(input_next(&in, false, &event));
    CHECK_INT(event.kind, INPUT_PASTE);
    CHECK_INT(event.text.len, INPUT_PASTE_MAX);
    CHECK_TRUE(event.is_cut);
    expect(SV("\033[200~y\033[201~"), "{y}");
}

static void test_the_mouse(void **state)
{
    (void)state;
    expect(SV("\033[<0;10;5M\033[<0;10;5m"), "click(4,9)");
    expect(SV("\033[<64;1;1M\033[<65;1;1M\033[<69;300;200M"), "wheel(-1) wheel(1) wheel(1)");
    expect(SV("\033[<2;1;1M\033[<32;1;1M\033[<66;1;1M\033[<0;0;0M\033[<0M"), "");
    expect(SV("\033[M !!\033[M`!!x"), "click(0,0) wheel(-1) x");
}

static void test_focus(void **state)
{
    (void)state;
    expect(SV("\033[O\033[I"), "focus");
    expect(SV("\033[5I"), "");
}

static void test_answers_of_the_terminal_are_swallowed(void **state)
{
    (void)state;
    expect(SV("\033[24;80Ra\033[?62;1;2cb\033[>41;354;0cc\033[?2026;2$yd"), "a b c d");
    expect(SV("\033]11;rgb:0000/0000/0000\033\\a\033]52;c;aGk=\ab"), "a b");
    expect(SV("\033P>|XTerm(354)\033\\a\033_Gi=1;OK\033\\b\033^x\033\\c\033Xy\033\\d"), "a b c d");
    expect(SV("\033]0;title\030a\033]1;\033[Ab"), "a Up b");
    expect(SV("\033[27;5;9~\033[97;5u"), "");
}

static void test_broken_sequences_are_dropped_whole(void **state)
{
    (void)state;
    expect(SV("\033[1;5"), "");
    expect(SV("\033["), "");
    expect(SV("\033O"), "");
    expect(SV("\033[<1;2"), "");
    expect(SV("\033]11;rgb"), "");
    expect(SV("\033[12\033[A"), "Up");
    expect(SV("\033[12\rj"), "Enter j");
    expect(SV("\033[99~\033[yz"), "z");
    expect(SV("\033[[Z\033O;;;;;;;;jj"), "j");
}

static void test_a_sequence_without_an_end_takes_no_room(void **state)
{
    char block[1000];

    (void)state;
    memset(block, '7', sizeof block);
    feed(SV("\033["));
    for (int i = 0; i < 20; i++)
        CHECK_STR(feed(sv_make(block, sizeof block)), "");
    CHECK_TRUE(input_is_waiting(&in));
    CHECK_STR(feed(SV("mj")), "j");
    feed(SV("\033]"));
    for (int i = 0; i < 20; i++)
        CHECK_STR(feed(sv_make(block, sizeof block)), "");
    CHECK_STR(quiet(), "");
    CHECK_STR(feed(SV("j")), "j");
}

static void test_escape_after_a_string_without_an_end(void **state)
{
    (void)state;
    CHECK_STR(feed(SV("\033]52")), "");
    CHECK_STR(feed(SV("\033")), "");
    CHECK_STR(quiet(), "Esc");
}

static void test_no_more_is_taken_than_there_is_room_for(void **state)
{
    static char block[2 * INPUT_BUFFER];
    struct input_event event;

    (void)state;
    memset(block, 'x', sizeof block);
    CHECK_INT(input_feed(&in, block, sizeof block), INPUT_BUFFER);
    CHECK_INT(input_feed(&in, block, 1), 0);
    REQUIRE(input_next(&in, false, &event));
    CHECK_INT(input_feed(&in, block, sizeof block), 1);
}

int main(void)
{
#define EACH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_characters_and_controls_are_keys),
        EACH(test_bytes_that_are_no_utf8_are_dropped),
        EACH(test_cursor_keys_in_all_their_forms),
        EACH(test_function_keys_in_all_their_forms),
        EACH(test_the_keypad_types_what_is_on_it),
        EACH(test_terminfo_adds_keys),
        EACH(test_a_lone_escape_is_a_key_after_a_pause),
        EACH(test_alt_and_a_key),
        EACH(test_a_paste_is_text_whatever_is_in_it),
        EACH(test_a_paste_is_not_ended_by_a_pause),
        EACH(test_escape_ends_a_paste_without_an_end),
        EACH(test_a_paste_has_a_cap),
        EACH(test_the_mouse),
        EACH(test_focus),
        EACH(test_answers_of_the_terminal_are_swallowed),
        EACH(test_broken_sequences_are_dropped_whole),
        EACH(test_a_sequence_without_an_end_takes_no_room),
        EACH(test_escape_after_a_string_without_an_end),
        EACH(test_no_more_is_taken_than_there_is_room_for),
    };

    return RUN(tests);
}
