/* Children: how command lines are split, and what a child is given and what not. */
#include "core/base/proc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "tests/unit/check.h"

enum { DEADLINE_MS = 20000 };

static void test_words_are_split_as_a_shell_splits_them(void **state UNUSED)
{
    static const struct {
        const char *command;
        const char *words; /* joined by '|' */
    } cases[] = {
        {"a b  c", "a|b|c"},
        {" \ta\r\nb ", "a|b"},
        {"a 'b c' \"d e\"", "a|b c|d e"},
        {"a\\ b 'c\\d' \"e\\\"f\\\\g\\h\"", "a b|c\\d|e\"f\\g\\h"},
        {"a'b'\"c\"d", "abcd"},
        {"a '' \"\"", "a||"},
        {"a $HOME `x` > y | z # w", "a|$HOME|`x`|>|y|||z|#|w"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        struct arena arena;
        struct sb joined;
        char **argv = NULL;

        arena_init(&arena, 10000);
        sb_init(&joined, 1000);
        REQUIRE_OK(proc_split(sv_of(cases[i].command), &arena, &argv, &err), &err);
        for (size_t j = 0; argv[j] != NULL; j++)
            REQUIRE_OK(sb_addf(&joined, &err, "%s%s", j == 0 ? "" : "|", argv[j]), &err);
        CHECK_STR(sb_cstr(&joined), cases[i].words);
        sb_release(&joined);
        arena_release(&arena);
    }
}

static void test_what_cannot_be_split_is_refused(void **state UNUSED)
{
    static const char *const commands[] = {"", "  ", "a 'b", "a \"b", "a\\", "\"\\"};

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        struct err err = {0};
        struct arena arena;
        char **argv = NULL;

        arena_init(&arena, 10000);
        CHECK_INT(proc_split(sv_of(commands[i]), &arena, &argv, &err), ERR_CONFIG);
        CHECK_TRUE(argv == NULL);
        arena_release(&arena);
    }
}

static struct proc started(const char *script, enum proc_flags flags)
{
    char shell[] = "sh";
    char option[] = "-c";
    char *text = mem_dup(script);
    char *argv[] = {shell, option, text, NULL};
    struct proc p;
    struct err err = {0};

    REQUIRE(text != NULL);
    REQUIRE_OK(proc_start(argv, flags, &p, &err), &err);
    mem_free(text);
    return p;
}

static void read_to_end(int fd, struct sb *out)
{
    int64_t deadline = time_mono_ms() + DEADLINE_MS;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char bytes[512];
    ssize_t got = -1;

    while (got != 0) {
        REQUIRE(time_mono_ms() < deadline);
        REQUIRE(poll(&wait, 1, 1000) >= 0);
        got = read(fd, bytes, sizeof bytes);
        if (got > 0)
            assert_int_equal(sb_add(out, sv_make(bytes, (size_t)got), NULL), ERR_OK);
        else
            REQUIRE(got == 0 || errno == EAGAIN);
    }
}

static int end_status(struct proc *p)
{
    int64_t deadline = time_mono_ms() + DEADLINE_MS;
    int status = 0;

    while (!proc_has_ended(p, &status)) {
        REQUIRE(time_mono_ms() < deadline);
        (void)poll(NULL, 0, 2);
    }
    return status;
}

static void test_output_and_status_come_back(void **state UNUSED)
{
    struct proc p = started("echo out; echo err >&2; exit 3", PROC_WANT_OUTPUT);
    struct sb text;
    int status;

    sb_init(&text, 1000);
    read_to_end(p.out_fd, &text);
    CHECK_STR(sb_cstr(&text), "out\n");
    sb_clear(&text);
    read_to_end(p.err_fd, &text);
    CHECK_STR(sb_cstr(&text), "err\n");
    status = end_status(&p);
    CHECK_TRUE(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 3);
    CHECK_INT(end_status(&p), status); /* asked again, told again */
    proc_kill(&p);
    CHECK_INT(p.out_fd, -1);
    sb_release(&text);
}

static void test_a_child_has_no_terminal_no_input_and_no_descriptor_of_ours(void **state UNUSED)
{
    struct proc p;
    struct sb text;
    int extra = dup(1); /* without close-on-exec */
    char script[300];

    snprintf(script, sizeof script,
             "cat; (: </dev/tty) 2>/dev/null && echo tty; (: >&%d) 2>/dev/null && echo fd; "
             "echo end",
             extra);
    sb_init(&text, 1000);
    p = started(script, PROC_WANT_OUTPUT);
    CHECK_INT(getpgid(p.pid), p.pid);
    CHECK_INT(getsid(p.pid), p.pid);
    read_to_end(p.out_fd, &text);
    CHECK_STR(sb_cstr(&text), "end\n");
    (void)end_status(&p);
    proc_kill(&p);
    close(extra);
    sb_release(&text);
}

static void test_a_child_starts_with_usual_signals(void **state UNUSED)
{
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    sigset_t blocked;
    sigset_t old;
    struct proc p;
    int status;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &old);
    p = started("kill -TERM $$; sleep 60", PROC_WANT_OUTPUT);
    status = end_status(&p);
    CHECK_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    proc_kill(&p);
    p = started("kill -PIPE $$; sleep 60", PROC_WANT_OUTPUT);
    status = end_status(&p);
    CHECK_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    proc_kill(&p);
    sigprocmask(SIG_SETMASK, &old, NULL);
    (void)signal(SIGPIPE, before);
}

static void test_input_is_given_when_wanted(void **state UNUSED)
{
    struct proc p = started("cat", PROC_WANT_INPUT | PROC_WANT_OUTPUT);
    struct sb text;

    sb_init(&text, 1000);
    REQUIRE(write(p.in_fd, "hello", 5) == 5);
    close(p.in_fd);
    p.in_fd = -1;
    read_to_end(p.out_fd, &text);
    CHECK_STR(sb_cstr(&text), "hello");
    CHECK_INT(end_status(&p), 0);
    proc_kill(&p);
    sb_release(&text);
}

static void test_another_environment_is_all_that_a_child_gets(void **state UNUSED)
{
    char name[] = "env";
    char one[] = "ONE=1";
    char *argv[] = {name, NULL};
    char *env[] = {one, NULL};
    struct err err = {0};
    struct proc p;
    struct sb text;

    sb_init(&text, 1000);
    REQUIRE_OK(proc_start_with(argv, env, PROC_WANT_OUTPUT, &p, &err), &err);
    read_to_end(p.out_fd, &text);
    CHECK_STR(sb_cstr(&text), "ONE=1\n");
    CHECK_INT(end_status(&p), 0);
    proc_kill(&p);
    sb_release(&text);
}

static void test_killing_takes_the_whole_group(void **state UNUSED)
{
    struct proc p = started("sleep 600 & echo started; wait", PROC_WANT_OUTPUT);
    struct pollfd wait = {.fd = p.out_fd, .events = POLLIN};
    int copy = dup(p.out_fd);
    struct sb text;
    int status;

    sb_init(&text, 100);
    REQUIRE(poll(&wait, 1, DEADLINE_MS) == 1);
    CHECK_TRUE(!proc_has_ended(&p, &status));
    proc_kill(&p);
    CHECK_TRUE(proc_has_ended(&p, &status));
    CHECK_TRUE(WIFSIGNALED(status));
    /* The end of the output comes only when the grandchild, too, has let go of it. */
    read_to_end(copy, &text);
    CHECK_STR(sb_cstr(&text), "started\n");
    close(copy);
    sb_release(&text);
}

static void test_a_program_that_is_not_there_is_named(void **state UNUSED)
{
    char name[] = "penstock-no-such-program";
    char *argv[] = {name, NULL};
    struct err err = {0};
    struct proc p;

    CHECK_INT(proc_start(argv, PROC_WANT_OUTPUT, &p, &err), ERR_FAILED);
    CHECK_STR(err.text, "cannot start penstock-no-such-program: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_words_are_split_as_a_shell_splits_them),
        TEST(test_what_cannot_be_split_is_refused),
        TEST(test_output_and_status_come_back),
        TEST(test_a_child_has_no_terminal_no_input_and_no_descriptor_of_ours),
        TEST(test_a_child_starts_with_usual_signals),
        TEST(test_input_is_given_when_wanted),
        TEST(test_another_environment_is_all_that_a_child_gets),
        TEST(test_killing_takes_the_whole_group),
        TEST(test_a_program_that_is_not_there_is_named),
    };

    return RUN(tests);
}
