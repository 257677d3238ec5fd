#include "core/sandbox/auth.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/iam.h"
#include "core/sandbox/iam_resource.h"
#include "core/sandbox/policy.h"

static const int64_t WINDOW_MS = 5 * 60 * 1000;
static const int64_t S3_WINDOW_MS = 15 * 60 * 1000;
static const int64_t PRESIGNED_MAX_S = 604800;

struct auth {
    struct sign_keys *keys;
};

/* What a signature claims, wherever it was found. */
struct claim {
    struct sv access_key;
    struct sv date; /* of the scope */
    struct sv region;
    struct sv service;
    struct sv signed_headers; /* separated by ';' */
    struct sv signature;
    struct sv amz_date;
    struct sv token;
    int64_t expires_s; /* presigned only; else 0 */
    bool is_query;
    char text[2048]; /* decoded query values */
    size_t used;
};

enum err_code auth_new(struct auth **out, struct err *err)
{
    struct auth *auth = mem_alloc(sizeof *auth);
    enum err_code rc;

    if (auth == NULL)
        return mem_err(err);
    rc = sign_keys_new(&auth->keys, err);
    if (rc) {
        mem_free(auth);
        return rc;
    }
    *out = auth;
    return ERR_OK;
}

void auth_free(struct auth *auth)
{
    if (auth == NULL)
        return;
    sign_keys_free(auth->keys);
    mem_free(auth);
}

/* AKID/20261121/eu-west-1/sts/aws4_request */
static bool read_credential(struct sv text, struct claim *claim)
{
    struct sv rest;

    claim->access_key = sv_cut(text, '/', &rest);
    claim->date = sv_cut(rest, '/', &rest);
    claim->region = sv_cut(rest, '/', &rest);
    claim->service = sv_cut(rest, '/', &rest);
    return claim->access_key.len > 0 && claim->date.len == 8 && claim->region.len > 0 &&
           claim->service.len > 0 && sv_eq(rest, SV("aws4_request"));
}

static bool read_header(const struct request *request, struct claim *claim)
{
    struct sv text = request_header(request, "Authorization");
    struct sv rest;

    if (!sv_eq(sv_cut(sv_trim(text), ' ', &rest), SV("AWS4-HMAC-SHA256")))
        return false;
    while (rest.len > 0) {
        struct sv value;
        struct sv name = sv_trim(sv_cut(sv_cut(rest, ',', &rest), '=', &value));

        if (sv_eq(name, SV("Credential")) && !read_credential(value, claim))
            return false;
        if (sv_eq(name, SV("SignedHeaders")))
            claim->signed_headers = value;
        if (sv_eq(name, SV("Signature")))
            claim->signature = value;
    }
    claim->amz_date = request_header(request, "X-Amz-Date");
    claim->token = request_header(request, "X-Amz-Security-Token");
    return claim->access_key.len > 0 && claim->signed_headers.len > 0 && claim->signature.len > 0;
}

/* A query value, percent-decoded into the claim's own memory. */
static struct sv query_value(const struct request *request, const char *name, struct claim *claim)
{
    CLEANUP(sb_release) struct sb value;
    struct request only_query = {.query = request->query};
    struct sv kept;

    sb_init(&value, sizeof claim->text);
    if (!request_param(&only_query, name, &value) || value.len > sizeof claim->text - claim->used)
        return SV_NONE;
    kept = sv_make(claim->text + claim->used, value.len);
    if (value.len > 0)
        memcpy(claim->text + claim->used, value.ptr, value.len);
    claim->used += value.len;
    return kept;
}

static bool read_query(const struct request *request, struct claim *claim)
{
    claim->is_query = true;
    if (sv_find(request->query, SV("X-Amz-Signature=")) < 0 ||
        !read_credential(query_value(request, "X-Amz-Credential", claim), claim))
        return false;
    claim->signed_headers = query_value(request, "X-Amz-SignedHeaders", claim);
    claim->signature = query_value(request, "X-Amz-Signature", claim);
    claim->amz_date = query_value(request, "X-Amz-Date", claim);
    claim->token = query_value(request, "X-Amz-Security-Token", claim);
    return sv_to_int(query_value(request, "X-Amz-Expires", claim), &claim->expires_s) &&
           claim->expires_s >= 1 && claim->expires_s <= PRESIGNED_MAX_S;
}

static bool read_claim(const struct request *request, struct claim *claim)
{
    *claim = (struct claim){0};
    if (request_header(request, "Authorization").ptr != NULL)
        return read_header(request, claim);
    return read_query(request, claim);
}

bool auth_scope(struct request *request)
{
    struct claim claim;
    struct sv credential;

    if (!read_claim(request, &claim))
        return false;
    request->region = claim.region;
    request->service = claim.service;
    if (!claim.is_query)
        return true;
    /* The decoded text goes away with the claim: point into the query itself. A region and a
     * service have nothing to decode, only the slashes between them may be encoded. */
    credential = sv_drop(request->query, (size_t)sv_find(request->query, SV("X-Amz-Credential=")));
    request->region =
        sv_take(sv_drop(credential, (size_t)sv_find(credential, claim.region)), claim.region.len);
    request->service =
        sv_take(sv_drop(credential, (size_t)sv_find(credential, claim.service)), claim.service.len);
    return true;
}

/* The errors differ by dialect in name and status. */
struct refusal {
    const char *json;
    const char *query;
    int json_status;
    const char *s3;
    int s3_status;
};

static const struct refusal missing = {"MissingAuthenticationTokenException",
                                       "MissingAuthenticationToken", 400, "AccessDenied", 403};
static const struct refusal unknown = {"UnrecognizedClientException", "InvalidClientTokenId", 400,
                                       "InvalidAccessKeyId", 403};
static const struct refusal mismatch = {"InvalidSignatureException", "SignatureDoesNotMatch", 400,
                                        "SignatureDoesNotMatch", 403};
static const struct refusal skewed = {"InvalidSignatureException", "SignatureDoesNotMatch", 400,
                                      "RequestTimeTooSkewed", 403};
static const struct refusal expired = {"ExpiredTokenException", "ExpiredToken", 400, "ExpiredToken",
                                       400};
static const struct refusal incomplete = {"IncompleteSignatureException", "IncompleteSignature",
                                          400, "AuthorizationHeaderMalformed", 400};

static bool refuse(const struct request *request, struct reply *reply, const struct refusal *why,
                   const char *message)
{
    switch (request->dialect) {
    case DIALECT_JSON:
        reply_fail(reply, DIALECT_JSON, why->json_status, why->json, "%s", message);
        break;
    case DIALECT_QUERY:
        reply_fail(reply, DIALECT_QUERY, 403, why->query, "%s", message);
        break;
    case DIALECT_S3:
        reply_fail(reply, DIALECT_S3, why->s3_status, why->s3, "%s", message);
        break;
    }
    return false;
}

static bool parse_amz(struct sv text, int64_t *ms)
{
    char rfc[24];

    if (text.len != 16 || text.ptr[8] != 'T' || text.ptr[15] != 'Z')
        return false;
    (void)snprintf(rfc, sizeof rfc, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text.ptr, text.ptr + 4,
                   text.ptr + 6, text.ptr + 9, text.ptr + 11, text.ptr + 13);
    return time_parse_rfc3339(sv_of(rfc), ms);
}

static bool check_window(const struct claim *claim, int64_t signed_ms, int64_t now_ms,
                         const struct request *request, struct reply *reply)
{
    int64_t window_ms = request->dialect == DIALECT_S3 ? S3_WINDOW_MS : WINDOW_MS;
    int64_t latest = signed_ms + (claim->is_query ? claim->expires_s * 1000 : window_ms);
    char now[TIME_AMZ_SIZE];
    char limit[TIME_AMZ_SIZE];
    char text[160];

    if (now_ms > latest) {
        (void)snprintf(
            text, sizeof text, "Signature expired: " SV_FMT " is now earlier than %s (%s - 5 min.)",
            SV_ARG(claim->amz_date), time_amz(now_ms - WINDOW_MS, limit), time_amz(now_ms, now));
        return refuse(request, reply, &skewed, text);
    }
    if (now_ms < signed_ms - window_ms) {
        (void)snprintf(text, sizeof text,
                       "Signature not yet current: " SV_FMT " is still later than %s (%s + 5 min.)",
                       SV_ARG(claim->amz_date), time_amz(now_ms + WINDOW_MS, limit),
                       time_amz(now_ms, now));
        return refuse(request, reply, &skewed, text);
    }
    return true;
}

static bool is_signed_header(const struct claim *claim, struct sv name)
{
    struct sv rest = claim->signed_headers;

    while (rest.len > 0) {
        if (sv_eq_nocase(sv_cut(rest, ';', &rest), name))
            return true;
    }
    return false;
}

/* The query without the signature, in new memory. */
static enum err_code unsigned_query(struct sv query, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (query.len > 0 && !rc) {
        struct sv part = sv_cut(query, '&', &query);

        if (sv_starts(part, SV("X-Amz-Signature=")))
            continue;
        if (out->len > 0)
            rc = sb_addc(out, '&', err);
        if (!rc)
            rc = sb_add(out, part, err);
    }
    return rc;
}

struct verification {
    struct http_header headers[REQUEST_HEADERS_MAX];
    struct sb query;
    struct sb canonical;
    struct sb to_sign;
    char payload[SIGN_HEX_SIZE];
    char signature[SIGN_HEX_SIZE];
};

/* S3's clients say what they signed as payload, or that they did not: then the header, which is
 * signed, stands for it. Signatures of single chunks are not looked at. */
static enum err_code hash_payload(const struct request *request, const struct claim *claim,
                                  char text[SIGN_HEX_SIZE], struct sv *hash, struct err *err)
{
    struct sv given = request_header(request, "X-Amz-Content-SHA256");

    *hash = SV("UNSIGNED-PAYLOAD");
    if (request->dialect == DIALECT_S3 && given.ptr == NULL && claim->is_query)
        return ERR_OK;
    *hash = given;
    if (request->dialect == DIALECT_S3 &&
        (sv_eq(given, SV("UNSIGNED-PAYLOAD")) || sv_starts(given, SV("STREAMING-"))))
        return ERR_OK;
    *hash = sv_make(text, SIGN_HEX_SIZE - 1);
    return sign_hash(request->body, text, err);
}

static enum err_code compute(struct auth *auth, const struct request *request,
                             const struct claim *claim, struct sv secret, int64_t signed_ms,
                             struct verification *v, struct err *err)
{
    struct sign_input in = {.method = request->method,
                            .path = request->path,
                            .headers = v->headers,
                            .region = claim->region,
                            .service = claim->service,
                            .is_s3 = request->dialect == DIALECT_S3,
                            .time_ms = signed_ms};
    enum err_code rc = unsigned_query(request->query, &v->query, err);

    in.query = sb_sv(&v->query);
    for (size_t i = 0; i < request->header_count; i++) {
        if (is_signed_header(claim, request->headers[i].name))
            v->headers[in.header_count++] = request->headers[i];
    }
    if (!rc)
        rc = hash_payload(request, claim, v->payload, &in.payload_hash, err);
    if (!rc)
        rc = sign_canonical_request(&in, &v->canonical, err);
    if (!rc)
        rc = sign_string_to_sign(&in, sb_sv(&v->canonical), &v->to_sign, err);
    if (!rc)
        rc = sign_signature(auth->keys, secret, &in, sb_sv(&v->to_sign), v->signature, err);
    return rc;
}

static bool same_signature(struct sv a, struct sv b)
{
    unsigned differences = a.len == b.len ? 0 : 1;

    for (size_t i = 0; i < a.len && i < b.len; i++)
        differences |= (unsigned)(a.ptr[i] ^ b.ptr[i]);
    return differences == 0;
}

static bool check_signature(struct auth *auth, const struct request *request,
                            const struct claim *claim, struct sv secret, int64_t signed_ms,
                            struct reply *reply)
{
    static struct verification v;
    struct err err = {0};
    bool is_good;

    sb_init(&v.query, 1 << 20);
    sb_init(&v.canonical, 1 << 20);
    sb_init(&v.to_sign, 1 << 20);
    is_good = compute(auth, request, claim, secret, signed_ms, &v, &err) == ERR_OK &&
              same_signature(claim->signature, sv_of(v.signature));
    sb_release(&v.query);
    sb_release(&v.canonical);
    sb_release(&v.to_sign);
    if (is_good)
        return true;
    return refuse(request, reply, &mismatch,
                  "The request signature we calculated does not match the signature you provided. "
                  "Check your AWS Secret Access Key and signing method. Consult the service "
                  "documentation for details.");
}

static void set_identity(struct request *request, enum account account,
                         const struct session_claims *session)
{
    struct sv number = sv_of(account_number(account));
    struct sv role = session == NULL ? SV_NONE : sv_of(session->role);
    char unique[24];

    role_unique_id(number, role, unique);
    request->who = (struct identity){.account = number};
    if (session == NULL) {
        (void)snprintf(request->arn, sizeof request->arn, "arn:aws:iam::" SV_FMT ":user/ops",
                       SV_ARG(number));
        (void)snprintf(request->user_id, sizeof request->user_id, "%s", unique);
    } else {
        (void)snprintf(request->arn, sizeof request->arn,
                       "arn:aws:sts::" SV_FMT ":assumed-role/%s/%s", SV_ARG(number), session->role,
                       session->name);
        (void)snprintf(request->user_id, sizeof request->user_id, "%s:%s", unique, session->name);
        request->who.role = role_find(role);
        /* The claims go away, the ARN stays. */
        request->who.role_name = sv_make(strchr(request->arn, '/') + 1, role.len);
    }
    request->who.arn = sv_of(request->arn);
    request->who.user_id = sv_of(request->user_id);
}

/* The secret of the access key, or false and the refusal. */
static bool find_secret(struct request *request, const struct claim *claim, int64_t now_ms,
                        struct session_claims *session, struct sv *secret, struct reply *reply)
{
    static const char bad_token[] = "The security token included in the request is invalid.";

    if (claim->token.len > 0) {
        if (!session_read(claim->token, session) ||
            !sv_eq(claim->access_key, sv_of(session->access_key)))
            return refuse(request, reply, &unknown, bad_token);
        if (now_ms >= session->expires_at_ms)
            return refuse(request, reply, &expired,
                          "The security token included in the request is expired");
        *secret = sv_of(session->secret);
        set_identity(request, session->account, session);
        return true;
    }
    for (int a = 0; a < ACCOUNT_COUNT; a++) {
        if (sv_eq(claim->access_key, sv_of(account_access_key((enum account)a)))) {
            *secret = sv_of(account_secret((enum account)a));
            set_identity(request, (enum account)a, NULL);
            return true;
        }
    }
    return refuse(request, reply, &unknown, bad_token);
}

bool auth_check(struct auth *auth, struct request *request, int64_t now_ms, struct reply *reply)
{
    struct claim claim;
    struct session_claims session;
    struct sv secret;
    int64_t signed_ms;

    if (!read_claim(request, &claim)) {
        if (request_header(request, "Authorization").ptr != NULL || claim.access_key.len > 0)
            return refuse(request, reply, &incomplete,
                          "The signature is incomplete: Credential, SignedHeaders, Signature and "
                          "a date are needed.");
        return refuse(request, reply, &missing, "Missing Authentication Token");
    }
    if (!parse_amz(claim.amz_date, &signed_ms) || !is_signed_header(&claim, SV("host")) ||
        !sv_eq(sv_take(claim.amz_date, 8), claim.date))
        return refuse(request, reply, &mismatch,
                      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                      "date from HTTP, or the host is not signed.");
    if (!find_secret(request, &claim, now_ms, &session, &secret, reply))
        return false;
    return check_window(&claim, signed_ms, now_ms, request, reply) &&
           check_signature(auth, request, &claim, secret, signed_ms, reply);
}

/* ---- what a caller may do ---- */

/* What IAM calls an operation, where that is not its own name. A name that ends in '*' begins so.
 */
static const struct {
    const char *service;
    const char *operation;
    const char *action;
} aliases[] = {
    {"tagging", "GetResources", "tag:GetResources"},
    {"s3", "ListBuckets", "s3:ListAllMyBuckets"},
    {"s3", "HeadObject", "s3:GetObject"},
    {"s3", "HeadBucket", "s3:ListBucket"},
    {"s3", "ListObjectVersions", "s3:ListBucketVersions"},
    {"s3", "ListObjects*", "s3:ListBucket"},
    {"s3", "ListMultipartUploads", "s3:ListBucketMultipartUploads"},
    {"s3", "DeleteObjects", "s3:DeleteObject"},
    {"s3", "CopyObject", "s3:PutObject"},
    {"s3", "CreateMultipartUpload", "s3:PutObject"},
    {"s3", "UploadPart*", "s3:PutObject"},
    {"s3", "CompleteMultipartUpload", "s3:PutObject"},
    {"s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration"},
    {"s3", "PutBucketEncryption", "s3:PutEncryptionConfiguration"},
    {"s3", "DeleteBucketEncryption", "s3:PutEncryptionConfiguration"},
    {"s3", "GetBucketLifecycle*", "s3:GetLifecycleConfiguration"},
    {"s3", "PutBucketLifecycle*", "s3:PutLifecycleConfiguration"},
    {"s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"},
    {"s3", "PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"},
};

static void name_action(const struct request *request, char out[160])
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (sv_eq(request->service, sv_of(aliases[i].service)) &&
            policy_fits(sv_of(aliases[i].operation), request->operation, false)) {
            (void)snprintf(out, 160, "%s", aliases[i].action);
            return;
        }
    }
    (void)snprintf(out, 160, SV_FMT ":" SV_FMT, SV_ARG(sv_take(request->service, 60)),
                   SV_ARG(sv_take(request->operation, 90)));
}

static void explain(const struct request *request, const char *action, const char *resource,
                    enum policy_answer answer, char why[AUTH_WHY_MAX])
{
    bool is_known = strcmp(resource, "*") != 0;

    if (answer == POLICY_DENIED)
        (void)snprintf(why, AUTH_WHY_MAX,
                       "User: " SV_FMT " is not authorized to perform: %s%s%s with an explicit "
                       "deny in an identity-based policy",
                       SV_ARG(request->who.arn), action, is_known ? " on resource: " : "",
                       is_known ? resource : "");
    else
        (void)snprintf(why, AUTH_WHY_MAX,
                       "User: " SV_FMT " is not authorized to perform: %s%s%s because no "
                       "identity-based policy allows the %s action",
                       SV_ARG(request->who.arn), action, is_known ? " on resource: " : "",
                       is_known ? resource : "", action);
}

enum err_code auth_allows(struct service *s, const struct request *request, bool *allows,
                          char why[AUTH_WHY_MAX], struct err *err)
{
    enum policy_answer answer;
    char resource[IAM_RESOURCE_MAX];
    char action[160];
    char role[160];
    enum err_code rc;

    /* iam_may_assume knows more: a trust policy may name the session's role itself. */
    *allows = request->who.role_name.len == 0 || sv_eq(request->operation, SV("AssumeRole"));
    if (*allows)
        return ERR_OK;
    name_action(request, action);
    iam_resource(request, resource);
    (void)snprintf(role, sizeof role, "arn:aws:iam::" SV_FMT ":role/" SV_FMT,
                   SV_ARG(request->who.account), SV_ARG(request->who.role_name));
    rc = iam_role_answer(s, sv_of(role), sv_of(action), sv_of(resource), &answer, err);
    if (rc)
        return rc;
    *allows = answer == POLICY_ALLOWED || answer == POLICY_ALLOWED_BY_NAME;
    if (!*allows)
        explain(request, action, resource, answer, why);
    return ERR_OK;
}
