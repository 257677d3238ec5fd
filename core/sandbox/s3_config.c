/* What is configured of a bucket: one document for each of these, kept as it came. */
#include "core/base/mem.h"
#include "core/sandbox/iam.h"
#include "core/sandbox/members.h"
#include "core/sandbox/policy.h"
#include "core/sandbox/s3_parts.h"

enum { POLICY_MAX = 20480, RULES_MAX = 1000, BUCKET_TAGS_MAX = 50 };

static void malformed(struct call *c)
{
    call_fail(c, 400, "MalformedXML",
              "The XML you provided was not well-formed or did not validate against our published "
              "schema");
}

/* Answer with the document, or with the error of its absence. */
static void get(struct call *c, const char *member, const char *code, const char *message)
{
    cJSON *bucket = s3_bucket(c);
    const cJSON *document = json_get(bucket, member);

    if (bucket != NULL && document == NULL)
        call_fail(c, 404, code, "%s", message);
    for (const cJSON *item = document == NULL ? NULL : document->child; item != NULL;
         item = item->next)
        call_put_copy(c, item->string, item);
    cJSON_Delete(bucket);
}

static void put(struct call *c, const char *member)
{
    cJSON *bucket = s3_bucket(c);

    if (bucket != NULL && !c->has_failed &&
        !member_set(bucket, member, cJSON_Duplicate(json_get(c->in, "Body"), true)))
        (void)call_ok(c, mem_err(c->err));
    if (bucket != NULL)
        (void)s3_bucket_keep(c, bucket);
    cJSON_Delete(bucket);
}

static void drop(struct call *c, const char *member)
{
    cJSON *bucket = s3_bucket(c);

    cJSON_DeleteItemFromObjectCaseSensitive(bucket, member);
    if (bucket != NULL)
        (void)s3_bucket_keep(c, bucket);
    cJSON_Delete(bucket);
    c->reply->status = c->has_failed ? c->reply->status : 204;
}

/* A member that may be one or a list of them. */
static const cJSON *first_of(const cJSON *item)
{
    return cJSON_IsArray(item) ? item->child : item;
}

static bool is_one_of(struct sv text, const char *words)
{
    struct sv rest = sv_of(words);

    while (rest.len > 0) {
        if (sv_eq(text, sv_cut(rest, ' ', &rest)))
            return true;
    }
    return false;
}

/* Every object is encrypted since 2023, so there always is an answer. */
void s3_get_encryption(struct call *c)
{
    cJSON *bucket = s3_bucket(c);
    const cJSON *given = json_get(bucket, "Encryption");
    cJSON *rule;
    cJSON *inner;

    if (given != NULL) {
        call_put_copy(c, "Rule", json_get(given, "Rule"));
    } else if (bucket != NULL) {
        rule = call_add(c, c->out, "Rule", cJSON_CreateObject());
        inner = rule == NULL
                    ? NULL
                    : call_add(c, rule, "ApplyServerSideEncryptionByDefault", cJSON_CreateObject());
        if (inner != NULL) {
            (void)call_add(c, inner, "SSEAlgorithm", cJSON_CreateString("AES256"));
            (void)call_add(c, rule, "BucketKeyEnabled", cJSON_CreateFalse());
        }
    }
    cJSON_Delete(bucket);
}

void s3_put_encryption(struct call *c)
{
    const cJSON *rule = first_of(json_get(json_get(c->in, "Body"), "Rule"));
    const cJSON *inner = json_get(rule, "ApplyServerSideEncryptionByDefault");
    struct sv algorithm = json_sv(inner, "SSEAlgorithm");

    if (!is_one_of(algorithm, "AES256 aws:kms aws:kms:dsse"))
        malformed(c);
    else if (json_get(inner, "KMSMasterKeyID") != NULL && sv_eq(algorithm, SV("AES256")))
        call_fail(c, 400, "InvalidArgument",
                  "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms "
                  "or aws:kms:dsse");
    put(c, "Encryption");
}

void s3_delete_encryption(struct call *c)
{
    drop(c, "Encryption");
}

void s3_get_public_block(struct call *c)
{
    get(c, "PublicAccessBlock", "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found");
}

/* What is not said is false. */
void s3_put_public_block(struct call *c)
{
    static const char *const names[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                        "RestrictPublicBuckets"};
    cJSON *body = cJSON_GetObjectItemCaseSensitive(c->in, "Body");

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (json_get(body, names[i]) == NULL)
            (void)call_add(c, body, names[i], cJSON_CreateString("false"));
    }
    put(c, "PublicAccessBlock");
}

void s3_delete_public_block(struct call *c)
{
    drop(c, "PublicAccessBlock");
}

void s3_get_lifecycle(struct call *c)
{
    get(c, "Lifecycle", "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist");
}

void s3_put_lifecycle(struct call *c)
{
    const cJSON *rules = json_get(json_get(c->in, "Body"), "Rule");
    int count = 0;

    for (const cJSON *r = first_of(rules); r != NULL; r = cJSON_IsArray(rules) ? r->next : NULL) {
        count++;
        if (!is_one_of(json_sv(r, "Status"), "Enabled Disabled"))
            malformed(c);
    }
    if (count == 0 || count > RULES_MAX)
        malformed(c);
    put(c, "Lifecycle");
}

void s3_delete_lifecycle(struct call *c)
{
    drop(c, "Lifecycle");
}

void s3_get_ownership(struct call *c)
{
    get(c, "OwnershipControls", "OwnershipControlsNotFoundError",
        "The bucket ownership controls were not found");
}

void s3_put_ownership(struct call *c)
{
    const cJSON *rule = first_of(json_get(json_get(c->in, "Body"), "Rule"));

    if (!is_one_of(json_sv(rule, "ObjectOwnership"),
                   "BucketOwnerEnforced BucketOwnerPreferred ObjectWriter"))
        malformed(c);
    put(c, "OwnershipControls");
}

void s3_delete_ownership(struct call *c)
{
    drop(c, "OwnershipControls");
}

void s3_get_tagging(struct call *c)
{
    get(c, "Tagging", "NoSuchTagSet", "The TagSet does not exist");
}

static bool has_twice(const cJSON *tag)
{
    for (const cJSON *other = tag->next; other != NULL; other = other->next) {
        if (sv_eq(json_sv(tag, "Key"), json_sv(other, "Key")))
            return true;
    }
    return false;
}

void s3_put_tagging(struct call *c)
{
    const cJSON *tags = json_get(json_get(json_get(c->in, "Body"), "TagSet"), "Tag");

    if (json_get(json_get(c->in, "Body"), "TagSet") == NULL)
        malformed(c);
    if (cJSON_GetArraySize(tags) > BUCKET_TAGS_MAX && cJSON_IsArray(tags))
        call_fail(c, 400, "InvalidTag", "Object tags cannot be greater than %d", BUCKET_TAGS_MAX);
    for (const cJSON *t = first_of(tags); t != NULL; t = cJSON_IsArray(tags) ? t->next : NULL) {
        if (json_sv(t, "Key").len == 0 || json_sv(t, "Key").len > 128)
            call_fail(c, 400, "InvalidTag", "The TagKey you have provided is invalid");
        if (cJSON_IsArray(tags) && has_twice(t))
            call_fail(c, 400, "InvalidTag", "Cannot provide multiple Tags with the same key");
    }
    put(c, "Tagging");
    c->reply->status = c->has_failed ? c->reply->status : 204;
}

void s3_delete_tagging(struct call *c)
{
    drop(c, "Tagging");
}

void s3_get_policy(struct call *c)
{
    cJSON *bucket = s3_bucket(c);
    struct sv policy = json_sv(bucket, "Policy");

    if (bucket != NULL && policy.ptr == NULL)
        call_fail(c, 404, "NoSuchBucketPolicy", "The bucket policy does not exist");
    c->reply->content_type = c->has_failed ? c->reply->content_type : "application/json";
    if (!c->has_failed)
        (void)call_ok(c, sb_add(&c->reply->body, policy, c->err));
    cJSON_Delete(bucket);
}

/* "arn:aws:s3:::BUCKET/...", where BUCKET may be a pattern. */
static bool is_about(struct sv resource, struct sv bucket)
{
    ptrdiff_t at = sv_find(resource, SV(":s3:::"));
    struct sv rest;

    if (at < 0)
        return sv_eq(resource, SV("*"));
    return policy_fits(sv_cut(sv_drop(resource, (size_t)at + 6), '/', &rest), bucket, false);
}

/* Each statement has an effect, somebody, actions of S3 and resources of this bucket. */
static void check_statement(struct call *c, const cJSON *statement, struct sv bucket)
{
    const cJSON *resource = json_get(statement, "Resource");
    const cJSON *action = json_get(statement, "Action");

    if (!is_one_of(json_sv(statement, "Effect"), "Allow Deny"))
        call_fail(c, 400, "MalformedPolicy", "Missing required field Effect");
    if (json_get(statement, "Principal") == NULL && json_get(statement, "NotPrincipal") == NULL)
        call_fail(c, 400, "MalformedPolicy", "Missing required field Principal");
    if (action == NULL && json_get(statement, "NotAction") == NULL)
        call_fail(c, 400, "MalformedPolicy", "Missing required field Action");
    if (resource == NULL && json_get(statement, "NotResource") == NULL)
        call_fail(c, 400, "MalformedPolicy", "Missing required field Resource");
    for (const cJSON *a = first_of(action); a != NULL; a = cJSON_IsArray(action) ? a->next : NULL) {
        if (!sv_starts(json_item_sv(a), SV("s3:")) && !sv_eq(json_item_sv(a), SV("*")))
            call_fail(c, 400, "MalformedPolicy", "Policy has invalid action");
    }
    for (const cJSON *r = first_of(resource); r != NULL;
         r = cJSON_IsArray(resource) ? r->next : NULL) {
        if (!is_about(json_item_sv(r), bucket))
            call_fail(c, 400, "MalformedPolicy", "Policy has invalid resource");
    }
}

static void check_policy(struct call *c, const cJSON *policy, const cJSON *bucket)
{
    const cJSON *statements = json_get(policy, "Statement");
    char missing[IAM_WHY_MAX];
    bool exist = true;

    if (!cJSON_IsObject(policy) || first_of(statements) == NULL)
        call_fail(c, 400, "MalformedPolicy", "Missing required field Statement");
    for (const cJSON *s = first_of(statements); s != NULL;
         s = cJSON_IsArray(statements) ? s->next : NULL)
        check_statement(c, s, json_sv(bucket, "Name"));
    if (c->has_failed)
        return;
    if (call_ok(c, iam_principals_exist(c->service, policy, &exist, missing, c->err)) && !exist)
        call_fail(c, 400, "MalformedPolicy", "Invalid principal in policy");
}

void s3_put_policy(struct call *c)
{
    struct sv text = c->request->body.len > 0 ? c->request->body : json_sv(c->in, "Policy");
    cJSON *bucket = s3_bucket(c);
    cJSON *policy = NULL;

    if (text.len > POLICY_MAX)
        call_fail(c, 400, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.");
    else if (json_parse(text, &policy, NULL))
        call_fail(c, 400, "MalformedPolicy",
                  "Policies must be valid JSON and the first byte must be '{'");
    if (bucket != NULL && !c->has_failed)
        check_policy(c, policy, bucket);
    if (bucket != NULL && !c->has_failed && !member_put(bucket, "Policy", text))
        (void)call_ok(c, mem_err(c->err));
    if (bucket != NULL)
        (void)s3_bucket_keep(c, bucket);
    cJSON_Delete(policy);
    cJSON_Delete(bucket);
    c->reply->status = c->has_failed ? c->reply->status : 204;
}

void s3_delete_policy(struct call *c)
{
    drop(c, "Policy");
}
