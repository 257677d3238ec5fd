/* What is wrong with an environment: one function per field, worst names computed, not guessed. */
#include "core/model/environment.h"
#include "core/model/spelling.h"

enum {
    NAME_MAX_LENGTH = 32,
    PROFILE_MAX = 128,
    ARN_MAX = 600, /* path 512, name 64: the whole must fit into a parameter of 4 KB */
    EXTERNAL_ID_MIN = 2,
    EXTERNAL_ID_MAX = 1224,
    STAGE_MAX = 20,
    DDK_STAGE_MAX = 4,
    DDK_PREFIX_MAX = 5,
    QUALIFIER_MAX = 10,
    TEAM_MAX = 64,
    ROLE_MAX = 64,
    BUCKET_MAX = 63
};

static void check_name(const struct environment *e, struct defects *d)
{
    if (e->name.len == 0)
        defects_add_first(d, "name", "is required");
    else if (e->name.len > NAME_MAX_LENGTH)
        defects_add(d, "name", "has %zu characters: at most %d fit", e->name.len, NAME_MAX_LENGTH);
    else if (!spelling_name(e->name))
        defects_add(d, "name",
                    "may have lower-case letters, digits and single hyphens, and begins with a "
                    "letter");
}

/* "us-gov-west-1": words of letters, then a number. */
static bool is_region(struct sv region)
{
    static const char *const areas[] = {"us", "eu", "ap", "sa", "ca",  "me",
                                        "af", "il", "mx", "cn", "eusc"};
    struct sv rest;
    struct sv word = sv_cut(region, '-', &rest);
    size_t words = 0;
    bool is_area = false;

    for (size_t i = 0; i < ARRAY_LEN(areas); i++)
        is_area = is_area || sv_eq(word, sv_of(areas[i]));
    for (; rest.ptr != NULL; words++) {
        word = sv_cut(rest, '-', &rest);
        for (size_t i = 0; i < word.len; i++) {
            if (rest.ptr == NULL ? !spelling_digit(word.ptr[i]) : !spelling_lower(word.ptr[i]))
                return false;
        }
        if (word.len == 0)
            return false;
    }
    return is_area && words >= 2 && word.len <= 2 && region.len <= 25;
}

static void check_place(const struct environment *e, struct defects *d)
{
    if (e->account.len == 0)
        defects_add_first(d, "account", "is required");
    else if (!spelling_account(e->account))
        defects_add(d, "account", "must be the 12 digits of an AWS account");
    if (e->region.len == 0)
        defects_add_first(d, "region", "is required");
    else if (!is_region(e->region))
        defects_add(d, "region", "is no region of AWS: write one such as eu-west-1");
}

/* An IAM ARN whose partition and account are the environment's; `any` is an account that is taken
 * as well. */
static void check_iam_arn(const struct environment *e, const char *field, struct sv text,
                          struct sv kind, const char *any, struct defects *d)
{
    struct arn arn;

    if (text.len > ARN_MAX) {
        defects_add(d, field, "has %zu characters: at most %d fit", text.len, ARN_MAX);
        return;
    }
    if (!arn_split(text, &arn) || !sv_eq(arn.service, SV("iam")) || arn.region.len > 0 ||
        !sv_starts(arn.resource, kind) ||
        !spelling_made_of(sv_drop(arn.resource, kind.len), "+=,.@_/-") ||
        sv_ends(arn.resource, SV("/")) ||
        (!spelling_account(arn.account) && !sv_eq(arn.account, sv_of(any)))) {
        defects_add(d, field, "must be an ARN such as arn:%s:iam::111111111111:" SV_FMT "NAME",
                    environment_partition(e), SV_ARG(kind));
        return;
    }
    if (!sv_eq(arn.account, e->account) && !sv_eq(arn.account, sv_of(any)))
        defects_add(d, field, "is of account " SV_FMT ", but the environment's is " SV_FMT,
                    SV_ARG(arn.account), SV_ARG(sv_take(e->account, 12)));
    else if (!sv_eq(arn.partition, sv_of(environment_partition(e))))
        defects_add(d, field, "is of partition " SV_FMT ", but the region is in %s",
                    SV_ARG(sv_take(arn.partition, 20)), environment_partition(e));
}

static void check_reach(const struct environment *e, struct defects *d)
{
    size_t len = e->external_id.len;

    if (e->profile.len > 0 && e->role_arn.len > 0)
        defects_add(d, "profile", "give a profile or a role_arn, not both");
    if (e->profile.len > PROFILE_MAX)
        defects_add(d, "profile", "has %zu characters: at most %d fit", e->profile.len,
                    PROFILE_MAX);
    else if (!spelling_shown(e->profile) || sv_find(e->profile, SV("]")) >= 0 ||
             sv_trim(e->profile).len != e->profile.len)
        defects_add_first(d, "profile", "cannot be the name of a profile");
    if (e->role_arn.len > 0)
        check_iam_arn(e, "role_arn", e->role_arn, SV("role/"), "", d);
    if (len == 0)
        return;
    if (e->role_arn.len == 0)
        defects_add(d, "external_id", "is for a role_arn only: give one, or leave it out");
    if (len < EXTERNAL_ID_MIN || len > EXTERNAL_ID_MAX)
        defects_add(d, "external_id", "has %zu characters: it takes %d to %d", len, EXTERNAL_ID_MIN,
                    EXTERNAL_ID_MAX);
    else if (!spelling_made_of(e->external_id, "_+=,.@:/-"))
        defects_add(d, "external_id", "may have letters, digits and _+=,.@:/- only");
}

static void check_stage(const struct environment *e, struct defects *d)
{
    bool is_ddk = e->bootstrap == BOOTSTRAP_DDK;
    size_t most = is_ddk ? DDK_STAGE_MAX : STAGE_MAX;

    if (e->stage.len == 0) {
        if (is_ddk)
            defects_add_first(d, "stage", "is required: DDK's bootstrap has it in every name");
    } else if (e->stage.len > most) {
        defects_add(d, "stage", "has %zu characters: at most %zu fit%s", e->stage.len, most,
                    is_ddk ? " with DDK's bootstrap" : "");
    } else if (!spelling_label(e->stage)) {
        defects_add(d, "stage", "may have lower-case letters, digits and single hyphens inside");
    } else if (e->kind == ENVIRONMENT_TARGET && sv_eq(e->stage, SV("cicd"))) {
        defects_add(d, "stage", "cicd is the pipelines' own word: choose another");
    }
    if (e->team.len > TEAM_MAX)
        defects_add(d, "team", "has %zu characters: at most %d fit", e->team.len, TEAM_MAX);
    else if (e->team.len > 0 && !spelling_made_of(e->team, "+=.@_-"))
        defects_add(d, "team",
                    "is the name of the team's IAM role: letters, digits and +=.@_- only");
}

/* The qualifier stands in role names of at most 64 characters and a bucket's of at most 63. */
static void check_lengths(const struct environment *e, struct defects *d)
{
    char name[ENVIRONMENT_NAME_SIZE];
    size_t q = e->qualifier.len > 0 ? e->qualifier.len : strlen("hnb659fds");
    size_t worst = 0;
    char longest[ENVIRONMENT_NAME_SIZE] = "";

    for (int role = 0; role < BOOTSTRAP_ROLE_COUNT; role++) {
        size_t len = strlen(environment_role_name(e, (enum bootstrap_role)role, name));

        if (len > worst) {
            worst = len;
            memcpy(longest, name, sizeof longest);
        }
    }
    if (worst > ROLE_MAX)
        defects_add(d, "qualifier",
                    "the IAM role %s would have %zu characters and AWS takes %d: a qualifier of at "
                    "most %zu fits in this region",
                    longest, worst, ROLE_MAX, q > worst - ROLE_MAX ? q - (worst - ROLE_MAX) : 0);
    worst = strlen(environment_staging_bucket(e, name));
    if (worst > BUCKET_MAX)
        defects_add(
            d, "qualifier",
            "the S3 bucket %s would have %zu characters and AWS takes %d: a qualifier of at "
            "most %zu fits in this region",
            name, worst, BUCKET_MAX, q > worst - BUCKET_MAX ? q - (worst - BUCKET_MAX) : 0);
}

static void check_bootstrap(const struct environment *e, struct defects *d)
{
    bool is_fine = true;

    if (e->qualifier.len > QUALIFIER_MAX ||
        (e->qualifier.len > 0 && !spelling_made_of(e->qualifier, "_-"))) {
        defects_add(d, "qualifier", "takes 1 to %d letters, digits and _-", QUALIFIER_MAX);
        is_fine = false;
    }
    for (size_t i = 0; i < e->qualifier.len && is_fine; i++) {
        char c = e->qualifier.ptr[i];

        if (c == '_' || (c >= 'A' && c <= 'Z')) {
            defects_add(d, "qualifier",
                        "has an upper-case letter or _: the S3 bucket for assets carries it, and "
                        "bucket names take lower case, digits and hyphens only");
            is_fine = false;
        }
    }
    if (e->ddk_prefix.len > 0 && e->bootstrap != BOOTSTRAP_DDK)
        defects_add(d, "ddk_prefix", "is for bootstrap ddk only: leave it out");
    else if (e->ddk_prefix.len > DDK_PREFIX_MAX ||
             (e->ddk_prefix.len > 0 && !spelling_name(e->ddk_prefix)))
        defects_add(
            d, "ddk_prefix",
            "takes 1 to %d lower-case letters, digits and hyphens, and begins with a letter",
            DDK_PREFIX_MAX);
    if (is_fine && spelling_account(e->account) && is_region(e->region))
        check_lengths(e, d);
    if (e->boundary.len > 0)
        check_iam_arn(e, "boundary", e->boundary, SV("policy/"), "aws", d);
}

void environment_check(const struct environment *e, const struct environment *others, size_t count,
                       struct defects *defects)
{
    check_name(e, defects);
    check_place(e, defects);
    check_reach(e, defects);
    check_stage(e, defects);
    check_bootstrap(e, defects);
    for (size_t i = 0; i < count; i++) {
        const struct environment *o = &others[i];

        if (sv_eq(o->name, e->name))
            continue;
        if (sv_eq_nocase(o->name, e->name))
            defects_add(defects, "name", "is taken by " SV_FMT, SV_ARG(sv_take(o->name, 32)));
        if (e->kind == ENVIRONMENT_CICD && o->kind == ENVIRONMENT_CICD &&
            sv_eq(o->account, e->account) && sv_eq(o->region, e->region))
            defects_add(defects, "kind",
                        SV_FMT " is the CICD environment of this account and region already",
                        SV_ARG(sv_take(o->name, 32)));
    }
}
