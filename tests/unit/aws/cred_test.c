/* Where credentials are found: environment, files, roles, web identity, credential_process. */
#include "tests/unit/aws/cred_stage.h"

#include "core/base/user.h"

/* ---- at once ---- */

static void test_the_environment_is_first_but_for_an_explicit_profile(void **state UNUSED)
{
    var("AWS_ACCESS_KEY_ID=ENV");
    var("AWS_SECRET_ACCESS_KEY=HUSH");
    var("AWS_PROFILE=b");
    start("", keys);
    expect("ENV", "environment");
    cred_chain_free(stage.chain);
    stage.settings.is_profile_explicit = true;
    REQUIRE_OK(cred_chain_new(stage.aws, &stage.settings, &stage.chain, &stage.err), &stage.err);
    expect("B", "shared-credentials-file");
}

static void test_a_half_set_environment_is_no_reason_to_go_on(void **state UNUSED)
{
    var("AWS_ACCESS_KEY_ID=ENV");
    start("", keys);
    expect_error(ERR_AUTH, "no secret access key");
}

static void test_the_credentials_file_is_before_process_and_config(void **state UNUSED)
{
    start("[default]\naws_access_key_id = CONFIG\naws_secret_access_key = HUSH\n"
          "credential_process = false\n",
          keys);
    expect("FILE", "shared-credentials-file");
}

static void test_the_config_file_is_last_of_the_files(void **state UNUSED)
{
    start("[default]\naws_access_key_id = CONFIG\naws_secret_access_key = HUSH\n", "");
    expect("CONFIG", "config-file");
}

static void test_what_is_not_supported_says_what_to_run(void **state UNUSED)
{
    start("[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n", "");
    expect_error(ERR_AUTH, "uses sso_session, which penstock cannot use itself: run \"aws sso "
                           "login --profile default\"");
}

static void test_mfa_and_login_are_named(void **state UNUSED)
{
    start("[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b\nmfa_serial = m\n",
          keys);
    expect_error(ERR_AUTH, "uses mfa_serial");
    put(".aws/config", "[default]\nlogin_session = x\n");
    put(".aws/credentials", "");
    cred_expired(stage.chain);
    expect_error(ERR_AUTH, "\"aws login --profile default\"");
}

static void test_broken_role_profiles_are_refused(void **state UNUSED)
{
    static const struct {
        const char *config;
        const char *want;
    } cases[] = {
        {"[default]\nrole_arn = a\n", "neither source_profile nor credential_source"},
        {"[default]\nrole_arn = a\nsource_profile = b\ncredential_source = Environment\n",
         "both source_profile and credential_source"},
        {"[default]\nrole_arn = a\nsource_profile = gone\n", "no such profile"},
        {"[default]\nrole_arn = a\ncredential_source = Moon\n", "credential_source = Moon"},
        {"[default]\nrole_arn = a\nsource_profile = c\n[profile c]\nrole_arn = a\n"
         "source_profile = d\n[profile d]\nrole_arn = a\nsource_profile = c\n",
         "without end"},
        {"[default]\nrole_arn = a\nsource_profile = default\n", "without end"},
        {"[default]\nrole_arn = a\ncredential_source = Environment\n", "AWS_ACCESS_KEY_ID"},
        {"[default]\nrole_arn = a\ncredential_source = EcsContainer\n", "RELATIVE_URI"},
        {"[default]\nrole_arn = a\nsource_profile = e\n[profile e]\nregion = r\n",
         "\"e\" has no credentials"},
    };

    start("", "");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct answer a;

        put(".aws/config", cases[i].config);
        put(".aws/credentials", "[b]\naws_access_key_id = B\naws_secret_access_key = HUSH\n");
        cred_expired(stage.chain);
        a = get();
        CHECK_TRUE(!a.is_ok);
        if (sv_find(sv_of(a.err.text), sv_of(cases[i].want)) < 0)
            CHECK_STR(a.err.text, cases[i].want);
    }
}

static void test_no_credentials_says_what_to_do(void **state UNUSED)
{
    var("AWS_EC2_METADATA_DISABLED=true");
    start("", "");
    expect_error(ERR_AUTH, "there are no AWS credentials for profile \"default\": run \"aws "
                           "configure\", or choose another profile");
    CHECK_TRUE(!was_seen("latest"));
}

static void test_after_an_expiry_error_the_files_are_read_again(void **state UNUSED)
{
    start("", keys);
    expect("FILE", "shared-credentials-file");
    put(".aws/credentials", "[default]\naws_access_key_id = NEW\naws_secret_access_key = HUSH\n");
    expect("FILE", "shared-credentials-file");
    cred_expired(stage.chain);
    expect("NEW", "shared-credentials-file");
    put(".aws/credentials", "nonsense\n");
    cred_expired(stage.chain);
    expect_error(ERR_CONFIG, "credentials, line 1");
}

/* ---- STS ---- */

static void test_a_chain_of_roles_is_assumed_from_its_end(void **state UNUSED)
{
    char person[100];
    char name[200];

    route("POST / ", 200, sts_reply("AssumeRole", "MIDDLE"), 1);
    route("POST / ", 200, sts_reply("AssumeRole", "TOP"), 1);
    start("[default]\nrole_arn = arn:aws:iam::222222222222:role/top\nsource_profile = m\n"
          "external_id = x y\nduration_seconds = 900\nrole_session_name = me\n"
          "[profile m]\nrole_arn = arn:aws:iam::222222222222:role/middle\nsource_profile = b\n"
          "duration_seconds = soon\n",
          keys);
    expect("TOP", "assume-role");
    CHECK_STR(get().account, "222222222222");
    CHECK_TRUE(was_seen("Credential=B/"));
    CHECK_TRUE(was_seen("Credential=MIDDLE/"));
    user_person(person, sizeof person);
    (void)snprintf(name, sizeof name, "role%%2Fmiddle&RoleSessionName=penstock-%s", person);
    CHECK_TRUE(was_seen(name));
    CHECK_TRUE(was_seen("RoleSessionName=me&ExternalId=x%20y&DurationSeconds=900"));
    CHECK_TRUE(!was_seen("soon"));
    CHECK_TRUE(was_seen("/us-east-1/sts/aws4_request"));
    CHECK_INT(times_seen("POST /"), 2);
}

static void test_a_session_is_named_after_its_source(void **state UNUSED)
{
    route("POST / ", 200, sts_reply("AssumeRole", "ROLE"), 0);
    start("[default]\nrole_arn = arn:aws:iam::222222222222:role/top\nsource_profile = m\n"
          "[profile m]\nrole_arn = arn:aws:iam::222222222222:role/middle\nsource_profile = b\n"
          "role_session_name = CORP\\ana\n",
          keys);
    expect("ROLE", "assume-role");
    CHECK_TRUE(was_seen("role%2Fmiddle&RoleSessionName=CORP%5Cana"));
    CHECK_TRUE(was_seen("role%2Ftop&RoleSessionName=penstock-CORP-ana"));
    cred_expired(stage.chain);
    expect("ROLE", "assume-role");
    CHECK_INT(times_seen("role%2Ftop&RoleSessionName=penstock-CORP-ana"), 2);
}

static void test_a_refused_role_is_named(void **state UNUSED)
{
    route("POST / ", 403,
          "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
          "<Message>not you</Message></Error></ErrorResponse>",
          0);
    start("[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n", keys);
    expect_error(ERR_DENIED, "cannot assume arn:aws:iam::1:role/x");
}

static void test_a_web_identity_is_unsigned_and_its_file_read_anew(void **state UNUSED)
{
    put("token", "first\n");
    var("AWS_WEB_IDENTITY_TOKEN_FILE=%s", in_home("token"));
    var("AWS_ROLE_ARN=arn:aws:iam::222222222222:role/web");
    route("POST / ", 200, sts_reply("AssumeRoleWithWebIdentity", "WEB"), 0);
    start("", "");
    expect("WEB", "assume-role-with-web-identity");
    CHECK_TRUE(was_seen("WebIdentityToken=first"));
    CHECK_TRUE(!was_seen("uthorization:"));
    put("token", "second\n");
    cred_expired(stage.chain);
    expect("WEB", "assume-role-with-web-identity");
    CHECK_TRUE(was_seen("WebIdentityToken=second"));
    REQUIRE(unlink(in_home("token")) == 0);
    cred_expired(stage.chain);
    expect_error(ERR_AUTH, "the web identity token");
}

/* ---- credential_process ---- */

static void start_process(const char *script)
{
    char config[256];
    char text[2048];

    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    put("script", text);
    snprintf(config, sizeof config, "[default]\ncredential_process = '%s' \"a b\" $HOME;\n",
             in_home("script"));
    start(config, "");
}

static void test_a_process_gives_credentials_without_a_shell(void **state UNUSED)
{
    char script[1024];

    snprintf(script, sizeof script,
             "[ \"$1\" = 'a b' ] && [ \"$2\" = '$HOME;' ] || exit 9\necho '%s'",
             json_expiring("PROC", 60));
    start_process(script);
    expect("PROC", "credential-process");
    CHECK_STR(get().account, "123456789012");
}

static void test_a_failing_process_is_quoted_by_its_first_line(void **state UNUSED)
{
    start_process("echo HUSH; echo; echo 'log in first' >&2; echo more >&2; exit 7");
    expect_error(ERR_AUTH, "credential_process of profile \"default\" failed with exit status 7: "
                           "log in first");
}

static void test_a_hanging_process_is_killed(void **state UNUSED)
{
    start_process("sleep 600 & wait");
    cred_chain_set_process_limit(stage.chain, 100);
    expect_error(ERR_AUTH, "did not end within 1 seconds");
}

static void test_a_process_that_floods_is_stopped(void **state UNUSED)
{
    start_process("while :; do echo HUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSH; done");
    expect_error(ERR_AUTH, "printed more than 65536 bytes");
}

static void test_process_output_that_is_not_right_is_refused(void **state UNUSED)
{
    start_process("echo '{\"AccessKeyId\": HUSH'");
    expect_error(ERR_AUTH, "did not answer in JSON");
    put("script", "#!/bin/sh\necho '{\"Version\":2,\"SecretAccessKey\":\"HUSH\"}'\n");
    expect_error(ERR_AUTH, "without \"Version\": 1");
    put("script", "#!/bin/sh\necho '{\"Version\":1,\"SecretAccessKey\":\"HUSH\"}'\n");
    expect_error(ERR_AUTH, "without AccessKeyId");
    put("script", "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":"
                  "\"HUSH\",\"Expiration\":\"2020-01-01T00:00:00Z\"}'\n");
    expect_error(ERR_AUTH, "have expired");
    REQUIRE(unlink(in_home("script")) == 0);
    expect_error(ERR_AUTH, "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_STAGE(test_the_environment_is_first_but_for_an_explicit_profile),
        TEST_ON_STAGE(test_a_half_set_environment_is_no_reason_to_go_on),
        TEST_ON_STAGE(test_the_credentials_file_is_before_process_and_config),
        TEST_ON_STAGE(test_the_config_file_is_last_of_the_files),
        TEST_ON_STAGE(test_what_is_not_supported_says_what_to_run),
        TEST_ON_STAGE(test_mfa_and_login_are_named),
        TEST_ON_STAGE(test_broken_role_profiles_are_refused),
        TEST_ON_STAGE(test_no_credentials_says_what_to_do),
        TEST_ON_STAGE(test_after_an_expiry_error_the_files_are_read_again),
        TEST_ON_STAGE(test_a_chain_of_roles_is_assumed_from_its_end),
        TEST_ON_STAGE(test_a_session_is_named_after_its_source),
        TEST_ON_STAGE(test_a_refused_role_is_named),
        TEST_ON_STAGE(test_a_web_identity_is_unsigned_and_its_file_read_anew),
        TEST_ON_STAGE(test_a_process_gives_credentials_without_a_shell),
        TEST_ON_STAGE(test_a_failing_process_is_quoted_by_its_first_line),
        TEST_ON_STAGE(test_a_hanging_process_is_killed),
        TEST_ON_STAGE(test_a_process_that_floods_is_stopped),
        TEST_ON_STAGE(test_process_output_that_is_not_right_is_refused),
    };

    return RUN(tests);
}
