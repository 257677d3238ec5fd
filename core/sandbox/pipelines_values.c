#include "core/sandbox/pipelines_values.h"

#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/pipelines_made.h"
#include "core/sandbox/render.h"

enum { GIVEN_CAP = 1 << 20, VALUE_CAP = 64 << 10, MISSING_SIZE = 128 };

static const cJSON *named(const cJSON *list, const char *member, struct sv name)
{
    const cJSON *item = list;

    while (item != NULL && !sv_eq(json_sv(item, member), name))
        item = item->next;
    return item;
}

static bool read_variables(struct input *in, const cJSON *definition, cJSON *out)
{
    const cJSON *declared = json_list(definition, "variables");
    bool is_good = true;

    for (const cJSON *v = json_list(in->json, "variables"); v != NULL && is_good; v = v->next) {
        struct sv name = json_sv(v, "name");
        char text[129];

        if (named(declared, "name", name) == NULL)
            input_fail(in, "ValidationException", "The pipeline declares no variable '" SV_FMT "'",
                       SV_ARG(name));
        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
        is_good = member_put(out, text, json_sv(v, "value"));
    }
    return is_good;
}

static bool read_revisions(struct input *in, const cJSON *definition, cJSON *out)
{
    const cJSON *sources = json_list(json_list(definition, "stages"), "actions");
    bool is_good = true;

    for (const cJSON *r = json_list(in->json, "sourceRevisions"); r != NULL && is_good;
         r = r->next) {
        struct sv name = json_sv(r, "actionName");
        char text[129];

        if (named(sources, "name", name) == NULL)
            input_fail(in, "ValidationException",
                       "The pipeline has no source action '" SV_FMT "' whose revision can be given",
                       SV_ARG(name));
        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
        is_good = member_put(out, text, json_sv(r, "revisionValue"));
    }
    return is_good;
}

enum err_code given_read(struct input *in, const struct pipe *p, const char **out, struct err *err)
{
    const cJSON *definition = made_definition(p, p->version);
    cJSON *given;
    char *text = NULL;
    enum err_code rc = ERR_OK;

    if (definition == NULL || (json_list(in->json, "variables") == NULL &&
                               json_list(in->json, "sourceRevisions") == NULL))
        return ERR_OK;
    given = cJSON_CreateObject();
    if (member_object(given, "variables") != NULL && member_object(given, "revisions") != NULL &&
        read_variables(in, definition, member_object(given, "variables")) &&
        read_revisions(in, definition, member_object(given, "revisions")))
        text = cJSON_PrintUnformatted(given);
    if (text == NULL)
        rc = mem_err(err);
    else if (!in->has_failed)
        rc = world_intern(in->service->world, sv_of(text), out, err);
    cJSON_free(text);
    cJSON_Delete(given);
    return rc;
}

/* The text of an object's member, which is kept as JSON in a deed. */
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

enum err_code given_revision(const struct pipe *p, const struct run *run, const char *action,
                             struct sb *out, struct err *err)
{
    bool is_there = false;

    return look_up(run_told(p, run, run_shape(p, run)->action_count)->variables, "revisions",
                   action, out, &is_there, err);
}

/* One variable's value. */
static enum err_code value_of(const struct pipe *p, const struct run *run, struct sv space,
                              const char *name, struct sb *out, bool *is_there, struct err *err)
{
    const struct shape *shape = run_shape(p, run);
    const cJSON *declared = json_list(made_definition(p, run->version), "variables");
    char id[UID_SIZE];
    enum err_code rc;

    if (sv_eq(space, SV("codepipeline")) && strcmp(name, "PipelineExecutionId") == 0) {
        *is_there = true;
        return sb_add(out, sv_of(uid_text(run->id, id)), err);
    }
    if (sv_eq(space, SV("variables"))) {
        const cJSON *variable = named(declared, "name", sv_of(name));

        rc = look_up(run_told(p, run, shape->action_count)->variables, "variables", name, out,
                     is_there, err);
        if (rc || *is_there || json_get(variable, "defaultValue") == NULL)
            return rc;
        *is_there = true;
        return sb_add(out, json_sv(variable, "defaultValue"), err);
    }
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
        char name[MISSING_SIZE];
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
            (void)snprintf(missing, MISSING_SIZE, SV_FMT, SV_ARG(sv_take(rest, (size_t)end)));
        text = sv_drop(rest, (size_t)end + 1);
    }
    return rc;
}

enum err_code values_resolve(const struct pipe *p, const struct run *run,
                             const struct action_shape *action, cJSON **out, char *missing,
                             struct err *err)
{
    const cJSON *given = json_get(action->json, "configuration");
    cJSON *made = cJSON_CreateObject();
    enum err_code rc = made == NULL ? mem_err(err) : ERR_OK;

    missing[0] = '\0';
    for (const cJSON *item = given == NULL ? NULL : given->child; item != NULL && !rc;
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

void values_render(struct jw *w, const struct pipe *p, const struct run *run,
                   const struct action_shape *action)
{
    char missing[MISSING_SIZE];
    cJSON *made = NULL;

    if (values_resolve(p, run, action, &made, missing, w->err)) {
        jw_null(w);
        return;
    }
    render_json(w, made);
    cJSON_Delete(made);
}
