#include "core/aws/codepipeline.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/operate/commits.h"
#include "core/operate/history.h"
#include "core/operate/keeping.h"
#include "core/operate/repository_parts.h"

/* ListActionExecutions has a line for each action: a pipeline of ten has so many for a page. */
enum { READING_CAP = 64 << 20, BODY_MAX = 8 * 1024, PAGE = 100, RUN_PAGES = 5 };

struct history {
    struct task *task;
    struct deploy *deploy;
    struct aws_session *session;
    const struct operand *what;
    struct arena arena;
    struct execution *executions;
    size_t execution_count;
};

static enum err_code page_body(struct sv name, struct sv token, struct sb *body, struct err *err)
{
    struct jw w;

    sb_clear(body);
    jw_init(&w, body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", name);
    jw_put_int(&w, "maxResults", PAGE);
    if (token.len > 0)
        jw_put_sv(&w, "nextToken", token);
    jw_close(&w, '}');
    return jw_done(&w);
}

static enum err_code read_executions(struct history *h, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = page_body(h->what->id.name, SV_NONE, &body, err);
    if (rc == ERR_OK)
        rc = deploy_read(h->task, h->deploy, h->session, OP_LIST_PIPELINE_EXECUTIONS, sb_sv(&body),
                         &reply, err);
    return rc ? rc
              : decode_executions(reply->json, &h->arena, &h->executions, &h->execution_count, err);
}

static enum err_code read_runs(struct history *h, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct sv token = SV_NONE;
    enum err_code rc = ERR_OK;

    sb_init(&body, BODY_MAX);
    for (int i = 0; rc == ERR_OK && i < RUN_PAGES; i++) {
        const struct aws_reply *reply;
        struct action_run *runs = NULL;
        size_t count = 0;

        rc = page_body(h->what->id.name, token, &body, err);
        if (rc == ERR_OK)
            rc = deploy_read(h->task, h->deploy, h->session, OP_LIST_ACTION_EXECUTIONS,
                             sb_sv(&body), &reply, err);
        if (rc == ERR_OK)
            rc = decode_action_runs(reply->json, &h->arena, &runs, &count, err);
        if (rc)
            return rc;
        token = json_sv(reply->json, "nextToken");
        token = token.len > 0 ? arena_sv(&h->arena, token) : SV_NONE;
        /* The executions go in with the first page of runs. */
        rc = keep_history(h->task, h->deploy, &h->what->id, h->executions,
                          i == 0 ? h->execution_count : 0, runs, count, err);
        if (token.len == 0)
            break;
    }
    return rc;
}

/* ---- when their commits were written: delivery's lead time begins there ---- */

static const struct action_def *first_source(const struct pipeline_def *def)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        for (size_t k = 0; k < def->stages[i].action_count; k++) {
            if (sv_eq(def->stages[i].actions[k].category, SV("Source")))
                return &def->stages[i].actions[k];
        }
    }
    return NULL;
}

static bool has_id(const struct sv *ids, size_t count, struct sv id)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(ids[i], id))
            return true;
    }
    return false;
}

static enum err_code read_times(struct history *h, const struct action_def *source, struct err *err)
{
    struct commits_ask ask = {.asker = {h->task, h->deploy, h->session, h->what->id.account},
                              .at = commits_at(source, &h->what->id),
                              .repository = source->repository};
    struct sv *ids = arena_alloc(&h->arena, h->execution_count + 1, sizeof *ids);
    size_t count = 0;
    char caller[300];
    enum err_code rc = ids == NULL ? arena_err(&h->arena, err) : ERR_OK;

    for (size_t i = 0; !rc && i < h->execution_count; i++) {
        struct sv id = h->executions[i].revision;

        if (commit_id_fits(id) && !has_id(ids, count, id))
            ids[count++] = id;
    }
    if (!rc &&
        (!sv_eq(ask.at.account, h->what->id.account) || !sv_eq(ask.at.region, h->what->id.region)))
        rc = deploy_at(h->task, h->deploy, ask.at.account, ask.at.region, &ask.asker.session,
                       caller, err);
    return rc ? rc : commits_keep(&ask, ids, count, &h->arena, err);
}

/* Without them the history is whole, and only that figure is not told. */
static enum err_code read_commits(struct history *h, struct err *err)
{
    const struct action_def *source;
    struct pipeline_def def;
    struct err why = {0};
    int64_t rowid = 0;
    enum err_code rc;

    if (cache_find_id(h->deploy->cache, &h->what->id, &rowid, NULL) || rowid == 0 ||
        cache_get_def(h->deploy->cache, rowid, &h->arena, &def, NULL))
        return ERR_OK;
    source = first_source(&def);
    if (source == NULL || !sv_eq(source->provider, SV("CodeCommit")) || source->repository.len == 0)
        return ERR_OK;
    rc = read_times(h, source, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    if (rc)
        log_info("the commits' times are not known: %s", why.text);
    return ERR_OK;
}

enum err_code history_read(struct task *task, struct deploy *deploy, const struct operand *what,
                           struct err *err)
{
    struct history h = {.task = task, .deploy = deploy, .what = what};
    char caller[300];
    enum err_code rc =
        deploy_at(task, deploy, what->id.account, what->id.region, &h.session, caller, err);

    if (rc || deploy->cache == NULL)
        return rc;
    arena_init(&h.arena, READING_CAP);
    rc = read_executions(&h, err);
    if (rc == ERR_OK)
        rc = read_runs(&h, err);
    if (rc == ERR_OK)
        rc = read_commits(&h, err);
    arena_release(&h.arena);
    return rc;
}
