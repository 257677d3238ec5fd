#include "core/sandbox/pipelines_values.h"

#include "core/base/mem.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/members.h"
#include "core/sandbox/pipelines_made.h"
#include "core/sandbox/render.h"

enum { VALUE_CAP = 64 << 10, NAME_SIZE = 129 };

/* ---- what a pipeline declares ---- */

struct declared {
    struct sv name;
    struct sv otherwise; /* SV_NONE: it must be given */
};

static size_t declared_count(const struct pipe *p, int version)
{
    const cJSON *definition = made_definition(p, version);

    return definition == NULL ? p->variable_count
                              : (size_t)cJSON_GetArraySize(json_get(definition, "variables"));
}

static struct declared declared_at(const struct pipe *p, int version, size_t at)
{
    const cJSON *definition = made_definition(p, version);
    const cJSON *item = json_list(definition, "variables");

    if (definition == NULL)
        return (struct declared){sv_of(p->variables[at].name), sv_of(p->variables[at].otherwise)};
    for (size_t i = 0; i < at && item != NULL; i++)
        item = item->next;
    return (struct declared){json_sv(item, "name"), json_sv(item, "defaultValue")};
}

static bool find_declared(const struct pipe *p, int version, struct sv name, struct declared *out)
{
    for (size_t i = 0; i < declared_count(p, version); i++) {
        *out = declared_at(p, version, i);
        if (sv_eq(out->name, name))
            return true;
    }
    return false;
}

/* ---- what a run is started with ---- */

static bool read_variables(struct input *in, const struct pipe *p, cJSON *out)
{
    struct declared declared;
    bool is_good = true;

    for (const cJSON *v = json_list(in->json, "variables"); v != NULL && is_good && !in->has_failed;
         v = v->next) {
        struct sv name = input_text(in, v, "name", TEXT_VARIABLE, true);
        struct sv value = input_text(in, v, "value", TEXT_VALUE, true);
        char text[NAME_SIZE];

        /* AWS's own sentences for these are not known. */
        if (!in->has_failed && !find_declared(p, p->version, name, &declared))
            input_fail(in, "ValidationException", "The pipeline declares no variable '" SV_FMT "'",
                       SV_ARG(name));
        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
        if (!in->has_failed && json_get(out, text) != NULL)
            input_fail(in, "ValidationException", "The variable '%s' is given twice", text);
        is_good = in->has_failed || member_put(out, text, value);
    }
    return is_good;
}

/* Those without a default must be given by whoever starts the pipeline himself. */
static void check_required(struct input *in, const struct pipe *p, const cJSON *given)
{
    for (size_t i = 0; i < declared_count(p, p->version); i++) {
        struct declared declared = declared_at(p, p->version, i);
        char text[NAME_SIZE];

        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(declared.name));
        if (declared.otherwise.ptr == NULL && json_get(given, text) == NULL)
            input_fail(in, "ValidationException",
                       "A value is required for the variable '%s', which has no default value",
                       text);
    }
}

/* NULL: no source action of the pipeline has that name. */
static const struct action_shape *source_named(const struct pipe *p, struct sv name)
{
    for (size_t i = 0; i < p->shape->action_count; i++) {
        const struct action_shape *action = shape_action(p->shape, i, NULL);

        if (is_source(action) && sv_eq(sv_of(action->name), name))
            return action;
    }
    return NULL;
}

/* Which kind of revision fits which source. */
static bool fits_source(const struct action_shape *action, struct sv type)
{
    if (action->provider == PROVIDER_S3)
        return sv_eq(type, SV("S3_OBJECT_VERSION_ID")) || sv_eq(type, SV("S3_OBJECT_KEY"));
    if (action->provider == PROVIDER_CODECOMMIT || action->provider == PROVIDER_CONNECTION)
        return sv_eq(type, SV("COMMIT_ID"));
    return sv_eq(type, SV("IMAGE_DIGEST"));
}

static bool is_revision_type(struct sv type)
{
    return sv_eq(type, SV("COMMIT_ID")) || sv_eq(type, SV("IMAGE_DIGEST")) ||
           sv_eq(type, SV("S3_OBJECT_VERSION_ID")) || sv_eq(type, SV("S3_OBJECT_KEY"));
}

static void check_revision(struct input *in, const struct pipe *p, struct sv name, struct sv type)
{
    const struct action_shape *action = in->has_failed ? NULL : source_named(p, name);

    if (in->has_failed)
        return;
    if (!is_revision_type(type))
        input_fail(in, "ValidationException",
                   "1 validation error detected: Value '" SV_FMT "' at 'sourceRevisions.1.member."
                   "revisionType' failed to satisfy constraint: Member must satisfy enum value "
                   "set: [COMMIT_ID, IMAGE_DIGEST, S3_OBJECT_VERSION_ID, S3_OBJECT_KEY]",
                   SV_ARG(type));
    else if (action == NULL)
        input_fail(in, "ValidationException",
                   "The pipeline has no source action '" SV_FMT "' whose revision can be given",
                   SV_ARG(name));
    else if (!fits_source(action, type))
        input_fail(in, "ValidationException",
                   "A revision of type " SV_FMT " does not fit the source action '%s'",
                   SV_ARG(type), action->name);
}

static bool read_revisions(struct input *in, const struct pipe *p, cJSON *out)
{
    bool is_good = true;

    for (const cJSON *r = json_list(in->json, "sourceRevisions");
         r != NULL && is_good && !in->has_failed; r = r->next) {
        struct sv name = input_text(in, r, "actionName", TEXT_NAME, true);
        struct sv type = input_text(in, r, "revisionType", TEXT_WORD, true);
        struct sv value = input_text(in, r, "revisionValue", TEXT_REVISION, true);
        char text[NAME_SIZE];

        check_revision(in, p, name, type);
        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
        is_good = in->has_failed || member_put(out, text, value);
    }
    return is_good;
}

enum err_code given_read(struct input *in, const struct pipe *p, const char **out, struct err *err)
{
    cJSON *given = cJSON_CreateObject();
    cJSON *variables = member_object(given, "variables");
    cJSON *revisions = member_object(given, "revisions");
    char *text = NULL;
    enum err_code rc = ERR_OK;

    if (variables == NULL || revisions == NULL || !read_variables(in, p, variables) ||
        !read_revisions(in, p, revisions))
        rc = mem_err(err);
    if (!rc)
        check_required(in, p, variables);
    if (!rc && !in->has_failed && (variables->child != NULL || revisions->child != NULL)) {
        text = cJSON_PrintUnformatted(given);
        rc = text == NULL ? mem_err(err) : world_intern(in->service->world, sv_of(text), out, err);
    }
    cJSON_free(text);
    cJSON_Delete(given);
    return rc;
}

/* The text of an object's member, which is kept as JSON with the run. */
static enum err_code look_up(const char *json, const char *object, const char *name, struct sb *out,
                             bool *is_there, struct err *err)
{
    cJSON *root = NULL;
    const cJSON *item;
    enum err_code rc = json == NULL ? ERR_OK : json_parse(sv_of(json), &root, err);

    if (rc || root == NULL)
        return rc;
    item = json_get(object == NULL ? root : json_get(root, object), name);
    if (cJSON_IsString(item)) {
        *is_there = true;
        rc = sb_add(out, json_item_sv(item), err);
    }
    cJSON_Delete(root);
    return rc;
}

enum err_code given_revision(const struct run *run, const char *action, struct sb *out,
                             struct err *err)
{
    bool is_there = false;

    return look_up(run->given, "revisions", action, out, &is_there, err);
}

/* What was given for it, else its default. */
static enum err_code declared_value(const struct pipe *p, const struct run *run, struct sv name,
                                    struct sb *out, bool *is_there, struct err *err)
{
    struct declared declared;
    char text[NAME_SIZE];
    enum err_code rc;

    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
    rc = look_up(run->given, "variables", text, out, is_there, err);
    if (rc || *is_there || !find_declared(p, run->version, name, &declared) ||
        declared.otherwise.ptr == NULL)
        return rc;
    *is_there = true;
    return sb_add(out, declared.otherwise, err);
}

void values_put_variables(struct jw *w, const struct pipe *p, const struct run *run)
{
    jw_open(w, '[');
    for (size_t i = 0; i < declared_count(p, run->version); i++) {
        CLEANUP(sb_release) struct sb value;
        struct declared declared = declared_at(p, run->version, i);
        bool is_there = false;

        sb_init(&value, VALUE_CAP);
        if (declared_value(p, run, declared.name, &value, &is_there, w->err) || !is_there)
            continue;
        jw_open(w, '{');
        jw_put_sv(w, "name", declared.name);
        jw_put_sv(w, "resolvedValue", sv_of(sb_cstr(&value)));
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

/* One variable's value. */
static enum err_code value_of(const struct pipe *p, const struct run *run, struct sv space,
                              const char *name, struct sb *out, bool *is_there, struct err *err)
{
    const struct shape *shape = run_shape(p, run);
    char id[UID_SIZE];

    if (sv_eq(space, SV("codepipeline")) && strcmp(name, "PipelineExecutionId") == 0) {
        *is_there = true;
        return sb_add(out, sv_of(uid_text(run->id, id)), err);
    }
    if (sv_eq(space, SV("variables")))
        return declared_value(p, run, sv_of(name), out, is_there, err);
    if (!shape->is_made)
        return ERR_OK;
    for (size_t i = 0; i < shape->stage_count; i++) {
        for (size_t a = 0; a < shape->stages[i].action_count; a++) {
            const struct action_shape *action = &shape->stages[i].actions[a];

            if (sv_eq(json_sv(action->json, "namespace"), space))
                return look_up(run_told(p, run, shape->stages[i].first + a)->variables, NULL, name,
                               out, is_there, err);
        }
    }
    return ERR_OK;
}

static enum err_code resolve_text(const struct pipe *p, const struct run *run, struct sv text,
                                  struct sb *out, char *missing, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && !rc) {
        ptrdiff_t at = sv_find(text, SV("#{"));
        struct sv rest = at < 0 ? SV_NONE : sv_drop(text, (size_t)at + 2);
        ptrdiff_t end = at < 0 ? -1 : sv_find(rest, SV("}"));
        bool is_there = false;
        char name[VALUES_MISSING];
        struct sv member;
        struct sv space;

        if (end < 0)
            return sb_add(out, text, err);
        rc = sb_add(out, sv_take(text, (size_t)at), err);
        space = sv_cut(sv_take(rest, (size_t)end), '.', &member);
        (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(member));
        if (!rc)
            rc = value_of(p, run, space, name, out, &is_there, err);
        if (!is_there && missing[0] == '\0')
            (void)snprintf(missing, VALUES_MISSING, SV_FMT, SV_ARG(sv_take(rest, (size_t)end)));
        text = sv_drop(rest, (size_t)end + 1);
    }
    return rc;
}

enum err_code values_resolve(const struct pipe *p, const struct run *run, const cJSON *texts,
                             cJSON **out, char missing[VALUES_MISSING], struct err *err)
{
    cJSON *made = cJSON_CreateObject();
    enum err_code rc = made == NULL ? mem_err(err) : ERR_OK;

    missing[0] = '\0';
    for (const cJSON *item = texts == NULL ? NULL : texts->child; item != NULL && !rc;
         item = item->next) {
        CLEANUP(sb_release) struct sb text;

        sb_init(&text, VALUE_CAP);
        rc = resolve_text(p, run, json_item_sv(item), &text, missing, err);
        if (!rc && !member_put(made, item->string, sv_of(sb_cstr(&text))))
            rc = mem_err(err);
    }
    if (rc)
        cJSON_Delete(made);
    else
        *out = made;
    return rc;
}

void values_render(struct jw *w, const struct pipe *p, const struct run *run, const cJSON *texts)
{
    char missing[VALUES_MISSING];
    cJSON *made = NULL;

    if (values_resolve(p, run, texts, &made, missing, w->err)) {
        jw_null(w);
        return;
    }
    render_json(w, made);
    cJSON_Delete(made);
}
