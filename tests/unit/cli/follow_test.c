#include "core/cli/follow.h"

#include "tests/unit/check.h"

/* Stages as "execution:status[<inbound]", oldest stage first. */
struct place {
    const char *execution;
    enum status status;
    const char *inbound;
};

static enum status of(const struct place *places, size_t count, const char *execution)
{
    struct stage_state stages[4] = {0};
    struct pipeline_state state = {.stages = stages, .stage_count = count};

    for (size_t i = 0; i < count; i++) {
        stages[i] = (struct stage_state){
            .execution_id = sv_of(places[i].execution),
            .status = places[i].status,
            .inbound_id = sv_of(places[i].inbound),
            .inbound_status = places[i].inbound == NULL ? STATUS_NONE : STATUS_IN_PROGRESS};
    }
    return follow_status(&state, sv_of(execution));
}

static void test_an_older_execution_is_found_where_it_is(void **state UNUSED)
{
    static const struct {
        struct place places[3];
        enum status want;
    } cases[] = {
        {{{"new", STATUS_IN_PROGRESS, NULL}, {"old", STATUS_IN_PROGRESS, NULL}, {"", 0, NULL}},
         STATUS_IN_PROGRESS},
        {{{"new", STATUS_SUCCEEDED, NULL}, {"new", STATUS_SUCCEEDED, "old"}, {"", 0, NULL}},
         STATUS_IN_PROGRESS},
        {{{"new", STATUS_SUCCEEDED, NULL},
          {"new", STATUS_IN_PROGRESS, NULL},
          {"old", STATUS_SUCCEEDED, NULL}},
         STATUS_SUCCEEDED},
        {{{"new", STATUS_SUCCEEDED, NULL},
          {"old", STATUS_FAILED, NULL},
          {"x", STATUS_SUCCEEDED, NULL}},
         STATUS_FAILED},
        /* Through a stage and nowhere else: superseded, or between two stages. */
        {{{"new", STATUS_SUCCEEDED, NULL},
          {"old", STATUS_SUCCEEDED, NULL},
          {"x", STATUS_SUCCEEDED, NULL}},
         STATUS_UNKNOWN},
        {{{"new", STATUS_SUCCEEDED, NULL},
          {"new", STATUS_SUCCEEDED, NULL},
          {"new", STATUS_SUCCEEDED, NULL}},
         STATUS_UNKNOWN},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK_INT(of(cases[i].places, 3, "old"), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_older_execution_is_found_where_it_is),
    };

    return RUN(tests);
}
