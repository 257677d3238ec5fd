/* The stage of the credential chain's tests: a home with files, an environment, a chain, and a
 * scripted HTTP server on loopback that plays the container's endpoint, the instance metadata
 * service and STS.
 */
#ifndef PENSTOCK_TESTS_CRED_STAGE_H
#define PENSTOCK_TESTS_CRED_STAGE_H

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

static inline void route(const char *start, int status, const char *body, int times)
{
    REQUIRE(server.route_count < ARRAY_LEN(server.routes));
    server.routes[server.route_count++] = (struct route){start, status, body, times};
}

static inline struct route *find_route(const char *request)
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

static inline void read_request(int fd, char *text, size_t size)
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

static inline void *serve(void *unused)
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

static inline int server_open(void)
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

static inline void server_close(void)
{
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listener);
}

static inline bool was_seen(const char *text)
{
    bool is_seen;

    pthread_mutex_lock(&server.lock);
    is_seen = strstr(server.seen, text) != NULL;
    pthread_mutex_unlock(&server.lock);
    return is_seen;
}

static inline int times_seen(const char *text)
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

static inline void var(const char *fmt, ...) PRINTF_LIKE(1, 2);
static inline void var(const char *fmt, ...)
{
    va_list args;

    REQUIRE(stage.var_count < VARS_MAX);
    va_start(args, fmt);
    vsnprintf(stage.lines[stage.var_count], sizeof stage.lines[0], fmt, args);
    va_end(args);
    stage.vars[stage.var_count] = stage.lines[stage.var_count];
    stage.var_count++;
}

static inline const char *in_home(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", stage.home, name);
    return path;
}

static inline void put(const char *name, const char *text)
{
    FILE *f = fopen(in_home(name), "we");

    REQUIRE(f != NULL);
    REQUIRE(fputs(text, f) >= 0);
    REQUIRE(fclose(f) == 0);
    REQUIRE(chmod(in_home(name), 0700) == 0);
}

static inline int enter(void **state)
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

static inline void start_with(const char *config, const char *credentials,
                              struct aws_options options)
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

static inline void start(const char *config, const char *credentials)
{
    start_with(config, credentials, (struct aws_options){0});
}

static inline int leave(void **state)
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

static inline void on_cred(void *owner, const struct cred *cred, const struct err *err)
{
    struct answer *a = owner;

    a->calls++;
    a->is_ok = cred != NULL;
    if (err != NULL)
        a->err = *err;
    if (cred == NULL)
        return;
    snprintf(a->access_key, sizeof a->access_key, "%s", cred->access_key);
    snprintf(a->provider, sizeof a->provider, "%s", cred->provider);
    snprintf(a->account, sizeof a->account, "%s", cred->account == NULL ? "" : cred->account);
    a->expires_at_ms = cred->expires_at_ms;
}

static inline void wait_until(const int *calls)
{
    int64_t deadline = time_mono_ms() + DEADLINE_MS;

    while (*calls == 0) {
        REQUIRE(time_mono_ms() < deadline);
        REQUIRE_OK(net_wait(stage.net, NULL, 0, 100, &stage.err), &stage.err);
    }
}

static inline struct answer get(void)
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

static inline void expect(const char *access_key, const char *provider)
{
    struct answer a = get();

    if (!a.is_ok)
        CHECK_STR(a.err.text, "no error");
    CHECK_STR(a.access_key, access_key);
    CHECK_STR(a.provider, provider);
}

static inline void expect_error(enum err_code code, const char *part)
{
    struct answer a = get();

    CHECK_TRUE(!a.is_ok);
    if (sv_find(sv_of(a.err.text), sv_of(part)) < 0)
        CHECK_STR(a.err.text, part);
    CHECK_INT(a.err.code, code);
    CHECK_TRUE(sv_find(sv_of(a.err.text), SV("HUSH")) < 0);
}

static inline const char *json_expiring(const char *access_key, int minutes)
{
    static char text[512];
    char when[TIME_RFC3339_SIZE];

    snprintf(text, sizeof text,
             "{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"HUSH\",\"Token\":\"T\","
             "\"SessionToken\":\"T\",\"Expiration\":\"%s\",\"AccountId\":\"123456789012\"}",
             access_key, time_rfc3339(time_wall_ms() / 1000 * 1000 + minutes * 60000LL, when));
    return text;
}

static inline const char *sts_reply(const char *operation, const char *access_key)
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

#define TEST_ON_STAGE(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

#endif
