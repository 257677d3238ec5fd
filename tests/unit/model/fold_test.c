/* Folding, as a table: name, stages and tags in; strategy, logical name and environment out. */
#include "tests/unit/check.h"

#include "core/model/fold.h"

enum { STAGES_MAX = 8, TAGS_MAX = 4 };

struct fold_case {
    const char *name;
    const char *stages[STAGES_MAX];
    const char *tags[2 * TAGS_MAX]; /* key, value, ... */
    enum fold_strategy strategy;
    const char *logical;
    const char *environment;
};

static void fold_one(const struct fold_case *c, struct fold *out)
{
    struct stage_def stages[STAGES_MAX] = {0};
    struct tag tags[TAGS_MAX];
    struct pipeline_def def = {.name = sv_of(c->name), .stages = stages};
    size_t tag_count = 0;

    while (def.stage_count < STAGES_MAX && c->stages[def.stage_count] != NULL) {
        stages[def.stage_count].name = sv_of(c->stages[def.stage_count]);
        def.stage_count++;
    }
    for (; tag_count < TAGS_MAX && c->tags[2 * tag_count] != NULL; tag_count++) {
        tags[tag_count] = (struct tag){.key = sv_of(c->tags[2 * tag_count]),
                                       .value = sv_of(c->tags[2 * tag_count + 1])};
    }
    fold_pipeline(&def, tags, tag_count, out);
}

static void check_cases(const struct fold_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fold fold;

        fold_one(&cases[i], &fold);
        if (fold.strategy != cases[i].strategy || !sv_eq(fold.logical, sv_of(cases[i].logical)) ||
            !sv_eq(fold.environment, sv_of(cases[i].environment)))
            print_error("case %zu, %s\n", i, cases[i].name);
        CHECK_INT(fold.strategy, cases[i].strategy);
        CHECK_SV(fold.logical, sv_of(cases[i].logical));
        CHECK_SV(fold.environment, sv_of(cases[i].environment));
    }
}

#define TRUNK     FOLD_TRUNK
#define GITFLOW   FOLD_GITFLOW
#define UNMANAGED FOLD_UNMANAGED

static void test_fold_names_of_data_all(void **state UNUSED)
{
    static const struct fold_case cases[] = {
        {"orders", {"Source", "Deploy-Stage-dev"}, {0}, TRUNK, "orders", ""},
        {"orders",
         {"Source", "Deploy-Stage-dev", "ManualApproval-dev", "Deploy-Stage-prod"},
         {0},
         TRUNK,
         "orders",
         ""},
        {"orders-dev", {"Source", "Deploy-Stage-dev"}, {0}, TRUNK, "orders-dev", ""},
        {"orders-dev", {"Source-dev", "Deploy-Stage-dev"}, {0}, GITFLOW, "orders", "dev"},
        {"a-b-prod",
         {"Source-prod", "ManualApproval-prod", "Deploy-Stage-prod"},
         {0},
         GITFLOW,
         "a-b",
         "prod"},
        {"x-pre-prod", {"Source-pre-prod", "Deploy-Stage-pre-prod"}, {0}, GITFLOW, "x", "pre-prod"},
    };

    check_cases(cases, ARRAY_LEN(cases));
}

static void test_fold_leaves_look_alikes_alone(void **state UNUSED)
{
    static const struct fold_case cases[] = {
        {"web", {"Source", "Build", "Deploy"}, {0}, UNMANAGED, "web", ""},
        {"web", {"Source"}, {0}, UNMANAGED, "web", ""},
        {"web", {0}, {0}, UNMANAGED, "web", ""},
        {"web", {"Source", "Deploy-Stage-"}, {0}, UNMANAGED, "web", ""},
        {"web", {"Source", "Deploy-Stage-dev", "Test"}, {0}, UNMANAGED, "web", ""},
        {"web", {"Source", "ManualApproval-dev"}, {0}, UNMANAGED, "web", ""},
        {"web", {"Source", "Deploy-Stage-dev", "ManualApproval-qa"}, {0}, UNMANAGED, "web", ""},
        {"web", {"Deploy-Stage-dev", "Source"}, {0}, UNMANAGED, "web", ""},
        {"web", {"source", "Deploy-Stage-dev"}, {0}, UNMANAGED, "web", ""},
        /* gitflow's name, approval and deploy must agree with its source */
        {"orders-qa", {"Source-dev", "Deploy-Stage-dev"}, {0}, UNMANAGED, "orders-qa", ""},
        {"orders-dev", {"Source-dev", "Deploy-Stage-qa"}, {0}, UNMANAGED, "orders-dev", ""},
        {"ordersdev", {"Source-dev", "Deploy-Stage-dev"}, {0}, UNMANAGED, "ordersdev", ""},
        {"-dev", {"Source-dev", "Deploy-Stage-dev"}, {0}, UNMANAGED, "-dev", ""},
        {"dev", {"Source-dev", "Deploy-Stage-dev"}, {0}, UNMANAGED, "dev", ""},
        {"orders-dev",
         {"Source-dev", "Deploy-Stage-dev", "Deploy-Stage-prod"},
         {0},
         UNMANAGED,
         "orders-dev",
         ""},
        {"orders-", {"Source-", "Deploy-Stage-"}, {0}, UNMANAGED, "orders-", ""},
    };

    check_cases(cases, ARRAY_LEN(cases));
}

static void test_fold_tags_win(void **state UNUSED)
{
    static const struct fold_case cases[] = {
        {"web",
         {"Source", "Build"},
         {"penstock:pipeline", "shop", "penstock:stage", "qa", "penstock:strategy", "gitflow"},
         GITFLOW,
         "shop",
         "qa"},
        {"web", {"Source", "Build"}, {"penstock:strategy", "trunk"}, TRUNK, "web", ""},
        {"web",
         {"Source", "Build"},
         {"penstock:pipeline", "shop", "penstock:strategy", "trunk", "penstock:stage", "qa"},
         TRUNK,
         "shop",
         ""},
        {"orders-dev",
         {"Source-dev", "Deploy-Stage-dev"},
         {"penstock:pipeline", "shop"},
         GITFLOW,
         "shop",
         "dev"},
        {"orders-dev",
         {"Source-dev", "Deploy-Stage-dev"},
         {"penstock:strategy", "trunk"},
         TRUNK,
         "orders-dev",
         ""},
        {"shop-qa",
         {"Build", "Ship"},
         {"penstock:strategy", "gitflow", "penstock:stage", "qa"},
         GITFLOW,
         "shop",
         "qa"},
        {"web",
         {"Build", "Ship"},
         {"penstock:pipeline", "shop", "penstock:stage", "qa"},
         GITFLOW,
         "shop",
         "qa"},
        {"web", {"Build", "Ship"}, {"penstock:pipeline", "shop"}, UNMANAGED, "shop", ""},
        /* empty and strange values say nothing */
        {"web", {"Build", "Ship"}, {"penstock:strategy", "magic"}, UNMANAGED, "web", ""},
        {"orders", {"Source", "Deploy-Stage-a"}, {"penstock:pipeline", ""}, TRUNK, "orders", ""},
        {"web", {"Build"}, {"Penstock:pipeline", "shop", "team", "x"}, UNMANAGED, "web", ""},
    };

    check_cases(cases, ARRAY_LEN(cases));
}

static void test_fold_stage_belongs_to_an_environment(void **state UNUSED)
{
    CHECK_SV(fold_stage_environment(SV("Deploy-Stage-dev")), SV("dev"));
    CHECK_SV(fold_stage_environment(SV("ManualApproval-pre-prod")), SV("pre-prod"));
    CHECK_SV(fold_stage_environment(SV("Source-dev")), SV("dev"));
    CHECK_SV(fold_stage_environment(SV("Source")), SV(""));
    CHECK_SV(fold_stage_environment(SV("Deploy-Stage-")), SV(""));
    CHECK_SV(fold_stage_environment(SV("deploy-stage-dev")), SV(""));
    CHECK_SV(fold_stage_environment(SV_NONE), SV(""));
}

static void test_fold_strategy_names_go_both_ways(void **state UNUSED)
{
    CHECK_INT(strategy_from_name(SV("trunk")), TRUNK);
    CHECK_INT(strategy_from_name(SV("gitflow")), GITFLOW);
    CHECK_INT(strategy_from_name(SV("Trunk")), UNMANAGED);
    CHECK_STR(strategy_name(GITFLOW), "gitflow");
    CHECK_STR(strategy_name(UNMANAGED), "unmanaged");
}

/* Source, dev, approval, prod, each done by execution e1 at 100, 200, ... */
static void make_trunk(struct stage_state *stages, struct action_state *actions)
{
    static const char *const names[] = {"Source", "Deploy-Stage-dev", "ManualApproval-dev",
                                        "Deploy-Stage-prod"};

    for (int i = 0; i < 4; i++) {
        actions[i] = (struct action_state){.name = SV("a"),
                                           .category = i == 2 ? SV("Approval") : SV("Build"),
                                           .status = STATUS_SUCCEEDED,
                                           .changed_at = (i + 1) * 100};
        stages[i] = (struct stage_state){.name = sv_of(names[i]),
                                         .status = STATUS_SUCCEEDED,
                                         .execution_id = SV("e1"),
                                         .transition_enabled = true,
                                         .actions = &actions[i],
                                         .action_count = 1};
    }
}

static void check_cell(const struct stage_state *stages, size_t count, size_t *at,
                       const char *environment, enum status status, bool is_held)
{
    struct cell_mark cell;

    REQUIRE(fold_cell_next(stages, count, at, &cell));
    CHECK_SV(cell.environment, sv_of(environment));
    CHECK_INT(cell.status, status);
    CHECK_INT(cell.is_held, is_held);
}

static void test_fold_cells_are_the_deploy_stages(void **state UNUSED)
{
    struct action_state actions[4];
    struct stage_state stages[4];
    struct cell_mark cell;
    size_t at = 0;

    make_trunk(stages, actions);
    stages[3].status = STATUS_FAILED;
    stages[3].execution_id = SV("e0");
    check_cell(stages, 4, &at, "dev", STATUS_SUCCEEDED, false);
    REQUIRE(fold_cell_next(stages, 4, &at, &cell));
    CHECK_SV(cell.environment, SV("prod"));
    CHECK_INT(cell.status, STATUS_FAILED);
    CHECK_SV(cell.execution_id, SV("e0"));
    CHECK_INT(cell.changed_at, 400);
    CHECK_TRUE(!fold_cell_next(stages, 4, &at, &cell));
    CHECK_TRUE(!fold_cell_next(stages, 4, &at, &cell));
    at = 0;
    CHECK_TRUE(!fold_cell_next(stages, 1, &at, &cell));
}

static void test_fold_cell_waits_behind_its_approval(void **state UNUSED)
{
    struct action_state actions[4];
    struct stage_state stages[4];
    size_t at = 0;

    make_trunk(stages, actions);
    stages[2].status = actions[2].status = STATUS_IN_PROGRESS;
    check_cell(stages, 4, &at, "dev", STATUS_SUCCEEDED, false);
    check_cell(stages, 4, &at, "prod", STATUS_WAITING, false);
    /* Without a stage behind it, it is the last environment's own. */
    at = 0;
    check_cell(stages, 3, &at, "dev", STATUS_WAITING, false);
}

static void test_fold_cell_is_held_by_either_transition(void **state UNUSED)
{
    struct action_state actions[4];
    struct stage_state stages[4];

    make_trunk(stages, actions);
    for (int held = 1; held < 4; held++) {
        size_t at = 0;

        stages[held].transition_enabled = false;
        check_cell(stages, 4, &at, "dev", STATUS_SUCCEEDED, held == 1);
        check_cell(stages, 4, &at, "prod", STATUS_SUCCEEDED, held > 1);
        stages[held].transition_enabled = true;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fold_names_of_data_all),
        TEST(test_fold_leaves_look_alikes_alone),
        TEST(test_fold_tags_win),
        TEST(test_fold_stage_belongs_to_an_environment),
        TEST(test_fold_strategy_names_go_both_ways),
        TEST(test_fold_cells_are_the_deploy_stages),
        TEST(test_fold_cell_waits_behind_its_approval),
        TEST(test_fold_cell_is_held_by_either_transition),
    };

    return RUN(tests);
}
