/* The form of one environment: its fields, and the environment that they make. */
#ifndef PENSTOCK_SCREENS_ENVIRONMENT_H
#define PENSTOCK_SCREENS_ENVIRONMENT_H

#include "core/model/environment.h"
#include "tui/console.h"
#include "tui/form.h"

/* clang-format off */
/*       constant      label          member         kind     help */
#define ENVIRONMENT_FIELD_LIST(X) \
    X(NAME,        "Name",        "name",        TEXT,    "lower-case letters, digits and hyphens: \"dev\"") \
    X(KIND,        "Kind",        "kind",        CHOICE,  "cicd: the pipelines live there; target: they deploy there") \
    X(ACCOUNT,     "Account",     "account",     TEXT,    "the 12 digits of the AWS account") \
    X(REGION,      "Region",      "region",      TEXT,    "such as eu-west-1") \
    X(WAY,         "Way",         "way",         CHOICE,  "how penstock gets there: this context's own credentials, a profile of this host, or a role") \
    X(PROFILE,     "Profile",     "profile",     CHOICE,  "with way profile: one of this host's AWS config") \
    X(ROLE_ARN,    "Role ARN",    "role_arn",    TEXT,    "with way role: the role that the CICD context assumes") \
    X(EXTERNAL_ID, "External id", "external_id", TEXT,    "with way role, if the role asks for one; empty keeps the one that is there, - takes it away") \
    X(STAGE,       "Stage",       "stage",       TEXT,    "that it serves unless a pipeline says otherwise; may be empty") \
    X(TEAM,        "Team",        "team",        TEXT,    "the name of the team's IAM role; may be empty") \
    X(BOOTSTRAP,   "Bootstrap",   "bootstrap",   CHOICE,  "whose names it has: CDK's, or AWS DDK's") \
    X(QUALIFIER,   "Qualifier",   "qualifier",   TEXT,    "of the bootstrap; hnb659fds is CDK's own") \
    X(DDK_PREFIX,  "DDK prefix",  "ddk_prefix",  TEXT,    "with bootstrap ddk: \"ddk\" unless it was bootstrapped otherwise") \
    X(BOUNDARY,    "Boundary",    "boundary",    TEXT,    "the ARN of a permissions boundary for every role; may be empty")
/* clang-format on */
#define ENVIRONMENT_FIELD_ENUM(name, label, member, kind, help) ENVIRONMENT_FIELD_##name,
enum environment_field { ENVIRONMENT_FIELD_LIST(ENVIRONMENT_FIELD_ENUM) ENVIRONMENT_FIELD_COUNT };
#undef ENVIRONMENT_FIELD_ENUM

enum environment_way { WAY_CONTEXT, WAY_PROFILE, WAY_ROLE };
enum { ENVIRONMENT_PROFILES_MAX = 256 };

struct environment_form {
    struct form form;
    struct arena arena;        /* what is known, and the profiles' names */
    struct environment before; /* EDIT: as it was */
    bool is_new;
    struct environment *others; /* those that are kept, for unique names */
    size_t other_count;
    const char *profiles[ENVIRONMENT_PROFILES_MAX + 2];
    size_t profile_count;
    struct work *work; /* for what only AWS knows: the external id */
};

void environment_form_open(struct environment_form *f); /* empty; then the members are set */
/* The profiles of the AWS config, and of an environment that this host has no profile for. */
enum err_code environment_form_profiles(struct environment_form *f,
                                        const struct context_list *contexts,
                                        struct err *err) MUST_CHECK;
void environment_form_show(struct environment_form *f, const struct environment *e);
/* What is typed; borrowed from the form. */
void environment_form_read(const struct environment_form *f, struct environment *out);
/* Into the act; the external id that stays is the one that AWS told. */
enum err_code environment_form_fill(const struct environment_form *f, struct act *act,
                                    struct err *err) MUST_CHECK;

#endif
