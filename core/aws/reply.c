/* Error names decide more than the status does: AWS throttles with 400. The lists are the SDKs'
 * standard retry mode (facts/aws-api.md 2.2, 2.3), without LimitExceededException: CodePipeline,
 * CloudFormation, EventBridge and IAM say it of a hard quota, and asking again cannot help. */
#include "core/aws/reply.h"

enum { XML_MEMORY = 8 * 1024 * 1024, SEEN_MAX = 40 };

/* clang-format off */
#define ERROR_NAME_LIST(X) \
    X("Throttling",                             THROTTLED, THROTTLED) \
    X("ThrottlingException",                    THROTTLED, THROTTLED) \
    X("ThrottledException",                     THROTTLED, THROTTLED) \
    X("RequestThrottledException",              THROTTLED, THROTTLED) \
    X("TooManyRequestsException",               THROTTLED, THROTTLED) \
    X("ProvisionedThroughputExceededException", THROTTLED, THROTTLED) \
    X("TransactionInProgressException",         THROTTLED, THROTTLED) \
    X("RequestLimitExceeded",                   THROTTLED, THROTTLED) \
    X("BandwidthLimitExceeded",                 THROTTLED, THROTTLED) \
    X("RequestThrottled",                       THROTTLED, THROTTLED) \
    X("SlowDown",                               THROTTLED, THROTTLED) \
    X("PriorRequestNotComplete",                THROTTLED, THROTTLED) \
    X("EC2ThrottledException",                  THROTTLED, THROTTLED) \
    X("RequestTimeout",                         TRANSIENT, SERVER)    \
    X("RequestTimeoutException",                TRANSIENT, SERVER)    \
    X("IDPCommunicationError",                  TRANSIENT, SERVER)    \
    X("AuthFailure",                            SKEWED,    AUTH)      \
    X("InvalidSignatureException",              SKEWED,    AUTH)      \
    X("RequestExpired",                         SKEWED,    AUTH)      \
    X("RequestInTheFuture",                     SKEWED,    AUTH)      \
    X("RequestTimeTooSkewed",                   SKEWED,    AUTH)      \
    X("SignatureDoesNotMatch",                  SKEWED,    AUTH)      \
    X("ExpiredToken",                           EXPIRED,   AUTH)      \
    X("ExpiredTokenException",                  EXPIRED,   AUTH)      \
    X("UnrecognizedClientException",            EXPIRED,   AUTH)      \
    X("InvalidClientTokenId",                   EXPIRED,   AUTH)      \
    X("InvalidAccessKeyId",                     EXPIRED,   AUTH)      \
    X("TokenRefreshRequired",                   EXPIRED,   AUTH)      \
    X("MissingAuthenticationToken",             FINAL,     AUTH)      \
    X("MissingAuthenticationTokenException",    FINAL,     AUTH)      \
    X("IncompleteSignature",                    FINAL,     AUTH)      \
    X("IncompleteSignatureException",           FINAL,     AUTH)      \
    X("InvalidIdentityToken",                   FINAL,     AUTH)      \
    X("OptInRequired",                          FINAL,     AUTH)      \
    X("AccessDenied",                           FINAL,     DENIED)    \
    X("AccessDeniedException",                  FINAL,     DENIED)    \
    X("UnauthorizedOperation",                  FINAL,     DENIED)    \
    X("AuthorizationError",                     FINAL,     DENIED)    \
    X("NotAuthorized",                          FINAL,     DENIED)    \
    X("OperationNotAllowedException",           FINAL,     DENIED)
/* clang-format on */

static const struct {
    const char *name;
    enum fate fate;
    enum err_code code;
} names[] = {
#define NAME_ROW(name, fate, code) {name, FATE_##fate, ERR_##code},
    ERROR_NAME_LIST(NAME_ROW)
#undef NAME_ROW
};

void judgement_release(struct judgement *j)
{
    cJSON_Delete(j->json);
    arena_release(&j->arena);
    *j = (struct judgement){0};
}

/* "ns#Code:detail" -> "Code" */
static void keep_name(struct judgement *j, struct sv text)
{
    struct sv rest;
    struct sv name = sv_cut(text, ':', &rest);
    ptrdiff_t hash = sv_find(name, SV("#"));

    if (hash >= 0)
        name = sv_drop(name, (size_t)hash + 1);
    snprintf(j->name, sizeof j->name, SV_FMT, SV_ARG(sv_trim(sv_take(name, sizeof j->name - 1))));
}

/* The services have many words for it. */
static bool is_not_found(struct sv name)
{
    return sv_ends(name, SV("NotFoundException")) || sv_ends(name, SV("NotFound")) ||
           sv_ends(name, SV("DoesNotExistException")) || sv_starts(name, SV("NoSuch"));
}

/* By status and name: what it is, before a word is said about it. */
static void classify(struct judgement *j, int status)
{
    j->fate = FATE_FINAL;
    j->code = ERR_FAILED;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i].name, j->name) == 0) {
            j->fate = names[i].fate;
            j->code = names[i].code;
            return;
        }
    }
    if (is_not_found(sv_of(j->name))) {
        j->code = ERR_NOT_FOUND;
    } else if (status == 429 && j->name[0] == '\0') {
        j->fate = FATE_THROTTLED;
        j->code = ERR_THROTTLED;
    } else if (status >= 500) {
        j->fate = status == 501 || status == 505 ? FATE_FINAL : FATE_TRANSIENT;
        j->code = ERR_SERVER;
        j->is_undecided = !(status == 503 && j->name[0] != '\0');
    } else if (status == 413) {
        j->code = ERR_LIMIT;
    }
}

static void tell(const struct judge_input *in, int status, struct sv message, struct judgement *j)
{
    const char *op = op_name(in->op);
    int len = (int)(message.len < 300 ? message.len : 300);
    const char *text = message.len > 0 ? message.ptr : "no reason given";

    if (message.len == 0)
        len = (int)strlen(text);
    switch (j->code) {
    case ERR_DENIED:
        err_set(&j->err, j->code, "%s is denied%s%s in %s: %.*s", op,
                in->account[0] != '\0' ? " in account " : "", in->account, in->region, len, text);
        return;
    case ERR_AUTH:
        err_set(&j->err, j->code, "AWS does not accept the credentials for %s: %s: %.*s", op,
                j->name, len, text);
        return;
    case ERR_THROTTLED:
        err_set(&j->err, j->code, "AWS throttles %s in %s: %.*s", op, in->region, len, text);
        return;
    case ERR_SERVER:
        err_set(&j->err, j->code, "%s failed to answer %s: HTTP %d%s%s: %.*s", in->host, op, status,
                j->name[0] != '\0' ? ", " : "", j->name, len, text);
        return;
    default:
        err_set(&j->err, j->code, "%s failed: %s%s%.*s", op, j->name,
                j->name[0] != '\0' ? ": " : "", len, text);
    }
}

static struct sv start_of(struct sv body)
{
    return sv_take(sv_trim(body), SEEN_MAX);
}

static bool is_json(enum op op)
{
    return op_protocol(op) == PROTOCOL_JSON_1_0 || op_protocol(op) == PROTOCOL_JSON_1_1;
}

/* An answer that no AWS service writes: a captive portal, a proxy, a web server. */
static void judge_stranger(const struct judge_input *in, const struct http_reply *reply,
                           struct judgement *j)
{
    const char *want = is_json(in->op) ? "JSON" : "XML";
    struct sv seen = start_of(reply->body);

    j->name[0] = '\0';
    classify(j, reply->status);
    if (j->code == ERR_SERVER || j->code == ERR_THROTTLED || j->code == ERR_LIMIT) {
        tell(in, reply->status, seen, j);
        return;
    }
    j->fate = FATE_FINAL;
    j->code =
        err_set(&j->err, ERR_REPLY,
                "expected %s from %s, got HTTP %d with \"" SV_FMT "\": is it an AWS endpoint?",
                want, in->host, reply->status, SV_ARG(seen));
}

static void judge_error(const struct judge_input *in, const struct http_reply *reply,
                        struct sv name, struct sv message, struct judgement *j)
{
    struct sv rest;
    struct sv query_name = sv_cut(http_reply_header(reply, SV("x-amzn-query-error")), ';', &rest);
    struct sv type = http_reply_header(reply, SV("x-amzn-errortype"));

    keep_name(j, query_name.len > 0 ? query_name : name.len > 0 ? name : type);
    if (j->name[0] == '\0') {
        judge_stranger(in, reply, j);
        return;
    }
    classify(j, reply->status);
    /* CloudFormation has no name for a stack that is not there. */
    if (op_service(in->op) == SERVICE_CLOUDFORMATION && strcmp(j->name, "ValidationError") == 0 &&
        (sv_starts(message, SV("Stack")) || sv_starts(message, SV("Resource "))) &&
        sv_find(message, SV("does not exist")) >= 0)
        j->code = ERR_NOT_FOUND;
    tell(in, reply->status, message, j);
}

/* A success that cannot be read, or any answer that there was no room for. What at least began
 * right was probably cut on its way, so it is worth another try; one that is too large for us would
 * be so again. */
static void judge_broken(const struct judge_input *in, const struct http_reply *reply, char opening,
                         enum err_code rc, struct judgement *j)
{
    struct sv seen = start_of(reply->body);

    if (rc == ERR_LIMIT) {
        j->fate = FATE_FINAL;
        j->is_undecided = true;
        j->code = rc;
        return;
    }
    if (seen.len == 0 || seen.ptr[0] != opening || sv_starts(seen, SV("<!")) ||
        sv_eq_nocase(sv_take(seen, 5), SV("<html"))) {
        judge_stranger(in, reply, j);
        return;
    }
    j->fate = FATE_TRANSIENT;
    j->is_undecided = true;
    j->code = err_set(&j->err, ERR_REPLY, "the answer of %s to %s is broken off or malformed",
                      in->host, op_name(in->op));
}

static void judge_json(const struct judge_input *in, const struct http_reply *reply,
                       struct judgement *j)
{
    bool is_success = reply->status / 100 == 2;
    struct sv text = sv_trim(reply->body);
    enum err_code rc = json_parse(text.len > 0 ? text : SV("{}"), &j->json, &j->err);
    struct sv message;

    if (rc == ERR_OK && cJSON_IsObject(j->json)) {
        if (is_success) {
            j->fate = FATE_DONE;
            return;
        }
        message = json_sv(j->json, "message");
        judge_error(in, reply, json_sv(j->json, "__type"),
                    message.len > 0 ? message : json_sv(j->json, "Message"), j);
        return;
    }
    if (is_success || rc == ERR_LIMIT)
        judge_broken(in, reply, '{', rc, j);
    else
        judge_error(in, reply, SV_NONE, SV_NONE, j);
}

static void judge_xml(const struct judge_input *in, const struct http_reply *reply,
                      struct judgement *j)
{
    bool is_success = reply->status / 100 == 2;
    char result[96];
    struct xml *root;
    struct sv id;
    enum err_code rc;

    arena_init(&j->arena, XML_MEMORY);
    rc = xml_parse(reply->body, &j->arena, &root, &j->err);
    if (rc) {
        if (is_success || rc == ERR_LIMIT)
            judge_broken(in, reply, '<', rc, j);
        else
            judge_error(in, reply, SV_NONE, SV_NONE, j);
        return;
    }
    id = xml_text(root, is_success ? "ResponseMetadata/RequestId" : "RequestId");
    j->request_id = id.len > 0 ? id : j->request_id;
    if (!is_success) {
        judge_error(in, reply, xml_text(root, "Error/Code"), xml_text(root, "Error/Message"), j);
        return;
    }
    snprintf(result, sizeof result, "%sResponse", op_name(in->op));
    if (!sv_eq(root->name, sv_of(result))) {
        judge_stranger(in, reply, j);
        return;
    }
    snprintf(result, sizeof result, "%sResult", op_name(in->op));
    j->xml = xml_get(root, result);
    if (j->xml == NULL)
        j->xml = root;
    j->fate = FATE_DONE;
}

/* True when S3 says that the bucket is elsewhere. */
static bool judge_region(const struct judge_input *in, const struct http_reply *reply,
                         const struct xml *root, struct judgement *j)
{
    struct sv region = http_reply_header(reply, SV("x-amz-bucket-region"));
    struct sv name = xml_text(root, "Code");

    if (region.len == 0)
        region = xml_text(root, "Region");
    if (region.len == 0 || sv_eq(region, sv_of(in->region)) ||
        (reply->status / 100 != 3 && reply->status != 400))
        return false;
    keep_name(j, name.len > 0 ? name : SV("PermanentRedirect"));
    j->fate = FATE_FINAL;
    j->code = err_set(&j->err, ERR_FAILED,
                      "%s failed: the bucket is in region " SV_FMT ", not in %s: use that region",
                      op_name(in->op), SV_ARG(sv_take(region, 40)), in->region);
    return true;
}

/* All that is known of it is its status. A key that has expired is 400 here. */
static void judge_head(const struct judge_input *in, const struct http_reply *reply,
                       struct judgement *j)
{
    int status = reply->status;

    classify(j, status);
    if (status == 404) {
        j->code = ERR_NOT_FOUND;
        keep_name(j, SV("NotFound"));
        tell(in, status, SV("there is no such bucket or object"), j);
        return;
    }
    if (status == 403 || status == 400) {
        j->fate = status == 400 ? FATE_EXPIRED : FATE_FINAL;
        j->code = status == 400 ? ERR_AUTH : ERR_DENIED;
        keep_name(j, status == 400 ? SV("BadRequest") : SV("Forbidden"));
    }
    tell(in, status, SV_NONE, j);
}

static void judge_rest(const struct judge_input *in, const struct http_reply *reply,
                       struct judgement *j)
{
    bool is_success = reply->status / 100 == 2;
    struct xml *root = NULL;
    enum err_code rc = ERR_OK;

    arena_init(&j->arena, XML_MEMORY);
    if (!in->is_head && sv_trim(reply->body).len > 0)
        rc = xml_parse(reply->body, &j->arena, &root, &j->err);
    if (is_success && rc) {
        judge_broken(in, reply, '<', rc, j);
    } else if (is_success && (root == NULL || !sv_eq(root->name, SV("Error")))) {
        j->xml = root;
        j->fate = FATE_DONE;
    } else if (judge_region(in, reply, root, j)) {
        return;
    } else if (in->is_head) {
        judge_head(in, reply, j);
    } else {
        judge_error(in, reply, xml_text(root, "Code"), xml_text(root, "Message"), j);
    }
}

void reply_judge(const struct judge_input *in, const struct http_reply *reply,
                 struct judgement *out)
{
    struct sv id = http_reply_header(reply, SV("x-amzn-requestid"));

    *out = (struct judgement){
        .request_id = id.len > 0 ? id : http_reply_header(reply, SV("x-amz-request-id"))};
    if (reply->code) {
        out->code = reply->code;
        out->err = reply->err;
        out->is_undecided = reply->was_sent;
        out->fate =
            reply->code == ERR_NET || reply->code == ERR_TIMEOUT ? FATE_TRANSIENT : FATE_FINAL;
    } else if (op_protocol(in->op) == PROTOCOL_QUERY) {
        judge_xml(in, reply, out);
    } else if (op_protocol(in->op) == PROTOCOL_REST_XML) {
        judge_rest(in, reply, out);
    } else {
        judge_json(in, reply, out);
    }
    if (out->fate == FATE_DONE) {
        out->code = ERR_OK;
        out->is_undecided = false;
    }
}
