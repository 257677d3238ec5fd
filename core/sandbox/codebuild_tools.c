/* The programs that builds call and that are acted out: the CDK's deploy, and of the AWS CLI what
 * assumes roles and deploys stacks (codebuild_aws.c). What a stack still does is kept in the work
 * as "wait". */
#include <string.h>

#include "core/base/mem.h"
#include "core/sandbox/codebuild_tools.h"
#include "core/sandbox/members.h"

enum { TEMPLATE_CAP = 1 << 20, NAME_SIZE = 300, ROLE_SIZE = 512 };

static struct sv word(const cJSON *words, int at)
{
    struct sv text = json_item_sv(cJSON_GetArrayItem(words, at));

    return text.ptr == NULL ? SV("") : text;
}

/* The value of "--name VALUE" or "--name=VALUE"; SV_NONE. */
struct sv tool_option(const cJSON *words, const char *name)
{
    size_t len = strlen(name);

    for (const cJSON *w = words->child; w != NULL; w = w->next) {
        struct sv text = json_item_sv(w);

        if (sv_eq(text, sv_of(name)) && w->next != NULL)
            return json_item_sv(w->next);
        if (sv_starts(text, sv_of(name)) && text.len > len && text.ptr[len] == '=')
            return sv_drop(text, len + 1);
    }
    return SV_NONE;
}

bool tool_flag(const cJSON *words, const char *name)
{
    return list_has(words, sv_of(name));
}

static bool add_tag(cJSON *list, struct sv text)
{
    struct sv value = SV_NONE;
    struct sv key = sv_cut(text, '=', &value);
    cJSON *tag = cJSON_CreateObject();

    if (value.ptr == NULL) {
        cJSON_Delete(tag);
        return true;
    }
    if (member_put(tag, "Key", key) && member_put(tag, "Value", value) &&
        cJSON_AddItemToArray(list, tag))
        return true;
    cJSON_Delete(tag);
    return false;
}

/* [{Key,Value}] of all that follows "--tags" (the AWS CLI's many, the CDK's one each time). */
cJSON *tool_tags(const cJSON *words)
{
    cJSON *list = cJSON_CreateArray();
    bool is_good = list != NULL;
    bool is_tag = false;

    for (const cJSON *w = words->child; w != NULL && is_good; w = w->next) {
        struct sv text = json_item_sv(w);

        if (sv_starts(text, SV("-")))
            is_tag = sv_eq(text, SV("--tags")) || sv_eq(text, SV("-t"));
        else if (is_tag)
            is_good = add_tag(list, text);
    }
    if (is_good)
        return list;
    cJSON_Delete(list);
    return NULL;
}

/* ---- waiting for a stack ---- */

static enum err_code begin_wait(struct build *b, struct acting *a,
                                const struct cloudformation_ask *ask)
{
    cJSON *wait = cJSON_CreateObject();

    if (!member_put(wait, "account", ask->account) || !member_put(wait, "region", ask->region) ||
        !member_put(wait, "stack", ask->stack_name)) {
        cJSON_Delete(wait);
        return mem_err(b->err);
    }
    if (!member_set(b->work, "wait", wait))
        return mem_err(b->err);
    a->outcome = OUTCOME_WAITS;
    return ERR_OK;
}

enum err_code tool_look(struct build *b, struct acting *a, const cJSON *wait)
{
    struct sv stack = json_sv(wait, "stack");
    char status[STACK_STATUS_MAX] = "";
    char why[STACK_WHY_MAX] = "";
    enum err_code rc = cloudformation_status(b->s, json_sv(wait, "account"),
                                             json_sv(wait, "region"), stack, status, why, b->err);
    bool is_good = strcmp(status, "CREATE_COMPLETE") == 0 || strcmp(status, "UPDATE_COMPLETE") == 0;

    if (rc)
        return rc;
    if (sv_ends(sv_of(status), SV("_IN_PROGRESS"))) {
        a->outcome = OUTCOME_WAITS;
        return ERR_OK;
    }
    a->status = is_good ? 0 : 1;
    if (is_good)
        rc = build_log(b, SV_FMT " | %s", SV_ARG(stack), status);
    else
        rc = build_log(b, SV_FMT " failed: the stack is in the state %s%s%s", SV_ARG(stack),
                       status[0] == '\0' ? "DELETE_COMPLETE" : status, why[0] == '\0' ? "" : ": ",
                       why);
    cJSON_DeleteItemFromObjectCaseSensitive(b->work, "wait");
    return rc;
}

enum err_code tool_deploy(struct build *b, struct acting *a, const struct cloudformation_ask *ask,
                          bool fails_unchanged)
{
    char status[STACK_STATUS_MAX] = "";
    char why[STACK_WHY_MAX] = "";
    char ignored[STACK_WHY_MAX];
    enum err_code rc = cloudformation_deploy(b->s, ask, why, b->err);

    if (!rc && why[0] == '\0')
        rc = cloudformation_status(b->s, ask->account, ask->region, ask->stack_name, status,
                                   ignored, b->err);
    if (rc)
        return rc;
    if (why[0] != '\0') {
        a->status = 1;
        return build_log(b, SV_FMT " failed: %s", SV_ARG(ask->stack_name), why);
    }
    /* A stack that rests already had nothing to change. */
    if (!sv_ends(sv_of(status), SV("_IN_PROGRESS"))) {
        a->status = fails_unchanged ? 255 : 0;
        return build_log(b, "No changes to deploy. Stack " SV_FMT " is up to date",
                         SV_ARG(ask->stack_name));
    }
    rc = build_log(b, SV_FMT ": deploying to " SV_FMT " in " SV_FMT, SV_ARG(ask->stack_name),
                   SV_ARG(ask->account), SV_ARG(ask->region));
    return rc ? rc : begin_wait(b, a, ask);
}

/* ---- the CDK ---- */

struct target {
    struct sv account;
    struct sv region;
    struct sv qualifier;
    char role[ROLE_SIZE];
    char exec_role[ROLE_SIZE];
    bool is_ddk;
};

/* A role beside the deploy role: "-deploy-role-" of the CDK, "-deploy-" of DDK. */
static void exec_role(struct target *t)
{
    const char *names[] = {"-deploy-role-", "-deploy-"};
    const char *others[] = {"-cfn-exec-role-", "-cfn-exec-"};

    t->exec_role[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(names) && t->exec_role[0] == '\0'; i++) {
        const char *at = strstr(t->role, names[i]);

        if (at != NULL)
            (void)snprintf(t->exec_role, sizeof t->exec_role, "%.*s%s%.200s", (int)(at - t->role),
                           t->role, others[i], at + strlen(names[i]));
    }
}

static void find_target(const struct build *b, struct target *t)
{
    struct sv given = build_variable(b, "DEPLOY_ROLE_ARN");
    struct sv chosen = build_variable(b, "CFN_EXEC_ROLE_ARN");

    t->account = build_variable(b, "AWSACCOUNTID");
    t->region = build_variable(b, "AWSREGION");
    t->qualifier = build_variable(b, "BOOTSTRAP_QUALIFIER");
    if (t->account.len == 0)
        t->account = build_acting_account(b);
    if (t->region.len == 0)
        t->region = build_acting_region(b);
    if (t->qualifier.len == 0)
        t->qualifier = SV("hnb659fds");
    t->is_ddk = given.len > 0 && sv_find(given, SV("-deploy-role-")) < 0;
    if (given.len > 0)
        (void)snprintf(t->role, sizeof t->role, SV_FMT, SV_ARG(given));
    else
        (void)snprintf(t->role, sizeof t->role,
                       "arn:%s:iam::" SV_FMT ":role/cdk-" SV_FMT "-deploy-role-" SV_FMT "-" SV_FMT,
                       arn_partition(t->region), SV_ARG(t->account), SV_ARG(t->qualifier),
                       SV_ARG(t->account), SV_ARG(t->region));
    exec_role(t);
    if (chosen.len > 0)
        (void)snprintf(t->exec_role, sizeof t->exec_role, SV_FMT, SV_ARG(chosen));
}

enum err_code tool_may_assume(struct build *b, struct sv role, struct sv external_id, bool *may,
                              char why[IAM_WHY_MAX])
{
    char session[BUILD_ARN_MAX];
    struct iam_caller caller = {.account = build_acting_account(b), .external_id = external_id};

    build_session_arn(b, session);
    caller.arn = sv_of(session);
    return iam_may_assume(b->s, &caller, role, may, why, b->err);
}

static enum err_code found_one(void *owner, const struct record_key *key, const cJSON *value UNUSED,
                               bool *goes_on, struct err *err UNUSED)
{
    bool *is_there = owner;

    *is_there = sv_ends(key->name, SV("/bootstrap-version"));
    *goes_on = !*is_there;
    return ERR_OK;
}

/* DDK keeps its version as /ddk/ENVIRONMENT/QUALIFIER/bootstrap-version. */
static enum err_code is_bootstrapped(struct build *b, const struct target *t, char *parameter,
                                     size_t size, bool *is_there)
{
    struct record_key key = {
        .kind = "ssm.parameter", .account = t->account, .region = t->region, .name = SV("/ddk/")};
    struct sv given = build_variable(b, "BOOTSTRAP_VERSION_PARAMETER");
    cJSON *record = NULL;
    enum err_code rc;

    *is_there = false;
    if (given.len > 0)
        (void)snprintf(parameter, size, SV_FMT, SV_ARG(sv_take(given, size - 1)));
    else
        (void)snprintf(parameter, size, "/cdk-bootstrap/" SV_FMT "/version", SV_ARG(t->qualifier));
    if (t->is_ddk && given.len == 0) {
        rc = record_each(b->s->records, &key, SV(""), found_one, is_there, b->err);
        if (rc || *is_there)
            return rc;
    }
    key.name = sv_of(parameter);
    rc = record_get(b->s->records, &key, &record, b->err);
    *is_there = record != NULL;
    cJSON_Delete(record);
    return rc;
}

/* The application stack's template: one parameter that holds the commit. */
static enum err_code make_template(struct build *b, struct sb *out)
{
    struct sv pipeline = build_variable(b, "PIPELINE_NAME");
    struct sv stage = build_variable(b, "STAGE");
    struct sv commit = json_sv(b->work, "commit");
    struct jw w;

    jw_init(&w, out, b->err);
    jw_open(&w, '{');
    jw_put_sv(&w, "Description", SV("The application of a pipeline"));
    jw_name(&w, "Resources");
    jw_open(&w, '{');
    jw_name(&w, "Commit");
    jw_open(&w, '{');
    jw_put_sv(&w, "Type", SV("AWS::SSM::Parameter"));
    jw_name(&w, "Properties");
    jw_open(&w, '{');
    jw_put_sv(&w, "Type", SV("String"));
    if (pipeline.len > 0 && stage.len > 0) {
        char name[NAME_SIZE];

        (void)snprintf(name, sizeof name, "/" SV_FMT "/" SV_FMT "/commit",
                       SV_ARG(sv_take(pipeline, 128)), SV_ARG(sv_take(stage, 100)));
        jw_put_sv(&w, "Name", sv_of(name));
    }
    jw_put_sv(&w, "Value", commit.len > 0 ? commit : SV("none"));
    for (int i = 0; i < 4; i++)
        jw_close(&w, '}');
    return jw_done(&w);
}

static void stack_name(const struct build *b, char out[NAME_SIZE])
{
    struct sv pipeline = build_variable(b, "PIPELINE_NAME");
    struct sv stage = build_variable(b, "STAGE");

    if (pipeline.len == 0)
        pipeline = json_sv(b->record, "projectName");
    (void)snprintf(out, NAME_SIZE, SV_FMT "%s" SV_FMT, SV_ARG(sv_take(pipeline, 150)),
                   stage.len > 0 ? "-" : "", SV_ARG(sv_take(stage, 100)));
}

static enum err_code cdk_stack(struct build *b, const cJSON *words, struct acting *a,
                               const struct target *t)
{
    CLEANUP(sb_release) struct sb template_text;
    char name[NAME_SIZE];
    struct sv role = tool_option(words, "--role-arn");
    struct cloudformation_ask ask = {.account = t->account,
                                     .region = t->region,
                                     .role_arn = role.len > 0 ? role : sv_of(t->exec_role)};
    cJSON *tags = tool_tags(words);
    enum err_code rc = tags == NULL ? mem_err(b->err) : ERR_OK;

    sb_init(&template_text, TEMPLATE_CAP);
    stack_name(b, name);
    if (!rc)
        rc = make_template(b, &template_text);
    ask.stack_name = sv_of(name);
    ask.template_text = sb_sv(&template_text);
    ask.tags = tags;
    if (!rc)
        rc = tool_deploy(b, a, &ask, false);
    cJSON_Delete(tags);
    return rc;
}

static enum err_code cdk_deploy(struct build *b, const cJSON *words, struct acting *a)
{
    const cJSON *wait = json_get(b->work, "wait");
    char parameter[NAME_SIZE];
    char why[IAM_WHY_MAX] = "";
    bool is_good = false;
    struct target t;
    enum err_code rc;

    if (wait != NULL)
        return tool_look(b, a, wait);
    find_target(b, &t);
    rc = tool_may_assume(b, sv_of(t.role), SV_NONE, &is_good, why);
    if (rc)
        return rc;
    a->status = 1;
    if (!is_good)
        return build_log(b,
                         "Could not assume role in target account using current credentials (which "
                         "are for account " SV_FMT
                         ") %s. Please make sure that this role exists in "
                         "the account. If it doesn't exist, bootstrap the environment again with "
                         "the right '--trust'.",
                         SV_ARG(build_acting_account(b)), why);
    rc = is_bootstrapped(b, &t, parameter, sizeof parameter, &is_good);
    if (rc)
        return rc;
    if (!is_good)
        return build_log(
            b,
            "SSM parameter %s not found. Has the environment been bootstrapped? Please "
            "run 'cdk bootstrap' for aws://" SV_FMT "/" SV_FMT,
            parameter, SV_ARG(t.account), SV_ARG(t.region));
    return cdk_stack(b, words, a, &t);
}

/* ---- which program it is ---- */

/* Words that stand before the program: a path, npx and its kin with their options. */
static struct sv program(const cJSON *words, int *at)
{
    struct sv name = word(words, 0);

    *at = 0;
    while (sv_find(name, SV("/")) >= 0)
        (void)sv_cut(name, '/', &name);
    if (sv_eq(name, SV("npx")) || sv_eq(name, SV("yarn")) || sv_eq(name, SV("pnpm")) ||
        sv_eq(name, SV("npm"))) {
        do {
            struct sv before = word(words, *at);

            ++*at;
            if (sv_eq(before, SV("-p")) || sv_eq(before, SV("--package")))
                ++*at;
        } while (sv_starts(word(words, *at), SV("-")) || sv_eq(word(words, *at), SV("exec")) ||
                 sv_eq(word(words, *at), SV("run")));
        name = word(words, *at);
        while (sv_find(name, SV("/")) >= 0)
            (void)sv_cut(name, '/', &name);
    }
    return sv_cut(name, '@', &(struct sv){0});
}

/* Only what the commit has can be read again; what commands would make is not there anyway. */
static enum err_code copy_file(struct build *b, const cJSON *words)
{
    cJSON *copies = member_object(b->work, "copies");
    struct sv to = word(words, 2);
    char name[512];

    if (cJSON_GetArraySize(words) != 3 || !build_has_file(b, word(words, 1)))
        return ERR_OK;
    (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(sv_take(to, sizeof name - 1)));
    return copies != NULL && member_put(copies, name, word(words, 1)) ? ERR_OK : mem_err(b->err);
}

enum err_code tool_run(struct build *b, const cJSON *words, struct acting *a, bool *is_known)
{
    int at;
    struct sv name = program(words, &at);
    struct sv first = word(words, at + 1);
    struct sv second = word(words, at + 2);

    a->status = 0;
    *is_known = true;
    if (sv_eq(name, SV("cp")))
        return copy_file(b, words);
    if (sv_eq(name, SV("cdk")) || sv_eq(name, SV("aws-cdk"))) {
        if (sv_eq(first, SV("deploy")) || list_has(words, SV("deploy")))
            return cdk_deploy(b, words, a);
    } else if (sv_eq(name, SV("aws")) && sv_eq(first, SV("sts"))) {
        if (sv_eq(second, SV("assume-role")))
            return aws_assume_role(b, words, a);
        if (sv_eq(second, SV("get-caller-identity")))
            return aws_who_am_i(b, words, a);
    } else if (sv_eq(name, SV("aws")) && sv_eq(first, SV("cloudformation")) &&
               sv_eq(second, SV("deploy"))) {
        return aws_deploy(b, words, a);
    }
    *is_known = false;
    return ERR_OK;
}
