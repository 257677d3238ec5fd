/* One call's way: lane, credentials, signature, answer, and again from the lane when it is worth
 * it. Throttles do not count as failures while the pace learns from them, so that no call is lost
 * for being one of many; they end after a while all the same. */
#include "core/aws/exchange.h"

#include "core/aws/sts.h"
#include "core/base/crypto.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"

enum {
    MAX_THROTTLES = 20,
    MAX_THROTTLED_MS = 120000,
    MAX_PAGES = 10000,
    MAX_WIRE = 4 * 1024 * 1024,
    HEADERS_MAX = 12,
};

static void on_http(void *owner, const struct http_reply *reply);

static void free_call(struct call *call)
{
    struct aws *aws = call->aws;

    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        aws->calls = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    if (call->session == NULL)
        mem_free(call->endpoint);
    cred_release(&call->cred);
    sb_release(&call->body);
    sb_release(&call->token);
    mem_free(call->ca_bundle);
    mem_free(call->app_id);
    mem_free(call);
}

void exchange_drop(struct call *call)
{
    lane_leave(call);
    net_timer_cancel(call->aws->net, call->timer_id);
    http_cancel(call->aws->net, call->http_id);
    call->timer_id = call->http_id = 0;
    if (call->waits_for_cred)
        cred_cancel(call->session->chain, call);
    call->waits_for_cred = false;
    if (call->has_token)
        pace_forget(call->pace, time_mono_ms());
    call->has_token = false;
    if (call->is_calling_back)
        call->is_cancelled = true;
    else
        free_call(call);
}

/* Tell the caller; afterwards the call is gone. */
static void finish(struct call *call, const struct aws_reply *reply)
{
    call->is_calling_back = true;
    if (call->page != NULL)
        call->page(call->owner, reply, true);
    else
        call->done(call->owner, reply);
    free_call(call);
}

static void fail(struct call *call, enum err_code code, const struct err *err)
{
    struct aws_reply reply = {.code = code, .err = *err, .attempts = call->attempts};

    if (call->has_token)
        pace_forget(call->pace, time_mono_ms());
    call->has_token = false;
    finish(call, &reply);
}

static void queue_again(struct call *call)
{
    struct err err = {0};
    enum err_code rc = lane_queue(call, true, &err);

    if (rc)
        fail(call, rc, &err);
}

/* A page's body: the caller's, and the token merged into it. */
static enum err_code add_json_token(const struct call *call, struct sb *wire, struct err *err)
{
    struct sv body = sv_trim(sb_sv(&call->body));
    struct jw w;
    enum err_code rc;

    if (!sv_starts(body, SV("{")) || !sv_ends(body, SV("}")))
        return err_set(err, ERR_FAILED, "the request of %s is no JSON object", op_name(call->op));
    body = sv_trim(sv_take(body, body.len - 1));
    rc = sb_add(wire, body, err);
    if (rc == ERR_OK && body.len > 1)
        rc = sb_addc(wire, ',', err);
    if (rc)
        return rc;
    jw_init(&w, wire, err);
    jw_put_sv(&w, op_token_in(call->op), sb_sv(&call->token));
    rc = jw_done(&w);
    return rc ? rc : sb_addc(wire, '}', err);
}

static enum err_code write_body(const struct call *call, struct sb *wire, struct err *err)
{
    struct sv body = sb_sv(&call->body);
    enum err_code rc;

    if (op_protocol(call->op) != PROTOCOL_QUERY) {
        if (call->token.len > 0)
            return add_json_token(call, wire, err);
        return sb_add(wire, body.len > 0 ? body : SV("{}"), err);
    }
    while (sv_ends(body, SV("&")))
        body.len--;
    rc = sb_addf(wire, err, "Action=%s&Version=%s%s", op_name(call->op),
                 op_version(op_service(call->op)), body.len > 0 ? "&" : "");
    if (rc == ERR_OK)
        rc = sb_add(wire, body, err);
    if (rc == ERR_OK && call->token.len > 0)
        rc = sb_addc(wire, '&', err);
    if (rc == ERR_OK && call->token.len > 0)
        rc = query_add(wire, op_token_in(call->op), sb_sv(&call->token), err);
    if (rc == ERR_OK && call->token.len > 0 && wire->ptr[wire->len - 1] == '&')
        wire->ptr[--wire->len] = '\0';
    return rc;
}

/* All texts of one request; they live until http_start has copied them. */
struct request {
    struct http_header headers[HEADERS_MAX];
    size_t count;
    char target[128];
    char tries[48];
    char agent[128];
    char date[TIME_AMZ_SIZE];
    char url[ENDPOINT_URL_MAX + 1];
    struct sb wire;
    struct sb authorization;
};

static void add(struct request *r, struct sv name, struct sv value)
{
    r->headers[r->count++] = (struct http_header){name, value};
}

static void add_identity(const struct call *call, struct request *r)
{
    const char *app = call->session != NULL ? call->session->settings->app_id : call->app_id;
    size_t at = (size_t)snprintf(r->agent, sizeof r->agent, "penstock/%s", PENSTOCK_VERSION);

    if (app != NULL && app[0] != '\0')
        snprintf(r->agent + at, sizeof r->agent - at, " app/%.50s", app);
    for (char *p = r->agent; *p != '\0'; p++)
        *p = *p >= 0x20 && *p < 0x7f ? *p : '-';
    snprintf(r->tries, sizeof r->tries, "attempt=%d; max=%d", call->attempts,
             call->attempts > call->max_attempts ? call->attempts : call->max_attempts);
    add(r, SV("User-Agent"), sv_of(r->agent));
    add(r, SV("amz-sdk-invocation-id"), sv_of(call->invocation_id));
    add(r, SV("amz-sdk-request"), sv_of(r->tries));
}

static void add_protocol(const struct call *call, struct request *r)
{
    add(r, SV("Host"), sv_of(call->endpoint->host));
    if (op_protocol(call->op) == PROTOCOL_QUERY) {
        add(r, SV("Content-Type"), SV("application/x-www-form-urlencoded; charset=utf-8"));
        return;
    }
    snprintf(r->target, sizeof r->target, "%s.%s", op_target_prefix(op_service(call->op)),
             op_name(call->op));
    add(r, SV("Content-Type"), SV("application/x-amz-json-1.1"));
    add(r, SV("X-Amz-Target"), sv_of(r->target));
}

static enum err_code sign(struct call *call, const struct cred *cred, struct request *r,
                          struct err *err)
{
    const struct endpoint *e = call->endpoint;
    char hash[SIGN_HEX_SIZE];
    enum err_code rc = sign_hash(sb_sv(&r->wire), hash, err);
    struct sign_input in = {
        .method = SV("POST"),
        .path = sv_of(e->path),
        .headers = r->headers,
        .header_count = r->count,
        .payload_hash = sv_of(hash),
        .region = sv_of(e->region),
        .service = sv_of(e->signing_name),
    };

    if (rc)
        return rc;
    call->used_skew_ms = skew_get(&call->aws->skew, e->host);
    in.time_ms = time_wall_ms() + call->used_skew_ms;
    rc = sign_header(call->aws->keys, cred, &in, &r->authorization, err);
    if (rc)
        return rc;
    add(r, SV("X-Amz-Date"), sv_of(time_amz(in.time_ms, r->date)));
    if (cred->token != NULL)
        add(r, SV("X-Amz-Security-Token"), sv_of(cred->token));
    add(r, SV("Authorization"), sb_sv(&r->authorization));
    return ERR_OK;
}

static enum err_code start(struct call *call, const struct cred *cred, struct request *r,
                           struct err *err)
{
    const char *bundle =
        call->session != NULL ? call->session->settings->ca_bundle : call->ca_bundle;
    struct http_request http = {.method = SV("POST"), .ca_bundle = sv_of(bundle)};
    enum err_code rc = write_body(call, &r->wire, err);

    add_protocol(call, r);
    if (rc == ERR_OK && cred != NULL)
        rc = sign(call, cred, r, err);
    if (rc)
        return rc;
    add_identity(call, r);
    snprintf(r->url, sizeof r->url, "%s%s", call->endpoint->url,
             strcmp(call->endpoint->path, "/") == 0 ? "/" : "");
    http.url = sv_of(r->url);
    http.headers = r->headers;
    http.header_count = r->count;
    http.body = sb_sv(&r->wire);
    http.never_resend = !op_is_idempotent(call->op);
    return http_start(call->aws->net, &http, on_http, call, &call->http_id, err);
}

static uint64_t hash_of(const char *text)
{
    unsigned char digest[CRYPTO_SHA256_SIZE];
    uint64_t hash = 0;

    if (text == NULL || crypto_sha256(sv_of(text), digest, NULL))
        return 0;
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

static void remember_cred(struct call *call, const struct cred *cred)
{
    struct aws_session *s = call->session;

    if (s == NULL || cred == NULL)
        return;
    call->used_key = hash_of(cred->token != NULL ? cred->token : cred->access_key);
    s->used_key = call->used_key;
    s->key_hash = cred->token != NULL ? 0 : call->used_key;
    s->provider = cred->provider != NULL ? cred->provider : "";
    s->expires_at_ms = cred->expires_at_ms;
}

static void transmit(struct call *call, const struct cred *cred)
{
    struct request r = {.count = 0};
    struct err err = {0};
    enum err_code rc;

    sb_init(&r.wire, MAX_WIRE);
    sb_init(&r.authorization, 4096);
    call->attempts++;
    remember_cred(call, cred);
    rc = start(call, cred, &r, &err);
    sb_release(&r.wire);
    sb_release(&r.authorization);
    if (rc)
        fail(call, rc, &err);
}

static void on_cred(void *owner, const struct cred *cred, const struct err *err)
{
    struct call *call = owner;

    call->waits_for_cred = false;
    if (cred == NULL)
        fail(call, err->code, err);
    else
        transmit(call, cred);
}

void exchange_send(struct call *call)
{
    const struct cred *cred = call->has_cred ? &call->cred : NULL;
    struct err err = {0};
    enum err_code rc;

    if (call->session != NULL && op_is_signed(call->op)) {
        call->waits_for_cred = true;
        rc = cred_get(call->session->chain, on_cred, call, &cred, &err);
        if (rc == ERR_PENDING)
            return;
        call->waits_for_cred = false;
        if (rc) {
            fail(call, rc, &err);
            return;
        }
    }
    transmit(call, cred);
}

static void settle_pace(struct call *call, const struct judgement *j, bool was_answered)
{
    int64_t now_ms = time_mono_ms();

    if (!call->has_token)
        return;
    call->has_token = false;
    if (j->fate == FATE_THROTTLED)
        pace_throttled(call->pace, now_ms);
    else if (was_answered)
        pace_success(call->pace, now_ms);
    else
        pace_forget(call->pace, now_ms);
}

static double random01(void)
{
    uint32_t value = UINT32_MAX / 2;

    if (crypto_random(&value, sizeof value, NULL))
        value = UINT32_MAX / 2;
    return value / 4294967296.0;
}

static void on_back_off(void *owner, uint64_t id)
{
    struct call *call = owner;

    (void)id;
    call->timer_id = 0;
    queue_again(call);
}

static bool may_fail_again(struct call *call, const struct judgement *j)
{
    int cost = j->code == ERR_TIMEOUT ? RETRY_COST_TIMEOUT : RETRY_COST;

    call->failures++;
    if (call->failures >= call->max_attempts || (j->is_undecided && !op_is_idempotent(call->op)) ||
        (call->quota != NULL && !retry_quota_take(call->quota, cost)))
        return false;
    call->last_cost = cost;
    return true;
}

static bool back_off(struct call *call)
{
    call->timer_id = net_timer_start(call->aws->net, retry_delay_ms(call->failures, random01()),
                                     on_back_off, call);
    return call->timer_id != 0;
}

static bool may_wait_for_pace(struct call *call)
{
    int64_t now_ms = time_mono_ms();

    if (call->throttles++ == 0)
        call->throttled_at_ms = now_ms;
    return call->pace != NULL && call->throttles < MAX_THROTTLES &&
           now_ms - call->throttled_at_ms < MAX_THROTTLED_MS;
}

static bool renew_cred(struct call *call)
{
    struct aws_session *s = call->session;

    if (s == NULL || call->tried_cred)
        return false;
    call->tried_cred = true;
    /* Of many calls that were signed with the same ones only the first drops them. */
    if (call->used_key == s->used_key)
        cred_expired(s->chain);
    s->used_key = 0;
    return true;
}

/* True when the call goes on by itself. */
static bool try_again(struct call *call, const struct judgement *j, bool was_wrong_clock)
{
    switch (j->fate) {
    case FATE_TRANSIENT:
        return may_fail_again(call, j) && back_off(call);
    case FATE_THROTTLED:
        if (call->pace == NULL)
            return may_fail_again(call, j) && back_off(call);
        if (!may_wait_for_pace(call))
            return false;
        break;
    case FATE_SKEWED:
        if (!was_wrong_clock || call->tried_skew)
            return false;
        call->tried_skew = true;
        break;
    case FATE_EXPIRED:
        if (!renew_cred(call))
            return false;
        break;
    case FATE_DONE:
    case FATE_FINAL:
        return false;
    }
    queue_again(call);
    return true;
}

static void give_quota_back(struct call *call)
{
    if (call->quota != NULL)
        retry_quota_give(call->quota, call->last_cost > 0 ? call->last_cost : 1);
}

static struct sv token_out(const struct call *call, const struct judgement *j)
{
    const char *name = op_token_out(call->op);

    if (name == NULL || call->page == NULL)
        return SV_NONE;
    return j->json != NULL ? json_sv(j->json, name) : xml_text(j->xml, name);
}

static void ask_next_page(struct call *call)
{
    call->attempts = call->failures = call->throttles = call->last_cost = 0;
    call->tried_skew = call->tried_cred = false;
    queue_again(call);
}

/* A page with another behind it. */
static void deliver_page(struct call *call, struct aws_reply *reply, struct sv token)
{
    bool wants_more;

    if (sv_eq(token, sb_sv(&call->token)) || ++call->pages >= MAX_PAGES) {
        reply->code = err_set(&reply->err, ERR_REPLY, "%s of %s does not come to an end",
                              op_name(call->op), call->endpoint->host);
        finish(call, reply);
        return;
    }
    sb_clear(&call->token);
    reply->code = sb_add(&call->token, token, &reply->err);
    if (reply->code) {
        finish(call, reply);
        return;
    }
    call->is_calling_back = true;
    wants_more = call->page(call->owner, reply, false);
    call->is_calling_back = false;
    if (!wants_more || call->is_cancelled)
        free_call(call);
    else
        ask_next_page(call);
}

static void deliver(struct call *call, const struct http_reply *http, const struct judgement *j)
{
    struct sv token = SV_NONE;
    struct aws_reply reply = {
        .code = j->code,
        .err = j->err,
        .status = http->status,
        .error_name = sv_of(j->name),
        .request_id = j->request_id,
        .json = j->code ? NULL : j->json,
        .xml = j->code ? NULL : j->xml,
        .body = http->body,
        .attempts = call->attempts,
    };

    if (j->code == ERR_OK) {
        memset(&reply.err, 0, sizeof reply.err);
        give_quota_back(call);
        token = token_out(call, j);
    }
    if (token.len > 0)
        deliver_page(call, &reply, token);
    else
        finish(call, &reply);
}

static void on_http(void *owner, const struct http_reply *reply)
{
    struct call *call = owner;
    struct aws *aws = call->aws;
    const struct pace *pace = call->pace;
    struct judge_input in = {
        .op = call->op,
        .host = call->endpoint->host,
        .account = call->session != NULL        ? call->session->account
                   : call->cred.account != NULL ? call->cred.account
                                                : "",
        .region = call->endpoint->region,
    };
    struct judgement j;
    bool was_wrong_clock = false;

    call->http_id = 0;
    reply_judge(&in, reply, &j);
    settle_pace(call, &j, reply->code == ERR_OK);
    if (reply->code == ERR_OK && (j.fate == FATE_DONE || j.name[0] != '\0'))
        was_wrong_clock =
            skew_learn(&aws->skew, call->endpoint->host, reply, call->used_skew_ms, time_wall_ms());
    log_debug("%s: HTTP %d %s %s", op_name(call->op), reply->status, err_name(j.code), j.name);
    if (!try_again(call, &j, was_wrong_clock))
        deliver(call, reply, &j);
    judgement_release(&j);
    lane_wake(aws, pace);
}
