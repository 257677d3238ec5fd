#include "core/cli/follow.h"

#include "core/aws/codepipeline.h"

enum { PAGES_CAP = 64 * 1024 * 1024, BODY_CAP = 1024 };

enum status follow_status(const struct pipeline_state *state, struct sv execution)
{
    enum status furthest = STATUS_UNKNOWN;

    for (size_t i = 0; i < state->stage_count; i++) {
        const struct stage_state *stage = &state->stages[i];
        bool is_last = i + 1 == state->stage_count;

        if (sv_eq(stage->inbound_id, execution) && stage->inbound_status != STATUS_NONE)
            return STATUS_IN_PROGRESS;
        if (!sv_eq(stage->execution_id, execution))
            continue;
        furthest = stage_status(stage);
        if (status_is_running(furthest))
            return furthest;
        /* Through a stage, but not the last: on its way, or superseded. */
        if (status_is_success(furthest) && !is_last)
            furthest = STATUS_UNKNOWN;
    }
    return furthest;
}

struct asking {
    struct arena arena;
    struct sv execution;
    enum status status;
    bool is_done;
    enum err_code code;
    struct err err;
};

static bool on_page(void *owner, const struct aws_reply *reply, bool is_last)
{
    struct asking *a = owner;
    struct execution *list = NULL;
    size_t count = 0;

    a->code = reply->code;
    if (a->code)
        a->err = reply->err;
    else
        a->code = decode_executions(reply->json, &a->arena, &list, &count, &a->err);
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(list[i].id, a->execution))
            a->status = list[i].status;
    }
    a->is_done = is_last || a->code != ERR_OK || a->status != STATUS_UNKNOWN;
    return !a->is_done;
}

static const struct context *context_of(const struct session *s, const struct pipeline_id *id)
{
    const struct scope_item *item = scope_find(&s->scope, id);

    for (size_t i = 0; item != NULL && i < s->contexts.count; i++) {
        if (sv_eq(s->contexts.items[i].profile, item->profile) &&
            sv_eq(s->contexts.items[i].region, item->region))
            return &s->contexts.items[i];
    }
    return NULL;
}

static enum err_code ask(struct session *s, struct aws_session *session, struct sv name,
                         struct asking *a, struct err *err)
{
    CLEANUP(sb_release) struct sb body = {0};
    uint64_t call = 0;
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_CAP);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", name);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc == ERR_OK)
        rc = aws_call_pages(session, OP_LIST_PIPELINE_EXECUTIONS, sb_sv(&body), on_page, a, &call,
                            err);
    while (rc == ERR_OK && !a->is_done)
        rc = net_wait(s->net, NULL, 0, -1, err);
    if (rc == ERR_OK && a->code)
        rc = err_set(err, a->code, "%s", a->err.text);
    return rc;
}

enum err_code follow_ask(struct session *s, const struct pipeline_id *id, struct sv execution,
                         enum status *out, struct err *err)
{
    const struct context *context = context_of(s, id);
    struct asking a = {.execution = execution, .status = STATUS_UNKNOWN};
    struct aws_session *session = NULL;
    enum err_code rc;

    if (context == NULL)
        return err_set(err, ERR_FAILED, "no context for account " SV_FMT, SV_ARG(id->account));
    arena_init(&a.arena, PAGES_CAP);
    rc = aws_session_new(s->aws, &context->settings, id->region, &session, err);
    if (rc == ERR_OK)
        rc = aws_session_set_account(session, id->account, err);
    if (rc == ERR_OK)
        rc = ask(s, session, id->name, &a, err);
    aws_session_free(session);
    arena_release(&a.arena);
    if (rc == ERR_OK)
        *out = a.status;
    return rc;
}
