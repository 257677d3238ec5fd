/* Tallies: how many pipelines of each account and region have each status. What a transaction adds
 * is gathered first and written once, at commit. */
#include "core/base/mem.h"
#include "core/cache/store.h"

enum { WHERE_CAP = 64 * 1024 };

struct tally {
    struct tally *next;
    struct sb text; /* what the next three point into */
    struct sv partition;
    struct sv account;
    struct sv region;
    int64_t added[STATUS_COUNT];
};

static bool is_of(const struct tally *tally, struct sv partition, struct sv account,
                  struct sv region)
{
    return tally != NULL && sv_eq(tally->account, account) && sv_eq(tally->region, region) &&
           sv_eq(tally->partition, partition);
}

static enum err_code fill(struct tally *tally, const struct pipeline_id *id, struct err *err)
{
    enum err_code rc = sb_add(&tally->text, id->partition, err);

    if (rc == ERR_OK)
        rc = sb_add(&tally->text, id->account, err);
    if (rc == ERR_OK)
        rc = sb_add(&tally->text, id->region, err);
    tally->partition = sv_take(sb_sv(&tally->text), id->partition.len);
    tally->account = sv_take(sv_drop(sb_sv(&tally->text), id->partition.len), id->account.len);
    tally->region = sv_drop(sb_sv(&tally->text), id->partition.len + id->account.len);
    return rc;
}

/* Pipelines come account by account, so the last one is nearly always the right one. */
static enum err_code find(struct cache *cache, const struct pipeline_id *id, struct err *err)
{
    struct tally *tally;
    enum err_code rc;

    if (is_of(cache->tally, id->partition, id->account, id->region))
        return ERR_OK;
    for (tally = cache->tallies; tally != NULL; tally = tally->next) {
        if (is_of(tally, id->partition, id->account, id->region)) {
            cache->tally = tally;
            return ERR_OK;
        }
    }
    tally = mem_alloc(sizeof *tally);
    if (tally == NULL)
        return mem_err(err);
    sb_init(&tally->text, WHERE_CAP);
    rc = fill(tally, id, err);
    if (rc) {
        sb_release(&tally->text);
        mem_free(tally);
        return rc;
    }
    tally->next = cache->tallies;
    cache->tallies = cache->tally = tally;
    return ERR_OK;
}

enum err_code tally_add(struct cache *cache, const struct pipeline_id *id, enum status status,
                        int delta, struct err *err)
{
    enum err_code rc = find(cache, id, err);

    if (rc == ERR_OK)
        cache->tally->added[status] += delta;
    return rc;
}

void tally_clear(struct cache *cache)
{
    while (cache->tallies != NULL) {
        struct tally *tally = cache->tallies;

        cache->tallies = tally->next;
        sb_release(&tally->text);
        mem_free(tally);
    }
    cache->tally = NULL;
}

static enum err_code store(struct cache *cache, const struct tally *tally, enum status status,
                           struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_TALLY_ADD, &st, err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, tally->partition);
    db_bind_sv(st, 2, tally->account);
    db_bind_sv(st, 3, tally->region);
    db_bind_word(st, 4, status_aws(status));
    db_bind_int(st, 5, tally->added[status]);
    return db_run(cache->db, st, err);
}

enum err_code tally_store(struct cache *cache, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (const struct tally *t = cache->tallies; rc == ERR_OK && t != NULL; t = t->next) {
        for (int s = 0; rc == ERR_OK && s < STATUS_COUNT; s++) {
            if (t->added[s] != 0)
                rc = store(cache, t, (enum status)s, err);
        }
    }
    if (rc == ERR_OK)
        tally_clear(cache);
    return rc;
}

static void add(struct cache_counts *counts, enum status status, int64_t count)
{
    counts->by_status[status] += count;
    counts->total += count;
}

static enum err_code add_rows(struct cache *cache, struct db_stmt *st, struct cache_counts *counts,
                              struct err *err)
{
    bool has_row = false;
    enum err_code rc;

    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row)
        add(counts, status_from_aws(db_sv(st, 0)), db_int(st, 1));
    return rc;
}

/* What our own open transaction has not written yet counts for us. */
static void add_own(const struct cache *cache, const struct tally *tally,
                    struct cache_counts *counts)
{
    for (int s = 0; db_is_in_transaction(cache->db) && s < STATUS_COUNT; s++)
        add(counts, (enum status)s, tally->added[s]);
}

enum err_code cache_count(struct cache *cache, struct cache_counts *out, struct err *err)
{
    struct cache_counts counts = {0};
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_TALLY, &st, err);

    if (rc == ERR_OK)
        rc = add_rows(cache, st, &counts, err);
    if (rc)
        return rc;
    for (const struct tally *t = cache->tallies; t != NULL; t = t->next)
        add_own(cache, t, &counts);
    *out = counts;
    return ERR_OK;
}

enum err_code cache_count_in(struct cache *cache, struct sv partition, struct sv account,
                             struct sv region, struct cache_counts *out, struct err *err)
{
    struct cache_counts counts = *out;
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_TALLY_IN, &st, err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, partition);
    db_bind_sv(st, 2, account);
    db_bind_sv(st, 3, region);
    rc = add_rows(cache, st, &counts, err);
    if (rc)
        return rc;
    for (const struct tally *t = cache->tallies; t != NULL; t = t->next) {
        if (is_of(t, partition, account, region))
            add_own(cache, t, &counts);
    }
    *out = counts;
    return ERR_OK;
}
