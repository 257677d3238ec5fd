/* Exchanges against a scripted server: what is sent, what is tried again, and what each failure is
 * called. */
#include "core/aws/call.h"
#include "core/base/time.h"
#include "tests/unit/script.h"

#define ANSWER(status, headers, body) "HTTP/1.1 " status "\r\n" headers "\r\n" body
/* The scripted server closes after each, so no length is needed. */
#define JSON_ERROR(status, name, text)                                                             \
    ANSWER(status, "x-amzn-requestid: r-1\r\n",                                                    \
           "{\"__type\":\"com.amazon#" name ":\",\"message\":\"" text "\"}")
#define QUERY_ERROR(name, text)                                                                    \
    ANSWER("400 Bad", "",                                                                          \
           "<ErrorResponse><Error><Type>Sender</Type><Code>" name "</Code><Message>" text          \
           "</Message></Error><RequestId>e</RequestId></ErrorResponse>")
#define PIPELINES ANSWER("200 OK", "x-amzn-requestid: r-2\r\n", "{\"pipelines\":[]}")

struct stage {
    struct net *net;
    struct aws *aws;
    struct endpoint endpoint;
    struct pace pace;
    bool is_paced;
    bool is_done;
    enum err_code code;
    struct err err;
    int status;
    int attempts;
    bool is_unknown;
    char name[64];
    char request_id[32];
    char text[64]; /* of the decoded reply */
    char got[65536];
    uint64_t id;
};

static void on_reply(void *owner, const struct aws_reply *reply)
{
    struct stage *s = owner;
    const struct cJSON *list = json_get(reply->json, "pipelines");
    struct sv account = xml_text(reply->xml, "Account");

    CHECK_TRUE(!s->is_done);
    s->is_done = true;
    s->code = reply->code;
    s->err = reply->err;
    s->status = reply->status;
    s->attempts = reply->attempts;
    s->is_unknown = reply->is_unknown;
    snprintf(s->name, sizeof s->name, SV_FMT, SV_ARG(reply->error_name));
    snprintf(s->request_id, sizeof s->request_id, SV_FMT, SV_ARG(reply->request_id));
    snprintf(s->text, sizeof s->text, "%s" SV_FMT, list != NULL ? "pipelines" : "",
             SV_ARG(account));
}

static void run(struct stage *s, enum op op, const struct step *steps, size_t count)
{
    static char access[] = "AKIDEXAMPLE";
    static char secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    static char token[] = "the-token";
    const struct cred cred = {.access_key = access, .secret_key = secret, .token = token};
    struct aws_exchange x = {.op = op, .endpoint = &s->endpoint, .cred = &cred};
    int64_t end_ms = time_mono_ms() + 20000;
    struct script script;
    struct err err = {0};

    script_start(&script, steps, count);
    memcpy(s->endpoint.url, script.url, sizeof script.url);
    snprintf(s->endpoint.host, sizeof s->endpoint.host, "127.0.0.1:%d", script.port);
    snprintf(s->endpoint.path, sizeof s->endpoint.path, "/");
    snprintf(s->endpoint.region, sizeof s->endpoint.region, "eu-west-1");
    s->endpoint.signing_name = service_signing_name(op_service(op));
    s->endpoint.partition = "aws";
    x.pace = s->is_paced ? &s->pace : NULL;
    x.app_id = SV("unit");
    REQUIRE_OK(net_open(&s->net, &err), &err);
    REQUIRE_OK(aws_new(s->net, &s->aws, &err), &err);
    REQUIRE_OK(aws_exchange(s->aws, &x, on_reply, s, &s->id, &err), &err);
    while (!s->is_done && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(s->net, NULL, 0, 100, &err), &err);
    REQUIRE(s->is_done);
    aws_cancel(s->aws, s->id);
    aws_free(s->aws);
    net_close(s->net);
    script_stop(&script, s->got, sizeof s->got);
}

static struct stage run_one(enum op op, const char *answer)
{
    struct stage s = {0};
    const struct step step = {STEP_CLOSE, answer};

    run(&s, op, &step, 1);
    return s;
}

static int count_of(const char *text, const char *what)
{
    int count = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        count++;
    return count;
}

static void test_a_json_call_is_signed_and_read(void **state)
{
    struct stage s = run_one(OP_LIST_PIPELINES, PIPELINES);

    (void)state;
    CHECK_INT(s.code, ERR_OK);
    CHECK_STR(s.text, "pipelines");
    CHECK_STR(s.request_id, "r-2");
    CHECK_INT(s.attempts, 1);
    CHECK_TRUE(strstr(s.got, "POST / HTTP/1.1\r\n") == s.got);
    CHECK_TRUE(strstr(s.got, "X-Amz-Target: CodePipeline_20150709.ListPipelines\r\n") != NULL);
    CHECK_TRUE(strstr(s.got, "Content-Type: application/x-amz-json-1.1\r\n") != NULL);
    CHECK_TRUE(strstr(s.got, "X-Amz-Security-Token: the-token\r\n") != NULL);
    CHECK_TRUE(strstr(s.got, "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") != NULL);
    CHECK_TRUE(strstr(s.got, "amz-sdk-request: attempt=1; max=3\r\n") != NULL);
    CHECK_TRUE(strstr(s.got, "amz-sdk-invocation-id: ") != NULL);
    CHECK_TRUE(strstr(s.got, " app/unit\r\n") != NULL);
    CHECK_TRUE(strstr(s.got, "\r\n\r\n{}") != NULL);
}

static void test_a_query_call_is_encoded_and_read(void **state)
{
    struct stage s = run_one(
        OP_STS_GET_CALLER_IDENTITY,
        ANSWER("200 OK", "",
               "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
               "<GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult>"
               "<ResponseMetadata><RequestId>q-1</RequestId></ResponseMetadata>"
               "</GetCallerIdentityResponse>"));

    (void)state;
    CHECK_INT(s.code, ERR_OK);
    CHECK_STR(s.text, "111111111111");
    CHECK_STR(s.request_id, "q-1");
    CHECK_TRUE(strstr(s.got, "\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15") != NULL);
}

static void test_each_error_has_its_code(void **state)
{
    static const struct {
        enum op op;
        const char *answer;
        enum err_code code;
        const char *name;
    } rows[] = {
        {OP_GET_PIPELINE, JSON_ERROR("400 Bad", "PipelineNotFoundException", "no such"),
         ERR_NOT_FOUND, "PipelineNotFoundException"},
        {OP_GET_PIPELINE, JSON_ERROR("400 Bad", "AccessDeniedException", "not you"), ERR_DENIED,
         "AccessDeniedException"},
        {OP_GET_PIPELINE, JSON_ERROR("400 Bad", "ValidationException", "bad"), ERR_FAILED,
         "ValidationException"},
        {OP_GET_PIPELINE, JSON_ERROR("400 Bad", "LimitExceededException", "1000"), ERR_FAILED,
         "LimitExceededException"},
        {OP_GET_PIPELINE, JSON_ERROR("400 Bad", "ExpiredTokenException", "old"), ERR_AUTH,
         "ExpiredTokenException"},
        {OP_GET_PIPELINE, JSON_ERROR("403 No", "InvalidSignatureException", "bad"), ERR_AUTH,
         "InvalidSignatureException"},
        {OP_GET_PIPELINE, ANSWER("400 Bad", "x-amzn-errortype: ValidationException:x\r\n", ""),
         ERR_FAILED, "ValidationException"},
        {OP_GET_PARAMETER, JSON_ERROR("400 Bad", "ParameterNotFound", "no"), ERR_NOT_FOUND,
         "ParameterNotFound"},
        {OP_GET_REPOSITORY, JSON_ERROR("400 Bad", "RepositoryDoesNotExistException", "no"),
         ERR_NOT_FOUND, "RepositoryDoesNotExistException"},
        {OP_GET_BRANCH, JSON_ERROR("400 Bad", "BranchDoesNotExistException", "no"), ERR_NOT_FOUND,
         "BranchDoesNotExistException"},
        {OP_CREATE_REPOSITORY, JSON_ERROR("400 Bad", "OperationNotAllowedException", "barred"),
         ERR_DENIED, "OperationNotAllowedException"},
        {OP_DESCRIBE_STACKS, QUERY_ERROR("ValidationError", "Stack with id x does not exist"),
         ERR_NOT_FOUND, "ValidationError"},
        {OP_DESCRIBE_STACKS,
         QUERY_ERROR("ValidationError", "Template format error: X does not exist"), ERR_FAILED,
         "ValidationError"},
        {OP_DESCRIBE_CHANGE_SET, QUERY_ERROR("ChangeSetNotFound", "no"), ERR_NOT_FOUND,
         "ChangeSetNotFound"},
        {OP_CREATE_CHANGE_SET, QUERY_ERROR("LimitExceededException", "200 stacks"), ERR_FAILED,
         "LimitExceededException"},
        {OP_GET_ROLE, QUERY_ERROR("NoSuchEntity", "no"), ERR_NOT_FOUND, "NoSuchEntity"},
        {OP_GET_ROLE, QUERY_ERROR("LimitExceeded", "1000 roles"), ERR_FAILED, "LimitExceeded"},
        {OP_DELETE_STACK, QUERY_ERROR("OperationInProgressException", "wait"), ERR_FAILED,
         "OperationInProgressException"},
        {OP_GET_PIPELINE, ANSWER("413 Large", "", "<html>"), ERR_LIMIT, ""},
        {OP_GET_PIPELINE, ANSWER("200 OK", "", "<html><b>Log in</b>"), ERR_REPLY, ""},
        {OP_GET_PIPELINE, ANSWER("302 Found", "Location: http://x/\r\n", ""), ERR_REPLY, ""},
        {OP_GET_PIPELINE, ANSWER("404 No", "", "<html>nginx"), ERR_REPLY, ""},
        {OP_STS_ASSUME_ROLE,
         ANSWER("403 No", "",
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                "<Message>not you</Message></Error><RequestId>e</RequestId></ErrorResponse>"),
         ERR_DENIED, "AccessDenied"},
        {OP_STS_ASSUME_ROLE, ANSWER("200 OK", "", "{\"a\":1}"), ERR_REPLY, ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct stage s = run_one(rows[i].op, rows[i].answer);

        CHECK_INT(s.code, rows[i].code);
        CHECK_STR(s.name, rows[i].name);
        CHECK_INT(s.attempts, 1);
        CHECK_INT(s.err.code, rows[i].code);
        CHECK_TRUE(!s.is_unknown);
    }
}

static void test_an_unknown_outcome_is_told_and_not_sent_twice(void **state)
{
    static const struct {
        enum op op;
        const char *answer;
        bool is_unknown;
        int attempts;
    } rows[] = {
        {OP_CREATE_COMMIT, ANSWER("500 No", "", "{\"__type\":\"InternalFailure\"}"), true, 1},
        {OP_CREATE_COMMIT, ANSWER("200 OK", "Content-Length: 100\r\n", "{\"commitId\""), true, 1},
        {OP_EXECUTE_CHANGE_SET, ANSWER("200 OK", "", "<ExecuteChangeSetResponse><Exec"), true, 1},
        {OP_CREATE_COMMIT, JSON_ERROR("400 Bad", "InvalidBranchNameException", "no"), false, 1},
        {OP_DELETE_STACK, ANSWER("500 No", "", "<html>down"), true, 3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct step step = {STEP_CLOSE, rows[i].answer};
        const struct step steps[] = {step, step, step};
        struct stage s = {0};

        run(&s, rows[i].op, steps, 3);
        CHECK_TRUE(s.code != ERR_OK);
        CHECK_INT(s.is_unknown, rows[i].is_unknown);
        CHECK_INT(s.attempts, rows[i].attempts);
    }
}

static void test_codeconnections_speaks_the_older_json(void **state)
{
    struct stage s = run_one(OP_GET_CONNECTION, ANSWER("200 OK", "", "{}"));

    (void)state;
    CHECK_INT(s.code, ERR_OK);
    CHECK_TRUE(strstr(s.got, "Content-Type: application/x-amz-json-1.0\r\n") != NULL);
    CHECK_TRUE(strstr(s.got, "X-Amz-Target: com.amazonaws.codeconnections.CodeConnections_"
                             "20231201.GetConnection\r\n") != NULL);
}

static void test_what_is_no_json_names_the_endpoint(void **state)
{
    struct stage s = run_one(OP_GET_PIPELINE, ANSWER("200 OK", "", "<html>Log in"));
    char want[ENDPOINT_URL_MAX + 64];

    (void)state;
    snprintf(want, sizeof want, "expected JSON from %s, got HTTP 200 with \"<html>Log in\"",
             s.endpoint.host);
    CHECK_TRUE(strstr(s.err.text, want) != NULL);
}

static void test_transient_failures_are_tried_again(void **state)
{
    static const char *const broken[] = {
        ANSWER("503 No", "", "<html>down</html>"),
        ANSWER("500 No", "", "{\"__type\":\"InternalFailure\"}"),
        ANSWER("200 OK", "", "{\"pipelines\":["),
        ANSWER("200 OK", "Content-Length: 100\r\n", "{\"pipelines\""),
        "",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        const struct step steps[] = {{STEP_CLOSE, broken[i]}, {STEP_CLOSE, PIPELINES}};
        struct stage s = {0};

        run(&s, OP_LIST_PIPELINES, steps, 2);
        CHECK_INT(s.code, ERR_OK);
        CHECK_INT(s.attempts, 2);
        CHECK_TRUE(strstr(s.got, "attempt=2; max=3") != NULL);
    }
}

static void test_three_failures_are_the_end(void **state)
{
    const struct step step = {STEP_CLOSE, ANSWER("503 No", "", "<html>down</html>")};
    const struct step steps[] = {step, step, step, {STEP_CLOSE, PIPELINES}};
    struct stage s = {0};

    (void)state;
    run(&s, OP_LIST_PIPELINES, steps, 4);
    CHECK_INT(s.code, ERR_SERVER);
    CHECK_INT(s.attempts, 3);
    CHECK_INT(s.status, 503);
    CHECK_TRUE(strstr(s.err.text, s.endpoint.host) != NULL);
}

static void test_throttles_wait_for_the_pace(void **state)
{
    const struct step step = {STEP_CLOSE, JSON_ERROR("400 Bad", "ThrottlingException", "Rate")};
    const struct step steps[] = {step, step, step, step, {STEP_CLOSE, PIPELINES}};
    struct stage s = {.is_paced = true};

    (void)state;
    pace_init(&s.pace, (struct pace_limits){40, 4}, time_mono_ms());
    run(&s, OP_LIST_PIPELINES, steps, 5);
    CHECK_INT(s.code, ERR_OK);
    CHECK_INT(s.attempts, 5);
    CHECK_INT(s.pace.throttles, 4);
    CHECK_INT(s.pace.in_flight, 0);
}

static void test_throttles_without_a_pace_end(void **state)
{
    const struct step step = {STEP_CLOSE, JSON_ERROR("400 Bad", "ThrottlingException", "Rate")};
    const struct step steps[] = {step, step, step};
    struct stage s = {0};

    (void)state;
    run(&s, OP_LIST_PIPELINES, steps, 3);
    CHECK_INT(s.code, ERR_THROTTLED);
    CHECK_INT(s.attempts, 3);
}

static void test_a_wrong_clock_is_corrected_once(void **state)
{
    const char *skewed = "HTTP/1.1 403 No\r\nDate: Mon, 03 Jan 2033 10:00:00 GMT\r\n\r\n"
                         "{\"__type\":\"InvalidSignatureException\",\"message\":\"expired\"}";
    const struct step fixed[] = {{STEP_CLOSE, skewed}, {STEP_CLOSE, PIPELINES}};
    const struct step hopeless[] = {{STEP_CLOSE, skewed}, {STEP_CLOSE, skewed}};
    struct stage s = {0};
    struct stage t = {0};

    (void)state;
    run(&s, OP_LIST_PIPELINES, fixed, 2);
    CHECK_INT(s.code, ERR_OK);
    CHECK_INT(s.attempts, 2);
    CHECK_INT(count_of(s.got, "X-Amz-Date: 20330103T"), 1);
    run(&t, OP_LIST_PIPELINES, hopeless, 2);
    CHECK_INT(t.code, ERR_AUTH);
    CHECK_INT(t.attempts, 2);
}

static void test_no_secret_is_in_a_sentence(void **state)
{
    struct stage s = run_one(OP_LIST_PIPELINES, JSON_ERROR("403 No", "AccessDenied", "\\u001b[2J"));

    (void)state;
    CHECK_TRUE(strstr(s.err.text, "wJalr") == NULL && strstr(s.err.text, "the-token") == NULL);
    CHECK_TRUE(strchr(s.err.text, '\033') == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_json_call_is_signed_and_read),
        TEST(test_a_query_call_is_encoded_and_read),
        TEST(test_each_error_has_its_code),
        TEST(test_an_unknown_outcome_is_told_and_not_sent_twice),
        TEST(test_codeconnections_speaks_the_older_json),
        TEST(test_what_is_no_json_names_the_endpoint),
        TEST(test_transient_failures_are_tried_again),
        TEST(test_three_failures_are_the_end),
        TEST(test_throttles_wait_for_the_pace),
        TEST(test_throttles_without_a_pace_end),
        TEST(test_a_wrong_clock_is_corrected_once),
        TEST(test_no_secret_is_in_a_sentence),
    };

    unsetenv("http_proxy");
    unsetenv("HTTP_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    return RUN(tests);
}
