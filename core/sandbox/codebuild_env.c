/* A build's environment: what CodeBuild gives it, the project's variables, the buildspec's. */
#include "core/base/mem.h"
#include "core/sandbox/codebuild_work.h"
#include "core/sandbox/members.h"

struct sv build_variable(const struct build *b, const char *name)
{
    return json_sv(json_get(b->work, "env"), name);
}

enum err_code build_set_variable(struct build *b, const char *name, struct sv value)
{
    cJSON *env = member_object(b->work, "env");

    if (value.ptr == NULL)
        value = SV("");
    return env != NULL && member_put(env, name, value) ? ERR_OK : mem_err(b->err);
}

/* A value that no log may show. */
static enum err_code set_masked(struct build *b, const char *name, struct sv value)
{
    cJSON *masks = member_list(b->work, "masks");

    if (masks == NULL || !list_add(masks, sv_of(name)))
        return mem_err(b->err);
    return build_set_variable(b, name, value);
}

static enum err_code add_own(struct build *b)
{
    const char *uuid = strchr(b->id, ':');
    char number[24];
    const struct {
        const char *name;
        struct sv value;
    } own[] = {
        {"AWS_REGION", b->region},
        {"AWS_DEFAULT_REGION", b->region},
        {"CODEBUILD_BUILD_ID", sv_of(b->id)},
        {"CODEBUILD_BUILD_ARN", json_sv(b->record, "arn")},
        {"CODEBUILD_BUILD_SUCCEEDING", SV("1")},
        {"CODEBUILD_INITIATOR", json_sv(b->record, "initiator")},
        {"CODEBUILD_LOG_PATH", sv_of(uuid == NULL ? "" : uuid + 1)},
        {"CODEBUILD_RESOLVED_SOURCE_VERSION", json_sv(b->work, "commit")},
        {"CODEBUILD_SOURCE_VERSION", json_sv(b->record, "sourceVersion")},
        {"CODEBUILD_SRC_DIR", SV("/codebuild/output/src")},
        {"HOME", SV("/root")},
    };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(own) && !rc; i++)
        rc = build_set_variable(b, own[i].name, own[i].value);
    (void)snprintf(number, sizeof number, "%lld", (long long)json_int(b->record, "buildNumber", 1));
    return rc ? rc : build_set_variable(b, "CODEBUILD_BUILD_NUMBER", sv_of(number));
}

static enum err_code denied(struct build *b, const char *action, const char *arn, char *why,
                            size_t size, bool *is_denied)
{
    char session[BUILD_ARN_MAX];
    bool allows = false;
    enum err_code rc =
        iam_role_allows(b->s, json_sv(b->work, "role"), sv_of(action), sv_of(arn), &allows, b->err);

    *is_denied = !allows;
    if (rc || allows)
        return rc;
    build_session_arn(b, session);
    (void)snprintf(why, size,
                   "AccessDeniedException: User: %s is not authorized to perform: %s on resource: "
                   "%s because no identity-based policy allows the %s action",
                   session, action, arn, action);
    return ERR_OK;
}

static enum err_code add_parameter(struct build *b, const char *name, struct sv path, char *why,
                                   size_t size)
{
    struct record_key key = {
        .kind = "ssm.parameter", .account = b->account, .region = b->region, .name = path};
    cJSON *record = NULL;
    char arn[1300];
    bool is_denied = false;
    enum err_code rc;

    (void)snprintf(arn, sizeof arn, "arn:%s:ssm:" SV_FMT ":" SV_FMT ":parameter%s" SV_FMT,
                   arn_partition(b->region), SV_ARG(b->region), SV_ARG(b->account),
                   sv_starts(path, SV("/")) ? "" : "/", SV_ARG(sv_take(path, 1011)));
    rc = denied(b, "ssm:GetParameters", arn, why, size, &is_denied);
    if (rc || is_denied)
        return rc;
    rc = record_get(b->s->records, &key, &record, b->err);
    if (!rc && record == NULL)
        (void)snprintf(why, size, "parameter does not exist: " SV_FMT, SV_ARG(sv_take(path, 1011)));
    if (record != NULL)
        rc = set_masked(b, name, json_sv(record, "Value"));
    cJSON_Delete(record);
    return rc;
}

/* Its value stays unknown: nothing that is acted out needs one. */
static enum err_code add_secret(struct build *b, const char *name, struct sv id, char *why,
                                size_t size)
{
    char arn[700];
    bool is_denied = false;
    enum err_code rc;

    if (sv_starts(id, SV("arn:")))
        (void)snprintf(arn, sizeof arn, SV_FMT, SV_ARG(sv_take(id, 600)));
    else
        (void)snprintf(arn, sizeof arn,
                       "arn:%s:secretsmanager:" SV_FMT ":" SV_FMT ":secret:" SV_FMT "-??????",
                       arn_partition(b->region), SV_ARG(b->region), SV_ARG(b->account),
                       SV_ARG(sv_take(sv_cut(id, ':', &(struct sv){0}), 512)));
    rc = denied(b, "secretsmanager:GetSecretValue", arn, why, size, &is_denied);
    return rc || is_denied ? rc : set_masked(b, name, SV("secret"));
}

static enum err_code add_project(struct build *b, char *why, size_t size)
{
    const cJSON *list = json_list(json_get(b->record, "environment"), "environmentVariables");
    enum err_code rc = ERR_OK;

    for (const cJSON *v = list; v != NULL && !rc && why[0] == '\0'; v = v->next) {
        struct sv type = json_sv(v, "type");
        struct sv value = json_sv(v, "value");
        char name[256];

        (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(json_sv(v, "name")));
        if (sv_eq(type, SV("PARAMETER_STORE")))
            rc = add_parameter(b, name, value, why, size);
        else if (sv_eq(type, SV("SECRETS_MANAGER")))
            rc = add_secret(b, name, value, why, size);
        else
            rc = build_set_variable(b, name, value);
    }
    return rc;
}

static enum err_code add_spec(struct build *b, const cJSON *spec, char *why, size_t size)
{
    const cJSON *env = json_get(spec, "env");
    const cJSON *variables = json_get(env, "variables");
    const cJSON *parameters = json_get(env, "parameter-store");
    const cJSON *secrets = json_get(env, "secrets-manager");
    enum err_code rc = ERR_OK;

    /* The project's variables are stronger than the buildspec's. */
    for (const cJSON *v = variables == NULL ? NULL : variables->child; v != NULL && !rc;
         v = v->next) {
        char *text = cJSON_IsString(v) ? NULL : cJSON_PrintUnformatted(v);

        if (build_variable(b, v->string).ptr == NULL)
            rc = build_set_variable(b, v->string, text == NULL ? json_item_sv(v) : sv_of(text));
        cJSON_free(text);
    }
    for (const cJSON *p = parameters == NULL ? NULL : parameters->child;
         p != NULL && !rc && why[0] == '\0'; p = p->next)
        rc = add_parameter(b, p->string, json_item_sv(p), why, size);
    for (const cJSON *s = secrets == NULL ? NULL : secrets->child;
         s != NULL && !rc && why[0] == '\0'; s = s->next)
        rc = add_secret(b, s->string, json_item_sv(s), why, size);
    return rc;
}

enum err_code build_make_environment(struct build *b, const cJSON *spec, char *why, size_t size)
{
    enum err_code rc = add_own(b);

    why[0] = '\0';
    if (!rc)
        rc = add_project(b, why, size);
    return rc || why[0] != '\0' ? rc : add_spec(b, spec, why, size);
}
