#include "core/sandbox/pipelines_act.h"

#include <stdarg.h>

#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/pipelines_made.h"
#include "core/sandbox/pipelines_values.h"

enum err_code act_keep(struct act *a, const char **out, const char *fmt, ...)
{
    char text[4096];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return world_intern(a->s->world, sv_of(text), out, a->err);
}

enum err_code act_fail(struct act *a, const char *code, const char *fmt, ...)
{
    char text[4096];
    va_list args;
    enum err_code rc;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    a->deed->code = code;
    rc = world_intern(a->s->world, sv_of(text), &a->deed->message, a->err);
    return rc ? rc : engine_end(a->s->world, a->p, a->run, a->number, false, a->err);
}

enum err_code act_succeed(struct act *a)
{
    bool is_good;
    enum err_code rc = act_put_artifacts(a, &is_good);

    return rc || !is_good ? rc : engine_end(a->s->world, a->p, a->run, a->number, true, a->err);
}

enum err_code act_wait(struct act *a, int64_t ms)
{
    struct later later;

    a->attempt->due_at = a->s->world->now_ms + service_quick(a->s, ms);
    engine_task(a->p, a->run, a->number, a->attempt->due_at, &later);
    pipe_touch(a->s->world, a->p, a->run);
    return later_add(a->s->records, &later, a->err);
}

static void session_arn(const struct act *a, char out[ACT_ROLE_MAX])
{
    struct sv rest = a->role;
    struct sv account;

    for (int i = 0; i < 4; i++)
        (void)sv_cut(rest, ':', &rest);
    account = sv_cut(rest, ':', &rest);
    while (sv_find(rest, SV("/")) >= 0)
        (void)sv_cut(rest, '/', &rest);
    (void)snprintf(out, ACT_ROLE_MAX, "arn:%s:sts::" SV_FMT ":assumed-role/" SV_FMT "/%lld",
                   arn_partition(sv_of(a->p->place->region)), SV_ARG(account), SV_ARG(rest),
                   (long long)a->attempt->started_at);
}

enum err_code act_allowed(struct act *a, const char *permission, const char *arn, bool *is_allowed)
{
    char session[ACT_ROLE_MAX];
    enum err_code rc =
        iam_role_allows(a->s, a->role, sv_of(permission), sv_of(arn), is_allowed, a->err);

    if (rc || *is_allowed)
        return rc;
    session_arn(a, session);
    return act_fail(a, "PermissionError",
                    "The provided role does not have sufficient permissions. User: %s is not "
                    "authorized to perform: %s on resource: %s because no identity-based policy "
                    "allows the %s action",
                    session, permission, arn, permission);
}

/* ---- sources ---- */

static bool puts_out(const struct action_shape *action, struct sv artifact)
{
    const cJSON *list = json_list(action->json, "outputArtifacts");

    for (const cJSON *o = list; o != NULL; o = o->next) {
        if (sv_eq(json_sv(o, "name"), artifact))
            return true;
    }
    return false;
}

bool act_source(struct act *a, struct sv artifact, struct codecommit_place *place,
                struct sv *commit)
{
    const struct stage_shape *stage = &run_shape(a->p, a->run)->stages[0];
    size_t found = 0;
    const cJSON *configuration;

    for (size_t i = 0; i < stage->action_count; i++) {
        if (puts_out(&stage->actions[i], artifact))
            found = i;
    }
    configuration = json_get(stage->actions[found].json, "configuration");
    *commit = sv_of(run_deed(a->p, a->run, found)->external_id);
    *place = (struct codecommit_place){0};
    if (stage->actions[found].provider == PROVIDER_CODECOMMIT)
        *place = (struct codecommit_place){.account = sv_of(a->p->place->account),
                                           .region = sv_of(a->p->place->region),
                                           .repository = json_sv(configuration, "RepositoryName")};
    return commit->len > 0;
}

/* ---- the task ---- */

/* NAME/RUN/ACTION/TRIES, of an action that still works. */
static bool find(struct service *s, const struct later *later, struct act *out)
{
    struct world *w = s->world;
    struct place *place = world_find_place(w, sv_of(later->account), sv_of(later->region));
    struct sv rest = sv_of(later->name);
    struct sv name = sv_cut(rest, '/', &rest);
    struct sv id = sv_cut(rest, '/', &rest);
    struct sv number = sv_cut(rest, '/', &rest);
    struct uid uid;
    int64_t action;
    int64_t tries;

    out->p = world_find_pipe(w, place, name);
    if (out->p == NULL || !uid_parse(id, &uid) || !sv_to_int(number, &action) ||
        !sv_to_int(rest, &tries))
        return false;
    out->run = pipe_find_run(out->p, uid);
    if (out->run == NULL || action < 0 ||
        (size_t)action >= run_shape(out->p, out->run)->action_count)
        return false;
    out->number = (size_t)action;
    out->action = shape_action(run_shape(out->p, out->run), out->number, NULL);
    out->attempt = &out->run->attempts[action];
    out->deed = run_deed(out->p, out->run, out->number);
    out->is_first = out->attempt->due_at == INT64_MAX;
    return out->deed != NULL && out->attempt->status == RUN_IN_PROGRESS &&
           out->attempt->tries == tries && (out->is_first || later->at_ms >= out->attempt->due_at);
}

static enum err_code do_it(struct act *a)
{
    const cJSON *type = json_get(a->action->json, "actionTypeId");

    switch (a->action->provider) {
    case PROVIDER_CODECOMMIT:
        return act_codecommit(a);
    case PROVIDER_CONNECTION:
        return act_connection(a);
    case PROVIDER_S3:
        return act_s3(a);
    case PROVIDER_CODEBUILD:
        return act_codebuild(a);
    case PROVIDER_CLOUDFORMATION:
        return act_cloudformation(a);
    case PROVIDER_LAMBDA:
    case PROVIDER_OTHER:
        return act_fail(a, "JobFailed",
                        "The sandbox does not act out actions of " SV_FMT " and " SV_FMT,
                        SV_ARG(json_sv(type, "category")), SV_ARG(json_sv(type, "provider")));
    case PROVIDER_MANUAL:
    case PROVIDER_COUNT:
        break;
    }
    return ERR_OK;
}

/* The action's own role must let itself be assumed by the pipeline's. */
static enum err_code choose_role(struct act *a, bool *is_good)
{
    struct sv own = json_sv(a->action->json, "roleArn");
    char session[ACT_ROLE_MAX];
    char why[IAM_WHY_MAX] = "";
    struct iam_caller caller = {.account = sv_of(a->p->place->account)};
    enum err_code rc;

    a->role = json_sv(made_definition(a->p, a->run->version), "roleArn");
    *is_good = true;
    if (own.len == 0)
        return ERR_OK;
    session_arn(a, session);
    caller.arn = sv_of(session);
    rc = iam_may_assume(a->s, &caller, own, is_good, why, a->err);
    if (!rc && !*is_good)
        rc = act_fail(a, "PermissionError",
                      "The role " SV_FMT " is not authorized to perform AssumeRole on role " SV_FMT
                      ". %s",
                      SV_ARG(a->role), SV_ARG(own), why);
    a->role = own;
    return rc;
}

static enum err_code act(struct act *a)
{
    char missing[VALUES_MISSING];
    bool is_good = true;
    enum err_code rc = values_resolve(a->p, a->run, json_get(a->action->json, "configuration"),
                                      &a->configuration, missing, a->err);

    if (!rc && missing[0] != '\0')
        return act_fail(a, "ConfigurationError",
                        "The variable %s is referenced in the configuration but could not be "
                        "resolved",
                        missing);
    if (!rc)
        rc = choose_role(a, &is_good);
    return rc || !is_good ? rc : do_it(a);
}

enum err_code pipelines_act(struct service *s, const struct later *later, struct err *err)
{
    struct act a = {.s = s, .err = err};
    enum err_code rc;

    if (!find(s, later, &a))
        return ERR_OK;
    rc = act(&a);
    cJSON_Delete(a.configuration);
    return rc;
}
