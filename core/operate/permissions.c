#include "core/operate/permissions.h"

#include "core/aws/iam.h"
#include "core/aws/query.h"
#include "core/base/log.h"
#include "core/base/time.h"

enum { ARENA_MAX = 8 << 20, BODY_MAX = 256 * 1024, RESOURCES_MAX = 40, RESULTS_MAX = 1000 };

#define SIMULATE "iam:SimulatePrincipalPolicy"

static const char *const asked[] = {
    "codepipeline:StartPipelineExecution", "codepipeline:StopPipelineExecution",
    "codepipeline:RetryStageExecution",    "codepipeline:RollbackStage",
    "codepipeline:PutApprovalResult",      "codepipeline:EnableStageTransition",
    "codepipeline:DisableStageTransition", "codepipeline:OverrideStageCondition",
};

/* ---- when ---- */

bool permissions_are_due(struct cache *cache, const struct pipeline_id *id, struct sv caller,
                         int64_t now_ms)
{
    struct permission p = {.partition = id->partition,
                           .account = id->account,
                           .caller = permission_caller(caller),
                           .iam_action = SV(SIMULATE),
                           .resource = id->name};

    if (p.caller.len == 0 || id->name.len == 0)
        return false;
    return cache_get_permission(cache, &p, NULL) || now_ms - p.at > PERMISSIONS_MS;
}

/* ---- who and what ---- */

struct asking {
    struct task *task;
    struct deploy *deploy;
    struct aws_session *session;
    const struct pipeline_id *id;
    char caller[300];
    struct arena arena;
    struct sb body;
};

/* The simulator takes a role's own ARN, whose path only IAM knows. */
static enum err_code ask_role(struct asking *a, struct sv name, struct sv *out, struct err *err)
{
    const struct aws_reply *reply;
    struct iam_role role;
    enum err_code rc = query_add(&a->body, "RoleName", name, err);

    if (!rc)
        rc = deploy_read(a->task, a->deploy, a->session, OP_GET_ROLE, sb_sv(&a->body), &reply, err);
    if (!rc)
        rc = decode_role(reply->xml, &a->arena, &role, err);
    if (!rc)
        *out = role.arn;
    sb_clear(&a->body);
    return rc;
}

/* Without iam:GetRole most roles are still known: those without a path. */
static enum err_code guess_role(struct asking *a, struct sv name, struct sv *out, struct err *err)
{
    CLEANUP(sb_release) struct sb arn;
    enum err_code rc;

    sb_init(&arn, 2048);
    rc = sb_addf(&arn, err, "arn:" SV_FMT ":iam::" SV_FMT ":role/" SV_FMT, SV_ARG(a->id->partition),
                 SV_ARG(a->id->account), SV_ARG(name));
    if (rc)
        return rc;
    *out = arena_sv(&a->arena, sb_sv(&arn));
    return out->ptr == NULL ? arena_err(&a->arena, err) : ERR_OK;
}

static enum err_code find_principal(struct asking *a, struct sv *out, struct err *err)
{
    const struct sv kind = SV(":assumed-role/");
    struct sv caller = permission_caller(sv_of(a->caller));
    ptrdiff_t at = sv_find(caller, kind);
    struct sv name;
    struct err why = {0};
    enum err_code rc;

    *out = caller;
    if (at < 0)
        return ERR_OK;
    name = sv_drop(caller, (size_t)at + kind.len);
    rc = ask_role(a, name, out, &why);
    if (rc == ERR_CANCELLED || rc == ERR_OK)
        return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
    return guess_role(a, name, out, err);
}

static enum err_code add_resource(struct asking *a, size_t *count, struct sv stage,
                                  struct sv action, struct err *err)
{
    CLEANUP(sb_release) struct sb arn;
    enum err_code rc;

    if (*count == RESOURCES_MAX)
        return ERR_OK;
    sb_init(&arn, 2048);
    rc = sb_addf(&arn, err, "arn:" SV_FMT ":codepipeline:" SV_FMT ":" SV_FMT ":" SV_FMT,
                 SV_ARG(a->id->partition), SV_ARG(a->id->region), SV_ARG(a->id->account),
                 SV_ARG(a->id->name));
    if (!rc && stage.len > 0)
        rc = sb_addf(&arn, err, "/" SV_FMT, SV_ARG(stage));
    if (!rc && action.len > 0)
        rc = sb_addf(&arn, err, "/" SV_FMT, SV_ARG(action));
    return rc ? rc
              : query_add_member(&a->body, "ResourceArns.member", ++*count, NULL, sb_sv(&arn), err);
}

/* The pipeline, its stages, and the actions that approve. */
static enum err_code add_resources(struct asking *a, struct err *err)
{
    struct cache_pipeline p = {.version = 0};
    int64_t rowid = 0;
    size_t count = 0;
    enum err_code rc = cache_find_id(a->deploy->cache, a->id, &rowid, err);

    if (!rc)
        rc = add_resource(a, &count, SV(""), SV(""), err);
    if (!rc && rowid != 0)
        rc = cache_get_pipeline(a->deploy->cache, rowid, &a->arena, &p, err);
    for (size_t i = 0; i < p.state.stage_count && !rc; i++) {
        const struct stage_state *stage = &p.state.stages[i];

        rc = add_resource(a, &count, stage->name, SV(""), err);
        for (size_t k = 0; k < stage->action_count && !rc; k++) {
            if (sv_eq(stage->actions[k].category, SV("Approval")))
                rc = add_resource(a, &count, stage->name, stage->actions[k].name, err);
        }
    }
    return rc;
}

/* ---- asking and keeping ---- */

static enum err_code keep(struct asking *a, const char *iam, bool is_allowed, struct err *err)
{
    struct permission p = {.partition = a->id->partition,
                           .account = a->id->account,
                           .caller = permission_caller(sv_of(a->caller)),
                           .iam_action = sv_of(iam),
                           .resource = a->id->name,
                           .is_allowed = is_allowed,
                           .at = time_wall_ms()};

    return cache_put_permission(a->deploy->cache, &p, err);
}

static enum err_code keep_results(struct asking *a, const struct iam_simulation *s, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(asked) && !rc; i++) {
        bool is_allowed = false;
        bool is_known = false;

        for (size_t k = 0; k < s->count; k++) {
            if (!sv_eq(s->items[k].action, sv_of(asked[i])))
                continue;
            is_known = true;
            is_allowed = is_allowed || s->items[k].is_allowed || s->items[k].misses_context;
        }
        if (is_known && (is_allowed || !s->is_cut))
            rc = keep(a, asked[i], is_allowed, err);
    }
    return rc;
}

static enum err_code ask_simulator(struct asking *a, struct sv principal, struct err *err)
{
    const struct aws_reply *reply;
    struct iam_simulation simulation;
    enum err_code rc = query_add(&a->body, "PolicySourceArn", principal, err);

    for (size_t i = 0; i < ARRAY_LEN(asked) && !rc; i++)
        rc = query_add_member(&a->body, "ActionNames.member", i + 1, NULL, sv_of(asked[i]), err);
    if (!rc)
        rc = add_resources(a, err);
    if (!rc)
        rc = query_add(&a->body, "MaxItems", SV("1000"), err);
    if (!rc)
        rc = deploy_read(a->task, a->deploy, a->session, OP_SIMULATE_PRINCIPAL_POLICY,
                         sb_sv(&a->body), &reply, err);
    if (!rc)
        rc = decode_simulation(reply->xml, &a->arena, &simulation, err);
    return rc ? rc : keep_results(a, &simulation, err);
}

enum err_code permissions_simulate(struct task *task, struct deploy *deploy,
                                   const struct operand *what, struct err *err)
{
    struct asking a = {.task = task, .deploy = deploy, .id = &what->id};
    struct sv principal = SV("");
    struct err why = {0};
    enum err_code rc;

    if (deploy->cache == NULL)
        return ERR_OK;
    arena_init(&a.arena, ARENA_MAX);
    sb_init(&a.body, BODY_MAX);
    rc = deploy_at(task, deploy, a.id->account, a.id->region, &a.session, a.caller, &why);
    if (!rc)
        rc = find_principal(&a, &principal, &why);
    if (!rc)
        rc = ask_simulator(&a, principal, &why);
    if (rc && rc != ERR_CANCELLED)
        log_info("permissions of " SV_FMT " are not known beforehand: %s", SV_ARG(a.id->name),
                 why.text);
    /* Asked, whatever came of it: not again for a while. */
    if (rc != ERR_CANCELLED && a.caller[0] != '\0' && keep(&a, SIMULATE, rc == ERR_OK, &why))
        log_info("%s", why.text);
    sb_release(&a.body);
    arena_release(&a.arena);
    return rc == ERR_CANCELLED ? err_set(err, rc, "%s", why.text) : ERR_OK;
}
