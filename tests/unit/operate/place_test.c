/* What NAME, STAGE and ACTION mean, for verbs and for what is typed. */
#include "core/operate/place.h"

#include "tests/unit/cache/fixture.h"

enum { STAGES_MAX = 6 };

struct stage_row {
    const char *name;
    const char *category; /* of its only action, which is called "Do" */
    enum status status;
};

static struct cache *cache;
static struct arena arena;

static int open_all(void **state UNUSED)
{
    cache = open_memory_cache();
    arena_init(&arena, 1 << 20);
    return 0;
}

static int close_all(void **state UNUSED)
{
    arena_release(&arena);
    cache_close(cache);
    return 0;
}

static void put(const char *name, const struct stage_row *rows, size_t count)
{
    struct sample s;
    struct action_def action_defs[STAGES_MAX] = {{.name = SV("Do")}};
    struct stage_def stage_defs[STAGES_MAX];
    struct action_state actions[STAGES_MAX];
    struct stage_state stages[STAGES_MAX];

    sample_fill(&s, name);
    for (size_t i = 0; i < count; i++) {
        bool waits = rows[i].status == STATUS_WAITING;

        action_defs[i] = (struct action_def){.name = SV("Do"), .category = sv_of(rows[i].category)};
        stage_defs[i] = (struct stage_def){sv_of(rows[i].name), &action_defs[i], 1};
        actions[i] = (struct action_state){.name = SV("Do"),
                                           .category = sv_of(rows[i].category),
                                           .status = rows[i].status,
                                           .has_token = waits,
                                           .percent = -1};
        stages[i] = (struct stage_state){.name = sv_of(rows[i].name),
                                         .status = waits ? STATUS_IN_PROGRESS : rows[i].status,
                                         .execution_id = SV("e1"),
                                         .transition_enabled = true,
                                         .actions = &actions[i],
                                         .action_count = 1};
    }
    s.def.stages = stage_defs;
    s.state.stages = stages;
    s.def.stage_count = s.state.stage_count = count;
    sample_put(cache, &s, 5000);
}

static void put_trunk(void)
{
    static const struct stage_row rows[] = {
        {"Source", "Source", STATUS_SUCCEEDED},
        {"Deploy-Stage-dev", "Build", STATUS_FAILED},
        {"ManualApproval-prod", "Approval", STATUS_WAITING},
        {"Check-prod", "Approval", STATUS_SUCCEEDED},
        {"Deploy-Stage-prod", "Build", STATUS_SUCCEEDED},
    };

    put("sales", rows, ARRAY_LEN(rows));
}

/* "PIPELINE/STAGE", else the sentence. */
static void check(const char *name, const char *stage, enum place_kind kind, bool is_strict,
                  const char *want)
{
    const struct place_choice how = {sv_of(stage), kind, is_strict, ""};
    const struct cache_pipeline *p = NULL;
    struct place_rows rows;
    struct sv found;
    struct err err = {0};
    char got[600];

    REQUIRE_OK(place_rows_load(cache, sv_of(name), NULL, NULL, &arena, &rows, &err), &err);
    REQUIRE(rows.count > 0);
    if (place_rows_choose(&rows, &how, &p, &found, &err))
        snprintf(got, sizeof got, "%s", err.text);
    else
        snprintf(got, sizeof got, SV_FMT "/" SV_FMT, SV_ARG(p->row.id.name), SV_ARG(found));
    CHECK_STR(got, want);
}

static void test_an_environment_is_the_stage_that_is_meant(void **state UNUSED)
{
    put_trunk();
    check("sales", "", PLACE_STAGE, true, "sales/");
    check("sales", "Source", PLACE_STAGE, true, "sales/Source");
    check("sales", "prod", PLACE_STAGE, true, "sales/Deploy-Stage-prod");
    check("sales", "prod", PLACE_APPROVAL, true, "sales/ManualApproval-prod");
    check("sales", "dev", PLACE_FAILED, true, "sales/Deploy-Stage-dev");
}

static void test_what_is_not_there_names_what_is(void **state UNUSED)
{
    put_trunk();
    check("sales", "nonsense", PLACE_FAILED, true,
          "sales has no stage or environment nonsense; it has: Source, Deploy-Stage-dev, "
          "ManualApproval-prod, Check-prod, Deploy-Stage-prod");
    check("sales", "nonsense", PLACE_FAILED, false, "sales/nonsense"); /* AWS is asked */
    put("new", NULL, 0);
    check("new", "Deploy", PLACE_STAGE, true, "new/Deploy"); /* its state was never read */
}

static void test_two_approvals_of_an_environment_are_told(void **state UNUSED)
{
    static const struct stage_row rows[] = {
        {"Source", "Source", STATUS_SUCCEEDED},
        {"Owner-ok", "Approval", STATUS_WAITING},
        {"Safety-ok", "Approval", STATUS_WAITING},
        {"Deploy-Stage-prod", "Build", STATUS_SUCCEEDED},
    };

    put("sales", rows, ARRAY_LEN(rows));
    check("sales", "prod", PLACE_APPROVAL, true,
          "approvals of prod wait in Owner-ok and Safety-ok: name the stage");
    check("sales", "Safety-ok", PLACE_APPROVAL, true, "sales/Safety-ok");
    check("sales", "prod", PLACE_STAGE, true, "sales/Deploy-Stage-prod");
}

static void put_gitflow(void)
{
    static const struct stage_row dev[] = {{"Source-dev", "Source", STATUS_SUCCEEDED},
                                           {"Deploy-Stage-dev", "Build", STATUS_SUCCEEDED}};
    static const struct stage_row prod[] = {{"Source-prod", "Source", STATUS_SUCCEEDED},
                                            {"Deploy-Stage-prod", "Build", STATUS_FAILED}};

    put("orders-dev", dev, ARRAY_LEN(dev));
    put("orders-prod", prod, ARRAY_LEN(prod));
}

static void test_a_stage_tells_which_part_of_a_logical_pipeline(void **state UNUSED)
{
    put_gitflow();
    check("orders", "prod", PLACE_FAILED, true, "orders-prod/Deploy-Stage-prod");
    check("orders", "", PLACE_STAGE, true,
          "\"orders\" means 2 pipelines (orders-dev, orders-prod): name one of them");
    check("orders", "test", PLACE_STAGE, false,
          "orders has no stage or environment test; it has: Source-dev, Deploy-Stage-dev, "
          "Source-prod, Deploy-Stage-prod");
}

static bool takes_prod(const void *owner, const struct pipeline_id *id)
{
    return sv_eq(id->name, sv_of(owner));
}

static void test_only_what_may_be_meant_is(void **state UNUSED)
{
    struct place_rows rows;
    struct err err = {0};

    put_gitflow();
    REQUIRE_OK(place_rows_load(cache, SV("orders"), takes_prod, "orders-prod", &arena, &rows, &err),
               &err);
    CHECK_INT(rows.count, 1);
    REQUIRE_OK(place_rows_load(cache, SV("nothing"), NULL, NULL, &arena, &rows, &err), &err);
    CHECK_INT(rows.count, 0);
}

static void test_an_action_that_is_not_there_names_those_that_are(void **state UNUSED)
{
    struct place_rows rows;
    struct err err = {0};

    put_trunk();
    REQUIRE_OK(place_rows_load(cache, SV("sales"), NULL, NULL, &arena, &rows, &err), &err);
    CHECK_INT(place_check_action(rows.items, SV("Source"), SV("Do"), PLACE_FAILED, &err), ERR_OK);
    CHECK_INT(place_check_action(rows.items, SV("Source"), SV("Ship"), PLACE_FAILED, &err),
              ERR_NOT_FOUND);
    CHECK_STR(err.text, "Source of sales has no action Ship; it has: Do");
    CHECK_INT(place_check_action(rows.items, SV("Source"), SV("Do"), PLACE_APPROVAL, &err),
              ERR_NOT_FOUND);
    CHECK_STR(err.text, "Source of sales has no approval Do; it has: none");
    CHECK_INT(place_check_action(rows.items, SV("unread"), SV("Do"), PLACE_FAILED, &err), ERR_OK);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define WITH(fn) cmocka_unit_test_setup_teardown(fn, open_all, close_all)
        WITH(test_an_environment_is_the_stage_that_is_meant),
        WITH(test_what_is_not_there_names_what_is),
        WITH(test_two_approvals_of_an_environment_are_told),
        WITH(test_a_stage_tells_which_part_of_a_logical_pipeline),
        WITH(test_only_what_may_be_meant_is),
        WITH(test_an_action_that_is_not_there_names_those_that_are),
    };

    return RUN(tests);
}
