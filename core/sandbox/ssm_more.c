/* Parameters: listed, tagged, removed. */
#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/page.h"
#include "core/sandbox/ssm_parts.h"
#include "core/sandbox/tagging.h"

/* ---- listed ---- */

static bool one_fits(struct sv option, struct sv want, struct sv have)
{
    if (sv_eq(option, SV("BeginsWith")))
        return sv_starts(have, want);
    if (sv_eq(option, SV("Contains")))
        return sv_find(have, want) >= 0;
    return sv_eq(have, want);
}

/* Under a path; OneLevel is the usual. */
static bool path_fits(struct sv option, struct sv path, struct sv name)
{
    struct sv rest;

    if (sv_ends(path, SV("/")))
        path.len--;
    rest = sv_drop(name, path.len);
    return sv_starts(name, path) && sv_starts(rest, SV("/")) &&
           (sv_eq(option, SV("Recursive")) || sv_find(sv_drop(rest, 1), SV("/")) < 0);
}

static struct sv tag_of(const cJSON *parameter, struct sv key)
{
    for (const cJSON *t = json_list(parameter, "Tags"); t != NULL; t = t->next) {
        if (sv_eq(json_sv(t, "Key"), key))
            return json_sv(t, "Value");
    }
    return SV_NONE;
}

static struct sv field_of(const cJSON *parameter, struct sv key)
{
    char name[32];

    if (sv_starts(key, SV("tag:")))
        return tag_of(parameter, sv_drop(key, 4));
    (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(sv_take(key, 31)));
    return json_sv(parameter, name);
}

/* An old filter's name begins so, if nothing else is said. */
static bool fits(const cJSON *filter, const cJSON *parameter, bool is_old)
{
    struct sv key = json_sv(filter, "Key");
    struct sv option = json_sv(filter, "Option");
    struct sv have = field_of(parameter, key);

    if (option.ptr == NULL && is_old)
        option = SV("BeginsWith");
    if (json_list(filter, "Values") == NULL)
        return have.ptr != NULL;
    for (const cJSON *v = json_list(filter, "Values"); v != NULL; v = v->next) {
        if (sv_eq(key, SV("Path")) ? path_fits(option, json_item_sv(v), json_sv(parameter, "Name"))
                                   : have.ptr != NULL && one_fits(option, json_item_sv(v), have))
            return true;
    }
    return false;
}

static cJSON *described(struct call *c, const cJSON *parameter)
{
    cJSON *row;

    for (const cJSON *f = json_list(c->in, "ParameterFilters"); f != NULL; f = f->next) {
        if (!fits(f, parameter, false))
            return NULL;
    }
    for (const cJSON *f = json_list(c->in, "Filters"); f != NULL; f = f->next) {
        if (!fits(f, parameter, true))
            return NULL;
    }
    row = cJSON_CreateObject();
    if (!members_copy(row, parameter,
                      "Name Type KeyId LastModifiedUser Description AllowedPattern Version Tier "
                      "DataType") ||
        !member_put(row, "ARN", json_sv(parameter, "Arn")) || member_list(row, "Policies") == NULL)
        (void)call_ok(c, mem_err(c->err));
    call_put_time(c, row, "LastModifiedDate", json_int(parameter, "LastModifiedDate", 0));
    return row;
}

void ssm_describe(struct call *c)
{
    const struct page page = {.list = "Parameters",
                              .next = "NextToken",
                              .limit = "MaxResults",
                              .token = "NextToken",
                              .usual = 50,
                              .most = 50,
                              .bad_token = "InvalidNextToken"};

    page_put(c, &page, page_collect(c, "ssm.parameter", c->region, SV(""), described));
}

/* ---- removed ---- */

static enum err_code remove_version(void *owner, const struct record_key *key,
                                    const cJSON *value UNUSED, bool *goes_on UNUSED,
                                    struct err *err)
{
    return record_delete(owner, key, err);
}

/* False when it was not there. */
static bool remove_one(struct call *c, struct sv name)
{
    cJSON *parameter = call_record(c, "ssm.parameter", c->region, name);
    struct record_key key = {
        .kind = "ssm.parameter", .account = c->account, .region = c->region, .name = name};
    char prefix[SSM_KEY_SIZE];
    bool was_there = parameter != NULL;

    cJSON_Delete(parameter);
    if (!was_there || !call_ok(c, record_delete(c->service->records, &key, c->err)))
        return was_there;
    (void)snprintf(prefix, sizeof prefix, SV_FMT ":", SV_ARG(sv_take(name, SSM_NAME_MAX)));
    key.kind = "ssm.history";
    key.name = sv_of(prefix);
    (void)call_ok(c, record_each(c->service->records, &key, SV(""), remove_version,
                                 c->service->records, c->err));
    return true;
}

void ssm_delete(struct call *c)
{
    struct sv name = call_text(c, "Name", true);

    if (!c->has_failed && !remove_one(c, name))
        call_fail(c, 400, "ParameterNotFound", "Parameter " SV_FMT " not found.",
                  SV_ARG(sv_take(name, 400)));
}

void ssm_delete_several(struct call *c)
{
    cJSON *gone = call_add(c, c->out, "DeletedParameters", cJSON_CreateArray());
    cJSON *missing = call_add(c, c->out, "InvalidParameters", cJSON_CreateArray());

    for (const cJSON *n = json_list(c->in, "Names"); n != NULL && !c->has_failed; n = n->next) {
        bool was_there = remove_one(c, json_item_sv(n));

        (void)call_add(c, was_there ? gone : missing, NULL, item_text(json_item_sv(n)));
    }
}

/* ---- tagged ---- */

static cJSON *asked_resource(struct call *c, struct sv *name)
{
    struct sv type = call_text(c, "ResourceType", true);
    cJSON *parameter;

    *name = call_text(c, "ResourceId", true);
    if (!c->has_failed && !sv_eq(type, SV("Parameter")))
        call_fail(c, 400, "InvalidResourceType", "The resource type is not valid.");
    parameter = call_record(c, "ssm.parameter", c->region, *name);
    if (parameter == NULL)
        call_fail(c, 400, "InvalidResourceId",
                  "The resource ID is not valid. Verify that you "
                  "entered the correct ID and try again.");
    return parameter;
}

void ssm_tag(struct call *c)
{
    struct sv name;
    cJSON *parameter = asked_resource(c, &name);

    if (parameter != NULL && call_ok(c, tags_merge(parameter, json_get(c->in, "Tags"), c->err)))
        (void)call_store(c, "ssm.parameter", c->region, name, parameter);
    cJSON_Delete(parameter);
}

void ssm_untag(struct call *c)
{
    struct sv name;
    cJSON *parameter = asked_resource(c, &name);

    tags_drop(parameter, json_get(c->in, "TagKeys"));
    (void)call_store(c, "ssm.parameter", c->region, name, parameter);
    cJSON_Delete(parameter);
}

void ssm_list_tags(struct call *c)
{
    struct sv name;
    cJSON *parameter = asked_resource(c, &name);

    if (parameter != NULL)
        (void)call_add(c, c->out, "TagList", tags_list(parameter, "Key", "Value"));
    cJSON_Delete(parameter);
}
