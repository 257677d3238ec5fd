/* The past: executions and action runs of the pipelines that a screen wants them of.
 *
 * Two questions each, first page only, for two pipelines at a time, and not while pipelines wait
 * for their normal look, whose replies matter more. What was read is remembered by the latest
 * execution and whether it is over, so it is read again only when that changes. A failure is tried
 * again later and told to nobody: every screen does without. */
#include <stdint.h>

#include "core/aws/codepipeline.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/model/hash.h"
#include "core/sync/cadence.h"
#include "core/sync/poll.h"

enum {
    READING_CAP = 16 * 1024 * 1024,
    BODY_CAP = 4096,
    EXECUTIONS = 50,
    RUNS = 100,
    SOON_MS = 250, /* after a change in the cache: more of them may follow */
    TURN_MS = 1000,
    TURNS_MAX = 20, /* behind others, who may never be through */
    BUSY_MS = 20,
    BUSY_MAX = 500,
    IDENTITY_MS = 60 * 1000
};

enum past_ask { PAST_EXECUTIONS, PAST_RUNS, PAST_ASKS };

struct past_reading {
    struct poll *poll;
    struct past_row *row; /* which stays where it is while it is being read */
    uint64_t key;         /* of what it will have read */
    struct pipeline_id id;
    struct arena arena;
    uint64_t calls[PAST_ASKS];
    int answers;
    int busy; /* how often another penstock held the write lock */
    struct execution *executions;
    size_t execution_count;
    struct action_run *runs;
    size_t run_count;
};

static void pump(struct sync *sync);

static void on_timer(void *owner, uint64_t id)
{
    struct sync *sync = owner;

    (void)id;
    sync->past.timer = 0;
    pump(sync);
}

/* An earlier time that is set already stays. */
static void wake_in(struct sync *sync, int64_t ms)
{
    struct past *past = &sync->past;
    int64_t due_ms = time_mono_ms() + ms;

    if (past->timer != 0 && past->timer_due_ms <= due_ms)
        return;
    net_timer_cancel(aws_net(sync->aws), past->timer);
    past->timer = net_timer_start(aws_net(sync->aws), ms, on_timer, sync);
    past->timer_due_ms = due_ms;
}

/* ---- what is remembered of each row ---- */

static struct past_row *find_row(struct past *past, int64_t rowid)
{
    for (size_t i = 0; i < past->row_count; i++) {
        if (past->rows[i].rowid == rowid)
            return &past->rows[i];
    }
    return NULL;
}

static bool is_wanted(const struct past *past, int64_t rowid)
{
    for (size_t i = 0; i < past->wanted_count; i++) {
        if (past->wanted[i] == rowid)
            return true;
    }
    return false;
}

/* There is always one to forget: more rows are kept than are wanted and read at once. */
static struct past_row *make_row(struct past *past, int64_t rowid)
{
    struct past_row *row = find_row(past, rowid);

    if (row != NULL)
        return row;
    if (past->row_count < PAST_ROWS_MAX) {
        row = &past->rows[past->row_count++];
    } else {
        do {
            past->next_victim = (past->next_victim + 1) % PAST_ROWS_MAX;
            row = &past->rows[past->next_victim];
        } while (row->is_reading || is_wanted(past, row->rowid));
    }
    *row = (struct past_row){.rowid = rowid};
    return row;
}

static void put_off(struct sync *sync, struct past_row *row, int64_t ms)
{
    row->due_ms = time_mono_ms() + ms;
    wake_in(sync, ms);
}

static void put_off_failed(struct sync *sync, struct past_row *row, const struct err *err)
{
    log_debug("history: %s", err->text);
    row->failures++;
    put_off(sync, row, cadence_retry_ms(row->failures, sync_random01(sync)));
}

/* ---- one reading ---- */

static void release(struct past_reading *r)
{
    struct sync *sync = r->poll->sync;

    for (size_t i = 0; i < PAST_ASKS; i++)
        aws_cancel(sync->aws, r->calls[i]);
    for (size_t i = 0; i < PAST_AT_ONCE; i++) {
        if (sync->past.readings[i] == r)
            sync->past.readings[i] = NULL;
    }
    r->row->is_reading = false;
    arena_release(&r->arena);
    mem_free(r);
}

static void fail(struct past_reading *r, const struct err *err)
{
    struct sync *sync = r->poll->sync;
    struct past_row *row = r->row;

    release(r);
    put_off_failed(sync, row, err);
}

static enum err_code store(struct past_reading *r, struct err *err)
{
    struct cache *cache = r->poll->sync->cache;
    bool changed = false;
    enum err_code rc = cache_begin(cache, 0, err);

    if (rc)
        return rc;
    rc = cache_put_history(cache, &r->id, r->executions, r->execution_count, r->runs, r->run_count,
                           time_wall_ms(), &changed, err);
    if (!rc)
        rc = cache_commit(cache, err);
    if (rc)
        cache_rollback(cache);
    return rc;
}

static void put(struct past_reading *r)
{
    struct sync *sync = r->poll->sync;
    struct err err = {0};
    enum err_code rc = store(r, &err);

    if (rc == ERR_PENDING && r->busy++ < BUSY_MAX) {
        wake_in(sync, BUSY_MS);
        return;
    }
    if (rc) {
        fail(r, &err);
        return;
    }
    r->row->read_key = r->key;
    r->row->failures = 0;
    release(r);
    wake_in(sync, 0);
}

static void answered(struct past_reading *r, enum err_code rc, const struct err *err)
{
    if (rc) {
        fail(r, err);
        return;
    }
    r->answers++;
    if (r->answers == PAST_ASKS)
        put(r);
}

/* False when the reading is gone. */
static bool booked(struct past_reading *r, enum past_ask ask, const struct aws_reply *reply)
{
    r->calls[ask] = 0;
    r->poll->sync->result.calls++;
    if (!poll_confirm(r->poll))
        return false; /* which dropped it */
    if (reply->code)
        fail(r, &reply->err);
    return reply->code == ERR_OK;
}

static void on_executions(void *owner, const struct aws_reply *reply)
{
    struct past_reading *r = owner;
    struct err err = {0};

    if (booked(r, PAST_EXECUTIONS, reply))
        answered(
            r, decode_executions(reply->json, &r->arena, &r->executions, &r->execution_count, &err),
            &err);
}

static void on_runs(void *owner, const struct aws_reply *reply)
{
    struct past_reading *r = owner;
    struct err err = {0};

    if (booked(r, PAST_RUNS, reply))
        answered(r, decode_action_runs(reply->json, &r->arena, &r->runs, &r->run_count, &err),
                 &err);
}

static enum err_code ask(struct past_reading *r, enum past_ask ask, struct err *err)
{
    CLEANUP(sb_release) struct sb body = {0};
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_CAP);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", r->id.name);
    jw_put_int(&w, "maxResults", ask == PAST_EXECUTIONS ? EXECUTIONS : RUNS);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc)
        return rc;
    if (ask == PAST_EXECUTIONS)
        return aws_call(r->poll->session, OP_LIST_PIPELINE_EXECUTIONS, sb_sv(&body), on_executions,
                        r, &r->calls[ask], err);
    return aws_call(r->poll->session, OP_LIST_ACTION_EXECUTIONS, sb_sv(&body), on_runs, r,
                    &r->calls[ask], err);
}

static enum err_code copy_id(struct past_reading *r, const struct pipeline_id *id, struct err *err)
{
    r->id.partition = arena_sv(&r->arena, id->partition);
    r->id.account = arena_sv(&r->arena, id->account);
    r->id.region = arena_sv(&r->arena, id->region);
    r->id.name = arena_sv(&r->arena, id->name);
    return r->id.partition.ptr == NULL || r->id.account.ptr == NULL || r->id.region.ptr == NULL ||
                   r->id.name.ptr == NULL
               ? arena_err(&r->arena, err)
               : ERR_OK;
}

static void start(struct poll *poll, struct past_row *row, const struct pipeline_id *id,
                  uint64_t key, struct past_reading **slot)
{
    struct past_reading *r = mem_alloc(sizeof *r);
    struct err err = {0};
    enum err_code rc;

    if (r == NULL) {
        mem_err(&err);
        put_off_failed(poll->sync, row, &err);
        return;
    }
    r->poll = poll;
    r->row = row;
    r->key = key;
    arena_init(&r->arena, READING_CAP);
    row->is_reading = true;
    row->turns = 0;
    *slot = r;
    rc = copy_id(r, id, &err);
    if (!rc)
        rc = ask(r, PAST_EXECUTIONS, &err);
    if (!rc)
        rc = ask(r, PAST_RUNS, &err);
    if (rc)
        fail(r, &err);
}

/* ---- whose turn it is ---- */

static bool is_identified(const struct poll *poll)
{
    return poll->phase == PHASE_KNOWN || poll->phase == PHASE_LOOKING;
}

/* Who polls knows its accounts; who does not asks for them, which mostly the cache answers. */
static void identify(struct sync *sync)
{
    int64_t now = time_mono_ms();

    for (size_t i = 0; i < sync->poll_count; i++) {
        struct poll *poll = &sync->polls[i];

        if (is_identified(poll) || poll->context->code || now < poll->identity_due_ms)
            continue;
        poll->identity_due_ms = now + IDENTITY_MS;
        poll_identify(poll);
    }
}

static struct poll *poll_of(struct sync *sync, const struct pipeline_id *id)
{
    for (size_t i = 0; i < sync->poll_count; i++) {
        struct poll *poll = &sync->polls[i];

        if (is_identified(poll) && sv_eq(id->account, sv_of(poll->account)) &&
            sv_eq(id->region, sv_of(aws_session_region(poll->session))) &&
            sv_eq(id->partition, sv_of(aws_session_partition(poll->session))))
            return poll;
    }
    return NULL;
}

static uint64_t key_of(const struct execution *latest)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, latest->id);
    hash_sv(&h, status_is_running(latest->status) ? SV("on") : SV("over"));
    return hash_done(&h) | 1; /* 0 = never read */
}

static void consider(struct sync *sync, struct past_row *row, struct past_reading **slot)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct cache_pipeline p;
    struct err err = {0};
    struct poll *poll;
    enum err_code rc;

    arena_init(&arena, READING_CAP);
    rc = cache_get_pipeline(sync->cache, row->rowid, &arena, &p, &err);
    if (rc && rc != ERR_NOT_FOUND) {
        put_off_failed(sync, row, &err);
        return;
    }
    row->is_settled =
        rc == ERR_NOT_FOUND || p.latest.id.len == 0 || key_of(&p.latest) == row->read_key;
    if (row->is_settled)
        return;
    poll = poll_of(sync, &p.row.id);
    if (poll == NULL) {
        row->is_settled = true; /* until an account is known */
        if (!sync->is_poller)
            identify(sync);
    } else if (poll->queue_at < poll->queue_count && row->turns++ < TURNS_MAX) {
        put_off(sync, row, TURN_MS);
    } else {
        start(poll, row, &p.row.id, key_of(&p.latest), slot);
    }
}

static struct past_reading **free_slot(struct past *past)
{
    for (size_t i = 0; i < PAST_AT_ONCE; i++) {
        if (past->readings[i] == NULL)
            return &past->readings[i];
    }
    return NULL;
}

static void pump(struct sync *sync)
{
    struct past *past = &sync->past;
    int64_t now = time_mono_ms();

    for (size_t i = 0; i < PAST_AT_ONCE; i++) {
        if (past->readings[i] != NULL && past->readings[i]->answers == PAST_ASKS)
            put(past->readings[i]);
    }
    for (size_t i = 0; i < past->wanted_count; i++) {
        struct past_row *row = make_row(past, past->wanted[i]);
        struct past_reading **slot = free_slot(past);

        if (slot == NULL)
            return; /* whoever ends looks again */
        if (row->is_settled || row->is_reading)
            continue;
        if (row->due_ms > now)
            wake_in(sync, row->due_ms - now);
        else
            consider(sync, row, slot);
    }
}

/* ---- for the rest of sync ---- */

void sync_want_history(struct sync *sync, const int64_t *rowids, size_t count)
{
    struct past *past = &sync->past;

    past->wanted_count = count < PAST_WANTED_MAX ? count : PAST_WANTED_MAX;
    if (count > 0)
        memcpy(past->wanted, rowids, past->wanted_count * sizeof *rowids);
    if (count > 0)
        wake_in(sync, 0);
}

void past_look(struct sync *sync, int64_t seq)
{
    struct past *past = &sync->past;

    if (past->wanted_count == 0 || seq == past->seq)
        return;
    past->seq = seq;
    for (size_t i = 0; i < past->row_count; i++)
        past->rows[i].is_settled = false;
    wake_in(sync, SOON_MS);
}

void past_identified(struct sync *sync)
{
    struct past *past = &sync->past;

    for (size_t i = 0; i < past->row_count; i++)
        past->rows[i].is_settled = false;
    if (past->wanted_count > 0)
        wake_in(sync, 0);
}

void past_drop(struct poll *poll)
{
    struct past *past = &poll->sync->past;

    for (size_t i = 0; i < PAST_AT_ONCE; i++) {
        struct past_reading *r = past->readings[i];

        if (r == NULL || r->poll != poll)
            continue;
        put_off(poll->sync, r->row, CADENCE_RETRY_MIN_MS);
        release(r);
    }
}

void past_forget(struct sync *sync)
{
    struct past *past = &sync->past;

    for (size_t i = 0; i < PAST_AT_ONCE; i++) {
        if (past->readings[i] != NULL)
            release(past->readings[i]);
    }
    net_timer_cancel(aws_net(sync->aws), past->timer);
    *past = (struct past){0};
}
