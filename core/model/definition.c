#include "core/model/definition.h"

#define STRATEGY_WORD(name, word) [STRATEGY_##name] = (word),
#define SOURCE_WORD(name, word)   [SOURCE_##name] = (word),
#define STARTER_WORD(name, word)  [STARTER_##name] = (word),
static const char *const strategy_words[] = {STRATEGY_LIST(STRATEGY_WORD)};
static const char *const source_words[] = {SOURCE_LIST(SOURCE_WORD)};
static const char *const starter_words[] = {STARTER_LIST(STARTER_WORD)};

static const char *const strategy_helps[] = {
    [STRATEGY_TRUNK] = "one branch, one pipeline: each commit goes from stage to stage",
    [STRATEGY_GITFLOW] = "a branch and a pipeline per stage: a merge brings a commit to the next",
};
_Static_assert(ARRAY_LEN(strategy_helps) == STRATEGY_COUNT, "a line per strategy");

const char *strategy_word(enum strategy s)
{
    return (unsigned)s < STRATEGY_COUNT ? strategy_words[s] : "";
}

const char *source_word(enum source_kind s)
{
    return (unsigned)s < SOURCE_COUNT ? source_words[s] : "";
}

const char *starter_word(enum starter s)
{
    return (unsigned)s < STARTER_COUNT ? starter_words[s] : "";
}

const char *strategy_help(enum strategy s)
{
    return (unsigned)s < STRATEGY_COUNT ? strategy_helps[s] : "";
}

struct sv definition_branch(const struct definition *d, size_t stage)
{
    const struct definition_stage *s = &d->stages[stage];

    if (s->branch.len > 0)
        return s->branch;
    if (d->strategy == STRATEGY_TRUNK || sv_eq(s->stage, SV("prod")))
        return SV("main");
    return s->stage;
}

const struct environment *environment_find(const struct environment *items, size_t count,
                                           struct sv name)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(items[i].name, name))
            return &items[i];
    }
    return NULL;
}

/* ---- derived names ---- */

#define DERIVED_PATTERN(name, limit, pattern, per_stage, of) [DERIVED_##name] = (pattern),
static const char *const patterns[] = {DERIVED_LIST(DERIVED_PATTERN)};

static struct sv letter_value(const struct definition *d, const struct environment *cicd,
                              char letter, int stage)
{
    if (letter == 'N')
        return d->name;
    if (letter == 'S')
        return stage >= 0 && (size_t)stage < d->stage_count ? d->stages[stage].stage : SV("");
    if (cicd == NULL)
        return SV("");
    return letter == 'A' ? cicd->account : cicd->region;
}

const char *definition_name(const struct definition *d, const struct environment *cicd,
                            enum derived what, int stage, char out[DERIVED_SIZE])
{
    const char *pattern = patterns[what];
    size_t len = 0;

    if (what == DERIVED_REPOSITORY && d->repository.len > 0)
        pattern = "";
    for (; *pattern != '\0' && len + 1 < DERIVED_SIZE; pattern++) {
        struct sv value;

        if (*pattern != '$') {
            out[len++] = *pattern;
            continue;
        }
        value = sv_take(letter_value(d, cicd, *++pattern, stage), DERIVED_SIZE - 1 - len);
        if (value.len > 0)
            memcpy(out + len, value.ptr, value.len);
        len += value.len;
    }
    if (what == DERIVED_REPOSITORY && d->repository.len > 0) {
        len = sv_take(d->repository, DERIVED_SIZE - 1).len;
        memcpy(out, d->repository.ptr, len);
    }
    out[len] = '\0';
    return out;
}

bool definition_uses(const struct definition *d, enum derived what)
{
    bool is_trunk = d->strategy == STRATEGY_TRUNK;
    bool is_codecommit = d->source == SOURCE_CODECOMMIT;

    switch (what) {
    case DERIVED_PIPELINE:
        return is_trunk;
    case DERIVED_STAGE_PIPELINE:
    case DERIVED_SOURCE_STAGE:
        return !is_trunk;
    case DERIVED_REPOSITORY:
    case DERIVED_EVENTS_ROLE:
        return is_codecommit;
    case DERIVED_RULE:
        return is_codecommit && is_trunk;
    case DERIVED_STAGE_RULE:
        return is_codecommit && !is_trunk;
    case DERIVED_APPROVAL_STAGE:
        for (size_t i = 0; i < d->stage_count; i++) {
            if (d->stages[i].approval)
                return true;
        }
        return false;
    case DERIVED_STACK:
    case DERIVED_BUCKET:
    case DERIVED_KEY_ALIAS:
    case DERIVED_PIPELINE_ROLE:
    case DERIVED_BUILD_ROLE:
    case DERIVED_PROJECT:
    case DERIVED_LOG_GROUP:
    case DERIVED_APPLICATION:
    case DERIVED_PARAMETERS:
    case DERIVED_SECRETS:
    case DERIVED_DEPLOY_STAGE:
    case DERIVED_DEPLOY_ACTION:
        return true;
    case DERIVED_COUNT:
        break;
    }
    return false;
}

/* ---- writing ---- */

/* An unset text has no pointer, and would be written as null. */
static void put(struct jw *w, const char *name, struct sv text)
{
    jw_put_sv(w, name, text.len > 0 ? text : SV(""));
}

/* jw_name wants a NUL behind the name, which these need not have. */
static enum err_code put_pair(struct jw *w, struct sv name, struct sv value, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    enum err_code rc;

    sb_init(&key, DEFINITION_SIZE_MAX);
    rc = sb_add(&key, name, err);
    if (rc)
        return rc;
    put(w, sb_cstr(&key), value);
    return ERR_OK;
}

static enum err_code put_tags(struct jw *w, const struct definition *d, struct err *err)
{
    enum err_code rc = ERR_OK;

    jw_name(w, "tags");
    jw_open(w, '{');
    for (size_t i = 0; i < d->tag_count && rc == ERR_OK; i++)
        rc = put_pair(w, d->tags[i].key, d->tags[i].value, err);
    jw_close(w, '}');
    return rc;
}

static enum err_code put_variables(struct jw *w, const struct definition *d, struct err *err)
{
    enum err_code rc = ERR_OK;

    jw_name(w, "variables");
    jw_open(w, '{');
    for (size_t i = 0; i < d->variable_count && rc == ERR_OK; i++)
        rc = put_pair(w, d->variables[i].name, d->variables[i].value, err);
    jw_close(w, '}');
    return rc;
}

static void put_source(struct jw *w, const struct definition *d)
{
    char name[DERIVED_SIZE];

    jw_name(w, "source");
    jw_open(w, '{');
    jw_put_sv(w, "type", sv_of(source_word(d->source)));
    put(w, "connection_arn", d->connection_arn);
    if (d->source == SOURCE_CODECOMMIT)
        put(w, "repository", sv_of(definition_name(d, NULL, DERIVED_REPOSITORY, -1, name)));
    else
        put(w, "repository", d->repository);
    jw_close(w, '}');
}

static void put_stages(struct jw *w, const struct definition *d)
{
    jw_name(w, "environments");
    jw_open(w, '[');
    for (size_t i = 0; i < d->stage_count; i++) {
        const struct definition_stage *s = &d->stages[i];

        jw_open(w, '{');
        put(w, "stage", s->stage);
        put(w, "environment", s->environment);
        put(w, "team", s->team);
        jw_put_bool(w, "approval", s->approval);
        put(w, "branch", definition_branch(d, i));
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

enum err_code definition_write(const struct definition *d, struct sb *out, struct err *err)
{
    struct jw w;
    enum err_code rc;

    jw_init(&w, out, err);
    w.pretty = true;
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    put(&w, "name", d->name);
    put(&w, "description", d->description);
    rc = put_tags(&w, d, err);
    if (rc)
        return rc;
    put(&w, "cicd", d->cicd);
    put(&w, "team", d->team);
    jw_put_sv(&w, "strategy", sv_of(strategy_word(d->strategy)));
    put_source(&w, d);
    jw_put_sv(&w, "template", sv_of(starter_word(d->starter)));
    put_stages(&w, d);
    rc = put_variables(&w, d, err);
    if (rc)
        return rc;
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}

/* ---- copying ---- */

static bool copy_text(struct arena *arena, struct sv *text)
{
    *text = text->len > 0 ? arena_sv(arena, *text) : SV("");
    return text->ptr != NULL;
}

static bool copy_tags(struct arena *arena, struct definition *d)
{
    struct tag *tags = arena_alloc(arena, d->tag_count + 1, sizeof *tags);

    for (size_t i = 0; i < d->tag_count && tags != NULL; i++) {
        tags[i] = d->tags[i];
        if (!copy_text(arena, &tags[i].key) || !copy_text(arena, &tags[i].value))
            return false;
    }
    d->tags = tags;
    return tags != NULL;
}

static bool copy_variables(struct arena *arena, struct definition *d)
{
    struct variable *v = arena_alloc(arena, d->variable_count + 1, sizeof *v);

    for (size_t i = 0; i < d->variable_count && v != NULL; i++) {
        v[i] = d->variables[i];
        if (!copy_text(arena, &v[i].name) || !copy_text(arena, &v[i].value))
            return false;
    }
    d->variables = v;
    return v != NULL;
}

static bool copy_stages(struct arena *arena, struct definition *d)
{
    struct definition_stage *s = arena_alloc(arena, d->stage_count + 1, sizeof *s);

    for (size_t i = 0; i < d->stage_count && s != NULL; i++) {
        s[i] = d->stages[i];
        if (!copy_text(arena, &s[i].stage) || !copy_text(arena, &s[i].environment) ||
            !copy_text(arena, &s[i].team) || !copy_text(arena, &s[i].branch))
            return false;
    }
    d->stages = s;
    return s != NULL;
}

enum err_code definition_copy(const struct definition *from, struct arena *arena,
                              struct definition *out, struct err *err)
{
    struct definition d = *from;

    if (!copy_text(arena, &d.name) || !copy_text(arena, &d.description) ||
        !copy_text(arena, &d.cicd) || !copy_text(arena, &d.team) ||
        !copy_text(arena, &d.connection_arn) || !copy_text(arena, &d.repository) ||
        !copy_tags(arena, &d) || !copy_stages(arena, &d) || !copy_variables(arena, &d))
        return arena_err(arena, err);
    *out = d;
    return ERR_OK;
}
