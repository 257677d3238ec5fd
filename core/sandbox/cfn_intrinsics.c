#include "core/sandbox/cfn_intrinsics.h"

#include "core/base/base64.h"
#include "core/base/mem.h"

enum { CONDITIONS_DEEP = 60, SUB_MAX = 1 << 20 };

typedef cJSON *function(struct cfn_scope *x, const cJSON *arg);

struct row {
    const char *name;
    function *direct; /* sees its argument as it is written */
    function *closed; /* sees it evaluated, with nothing left open */
};
static const struct row *function_of(const cJSON *value);

static cJSON *wrap(struct cfn_scope *x, const char *name, cJSON *arg)
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

struct digits {
    char text[40];
};

/* Numbers and booleans count as texts. SV_NONE for what is neither. */
static struct sv text_of(const cJSON *item, struct digits *digits)
{
    if (cJSON_IsBool(item))
        return cJSON_IsTrue(item) ? SV("true") : SV("false");
    if (!cJSON_IsNumber(item))
        return json_item_sv(item);
    (void)snprintf(digits->text, sizeof digits->text, "%.15g", item->valuedouble);
    return sv_of(digits->text);
}

static cJSON *refuse(struct cfn_scope *x, const char *sentence)
{
    cfn_refuse(x->c, "Template error: %s", sentence);
    return NULL;
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

/* The member of that name, which is no C string. */
static const cJSON *find(const cJSON *object, struct sv name)
{
    const cJSON *item = cJSON_IsObject(object) ? object->child : NULL;

    while (item != NULL && !sv_eq(sv_of(item->string), name))
        item = item->next;
    return item;
}

static cJSON *value_named(struct cfn_scope *x, struct sv name)
{
    cJSON *known = sv_starts(name, SV("AWS::")) ? pseudo(x, name) : NULL;
    const cJSON *value;

    if (known != NULL || x->c->has_failed)
        return known;
    value = find(x->values, name);
    if (value != NULL)
        return cfn_copy(x->c, value);
    if (x->made == NULL)
        return find(json_get(x->template, "Resources"), name) == NULL
                   ? unresolved(x, name)
                   : wrap(x, "Ref", cfn_text(x->c, name));
    value = find(x->made, name);
    return value == NULL ? unresolved(x, name) : cfn_text(x->c, json_sv(value, "Id"));
}

static cJSON *attribute_named(struct cfn_scope *x, struct sv name, struct sv attribute)
{
    const cJSON *made = find(x->made, name);
    const cJSON *value = find(json_get(made, "Attributes"), attribute);
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
    return wrap(x, "Fn::GetAtt", list);
}

static cJSON *ref(struct cfn_scope *x, const cJSON *arg)
{
    if (!cJSON_IsString(arg))
        return refuse(x, "every Ref object must have a single String value.");
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
        return attribute_named(x, name, attribute);
    }
    evaluated = cfn_eval(x, arg);
    if (evaluated == NULL)
        return NULL;
    name = cJSON_IsArray(evaluated) ? json_item_sv(evaluated->child) : SV_NONE;
    if (name.ptr != NULL)
        attribute = json_item_sv(evaluated->child->next);
    if (attribute.ptr != NULL)
        out = attribute_named(x, name, attribute);
    else
        (void)refuse(x, "every Fn::GetAtt object requires two non-empty parameters, the resource "
                        "name and the resource attribute");
    cJSON_Delete(evaluated);
    return out;
}

/* ---- conditions ---- */

bool cfn_is_true(struct cfn_scope *x, const cJSON *expression)
{
    cJSON *value = cfn_eval(x, expression);
    struct digits digits;
    bool is_true = sv_eq(text_of(value, &digits), SV("true"));

    if (value != NULL && !is_true && !sv_eq(text_of(value, &digits), SV("false")))
        cfn_refuse(x->c, "Template format error: Conditions can only be boolean operations on "
                         "parameters and other conditions");
    cJSON_Delete(value);
    return is_true;
}

bool cfn_condition(struct cfn_scope *x, struct sv name)
{
    const cJSON *expression = find(json_get(x->template, "Conditions"), name);
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
        return refuse(x, "Fn::If requires a list argument with three elements, the first of them a "
                         "condition's name");
    return cfn_eval(x, cfn_condition(x, json_item_sv(name)) ? name->next : name->next->next);
}

static cJSON *all_or_any(struct cfn_scope *x, const cJSON *arg, bool is_all)
{
    bool is_true = is_all;

    if (cJSON_GetArraySize(arg) < 2 || cJSON_GetArraySize(arg) > 10)
        return refuse(x, is_all ? "every Fn::And object requires a list of at least 2 and at most "
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
        return refuse(x, "every Fn::Not object requires one boolean parameter.");
    claim = cfn_is_true(x, arg->child);
    return x->c->has_failed ? NULL : cJSON_CreateBool(!claim);
}

static bool same(const cJSON *a, const cJSON *b)
{
    struct digits one;
    struct digits other;
    struct sv left = text_of(a, &one);
    struct sv right = text_of(b, &other);

    if (left.ptr != NULL || right.ptr != NULL)
        return left.ptr != NULL && right.ptr != NULL && sv_eq(left, right);
    return cJSON_Compare(a, b, true);
}

static cJSON *equal(struct cfn_scope *x, const cJSON *arg)
{
    if (!cJSON_IsArray(arg) || cJSON_GetArraySize(arg) != 2)
        return refuse(x, "every Fn::Equals object requires a list of 2 string parameters.");
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

static cJSON *contains(struct cfn_scope *x, const cJSON *arg)
{
    if (!has_list(arg))
        return refuse(x, "every Fn::Contains object requires a list and a value.");
    return cJSON_CreateBool(is_in(arg->child, arg->child->next));
}

static cJSON *each_member(struct cfn_scope *x, const cJSON *arg)
{
    if (!has_list(arg))
        return refuse(x, "every Fn::EachMemberEquals and Fn::EachMemberIn object requires a list "
                         "and what its members must be.");
    return cJSON_CreateBool(each_is(arg->child, arg->child->next));
}

/* ---- texts ---- */

static cJSON *join(struct cfn_scope *x, const cJSON *arg)
{
    static const char sentence[] =
        "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of "
        "strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to "
        "be joined.";
    CLEANUP(sb_release) struct sb out;
    const cJSON *list;

    sb_init(&out, SUB_MAX);
    if (!cJSON_IsArray(arg) || cJSON_GetArraySize(arg) != 2 || !cJSON_IsString(arg->child) ||
        !cJSON_IsArray(arg->child->next))
        return refuse(x, sentence);
    list = arg->child->next;
    for (const cJSON *item = list->child; item != NULL && !x->c->has_failed; item = item->next) {
        struct digits digits;
        struct sv text = text_of(item, &digits);

        if (text.ptr == NULL)
            return refuse(x, sentence);
        if (item == list->child || cfn_ok(x->c, sb_add(&out, json_item_sv(arg->child), x->c->err)))
            (void)cfn_ok(x->c, sb_add(&out, text, x->c->err));
    }
    return cfn_text(x->c, sb_sv(&out));
}

static cJSON *split(struct cfn_scope *x, const cJSON *arg)
{
    struct sv delimiter = cJSON_IsArray(arg) ? json_item_sv(arg->child) : SV_NONE;
    struct sv rest = delimiter.len == 0 ? SV_NONE : json_item_sv(arg->child->next);
    cJSON *list;

    if (rest.ptr == NULL)
        return refuse(x, "every Fn::Split object requires two parameters, (1) a string delimiter "
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

static cJSON *pick(struct cfn_scope *x, const cJSON *arg)
{
    const cJSON *list = cJSON_IsArray(arg) && arg->child != NULL ? arg->child->next : NULL;
    struct digits digits;
    int64_t index;

    if (!cJSON_IsArray(list) || !sv_to_int(text_of(arg->child, &digits), &index))
        return refuse(x, "Fn::Select requires a list argument with two elements: an integer index "
                         "and a list");
    if (index < 0 || index >= cJSON_GetArraySize(list)) {
        cfn_refuse(x->c, "Template error: Fn::Select cannot select nonexistent value at index %lld",
                   (long long)index);
        return NULL;
    }
    return cfn_copy(x->c, cJSON_GetArrayItem(list, (int)index));
}

static cJSON *find_in_map(struct cfn_scope *x, const cJSON *arg)
{
    struct digits digits[3];
    struct sv names[3];
    const cJSON *at = json_get(x->template, "Mappings");
    const cJSON *item = cJSON_IsArray(arg) ? arg->child : NULL;

    if (cJSON_GetArraySize(arg) < 3)
        return refuse(x, "every Fn::FindInMap object requires three parameters, the map name, map "
                         "key and the attribute for return value");
    for (int i = 0; i < 3 && item != NULL; i++, item = item->next) {
        names[i] = text_of(item, &digits[i]);
        at = find(at, names[i]);
    }
    if (at == NULL && json_get(item, "DefaultValue") != NULL)
        at = json_get(item, "DefaultValue");
    if (at != NULL)
        return cfn_copy(x->c, at);
    cfn_refuse(x->c, "Template error: Unable to get mapping for " SV_FMT "::" SV_FMT "::" SV_FMT,
               SV_ARG(names[0]), SV_ARG(names[1]), SV_ARG(names[2]));
    return NULL;
}

static cJSON *base64(struct cfn_scope *x, const cJSON *arg)
{
    CLEANUP(sb_release) struct sb out;
    struct digits digits;
    struct sv text = text_of(arg, &digits);

    sb_init(&out, SUB_MAX);
    if (text.ptr == NULL)
        return refuse(x, "every Fn::Base64 object must have a String-typed value.");
    (void)cfn_ok(x->c, base64_encode(text, &out, x->c->err));
    return cfn_text(x->c, sb_sv(&out));
}

static cJSON *zones(struct cfn_scope *x, const cJSON *arg)
{
    struct sv region = json_item_sv(arg).len == 0 ? x->c->region : json_item_sv(arg);
    cJSON *list = cfn_list(x->c);

    for (int i = 0; i < 3; i++)
        (void)cfn_put(x->c, list, NULL,
                      cfn_textf(x->c, SV_FMT "%c", SV_ARG(sv_take(region, 40)), 'a' + i));
    return list;
}

static cJSON *not_here(struct cfn_scope *x, const cJSON *arg UNUSED)
{
    return refuse(x, "the sandbox has no Fn::Cidr, Fn::Transform, Fn::ToJsonString, Fn::Length, "
                     "Fn::ForEach, Fn::ValueOf, Fn::ValueOfAll and Fn::RefAll");
}

/* An export that is not there stays open, so that the stack fails at it as AWS's do. */
static cJSON *import(struct cfn_scope *x, const cJSON *arg)
{
    struct cfn *c = x->c;
    struct record_key key = {.kind = "cfn.export",
                             .account = c->account,
                             .region = c->region,
                             .name = json_item_sv(arg)};
    cJSON *record = NULL;
    cJSON *value = NULL;

    if (key.name.len == 0)
        return refuse(x, "the attribute in Fn::ImportValue must not depend on any resources, "
                         "imported values, or Fn::GetAZs");
    if (!cfn_ok(c, record_get(c->service->records, &key, &record, c->err)))
        return NULL;
    if (record != NULL && x->imports != NULL)
        cfn_add_once(c, x->imports, key.name);
    if (record != NULL)
        value = cfn_text(c, json_sv(record, "Value"));
    else if (x->made == NULL)
        value = wrap(x, "Fn::ImportValue", cfn_text(c, key.name));
    else
        cfn_refuse(c, "No export named " SV_FMT " found.", SV_ARG(key.name));
    cJSON_Delete(record);
    return value;
}

/* ---- Fn::Sub ---- */

/* The next "${NAME}" of the text: what is before it, and its name (SV_NONE at the end). A "${!"
 * stays in what is before. */
static struct sv next_hole(struct sv *text, struct sv *before)
{
    for (size_t i = 0; i + 1 < text->len; i++) {
        struct sv tail = sv_drop(*text, i);
        ptrdiff_t end;

        if (tail.ptr[0] != '$' || tail.ptr[1] != '{' || sv_starts(tail, SV("${!")))
            continue;
        end = sv_find(tail, SV("}"));
        if (end < 0)
            break;
        *before = sv_take(*text, i);
        *text = sv_drop(tail, (size_t)end + 1);
        return sv_trim(sv_take(sv_drop(tail, 2), (size_t)end - 2));
    }
    *before = *text;
    *text = SV_NONE;
    return SV_NONE;
}

/* In the end "${!x}" is "${x}"; while something stays open, texts that are put in are guarded by
 * the same sign. */
static void add_literal(struct cfn_scope *x, struct sb *out, struct sv text, struct sv from,
                        struct sv to)
{
    while (!x->c->has_failed && text.len > 0) {
        ptrdiff_t at = sv_find(text, from);

        if (!cfn_ok(x->c, sb_add(out, at < 0 ? text : sv_take(text, (size_t)at), x->c->err)) ||
            at < 0)
            return;
        (void)cfn_ok(x->c, sb_add(out, to, x->c->err));
        text = sv_drop(text, (size_t)at + from.len);
    }
}

struct sub {
    struct sb text;  /* with what is open still in it */
    struct sb final; /* valid when nothing is */
    const cJSON *own;
    bool is_open;
};

static cJSON *hole_value(struct cfn_scope *x, const struct sub *s, struct sv name)
{
    const cJSON *own = find(s->own, name);
    struct sv attribute;
    struct sv resource;

    if (own != NULL)
        return cfn_copy(x->c, own);
    if (sv_find(name, SV(".")) < 0)
        return value_named(x, name);
    resource = sv_cut(name, '.', &attribute);
    return attribute_named(x, resource, attribute);
}

static void fill_hole(struct cfn_scope *x, struct sub *s, struct sv name)
{
    cJSON *value = hole_value(x, s, name);
    struct digits digits;
    struct sv text = text_of(value, &digits);

    if (value != NULL && function_of(value) != NULL) {
        s->is_open = true;
        (void)cfn_ok(x->c, sb_addf(&s->text, x->c->err, "${" SV_FMT "}", SV_ARG(name)));
    } else if (value != NULL && text.ptr == NULL) {
        cfn_refuse(x->c,
                   "Template error: variable " SV_FMT
                   " in Fn::Sub expression does not resolve to a string",
                   SV_ARG(name));
    } else if (value != NULL && cfn_ok(x->c, sb_add(&s->final, text, x->c->err))) {
        add_literal(x, &s->text, text, SV("${"), SV("${!"));
    }
    cJSON_Delete(value);
}

static void substitute(struct cfn_scope *x, struct sub *s, struct sv text)
{
    while (!x->c->has_failed && text.ptr != NULL) {
        struct sv before;
        struct sv name = next_hole(&text, &before);

        if (!cfn_ok(x->c, sb_add(&s->text, before, x->c->err)))
            return;
        add_literal(x, &s->final, before, SV("${!"), SV("${"));
        if (name.ptr != NULL && !x->c->has_failed)
            fill_hole(x, s, name);
    }
}

/* Open texts keep their own variables too. */
static cJSON *reopen(struct cfn_scope *x, const struct sub *s)
{
    cJSON *list;

    if (s->own == NULL || s->own->child == NULL)
        return wrap(x, "Fn::Sub", cfn_text(x->c, sb_sv(&s->text)));
    list = cfn_list(x->c);
    (void)cfn_put(x->c, list, NULL, cfn_text(x->c, sb_sv(&s->text)));
    (void)cfn_put(x->c, list, NULL, cfn_copy(x->c, s->own));
    return wrap(x, "Fn::Sub", list);
}

static cJSON *sub(struct cfn_scope *x, const cJSON *arg)
{
    const cJSON *text = cJSON_IsArray(arg) ? arg->child : arg;
    cJSON *own = NULL;
    cJSON *out = NULL;
    struct sub s = {0};
    struct digits digits;

    if (text_of(text, &digits).ptr == NULL)
        return refuse(x, "One or more Fn::Sub intrinsic functions don't specify expected "
                         "arguments. Specify a string as first argument, and an optional second "
                         "argument to specify a mapping of values to replace in the string");
    if (cJSON_IsArray(arg) && text->next != NULL)
        own = cfn_eval(x, text->next);
    s.own = own;
    sb_init(&s.text, SUB_MAX);
    sb_init(&s.final, SUB_MAX);
    substitute(x, &s, text_of(text, &digits));
    if (!x->c->has_failed)
        out = s.is_open ? reopen(x, &s) : cfn_text(x->c, sb_sv(&s.final));
    sb_release(&s.text);
    sb_release(&s.final);
    cJSON_Delete(own);
    return out;
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
    {"Fn::Sub", sub, NULL},
    {"Fn::Equals", NULL, equal},
    {"Fn::Contains", NULL, contains},
    {"Fn::EachMemberEquals", NULL, each_member},
    {"Fn::EachMemberIn", NULL, each_member},
    {"Fn::Join", NULL, join},
    {"Fn::Split", NULL, split},
    {"Fn::Select", NULL, pick},
    {"Fn::FindInMap", NULL, find_in_map},
    {"Fn::ImportValue", NULL, import},
    {"Fn::Base64", NULL, base64},
    {"Fn::GetAZs", NULL, zones},
    {"Fn::Cidr", NULL, not_here},
    {"Fn::Transform", NULL, not_here},
    {"Fn::ToJsonString", NULL, not_here},
    {"Fn::Length", NULL, not_here},
    {"Fn::ValueOf", NULL, not_here},
    {"Fn::ValueOfAll", NULL, not_here},
    {"Fn::RefAll", NULL, not_here},
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
        return wrap(x, row->name, evaluated);
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

static void sub_refs(const cJSON *arg, cfn_ref_fn *fn, void *owner)
{
    const cJSON *own = cJSON_IsArray(arg) && arg->child != NULL ? arg->child->next : NULL;
    struct sv text = json_item_sv(cJSON_IsArray(arg) ? arg->child : arg);

    while (text.ptr != NULL) {
        struct sv before;
        struct sv attribute = SV_NONE;
        struct sv name = next_hole(&text, &before);

        if (name.ptr == NULL || find(own, name) != NULL)
            continue;
        name = sv_cut(name, '.', &attribute);
        fn(owner, attribute.ptr == NULL ? CFN_REF : CFN_GET_ATT, name, attribute);
    }
    if (own != NULL)
        cfn_refs(own, fn, owner);
}

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
    if (row != NULL && row->direct == sub)
        sub_refs(arg, fn, owner);
    else if (row != NULL && row->direct == get_att)
        get_att_refs(arg, fn, owner);
    else
        for (const cJSON *item = value->child; item != NULL; item = item->next)
            cfn_refs(item, fn, owner);
}
