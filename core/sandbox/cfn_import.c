#include "core/sandbox/cfn_import.h"

#include "core/sandbox/resource.h"

/* ---- whose it is ---- */

struct search {
    struct sv account;
    struct sv region; /* empty: the thing belongs to none */
    struct sv type;
    struct sv id;
    bool is_owned;
};

static enum err_code look(void *owner, const struct record_key *key, const cJSON *value,
                          bool *goes_on, struct err *err UNUSED)
{
    struct search *s = owner;
    const cJSON *all = json_get(value, "Resources");

    if (!sv_eq(key->account, s->account) || (s->region.len > 0 && !sv_eq(key->region, s->region)))
        return ERR_OK;
    for (const cJSON *r = all == NULL ? NULL : all->child; r != NULL && !s->is_owned; r = r->next)
        s->is_owned = json_bool(r, "IsLive", false) && sv_eq(json_sv(r, "Type"), s->type) &&
                      sv_eq(json_sv(r, "Id"), s->id);
    *goes_on = !s->is_owned;
    return ERR_OK;
}

static bool is_owned(struct cfn *c, const struct resource_type *type, struct sv id)
{
    bool is_global = cfn_word("AWS::IAM::Role AWS::S3::Bucket", sv_of(type->type));
    struct search s = {.account = c->account,
                       .region = is_global ? SV("") : c->region,
                       .type = sv_of(type->type),
                       .id = id};

    if (!c->has_failed)
        (void)cfn_ok(c, record_each_anywhere(c->service->records, "cfn.stack", look, &s, c->err));
    return s.is_owned;
}

/* ---- one resource ---- */

/* Is it there and free? Then ask->id is its name. A name that is only known once something else is
 * made is none yet. */
static bool can_take(struct cfn *c, const cJSON *resource, struct resource_ask *ask)
{
    const struct resource_type *type = resource_type_find(json_sv(resource, "Type"));

    *ask = (struct resource_ask){.service = c->service,
                                 .account = c->account,
                                 .region = c->region,
                                 .logical_id = sv_of(resource->string),
                                 .properties = json_get(resource, "Properties"),
                                 .err = c->err};
    if (c->has_failed || type == NULL || type->exists == NULL)
        return false;
    return cfn_ok(c, type->exists(ask)) && ask->id[0] != '\0' &&
           !is_owned(c, type, sv_of(ask->id)) && !c->has_failed;
}

static void add_unkept(const cJSON *resource, const struct resource_ask *ask, char *list,
                       size_t size)
{
    const struct resource_type *type = resource_type_find(json_sv(resource, "Type"));
    size_t len = strlen(list);

    (void)snprintf(list + len, size - len, "%s%s ({%s=%.200s})", len > 0 ? ", " : "",
                   resource->string, type == NULL ? "" : type->name_property, ask->id);
}

cJSON *cfn_imports(struct cfn *c, const cJSON *stack, const cJSON *want, char why[STACK_WHY_MAX])
{
    const cJSON *olds = json_get(json_get(stack, "Compiled"), "Resources");
    const cJSON *news = json_get(json_get(want, "Compiled"), "Resources");
    cJSON *out = cfn_object(c);
    char unkept[600] = "";
    struct resource_ask ask;

    for (const cJSON *r = news == NULL ? NULL : news->child; r != NULL && !c->has_failed;
         r = r->next) {
        if (json_get(olds, r->string) != NULL || !can_take(c, r, &ask))
            continue;
        if (cfn_word("Retain RetainExceptOnCreate", json_sv(r, "DeletionPolicy")))
            cfn_put_text(c, out, r->string, sv_of(ask.id));
        else
            add_unkept(r, &ask, unkept, sizeof unkept);
    }
    if (unkept[0] != '\0')
        (void)snprintf(why, STACK_WHY_MAX,
                       "CloudFormation is attempting to import some resources because they already "
                       "exist in your account. The resources must have the DeletionPolicy "
                       "attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for "
                       "successful import. The affected resources are %s",
                       unkept);
    return out;
}
