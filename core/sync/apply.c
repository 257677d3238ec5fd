#include <stdint.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sync/cadence.h"
#include "core/sync/poll.h"

/* Readings are put together into one short transaction: few commits, and the write lock is never
 * held across a wait. */
enum {
    LIVE_MS = 50,   /* the console: seen at once, yet several replies together */
    ROUND_MS = 150, /* a one-time sync: fewer commits, a quarter of the bytes in the log */
    BUSY_MS = 5,
    PATIENCE_MS = 30 * 1000,
    BATCH_MAX = 500,
    STALE_REPLIES_MAX = 3
};

static struct pipeline_id id_of(const struct reading *r)
{
    return (struct pipeline_id){
        .partition = sv_of(aws_session_partition(r->poll->session)),
        .account = sv_of(r->poll->account),
        .region = sv_of(aws_session_region(r->poll->session)),
        .name = sv_of(r->entry->name),
    };
}

static int64_t newest(const struct pipeline_state *state)
{
    int64_t ms = 0;

    for (size_t i = 0; i < state->stage_count; i++) {
        const struct stage_state *stage = &state->stages[i];

        if (stage->transition_changed_at > ms)
            ms = stage->transition_changed_at;
        for (size_t k = 0; k < stage->action_count; k++) {
            if (stage->actions[k].changed_at > ms)
                ms = stage->actions[k].changed_at;
        }
    }
    return ms;
}

/* What is in the row now: another process may have put something newer than we ever saw. */
struct latest_known {
    struct sv execution_id;
    int64_t updated_at; /* of that execution */
    int64_t newest_at;
};

static enum err_code find_latest(struct reading *r, struct latest_known *out, struct err *err)
{
    const struct entry *entry = r->entry;
    struct cache_pipeline known;
    enum err_code rc = ERR_NOT_FOUND;

    *out = (struct latest_known){sv_of(entry->execution_id), entry->execution_updated_at,
                                 entry->newest_at};
    if (entry->rowid != 0)
        rc = cache_get_pipeline(r->poll->sync->cache, entry->rowid, &r->arena, &known, err);
    if (!rc)
        *out =
            (struct latest_known){known.latest.id, known.latest.updated_at, newest(&known.state)};
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* Some reads are answered from an older copy: going back would invent transitions that never were.
 */
static enum err_code check_stale(struct reading *r, bool *is_stale, struct err *err)
{
    struct latest_known known;
    enum err_code rc;

    *is_stale = false;
    if (r->code || !r->has_change || (r->asked & ASK_DEF) ||
        r->entry->stale_replies >= STALE_REPLIES_MAX)
        return ERR_OK;
    rc = find_latest(r, &known, err);
    if (rc)
        return rc;
    *is_stale = newest(&r->state) < known.newest_at ||
                (r->latest != NULL && r->latest->updated_at < known.updated_at &&
                 sv_eq(r->latest->id, known.execution_id));
    return ERR_OK;
}

/* That the tags may not be read goes before whatever else fails: the guard goes by it. */
static const char *with_tags(const struct reading *r, struct err *both)
{
    bool is_lacking =
        r->asked & ASK_TAGS & r->answered ? (r->denied & ASK_TAGS) != 0 : r->entry->lacks_tags;

    if (!is_lacking || strcmp(r->err.text, r->lack.text) == 0)
        return r->err.text;
    (void)err_set(both, r->err.code, "ListTagsForResource is denied; %s", r->err.text);
    return both->text;
}

static enum err_code put_trouble(struct reading *r, struct err *err)
{
    struct err both = {0};
    struct pipeline_id id = id_of(r);
    bool changed = false;
    enum err_code rc;

    if (r->code == ERR_NOT_FOUND || r->entry->is_guess)
        return ERR_OK; /* deleted just now: the next complete listing removes it */
    rc = cache_put_trouble(r->poll->sync->cache, &id, sv_of(with_tags(r, &both)), &changed, err);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* What could not be read although the rest was; nothing, when all was. */
static enum err_code put_lack(struct reading *r, const struct pipeline_id *id, struct err *err)
{
    const struct entry *entry = r->entry;
    bool changed = false;

    if (entry->lacks_tags && !(r->asked & ASK_TAGS))
        return ERR_OK; /* what is said of them stays */
    if (r->denied != 0)
        return cache_put_trouble(r->poll->sync->cache, id, sv_of(r->lack.text), &changed, err);
    if (!entry->has_trouble)
        return ERR_OK;
    return cache_put_trouble(r->poll->sync->cache, id, SV(""), &changed, err);
}

static enum err_code put(struct reading *r, bool *changed, struct err *err)
{
    struct cache *cache = r->poll->sync->cache;
    struct pipeline_id id = id_of(r);
    int64_t now = time_wall_ms();
    bool def_changed = false;
    bool state_changed = false;
    enum err_code rc = ERR_OK;

    if (r->code)
        return put_trouble(r, err);
    if (r->denied & ASK_TAGS) { /* those that were known before stay */
        r->tags = NULL;
        r->tag_count = 0;
    }
    if (r->asked & ASK_DEF)
        rc = cache_put_def(cache, &id, &r->def, r->tags, r->tag_count, now, &def_changed, err);
    if (!rc && r->has_change)
        rc = cache_put_state(cache, &id, &r->state, r->latest, now, &state_changed, err);
    if (!rc)
        rc = put_lack(r, &id, err);
    *changed = def_changed || state_changed;
    return rc;
}

/* The entry learns what was put. */
static void learn(struct reading *r)
{
    struct entry *entry = r->entry;
    size_t len = 0;

    if (r->asked & ASK_TAGS)
        entry->lacks_tags = (r->denied & ASK_TAGS) != 0;
    entry->has_trouble = entry->lacks_tags;
    entry->stale_replies = 0;
    entry->is_guess = false;
    if (r->asked & ASK_DEF) {
        entry->needs_def = false;
        entry->version = r->def.version;
        entry->mode = r->def.mode;
        if (r->def.updated_at != 0)
            entry->def_updated_at = r->def.updated_at;
    }
    if (!r->has_change)
        return;
    entry->state_hash = pipeline_state_hash(&r->state);
    entry->newest_at = newest(&r->state);
    entry->status = pipeline_status(r->latest, &r->state);
    entry->execution_status = r->latest == NULL ? STATUS_NONE : r->latest->status;
    entry->execution_updated_at = r->latest == NULL ? 0 : r->latest->updated_at;
    if (r->latest != NULL)
        len = sv_take(r->latest->id, EXECUTION_ID_MAX - 1).len;
    if (len > 0)
        memcpy(entry->execution_id, r->latest->id.ptr, len);
    entry->execution_id[len] = '\0';
}

static void schedule(struct reading *r, bool was_stale)
{
    struct poll *poll = r->poll;
    struct entry *entry = r->entry;
    struct cadence_input in = {.status = entry->status,
                               .is_visible = entry->is_visible,
                               .has_trouble = entry->has_trouble,
                               .random01 = sync_random01(poll->sync)};

    if (entry->hasty > 0) {
        entry->hasty--;
        entry->look |= 1;
    }
    if (was_stale)
        poll_schedule(poll, entry, CADENCE_STALE_REPLY_MS);
    else if (poll->sync->is_poller && entry->hasty > 0)
        poll_schedule(poll, entry, CADENCE_HASTY_MS);
    else if (poll->sync->is_poller)
        poll_schedule(poll, entry, cadence_next_ms(&in));
    else
        entry->due_ms = INT64_MAX; /* one round only */
}

static void tell_trouble(struct reading *r, enum err_code code, const struct err *err)
{
    struct poll *poll = r->poll;

    r->entry->has_trouble = true;
    if (poll->unread++ > 0)
        return;
    poll->trouble = *err;
    poll->trouble.code = code;
    err_prefix(&poll->trouble, "%s", r->entry->name);
}

static void count_trouble(struct reading *r)
{
    r->entry->has_trouble = true;
    if (r->entry->lacks_tags)
        r->entry->needs_def = true; /* then the tags are asked for again, and this is forgotten */
    if (r->code == ERR_NOT_FOUND)
        listing_hasten(r->poll);
    else
        tell_trouble(r, r->code, &r->err);
}

static void count_lack(struct reading *r)
{
    tell_trouble(r, ERR_DENIED, &r->lack);
}

/* The row is gone, by another process or with the whole cache: begin anew with all that is. */
static enum err_code forget_rows(struct reading *r, struct err *err)
{
    enum err_code rc = r->entry->needs_def ? ERR_OK : listing_forget_missing(r->poll, err);

    if (!rc)
        poll_schedule(r->poll, r->entry, 0);
    return rc;
}

static enum err_code apply_one(struct reading *r, struct err *err)
{
    bool was_stale;
    bool changed = false;
    enum err_code rc;

    if (r->entry == NULL)
        return ERR_OK; /* dropped while it waited */
    rc = check_stale(r, &was_stale, err);
    if (!rc && !was_stale)
        rc = put(r, &changed, err);
    if (rc == ERR_NOT_FOUND)
        return forget_rows(r, err);
    if (rc)
        return rc;
    if (was_stale)
        r->entry->stale_replies++;
    else if (r->code)
        count_trouble(r);
    else
        learn(r);
    if (!was_stale && !r->code && r->denied != 0)
        count_lack(r);
    if (!was_stale)
        r->entry->checked_at = time_wall_ms();
    r->poll->sync->result.changed += changed;
    schedule(r, was_stale);
    return ERR_OK;
}

static enum err_code remove_unlisted(struct sync *sync, struct err *err)
{
    for (size_t i = 0; i < sync->poll_count; i++) {
        struct poll *poll = &sync->polls[i];
        size_t removed = 0;
        enum err_code rc;

        if (!poll->wants_removal)
            continue;
        rc = listing_remove(poll, &removed, err);
        if (rc)
            return rc;
        poll->wants_removal = false;
        sync->result.removed += removed;
    }
    return ERR_OK;
}

/* Put what is there. Nothing is dropped before the commit has succeeded. */
static enum err_code put_batch(struct sync *sync, size_t *count, struct err *err)
{
    enum err_code rc = cache_begin(sync->cache, 0, err);

    *count = 0;
    if (rc)
        return rc;
    rc = remove_unlisted(sync, err);
    for (struct reading *r = sync->finished; r != NULL && !rc && *count < BATCH_MAX; r = r->next) {
        rc = apply_one(r, err);
        ++*count;
    }
    if (!rc)
        rc = cache_commit(sync->cache, err);
    if (rc)
        cache_rollback(sync->cache);
    return rc;
}

static void take_finished(struct sync *sync, size_t count)
{
    while (sync->finished != NULL && count-- > 0) {
        struct reading *r = sync->finished;

        sync->finished = r->next;
        if (r->entry != NULL)
            reading_drop(r);
        reading_recycle(sync, r);
    }
    if (sync->finished == NULL)
        sync->finished_end = &sync->finished;
}

void apply_drop_all(struct sync *sync)
{
    take_finished(sync, SIZE_MAX);
}

static void fail_all(struct sync *sync, enum err_code rc, const struct err *err)
{
    apply_drop_all(sync);
    for (size_t i = 0; i < sync->poll_count; i++) {
        sync->polls[i].wants_removal = false;
        if (sync->polls[i].phase == PHASE_LOOKING)
            poll_fail(&sync->polls[i], rc, err);
    }
}

static void on_apply(void *owner, uint64_t id)
{
    struct sync *sync = owner;

    (void)id;
    sync->apply_timer = 0;
    apply_now(sync);
}

static void arm(struct sync *sync, int64_t ms)
{
    if (sync->apply_timer == 0)
        sync->apply_timer = net_timer_start(aws_net(sync->aws), ms, on_apply, sync);
}

static bool has_work(const struct sync *sync)
{
    for (size_t i = 0; i < sync->poll_count; i++) {
        if (sync->polls[i].wants_removal)
            return true;
    }
    return sync->finished != NULL;
}

/* Others hold the write lock for milliseconds. One that was stopped in the middle may hold it for
 * ever, and a sync must not wait for that. */
static bool is_patient(struct sync *sync)
{
    int64_t now = time_mono_ms();

    if (sync->busy_from_ms == 0)
        sync->busy_from_ms = now;
    return now - sync->busy_from_ms < PATIENCE_MS;
}

void apply_now(struct sync *sync)
{
    struct err err = {0};
    size_t count;
    enum err_code rc;

    if (!has_work(sync))
        return;
    rc = put_batch(sync, &count, &err);
    if (rc == ERR_PENDING && is_patient(sync)) {
        arm(sync, BUSY_MS);
        return;
    }
    sync->busy_from_ms = 0;
    if (rc) {
        fail_all(sync, rc, &err);
        return;
    }
    take_finished(sync, count);
    sync_look_at_cache(sync);
    /* A look at a few names is too short to tidy up after. */
    if (sync->name_count == 0 && cache_maintain(sync->cache, time_wall_ms(), &err))
        log_error("%s", err.text);
    if (has_work(sync))
        arm(sync, 0);
    for (size_t i = 0; i < sync->poll_count; i++)
        poll_pump(&sync->polls[i]);
}

/* Nothing else is under way, so nothing is gained by waiting for more. */
static bool is_quiet(const struct sync *sync)
{
    for (size_t i = 0; i < sync->poll_count; i++) {
        if (sync->polls[i].calls > 0)
            return false;
    }
    return true;
}

void apply_soon(struct sync *sync, struct reading *reading)
{
    if (reading != NULL) {
        reading->is_finished = true;
        reading->next = NULL;
        *sync->finished_end = reading;
        sync->finished_end = &reading->next;
    }
    arm(sync, is_quiet(sync) ? 0 : sync->is_continuous ? LIVE_MS : ROUND_MS);
}
