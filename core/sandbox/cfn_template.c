#include "core/sandbox/cfn_template.h"

#include "core/base/yaml.h"
#include "core/sandbox/cfn_intrinsics.h"
#include "core/sandbox/resource.h"

static const char sections[] = "AWSTemplateFormatVersion Description Metadata Parameters Rules "
                               "Mappings Conditions Transform Resources Outputs Hooks";
static const char members[] = "Type Properties DependsOn Condition DeletionPolicy Description "
                              "UpdateReplacePolicy Metadata CreationPolicy UpdatePolicy";
static const char parameter_types[] =
    "String Number CommaDelimitedList List<Number> List<String> AWS::SSM::Parameter::Name "
    "AWS::SSM::Parameter::Value<String> AWS::SSM::Parameter::Value<List<String>> "
    "AWS::SSM::Parameter::Value<CommaDelimitedList>";

/* ---- what is wrong with it before any value is known ---- */

struct check {
    struct cfn *c;
    const cJSON *template;
    const char *block;
    cJSON *unresolved;
};

static void check_ref(void *owner, enum cfn_ref kind, struct sv name, struct sv attribute)
{
    struct check *k = owner;
    const cJSON *resource = cfn_find(json_get(k->template, "Resources"), name);
    const struct resource_type *type = resource_type_find(json_sv(resource, "Type"));

    if (kind == CFN_CONDITION) {
        if (cfn_find(json_get(k->template, "Conditions"), name) == NULL)
            cfn_refuse(k->c,
                       "Template format error: Unresolved condition dependency " SV_FMT
                       " in the %s block of the template",
                       SV_ARG(name), k->block);
    } else if (kind == CFN_REF && name.ptr == NULL) {
        cfn_refuse(k->c, "Template error: every Ref object must have a single String value.");
    } else if (kind == CFN_REF) {
        if (resource == NULL && !sv_starts(name, SV("AWS::")) &&
            cfn_find(json_get(k->template, "Parameters"), name) == NULL)
            cfn_add_once(k->c, k->unresolved, name);
    } else if (resource == NULL) {
        cfn_refuse(k->c,
                   "Template error: instance of Fn::GetAtt references undefined resource " SV_FMT,
                   SV_ARG(name));
    } else if (type != NULL && attribute.ptr != NULL &&
               (type->attributes == NULL || !cfn_word(type->attributes, attribute))) {
        cfn_refuse(k->c,
                   "Template error: resource " SV_FMT " does not support attribute type " SV_FMT
                   " in Fn::GetAtt",
                   SV_ARG(name), SV_ARG(attribute));
    }
}

static void check_depends(struct check *k, const cJSON *depends)
{
    const cJSON *item = cJSON_IsArray(depends) ? depends->child : depends;

    for (; item != NULL; item = cJSON_IsArray(depends) ? item->next : NULL) {
        if (cfn_find(json_get(k->template, "Resources"), json_item_sv(item)) == NULL)
            cfn_add_once(k->c, k->unresolved, json_item_sv(item));
    }
}

static void say_unresolved(struct check *k)
{
    char names[800];

    if (k->unresolved == NULL || k->unresolved->child == NULL)
        return;
    cfn_join(k->unresolved, names, sizeof names);
    cfn_refuse(k->c,
               "Template format error: Unresolved resource dependencies [%s] in the %s block of "
               "the template",
               names, k->block);
}

static void check_refs(struct cfn *c, const cJSON *template, const char *section)
{
    struct check k = {.c = c, .template = template, .block = section, .unresolved = cfn_list(c)};
    const cJSON *object = json_get(template, section);

    for (const cJSON *item = object == NULL ? NULL : object->child; item != NULL && !c->has_failed;
         item = item->next) {
        struct sv condition = json_sv(item, "Condition");

        for (const cJSON *part = item->child; part != NULL; part = part->next)
            if (strcmp(part->string, "Metadata") != 0 && strcmp(part->string, "Condition") != 0)
                cfn_refs(part, check_ref, &k);
        if (condition.ptr != NULL)
            check_ref(&k, CFN_CONDITION, condition, SV_NONE);
        check_depends(&k, json_get(item, "DependsOn"));
    }
    say_unresolved(&k);
    cJSON_Delete(k.unresolved);
}

static bool has_null(const cJSON *value)
{
    for (const cJSON *item = value->child; item != NULL; item = item->next) {
        if (cJSON_IsNull(item) || has_null(item))
            return true;
    }
    return false;
}

static void check_policy(struct cfn *c, const cJSON *resource, const char *name)
{
    struct sv value = json_sv(resource, name);

    if (value.ptr != NULL && !cfn_word("Delete Retain Snapshot RetainExceptOnCreate", value))
        cfn_refuse(c,
                   "Template error: %s must be one of the following: Delete, Retain, Snapshot, "
                   "RetainExceptOnCreate",
                   name);
}

static void check_resource(struct cfn *c, const cJSON *resource, cJSON *unknown)
{
    struct sv type = json_sv(resource, "Type");

    if (!cJSON_IsObject(resource) || type.ptr == NULL) {
        cfn_refuse(c,
                   "Template format error: [/Resources/%s] Every Resources object must contain "
                   "a Type member.",
                   resource->string);
        return;
    }
    for (const cJSON *part = resource->child; part != NULL; part = part->next) {
        if (!cfn_word(members, sv_of(part->string)))
            cfn_refuse(c, "Invalid template resource property '%s'", part->string);
    }
    if (has_null(resource))
        cfn_refuse(c,
                   "Template format error: [/Resources/%s] 'null' values are not allowed in "
                   "templates",
                   resource->string);
    if (strspn(resource->string,
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") !=
        strlen(resource->string))
        cfn_refuse(c, "Template format error: Resource name %s is non alphanumeric.",
                   resource->string);
    if (strlen(resource->string) > 255)
        cfn_refuse(c,
                   "Template format error: Resource name %.60s... is longer than 255 characters.",
                   resource->string);
    if (json_get(resource, "Properties") != NULL &&
        !cJSON_IsObject(json_get(resource, "Properties")))
        cfn_refuse(c,
                   "Template format error: [/Resources/%s/Properties] Properties must be an "
                   "object",
                   resource->string);
    check_policy(c, resource, "DeletionPolicy");
    check_policy(c, resource, "UpdateReplacePolicy");
    if (resource_type_find(type) == NULL)
        cfn_add_once(c, unknown, type);
}

static void check_resources(struct cfn *c, const cJSON *template)
{
    const cJSON *resources = json_get(template, "Resources");
    cJSON *unknown = cfn_list(c);
    char names[800];

    if (!cJSON_IsObject(resources) || resources->child == NULL)
        cfn_refuse(c, "Template format error: At least one Resources member must be defined.");
    for (const cJSON *r = resources == NULL ? NULL : resources->child; r != NULL; r = r->next)
        check_resource(c, r, unknown);
    cfn_join(unknown, names, sizeof names);
    if (names[0] != '\0')
        cfn_refuse(c, "Template format error: Unrecognized resource types: [%s]", names);
    cJSON_Delete(unknown);
}

static void check_parameter(struct cfn *c, const cJSON *parameter)
{
    struct sv type = json_sv(parameter, "Type");

    if (type.ptr == NULL)
        cfn_refuse(c, "Template format error: Every Parameters object must contain a Type member.");
    else if (!cfn_word(parameter_types, type) && !sv_starts(type, SV("AWS::EC2::")) &&
             !sv_starts(type, SV("List<AWS::EC2::")))
        cfn_refuse(c, "Template format error: Unrecognized parameter type: " SV_FMT, SV_ARG(type));
}

static void check_count(struct cfn *c, const cJSON *template, const char *section, const char *what,
                        int most)
{
    int count = cJSON_GetArraySize(json_get(template, section));

    if (count > most)
        cfn_refuse(c,
                   "Template format error: Number of %s, %d, is greater than maximum allowed, %d",
                   what, count, most);
}

static void check_sections(struct cfn *c, const cJSON *template)
{
    cJSON *unknown = cfn_list(c);
    const cJSON *transform = json_get(template, "Transform");
    const cJSON *version = json_get(template, "AWSTemplateFormatVersion");
    char names[800];

    for (const cJSON *part = template->child; part != NULL; part = part->next) {
        if (!cfn_word(sections, sv_of(part->string)))
            cfn_add_once(c, unknown, sv_of(part->string));
    }
    cfn_join(unknown, names, sizeof names);
    cJSON_Delete(unknown);
    if (names[0] != '\0')
        cfn_refuse(c, "Invalid template property or properties [%s]", names);
    if (version != NULL && !sv_eq(json_item_sv(version), SV("2010-09-09")))
        cfn_refuse(c, "Template format error: unsupported value for AWSTemplateFormatVersion.");
    if (transform != NULL)
        cfn_refuse(c, "The sandbox knows no transforms: send the template as the transform leaves "
                      "it, without Transform");
    check_count(c, template, "Resources", "resources", TEMPLATE_RESOURCES_MAX);
    check_count(c, template, "Parameters", "parameters", TEMPLATE_PARAMETERS_MAX);
    check_count(c, template, "Outputs", "outputs", TEMPLATE_OUTPUTS_MAX);
}

static void check_outputs(struct cfn *c, const cJSON *template)
{
    const cJSON *outputs = json_get(template, "Outputs");

    for (const cJSON *o = outputs == NULL ? NULL : outputs->child; o != NULL; o = o->next) {
        if (json_get(o, "Value") == NULL)
            cfn_refuse(c,
                       "Template format error: Output %s is malformed. The Value field is "
                       "required",
                       o->string);
    }
}

static cJSON *parse(struct cfn *c, struct sv text)
{
    bool is_json = sv_starts(sv_trim(text), SV("{"));
    struct err why = {0};
    cJSON *json = NULL;
    enum err_code rc = is_json ? json_parse(text, &json, &why) : yaml_parse(text, &json, &why);
    ptrdiff_t at = sv_find(sv_of(why.text), SV("(line"));

    if (rc == ERR_LIMIT && at < 0)
        (void)cfn_ok(c, err_set(c->err, rc, "%s", why.text));
    else if (rc && is_json)
        cfn_refuse(c, "Template format error: JSON not well-formed.");
    else if (rc)
        cfn_refuse(c, "Template format error: YAML not well-formed. %s",
                   at < 0 ? "" : why.text + at);
    else if (!cJSON_IsObject(json))
        cfn_refuse(c, "Template format error: unsupported structure.");
    return json;
}

cJSON *cfn_read(struct cfn *c, struct sv text)
{
    cJSON *template = c->has_failed ? NULL : parse(c, text);
    const cJSON *parameters = json_get(template, "Parameters");

    if (template != NULL && !c->has_failed) {
        check_sections(c, template);
        for (const cJSON *p = parameters == NULL ? NULL : parameters->child; p != NULL; p = p->next)
            check_parameter(c, p);
        check_resources(c, template);
        check_outputs(c, template);
        if (!c->has_failed)
            check_refs(c, template, "Resources");
        if (!c->has_failed)
            check_refs(c, template, "Outputs");
    }
    if (!c->has_failed)
        return template;
    cJSON_Delete(template);
    return NULL;
}

/* ---- capabilities ---- */

const char *cfn_capability(struct cfn *c, const cJSON *template, cJSON *types)
{
    const char *needed = "";
    const cJSON *resources = json_get(template, "Resources");

    for (const cJSON *r = resources == NULL ? NULL : resources->child; r != NULL; r = r->next) {
        const struct resource_type *type = resource_type_find(json_sv(r, "Type"));

        if (type == NULL || !type->needs_capability)
            continue;
        if (types != NULL)
            cfn_add_once(c, types, sv_of(type->type));
        if (type->name_property != NULL &&
            json_get(json_get(r, "Properties"), type->name_property) != NULL)
            needed = "CAPABILITY_NAMED_IAM";
        else if (needed[0] == '\0')
            needed = "CAPABILITY_IAM";
    }
    return needed;
}

void cfn_check_capabilities(struct cfn *c, const cJSON *template, const cJSON *given)
{
    const char *needed = cfn_capability(c, template, NULL);

    if (needed[0] == '\0' || cfn_has(given, sv_of(needed)) ||
        cfn_has(given, SV("CAPABILITY_NAMED_IAM")))
        return;
    cfn_refuse_as(c, 400, "InsufficientCapabilitiesException", "Requires capabilities : [%s]",
                  needed);
}

/* ---- compiled ---- */

/* {name: value} of the list that cfn_parameters makes. */
static cJSON *values_of(struct cfn *c, const cJSON *parameters)
{
    cJSON *values = cfn_object(c);

    for (const cJSON *p = parameters == NULL ? NULL : parameters->child; p != NULL; p = p->next) {
        struct sv value = json_sv(p, "ResolvedValue");
        const char *name = json_sv(p, "ParameterKey").ptr;
        cJSON *list;

        if (value.ptr == NULL)
            value = json_sv(p, "ParameterValue");
        if (!json_bool(p, "IsList", false)) {
            cfn_put_text(c, values, name, value);
            continue;
        }
        list = cfn_put(c, values, name, cfn_list(c));
        while (value.len > 0)
            (void)cfn_put(c, list, NULL, cfn_text(c, sv_trim(sv_cut(value, ',', &value))));
    }
    return values;
}

struct needs {
    struct cfn *c;
    const cJSON *resources; /* compiled */
    const char *block;
    cJSON *list; /* NULL: only check */
};

static void need(void *owner, enum cfn_ref kind, struct sv name, struct sv attribute UNUSED)
{
    struct needs *n = owner;
    if (kind == CFN_CONDITION)
        return;
    if (cfn_find(n->resources, name) == NULL)
        cfn_refuse(n->c,
                   "Template format error: Unresolved resource dependencies [" SV_FMT
                   "] in the %s block of the template",
                   SV_ARG(name), n->block);
    else if (n->list != NULL)
        cfn_add_once(n->c, n->list, name);
}

static void add_needs(struct cfn *c, const cJSON *template, const cJSON *resources, cJSON *resource)
{
    struct needs n = {.c = c, .resources = resources, .block = "Resources"};
    const cJSON *raw = json_get(json_get(template, "Resources"), resource->string);
    const cJSON *depends = json_get(raw, "DependsOn");
    const cJSON *item = cJSON_IsArray(depends) ? depends->child : depends;

    n.list = cfn_put(c, resource, "Needs", cfn_list(c));
    cfn_refs(json_get(resource, "Properties"), need, &n);
    for (; item != NULL; item = cJSON_IsArray(depends) ? item->next : NULL) {
        if (json_get(resources, item->valuestring) != NULL)
            cfn_add_once(c, n.list, json_item_sv(item));
    }
}

static void compile_resource(struct cfn_scope *x, const cJSON *raw, cJSON *resources)
{
    static const char *const texts[] = {"Type", "DeletionPolicy", "UpdateReplacePolicy",
                                        "Description"};
    struct cfn *c = x->c;
    struct sv condition = json_sv(raw, "Condition");
    const cJSON *properties = json_get(raw, "Properties");
    cJSON *resource;

    if (condition.ptr != NULL && !cfn_condition(x, condition))
        return;
    resource = cfn_put(c, resources, raw->string, cfn_object(c));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (json_get(raw, texts[i]) != NULL)
            (void)cfn_put(c, resource, texts[i], cfn_eval(x, json_get(raw, texts[i])));
    }
    (void)cfn_put(c, resource, "Properties",
                  properties == NULL ? cfn_object(c) : cfn_eval(x, properties));
    if (json_get(raw, "Metadata") != NULL)
        (void)cfn_put(c, resource, "Metadata", cfn_copy(c, json_get(raw, "Metadata")));
}

static void compile_output(struct cfn_scope *x, const cJSON *raw, cJSON *outputs)
{
    struct cfn *c = x->c;
    struct sv condition = json_sv(raw, "Condition");
    const cJSON *name = json_get(json_get(raw, "Export"), "Name");
    cJSON *output;

    if (condition.ptr != NULL && !cfn_condition(x, condition))
        return;
    output = cfn_put(c, outputs, raw->string, cfn_object(c));
    (void)cfn_put(c, output, "Value", cfn_eval(x, json_get(raw, "Value")));
    if (json_get(raw, "Description") != NULL)
        (void)cfn_put(c, output, "Description", cfn_copy(c, json_get(raw, "Description")));
    if (name != NULL)
        (void)cfn_put(c, output, "Export", cfn_eval(x, name));
}

/* Take off, again and again, what needs only what was taken off; what is left goes in circles. */
static void check_circles(struct cfn *c, const cJSON *resources)
{
    cJSON *left = cfn_list(c);
    cJSON *done = cfn_object(c);
    bool has_moved = true;
    char names[800];

    for (const cJSON *r = resources == NULL ? NULL : resources->child; r != NULL; r = r->next)
        (void)cfn_put(c, left, NULL, cfn_text(c, sv_of(r->string)));
    while (has_moved && !c->has_failed) {
        has_moved = false;
        for (cJSON *item = left->child, *after; item != NULL && !c->has_failed; item = after) {
            const cJSON *n = json_list(json_get(resources, item->valuestring), "Needs");

            after = item->next;
            while (n != NULL && json_get(done, n->valuestring) != NULL)
                n = n->next;
            if (n != NULL)
                continue;
            has_moved = true;
            cfn_put_bool(c, done, item->valuestring, true);
            cJSON_Delete(cJSON_DetachItemViaPointer(left, item));
        }
    }
    cfn_join(left, names, sizeof names);
    if (names[0] != '\0')
        cfn_refuse(c, "Circular dependency between resources: [%s]", names);
    cJSON_Delete(left);
    cJSON_Delete(done);
}

/* AWS documents rules but not what it says of one that is not kept. */
static void check_rules(struct cfn_scope *x, const cJSON *rules)
{
    for (const cJSON *rule = rules == NULL ? NULL : rules->child; rule != NULL; rule = rule->next) {
        const cJSON *when = json_get(rule, "RuleCondition");

        if (when != NULL && !cfn_is_true(x, when))
            continue;
        for (const cJSON *a = json_list(rule, "Assertions"); a != NULL; a = a->next) {
            struct sv words = json_sv(a, "AssertDescription");

            if (!cfn_is_true(x, json_get(a, "Assert")))
                cfn_refuse(x->c, "Template validation error: rule %s: " SV_FMT, rule->string,
                           SV_ARG(words.len == 0 ? SV("its assertion is not true") : words));
        }
    }
}

static void compile(struct cfn_scope *x, cJSON *out)
{
    struct cfn *c = x->c;
    const cJSON *raw = json_get(x->template, "Resources");
    const cJSON *raw_outputs = json_get(x->template, "Outputs");
    cJSON *resources = cfn_put(c, out, "Resources", cfn_object(c));
    cJSON *outputs = cfn_put(c, out, "Outputs", cfn_object(c));
    struct needs n = {.c = c, .resources = resources, .block = "Outputs"};

    x->imports = cfn_put(c, out, "Imports", cfn_list(c));
    check_rules(x, json_get(x->template, "Rules"));
    for (const cJSON *r = raw->child; r != NULL && !c->has_failed; r = r->next)
        compile_resource(x, r, resources);
    for (cJSON *r = c->has_failed ? NULL : resources->child; r != NULL && !c->has_failed;
         r = r->next)
        add_needs(c, x->template, resources, r);
    if (!c->has_failed)
        check_circles(c, resources);
    for (const cJSON *o = raw_outputs == NULL ? NULL : raw_outputs->child;
         o != NULL && !c->has_failed; o = o->next)
        compile_output(x, o, outputs);
    if (!c->has_failed)
        cfn_refs(outputs, need, &n);
}

cJSON *cfn_compile(struct cfn *c, const cJSON *template, const cJSON *parameters,
                   const struct cfn_target *target)
{
    cJSON *values = c->has_failed ? NULL : values_of(c, parameters);
    cJSON *out = cfn_object(c);
    struct cfn_scope x = {.c = c,
                          .template = template,
                          .values = values,
                          .stack_name = target->stack_name,
                          .stack_id = target->stack_id,
                          .notifications = target->notifications};

    if (!c->has_failed)
        compile(&x, out);
    cJSON_Delete(values);
    if (!c->has_failed)
        return out;
    cJSON_Delete(out);
    return NULL;
}
