#include "core/aws/caller.h"

struct sv caller_person(struct sv arn)
{
    struct sv rest = arn;

    while (rest.ptr != NULL)
        arn = sv_cut(rest, '/', &rest);
    if (sv_starts(arn, SV("arn:"))) {
        for (rest = arn; rest.ptr != NULL;)
            arn = sv_cut(rest, ':', &rest);
    }
    return arn;
}

static bool is_number(struct sv text)
{
    int64_t number;

    return sv_to_int(text, &number);
}

bool caller_is_program(struct sv person)
{
    static const char *const prefixes[] = {
        "botocore-session-", "aws-sdk-", "aws-go-sdk-", "awscli-",   "AWSCLI-",
        "AWS-CLI-",          "i-0",      "penstock",    "terraform", "boto"};

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (sv_starts(person, sv_of(prefixes[i])))
            return true;
    }
    return person.len == 0 || is_number(person);
}

/* "botocore-session-1700000000": another one at each renewal. An instance's id stays. */
static bool is_made_up(struct sv session)
{
    bool ends_in_digit = session.len > 0 && session.ptr[session.len - 1] >= '0' &&
                         session.ptr[session.len - 1] <= '9';

    if (sv_starts(session, SV(CALLER_OURS)))
        return is_number(sv_drop(session, strlen(CALLER_OURS)));
    return caller_is_program(session) && ends_in_digit && !sv_starts(session, SV("i-"));
}

/* "arn:aws:sts::1:assumed-role/NAME" of a session's ARN; empty for anything else. */
static struct sv role_of(struct sv arn)
{
    struct sv person = caller_person(arn);

    return sv_find(arn, SV(":assumed-role/")) >= 0 && person.len < arn.len
               ? sv_take(arn, arn.len - person.len - 1)
               : SV_NONE;
}

bool caller_same(struct sv a, struct sv b)
{
    struct sv role = role_of(a);

    if (sv_eq(a, b))
        return true;
    return role.len > 0 && sv_eq(role, role_of(b)) && is_made_up(caller_person(a)) &&
           is_made_up(caller_person(b));
}

bool text_fits(struct sv pattern, struct sv text)
{
    struct sv behind = SV_NONE; /* the last star, and where it ends */
    struct sv from = SV_NONE;

    while (text.len > 0) {
        if (pattern.len > 0 && pattern.ptr[0] == '*') {
            pattern = behind = sv_drop(pattern, 1);
            from = text;
        } else if (pattern.len > 0 && pattern.ptr[0] == text.ptr[0]) {
            pattern = sv_drop(pattern, 1);
            text = sv_drop(text, 1);
        } else if (behind.ptr != NULL) {
            pattern = behind;
            text = from = sv_drop(from, 1);
        } else {
            return false;
        }
    }
    while (pattern.len > 0 && pattern.ptr[0] == '*')
        pattern = sv_drop(pattern, 1);
    return pattern.len == 0;
}

/* "arn:aws:iam::ACCOUNT:role/PATH/NAME" and "arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION". */
static bool fits_role(struct sv pattern, struct sv arn)
{
    const struct sv iam = SV(":iam::");
    const struct sv sts = SV(":sts::");
    const struct sv written = SV(":role/");
    const struct sv assumed = SV(":assumed-role/");
    struct sv role = role_of(arn);
    ptrdiff_t at = sv_find(pattern, iam);
    ptrdiff_t named = sv_find(pattern, written);
    ptrdiff_t from = sv_find(role, sts);
    ptrdiff_t to = sv_find(role, assumed);

    if (at < 0 || named < at + (ptrdiff_t)iam.len || from < 0 || to < from + (ptrdiff_t)sts.len)
        return false;
    return text_fits(sv_take(pattern, (size_t)at), sv_take(role, (size_t)from)) &&
           text_fits(sv_make(pattern.ptr + at + iam.len, (size_t)(named - at) - iam.len),
                     sv_make(role.ptr + from + sts.len, (size_t)(to - from) - sts.len)) &&
           text_fits(caller_person(sv_drop(pattern, (size_t)named + written.len)),
                     sv_drop(role, (size_t)to + assumed.len));
}

bool caller_fits(struct sv pattern, struct sv arn)
{
    return text_fits(pattern, arn) || fits_role(pattern, arn);
}
