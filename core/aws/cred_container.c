/* The container's credential endpoint (ECS, EKS pod identity): one GET, asked three times. The
 * token goes to loopback and the two link-local addresses only, or through TLS. */
#include <arpa/inet.h>

#include "core/aws/cred_provider.h"
#include "core/base/crypto.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/net/http.h"

enum { TIMEOUT_MS = 2000, ATTEMPTS = 3, PAUSE_MS = 1000, REPLY_CAP = 64 * 1024, TOKEN_CAP = 16384 };

struct container_task {
    struct cred_task task;
    struct cred_request request;
    struct net *net;
    uint64_t timer;
    uint64_t http;
    int attempt;
    struct sb url;
};

static const char what[] = "the container's credential endpoint";

static void release(struct cred_task *task)
{
    struct container_task *t = (struct container_task *)task;

    http_cancel(t->net, t->http);
    net_timer_cancel(t->net, t->timer);
    sb_release(&t->url);
    mem_free(t);
}

/* The host of "http://user@host:port/...", as far as it is needed to compare. */
static struct sv host_of(struct sv url)
{
    ptrdiff_t at = sv_find(url, SV("://"));
    struct sv host = at < 0 ? SV_NONE : sv_drop(url, (size_t)at + 3);
    size_t len = 0;

    while (len < host.len && strchr("/?#\\", host.ptr[len]) == NULL)
        len++;
    host.len = len;
    if (sv_find(host, SV("@")) >= 0)
        return SV_NONE;
    if (sv_starts(host, SV("["))) {
        ptrdiff_t end = sv_find(host, SV("]"));

        return end < 0 ? SV_NONE : sv_make(host.ptr + 1, (size_t)end - 1);
    }
    return sv_cut(host, ':', &(struct sv){0});
}

static bool is_loopback(struct sv host)
{
    static const unsigned char v6_loopback[16] = {[15] = 1};
    char text[64];
    unsigned char address[16];

    if (host.len >= sizeof text)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    if (inet_pton(AF_INET, text, address) == 1)
        return address[0] == 127;
    return inet_pton(AF_INET6, text, address) == 1 && memcmp(address, v6_loopback, 16) == 0;
}

static bool is_allowed(struct sv url)
{
    const struct sv hosts[] = {SV("169.254.170.2"), SV("169.254.170.23"), SV("fd00:ec2::23"),
                               SV("localhost")};
    struct sv host = host_of(url);

    if (host.len == 0)
        return false;
    if (sv_eq_nocase(sv_take(url, 8), SV("https://")))
        return true;
    if (!sv_eq_nocase(sv_take(url, 7), SV("http://")))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        if (sv_eq(host, hosts[i]))
            return true;
    }
    return is_loopback(host);
}

static enum err_code choose_url(const struct aws_env *env, struct sb *out, struct err *err)
{
    const char *relative = aws_env_get(env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = aws_env_get(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI");

    if (relative != NULL && relative[0] != '/')
        return err_set(err, ERR_AUTH,
                       "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash");
    if (relative != NULL)
        return sb_addf(out, err, "http://169.254.170.2%s", relative);
    if (full == NULL || !is_allowed(sv_of(full)))
        return err_set(err, ERR_AUTH,
                       "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or name a loopback "
                       "address, 169.254.170.2, 169.254.170.23, fd00:ec2::23 or localhost");
    return sb_add(out, sv_of(full), err);
}

/* The file is read each time, because its owner renews it. */
static enum err_code read_token(const struct aws_env *env, struct sb *out, struct err *err)
{
    const char *path = aws_env_get(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = aws_env_get(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    enum err_code rc = ERR_OK;

    if (path != NULL)
        rc = file_read(path, TOKEN_CAP, out, err);
    else if (token != NULL)
        rc = sb_add(out, sv_of(token), err);
    if (rc && path != NULL) {
        err_prefix(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        return err == NULL ? rc : (err->code = ERR_AUTH);
    }
    if (rc == ERR_OK && out->len > 0 && out->ptr[strcspn(out->ptr, "\r\n")] != '\0')
        return err_set(err, ERR_AUTH,
                       "the container's authorization token contains a line end; it must be one "
                       "line without");
    return rc;
}

static enum err_code ask(struct container_task *t, struct err *err);

static void on_pause_over(void *owner, uint64_t id UNUSED)
{
    struct container_task *t = owner;
    struct err err = {0};

    t->timer = 0;
    if (ask(t, &err))
        cred_task_finish(&t->task, NULL, &err);
}

static enum err_code judge(const struct http_reply *reply, struct cred *out, struct err *err)
{
    if (reply->code) {
        err_set(err, ERR_AUTH, "%s", reply->err.text);
        return err_prefix(err, "%s", what);
    }
    if (reply->status != 200)
        return err_set(err, ERR_AUTH, "%s answered with status %d", what, reply->status);
    return cred_decode_json(reply->body, "Token", CRED_JSON_EXPIRES, what, "container-role", out,
                            err);
}

static void on_reply(void *owner, const struct http_reply *reply)
{
    struct container_task *t = owner;
    struct err err = {0};
    struct cred cred;
    enum err_code rc;

    t->http = 0;
    cred_init(&cred);
    rc = judge(reply, &cred, &err);
    if (rc && ++t->attempt < ATTEMPTS) {
        t->timer = net_timer_start(t->net, PAUSE_MS, on_pause_over, t);
        if (t->timer != 0)
            return;
    }
    cred_task_finish(&t->task, &cred, rc ? &err : NULL);
    cred_release(&cred);
}

static enum err_code ask(struct container_task *t, struct err *err)
{
    struct sb token;
    struct http_header headers[] = {{SV("Accept"), SV("application/json")},
                                    {SV("Authorization"), SV_NONE}};
    struct http_request request = {.method = SV("GET"),
                                   .url = sb_sv(&t->url),
                                   .headers = headers,
                                   .header_count = 1,
                                   .ca_bundle = sv_of(t->request.settings->ca_bundle),
                                   .no_proxy = true,
                                   .connect_timeout_ms = TIMEOUT_MS,
                                   .idle_timeout_ms = TIMEOUT_MS,
                                   .total_timeout_ms = TIMEOUT_MS,
                                   .reply_cap = REPLY_CAP};
    enum err_code rc;

    sb_init(&token, TOKEN_CAP);
    rc = read_token(t->request.settings->env, &token, err);
    if (rc == ERR_OK && token.len > 0) {
        headers[1].value = sb_sv(&token);
        request.header_count = 2;
    }
    if (rc == ERR_OK)
        rc = http_start(t->net, &request, on_reply, t, &t->http, err);
    if (token.ptr != NULL)
        crypto_wipe(token.ptr, token.size);
    sb_release(&token);
    return rc;
}

enum err_code cred_container_start(const struct cred_request *r, cred_task_fn *done, void *owner,
                                   struct cred_task **out, struct err *err)
{
    struct container_task *t = mem_alloc(sizeof *t);
    enum err_code rc;

    if (t == NULL)
        return mem_err(err);
    *t = (struct container_task){.task = {.release = release, .done = done, .owner = owner},
                                 .request = *r,
                                 .net = aws_net(r->aws)};
    sb_init(&t->url, 4096);
    rc = choose_url(r->settings->env, &t->url, err);
    if (rc == ERR_OK)
        rc = ask(t, err);
    if (rc)
        release(&t->task);
    else
        *out = &t->task;
    return rc;
}
