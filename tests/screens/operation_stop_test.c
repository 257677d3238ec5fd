/* Stopping where several executions run: the form says which one, where it is and who else runs,
 * and lets choose where what is under the cursor holds none of them. */
#include "tests/screens/operating.h"

#define OLD   SV("c542cc25-0000-4000-8000-000000000001")
#define NEW   SV("70b10fc7-0000-4000-8000-000000000002")
#define ENDED SV("11aa22bb-0000-4000-8000-000000000003")

/* Opened at the top, with a row for each stage and each action. */
#define SIGN_OFF    "Enter gg j j j j "
#define DEVELOPMENT "Enter gg j j "

/* One execution in Production and a newer one in Development; the sign-off was passed by this. */
static void put_catalog(struct sv signed_off)
{
    const struct pipeline_id id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("catalog")};
    const struct action_def action[] = {{.name = SV("Run"), .category = SV("Deploy")}};
    const struct stage_def stage_defs[] = {{SV("Source"), action, 1},
                                           {SV("Development"), action, 1},
                                           {SV("Sign-off"), action, 1},
                                           {SV("Production"), action, 1}};
    const struct pipeline_def def = {.name = id.name,
                                     .type = SV("V2"),
                                     .mode = MODE_QUEUED,
                                     .version = 1,
                                     .stages = stage_defs,
                                     .stage_count = 4};
    const struct action_state states[] = {
        {.name = SV("Run"), .status = STATUS_SUCCEEDED, .percent = -1},
        {.name = SV("Run"), .status = STATUS_IN_PROGRESS, .percent = -1}};
    const struct stage_state stages[] = {
        {.name = SV("Source"),
         .status = STATUS_SUCCEEDED,
         .execution_id = NEW,
         .transition_enabled = true,
         .actions = &states[0],
         .action_count = 1},
        {.name = SV("Development"),
         .status = STATUS_IN_PROGRESS,
         .execution_id = NEW,
         .transition_enabled = true,
         .actions = &states[1],
         .action_count = 1},
        {.name = SV("Sign-off"),
         .status = STATUS_SUCCEEDED,
         .execution_id = signed_off,
         .transition_enabled = true,
         .actions = &states[0],
         .action_count = 1},
        {.name = SV("Production"),
         .status = STATUS_IN_PROGRESS,
         .execution_id = OLD,
         .transition_enabled = true,
         .actions = &states[1],
         .action_count = 1},
    };
    const struct pipeline_state state = {
        .name = id.name, .version = 1, .stages = stages, .stage_count = 4};
    const struct execution latest = {.id = NEW,
                                     .status = STATUS_IN_PROGRESS,
                                     .mode = MODE_QUEUED,
                                     .started_at = stage.now_ms - 60000,
                                     .updated_at = stage.now_ms - 30000,
                                     .revision = SV("8b09e13aa"),
                                     .revision_summary = SV("catalogue: owners")};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(stage.cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(stage.cache, &id, &def, NULL, 0, stage.now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(stage.cache, &id, &state, &latest, stage.now_ms, &changed, &err),
               &err);
    REQUIRE_OK(cache_commit(stage.cache, &err), &err);
    console_cache_changed(&stage.console);
}

static void passed(void)
{
    put_catalog(OLD);
}

static void ended(void)
{
    put_catalog(ENDED);
}

/* The row shows the older one, which has gone on to Production. */
static void test_the_rows_own_is_stopped_wherever_it_is(void **state UNUSED)
{
    in_all_sizes("operation-stop-elsewhere", passed, SIGN_OFF "X");
    open_at(80, 24, STAGE_UTF8);
    passed();
    stage_press(&stage, SIGN_OFF "X Enter wrong Enter");
    CHECK_STR(top(), "act");
    CHECK_SV(input()->operands[0].execution_id, OLD);
    leave(NULL);
    open_at(80, 24, STAGE_UTF8);
    passed();
    stage_press(&stage, DEVELOPMENT "X Enter wrong Enter");
    CHECK_SV(input()->operands[0].execution_id, NEW);
    leave(NULL);
}

static void test_a_row_that_holds_none_lists_those_that_run(void **state UNUSED)
{
    in_all_sizes("operation-stop-choose", ended, SIGN_OFF "X");
    open_at(80, 24, STAGE_UTF8);
    ended();
    stage_press(&stage, SIGN_OFF "X Enter wrong Enter j Enter");
    CHECK_STR(top(), "act");
    CHECK_SV(input()->operands[0].execution_id, NEW);
    leave(NULL);
    open_at(80, 24, STAGE_UTF8);
    ended();
    stage_press(&stage, "X Enter wrong Enter Enter"); /* the pipeline as a whole */
    CHECK_STR(top(), "act");
    CHECK_SV(input()->operands[0].execution_id, OLD);
    leave(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rows_own_is_stopped_wherever_it_is),
        cmocka_unit_test(test_a_row_that_holds_none_lists_those_that_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
