#include "core/sandbox/cfn_intrinsics.h"

#include "core/base/mem.h"
#include "core/sandbox/cfn_functions.h"

enum { CONDITIONS_DEEP = 60, SUB_MAX = 1 << 20 };

struct row {
    const char *name;
    cfn_function *direct; /* sees its argument as it is written */
    cfn_function *closed; /* sees it evaluated, with nothing left open */
};
static const struct row *function_of(const cJSON *value);

static bool is_open(const cJSON *value)
{
    if (function_of(value) != NULL)
        return true;
    for (const cJSON *item = value->child; item != NULL; item = item->next) {
        if (is_open(item))
            return true;
    }
    return false;
}

/* ---- what is known by name ---- */

static cJSON *pseudo(struct cfn_scope *x, struct sv name)
{
    struct cfn *c = x->c;

    if (sv_eq(name, SV("AWS::AccountId")))
        return cfn_text(c, c->account);
    if (sv_eq(name, SV("AWS::Region")))
        return cfn_text(c, c->region);
    if (sv_eq(name, SV("AWS::StackName")))
        return cfn_text(c, x->stack_name);
    if (sv_eq(name, SV("AWS::StackId")))
        return cfn_text(c, x->stack_id);
    if (sv_eq(name, SV("AWS::Partition")))
        return cfn_text(c, cfn_partition(c->region));
    if (sv_eq(name, SV("AWS::URLSuffix")))
        return cfn_text(c, cfn_suffix(c->region));
    if (sv_eq(name, SV("AWS::NoValue")))
        return cJSON_CreateNull();
    if (sv_eq(name, SV("AWS::NotificationARNs")))
        return x->notifications == NULL ? cfn_list(c) : cfn_copy(c, x->notifications);
    return NULL;
}

static cJSON *unresolved(struct cfn_scope *x, struct sv name)
{
    cfn_refuse(x->c,
               "Template format error: Unresolved resource dependencies [" SV_FMT
               "] in the Resources block of the template",
               SV_ARG(name));
    return NULL;
}

cJSON *value_named(struct cfn_scope *x, struct sv name)
{
    cJSON *known = sv_starts(name, SV("AWS::")) ? pseudo(x, name) : NULL;
    const cJSON *value;

    if (known != NULL || x->c->has_failed)
        return known;
    value = cfn_find(x->values, name);
    if (value != NULL)
        return cfn_copy(x->c, value);
    if (x->made == NULL)
        return cfn_find(json_get(x->template, "Resources"), name) == NULL
                   ? unresolved(x, name)
                   : value_open(x, "Ref", cfn_text(x->c, name));
    value = cfn_find(x->made, name);
    return value == NULL ? unresolved(x, name) : cfn_text(x->c, json_sv(value, "Id"));
}

cJSON *value_attribute(struct cfn_scope *x, struct sv name, struct sv attribute)
{
    const cJSON *made = cfn_find(x->made, name);
    const cJSON *value = cfn_find(json_get(made, "Attributes"), attribute);
    cJSON *list;

    if (x->made != NULL && value != NULL)
        return cfn_copy(x->c, value);
    if (x->made != NULL) {
        cfn_refuse(x->c,
                   "Template error: resource " SV_FMT " does not support attribute type " SV_FMT
                   " in Fn::GetAtt",
                   SV_ARG(name), SV_ARG(attribute));
        return NULL;
    }
    list = cfn_list(x->c);
    (void)cfn_put(x->c, list, NULL, cfn_text(x->c, name));
    (void)cfn_put(x->c, list, NULL, cfn_text(x->c, attribute));
    return value_open(x, "Fn::GetAtt", list);
}

static cJSON *ref(struct cfn_scope *x, const cJSON *arg)
{
    if (!cJSON_IsString(arg))
        return value_refuse(x, "every Ref object must have a single String value.");
    return value_named(x, json_item_sv(arg));
}

static cJSON *get_att(struct cfn_scope *x, const cJSON *arg)
{
    cJSON *evaluated;
    cJSON *out = NULL;
    struct sv attribute = SV_NONE;
    struct sv name;

    if (cJSON_IsString(arg)) {
        name = sv_cut(json_item_sv(arg), '.', &attribute);
        return value_attribute(x, name, attribute);
    }
    evaluated = cfn_eval(x, arg);
    if (evaluated == NULL)
        return NULL;
    name = cJSON_IsArray(evaluated) ? json_item_sv(evaluated->child) : SV_NONE;
    if (name.ptr != NULL)
        attribute = json_item_sv(evaluated->child->next);
    if (attribute.ptr != NULL)
        out = value_attribute(x, name, attribute);
    else
        (void)value_refuse(
            x, "every Fn::GetAtt object requires two non-empty parameters, the resource "
               "name and the resource attribute");
    cJSON_Delete(evaluated);
    return out;
}

/* ---- conditions ---- */

bool cfn_is_true(struct cfn_scope *x, const cJSON *expression)
{
    cJSON *value = cfn_eval(x, expression);
    struct digits digits;
    bool is_true = sv_eq(value_text(value, &digits), SV("true"));

    if (value != NULL && !is_true && !sv_eq(value_text(value, &digits), SV("false")))
        cfn_refuse(x->c, "Template format error: Conditions can only be boolean operations on "
                         "parameters and other conditions");
    cJSON_Delete(value);
    return is_true;
}

bool cfn_condition(struct cfn_scope *x, struct sv name)
{
    const cJSON *expression = cfn_find(json_get(x->template, "Conditions"), name);
    bool is_true = false;

    if (expression == NULL) {
        cfn_refuse(x->c,
                   "Template format error: Unresolved condition dependency " SV_FMT
                   " in the Resources block of the template",
                   SV_ARG(name));
    } else if (x->depth >= CONDITIONS_DEEP) {
        cfn_refuse(x->c,
                   "Template format error: Circular dependency between conditions: [" SV_FMT "]",
                   SV_ARG(name));
    } else {
        x->depth++;
        is_true = cfn_is_true(x, expression);
        x->depth--;
    }
    return is_true;
}

static cJSON *condition(struct cfn_scope *x, const cJSON *arg)
{
    bool is_true = cfn_condition(x, json_item_sv(arg));

    return x->c->has_failed ? NULL : cJSON_CreateBool(is_true);
}

static cJSON *choose(struct cfn_scope *x, const cJSON *arg)
{
    const cJSON *name = cJSON_IsArray(arg) ? arg->child : NULL;

    if (!cJSON_IsString(name) || cJSON_GetArraySize(arg) != 3)
        return value_refuse(
            x, "Fn::If requires a list argument with three elements, the first of them a "
               "condition's name");
    return cfn_eval(x, cfn_condition(x, json_item_sv(name)) ? name->next : name->next->next);
}

static cJSON *all_or_any(struct cfn_scope *x, const cJSON *arg, bool is_all)
{
    bool is_true = is_all;

    if (cJSON_GetArraySize(arg) < 2 || cJSON_GetArraySize(arg) > 10)
        return value_refuse(
            x, is_all ? "every Fn::And object requires a list of at least 2 and at most "
                        "10 boolean parameters."
                      : "every Fn::Or object requires a list of at least 2 and at most "
                        "10 boolean parameters.");
    for (const cJSON *item = arg->child; item != NULL; item = item->next) {
        bool claim = cfn_is_true(x, item);

        is_true = is_all ? is_true && claim : is_true || claim;
    }
    return x->c->has_failed ? NULL : cJSON_CreateBool(is_true);
}

static cJSON *all(struct cfn_scope *x, const cJSON *arg)
{
    return all_or_any(x, arg, true);
}

static cJSON *any(struct cfn_scope *x, const cJSON *arg)
{
    return all_or_any(x, arg, false);
}

static cJSON *none(struct cfn_scope *x, const cJSON *arg)
{
    bool claim;

    if (!cJSON_IsArray(arg) || cJSON_GetArraySize(arg) != 1)
        return value_refuse(x, "every Fn::Not object requires one boolean parameter.");
    claim = cfn_is_true(x, arg->child);
    return x->c->has_failed ? NULL : cJSON_CreateBool(!claim);
}

/* ---- {{resolve:ssm:NAME}} ---- */

cJSON *cfn_ssm(struct cfn *c, struct sv name)
{
    struct record_key key = {
        .kind = "ssm.parameter", .account = c->account, .region = c->region, .name = name};
    cJSON *record = NULL;
    cJSON *value = NULL;

    if (!c->has_failed && cfn_ok(c, record_get(c->service->records, &key, &record, c->err)) &&
        json_get(record, "Value") != NULL)
        value = cfn_text(c, json_sv(record, "Value"));
    cJSON_Delete(record);
    return value;
}

static void add_reference(struct cfn_scope *x, struct sb *out, struct sv inside)
{
    struct sv rest;
    struct sv service = sv_cut(inside, ':', &rest);
    struct sv name = sv_cut(rest, ':', &rest);
    cJSON *value = NULL;

    if (!sv_eq(service, SV("ssm")) && !sv_eq(service, SV("ssm-secure")))
        cfn_refuse(x->c, "The sandbox has no dynamic references to " SV_FMT, SV_ARG(service));
    else
        value = cfn_ssm(x->c, name);
    if (value != NULL)
        (void)cfn_ok(x->c, sb_add(out, json_item_sv(value), x->c->err));
    else
        cfn_refuse(x->c, "Parameters: [ssm:" SV_FMT "] cannot be found.", SV_ARG(name));
    cJSON_Delete(value);
}

/* Only once a resource is made: until then the text is what is compared. */
static cJSON *literal(struct cfn_scope *x, struct sv text)
{
    CLEANUP(sb_release) struct sb out;

    sb_init(&out, SUB_MAX);
    if (x->made == NULL || sv_find(text, SV("{{resolve:")) < 0)
        return cfn_text(x->c, text);
    while (!x->c->has_failed && text.len > 0) {
        ptrdiff_t at = sv_find(text, SV("{{resolve:"));
        ptrdiff_t end = at < 0 ? -1 : sv_find(sv_drop(text, (size_t)at), SV("}}"));

        if (!cfn_ok(x->c, sb_add(&out, end < 0 ? text : sv_take(text, (size_t)at), x->c->err)) ||
            end < 0)
            break;
        add_reference(x, &out, sv_take(sv_drop(text, (size_t)at + 10), (size_t)end - 10));
        text = sv_drop(text, (size_t)at + (size_t)end + 2);
    }
    return cfn_text(x->c, sb_sv(&out));
}

/* ---- all of them ---- */

static const struct row rows[] = {
    {"Ref", ref, NULL},
    {"Condition", condition, NULL},
    {"Fn::GetAtt", get_att, NULL},
    {"Fn::If", choose, NULL},
    {"Fn::And", all, NULL},
    {"Fn::Or", any, NULL},
    {"Fn::Not", none, NULL},
    {"Fn::Sub", fn_sub, NULL},
    {"Fn::Equals", NULL, fn_equals},
    {"Fn::Contains", NULL, fn_contains},
    {"Fn::EachMemberEquals", NULL, fn_each_member},
    {"Fn::EachMemberIn", NULL, fn_each_member},
    {"Fn::Join", NULL, fn_join},
    {"Fn::Split", NULL, fn_split},
    {"Fn::Select", NULL, fn_select},
    {"Fn::FindInMap", NULL, fn_find_in_map},
    {"Fn::ImportValue", NULL, fn_import_value},
    {"Fn::Base64", NULL, fn_base64},
    {"Fn::GetAZs", NULL, fn_get_azs},
    {"Fn::Cidr", NULL, fn_not_here},
    {"Fn::Transform", NULL, fn_not_here},
    {"Fn::ToJsonString", NULL, fn_not_here},
    {"Fn::Length", NULL, fn_not_here},
    {"Fn::ValueOf", NULL, fn_not_here},
    {"Fn::ValueOfAll", NULL, fn_not_here},
    {"Fn::RefAll", NULL, fn_not_here},
};

static const struct row *function_of(const cJSON *value)
{
    const cJSON *only = cJSON_IsObject(value) ? value->child : NULL;

    if (only == NULL || only->next != NULL || only->string == NULL)
        return NULL;
    /* Policies have a Condition too, an object. */
    if (strcmp(only->string, "Condition") == 0 && !cJSON_IsString(only))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(only->string, rows[i].name) == 0)
            return &rows[i];
    }
    return NULL;
}

bool value_is_function(const cJSON *value)
{
    return function_of(value) != NULL;
}

static cJSON *apply(struct cfn_scope *x, const struct row *row, const cJSON *arg)
{
    cJSON *evaluated;
    cJSON *out;

    if (row->direct != NULL)
        return row->direct(x, arg);
    evaluated = cfn_eval(x, arg);
    if (evaluated == NULL)
        return NULL;
    if (is_open(evaluated))
        return value_open(x, row->name, evaluated);
    out = row->closed(x, evaluated);
    cJSON_Delete(evaluated);
    return out;
}

static cJSON *inside(struct cfn_scope *x, const cJSON *value)
{
    bool is_list = cJSON_IsArray(value);
    cJSON *out = is_list ? cfn_list(x->c) : cfn_object(x->c);

    for (const cJSON *item = value->child; item != NULL && !x->c->has_failed; item = item->next) {
        cJSON *member = cfn_eval(x, item);

        if (cJSON_IsNull(member))
            cJSON_Delete(member);
        else if (member != NULL)
            (void)cfn_put(x->c, out, is_list ? NULL : item->string, member);
    }
    if (!x->c->has_failed)
        return out;
    cJSON_Delete(out);
    return NULL;
}

cJSON *cfn_eval(struct cfn_scope *x, const cJSON *value)
{
    const struct row *row = function_of(value);
    cJSON *out = NULL;

    if (x->c->has_failed || value == NULL)
        return NULL;
    if (row != NULL)
        out = apply(x, row, value->child);
    else if (cJSON_IsArray(value) || cJSON_IsObject(value))
        out = inside(x, value);
    else if (cJSON_IsString(value))
        return literal(x, json_item_sv(value));
    else
        return cfn_copy(x->c, value);
    if (cJSON_IsString(out) && row != NULL && x->made != NULL) {
        cJSON *resolved = literal(x, json_item_sv(out));

        cJSON_Delete(out);
        return resolved;
    }
    if (out == NULL && !x->c->has_failed)
        (void)cfn_ok(x->c, mem_err(x->c->err));
    if (!x->c->has_failed)
        return out;
    cJSON_Delete(out);
    return NULL;
}

/* ---- what refers to what ---- */

static void get_att_refs(const cJSON *arg, cfn_ref_fn *fn, void *owner)
{
    struct sv attribute = SV_NONE;
    struct sv name = json_item_sv(cJSON_IsArray(arg) ? arg->child : arg);

    if (cJSON_IsArray(arg) && arg->child != NULL)
        attribute = json_item_sv(arg->child->next);
    else
        name = sv_cut(name, '.', &attribute);
    fn(owner, CFN_GET_ATT, name, attribute);
}

void cfn_refs(const cJSON *value, cfn_ref_fn *fn, void *owner)
{
    const struct row *row = function_of(value);
    const cJSON *arg = row == NULL ? NULL : value->child;

    if (row != NULL && row->direct == ref) {
        fn(owner, CFN_REF, json_item_sv(arg), SV_NONE);
        return;
    }
    if (row != NULL && row->direct == condition)
        fn(owner, CFN_CONDITION, json_item_sv(arg), SV_NONE);
    if (row != NULL && row->direct == choose && cJSON_IsArray(arg))
        fn(owner, CFN_CONDITION, json_item_sv(arg->child), SV_NONE);
    if (row != NULL && row->direct == fn_sub)
        fn_sub_refs(arg, fn, owner);
    else if (row != NULL && row->direct == get_att)
        get_att_refs(arg, fn, owner);
    else
        for (const cJSON *item = value->child; item != NULL; item = item->next)
            cfn_refs(item, fn, owner);
}
