/* Rules: what each kind answers follows from its configuration and the clock. */
#include "core/sandbox/rules.h"

#include "core/base/time.h"
#include "core/sandbox/shape.h"
#include "tests/unit/check.h"

static bool is_inside(const char *cron, const char *zone, const char *when)
{
    char why[RULE_WHY_MAX] = "";
    bool inside = false;
    int64_t ms = 0;

    REQUIRE(time_parse_rfc3339(sv_of(when), &ms));
    if (!window_read(sv_of(cron), sv_of(zone), ms, &inside, why)) {
        print_error("%s\n", why);
        CHECK_TRUE(false);
    }
    return inside;
}

/* 21 November 2026 is a Saturday. */
static void test_windows_are_read_as_quartz_reads_them(void **state UNUSED)
{
    static const struct {
        const char *cron;
        const char *zone;
        const char *when;
        bool inside;
    } rows[] = {
        {"* * * ? * *", "", "2026-11-21T12:00:30Z", true},
        {"* * 9-17 ? * MON-FRI", "", "2026-11-20T16:59:00Z", true},
        {"* * 9-17 ? * MON-FRI", "", "2026-11-20T18:00:00Z", false},
        {"* * 9-17 ? * MON-FRI", "", "2026-11-21T12:00:00Z", false},
        {"* * 9-17 ? * 2-6 *", "UTC+1", "2026-11-20T17:30:00Z", false},
        {"* * 9-17 ? * 2-6 *", "UTC-03:30", "2026-11-20T21:20:00Z", true},
        {"* * 22-4 ? * *", "Etc/UTC", "2026-11-20T23:00:00Z", true},
        {"* * 22-4 ? * *", "", "2026-11-20T03:59:00Z", true},
        {"* * 22-4 ? * *", "", "2026-11-20T12:00:00Z", false},
        {"* 0/15 * * * ?", "", "2026-11-20T12:45:00Z", true},
        {"* 0/15 * * * ?", "", "2026-11-20T12:46:00Z", false},
        {"* */20 * * * ?", "", "2026-11-20T12:40:00Z", true},
        {"* * * 1,20 NOV,DEC ?", "", "2026-11-20T12:00:00Z", true},
        {"* * * ? * * 2025-2026", "", "2026-11-20T12:00:00Z", true},
        {"* * * ? * * 2027", "", "2026-11-20T12:00:00Z", false},
        {"* * * L * ?", "", "2026-11-30T12:00:00Z", true},
        {"* * * L * ?", "", "2024-02-28T12:00:00Z", false},
        {"* * * L-3 * ?", "", "2026-11-27T12:00:00Z", true},
        {"* * * 15W * ?", "", "2026-11-16T12:00:00Z", true},
        {"* * * 1W * ?", "", "2026-08-03T12:00:00Z", true},
        {"* * * LW * ?", "", "2026-10-30T12:00:00Z", true},
        {"* * * ? * 6L", "", "2026-11-27T12:00:00Z", true},
        {"* * * ? * FRI#3", "", "2026-11-20T12:00:00Z", true},
        {"* * * ? * FRI#2", "", "2026-11-20T12:00:00Z", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (is_inside(rows[i].cron, rows[i].zone, rows[i].when) != rows[i].inside) {
            print_error("%s %s\n", rows[i].cron, rows[i].when);
            CHECK_TRUE(false);
        }
    }
}

static void test_what_is_no_window_is_refused(void **state UNUSED)
{
    static const char *const crons[] = {
        "",
        "* * * ? *",
        "* * * ? * * * *",
        "0 * * ? * *",
        "* 60 * ? * *",
        "* * 24 ? * *",
        "* * * 0 * ?",
        "* * * ? XYZ *",
        "* * * ? * 8",
        "* a * ? * *",
        "* 5/0 * ? * *",
        "* * * ? * FRI#6",
        "* * * W * ?",
        "* 1,99 * ? * *",
    };
    char why[RULE_WHY_MAX];
    bool inside;

    for (size_t i = 0; i < ARRAY_LEN(crons); i++) {
        if (window_read(sv_of(crons[i]), SV(""), 0, &inside, why)) {
            print_error("taken: %s\n", crons[i]);
            CHECK_TRUE(false);
        }
    }
    CHECK_TRUE(!window_read(SV("* * * ? * *"), SV("Mars/Base"), 0, &inside, why));
    CHECK_TRUE(!window_read(SV("* * * ? * *"), SV("UTC+15"), 0, &inside, why));
}

struct scene {
    struct world w;
    struct pipe *p;
    struct run *run;
    struct err err;
};

static const struct variable ticket = {"TICKET", "CHG12", "of the change"};

static void open_scene(struct scene *s)
{
    const struct shape *shape;
    struct place *place;

    *s = (struct scene){0};
    world_init(&s->w, 1000000);
    REQUIRE_OK(shape_parse(&s->w, SV("Source:Repo=C"), &shape, &s->err), &s->err);
    REQUIRE_OK(world_place(&s->w, SV("111111111111"), SV("eu-west-1"), &place, &s->err), &s->err);
    REQUIRE_OK(world_add_pipe(&s->w, place, "lake", shape, &s->p, &s->err), &s->err);
    s->p->variables = &ticket;
    s->p->variable_count = 1;
    REQUIRE_OK(pipe_add_run(&s->w, s->p, 1, &s->run, &s->err), &s->err);
}

static struct rule_answer ask(struct scene *s, const char *provider, const char *configuration)
{
    struct rule_answer answer;
    char json[600];
    struct rule_shape rule = {"Rule", json};

    (void)snprintf(json, sizeof json,
                   "{\"name\":\"Rule\",\"ruleTypeId\":{\"provider\":\"%s\"},\"configuration\":%s}",
                   provider, configuration);
    REQUIRE_OK(rule_ask(s->p, s->run, &rule, s->w.now_ms, &answer, &s->err), &s->err);
    return answer;
}

#define CHECK_OF(op, value)                                                                        \
    "{\"Variable\":\"#{variables.TICKET}\",\"Operator\":\"" op "\",\"Value\":\"" value "\"}"

static void test_variables_are_checked_with_each_operator(void **state UNUSED)
{
    struct scene s;

    open_scene(&s);
    CHECK_TRUE(ask(&s, "VariableCheck", CHECK_OF("EQ", "CHG12")).is_good);
    CHECK_TRUE(!ask(&s, "VariableCheck", CHECK_OF("NE", "CHG12")).is_good);
    CHECK_TRUE(ask(&s, "VariableCheck", CHECK_OF("CONTAINS", "HG1")).is_good);
    CHECK_TRUE(ask(&s, "VariableCheck", CHECK_OF("MATCHES", "CHG[0-9]+")).is_good);
    CHECK_TRUE(!ask(&s, "VariableCheck", CHECK_OF("MATCHES", "HG[0-9]+")).is_good);
    CHECK_STR(ask(&s, "VariableCheck", CHECK_OF("MATCHES", "(")).code, "ConfigurationError");
    CHECK_STR(ask(&s, "VariableCheck", CHECK_OF("MATCHES", "a{1,255}")).code, "ConfigurationError");
    s.run->given = "{\"variables\":{\"TICKET\":\"other\"}}";
    CHECK_TRUE(ask(&s, "VariableCheck", CHECK_OF("EQ", "other")).is_good);
    CHECK_STR(ask(&s, "VariableCheck", "{\"Variable\":\"#{variables.NONE}\"}").code,
              "ConfigurationError");
    world_release(&s.w);
}

static void test_functions_do_what_their_parameters_say(void **state UNUSED)
{
    struct rule_answer answer;
    struct scene s;

    open_scene(&s);
    CHECK_TRUE(ask(&s, "LambdaInvoke", "{\"FunctionName\":\"f\"}").is_good);
    answer = ask(&s, "LambdaInvoke",
                 "{\"FunctionName\":\"f\",\"UserParameters\":\"{\\\"fail\\\":\\\"too slow\\\"}\"}");
    CHECK_TRUE(!answer.is_good && answer.code == NULL);
    CHECK_STR(answer.why, "too slow");
    CHECK_STR(ask(&s, "CloudWatchAlarm", "{\"AlarmName\":\"a\"}").code, "JobFailed");
    CHECK_STR(ask(&s, "Nothing", "{}").code, "JobFailed");
    world_release(&s.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_windows_are_read_as_quartz_reads_them),
        TEST(test_what_is_no_window_is_refused),
        TEST(test_variables_are_checked_with_each_operator),
        TEST(test_functions_do_what_their_parameters_say),
    };

    return RUN(tests);
}
