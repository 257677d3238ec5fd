/* A stack's outputs: what its template says of what was made, and the exports among them. */
#include "core/sandbox/cfn_intrinsics.h"
#include "core/sandbox/cfn_records.h"

static cJSON *compute(struct cfn *c, const cJSON *stack)
{
    struct cfn_scope x = {.c = c,
                          .made = json_get(stack, "Resources"),
                          .stack_name = json_sv(stack, "Name"),
                          .stack_id = json_sv(stack, "Id")};
    const cJSON *all = json_get(json_get(stack, "Compiled"), "Outputs");
    cJSON *list = cfn_list(c);

    for (const cJSON *o = all == NULL ? NULL : all->child; o != NULL && !c->has_failed;
         o = o->next) {
        cJSON *value = cfn_eval(&x, json_get(o, "Value"));
        cJSON *output = cfn_put(c, list, NULL, cfn_object(c));

        cfn_put_text(c, output, "OutputKey", sv_of(o->string));
        if (cJSON_IsNumber(value))
            (void)cfn_put(c, output, "OutputValue", cfn_textf(c, "%.15g", value->valuedouble));
        else if (cJSON_IsBool(value))
            cfn_put_text(c, output, "OutputValue", cJSON_IsTrue(value) ? SV("true") : SV("false"));
        else if (cJSON_IsString(value))
            cfn_put_text(c, output, "OutputValue", json_item_sv(value));
        else
            cfn_refuse(c,
                       "Template format error: Output %s is malformed. The Value must be a "
                       "String",
                       o->string);
        cJSON_Delete(value);
        if (json_get(o, "Description") != NULL)
            (void)cfn_put(c, output, "Description", cfn_copy(c, json_get(o, "Description")));
        if (json_get(o, "Export") != NULL)
            (void)cfn_put(c, output, "ExportName", cfn_eval(&x, json_get(o, "Export")));
    }
    return list;
}

bool stack_set_outputs(struct cfn *c, cJSON *stack, char why[STACK_WHY_MAX])
{
    struct cfn inner;
    cJSON *outputs;

    cfn_init(&inner, c->service, c->account, c->region, c->err);
    outputs = compute(&inner, stack);
    if (!inner.has_failed)
        stack_set_exports(&inner, stack, outputs);
    (void)cfn_ok(c, inner.rc);
    (void)snprintf(why, STACK_WHY_MAX, "%s", inner.why);
    if (inner.has_failed)
        cJSON_Delete(outputs);
    else
        (void)cfn_put(c, stack, "Outputs", outputs);
    return !inner.has_failed;
}
