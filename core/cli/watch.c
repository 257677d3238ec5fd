/* penstock watch: one line per observed change of one pipeline, until its execution ends.
 *
 * It syncs that pipeline only, or reads what another penstock that holds the lease writes. The
 * execution that was the latest at the start is followed to its end, also behind newer ones. */
#include "core/base/time.h"
#include "core/cli/change.h"
#include "core/cli/follow.h"
#include "core/cli/out.h"
#include "core/cli/session.h"
#include "core/cli/verb.h"

enum { ASK_MS = 4000, TURN_MS = 1000, PATIENCE_MS = 60 * 1000, ROW_CAP = 16 << 20, ID_MAX = 128 };

struct watch {
    struct session *session;
    struct sync *sync;
    struct out *out;
    int64_t rowid;
    int64_t since;           /* the last transition that was printed */
    char execution[ID_MAX];  /* which one is followed; "" until there is one */
    bool is_overtaken;       /* that a newer one has begun was told */
    int64_t asked_ms;        /* monotonic; when AWS was asked about it */
    int64_t deadline_ms;     /* monotonic; 0 = none */
    int64_t failing_from_ms; /* monotonic; 0 = all is well */
    struct err trouble;      /* why its row could not be read; "" when it could */
    enum err_code rc;        /* of printing */
    struct err *err;
};

static bool print_change(void *owner, const struct transition *t)
{
    struct watch *w = owner;

    w->since = t->seq;
    w->rc = change_line(t, false, &w->out->text, w->err);
    return w->rc == ERR_OK;
}

static enum err_code print_changes(struct watch *w)
{
    const struct transition_query query = {.rowid = w->rowid, .after_seq = w->since};
    enum err_code rc = cache_transitions(w->session->cache, &query, print_change, w, w->err);

    if (rc == ERR_OK)
        rc = w->rc;
    return rc ? rc : out_flush(w->out, w->err);
}

/* "NAME: InProgress (execution 3f65...)" */
static enum err_code print_state(struct watch *w, const struct cache_pipeline *p)
{
    struct sb *out = &w->out->text;
    enum err_code rc = sb_add_safe(out, p->row.id.name, w->err);

    if (rc == ERR_OK && p->latest.id.len == 0)
        rc = sb_add(out, SV(": it never ran\n"), w->err);
    else if (rc == ERR_OK)
        rc = sb_addf(out, w->err, ": %s, execution ", status_aws(p->row.status));
    if (rc || p->latest.id.len == 0)
        return rc ? rc : out_flush(w->out, w->err);
    rc = sb_add_safe(out, p->latest.id, w->err);
    if (rc == ERR_OK && p->row.error.len > 0 && !status_is_running(p->row.status))
        rc = sb_add(out, SV(": "), w->err);
    if (rc == ERR_OK && !status_is_running(p->row.status))
        rc = sb_add_safe(out, p->row.error, w->err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', w->err);
    return rc ? rc : out_flush(w->out, w->err);
}

static int outcome(enum status status)
{
    return err_exit_status(status_is_success(status) ? ERR_OK : ERR_FAILED);
}

/* A newer execution is the latest now: what of the followed one? Running until it is certain. */
static enum status older_status(struct watch *w, const struct cache_pipeline *p)
{
    enum status status = follow_status(&p->state, sv_of(w->execution));
    int64_t now = time_mono_ms();
    struct err err = {0};

    if (status != STATUS_UNKNOWN)
        return status;
    if (w->asked_ms != 0 && now - w->asked_ms < ASK_MS)
        return STATUS_IN_PROGRESS;
    w->asked_ms = now;
    /* An answer that does not come is the sync's trouble too, and check_health counts its time. */
    if (follow_ask(w->session, &p->row.id, sv_of(w->execution), &status, &err))
        return STATUS_IN_PROGRESS;
    return status;
}

static enum err_code print_older(struct watch *w, const struct cache_pipeline *p,
                                 enum status status)
{
    struct sb *out = &w->out->text;
    bool is_over = !status_is_running(status);
    enum err_code rc = ERR_OK;

    if (!is_over && w->is_overtaken)
        return ERR_OK;
    w->is_overtaken = true;
    rc = sb_add_safe(out, p->row.id.name, w->err);
    if (rc == ERR_OK && is_over)
        rc = sb_addf(out, w->err, ": %s, execution ", status_aws(status));
    else if (rc == ERR_OK)
        rc = sb_add(out, SV(": a newer execution has begun; still watching "), w->err);
    if (rc == ERR_OK)
        rc = sb_add_safe(out, sv_of(w->execution), w->err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', w->err);
    return rc ? rc : out_flush(w->out, w->err);
}

static enum err_code look_older(struct watch *w, const struct cache_pipeline *p, bool *is_over,
                                int *status)
{
    enum status now = older_status(w, p);

    *is_over = !status_is_running(now);
    *status = outcome(now);
    return print_older(w, p, now);
}

/* Has the followed execution ended? */
static enum err_code look(struct watch *w, bool *is_over, int *status)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct cache_pipeline p = {0};
    bool is_first = w->execution[0] == '\0';
    enum err_code rc;

    arena_init(&arena, ROW_CAP);
    rc = cache_get_pipeline(w->session->cache, w->rowid, &arena, &p, w->err);
    if (rc == ERR_NOT_FOUND)
        return err_set(w->err, rc, "the pipeline was deleted while it was watched");
    if (rc)
        return rc;
    err_set(&w->trouble, ERR_NET, SV_FMT, SV_ARG(p.row.trouble));
    /* After the row was read, so that no change behind what is said of it is left out. */
    rc = is_first ? ERR_OK : print_changes(w);
    if (rc)
        return rc;
    if (!is_first && !sv_eq(p.latest.id, sv_of(w->execution)))
        return look_older(w, &p, is_over, status);
    *is_over = !status_is_running(p.row.status);
    *status = outcome(p.row.status);
    if (is_first)
        snprintf(w->execution, sizeof w->execution, SV_FMT, SV_ARG(p.latest.id));
    return is_first || *is_over ? print_state(w, &p) : ERR_OK;
}

/* Why nothing new is heard: the context's failure, or the row's own trouble. */
static struct err what_fails(const struct watch *w)
{
    struct err failure = w->trouble;

    for (size_t i = 0; i < w->session->scope.count; i++) {
        const struct scope_item *item = &w->session->scope.items[i];

        if (item->code)
            err_set(&failure, item->code, "%s", item->error);
    }
    return failure;
}

/* A network that comes back is waited for; credentials that are refused are not. */
static enum err_code check_health(struct watch *w)
{
    struct err failure;
    int64_t now = time_mono_ms();
    enum err_code rc = session_reload(w->session, w->err);

    if (rc)
        return rc;
    failure = what_fails(w);
    if (failure.text[0] == '\0') {
        w->failing_from_ms = 0;
        return ERR_OK;
    }
    if (w->failing_from_ms == 0) {
        w->failing_from_ms = now;
        cli_note("%s", failure.text);
    }
    if (err_exit_status(failure.code) == err_exit_status(ERR_AUTH) ||
        now - w->failing_from_ms >= PATIENCE_MS)
        return err_set(w->err, failure.code, "%s", failure.text);
    return ERR_OK;
}

static int turn_ms(const struct watch *w)
{
    int64_t left = w->deadline_ms - time_mono_ms();

    if (w->deadline_ms == 0 || left > TURN_MS)
        return TURN_MS;
    return left > 0 ? (int)left : 0;
}

/* Wait for a change by this process or another; false when the time is up. */
static enum err_code wait_turn(struct watch *w, bool *is_late)
{
    struct net_fd fd = {.fd = cache_watch_fd(w->session->cache)};
    enum err_code rc;

    /* Each turn, because the wish is heard only once the sync has begun to look. */
    sync_set_visible(w->sync, &w->rowid, 1);
    rc = net_wait(w->session->net, &fd, fd.fd >= 0 ? 1 : 0, turn_ms(w), w->err);

    if (rc == ERR_OK && fd.fd >= 0 && fd.is_ready) {
        cache_watch_drain(w->session->cache);
        sync_look_at_cache(w->sync);
    }
    *is_late = w->deadline_ms > 0 && time_mono_ms() >= w->deadline_ms;
    return rc;
}

static enum err_code follow(struct watch *w, int *status)
{
    bool is_over = false;
    bool is_late = false;
    enum err_code rc = look(w, &is_over, status);

    while (rc == ERR_OK && !is_over && !is_late) {
        rc = wait_turn(w, &is_late);
        if (rc == ERR_OK)
            rc = look(w, &is_over, status);
        if (rc == ERR_OK && !is_over)
            rc = check_health(w);
    }
    if (rc == ERR_OK && !is_over)
        return err_set(w->err, ERR_PENDING, "still running after %d s", w->session->cli->timeout_s);
    return rc;
}

static enum err_code watch_row(struct watch *w, int *status)
{
    struct session *s = w->session;
    struct sv name = sv_of(s->cli->args[0]);
    struct sync_options ask = {
        .contexts = &s->contexts, .is_continuous = true, .names = &name, .name_count = 1};
    CLEANUP(arena_release) struct arena arena;
    struct cache_pipeline p = {0};
    struct sync *sync = NULL;
    enum err_code rc;

    arena_init(&arena, ROW_CAP);
    rc = cache_get_pipeline(s->cache, w->rowid, &arena, &p, w->err);
    if (rc == ERR_OK)
        rc = change_last_seq(s->cache, &w->since, w->err);
    /* A logical name led here: AWS knows the pipeline by its own. */
    ask.names = &p.row.id.name;
    if (rc == ERR_OK)
        rc = sync_start(s->aws, s->cache, &ask, NULL, NULL, &sync, w->err);
    if (rc)
        return rc;
    w->sync = sync;
    rc = follow(w, status);
    sync_stop(sync);
    return rc;
}

/* The first round: without it nothing is known, so its failure is the end. */
static enum err_code first_look(struct session *s, int64_t *rowid, struct err *err)
{
    struct sv name = sv_of(s->cli->args[0]);
    struct sync_result result;
    enum err_code rc = session_sync(s, &name, 1, &result, err);

    if (rc == ERR_OK && result.code && result.code != ERR_NOT_FOUND) {
        *err = result.err;
        return result.code;
    }
    return rc ? rc : session_find(s, s->cli->args[0], rowid, err);
}

int run_watch(struct cli *cli)
{
    struct session s;
    struct out out;
    struct err err = {0};
    struct watch w = {.session = &s, .out = &out, .err = &err};
    int status = 0;

    if (cli->timeout_s > 0)
        w.deadline_ms = time_mono_ms() + (int64_t)cli->timeout_s * 1000;
    if (session_open(&s, cli, false, &err))
        return cli_fail(&err);
    out_init(&out);
    if (first_look(&s, &w.rowid, &err) || watch_row(&w, &status))
        status = cli_fail(&err);
    out_release(&out);
    session_close(&s);
    return status;
}
