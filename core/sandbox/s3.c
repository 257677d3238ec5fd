#include "core/sandbox/s3.h"

#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/s3_parts.h"
#include "core/sandbox/s3_xml.h"

enum level { LEVEL_SERVICE, LEVEL_BUCKET, LEVEL_OBJECT };

struct route {
    const char *method;
    enum level level;
    const char *query;
    const char *header;
    const char *operation;
    const char *action;
    const char *root;
    bool reads_xml;
    call_fn *run;
};

static const struct route routes[] = {
#define S3_ROW(method, level, query, header, operation, action, root, xml, function)               \
    {method, LEVEL_##level, query, header, operation, action, root, xml, function},
    S3_ROUTES(S3_ROW)
#undef S3_ROW
};

/* What S3 has and the sandbox has not: it must not be taken for a plain listing or reading. */
static const char not_here[] = "accelerate analytics attributes cors intelligent-tiering inventory "
                               "legal-hold logging metrics notification object-lock policyStatus "
                               "replication requestPayment restore retention select torrent "
                               "website";

static bool has_query(const struct request *request, struct sv name)
{
    struct sv rest = request->query;

    while (rest.len > 0) {
        struct sv value;

        if (sv_eq(sv_cut(sv_cut(rest, '&', &rest), '=', &value), name))
            return true;
    }
    return false;
}

static enum level level_of(const struct request *request)
{
    struct sv key;
    struct sv bucket = sv_cut(sv_drop(request->path, 1), '/', &key);

    if (bucket.len == 0)
        return LEVEL_SERVICE;
    return key.len == 0 ? LEVEL_BUCKET : LEVEL_OBJECT;
}

static bool asks_for_more(const struct request *request)
{
    struct sv rest = sv_of(not_here);

    while (rest.len > 0) {
        if (has_query(request, sv_cut(rest, ' ', &rest)))
            return true;
    }
    return has_query(request, SV("acl")) && !sv_eq(request->method, SV("GET"));
}

/* The first row that fits: those that want more stand first. */
static const struct route *route_find(const struct request *request)
{
    enum level level = level_of(request);

    if (asks_for_more(request))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        const struct route *r = &routes[i];

        if (r->level == level && sv_eq(request->method, sv_of(r->method)) &&
            (r->query == NULL || has_query(request, sv_of(r->query))) &&
            (r->header == NULL || request_header(request, r->header).ptr != NULL))
            return r;
    }
    return NULL;
}

struct sv s3_operation(const struct request *request)
{
    const struct route *route = route_find(request);

    return route == NULL ? SV("") : sv_of(route->operation);
}

/* Percent-encoding, where a plus is a plus. */
static enum err_code decode_path(struct sv text, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.ptr != NULL && !rc) {
        rc = form_decode(sv_cut(text, '+', &text), out, err);
        if (!rc && text.ptr != NULL)
            rc = sb_addc(out, '+', err);
    }
    return rc;
}

static void put_decoded(struct call *c, const char *name, struct sb *text, enum err_code rc)
{
    if (rc == ERR_LIMIT || text->len > S3_KEY_MAX)
        call_fail(c, 400, "KeyTooLongError", "Your key is too long");
    else if (text->len > 0 && memchr(text->ptr, '\0', text->len) != NULL)
        call_fail(c, 400, "InvalidURI", "Couldn't parse the specified URI.");
    else if (call_ok(c, rc) && !member_set(c->in, name, item_text(sb_sv(text))))
        (void)call_ok(c, mem_err(c->err));
}

static void read_path(struct call *c)
{
    CLEANUP(sb_release) struct sb text;
    struct sv key;
    struct sv bucket = sv_cut(sv_drop(c->request->path, 1), '/', &key);

    sb_init(&text, 4096);
    put_decoded(c, "Bucket", &text, decode_path(bucket, &text, c->err));
    if (key.len == 0 || c->has_failed)
        return;
    sb_clear(&text);
    put_decoded(c, "Key", &text, decode_path(key, &text, c->err));
}

/* Our own members begin with capitals, S3's parameters do not. */
static void read_query(struct call *c)
{
    CLEANUP(sb_release) struct sb text;
    struct sv rest = c->request->query;

    sb_init(&text, 4096);
    while (rest.len > 0 && !c->has_failed) {
        struct sv value;
        struct sv name = sv_cut(sv_cut(rest, '&', &rest), '=', &value);
        char member[48];

        if (name.len == 0 || name.len >= sizeof member ||
            (name.ptr[0] >= 'A' && name.ptr[0] <= 'Z'))
            continue;
        (void)snprintf(member, sizeof member, SV_FMT, SV_ARG(name));
        sb_clear(&text);
        put_decoded(c, member, &text, form_decode(value, &text, c->err));
    }
}

static void read_body(struct call *c, bool is_required)
{
    char root[S3_ROOT_MAX];
    cJSON *body = NULL;
    bool is_there = c->request->body.len > 0;

    if (c->has_failed || (!is_there && !is_required))
        return;
    if (!is_there || c->request->body.len > S3_XML_MAX ||
        s3_xml_read(c->request->body, root, &body, NULL))
        call_fail(c, 400, "MalformedXML",
                  "The XML you provided was not well-formed or did not validate against our "
                  "published schema");
    else if (!member_set(c->in, "Body", body))
        (void)call_ok(c, mem_err(c->err));
}

/* Whose bucket the client believes it to be. */
static void check_bucket(struct call *c, const struct route *route)
{
    struct sv expected = request_header(c->request, "x-amz-expected-bucket-owner");
    cJSON *bucket;

    if (c->has_failed || route->run == s3_create_bucket)
        return;
    bucket = s3_bucket(c);
    if (bucket != NULL && expected.ptr != NULL && !sv_eq(expected, json_sv(bucket, "Account")))
        call_fail(c, 403, "AccessDenied", "Access Denied");
    if (bucket != NULL && !c->has_failed)
        (void)s3_may(c, bucket, sv_of(route->action), json_sv(c->in, "Key"));
    cJSON_Delete(bucket);
}

static void write_answer(struct call *c, const struct route *route)
{
    if (c->has_failed || route->root == NULL)
        return;
    c->reply->content_type = "application/xml";
    (void)call_ok(c, s3_xml_write(route->root, c->out, &c->reply->body, c->err));
}

enum err_code s3_answer(struct service *s, struct request *request, struct reply *reply,
                        struct err *err)
{
    const struct route *route = route_find(request);
    struct call c = {.service = s,
                     .request = request,
                     .reply = reply,
                     .account = request->who.account,
                     .region = request->region,
                     .in = cJSON_CreateObject(),
                     .out = cJSON_CreateObject(),
                     .err = err};

    reply->content_type = NULL;
    reply_header(reply, "x-amz-request-id", "%s", reply->request_id);
    reply_header(reply, "x-amz-id-2", "sandbox");
    if (c.in == NULL || c.out == NULL)
        (void)call_ok(&c, mem_err(err));
    else if (route == NULL)
        call_fail(&c, 501, "NotImplemented",
                  "A header you provided implies functionality that is not implemented");
    if (!c.has_failed)
        read_query(&c);
    if (!c.has_failed && route->level != LEVEL_SERVICE)
        read_path(&c);
    if (!c.has_failed && route->reads_xml)
        read_body(&c, route->run != s3_create_bucket);
    if (!c.has_failed && route->level != LEVEL_SERVICE)
        check_bucket(&c, route);
    if (!c.has_failed) {
        route->run(&c);
        write_answer(&c, route);
    }
    cJSON_Delete(c.in);
    cJSON_Delete(c.out);
    return c.rc;
}
