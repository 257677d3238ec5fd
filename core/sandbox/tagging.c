/* GetResources: over all records that have tags, and the pipelines. Roles are in no region, so they
 * are not among them, as at AWS. */
#include "core/sandbox/tagging.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/members.h"

static const struct {
    const char *kind;
    const char *type; /* as ResourceTypeFilters name it */
    bool is_global;   /* its record has no region but a member Region */
} kinds[] = {
    {"cfn.stack", "cloudformation:stack", false},
    {"codebuild.project", "codebuild:project", false},
    {"codecommit.repository", "codecommit:repository", false},
    {"connections.connection", "codeconnections:connection", false},
    {"ecr.repository", "ecr:repository", false},
    {"events.rule", "events:rule", false},
    {"kms.key", "kms:key", false},
    {"logs.group", "logs:log-group", false},
    {"s3.bucket", "s3:bucket", true},
    {"secrets.secret", "secretsmanager:secret", false},
    {"ssm.parameter", "ssm:parameter", false},
};

struct finding {
    struct call *call;
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

    if (!fits(f->call, arn, tags) || f->skip-- > 0)
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

static enum err_code put_record(void *owner, const struct record_key *key, const cJSON *value,
                                bool *goes_on, struct err *err UNUSED)
{
    struct finding *f = owner;
    struct sv region = json_sv(value, "Region");

    if (key->region.len == 0 && region.len > 0 && !sv_eq(region, f->call->region))
        return ERR_OK;
    put_one(f, json_sv(value, "Arn"), json_get(value, "Tags"));
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
                                 .region = kinds[i].is_global ? SV("") : c->region};

        if (type_fits(c, kinds[i].type))
            (void)call_ok(c,
                          record_each(c->service->records, &key, SV(""), put_record, &f, c->err));
    }
    put_pipes(&f);
    if (f.left < 0)
        (void)snprintf(next, sizeof next, "%lld", (long long)(first + cJSON_GetArraySize(f.out)));
    call_put(c, "PaginationToken", sv_of(next));
}
