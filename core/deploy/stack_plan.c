/* A stack as part of a plan: its template's resources where there is none, else what a change set
 * would change. */
#include "core/base/json.h"
#include "core/deploy/stack.h"
#include "core/deploy/template.h"

/* ---- conditions: which of the template's resources will be made ---- */

struct reading {
    const cJSON *tree;
    const struct stack_wish *wish;
};

enum { CONDITION_DEPTH = 8 };

/* A parameter as it will be: given, or by default. */
static struct sv parameter_value(const struct reading *r, struct sv name)
{
    char key[256];

    for (size_t i = 0; i < r->wish->parameter_count; i++) {
        if (sv_eq(r->wish->parameters[i].key, name))
            return r->wish->parameters[i].value;
    }
    (void)snprintf(key, sizeof key, SV_FMT, SV_ARG(sv_take(name, 255)));
    return json_sv(json_get(json_get(r->tree, "Parameters"), key), "Default");
}

/* A text, a parameter, or a list of one joined: its first, which tells whether it is empty. */
static struct sv value_of(const struct reading *r, const cJSON *node)
{
    const cJSON *join = json_list(node, "Fn::Join");

    if (join != NULL && join->next != NULL)
        node = join->next;
    return cJSON_IsString(node) ? json_item_sv(node) : parameter_value(r, json_sv(node, "Ref"));
}

static bool condition_holds(const struct reading *r, const cJSON *node, int depth)
{
    const cJSON *equals = json_list(node, "Fn::Equals");
    const cJSON *not = json_list(node, "Fn::Not");

    if (depth == CONDITION_DEPTH)
        return true;
    if (not != NULL)
        return !condition_holds(r, not, depth + 1);
    if (equals != NULL && equals->next != NULL)
        return sv_eq(value_of(r, equals), value_of(r, equals->next));
    return true;
}

static bool is_made(const struct reading *r, struct sv logical)
{
    const cJSON *resource;
    const char *condition = NULL;

    cJSON_ArrayForEach(resource, json_get(r->tree, "Resources"))
    {
        if (sv_eq(sv_of(resource->string), logical))
            condition = json_sv(resource, "Condition").ptr;
    }
    return condition == NULL ||
           condition_holds(r, json_get(json_get(r->tree, "Conditions"), condition), 0);
}

static enum err_code plan_made(const struct planned_resource *made, const struct stack_wish *wish,
                               struct plan *plan, struct plan_step *step, struct err *err)
{
    bool is_there = sv_eq(made->logical, wish->there);
    struct sv detail = is_there        ? SV(STACK_IMPORTS)
                       : made->is_kept ? SV("kept when the stack is deleted")
                                       : SV("");
    struct plan_item *item =
        plan_item(plan, step, is_there ? EFFECT_KEEPS : EFFECT_CREATES, made->type,
                  made->physical.len > 0 ? made->physical : made->logical, detail);

    if (item == NULL)
        return arena_err(&plan->arena, err);
    item->cost = made->cost;
    return ERR_OK;
}

static enum err_code plan_new(const struct stack_wish *wish, struct plan *plan,
                              struct plan_step *step, struct err *err)
{
    struct reading r = {.wish = wish};
    struct planned_resource *resources;
    size_t count = 0;
    cJSON *tree = NULL;
    enum err_code rc = json_parse(wish->template_text, &tree, err);

    r.tree = tree;
    if (!rc)
        rc = template_resources(tree, &plan->arena, &resources, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        if (is_made(&r, resources[i].logical))
            rc = plan_made(&resources[i], wish, plan, step, err);
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
    return plan_new(wish, plan, step, err);
}
