/* The one door for writes: whose account it is, what the audit log has, and what is never sent. */
#include "core/deploy/deploy.h"

#include "tests/unit/deploy/twin.h"

#define REPOSITORY                                                                                 \
    {                                                                                              \
        .to = ".CreateRepository\r", .body = "{\"repositoryMetadata\":{\"repositoryName\":\"r\"}}" \
    }

struct want {
    struct deploy *deploy;
    struct aws_session *session;
    struct sv account;
    int times;
    enum err_code last;
    char error_name[64];
};

static enum err_code write_once(struct task *task, struct want *w, struct err *err)
{
    const struct aws_reply *reply = NULL;
    struct write write = {.session = w->session == NULL ? w->deploy->home : w->session,
                          .account = w->account,
                          .op = OP_CREATE_REPOSITORY,
                          .body = SV("{\"repositoryName\":\"r\"}"),
                          .text = "create the repository r",
                          .iam = "codecommit:CreateRepository",
                          .target = SV("r"),
                          .resource = SV("r"),
                          .reason = SV("orders need it"),
                          .before = SV("there is none")};

    w->last = deploy_write(task, w->deploy, &write, &reply, err);
    if (reply != NULL)
        snprintf(w->error_name, sizeof w->error_name, SV_FMT, SV_ARG(reply->error_name));
    return w->last;
}

static enum err_code do_writes(struct task *task, void *owner, struct err *err)
{
    struct want *w = owner;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < w->times && !rc; i++)
        rc = write_once(task, w, err);
    return rc;
}

static void test_a_write_is_in_the_audit_log_before_and_after(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, REPOSITORY, REPOSITORY};
    struct twin s;
    char log[8192];

    twin_open(&s, answers, ARRAY_LEN(answers));
    snprintf(s.deploy.action, sizeof s.deploy.action, "create orders");
    struct want w = {.deploy = &s.deploy, .account = SV("111111111111"), .times = 2};

    REQUIRE_OK(twin_run(&s, do_writes, &w), &s.err);
    CHECK_INT(twin_asked(&s, "Action=GetCallerIdentity"), 1);
    twin_audit(&s, log, sizeof log);
    const char *sent = strstr(log, "\"sent\"");
    const char *done = strstr(log, "\"done\"");

    REQUIRE(sent != NULL && done != NULL);
    CHECK_TRUE(sent < done);
    CHECK_TRUE(strstr(done, "\"sent\"") != NULL);
    CHECK_TRUE(strstr(log, "create orders") != NULL);
    CHECK_TRUE(strstr(log, "CreateRepository") != NULL);
    CHECK_TRUE(strstr(log, "create the repository r") != NULL);
    CHECK_TRUE(strstr(log, "r-1") != NULL);
    CHECK_TRUE(strstr(log, "repositoryName") == NULL);
    CHECK_TRUE(strstr(log, "secret") == NULL);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_nothing_is_written_into_another_account(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = "Action=GetCallerIdentity", .body = TWIN_CALLER("222222222222")}};
    struct twin s;
    char log[8192];

    twin_open(&s, answers, ARRAY_LEN(answers));
    struct want w = {.deploy = &s.deploy, .account = SV("111111111111"), .times = 1};

    CHECK_INT(twin_run(&s, do_writes, &w), ERR_CONFIG);
    CHECK_TRUE(strstr(s.err.text, "222222222222") != NULL);
    CHECK_TRUE(strstr(s.err.text, "111111111111") != NULL);
    twin_audit(&s, log, sizeof log);
    CHECK_TRUE(strstr(log, "\"refused\"") != NULL);
    CHECK_TRUE(strstr(log, "the credentials are of account 222222222222") != NULL);
    CHECK_TRUE(strstr(log, "\"sent\"") == NULL);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_read_only_asks_nothing_and_is_audited(void **state UNUSED)
{
    struct twin s;
    char log[8192];

    twin_open(&s, NULL, 0);
    s.deploy.is_read_only = true;
    struct want w = {.deploy = &s.deploy, .account = SV("111111111111"), .times = 1};

    CHECK_INT(twin_run(&s, do_writes, &w), ERR_USAGE);
    CHECK_STR(s.err.text, "penstock is read-only here: it will not create the repository r");
    CHECK_INT(s.heard->count, 0);
    twin_audit(&s, log, sizeof log);
    CHECK_TRUE(strstr(log, "\"refused\"") != NULL);
    CHECK_TRUE(strstr(log, "read-only here: it will not create the repository r") != NULL);
    CHECK_TRUE(strstr(log, "\"sent\"") == NULL);
    twin_close(&s, NULL, 0);
}

static void test_a_log_that_cannot_be_written_stops_the_write(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME};
    struct twin s;

    twin_open(&s, answers, ARRAY_LEN(answers));
    s.deploy.audit_dir = "/proc/nowhere";
    struct want w = {.deploy = &s.deploy, .account = SV("111111111111"), .times = 1};

    CHECK_TRUE(twin_run(&s, do_writes, &w) != ERR_OK);
    CHECK_TRUE(strstr(s.err.text, "nothing was sent") != NULL);
    CHECK_INT(twin_asked(&s, ".CreateRepository\r"), 0);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_refused_write_is_failed_with_its_reason(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, {.to = ".CreateRepository\r", .error = "RepositoryNameExistsException"}};
    struct twin s;
    char log[8192];

    twin_open(&s, answers, ARRAY_LEN(answers));
    struct want w = {.deploy = &s.deploy, .account = SV("111111111111"), .times = 1};

    CHECK_TRUE(twin_run(&s, do_writes, &w) != ERR_OK);
    CHECK_STR(w.error_name, "RepositoryNameExistsException");
    twin_audit(&s, log, sizeof log);
    CHECK_TRUE(strstr(log, "\"failed\"") != NULL);
    CHECK_TRUE(strstr(log, "says AWS") != NULL);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_write_whose_answer_is_lost_is_unknown_and_not_sent_twice(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME,
                                            {.to = ".CreateRepository\r", .is_cut = true}};
    struct twin s;
    char log[8192];

    twin_open(&s, answers, ARRAY_LEN(answers));
    struct want w = {.deploy = &s.deploy, .account = SV("111111111111"), .times = 1};

    CHECK_TRUE(twin_run(&s, do_writes, &w) != ERR_OK);
    CHECK_INT(twin_asked(&s, ".CreateRepository\r"), 1);
    twin_audit(&s, log, sizeof log);
    CHECK_TRUE(strstr(log, "\"unknown\"") != NULL);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_write_tells_its_target_and_reason(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, {.to = ".CreateRepository\r", .body = "{\"pipelineExecutionId\":\"e-17\"}"}};
    struct twin s;
    char log[8192];

    twin_open(&s, answers, ARRAY_LEN(answers));
    struct want w = {.deploy = &s.deploy, .account = SV("111111111111"), .times = 1};

    REQUIRE_OK(twin_run(&s, do_writes, &w), &s.err);
    twin_audit(&s, log, sizeof log);
    CHECK_TRUE(strstr(log, "\"target\":\"r\"") != NULL);
    CHECK_TRUE(strstr(log, "\"reason\":\"orders need it\"") != NULL);
    CHECK_TRUE(strstr(log, "\"before\":\"there is none\"") != NULL);
    CHECK_TRUE(strstr(log, "\"after\":\"execution e-17\"") != NULL);
    CHECK_TRUE(strstr(log, "\"caller\":\"arn:aws:iam::111111111111:user/ana\"") != NULL);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

/* ---- permissions ---- */

static struct permission known(struct cache *cache, const char *iam)
{
    struct permission p = {.partition = SV("aws"),
                           .account = SV("111111111111"),
                           .caller = SV("arn:aws:iam::111111111111:user/ana"),
                           .iam_action = sv_of(iam),
                           .resource = SV("r")};
    struct err err = {0};

    REQUIRE_OK(cache_get_permission(cache, &p, &err), &err);
    return p;
}

static void test_what_aws_denies_and_allows_is_kept(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".CreateRepository\r",
         .error = "AccessDeniedException",
         .body = "User: arn:aws:iam::111111111111:user/ana is not authorized to perform: "
                 "kms:Encrypt on resource: arn:aws:kms:eu-west-1:111111111111:key/1"},
        {.to = ".CreateRepository\r", .error = "AccessDeniedException"},
        REPOSITORY};
    const struct cache_options options = {.in_memory = true};
    struct err err = {0};
    struct cache *cache;
    struct twin s;

    REQUIRE_OK(cache_open(&options, &cache, &err, &err), &err);
    twin_open(&s, answers, ARRAY_LEN(answers));
    s.deploy.cache = cache;
    struct want w = {.deploy = &s.deploy, .account = SV("111111111111"), .times = 1};

    CHECK_INT(twin_run(&s, do_writes, &w), ERR_DENIED);
    CHECK_TRUE(!known(cache, "kms:Encrypt").is_allowed);
    CHECK_INT(twin_run(&s, do_writes, &w), ERR_DENIED);
    CHECK_TRUE(!known(cache, "codecommit:CreateRepository").is_allowed);
    REQUIRE_OK(twin_run(&s, do_writes, &w), &s.err);
    CHECK_TRUE(known(cache, "codecommit:CreateRepository").is_allowed);
    twin_close(&s, answers, ARRAY_LEN(answers));
    cache_close(cache);
}

/* ---- environments ---- */

#define KEYS(key)                                                                                  \
    "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId>"    \
    "<Arn>arn:aws:sts::222222222222:assumed-role/reach/s</Arn></AssumedRoleUser><Credentials>"     \
    "<AccessKeyId>" key "</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"                       \
    "<SessionToken>t-" key                                                                         \
    "</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"                   \
    "</AssumeRoleResult></AssumeRoleResponse>"

static enum err_code reach_and_write(struct task *task, void *owner, struct err *err)
{
    struct want *w = owner;
    struct environment dev = {.name = SV("dev"),
                              .account = SV("222222222222"),
                              .region = SV("eu-west-1"),
                              .profile = SV(""),
                              .role_arn = SV("arn:aws:iam::222222222222:role/reach"),
                              .external_id = SV("")};
    enum err_code rc = deploy_reach(task, w->deploy, &dev, &w->session, err);

    return rc ? rc : do_writes(task, owner, err);
}

static void test_an_environment_of_another_account_is_not_reached(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = "Action=AssumeRole", .body = KEYS("AKIDONE")},
        {.to = "Action=GetCallerIdentity", .body = TWIN_CALLER("333333333333")}};
    struct twin s;

    twin_open(&s, answers, ARRAY_LEN(answers));
    struct want w = {.deploy = &s.deploy, .account = SV("222222222222")};

    CHECK_INT(twin_run(&s, reach_and_write, &w), ERR_CONFIG);
    CHECK_TRUE(strstr(s.err.text, "environment dev") != NULL);
    CHECK_TRUE(strstr(s.err.text, "333333333333") != NULL);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_new_credentials_are_looked_at_before_the_next_write(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = "Action=AssumeRole", .body = KEYS("AKIDONE")},
        {.to = "Action=GetCallerIdentity", .body = TWIN_CALLER("222222222222")},
        {.to = ".CreateRepository\r", .error = "ExpiredTokenException", .needs = "AKIDONE"},
        {.to = "Action=AssumeRole", .body = KEYS("AKIDTWO")},
        {.to = ".CreateRepository\r", .body = "{}", .needs = "AKIDTWO"},
        {.to = "Action=GetCallerIdentity", .body = TWIN_CALLER("333333333333")}};
    struct twin s;

    twin_open(&s, answers, ARRAY_LEN(answers));
    struct want w = {.deploy = &s.deploy, .account = SV("222222222222"), .times = 2};

    CHECK_INT(twin_run(&s, reach_and_write, &w), ERR_CONFIG);
    CHECK_TRUE(strstr(s.err.text, "333333333333") != NULL);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_role_is_assumed_in_the_name_of_who_is_known(void **state UNUSED)
{
    static const struct {
        const char *caller;
        struct answer answers[2];
    } cases[] = {
        {"arn:aws:iam::111111111111:user/ana",
         {{.to = "Action=AssumeRole",
           .body = KEYS("AKIDONE"),
           .needs = "RoleSessionName=penstock-ana"},
          {.to = "Action=GetCallerIdentity", .body = TWIN_CALLER("222222222222")}}},
        {"arn:aws:sts::111111111111:assumed-role/Ops/penstock-ben",
         {{.to = "Action=AssumeRole",
           .body = KEYS("AKIDONE"),
           .needs = "RoleSessionName=penstock-ben"},
          {.to = "Action=GetCallerIdentity", .body = TWIN_CALLER("222222222222")}}},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct twin s;

        twin_open(&s, cases[i].answers, 2);
        struct want w = {.deploy = &s.deploy, .account = SV("222222222222")};

        snprintf(s.deploy.caller, sizeof s.deploy.caller, "%s", cases[i].caller);
        CHECK_INT(twin_run(&s, reach_and_write, &w), ERR_OK);
        twin_close(&s, cases[i].answers, 2);
    }
}

static enum err_code load(struct task *task, void *owner, struct err *err)
{
    return deploy_load(task, owner, err);
}

static void test_environments_that_cannot_be_read_hide_no_others(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".GetParametersByPath\r",
         .body = "{\"Parameters\":[{\"Name\":\"/penstock/environments/bad\",\"Value\":\"no "
                 "json\",\"Type\":\"String\",\"Version\":1},{\"Name\":\"/penstock/environments/"
                 "dev\",\"Value\":"
                 "\"{\\\"schema\\\":1,\\\"name\\\":\\\"dev\\\",\\\"kind\\\":\\\"target\\\","
                 "\\\"account\\\":\\\"222222222222\\\",\\\"region\\\":\\\"eu-west-1\\\"}\","
                 "\"Type\":\"String\",\"Version\":7}]}"}};
    const struct environment *found;
    struct twin s;
    struct err err = {0};

    twin_open(&s, answers, ARRAY_LEN(answers));
    REQUIRE_OK(twin_run(&s, load, &s.deploy), &s.err);
    CHECK_INT(s.deploy.environment_count, 1);
    REQUIRE_OK(deploy_environment(&s.deploy, SV("dev"), &found, &err), &err);
    CHECK_INT(found->version, 7);
    CHECK_INT(deploy_environment(&s.deploy, SV("prod"), &found, &err), ERR_NOT_FOUND);
    CHECK_STR(err.text,
              "there is no environment prod in account 111111111111, eu-west-1; there are: dev");
    CHECK_STR(s.deploy.caller, "arn:aws:iam::111111111111:user/ana");
    twin_close(&s, answers, ARRAY_LEN(answers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_write_is_in_the_audit_log_before_and_after),
        TEST(test_nothing_is_written_into_another_account),
        TEST(test_a_write_tells_its_target_and_reason),
        TEST(test_what_aws_denies_and_allows_is_kept),
        TEST(test_read_only_asks_nothing_and_is_audited),
        TEST(test_a_log_that_cannot_be_written_stops_the_write),
        TEST(test_a_refused_write_is_failed_with_its_reason),
        TEST(test_a_write_whose_answer_is_lost_is_unknown_and_not_sent_twice),
        TEST(test_an_environment_of_another_account_is_not_reached),
        TEST(test_new_credentials_are_looked_at_before_the_next_write),
        TEST(test_a_role_is_assumed_in_the_name_of_who_is_known),
        TEST(test_environments_that_cannot_be_read_hide_no_others),
    };

    return RUN(tests);
}
