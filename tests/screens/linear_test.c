/* Linear mode: sentences on standard output, which no canvas makes safe. */
#include "tests/screens/stage.h"
#include "tests/unit/cache/fixture.h"

#include <poll.h>
#include <sys/wait.h>

#include "tui/linear.h"

enum { DEADLINE_MS = 20000, TURN_MS = 100, FLIPS = 50 };

/* A console that speaks, in a process of its own. */
struct speaker {
    pid_t pid;
    int in;  /* what is typed */
    int out; /* what it says */
    struct sb said;
};

static struct stage stage;
static struct speaker speaker;

static NORETURN void speak(const char *dir, int in, int out)
{
    struct cache_options cache_options = {.dir = dir};
    struct loop_options options = {
        .console = {.cache = stage.cache, .contexts = &stage.list, .is_cached = true},
        .notice = ""};
    struct err err;

    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        (dir != NULL && cache_open(&cache_options, &options.console.cache, NULL, &err)) ||
        linear_run(&options, &err))
        _exit(1);
    _exit(0);
}

static void start(const char *dir)
{
    int in[2];
    int out[2];

    sb_init(&speaker.said, 1 << 20);
    REQUIRE(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    speaker.pid = fork();
    REQUIRE(speaker.pid >= 0);
    if (speaker.pid == 0) {
        close(in[1]); /* or its input never ends */
        speak(dir, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    speaker.in = in[1];
    speaker.out = out[0];
}

/* True once it has been said; false at the end of all, or when the time is over. */
static bool hears(const char *text, int ms)
{
    int64_t end = time_mono_ms() + ms;

    while (sv_find(sb_sv(&speaker.said), sv_of(text)) < 0) {
        struct pollfd fd = {.fd = speaker.out, .events = POLLIN};
        int64_t left = end - time_mono_ms();
        char bytes[4096];
        ssize_t got;

        if (left <= 0 || poll(&fd, 1, (int)left) <= 0)
            return false;
        got = read(speaker.out, bytes, sizeof bytes);
        if (got <= 0 || sb_add(&speaker.said, sv_make(bytes, (size_t)got), NULL))
            return false;
    }
    return true;
}

static void type(const char *line)
{
    REQUIRE(write(speaker.in, line, strlen(line)) == (ssize_t)strlen(line));
}

static void end(void)
{
    int status;

    close(speaker.in);
    REQUIRE(waitpid(speaker.pid, &status, 0) == speaker.pid);
    CHECK_INT(status, 0);
    close(speaker.out);
    sb_release(&speaker.said);
}

static int setup(void **state)
{
    stage_open(&stage, 80, 24, STAGE_UTF8);
    return make_test_dir(state);
}

static int teardown(void **state)
{
    stage_close(&stage);
    return remove_test_dir(state);
}

static void test_hostile_texts_are_said_safely(void **state)
{
    (void)state;
    stage_add(&stage, &(struct stage_pipeline){.name = "evil\033]0;title\a\033[2J",
                                               .stages = "Source=Succeeded Build=Failed",
                                               .status = "Failed",
                                               .error = "red \033[31m alarm",
                                               .revision = "\033[5mcommit"});
    start(NULL);
    type("1\nY\n99\nx\nE\nq\nb\nbogus\033[2J\n");
    CHECK_TRUE(hears("Pipeline", DEADLINE_MS) && hears("Copy:", DEADLINE_MS));
    CHECK_TRUE(hears("bogus", DEADLINE_MS));
    CHECK_INT(sv_find(sb_sv(&speaker.said), SV("\033")), -1);
    end();
}

/* No brightness tells it there: what cannot be done stands in parentheses, as on the screen. */
static void test_what_cannot_be_done_is_told_so(void **state)
{
    (void)state;
    stage_add(&stage, &(struct stage_pipeline){
                          .name = "orders", .stages = "Build=Succeeded", .status = "Succeeded"});
    start(NULL);
    type("T\n2\n");
    CHECK_TRUE(hears("1. Release a change start an execution", DEADLINE_MS));
    CHECK_TRUE(hears("2. (Stop an execution) nothing runs", DEADLINE_MS));
    CHECK_TRUE(hears("Stop an execution: nothing runs", DEADLINE_MS));
    end();
}

static void put_one(struct cache *cache, bool has_failed)
{
    struct cache *own = stage.cache;

    stage.cache = cache;
    stage_add(&stage,
              &(struct stage_pipeline){.name = "orders",
                                       .stages = has_failed ? "Build=Failed" : "Build=Succeeded",
                                       .status = has_failed ? "Failed" : "Succeeded"});
    stage.cache = own;
}

static struct cache *make_cache(void)
{
    const struct cache_options options = {.dir = test_dir};
    const struct cache_context context = {.profile = SV("cicd"),
                                          .region = SV("eu-west-1"),
                                          .partition = SV("aws"),
                                          .account = SV("111111111111")};
    struct cache *cache;
    struct err err;

    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    REQUIRE_OK(cache_put_context(cache, &context, &err), &err);
    return cache;
}

static void test_changes_are_said_after_the_cache_was_deleted(void **state)
{
    struct cache *cache = make_cache();
    bool has_failed = false;

    (void)state;
    for (int i = 0; i < FLIPS; i++)
        put_one(cache, i % 2 == 1);
    start(test_dir);
    REQUIRE(hears("Type a number", DEADLINE_MS));
    cache_close(cache);
    remove_tree(test_dir);
    cache = make_cache();
    /* What happens before it looks at the new one may be no news. */
    for (int i = 0; i < FLIPS / 4 && !hears("orders failed", TURN_MS); i++) {
        has_failed = !has_failed;
        put_one(cache, has_failed);
    }
    CHECK_TRUE(hears("orders failed", 0));
    end();
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hostile_texts_are_said_safely, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_done_is_told_so, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes_are_said_after_the_cache_was_deleted, setup,
                                        teardown),
    };

    return RUN(tests);
}
