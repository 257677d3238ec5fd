/* The terminal on a pseudo-terminal: what is switched on is switched off however the program ends,
 * frames cost what they must, and a terminal that takes nothing or goes away holds up nobody. */
#include "tui/term.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/time.h"
#include "tests/unit/check.h"
#include "tui/rescue.h"

enum { ROWS = 24, COLS = 80, DEADLINE_MS = 20000 };

typedef int play_fn(void); /* in the child, on the terminal; its exit status */

static struct {
    int fd; /* our end */
    pid_t pid;
    struct termios found;
    struct sb seen;
} stage;

static struct canvas canvas;

static void start(play_fn *play, const char *type)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLS};

    sb_init(&stage.seen, 4 * 1024 * 1024);
    stage.pid = forkpty(&stage.fd, NULL, NULL, &size);
    REQUIRE(stage.pid >= 0);
    if (stage.pid == 0) {
        struct rlimit none = {0, 0};

        setrlimit(RLIMIT_CORE, &none);
        setenv("TERM", type, 1);
        unsetenv("NO_COLOR");
        _exit(play());
    }
    REQUIRE(tcgetattr(stage.fd, &stage.found) == 0);
}

/* Read until the text was seen, or to the end; false at the deadline or the end without it. */
static bool see(const char *text)
{
    int64_t end = time_mono_ms() + DEADLINE_MS;

    while (text == NULL || sv_find(sb_sv(&stage.seen), sv_of(text)) < 0) {
        struct pollfd fd = {.fd = stage.fd, .events = POLLIN};
        char bytes[4096];
        ssize_t count;

        if (time_mono_ms() > end || poll(&fd, 1, DEADLINE_MS) <= 0)
            return false;
        count = read(stage.fd, bytes, sizeof bytes);
        if (count <= 0)
            return text == NULL;
        if (sb_add(&stage.seen, sv_make(bytes, (size_t)count), NULL))
            return false;
    }
    return true;
}

static int finish(void)
{
    int status = 0;

    REQUIRE(see(NULL));
    REQUIRE(waitpid(stage.pid, &status, 0) == stage.pid);
    return status;
}

static void end(void)
{
    close(stage.fd);
    sb_release(&stage.seen);
}

static void open_term(bool has_mouse)
{
    struct term_options options = {.is_utf8 = true, .has_mouse = has_mouse};
    struct err err;
    int rows;
    int cols;

    if (term_open(&options, &err))
        _exit(99);
    term_size(&rows, &cols);
    canvas_init(&canvas, rows, cols, true);
}

/* A full screen, other words for each number. */
static void show(int number)
{
    canvas_clear(&canvas);
    for (int row = 0; row < canvas.rows; row++) {
        for (int col = 0; col < canvas.cols - 8; col += 8) {
            char word[16];

            snprintf(word, sizeof word, "%07d", row * 31 + col * 977 + number * 7919);
            canvas_text(&canvas, row, col, 7, (enum style)((row + number) % STYLE_COUNT),
                        sv_of(word));
        }
    }
    term_show(&canvas);
}

/* The last of "on" is not behind the last of "off"; off is there. */
static bool is_off(const char *on, const char *off)
{
    const char *last_on = NULL;
    const char *last_off = NULL;

    for (const char *p = sb_cstr(&stage.seen); (p = strstr(p, on)) != NULL; p++)
        last_on = p;
    for (const char *p = sb_cstr(&stage.seen); (p = strstr(p, off)) != NULL; p++)
        last_off = p;
    return last_on != NULL && last_off != NULL && last_off > last_on;
}

static void expect_restored(void)
{
    struct termios now;

    CHECK_TRUE(is_off("\033[?1049h", "\033[?1049l"));
    CHECK_TRUE(is_off("\033[?25l", "\033[?25h"));
    CHECK_TRUE(is_off("\033[?2004h", "\033[?2004l"));
    CHECK_TRUE(is_off("\033[?1004h", "\033[?1004l"));
    CHECK_TRUE(is_off("\033[?1000h", "\033[?1000l"));
    CHECK_TRUE(is_off("\033[?1006h", "\033[?1006l"));
    CHECK_TRUE(sv_find(sb_sv(&stage.seen), SV("\033[?1h")) < 0);
    REQUIRE(tcgetattr(stage.fd, &now) == 0);
    CHECK_INT(now.c_lflag, stage.found.c_lflag);
    CHECK_INT(now.c_iflag, stage.found.c_iflag);
    CHECK_INT(now.c_oflag, stage.found.c_oflag);
    CHECK_INT(now.c_cc[VMIN], stage.found.c_cc[VMIN]);
}

static int play_close(void)
{
    open_term(true);
    show(1);
    term_close();
    term_close();
    return 7;
}

static int play_leave(void)
{
    open_term(true);
    show(1);
    term_leave();
    term_return();
    show(1);
    term_leave();
    term_close();
    return 7;
}

static int play_abort(void)
{
    open_term(true);
    show(1);
    abort();
}

static int play_out_of_memory(void)
{
    open_term(true);
    show(1);
    rescue_exit("out of memory");
}

static void test_the_terminal_is_given_back_however_it_ends(void **state)
{
    static const struct {
        play_fn *play;
        int status;
    } ways[] = {{play_close, 7 << 8},
                {play_leave, 7 << 8},
                {play_abort, SIGABRT},
                {play_out_of_memory, 1 << 8}};
    static const char *const types[] = {"xterm-256color", "tmux-256color"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        for (size_t k = 0; k < ARRAY_LEN(types); k++) {
            start(ways[i].play, types[k]);
            CHECK_INT(finish(), ways[i].status);
            expect_restored();
            end();
        }
    }
}

static void test_other_terminals_see_no_private_modes(void **state)
{
    (void)state;
    start(play_close, "vt100");
    CHECK_INT(finish(), 7 << 8);
    CHECK_TRUE(sv_find(sb_sv(&stage.seen), SV("\033[?2004")) < 0);
    CHECK_TRUE(sv_find(sb_sv(&stage.seen), SV("\033[?100")) < 0);
    end();
}

/* What a step costs, in bytes, as the exit status. */
static int play_same(void)
{
    uint64_t before;

    open_term(false);
    show(1);
    term_flush();
    before = term_bytes();
    show(1);
    return term_bytes() == before && !term_is_busy() ? 0 : 1;
}

static int play_cursor(void)
{
    uint64_t before;

    open_term(false);
    canvas_text(&canvas, 5, 0, 1, STYLE_CURSOR, SV(">"));
    term_show(&canvas);
    before = term_bytes();
    canvas_text(&canvas, 5, 0, 1, STYLE_PLAIN, SV(" "));
    canvas_text(&canvas, 6, 0, 1, STYLE_CURSOR, SV(">"));
    term_show(&canvas);
    return (int)(term_bytes() - before);
}

static void test_nothing_is_written_when_nothing_changed(void **state)
{
    (void)state;
    start(play_same, "xterm-256color");
    CHECK_INT(finish(), 0);
    end();
    start(play_cursor, "xterm-256color");
    CHECK_TRUE(WEXITSTATUS(finish()) <= 25);
    end();
}

static int play_frames_nobody_reads(void)
{
    struct input_event event = {0};
    int64_t began = time_mono_ms();
    int64_t longest = 0;
    int frame = 0;

    open_term(false);
    while (!term_is_busy()) {
        int64_t before = time_mono_ms();

        show(frame++);
        if (time_mono_ms() - before > longest)
            longest = time_mono_ms() - before;
        if (time_mono_ms() - began > DEADLINE_MS)
            return 1;
    }
    while (event.kind != INPUT_KEY || event.key != 'k') {
        struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

        if (poll(&fd, 1, DEADLINE_MS) <= 0)
            return 2;
        while (term_next(&event) && event.key != 'k')
            continue;
    }
    while (!term_is_slow()) {
        poll(NULL, 0, 10);
        term_flush();
        /* The kernel moves what it holds, and may have room for one more. */
        if (!term_is_busy())
            show(frame++);
        if (time_mono_ms() - began > DEADLINE_MS)
            return 3;
    }
    return term_is_busy() && longest < 1000 ? 5 : 4;
}

static void test_a_stopped_terminal_blocks_no_key(void **state)
{
    int status = 0;

    (void)state;
    start(play_frames_nobody_reads, "xterm-256color");
    REQUIRE(write(stage.fd, "k", 1) == 1);
    REQUIRE(waitpid(stage.pid, &status, 0) == stage.pid);
    CHECK_INT(status, 5 << 8);
    end();
}

static int ticks[2]; /* a byte for each signal */

static void on_tick(int signo)
{
    (void)signo;
    if (write(ticks[1], "", 1) < 0)
        errno = 0;
}

static int play_close_amid_signals(void)
{
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 2000}, {0, 2000}};

    open_term(false);
    for (int i = 0; !term_is_busy(); i++)
        show(i);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    term_close();
    return 3;
}

/* A window that is resized while the last bytes wait must not lose them. */
static void test_signals_do_not_cut_the_leaving_short(void **state)
{
    char byte;

    (void)state;
    REQUIRE(pipe(ticks) == 0);
    start(play_close_amid_signals, "xterm-256color");
    close(ticks[1]);
    for (int i = 0; i < 5; i++)
        REQUIRE(read(ticks[0], &byte, 1) >= 0);
    CHECK_INT(finish(), 3 << 8);
    CHECK_TRUE(is_off("\033[?1049h", "\033[?1049l"));
    close(ticks[0]);
    end();
}

static int play_hang_up(void)
{
    int64_t gone_ms;
    struct input_event event;
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    signal(SIGHUP, SIG_IGN);
    open_term(false);
    show(1);
    if (poll(&fd, 1, DEADLINE_MS) <= 0)
        return 1;
    gone_ms = time_mono_ms();
    while (term_next(&event))
        continue;
    if (term_is_alive())
        return 2;
    show(2);
    if (term_is_busy())
        return 3;
    term_close();
    return time_mono_ms() - gone_ms < 1000 ? 6 : 4;
}

static void test_a_terminal_that_goes_away_is_noticed(void **state)
{
    int status = 0;

    (void)state;
    start(play_hang_up, "xterm-256color");
    REQUIRE(see("\033[?1004h"));
    close(stage.fd);
    REQUIRE(waitpid(stage.pid, &status, 0) == stage.pid);
    CHECK_INT(status, 6 << 8);
    sb_release(&stage.seen);
}

static int play_print(void)
{
    struct input_event event = {0};
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    open_term(false);
    show(1);
    term_print(SV("one \033[31m\ntwo\n"));
    show(2); /* not while the text stands */
    while (!term_next(&event) && poll(&fd, 1, DEADLINE_MS) > 0)
        continue;
    if (event.key != KEYCODE_ENTER)
        return 1;
    term_return();
    show(3);
    term_close();
    return 8;
}

static void test_text_is_printed_outside_and_keys_stay_ours(void **state)
{
    (void)state;
    start(play_print, "xterm-256color");
    REQUIRE(see("one \357\277\275[31m\r\ntwo\r\n"));
    CHECK_TRUE(is_off("\033[?1049h", "\033[?1049l"));
    REQUIRE(write(stage.fd, "\r", 1) == 1);
    CHECK_INT(finish(), 8 << 8);
    CHECK_TRUE(is_off("\033[?1049h", "\033[?1049l"));
    end();
}

static int play_resize(void)
{
    int rows;
    int cols;
    int64_t began = time_mono_ms();

    open_term(false);
    show(1);
    while (!term_resize()) {
        if (time_mono_ms() - began > DEADLINE_MS)
            return 1;
        poll(NULL, 0, 5);
    }
    term_size(&rows, &cols);
    canvas_resize(&canvas, rows, cols);
    show(2);
    term_close();
    return rows;
}

static void test_a_new_size_is_taken(void **state)
{
    struct winsize size = {.ws_row = 50, .ws_col = 200};

    (void)state;
    start(play_resize, "xterm-256color");
    REQUIRE(see("\033[?1004h"));
    REQUIRE(ioctl(stage.fd, TIOCSWINSZ, &size) == 0);
    CHECK_INT(finish(), 50 << 8);
    end();
}

static bool has_size(int rows, int cols)
{
    int now_rows;
    int now_cols;

    term_size(&now_rows, &now_cols);
    return now_rows == rows && now_cols == cols;
}

static int play_huge(void)
{
    struct winsize huge = {.ws_row = 65535, .ws_col = 65535};
    struct winsize wide = {.ws_row = 3, .ws_col = 65535};

    if (ioctl(STDOUT_FILENO, TIOCSWINSZ, &huge) != 0)
        return 1;
    open_term(false);
    if (!has_size(CANVAS_ROWS_MAX, CANVAS_COLS_MAX))
        return 2;
    show(1);
    if (ioctl(STDOUT_FILENO, TIOCSWINSZ, &wide) != 0 || !term_resize() ||
        !has_size(3, CANVAS_COLS_MAX))
        return 3;
    if (ioctl(STDOUT_FILENO, TIOCSWINSZ, &huge) != 0 || !term_resize() || term_resize())
        return 4;
    term_close();
    return 7;
}

static void test_a_size_beyond_all_reason_is_not_taken_whole(void **state)
{
    (void)state;
    start(play_huge, "xterm-256color");
    CHECK_INT(finish(), 7 << 8);
    end();
}

static int play_size(void)
{
    bool is_right;

    open_term(false);
    is_right = has_size(ROWS, COLS);
    term_close();
    return is_right ? 6 : 1;
}

/* That of linux tells none. */
static void test_the_size_is_the_terminals_not_the_descriptions(void **state)
{
    static const char *const types[] = {"xterm-256color", "linux"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        start(play_size, types[i]);
        CHECK_INT(finish(), 6 << 8);
        end();
    }
}

static int play_theme(void)
{
    open_term(false);
    show(1);
    if (term_set_theme("purple") != NULL || strcmp(term_set_theme("light"), "light") != 0)
        return 1;
    show(1);
    if (strcmp(term_set_theme(""), "default") != 0)
        return 2;
    term_close();
    return 9;
}

static void test_a_theme_is_changed_at_once(void **state)
{
    (void)state;
    start(play_theme, "xterm-256color");
    CHECK_INT(finish(), 9 << 8);
    CHECK_TRUE(sv_find(sb_sv(&stage.seen), SV("38;5;124m")) > 0);
    end();
}

static int play_refused(void)
{
    struct term_options options = {.is_utf8 = true};
    struct err err = {0};

    if (term_open(&options, &err) != ERR_USAGE || strstr(err.text, "TERM") == NULL)
        return 1;
    return 4;
}

static void test_unusable_terminals_are_refused(void **state)
{
    static const char *const types[] = {"", "no-such-type", "dumb"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        start(play_refused, types[i]);
        CHECK_INT(finish(), 4 << 8);
        CHECK_INT(stage.seen.len, 0);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_terminal_is_given_back_however_it_ends),
        TEST(test_other_terminals_see_no_private_modes),
        TEST(test_nothing_is_written_when_nothing_changed),
        TEST(test_a_stopped_terminal_blocks_no_key),
        TEST(test_signals_do_not_cut_the_leaving_short),
        TEST(test_a_terminal_that_goes_away_is_noticed),
        TEST(test_text_is_printed_outside_and_keys_stay_ours),
        TEST(test_a_size_beyond_all_reason_is_not_taken_whole),
        TEST(test_the_size_is_the_terminals_not_the_descriptions),
        TEST(test_a_new_size_is_taken),
        TEST(test_a_theme_is_changed_at_once),
        TEST(test_unusable_terminals_are_refused),
    };

    return RUN(tests);
}
