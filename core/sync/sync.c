#include "core/sync/sync.h"

#include <unistd.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sync/cadence.h"
#include "core/sync/poll.h"

enum {
    LEASE_ASK_MS = 3000, /* where nothing tells us that it is free */
    LEASE_AGAIN_MS = 50, /* who died is told of a moment before the lock is free; then twice that */
    LEASE_TRIES = 5,     /* and so on */
    PATIENCE_MS = 25     /* between two looks at replies that nobody waits for */
};

double sync_random01(struct sync *sync)
{
    sync->random = sync->random * 6364136223846793005U + 1442695040888963407U;
    return (double)(sync->random >> 11) / 9007199254740992.0;
}

static void on_done(void *owner, uint64_t id)
{
    struct sync *sync = owner;

    (void)id;
    sync->done_timer = 0;
    for (size_t i = 0; i < sync->poll_count; i++) {
        const struct poll *poll = &sync->polls[i];

        if (poll->code && sync->result.code == ERR_OK) {
            sync->result.code = poll->code;
            sync->result.err = poll->err;
        }
        sync->result.pipelines += poll->count;
        if (poll->session != NULL)
            sync->result.throttled +=
                aws_session_pace(poll->session, SERVICE_CODEPIPELINE).throttles;
    }
    /* The callback may stop the sync, so nothing follows. */
    sync->done(sync->owner, &sync->result);
}

void sync_check_done(struct sync *sync)
{
    if (sync->is_continuous || sync->done_timer != 0)
        return;
    for (size_t i = 0; i < sync->poll_count; i++) {
        if (sync->polls[i].phase != PHASE_DONE)
            return;
    }
    sync->done_timer = net_timer_start(aws_net(sync->aws), 0, on_done, sync);
}

static void start_polls(struct sync *sync)
{
    for (size_t i = 0; i < sync->poll_count; i++)
        poll_start(&sync->polls[i]);
    sync_check_done(sync);
}

/* What was under way as one round by the user's wish begins anew, now to go on. */
static void set_poller(struct sync *sync, bool is_poller)
{
    sync->is_poller = is_poller;
    for (size_t i = 0; i < sync->poll_count; i++)
        poll_rest(&sync->polls[i]);
    if (is_poller)
        start_polls(sync);
}

/* Who looks at a few names only must not hold the lease: the rest of the cache would go stale. It
 * polls them while nobody else polls, and rests while somebody does. */
static void poll_names(struct sync *sync)
{
    bool is_alone = cache_is_in_memory(sync->cache) || cache_lease_holder(sync->cache) == 0;

    if (is_alone != sync->is_poller)
        set_poller(sync, is_alone);
}

/* Asked also while it is ours: who deletes the cache under us deletes the lease, too. */
static void poll_all(struct sync *sync)
{
    bool has_lease = cache_lease_try(sync->cache);

    if (has_lease == sync->has_lease)
        return;
    log_info(has_lease ? "this penstock polls now" : "another penstock polls now");
    sync->has_lease = has_lease;
    set_poller(sync, has_lease);
}

/* A cache that was begun anew knows no context and no row: neither may we. */
static void notice_renewal(struct sync *sync)
{
    uint64_t renewals = cache_renewals(sync->cache);

    if (renewals == sync->renewals)
        return;
    sync->renewals = renewals;
    past_forget(sync);
    set_poller(sync, sync->is_poller);
}

static void on_lease(void *owner, uint64_t id);

/* Events tell when it is worth asking again; without them only asking does. */
static void ask_for_lease(struct sync *sync)
{
    bool is_told = cache_is_in_memory(sync->cache) || cache_lease_watch(sync->cache);
    int64_t again_ms = 0;

    net_timer_cancel(aws_net(sync->aws), sync->lease_timer);
    sync->lease_timer = 0;
    notice_renewal(sync);
    if (sync->name_count > 0)
        poll_names(sync);
    else
        poll_all(sync);
    if (!is_told)
        again_ms = LEASE_ASK_MS;
    else if (!sync->is_poller && sync->lease_tries < LEASE_TRIES)
        again_ms = LEASE_AGAIN_MS << sync->lease_tries++;
    if (again_ms > 0)
        sync->lease_timer = net_timer_start(aws_net(sync->aws), again_ms, on_lease, sync);
}

static void on_lease(void *owner, uint64_t id)
{
    struct sync *sync = owner;

    (void)id;
    sync->lease_timer = 0;
    ask_for_lease(sync);
}

void sync_look_at_cache(struct sync *sync)
{
    int64_t seq;

    /* Also where a deleted cache is noticed; a feed that cannot be read is the screen's to tell. */
    if (!sync->is_continuous || cache_change_seq(sync->cache, &seq, NULL))
        return;
    past_look(sync, seq);
    if (cache_lease_has_news(sync->cache) || cache_renewals(sync->cache) != sync->renewals) {
        sync->lease_tries = 0;
        ask_for_lease(sync);
    }
}

static enum err_code copy_names(struct sync *sync, const struct sv *names, size_t count,
                                struct err *err)
{
    sync->names = mem_array(count, sizeof *sync->names);
    if (sync->names == NULL)
        return mem_err(err);
    for (size_t i = 0; i < count; i++) {
        sync->names[i] = mem_alloc(names[i].len + 1);
        if (sync->names[i] == NULL)
            return mem_err(err);
        memcpy(sync->names[i], names[i].ptr, names[i].len);
        sync->name_count++;
    }
    return ERR_OK;
}

static enum err_code make_polls(struct sync *sync, struct err *err)
{
    sync->polls = mem_array(sync->contexts->count, sizeof *sync->polls);
    if (sync->polls == NULL)
        return mem_err(err);
    for (size_t i = 0; i < sync->contexts->count; i++) {
        struct poll *poll = &sync->polls[i];

        poll->sync = sync;
        poll->context = &sync->contexts->items[i];
        arena_init(&poll->listing, 64UL * 1024 * 1024);
        sync->poll_count++;
    }
    return ERR_OK;
}

enum err_code sync_start(struct aws *aws, struct cache *cache, const struct sync_options *options,
                         sync_done_fn *done, void *owner, struct sync **out, struct err *err)
{
    struct sync *sync = mem_alloc(sizeof *sync);
    enum err_code rc;

    if (sync == NULL)
        return mem_err(err);
    sync->aws = aws;
    sync->cache = cache;
    sync->contexts = options->contexts;
    sync->is_continuous = options->is_continuous;
    sync->done = done;
    sync->owner = owner;
    sync->finished_end = &sync->finished;
    sync->renewals = cache_renewals(cache);
    cache_lease_scope(cache, context_list_hash(sync->contexts));
    aws_set_pace(aws, sync->contexts->pace);
    if (sync->is_continuous)
        net_set_patience(aws_net(aws), PATIENCE_MS);
    sync->random = (uint64_t)time_wall_ms() * 2654435761U + (uint64_t)getpid();
    rc = copy_names(sync, options->names, options->name_count, err);
    if (!rc)
        rc = make_polls(sync, err);
    if (!rc && sync->is_continuous) {
        sync->lease_timer = net_timer_start(aws_net(aws), 0, on_lease, sync);
        rc = sync->lease_timer == 0 ? mem_err(err) : ERR_OK;
    }
    if (rc) {
        sync_stop(sync);
        return rc;
    }
    if (!sync->is_continuous)
        start_polls(sync);
    *out = sync;
    return ERR_OK;
}

void sync_stop(struct sync *sync)
{
    if (sync == NULL)
        return;
    net_timer_cancel(aws_net(sync->aws), sync->apply_timer);
    net_timer_cancel(aws_net(sync->aws), sync->lease_timer);
    net_timer_cancel(aws_net(sync->aws), sync->done_timer);
    past_forget(sync);
    for (size_t i = 0; i < sync->poll_count; i++) {
        poll_stop(&sync->polls[i]);
        arena_release(&sync->polls[i].listing);
    }
    apply_drop_all(sync);
    reading_free_spares(sync);
    if (sync->has_lease)
        cache_lease_drop(sync->cache);
    for (size_t i = 0; i < sync->name_count; i++)
        mem_free(sync->names[i]);
    mem_free(sync->names);
    mem_free(sync->polls);
    mem_free(sync->visible);
    mem_free(sync);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

bool sync_shows(const struct sync *sync, int64_t rowid)
{
    return rowid != 0 && sync->visible_count > 0 &&
           bsearch(&rowid, sync->visible, sync->visible_count, sizeof *sync->visible, by_number) !=
               NULL;
}

static void mark_visible(struct poll *poll)
{
    int64_t now = time_mono_ms();
    bool is_sooner = false;

    listing_learn_rowids(poll);
    for (size_t i = 0; i < poll->count; i++) {
        struct entry *entry = poll->entries[i];

        entry->is_visible = sync_shows(poll->sync, entry->rowid);
        if (poll->sync->is_poller && entry->is_visible &&
            entry->due_ms > now + CADENCE_VISIBLE_MS) {
            poll_schedule(poll, entry, CADENCE_VISIBLE_MS);
            is_sooner = true;
        }
    }
    /* The timer was set for what was due next before. */
    if (is_sooner)
        poll_pump(poll);
}

void sync_set_visible(struct sync *sync, const int64_t *rowids, size_t count)
{
    int64_t *copy = mem_resize(sync->visible, count, sizeof *copy);

    if (copy == NULL)
        return; /* the old wish stays: only the order of reading suffers */
    if (count > 0)
        memcpy(copy, rowids, count * sizeof *copy);
    qsort(copy, count, sizeof *copy, by_number);
    sync->visible = copy;
    sync->visible_count = count;
    for (size_t i = 0; i < sync->poll_count; i++) {
        if (sync->polls[i].phase == PHASE_LOOKING)
            mark_visible(&sync->polls[i]);
    }
}

void sync_refresh_all(struct sync *sync)
{
    for (size_t i = 0; i < sync->poll_count; i++) {
        struct poll *poll = &sync->polls[i];

        if (poll->phase != PHASE_LOOKING) {
            poll_start(poll);
            continue;
        }
        poll->wants_listing = sync->name_count == 0;
        poll->freshness_put_ms = 0; /* who asked is told at once that it is through */
        for (size_t k = 0; k < poll->count; k++) {
            poll->entries[k]->look |= 1; /* the state tells more than a probe */
            poll_schedule(poll, poll->entries[k], 0);
        }
        poll_pump(poll);
    }
}

bool sync_hasten(struct sync *sync, const struct pipeline_id *id)
{
    for (size_t i = 0; sync->is_poller && i < sync->poll_count; i++) {
        struct poll *poll = &sync->polls[i];
        struct entry *entry;

        if (poll->phase != PHASE_LOOKING || !sv_eq(sv_of(poll->account), id->account) ||
            !sv_eq(poll->context->region, id->region))
            continue;
        entry = listing_find(poll, id->name);
        if (entry == NULL)
            continue;
        entry->hasty = HASTY_LOOKS;
        entry->look |= 1; /* the state tells more than a probe */
        poll_schedule(poll, entry, 0);
        poll_pump(poll);
        return true;
    }
    return false;
}

bool sync_is_poller(const struct sync *sync)
{
    return sync->is_poller;
}

double sync_slowed_to(const struct sync *sync)
{
    double slowest = 0;

    for (size_t i = 0; i < sync->poll_count; i++) {
        struct aws_pace_view pace;

        if (sync->polls[i].session == NULL)
            continue;
        pace = aws_session_pace(sync->polls[i].session, SERVICE_CODEPIPELINE);
        if (pace.is_slowed && (slowest <= 0 || pace.rate_per_s < slowest))
            slowest = pace.rate_per_s;
    }
    return slowest;
}

bool sync_is_busy(const struct sync *sync)
{
    for (size_t i = 0; i < sync->poll_count; i++) {
        const struct poll *poll = &sync->polls[i];

        if (poll->calls > 0 || poll->call != 0 || poll->phase == PHASE_REGION ||
            poll->phase == PHASE_IDENTITY)
            return true;
    }
    return sync->finished != NULL;
}
