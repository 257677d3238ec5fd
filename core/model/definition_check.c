/* What is wrong with a definition, as far as that can be known without AWS: a function per noun.
 * Branches are in definition_branches.c, derived names in definition_limits.c. */
#include "core/model/definition_check.h"

#include "core/base/suggest.h"
#include "core/model/spelling.h"

enum {
    NAME_MAX_LENGTH = 100,
    DESCRIPTION_MAX = 1000, /* CodeCommit's; CloudFormation takes 24 more */
    STAGE_MAX = 20,
    TEAM_MAX = 64, /* an IAM role's name */
    TAG_KEY_MAX = 127,
    TAG_VALUE_MAX = 255, /* CodeBuild's; others take one more */
    /* CodeBuild takes 5,500 characters of all variables together, ours are among them. */
    VARIABLES_SIZE_MAX = 4096,
    REPOSITORY_MAX = 100,
    FULL_REPOSITORY_MAX = 200,
    PIPELINE_STAGES_MAX = 50,
    SHOWN_MAX = 40
};

static const char *stage_field(size_t at, const char *name, char out[DEFECT_FIELD_SIZE])
{
    return defect_field(out, "environments[%zu].%s", at, name);
}

/* ---- the pipeline itself ---- */

/* Beginnings that a derived name may not have: S3's two, SSM's two, and our own stacks'. */
static const char *reserved_beginning(struct sv name)
{
    static const char *const beginnings[] = {"penstock", "sthree-", "amzn-s3-demo-", "aws", "ssm"};

    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
        if (sv_starts(name, sv_of(beginnings[i])))
            return beginnings[i];
    }
    return NULL;
}

static void check_name(const struct definition *d, struct defects *defects)
{
    const char *reserved = reserved_beginning(d->name);

    if (d->name.len == 0)
        defects_add_first(defects, "name", "is required");
    else if (d->name.len > NAME_MAX_LENGTH)
        defects_add(defects, "name", "has %zu characters: at most %d fit", d->name.len,
                    NAME_MAX_LENGTH);
    else if (!spelling_name(d->name))
        defects_add(defects, "name",
                    "may have lower-case letters, digits and single hyphens inside, and begins "
                    "with a letter: bucket and roles carry it");
    else if (reserved != NULL)
        defects_add(defects, "name", "may not begin with %s, which is reserved", reserved);
    else if (sv_eq(d->name, SV("cicd")))
        defects_add(defects, "name", "cicd is reserved: choose another");
}

static void check_team(struct sv team, const char *field, struct defects *defects)
{
    if (team.len > TEAM_MAX)
        defects_add(defects, field, "has %zu characters: at most %d fit", team.len, TEAM_MAX);
    else if (team.len > 0 && !spelling_made_of(team, "+=.@_-"))
        defects_add(defects, field,
                    "is the name of the team's IAM role: letters, digits and +=.@_- only");
}

/* CloudFormation would put something else in its place, a secret in the clear for one. */
static void check_reference(struct sv text, const char *field, struct defects *defects)
{
    if (sv_find(text, SV("{{resolve:")) >= 0)
        defects_add_first(defects, field,
                          "may not hold {{resolve:, which CloudFormation replaces: let the build "
                          "read it instead");
}

static void check_description(const struct definition *d, struct defects *defects)
{
    if (d->description.len > DESCRIPTION_MAX)
        defects_add(defects, "description", "has %zu bytes: at most %d fit", d->description.len,
                    DESCRIPTION_MAX);
    if (!spelling_shown(d->description))
        defects_add_first(defects, "description",
                          "has a control character, or one that cannot be shown: remove it");
    check_reference(d->description, "description", defects);
}

static bool starts_nocase(struct sv text, struct sv prefix)
{
    return text.len >= prefix.len && sv_eq_nocase(sv_take(text, prefix.len), prefix);
}

static void check_tag(const struct definition *d, size_t at, struct defects *defects)
{
    const struct tag *t = &d->tags[at];
    char field[DEFECT_FIELD_SIZE];

    defect_field(field, "tags." SV_FMT, SV_ARG(sv_take(t->key, 2 * SHOWN_MAX)));
    if (t->key.len == 0)
        defects_add(defects, "tags", "a tag has no name: write one or remove it");
    else if (t->key.len > TAG_KEY_MAX)
        defects_add(defects, field, "its name has %zu characters: at most %d fit", t->key.len,
                    TAG_KEY_MAX);
    else if (!spelling_tag_text(t->key))
        defects_add(defects, field, "its name may have letters, digits, blanks and _.:/=+-@ only");
    else if (starts_nocase(t->key, SV("aws:")) || starts_nocase(t->key, SV("penstock:")))
        defects_add(defects, field, "names that begin with aws: or penstock: are reserved");
    if (t->value.len == 0)
        defects_add_first(defects, field, "has no value, and CloudFormation takes none without");
    else if (t->value.len > TAG_VALUE_MAX)
        defects_add(defects, field, "has %zu characters: at most %d fit", t->value.len,
                    TAG_VALUE_MAX);
    else if (!spelling_tag_text(t->value))
        defects_add_first(defects, field, "may have letters, digits, blanks and _.:/=+-@ only");
    for (size_t i = 0; i < at; i++) {
        if (sv_eq_nocase(d->tags[i].key, t->key)) {
            defects_add(defects, field, "is there twice: IAM tells no upper from lower case");
            return;
        }
    }
}

static void check_tags(const struct definition *d, struct defects *defects)
{
    if (d->tag_count > DEFINITION_TAGS_MAX)
        defects_add_first(defects, "tags", "has %zu members: at most %d fit", d->tag_count,
                          DEFINITION_TAGS_MAX);
    for (size_t i = 0; i < d->tag_count && i < DEFINITION_TAGS_MAX; i++)
        check_tag(d, i, defects);
}

/* ---- variables ---- */

/* What penstock sets itself: facts/data-all-pipelines.md 3.10. */
static const char *const own_variables[] = {"PIPELINE_URI",
                                            "PIPELINE_NAME",
                                            "STAGE",
                                            "DEV_STAGES",
                                            "DEV_STRATEGY",
                                            "TEMPLATE",
                                            "ENVIRONMENT_URI",
                                            "AWSACCOUNTID",
                                            "AWSREGION",
                                            "ENVTEAM",
                                            "ENVTEAM_ROLENAME",
                                            "ENVTEAM_ROLEARN",
                                            "DEPLOY_ROLE_ARN",
                                            "CFN_EXEC_ROLE_ARN",
                                            "BOOTSTRAP_QUALIFIER",
                                            "BOOTSTRAP_VERSION_PARAMETER"};

static bool is_own_variable(struct sv name)
{
    for (size_t i = 0; i < ARRAY_LEN(own_variables); i++) {
        if (sv_eq(name, sv_of(own_variables[i])))
            return true;
    }
    return sv_starts(name, SV("CODEBUILD_")) || sv_starts(name, SV("AWS_"));
}

static void check_variable(const struct definition *d, size_t at, struct defects *defects)
{
    const struct variable *v = &d->variables[at];
    char field[DEFECT_FIELD_SIZE];

    defect_field(field, "variables." SV_FMT, SV_ARG(sv_take(v->name, 2 * SHOWN_MAX)));
    if (v->name.len == 0)
        defects_add(defects, "variables", "a variable has no name: write one or remove it");
    else if (!spelling_made_of(v->name, "_") || spelling_digit(v->name.ptr[0]))
        defects_add(defects, field,
                    "its name may have letters, digits and _, and begins with no digit");
    else if (is_own_variable(v->name))
        defects_add(defects, field, "is set by CodeBuild or penstock itself: choose another name");
    if (!spelling_shown(v->value))
        defects_add_first(defects, field,
                          "has a control character, or one that cannot be shown: remove it");
    check_reference(v->value, field, defects);
    for (size_t i = 0; i < at; i++) {
        if (sv_eq(d->variables[i].name, v->name)) {
            defects_add(defects, field, "is there twice: keep one of them");
            return;
        }
    }
}

static void check_variables(const struct definition *d, struct defects *defects)
{
    size_t size = 0;

    if (d->variable_count > DEFINITION_VARIABLES_MAX)
        defects_add_first(defects, "variables", "has %zu members: at most %d fit",
                          d->variable_count, DEFINITION_VARIABLES_MAX);
    for (size_t i = 0; i < d->variable_count && i < DEFINITION_VARIABLES_MAX; i++) {
        check_variable(d, i, defects);
        size += d->variables[i].name.len + d->variables[i].value.len;
    }
    if (size > VARIABLES_SIZE_MAX)
        defects_add(defects, "variables",
                    "names and values have %zu characters together: at most %d fit into a build",
                    size, VARIABLES_SIZE_MAX);
}

/* ---- the source ---- */

static bool is_connection(struct sv text)
{
    struct arn arn;

    return arn_split(text, &arn) &&
           (sv_eq(arn.service, SV("codeconnections")) ||
            sv_eq(arn.service, SV("codestar-connections"))) &&
           arn.region.len > 0 && spelling_account(arn.account) &&
           sv_starts(arn.resource, SV("connection/")) &&
           spelling_uuid(sv_drop(arn.resource, strlen("connection/")));
}

/* "owner/repo", or deeper where the host has groups in groups. */
static bool is_full_repository(struct sv text)
{
    struct sv rest = text;
    size_t parts = 0;

    do {
        struct sv part = sv_cut(rest, '/', &rest);

        if (!spelling_made_of(part, "_.-"))
            return false;
        parts++;
    } while (rest.ptr != NULL);
    return parts >= 2 && text.len <= FULL_REPOSITORY_MAX;
}

static void check_connection(const struct definition *d, const struct environment *cicd,
                             struct defects *defects)
{
    struct arn arn;

    if (d->connection_arn.len == 0)
        defects_add_first(defects, "source.connection_arn", "is required with type connection");
    else if (!is_connection(d->connection_arn))
        defects_add(defects, "source.connection_arn",
                    "must be an ARN such as arn:aws:codeconnections:eu-west-1:111111111111:"
                    "connection/UUID");
    else if (cicd != NULL && arn_split(d->connection_arn, &arn) &&
             !sv_eq(arn.account, cicd->account))
        defects_warn(defects, "source.connection_arn",
                     "is of account " SV_FMT ", not of the CICD account: it must be shared with it",
                     SV_ARG(arn.account));
    if (d->repository.len == 0)
        defects_add_first(defects, "source.repository",
                          "is required with type connection: owner/repository");
    else if (!is_full_repository(d->repository))
        defects_add(defects, "source.repository",
                    "must be owner/repository of letters, digits and _.- (at most %d)",
                    FULL_REPOSITORY_MAX);
}

static void check_codecommit(const struct definition *d, struct defects *defects)
{
    if (d->connection_arn.len > 0)
        defects_add(defects, "source.connection_arn",
                    "is for type connection only: remove it, or change the type");
    if (d->repository.len == 0 || sv_eq(d->repository, d->name))
        return;
    if (d->repository.len > REPOSITORY_MAX)
        defects_add(defects, "source.repository", "has %zu characters: CodeCommit takes %d",
                    d->repository.len, REPOSITORY_MAX);
    else if (!spelling_made_of(d->repository, "_.-"))
        defects_add(defects, "source.repository", "may have letters, digits and _.- only");
    else if (sv_ends(d->repository, SV(".git")))
        defects_add(defects, "source.repository", "may not end in .git: leave that out");
}

/* ---- environments ---- */

/* "unknown "dve"; did you mean dev?" */
static void unknown_environment(struct sv name, const char *field, const struct environment *known,
                                size_t count, struct defects *defects)
{
    char words[DEFECT_FIELD_SIZE];
    struct suggestion best = {0};
    char nearest[DEFECT_FIELD_SIZE] = "";

    if (known == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        struct suggestion before = best;

        snprintf(words, sizeof words, SV_FMT, SV_ARG(sv_take(known[i].name, SHOWN_MAX)));
        suggest_consider(name, words, &best);
        if (best.word != before.word || best.slips != before.slips)
            memcpy(nearest, words, sizeof nearest);
    }
    name = sv_take(name, SHOWN_MAX);
    if (best.word != NULL)
        defects_add(defects, field, "no environment is named \"" SV_FMT "\"; did you mean %s?",
                    SV_ARG(name), nearest);
    else
        defects_add(defects, field,
                    "no environment is named \"" SV_FMT "\": see penstock env list, or add it",
                    SV_ARG(name));
}

static const struct environment *check_cicd(const struct definition *d,
                                            const struct environment *known, size_t count,
                                            struct defects *defects)
{
    const struct environment *cicd = environment_find(known, count, d->cicd);

    if (d->cicd.len == 0) {
        defects_add_first(defects, "cicd", "is required: the environment of kind cicd");
        return NULL;
    }
    if (cicd == NULL)
        unknown_environment(d->cicd, "cicd", known, count, defects);
    else if (cicd->kind != ENVIRONMENT_CICD)
        defects_add(defects, "cicd", SV_FMT " is of kind target: choose one of kind cicd",
                    SV_ARG(sv_take(cicd->name, SHOWN_MAX)));
    return cicd;
}

static void check_stage_word(const struct definition_stage *s, size_t at, struct defects *defects)
{
    char field[DEFECT_FIELD_SIZE];

    stage_field(at, "stage", field);
    if (s->stage.len == 0)
        defects_add_first(defects, field, "is required");
    else if (s->stage.len > STAGE_MAX)
        defects_add(defects, field, "has %zu characters: at most %d fit", s->stage.len, STAGE_MAX);
    else if (!spelling_label(s->stage))
        defects_add(defects, field,
                    "may have lower-case letters, digits and single hyphens inside");
    else if (sv_eq(s->stage, SV("cicd")))
        defects_add(defects, field, "cicd is reserved: ddk.json has it for the CICD account");
}

static void check_target(const struct definition_stage *s, size_t at,
                         const struct environment *cicd, const struct environment *known,
                         size_t count, struct defects *defects)
{
    char field[DEFECT_FIELD_SIZE];
    const struct environment *e = environment_find(known, count, s->environment);

    stage_field(at, "environment", field);
    if (s->environment.len == 0)
        defects_add_first(defects, field, "is required");
    else if (e == NULL)
        unknown_environment(s->environment, field, known, count, defects);
    else if (cicd != NULL && strcmp(environment_partition(e), environment_partition(cicd)) != 0)
        defects_add(defects, field,
                    "is in partition %s, but the CICD environment in %s: roles do not reach across",
                    environment_partition(e), environment_partition(cicd));
}

static bool is_same_place(const struct environment *a, const struct environment *b)
{
    return a != NULL && b != NULL && sv_eq(a->account, b->account) && sv_eq(a->region, b->region);
}

/* Each stage once: names, ddk.json and branches are by stage. */
static void check_twice(const struct definition *d, size_t at, const struct environment *known,
                        size_t count, struct defects *defects)
{
    char field[DEFECT_FIELD_SIZE];
    const struct definition_stage *s = &d->stages[at];

    if (s->stage.len == 0)
        return;
    for (size_t i = 0; i < at; i++) {
        const struct definition_stage *o = &d->stages[i];
        const struct environment *e = environment_find(known, count, s->environment);

        if (!sv_eq_nocase(o->stage, s->stage))
            continue;
        if (is_same_place(e, environment_find(known, count, o->environment)))
            defects_add(defects, defect_field(field, "environments[%zu]", at),
                        "is the same account, region and stage as environments[%zu]: remove one",
                        i);
        else
            defects_add(defects, stage_field(at, "stage", field),
                        "is taken by environments[%zu]: each stage once", i);
        return;
    }
}

static bool is_blank(const struct definition_stage *s)
{
    return s->stage.len == 0 && s->environment.len == 0 && s->team.len == 0;
}

static void check_stages(const struct definition *d, const struct environment *cicd,
                         const struct environment *known, size_t count, struct defects *defects)
{
    char field[DEFECT_FIELD_SIZE];

    if (d->stage_count == 0)
        defects_add_first(defects, "environments", "is empty: at least one is required");
    for (size_t i = 0; i < d->stage_count; i++) {
        const struct definition_stage *s = &d->stages[i];

        if (is_blank(s)) {
            defects_add_first(defects, defect_field(field, "environments[%zu]", i),
                              "is blank: fill it in or remove it");
            continue;
        }
        check_stage_word(s, i, defects);
        check_target(s, i, cicd, known, count, defects);
        check_team(s->team, stage_field(i, "team", field), defects);
        check_twice(d, i, known, count, defects);
    }
}

/* Source, a deploy stage each, an approval each where wanted. */
static void check_stage_count(const struct definition *d, struct defects *defects)
{
    size_t stages = 1 + d->stage_count;

    for (size_t i = 0; i < d->stage_count; i++)
        stages += d->stages[i].approval ? 1 : 0;
    if (d->strategy == STRATEGY_GITFLOW) {
        if (d->stage_count > STAGES_GITFLOW_MAX)
            defects_add_first(defects, "environments", "has %zu: at most %d fit with gitflow",
                              d->stage_count, STAGES_GITFLOW_MAX);
    } else if (d->stage_count > STAGES_TRUNK_MAX) {
        defects_add_first(defects, "environments",
                          "CodePipeline takes %d stages; %zu environments need %zu with their "
                          "approvals: at most %d fit with trunk",
                          PIPELINE_STAGES_MAX, d->stage_count, 2 * d->stage_count,
                          STAGES_TRUNK_MAX);
    } else if (stages > PIPELINE_STAGES_MAX) {
        defects_add_first(defects, "environments",
                          "CodePipeline takes %d stages; these need %zu: leave an approval out",
                          PIPELINE_STAGES_MAX, stages);
    }
}

void definition_check(const struct definition *d, const struct environment *environments,
                      size_t count, struct defects *defects)
{
    const struct environment *cicd;

    check_name(d, defects);
    check_description(d, defects);
    check_tags(d, defects);
    cicd = check_cicd(d, environments, count, defects);
    check_team(d->team, "team", defects);
    if (d->source == SOURCE_CONNECTION)
        check_connection(d, cicd, defects);
    else
        check_codecommit(d, defects);
    check_stages(d, cicd, environments, count, defects);
    check_stage_count(d, defects);
    check_variables(d, defects);
    definition_check_branches(d, defects);
    definition_check_limits(d, cicd, defects);
}
