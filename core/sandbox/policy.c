#include "core/sandbox/policy.h"

#include <ctype.h>

static bool same(char a, char b, bool ignores_case)
{
    return a == b || (ignores_case && tolower((unsigned char)a) == tolower((unsigned char)b));
}

bool policy_fits(struct sv pattern, struct sv text, bool ignores_case)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t mark = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.len &&
                   (pattern.ptr[p] == '?' || same(pattern.ptr[p], text.ptr[t], ignores_case))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

static bool is_account(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    }
    return text.len == 12;
}

struct sv policy_account(struct sv principal)
{
    struct sv rest = principal;
    struct sv account;

    if (is_account(principal))
        return principal;
    if (!sv_eq(sv_cut(rest, ':', &rest), SV("arn")))
        return SV_NONE;
    (void)sv_cut(rest, ':', &rest); /* partition */
    if (!sv_eq(sv_cut(rest, ':', &rest), SV("iam")))
        return SV_NONE;
    (void)sv_cut(rest, ':', &rest); /* no region */
    account = sv_cut(rest, ':', &rest);
    return is_account(account) && sv_eq(rest, SV("root")) ? account : SV_NONE;
}

/* Members that may be one text or a list of them: the first, then each one's next. */
static const cJSON *first_of(const cJSON *item)
{
    return cJSON_IsArray(item) ? item->child : item;
}

static const cJSON *next_of(const cJSON *whole, const cJSON *item)
{
    return cJSON_IsArray(whole) ? item->next : NULL;
}

/* ---- principals ---- */

enum naming { NAMING_NONE, NAMING_ALL, NAMING_ITSELF };

static enum naming names_one(const char *kind, struct sv principal, const struct policy_ask *ask)
{
    struct sv account = policy_account(principal);

    if (strcmp(kind, "Service") == 0)
        return ask->service.len > 0 && sv_eq(principal, ask->service) ? NAMING_ITSELF : NAMING_NONE;
    if (strcmp(kind, "AWS") != 0 || ask->account.len == 0)
        return NAMING_NONE;
    if (sv_eq(principal, SV("*")) || (account.len > 0 && sv_eq(account, ask->account)))
        return NAMING_ALL;
    return sv_eq(principal, ask->arn) || (ask->role_arn.len > 0 && sv_eq(principal, ask->role_arn))
               ? NAMING_ITSELF
               : NAMING_NONE;
}

static enum naming names(const cJSON *principal, const struct policy_ask *ask)
{
    enum naming best = NAMING_NONE;

    if (cJSON_IsString(principal))
        return names_one("AWS", json_item_sv(principal), ask);
    for (const cJSON *kind = principal == NULL ? NULL : principal->child; kind != NULL;
         kind = kind->next) {
        for (const cJSON *p = first_of(kind); p != NULL; p = next_of(kind, p)) {
            enum naming one = names_one(kind->string, json_item_sv(p), ask);

            best = one > best ? one : best;
        }
    }
    return best;
}

static enum naming statement_names(const cJSON *statement, const struct policy_ask *ask)
{
    const cJSON *others = json_get(statement, "NotPrincipal");

    if (others != NULL)
        return names(others, ask) == NAMING_NONE ? NAMING_ALL : NAMING_NONE;
    return names(json_get(statement, "Principal"), ask);
}

/* ---- actions and resources ---- */

static bool any_fits(const cJSON *patterns, struct sv text, bool ignores_case)
{
    for (const cJSON *p = first_of(patterns); p != NULL; p = next_of(patterns, p)) {
        if (policy_fits(json_item_sv(p), text, ignores_case))
            return true;
    }
    return false;
}

static bool action_fits(const cJSON *statement, struct sv action)
{
    const cJSON *others = json_get(statement, "NotAction");

    return others != NULL ? !any_fits(others, action, true)
                          : any_fits(json_get(statement, "Action"), action, true);
}

/* Asked about any resource, an Allow of some is enough, while a Deny must be of all. */
static bool resource_fits(const cJSON *statement, struct sv resource, bool is_all)
{
    const cJSON *others = json_get(statement, "NotResource");
    const cJSON *patterns = json_get(statement, "Resource");

    if (sv_eq(resource, SV("*")) && !is_all)
        return others != NULL || patterns != NULL;
    return others != NULL ? !any_fits(others, resource, false)
                          : any_fits(patterns, resource, false);
}

/* ---- conditions ---- */

enum comparison { COMPARE_EQUAL, COMPARE_LIKE, COMPARE_BOOL, COMPARE_NULL };

static const struct {
    const char *name;
    enum comparison how;
    bool is_negated;
    bool ignores_case;
} operators[] = {
    {"StringEquals", COMPARE_EQUAL, false, false},
    {"StringNotEquals", COMPARE_EQUAL, true, false},
    {"StringEqualsIgnoreCase", COMPARE_EQUAL, false, true},
    {"StringNotEqualsIgnoreCase", COMPARE_EQUAL, true, true},
    {"StringLike", COMPARE_LIKE, false, false},
    {"StringNotLike", COMPARE_LIKE, true, false},
    {"ArnEquals", COMPARE_LIKE, false, false},
    {"ArnLike", COMPARE_LIKE, false, false},
    {"ArnNotEquals", COMPARE_LIKE, true, false},
    {"ArnNotLike", COMPARE_LIKE, true, false},
    {"Bool", COMPARE_BOOL, false, true},
    {"Null", COMPARE_NULL, false, true},
};

static struct sv value_of(const struct policy_ask *ask, const char *key)
{
    for (size_t i = 0; i < ask->value_count; i++) {
        if (sv_eq_nocase(sv_of(ask->values[i].key), sv_of(key)))
            return ask->values[i].value;
    }
    return SV_NONE;
}

static bool one_holds(size_t row, const cJSON *wanted, struct sv value)
{
    struct sv want = json_item_sv(wanted);

    if (cJSON_IsBool(wanted))
        want = cJSON_IsTrue(wanted) ? SV("true") : SV("false");
    if (operators[row].how == COMPARE_NULL)
        return sv_eq_nocase(want, SV("true")) == (value.ptr == NULL);
    if (operators[row].how == COMPARE_LIKE)
        return policy_fits(want, value, false);
    return operators[row].ignores_case ? sv_eq_nocase(want, value) : sv_eq(want, value);
}

static bool key_holds(size_t row, const cJSON *wanted, struct sv value, bool may_be_absent)
{
    if (operators[row].how != COMPARE_NULL && value.ptr == NULL)
        return may_be_absent || operators[row].is_negated;
    for (const cJSON *w = first_of(wanted); w != NULL; w = next_of(wanted, w)) {
        if (one_holds(row, w, value))
            return !operators[row].is_negated;
    }
    return operators[row].is_negated;
}

/* An operator that is not known holds for nothing. */
static bool operator_holds(const cJSON *block, const struct policy_ask *ask)
{
    struct sv name = sv_of(block->string);
    bool of_all = sv_starts(name, SV("ForAllValues:"));
    bool if_exists = sv_ends(name, SV("IfExists"));

    if (of_all || sv_starts(name, SV("ForAnyValue:")))
        (void)sv_cut(name, ':', &name);
    if (if_exists)
        name.len -= 8;
    for (size_t row = 0; row < ARRAY_LEN(operators); row++) {
        if (!sv_eq(name, sv_of(operators[row].name)))
            continue;
        for (const cJSON *key = block->child; key != NULL; key = key->next) {
            if (!key_holds(row, key, value_of(ask, key->string), of_all || if_exists))
                return false;
        }
        return true;
    }
    return false;
}

static bool conditions_hold(const cJSON *statement, const struct policy_ask *ask)
{
    const cJSON *condition = json_get(statement, "Condition");

    for (const cJSON *b = condition == NULL ? NULL : condition->child; b != NULL; b = b->next) {
        if (!operator_holds(b, ask))
            return false;
    }
    return true;
}

/* ---- the whole ---- */

static enum policy_answer judge_one(const cJSON *statement, const struct policy_ask *ask,
                                    bool has_principals)
{
    bool is_deny = sv_eq(json_sv(statement, "Effect"), SV("Deny"));
    enum naming naming = has_principals ? statement_names(statement, ask) : NAMING_ALL;
    /* A trust policy has no resource: it is of its own role. */
    bool has_resource =
        json_get(statement, "Resource") != NULL || json_get(statement, "NotResource") != NULL;

    if (naming == NAMING_NONE || !action_fits(statement, ask->action) ||
        (has_resource && !resource_fits(statement, ask->resource, is_deny || ask->is_of_all)) ||
        !conditions_hold(statement, ask))
        return POLICY_SILENT;
    if (is_deny)
        return POLICY_DENIED;
    return naming == NAMING_ITSELF ? POLICY_ALLOWED_BY_NAME : POLICY_ALLOWED;
}

enum policy_answer policy_judge(const cJSON *document, const struct policy_ask *ask,
                                bool has_principals)
{
    const cJSON *statements = json_get(document, "Statement");
    enum policy_answer best = POLICY_SILENT;

    for (const cJSON *s = first_of(statements); s != NULL; s = next_of(statements, s)) {
        enum policy_answer one = judge_one(s, ask, has_principals);

        best = one > best ? one : best;
    }
    return best;
}

/* ---- is it a policy? ---- */

static bool unsound(char why[POLICY_WHY_MAX], const char *text)
{
    (void)snprintf(why, POLICY_WHY_MAX, "%s", text);
    return false;
}

static bool actions_are_sound(const cJSON *statement, char why[POLICY_WHY_MAX])
{
    const cJSON *actions = json_get(statement, "Action");

    if (actions == NULL)
        actions = json_get(statement, "NotAction");
    if (actions == NULL || (cJSON_IsArray(actions) && actions->child == NULL))
        return unsound(why, "Policy statement must contain actions.");
    for (const cJSON *a = first_of(actions); a != NULL; a = next_of(actions, a)) {
        struct sv action = json_item_sv(a);

        if (!sv_eq(action, SV("*")) && sv_find(action, SV(":")) <= 0)
            return unsound(why, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, "
                                "ec2, etc.");
    }
    return true;
}

static bool statement_is_sound(const cJSON *statement, bool has_principals,
                               char why[POLICY_WHY_MAX])
{
    struct sv effect = json_sv(statement, "Effect");
    bool names_some =
        json_get(statement, "Principal") != NULL || json_get(statement, "NotPrincipal") != NULL;
    bool has_resource =
        json_get(statement, "Resource") != NULL || json_get(statement, "NotResource") != NULL;

    if (!cJSON_IsObject(statement) || (!sv_eq(effect, SV("Allow")) && !sv_eq(effect, SV("Deny"))))
        return unsound(why, "Syntax errors in policy.");
    if (has_principals && !names_some)
        return unsound(why, "Missing required field Principal");
    if (has_principals && has_resource)
        return unsound(why, "Has prohibited field Resource");
    if (!has_principals && names_some)
        return unsound(why, "Policy document should not specify a principal.");
    if (!has_principals && !has_resource)
        return unsound(why, "Policy statement must contain resources.");
    return actions_are_sound(statement, why);
}

bool policy_is_sound(const cJSON *document, bool has_principals, char why[POLICY_WHY_MAX])
{
    const cJSON *statements = json_get(document, "Statement");
    struct sv version = json_sv(document, "Version");

    if (!cJSON_IsObject(document))
        return unsound(why, "This policy contains invalid Json");
    if (version.ptr != NULL && !sv_eq(version, SV("2012-10-17")) &&
        !sv_eq(version, SV("2008-10-17")))
        return unsound(why, "The policy must contain a valid version string.");
    if (statements == NULL || first_of(statements) == NULL)
        return unsound(why, "Syntax errors in policy.");
    for (const cJSON *s = first_of(statements); s != NULL; s = next_of(statements, s)) {
        if (!statement_is_sound(s, has_principals, why))
            return false;
    }
    return true;
}
