/* Buckets: made, found, listed and removed. */
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/members.h"
#include "core/sandbox/s3_parts.h"

enum { NAME_MIN = 3, NAME_MAX = 63 };

cJSON *s3_load(struct call *c, const char *kind, struct sv region, struct sv name)
{
    struct record_key key = {.kind = kind, .account = SV(""), .region = region, .name = name};
    cJSON *value = NULL;

    if (!c->has_failed)
        (void)call_ok(c, record_get(c->service->records, &key, &value, c->err));
    return value;
}

bool s3_store(struct call *c, const char *kind, struct sv region, struct sv name,
              const cJSON *value)
{
    struct record_key key = {.kind = kind, .account = SV(""), .region = region, .name = name};

    return !c->has_failed && call_ok(c, record_put(c->service->records, &key, value, c->err));
}

bool s3_drop(struct call *c, const char *kind, struct sv region, struct sv name)
{
    struct record_key key = {.kind = kind, .account = SV(""), .region = region, .name = name};

    return !c->has_failed && call_ok(c, record_delete(c->service->records, &key, c->err));
}

cJSON *s3_bucket(struct call *c)
{
    cJSON *bucket = s3_load(c, "s3.bucket", SV(""), json_sv(c->in, "Bucket"));

    if (bucket == NULL)
        call_fail(c, 404, "NoSuchBucket", "The specified bucket does not exist");
    return bucket;
}

bool s3_bucket_keep(struct call *c, const cJSON *bucket)
{
    return s3_store(c, "s3.bucket", SV(""), json_sv(bucket, "Name"), bucket);
}

static bool is_small(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Four numbers and dots: such a name would be taken for an address. */
static bool is_address(struct sv name)
{
    int dots = 0;

    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '.')
            dots++;
        else if (name.ptr[i] < '0' || name.ptr[i] > '9')
            return false;
    }
    return dots == 3;
}

bool s3_name_is_good(struct sv name)
{
    static const char *const begins[] = {"xn--", "sthree-", "amzn-s3-demo-"};
    static const char *const ends[] = {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"};

    if (name.len < NAME_MIN || name.len > NAME_MAX || !is_small(name.ptr[0]) ||
        !is_small(name.ptr[name.len - 1]) || is_address(name) || sv_find(name, SV("..")) >= 0)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_small(name.ptr[i]) && name.ptr[i] != '-' && name.ptr[i] != '.')
            return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
        if (sv_starts(name, sv_of(begins[i])))
            return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (sv_ends(name, sv_of(ends[i])))
            return false;
    }
    return true;
}

/* us-east-1 is asked for by naming none, and takes a request for any region only without one. */
static struct sv wanted_region(struct call *c)
{
    struct sv constraint = json_sv(json_get(c->in, "Body"), "LocationConstraint");

    if (constraint.len == 0 && !sv_eq(c->region, SV("us-east-1")))
        call_fail(c, 400, "IllegalLocationConstraintException",
                  "The unspecified location constraint is incompatible for the region specific "
                  "endpoint this request was sent to.");
    else if (constraint.len > 0 && sv_eq(constraint, SV("us-east-1")))
        call_fail(c, 400, "InvalidLocationConstraint",
                  "The specified location-constraint is not valid");
    else if (constraint.len > 0 && !sv_eq(c->region, SV("us-east-1")) &&
             !sv_eq(c->region, constraint))
        call_fail(c, 400, "IllegalLocationConstraintException",
                  "The " SV_FMT " location constraint is incompatible for the region specific "
                  "endpoint this request was sent to.",
                  SV_ARG(constraint));
    return constraint.len > 0 ? constraint : SV("us-east-1");
}

/* New ones are private, and their objects the owner's, since 2023. */
static bool fill(struct call *c, cJSON *bucket, struct sv name, struct sv region)
{
    struct sv ownership = request_header(c->request, "x-amz-object-ownership");
    cJSON *block = bucket == NULL ? NULL : member_object(bucket, "PublicAccessBlock");
    cJSON *owner = bucket == NULL ? NULL : member_object(bucket, "OwnershipControls");
    cJSON *rule = owner == NULL ? NULL : member_object(owner, "Rule");

    return block != NULL && rule != NULL && member_put(bucket, "Name", name) &&
           member_put(bucket, "Account", c->account) && member_put(bucket, "Region", region) &&
           member_put_int(bucket, "Created", c->service->now_ms) &&
           member_put(block, "BlockPublicAcls", SV("true")) &&
           member_put(block, "IgnorePublicAcls", SV("true")) &&
           member_put(block, "BlockPublicPolicy", SV("true")) &&
           member_put(block, "RestrictPublicBuckets", SV("true")) &&
           member_put(rule, "ObjectOwnership",
                      ownership.len > 0 ? ownership : SV("BucketOwnerEnforced"));
}

static void refuse_taken(struct call *c, const cJSON *old, struct sv region)
{
    if (!sv_eq(json_sv(old, "Account"), c->account))
        call_fail(c, 409, "BucketAlreadyExists",
                  "The requested bucket name is not available. The bucket namespace is shared by "
                  "all users of the system. Please select a different name and try again.");
    else if (!sv_eq(region, SV("us-east-1")) || !sv_eq(json_sv(old, "Region"), SV("us-east-1")))
        call_fail(c, 409, "BucketAlreadyOwnedByYou",
                  "Your previous request to create the named bucket succeeded and you already own "
                  "it.");
}

void s3_create_bucket(struct call *c)
{
    struct sv name = json_sv(c->in, "Bucket");
    struct sv region = wanted_region(c);
    cJSON *bucket;

    if (!s3_name_is_good(name))
        call_fail(c, 400, "InvalidBucketName", "The specified bucket is not valid.");
    bucket = s3_load(c, "s3.bucket", SV(""), name);
    if (bucket != NULL) {
        refuse_taken(c, bucket, region);
    } else if (!c->has_failed) {
        bucket = cJSON_CreateObject();
        if (!fill(c, bucket, name, region))
            (void)call_ok(c, mem_err(c->err));
        (void)s3_bucket_keep(c, bucket);
    }
    cJSON_Delete(bucket);
    reply_header(c->reply, "Location", "/" SV_FMT, SV_ARG(name));
    reply_header(c->reply, "x-amz-bucket-arn", "arn:%s:s3:::" SV_FMT, arn_partition(region),
                 SV_ARG(name));
}

static enum err_code note(void *owner, const struct record_key *key UNUSED,
                          const cJSON *value UNUSED, bool *goes_on, struct err *err UNUSED)
{
    *(bool *)owner = true;
    *goes_on = false;
    return ERR_OK;
}

static bool has_any(struct call *c, const char *kind, struct sv bucket)
{
    struct record_key key = {.kind = kind, .account = SV(""), .region = bucket, .name = SV("")};
    bool is_there = false;

    return call_ok(c, record_each(c->service->records, &key, SV(""), note, &is_there, c->err)) &&
           is_there;
}

static enum err_code drop_upload(void *owner, const struct record_key *key,
                                 const cJSON *value UNUSED, bool *goes_on UNUSED, struct err *err)
{
    struct call *c = owner;

    return record_delete(c->service->records, key, err);
}

void s3_delete_bucket(struct call *c)
{
    struct sv name = json_sv(c->in, "Bucket");
    struct record_key uploads = {
        .kind = "s3.upload", .account = SV(""), .region = name, .name = SV("")};
    cJSON *bucket = s3_bucket(c);

    if (bucket != NULL && has_any(c, "s3.object", name))
        call_fail(c, 409, "BucketNotEmpty",
                  is_versioned(bucket)
                      ? "The bucket you tried to delete is not empty. You must delete all versions "
                        "in the bucket."
                      : "The bucket you tried to delete is not empty");
    /* Parts of uploads that were never completed keep no bucket. */
    if (!c->has_failed)
        (void)call_ok(c,
                      record_each(c->service->records, &uploads, SV(""), drop_upload, c, c->err));
    (void)s3_drop(c, "s3.bucket", SV(""), name);
    cJSON_Delete(bucket);
    c->reply->status = c->has_failed ? c->reply->status : 204;
}

void s3_head_bucket(struct call *c)
{
    cJSON *bucket = s3_bucket(c);

    if (bucket == NULL)
        return;
    reply_header(c->reply, "x-amz-bucket-region", SV_FMT, SV_ARG(json_sv(bucket, "Region")));
    reply_header(c->reply, "x-amz-bucket-arn", "arn:%s:s3:::" SV_FMT,
                 arn_partition(json_sv(bucket, "Region")), SV_ARG(json_sv(bucket, "Name")));
    reply_header(c->reply, "x-amz-access-point-alias", "false");
    c->reply->content_type = "application/xml";
    cJSON_Delete(bucket);
}

void s3_get_location(struct call *c)
{
    cJSON *bucket = s3_bucket(c);
    struct sv region = json_sv(bucket, "Region");

    /* The oldest region has no name here. */
    if (!sv_eq(region, SV("us-east-1")))
        call_put(c, "", region);
    cJSON_Delete(bucket);
}

void s3_get_versioning(struct call *c)
{
    cJSON *bucket = s3_bucket(c);

    call_put(c, "Status", json_sv(bucket, "Versioning"));
    cJSON_Delete(bucket);
}

void s3_put_versioning(struct call *c)
{
    struct sv status = json_sv(json_get(c->in, "Body"), "Status");
    cJSON *bucket = s3_bucket(c);

    if (!sv_eq(status, SV("Enabled")) && !sv_eq(status, SV("Suspended")))
        call_fail(c, 400, "MalformedXML",
                  "The XML you provided was not well-formed or did not validate against our "
                  "published schema");
    else if (bucket != NULL && !member_put(bucket, "Versioning", status))
        (void)call_ok(c, mem_err(c->err));
    if (bucket != NULL)
        (void)s3_bucket_keep(c, bucket);
    cJSON_Delete(bucket);
}

static cJSON *owner_of(struct sv account)
{
    cJSON *owner = cJSON_CreateObject();

    /* A canonical user id has 64 digits. */
    if (owner != NULL && member_putf(owner, "ID", "%052d" SV_FMT, 0, SV_ARG(account)) &&
        member_put(owner, "DisplayName", SV("penstock")))
        return owner;
    cJSON_Delete(owner);
    return NULL;
}

struct listing {
    struct call *c;
    cJSON *buckets;
    struct sv prefix;
    struct sv region;
    struct sv after;
    int64_t left;
    bool goes_on;
};

static enum err_code list_one(void *owner, const struct record_key *key, const cJSON *value,
                              bool *goes_on, struct err *err UNUSED)
{
    struct listing *l = owner;
    cJSON *row;

    if (!sv_eq(json_sv(value, "Account"), l->c->account) || !sv_starts(key->name, l->prefix) ||
        (l->region.len > 0 && !sv_eq(l->region, json_sv(value, "Region"))) ||
        (l->after.len > 0 && sv_cmp(key->name, l->after) <= 0))
        return ERR_OK;
    if (l->left-- == 0) {
        l->goes_on = true;
        *goes_on = false;
        return ERR_OK;
    }
    row = call_add(l->c, l->buckets, NULL, cJSON_CreateObject());
    if (row != NULL && (!member_put(row, "Name", key->name) ||
                        !member_put(row, "BucketRegion", json_sv(value, "Region"))))
        (void)call_ok(l->c, mem_err(l->c->err));
    if (row != NULL)
        call_put_time(l->c, row, "CreationDate", json_int(value, "Created", 0));
    *goes_on = !l->c->has_failed;
    return ERR_OK;
}

void s3_list_buckets(struct call *c)
{
    cJSON *holder = call_add(c, c->out, "Buckets", cJSON_CreateObject());
    struct listing l = {.c = c,
                        .prefix = json_sv(c->in, "prefix"),
                        .region = json_sv(c->in, "bucket-region"),
                        .after = json_sv(c->in, "continuation-token"),
                        .left = call_int(c, "max-buckets", 1, 10000, 10000)};
    cJSON *last;

    l.buckets = holder == NULL ? NULL : call_add(c, holder, "Bucket", cJSON_CreateArray());
    if (l.buckets == NULL)
        return;
    (void)call_ok(c, record_each_anywhere(c->service->records, "s3.bucket", list_one, &l, c->err));
    (void)call_add(c, c->out, "Owner", owner_of(c->account));
    last = cJSON_GetArrayItem(l.buckets, cJSON_GetArraySize(l.buckets) - 1);
    if (l.goes_on)
        call_put(c, "ContinuationToken", json_sv(last, "Name"));
}

/* Ownership is enforced: the list has its owner and nobody else, whatever is asked for. */
void s3_get_acl(struct call *c)
{
    cJSON *bucket = s3_bucket(c);
    struct sv account = json_sv(bucket, "Account");
    cJSON *list = call_add(c, c->out, "AccessControlList", cJSON_CreateObject());
    cJSON *grant = list == NULL ? NULL : call_add(c, list, "Grant", cJSON_CreateObject());

    if (grant != NULL && bucket != NULL) {
        (void)call_add(c, c->out, "Owner", owner_of(account));
        (void)call_add(c, grant, "Permission", cJSON_CreateString("FULL_CONTROL"));
        (void)call_add(c, grant, "Grantee", owner_of(account));
    }
    cJSON_Delete(bucket);
}
