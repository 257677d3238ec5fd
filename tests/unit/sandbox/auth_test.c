/* Signatures: what our own signer makes is accepted, anything else gets AWS's error. */
#include "core/sandbox/auth.h"

#include "core/aws/cred.h"
#include "core/base/time.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/iam_resource.h"
#include "core/sandbox/service.h"
#include "tests/unit/check.h"

enum { NOW_S = 1795228800 };

static const int64_t NOW_MS = NOW_S * 1000LL;

struct scene {
    struct auth *auth;
    struct sign_keys *keys;
    struct cred cred;
    struct request request;
    struct reply reply;
    struct sb authorization;
    struct sb query;
    char date[TIME_AMZ_SIZE];
    struct err err;
};

static void open_scene(struct scene *s)
{
    *s = (struct scene){0};
    REQUIRE_OK(auth_new(&s->auth, &s->err), &s->err);
    REQUIRE_OK(sign_keys_new(&s->keys, &s->err), &s->err);
    cred_init(&s->cred);
    reply_init(&s->reply);
    sb_init(&s->authorization, 4096);
    sb_init(&s->query, 4096);
    s->request.method = SV("POST");
    s->request.path = SV("/");
    s->request.query = SV("");
    s->request.body = SV("{}");
    s->request.dialect = DIALECT_JSON;
}

static void close_scene(struct scene *s)
{
    /* The credentials' texts are literals or on the test's stack: nothing of theirs to free. */
    sb_release(&s->authorization);
    sb_release(&s->query);
    reply_release(&s->reply);
    sign_keys_free(s->keys);
    auth_free(s->auth);
}

static void add_header(struct scene *s, const char *name, struct sv value)
{
    s->request.headers[s->request.header_count++] =
        (struct http_header){.name = sv_of(name), .value = value};
}

static struct sign_input input(struct scene *s, const char *hash, int64_t time_ms)
{
    return (struct sign_input){.method = s->request.method,
                               .path = s->request.path,
                               .query = s->request.query,
                               .headers = s->request.headers,
                               .header_count = s->request.header_count,
                               .payload_hash = sv_of(hash),
                               .region = SV("eu-west-1"),
                               .service = SV("codepipeline"),
                               .time_ms = time_ms};
}

/* Sign with the header form as a client does. */
static void sign(struct scene *s, char *key, char *secret, char *token, int64_t time_ms)
{
    char hash[SIGN_HEX_SIZE];
    struct sign_input in;

    s->cred.access_key = key;
    s->cred.secret_key = secret;
    s->cred.token = token;
    add_header(s, "host", SV("127.0.0.1:1234"));
    add_header(s, "x-amz-target", SV("CodePipeline_20150709.ListPipelines"));
    REQUIRE_OK(sign_hash(s->request.body, hash, &s->err), &s->err);
    in = input(s, hash, time_ms);
    REQUIRE_OK(sign_header(s->keys, &s->cred, &in, &s->authorization, &s->err), &s->err);
    add_header(s, "x-amz-date", sv_of(time_amz(time_ms, s->date)));
    if (token != NULL)
        add_header(s, "x-amz-security-token", sv_of(token));
    add_header(s, "authorization", sb_sv(&s->authorization));
    CHECK_TRUE(auth_scope(&s->request));
}

static char cicd_key[] = "AKIAPENSTOCKCICD0001";

/* A copy that can be given as a credential, which is not const. */
static char *cicd_secret(void)
{
    static char secret[64];

    (void)snprintf(secret, sizeof secret, "%s", account_secret(ACCOUNT_CICD));
    return secret;
}

static void expect_refusal(struct scene *s, int64_t now_ms, const char *code)
{
    CHECK_TRUE(!auth_check(s->auth, &s->request, now_ms, &s->reply));
    CHECK_STR(s->reply.error, code);
}

static void test_our_own_signature_is_good(void **state)
{
    struct scene s;

    (void)state;
    open_scene(&s);
    sign(&s, cicd_key, cicd_secret(), NULL, NOW_MS);
    CHECK_TRUE(auth_check(s.auth, &s.request, NOW_MS, &s.reply));
    CHECK_SV(s.request.who.account, SV("111111111111"));
    CHECK_SV(s.request.service, SV("codepipeline"));
    CHECK_SV(s.request.region, SV("eu-west-1"));
    close_scene(&s);
}

static void test_a_changed_body_or_header_is_refused(void **state)
{
    struct scene s;

    (void)state;
    open_scene(&s);
    sign(&s, cicd_key, cicd_secret(), NULL, NOW_MS);
    s.request.body = SV("{\"name\":\"x\"}");
    expect_refusal(&s, NOW_MS, "InvalidSignatureException");
    s.request.body = SV("{}");
    s.request.headers[1].value = SV("CodePipeline_20150709.StartPipelineExecution");
    expect_refusal(&s, NOW_MS, "InvalidSignatureException");
    s.request.dialect = DIALECT_QUERY;
    expect_refusal(&s, NOW_MS, "SignatureDoesNotMatch");
    CHECK_INT(s.reply.status, 403);
    close_scene(&s);
}

static void test_only_five_minutes_either_way_are_accepted(void **state)
{
    struct scene s;

    (void)state;
    open_scene(&s);
    sign(&s, cicd_key, cicd_secret(), NULL, NOW_MS);
    CHECK_TRUE(auth_check(s.auth, &s.request, NOW_MS + 299000, &s.reply));
    CHECK_TRUE(auth_check(s.auth, &s.request, NOW_MS - 299000, &s.reply));
    expect_refusal(&s, NOW_MS + 301000, "InvalidSignatureException");
    expect_refusal(&s, NOW_MS - 301000, "InvalidSignatureException");
    close_scene(&s);
}

static void test_unknown_keys_and_missing_signatures_have_their_errors(void **state)
{
    static char nobody[] = "AKIAPENSTOCKNOBODY00";
    struct scene s;

    (void)state;
    open_scene(&s);
    expect_refusal(&s, NOW_MS, "MissingAuthenticationTokenException");
    sign(&s, nobody, cicd_secret(), NULL, NOW_MS);
    expect_refusal(&s, NOW_MS, "UnrecognizedClientException");
    s.request.headers[s.request.header_count - 1].value = SV("AWS4-HMAC-SHA256 Credential=x");
    expect_refusal(&s, NOW_MS, "IncompleteSignatureException");
    close_scene(&s);
}

static void test_a_session_is_good_until_it_expires(void **state)
{
    struct session session;
    struct scene s;

    (void)state;
    open_scene(&s);
    REQUIRE_OK(session_make(ACCOUNT_PROD, SV("penstock-admin"), SV("me"), NOW_MS + 900000, &session,
                            &s.err),
               &s.err);
    sign(&s, session.access_key, session.secret, session.token, NOW_MS);
    CHECK_TRUE(auth_check(s.auth, &s.request, NOW_MS, &s.reply));
    CHECK_SV(s.request.who.arn, SV("arn:aws:sts::444444444444:assumed-role/penstock-admin/me"));
    expect_refusal(&s, NOW_MS + 900000, "ExpiredTokenException");
    session.token[30] ^= 1;
    expect_refusal(&s, NOW_MS, "UnrecognizedClientException");
    close_scene(&s);
}

static void test_a_presigned_url_is_good_until_it_expires(void **state)
{
    char hash[SIGN_HEX_SIZE];
    struct sign_input in;
    struct scene s;

    (void)state;
    open_scene(&s);
    s.request.method = SV("GET");
    s.request.body = SV("");
    s.request.query = SV("Action=GetCallerIdentity&Version=2011-06-15");
    add_header(&s, "host", SV("127.0.0.1:1234"));
    s.cred.access_key = cicd_key;
    s.cred.secret_key = cicd_secret();
    REQUIRE_OK(sign_hash(SV(""), hash, &s.err), &s.err);
    in = input(&s, hash, NOW_MS);
    REQUIRE_OK(sign_query(s.keys, &s.cred, &in, 60, &s.query, &s.err), &s.err);
    s.request.query = sb_sv(&s.query);
    CHECK_TRUE(auth_scope(&s.request));
    CHECK_SV(s.request.region, SV("eu-west-1"));
    CHECK_TRUE(auth_check(s.auth, &s.request, NOW_MS + 59000, &s.reply));
    expect_refusal(&s, NOW_MS + 61000, "InvalidSignatureException");
    close_scene(&s);
}

struct limits {
    struct service s;
    struct request request;
    char why[AUTH_WHY_MAX];
};

static bool may(struct limits *r, const char *role, const char *operation, const char *body)
{
    struct err err = {0};
    bool allows;

    r->request = (struct request){
        .dialect = DIALECT_JSON,
        .service = SV("codepipeline"),
        .region = SV("eu-west-1"),
        .operation = sv_of(operation),
        .body = sv_of(body),
        .who = {.account = SV("111111111111"), .arn = SV("arn:me"), .role_name = sv_of(role)}};
    r->why[0] = '\0';
    REQUIRE_OK(auth_allows(&r->s, &r->request, &allows, r->why, &err), &err);
    return allows;
}

static void test_rights_follow_the_role(void **state UNUSED)
{
    struct err err = {0};
    struct limits r = {0};

    REQUIRE_OK(records_open(NULL, &r.s.records, &err), &err);
    CHECK_TRUE(may(&r, "", "StartPipelineExecution", "{}"));
    CHECK_TRUE(!may(&r, "penstock-readonly", "StartPipelineExecution", "{\"name\":\"a\"}"));
    CHECK_STR(r.why, "User: arn:me is not authorized to perform: "
                     "codepipeline:StartPipelineExecution on resource: "
                     "arn:aws:codepipeline:eu-west-1:111111111111:a because no identity-based "
                     "policy allows the codepipeline:StartPipelineExecution action");
    CHECK_TRUE(may(&r, "penstock-readonly", "GetPipeline", "{\"name\":\"a\"}"));
    CHECK_TRUE(!may(&r, "penstock-denied", "ListPipelines", "{}"));
    CHECK_STR(r.why, "User: arn:me is not authorized to perform: codepipeline:ListPipelines "
                     "because no identity-based policy allows the codepipeline:ListPipelines "
                     "action");
    records_close(r.s.records);
}

#define ANSWER(pipeline, stage)                                                                    \
    "{\"pipelineName\":\"" pipeline "\",\"stageName\":\"" stage "\",\"actionName\":\"Gate\"}"

static void test_an_explicit_deny_of_one_resource_is_told(void **state UNUSED)
{
    struct err err = {0};
    struct limits r = {0};

    REQUIRE_OK(records_open(NULL, &r.s.records, &err), &err);
    CHECK_TRUE(may(&r, "penstock-operator", "PutApprovalResult", ANSWER("lake", "Gate")));
    CHECK_TRUE(!may(&r, "penstock-operator", "PutApprovalResult", ANSWER("lake-prod", "Gate")));
    CHECK_STR(r.why, "User: arn:me is not authorized to perform: codepipeline:PutApprovalResult "
                     "on resource: arn:aws:codepipeline:eu-west-1:111111111111:lake-prod/Gate/Gate "
                     "with an explicit deny in an identity-based policy");
    CHECK_TRUE(may(&r, "penstock-operator", "StartPipelineExecution", "{\"name\":\"lake-prod\"}"));
    CHECK_TRUE(!may(&r, "penstock-viewer", "PutApprovalResult", ANSWER("lake", "Gate")));
    records_close(r.s.records);
}

static void expect_resource(const char *service, const char *operation, enum dialect dialect,
                            const char *body, const char *wanted)
{
    struct request request = {.dialect = dialect,
                              .service = sv_of(service),
                              .region = SV("eu-west-1"),
                              .operation = sv_of(operation),
                              .body = sv_of(body),
                              .who = {.account = SV("111111111111")}};
    char resource[IAM_RESOURCE_MAX];

    iam_resource(&request, resource);
    CHECK_STR(resource, wanted);
}

#define ARN(service, rest) "arn:aws:" service ":eu-west-1:111111111111:" rest

static void test_a_request_is_about_the_resource_that_policies_name(void **state UNUSED)
{
    expect_resource("codepipeline", "RetryStageExecution", DIALECT_JSON,
                    "{\"pipelineName\":\"a\",\"stageName\":\"b\"}", ARN("codepipeline", "a/b"));
    expect_resource("codepipeline", "CreatePipeline", DIALECT_JSON,
                    "{\"pipeline\":{\"name\":\"a\"}}", ARN("codepipeline", "a"));
    expect_resource("codepipeline", "TagResource", DIALECT_JSON,
                    "{\"resourceArn\":\"" ARN("codepipeline", "a") "\"}", ARN("codepipeline", "a"));
    expect_resource("codepipeline", "ListPipelines", DIALECT_JSON, "{}", "*");
    expect_resource("codebuild", "StopBuild", DIALECT_JSON, "{\"id\":\"p:0a\"}",
                    ARN("codebuild", "project/p"));
    expect_resource("codebuild", "DeleteProject", DIALECT_JSON, "{\"name\":\"p\"}",
                    ARN("codebuild", "project/p"));
    expect_resource("codecommit", "CreateBranch", DIALECT_JSON, "{\"repositoryName\":\"r\"}",
                    ARN("codecommit", "r"));
    expect_resource("cloudformation", "DeleteStack", DIALECT_QUERY, "StackName=s%2D1&Action=x",
                    ARN("cloudformation", "stack/s-1/*"));
    expect_resource("codecommit", "CreateBranch", DIALECT_JSON, "not JSON", "*");
    expect_resource("ssm", "GetParameter", DIALECT_JSON, "{\"Name\":\"n\"}", "*");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_our_own_signature_is_good),
        TEST(test_a_changed_body_or_header_is_refused),
        TEST(test_only_five_minutes_either_way_are_accepted),
        TEST(test_unknown_keys_and_missing_signatures_have_their_errors),
        TEST(test_a_session_is_good_until_it_expires),
        TEST(test_a_presigned_url_is_good_until_it_expires),
        TEST(test_rights_follow_the_role),
        TEST(test_an_explicit_deny_of_one_resource_is_told),
        TEST(test_a_request_is_about_the_resource_that_policies_name),
    };

    return RUN(tests);
}
