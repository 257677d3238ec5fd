/* Actions of made pipelines that build and deploy. */
#include "core/base/mem.h"
#include "core/base/yaml.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"
#include "core/sandbox/pipelines_act.h"

static const int64_t LOOK_AGAIN_MS = 5000;
enum { TEMPLATE_CAP = 1 << 20, ARN_SIZE = 700 };

static struct sv first_input(const struct act *a)
{
    return json_sv(json_list(a->action->json, "inputArtifacts"), "name");
}

/* ---- CodeBuild ---- */

/* {"environmentVariablesOverride":[...]} from the text in the configuration. */
static enum err_code read_override(struct act *a, cJSON **out)
{
    struct sv text = json_sv(a->configuration, "EnvironmentVariables");
    struct sv spec = json_sv(a->configuration, "BuildspecOverride");
    cJSON *list = NULL;
    cJSON *made;

    *out = NULL;
    if (text.len > 0 && (json_parse(text, &list, NULL) || !cJSON_IsArray(list))) {
        cJSON_Delete(list);
        return act_fail(a, "ConfigurationError",
                        "The EnvironmentVariables of the action are not a JSON list of variables");
    }
    made = cJSON_CreateObject();
    if ((list == NULL || member_set(made, "environmentVariablesOverride", list)) &&
        (spec.len == 0 || member_put(made, "buildspecOverride", spec))) {
        *out = made;
        return made == NULL ? mem_err(a->err) : ERR_OK;
    }
    cJSON_Delete(made);
    return mem_err(a->err);
}

static enum err_code begin_build(struct act *a, const cJSON *override)
{
    struct sv primary = json_sv(a->configuration, "PrimarySource");
    struct codebuild_answer answer;
    struct later task;
    char initiator[160];
    struct codebuild_ask ask = {.account = sv_of(a->p->place->account),
                                .region = sv_of(a->p->place->region),
                                .project = json_sv(a->configuration, "ProjectName"),
                                .override = override,
                                .task = task.name};
    enum err_code rc;

    (void)snprintf(initiator, sizeof initiator, "codepipeline/%.100s", a->p->name);
    ask.initiator = sv_of(initiator);
    engine_task(a->p, a->run, a->number, 0, &task);
    (void)act_source(a, primary.len > 0 ? primary : first_input(a), &ask.source, &ask.commit);
    rc = codebuild_start(a->s, &ask, &answer, a->err);
    if (rc)
        return rc;
    if (answer.code != NULL)
        return act_fail(a, "JobFailed",
                        "Error calling startBuild: %s (Service: AWSCodeBuild; Status Code: 400; "
                        "Error Code: %s)",
                        answer.why, answer.code);
    rc = act_keep(a, &a->deed->external_id, "%s", answer.id);
    if (!rc)
        rc = act_keep(a, &a->deed->url,
                      "https://console.aws.amazon.com/codebuild/home?region=%s#/builds/%s/view/new",
                      a->p->place->region, answer.id);
    pipe_touch(a->s->world, a->p, a->run);
    return rc;
}

/* The first phase that went wrong is the reason. */
static enum err_code build_failed(struct act *a, const cJSON *build)
{
    const cJSON *phase = json_list(build, "phases");
    const cJSON *context;

    while (phase != NULL && (sv_eq(json_sv(phase, "phaseStatus"), SV("SUCCEEDED")) ||
                             json_get(phase, "phaseStatus") == NULL))
        phase = phase->next;
    context = json_list(phase, "contexts");
    if (phase == NULL)
        return act_fail(a, "JobFailed", "Build terminated with state: " SV_FMT,
                        SV_ARG(json_sv(build, "buildStatus")));
    return act_fail(a, "JobFailed",
                    "Build terminated with state: " SV_FMT ". Phase: " SV_FMT ", Code: " SV_FMT
                    ", Message: " SV_FMT,
                    SV_ARG(json_sv(build, "buildStatus")), SV_ARG(json_sv(phase, "phaseType")),
                    SV_ARG(json_sv(context, "statusCode")), SV_ARG(json_sv(context, "message")));
}

static enum err_code look_at_build(struct act *a)
{
    cJSON *build = NULL;
    struct sv status;
    enum err_code rc = codebuild_find(a->s, sv_of(a->p->place->account), sv_of(a->p->place->region),
                                      sv_of(a->deed->external_id), &build, a->err);

    if (rc)
        return rc;
    status = json_sv(build, "buildStatus");
    if (sv_eq(status, SV("SUCCEEDED")))
        rc = act_succeed(a);
    else if (build == NULL)
        rc = act_fail(a, "JobFailed", "The build %s is not there any more", a->deed->external_id);
    else if (!sv_eq(status, SV("IN_PROGRESS"))) /* else its end comes here again */
        rc = build_failed(a, build);
    cJSON_Delete(build);
    return rc;
}

enum err_code act_codebuild(struct act *a)
{
    char arn[ARN_SIZE];
    cJSON *override = NULL;
    bool is_allowed = false;
    enum err_code rc;

    if (a->deed->external_id != NULL)
        return look_at_build(a);
    (void)snprintf(arn, sizeof arn, "arn:%s:codebuild:%s:%s:project/" SV_FMT,
                   arn_partition(sv_of(a->p->place->region)), a->p->place->region,
                   a->p->place->account, SV_ARG(json_sv(a->configuration, "ProjectName")));
    rc = act_allowed(a, "codebuild:StartBuild", arn, &is_allowed);
    if (rc || !is_allowed)
        return rc;
    rc = read_override(a, &override);
    if (!rc && override != NULL)
        rc = begin_build(a, override);
    cJSON_Delete(override);
    return rc;
}

/* ---- CloudFormation ---- */

/* "arn:aws:iam::ACCOUNT:..." */
static struct sv account_of(struct sv arn)
{
    for (int i = 0; i < 4; i++)
        (void)sv_cut(arn, ':', &arn);
    return sv_cut(arn, ':', &arn);
}

/* The configuration that names the template: of a change set, the action that made it. */
static const struct action_shape *maker(const struct act *a, struct sv stack)
{
    const struct shape *shape = run_shape(a->p, a->run);

    for (size_t i = 0; i < shape->action_count; i++) {
        const struct action_shape *action = shape_action(shape, i, NULL);
        const cJSON *c = json_get(action->json, "configuration");

        if (sv_eq(json_sv(c, "ActionMode"), SV("CHANGE_SET_REPLACE")) &&
            sv_eq(json_sv(c, "StackName"), stack) &&
            sv_eq(json_sv(c, "ChangeSetName"), json_sv(a->configuration, "ChangeSetName")))
            return action;
    }
    return NULL;
}

/* "ARTIFACT::PATH"; *is_good false: the action has ended. */
static enum err_code read_template(struct act *a, struct sv path, struct sb *out, bool *is_good)
{
    ptrdiff_t at = sv_find(path, SV("::"));
    struct codecommit_place place;
    struct sv commit = SV_NONE;
    struct err missing = {0};

    *is_good = false;
    if (at < 0 || !act_source(a, sv_take(path, (size_t)at), &place, &commit) ||
        place.repository.len == 0)
        return act_fail(a, "ConfigurationError",
                        "The template " SV_FMT " is not in an artifact that the sandbox can read",
                        SV_ARG(path));
    if (codecommit_file(a->s, &place, commit, sv_drop(path, (size_t)at + 2), out, &missing)) {
        if (missing.code != ERR_NOT_FOUND)
            return err_set(a->err, missing.code, "%s", missing.text);
        return act_fail(a, "ConfigurationError",
                        "File [" SV_FMT "] does not exist in artifact [" SV_FMT "]",
                        SV_ARG(sv_drop(path, (size_t)at + 2)), SV_ARG(sv_take(path, (size_t)at)));
    }
    *is_good = true;
    return ERR_OK;
}

static struct sv target_account(const struct act *a)
{
    struct sv own = json_sv(a->action->json, "roleArn");

    return own.len > 0 ? account_of(own) : sv_of(a->p->place->account);
}

static struct sv target_region(const struct act *a)
{
    struct sv region = json_sv(a->action->json, "region");

    return region.len > 0 ? region : sv_of(a->p->place->region);
}

static enum err_code begin_stack(struct act *a, struct sv path)
{
    CLEANUP(sb_release) struct sb text;
    struct cloudformation_ask ask = {.account = target_account(a),
                                     .region = target_region(a),
                                     .stack_name = json_sv(a->configuration, "StackName"),
                                     .role_arn = json_sv(a->configuration, "RoleArn")};
    char why[STACK_WHY_MAX] = "";
    bool is_good;
    enum err_code rc;

    sb_init(&text, TEMPLATE_CAP);
    rc = read_template(a, path, &text, &is_good);
    if (rc || !is_good)
        return rc;
    ask.template_text = sb_sv(&text);
    rc = cloudformation_deploy(a->s, &ask, why, a->err);
    if (rc)
        return rc;
    if (why[0] != '\0')
        return act_fail(a, "JobFailed", "%s", why);
    rc = act_keep(a, &a->deed->external_id,
                  "arn:%s:cloudformation:" SV_FMT ":" SV_FMT ":stack/" SV_FMT "/current",
                  arn_partition(ask.region), SV_ARG(ask.region), SV_ARG(ask.account),
                  SV_ARG(ask.stack_name));
    return rc ? rc : act_wait(a, LOOK_AGAIN_MS);
}

static enum err_code look_at_stack(struct act *a)
{
    struct sv stack = json_sv(a->configuration, "StackName");
    char status[STACK_STATUS_MAX] = "";
    char why[STACK_WHY_MAX] = "";
    enum err_code rc = cloudformation_status(a->s, target_account(a), target_region(a), stack,
                                             status, why, a->err);

    if (rc)
        return rc;
    if (sv_ends(sv_of(status), SV("_IN_PROGRESS")))
        return act_wait(a, LOOK_AGAIN_MS);
    if (strcmp(status, "CREATE_COMPLETE") == 0 || strcmp(status, "UPDATE_COMPLETE") == 0)
        return act_succeed(a);
    return act_fail(a, "JobFailed",
                    "Deployment of the stack " SV_FMT " failed: it is in the state %s. %s",
                    SV_ARG(stack), status[0] == '\0' ? "DELETE_COMPLETE" : status, why);
}

/* The stack goes, if it is there; by CloudFormation's own operation. */
static enum err_code delete_stack(struct act *a, struct sv stack)
{
    struct resource_ask ask = {
        .service = a->s, .account = target_account(a), .region = target_region(a), .err = a->err};
    struct handler h = {.ask = &ask, .service = "cloudformation", .title = "CloudFormation"};
    char status[STACK_STATUS_MAX] = "";
    char why[STACK_WHY_MAX] = "";
    enum err_code rc =
        cloudformation_status(a->s, ask.account, ask.region, stack, status, why, a->err);

    if (rc)
        return rc;
    if (status[0] == '\0')
        return act_succeed(a);
    if (strcmp(status, "DELETE_IN_PROGRESS") == 0)
        return act_wait(a, LOOK_AGAIN_MS);
    if (strcmp(status, "DELETE_FAILED") == 0 && !a->is_first)
        return act_fail(a, "JobFailed", "The stack " SV_FMT " could not be deleted: %s",
                        SV_ARG(stack), why);
    rc = handler_call(&h, cfn_delete_stack, handler_in("StackName", stack), NULL);
    if (!rc && handler_refused(&h))
        return act_fail(a, "JobFailed", "%s", ask.why);
    return rc ? rc : act_wait(a, LOOK_AGAIN_MS);
}

enum err_code act_cloudformation(struct act *a)
{
    struct sv mode = json_sv(a->configuration, "ActionMode");
    struct sv stack = json_sv(a->configuration, "StackName");
    struct sv path = json_sv(a->configuration, "TemplatePath");

    if (a->deed->external_id != NULL)
        return look_at_stack(a);
    if (sv_eq(mode, SV("CHANGE_SET_REPLACE")))
        return act_succeed(a); /* what it would change is deployed when it is executed */
    if (sv_eq(mode, SV("CHANGE_SET_EXECUTE"))) {
        const struct action_shape *made_by = maker(a, stack);

        if (made_by == NULL)
            return act_fail(a, "JobFailed", "ChangeSet [" SV_FMT "] does not exist",
                            SV_ARG(json_sv(a->configuration, "ChangeSetName")));
        return begin_stack(a, json_sv(json_get(made_by->json, "configuration"), "TemplatePath"));
    }
    if (sv_eq(mode, SV("CREATE_UPDATE")) || sv_eq(mode, SV("REPLACE_ON_FAILURE")))
        return begin_stack(a, path);
    if (sv_eq(mode, SV("DELETE_ONLY")))
        return delete_stack(a, stack);
    return act_fail(a, "ConfigurationError", "The action mode " SV_FMT " is not known",
                    SV_ARG(mode));
}
