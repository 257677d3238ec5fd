/* Changing the environments: add, edit, remove. Each looks at the parameter as it is now, so that
 * what somebody else wrote is never overwritten unseen. */
#include "core/aws/ssm.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/deploy/environments.h"
#include "core/deploy/pipeline.h"

enum { ARENA_MAX = 64 << 20, JSON_MAX = 16 * 1024, BODY_MAX = 64 * 1024, NAME_SIZE = 200 };

#define TITLE_PUT    "Write the environment"
#define TITLE_REMOVE "Remove the environment"

static const char *parameter_name(struct sv name, char out[NAME_SIZE])
{
    (void)snprintf(out, NAME_SIZE, "%s" SV_FMT, ENVIRONMENTS_PATH, SV_ARG(sv_take(name, 100)));
    return out;
}

static enum err_code write_name(struct sv name, struct sb *body, struct err *err)
{
    char parameter[NAME_SIZE];
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "Name", sv_of(parameter_name(name, parameter)));
    jw_close(&w, '}');
    return jw_done(&w);
}

/* How one stands now; version 0 when there is none. */
struct kept {
    struct environment environment;
    int64_t version;
    bool has_unknown;
};

static enum err_code look(struct task *task, struct deploy *d, struct sv name, struct arena *arena,
                          struct kept *out, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct parameter parameter;
    enum err_code rc;

    *out = (struct kept){0};
    sb_init(&body, BODY_MAX);
    rc = write_name(name, &body, err);
    if (!rc)
        rc = deploy_read(task, d, d->home, OP_GET_PARAMETER, sb_sv(&body), &reply, err);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (!rc)
        rc = decode_parameter(reply->json, arena, &parameter, err);
    if (!rc)
        rc = environment_read(parameter.value, arena, &out->environment, &out->has_unknown, err);
    if (rc)
        return rc;
    out->version = parameter.version;
    return ERR_OK;
}

static enum err_code write_text(const struct environment *e, struct sb *out, struct err *err)
{
    sb_clear(out);
    return environment_write(e, out, err);
}

static enum err_code is_same(const struct environment *a, const struct environment *b, bool *out,
                             struct err *err)
{
    CLEANUP(sb_release) struct sb one;
    CLEANUP(sb_release) struct sb other;
    enum err_code rc;

    sb_init(&one, JSON_MAX);
    sb_init(&other, JSON_MAX);
    rc = write_text(a, &one, err);
    if (!rc)
        rc = write_text(b, &other, err);
    *out = !rc && sv_eq(sb_sv(&one), sb_sv(&other));
    return rc;
}

/* The cache shows what was just done; whether it can, changes nothing of it. */
static enum err_code refresh_cache(struct task *task, struct deploy *d, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct environment *list;
    size_t count;
    struct err why = {0};
    enum err_code rc;

    arena_init(&arena, ARENA_MAX);
    if (d->cache == NULL)
        return ERR_OK;
    rc = environments_read(task, d, &arena, &list, &count, NULL, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    if (rc)
        log_error("the environments cannot be read again: %s", why.text);
    return ERR_OK;
}

/* ---- who uses it ---- */

static bool uses(const struct definition *d, struct sv environment)
{
    bool found = sv_eq(d->cicd, environment);

    for (size_t i = 0; i < d->stage_count && !found; i++)
        found = sv_eq(d->stages[i].environment, environment);
    return found;
}

typedef void use_fn(struct plan *plan, struct sv environment, struct sv pipeline);

/* Every pipeline's own definition tells; one that cannot be read is told, since it may use it. */
static enum err_code each_use(struct task *task, struct deploy *d, struct sv environment,
                              struct plan *plan, use_fn *use, struct err *err)
{
    CLEANUP(arena_release) struct arena names_arena;
    struct sv *names;
    size_t count = 0;
    enum err_code rc;

    arena_init(&names_arena, ARENA_MAX);
    rc = pipeline_names(task, d, &names_arena, &names, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        CLEANUP(arena_release) struct arena arena;
        struct made_pipeline made;
        struct err why = {0};

        arena_init(&arena, ARENA_MAX);
        rc = pipeline_fetch(task, d, names[i], &arena, &made, &why);
        if (!rc && uses(&made.definition, environment))
            use(plan, environment, names[i]);
        if (rc == ERR_NOT_FOUND || rc == ERR_REPLY) {
            defects_warn(plan->defects, "pipelines", "whether " SV_FMT " uses it is unknown: %s",
                         SV_ARG(sv_take(names[i], 100)), why.text);
            rc = ERR_OK;
        }
        if (rc)
            return err_set(err, rc, "%s", why.text);
    }
    return rc;
}

static void warn_of_move(struct plan *plan, struct sv environment UNUSED, struct sv pipeline)
{
    defects_warn(plan->defects, "account",
                 "pipeline " SV_FMT " uses it: what it deployed stays where it is, and goes on to "
                 "be deployed there until the pipeline is edited",
                 SV_ARG(sv_take(pipeline, 100)));
}

static void refuse_use(struct plan *plan, struct sv environment, struct sv pipeline)
{
    defects_add(plan->defects, "name",
                "pipeline " SV_FMT " uses " SV_FMT ": delete the pipeline, or take the stage out "
                "of it, first",
                SV_ARG(sv_take(pipeline, 100)), SV_ARG(sv_take(environment, 64)));
}

/* ---- add and edit: the plan ---- */

static enum err_code plan_field(struct plan *plan, struct plan_step *step, const char *field,
                                struct sv old, struct sv now, bool is_secret, struct err *err)
{
    CLEANUP(sb_release) struct sb detail;
    enum err_code rc;

    sb_init(&detail, JSON_MAX);
    if (sv_eq(old, now))
        return ERR_OK;
    if (is_secret)
        rc = sb_add(&detail, now.len == 0 ? SV("taken away") : SV("another one (not shown)"), err);
    else
        rc = sb_addf(&detail, err, SV_FMT " -> " SV_FMT, SV_ARG(old.len > 0 ? old : SV("(none)")),
                     SV_ARG(now.len > 0 ? now : SV("(none)")));
    if (!rc &&
        plan_item(plan, step, EFFECT_CHANGES, SV("field"), sv_of(field), sb_sv(&detail)) == NULL)
        rc = arena_err(&plan->arena, err);
    return rc;
}

static enum err_code plan_fields(const struct environment *old, const struct environment *now,
                                 struct plan *plan, struct plan_step *step, struct err *err)
{
    const struct {
        const char *name;
        struct sv old;
        struct sv now;
        bool is_secret;
    } fields[] = {
        {"kind", sv_of(environment_kind_word(old->kind)), sv_of(environment_kind_word(now->kind)),
         false},
        {"account", old->account, now->account, false},
        {"region", old->region, now->region, false},
        {"profile", old->profile, now->profile, false},
        {"role_arn", old->role_arn, now->role_arn, false},
        {"external_id", old->external_id, now->external_id, true},
        {"stage", old->stage, now->stage, false},
        {"team", old->team, now->team, false},
        {"bootstrap", sv_of(bootstrap_word(old->bootstrap)), sv_of(bootstrap_word(now->bootstrap)),
         false},
        {"qualifier", old->qualifier, now->qualifier, false},
        {"ddk_prefix", old->ddk_prefix, now->ddk_prefix, false},
        {"boundary", old->boundary, now->boundary, false},
    };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(fields) && !rc; i++)
        rc = plan_field(plan, step, fields[i].name, fields[i].old, fields[i].now,
                        fields[i].is_secret, err);
    return rc;
}

static enum err_code plan_new(const struct environment *e, struct plan *plan,
                              struct plan_step *step, struct err *err)
{
    char name[NAME_SIZE];
    char detail[300];

    (void)snprintf(detail, sizeof detail, "%s, account " SV_FMT ", " SV_FMT ", by %s" SV_FMT,
                   environment_kind_word(e->kind), SV_ARG(sv_take(e->account, 20)),
                   SV_ARG(sv_take(e->region, 30)),
                   e->profile.len > 0    ? "profile "
                   : e->role_arn.len > 0 ? ""
                                         : "this context",
                   SV_ARG(sv_take(e->profile.len > 0 ? e->profile : e->role_arn, 160)));
    if (plan_item(plan, step, EFFECT_CREATES, SV("SSM parameter"),
                  sv_of(parameter_name(e->name, name)), sv_of(detail)) == NULL)
        return arena_err(&plan->arena, err);
    return ERR_OK;
}

static enum err_code plan_change(struct task *task, struct environment_edit *edit,
                                 const struct kept *kept, struct plan *plan, struct plan_step *step,
                                 struct err *err)
{
    const struct environment *old = &kept->environment;
    const struct environment *now = edit->wanted;
    enum err_code rc = plan_fields(old, now, plan, step, err);

    plan->is_nothing = !rc && step->items == NULL;
    if (kept->has_unknown)
        defects_add(plan->defects, "",
                    "a newer penstock wrote fields here that this one does not know: edit it with "
                    "that one, or they would be lost");
    if (!rc && (!sv_eq(old->account, now->account) || !sv_eq(old->region, now->region)))
        rc = each_use(task, edit->deploy, now->name, plan, warn_of_move, err);
    return rc;
}

enum err_code environment_put_plan(struct task *task, struct environment_edit *edit,
                                   struct plan *plan, struct err *err)
{
    struct deploy *d = edit->deploy;
    struct plan_step *step =
        plan_step(plan, TITLE_PUT, sv_of(d->account), sv_of(d->region), "PutParameter");
    struct kept kept;
    enum err_code rc;

    if (step == NULL)
        return arena_err(&plan->arena, err);
    environment_check(edit->wanted, d->environments, d->environment_count, plan->defects);
    if (defects_of(plan->defects, "name") != NULL)
        return ERR_OK;
    rc = look(task, d, edit->wanted->name, &plan->arena, &kept, err);
    if (rc)
        return rc;
    edit->version = kept.version;
    if (edit->is_new && kept.version > 0)
        defects_add(plan->defects, "name",
                    "there is an environment " SV_FMT
                    " already: choose another name, or edit that one",
                    SV_ARG(edit->wanted->name));
    if (!edit->is_new && kept.version == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no environment " SV_FMT ": see penstock env",
                       SV_ARG(edit->wanted->name));
    return edit->is_new ? plan_new(edit->wanted, plan, step, err)
                        : plan_change(task, edit, &kept, plan, step, err);
}

/* ---- add and edit: the step ---- */

static enum err_code put(struct task *task, const struct environment_edit *edit, int64_t *version,
                         struct err *err)
{
    CLEANUP(sb_release) struct sb value;
    CLEANUP(sb_release) struct sb body;
    char name[NAME_SIZE];
    const struct aws_reply *reply;
    struct tag tag = {.key = SV("penstock:environment"), .value = edit->wanted->name};
    struct parameter_request request = {
        .name = sv_of(parameter_name(edit->wanted->name, name)),
        .description = SV("An environment of penstock's: change it with penstock env edit"),
        .overwrites = !edit->is_new,
        .tags = &tag,
        .tag_count = 1};
    struct write write = {.session = edit->deploy->home,
                          .account = sv_of(edit->deploy->account),
                          .op = OP_PUT_PARAMETER,
                          .text = "write the environment"};
    enum err_code rc;

    sb_init(&value, JSON_MAX);
    sb_init(&body, BODY_MAX);
    rc = environment_write(edit->wanted, &value, err);
    request.value = sb_sv(&value);
    if (!rc)
        rc = parameter_write(&request, &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(task, edit->deploy, &write, &reply, err);
    if (rc && reply != NULL && sv_eq(reply->error_name, SV("ParameterAlreadyExists")))
        return err_set(err, ERR_FAILED,
                       "somebody else added an environment " SV_FMT
                       " in between: look at it with penstock env",
                       SV_ARG(edit->wanted->name));
    if (rc)
        return rc;
    *version = json_int(reply->json, "Version", 0);
    return ERR_OK;
}

static enum err_code moved(const struct environment_edit *edit, struct err *err)
{
    return err_set(err, ERR_FAILED,
                   "somebody else %s " SV_FMT
                   " in between, and nothing was written: look at it again",
                   edit->is_new ? "added" : "edited", SV_ARG(edit->wanted->name));
}

enum err_code environment_put_step(struct job *job, struct task *task, void *owner, struct err *err)
{
    const struct environment_edit *edit = owner;
    CLEANUP(arena_release) struct arena arena;
    struct kept kept;
    bool same = false;
    int64_t version = 0;
    enum err_code rc;

    arena_init(&arena, ARENA_MAX);
    rc = look(task, edit->deploy, edit->wanted->name, &arena, &kept, err);
    if (!rc && kept.version > 0)
        rc = is_same(&kept.environment, edit->wanted, &same, err);
    if (rc)
        return rc;
    if (same) {
        job_was_done(job, "it is so already, in version %lld", (long long)kept.version);
        return refresh_cache(task, edit->deploy, err);
    }
    if (kept.version != (edit->is_new ? 0 : edit->version))
        return moved(edit, err);
    rc = put(task, edit, &version, err);
    if (rc)
        return rc;
    if (version != kept.version + 1)
        return err_set(err, ERR_FAILED,
                       "somebody else wrote " SV_FMT " at the same time: it is version %lld, where "
                       "%lld was expected; look at it again",
                       SV_ARG(edit->wanted->name), (long long)version, (long long)kept.version + 1);
    job_note(job, "version %lld", (long long)version);
    return refresh_cache(task, edit->deploy, err);
}

/* ---- remove ---- */

enum err_code environment_remove_plan(struct task *task, struct environment_removal *removal,
                                      struct plan *plan, struct err *err)
{
    struct deploy *d = removal->deploy;
    struct plan_step *step =
        plan_step(plan, TITLE_REMOVE, sv_of(d->account), sv_of(d->region), "DeleteParameter");
    const struct environment *e;
    char name[NAME_SIZE];
    char stack[ENVIRONMENT_NAME_SIZE];
    char detail[160];
    enum err_code rc = deploy_environment(d, removal->name, &e, err);

    if (rc)
        return rc;
    (void)snprintf(detail, sizeof detail,
                   "with all that is deployed in account " SV_FMT ", " SV_FMT,
                   SV_ARG(sv_take(e->account, 20)), SV_ARG(sv_take(e->region, 30)));
    if (step == NULL ||
        plan_item(plan, step, EFFECT_DELETES, SV("SSM parameter"),
                  sv_of(parameter_name(e->name, name)), SV("the record only")) == NULL ||
        plan_item(plan, step, EFFECT_LEAVES, SV("bootstrap stack, if there is one"),
                  sv_of(environment_bootstrap_stack(e, stack)), sv_of(detail)) == NULL)
        return arena_err(&plan->arena, err);
    return each_use(task, d, e->name, plan, refuse_use, err);
}

enum err_code environment_remove_step(struct job *job, struct task *task, void *owner,
                                      struct err *err)
{
    const struct environment_removal *removal = owner;
    struct deploy *d = removal->deploy;
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct write write = {.session = d->home,
                          .account = sv_of(d->account),
                          .op = OP_DELETE_PARAMETER,
                          .text = "remove the environment"};
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = write_name(removal->name, &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(task, d, &write, &reply, err);
    if (rc == ERR_NOT_FOUND)
        job_was_done(job, "there is none");
    else if (rc)
        return rc;
    return refresh_cache(task, d, err);
}
