/* GetResources: over all records that have tags, and the pipelines. Roles are in no region, so they
 * are not among them, as at AWS. */
#include "core/sandbox/tagging.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/members.h"

static const struct {
    const char *kind;
    const char *type; /* as ResourceTypeFilters name it */
    const char *arn;  /* the member that has it; NULL: a bucket, which keeps what S3 was sent */
} kinds[] = {
    {"cfn.stack", "cloudformation:stack", "Id"},
    {"codebuild.project", "codebuild:project", "Arn"},
    {"codecommit.repository", "codecommit:repository", "Arn"},
    {"connections.connection", "codeconnections:connection", "Arn"},
    {"ecr.repository", "ecr:repository", "Arn"},
    {"events.rule", "events:rule", "Arn"},
    {"kms.key", "kms:key", "Arn"},
    {"logs.group", "logs:log-group", "Arn"},
    {"s3.bucket", "s3:bucket", NULL},
    {"secrets.secret", "secretsmanager:secret", "Arn"},
    {"ssm.parameter", "ssm:parameter", "Arn"},
};

struct finding {
    struct call *call;
    const char *arn; /* of kinds */
    cJSON *out;
    int64_t skip;
    int64_t left; /* -1: there is more */
};

static bool tag_fits(const cJSON *filter, const cJSON *tags)
{
    const cJSON *values = json_get(filter, "Values");

    for (const cJSON *t = tags == NULL ? NULL : tags->child; t != NULL; t = t->next) {
        if (sv_eq(json_sv(t, "Key"), json_sv(filter, "Key")) &&
            (cJSON_GetArraySize(values) == 0 || list_has(values, json_sv(t, "Value"))))
            return true;
    }
    return false;
}

static bool fits(const struct call *c, struct sv arn, const cJSON *tags)
{
    const cJSON *arns = json_get(c->in, "ResourceARNList");

    if (cJSON_GetArraySize(arns) > 0 && !list_has(arns, arn))
        return false;
    for (const cJSON *f = json_list(c->in, "TagFilters"); f != NULL; f = f->next) {
        if (!tag_fits(f, tags))
            return false;
    }
    return cJSON_GetArraySize(tags) > 0;
}

/* "s3" fits "s3:bucket" as "s3:bucket" does. */
static bool type_fits(const struct call *c, const char *type)
{
    const cJSON *filters = json_get(c->in, "ResourceTypeFilters");
    struct sv service = sv_cut(sv_of(type), ':', &(struct sv){0});

    return cJSON_GetArraySize(filters) == 0 || list_has(filters, sv_of(type)) ||
           list_has(filters, service);
}

static void put_one(struct finding *f, struct sv arn, const cJSON *tags)
{
    cJSON *row;

    if (arn.len == 0 || !fits(f->call, arn, tags) || f->skip-- > 0)
        return;
    if (f->left <= 0) {
        f->left = -1;
        return;
    }
    f->left--;
    row = call_add(f->call, f->out, NULL, cJSON_CreateObject());
    if (row != NULL && (!member_put(row, "ResourceARN", arn) ||
                        !member_set(row, "Tags", cJSON_Duplicate(tags, true))))
        (void)call_ok(f->call, mem_err(f->call->err));
}

/* A bucket is in no region's records, and its tags are the XML's: one Tag or several. */
static void put_bucket(struct finding *f, const cJSON *bucket)
{
    const cJSON *given = json_get(json_get(json_get(bucket, "Tagging"), "TagSet"), "Tag");
    cJSON *tags = cJSON_IsArray(given) ? cJSON_Duplicate(given, true) : cJSON_CreateArray();
    cJSON *one = cJSON_IsObject(given) ? cJSON_Duplicate(given, true) : NULL;
    char arn[160];

    if (!sv_eq(json_sv(bucket, "Region"), f->call->region)) {
        cJSON_Delete(one);
        cJSON_Delete(tags);
        return;
    }
    if (one != NULL && !cJSON_AddItemToArray(tags, one))
        cJSON_Delete(one);
    (void)snprintf(arn, sizeof arn, "arn:%s:s3:::" SV_FMT, arn_partition(f->call->region),
                   SV_ARG(sv_take(json_sv(bucket, "Name"), 100)));
    if (call_ok(f->call, tags == NULL ? mem_err(f->call->err) : ERR_OK))
        put_one(f, sv_of(arn), tags);
    cJSON_Delete(tags);
}

static enum err_code put_record(void *owner, const struct record_key *key UNUSED,
                                const cJSON *value, bool *goes_on, struct err *err UNUSED)
{
    struct finding *f = owner;

    if (f->arn == NULL)
        put_bucket(f, value);
    else
        put_one(f, json_sv(value, f->arn), json_get(value, "Tags"));
    *goes_on = f->left >= 0 && !f->call->has_failed;
    return f->call->rc;
}

static void put_pipe(struct finding *f, const struct pipe *p)
{
    cJSON *tags = cJSON_CreateArray();
    char arn[256];
    bool is_good = tags != NULL;

    (void)snprintf(arn, sizeof arn, "arn:%s:codepipeline:%s:%s:%.100s",
                   arn_partition(sv_of(p->place->region)), p->place->region, p->place->account,
                   p->name);
    for (size_t i = 0; i < p->tag_count && is_good; i++) {
        cJSON *tag = cJSON_CreateObject();

        is_good = cJSON_AddItemToArray(tags, tag) &&
                  member_put(tag, "Key", sv_of(p->tags[i].key)) &&
                  member_put(tag, "Value", sv_of(p->tags[i].value));
    }
    if (call_ok(f->call, is_good ? ERR_OK : mem_err(f->call->err)))
        put_one(f, sv_of(arn), tags);
    cJSON_Delete(tags);
}

static void put_pipes(struct finding *f)
{
    struct call *c = f->call;
    const struct place *place = world_find_place(c->service->world, c->account, c->region);

    if (place == NULL || !type_fits(c, "codepipeline:pipeline"))
        return;
    for (size_t i = 0; i < place->count && f->left >= 0 && !c->has_failed; i++)
        put_pipe(f, place->pipes[i]);
}

void tagging_get_resources(struct call *c)
{
    struct finding f = {.call = c, .left = call_int(c, "ResourcesPerPage", 1, 100, 50)};
    struct sv token = call_text(c, "PaginationToken", false);
    int64_t first = 0;
    char next[24] = "";

    if (token.len > 0 && (!sv_to_int(token, &first) || first < 0))
        call_fail(c, 400, "PaginationTokenExpiredException", "The token is not one of ours.");
    f.skip = first;
    f.out = call_add(c, c->out, "ResourceTagMappingList", cJSON_CreateArray());
    for (size_t i = 0; i < ARRAY_LEN(kinds) && f.left >= 0 && !c->has_failed; i++) {
        struct record_key key = {.kind = kinds[i].kind,
                                 .account = c->account,
                                 .region = kinds[i].arn == NULL ? SV("") : c->region};

        f.arn = kinds[i].arn;
        if (type_fits(c, kinds[i].type))
            (void)call_ok(c,
                          record_each(c->service->records, &key, SV(""), put_record, &f, c->err));
    }
    put_pipes(&f);
    if (f.left < 0)
        (void)snprintf(next, sizeof next, "%lld", (long long)(first + cJSON_GetArraySize(f.out)));
    call_put(c, "PaginationToken", sv_of(next));
}
