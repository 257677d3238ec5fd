/* The status words of actions, stages and pipelines, states built from runs, and the hashes. */
#include "tests/unit/check.h"

#include "core/model/hash.h"
#include "core/model/pipeline.h"

static void test_action_approval_in_progress_waits(void **state UNUSED)
{
    CHECK_INT(action_status(STATUS_IN_PROGRESS, SV("Approval"), false), STATUS_WAITING);
    CHECK_INT(action_status(STATUS_IN_PROGRESS, SV(""), true), STATUS_WAITING);
    CHECK_INT(action_status(STATUS_IN_PROGRESS, SV("Build"), false), STATUS_IN_PROGRESS);
    CHECK_INT(action_status(STATUS_SUCCEEDED, SV("Approval"), true), STATUS_SUCCEEDED);
    CHECK_INT(action_status(STATUS_FAILED, SV("Approval"), false), STATUS_FAILED);
    CHECK_INT(action_status(STATUS_NONE, SV("Approval"), false), STATUS_NONE);
}

static enum status stage_of(enum status aws, enum status first, enum status second)
{
    const struct action_state actions[] = {{.status = first}, {.status = second}};
    const struct stage_state stage = {.status = aws, .actions = actions, .action_count = 2};

    return stage_status(&stage);
}

static void test_stage_waits_only_when_nothing_else_runs(void **state UNUSED)
{
    static const struct {
        enum status aws, first, second, want;
    } cases[] = {
        {STATUS_IN_PROGRESS, STATUS_SUCCEEDED, STATUS_WAITING, STATUS_WAITING},
        {STATUS_IN_PROGRESS, STATUS_WAITING, STATUS_NONE, STATUS_WAITING},
        {STATUS_IN_PROGRESS, STATUS_WAITING, STATUS_IN_PROGRESS, STATUS_IN_PROGRESS},
        {STATUS_IN_PROGRESS, STATUS_SUCCEEDED, STATUS_NONE, STATUS_IN_PROGRESS},
        {STATUS_STOPPING, STATUS_WAITING, STATUS_NONE, STATUS_STOPPING},
        {STATUS_SUPERSEDED, STATUS_SUCCEEDED, STATUS_SUCCEEDED, STATUS_SUPERSEDED},
        {STATUS_NONE, STATUS_NONE, STATUS_NONE, STATUS_NONE},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK_INT(stage_of(cases[i].aws, cases[i].first, cases[i].second), cases[i].want);
}

static void test_pipeline_status_is_the_latest_executions(void **state UNUSED)
{
    const struct action_state waiting = {.status = STATUS_WAITING};
    const struct stage_state stages[] = {
        {.status = STATUS_SUCCEEDED},
        {.status = STATUS_IN_PROGRESS, .actions = &waiting, .action_count = 1}};
    const struct pipeline_state waits = {.stages = stages, .stage_count = 2};
    const struct pipeline_state calm = {.stages = stages, .stage_count = 1};

    for (int s = STATUS_NONE + 1; s < STATUS_COUNT; s++) {
        const struct execution latest = {.id = SV("e"), .status = (enum status)s};

        CHECK_INT(pipeline_status(&latest, &calm), s);
        CHECK_INT(pipeline_status(&latest, NULL), s);
        CHECK_INT(pipeline_status(&latest, &waits), s == STATUS_IN_PROGRESS ? STATUS_WAITING : s);
    }
}

static void test_pipeline_without_execution_says_what_its_stages_say(void **state UNUSED)
{
    const struct stage_state stages[] = {{.status = STATUS_SUCCEEDED}, {.status = STATUS_FAILED}};
    const struct stage_state none = {.status = STATUS_NONE};
    const struct pipeline_state bad = {.stages = stages, .stage_count = 2};
    const struct pipeline_state fresh = {.stages = &none, .stage_count = 1};

    CHECK_INT(pipeline_status(NULL, &bad), STATUS_FAILED);
    CHECK_INT(pipeline_status(NULL, &fresh), STATUS_NONE);
    CHECK_INT(pipeline_status(NULL, NULL), STATUS_NONE);
    CHECK_INT(pipeline_status(&(struct execution){0}, &bad), STATUS_FAILED);
}

static void test_modes_go_both_ways(void **state UNUSED)
{
    CHECK_INT(pipeline_mode_from_aws(SV("QUEUED")), MODE_QUEUED);
    CHECK_INT(pipeline_mode_from_aws(SV("PARALLEL")), MODE_PARALLEL);
    CHECK_INT(pipeline_mode_from_aws(SV("")), MODE_SUPERSEDED);
    CHECK_STR(pipeline_mode_aws(MODE_QUEUED), "QUEUED");
}

#define RUN_OF(exec, stage_name, action_name, word, at)                                            \
    {                                                                                              \
        .execution_id = SV(exec), .stage = SV(stage_name),                                         \
        .action = {.name = SV(action_name), .status = word, .percent = -1}, .started_at = at       \
    }

static enum status built_status(const struct action_run *runs, size_t count,
                                struct stage_state *stages, struct action_state *actions)
{
    struct action_def defs[2];
    const struct stage_def stage = {.name = SV("Build"), .actions = defs, .action_count = 2};
    const struct pipeline_def def = {.name = SV("p"), .stages = &stage, .stage_count = 1};
    struct pipeline_state out;

    defs[0] = (struct action_def){.name = SV("one"), .category = SV("Build")};
    defs[1] = (struct action_def){.name = SV("two"), .category = SV("Approval")};
    state_from_runs(&def, SV("e1"), runs, count, stages, actions, &out);
    CHECK_INT(out.stage_count, 1);
    CHECK_SV(out.stages[0].name, SV("Build"));
    return stage_status(&out.stages[0]);
}

static void test_runs_make_a_state_in_the_definitions_order(void **state UNUSED)
{
    const struct action_run runs[] = {
        RUN_OF("e2", "Build", "one", STATUS_FAILED, 90),
        RUN_OF("e1", "Other", "one", STATUS_FAILED, 95),
        RUN_OF("e1", "Build", "two", STATUS_IN_PROGRESS, 30),
        RUN_OF("e1", "Build", "one", STATUS_SUCCEEDED, 20),
        RUN_OF("e1", "Build", "one", STATUS_FAILED, 10),
    };
    struct stage_state stages[1];
    struct action_state actions[2];

    CHECK_INT(built_status(runs, ARRAY_LEN(runs), stages, actions), STATUS_WAITING);
    CHECK_INT(stages[0].status, STATUS_IN_PROGRESS);
    CHECK_SV(stages[0].execution_id, SV("e1"));
    CHECK_TRUE(stages[0].transition_enabled);
    CHECK_SV(actions[0].name, SV("one"));
    CHECK_INT(actions[0].status, STATUS_SUCCEEDED);
    CHECK_SV(actions[1].category, SV("Approval"));
    CHECK_INT(actions[1].status, STATUS_WAITING);
}

static void test_runs_say_how_the_stage_ended(void **state UNUSED)
{
    static const struct {
        enum status first, second, want;
    } cases[] = {
        {STATUS_SUCCEEDED, STATUS_SUCCEEDED, STATUS_SUCCEEDED},
        {STATUS_SUCCEEDED, STATUS_FAILED, STATUS_FAILED},
        {STATUS_ABANDONED, STATUS_SUCCEEDED, STATUS_STOPPED},
        {STATUS_SUCCEEDED, STATUS_IN_PROGRESS, STATUS_WAITING},
        {STATUS_IN_PROGRESS, STATUS_SUCCEEDED, STATUS_IN_PROGRESS},
    };
    struct stage_state stages[1];
    struct action_state actions[2];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct action_run runs[] = {RUN_OF("e1", "Build", "one", cases[i].first, 1),
                                          RUN_OF("e1", "Build", "two", cases[i].second, 2)};

        CHECK_INT(built_status(runs, 2, stages, actions), cases[i].want);
        /* between two run orders */
        if (cases[i].first == STATUS_SUCCEEDED)
            CHECK_INT(built_status(runs, 1, stages, actions), STATUS_IN_PROGRESS);
    }
    CHECK_INT(built_status(NULL, 0, stages, actions), STATUS_NONE);
    CHECK_SV(stages[0].execution_id, SV(""));
    CHECK_INT(actions[1].percent, -1);
}

static void test_ids_compare_by_every_part(void **state UNUSED)
{
    const struct pipeline_id a = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("x")};
    struct pipeline_id b = a;

    CHECK_TRUE(pipeline_id_eq(&a, &b));
    b.partition = SV("aws-cn");
    CHECK_TRUE(!pipeline_id_eq(&a, &b));
    b = a;
    b.account = SV("222222222222");
    CHECK_TRUE(!pipeline_id_eq(&a, &b));
    b = a;
    b.region = SV("eu-west-2");
    CHECK_TRUE(!pipeline_id_eq(&a, &b));
    b = a;
    b.name = SV("y");
    CHECK_TRUE(!pipeline_id_eq(&a, &b));
}

static uint64_t hash_two(struct sv a, struct sv b)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, a);
    hash_sv(&h, b);
    return hash_done(&h);
}

static void test_hash_sees_bytes_move_between_fields(void **state UNUSED)
{
    CHECK_TRUE(hash_two(SV("ab"), SV("c")) != hash_two(SV("a"), SV("bc")));
    CHECK_TRUE(hash_two(SV(""), SV("abc")) != hash_two(SV("abc"), SV("")));
    CHECK_TRUE(hash_two(SV("a\0"), SV("")) != hash_two(SV("a"), SV("")));
    CHECK_TRUE(hash_two(SV("12345678"), SV("9")) != hash_two(SV("123456789"), SV("")));
    CHECK_TRUE(hash_two(SV("x"), SV("y")) == hash_two(SV("x"), SV("y")));
}

/* Change each field in turn; the hash must follow. */
static void test_state_hash_covers_every_field(void **state UNUSED)
{
    struct action_state action = {.percent = -1};
    struct stage_state stage = {.actions = &action, .action_count = 1};
    const struct pipeline_state pipeline = {.stages = &stage, .stage_count = 1};
    uint64_t before = pipeline_state_hash(&pipeline);
    struct sv *const texts[] = {
        &stage.name,        &stage.execution_id,   &stage.inbound_id,    &stage.disabled_reason,
        &stage.disabled_by, &action.name,          &action.execution_id, &action.summary,
        &action.error_code, &action.error_message, &action.external_id,  &action.external_url,
        &action.updated_by, &action.revision_id,   &action.url};
    int64_t *const times[] = {&stage.transition_changed_at, &action.changed_at};
    bool *const claims[] = {&stage.transition_enabled, &stage.is_rollback, &action.has_token};
    enum status *const words[] = {&stage.status, &stage.inbound_status, &action.status};

    /* The definition's, not the state's. */
    action.category = action.provider = SV("x");
    CHECK_TRUE(pipeline_state_hash(&pipeline) == before);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = SV("x");
        CHECK_TRUE(pipeline_state_hash(&pipeline) != before);
        *texts[i] = SV_NONE;
    }
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        *times[i] = 1;
        CHECK_TRUE(pipeline_state_hash(&pipeline) != before);
        *times[i] = 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
        *claims[i] = true;
        CHECK_TRUE(pipeline_state_hash(&pipeline) != before);
        *claims[i] = false;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        *words[i] = STATUS_FAILED;
        CHECK_TRUE(pipeline_state_hash(&pipeline) != before);
        *words[i] = STATUS_NONE;
    }
    action.percent = 50;
    CHECK_TRUE(pipeline_state_hash(&pipeline) != before);
    action.percent = -1;
    CHECK_INT(pipeline_state_hash(&pipeline) == before, true);
}

static void test_execution_hash_covers_every_field(void **state UNUSED)
{
    struct execution e = {0};
    uint64_t before = execution_hash(&e);
    struct sv *const texts[] = {&e.id,           &e.status_summary,   &e.revision,
                                &e.revision_url, &e.trigger,          &e.trigger_detail,
                                &e.stop_reason,  &e.revision_summary, &e.rollback_target};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = SV("x");
        CHECK_TRUE(execution_hash(&e) != before);
        *texts[i] = SV_NONE;
    }
    e.started_at = 1;
    CHECK_TRUE(execution_hash(&e) != before);
    e = (struct execution){.updated_at = 1};
    CHECK_TRUE(execution_hash(&e) != before);
    e = (struct execution){.is_rollback = true};
    CHECK_TRUE(execution_hash(&e) != before);
    e = (struct execution){.mode = MODE_QUEUED};
    CHECK_TRUE(execution_hash(&e) != before);
}

static void test_def_hash_covers_every_field(void **state UNUSED)
{
    struct action_def action = {0};
    struct stage_def stage = {.actions = &action, .action_count = 1};
    struct pipeline_def def = {.stages = &stage, .stage_count = 1};
    uint64_t before = pipeline_def_hash(&def);
    struct sv *const texts[] = {&def.name,       &def.arn,          &def.type,
                                &stage.name,     &action.name,      &action.category,
                                &action.owner,   &action.provider,  &action.branch,
                                &action.project, &action.repository};
    int64_t *const numbers[] = {&def.version, &def.created_at, &def.updated_at, &action.run_order};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = SV("x");
        CHECK_TRUE(pipeline_def_hash(&def) != before);
        *texts[i] = SV_NONE;
    }
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        *numbers[i] = 7;
        CHECK_TRUE(pipeline_def_hash(&def) != before);
        *numbers[i] = 0;
    }
    def.mode = MODE_PARALLEL;
    CHECK_TRUE(pipeline_def_hash(&def) != before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_action_approval_in_progress_waits),
        TEST(test_stage_waits_only_when_nothing_else_runs),
        TEST(test_pipeline_status_is_the_latest_executions),
        TEST(test_pipeline_without_execution_says_what_its_stages_say),
        TEST(test_modes_go_both_ways),
        TEST(test_runs_make_a_state_in_the_definitions_order),
        TEST(test_runs_say_how_the_stage_ended),
        TEST(test_ids_compare_by_every_part),
        TEST(test_hash_sees_bytes_move_between_fields),
        TEST(test_state_hash_covers_every_field),
        TEST(test_execution_hash_covers_every_field),
        TEST(test_def_hash_covers_every_field),
    };

    return RUN(tests);
}
