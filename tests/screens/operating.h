/* What the tests of operations have in common: a pipeline to operate on, and a work that asks
 * nobody.
 */
#ifndef PENSTOCK_TESTS_OPERATING_H
#define PENSTOCK_TESTS_OPERATING_H

#include "tests/screens/fake_work.h"

static struct stage stage;
static struct fake_work fake;

static const char role[] = "arn:aws:sts::111111111111:assumed-role/Ops/ana";

static inline void put_caller(void)
{
    struct cache_context context = {.profile = SV("cicd"),
                                    .region = SV("eu-west-1"),
                                    .partition = SV("aws"),
                                    .account = SV("111111111111"),
                                    .caller_arn = sv_of(role)};
    struct err err;

    REQUIRE_OK(cache_put_context(stage.cache, &context, &err), &err);
}

/* A pipeline with all that a release or an approval may be told: variables, a source, an approval
 * with words of its own. */
static inline void put_sales(const char *approval_status, const char *deploy_error)
{
    const struct action_def source[] = {{.name = SV("App"),
                                         .category = SV("Source"),
                                         .owner = SV("AWS"),
                                         .provider = SV("CodeCommit"),
                                         .repository = SV("sales"),
                                         .branch = SV("main")}};
    const struct action_def approve[] = {{.name = SV("Approve"),
                                          .category = SV("Approval"),
                                          .owner = SV("AWS"),
                                          .provider = SV("Manual"),
                                          .data = SV("Ask the data owner first."),
                                          .link = SV("https://wiki.example.com/release"),
                                          .timeout_minutes = 120}};
    const struct action_def deploy[] = {{.name = SV("Deploy"),
                                         .category = SV("Deploy"),
                                         .owner = SV("AWS"),
                                         .provider = SV("CloudFormation")}};
    const struct stage_def stage_defs[] = {{SV("Source"), source, 1},
                                           {SV("ManualApproval-prod"), approve, 1},
                                           {SV("Deploy-Stage-prod"), deploy, 1}};
    const struct variable_def variables[] = {
        {SV("TICKET"), SV_NONE, SV("the change that asked for it")},
        {SV("DEPTH"), SV("shallow"), SV("")},
    };
    const struct pipeline_id id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("sales")};
    const struct sv execution = SV("3f65a1b2-0000-4000-8000-000000000001");
    bool waits = approval_status == NULL;
    const struct action_state states[] = {
        {.name = SV("App"), .status = STATUS_SUCCEEDED, .percent = -1},
        {.name = SV("Approve"),
         .category = SV("Approval"),
         .status = waits ? STATUS_WAITING : STATUS_SUCCEEDED,
         .changed_at = stage.now_ms - 600000,
         .percent = -1,
         .has_token = waits},
        {.name = SV("Deploy"),
         .status = deploy_error != NULL ? STATUS_FAILED : STATUS_NONE,
         .error_message = sv_of(deploy_error),
         .percent = -1},
    };
    const struct stage_state stages[] = {
        {.name = SV("Source"),
         .status = STATUS_SUCCEEDED,
         .execution_id = execution,
         .transition_enabled = true,
         .actions = &states[0],
         .action_count = 1},
        {.name = SV("ManualApproval-prod"),
         .status = waits ? STATUS_IN_PROGRESS : STATUS_SUCCEEDED,
         .execution_id = execution,
         .transition_enabled = true,
         .actions = &states[1],
         .action_count = 1},
        {.name = SV("Deploy-Stage-prod"),
         .status = deploy_error != NULL ? STATUS_FAILED : STATUS_NONE,
         .execution_id = deploy_error != NULL ? execution : SV(""),
         .transition_enabled = true,
         .actions = &states[2],
         .action_count = 1},
    };
    const struct pipeline_def def = {.name = id.name,
                                     .type = SV("V2"),
                                     .version = 3,
                                     .stages = stage_defs,
                                     .stage_count = 3,
                                     .variables = variables,
                                     .variable_count = 2};
    const struct pipeline_state state = {
        .name = id.name, .version = 3, .stages = stages, .stage_count = 3};
    const struct execution latest = {.id = execution,
                                     .status = waits ? STATUS_IN_PROGRESS : STATUS_FAILED,
                                     .started_at = stage.now_ms - 900000,
                                     .updated_at = stage.now_ms - 600000,
                                     .revision = SV("a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"),
                                     .revision_summary = SV("add the returns table")};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(stage.cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(stage.cache, &id, &def, NULL, 0, stage.now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(stage.cache, &id, &state, &latest, stage.now_ms, &changed, &err),
               &err);
    REQUIRE_OK(cache_commit(stage.cache, &err), &err);
    console_cache_changed(&stage.console);
}

static inline void open_at(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    put_caller();
    fake_work_open(&fake, &stage);
}

static inline int open_wide(void **state)
{
    (void)state;
    open_at(80, 24, STAGE_UTF8);
    return 0;
}

static inline int leave(void **state)
{
    (void)state;
    stage_close(&stage);
    fake_work_close(&fake);
    return 0;
}

static inline const char *top(void)
{
    return console_top(&stage.console)->screen->name;
}

static inline const struct operation_input *input(void)
{
    REQUIRE(fake.work.act != NULL);
    return &fake.work.act->input.operation;
}

static inline void waits(void)
{
    put_sales(NULL, NULL);
}

static inline void fails(void)
{
    put_sales("Approved", "ChangeSet [sales-prod] does not exist");
}

static inline void in_all_sizes(const char *golden, void (*make)(void), const char *keys)
{
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        open_at(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        make();
        stage_press(&stage, keys);
        stage_expect(&stage, stage_golden(golden, i));
        leave(NULL);
    }
}

#endif
