#include "core/sync/poll.h"

#include <stdint.h>

#include "core/aws/sts.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sync/cadence.h"

enum { FRESHNESS_MS = 10 * 1000 };

/* An instance may tell the region only when asked: the cache knows the context by the real one. */
static struct sv region_of(const struct poll *poll)
{
    return poll->session != NULL ? sv_of(aws_session_region(poll->session)) : poll->context->region;
}

static void put_freshness(struct poll *poll)
{
    struct err err = {0};

    if (poll->session != NULL) {
        struct aws_pace_view pace = aws_session_pace(poll->session, SERVICE_CODEPIPELINE);

        poll->freshness.rate_per_s = pace.rate_per_s;
        poll->freshness.is_slowed = pace.is_slowed;
    }
    poll->freshness_put_ms = time_mono_ms();
    if (cache_put_freshness(poll->sync->cache, poll->context->profile, region_of(poll),
                            &poll->freshness, &err))
        log_error("freshness of " SV_FMT ": %s", SV_ARG(poll->context->profile), err.text);
}

static void note_failure(struct poll *poll, enum err_code code, const struct err *err)
{
    poll->freshness.code = code;
    poll->freshness.failed_at = time_wall_ms();
    snprintf(poll->freshness.error, sizeof poll->freshness.error, "%.*s",
             (int)sizeof poll->freshness.error - 1, err->text);
}

static void finish(struct poll *poll, enum err_code code, const struct err *err)
{
    poll->phase = PHASE_DONE;
    poll->code = code;
    if (code)
        poll->err = *err;
    sync_check_done(poll->sync);
}

static void on_retry(void *owner, uint64_t id)
{
    struct poll *poll = owner;

    (void)id;
    poll->timer = 0;
    poll_start(poll);
}

static void stop_calls(struct poll *poll)
{
    struct net *net = aws_net(poll->sync->aws);

    net_timer_cancel(net, poll->timer);
    aws_cancel(poll->sync->aws, poll->call);
    poll->timer = 0;
    poll->call = 0;
    past_drop(poll);
    for (size_t i = 0; i < poll->count; i++) {
        if (poll->entries[i]->reading != NULL)
            reading_drop(poll->entries[i]->reading);
    }
    poll->is_listing = false;
}

/* Who does not poll has tried once; what it wanted an account for, it can do without. */
static bool gave_up_quietly(struct poll *poll, const struct err *err)
{
    if (!poll->wants_identity)
        return false;
    log_debug(SV_FMT ": %s", SV_ARG(poll->context->profile), err->text);
    stop_calls(poll);
    poll->phase = PHASE_OFF;
    return true;
}

void poll_fail(struct poll *poll, enum err_code code, const struct err *err)
{
    if (gave_up_quietly(poll, err))
        return;
    log_error(SV_FMT "@" SV_FMT ": %s", SV_ARG(poll->context->profile), SV_ARG(region_of(poll)),
              err->text);
    stop_calls(poll);
    note_failure(poll, code, err);
    put_freshness(poll);
    if (!poll->sync->is_continuous) {
        finish(poll, code, err);
        return;
    }
    poll->phase = PHASE_FAILED;
    poll->failures++;
    if (poll->sync->is_poller && poll->context->code == ERR_OK) {
        poll->timer = net_timer_start(aws_net(poll->sync->aws),
                                      cadence_retry_ms(poll->failures, sync_random01(poll->sync)),
                                      on_retry, poll);
    }
}

void poll_stop(struct poll *poll)
{
    poll_rest(poll);
    aws_session_free(poll->session);
    poll->session = NULL;
    mem_free(poll->account);
    poll->account = NULL;
}

/* ---- the identity ---- */

static enum err_code set_account(struct poll *poll, struct sv account, struct err *err)
{
    char *copy = mem_alloc(account.len + 1);

    if (copy == NULL)
        return mem_err(err);
    memcpy(copy, account.ptr, account.len);
    mem_free(poll->account);
    poll->account = copy;
    return aws_session_set_account(poll->session, sv_of(copy), err);
}

/* Everything is known to look: what the cache holds decides what is read first. */
static void look(struct poll *poll)
{
    struct err err = {0};
    enum err_code rc;
    bool all = poll->sync->name_count == 0;

    if (poll->wants_identity) {
        poll->phase = PHASE_KNOWN;
        past_identified(poll->sync);
        return;
    }
    rc = listing_load_known(poll, &err);
    if (rc) {
        poll_fail(poll, rc, &err);
        return;
    }
    poll->phase = PHASE_LOOKING;
    poll->looking_since_ms = time_mono_ms();
    poll->wants_listing = all;
    poll->listing_due_ms = INT64_MAX;
    poll->streak = 0;
    poll->unread = 0;
    past_identified(poll->sync);
    poll_pump(poll);
}

static enum err_code keep_context(struct poll *poll, const struct caller *caller, struct err *err)
{
    struct cache *cache = poll->sync->cache;
    struct cache_context context = {
        .profile = poll->context->profile,
        .region = region_of(poll),
        .partition = sv_of(aws_session_partition(poll->session)),
        .account = caller->account,
        .caller_arn = caller->arn,
        .key_hash = aws_session_key_hash(poll->session),
    };
    enum err_code rc = cache_begin(cache, 2000, err);

    if (rc)
        return rc;
    rc = cache_put_context(cache, &context, err);
    if (!rc)
        rc = cache_commit(cache, err);
    if (rc)
        cache_rollback(cache);
    return rc;
}

static void on_identity(void *owner, const struct aws_reply *reply)
{
    struct poll *poll = owner;
    struct caller caller;
    struct err err = {0};
    enum err_code rc = reply->code;

    poll->call = 0;
    poll->sync->result.calls++;
    if (rc) {
        err = reply->err;
    } else {
        poll->used_key = aws_session_used_key(poll->session);
        rc = decode_caller(reply->xml, &caller, &err);
        if (!rc)
            rc = set_account(poll, caller.account, &err);
        if (!rc)
            rc = keep_context(poll, &caller, &err);
    }
    if (rc)
        poll_fail(poll, rc, &err);
    else
        look(poll);
}

static void ask_identity(struct poll *poll)
{
    struct err err = {0};
    enum err_code rc;

    poll->phase = PHASE_IDENTITY;
    poll->is_tentative = false;
    rc = aws_call(poll->session, OP_STS_GET_CALLER_IDENTITY, SV(""), on_identity, poll, &poll->call,
                  &err);
    if (rc)
        poll_fail(poll, rc, &err);
}

/* A static key's account never changes, so a known key saves the question: the account is taken
 * from the cache and confirmed when the first reply shows which key signed it. */
static void identify(struct poll *poll)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct cache_context known;
    struct err err = {0};
    enum err_code rc;

    arena_init(&arena, 64UL * 1024);
    rc = cache_get_context(poll->sync->cache, poll->context->profile, region_of(poll), &arena,
                           &known, &err);
    if (rc || known.key_hash == 0 || known.account.len == 0) {
        ask_identity(poll);
        return;
    }
    rc = set_account(poll, known.account, &err);
    if (rc) {
        poll_fail(poll, rc, &err);
        return;
    }
    poll->is_tentative = true;
    poll->tentative_hash = known.key_hash;
    look(poll);
}

/* Renewed credentials may be another account's: who runs a login tool decides, not the profile. */
bool poll_confirm(struct poll *poll)
{
    uint64_t used_key = aws_session_used_key(poll->session);

    if (poll->is_tentative && aws_session_key_hash(poll->session) == poll->tentative_hash) {
        poll->is_tentative = false;
        poll->used_key = used_key;
    }
    if (!poll->is_tentative && used_key == poll->used_key)
        return true;
    log_info("the credentials of " SV_FMT " have changed", SV_ARG(poll->context->profile));
    stop_calls(poll);
    ask_identity(poll);
    return false;
}

static void begin(struct poll *poll, struct sv region)
{
    struct err err = {0};
    enum err_code rc;

    if (poll->session == NULL) {
        rc = aws_session_new(poll->sync->aws, &poll->context->settings, region, &poll->session,
                             &err);
        if (rc) {
            poll_fail(poll, rc, &err);
            return;
        }
        cache_get_freshness(poll->sync->cache, poll->context->profile, region_of(poll),
                            &poll->freshness);
    }
    identify(poll);
}

/* That no metadata service answers is not what a person has to know. */
static void fail_without_region(struct poll *poll, const struct err *why)
{
    struct err err = *why;

    if (why->code == ERR_NOT_FOUND)
        err_set(&err, ERR_CONFIG,
                "no region: give --region, or set AWS_REGION or region in the profile");
    poll_fail(poll, err.code, &err);
}

static void on_region(void *owner, struct sv region, const struct err *err)
{
    struct poll *poll = owner;

    if (region.len > 0)
        begin(poll, region);
    else
        fail_without_region(poll, err);
}

static void go(struct poll *poll)
{
    struct err err = {0};
    enum err_code rc;

    net_timer_cancel(aws_net(poll->sync->aws), poll->timer);
    poll->timer = 0;
    if (poll->context->code) {
        poll_fail(poll, poll->context->code, &poll->context->err);
        return;
    }
    cache_get_freshness(poll->sync->cache, poll->context->profile, region_of(poll),
                        &poll->freshness);
    if (poll->context->region.len > 0 || poll->session != NULL) {
        begin(poll, poll->context->region);
        return;
    }
    poll->phase = PHASE_REGION;
    rc = cred_imds_region(poll->sync->aws, &poll->context->settings, on_region, poll, &err);
    if (rc)
        fail_without_region(poll, &err);
}

static bool is_under_way(const struct poll *poll)
{
    return poll->phase == PHASE_REGION || poll->phase == PHASE_IDENTITY;
}

void poll_start(struct poll *poll)
{
    poll->wants_identity = false;
    if (!is_under_way(poll))
        go(poll);
}

void poll_identify(struct poll *poll)
{
    if (is_under_way(poll))
        return;
    poll->wants_identity = true;
    go(poll);
}

/* ---- looking ---- */

void poll_schedule(struct poll *poll, struct entry *entry, int64_t delay_ms)
{
    entry->due_ms = time_mono_ms() + delay_ms;
    entry->early_ms = delay_ms / CADENCE_EARLY;
    if (entry->due_ms < poll->next_due_ms)
        poll->next_due_ms = entry->due_ms;
}

/* What runs first, then what is seen, then what changed last. */
static int by_urgency(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a;
    const struct entry *y = *(struct entry *const *)b;
    int rank_x = (status_is_running(x->status) ? 0 : 2) + (x->is_visible ? 0 : 1);
    int rank_y = (status_is_running(y->status) ? 0 : 2) + (y->is_visible ? 0 : 1);
    int64_t newest_x =
        x->execution_updated_at > x->def_updated_at ? x->execution_updated_at : x->def_updated_at;
    int64_t newest_y =
        y->execution_updated_at > y->def_updated_at ? y->execution_updated_at : y->def_updated_at;

    if (rank_x != rank_y)
        return rank_x - rank_y;
    return (newest_x < newest_y) - (newest_x > newest_y);
}

static bool is_due(const struct entry *entry, int64_t now)
{
    return entry->reading == NULL && entry->due_ms - entry->early_ms <= now;
}

/* Collect what is due now, and with it what would be soon: each wake-up costs. */
static void refill(struct poll *poll, int64_t now)
{
    poll->queue_at = 0;
    poll->queue_count = 0;
    poll->next_due_ms = INT64_MAX;
    for (size_t i = 0; i < poll->count; i++) {
        struct entry *entry = poll->entries[i];

        if (is_due(entry, now))
            poll->queue[poll->queue_count++] = entry;
        else if (entry->reading == NULL && entry->due_ms < poll->next_due_ms)
            poll->next_due_ms = entry->due_ms;
    }
    if (poll->queue_count > 1)
        qsort(poll->queue, poll->queue_count, sizeof(struct entry *), by_urgency);
}

static struct entry *next_entry(struct poll *poll, int64_t now)
{
    for (;;) {
        while (poll->queue_at < poll->queue_count) {
            struct entry *entry = poll->queue[poll->queue_at++];

            if (is_due(entry, now))
                return entry;
        }
        if (poll->next_due_ms > now)
            return NULL;
        refill(poll, now);
        if (poll->queue_count == 0)
            return NULL;
    }
}

static void on_due(void *owner, uint64_t id)
{
    struct poll *poll = owner;

    (void)id;
    poll->timer = 0;
    poll_pump(poll);
}

static bool is_through(const struct poll *poll, int64_t now)
{
    return !poll->is_listing && !poll->wants_listing && !poll->wants_removal &&
           poll->readings == 0 && poll->queue_at >= poll->queue_count && poll->next_due_ms > now;
}

void poll_rest(struct poll *poll)
{
    stop_calls(poll);
    if (poll->phase == PHASE_REGION)
        cred_imds_cancel(poll->sync->aws, poll);
    listing_release(poll);
    poll->phase = PHASE_OFF;
}

/* When the pipeline was looked at that waits longest; an account without any is known completely.
 */
static int64_t oldest_check(const struct poll *poll)
{
    int64_t oldest = time_wall_ms();

    for (size_t i = 0; i < poll->count; i++) {
        if (poll->entries[i]->checked_at < oldest)
            oldest = poll->entries[i]->checked_at;
    }
    return oldest;
}

/* A round is over: tell how it went. */
static void settle(struct poll *poll)
{
    const struct err *err = &poll->trouble;
    enum err_code code = ERR_OK;
    int64_t oldest = oldest_check(poll);
    bool is_news = poll->freshness_put_ms == 0 || poll->freshness.code != ERR_OK;

    poll->failures = 0;
    if (poll->unread > 0) {
        code = poll->trouble.code;
        note_failure(poll, code, err);
    } else {
        poll->freshness.code = ERR_OK;
        poll->freshness.error[0] = '\0';
    }
    if (poll->sync->name_count == 0 && oldest > poll->freshness.synced_at)
        poll->freshness.synced_at = oldest;
    if (poll->sync->name_count == 0 &&
        (is_news || code != ERR_OK || time_mono_ms() - poll->freshness_put_ms >= FRESHNESS_MS))
        put_freshness(poll);
    poll->unread = 0;
    if (!poll->sync->is_continuous) {
        finish(poll, code, err);
    } else if (!poll->sync->is_poller) {
        /* One round by the user's wish; another penstock goes on polling. */
        listing_release(poll);
        poll->wants_identity = true;
        poll->phase = PHASE_KNOWN;
    }
}

/* With many running pipelines, or a slow reply, no round is ever over: tell all the same. */
static void tell_midway(struct poll *poll)
{
    int64_t oldest = poll->count > 0 ? oldest_check(poll) : 0;

    if (poll->unread > 0) {
        note_failure(poll, poll->trouble.code, &poll->trouble);
        poll->unread = 0;
    } else if (oldest > poll->freshness.failed_at) {
        poll->failures = 0;
        poll->freshness.code = ERR_OK;
        poll->freshness.error[0] = '\0';
    }
    if (oldest > poll->freshness.synced_at)
        poll->freshness.synced_at = oldest;
    put_freshness(poll);
}

static bool is_time_to_tell(const struct poll *poll, int64_t now)
{
    int64_t told_ms = poll->freshness_put_ms;

    if (told_ms < poll->looking_since_ms)
        told_ms = poll->looking_since_ms;
    return poll->sync->is_continuous && poll->sync->name_count == 0 &&
           now - told_ms >= FRESHNESS_MS;
}

static void set_timer(struct poll *poll, int64_t now)
{
    struct net *net = aws_net(poll->sync->aws);
    int64_t next =
        poll->next_due_ms < poll->listing_due_ms ? poll->next_due_ms : poll->listing_due_ms;

    net_timer_cancel(net, poll->timer);
    poll->timer = 0;
    if (poll->calls < CALLS_AHEAD && next != INT64_MAX)
        poll->timer = net_timer_start(net, next > now ? next - now : 0, on_due, poll);
}

/* The listing and the looks go together, whichever is due first. */
static bool is_time_to_list(struct poll *poll, int64_t now)
{
    int64_t early_ms = poll->next_due_ms <= now ? CADENCE_LISTING_MS / CADENCE_EARLY : 0;

    if (now < poll->listing_due_ms - early_ms)
        return false;
    poll->next_due_ms = now;
    return true;
}

void poll_pump(struct poll *poll)
{
    int64_t now = time_mono_ms();
    struct entry *entry;

    if (poll->phase != PHASE_LOOKING)
        return;
    if (!poll->is_listing && (poll->wants_listing || is_time_to_list(poll, now)))
        listing_start(poll);
    while (poll->phase == PHASE_LOOKING && poll->calls < CALLS_AHEAD &&
           (entry = next_entry(poll, now)) != NULL)
        reading_start(poll, entry);
    if (poll->phase != PHASE_LOOKING)
        return;
    if (is_through(poll, now))
        settle(poll);
    else if (is_time_to_tell(poll, now))
        tell_midway(poll);
    if (poll->phase == PHASE_LOOKING)
        set_timer(poll, now);
}
