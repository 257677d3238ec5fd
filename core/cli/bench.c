#include "core/cli/bench.h"

#include "core/cli/verb.h"

enum err_code bench_open(struct bench *b, struct cli *cli, struct err *err)
{
    enum err_code rc;

    *b = (struct bench){0};
    rc = session_open(&b->session, cli, false, err);
    if (!rc && b->session.contexts.count != 1)
        rc = err_set(err, ERR_USAGE,
                     "%s works in one account: name its context with --profile and --region",
                     cli->verb);
    if (!rc)
        rc = session_connect(&b->session, err);
    if (!rc)
        rc = deploy_open(&b->deploy, b->session.aws, b->session.cache, &b->session.contexts,
                         &b->session.contexts.items[0], &cli->contexts, err);
    if (rc) {
        bench_close(b);
        return rc;
    }
    b->deploy.is_read_only = b->deploy.is_read_only || cli->is_read_only;
    b->deploy.no_wait = cli_option(cli, OPTION_NO_WAIT) != NULL;
    return ERR_OK;
}

enum err_code bench_open_all(struct bench *b, struct cli *cli, struct err *err)
{
    const struct context *first = NULL;
    enum err_code rc;

    *b = (struct bench){0};
    rc = session_open(&b->session, cli, false, err);
    for (size_t i = 0; !rc && i < b->session.contexts.count && first == NULL; i++) {
        const struct context *context = &b->session.contexts.items[i];

        if (!context->code && context->region.len > 0)
            first = context;
    }
    if (!rc)
        rc = session_connect(&b->session, err);
    /* With none that works the first one's own sentence is told. */
    if (!rc)
        rc =
            deploy_open(&b->deploy, b->session.aws, b->session.cache, &b->session.contexts,
                        first != NULL ? first : &b->session.contexts.items[0], &cli->contexts, err);
    if (rc) {
        bench_close(b);
        return rc;
    }
    b->deploy.is_read_only = b->deploy.is_read_only || cli->is_read_only;
    return ERR_OK;
}

void bench_close(struct bench *b)
{
    if (b->deploy.aws != NULL)
        deploy_close(&b->deploy);
    if (b->session.cli != NULL)
        session_close(&b->session);
    *b = (struct bench){0};
}

struct waiting {
    bool is_done;
    enum err_code rc;
    struct err err;
};

struct errand {
    task_fn *fn;
    void *owner;
    struct waiting waiting;
};

static enum err_code run_errand(struct task *task, void *owner, struct err *err)
{
    struct errand *e = owner;

    return e->fn(task, e->owner, err);
}

static void on_errand(void *owner, enum err_code rc, const struct err *err)
{
    struct errand *e = owner;

    e->waiting = (struct waiting){.is_done = true, .rc = rc, .err = *err};
}

enum err_code errand_run(struct net *net, task_fn *fn, void *owner, struct err *err)
{
    struct errand e = {.fn = fn, .owner = owner};
    struct task *task;
    enum err_code rc = task_start(net, run_errand, on_errand, &e, &task, err);

    while (!rc && !e.waiting.is_done)
        rc = net_wait(net, NULL, 0, -1, err);
    if (rc)
        return rc;
    if (e.waiting.rc && err != NULL)
        *err = e.waiting.err;
    return e.waiting.rc;
}
