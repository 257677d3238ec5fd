#include "core/sandbox/events_pattern.h"

#include <math.h>

enum { DEPTH_MOST = 32 };

/* ---- is it one? ---- */

static const char *const matchers[] = {
    "prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "exists"};

static bool is_comparison(const cJSON *item)
{
    static const char *const signs[] = {"<", "<=", "=", ">=", ">"};

    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        if (sv_eq(json_item_sv(item), sv_of(signs[i])))
            return true;
    }
    return false;
}

static bool is_numeric(const cJSON *list)
{
    const cJSON *item = cJSON_IsArray(list) ? list->child : NULL;
    bool is_good = item != NULL;

    for (; item != NULL && is_good; item = item->next == NULL ? NULL : item->next->next)
        is_good = is_comparison(item) && cJSON_IsNumber(item->next);
    return is_good;
}

static const char *fault_of_matcher(const cJSON *m, char out[PATTERN_WHY_MAX])
{
    size_t i = 0;

    while (i < ARRAY_LEN(matchers) && strcmp(m->string, matchers[i]) != 0)
        i++;
    if (i == ARRAY_LEN(matchers)) {
        (void)snprintf(out, PATTERN_WHY_MAX, "Unrecognized match type %.100s", m->string);
        return out;
    }
    if (strcmp(m->string, "exists") == 0 && !cJSON_IsBool(m))
        return "exists match pattern must be either true or false.";
    if (strcmp(m->string, "numeric") == 0 && !is_numeric(m))
        return "Value of numeric must be an array of comparisons and numbers.";
    if (i < 4 && !cJSON_IsString(m) && !cJSON_IsObject(m)) {
        (void)snprintf(out, PATTERN_WHY_MAX, "%s match pattern must be a string", m->string);
        return out;
    }
    return NULL;
}

static const char *fault_of_list(const cJSON *list, char out[PATTERN_WHY_MAX])
{
    if (list->child == NULL)
        return "Empty arrays are not allowed";
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        const char *fault = NULL;

        if (cJSON_IsArray(item))
            return "Match value must be String, number, true, false, or null";
        if (cJSON_IsObject(item) && (item->child == NULL || item->child->next != NULL))
            return "Only one key allowed in match expression";
        if (cJSON_IsObject(item))
            fault = fault_of_matcher(item->child, out);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

static const char *fault_at(const cJSON *pattern, int depth, char out[PATTERN_WHY_MAX])
{
    const char *fault = NULL;

    if (depth > DEPTH_MOST)
        return "Event pattern is nested too deeply";
    if (pattern->child == NULL)
        return "Empty objects are not allowed";
    for (const cJSON *field = pattern->child; field != NULL && fault == NULL; field = field->next) {
        if (strcmp(field->string, "$or") == 0 && cJSON_IsArray(field)) {
            for (const cJSON *one = field->child; one != NULL && fault == NULL; one = one->next)
                fault = cJSON_IsObject(one) ? fault_at(one, depth + 1, out)
                                            : "\"$or\" must be an array of objects";
        } else if (cJSON_IsObject(field)) {
            fault = fault_at(field, depth + 1, out);
        } else if (cJSON_IsArray(field)) {
            fault = fault_of_list(field, out);
        } else {
            (void)snprintf(out, PATTERN_WHY_MAX, "\"%.100s\" must be an object or an array",
                           field->string);
            fault = out;
        }
    }
    return fault;
}

const char *pattern_fault(const cJSON *pattern, char out[PATTERN_WHY_MAX])
{
    return cJSON_IsObject(pattern) ? fault_at(pattern, 0, out) : "Filter is not an object";
}

/* ---- does it match? ---- */

static bool same(const cJSON *a, const cJSON *b)
{
    if (cJSON_IsString(a) || cJSON_IsString(b))
        return cJSON_IsString(a) && cJSON_IsString(b) && sv_eq(json_item_sv(a), json_item_sv(b));
    if (cJSON_IsNumber(a) || cJSON_IsNumber(b))
        return cJSON_IsNumber(a) && cJSON_IsNumber(b) &&
               fabs(a->valuedouble - b->valuedouble) < 1e-9;
    return (cJSON_IsTrue(a) && cJSON_IsTrue(b)) || (cJSON_IsFalse(a) && cJSON_IsFalse(b)) ||
           (cJSON_IsNull(a) && cJSON_IsNull(b));
}

/* '*' is any text; one star to fall back to is enough, the last. */
static bool fits_wildcard(struct sv pattern, struct sv text)
{
    struct sv after = SV_NONE;
    struct sv from = SV_NONE;

    while (text.len > 0) {
        if (pattern.len > 0 && pattern.ptr[0] == '*') {
            pattern = sv_drop(pattern, 1);
            after = pattern;
            from = text;
        } else if (pattern.len > 0 && pattern.ptr[0] == text.ptr[0]) {
            pattern = sv_drop(pattern, 1);
            text = sv_drop(text, 1);
        } else if (from.ptr != NULL) {
            from = sv_drop(from, 1);
            text = from;
            pattern = after;
        } else {
            return false;
        }
    }
    while (pattern.len > 0 && pattern.ptr[0] == '*')
        pattern = sv_drop(pattern, 1);
    return pattern.len == 0;
}

static bool fits_end(struct sv text, struct sv end, bool is_prefix, bool ignores_case)
{
    struct sv part = sv_take(text, end.len);

    if (text.len < end.len)
        return false;
    if (!is_prefix)
        part = sv_drop(text, text.len - end.len);
    return ignores_case ? sv_eq_nocase(part, end) : sv_eq(part, end);
}

static bool fits_text(const cJSON *m, struct sv text)
{
    bool is_prefix = strcmp(m->string, "prefix") == 0;
    struct sv ignoring = json_sv(m, "equals-ignore-case");

    if (text.ptr == NULL)
        return false;
    if (strcmp(m->string, "equals-ignore-case") == 0)
        return sv_eq_nocase(text, json_item_sv(m));
    if (strcmp(m->string, "wildcard") == 0)
        return fits_wildcard(json_item_sv(m), text);
    return ignoring.ptr != NULL ? fits_end(text, ignoring, is_prefix, true)
                                : fits_end(text, json_item_sv(m), is_prefix, false);
}

static bool fits_numbers(const cJSON *list, const cJSON *value)
{
    double x = value->valuedouble;
    bool fits = cJSON_IsNumber(value);

    for (const cJSON *sign = list->child; sign != NULL && fits && sign->next != NULL;
         sign = sign->next->next) {
        const char *s = sign->valuestring;
        double y = sign->next->valuedouble;
        bool is_same = fabs(x - y) < 1e-9;

        fits = (strchr(s, '=') != NULL && is_same) || (s[0] == '<' && x < y && !is_same) ||
               (s[0] == '>' && x > y && !is_same);
    }
    return fits;
}

/* A value, a list of values, or an object of one matcher with a value or list of them. */
static bool is_but(const cJSON *but, const cJSON *value)
{
    const cJSON *one;
    bool is_one = false;

    if (cJSON_IsObject(but) && but->child != NULL) {
        const cJSON *inner = but->child;

        if (!cJSON_IsArray(inner))
            return fits_text(inner, json_item_sv(value));
        for (one = inner->child; one != NULL && !is_one; one = one->next) {
            cJSON named = {.type = cJSON_String,
                           .string = inner->string,
                           .valuestring = cJSON_IsString(one) ? one->valuestring : NULL};

            is_one = named.valuestring != NULL && fits_text(&named, json_item_sv(value));
        }
        return is_one;
    }
    if (!cJSON_IsArray(but))
        return same(but, value);
    for (one = but->child; one != NULL && !is_one; one = one->next)
        is_one = same(one, value);
    return is_one;
}

static bool fits_one(const cJSON *wanted, const cJSON *value)
{
    const cJSON *m = wanted->child;

    if (!cJSON_IsObject(wanted))
        return same(wanted, value);
    if (strcmp(m->string, "exists") == 0)
        return cJSON_IsTrue(m);
    if (strcmp(m->string, "anything-but") == 0)
        return !is_but(m, value);
    if (strcmp(m->string, "numeric") == 0)
        return fits_numbers(m, value);
    return fits_text(m, json_item_sv(value));
}

static bool fits_list(const cJSON *list, const cJSON *value)
{
    for (const cJSON *wanted = list->child; wanted != NULL; wanted = wanted->next) {
        const cJSON *exists =
            cJSON_IsObject(wanted) ? cJSON_GetObjectItemCaseSensitive(wanted, "exists") : NULL;

        if (value == NULL) {
            if (cJSON_IsFalse(exists))
                return true;
            continue;
        }
        /* Of a list in the event one element is enough. */
        for (const cJSON *one = cJSON_IsArray(value) ? value->child : value; one != NULL;
             one = cJSON_IsArray(value) ? one->next : NULL) {
            if (fits_one(wanted, one))
                return true;
        }
    }
    return false;
}

bool pattern_matches(const cJSON *pattern, const cJSON *event)
{
    bool fits = true;

    for (const cJSON *field = pattern->child; field != NULL && fits; field = field->next) {
        const cJSON *value =
            cJSON_IsObject(event) ? cJSON_GetObjectItemCaseSensitive(event, field->string) : NULL;

        if (strcmp(field->string, "$or") == 0 && cJSON_IsArray(field)) {
            fits = false;
            for (const cJSON *one = field->child; one != NULL && !fits; one = one->next)
                fits = pattern_matches(one, event);
        } else {
            fits = cJSON_IsObject(field) ? pattern_matches(field, value) : fits_list(field, value);
        }
    }
    return fits;
}
