/* Permissions asked of IAM's simulator: what is kept of its answer, and that a caller who may not
 * ask is left alone. */
#include "core/operate/permissions.h"

#include "tests/unit/deploy/twin.h"

#define IS_ASSUMED                                                                                 \
    {                                                                                              \
        .to = "Action=GetCallerIdentity",                                                          \
        .body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::"           \
                "111111111111:assumed-role/Ops/ana"                                                \
                "</Arn><UserId>AROA</UserId><Account>111111111111</Account>"                       \
                "</GetCallerIdentityResult></GetCallerIdentityResponse>",                          \
        .is_any_time = true                                                                        \
    }
#define ROW(action, decision, more)                                                                \
    "<member><EvalActionName>codepipeline:" action "</EvalActionName>"                             \
    "<EvalResourceName>arn</EvalResourceName><EvalDecision>" decision "</EvalDecision>" more       \
    "</member>"
#define SIMULATED(rows, more)                                                                      \
    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>" rows     \
    "</EvaluationResults>" more                                                                    \
    "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
#define ASKED(needs_text, text)                                                                    \
    {                                                                                              \
        .to = "Action=SimulatePrincipalPolicy", .body = (text), .needs = (needs_text)              \
    }

static const char user[] = "arn:aws:iam::111111111111:user/ana";
static const char role[] = "arn:aws:sts::111111111111:assumed-role/Ops";
static const struct pipeline_id sales = {
    {"aws", 3}, {"111111111111", 12}, {"eu-west-1", 9}, {"sales", 5}};

struct story {
    struct twin twin;
    struct cache *cache;
    struct operand what;
};

static enum err_code run(struct task *task, void *owner, struct err *err)
{
    struct story *s = owner;

    return permissions_simulate(task, &s->twin.deploy, &s->what, err);
}

/* A pipeline with a stage that approves; then the simulator is asked. */
static void tell(struct story *s, const struct answer *answers, size_t count)
{
    const struct action_def action_def = {.name = SV("Ok"), .category = SV("Approval")};
    const struct stage_def stage_def = {SV("Gate"), &action_def, 1};
    const struct pipeline_def def = {.name = SV("sales"), .stages = &stage_def, .stage_count = 1};
    const struct action_state action = {.name = SV("Ok"), .category = SV("Approval")};
    const struct stage_state stage = {.name = SV("Gate"), .actions = &action, .action_count = 1};
    const struct pipeline_state state = {.name = SV("sales"), .stages = &stage, .stage_count = 1};
    struct cache_options options = {.in_memory = true};
    bool changed;
    struct err notice;
    struct err err = {0};

    *s = (struct story){.what = {.id = sales}};
    REQUIRE_OK(cache_open(&options, &s->cache, &notice, &err), &err);
    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(s->cache, &sales, &def, NULL, 0, 1, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(s->cache, &sales, &state, NULL, 1, &changed, &err), &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    twin_open(&s->twin, answers, count);
    s->twin.deploy.cache = s->cache;
    CHECK_INT(twin_run(&s->twin, run, s), ERR_OK);
}

static void end(struct story *s, const struct answer *answers, size_t count)
{
    twin_close(&s->twin, answers, count);
    cache_close(s->cache);
}

enum known { NOT_KNOWN, KNOWN_DENIED, KNOWN_ALLOWED };

static enum known known_of(const struct story *s, const char *caller, const char *iam)
{
    struct permission p = {.partition = SV("aws"),
                           .account = SV("111111111111"),
                           .caller = sv_of(caller),
                           .iam_action = sv_of(iam),
                           .resource = SV("sales")};

    if (cache_get_permission(s->cache, &p, NULL))
        return NOT_KNOWN;
    return p.is_allowed ? KNOWN_ALLOWED : KNOWN_DENIED;
}

static void test_what_is_denied_everywhere_is_denied(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        ASKED("ResourceArns.member.3=arn%3Aaws%3Acodepipeline%3Aeu-west-1%3A111111111111%3Asales%2F"
              "Gate%2FOk",
              SIMULATED(ROW("StartPipelineExecution", "implicitDeny", "")
                            ROW("StartPipelineExecution", "explicitDeny", "")
                                ROW("PutApprovalResult", "implicitDeny", "")
                                    ROW("PutApprovalResult", "allowed", "")
                                        ROW("RollbackStage", "implicitDeny",
                                            "<MissingContextValues><member>aws:SourceIp</member>"
                                            "</MissingContextValues>"),
                        ""))};
    struct story s;

    tell(&s, answers, ARRAY_LEN(answers));
    CHECK_INT(known_of(&s, user, "codepipeline:StartPipelineExecution"), KNOWN_DENIED);
    CHECK_INT(known_of(&s, user, "codepipeline:PutApprovalResult"), KNOWN_ALLOWED);
    /* It may turn on what the simulator was not told. */
    CHECK_INT(known_of(&s, user, "codepipeline:RollbackStage"), KNOWN_ALLOWED);
    CHECK_INT(known_of(&s, user, "codepipeline:RetryStageExecution"), NOT_KNOWN);
    CHECK_TRUE(!permissions_are_due(s.cache, &sales, sv_of(user), time_wall_ms()));
    CHECK_TRUE(
        permissions_are_due(s.cache, &sales, sv_of(user), time_wall_ms() + PERMISSIONS_MS + 60000));
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_cut_answer_denies_nothing(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, ASKED("PolicySourceArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Auser%2Fana",
                         SIMULATED(ROW("StartPipelineExecution", "implicitDeny", "")
                                       ROW("RollbackStage", "allowed", ""),
                                   "<IsTruncated>true</IsTruncated>"))};
    struct story s;

    tell(&s, answers, ARRAY_LEN(answers));
    CHECK_INT(known_of(&s, user, "codepipeline:StartPipelineExecution"), NOT_KNOWN);
    CHECK_INT(known_of(&s, user, "codepipeline:RollbackStage"), KNOWN_ALLOWED);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_an_assumed_role_is_simulated_by_its_own_arn(void **state UNUSED)
{
    static const struct answer answers[] = {
        IS_ASSUMED,
        {.to = "Action=GetRole",
         .body = "<GetRoleResponse><GetRoleResult><Role><RoleName>Ops</RoleName>"
                 "<Arn>arn:aws:iam::111111111111:role/sso/Ops</Arn>"
                 "<AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument></Role>"
                 "</GetRoleResult></GetRoleResponse>",
         .needs = "RoleName=Ops"},
        ASKED("PolicySourceArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fsso%2FOps",
              SIMULATED(ROW("StopPipelineExecution", "implicitDeny", ""), ""))};
    struct story s;

    tell(&s, answers, ARRAY_LEN(answers));
    /* Kept without the session, whoever it is next time. */
    CHECK_INT(known_of(&s, role, "codepipeline:StopPipelineExecution"), KNOWN_DENIED);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_who_may_not_ask_is_left_alone(void **state UNUSED)
{
    static const struct answer answers[] = {
        IS_ASSUMED,
        {.to = "Action=GetRole", .error = "AccessDenied", .body = "not authorized"},
        {.to = "Action=SimulatePrincipalPolicy",
         .error = "AccessDenied",
         .body = "not authorized",
         .needs = "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2FOps"}};
    struct story s;

    tell(&s, answers, ARRAY_LEN(answers));
    CHECK_INT(known_of(&s, role, "codepipeline:StopPipelineExecution"), NOT_KNOWN);
    CHECK_TRUE(!permissions_are_due(s.cache, &sales, sv_of(role), time_wall_ms()));
    end(&s, answers, ARRAY_LEN(answers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_denied_everywhere_is_denied),
        TEST(test_a_cut_answer_denies_nothing),
        TEST(test_an_assumed_role_is_simulated_by_its_own_arn),
        TEST(test_who_may_not_ask_is_left_alone),
    };

    return RUN(tests);
}
