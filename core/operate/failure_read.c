/* Reading why an execution failed. What cannot be read is said in the card: half of it is worth
 * more than none. */
#include "core/aws/codebuild.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/operate/failure_log.h"
#include "core/operate/history.h"
#include "core/operate/reach.h"
#include "core/operate/stack_page.h"
#include "core/operate/stacks.h"

enum { ARENA_MAX = 64 << 20, BODY_MAX = 8 * 1024, KEY_CAP = 600, NOTE_MAX = 400 };

struct card {
    struct task *task;
    struct deploy *deploy;
    const struct operand *what;
    struct arena arena;
    struct pipeline_def def;
    struct cache_pipeline pipeline;
    struct failure failure;
    struct stack_mention log_stack; /* the one that the action's log names */
};

/* ---- notes ---- */

static enum err_code note(struct card *c, struct sv *note, const char *what, const struct err *why,
                          struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, NOTE_MAX * 4);
    rc = sb_addf(&text, err, SV_FMT "%s%s: %.300s", SV_ARG(*note), note->len > 0 ? "; " : "", what,
                 why->text);
    if (rc)
        return rc;
    *note = arena_sv(&c->arena, sb_sv(&text));
    return note->ptr == NULL ? arena_err(&c->arena, err) : ERR_OK;
}

/* Out of the task's hands are only an end that was asked for and a lack of memory. */
static bool is_final(enum err_code rc)
{
    return rc == ERR_CANCELLED || rc == ERR_LIMIT;
}

/* ---- the actions that failed ---- */

static const struct action_def *find_def(const struct card *c, const struct failed_action *a)
{
    for (size_t i = 0; i < c->def.stage_count; i++) {
        const struct stage_def *s = &c->def.stages[i];

        for (size_t k = 0; sv_eq(s->name, a->stage) && k < s->action_count; k++) {
            if (sv_eq(s->actions[k].name, a->action))
                return &s->actions[k];
        }
    }
    return NULL;
}

static void add_action(struct card *c, struct sv stage, const struct action_state *from)
{
    struct failed_action *a = &c->failure.actions[c->failure.action_count];
    const struct action_def *def;

    if (from->status != STATUS_FAILED || c->failure.action_count == FAILURE_ACTIONS_MAX)
        return;
    *a = (struct failed_action){.stage = stage,
                                .action = from->name,
                                .category = from->category,
                                .provider = from->provider,
                                .code = from->error_code,
                                .message = from->error_message.len > 0 ? from->error_message
                                                                       : from->summary,
                                .url = from->external_url,
                                .at = from->changed_at,
                                .build = from->external_id};
    def = find_def(c, a);
    if (a->provider.len == 0 && def != NULL)
        a->provider = def->provider;
    if (!sv_eq(a->provider, SV("CodeBuild")) && !sv_eq(a->provider, SV("Commands")))
        a->build = SV("");
    c->failure.action_count++;
}

/* A stage whose condition did not let it on fails without an action. */
static void add_condition(struct card *c, const struct stage_state *s)
{
    if (s->condition.len == 0 || s->status != STATUS_FAILED ||
        c->failure.action_count == FAILURE_ACTIONS_MAX)
        return;
    c->failure.actions[c->failure.action_count++] =
        (struct failed_action){.stage = s->name,
                               .action = SV(""),
                               .provider = s->condition,
                               .code = s->condition_status,
                               .message = s->condition_text,
                               .at = stage_changed_at(s)};
}

static void take_state(struct card *c)
{
    for (size_t i = 0; i < c->pipeline.state.stage_count; i++) {
        const struct stage_state *s = &c->pipeline.state.stages[i];
        size_t before = c->failure.action_count;

        if (!sv_eq(s->execution_id, c->failure.execution_id))
            continue;
        for (size_t k = 0; k < s->action_count; k++)
            add_action(c, s->name, &s->actions[k]);
        if (c->failure.action_count == before)
            add_condition(c, s);
    }
}

static enum err_code take_runs(struct card *c, int64_t rowid, struct err *err)
{
    struct action_run *runs;
    size_t count;
    enum err_code rc =
        cache_runs(c->deploy->cache, rowid, c->failure.execution_id, &c->arena, &runs, &count, err);

    /* Oldest first: of several tries of one action the last counts. */
    for (size_t i = count; !rc && i > 0; i--) {
        const struct action_run *run = &runs[i - 1];
        bool is_known = false;

        for (size_t k = i; k < count && !is_known; k++)
            is_known =
                sv_eq(runs[k].stage, run->stage) && sv_eq(runs[k].action.name, run->action.name);
        if (!is_known)
            add_action(c, run->stage, &run->action);
    }
    return rc;
}

static int by_time(const void *a, const void *b)
{
    const struct failed_action *x = a;
    const struct failed_action *y = b;

    return (x->at < y->at) - (x->at > y->at);
}

static enum err_code take_execution(struct card *c, int64_t rowid, struct err *err)
{
    struct execution e;
    enum err_code rc =
        cache_get_execution(c->deploy->cache, rowid, c->failure.execution_id, &c->arena, &e, err);

    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return rc;
    c->failure.summary = e.status_summary;
    c->failure.started_at = e.started_at;
    c->failure.updated_at = e.updated_at;
    return ERR_OK;
}

static enum err_code collect(struct card *c, int64_t rowid, struct err *err)
{
    enum err_code rc = cache_get_pipeline(c->deploy->cache, rowid, &c->arena, &c->pipeline, err);

    if (rc)
        return rc;
    if (cache_get_def(c->deploy->cache, rowid, &c->arena, &c->def, NULL))
        c->def = (struct pipeline_def){.stage_count = 0};
    c->failure.actions = arena_alloc(&c->arena, FAILURE_ACTIONS_MAX, sizeof *c->failure.actions);
    if (c->failure.actions == NULL)
        return arena_err(&c->arena, err);
    take_state(c);
    if (c->failure.action_count == 0)
        rc = take_runs(c, rowid, err);
    if (!rc)
        rc = take_execution(c, rowid, err);
    if (c->failure.action_count > 1)
        qsort(c->failure.actions, c->failure.action_count, sizeof *c->failure.actions, by_time);
    return rc;
}

/* ---- its build ---- */

static enum err_code ask_build(struct card *c, struct aws_session *session, struct failed_action *a,
                               struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    const struct build_phase *phase;
    struct build *builds;
    size_t count;
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_name(&w, "ids");
    jw_open(&w, '[');
    jw_sv(&w, a->build);
    jw_close(&w, ']');
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc = deploy_read(c->task, c->deploy, session, OP_BATCH_GET_BUILDS, sb_sv(&body), &reply,
                         err);
    if (!rc)
        rc = decode_builds(reply->json, &c->arena, &builds, &count, err);
    if (rc)
        return rc;
    if (count == 0)
        return err_set(err, ERR_NOT_FOUND, "CodeBuild does not know it any more");
    a->build_status = builds[0].status;
    phase = build_failure(&builds[0]);
    if (phase == NULL)
        return ERR_OK;
    a->phase = phase->type;
    a->phase_code = phase->code;
    a->phase_reason = phase->reason;
    a->phase_seconds = phase->seconds;
    return ERR_OK;
}

static enum err_code read_log(struct card *c, struct sv region, struct failed_action *a,
                              struct err *err)
{
    struct operand what = *c->what;
    struct cached_log log;
    enum err_code rc;

    what.build = a->build;
    what.id.region = region;
    rc = log_read(c->task, c->deploy, &what, err);
    if (!rc)
        rc = cache_find_build_log(c->deploy->cache, what.id.partition, what.id.account, region,
                                  a->build, &c->arena, &log, err);
    if (!rc)
        rc = failure_log_window(c->deploy->cache, &log, &c->arena, a, &c->log_stack, err);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc; /* a build that ended before it wrote one */
}

static enum err_code read_build(struct card *c, struct failed_action *a, struct err *err)
{
    const struct action_def *def = find_def(c, a);
    struct sv region = def != NULL && def->region.len > 0 ? def->region : c->what->id.region;
    struct aws_session *session;
    struct err why;
    enum err_code rc;

    if (a->build.len == 0)
        return ERR_OK;
    rc = reach_place(c->task, c->deploy, NULL, c->what->id.account, region, &session, NULL, &why);
    if (!rc)
        rc = ask_build(c, session, a, &why);
    if (rc && !is_final(rc))
        rc = note(c, &a->note, "the build", &why, err);
    else if (rc)
        return err_set(err, rc, "%s", why.text);
    if (rc)
        return rc;
    rc = read_log(c, region, a, &why);
    if (rc && !is_final(rc))
        return note(c, &a->note, "the log", &why, err);
    return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

/* ---- its stack ---- */

/* Where the stack is: as its ARN says, else among the pipeline's stacks, which are read when they
 * were not. */
static enum err_code find_stack(struct card *c, const struct stack_mention *named,
                                struct operand *out, struct err *err)
{
    struct stack_list list = {.count = 0};
    int64_t read_at = 0;
    enum err_code rc = ERR_OK;

    *out = (struct operand){.id = c->what->id, .stack = named->name};
    if (named->account.len > 0) {
        out->id.account = named->account;
        out->id.region = named->region;
        return ERR_OK;
    }
    rc = stack_list_get(c->deploy->cache, &c->what->id, &c->arena, &list, &read_at, err);
    if (rc == ERR_NOT_FOUND || (!rc && read_at == 0)) {
        rc = stacks_read(c->task, c->deploy, c->what, err);
        if (!rc)
            rc = stack_list_get(c->deploy->cache, &c->what->id, &c->arena, &list, &read_at, err);
    }
    for (size_t i = 0; !rc && i < list.count; i++) {
        if (!sv_eq(list.rows[i].name, named->name) || list.rows[i].account.len == 0)
            continue;
        out->id.account = list.rows[i].account;
        out->id.region = list.rows[i].region;
        break;
    }
    return rc;
}

static enum err_code take_stack(struct card *c, const struct operand *what, struct failed_action *a,
                                struct err *err)
{
    const struct stack_event *event;
    struct stack_page page;
    int64_t read_at;
    enum err_code rc = stack_read(c->task, c->deploy, what, err);

    if (!rc)
        rc = stack_page_get(c->deploy->cache, what, &c->arena, &page, &read_at, err);
    if (rc)
        return rc;
    a->stack_account = what->id.account;
    a->stack_region = what->id.region;
    a->stack_status = page.stack.status;
    event = stack_page_failure(&page);
    if (event == NULL)
        return ERR_OK;
    a->resource = event->logical;
    a->resource_type = event->type;
    a->resource_status = event->status;
    a->resource_reason = event->reason;
    a->resource_at = event->at_ms;
    return ERR_OK;
}

static enum err_code read_stack(struct card *c, struct failed_action *a, struct err *err)
{
    const struct action_def *def = find_def(c, a);
    struct stack_mention named = c->log_stack;
    struct operand what;
    struct err why;
    enum err_code rc;

    if (def != NULL && def->stack.len > 0)
        named = (struct stack_mention){def->stack, SV(""), SV("")};
    else if (named.name.len == 0)
        (void)stack_mention_find(a->message, &named);
    a->stack = named.name;
    if (a->stack.len == 0)
        return ERR_OK;
    rc = find_stack(c, &named, &what, &why);
    if (!rc)
        rc = take_stack(c, &what, a, &why);
    if (rc && !is_final(rc))
        return note(c, &a->note, "the stack", &why, err);
    return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

/* ---- all of it ---- */

static enum err_code store(struct card *c, struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    char key[KEY_CAP];
    const struct pipeline_id *id = &c->what->id;
    struct document_id document = {.kind = DOCUMENT_FAILURE,
                                   .partition = id->partition,
                                   .account = id->account,
                                   .region = id->region};
    struct jw w;
    enum err_code rc;

    sb_init(&json, DOCUMENT_MAX);
    jw_init(&w, &json, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    failure_json(&w, &c->failure, true);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc)
        return rc;
    (void)snprintf(key, sizeof key, SV_FMT "/" SV_FMT, SV_ARG(sv_take(id->name, 300)),
                   SV_ARG(sv_take(c->failure.execution_id, 200)));
    document.key = sv_of(key);
    return cache_put_document(c->deploy->cache, &document, sb_sv(&json), time_wall_ms(), err);
}

/* What it carried, and how the executions before it ended: the page shows them, too. */
static enum err_code read_beside(struct card *c, struct err *err)
{
    struct operand what = *c->what;
    struct err why;
    enum err_code rc = history_read(c->task, c->deploy, c->what, &why);

    what.execution_id = c->failure.execution_id;
    what.commit = SV("");
    if (!rc)
        rc = execution_read(c->task, c->deploy, &what, &why);
    if (rc && !is_final(rc))
        return note(c, &c->failure.note, "what it carried", &why, err);
    return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

static enum err_code make(struct card *c, struct err *err)
{
    int64_t rowid = 0;
    enum err_code rc =
        failure_execution(c->deploy->cache, c->what, &c->arena, &c->failure.execution_id, err);

    if (!rc)
        rc = read_beside(c, err);
    if (!rc)
        rc = cache_find_id(c->deploy->cache, &c->what->id, &rowid, err);
    if (!rc && rowid == 0)
        rc = err_set(err, ERR_NOT_FOUND, "the pipeline was deleted");
    if (!rc)
        rc = collect(c, rowid, err);
    if (!rc && c->failure.action_count == 0)
        return err_set(err, ERR_NOT_FOUND, "execution " SV_FMT " of " SV_FMT " has not failed",
                       SV_ARG(sv_take(c->failure.execution_id, 36)),
                       SV_ARG(sv_take(c->what->id.name, 100)));
    for (size_t i = 0; i < c->failure.action_count && i < FAILURE_READ_MAX && !rc; i++) {
        c->log_stack = (struct stack_mention){SV(""), SV(""), SV("")};
        rc = read_build(c, &c->failure.actions[i], err);
        if (!rc)
            rc = read_stack(c, &c->failure.actions[i], err);
    }
    return rc ? rc : store(c, err);
}

enum err_code failure_read(struct task *task, struct deploy *deploy, const struct operand *what,
                           struct err *err)
{
    struct card *c = mem_alloc(sizeof *c);
    enum err_code rc;

    if (c == NULL)
        return mem_err(err);
    *c = (struct card){.task = task, .deploy = deploy, .what = what};
    arena_init(&c->arena, ARENA_MAX);
    rc = make(c, err);
    arena_release(&c->arena);
    mem_free(c);
    return rc;
}
