/* The credential chain against files, small scripts and a scripted HTTP server on loopback that
 * plays the container's endpoint, the instance metadata service and STS. */
#include "core/aws/cred_provider.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "tests/unit/check.h"

enum { DEADLINE_MS = 20000, VARS_MAX = 24 };

/* ---- the server ---- */

struct route {
    const char *start; /* of the request: "GET /creds" */
    int status;        /* 0: no answer at all */
    const char *body;
    int times; /* 0 = always */
};

static struct {
    int listener;
    int port;
    pthread_t thread;
    pthread_mutex_t lock;
    struct route routes[16];
    size_t route_count;
    char seen[64 * 1024]; /* all requests, one after the other */
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void route(const char *start, int status, const char *body, int times)
{
    REQUIRE(server.route_count < ARRAY_LEN(server.routes));
    server.routes[server.route_count++] = (struct route){start, status, body, times};
}

static struct route *find_route(const char *request)
{
    for (size_t i = 0; i < server.route_count; i++) {
        struct route *r = &server.routes[i];

        if (r->times >= 0 && strncmp(request, r->start, strlen(r->start)) == 0) {
            if (r->times > 0 && --r->times == 0)
                r->times = -1;
            return r;
        }
    }
    return NULL;
}

static void read_request(int fd, char *text, size_t size)
{
    size_t len = 0;
    size_t want = 0;

    while (len + 1 < size) {
        ssize_t got = read(fd, text + len, size - 1 - len);
        const char *end;

        if (got <= 0)
            break;
        len += (size_t)got;
        text[len] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (end == NULL)
            continue;
        if (want == 0) {
            const char *length = strcasestr(text, "content-length:");

            want = (size_t)(end - text) + 4;
            if (length != NULL && length < end)
                want += (size_t)strtoul(length + 15, NULL, 10);
        }
        if (len >= want)
            break;
    }
    text[len] = '\0';
}

static void *serve(void *unused)
{
    static char request[32 * 1024];
    static char reply[32 * 1024];

    for (;;) {
        int fd = accept(server.listener, NULL, NULL);
        const struct route *r;
        int len = 0;

        if (fd < 0)
            return unused;
        request[0] = '\0';
        read_request(fd, request, sizeof request);
        pthread_mutex_lock(&server.lock);
        snprintf(server.seen + strlen(server.seen), sizeof server.seen - strlen(server.seen),
                 "%s\n", request);
        r = find_route(request);
        if (r == NULL)
            len = snprintf(reply, sizeof reply,
                           "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        else if (r->status != 0)
            len = snprintf(reply, sizeof reply,
                           "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                           r->status, strlen(r->body), r->body);
        pthread_mutex_unlock(&server.lock);
        if (len > 0)
            (void)!write(fd, reply, (size_t)len);
        close(fd);
    }
}

static int server_open(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server.listener < 0 ||
        bind(server.listener, (const struct sockaddr *)&address, size) != 0 ||
        listen(server.listener, 16) != 0 ||
        getsockname(server.listener, (struct sockaddr *)&address, &size) != 0)
        return -1;
    server.port = ntohs(address.sin_port);
    server.route_count = 0;
    server.seen[0] = '\0';
    return pthread_create(&server.thread, NULL, serve, NULL);
}

static void server_close(void)
{
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listener);
}

static bool was_seen(const char *text)
{
    bool is_seen;

    pthread_mutex_lock(&server.lock);
    is_seen = strstr(server.seen, text) != NULL;
    pthread_mutex_unlock(&server.lock);
    return is_seen;
}

static int times_seen(const char *text)
{
    int count = 0;

    pthread_mutex_lock(&server.lock);
    for (const char *at = server.seen; (at = strstr(at, text)) != NULL; at++)
        count++;
    pthread_mutex_unlock(&server.lock);
    return count;
}

/* ---- the stage: a home with two files, an environment, a chain ---- */

struct answer {
    int calls;
    bool is_ok;
    char access_key[64];
    char provider[64];
    char account[64];
    int64_t expires_at_ms;
    struct err err;
};

static struct {
    char home[64];
    char lines[VARS_MAX][256];
    const char *vars[VARS_MAX + 1];
    size_t var_count;
    struct aws_env env;
    struct aws_files files;
    struct aws_settings settings;
    struct net *net;
    struct aws *aws;
    struct cred_chain *chain;
    struct err err;
} stage;

static void var(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void var(const char *fmt, ...)
{
    va_list args;

    REQUIRE(stage.var_count < VARS_MAX);
    va_start(args, fmt);
    vsnprintf(stage.lines[stage.var_count], sizeof stage.lines[0], fmt, args);
    va_end(args);
    stage.vars[stage.var_count] = stage.lines[stage.var_count];
    stage.var_count++;
}

static const char *in_home(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", stage.home, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in_home(name), "we");

    REQUIRE(f != NULL);
    REQUIRE(fputs(text, f) >= 0);
    REQUIRE(fclose(f) == 0);
    REQUIRE(chmod(in_home(name), 0700) == 0);
}

static int enter(void **state)
{
    (void)state;
    memset(&stage, 0, sizeof stage);
    memcpy(stage.home, "/tmp/penstock-cred-XXXXXX", 26);
    if (mkdtemp(stage.home) == NULL || mkdir(in_home(".aws"), 0700) != 0 || server_open() != 0)
        return -1;
    stage.env.vars = stage.vars;
    var("HOME=%s", stage.home);
    var("AWS_ENDPOINT_URL_STS=http://127.0.0.1:%d", server.port);
    var("AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:%d", server.port);
    return 0;
}

static void start_with(const char *config, const char *credentials, struct aws_options options)
{
    put(".aws/config", config);
    put(".aws/credentials", credentials);
    REQUIRE_OK(aws_files_load(&stage.env, &stage.files, &stage.err), &stage.err);
    REQUIRE_OK(
        aws_settings_resolve(&stage.env, &stage.files, &options, &stage.settings, &stage.err),
        &stage.err);
    REQUIRE_OK(net_open(&stage.net, &stage.err), &stage.err);
    REQUIRE_OK(aws_new(stage.net, &stage.aws, &stage.err), &stage.err);
    REQUIRE_OK(cred_chain_new(stage.aws, &stage.settings, &stage.chain, &stage.err), &stage.err);
}

static void start(const char *config, const char *credentials)
{
    start_with(config, credentials, (struct aws_options){0});
}

static int leave(void **state)
{
    static const char *const names[] = {".aws/config", ".aws/credentials", ".aws", "script",
                                        "token"};

    (void)state;
    cred_chain_free(stage.chain);
    if (stage.aws != NULL)
        aws_free(stage.aws);
    net_close(stage.net);
    aws_settings_release(&stage.settings);
    aws_files_release(&stage.files);
    server_close();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (unlink(in_home(names[i])) != 0)
            (void)rmdir(in_home(names[i]));
    }
    (void)rmdir(stage.home);
    return 0;
}

static void on_cred(void *owner, const struct cred *cred, const struct err *err)
{
    struct answer *a = owner;

    a->calls++;
    a->is_ok = cred != NULL;
    if (cred == NULL) {
        a->err = *err;
        return;
    }
    snprintf(a->access_key, sizeof a->access_key, "%s", cred->access_key);
    snprintf(a->provider, sizeof a->provider, "%s", cred->provider);
    snprintf(a->account, sizeof a->account, "%s", cred->account == NULL ? "" : cred->account);
    a->expires_at_ms = cred->expires_at_ms;
}

static void wait_until(const int *calls)
{
    int64_t deadline = time_mono_ms() + DEADLINE_MS;

    while (*calls == 0) {
        REQUIRE(time_mono_ms() < deadline);
        REQUIRE_OK(net_wait(stage.net, NULL, 0, 100, &stage.err), &stage.err);
    }
}

static struct answer get(void)
{
    struct answer a = {0};
    const struct cred *cred = NULL;
    enum err_code rc = cred_get(stage.chain, on_cred, &a, &cred, &a.err);

    if (rc == ERR_OK)
        on_cred(&a, cred, NULL);
    else if (rc == ERR_PENDING)
        wait_until(&a.calls);
    return a;
}

static void expect(const char *access_key, const char *provider)
{
    struct answer a = get();

    if (!a.is_ok)
        CHECK_STR(a.err.text, "no error");
    CHECK_STR(a.access_key, access_key);
    CHECK_STR(a.provider, provider);
}

static void expect_error(enum err_code code, const char *part)
{
    struct answer a = get();

    CHECK_TRUE(!a.is_ok);
    if (sv_find(sv_of(a.err.text), sv_of(part)) < 0)
        CHECK_STR(a.err.text, part);
    CHECK_INT(a.err.code, code);
    CHECK_TRUE(sv_find(sv_of(a.err.text), SV("HUSH")) < 0);
}

static const char *json_expiring(const char *access_key, int minutes)
{
    static char text[512];
    char when[TIME_RFC3339_SIZE];

    snprintf(text, sizeof text,
             "{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"HUSH\",\"Token\":\"T\","
             "\"SessionToken\":\"T\",\"Expiration\":\"%s\",\"AccountId\":\"123456789012\"}",
             access_key, time_rfc3339(time_wall_ms() / 1000 * 1000 + minutes * 60000LL, when));
    return text;
}

static const char *sts_reply(const char *operation, const char *access_key)
{
    static char texts[2][1024];
    static int turn;
    char *text = texts[turn++ % 2];
    char when[TIME_RFC3339_SIZE];

    snprintf(text, 1024,
             "<%sResponse><%sResult><AssumedRoleUser><Arn>arn:aws:sts::222222222222:assumed-role/"
             "r/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>%s</AccessKeyId>"
             "<SecretAccessKey>HUSH</SecretAccessKey><SessionToken>T</SessionToken>"
             "<Expiration>%s</Expiration></Credentials></%sResult></%sResponse>",
             operation, operation, access_key,
             time_rfc3339(time_wall_ms() / 1000 * 1000 + 3600000, when), operation, operation);
    return text;
}

static const char keys[] = "[default]\naws_access_key_id = FILE\naws_secret_access_key = HUSH\n"
                           "[b]\naws_access_key_id = B\naws_secret_access_key = HUSH\n"
                           "aws_session_token = T\n";

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
    CHECK_TRUE(was_seen("role%2Fmiddle&RoleSessionName=penstock-"));
    CHECK_TRUE(was_seen("RoleSessionName=me&ExternalId=x%20y&DurationSeconds=900"));
    CHECK_TRUE(!was_seen("soon"));
    CHECK_TRUE(was_seen("/us-east-1/sts/aws4_request"));
    CHECK_INT(times_seen("POST /"), 2);
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

#define TEST_ON_STAGE(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

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
        TEST_ON_STAGE(test_a_refused_role_is_named),
        TEST_ON_STAGE(test_a_web_identity_is_unsigned_and_its_file_read_anew),
        TEST_ON_STAGE(test_a_process_gives_credentials_without_a_shell),
        TEST_ON_STAGE(test_a_failing_process_is_quoted_by_its_first_line),
        TEST_ON_STAGE(test_a_hanging_process_is_killed),
        TEST_ON_STAGE(test_a_process_that_floods_is_stopped),
        TEST_ON_STAGE(test_process_output_that_is_not_right_is_refused),
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
