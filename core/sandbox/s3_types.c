/* Buckets and their policies as resources of stacks. */
#include "core/base/mem.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"
#include "core/sandbox/s3_parts.h"

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "s3", .title = "S3"};
}

/* The input of an operation on the bucket with a document, which is taken. */
static cJSON *in_of(const struct resource_ask *ask, cJSON *body)
{
    cJSON *in = handler_in("Bucket", sv_of(ask->id));

    if (in != NULL && body != NULL && member_set(in, "Body", body))
        return in;
    if (in == NULL)
        cJSON_Delete(body);
    cJSON_Delete(in);
    return NULL;
}

/* A copy with a member by another name: templates and S3 name them differently. */
static bool rename_member(cJSON *object, const char *from, const char *to)
{
    cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(object, from);

    return item == NULL || member_set(object, to, item);
}

static cJSON *encryption_of(const cJSON *property)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *rules = cJSON_Duplicate(json_get(property, "ServerSideEncryptionConfiguration"), true);
    bool is_good = body != NULL && rules != NULL;

    for (cJSON *r = rules == NULL ? NULL : rules->child; r != NULL && is_good; r = r->next)
        is_good =
            rename_member(r, "ServerSideEncryptionByDefault", "ApplyServerSideEncryptionByDefault");
    if (is_good && member_set(body, "Rule", rules))
        return body;
    if (!is_good)
        cJSON_Delete(rules);
    cJSON_Delete(body);
    return NULL;
}

/* "ExpirationInDays" is S3's Expiration/Days, "Prefix" its Filter/Prefix. */
static bool lifecycle_rule(cJSON *rule)
{
    cJSON *days = cJSON_DetachItemFromObjectCaseSensitive(rule, "ExpirationInDays");
    cJSON *prefix = cJSON_DetachItemFromObjectCaseSensitive(rule, "Prefix");
    cJSON *old_days =
        cJSON_DetachItemFromObjectCaseSensitive(rule, "NoncurrentVersionExpirationInDays");
    cJSON *into;
    bool is_good = rename_member(rule, "Id", "ID");

    if (days != NULL) {
        into = member_object(rule, "Expiration");
        is_good = member_set(into, "Days", days) && is_good;
    }
    if (old_days != NULL) {
        into = member_object(rule, "NoncurrentVersionExpiration");
        is_good = member_set(into, "NoncurrentDays", old_days) && is_good;
    }
    into = member_object(rule, "Filter");
    if (prefix == NULL)
        prefix = cJSON_CreateString("");
    return member_set(into, "Prefix", prefix) && is_good;
}

static cJSON *lifecycle_of(const cJSON *property)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *rules = cJSON_Duplicate(json_get(property, "Rules"), true);
    bool is_good = body != NULL && rules != NULL;

    for (cJSON *r = rules == NULL ? NULL : rules->child; r != NULL && is_good; r = r->next)
        is_good = lifecycle_rule(r);
    if (is_good && member_set(body, "Rule", rules))
        return body;
    if (!is_good)
        cJSON_Delete(rules);
    cJSON_Delete(body);
    return NULL;
}

static cJSON *ownership_of(const cJSON *property)
{
    cJSON *body = cJSON_CreateObject();

    if (body != NULL &&
        member_set(body, "Rule", cJSON_Duplicate(json_get(property, "Rules"), true)))
        return body;
    cJSON_Delete(body);
    return NULL;
}

static cJSON *copy_of(const cJSON *property)
{
    return cJSON_Duplicate(property, true);
}

static const struct {
    const char *property;
    cJSON *(*document)(const cJSON *property);
    call_fn *put;
    call_fn *drop; /* NULL: stays as it is when the property goes */
} settings[] = {
    {"VersioningConfiguration", copy_of, s3_put_versioning, NULL},
    {"BucketEncryption", encryption_of, s3_put_encryption, s3_delete_encryption},
    {"PublicAccessBlockConfiguration", copy_of, s3_put_public_block, s3_delete_public_block},
    {"LifecycleConfiguration", lifecycle_of, s3_put_lifecycle, s3_delete_lifecycle},
    {"OwnershipControls", ownership_of, s3_put_ownership, s3_delete_ownership},
};

static enum err_code put_tags(struct resource_ask *ask, const struct handler *h)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *set = body == NULL ? NULL : member_object(body, "TagSet");
    cJSON *tags = resource_tags(ask, "Tags");

    if (set == NULL || !member_set(set, "Tag", tags)) {
        if (set == NULL)
            cJSON_Delete(tags);
        cJSON_Delete(body);
        return mem_err(ask->err);
    }
    if (cJSON_GetArraySize(tags) > 0)
        return handler_call(h, s3_put_tagging, in_of(ask, body), NULL);
    cJSON_Delete(body);
    return handler_call(h, s3_delete_tagging, handler_in("Bucket", sv_of(ask->id)), NULL);
}

static enum err_code put_settings(struct resource_ask *ask, const struct handler *h)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(settings) && !rc && !handler_refused(h); i++) {
        const cJSON *wanted = json_get(ask->properties, settings[i].property);

        if (wanted != NULL)
            rc = handler_call(h, settings[i].put, in_of(ask, settings[i].document(wanted)), NULL);
        else if (json_get(ask->old, settings[i].property) != NULL && settings[i].drop != NULL)
            rc = handler_call(h, settings[i].drop, handler_in("Bucket", sv_of(ask->id)), NULL);
    }
    return rc || handler_refused(h) ? rc : put_tags(ask, h);
}

static enum err_code tell(struct resource_ask *ask)
{
    const char *end = sv_starts(ask->region, SV("cn-")) ? ".cn" : "";
    enum err_code rc =
        resource_set(ask, "Arn", "arn:%s:s3:::%s", arn_partition(ask->region), ask->id);

    if (!rc)
        rc = resource_set(ask, "DomainName", "%s.s3.amazonaws.com%s", ask->id, end);
    if (!rc)
        rc = resource_set(ask, "RegionalDomainName", "%s.s3." SV_FMT ".amazonaws.com%s", ask->id,
                          SV_ARG(ask->region), end);
    if (!rc)
        rc = resource_set(ask, "DualStackDomainName", "%s.s3.dualstack." SV_FMT ".amazonaws.com%s",
                          ask->id, SV_ARG(ask->region), end);
    return rc ? rc
              : resource_set(ask, "WebsiteURL", "http://%s.s3-website-" SV_FMT ".amazonaws.com%s",
                             ask->id, SV_ARG(ask->region), end);
}

/* In us-east-1 too a stack does not take over a bucket that is there. */
static enum err_code refuse_taken(struct resource_ask *ask)
{
    struct record_key key = {
        .kind = "s3.bucket", .account = SV(""), .region = SV(""), .name = sv_of(ask->id)};
    cJSON *bucket = NULL;
    enum err_code rc = record_get(ask->service->records, &key, &bucket, ask->err);

    if (!rc && bucket != NULL)
        rc = resource_refuse(ask, "%s already exists", ask->id);
    cJSON_Delete(bucket);
    return rc;
}

static enum err_code make_bucket(struct resource_ask *ask, const struct handler *h)
{
    cJSON *body = cJSON_CreateObject();

    if (body != NULL && !sv_eq(ask->region, SV("us-east-1")) &&
        !member_put(body, "LocationConstraint", ask->region)) {
        cJSON_Delete(body);
        body = NULL;
    }
    return handler_call(h, s3_create_bucket, in_of(ask, body), NULL);
}

static enum err_code create(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = resource_name(ask, "BucketName", 63, true);

    if (!rc)
        rc = refuse_taken(ask);
    if (!rc && !handler_refused(&h))
        rc = make_bucket(ask, &h);
    if (!rc && !handler_refused(&h))
        rc = put_settings(ask, &h);
    return rc || handler_refused(&h) ? rc : tell(ask);
}

static enum err_code update(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = put_settings(ask, &h);

    return rc || handler_refused(&h) ? rc : tell(ask);
}

/* One that is gone is no failure, though S3 has no word with NotFound in it for that. */
static enum err_code ignore_gone(struct resource_ask *ask, enum err_code rc)
{
    if (!rc && strstr(ask->why, "The specified bucket does not exist") != NULL)
        ask->why[0] = '\0';
    return rc;
}

static enum err_code drop(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return ignore_gone(
        ask, handler_call(&h, s3_delete_bucket, handler_in("Bucket", sv_of(ask->id)), NULL));
}

static enum err_code bucket_exists(struct resource_ask *ask)
{
    const struct record_key key = {.kind = "s3.bucket", .account = SV(""), .region = SV("")};

    return resource_find(ask, "BucketName", &key);
}

static enum err_code put_policy(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    struct sv bucket = json_sv(ask->properties, "Bucket");
    const cJSON *document = json_get(ask->properties, "PolicyDocument");
    char *text = cJSON_IsString(document) ? NULL : cJSON_PrintUnformatted(document);
    enum err_code rc =
        handler_call(&h, s3_put_policy,
                     handler_in2("Bucket", bucket, "Policy",
                                 text == NULL ? json_item_sv(document) : sv_of(text)),
                     NULL);

    cJSON_free(text);
    (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(bucket));
    return rc;
}

static enum err_code drop_policy(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return ignore_gone(ask, handler_call(&h, s3_delete_policy,
                                         handler_in("Bucket", json_sv(ask->properties, "Bucket")),
                                         NULL));
}

extern const struct resource_type s3_types[];
/* clang-format off */
const struct resource_type s3_types[] = {
    {"AWS::S3::Bucket", "BucketName", "BucketName", "",
     "Arn DomainName RegionalDomainName DualStackDomainName WebsiteURL", false, 20, create, update, drop, bucket_exists},
    {"AWS::S3::BucketPolicy", NULL, "Bucket", "Bucket PolicyDocument", "", false, 2, put_policy, put_policy, drop_policy, NULL},
    {0},
};
/* clang-format on */
