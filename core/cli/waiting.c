#include "core/cli/waiting.h"

#include "core/base/time.h"
#include "core/cli/follow.h"

enum { TURN_MS = 1000, ASK_MS = 4000, PATIENCE_MS = 60 * 1000, ROW_CAP = 16 << 20 };

struct waiter {
    struct session *session;
    struct sync *sync;
    const struct waiting_for *what;
    int64_t rowid;
    int64_t deadline_ms;     /* monotonic; 0 = none */
    int64_t asked_ms;        /* AWS was asked about an execution that is not the latest */
    int64_t failing_from_ms; /* 0 = all is well */
};

/* Why nothing goes on by itself; "" when something does. */
static void tell_person(const struct pipeline_state *state, struct sv execution, char *out,
                        size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < state->stage_count; i++) {
        const struct stage_state *s = &state->stages[i];
        bool is_its = execution.len == 0 || sv_eq(s->execution_id, execution);
        bool is_inbound = s->inbound_status == STATUS_IN_PROGRESS && !s->transition_enabled &&
                          (execution.len == 0 || sv_eq(s->inbound_id, execution));

        if (is_its && stage_status(s) == STATUS_WAITING)
            (void)snprintf(out, size, "an approval in " SV_FMT, SV_ARG(sv_take(s->name, 100)));
        if (is_inbound)
            (void)snprintf(out, size, "the disabled transition into " SV_FMT,
                           SV_ARG(sv_take(s->name, 100)));
    }
}

/* Anything that moves by itself, also behind the latest execution. */
static bool moves(const struct cache_pipeline *p)
{
    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *s = &p->state.stages[i];
        enum status status = stage_status(s);

        if ((status_is_running(status) && status != STATUS_WAITING) ||
            (s->inbound_status == STATUS_IN_PROGRESS && s->transition_enabled))
            return true;
    }
    return false;
}

/* An execution that is not the latest any more is asked for by its id. */
static enum err_code status_of(struct waiter *w, const struct cache_pipeline *p, enum status *out,
                               struct err *err)
{
    int64_t now = time_mono_ms();

    if (w->what->execution.len == 0 || sv_eq(p->latest.id, w->what->execution)) {
        *out = p->row.status;
        return ERR_OK;
    }
    *out = STATUS_IN_PROGRESS;
    if (w->asked_ms != 0 && now - w->asked_ms < ASK_MS)
        return ERR_OK;
    w->asked_ms = now;
    return follow_ask(w->session, &w->what->id, w->what->execution, out, err);
}

static enum err_code look(struct waiter *w, bool *is_over, enum status *status, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct cache_pipeline p;
    char person[160];
    enum err_code rc;

    arena_init(&arena, ROW_CAP);
    rc = cache_get_pipeline(w->session->cache, w->rowid, &arena, &p, err);
    if (!rc)
        rc = status_of(w, &p, status, err);
    if (rc)
        return rc;
    tell_person(&p.state, w->what->execution, person, sizeof person);
    *is_over = !status_is_running(*status) && *status != STATUS_UNKNOWN &&
               (w->what->execution.len > 0 || !moves(&p));
    /* An older one that waits may be told before the latest has ended: that goes on first. */
    if (person[0] != '\0' && !moves(&p) &&
        (status_is_running(*status) || w->what->execution.len == 0))
        return err_set(err, ERR_PENDING, "it waits for %s", person);
    return ERR_OK;
}

static enum err_code check_health(struct waiter *w, struct err *err)
{
    int64_t now = time_mono_ms();
    const struct scope_item *item;
    enum err_code rc = session_reload(w->session, err);

    if (rc)
        return rc;
    item = scope_find(&w->session->scope, &w->what->id);
    if (item == NULL || !item->code) {
        w->failing_from_ms = 0;
        return ERR_OK;
    }
    if (w->failing_from_ms == 0)
        w->failing_from_ms = now;
    if (err_exit_status(item->code) == err_exit_status(ERR_AUTH) ||
        now - w->failing_from_ms >= PATIENCE_MS)
        return err_set(err, item->code, "%s", item->error);
    return ERR_OK;
}

static enum err_code turn(struct waiter *w, struct err *err)
{
    struct net_fd fd = {.fd = cache_watch_fd(w->session->cache)};
    int64_t left = w->deadline_ms - time_mono_ms();
    int ms = w->deadline_ms == 0 || left > TURN_MS ? TURN_MS : left > 0 ? (int)left : 0;
    enum err_code rc;

    sync_set_visible(w->sync, &w->rowid, 1);
    rc = net_wait(w->session->net, &fd, fd.fd >= 0 ? 1 : 0, ms, err);
    if (!rc && fd.fd >= 0 && fd.is_ready) {
        cache_watch_drain(w->session->cache);
        sync_look_at_cache(w->sync);
    }
    return rc ? rc : check_health(w, err);
}

static enum err_code go(struct waiter *w, enum status *status, struct err *err)
{
    bool is_over = false;
    enum err_code rc = look(w, &is_over, status, err);

    while (!rc && !is_over) {
        if (w->deadline_ms > 0 && time_mono_ms() >= w->deadline_ms)
            return err_set(err, ERR_PENDING, "still running after %d s", w->what->timeout_s);
        rc = turn(w, err);
        if (!rc)
            rc = look(w, &is_over, status, err);
    }
    return rc;
}

enum err_code waiting_run(struct session *s, const struct waiting_for *what, enum status *status,
                          struct err *err)
{
    struct sync_options ask = {
        .contexts = &s->contexts, .is_continuous = true, .names = &what->id.name, .name_count = 1};
    struct waiter w = {.session = s, .what = what};
    struct sync_result result;
    enum err_code rc = session_sync(s, &what->id.name, 1, &result, err);

    if (what->timeout_s > 0)
        w.deadline_ms = time_mono_ms() + (int64_t)what->timeout_s * 1000;
    if (!rc && result.code && result.code != ERR_NOT_FOUND)
        rc = err_set(err, result.code, "%s", result.err.text);
    if (!rc)
        rc = cache_find_id(s->cache, &what->id, &w.rowid, err);
    if (!rc && w.rowid == 0)
        rc = err_set(err, ERR_NOT_FOUND, "there is no pipeline " SV_FMT " any more",
                     SV_ARG(what->id.name));
    if (!rc)
        rc = sync_start(s->aws, s->cache, &ask, NULL, NULL, &w.sync, err);
    if (rc)
        return rc;
    rc = go(&w, status, err);
    sync_stop(w.sync);
    return rc;
}
