/* What one attempt of a call looks like on the wire. */
#include "core/aws/request.h"

#include "core/aws/query.h"

enum { MAX_WIRE = 17 * 1024 * 1024, MAX_URL = 16 * 1024, MAX_AUTHORIZATION = 4096 };

void request_init(struct request *r)
{
    *r = (struct request){.method = SV("POST")};
    sb_init(&r->url, MAX_URL);
    sb_init(&r->wire, MAX_WIRE);
    sb_init(&r->authorization, MAX_AUTHORIZATION);
}

void request_release(struct request *r)
{
    sb_release(&r->url);
    sb_release(&r->wire);
    sb_release(&r->authorization);
}

/* A bucket may have a host of its own. */
static const struct endpoint *endpoint_of(const struct call *call)
{
    return call->rest != NULL ? &call->rest->endpoint : call->endpoint;
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

    if (call->rest != NULL)
        return sb_add(wire, body, err);
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

static void add_rest(const struct rest *rest, struct request *r)
{
    if (rest->content_type.len > 0)
        add(r, SV("Content-Type"), rest->content_type);
    for (size_t i = 0; i < rest->header_count; i++)
        add(r, rest->headers[i].name, rest->headers[i].value);
    add(r, SV("X-Amz-Content-Sha256"), sv_of(r->hash));
}

static void add_protocol(const struct call *call, struct request *r)
{
    bool is_old = op_protocol(call->op) == PROTOCOL_JSON_1_0;

    add(r, SV("Host"), sv_of(endpoint_of(call)->host));
    if (call->rest != NULL) {
        add_rest(call->rest, r);
        return;
    }
    if (op_protocol(call->op) == PROTOCOL_QUERY) {
        add(r, SV("Content-Type"), SV("application/x-www-form-urlencoded; charset=utf-8"));
        return;
    }
    snprintf(r->target, sizeof r->target, "%s.%s", op_target_prefix(op_service(call->op)),
             op_name(call->op));
    add(r, SV("Content-Type"),
        is_old ? SV("application/x-amz-json-1.0") : SV("application/x-amz-json-1.1"));
    add(r, SV("X-Amz-Target"), sv_of(r->target));
}

static enum err_code sign(struct call *call, const struct cred *cred, struct request *r,
                          struct err *err)
{
    const struct endpoint *e = endpoint_of(call);
    enum err_code rc;
    struct sign_input in = {
        .method = r->method,
        .path = call->rest != NULL ? call->rest->path : sv_of(e->path),
        .query = call->rest != NULL ? call->rest->query : SV_NONE,
        .is_s3 = call->rest != NULL,
        .headers = r->headers,
        .header_count = r->count,
        .payload_hash = sv_of(r->hash),
        .region = sv_of(e->region),
        .service = sv_of(e->signing_name),
    };

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

static size_t path_len(const struct endpoint *e)
{
    return strcmp(e->path, "/") == 0 ? 0 : strlen(e->path);
}

static enum err_code write_url(const struct call *call, struct sb *url, struct err *err)
{
    const struct endpoint *e = endpoint_of(call);
    enum err_code rc;

    if (call->rest == NULL)
        return sb_addf(url, err, "%s%s", e->url, strcmp(e->path, "/") == 0 ? "/" : "");
    /* The endpoint's URL ends with its path, which the request's begins with. */
    rc = sb_add(url, sv_take(sv_of(e->url), strlen(e->url) - path_len(e)), err);
    if (rc == ERR_OK)
        rc = sb_add(url, call->rest->path, err);
    if (rc == ERR_OK && call->rest->query.len > 0)
        rc = sb_addc(url, '?', err);
    return rc ? rc : sb_add(url, call->rest->query, err);
}

enum err_code request_write(struct request *r, struct call *call, const struct cred *cred,
                            struct err *err)
{
    enum err_code rc = write_body(call, &r->wire, err);

    if (call->rest != NULL)
        r->method = call->rest->method;
    if (rc == ERR_OK)
        rc = sign_hash(sb_sv(&r->wire), r->hash, err);
    if (rc == ERR_OK)
        rc = write_url(call, &r->url, err);
    if (rc)
        return rc;
    add_protocol(call, r);
    if (cred != NULL)
        rc = sign(call, cred, r, err);
    if (rc == ERR_OK)
        add_identity(call, r);
    return rc;
}
