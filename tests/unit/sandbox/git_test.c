/* Who may clone and push. What git itself does is judged by
 * conformance/sandbox_codecommit_test.py. */
#include "core/sandbox/git.h"

#include <signal.h>

#include "core/base/base64.h"
#include "core/base/time.h"
#include "core/sandbox/accounts.h"
#include "tests/unit/sandbox/codecommit_stage.h"

enum { LOGIN_MAX = 1024 };

/* The header as a credential helper makes it. */
static void sign(const char *host, int64_t at_ms, struct sv region, char out[LOGIN_MAX])
{
    struct sign_input in = {.region = region, .service = SV("codecommit"), .time_ms = at_ms};
    CLEANUP(sb_release) struct sb text;
    CLEANUP(sb_release) struct sb encoded;
    char amz[TIME_AMZ_SIZE];
    char hash[SIGN_HEX_SIZE];
    char signature[SIGN_HEX_SIZE];
    struct sign_keys *keys;
    struct err err = {0};

    sb_init(&text, LOGIN_MAX);
    sb_init(&encoded, LOGIN_MAX);
    (void)time_amz(at_ms, amz);
    REQUIRE_OK(sb_addf(&text, &err, "GIT\n/v1/repos/app\n\nhost:%s\n\nhost\n", host), &err);
    REQUIRE_OK(sign_hash(sb_sv(&text), hash, &err), &err);
    sb_clear(&text);
    REQUIRE_OK(sb_addf(&text, &err,
                       "AWS4-HMAC-SHA256\n%.15s\n%.8s/" SV_FMT "/codecommit/aws4_request\n%s", amz,
                       amz, SV_ARG(region), hash),
               &err);
    REQUIRE_OK(sign_keys_new(&keys, &err), &err);
    REQUIRE_OK(sign_signature(keys, sv_of(account_secret(ACCOUNT_CICD)), &in, sb_sv(&text),
                              signature, &err),
               &err);
    sign_keys_free(keys);
    sb_clear(&text);
    REQUIRE_OK(sb_addf(&text, &err, "%s:%s%s", account_access_key(ACCOUNT_CICD), amz, signature),
               &err);
    REQUIRE_OK(base64_encode(sb_sv(&text), &encoded, &err), &err);
    (void)snprintf(out, LOGIN_MAX, "Basic %s", sb_cstr(&encoded));
}

/* The status of a first request with that header and host. */
static int ask(struct stage *s, const char *login, const char *host, struct reply *reply)
{
    struct request request = {
        .method = SV("GET"),
        .path = SV("/v1/repos/app/info/refs"),
        .query = SV("service=git-upload-pack"),
        .headers = {{SV("Host"), sv_of(host)}, {SV("Authorization"), sv_of(login)}},
        .header_count = login == NULL ? 1 : 2};
    struct err err = {0};

    reply_release(reply);
    reply_init(reply);
    REQUIRE_OK(git_answer(&s->service, &request, reply, &err), &err);
    return reply->status;
}

static void test_a_signature_opens_the_repository(void **state UNUSED)
{
    struct reply reply;
    char login[LOGIN_MAX];
    struct stage s;

    stage_open(&s);
    reply_init(&reply);
    sign("127.0.0.1", s.service.wall_ms, SV("eu-west-1"), login);
    CHECK_INT(ask(&s, login, "127.0.0.1:8000", &reply), 404);
    REQUIRE(stage_call(&s, "codecommit", codecommit_create, "{\"repositoryName\":\"app\"}"));
    CHECK_INT(ask(&s, login, "127.0.0.1:8000", &reply), 200);
    CHECK_STR(reply.content_type, "application/x-git-upload-pack-advertisement");
    CHECK_TRUE(sv_starts(sb_sv(&reply.body), SV("001e# service=git-upload-pack")));
    reply_release(&reply);
    stage_close(&s);
}

static void test_what_is_not_signed_is_asked_for_a_password(void **state UNUSED)
{
    static const char *const logins[] = {NULL, "Basic", "Basic ????", "Bearer abc",
                                         "Basic YTpi" /* a:b */};
    struct reply reply;
    struct stage s;

    stage_open(&s);
    reply_init(&reply);
    REQUIRE(stage_call(&s, "codecommit", codecommit_create, "{\"repositoryName\":\"app\"}"));
    for (size_t i = 0; i < ARRAY_LEN(logins); i++) {
        CHECK_INT(ask(&s, logins[i], "127.0.0.1", &reply), 401);
        CHECK_STR(reply.headers[0].name, "WWW-Authenticate");
    }
    reply_release(&reply);
    stage_close(&s);
}

static void test_a_signature_holds_for_its_time_region_and_host(void **state UNUSED)
{
    static const char aws[] = "git-codecommit.eu-west-1.amazonaws.com";
    const int64_t minute_ms = 60000;
    struct reply reply;
    char login[LOGIN_MAX];
    struct stage s;
    int64_t now_ms;

    stage_open(&s);
    reply_init(&reply);
    now_ms = s.service.wall_ms;
    REQUIRE(stage_call(&s, "codecommit", codecommit_create, "{\"repositoryName\":\"app\"}"));
    sign("127.0.0.1", now_ms - 14 * minute_ms, SV("eu-west-1"), login);
    CHECK_INT(ask(&s, login, "127.0.0.1", &reply), 200);
    CHECK_INT(ask(&s, login, "localhost", &reply), 403);
    sign("127.0.0.1", now_ms - 16 * minute_ms, SV("eu-west-1"), login);
    CHECK_INT(ask(&s, login, "127.0.0.1", &reply), 403);
    sign("127.0.0.1", now_ms + 16 * minute_ms, SV("eu-west-1"), login);
    CHECK_INT(ask(&s, login, "127.0.0.1", &reply), 403);
    sign("127.0.0.1", now_ms, SV("us-east-1"), login);
    CHECK_INT(ask(&s, login, "127.0.0.1", &reply), 403);
    sign(aws, now_ms, SV("eu-west-1"), login);
    CHECK_INT(ask(&s, login, aws, &reply), 200);
    CHECK_INT(ask(&s, login, "git-codecommit.us-east-1.amazonaws.com", &reply), 404);
    reply_release(&reply);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_signature_opens_the_repository),
        TEST(test_what_is_not_signed_is_asked_for_a_password),
        TEST(test_a_signature_holds_for_its_time_region_and_host),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return RUN(tests);
}
