/* S3's REST form: where bucket and key go, what is signed, and what its failures are called. */
#include "core/aws/s3.h"
#include "core/base/mem.h"
#include "tests/unit/aws/session_stage.h"

#define ANSWER(status, headers, body) "HTTP/1.1 " status "\r\n" headers "\r\n" body
#define FAULT(code, text)                                                                          \
    "<?xml version=\"1.0\"?><Error><Code>" code "</Code><Message>" text                            \
    "</Message><RequestId>r</RequestId></Error>"

static void ask(struct session_stage *s, enum op op, const struct aws_rest *rest, struct sv body)
{
    struct err err = {0};
    uint64_t id;

    REQUIRE_OK(aws_call_rest(s->session, op, rest, body, stage_on_reply, s, &id, &err), &err);
    stage_wait(s);
}

static void run_one(struct session_stage *s, enum op op, const struct aws_rest *rest,
                    struct sv body, const char *answer)
{
    const struct step step = {STEP_CLOSE, answer};

    stage_open(s, &step, 1);
    ask(s, op, rest, body);
    stage_close(s);
}

static void test_a_configured_endpoint_gets_the_bucket_in_its_path(void **state)
{
    const struct http_header owner = {SV("x-amz-expected-bucket-owner"), SV("111111111111")};
    const struct aws_rest rest = {.method = SV("PUT"),
                                  .bucket = SV("my-bucket"),
                                  .key = SV("a b/\xc3\xa9+~.json"),
                                  .content_type = SV("application/json"),
                                  .headers = &owner,
                                  .header_count = 1};
    struct session_stage s;

    (void)state;
    run_one(&s, OP_PUT_OBJECT, &rest, SV("{}"),
            ANSWER("200 OK", "x-amz-version-id: v-1\r\nContent-Length: 0\r\n", ""));
    CHECK_STR(s.err.text, "");
    CHECK_INT(s.code, ERR_OK);
    CHECK_STR(s.header, "v-1");
    CHECK_STR(s.root, "");
    CHECK_TRUE(strstr(s.got, "PUT /my-bucket/a%20b/%C3%A9%2B~.json HTTP/1.1\r\n") == s.got);
    CHECK_TRUE(strstr(s.got, "Content-Type: application/json\r\n") != NULL);
    CHECK_TRUE(strstr(s.got, "x-amz-expected-bucket-owner: 111111111111\r\n") != NULL);
    /* The hash of "{}", in both of its forms. */
    CHECK_TRUE(strstr(s.got,
                      "X-Amz-Content-Sha256: "
                      "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a") != NULL);
    CHECK_TRUE(strstr(s.got, "x-amz-checksum-sha256: "
                             "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=\r\n") != NULL);
    CHECK_TRUE(strstr(s.got, "x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date;"
                             "x-amz-expected-bucket-owner") != NULL);
    CHECK_TRUE(strstr(s.got, "/s3/aws4_request") != NULL);
}

static void test_a_listing_is_read_from_its_root(void **state)
{
    const struct aws_rest rest = {
        .method = SV("GET"), .bucket = SV("my-bucket"), .query = SV("versions&prefix=a%2Fb")};
    struct session_stage s;

    (void)state;
    run_one(&s, OP_LIST_OBJECT_VERSIONS, &rest, SV(""),
            ANSWER("200 OK", "", "<ListVersionsResult><Name>b</Name></ListVersionsResult>"));
    CHECK_INT(s.code, ERR_OK);
    CHECK_STR(s.root, "ListVersionsResult");
    CHECK_TRUE(strstr(s.got, "GET /my-bucket?versions&prefix=a%2Fb HTTP/1.1\r\n") == s.got);
}

static void test_a_bucket_is_deleted(void **state)
{
    const struct aws_rest rest = {.method = SV("DELETE"), .bucket = SV("my-bucket")};
    struct session_stage s;

    (void)state;
    run_one(&s, OP_DELETE_BUCKET, &rest, SV(""), ANSWER("204 No Content", "", ""));
    CHECK_INT(s.code, ERR_OK);
    CHECK_TRUE(strstr(s.got, "DELETE /my-bucket HTTP/1.1\r\n") == s.got);
}

static void test_failures_have_their_codes(void **state)
{
    static const struct {
        const char *method;
        enum op op;
        const char *answer;
        enum err_code code;
        const char *name;
        const char *text; /* part of the sentence */
    } rows[] = {
        {"HEAD", OP_HEAD_BUCKET, ANSWER("404 Not Found", "", ""), ERR_NOT_FOUND, "NotFound",
         "no such bucket"},
        {"HEAD", OP_HEAD_BUCKET, ANSWER("403 Forbidden", "", ""), ERR_DENIED, "Forbidden",
         "HeadBucket is denied"},
        {"HEAD", OP_HEAD_BUCKET, ANSWER("301 Moved", "x-amz-bucket-region: us-east-2\r\n", ""),
         ERR_FAILED, "PermanentRedirect", "in region us-east-2, not in eu-west-1"},
        {"GET", OP_GET_BUCKET_LOCATION,
         ANSWER("400 Bad", "",
                "<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-east-2</Region>"
                "</Error>"),
         ERR_FAILED, "AuthorizationHeaderMalformed", "in region us-east-2, not in eu-west-1"},
        {"GET", OP_GET_BUCKET_LOCATION,
         ANSWER("404 No", "", FAULT("NoSuchBucket", "it is not there")), ERR_NOT_FOUND,
         "NoSuchBucket", "it is not there"},
        {"DELETE", OP_DELETE_BUCKET,
         ANSWER("409 Conflict", "", FAULT("BucketNotEmpty", "still has objects")), ERR_FAILED,
         "BucketNotEmpty", "still has objects"},
        {"GET", OP_GET_BUCKET_LOCATION,
         ANSWER("403 No", "", FAULT("AccessDenied", "Access Denied")), ERR_DENIED, "AccessDenied",
         "Access Denied"},
        {"GET", OP_GET_BUCKET_LOCATION, ANSWER("200 OK", "", "<html>Log in"), ERR_REPLY, "",
         "expected XML"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct aws_rest rest = {.method = sv_of(rows[i].method), .bucket = SV("my-bucket")};
        struct session_stage s;

        run_one(&s, rows[i].op, &rest, SV(""), rows[i].answer);
        CHECK_INT(s.code, rows[i].code);
        CHECK_STR(s.name, rows[i].name);
        if (strstr(s.err.text, rows[i].text) == NULL)
            CHECK_STR(s.err.text, rows[i].text);
        CHECK_TRUE(!s.is_unknown);
    }
}

static void test_what_cannot_be_a_bucket_is_not_sent(void **state)
{
    const struct aws_rest rest = {.method = SV("GET"), .bucket = SV("../other")};
    struct session_stage s;
    struct err err = {0};
    uint64_t id;

    (void)state;
    stage_open(&s, NULL, 0);
    CHECK_INT(
        aws_call_rest(s.session, OP_HEAD_BUCKET, &rest, SV(""), stage_on_reply, &s, &id, &err),
        ERR_CONFIG);
    stage_close(&s);
}

/* One upload with the nth allocation failing; the number there were. */
static long upload_with_failure(struct session_stage *s, long nth)
{
    const struct aws_rest rest = {
        .method = SV("PUT"), .bucket = SV("my-bucket"), .key = SV("k"), .query = SV("a=b")};
    int64_t end_ms = time_mono_ms() + 10000;
    struct err err = {0};
    enum err_code rc;
    uint64_t id = 0;
    long count;

    s->is_done = false;
    mem_fail_at(nth);
    rc = aws_call_rest(s->session, OP_PUT_OBJECT, &rest, SV("body"), stage_on_reply, s, &id, &err);
    while (rc == ERR_OK && !s->is_done && time_mono_ms() < end_ms)
        rc = net_wait(s->net, NULL, 0, 1000, &err);
    count = mem_count();
    mem_fail_at(0);
    aws_cancel(s->aws, id);
    CHECK_TRUE(rc == ERR_LIMIT || (rc == ERR_OK && s->is_done));
    CHECK_TRUE(rc != ERR_OK || s->code == ERR_OK || s->code == ERR_LIMIT);
    return count;
}

static void test_each_allocation_may_fail(void **state)
{
    struct step steps[200];
    struct session_stage s;
    long nth = 1;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        steps[i] = (struct step){STEP_CLOSE, ANSWER("200 OK", "", "<A><B>c</B></A>")};
    stage_open(&s, steps, ARRAY_LEN(steps));
    while (upload_with_failure(&s, nth) >= nth)
        nth++;
    CHECK_INT(s.code, ERR_OK);
    CHECK_TRUE(nth > 15);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_configured_endpoint_gets_the_bucket_in_its_path),
        TEST(test_a_listing_is_read_from_its_root),
        TEST(test_a_bucket_is_deleted),
        TEST(test_failures_have_their_codes),
        TEST(test_what_cannot_be_a_bucket_is_not_sent),
        TEST(test_each_allocation_may_fail),
    };

    no_proxies();
    return RUN(tests);
}
