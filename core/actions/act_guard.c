#include "core/actions/act_parts.h"
#include "core/actions/frozen.h"
#include "core/base/time.h"

/* One that is there, by its name or the stage that it is for. */
static void add_environment(const struct act *act, struct sv name, struct frozen_names *out)
{
    const struct environment *e =
        environment_find(act->deploy->environments, act->deploy->environment_count, name);

    frozen_add(out, name);
    if (e != NULL)
        frozen_add(out, e->stage);
}

/* The environments that it touches, as they are and as they would be. */
static void touched(const struct act *act, struct frozen_names *out)
{
    const struct act_input *in = &act->input;
    const struct environment *before = NULL;

    *out = (struct frozen_names){.count = 0};
    if (act->action == ACTION_ENVIRONMENT_ADD || act->action == ACTION_ENVIRONMENT_EDIT) {
        frozen_add(out, in->environment.name);
        frozen_add(out, in->environment.stage);
        before = environment_find(act->deploy->environments, act->deploy->environment_count,
                                  in->environment.name);
    }
    if (before != NULL)
        frozen_add(out, before->stage);
    if (act->action == ACTION_ENVIRONMENT_REMOVE || act->action == ACTION_BOOTSTRAP) {
        for (size_t i = 0; i < in->name_count; i++)
            add_environment(act, in->names[i], out);
    }
    if (act->action == ACTION_CREATE || act->action == ACTION_EDIT) {
        frozen_add_definition(out, &in->definition);
        out->pipeline = in->definition.name;
    }
    if (act->action == ACTION_EDIT)
        frozen_add_definition(out, &act->work->change.before.definition);
    if (act->action == ACTION_DELETE)
        frozen_add_definition(out, &act->work->removal.made.definition);
}

static enum err_code put_freeze(const struct act *act, struct plan *plan, struct err *err)
{
    struct frozen_names names;
    char text[GUARD_TEXT_MAX];
    enum err_code rc;

    if (action_is_operation(act->action))
        return ERR_OK;
    touched(act, &names);
    rc = frozen_judge(act->deploy->env, &names, text, err);
    if (!rc && text[0] != '\0')
        defects_refuse(plan->defects, "freeze", "%s", text);
    return rc;
}

/* Again, since a freeze may have begun while the plan was read. */
static enum err_code check_freeze(const struct act *act, struct err *err)
{
    struct frozen_names names;
    char text[GUARD_TEXT_MAX];
    enum err_code rc;

    if (action_is_operation(act->action))
        return ERR_OK;
    touched(act, &names);
    rc = frozen_judge(act->deploy->env, &names, text, err);
    if (!rc && text[0] != '\0')
        rc = err_set(err, ERR_FAILED, "nothing was done: %s", text);
    return rc;
}

/* Taking away wants a name in any case, and an environment that is told of for the first time has
 * nothing to protect yet. */
static enum err_code find_protected(const struct act *act, bool is_locked, struct sv *out,
                                    struct err *err)
{
    struct frozen_names names;

    *out = SV("");
    if (act->action != ACTION_CREATE && act->action != ACTION_EDIT &&
        act->action != ACTION_DELETE && act->action != ACTION_ENVIRONMENT_EDIT &&
        act->action != ACTION_BOOTSTRAP)
        return ERR_OK;
    touched(act, &names);
    names.is_locked = is_locked;
    return frozen_protected(act->deploy->env, &names, out, err);
}

/* The pipeline's name is typed, or the environment's; of several that are bootstrapped at once the
 * first that is protected. */
static enum err_code put_protected(const struct act *act, struct plan *plan, struct err *err)
{
    char name[SUBJECT_SIZE];
    struct sv found;
    enum err_code rc = find_protected(act, false, &found, err);

    if (rc || found.len == 0 || plan->confirm[0] != '\0' || plan->is_nothing)
        return rc;
    plan->guarded = arena_sv(&plan->arena, found);
    if (plan->guarded.ptr == NULL)
        return arena_err(&plan->arena, err);
    plan->guarded_count = 1;
    if (act->action == ACTION_BOOTSTRAP)
        (void)snprintf(plan->confirm, sizeof plan->confirm, SV_FMT, SV_ARG(sv_take(found, 100)));
    else
        (void)snprintf(plan->confirm, sizeof plan->confirm, "%.100s", act_subject(act, name));
    return ERR_OK;
}

static enum err_code check_protected(const struct act *act, struct err *err)
{
    struct sv found;
    enum err_code rc;

    if (act->plan.confirm[0] != '\0')
        return ERR_OK;
    rc = find_protected(act, false, &found, err);
    if (rc || found.len == 0)
        return rc;
    return err_set(err, ERR_FAILED,
                   "nothing was done: " SV_FMT
                   " is protected, and the unlock has ended: make the plan again",
                   SV_ARG(sv_take(found, 64)));
}

enum err_code act_guard_put(const struct act *act, struct plan *plan, struct err *err)
{
    enum err_code rc = put_freeze(act, plan, err);

    return rc ? rc : put_protected(act, plan, err);
}

enum err_code act_guard_check(const struct act *act, struct err *err)
{
    enum err_code rc = check_protected(act, err);

    return rc ? rc : check_freeze(act, err);
}

void act_guard_unlock(const struct act *act, char out[GUARD_UNLOCK_MAX])
{
    struct sv found;

    out[0] = '\0';
    if (act->plan.confirm[0] == '\0' && find_protected(act, true, &found, NULL) == ERR_OK &&
        found.len > 0)
        guard_unlock_text(time_wall_ms(), out);
}
