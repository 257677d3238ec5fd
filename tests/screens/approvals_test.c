/* The approvals screen: what waits, the oldest first, and all of the one under the cursor. */
#include "tests/screens/stage.h"
#include "tests/unit/views/waiting.h"

#include "tests/screens/fake_work.h"

static const struct waiting approvals[] = {
    {.name = "orders-etl",
     .minutes = 45,
     .timeout_minutes = 50,
     .data = "Look at the row counts of staging first.",
     .link = "https://dash.example.com/orders",
     .message = "add the returns table\n\nThe prices come in cents from now on.",
     .trigger_detail = "arn:aws:sts::111111111111:assumed-role/Ops/ana"},
    {.name = "customers-with-a-long-name",
     .minutes = 3000,
     .message = "rename the key column",
     .trigger_detail = "arn:aws:events:eu-west-1:111111111111:rule/push"},
    {.name = "clicks", .minutes = 400, .timeout_minutes = 100, .message = "集計を追加"},
    {.name = "brand-new",
     .minutes = 12,
     .message = "first \x1b[31mred\x1b[0m commit",
     .is_new_in_prod = true,
     .is_parallel = true},
};

static void add_all(struct stage *s)
{
    for (size_t i = 0; i < ARRAY_LEN(approvals); i++)
        waiting_put(s->cache, &approvals[i], s->now_ms);
    waiting_put_carried(s->cache, &approvals[0], SV("c1"), s->now_ms);
    waiting_put_carried(s->cache, &approvals[3], SV(""), s->now_ms);
    console_cache_changed(&s->console);
}

static void test_the_approvals_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(stage_sizes); i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        add_all(&s);
        stage_press(&s, "I");
        stage_expect(&s, stage_golden("approvals", i));
        stage_close(&s);
    }
}

static void test_the_pane_shows_all_of_the_one_under_the_cursor(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_all(&s);
    stage_press(&s, "I j j");
    stage_expect_cursor(&s, "orders-etl");
    stage_expect(&s, "approvals-pane");
    stage_close(&s);
}

static void test_marks_are_what_is_reviewed(void **state)
{
    struct target targets[4];
    struct stage s;
    size_t count;

    (void)state;
    stage_open(&s, 80, 24, STAGE_ASCII);
    add_all(&s);
    stage_press(&s, "I Space j Space");
    stage_expect(&s, "approvals-marked");
    count = console_top(&s.console)->screen->targets(console_top(&s.console)->state, targets, 4);
    CHECK_INT(count, 2);
    CHECK_STR(targets[0].name, "customers-with-a-long-name");
    CHECK_STR(targets[0].stage, "ManualApproval-dev");
    CHECK_STR(targets[0].action, "sign-off");
    CHECK_STR(targets[0].execution_id, WAITING_NEW);
    CHECK_STR(targets[1].name, "orders-etl");
    stage_press(&s, "Esc");
    count = console_top(&s.console)->screen->targets(console_top(&s.console)->state, targets, 4);
    CHECK_INT(count, 1);
    stage_close(&s);
}

/* The key only opens a review: nothing is answered before its plan and a question. */
static void test_approving_begins_a_review(void **state)
{
    struct fake_work work;
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    fake_work_open(&work, &s);
    add_all(&s);
    stage_press(&s, "I a");
    CHECK_STR(console_top(&s.console)->screen->name, "operation");
    fake_work_close(&work);
    stage_close(&s);
}

/* Opening the inbox asks for what it misses, and what could not be read says why. */
static void test_what_is_missing_is_asked_for(void **state)
{
    struct fake_work work;
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    fake_work_open(&work, &s);
    add_all(&s);
    stage_press(&s, "I");
    CHECK_TRUE(work_reads(&work.work, ERRAND_APPROVALS, &console_top(&s.console)->target));
    stage_expect(&s, "approvals-asked");
    fake_work_end_errands(&work);
    work.work.ended[0] =
        (struct errand_run){.errand = ERRAND_APPROVALS, .target = console_top(&s.console)->target};
    err_set(&work.work.ended[0].err, ERR_DENIED, "AWS denies codecommit:GetCommit to you");
    work.work.errands_ended = 1;
    console_cache_changed(&s.console);
    stage_expect(&s, "approvals-denied");
    CHECK_TRUE(s.console.facts.errand_every_ms > 0);
    fake_work_close(&work);
    stage_close(&s);
}

static void test_enter_opens_the_pipeline_at_the_approval(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_all(&s);
    stage_press(&s, "I G k Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    stage_expect_cursor(&s, "sign-off");
    stage_close(&s);
}

static void test_the_cursor_stays_on_its_approval(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_all(&s);
    stage_press(&s, "I j");
    stage_expect_cursor(&s, "clicks");
    waiting_put(s.cache, &(struct waiting){.name = "oldest", .minutes = 5000}, s.now_ms);
    console_cache_changed(&s.console);
    stage_expect_cursor(&s, "clicks");
    stage_remove(&s, "clicks");
    stage_expect_cursor(&s, "orders-etl");
    stage_close(&s);
}

static void test_the_filter_narrows_the_list(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_all(&s);
    stage_press(&s, "I /asked:ana Enter");
    CHECK_INT(s.console.facts.matches, 2);
    stage_press(&s, "Esc /nothing Enter");
    stage_expect(&s, "approvals-filtered");
    stage_close(&s);
}

static void test_empty_faces_say_why(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_press(&s, "I");
    stage_expect(&s, "approvals-none");
    stage_freshness(&s, -1, ERR_OK, "");
    stage_expect(&s, "approvals-loading");
    stage_freshness(&s, -1, ERR_NET, "no route to AWS");
    stage_expect(&s, "approvals-offline");
    stage_press(&s, "j G Enter a x Space L y Y d E q");
    stage_close(&s);
}

static void test_time_passes_by_itself(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    waiting_put(s.cache, &(struct waiting){.name = "one", .minutes = 10, .timeout_minutes = 60},
                s.now_ms);
    console_cache_changed(&s.console);
    stage_press(&s, "I");
    stage_expect_cursor(&s, "50m SOON");
    CHECK_TRUE(s.console.facts.next_change_ms > s.now_ms &&
               s.console.facts.next_change_ms <= s.now_ms + WAITING_MINUTE_MS);
    s.now_ms += 49 * WAITING_MINUTE_MS + 500;
    stage_expect_cursor(&s, "<1m SOON");
    s.now_ms += WAITING_MINUTE_MS;
    stage_expect_cursor(&s, "expired");
    stage_close(&s);
}

static void test_no_size_is_too_small_to_draw(void **state)
{
    (void)state;
    for (int cols = 1; cols < 70; cols += 9) {
        for (int rows = 1; rows < 22; rows += 5) {
            struct stage s;

            stage_open(&s, cols, rows, STAGE_UTF8);
            add_all(&s);
            stage_press(&s, "I j G ^U Space");
            stage_paint(&s);
            stage_close(&s);
        }
    }
}

/* Of two approvals of one stage each row says which it is. */
static void test_what_is_alike_is_told_apart_by_its_action(void **state)
{
    static const struct waiting two = {
        .name = "landing-zone-baseline", .minutes = 30, .message = "rotate", .also = "security"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(stage_sizes); i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        waiting_put(s.cache, &two, s.now_ms);
        console_cache_changed(&s.console);
        stage_press(&s, "I");
        stage_expect(&s, stage_golden("approvals-alike", i));
        stage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_approvals_at_each_size),
        TEST(test_the_pane_shows_all_of_the_one_under_the_cursor),
        TEST(test_marks_are_what_is_reviewed),
        TEST(test_approving_begins_a_review),
        TEST(test_what_is_missing_is_asked_for),
        TEST(test_enter_opens_the_pipeline_at_the_approval),
        TEST(test_the_cursor_stays_on_its_approval),
        TEST(test_the_filter_narrows_the_list),
        TEST(test_empty_faces_say_why),
        TEST(test_time_passes_by_itself),
        TEST(test_no_size_is_too_small_to_draw),
        TEST(test_what_is_alike_is_told_apart_by_its_action),
    };
    return RUN(tests);
}
