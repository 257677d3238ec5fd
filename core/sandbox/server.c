#include "core/sandbox/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/time.h"

enum { CONNECTIONS_MAX = 256, IDLE_S = 600, PEM_CAP = 1 << 20 };

static const int64_t SILENCE_US = 300LL * 1000 * 1000;
static const uint64_t HUGE_BYTES = 96ULL << 20;

/* One request on its way. Kept for the next one when it is through. */
struct visit {
    struct visit *next;
    struct server *server;
    struct MHD_Connection *connection;
    struct sb uri;
    struct sb body;
    struct request request;
    struct reply reply;
    enum manner manner;
    bool has_begun;
    bool is_too_big;
    bool is_answered;
    bool is_held;
    int64_t due_us; /* when a held reply goes out */
};

struct server {
    struct sandbox *sandbox;
    struct MHD_Daemon *daemon;
    struct visit *spare;
    struct visit *held; /* oldest first */
    struct visit *held_last;
    struct sb cert;
    struct sb key;
    int signals;
    int port;
};

static int64_t now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct visit *take_visit(struct server *server)
{
    struct visit *v = server->spare;

    if (v != NULL) {
        server->spare = v->next;
    } else {
        v = mem_alloc(sizeof *v);
        if (v == NULL)
            return NULL;
        v->server = server;
        sb_init(&v->uri, 1 << 16);
        sb_init(&v->body, REQUEST_BODY_MAX);
        reply_init(&v->reply);
    }
    v->next = NULL;
    v->connection = NULL;
    sb_clear(&v->uri);
    sb_clear(&v->body);
    v->has_begun = v->is_too_big = v->is_answered = v->is_held = false;
    v->manner = MANNER_WHOLE;
    return v;
}

static void unhold(struct server *server, struct visit *v)
{
    struct visit *before = NULL;

    for (struct visit *at = server->held; at != NULL; before = at, at = at->next) {
        if (at != v)
            continue;
        if (before == NULL)
            server->held = v->next;
        else
            before->next = v->next;
        if (server->held_last == v)
            server->held_last = before;
        break;
    }
    v->is_held = false;
    v->next = NULL;
}

/* Almost always the last one to go out is the last one to come, so looking from the end would be
 * as good; silent ones, which wait long, are the exception. */
static void hold(struct server *server, struct visit *v, int64_t due_us)
{
    struct visit **at = &server->held;

    v->due_us = due_us;
    v->is_held = true;
    if (server->held_last != NULL && server->held_last->due_us <= due_us)
        at = &server->held_last->next;
    while (*at != NULL && (*at)->due_us <= due_us)
        at = &(*at)->next;
    v->next = *at;
    *at = v;
    if (v->next == NULL)
        server->held_last = v;
}

static void free_visit(struct visit *v)
{
    sb_release(&v->uri);
    sb_release(&v->body);
    reply_release(&v->reply);
    mem_free(v);
}

/* libmicrohttpd decodes the path it hands over; signatures need the bytes of the wire. */
static void *on_uri(void *owner, const char *uri, struct MHD_Connection *connection UNUSED)
{
    struct visit *v = take_visit(owner);

    if (v != NULL && sb_add(&v->uri, sv_of(uri), NULL))
        v->is_too_big = true;
    return v;
}

static void on_completed(void *owner, struct MHD_Connection *connection UNUSED, void **context,
                         enum MHD_RequestTerminationCode why UNUSED)
{
    struct server *server = owner;
    struct visit *v = *context;

    if (v == NULL)
        return;
    *context = NULL;
    if (v->is_held)
        unhold(server, v);
    v->next = server->spare;
    server->spare = v;
}

static enum MHD_Result on_header(void *owner, enum MHD_ValueKind kind UNUSED, const char *name,
                                 const char *value)
{
    struct request *request = owner;

    if (request->header_count == REQUEST_HEADERS_MAX)
        return MHD_NO;
    request->headers[request->header_count++] =
        (struct http_header){.name = sv_of(name), .value = sv_of(value == NULL ? "" : value)};
    return MHD_YES;
}

static void read_request(struct visit *v, const char *method)
{
    struct request *r = &v->request;

    r->method = sv_of(method);
    r->path = sv_cut(sb_sv(&v->uri), '?', &r->query);
    r->body = v->body.len == 0 ? SV("") : sb_sv(&v->body);
    r->header_count = 0;
    r->service = r->region = r->operation = SV("");
    r->who = (struct identity){.account = SV(""), .arn = SV(""), .user_id = SV("")};
    r->dialect = DIALECT_JSON;
    (void)MHD_get_connection_values(v->connection, MHD_HEADER_KIND, on_header, r);
}

static void answer(struct visit *v, const char *method)
{
    struct reply *reply = &v->reply;

    sb_clear(&reply->body);
    reply->status = 200;
    reply->header_count = 0;
    reply->content_type = "application/x-amz-json-1.1";
    reply->error[0] = '\0';
    reply->skew_ms = 0;
    v->is_answered = true;
    if (v->is_too_big) {
        reply_fail(reply, DIALECT_JSON, 413, "RequestEntityTooLargeException",
                   "The request is larger than 64 MiB");
        return;
    }
    read_request(v, method);
    v->manner = sandbox_answer(v->server->sandbox, &v->request, reply);
}

/* Half of the body, then the end of the connection. */
static ssize_t read_half(void *owner, uint64_t at, char *out, size_t room)
{
    const struct visit *v = owner;
    size_t half = v->reply.body.len / 2;
    size_t part;

    if (at >= half)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    part = half - (size_t)at < room ? half - (size_t)at : room;
    memcpy(out, v->reply.body.ptr + at, part);
    return (ssize_t)part;
}

static ssize_t read_huge(void *owner UNUSED, uint64_t at, char *out, size_t room)
{
    memset(out, ' ', room);
    if (at == 0 && room > 1)
        out[0] = '{';
    return (ssize_t)room;
}

static struct MHD_Response *make_response(struct visit *v)
{
    switch (v->manner) {
    case MANNER_CUT:
        return MHD_create_response_from_callback(v->reply.body.len, 4096, read_half, v, NULL);
    case MANNER_HUGE:
        return MHD_create_response_from_callback(HUGE_BYTES, 1 << 16, read_huge, v, NULL);
    case MANNER_WHOLE:
    case MANNER_SILENT:
        break;
    }
    /* The visit outlives the response: it is taken back when the request is completed. */
    return MHD_create_response_from_buffer(v->reply.body.len, v->reply.body.ptr,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_reply(struct visit *v)
{
    struct MHD_Response *response = make_response(v);
    enum MHD_Result result;
    char date[TIME_HTTP_SIZE];

    if (response == NULL)
        return MHD_NO;
    if (v->reply.content_type != NULL)
        (void)MHD_add_response_header(response, "Content-Type", v->reply.content_type);
    (void)MHD_add_response_header(response, "x-amzn-RequestId", v->reply.request_id);
    for (size_t i = 0; i < v->reply.header_count; i++)
        (void)MHD_add_response_header(response, v->reply.headers[i].name,
                                      v->reply.headers[i].value);
    if (v->reply.skew_ms != 0)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_DATE,
                                      time_http(time_wall_ms() + v->reply.skew_ms, date));
    result = MHD_queue_response(v->connection, (unsigned)v->reply.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection,
                                  const char *url UNUSED, const char *method,
                                  const char *version UNUSED, const char *bytes, size_t *size,
                                  void **context)
{
    struct server *server = owner;
    struct visit *v = *context;
    int64_t delay_us = (int64_t)server->sandbox->options->latency_ms * 1000;

    if (v == NULL)
        return MHD_NO;
    v->connection = connection;
    if (!v->has_begun) {
        v->has_begun = true;
        return MHD_YES;
    }
    if (*size > 0) {
        if (sb_add(&v->body, sv_make(bytes, *size), NULL))
            v->is_too_big = true;
        *size = 0;
        return MHD_YES;
    }
    if (v->is_answered)
        return v->manner == MANNER_SILENT ? MHD_NO : send_reply(v);
    answer(v, method);
    if (v->manner == MANNER_SILENT)
        delay_us = SILENCE_US;
    if (delay_us == 0)
        return send_reply(v);
    hold(server, v, now_us() + delay_us);
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static void let_go(struct server *server, int64_t until_us)
{
    while (server->held != NULL && server->held->due_us <= until_us) {
        struct visit *v = server->held;

        unhold(server, v);
        MHD_resume_connection(v->connection);
    }
}

static enum err_code open_signals(struct server *server, struct err *err)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return err_set(err, ERR_FAILED, "cannot block signals: %s", strerror(errno));
    server->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (server->signals < 0)
        return err_set(err, ERR_FAILED, "cannot wait for signals: %s", strerror(errno));
    return ERR_OK;
}

static enum err_code read_pems(struct server *server, struct err *err)
{
    const struct options *o = server->sandbox->options;
    enum err_code rc;

    sb_init(&server->cert, PEM_CAP);
    sb_init(&server->key, PEM_CAP);
    if (o->tls_cert == NULL)
        return ERR_OK;
    rc = file_read(o->tls_cert, PEM_CAP, &server->cert, err);
    return rc ? rc : file_read(o->tls_key, PEM_CAP, &server->key, err);
}

static enum err_code start(struct server *server, struct err *err)
{
    const struct options *o = server->sandbox->options;
    const union MHD_DaemonInfo *info;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)o->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, server->cert.ptr},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key.ptr},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;

    if (o->tls_cert == NULL)
        tls[0].option = MHD_OPTION_END;
    else
        flags |= MHD_USE_TLS;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_S, MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (server->daemon == NULL)
        return err_set(err, ERR_FAILED,
                       "cannot listen on 127.0.0.1 port %d: %s (another program may use it, or the "
                       "certificate is not good)",
                       o->port, strerror(errno));
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info == NULL ? o->port : info->port;
    return ERR_OK;
}

enum err_code server_open(struct sandbox *sandbox, struct server **out, struct err *err)
{
    struct server *server = mem_alloc(sizeof *server);
    enum err_code rc;

    if (server == NULL)
        return mem_err(err);
    server->sandbox = sandbox;
    server->signals = -1;
    rc = open_signals(server, err);
    if (!rc)
        rc = read_pems(server, err);
    if (!rc)
        rc = start(server, err);
    if (rc) {
        server_close(server);
        return rc;
    }
    *out = server;
    return ERR_OK;
}

void server_close(struct server *server)
{
    if (server == NULL)
        return;
    let_go(server, INT64_MAX);
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    while (server->spare != NULL) {
        struct visit *v = server->spare;

        server->spare = v->next;
        free_visit(v);
    }
    if (server->signals >= 0)
        (void)close(server->signals);
    sb_release(&server->cert);
    sb_release(&server->key);
    mem_free(server);
}

int server_port(const struct server *server)
{
    return server->port;
}

enum { WAIT_MAX_MS = 1000 };

/* Until a held reply or the engine is due, or libmicrohttpd wants to look at its time-outs. */
static int64_t wait_us(struct server *server)
{
    int64_t wait = (int64_t)WAIT_MAX_MS * 1000;
    int64_t next_ms = sandbox_next(server->sandbox);
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    if (server->held != NULL && server->held->due_us - now_us() < wait)
        wait = server->held->due_us - now_us();
    if (next_ms != INT64_MAX && (next_ms - time_wall_ms()) * 1000 < wait)
        wait = (next_ms - time_wall_ms()) * 1000;
    if (MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES &&
        (int64_t)timeout_ms * 1000 < wait)
        wait = (int64_t)timeout_ms * 1000;
    return wait < 0 ? 0 : wait;
}

static bool has_ended(int fd)
{
    char ignored[256];

    return read(fd, ignored, sizeof ignored) == 0;
}

enum err_code server_run(struct server *server, struct err *err)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[] = {
        {.fd = info == NULL ? -1 : info->epoll_fd, .events = POLLIN},
        {.fd = server->signals, .events = POLLIN},
        {.fd = server->sandbox->options->until_eof ? STDIN_FILENO : -1, .events = POLLIN},
    };

    for (;;) {
        int64_t us = wait_us(server);
        struct timespec limit = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

        if (us > 0)
            access_log_flush(&server->sandbox->log);
        if (ppoll(fds, ARRAY_LEN(fds), &limit, NULL) < 0 && errno != EINTR)
            return err_set(err, ERR_FAILED, "cannot wait: %s", strerror(errno));
        if (fds[1].revents != 0 || (fds[2].revents != 0 && has_ended(STDIN_FILENO)))
            return ERR_OK;
        let_go(server, now_us());
        sandbox_advance(server->sandbox);
        if (MHD_run(server->daemon) == MHD_NO)
            return err_set(err, ERR_FAILED, "the HTTP server gave up");
        if (server->sandbox->has_failed) {
            *err = server->sandbox->why;
            return ERR_FAILED;
        }
    }
}
