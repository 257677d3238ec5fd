#include "core/cli/reader.h"

enum err_code reader_open(struct reader *r, struct session *session, struct err *err)
{
    const struct context *first = NULL;
    enum err_code rc = session_connect(session, err);

    *r = (struct reader){.session = session};
    for (size_t i = 0; i < session->contexts.count && first == NULL; i++) {
        if (session->contexts.items[i].code == ERR_OK)
            first = &session->contexts.items[i];
    }
    if (rc == ERR_OK && first == NULL)
        rc = err_set(err, session->contexts.items[0].code, "%s",
                     session->contexts.items[0].err.text);
    if (rc == ERR_OK)
        rc = deploy_open(&r->deploy, session->aws, session->cache, &session->contexts, first,
                         &session->cli->contexts, err);
    r->is_open = rc == ERR_OK;
    return rc;
}

void reader_close(struct reader *r)
{
    if (r->is_open)
        deploy_close(&r->deploy);
    *r = (struct reader){0};
}

struct call {
    struct reader *reader;
    reading_fn *fn;
    const struct operand *what;
};

static enum err_code run(struct task *task, void *owner, struct err *err)
{
    struct call *c = owner;

    return c->fn(task, &c->reader->deploy, c->what, err);
}

enum err_code reader_run(struct reader *r, reading_fn *fn, const struct operand *what,
                         struct err *err)
{
    struct call call = {r, fn, what};

    return errand_run(r->session->net, run, &call, err);
}
