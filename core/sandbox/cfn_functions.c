#include "core/sandbox/cfn_functions.h"

#include "core/base/base64.h"

enum { TEXT_MAX = 1 << 20 };

struct sv value_text(const cJSON *item, struct digits *digits)
{
    if (cJSON_IsBool(item))
        return cJSON_IsTrue(item) ? SV("true") : SV("false");
    if (!cJSON_IsNumber(item))
        return json_item_sv(item);
    (void)snprintf(digits->text, sizeof digits->text, "%.15g", item->valuedouble);
    return sv_of(digits->text);
}

cJSON *value_refuse(struct cfn_scope *x, const char *sentence)
{
    cfn_refuse(x->c, "Template error: %s", sentence);
    return NULL;
}

cJSON *value_open(struct cfn_scope *x, const char *name, cJSON *arg)
{
    cJSON *object = cfn_object(x->c);

    if (object == NULL) {
        cJSON_Delete(arg);
        return NULL;
    }
    if (cfn_put(x->c, object, name, arg) != NULL)
        return object;
    cJSON_Delete(object);
    return NULL;
}

static bool same(const cJSON *a, const cJSON *b)
{
    struct digits one;
    struct digits other;
    struct sv left = value_text(a, &one);
    struct sv right = value_text(b, &other);

    if (left.ptr != NULL || right.ptr != NULL)
        return left.ptr != NULL && right.ptr != NULL && sv_eq(left, right);
    return cJSON_Compare(a, b, true);
}

cJSON *fn_equals(struct cfn_scope *x, const cJSON *arg)
{
    if (!cJSON_IsArray(arg) || cJSON_GetArraySize(arg) != 2)
        return value_refuse(x, "every Fn::Equals object requires a list of 2 string parameters.");
    return cJSON_CreateBool(same(arg->child, arg->child->next));
}

static bool is_in(const cJSON *list, const cJSON *value)
{
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        if (same(item, value))
            return true;
    }
    return false;
}

/* Every one of the list is in the other list, or is the value. */
static bool each_is(const cJSON *list, const cJSON *wanted)
{
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        if (cJSON_IsArray(wanted) ? !is_in(wanted, item) : !same(item, wanted))
            return false;
    }
    return true;
}

static bool has_list(const cJSON *arg)
{
    return cJSON_IsArray(arg) && cJSON_GetArraySize(arg) == 2 && cJSON_IsArray(arg->child);
}

cJSON *fn_contains(struct cfn_scope *x, const cJSON *arg)
{
    if (!has_list(arg))
        return value_refuse(x, "every Fn::Contains object requires a list and a value.");
    return cJSON_CreateBool(is_in(arg->child, arg->child->next));
}

cJSON *fn_each_member(struct cfn_scope *x, const cJSON *arg)
{
    if (!has_list(arg))
        return value_refuse(
            x, "every Fn::EachMemberEquals and Fn::EachMemberIn object requires a list "
               "and what its members must be.");
    return cJSON_CreateBool(each_is(arg->child, arg->child->next));
}

/* ---- texts ---- */

cJSON *fn_join(struct cfn_scope *x, const cJSON *arg)
{
    static const char sentence[] =
        "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of "
        "strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to "
        "be joined.";
    CLEANUP(sb_release) struct sb out;
    const cJSON *list;

    sb_init(&out, TEXT_MAX);
    if (!cJSON_IsArray(arg) || cJSON_GetArraySize(arg) != 2 || !cJSON_IsString(arg->child) ||
        !cJSON_IsArray(arg->child->next))
        return value_refuse(x, sentence);
    list = arg->child->next;
    for (const cJSON *item = list->child; item != NULL && !x->c->has_failed; item = item->next) {
        struct digits digits;
        struct sv text = value_text(item, &digits);

        if (text.ptr == NULL)
            return value_refuse(x, sentence);
        if (item == list->child || cfn_ok(x->c, sb_add(&out, json_item_sv(arg->child), x->c->err)))
            (void)cfn_ok(x->c, sb_add(&out, text, x->c->err));
    }
    return cfn_text(x->c, sb_sv(&out));
}

cJSON *fn_split(struct cfn_scope *x, const cJSON *arg)
{
    struct sv delimiter = cJSON_IsArray(arg) ? json_item_sv(arg->child) : SV_NONE;
    struct sv rest = delimiter.len == 0 ? SV_NONE : json_item_sv(arg->child->next);
    cJSON *list;

    if (rest.ptr == NULL)
        return value_refuse(
            x, "every Fn::Split object requires two parameters, (1) a string delimiter "
               "and (2) a string to be split or a function that returns a string to be "
               "split.");
    list = cfn_list(x->c);
    for (ptrdiff_t at = 0; at >= 0 && !x->c->has_failed;) {
        at = sv_find(rest, delimiter);
        (void)cfn_put(x->c, list, NULL, cfn_text(x->c, at < 0 ? rest : sv_take(rest, (size_t)at)));
        if (at >= 0)
            rest = sv_drop(rest, (size_t)at + delimiter.len);
    }
    return list;
}

cJSON *fn_select(struct cfn_scope *x, const cJSON *arg)
{
    const cJSON *list = cJSON_IsArray(arg) && arg->child != NULL ? arg->child->next : NULL;
    struct digits digits;
    int64_t index;

    if (!cJSON_IsArray(list) || !sv_to_int(value_text(arg->child, &digits), &index))
        return value_refuse(
            x, "Fn::Select requires a list argument with two elements: an integer index "
               "and a list");
    if (index < 0 || index >= cJSON_GetArraySize(list)) {
        cfn_refuse(x->c, "Template error: Fn::Select cannot select nonexistent value at index %lld",
                   (long long)index);
        return NULL;
    }
    return cfn_copy(x->c, cJSON_GetArrayItem(list, (int)index));
}

cJSON *fn_find_in_map(struct cfn_scope *x, const cJSON *arg)
{
    struct digits digits[3];
    struct sv names[3];
    const cJSON *at = json_get(x->template, "Mappings");
    const cJSON *item = cJSON_IsArray(arg) ? arg->child : NULL;

    if (cJSON_GetArraySize(arg) < 3)
        return value_refuse(
            x, "every Fn::FindInMap object requires three parameters, the map name, map "
               "key and the attribute for return value");
    for (int i = 0; i < 3 && item != NULL; i++, item = item->next) {
        names[i] = value_text(item, &digits[i]);
        at = cfn_find(at, names[i]);
    }
    if (at == NULL && json_get(item, "DefaultValue") != NULL)
        at = json_get(item, "DefaultValue");
    if (at != NULL)
        return cfn_copy(x->c, at);
    cfn_refuse(x->c, "Template error: Unable to get mapping for " SV_FMT "::" SV_FMT "::" SV_FMT,
               SV_ARG(names[0]), SV_ARG(names[1]), SV_ARG(names[2]));
    return NULL;
}

cJSON *fn_base64(struct cfn_scope *x, const cJSON *arg)
{
    CLEANUP(sb_release) struct sb out;
    struct digits digits;
    struct sv text = value_text(arg, &digits);

    sb_init(&out, TEXT_MAX);
    if (text.ptr == NULL)
        return value_refuse(x, "every Fn::Base64 object must have a String-typed value.");
    (void)cfn_ok(x->c, base64_encode(text, &out, x->c->err));
    return cfn_text(x->c, sb_sv(&out));
}

cJSON *fn_get_azs(struct cfn_scope *x, const cJSON *arg)
{
    struct sv region = json_item_sv(arg).len == 0 ? x->c->region : json_item_sv(arg);
    cJSON *list = cfn_list(x->c);

    for (int i = 0; i < 3; i++)
        (void)cfn_put(x->c, list, NULL,
                      cfn_textf(x->c, SV_FMT "%c", SV_ARG(sv_take(region, 40)), 'a' + i));
    return list;
}

cJSON *fn_not_here(struct cfn_scope *x, const cJSON *arg UNUSED)
{
    return value_refuse(x,
                        "the sandbox has no Fn::Cidr, Fn::Transform, Fn::ToJsonString, Fn::Length, "
                        "Fn::ForEach, Fn::ValueOf, Fn::ValueOfAll and Fn::RefAll");
}

/* An export that is not there stays open, so that the stack fails at it as AWS's do. */
cJSON *fn_import_value(struct cfn_scope *x, const cJSON *arg)
{
    struct cfn *c = x->c;
    struct record_key key = {.kind = "cfn.export",
                             .account = c->account,
                             .region = c->region,
                             .name = json_item_sv(arg)};
    cJSON *record = NULL;
    cJSON *value = NULL;

    if (key.name.len == 0)
        return value_refuse(x, "the attribute in Fn::ImportValue must not depend on any resources, "
                               "imported values, or Fn::GetAZs");
    if (!cfn_ok(c, record_get(c->service->records, &key, &record, c->err)))
        return NULL;
    if (record != NULL && x->imports != NULL)
        cfn_add_once(c, x->imports, key.name);
    if (record != NULL)
        value = cfn_text(c, json_sv(record, "Value"));
    else if (x->made == NULL)
        value = value_open(x, "Fn::ImportValue", cfn_text(c, key.name));
    else
        cfn_refuse(c, "No export named " SV_FMT " found.", SV_ARG(key.name));
    cJSON_Delete(record);
    return value;
}
