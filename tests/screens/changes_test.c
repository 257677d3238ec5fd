/* The changes screen: what was seen to change, the latest first, however long the history is. */
#include "tests/screens/history.h"

enum { MANY = 300 };

/* A pipeline that is seen for the first time has not changed yet. */
static void change(struct stage *s, const char *name, const char *stages, const char *status)
{
    stage_add(s, &(struct stage_pipeline){.name = name, .stages = "Source= Build="});
    stage_add(s, &(struct stage_pipeline){.name = name,
                                          .stages = stages,
                                          .status = status,
                                          .summary = "add the returns table",
                                          .error = "exit status 2\x1b[31m",
                                          .age_s = 42});
}

static void change_some(struct stage *s)
{
    stage_add_fleet(s);
    change(s, "orders-etl", "Source=Succeeded Build=Failed", "Failed");
    change(s, "clickstream", "Source=Succeeded Build=Waiting", "InProgress");
    change(s, "\xe6\x97\xa5\xe6\x9c\xac\x1b]0;x", "Source=Succeeded Build=InProgress",
           "InProgress");
}

static void change_many(struct stage *s)
{
    stage_add_many(s, MANY);
    for (int i = 0; i < MANY; i++) {
        char name[32];

        snprintf(name, sizeof name, "many-%04d", i);
        stage_add(s, &(struct stage_pipeline){.name = name,
                                              .stages = "Source=Succeeded Build=Failed",
                                              .status = "Failed",
                                              .age_s = 60});
    }
}

static void test_the_changes_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        change_some(&s);
        stage_press(&s, "c");
        stage_expect(&s, stage_golden("changes", i));
        stage_close(&s);
    }
}

/* Each leaves four lines: of the pipeline, the stage and both actions. */
static void test_a_long_history_is_read_in_windows(void **state)
{
    struct stage s;
    int64_t last;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    change_many(&s);
    stage_press(&s, "c");
    stage_expect_cursor(&s, "many-0299");
    stage_press(&s, "^F ^F ^F ^F ^F ^F ^F ^F");
    stage_expect_cursor(&s, "many-02");
    stage_press(&s, "G");
    stage_expect_cursor(&s, "many-0000");
    last = s.console.facts.matches;
    CHECK_TRUE(last < 400); /* not all are in memory */
    for (int i = 0; i < 200; i++)
        console_key(&s.console, 'k');
    stage_expect_cursor(&s, "many-0050");
    stage_press(&s, "gg");
    stage_expect_cursor(&s, "many-0299");
    stage_close(&s);
}

static void test_the_cursor_stays_on_its_change_unless_at_the_top(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    change(&s, "first", "Source=Succeeded Build=Failed", "Failed");
    stage_press(&s, "c");
    change(&s, "newer", "Source=Failed Build=", "Failed");
    stage_expect_cursor(&s, "newer");
    stage_press(&s, "G");
    stage_expect_cursor(&s, "first");
    change(&s, "newest", "Source=Failed Build=", "Failed");
    stage_expect_cursor(&s, "first");
    stage_press(&s, "Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    CHECK_STR(console_top(&s.console)->target.name, "first");
    stage_close(&s);
}

static void test_the_filter_narrows_the_changes(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    change_some(&s);
    stage_press(&s, "c /status:fail Enter");
    stage_expect(&s, "changes-failed");
    stage_press(&s, "Esc /zzz Enter");
    stage_expect(&s, "changes-filtered");
    stage_close(&s);
}

static void test_an_empty_history_says_why(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_press(&s, "c");
    stage_expect(&s, "changes-none");
    stage_press(&s, "j G Enter gg y q");
    CHECK_INT(s.console.depth, 1);
    stage_close(&s);
}

static void test_a_gate_says_hold_and_open(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_ASCII);
    stage_add(&s, &(struct stage_pipeline){
                      .name = "gated", .stages = "Source= Deploy=", .status = "Succeeded"});
    stage_add(&s, &(struct stage_pipeline){
                      .name = "gated", .stages = "Source= #Deploy=", .status = "Succeeded"});
    stage_add(&s, &(struct stage_pipeline){
                      .name = "gated", .stages = "Source= Deploy=", .status = "Succeeded"});
    stage_press(&s, "c");
    stage_expect(&s, "changes-gate");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_changes_at_each_size),
        TEST(test_a_long_history_is_read_in_windows),
        TEST(test_the_cursor_stays_on_its_change_unless_at_the_top),
        TEST(test_the_filter_narrows_the_changes),
        TEST(test_an_empty_history_says_why),
        TEST(test_a_gate_says_hold_and_open),
    };
    return RUN(tests);
}
