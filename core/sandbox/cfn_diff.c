#include "core/sandbox/cfn_diff.h"

#include "core/sandbox/cfn_intrinsics.h"
#include "core/sandbox/resource.h"

enum { REPLACED_NO, REPLACED_PERHAPS, REPLACED_YES };

struct diff {
    struct cfn *c;
    const cJSON *template;
    const cJSON *changed_parameters; /* names */
    const cJSON *imports;            /* by logical id, or NULL */
    bool has_new_tags;
    cJSON *fates; /* by logical id: what becomes of those that stay and change */
};

/* One resource that stays. */
struct change {
    struct diff *d;
    const struct resource_type *type;
    cJSON *details;
    cJSON *scope;
    const char *property;
    int replaced;
};

static bool same(const cJSON *a, const cJSON *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return cJSON_Compare(a, b, true);
}

static bool tags_differ(const cJSON *stack, const cJSON *want)
{
    const cJSON *old = json_get(stack, "Tags");
    const cJSON *new = json_get(want, "Tags");

    return (cJSON_GetArraySize(old) > 0 || cJSON_GetArraySize(new) > 0) && !same(old, new);
}

static const char *recreation_of(const struct change *x, const char *property)
{
    const struct resource_type *type = x->type;
    bool is_always =
        type == NULL || type->update == NULL || cfn_word(type->replaced_by, sv_of(property));

    return is_always ? "Always" : "Never";
}

/* property is NULL for what is beside the properties; cause is empty for the template itself. */
static void add_detail(struct change *x, const char *attribute, const char *property,
                       bool is_dynamic, const char *source, struct sv cause)
{
    struct cfn *c = x->d->c;
    cJSON *detail = cfn_put(c, x->details, NULL, cfn_object(c));
    cJSON *target = cfn_put(c, detail, "Target", cfn_object(c));
    const char *recreation = property == NULL ? "Never" : recreation_of(x, property);

    cfn_put_text(c, target, "Attribute", sv_of(attribute));
    if (property != NULL)
        cfn_put_text(c, target, "Name", sv_of(property));
    cfn_put_text(c, target, "RequiresRecreation", sv_of(recreation));
    cfn_put_text(c, detail, "Evaluation", is_dynamic ? SV("Dynamic") : SV("Static"));
    cfn_put_text(c, detail, "ChangeSource", sv_of(source));
    if (cause.len > 0)
        cfn_put_text(c, detail, "CausingEntity", cause);
    cfn_add_once(c, x->scope, sv_of(attribute));
    if (strcmp(recreation, "Always") == 0 && (!is_dynamic || x->replaced == REPLACED_NO))
        x->replaced = is_dynamic ? REPLACED_PERHAPS : REPLACED_YES;
}

/* ---- where a change comes from ---- */

struct source {
    const struct diff *d;
    struct sv parameter;
};

static void find_parameter(void *owner, enum cfn_ref kind, struct sv name,
                           struct sv attribute UNUSED)
{
    struct source *s = owner;

    if (kind == CFN_REF && s->parameter.ptr == NULL && cfn_has(s->d->changed_parameters, name))
        s->parameter = name;
}

static void find_cause(void *owner, enum cfn_ref kind, struct sv name, struct sv attribute)
{
    struct change *x = owner;
    const cJSON *fate = cfn_get_sv(x->d->fates, name);
    char entity[300];

    if (fate == NULL || kind == CFN_CONDITION)
        return;
    if (kind == CFN_GET_ATT) {
        (void)snprintf(entity, sizeof entity, SV_FMT "." SV_FMT, SV_ARG(name), SV_ARG(attribute));
        add_detail(x, "Properties", x->property, true, "ResourceAttribute", sv_of(entity));
    } else if ((int)fate->valuedouble != REPLACED_NO) {
        add_detail(x, "Properties", x->property, true, "ResourceReference", name);
    }
}

static void compare_property(struct change *x, const char *logical, const cJSON *old,
                             const cJSON *new, const char *name)
{
    const cJSON *raw = json_get(json_get(x->d->template, "Resources"), logical);
    const cJSON *written = json_get(json_get(raw, "Properties"), name);
    struct source s = {.d = x->d};
    bool is_tags = strcmp(name, "Tags") == 0;

    x->property = name;
    if (same(old, new)) {
        if (new != NULL)
            cfn_refs(new, find_cause, x);
        return;
    }
    if (written != NULL)
        cfn_refs(written, find_parameter, &s);
    add_detail(x, is_tags ? "Tags" : "Properties", is_tags ? NULL : name, false,
               s.parameter.ptr == NULL ? "DirectModification" : "ParameterReference", s.parameter);
}

static void compare_properties(struct change *x, const char *logical, const cJSON *old,
                               const cJSON *new)
{
    for (const cJSON *p = new == NULL ? NULL : new->child; p != NULL; p = p->next)
        compare_property(x, logical, json_get(old, p->string), p, p->string);
    for (const cJSON *p = old == NULL ? NULL : old->child; p != NULL; p = p->next) {
        if (json_get(new, p->string) == NULL)
            compare_property(x, logical, p, NULL, p->string);
    }
}

static bool takes_tags(const struct resource_type *type)
{
    static const char without[] =
        "AWS::CDK::Metadata AWS::CloudFormation::WaitConditionHandle AWS::IAM::Policy "
        "AWS::IAM::ManagedPolicy AWS::S3::BucketPolicy AWS::KMS::Alias";

    return type != NULL && type->update != NULL && !cfn_word(without, sv_of(type->type));
}

static void compare(struct change *x, const char *logical, const cJSON *old, const cJSON *new)
{
    static const char *const beside[] = {"Metadata", "DeletionPolicy", "UpdateReplacePolicy"};

    compare_properties(x, logical, json_get(old, "Properties"), json_get(new, "Properties"));
    if (x->d->has_new_tags && takes_tags(x->type) && !cfn_has(x->scope, SV("Tags")))
        add_detail(x, "Tags", NULL, false, "DirectModification", SV_NONE);
    for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
        if (!same(json_get(old, beside[i]), json_get(new, beside[i])))
            add_detail(x, beside[i], NULL, false, "DirectModification", SV_NONE);
    }
}

/* ---- the rows ---- */

static cJSON *add_row(struct diff *d, cJSON *out, const char *action, const char *logical,
                      struct sv physical, struct sv type)
{
    struct cfn *c = d->c;
    cJSON *row = cfn_put(c, out, NULL, cfn_object(c));
    cJSON *change;

    cfn_put_text(c, row, "Type", SV("Resource"));
    change = cfn_put(c, row, "ResourceChange", cfn_object(c));
    cfn_put_text(c, change, "Action", sv_of(action));
    cfn_put_text(c, change, "LogicalResourceId", sv_of(logical));
    if (physical.len > 0)
        cfn_put_text(c, change, "PhysicalResourceId", physical);
    cfn_put_text(c, change, "ResourceType", type);
    return change;
}

static void add_simple(struct diff *d, cJSON *out, const char *action, const cJSON *resource,
                       struct sv physical, struct sv policy)
{
    cJSON *change = add_row(d, out, action, resource->string, physical, json_sv(resource, "Type"));

    (void)cfn_put(d->c, change, "Scope", cfn_list(d->c));
    (void)cfn_put(d->c, change, "Details", cfn_list(d->c));
    if (policy.len > 0)
        cfn_put_text(d->c, change, "PolicyAction", policy);
}

static void add_modified(struct diff *d, cJSON *out, const cJSON *old, const cJSON *new,
                         struct sv physical)
{
    static const char *const words[] = {"False", "Conditional", "True"};
    struct cfn *c = d->c;
    struct change x = {.d = d,
                       .type = resource_type_find(json_sv(new, "Type")),
                       .details = cfn_list(c),
                       .scope = cfn_list(c)};
    bool keeps_old = sv_eq(json_sv(new, "UpdateReplacePolicy"), SV("Retain"));
    cJSON *change;

    compare(&x, new->string, old, new);
    if (c->has_failed || x.details->child == NULL) {
        cJSON_Delete(x.details);
        cJSON_Delete(x.scope);
        return;
    }
    change = add_row(d, out, "Modify", new->string, physical, json_sv(new, "Type"));
    if (x.replaced == REPLACED_YES)
        cfn_put_text(c, change, "PolicyAction",
                     keeps_old ? SV("ReplaceAndRetain") : SV("ReplaceAndDelete"));
    cfn_put_text(c, change, "Replacement", sv_of(words[x.replaced]));
    (void)cfn_put(c, change, "Scope", x.scope);
    (void)cfn_put(c, change, "Details", x.details);
    cfn_put_int(c, d->fates, new->string, x.replaced);
}

static struct sv physical_of(const cJSON *stack, const char *logical)
{
    return json_sv(json_get(json_get(stack, "Resources"), logical), "Id");
}

static void add_wanted(struct diff *d, const cJSON *stack, const cJSON *olds, const cJSON *new,
                       cJSON *out)
{
    const cJSON *old = json_get(olds, new->string);
    struct sv physical = physical_of(stack, new->string);
    struct sv there = json_sv(d->imports, new->string);

    if (old == NULL && there.len > 0)
        add_simple(d, out, "Import", new, there, SV_NONE);
    else if (old == NULL)
        add_simple(d, out, "Add", new, SV_NONE, SV_NONE);
    else
        add_modified(d, out, old, new, physical);
}

/* In the order in which they need each other, so that a cause is known before its effects. */
static void add_all(struct diff *d, const cJSON *stack, const cJSON *olds, const cJSON *news,
                    cJSON *out)
{
    struct cfn *c = d->c;
    cJSON *done = cfn_object(c);
    bool has_moved = true;

    while (has_moved && !c->has_failed) {
        has_moved = false;
        for (const cJSON *new = news->child; new != NULL && !c->has_failed; new = new->next) {
            const cJSON *need = json_list(new, "Needs");

            while (need != NULL && json_get(done, need->valuestring) != NULL)
                need = need->next;
            if (need != NULL || json_get(done, new->string) != NULL)
                continue;
            add_wanted(d, stack, olds, new, out);
            cfn_put_bool(c, done, new->string, true);
            has_moved = true;
        }
    }
    cJSON_Delete(done);
}

static cJSON *changed_parameters(struct cfn *c, const cJSON *stack, const cJSON *want)
{
    cJSON *names = cfn_list(c);

    for (const cJSON *p = json_list(want, "Parameters"); p != NULL; p = p->next) {
        const cJSON *old = json_list(stack, "Parameters");

        while (old != NULL && !sv_eq(json_sv(old, "ParameterKey"), json_sv(p, "ParameterKey")))
            old = old->next;
        if (old == NULL || !same(old, p))
            cfn_add_once(c, names, json_sv(p, "ParameterKey"));
    }
    return names;
}

cJSON *cfn_diff(struct cfn *c, const cJSON *stack, const cJSON *want, const cJSON *template)
{
    const cJSON *olds = json_get(json_get(stack, "Compiled"), "Resources");
    const cJSON *news = json_get(json_get(want, "Compiled"), "Resources");
    cJSON *parameters = changed_parameters(c, stack, want);
    struct diff d = {.c = c,
                     .template = template,
                     .changed_parameters = parameters,
                     .imports = json_get(want, "Imports"),
                     .has_new_tags = tags_differ(stack, want),
                     .fates = cfn_object(c)};
    cJSON *out = cfn_list(c);

    if (!c->has_failed && news != NULL)
        add_all(&d, stack, olds, news, out);
    for (const cJSON *old = olds == NULL ? NULL : olds->child; old != NULL && !c->has_failed;
         old = old->next) {
        bool is_kept = cfn_word("Retain RetainExceptOnCreate", json_sv(old, "DeletionPolicy"));

        if (json_get(news, old->string) == NULL)
            add_simple(&d, out, "Remove", old, physical_of(stack, old->string),
                       is_kept ? SV("Retain") : SV("Delete"));
    }
    cJSON_Delete(parameters);
    cJSON_Delete(d.fates);
    if (!c->has_failed)
        return out;
    cJSON_Delete(out);
    return NULL;
}

bool cfn_differs(const cJSON *stack, const cJSON *want)
{
    return tags_differ(stack, want) ||
           !same(json_get(stack, "Parameters"), json_get(want, "Parameters")) ||
           !same(json_get(json_get(stack, "Compiled"), "Resources"),
                 json_get(json_get(want, "Compiled"), "Resources")) ||
           !same(json_get(json_get(stack, "Compiled"), "Outputs"),
                 json_get(json_get(want, "Compiled"), "Outputs"));
}
