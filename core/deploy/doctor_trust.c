/* What a trust policy says: IAM's evaluation, as far as it matters to "may this account's root
 * assume it". A denial wins; a condition that nobody here can judge makes it a perhaps. */
#include "core/base/json.h"
#include "core/deploy/doctor_checks.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* IAM's pattern of * and ?, without regard to case. */
static bool matches(struct sv pattern, struct sv text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t from = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.len &&
                   (pattern.ptr[p] == '?' || lower(pattern.ptr[p]) == lower(text.ptr[t]))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

typedef bool text_fn(struct sv text, struct sv wanted);

/* A text, or one of a list. */
static bool any(const cJSON *value, text_fn *is, struct sv wanted)
{
    const cJSON *item;

    if (!cJSON_IsArray(value))
        return cJSON_IsString(value) && is(json_item_sv(value), wanted);
    cJSON_ArrayForEach(item, value)
    {
        if (cJSON_IsString(item) && is(json_item_sv(item), wanted))
            return true;
    }
    return false;
}

/* The account as a principal: its number, or the ARN of its root in whichever partition. */
static bool is_account(struct sv principal, struct sv account)
{
    struct sv rest = principal;

    if (sv_eq(principal, account) || sv_eq(principal, SV("*")))
        return true;
    for (int i = 0; i < 4; i++)
        (void)sv_cut(rest, ':', &rest);
    return sv_starts(principal, SV("arn:")) && sv_find(principal, SV(":iam::")) > 0 &&
           sv_starts(rest, account) && sv_eq(sv_drop(rest, account.len), SV(":root"));
}

static bool has_principal(const cJSON *statement, struct sv account)
{
    const cJSON *principal = json_get(statement, "Principal");

    if (cJSON_IsString(principal))
        return sv_eq(json_item_sv(principal), SV("*"));
    return any(json_get(principal, "AWS"), is_account, account);
}

static bool is_true(struct sv text, struct sv wanted UNUSED)
{
    return sv_eq_nocase(text, SV("true"));
}

/* A pipeline gives no external id and calls by TLS: what asks for just that holds; an id that is
 * asked for never does. */
static enum trust judge_condition(const cJSON *test)
{
    struct sv op = sv_of(test->string);
    const cJSON *key;
    enum trust all = TRUST_YES;

    cJSON_ArrayForEach(key, test)
    {
        bool wants = cJSON_IsTrue(key) || any(key, is_true, SV(""));
        enum trust one = TRUST_PERHAPS;

        if (sv_eq_nocase(sv_of(key->string), SV("sts:ExternalId"))) {
            if (sv_eq_nocase(op, SV("Null")))
                one = wants ? TRUST_YES : TRUST_NO;
            else
                one = sv_ends(op, SV("IfExists")) || sv_find(op, SV("Not")) >= 0 ? TRUST_YES
                                                                                 : TRUST_NO;
        } else if (sv_eq_nocase(sv_of(key->string), SV("aws:SecureTransport")) &&
                   sv_starts(op, SV("Bool"))) {
            one = wants ? TRUST_YES : TRUST_NO;
        }
        all = one < all ? one : all;
    }
    return all;
}

static enum trust judge_conditions(const cJSON *statement)
{
    const cJSON *test;
    enum trust all = TRUST_YES;

    cJSON_ArrayForEach(test, json_get(statement, "Condition"))
    {
        enum trust one = judge_condition(test);

        all = one < all ? one : all;
    }
    return all;
}

/* How far one statement is about this account doing this. */
static enum trust applies(const cJSON *statement, struct sv account, const char *action)
{
    bool is_negated =
        json_get(statement, "NotPrincipal") != NULL || json_get(statement, "NotAction") != NULL;
    bool has_action = any(json_get(statement, "Action"), matches, sv_of(action));

    if (is_negated)
        return TRUST_PERHAPS;
    return has_action && has_principal(statement, account) ? judge_conditions(statement) : TRUST_NO;
}

enum trust trust_judge(const cJSON *policy, struct sv account, const char *action)
{
    const cJSON *list = json_get(policy, "Statement");
    const cJSON *statement = cJSON_IsArray(list) ? list->child : list;
    enum trust allowed = TRUST_NO;
    enum trust denied = TRUST_NO;

    for (; statement != NULL; statement = cJSON_IsArray(list) ? statement->next : NULL) {
        enum trust one = applies(statement, account, action);

        if (sv_eq(json_sv(statement, "Effect"), SV("Allow")))
            allowed = one > allowed ? one : allowed;
        else if (sv_eq(json_sv(statement, "Effect"), SV("Deny")))
            denied = one > denied ? one : denied;
    }
    if (denied == TRUST_YES)
        return TRUST_NO;
    return denied == TRUST_PERHAPS && allowed == TRUST_YES ? TRUST_PERHAPS : allowed;
}
