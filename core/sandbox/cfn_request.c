#include "core/sandbox/cfn_request.h"

#include "core/sandbox/cfn_template.h"
#include "core/sandbox/s3.h"

void cfn_open(struct cfn *c, struct call *call)
{
    cfn_init(c, call->service, call->account, call->region, call->err);
    c->has_failed = call->has_failed;
}

void cfn_close(struct cfn *c, struct call *call)
{
    if (c->rc)
        (void)call_ok(call, c->rc);
    else if (c->why[0] != '\0')
        call_fail(call, c->status, c->code, "%s", c->why);
}

bool cfn_flag(const cJSON *in, const char *name)
{
    return sv_eq_nocase(json_sv(in, name), SV("true")) || json_bool(in, name, false);
}

void cfn_check_name(struct cfn *c, const char *member, struct sv name)
{
    bool is_good = name.len > 0 && name.len <= 128;

    for (size_t i = 0; i < name.len && is_good; i++) {
        char sign = name.ptr[i];
        bool is_letter = (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z');

        is_good = is_letter || (i > 0 && (sign == '-' || (sign >= '0' && sign <= '9')));
    }
    if (!is_good)
        cfn_refuse(c,
                   "1 validation error detected: Value '" SV_FMT
                   "' at '%s' failed to satisfy constraint: Member must satisfy regular expression "
                   "pattern: [a-zA-Z][-a-zA-Z0-9]*",
                   SV_ARG(sv_take(name, 200)), member);
}

static cJSON *text_at(struct cfn *c, struct sv url)
{
    CLEANUP(sb_release) struct sb bytes;
    struct err why = {0};
    enum err_code rc;

    sb_init(&bytes, REPLY_BODY_MAX);
    rc = s3_read_url(c->service, url, &bytes, &why);
    if (rc == ERR_NOT_FOUND)
        cfn_refuse(c, "%s", why.text);
    else if (rc)
        (void)cfn_ok(c, err_set(c->err, rc, "%s", why.text));
    else if (bytes.len > TEMPLATE_URL_MAX)
        cfn_refuse(c, "Template may not exceed 1000000 bytes in size.");
    return cfn_text(c, sb_sv(&bytes));
}

cJSON *cfn_template_text(struct cfn *c, const cJSON *in)
{
    struct sv body = json_sv(in, "TemplateBody");
    struct sv url = json_sv(in, "TemplateURL");

    if (body.len > 0 && url.len > 0)
        cfn_refuse(c, "You must specify only one of TemplateBody and TemplateURL.");
    if (body.len > TEMPLATE_BODY_MAX)
        cfn_refuse(c,
                   "1 validation error detected: Value at 'templateBody' failed to satisfy "
                   "constraint: Member must have length less than or equal to %d",
                   TEMPLATE_BODY_MAX);
    if (body.len == 0 && url.len == 0)
        cfn_refuse(c, "Either Template URL or Template Body must be specified.");
    if (c->has_failed)
        return NULL;
    return body.len > 0 ? cfn_text(c, body) : text_at(c, url);
}

void cfn_check_role(struct cfn *c, struct sv role_arn)
{
    struct iam_caller caller = {.account = SV(""), .arn = SV("cloudformation.amazonaws.com")};
    char why[IAM_WHY_MAX];
    bool may = false;

    if (c->has_failed || role_arn.len == 0)
        return;
    if (cfn_ok(c, iam_may_assume(c->service, &caller, role_arn, &may, why, c->err)) && !may)
        cfn_refuse(c, "Role " SV_FMT " is invalid or cannot be assumed", SV_ARG(role_arn));
}

/* A list of the request's; "Tags=" is an empty one. What is left out stays. */
static void put_list(struct cfn *c, const cJSON *in, const char *from, const cJSON *stack,
                     const char *name, cJSON *want)
{
    const cJSON *given = json_get(in, from);
    const cJSON *old = json_get(stack, name);

    if (cJSON_IsArray(given))
        (void)cfn_put(c, want, name, cfn_copy(c, given));
    else if (given != NULL || old == NULL)
        (void)cfn_put(c, want, name, cfn_list(c));
    else
        (void)cfn_put(c, want, name, cfn_copy(c, old));
}

static void check_tags(struct cfn *c, const cJSON *tags)
{
    if (cJSON_GetArraySize(tags) > 50)
        cfn_refuse(c, "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
                      "Member must have length less than or equal to 50");
    for (const cJSON *tag = tags == NULL ? NULL : tags->child; tag != NULL; tag = tag->next) {
        struct sv key = json_sv(tag, "Key");

        if (key.len == 0 || key.len > 128 || json_sv(tag, "Value").ptr == NULL ||
            json_sv(tag, "Value").len > 256)
            cfn_refuse(c, "1 validation error detected: Value at 'tags' failed to satisfy "
                          "constraint: a key has 1 to 128 characters, a value at most 256");
        else if (sv_starts(key, SV("aws:")))
            cfn_refuse(c, "aws: prefixed tag key names are not allowed for external use.");
    }
}

static void put_role(struct cfn *c, const cJSON *in, const cJSON *stack, cJSON *want)
{
    struct sv role = json_sv(in, "RoleARN");

    if (role.len == 0)
        role = json_sv(stack, "RoleARN");
    if (role.len > 0)
        cfn_put_text(c, want, "RoleARN", role);
    cfn_check_role(c, role);
}

cJSON *cfn_want(struct cfn *c, const cJSON *in, const cJSON *stack)
{
    bool keeps = cfn_flag(in, "UsePreviousTemplate");
    cJSON *want = cfn_object(c);
    cJSON *text = keeps && json_get(stack, "Text") != NULL ? cfn_copy(c, json_get(stack, "Text"))
                                                           : cfn_template_text(c, in);
    cJSON *template = cfn_read(c, json_item_sv(text));
    struct cfn_target target = {.stack_name = json_sv(stack, "Name"),
                                .stack_id = json_sv(stack, "Id")};

    if (template != NULL && json_get(template, "Description") != NULL)
        cfn_put_text(c, want, "Description", json_sv(template, "Description"));
    put_list(c, in, "Tags", stack, "Tags", want);
    put_list(c, in, "Capabilities", NULL, "Capabilities", want);
    put_list(c, in, "NotificationARNs", stack, "Notifications", want);
    if (!c->has_failed) {
        target.notifications = json_get(want, "Notifications");
        check_tags(c, json_get(want, "Tags"));
        cfn_check_capabilities(c, template, json_get(want, "Capabilities"));
        put_role(c, in, stack, want);
    }
    (void)cfn_put(c, want, "Text", text);
    if (!c->has_failed)
        (void)cfn_put(c, want, "Parameters",
                      cfn_parameters(c, template,
                                     cJSON_IsArray(json_get(in, "Parameters"))
                                         ? json_get(in, "Parameters")
                                         : NULL,
                                     json_get(stack, "Parameters")));
    if (!c->has_failed)
        (void)cfn_put(c, want, "Compiled",
                      cfn_compile(c, template, json_get(want, "Parameters"), &target));
    cJSON_Delete(template);
    if (!c->has_failed)
        return want;
    cJSON_Delete(want);
    return NULL;
}

void cfn_put_options(struct cfn *c, const cJSON *in, cJSON *stack)
{
    struct sv on_failure = json_sv(in, "OnFailure");
    struct sv token = json_sv(in, "ClientRequestToken");

    if (on_failure.ptr == NULL)
        on_failure = json_sv(in, "OnStackFailure");
    if (on_failure.len > 0 && cfn_flag(in, "DisableRollback"))
        cfn_refuse(c, "You can specify either DisableRollback or OnFailure but not both.");
    if (on_failure.len > 0 && !cfn_word("DO_NOTHING ROLLBACK DELETE", on_failure))
        cfn_refuse(c,
                   "1 validation error detected: Value '" SV_FMT
                   "' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value "
                   "set: [DELETE, DO_NOTHING, ROLLBACK]",
                   SV_ARG(sv_take(on_failure, 60)));
    cfn_put_bool(c, stack, "DisableRollback",
                 cfn_flag(in, "DisableRollback") || sv_eq(on_failure, SV("DO_NOTHING")));
    if (on_failure.len > 0)
        cfn_put_text(c, stack, "OnFailure", on_failure);
    cfn_put_bool(c, stack, "RetainExceptOnCreate", cfn_flag(in, "RetainExceptOnCreate"));
    if (token.len > 0) {
        cfn_put_text(c, stack, "Token", token);
        cfn_put_text(c, stack, "LastToken", token);
    } else {
        cfn_drop(stack, "Token");
    }
}

bool cfn_is_repeated(const cJSON *in, const char *member, const cJSON *record)
{
    struct sv token = json_sv(in, member);

    return token.len > 0 && sv_eq(token, json_sv(record, "LastToken"));
}
