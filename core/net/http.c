/* Requests: checked, copied into one block, begun at once or queued until a connection is free, and
 * delivered. Our own queue rather than libcurl's, because there a waiting request's time-outs are
 * already running. */
#include "core/net/http.h"

#include <limits.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/net/cause.h"
#include "core/net/loop.h"
#include "core/net/transfer.h"
#include "core/net/url.h"

enum {
    DEFAULT_CONNECTIONS = 32,
    DEFAULT_CONNECT_MS = 5000,
    DEFAULT_TOTAL_MS = 120000,
    DEFAULT_REPLY_CAP = 32 * 1024 * 1024,
    MAX_REQUEST = 20 * 1024 * 1024,
    MAX_REQUEST_HEADERS = 64,
    KEPT_BUFFER = 4 * 1024, /* a larger one is not kept for the next reply */
    TURN_REPLIES = 64,
    TURN_MS = 5,
};

struct http {
    struct transfer_set *set;
    struct transfer *running;
    struct transfer *queue_first;
    struct transfer *queue_last;
    struct transfer *pool;
    int running_count;
    int max_connections;
    bool has_more; /* ended transfers that this turn had no time for */
};

struct sv http_reply_header(const struct http_reply *reply, struct sv name)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (sv_eq_nocase(reply->headers[i].name, name))
            return reply->headers[i].value;
    }
    return SV_NONE;
}

static enum err_code open_http(struct net *net, struct err *err)
{
    struct http *http;
    enum err_code rc;

    if (net->http == NULL) {
        http = mem_alloc(sizeof *http);
        if (http == NULL)
            return mem_err(err);
        http->max_connections = DEFAULT_CONNECTIONS;
        net->http = http;
    }
    http = net->http;
    if (http->set != NULL)
        return ERR_OK;
    rc = transfer_set_open(&http->set, err);
    if (rc)
        return rc;
    transfer_set_connections(http->set, http->max_connections);
    return ERR_OK;
}

bool http_is_open(const struct http *http)
{
    return http != NULL && http->set != NULL;
}

void http_set_connections(struct net *net, int count)
{
    if (net->http == NULL) {
        net->http = mem_alloc(sizeof *net->http);
        if (net->http == NULL)
            return; /* the default stays */
    }
    net->http->max_connections = count > 0 ? count : 1;
    if (net->http->set != NULL)
        transfer_set_connections(net->http->set, net->http->max_connections);
}

static bool has_break(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\r' || text.ptr[i] == '\n' || text.ptr[i] == '\0')
            return true;
    }
    return false;
}

static enum err_code check(const struct http_request *r, struct url *url, struct err *err)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "HEAD", "DELETE"};
    enum err_code rc = url_parse(r->url, url, err);
    bool is_known = false;

    if (rc)
        return rc;
    if (!url->is_tls && !url_may_be_plain(url))
        return err_set(err, ERR_CONFIG,
                       "plain http:// is only for this host: use https:// for " SV_FMT,
                       SV_ARG(url->authority));
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        is_known = is_known || sv_eq(r->method, sv_of(methods[i]));
    if (!is_known)
        return err_set(err, ERR_FAILED, "unknown method " SV_FMT, SV_ARG(sv_take(r->method, 16)));
    for (size_t i = 0; i < r->header_count; i++) {
        if (has_break(r->headers[i].name) || has_break(r->headers[i].value))
            return err_set(err, ERR_FAILED, "a line break in the header " SV_FMT,
                           SV_ARG(r->headers[i].name));
    }
    if (r->header_count > MAX_REQUEST_HEADERS || r->body.len > MAX_REQUEST)
        return err_set(err, ERR_LIMIT, "a request over %d bytes", MAX_REQUEST);
    return ERR_OK;
}

/* Filling of the block that was measured before. */
struct block {
    char *at;
};

static char *put(struct block *b, struct sv text)
{
    char *start = b->at;

    if (text.len > 0)
        memcpy(b->at, text.ptr, text.len);
    b->at += text.len;
    return start;
}

static char *put_text(struct block *b, struct sv text)
{
    char *start = put(b, text);

    *b->at++ = '\0';
    return start;
}

static void put_line(struct block *b, struct transfer_line *lines, size_t *count, struct sv name,
                     struct sv value)
{
    struct transfer_line *line = &lines[*count];

    /* libcurl's spelling: "Name;" sends an empty value, "Name:" sends no such header. */
    line->text = put(b, name);
    if (value.ptr == NULL)
        put(b, SV(":"));
    else
        put(b, value.len > 0 ? SV(": ") : SV(";"));
    put_text(b, value);
    if (*count > 0)
        lines[*count - 1].next = line;
    (*count)++;
}

static bool has_header(const struct http_request *r, struct sv name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (sv_eq_nocase(r->headers[i].name, name))
            return true;
    }
    return false;
}

/* libcurl adds these when they are not given; a signed request is sent as it was signed. */
static const char *const unwanted[] = {"Expect", "Accept", "Content-Type", "User-Agent"};

static enum err_code copy(struct transfer *t, const struct http_request *r, const struct url *url,
                          const char *proxy, struct err *err)
{
    size_t size = (r->header_count + ARRAY_LEN(unwanted)) * (sizeof(struct transfer_line) + 32);
    struct transfer_line *lines;
    size_t count = 0;
    struct block b;

    for (size_t i = 0; i < r->header_count; i++)
        size += r->headers[i].name.len + r->headers[i].value.len + 4;
    size += r->method.len + r->url.len + url->authority.len + strlen(proxy) + r->ca_bundle.len +
            r->body.len + 8;
    t->memory = mem_alloc(size);
    t->memory_size = size;
    if (t->memory == NULL)
        return mem_err(err);
    lines = (struct transfer_line *)(void *)t->memory;
    b.at = t->memory + (r->header_count + ARRAY_LEN(unwanted)) * sizeof *lines;
    for (size_t i = 0; i < r->header_count; i++) {
        struct sv value = r->headers[i].value;

        put_line(&b, lines, &count, r->headers[i].name, value.len > 0 ? value : SV(""));
    }
    for (size_t i = 0; i < ARRAY_LEN(unwanted); i++) {
        if (!has_header(r, sv_of(unwanted[i])))
            put_line(&b, lines, &count, sv_of(unwanted[i]), SV_NONE);
    }
    t->lines = lines;
    t->method = put_text(&b, r->method);
    t->url = put_text(&b, r->url);
    t->host = put_text(&b, url->authority);
    t->proxy = put_text(&b, sv_of(proxy));
    t->ca_bundle = put_text(&b, r->ca_bundle);
    t->body = sv_make(put(&b, r->body), r->body.len);
    return ERR_OK;
}

static int or_default(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

static struct transfer *take_transfer(struct http *http)
{
    struct transfer *t = http->pool;

    if (t == NULL)
        return mem_alloc(sizeof *t);
    http->pool = t->next;
    t->next = NULL;
    return t;
}

/* Signatures and session tokens are among the headers. */
static void forget_request(struct transfer *t)
{
    if (t->memory != NULL)
        explicit_bzero(t->memory, t->memory_size);
    mem_free(t->memory);
    t->memory = NULL;
}

static void free_transfer(struct transfer *t)
{
    transfer_release(t);
    forget_request(t);
    mem_free(t);
}

/* Back to the pool; those that never had a handle are not worth keeping. */
static void recycle(struct http *http, struct transfer *t)
{
    forget_request(t);
    if (t->easy == NULL) {
        free_transfer(t);
        return;
    }
    if (t->reply.size > KEPT_BUFFER)
        sb_release(&t->reply);
    t->next = http->pool;
    http->pool = t;
}

static enum err_code begin(struct http *http, struct transfer *t, struct err *err)
{
    enum err_code rc = transfer_begin(http->set, t, err);

    if (rc)
        return rc;
    t->next = http->running;
    http->running = t;
    http->running_count++;
    return ERR_OK;
}

static void enqueue(struct http *http, struct transfer *t)
{
    t->next = NULL;
    if (http->queue_last != NULL)
        http->queue_last->next = t;
    else
        http->queue_first = t;
    http->queue_last = t;
}

static enum err_code prepare(struct http *http, const struct http_request *r, struct transfer **out,
                             struct err *err)
{
    struct url url;
    struct transfer *t;
    enum err_code rc = check(r, &url, err);

    if (rc)
        return rc;
    t = take_transfer(http);
    if (t == NULL)
        return mem_err(err);
    rc = copy(t, r, &url, r->no_proxy ? "" : proxy_for_url(&url), err);
    if (rc) {
        recycle(http, t);
        return rc;
    }
    t->kind = sv_eq(r->method, SV("GET"))    ? TRANSFER_GET
              : sv_eq(r->method, SV("HEAD")) ? TRANSFER_HEAD
                                             : TRANSFER_BODY;
    t->connect_timeout_ms = or_default(r->connect_timeout_ms, DEFAULT_CONNECT_MS);
    t->idle_timeout_ms = or_default(r->idle_timeout_ms, HTTP_IDLE_MS);
    t->total_timeout_ms = or_default(r->total_timeout_ms, DEFAULT_TOTAL_MS);
    t->never_resend = r->never_resend;
    t->reply.cap = r->reply_cap > 0 ? r->reply_cap : DEFAULT_REPLY_CAP;
    *out = t;
    return ERR_OK;
}

enum err_code http_start(struct net *net, const struct http_request *request, http_done_fn *done,
                         void *owner, uint64_t *id, struct err *err)
{
    enum err_code rc = open_http(net, err);
    struct transfer *t = NULL;

    if (rc)
        return rc;
    rc = prepare(net->http, request, &t, err);
    if (t == NULL)
        return rc;
    t->done = done;
    t->owner = owner;
    t->id = ++net->last_id;
    if (net->http->running_count < net->http->max_connections && net->http->queue_first == NULL) {
        rc = begin(net->http, t, err);
        if (rc) {
            recycle(net->http, t);
            return rc;
        }
    } else {
        enqueue(net->http, t);
    }
    net->stats.requests++;
    net->stats.running++;
    *id = t->id;
    return ERR_OK;
}

static bool unlink_from(struct transfer **list, const struct transfer *t)
{
    while (*list != NULL && *list != t)
        list = &(*list)->next;
    if (*list == NULL)
        return false;
    *list = t->next;
    return true;
}

static struct transfer *find(struct transfer *list, uint64_t id)
{
    while (list != NULL && list->id != id)
        list = list->next;
    return list;
}

static void unlink_running(struct http *http, struct transfer *t)
{
    if (unlink_from(&http->running, t))
        http->running_count--;
}

static void unlink_queued(struct http *http, struct transfer *t)
{
    unlink_from(&http->queue_first, t);
    if (http->queue_last == t) {
        http->queue_last = http->queue_first;
        while (http->queue_last != NULL && http->queue_last->next != NULL)
            http->queue_last = http->queue_last->next;
    }
}

void http_cancel(struct net *net, uint64_t id)
{
    struct transfer *t;

    if (net->http == NULL || id == 0)
        return;
    t = find(net->http->running, id);
    if (t != NULL) {
        transfer_stop(net->http->set, t);
        unlink_running(net->http, t);
    } else {
        t = find(net->http->queue_first, id);
        if (t == NULL)
            return;
        unlink_queued(net->http, t);
    }
    net->stats.running--;
    recycle(net->http, t);
}

static size_t split_head(const struct transfer *t, struct http_header *out)
{
    struct sv rest = sb_sv(&t->head);
    size_t count = 0;

    while (rest.len > 0 && count < TRANSFER_MAX_HEADERS) {
        struct sv value;
        struct sv name = sv_cut(sv_cut(rest, '\n', &rest), ':', &value);

        if (value.ptr != NULL)
            out[count++] = (struct http_header){sv_trim(name), sv_trim(value)};
    }
    return count;
}

/* t is in no list any more. */
static void deliver(struct net *net, struct transfer *t, enum err_code code, const struct err *err)
{
    struct http_header headers[TRANSFER_MAX_HEADERS];
    struct http_reply reply = {
        .code = code,
        .was_sent = t->was_sent,
        .status = t->status,
        .body = sb_sv(&t->reply),
        .headers = headers,
        .header_count = split_head(t, headers),
        .started_ms = t->started_ms,
        .finished_ms = time_mono_ms(),
    };

    net->stats.running--;
    net->replied_ms = reply.finished_ms;
    net->stats.bytes_in += t->head.len + t->reply.len;
    net->stats.connections = transfer_connections(net->http->set);
    if (code)
        reply.err = *err;
    else
        net->stats.replies++;
    log_debug("%s %s: %s %d, %zu bytes, %lld ms", t->method, t->host, err_name(code), t->status,
              t->reply.len, (long long)(reply.finished_ms - reply.started_ms));
    t->done(t->owner, &reply);
    recycle(net->http, t);
}

static void deliver_ended(struct net *net)
{
    struct http *http = net->http;
    int64_t end_ms = time_mono_ms() + TURN_MS;

    http->has_more = true;
    for (int i = 0; i < TURN_REPLIES && (i == 0 || time_mono_ms() < end_ms); i++) {
        struct err err = {0};
        enum err_code code;
        struct transfer *t = transfer_take(http->set, &code, &err);

        if (t == NULL) {
            http->has_more = false;
            return;
        }
        unlink_running(http, t);
        deliver(net, t, code, &err);
    }
}

static int64_t idle_left_ms(const struct transfer *t, int64_t now_ms)
{
    return t->was_sent ? t->active_ms + t->idle_timeout_ms - now_ms : INT_MAX;
}

int64_t http_silent_ms(const struct net *net)
{
    int64_t now_ms = time_mono_ms();
    int64_t most = 0;

    for (const struct transfer *t = net->http == NULL ? NULL : net->http->running; t != NULL;
         t = t->next) {
        if (now_ms - t->active_ms > most)
            most = now_ms - t->active_ms;
    }
    return most;
}

/* One per turn: its callback may change the list that is being walked. */
static void give_up_idle(struct net *net)
{
    struct http *http = net->http;
    int64_t now_ms = time_mono_ms();

    for (struct transfer *t = http->running; t != NULL; t = t->next) {
        struct err err = {0};
        enum err_code code;

        if (idle_left_ms(t, now_ms) > 0)
            continue;
        code = cause_tell(t, CAUSE_IDLE_TIMEOUT, 0, &err);
        transfer_stop(http->set, t);
        unlink_running(http, t);
        deliver(net, t, code, &err);
        return;
    }
}

static void begin_queued(struct net *net)
{
    struct http *http = net->http;

    while (http->queue_first != NULL && http->running_count < http->max_connections) {
        struct transfer *t = http->queue_first;
        struct err err = {0};
        enum err_code rc;

        unlink_queued(http, t);
        rc = begin(http, t, &err);
        if (rc) {
            deliver(net, t, rc, &err);
            return;
        }
    }
}

int64_t http_next_ms(const struct http *http, int64_t now_ms)
{
    int64_t least = INT_MAX;

    if (http->has_more ||
        (http->queue_first != NULL && http->running_count < http->max_connections))
        return 0;
    for (const struct transfer *t = http->running; t != NULL; t = t->next) {
        int64_t left = idle_left_ms(t, now_ms);

        least = left < least ? left : least;
    }
    return least == INT_MAX ? -1 : least > 0 ? least : 0;
}

enum err_code http_wait(struct http *http, struct net_fd *fds, size_t fd_count, int timeout_ms,
                        struct err *err)
{
    return transfer_wait(http->set, fds, fd_count, timeout_ms, err);
}

void http_run(struct net *net)
{
    transfer_perform(net->http->set);
    deliver_ended(net);
    give_up_idle(net);
    begin_queued(net);
}

void http_push(struct http *http)
{
    transfer_perform(http->set);
}

static void free_list(struct transfer_set *set, struct transfer *t)
{
    while (t != NULL) {
        struct transfer *next = t->next;

        if (set != NULL)
            transfer_stop(set, t);
        free_transfer(t);
        t = next;
    }
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    free_list(http->set, http->running);
    free_list(NULL, http->queue_first);
    free_list(NULL, http->pool);
    transfer_set_close(http->set);
    mem_free(http);
}
