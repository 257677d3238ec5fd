/* Credentials that the host lends (container and instance), and how a chain refreshes what it has.
 */
#include "tests/unit/aws/cred_stage.h"

/* ---- container and instance ---- */

static void test_the_container_endpoint_is_asked_with_its_token(void **state UNUSED)
{
    put("token", "the-token");
    var("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%d/creds?x=1", server.port);
    var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=%s", in_home("token"));
    route("GET /creds?x=1 ", 500, "oops", 1);
    route("GET /creds?x=1 ", 200, json_expiring("BOX", 60), 0);
    start("", "");
    expect("BOX", "container-role");
    CHECK_TRUE(was_seen("Authorization: the-token"));
    CHECK_INT(times_seen("GET /creds"), 2);
}

static void test_a_container_token_goes_to_no_stranger(void **state UNUSED)
{
    var("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost.evil.example/creds");
    start("", "");
    expect_error(ERR_AUTH, "must be https, or name a loopback address");
    snprintf(stage.lines[3], sizeof stage.lines[3],
             "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1@evil.example/creds");
    expect_error(ERR_AUTH, "must be https, or name a loopback address");
    snprintf(stage.lines[3], sizeof stage.lines[3],
             "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%d/", server.port);
    var("AWS_CONTAINER_AUTHORIZATION_TOKEN=a\r\nX: HUSH");
    expect_error(ERR_AUTH, "contains a line end");
    CHECK_TRUE(!was_seen("GET"));
}

static const char role_path[] = "GET /latest/meta-data/iam/security-credentials/ ";
static const char cred_path[] = "GET /latest/meta-data/iam/security-credentials/my-role ";

static void test_the_instance_gives_its_role_by_token(void **state UNUSED)
{
    route("PUT /latest/api/token ", 200, "IMDS-TOKEN", 0);
    route(role_path, 200, "my-role", 0);
    route(cred_path, 200, json_expiring("EC2", 60), 0);
    start("", "");
    expect("EC2", "imds");
    CHECK_INT(times_seen("x-aws-ec2-metadata-token: IMDS-TOKEN"), 2);
    CHECK_TRUE(was_seen("x-aws-ec2-metadata-token-ttl-seconds: 21600"));
}

static void test_an_instance_without_tokens_is_asked_the_old_way(void **state UNUSED)
{
    route(role_path, 200, "my-role", 0);
    route(cred_path, 200, json_expiring("OLD", -5), 0);
    start("", "");
    expect("OLD", "imds"); /* expired, and extended */
    CHECK_TRUE(get().expires_at_ms > time_wall_ms() + 15 * 60000);
}

static void test_version_1_can_be_forbidden(void **state UNUSED)
{
    var("AWS_EC2_METADATA_V1_DISABLED=true");
    route(role_path, 200, "my-role", 0);
    start("", "");
    expect_error(ERR_AUTH, "version 1 is switched off");
    CHECK_TRUE(!was_seen("GET"));
}

static void test_an_instance_without_a_role_means_no_credentials(void **state UNUSED)
{
    route("PUT /latest/api/token ", 200, "IMDS-TOKEN", 0);
    start("", "");
    expect_error(ERR_AUTH, "there are no AWS credentials for profile");
}

struct region_answer {
    int calls;
    char region[64];
    enum err_code code;
};

static void on_region(void *owner, struct sv region, const struct err *err)
{
    struct region_answer *a = owner;

    a->calls++;
    snprintf(a->region, sizeof a->region, SV_FMT, SV_ARG(region));
    a->code = err == NULL ? ERR_OK : err->code;
}

static void test_the_region_comes_from_the_zone(void **state UNUSED)
{
    struct region_answer a = {0};

    route("PUT /latest/api/token ", 200, "IMDS-TOKEN", 0);
    route("GET /latest/meta-data/placement/availability-zone/ ", 200, "eu-west-1c", 1);
    start("", "");
    REQUIRE_OK(cred_imds_region(stage.aws, &stage.settings, on_region, &a, &stage.err), &stage.err);
    wait_until(&a.calls);
    CHECK_STR(a.region, "eu-west-1");
    a.calls = 0;
    REQUIRE_OK(cred_imds_region(stage.aws, &stage.settings, on_region, &a, &stage.err), &stage.err);
    wait_until(&a.calls);
    CHECK_STR(a.region, "");
    CHECK_INT(a.code, ERR_NOT_FOUND);
    a.calls = 0;
    REQUIRE_OK(cred_imds_region(stage.aws, &stage.settings, on_region, &a, &stage.err), &stage.err);
    cred_imds_cancel(stage.aws, &a);
    REQUIRE_OK(net_wait(stage.net, NULL, 0, 50, &stage.err), &stage.err);
    CHECK_INT(a.calls, 0);
}

/* ---- refresh and waiting ---- */

static void test_many_wait_for_one_run(void **state UNUSED)
{
    struct answer a[3] = {0};
    const struct cred *cred = NULL;

    var("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%d/creds", server.port);
    route("GET /creds ", 200, json_expiring("BOX", 60), 0);
    start("", "");
    for (int i = 0; i < 3; i++)
        CHECK_INT(cred_get(stage.chain, on_cred, &a[i], &cred, &stage.err), ERR_PENDING);
    cred_cancel(stage.chain, &a[1]);
    wait_until(&a[2].calls);
    CHECK_INT(a[0].calls, 1);
    CHECK_INT(a[1].calls, 0);
    CHECK_STR(a[2].access_key, "BOX");
    CHECK_INT(times_seen("GET /creds"), 1);
    expect("BOX", "container-role");
    CHECK_INT(times_seen("GET /creds"), 1);
}

static void free_chain(void *owner, const struct cred *cred UNUSED, const struct err *err UNUSED)
{
    ++*(int *)owner;
    cred_chain_free(stage.chain);
    stage.chain = NULL;
}

static void test_a_callback_may_free_the_chain(void **state UNUSED)
{
    struct answer never = {0};
    const struct cred *cred = NULL;
    int calls = 0;

    route("PUT /latest/api/token ", 400, "", 0);
    start("", "");
    CHECK_INT(cred_get(stage.chain, free_chain, &calls, &cred, &stage.err), ERR_PENDING);
    CHECK_INT(cred_get(stage.chain, on_cred, &never, &cred, &stage.err), ERR_PENDING);
    wait_until(&calls);
    CHECK_INT(never.calls, 0);
}

static void test_short_lived_ones_are_used_and_not_asked_for_each_time(void **state UNUSED)
{
    var("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%d/creds", server.port);
    route("GET /creds ", 200, json_expiring("SHORT", 5), 0);
    start("", "");
    expect("SHORT", "container-role");
    expect("SHORT", "container-role");
    CHECK_INT(times_seen("GET /creds"), 1);
}

static void test_early_refreshes_work_in_the_background(void **state UNUSED)
{
    char first[512];
    char second[512];
    int64_t deadline = time_mono_ms() + DEADLINE_MS;

    snprintf(first, sizeof first, "%s", json_expiring("FIRST", 12));
    snprintf(second, sizeof second, "%s", json_expiring("SECOND", 60));
    var("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:%d/creds", server.port);
    route("GET /creds ", 200, first, 1);
    route("GET /creds ", 200, second, 0);
    start("", "");
    cred_chain_set_hold_off(stage.chain, 0);
    expect("FIRST", "container-role");
    expect("FIRST", "container-role"); /* begins the refresh, and does not wait for it */
    while (strcmp(get().access_key, "FIRST") == 0) {
        REQUIRE(time_mono_ms() < deadline);
        REQUIRE_OK(net_wait(stage.net, NULL, 0, 100, &stage.err), &stage.err);
    }
    expect("SECOND", "container-role");
    CHECK_INT(times_seen("GET /creds"), 2);
}

static void test_a_failing_refresh_matters_only_near_the_end(void **state UNUSED)
{
    char script[1024];
    char config[256];

    snprintf(script, sizeof script, "#!/bin/sh\nrm \"$0\"\necho '%s'\n", json_expiring("ONCE", 12));
    put("script", script);
    snprintf(config, sizeof config, "[default]\ncredential_process = %s\n", in_home("script"));
    start(config, "");
    cred_chain_set_hold_off(stage.chain, 0);
    expect("ONCE", "credential-process");
    expect("ONCE", "credential-process"); /* the refresh fails, which nobody needs to know */
    expect("ONCE", "credential-process");
    snprintf(script, sizeof script, "#!/bin/sh\nrm \"$0\"\necho '%s'\n", json_expiring("LATE", 8));
    put("script", script);
    cred_expired(stage.chain);
    expect("LATE", "credential-process");
    expect_error(ERR_AUTH, "cannot start");
}

static void test_each_failing_allocation_is_survived(void **state UNUSED)
{
    bool is_done = false;

    var("AWS_MAX_ATTEMPTS=1");
    route("POST / ", 200, sts_reply("AssumeRole", "TOP"), 0);
    start("[default]\nrole_arn = arn:aws:iam::222222222222:role/top\nsource_profile = b\n", keys);
    for (long n = 1; !is_done; n++) {
        struct answer a;

        cred_expired(stage.chain);
        mem_fail_at(n);
        a = get();
        is_done = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(!is_done || a.is_ok);
        REQUIRE(n < 2000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(test_the_container_endpoint_is_asked_with_its_token),
        TEST_ON_STAGE(test_a_container_token_goes_to_no_stranger),
        TEST_ON_STAGE(test_the_instance_gives_its_role_by_token),
        TEST_ON_STAGE(test_an_instance_without_tokens_is_asked_the_old_way),
        TEST_ON_STAGE(test_version_1_can_be_forbidden),
        TEST_ON_STAGE(test_an_instance_without_a_role_means_no_credentials),
        TEST_ON_STAGE(test_the_region_comes_from_the_zone),
        TEST_ON_STAGE(test_many_wait_for_one_run),
        TEST_ON_STAGE(test_a_callback_may_free_the_chain),
        TEST_ON_STAGE(test_short_lived_ones_are_used_and_not_asked_for_each_time),
        TEST_ON_STAGE(test_early_refreshes_work_in_the_background),
        TEST_ON_STAGE(test_a_failing_refresh_matters_only_near_the_end),
        TEST_ON_STAGE(test_each_failing_allocation_is_survived),
    };

    return RUN(tests);
}
