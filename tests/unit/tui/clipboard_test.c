/* The clipboard and the bell: the exact bytes for each kind of terminal, and what is refused. */
#include "tui/clipboard.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/unit/check.h"

static struct sb out;

static int set_up(void **state)
{
    (void)state;
    sb_init(&out, 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_release(&out);
    return 0;
}

static void expect_copy(struct sv text, enum mux mux, const char *want)
{
    struct err err;

    sb_clear(&out);
    REQUIRE_OK(clipboard_sequence(text, mux, "xterm-256color", &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
}

static void test_text_is_sent_as_base64(void **state)
{
    (void)state;
    expect_copy(SV(""), MUX_NONE, "\033]52;c;\a");
    expect_copy(SV("a"), MUX_NONE, "\033]52;c;YQ==\a");
    expect_copy(SV("ab"), MUX_NONE, "\033]52;c;YWI=\a");
    expect_copy(SV("abc"), MUX_NONE, "\033]52;c;YWJj\a");
    expect_copy(SV("\377\276\375 ok"), MUX_NONE, "\033]52;c;/779IG9r\a");
}

static void test_tmux_and_screen_hand_it_on(void **state)
{
    (void)state;
    expect_copy(SV("abc"), MUX_TMUX, "\033Ptmux;\033\033]52;c;YWJj\a\033\\");
    expect_copy(SV("abc"), MUX_SCREEN, "\033P\033]52;c;YWJj\a\033\\");
}

/* GNU screen drops strings that are too long for it. */
static void test_screen_gets_it_in_pieces(void **state)
{
    char text[1200];
    struct sv rest;
    struct err err;
    int pieces = 0;

    (void)state;
    memset(text, 'x', sizeof text);
    REQUIRE_OK(clipboard_sequence(sv_make(text, sizeof text), MUX_SCREEN, "screen", &out, &err),
               &err);
    for (rest = sb_sv(&out); rest.len > 0; pieces++) {
        ptrdiff_t end = sv_find(rest, SV("\033\\"));

        REQUIRE(sv_starts(rest, SV("\033P")) && end > 0 && end <= 514);
        rest = sv_drop(rest, (size_t)end + 2);
    }
    CHECK_INT(pieces, 4); /* 1600 of base64, and what is around it */
}

static void test_terminals_without_a_clipboard_are_told_what_to_do(void **state)
{
    static const char *const types[] = {"linux", "vt100", "dumb", "", NULL, "ansi"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct err err = {0};

        CHECK_INT(clipboard_sequence(SV("x"), MUX_NONE, types[i], &out, &err), ERR_USAGE);
        CHECK_TRUE(sv_find(sv_of(err.text), SV("press o")) > 0);
    }
    CHECK_INT(out.len, 0);
}

static void test_no_more_is_sent_than_terminals_take(void **state)
{
    char *text = mem_alloc(CLIPBOARD_MAX + 1);
    struct err err = {0};

    (void)state;
    REQUIRE(text != NULL);
    REQUIRE_OK(clipboard_sequence(sv_make(text, CLIPBOARD_MAX), MUX_NONE, "xterm", &out, &err),
               &err);
    CHECK_TRUE(out.len <= 100000);
    CHECK_INT(clipboard_sequence(sv_make(text, CLIPBOARD_MAX + 1), MUX_NONE, "xterm", &out, &err),
              ERR_LIMIT);
    CHECK_TRUE(sv_find(sv_of(err.text), SV("press o")) > 0);
    mem_free(text);
}

/* A tmux of ours in PATH that runs the script; *folder is to be removed. */
static void put_tmux(const char *script, char folder[64])
{
    char path[128];
    FILE *file;

    snprintf(folder, 64, "/tmp/penstock-clipboard-XXXXXX");
    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/tmux", folder);
    file = fopen(path, "w");
    REQUIRE(file != NULL);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    REQUIRE(chmod(path, 0700) == 0);
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", folder);
    setenv("PATH", path, 1);
    setenv("TMUX", "/tmp/none,1,0", 1);
    setenv("TERM", "tmux-256color", 1);
    setenv("FOLDER", folder, 1);
}

static void remove_tmux(const char *folder)
{
    static const char *const names[] = {"tmux", "arguments", "input"};
    char path[128];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    unsetenv("TMUX");
}

static void expect_file(const char *folder, const char *name, const char *want)
{
    char bytes[256] = "";
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "r");
    REQUIRE(file != NULL);
    bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
    fclose(file);
    CHECK_STR(bytes, want);
}

static void test_inside_tmux_its_buffer_is_loaded(void **state)
{
    char folder[64];
    char told[200];
    struct err err;

    (void)state;
    put_tmux("echo \"$*\" >$FOLDER/arguments; cat >$FOLDER/input", folder);
    REQUIRE_OK(clipboard_copy(SV("orders"), &out, told, sizeof told, &err), &err);
    expect_file(folder, "arguments", "load-buffer -w -\n");
    expect_file(folder, "input", "orders");
    CHECK_TRUE(sv_starts(sv_of(told), SV("copied 6 bytes to tmux's buffer")));
    CHECK_STR(sb_cstr(&out), "\033Ptmux;\033\033]52;c;b3JkZXJz\a\033\\");
    remove_tmux(folder);
}

static void test_a_tmux_that_fails_or_hangs_is_not_believed(void **state)
{
    static const char *const scripts[] = {"echo no server >&2; exit 1", "exec sleep 60"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        char folder[64];
        char told[200];
        struct err err;

        put_tmux(scripts[i], folder);
        REQUIRE_OK(clipboard_copy(SV("orders"), &out, told, sizeof told, &err), &err);
        CHECK_STR(told, "sent 6 bytes to the terminal's clipboard (OSC 52); it does not say "
                        "whether it took them");
        remove_tmux(folder);
    }
}

static void expect_notice(const char *text, enum mux mux, const char *term, const char *want)
{
    struct err err;

    sb_clear(&out);
    REQUIRE_OK(notification_sequence(sv_of(text), mux, term, &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
}

static void test_notices_ring_and_tell_the_desktop(void **state)
{
    (void)state;
    expect_notice("orders: FAIL", MUX_NONE, "xterm",
                  "\a\033]9;orders: FAIL\a\033]777;notify;penstock;orders: FAIL\a");
    expect_notice("x", MUX_TMUX, "tmux",
                  "\a\033Ptmux;\033\033]9;x\a\033\\"
                  "\033Ptmux;\033\033]777;notify;penstock;x\a\033\\");
    expect_notice("x", MUX_SCREEN, "screen",
                  "\a\033P\033]9;x\a\033\\\033P\033]777;notify;penstock;x\a\033\\");
    expect_notice("x", MUX_NONE, "linux", "\a");
    expect_notice("x", MUX_NONE, NULL, "\a");
}

static void test_notices_carry_nothing_but_text(void **state)
{
    char text[1000];
    struct err err;

    (void)state;
    expect_notice("4;1\033]0;x\a", MUX_NONE, "xterm",
                  "\a\033]9;4,1\357\277\275]0,x\357\277\275\a"
                  "\033]777;notify;penstock;4,1\357\277\275]0,x\357\277\275\a");
    memset(text, 'x', sizeof text);
    sb_clear(&out);
    REQUIRE_OK(notification_sequence(sv_make(text, sizeof text), MUX_NONE, "xterm", &out, &err),
               &err);
    CHECK_TRUE(out.len < 500);
}

static void test_the_mux_is_known_by_its_variable(void **state)
{
    (void)state;
    unsetenv("TMUX");
    unsetenv("STY");
    CHECK_INT(mux_of_environment(), MUX_NONE);
    setenv("STY", "1.pts", 1);
    CHECK_INT(mux_of_environment(), MUX_SCREEN);
    setenv("TMUX", "/tmp/none,1,0", 1);
    CHECK_INT(mux_of_environment(), MUX_TMUX);
    unsetenv("TMUX");
    unsetenv("STY");
}

static void test_types_are_known_by_their_first_part(void **state)
{
    (void)state;
    CHECK_TRUE(xterm_is_like("xterm"));
    CHECK_TRUE(xterm_is_like("screen.xterm-256color"));
    CHECK_TRUE(xterm_is_like("tmux-256color"));
    CHECK_TRUE(!xterm_is_like("stv52"));
    CHECK_TRUE(!xterm_is_like("linux-16color"));
}

int main(void)
{
#define EACH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_text_is_sent_as_base64),
        EACH(test_tmux_and_screen_hand_it_on),
        EACH(test_screen_gets_it_in_pieces),
        EACH(test_terminals_without_a_clipboard_are_told_what_to_do),
        EACH(test_no_more_is_sent_than_terminals_take),
        EACH(test_inside_tmux_its_buffer_is_loaded),
        EACH(test_a_tmux_that_fails_or_hangs_is_not_believed),
        EACH(test_notices_ring_and_tell_the_desktop),
        EACH(test_notices_carry_nothing_but_text),
        EACH(test_the_mux_is_known_by_its_variable),
        EACH(test_types_are_known_by_their_first_part),
    };

    /* As the program does first of all: a tmux that ends without reading is no reason to die. */
    (void)signal(SIGPIPE, SIG_IGN);
    return RUN(tests);
}
