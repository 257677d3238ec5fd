/* Of the AWS CLI what a build needs: who it is, whom it becomes, and a stack's deployment. */
#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/sandbox/codebuild_tools.h"
#include "core/sandbox/members.h"

enum { TEMPLATE_CAP = 1 << 20 };

enum err_code aws_assume_role(struct build *b, const cJSON *words, struct acting *a)
{
    struct sv role = tool_option(words, "--role-arn");
    char why[IAM_WHY_MAX] = "";
    bool may = false;
    enum err_code rc = tool_may_assume(b, role, tool_option(words, "--external-id"), &may, why);

    if (rc)
        return rc;
    if (!may) {
        a->status = 254;
        return build_log(b,
                         "An error occurred (AccessDenied) when calling the AssumeRole operation: "
                         "%s",
                         why);
    }
    if (!member_put(b->work, "assumed", role))
        return mem_err(b->err);
    /* Nothing reads them: what counts is who is acting from now on. */
    return acting_print(b, a, "%s", a->is_captured ? "ASIAPENSTOCKBUILD000 hidden hidden" : "");
}

enum err_code aws_who_am_i(struct build *b, const cJSON *words, struct acting *a)
{
    struct sv query = tool_option(words, "--query");
    char arn[BUILD_ARN_MAX];

    build_session_arn(b, arn);
    if (sv_eq(query, SV("Account")))
        return acting_print(b, a, SV_FMT, SV_ARG(build_acting_account(b)));
    if (sv_eq(query, SV("Arn")))
        return acting_print(b, a, "%s", arn);
    return acting_print(b, a,
                        "{\"UserId\": \"AROAPENSTOCKBUILD000:codebuild\", \"Account\": \"" SV_FMT
                        "\", \"Arn\": \"%s\"}",
                        SV_ARG(build_acting_account(b)), arn);
}

/* One value becomes its parameter's default. */
static bool set_default(cJSON *parameters, struct sv key, struct sv value)
{
    char name[256];

    (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(key));
    return json_get(parameters, name) == NULL ||
           member_put(cJSON_GetObjectItemCaseSensitive(parameters, name), "Default", value);
}

/* {"Parameters":{K:V}}, [{"ParameterKey","ParameterValue"}] or ["K=V"]. */
static bool set_from(cJSON *parameters, const cJSON *given)
{
    const cJSON *object = json_get(given, "Parameters");
    bool is_good = true;

    for (const cJSON *m = object == NULL ? NULL : object->child; m != NULL && is_good; m = m->next)
        is_good = set_default(parameters, sv_of(m->string), json_item_sv(m));
    for (const cJSON *m = cJSON_IsArray(given) ? given->child : NULL; m != NULL && is_good;
         m = m->next) {
        struct sv value = json_sv(m, "ParameterValue");
        struct sv key = json_sv(m, "ParameterKey");

        if (cJSON_IsString(m))
            key = sv_cut(json_item_sv(m), '=', &value);
        is_good = set_default(parameters, key, value);
    }
    return is_good;
}

/* "file://PATH" of the commit. Sets the status when it is not there or no JSON. */
static enum err_code set_from_file(struct build *b, cJSON *parameters, struct sv path,
                                   struct acting *a)
{
    CLEANUP(sb_release) struct sb text;
    struct err missing = {0};
    cJSON *given = NULL;
    bool is_good;

    sb_init(&text, TEMPLATE_CAP);
    if (build_file(b, path, &text, &missing) || json_parse(sb_sv(&text), &given, &missing)) {
        a->status = 255;
        return build_log(b, "Unable to load paramfile file://" SV_FMT ": %s", SV_ARG(path),
                         missing.text);
    }
    is_good = set_from(parameters, given);
    cJSON_Delete(given);
    return is_good ? ERR_OK : mem_err(b->err);
}

static enum err_code set_all(struct build *b, const cJSON *words, cJSON *parameters,
                             struct acting *a)
{
    bool is_on = false;
    enum err_code rc = ERR_OK;

    for (const cJSON *w = words->child; w != NULL && !rc && a->status == 0; w = w->next) {
        struct sv text = json_item_sv(w);
        struct sv value = SV_NONE;
        struct sv key = sv_cut(text, '=', &value);

        if (sv_starts(text, SV("--")))
            is_on = sv_eq(text, SV("--parameter-overrides"));
        else if (is_on && sv_starts(text, SV("file://")))
            rc = set_from_file(b, parameters, sv_drop(text, 7), a);
        else if (is_on && value.ptr != NULL && !set_default(parameters, key, value))
            rc = mem_err(b->err);
    }
    return rc;
}

/* What follows --parameter-overrides becomes the parameters' defaults: a deployment takes none. */
static enum err_code override(struct build *b, const cJSON *words, struct sb *text,
                              struct acting *a)
{
    cJSON *json = NULL;
    char *printed = NULL;
    struct err bad = {0};
    enum err_code rc;

    if (!tool_flag(words, "--parameter-overrides") || yaml_parse(sb_sv(text), &json, &bad))
        return ERR_OK; /* CloudFormation says what is wrong with it */
    rc = set_all(b, words, cJSON_GetObjectItemCaseSensitive(json, "Parameters"), a);
    if (!rc)
        printed = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    if (!rc && printed == NULL)
        rc = mem_err(b->err);
    sb_clear(text);
    if (!rc)
        rc = sb_add(text, sv_of(printed), b->err);
    cJSON_free(printed);
    return rc;
}

static enum err_code may_deploy(struct build *b, const struct cloudformation_ask *ask,
                                struct acting *a, bool *may)
{
    struct sv assumed = json_sv(b->work, "assumed");
    struct sv role = assumed.len > 0 ? assumed : json_sv(b->work, "role");
    char session[BUILD_ARN_MAX];
    char arn[700];
    enum err_code rc;

    (void)snprintf(arn, sizeof arn,
                   "arn:%s:cloudformation:" SV_FMT ":" SV_FMT ":stack/" SV_FMT "/*",
                   arn_partition(ask->region), SV_ARG(ask->region), SV_ARG(ask->account),
                   SV_ARG(sv_take(ask->stack_name, 128)));
    rc = iam_role_allows(b->s, role, SV("cloudformation:CreateChangeSet"), sv_of(arn), may, b->err);
    if (rc || *may)
        return rc;
    a->status = 254;
    build_session_arn(b, session);
    return build_log(b,
                     "An error occurred (AccessDenied) when calling the CreateChangeSet operation: "
                     "User: %s is not authorized to perform: cloudformation:CreateChangeSet on "
                     "resource: %s because no identity-based policy allows the "
                     "cloudformation:CreateChangeSet action",
                     session, arn);
}

enum err_code aws_deploy(struct build *b, const cJSON *words, struct acting *a)
{
    CLEANUP(sb_release) struct sb text;
    const cJSON *wait = json_get(b->work, "wait");
    struct sv file = tool_option(words, "--template-file");
    struct sv region = tool_option(words, "--region");
    struct cloudformation_ask ask = {.account = build_acting_account(b),
                                     .region = region.len > 0 ? region : build_acting_region(b),
                                     .stack_name = tool_option(words, "--stack-name"),
                                     .role_arn = tool_option(words, "--role-arn")};
    struct err missing = {0};
    cJSON *tags;
    bool may = false;
    enum err_code rc;

    sb_init(&text, TEMPLATE_CAP);
    if (wait != NULL)
        return tool_look(b, a, wait);
    if (file.len == 0 || ask.stack_name.len == 0) {
        a->status = 252;
        return build_log(b, "aws: error: the following arguments are required: --template-file, "
                            "--stack-name");
    }
    if (build_file(b, file, &text, &missing)) {
        a->status = 255;
        return build_log(b, "Invalid template path " SV_FMT, SV_ARG(file));
    }
    rc = may_deploy(b, &ask, a, &may);
    if (rc || !may)
        return rc;
    rc = override(b, words, &text, a);
    if (rc || a->status != 0)
        return rc;
    tags = tool_tags(words);
    ask.template_text = sb_sv(&text);
    ask.tags = tags;
    rc = tags == NULL ? mem_err(b->err)
                      : tool_deploy(b, a, &ask, tool_flag(words, "--fail-on-empty-changeset"));
    cJSON_Delete(tags);
    return rc;
}
