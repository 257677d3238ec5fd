/* One call's way: lane, credentials, signature, answer, and again from the lane when it is worth
 * it. Throttles do not count as failures while the pace learns from them, so that no call is lost
 * for being one of many; they end after a while all the same. */
#include "core/aws/exchange.h"

#include "core/aws/request.h"
#include "core/base/crypto.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"

enum {
    MAX_THROTTLES = 20,
    MAX_THROTTLED_MS = 120000,
    MAX_PAGES = 10000,
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
    rest_free(call->rest);
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
    struct aws_reply reply = {
        .code = code, .err = *err, .is_unknown = call->was_undecided, .attempts = call->attempts};

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

static enum err_code start(struct call *call, const struct cred *cred, struct request *r,
                           struct err *err)
{
    const char *bundle =
        call->session != NULL ? call->session->settings->ca_bundle : call->ca_bundle;
    struct http_request http = {.ca_bundle = sv_of(bundle)};
    enum err_code rc = request_write(r, call, cred, err);

    if (rc)
        return rc;
    http.method = r->method;
    http.url = sb_sv(&r->url);
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
    struct request r;
    struct err err = {0};
    enum err_code rc;

    request_init(&r);
    call->attempts++;
    remember_cred(call, cred);
    rc = start(call, cred, &r, &err);
    request_release(&r);
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
    call->tried_skew = call->tried_cred = call->was_undecided = false;
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
        .http = http,
        .is_unknown = j->code != ERR_OK && call->was_undecided,
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
        .is_head = call->rest != NULL && sv_eq(call->rest->method, SV("HEAD")),
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
    call->was_undecided = call->was_undecided || j.is_undecided;
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
