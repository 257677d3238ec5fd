/* What an execution's page shows: first how its own actions ran, since the first page of the
 * pipeline's history seldom reaches back to an old one; then what it carried. */
#include "core/operate/history.h"
#include "core/operate/keeping.h"
#include "core/operate/pipe.h"

enum { READING_CAP = 16 << 20 };

static enum err_code read_runs(struct task *task, struct deploy *deploy, const struct operand *what,
                               struct err *err)
{
    struct operand operand = *what;
    struct turn t = {.task = task, .deploy = deploy, .operand = &operand};
    struct action_run *runs = NULL;
    struct arena arena;
    size_t count = 0;
    char caller[300];
    enum err_code rc =
        deploy_at(task, deploy, what->id.account, what->id.region, &t.session, caller, err);

    if (rc)
        return rc;
    arena_init(&arena, READING_CAP);
    t.arena = &arena;
    rc = pipe_runs(&t, what->execution_id, &runs, &count, err);
    if (rc == ERR_OK)
        rc = keep_history(task, deploy, &what->id, NULL, 0, runs, count, err);
    arena_release(&arena);
    return rc;
}

/* Who may not list the actions may still see what it carried. */
enum err_code execution_page_read(struct task *task, struct deploy *deploy,
                                  const struct operand *what, struct err *err)
{
    struct err why = {0};
    enum err_code runs_rc = ERR_OK;
    enum err_code rc;

    if (deploy->cache != NULL && what->execution_id.len > 0)
        runs_rc = read_runs(task, deploy, what, &why);
    if (runs_rc == ERR_CANCELLED)
        return err_set(err, runs_rc, "%s", why.text);
    rc = execution_read(task, deploy, what, err);
    return rc || runs_rc == ERR_OK ? rc : err_set(err, runs_rc, "%s", why.text);
}
