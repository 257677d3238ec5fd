/* Memory that runs out while a screen reads: whatever is there is shown, every command is taken,
 * and the next load mends it. */
#include "tests/screens/stage.h"

#include "core/base/mem.h"
#include "tui/stack.h"

enum { FAILURES_MAX = 20000 };

static struct stage stage;

static int setup(void **state)
{
    (void)state;
    stage_open(&stage, 80, 24, STAGE_UTF8);
    stage_add_fleet(&stage);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static struct target first_row(void)
{
    const struct opened *home = console_top(&stage.console);
    struct answer answer = {.react = REACT_NONE};

    home->screen->handle(home->state, CMD_OPEN, SV_NONE, &answer);
    REQUIRE(answer.react & REACT_OPEN);
    return answer.target;
}

/* All that a console does with a screen, whatever its last load left. */
static void use_all(const struct opened *o)
{
    CLEANUP(sb_release) struct sb text;
    struct answer answer;
    struct screen_facts facts;
    bool is_taken;

    sb_init(&text, 1 << 20);
    console_draw(&stage.console, &stage.canvas);
    o->screen->facts(o->state, &stage.console.look, &facts);
    if (o->screen->print(o->state, &stage.console.look, &text, NULL))
        sb_clear(&text);
    for (int i = 0; o->screen->copy != NULL && i < COPY_COUNT; i++) {
        if (o->screen->copy(o->state, (enum copy)i, &text, NULL))
            sb_clear(&text);
    }
    for (const struct screen_command *k = o->screen->commands; k->command != CMD_NONE; k++) {
        answer = (struct answer){.react = REACT_NONE};
        o->screen->handle(o->state, k->command, SV_NONE, &answer);
    }
    if (o->screen->key != NULL)
        o->screen->key(o->state, ' ', &is_taken, &answer);
    for (int i = -1; i < 3; i++) {
        if (o->screen->choose != NULL)
            o->screen->choose(o->state, i);
        if (o->screen->point != NULL)
            o->screen->point(o->state, i);
    }
    console_draw(&stage.console, &stage.canvas);
}

/* False when the load needs no n-th allocation. */
static bool load_failing(long n)
{
    bool is_reached;

    stage.console.needs_load = true;
    mem_fail_at(n);
    console_load(&stage.console);
    is_reached = mem_count() >= n;
    mem_fail_at(0);
    return is_reached;
}

static void test_every_screen_survives_a_first_load_that_fails(void **state)
{
    (void)state;
    stage_paint(&stage);
    for (size_t i = 0; screens[i] != NULL; i++) {
        struct target target = first_row();
        bool is_reached = true;

        for (long n = 1; is_reached && n < FAILURES_MAX; n++) {
            stack_push(&stage.console, screens[i], &target);
            is_reached = load_failing(n);
            use_all(console_top(&stage.console));
            load_failing(0);
            use_all(console_top(&stage.console));
            stack_pop(&stage.console);
            load_failing(0);
        }
        CHECK_TRUE(!is_reached);
    }
}

static void test_every_screen_survives_a_later_load_that_fails(void **state)
{
    (void)state;
    stage_paint(&stage);
    for (size_t i = 0; screens[i] != NULL; i++) {
        struct target target = first_row();
        bool is_reached = true;

        stack_push(&stage.console, screens[i], &target);
        for (long n = 1; is_reached && n < FAILURES_MAX; n++) {
            load_failing(0);
            is_reached = load_failing(n);
            use_all(console_top(&stage.console));
        }
        CHECK_TRUE(!is_reached);
        stack_pop(&stage.console);
        load_failing(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_screen_survives_a_first_load_that_fails, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_every_screen_survives_a_later_load_that_fails, setup,
                                        teardown),
    };

    return RUN(tests);
}
