/* A stack as part of a plan: its template's resources where there is none, else what a change set
 * would change. */
#include "core/base/json.h"
#include "core/deploy/stack.h"
#include "core/deploy/template.h"

static enum err_code plan_new(struct sv text, struct plan *plan, struct plan_step *step,
                              struct err *err)
{
    struct planned_resource *resources;
    size_t count = 0;
    cJSON *tree = NULL;
    enum err_code rc = json_parse(text, &tree, err);

    if (!rc)
        rc = template_resources(tree, &plan->arena, &resources, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        const struct planned_resource *r = &resources[i];
        struct plan_item *item = plan_item(
            plan, step, EFFECT_CREATES, r->type, r->physical.len > 0 ? r->physical : r->logical,
            r->is_kept ? SV("kept when the stack is deleted") : SV(""));

        if (item == NULL)
            rc = arena_err(&plan->arena, err);
        else
            item->cost = r->cost;
    }
    cJSON_Delete(tree);
    return rc;
}

static enum err_code plan_old(struct task *task, const struct stack_place *place,
                              const struct stack_wish *wish, struct plan *plan,
                              struct plan_step *step, uint64_t *digest, struct err *err)
{
    enum err_code rc;

    if (place->deploy->is_read_only) {
        defects_warn(plan->defects, "",
                     "read-only: AWS is not asked for a change set, so the stack's changes are not "
                     "shown");
        return ERR_OK;
    }
    rc = stack_preview(task, place, wish, plan, step, digest, err);
    if (!rc && step->items == NULL &&
        plan_item(plan, step, EFFECT_KEEPS, SV("stack"), place->name, SV("as it should be")) ==
            NULL)
        rc = arena_err(&plan->arena, err);
    return rc;
}

enum err_code stack_plan(struct task *task, const struct stack_place *place,
                         const struct stack_wish *wish, const struct stack *stack,
                         enum stack_standing standing, struct plan *plan, struct plan_step *step,
                         uint64_t *digest, struct err *err)
{
    *digest = 0;
    switch (standing) {
    case STACK_GOOD:
        return plan_old(task, place, wish, plan, step, digest, err);
    case STACK_DEAD:
    case STACK_DELETE_FAILED:
        if (plan_item(plan, step, EFFECT_DELETES, SV("stack"), place->name,
                      SV("what a failed try left; nothing of it is in use")) == NULL)
            return arena_err(&plan->arena, err);
        break;
    case STACK_BUSY:
    case STACK_STUCK:
    case STACK_BROKEN:
        defects_warn(plan->defects, "",
                     "stack " SV_FMT " is " SV_FMT ": it is brought to rest first",
                     SV_ARG(place->name), SV_ARG(stack->status));
        return ERR_OK;
    case STACK_ABSENT:
    case STACK_REVIEW:
        break;
    }
    return plan_new(wish->template_text, plan, step, err);
}
