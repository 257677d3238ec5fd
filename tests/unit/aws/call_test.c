/* Calls of a session: pages, renewed credentials, and callers that go away. */
#include "core/base/mem.h"
#include "tests/unit/aws/session_stage.h"

#define OK "HTTP/1.1 200 OK\r\n\r\n"
#define EXPIRED                                                                                    \
    "HTTP/1.1 400 Bad\r\n\r\n{\"__type\":\"ExpiredTokenException\",\"message\":\"it is old\"}"

struct stage {
    struct session_stage on;
    int pages;
    int most_pages; /* stop after so many; 0 = all */
    bool is_last;
    bool frees_session;
};

static bool on_page(void *owner, const struct aws_reply *reply, bool is_last)
{
    struct stage *s = owner;

    CHECK_TRUE(!s->is_last);
    s->pages++;
    s->is_last = is_last || s->pages == s->most_pages;
    s->on.code = reply->code;
    s->on.err = reply->err;
    if (s->frees_session) {
        aws_session_free(s->on.session);
        s->on.session = NULL;
        s->is_last = true;
    }
    return s->pages != s->most_pages;
}

static void on_reply(void *owner, const struct aws_reply *reply)
{
    on_page(owner, reply, true);
}

static void wait_for_last(struct stage *s)
{
    int64_t end_ms = time_mono_ms() + 20000;
    struct err err = {0};

    while (!s->is_last && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(s->on.net, NULL, 0, 100, &err), &err);
    REQUIRE(s->is_last);
}

static void list_all(struct stage *s, struct sv body)
{
    struct err err = {0};
    uint64_t id;

    REQUIRE_OK(aws_call_pages(s->on.session, OP_LIST_PIPELINES, body, on_page, s, &id, &err), &err);
    wait_for_last(s);
}

static const struct step three_pages[] = {
    {STEP_CLOSE, OK "{\"pipelines\":[],\"nextToken\":\"a\\\"1\"}"},
    {STEP_CLOSE, OK "{\"pipelines\":[],\"nextToken\":\"b\"}"},
    {STEP_CLOSE, OK "{\"pipelines\":[]}"},
};

static void test_all_pages_are_followed(void **state)
{
    struct stage s = {0};

    (void)state;
    stage_open(&s.on, three_pages, 3);
    list_all(&s, SV("{\"maxResults\": 1 }"));
    CHECK_INT(s.on.code, ERR_OK);
    CHECK_INT(s.pages, 3);
    CHECK_STR(aws_session_provider(s.on.session), "environment");
    CHECK_TRUE(aws_session_key_hash(s.on.session) != 0);
    CHECK_STR(aws_session_partition(s.on.session), "aws");
    stage_close(&s.on);
    CHECK_TRUE(strstr(s.on.got, "\r\n\r\n{\"maxResults\": 1 }") != NULL);
    CHECK_TRUE(strstr(s.on.got, "\r\n\r\n{\"maxResults\": 1,\"nextToken\":\"a\\\"1\"}") != NULL);
    CHECK_TRUE(strstr(s.on.got, "\r\n\r\n{\"maxResults\": 1,\"nextToken\":\"b\"}") != NULL);
}

static void test_pages_of_the_query_protocol_are_followed(void **state)
{
#define STACKS(inside)                                                                             \
    OK "<DescribeStacksResponse><DescribeStacksResult><Stacks/>" inside                            \
       "</DescribeStacksResult></DescribeStacksResponse>"
    const struct step steps[] = {
        {STEP_CLOSE, STACKS("<NextToken>a+b/=</NextToken>")},
        {STEP_CLOSE, STACKS("")},
    };
    struct err err = {0};
    struct stage s = {0};
    uint64_t id;

    (void)state;
    stage_open(&s.on, steps, 2);
    REQUIRE_OK(aws_call_pages(s.on.session, OP_DESCRIBE_STACKS, SV("StackName=x&"), on_page, &s,
                              &id, &err),
               &err);
    wait_for_last(&s);
    CHECK_INT(s.on.code, ERR_OK);
    CHECK_INT(s.pages, 2);
    stage_close(&s.on);
    CHECK_TRUE(strstr(s.on.got, "\r\n\r\nAction=DescribeStacks&Version=2010-05-15&StackName=x") !=
               NULL);
    CHECK_TRUE(strstr(s.on.got, "&StackName=x&NextToken=a%2Bb%2F%3D") != NULL);
}

static void test_a_token_alone_makes_a_body(void **state)
{
    struct stage s = {0};

    (void)state;
    stage_open(&s.on, three_pages, 3);
    s.most_pages = 2;
    list_all(&s, SV("{}"));
    CHECK_INT(s.pages, 2);
    stage_close(&s.on);
    CHECK_TRUE(strstr(s.on.got, "\r\n\r\n{\"nextToken\":\"a\\\"1\"}") != NULL);
}

static void test_a_token_that_repeats_ends_the_listing(void **state)
{
    const struct step page = {STEP_CLOSE, OK "{\"pipelines\":[],\"nextToken\":\"same\"}"};
    const struct step steps[] = {page, page, page};
    struct stage s = {0};

    (void)state;
    stage_open(&s.on, steps, 3);
    list_all(&s, SV("{}"));
    CHECK_INT(s.on.code, ERR_REPLY);
    CHECK_INT(s.pages, 2);
    stage_close(&s.on);
}

static void test_expired_credentials_are_read_anew_once(void **state)
{
    const struct step healed[] = {{STEP_CLOSE, EXPIRED}, {STEP_CLOSE, OK "{\"pipelines\":[]}"}};
    const struct step hopeless[] = {{STEP_CLOSE, EXPIRED}, {STEP_CLOSE, EXPIRED}};
    struct err err = {0};
    struct stage s = {0};
    uint64_t id;

    (void)state;
    stage_open(&s.on, healed, 2);
    REQUIRE_OK(aws_call(s.on.session, OP_LIST_PIPELINES, SV("{}"), on_reply, &s, &id, &err), &err);
    wait_for_last(&s);
    CHECK_STR(s.on.err.text, "");
    CHECK_INT(s.on.code, ERR_OK);
    stage_close(&s.on);
    s = (struct stage){0};
    stage_open(&s.on, hopeless, 2);
    REQUIRE_OK(aws_call(s.on.session, OP_LIST_PIPELINES, SV("{}"), on_reply, &s, &id, &err), &err);
    wait_for_last(&s);
    CHECK_INT(s.on.code, ERR_AUTH);
    stage_close(&s.on);
}

static void test_what_writes_is_refused_when_read_only(void **state)
{
    const struct step steps[] = {{STEP_CLOSE, OK "{\"pipelines\":[]}"}};
    struct err err = {0};
    struct stage s = {0};
    uint64_t id;

    (void)state;
    stage_open(&s.on, steps, 1);
    aws_set_read_only(aws_session_aws(s.on.session), true);
    CHECK_INT(aws_call(s.on.session, OP_STOP_PIPELINE_EXECUTION, SV("{}"), on_reply, &s, &id, &err),
              ERR_USAGE);
    CHECK_STR(err.text, "penstock is read-only here: StopPipelineExecution was not sent");
    REQUIRE_OK(aws_call(s.on.session, OP_LIST_PIPELINES, SV("{}"), on_reply, &s, &id, &err), &err);
    wait_for_last(&s);
    CHECK_INT(s.on.code, ERR_OK);
    stage_close(&s.on);
}

static void test_a_callback_may_free_its_session(void **state)
{
    struct stage s = {0};

    (void)state;
    stage_open(&s.on, three_pages, 3);
    s.frees_session = true;
    list_all(&s, SV("{}"));
    CHECK_INT(s.pages, 1);
    CHECK_INT(net_stats(s.on.net).running, 0);
    stage_close(&s.on);
}

static void test_cancelled_calls_call_nobody(void **state)
{
    struct err err = {0};
    struct stage s = {0};
    uint64_t ids[3];

    (void)state;
    stage_open(&s.on, &(const struct step){STEP_CLOSE, OK "{}"}, 1);
    for (int i = 0; i < 3; i++)
        REQUIRE_OK(aws_call(s.on.session, OP_LIST_PIPELINES, SV("{}"), on_reply, &s, &ids[i], &err),
                   &err);
    aws_cancel(s.on.aws, ids[0]);
    aws_cancel(s.on.aws, ids[2]);
    aws_cancel(s.on.aws, ids[2]);
    aws_cancel(s.on.aws, 0);
    wait_for_last(&s);
    CHECK_INT(s.pages, 1);
    stage_close(&s.on);
}

static void test_the_pace_is_kept_when_the_account_is_known(void **state)
{
    struct err err = {0};
    struct stage s = {0};
    uint64_t id;

    (void)state;
    stage_open(&s.on,
               &(const struct step){STEP_CLOSE, "HTTP/1.1 400 Bad\r\n\r\n"
                                                "{\"__type\":\"ThrottlingException\"}"},
               1);
    REQUIRE_OK(aws_call(s.on.session, OP_LIST_PIPELINES, SV("{}"), on_reply, &s, &id, &err), &err);
    for (int64_t end_ms = time_mono_ms() + 20000;
         aws_session_pace(s.on.session, SERVICE_CODEPIPELINE).throttles == 0 &&
         time_mono_ms() < end_ms;)
        REQUIRE_OK(net_wait(s.on.net, NULL, 0, 100, &err), &err);
    REQUIRE_OK(aws_session_set_account(s.on.session, SV("111111111111"), &err), &err);
    CHECK_TRUE(aws_session_pace(s.on.session, SERVICE_CODEPIPELINE).is_slowed);
    REQUIRE_OK(aws_session_set_account(s.on.session, SV("222222222222"), &err), &err);
    CHECK_TRUE(!aws_session_pace(s.on.session, SERVICE_CODEPIPELINE).is_slowed);
    stage_close(&s.on);
    CHECK_INT(s.pages, 0);
}

/* From an empty loop to the answer, with the nth allocation failing; the number there were. */
static long run_with_failure(struct stage *s, long nth)
{
    int64_t end_ms = time_mono_ms() + 10000;
    struct aws_session *session = NULL;
    struct net *net = NULL;
    struct aws *aws = NULL;
    struct err err = {0};
    enum err_code rc;
    uint64_t id;
    long count;

    s->pages = 0;
    s->is_last = false;
    mem_fail_at(nth);
    rc = net_open(&net, &err);
    if (rc == ERR_OK)
        rc = aws_new(net, &aws, &err);
    if (rc == ERR_OK)
        rc = aws_session_new(aws, &s->on.settings, SV("eu-west-1"), &session, &err);
    if (rc == ERR_OK)
        rc = aws_call_pages(session, OP_LIST_PIPELINES, SV("{}"), on_page, s, &id, &err);
    while (rc == ERR_OK && !s->is_last && time_mono_ms() < end_ms)
        rc = net_wait(net, NULL, 0, 1000, &err);
    count = mem_count();
    mem_fail_at(0);
    aws_session_free(session);
    aws_free(aws);
    net_close(net);
    CHECK_TRUE(rc == ERR_LIMIT || (rc == ERR_OK && s->is_last));
    CHECK_TRUE(rc != ERR_OK || s->on.code == ERR_OK || s->on.code == ERR_LIMIT);
    return count;
}

static void test_each_allocation_may_fail(void **state)
{
    struct step steps[200];
    struct stage s = {0};
    long nth = 1;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        steps[i] = (struct step){STEP_CLOSE, OK "{\"pipelines\":[]}"};
    stage_open(&s.on, steps, ARRAY_LEN(steps));
    while (run_with_failure(&s, nth) >= nth)
        nth++;
    CHECK_INT(s.on.code, ERR_OK);
    CHECK_TRUE(nth > 20);
    stage_close(&s.on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_pages_are_followed),
        TEST(test_pages_of_the_query_protocol_are_followed),
        TEST(test_a_token_alone_makes_a_body),
        TEST(test_a_token_that_repeats_ends_the_listing),
        TEST(test_expired_credentials_are_read_anew_once),
        TEST(test_what_writes_is_refused_when_read_only),
        TEST(test_a_callback_may_free_its_session),
        TEST(test_cancelled_calls_call_nobody),
        TEST(test_the_pace_is_kept_when_the_account_is_known),
        TEST(test_each_allocation_may_fail),
    };

    unsetenv("http_proxy");
    unsetenv("HTTP_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    return RUN(tests);
}
