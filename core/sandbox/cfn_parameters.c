/* A template's parameters get their values: given, as before, by default, or from SSM. */
#include <math.h>
#include <regex.h>
#include <stdlib.h>

#include "core/sandbox/cfn_intrinsics.h"
#include "core/sandbox/cfn_template.h"

enum { PARAMETER_VALUE_MAX = 4096, PATTERN_MAX = 1024 };

static const cJSON *of_key(const cJSON *list, const char *key)
{
    const cJSON *item = list == NULL ? NULL : list->child;

    while (item != NULL && !sv_eq(json_sv(item, "ParameterKey"), sv_of(key)))
        item = item->next;
    return item;
}

/* What Java writes and POSIX does not know; the whole value must match. */
static void translate(struct sv pattern, char out[PATTERN_MAX * 8])
{
    size_t at = 0;
    bool is_set = false;

    out[at++] = '^';
    out[at++] = '(';
    for (size_t i = 0; i < pattern.len && i < PATTERN_MAX; i++) {
        struct sv rest = sv_drop(pattern, i);
        bool has_class = sv_starts(rest, SV("\\d")) || sv_starts(rest, SV("\\w"));

        if (has_class) {
            const char *set = rest.ptr[1] == 'd' ? "0-9" : "a-zA-Z0-9_";

            at += (size_t)snprintf(out + at, 16, is_set ? "%s" : "[%s]", set);
            i++;
        } else if (is_set && rest.ptr[0] == '\\' && rest.len > 1) {
            /* In a set of POSIX a backslash is itself; what must be quoted there is rare. */
            out[at++] = rest.ptr[1];
            i++;
        } else if (!is_set && sv_starts(rest, SV("(?:"))) {
            out[at++] = '(';
            i += 2;
        } else {
            is_set = is_set ? rest.ptr[0] != ']' : rest.ptr[0] == '[';
            out[at++] = rest.ptr[0];
        }
    }
    out[at++] = ')';
    out[at++] = '$';
    out[at] = '\0';
}

/* A pattern that this library cannot read lets everything pass. */
static bool matches(struct sv pattern, const char *value)
{
    char text[PATTERN_MAX * 8];
    regex_t regex;
    bool does;

    translate(pattern, text);
    if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB) != 0)
        return true;
    does = regexec(&regex, value, 0, NULL, 0) == 0;
    regfree(&regex);
    return does;
}

static double limit(const cJSON *definition, const char *name, double otherwise)
{
    const cJSON *item = json_get(definition, name);

    if (cJSON_IsNumber(item))
        return item->valuedouble;
    return cJSON_IsString(item) ? strtod(item->valuestring, NULL) : otherwise;
}

static bool is_allowed(const cJSON *allowed, struct sv value)
{
    for (const cJSON *item = allowed->child; item != NULL; item = item->next) {
        char digits[40];
        struct sv text = json_item_sv(item);

        if (cJSON_IsNumber(item)) {
            (void)snprintf(digits, sizeof digits, "%.15g", item->valuedouble);
            text = sv_of(digits);
        }
        if (cJSON_IsBool(item))
            text = cJSON_IsTrue(item) ? SV("true") : SV("false");
        if (sv_eq(text, value))
            return true;
    }
    return false;
}

/* The author's own words come before AWS's. */
static void refuse(struct cfn *c, const cJSON *definition, const char *fmt, const char *what)
{
    struct sv own = json_sv(definition, "ConstraintDescription");
    char sentence[600];

    if (own.ptr != NULL) {
        cfn_refuse(c, "Parameter %s failed to satisfy constraint: " SV_FMT, definition->string,
                   SV_ARG(own));
        return;
    }
    (void)snprintf(sentence, sizeof sentence, "%s%s", fmt, what);
    cfn_refuse(c, "Parameter '%s' must %s", definition->string, sentence);
}

static void check_number(struct cfn *c, const cJSON *definition, struct sv value)
{
    double least = limit(definition, "MinValue", -HUGE_VAL);
    double most = limit(definition, "MaxValue", HUGE_VAL);
    char text[40];
    char *end = text;
    double number;

    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(sv_take(value, 39)));
    number = strtod(text, &end);
    if (end == text || *end != '\0') {
        cfn_refuse(c, "Parameter '%s' must be a number.", definition->string);
        return;
    }
    (void)snprintf(text, sizeof text, "%.15g", number < least ? least : most);
    if (number < least)
        refuse(c, definition, "be a number not less than ", text);
    if (number > most)
        refuse(c, definition, "be a number not greater than ", text);
}

/* One value, or one of a list's. */
static void check_one(struct cfn *c, const cJSON *definition, struct sv value)
{
    const cJSON *allowed = json_get(definition, "AllowedValues");
    struct sv pattern = json_sv(definition, "AllowedPattern");
    char text[PARAMETER_VALUE_MAX + 1];
    char size[48];

    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(value));
    if (allowed != NULL && !is_allowed(allowed, value))
        refuse(c, definition, "be one of AllowedValues", "");
    if (pattern.len > 0 && pattern.len <= PATTERN_MAX && !matches(pattern, text))
        refuse(c, definition, "match pattern ", pattern.ptr);
    if ((double)value.len < limit(definition, "MinLength", 0)) {
        (void)snprintf(size, sizeof size, "%.15g characters", limit(definition, "MinLength", 0));
        refuse(c, definition, "contain at least ", size);
    }
    if ((double)value.len > limit(definition, "MaxLength", PARAMETER_VALUE_MAX)) {
        (void)snprintf(size, sizeof size, "%.15g characters",
                       limit(definition, "MaxLength", PARAMETER_VALUE_MAX));
        refuse(c, definition, "contain at most ", size);
    }
    if (sv_find(json_sv(definition, "Type"), SV("Number")) >= 0)
        check_number(c, definition, value);
}

static bool is_list(struct sv type)
{
    return sv_starts(type, SV("List<")) || sv_find(type, SV("CommaDelimitedList")) >= 0 ||
           sv_find(type, SV("<List<")) >= 0;
}

static void check_value(struct cfn *c, const cJSON *definition, struct sv value)
{
    if (value.len > PARAMETER_VALUE_MAX)
        cfn_refuse(c, "Parameter '%s' must contain at most %d characters", definition->string,
                   PARAMETER_VALUE_MAX);
    if (!is_list(json_sv(definition, "Type"))) {
        check_one(c, definition, value);
        return;
    }
    while (value.len > 0 && !c->has_failed)
        check_one(c, definition, sv_trim(sv_cut(value, ',', &value)));
}

/* The text of a default, which may be a number; lists are written with commas. */
static cJSON *default_of(struct cfn *c, const cJSON *definition)
{
    const cJSON *item = json_get(definition, "Default");

    if (cJSON_IsNumber(item))
        return cfn_textf(c, "%.15g", item->valuedouble);
    if (cJSON_IsBool(item))
        return cfn_text(c, cJSON_IsTrue(item) ? SV("true") : SV("false"));
    return cJSON_IsString(item) ? cfn_copy(c, item) : NULL;
}

/* NULL: there is none. */
static cJSON *value_of(struct cfn *c, const cJSON *definition, const cJSON *given,
                       const cJSON *previous)
{
    const cJSON *asked = of_key(given, definition->string);
    const cJSON *before = of_key(previous, definition->string);
    const cJSON *keeps = json_get(asked, "UsePreviousValue");

    if (cJSON_IsTrue(keeps) || sv_eq(json_item_sv(keeps), SV("true"))) {
        if (before == NULL)
            cfn_refuse(c,
                       "Invalid input for parameter key %s. Cannot specify usePreviousValue as "
                       "true for a parameter key not in the previous template",
                       definition->string);
        return before == NULL ? NULL : cfn_text(c, json_sv(before, "ParameterValue"));
    }
    if (json_get(asked, "ParameterValue") != NULL)
        return cfn_text(c, json_sv(asked, "ParameterValue"));
    return default_of(c, definition);
}

static void add_parameter(struct cfn *c, const cJSON *definition, cJSON *value, cJSON *out,
                          cJSON *unfetched)
{
    struct sv type = json_sv(definition, "Type");
    struct sv text = json_item_sv(value);
    cJSON *item = cfn_put(c, out, NULL, cfn_object(c));
    cJSON *resolved = NULL;

    if (sv_starts(type, SV("AWS::SSM::Parameter::Value<"))) {
        resolved = cfn_ssm(c, text);
        if (resolved == NULL)
            cfn_add_once(c, unfetched, text);
    } else {
        check_value(c, definition, text);
    }
    cfn_put_text(c, item, "ParameterKey", sv_of(definition->string));
    (void)cfn_put(c, item, "ParameterValue", value);
    if (resolved != NULL)
        (void)cfn_put(c, item, "ResolvedValue", resolved);
    if (is_list(type))
        cfn_put_bool(c, item, "IsList", true);
    if (json_bool(definition, "NoEcho", false) || sv_eq(json_sv(definition, "NoEcho"), SV("true")))
        cfn_put_bool(c, item, "IsHidden", true);
}

static void check_names(struct cfn *c, const cJSON *definitions, const cJSON *given)
{
    cJSON *unknown = cfn_list(c);
    char names[800];

    for (const cJSON *p = given == NULL ? NULL : given->child; p != NULL; p = p->next) {
        struct sv key = json_sv(p, "ParameterKey");

        if (key.ptr == NULL || json_get(definitions, key.ptr) == NULL)
            cfn_add_once(c, unknown, key.ptr == NULL ? SV("") : key);
    }
    if (unknown != NULL && unknown->child != NULL) {
        cfn_join(unknown, names, sizeof names);
        cfn_refuse(c, "Parameters: [%s] do not exist in the template", names);
    }
    cJSON_Delete(unknown);
}

static void say(struct cfn *c, const cJSON *names, const char *before, const char *after)
{
    char text[800];

    cfn_join(names, text, sizeof text);
    if (text[0] != '\0')
        cfn_refuse(c, "%s [%s] %s", before, text, after);
}

cJSON *cfn_parameters(struct cfn *c, const cJSON *template, const cJSON *given,
                      const cJSON *previous)
{
    const cJSON *definitions = json_get(template, "Parameters");
    cJSON *out = cfn_list(c);
    cJSON *missing = cfn_list(c);
    cJSON *unfetched = cfn_list(c);

    check_names(c, definitions, given);
    for (const cJSON *d = definitions == NULL ? NULL : definitions->child;
         d != NULL && !c->has_failed; d = d->next) {
        cJSON *value = value_of(c, d, given, previous);

        if (value != NULL)
            add_parameter(c, d, value, out, unfetched);
        else
            cfn_add_once(c, missing, sv_of(d->string));
    }
    say(c, missing, "Parameters:", "must have values");
    say(c, unfetched, "Unable to fetch parameters", "from parameter store for this account.");
    cJSON_Delete(missing);
    cJSON_Delete(unfetched);
    if (!c->has_failed)
        return out;
    cJSON_Delete(out);
    return NULL;
}
