#include "core/aws/codepipeline.h"
#include "core/base/json.h"
#include "core/operate/history.h"
#include "core/operate/keeping.h"

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
    arena_release(&h.arena);
    return rc;
}
