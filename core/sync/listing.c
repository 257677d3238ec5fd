#include <stdint.h>

#include "core/aws/codepipeline.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sync/cadence.h"
#include "core/sync/poll.h"

enum { PIPELINES_MAX = 2000000, KNOWN_CAP = 512 * 1024 * 1024 };

static void entry_free(struct entry *entry)
{
    mem_free(entry->name);
    mem_free(entry);
}

void listing_release(struct poll *poll)
{
    for (size_t i = 0; i < poll->count; i++)
        entry_free(poll->entries[i]);
    mem_free(poll->entries);
    mem_free(poll->queue);
    mem_free(poll->pages);
    poll->entries = NULL;
    poll->queue = NULL;
    poll->pages = NULL;
    poll->count = poll->queue_count = poll->queue_at = 0;
    poll->page_count = poll->page_size = 0;
    poll->wants_removal = false; /* what would be compared is gone */
    arena_clear(&poll->listing);
}

static struct entry *entry_new(struct sv name)
{
    struct entry *entry = mem_alloc(sizeof *entry);

    if (entry == NULL)
        return NULL;
    entry->name = mem_alloc(name.len + 1);
    if (entry->name == NULL) {
        mem_free(entry);
        return NULL;
    }
    memcpy(entry->name, name.ptr, name.len);
    entry->needs_def = true;
    entry->look = 1;
    return entry;
}

/* Room for n entries in both arrays; the queue holds the same pointers, so it starts anew. */
static enum err_code make_room(struct poll *poll, size_t n, struct err *err)
{
    struct entry **queue = mem_resize(poll->queue, n, sizeof(struct entry *));
    struct entry **entries;

    if (queue == NULL)
        return mem_err(err);
    poll->queue = queue;
    poll->queue_at = poll->queue_count = 0;
    poll->next_due_ms = 0;
    entries = mem_resize(poll->entries, n, sizeof(struct entry *));
    if (entries == NULL)
        return mem_err(err);
    poll->entries = entries;
    return ERR_OK;
}

void listing_learn_rowids(struct poll *poll)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct cache_known *known;
    struct entry *entry;
    size_t count;
    bool is_needed = false;
    int64_t now = time_mono_ms();

    for (size_t i = 0; i < poll->count && !is_needed; i++)
        is_needed = poll->entries[i]->rowid == 0 && !poll->entries[i]->needs_def;
    if (!is_needed || now - poll->rowids_asked_ms < CADENCE_RUNNING_MS)
        return;
    poll->rowids_asked_ms = now;
    arena_init(&arena, KNOWN_CAP);
    if (cache_known(poll->sync->cache, sv_of(aws_session_partition(poll->session)),
                    sv_of(poll->account), sv_of(aws_session_region(poll->session)), &arena, &known,
                    &count, NULL))
        return; /* they stay unknown, and so not "visible", until the next time */
    for (size_t i = 0; i < count; i++) {
        entry = listing_find(poll, known[i].name);
        if (entry != NULL)
            entry->rowid = known[i].rowid;
    }
}

enum err_code listing_forget_missing(struct poll *poll, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct cache_known *known;
    struct entry *entry;
    size_t count;
    enum err_code rc;

    arena_init(&arena, KNOWN_CAP);
    rc = cache_known(poll->sync->cache, sv_of(aws_session_partition(poll->session)),
                     sv_of(poll->account), sv_of(aws_session_region(poll->session)), &arena, &known,
                     &count, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < poll->count; i++)
        poll->entries[i]->rowid = 0;
    for (size_t i = 0; i < count; i++) {
        entry = listing_find(poll, known[i].name);
        if (entry != NULL)
            entry->rowid = known[i].rowid;
    }
    for (size_t i = 0; i < poll->count; i++) {
        if (poll->entries[i]->rowid != 0)
            continue;
        poll->entries[i]->needs_def = true;
        poll_schedule(poll, poll->entries[i], 0);
    }
    return ERR_OK;
}

struct entry *listing_find(const struct poll *poll, struct sv name)
{
    size_t low = 0;
    size_t high = poll->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = sv_cmp(sv_of(poll->entries[middle]->name), name);

        if (order == 0)
            return poll->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

enum err_code listing_add(struct poll *poll, struct sv name, struct entry **out, struct err *err)
{
    struct entry *entry;
    size_t at = poll->count;
    enum err_code rc = make_room(poll, poll->count + 1, err);

    if (rc)
        return rc;
    entry = entry_new(name);
    if (entry == NULL)
        return mem_err(err);
    while (at > 0 && sv_cmp(sv_of(poll->entries[at - 1]->name), name) > 0) {
        poll->entries[at] = poll->entries[at - 1];
        at--;
    }
    poll->entries[at] = entry;
    poll->count++;
    *out = entry;
    return ERR_OK;
}

/* ---- what the cache knows ---- */

static void fill(const struct poll *poll, struct entry *entry, const struct cache_known *known)
{
    size_t len = known->execution_id.len < EXECUTION_ID_MAX - 1 ? known->execution_id.len
                                                                : EXECUTION_ID_MAX - 1;

    entry->rowid = known->rowid;
    entry->version = known->version;
    entry->def_updated_at = known->def_updated_at;
    entry->state_hash = known->state_hash;
    if (len > 0)
        memcpy(entry->execution_id, known->execution_id.ptr, len);
    entry->execution_id[len] = '\0';
    entry->execution_status = known->execution_status;
    entry->execution_updated_at = known->execution_updated_at;
    entry->status = known->status;
    entry->mode = known->mode;
    entry->has_trouble = known->has_trouble;
    /* What may not be read is asked for again, lest the trouble seems to be over. */
    entry->needs_def = known->def_hash == 0 || known->state_hash == 0 || known->has_trouble;
    entry->is_visible = sync_shows(poll->sync, known->rowid);
}

/* When a known pipeline is due after a start: at once, or, when another penstock looked at it
 * lately, spread over the time until its next look. */
static int64_t first_due(const struct poll *poll, const struct entry *entry)
{
    int64_t age = time_wall_ms() - poll->freshness.synced_at;
    double spread_ms = CADENCE_VISIBLE_MS;

    if (!poll->sync->is_continuous)
        return poll->sync->name_count > 0 ? 0 : INT64_MAX; /* only what the listing shows */
    if (!poll->sync->is_poller || entry->needs_def || entry->has_trouble ||
        status_is_running(entry->status) || age < 0 || age > CADENCE_QUIET_MS ||
        poll->freshness.failed_at >= poll->freshness.synced_at)
        return 0;
    if (!entry->is_visible)
        spread_ms = (double)(CADENCE_QUIET_MS - age);
    return time_mono_ms() + (int64_t)(sync_random01(poll->sync) * spread_ms);
}

struct named {
    struct poll *poll;
    const struct cache_known *known;
    size_t count;
    struct err *err;
    enum err_code rc;
    unsigned char *found; /* per name of the sync */
};

static const struct cache_known *find_known(const struct named *named, struct sv name)
{
    for (size_t i = 0; i < named->count; i++) {
        if (sv_eq(named->known[i].name, name))
            return &named->known[i];
    }
    return NULL;
}

static bool add_named(void *owner, const struct pipeline_row *row)
{
    struct named *named = owner;
    struct poll *poll = named->poll;
    const struct cache_known *known;
    struct entry *entry;

    for (size_t i = 0; i < poll->sync->name_count; i++) {
        struct sv name = sv_of(poll->sync->names[i]);

        if (sv_eq(name, row->id.name) || sv_eq(name, row->logical))
            named->found[i] = 1;
    }
    if (!sv_eq(row->id.account, sv_of(poll->account)) ||
        !sv_eq(row->id.region, sv_of(aws_session_region(poll->session))) ||
        listing_find(poll, row->id.name) != NULL)
        return true;
    known = find_known(named, row->id.name);
    named->rc = known == NULL ? ERR_OK : listing_add(poll, known->name, &entry, named->err);
    if (named->rc == ERR_OK && known != NULL)
        fill(poll, entry, known);
    return named->rc == ERR_OK;
}

/* Only the asked names: those the cache knows, by name or logical name; a name that no context's
 * cache knows is tried as it stands. */
static enum err_code load_named(struct poll *poll, const struct cache_known *known, size_t count,
                                struct err *err)
{
    struct sync *sync = poll->sync;
    struct named named = {.poll = poll, .known = known, .count = count, .err = err};
    CLEANUP(arena_release) struct arena arena = {0};
    struct pipeline_query query = {0};
    struct sv *names;
    enum err_code rc;

    arena_init(&arena, 1024UL * 1024);
    names = arena_alloc(&arena, sync->name_count, sizeof *names);
    named.found = arena_alloc(&arena, sync->name_count, 1);
    if (names == NULL || named.found == NULL)
        return arena_err(&arena, err);
    for (size_t i = 0; i < sync->name_count; i++)
        names[i] = sv_of(sync->names[i]);
    query.names = names;
    query.name_count = sync->name_count;
    rc = cache_pipelines(sync->cache, &query, add_named, &named, err);
    if (!rc)
        rc = named.rc;
    for (size_t i = 0; i < sync->name_count && !rc; i++) {
        struct entry *entry;

        if (named.found[i] || listing_find(poll, names[i]) != NULL)
            continue;
        rc = listing_add(poll, names[i], &entry, err);
        if (!rc)
            entry->is_guess = true;
    }
    return rc;
}

enum err_code listing_load_known(struct poll *poll, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct cache_known *known;
    size_t count;
    enum err_code rc;

    listing_release(poll);
    arena_init(&arena, KNOWN_CAP);
    rc = cache_known(poll->sync->cache, sv_of(aws_session_partition(poll->session)),
                     sv_of(poll->account), sv_of(aws_session_region(poll->session)), &arena, &known,
                     &count, err);
    if (rc)
        return rc;
    if (poll->sync->name_count > 0)
        return load_named(poll, known, count, err);
    rc = make_room(poll, count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        struct entry *entry = entry_new(known[i].name);

        if (entry == NULL)
            return mem_err(err);
        fill(poll, entry, &known[i]);
        entry->due_ms = first_due(poll, entry);
        poll->entries[poll->count++] = entry;
    }
    return rc;
}

/* ---- the listing ---- */

static int by_name(const void *a, const void *b)
{
    const struct pipeline_summary *x = a;
    const struct pipeline_summary *y = b;

    return sv_cmp(x->name, y->name);
}

static void compare(struct poll *poll, struct entry *entry, const struct pipeline_summary *seen)
{
    bool differs = entry->version != seen->version || entry->def_updated_at != seen->updated_at;

    entry->is_listed = true;
    entry->mode = seen->mode;
    entry->def_updated_at = seen->updated_at;
    if (differs)
        entry->needs_def = true;
    /* What could not be read has its own pause: being listed is no reason to ask sooner. */
    if ((entry->needs_def && !entry->has_trouble) || !poll->sync->is_continuous)
        poll_schedule(poll, entry, 0);
}

/* Merge the sorted listing into the sorted entries. */
static enum err_code merge(struct poll *poll, struct err *err)
{
    struct entry **merged = mem_array(poll->count + poll->page_count, sizeof(struct entry *));
    enum err_code rc = ERR_OK;
    size_t n = 0;
    size_t k = 0;

    if (merged == NULL)
        return mem_err(err);
    for (size_t i = 0; i < poll->page_count; i++) {
        const struct pipeline_summary *seen = &poll->pages[i];
        struct entry *entry;

        while (k < poll->count && sv_cmp(sv_of(poll->entries[k]->name), seen->name) < 0)
            merged[n++] = poll->entries[k++];
        if (k < poll->count && sv_eq(sv_of(poll->entries[k]->name), seen->name)) {
            entry = poll->entries[k++];
        } else if (n > 0 && sv_eq(sv_of(merged[n - 1]->name), seen->name)) {
            continue; /* listed twice: it moved between two pages */
        } else {
            entry = entry_new(seen->name);
            if (entry == NULL) {
                rc = mem_err(err);
                break;
            }
        }
        merged[n++] = entry;
        compare(poll, entry, seen);
    }
    while (k < poll->count)
        merged[n++] = poll->entries[k++];
    mem_free(poll->entries);
    poll->entries = merged;
    poll->count = n;
    return rc ? rc : make_room(poll, n, err);
}

static void complete(struct poll *poll)
{
    struct err err = {0};
    enum err_code rc;

    for (size_t i = 0; i < poll->count; i++)
        poll->entries[i]->is_listed = false;
    if (poll->page_count > 1)
        qsort(poll->pages, poll->page_count, sizeof *poll->pages, by_name);
    rc = merge(poll, &err);
    poll->page_count = 0;
    arena_clear(&poll->listing);
    if (rc) {
        poll_fail(poll, rc, &err);
        return;
    }
    poll->is_listing = false;
    poll->wants_removal = true;
    if (poll->sync->is_poller)
        poll->listing_due_ms = time_mono_ms() + CADENCE_LISTING_MS +
                               (int64_t)(sync_random01(poll->sync) * CADENCE_LISTING_MS / 4);
    apply_soon(poll->sync, NULL);
    poll_pump(poll);
}

static enum err_code add_page(struct poll *poll, const struct aws_reply *reply, struct err *err)
{
    struct pipeline_summary *page;
    struct pipeline_summary *grown;
    size_t count;
    enum err_code rc = decode_pipelines(reply->json, &poll->listing, &page, &count, err);

    if (rc || count == 0)
        return rc;
    if (poll->page_count + count > PIPELINES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d pipelines in one region", PIPELINES_MAX);
    if (poll->page_count + count > poll->page_size) {
        size_t size = (poll->page_count + count) * 2;

        grown = mem_resize(poll->pages, size, sizeof *grown);
        if (grown == NULL)
            return mem_err(err);
        poll->pages = grown;
        poll->page_size = size;
    }
    memcpy(poll->pages + poll->page_count, page, count * sizeof *page);
    poll->page_count += count;
    return ERR_OK;
}

static bool on_page(void *owner, const struct aws_reply *reply, bool is_last)
{
    struct poll *poll = owner;
    struct err err = {0};
    enum err_code rc = reply->code;

    poll->sync->result.calls++;
    if (is_last)
        poll->call = 0;
    if (rc)
        err = reply->err;
    else if (!poll_confirm(poll))
        return false;
    else
        rc = add_page(poll, reply, &err);
    if (rc) {
        poll_fail(poll, rc, &err);
        return false;
    }
    if (is_last)
        complete(poll);
    return true;
}

void listing_start(struct poll *poll)
{
    struct err err = {0};
    enum err_code rc;

    poll->wants_listing = false;
    poll->listing_due_ms = INT64_MAX;
    poll->is_listing = true;
    poll->page_count = 0;
    arena_clear(&poll->listing);
    rc = aws_call_pages(poll->session, OP_LIST_PIPELINES, SV("{}"), on_page, poll, &poll->call,
                        &err);
    if (rc)
        poll_fail(poll, rc, &err);
}

void listing_hasten(struct poll *poll)
{
    int64_t soon = time_mono_ms() + CADENCE_STALE_REPLY_MS;

    if (poll->sync->is_poller && poll->sync->name_count == 0 && poll->listing_due_ms > soon)
        poll->listing_due_ms = soon;
}

/* Forget the entries that the listing did not have. */
static void drop_unlisted(struct poll *poll)
{
    size_t kept = 0;

    for (size_t i = 0; i < poll->count; i++) {
        struct entry *entry = poll->entries[i];

        if (entry->is_listed) {
            poll->entries[kept++] = entry;
            continue;
        }
        if (entry->reading != NULL)
            reading_drop(entry->reading);
        entry_free(entry);
    }
    poll->count = kept;
    poll->queue_at = poll->queue_count = 0;
    poll->next_due_ms = 0;
}

enum err_code listing_remove(struct poll *poll, size_t *removed, struct err *err)
{
    struct sv *names = mem_array(poll->count, sizeof *names);
    size_t count = 0;
    enum err_code rc;

    if (names == NULL)
        return mem_err(err);
    for (size_t i = 0; i < poll->count; i++) {
        if (poll->entries[i]->is_listed)
            names[count++] = sv_of(poll->entries[i]->name);
    }
    rc = cache_keep_only(poll->sync->cache, sv_of(aws_session_partition(poll->session)),
                         sv_of(poll->account), sv_of(aws_session_region(poll->session)), names,
                         count, time_wall_ms(), removed, err);
    mem_free(names);
    if (!rc)
        drop_unlisted(poll);
    return rc;
}
