#include "core/deploy/ask.h"

#include "core/base/json.h"

enum { BODY_MAX = 64 * 1024 };

static enum err_code write_body(const struct ask_member *members, struct sb *body, struct err *err)
{
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    for (; members->name != NULL; members++)
        jw_put_sv(&w, members->name, members->value);
    jw_close(&w, '}');
    return jw_done(&w);
}

enum err_code ask_read(const struct asker *a, enum op op, const struct ask_member *members,
                       const struct aws_reply **reply, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    enum err_code rc;

    *reply = NULL;
    sb_init(&body, BODY_MAX);
    rc = write_body(members, &body, err);
    return rc ? rc : deploy_read(a->task, a->deploy, a->session, op, sb_sv(&body), reply, err);
}

enum err_code ask_write(const struct asker *a, enum op op, const struct ask_member *members,
                        const char *text, const struct aws_reply **reply, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct write write = {.session = a->session, .account = a->account, .op = op, .text = text};
    enum err_code rc;

    *reply = NULL;
    sb_init(&body, BODY_MAX);
    rc = write_body(members, &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    return deploy_write(a->task, a->deploy, &write, reply, err);
}
