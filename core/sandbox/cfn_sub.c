/* Fn::Sub: texts with holes. */
#include "core/sandbox/cfn_functions.h"

enum { SUB_MAX = 1 << 20 };

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
    const cJSON *own = cfn_find(s->own, name);
    struct sv attribute;
    struct sv resource;

    if (own != NULL)
        return cfn_copy(x->c, own);
    if (sv_find(name, SV(".")) < 0)
        return value_named(x, name);
    resource = sv_cut(name, '.', &attribute);
    return value_attribute(x, resource, attribute);
}

static void fill_hole(struct cfn_scope *x, struct sub *s, struct sv name)
{
    cJSON *value = hole_value(x, s, name);
    struct digits digits;
    struct sv text = value_text(value, &digits);

    if (value != NULL && value_is_function(value)) {
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
        return value_open(x, "Fn::Sub", cfn_text(x->c, sb_sv(&s->text)));
    list = cfn_list(x->c);
    (void)cfn_put(x->c, list, NULL, cfn_text(x->c, sb_sv(&s->text)));
    (void)cfn_put(x->c, list, NULL, cfn_copy(x->c, s->own));
    return value_open(x, "Fn::Sub", list);
}

cJSON *fn_sub(struct cfn_scope *x, const cJSON *arg)
{
    const cJSON *text = cJSON_IsArray(arg) ? arg->child : arg;
    cJSON *own = NULL;
    cJSON *out = NULL;
    struct sub s = {0};
    struct digits digits;

    if (value_text(text, &digits).ptr == NULL)
        return value_refuse(x,
                            "One or more Fn::Sub intrinsic functions don't specify expected "
                            "arguments. Specify a string as first argument, and an optional second "
                            "argument to specify a mapping of values to replace in the string");
    if (cJSON_IsArray(arg) && text->next != NULL)
        own = cfn_eval(x, text->next);
    s.own = own;
    sb_init(&s.text, SUB_MAX);
    sb_init(&s.final, SUB_MAX);
    substitute(x, &s, value_text(text, &digits));
    if (!x->c->has_failed)
        out = s.is_open ? reopen(x, &s) : cfn_text(x->c, sb_sv(&s.final));
    sb_release(&s.text);
    sb_release(&s.final);
    cJSON_Delete(own);
    return out;
}

void fn_sub_refs(const cJSON *arg, cfn_ref_fn *fn, void *owner)
{
    const cJSON *own = cJSON_IsArray(arg) && arg->child != NULL ? arg->child->next : NULL;
    struct sv text = json_item_sv(cJSON_IsArray(arg) ? arg->child : arg);

    while (text.ptr != NULL) {
        struct sv before;
        struct sv attribute = SV_NONE;
        struct sv name = next_hole(&text, &before);

        if (name.ptr == NULL || cfn_find(own, name) != NULL)
            continue;
        name = sv_cut(name, '.', &attribute);
        fn(owner, attribute.ptr == NULL ? CFN_REF : CFN_GET_ATT, name, attribute);
    }
    if (own != NULL)
        cfn_refs(own, fn, owner);
}
