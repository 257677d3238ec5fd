/* CloudFormation: templates, of a stack, of a change set or of a request. */
#include "core/sandbox/cfn_request.h"
#include "core/sandbox/cfn_template.h"

void cfn_get_template(struct call *call)
{
    struct sv name = call_text(call, "StackName", false);
    struct sv set_name = call_text(call, "ChangeSetName", false);
    struct cfn c;
    cJSON *stack;
    cJSON *set = NULL;
    cJSON *stages;

    cfn_open(&c, call);
    if (name.len == 0)
        cfn_refuse(&c, "StackName must be specified");
    stack = stack_find(&c, name);
    if (stack == NULL)
        cfn_refuse(&c, "Stack with id " SV_FMT " does not exist", SV_ARG(name));
    if (set_name.len > 0 && stack != NULL) {
        char key[CHANGE_SET_KEY_MAX];

        change_set_key(stack, set_name, key);
        set = change_set_load(&c, sv_of(key));
        if (set == NULL)
            cfn_refuse_as(&c, 404, "ChangeSetNotFound", "ChangeSet [" SV_FMT "] does not exist",
                          SV_ARG(set_name));
    }
    if (json_get(set == NULL ? stack : set, "Text") != NULL)
        call_put(call, "TemplateBody", json_sv(set == NULL ? stack : set, "Text"));
    stages = cfn_put(&c, call->out, "StagesAvailable", cfn_list(&c));
    cfn_add_once(&c, stages, SV("Original"));
    cfn_add_once(&c, stages, SV("Processed"));
    cJSON_Delete(stack);
    cJSON_Delete(set);
    cfn_close(&c, call);
}

static void show_constraints(struct cfn *c, const cJSON *definition, cJSON *to)
{
    const cJSON *allowed = json_get(definition, "AllowedValues");
    cJSON *constraints;

    cfn_put_text(c, to, "ParameterType", json_sv(definition, "Type"));
    constraints = cfn_put(c, to, "ParameterConstraints", cfn_object(c));
    if (allowed != NULL)
        (void)cfn_put(c, constraints, "AllowedValues", cfn_copy(c, allowed));
}

static void show_definitions(struct cfn *c, const cJSON *template, cJSON *to, bool has_constraints)
{
    const cJSON *all = json_get(template, "Parameters");
    cJSON *list = cfn_put(c, to, "Parameters", cfn_list(c));

    for (const cJSON *d = all == NULL ? NULL : all->child; d != NULL; d = d->next) {
        cJSON *item = cfn_put(c, list, NULL, cfn_object(c));
        bool is_hidden = json_bool(d, "NoEcho", false) || sv_eq(json_sv(d, "NoEcho"), SV("true"));

        cfn_put_text(c, item, "ParameterKey", sv_of(d->string));
        if (json_get(d, "Default") != NULL)
            (void)cfn_put(c, item, "DefaultValue", cfn_copy(c, json_get(d, "Default")));
        cfn_put_bool(c, item, "NoEcho", is_hidden);
        if (json_get(d, "Description") != NULL)
            cfn_put_text(c, item, "Description", json_sv(d, "Description"));
        if (has_constraints)
            show_constraints(c, d, item);
    }
}

static void show_capabilities(struct cfn *c, const cJSON *template, cJSON *to)
{
    cJSON *types = cfn_list(c);
    const char *needed = cfn_capability(c, template, types);
    cJSON *list = cfn_put(c, to, "Capabilities", cfn_list(c));
    char names[800];

    if (needed[0] != '\0') {
        cfn_add_once(c, list, sv_of(needed));
        cfn_join(types, names, sizeof names);
        (void)cfn_put(c, to, "CapabilitiesReason",
                      cfn_textf(c, "The following resource(s) require capabilities: [%s]", names));
    }
    cJSON_Delete(types);
}

void cfn_validate_template(struct call *call)
{
    struct cfn c;
    cJSON *text;
    cJSON *template;

    cfn_open(&c, call);
    text = cfn_template_text(&c, call->in);
    template = cfn_read(&c, json_item_sv(text));
    if (template != NULL) {
        show_definitions(&c, template, call->out, false);
        if (json_get(template, "Description") != NULL)
            call_put(call, "Description", json_sv(template, "Description"));
        show_capabilities(&c, template, call->out);
    }
    cJSON_Delete(text);
    cJSON_Delete(template);
    cfn_close(&c, call);
}

static cJSON *text_of(struct cfn *c, const cJSON *in)
{
    struct sv name = json_sv(in, "StackName");
    cJSON *stack;
    cJSON *text;

    if (name.len == 0)
        return cfn_template_text(c, in);
    stack = stack_need(c, name);
    text = json_get(stack, "Text") == NULL ? NULL : cfn_copy(c, json_get(stack, "Text"));
    cJSON_Delete(stack);
    return text;
}

static void show_types(struct cfn *c, const cJSON *template, cJSON *to)
{
    cJSON *types = cfn_put(c, to, "ResourceTypes", cfn_list(c));

    for (const cJSON *r = json_get(template, "Resources")->child; r != NULL; r = r->next)
        cfn_add_once(c, types, json_sv(r, "Type"));
}

void cfn_summarize_template(struct call *call)
{
    struct cfn c;
    cJSON *text;
    cJSON *template;

    cfn_open(&c, call);
    text = text_of(&c, call->in);
    template = cfn_read(&c, json_item_sv(text));
    if (template != NULL) {
        show_definitions(&c, template, call->out, true);
        if (json_get(template, "Description") != NULL)
            call_put(call, "Description", json_sv(template, "Description"));
        show_capabilities(&c, template, call->out);
        show_types(&c, template, call->out);
        if (json_get(template, "AWSTemplateFormatVersion") != NULL)
            call_put(call, "Version", json_sv(template, "AWSTemplateFormatVersion"));
        cfn_put_metadata(&c, json_get(template, "Metadata"), call->out);
        (void)cfn_put(&c, call->out, "DeclaredTransforms", cfn_list(&c));
    }
    cJSON_Delete(text);
    cJSON_Delete(template);
    cfn_close(&c, call);
}
