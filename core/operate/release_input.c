#include "core/operate/release.h"

enum { VARIABLE_NAME_MAX = 128, VARIABLE_MAX = 1000, TEXT_MAX = 3000 };

bool release_is_source(const struct action_def *a)
{
    return sv_eq(a->category, SV("Source"));
}

const struct action_def *release_source(const struct pipeline_def *def, struct sv name)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        for (size_t k = 0; k < def->stages[i].action_count; k++) {
            const struct action_def *a = &def->stages[i].actions[k];

            if (release_is_source(a) && sv_eq(a->name, name))
                return a;
        }
    }
    return NULL;
}

const char *release_revision_type(struct sv provider)
{
    static const struct {
        const char *provider;
        const char *type;
    } types[] = {
        {"CodeCommit", "COMMIT_ID"},    {"CodeStarSourceConnection", "COMMIT_ID"},
        {"GitHub", "COMMIT_ID"},        {"ECR", "IMAGE_DIGEST"},
        {"S3", "S3_OBJECT_VERSION_ID"},
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (sv_eq(provider, sv_of(types[i].provider)))
            return types[i].type;
    }
    return NULL;
}

static bool is_hex(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("0123456789abcdefABCDEF", text.ptr[i]) == NULL || text.ptr[i] == '\0')
            return false;
    }
    return true;
}

/* A commit's whole id, by SHA-1 or SHA-256; an image's digest. What S3 calls a version is its own.
 * Whether AWS refuses another word at once is not known; the execution would fail in its source. */
static const char *what_it_takes(const char *type, struct sv value)
{
    bool is_digest = sv_starts(value, SV("sha256:"));
    struct sv digits = sv_drop(value, is_digest ? 7 : 0);

    if (strcmp(type, "COMMIT_ID") == 0)
        return (value.len == 40 || value.len == 64) && is_hex(value)
                   ? NULL
                   : "a commit's whole id (40 hexadecimal digits)";
    if (strcmp(type, "IMAGE_DIGEST") == 0)
        return is_digest && digits.len == 64 && is_hex(digits)
                   ? NULL
                   : "an image's digest (sha256: and 64 hexadecimal digits)";
    return NULL;
}

static enum err_code list_sources(const struct pipeline_def *def, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < def->stage_count; i++) {
        for (size_t k = 0; k < def->stages[i].action_count && !rc; k++) {
            if (release_is_source(&def->stages[i].actions[k]) && out->len < TEXT_MAX / 2)
                rc = sb_addf(out, err, "%s" SV_FMT, out->len > 0 ? ", " : "",
                             SV_ARG(sv_take(def->stages[i].actions[k].name, 100)));
        }
    }
    return rc;
}

static bool is_repeated(const struct name_value *list, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (sv_eq(list[i].name, list[at].name))
            return true;
    }
    return false;
}

static enum err_code check_revisions(struct turn *t, const struct pipeline_def *def,
                                     struct err *err)
{
    const struct operation_input *in = t->input;

    for (size_t i = 0; i < in->revision_count; i++) {
        const struct name_value *r = &in->revisions[i];
        const struct action_def *a = release_source(def, r->name);
        CLEANUP(sb_release) struct sb names;

        sb_init(&names, TEXT_MAX);
        if (a == NULL) {
            enum err_code rc = list_sources(def, &names, err);

            return rc ? rc
                      : turn_wrong(t, err, "\"" SV_FMT "\" is no source of it; its sources are: %s",
                                   SV_ARG(sv_take(r->name, 100)), sb_cstr(&names));
        }
        if (release_revision_type(a->provider) == NULL)
            return turn_wrong(t, err, "no revision can be named for source " SV_FMT " (" SV_FMT ")",
                              SV_ARG(a->name), SV_ARG(a->provider));
        if (r->value.len == 0 || is_repeated(in->revisions, i))
            return turn_wrong(t, err, "source " SV_FMT " needs one revision", SV_ARG(a->name));
    }
    return ERR_OK;
}

static enum err_code check_values(struct turn *t, const struct pipeline_def *def, struct err *err)
{
    const struct operation_input *in = t->input;

    for (size_t i = 0; i < in->revision_count; i++) {
        const struct action_def *a = release_source(def, in->revisions[i].name);
        struct sv value = in->revisions[i].value;
        const char *what = what_it_takes(release_revision_type(a->provider), value);

        if (what != NULL)
            return turn_wrong(t, err, "source " SV_FMT " takes %s, and \"" SV_FMT "\" is none",
                              SV_ARG(a->name), what, SV_ARG(sv_take(value, 100)));
    }
    return ERR_OK;
}

/* ---- variables ---- */

static const struct variable_def *find_variable(const struct pipeline_def *def, struct sv name)
{
    for (size_t i = 0; i < def->variable_count; i++) {
        if (sv_eq(def->variables[i].name, name))
            return &def->variables[i];
    }
    return NULL;
}

static bool is_given(const struct operation_input *in, struct sv name)
{
    for (size_t i = 0; i < in->variable_count; i++) {
        if (sv_eq(in->variables[i].name, name))
            return true;
    }
    return false;
}

static enum err_code refuse_unknown(struct turn *t, const struct pipeline_def *def, struct sv name,
                                    struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    enum err_code rc = ERR_OK;

    sb_init(&names, TEXT_MAX);
    for (size_t i = 0; i < def->variable_count && names.len < TEXT_MAX / 2 && !rc; i++)
        rc = sb_addf(&names, err, "%s" SV_FMT, i > 0 ? ", " : "",
                     SV_ARG(sv_take(def->variables[i].name, VARIABLE_NAME_MAX)));
    return rc ? rc
              : turn_wrong(t, err, "it declares no variable \"" SV_FMT "\"; it declares %s",
                           SV_ARG(sv_take(name, 100)), names.len > 0 ? sb_cstr(&names) : "none");
}

/* One without a default must be given; who shows a form asks for it. */
static enum err_code refuse_missing(struct turn *t, const struct pipeline_def *def, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    enum err_code rc = ERR_OK;

    sb_init(&names, TEXT_MAX);
    for (size_t i = 0; i < def->variable_count && names.len < TEXT_MAX / 2 && !rc; i++) {
        const struct variable_def *v = &def->variables[i];

        if (v->value.len == 0 && !is_given(t->input, v->name))
            rc = sb_addf(&names, err, "%s" SV_FMT, names.len > 0 ? ", " : "",
                         SV_ARG(sv_take(v->name, VARIABLE_NAME_MAX)));
    }
    if (rc || names.len == 0)
        return rc;
    return turn_wrong(t, err, "variables without a default must be given (--var NAME=VALUE): %s",
                      sb_cstr(&names));
}

static enum err_code check_variables(struct turn *t, const struct pipeline_def *def,
                                     struct err *err)
{
    const struct operation_input *in = t->input;

    if (in->variable_count > PAIRS_MAX)
        return turn_wrong(t, err, "AWS takes at most %d variables", PAIRS_MAX);
    for (size_t i = 0; i < in->variable_count; i++) {
        const struct name_value *v = &in->variables[i];

        if (find_variable(def, v->name) == NULL)
            return refuse_unknown(t, def, v->name, err);
        if (is_repeated(in->variables, i))
            return turn_wrong(t, err, "variable " SV_FMT " is given twice", SV_ARG(v->name));
        if (v->value.len == 0 || turn_characters(v->value) > VARIABLE_MAX)
            return turn_wrong(t, err,
                              "variable " SV_FMT " takes 1 to %d characters, and this has %zu",
                              SV_ARG(v->name), VARIABLE_MAX, turn_characters(v->value));
    }
    return refuse_missing(t, def, err);
}

enum err_code release_check(struct turn *t, const struct pipeline_def *def, struct err *err)
{
    enum err_code rc = check_revisions(t, def, err);

    if (!rc && t->refusal.len == 0)
        rc = check_values(t, def, err);
    return rc || t->refusal.len > 0 ? rc : check_variables(t, def, err);
}
