#include "core/aws/call.h"

#include "core/aws/exchange.h"
#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/time.h"

enum { MAX_BODY = 16 * 1024 * 1024, MAX_TOKEN = 64 * 1024, DEFAULT_ATTEMPTS = 3 };

static char *dup_sv(struct sv text)
{
    char *copy = mem_alloc(text.len + 1);

    if (copy != NULL && text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

enum err_code aws_new(struct net *net, struct aws **out, struct err *err)
{
    struct aws *aws = mem_alloc(sizeof *aws);
    enum err_code rc;

    if (aws == NULL)
        return mem_err(err);
    aws->net = net;
    aws->limits = (struct pace_limits){5, 32};
    rc = sign_keys_new(&aws->keys, err);
    if (rc) {
        mem_free(aws);
        return rc;
    }
    *out = aws;
    return ERR_OK;
}

void aws_free(struct aws *aws)
{
    if (aws == NULL)
        return;
    while (aws->calls != NULL)
        exchange_drop(aws->calls);
    while (aws->lanes != NULL) {
        struct lane *next = aws->lanes->next;

        net_timer_cancel(aws->net, aws->lanes->timer_id);
        mem_free(aws->lanes);
        aws->lanes = next;
    }
    while (aws->slots != NULL) {
        struct pace_slot *next = aws->slots->next;

        mem_free(aws->slots->key);
        mem_free(aws->slots);
        aws->slots = next;
    }
    sign_keys_free(aws->keys);
    mem_free(aws);
}

struct net *aws_net(struct aws *aws)
{
    return aws->net;
}

void aws_set_read_only(struct aws *aws, bool is_read_only)
{
    aws->is_read_only = is_read_only;
}

void aws_set_pace(struct aws *aws, struct pace_limits limits)
{
    aws->limits = limits;
    for (struct pace_slot *slot = aws->slots; slot != NULL; slot = slot->next)
        pace_init(&slot->pace, limits, time_mono_ms());
}

enum err_code session_new(struct aws *aws, const struct aws_settings *settings, struct sv region,
                          struct cred_chain *chain, struct aws_session **out, struct err *err)
{
    const struct partition *partition = partition_of_region(region);
    struct aws_session *s = mem_alloc(sizeof *s);

    if (s == NULL) {
        cred_chain_free(chain);
        return mem_err(err);
    }
    s->aws = aws;
    s->settings = settings;
    s->chain = chain;
    s->provider = "";
    s->partition = partition == NULL ? "aws" : partition->name;
    s->account = mem_dup("");
    s->region = dup_sv(region);
    if (s->region == NULL || s->account == NULL) {
        aws_session_free(s);
        return mem_err(err);
    }
    *out = s;
    return ERR_OK;
}

enum err_code aws_session_new(struct aws *aws, const struct aws_settings *settings,
                              struct sv region, struct aws_session **out, struct err *err)
{
    struct cred_chain *chain;
    enum err_code rc = cred_chain_new(aws, settings, &chain, err);

    return rc ? rc : session_new(aws, settings, region, chain, out, err);
}

static struct call *call_of(const struct aws_session *session)
{
    struct call *c = session->aws->calls;

    while (c != NULL && (c->session != session || c->is_cancelled))
        c = c->next;
    return c;
}

void aws_session_free(struct aws_session *session)
{
    struct call *c;

    if (session == NULL)
        return;
    /* From the start each time: dropping one may end others, of the credential chain. */
    while ((c = call_of(session)) != NULL)
        exchange_drop(c);
    cred_chain_free(session->chain);
    for (int i = 0; i < SERVICE_COUNT; i++)
        mem_free(session->endpoints[i]);
    mem_free(session->region);
    mem_free(session->account);
    mem_free(session);
}

struct aws *aws_session_aws(const struct aws_session *session)
{
    return session->aws;
}

const struct aws_settings *aws_session_settings(const struct aws_session *session)
{
    return session->settings;
}

const char *aws_session_region(const struct aws_session *session)
{
    return session->region;
}

const char *aws_session_partition(const struct aws_session *session)
{
    return session->partition;
}

uint64_t aws_session_key_hash(const struct aws_session *session)
{
    return session->key_hash;
}

uint64_t aws_session_used_key(const struct aws_session *session)
{
    return session->used_key;
}

const char *aws_session_provider(const struct aws_session *session)
{
    return session->provider;
}

int64_t aws_session_expires_at(const struct aws_session *session)
{
    return session->expires_at_ms;
}

static struct pace_slot *slot_by_key(struct aws *aws, const char *key)
{
    struct pace_slot *slot = aws->slots;

    while (slot != NULL && strcmp(slot->key, key) != 0)
        slot = slot->next;
    if (slot != NULL)
        return slot;
    slot = mem_alloc(sizeof *slot);
    if (slot == NULL)
        return NULL;
    slot->key = mem_dup(key);
    if (slot->key == NULL) {
        mem_free(slot);
        return NULL;
    }
    pace_init(&slot->pace, aws->limits, time_mono_ms());
    retry_quota_init(&slot->quota);
    slot->next = aws->slots;
    aws->slots = slot;
    return slot;
}

/* The pace belongs to the account; until that is known, the profile stands for it. */
static enum err_code slot_key(const struct aws_session *s, enum service service, struct sb *key,
                              struct err *err)
{
    bool is_account = s->account[0] != '\0';

    return sb_addf(key, err, "%s %s\n%s\n%s", is_account ? "account" : "profile",
                   is_account ? s->account : s->settings->profile, s->region, service_id(service));
}

static enum err_code find_slot(struct aws_session *s, enum service service, struct err *err)
{
    CLEANUP(sb_release) struct sb key = {.cap = 4096};
    enum err_code rc;

    if (s->slots[service] != NULL)
        return ERR_OK;
    rc = slot_key(s, service, &key, err);
    if (rc)
        return rc;
    s->slots[service] = slot_by_key(s->aws, sb_cstr(&key));
    return s->slots[service] == NULL ? mem_err(err) : ERR_OK;
}

/* What was learned under the profile's name stays, unless the account has a pace already. */
static enum err_code rename_slot(struct aws_session *s, enum service service, struct err *err)
{
    CLEANUP(sb_release) struct sb key = {.cap = 4096};
    struct pace_slot *slot = s->aws->slots;
    enum err_code rc;
    char *copy;

    rc = slot_key(s, service, &key, err);
    if (rc)
        return rc;
    while (slot != NULL && strcmp(slot->key, sb_cstr(&key)) != 0)
        slot = slot->next;
    if (slot == NULL) {
        copy = mem_dup(sb_cstr(&key));
        if (copy == NULL)
            return mem_err(err);
        slot = s->slots[service];
        mem_free(slot->key);
        slot->key = copy;
    }
    s->slots[service] = slot;
    return ERR_OK;
}

enum err_code aws_session_set_account(struct aws_session *session, struct sv account,
                                      struct err *err)
{
    enum err_code rc = ERR_OK;
    char *copy;

    if (sv_eq(account, sv_of(session->account)))
        return ERR_OK;
    copy = dup_sv(account);
    if (copy == NULL)
        return mem_err(err);
    mem_free(session->account);
    session->account = copy;
    for (int i = 0; i < SERVICE_COUNT && rc == ERR_OK; i++) {
        if (session->slots[i] == NULL)
            continue;
        if (sv_starts(sv_of(session->slots[i]->key), SV("profile ")))
            rc = rename_slot(session, (enum service)i, err);
        else
            session->slots[i] = NULL; /* another account's */
    }
    return rc;
}

struct aws_pace_view aws_session_pace(const struct aws_session *session, enum service service)
{
    const struct pace_slot *slot = session->slots[service];
    struct aws_pace_view view = {.rate_per_s = session->aws->limits.rate_per_s};

    if (slot != NULL) {
        view.is_slowed = pace_is_slowed(&slot->pace, time_mono_ms());
        view.rate_per_s = slot->pace.rate;
        view.throttles = slot->pace.throttles;
    }
    return view;
}

static enum err_code find_endpoint(struct aws_session *s, enum service service, struct err *err)
{
    struct endpoint *e;
    enum err_code rc;

    if (s->endpoints[service] != NULL)
        return ERR_OK;
    e = mem_alloc(sizeof *e);
    if (e == NULL)
        return mem_err(err);
    rc = endpoint_resolve(s->settings, service, sv_of(s->region), e, err);
    if (rc) {
        mem_free(e);
        return rc;
    }
    s->endpoints[service] = e;
    return ERR_OK;
}

/* A random UUID, the same over all attempts, so that AWS can tell a retry. */
static enum err_code name_call(char out[37], struct err *err)
{
    unsigned char bytes[16];
    char hex[33];
    enum err_code rc = crypto_random(bytes, sizeof bytes, err);

    if (rc)
        return rc;
    bytes[6] = (unsigned char)(0x40 | (bytes[6] & 0x0f));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f));
    crypto_hex(bytes, sizeof bytes, hex);
    snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
    return ERR_OK;
}

static enum err_code new_call(struct aws *aws, enum op op, struct sv body, struct call **out,
                              struct err *err)
{
    struct call *call = mem_alloc(sizeof *call);
    enum err_code rc;

    if (call == NULL)
        return mem_err(err);
    call->aws = aws;
    call->op = op;
    call->id = ++aws->last_id;
    cred_init(&call->cred);
    sb_init(&call->body, MAX_BODY);
    sb_init(&call->token, MAX_TOKEN);
    call->next = aws->calls;
    if (aws->calls != NULL)
        aws->calls->previous = call;
    aws->calls = call;
    rc = sb_add(&call->body, body, err);
    if (rc == ERR_OK)
        rc = name_call(call->invocation_id, err);
    if (rc) {
        exchange_drop(call);
        return rc;
    }
    *out = call;
    return ERR_OK;
}

static enum err_code begin(struct aws_session *s, enum op op, struct sv body, struct call **out,
                           struct err *err)
{
    enum service service = op_service(op);
    enum err_code rc;

    if (s->aws->is_read_only && op_writes(op))
        return err_set(err, ERR_USAGE, "penstock is read-only here: %s was not sent", op_name(op));
    rc = find_endpoint(s, service, err);
    if (rc == ERR_OK)
        rc = find_slot(s, service, err);
    if (rc == ERR_OK)
        rc = new_call(s->aws, op, body, out, err);
    if (rc)
        return rc;
    (*out)->session = s;
    (*out)->endpoint = s->endpoints[service];
    (*out)->pace = &s->slots[service]->pace;
    (*out)->quota = &s->slots[service]->quota;
    (*out)->max_attempts =
        s->settings->max_attempts > 0 ? s->settings->max_attempts : DEFAULT_ATTEMPTS;
    return ERR_OK;
}

static enum err_code queue(struct call *call, uint64_t *id, struct err *err)
{
    uint64_t its_id = call->id;
    enum err_code rc = lane_queue(call, false, err);

    if (rc)
        exchange_drop(call);
    else
        *id = its_id;
    return rc;
}

enum err_code aws_call(struct aws_session *session, enum op op, struct sv body, aws_done_fn *done,
                       void *owner, uint64_t *id, struct err *err)
{
    struct call *call = NULL;
    enum err_code rc = begin(session, op, body, &call, err);

    if (rc)
        return rc;
    call->done = done;
    call->owner = owner;
    return queue(call, id, err);
}

enum err_code aws_call_pages(struct aws_session *session, enum op op, struct sv body,
                             aws_page_fn *page, void *owner, uint64_t *id, struct err *err)
{
    struct call *call = NULL;
    enum err_code rc = begin(session, op, body, &call, err);

    if (rc)
        return rc;
    call->page = page;
    call->owner = owner;
    return queue(call, id, err);
}

enum err_code aws_call_rest(struct aws_session *session, enum op op, const struct aws_rest *rest,
                            struct sv body, aws_done_fn *done, void *owner, uint64_t *id,
                            struct err *err)
{
    struct call *call = NULL;
    enum err_code rc = begin(session, op, body, &call, err);

    if (rc)
        return rc;
    rc = rest_make(call->endpoint, op, rest, body, &call->rest, err);
    if (rc) {
        exchange_drop(call);
        return rc;
    }
    call->done = done;
    call->owner = owner;
    return queue(call, id, err);
}

struct sv aws_reply_header(const struct aws_reply *reply, struct sv name)
{
    return reply->http == NULL ? SV_NONE : http_reply_header(reply->http, name);
}

static enum err_code fill(struct call *call, const struct aws_exchange *x, struct err *err)
{
    call->endpoint = mem_alloc(sizeof *call->endpoint);
    call->ca_bundle = dup_sv(x->ca_bundle);
    call->app_id = dup_sv(x->app_id);
    if (call->endpoint == NULL || call->ca_bundle == NULL || call->app_id == NULL)
        return mem_err(err);
    *call->endpoint = *x->endpoint;
    call->pace = x->pace;
    call->max_attempts = x->max_attempts > 0 ? x->max_attempts : DEFAULT_ATTEMPTS;
    if (x->cred == NULL)
        return ERR_OK;
    call->has_cred = true;
    return cred_copy(&call->cred, x->cred, err);
}

enum err_code aws_exchange(struct aws *aws, const struct aws_exchange *exchange, aws_done_fn *done,
                           void *owner, uint64_t *id, struct err *err)
{
    struct call *call;
    enum err_code rc = new_call(aws, exchange->op, exchange->body, &call, err);

    if (rc)
        return rc;
    rc = fill(call, exchange, err);
    if (rc) {
        exchange_drop(call);
        return rc;
    }
    call->done = done;
    call->owner = owner;
    return queue(call, id, err);
}

void aws_cancel(struct aws *aws, uint64_t id)
{
    for (struct call *c = aws->calls; id != 0 && c != NULL; c = c->next) {
        if (c->id == id) {
            if (!c->is_cancelled)
                exchange_drop(c);
            return;
        }
    }
}
