#include "core/operate/reach.h"

#include "core/aws/sts.h"
#include "core/deploy/environments.h"

enum { CALLER_SIZE = 300, LIST_ARENA = 8 << 20 };

enum err_code reach_environments(struct task *task, struct deploy *d, struct arena *arena,
                                 struct environment_list *out, struct err *err)
{
    struct err notice = {0};

    return environments_read(task, d, arena, &out->items, &out->count, &notice, err);
}

static enum err_code ask_caller(struct task *task, struct deploy *d, struct aws_session *session,
                                char *out, struct err *err)
{
    const struct aws_reply *reply;
    struct caller caller;
    enum err_code rc =
        deploy_read(task, d, session, OP_STS_GET_CALLER_IDENTITY, SV(""), &reply, err);

    if (!rc)
        rc = decode_caller(reply->xml, &caller, err);
    if (!rc)
        (void)snprintf(out, CALLER_SIZE, SV_FMT, SV_ARG(sv_take(caller.arn, CALLER_SIZE - 1)));
    return rc;
}

/* The first environment of that place whose way works; why the others do not is told when none
 * does. */
static enum err_code by_environments(struct task *task, struct deploy *d,
                                     const struct environment_list *list, struct sv account,
                                     struct sv region, struct aws_session **out, struct err *err)
{
    enum err_code rc = ERR_NOT_FOUND;

    for (size_t i = 0; i < list->count; i++) {
        const struct environment *e = &list->items[i];

        if (!sv_eq(e->account, account) || !sv_eq(e->region, region))
            continue;
        rc = deploy_reach(task, d, e, out, err);
        if (rc == ERR_OK || rc == ERR_CANCELLED)
            return rc;
    }
    return rc;
}

enum err_code reach_place(struct task *task, struct deploy *d,
                          const struct environment_list *environments, struct sv account,
                          struct sv region, struct aws_session **out, char *caller, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct environment_list read = {0};
    char known[CALLER_SIZE];
    struct err why = {0};
    struct err other = {0};
    enum err_code rc;

    arena_init(&arena, LIST_ARENA);
    rc = deploy_at(task, d, account, region, out, caller != NULL ? caller : known, &why);
    if (rc == ERR_OK || rc == ERR_CANCELLED)
        return rc ? err_set(err, rc, "%s", why.text) : rc;
    rc = environments == NULL ? reach_environments(task, d, &arena, &read, &other) : ERR_OK;
    if (!rc)
        rc = by_environments(task, d, environments == NULL ? &read : environments, account, region,
                             out, &other);
    if (!rc)
        return caller == NULL ? ERR_OK : ask_caller(task, d, *out, caller, err);
    /* No environment is there: what the contexts say is what can be mended. */
    if (other.code == ERR_OK || rc == ERR_NOT_FOUND)
        other = why;
    return err_set(err, rc == ERR_CANCELLED ? rc : other.code, "%s", other.text);
}
