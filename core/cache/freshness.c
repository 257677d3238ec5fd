/* Freshness: records of one size in a file of their own, each rewritten in place, so that a sync
 * which found nothing new writes neither a row nor a byte of log. A checksum tells a torn or older
 * record, which then counts as unknown. In memory the file has no name. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/cache/store.h"
#include "core/model/hash.h"

static const char freshness_file[] = "freshness";

enum { RECORDS_MAX = 256, RECORD_FORMAT = 1 };

struct record {
    uint64_t checksum; /* of all that follows */
    uint64_t key[2];
    int64_t synced_at;
    int64_t failed_at;
    double rate_per_s;
    char error[400];
    char code[16]; /* its name: the numbers of codes are not for files */
    uint32_t is_slowed;
    uint32_t format;
    char spare[32];
};
_Static_assert(sizeof(struct record) == 504, "a record has one size for ever");

static uint64_t checksum(const struct record *r)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, sv_make((const char *)r + sizeof r->checksum, sizeof *r - sizeof r->checksum));
    return hash_done(&h);
}

static void make_key(struct sv profile, struct sv region, uint64_t key[2])
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, profile);
    hash_sv(&h, region);
    key[0] = hash_done(&h);
    hash_sv(&h, profile);
    key[1] = hash_done(&h);
}

/* To read; lock_take makes the file when there is something to write. */
static enum err_code open_file(struct cache *cache, struct err *err)
{
    int flags = cache->is_read_only ? O_RDONLY : O_RDWR;

    if (cache->freshness >= 0)
        return ERR_OK;
    if (cache->is_in_memory) {
        cache->freshness = memfd_create("freshness", MFD_CLOEXEC);
        return cache->freshness >= 0 ? ERR_OK : err_set(err, ERR_CACHE, "no memory file");
    }
    return file_private_open(cache->dir_fd, freshness_file, flags, &cache->freshness, err);
}

static bool is_good(const struct record *r)
{
    return r->format == RECORD_FORMAT && r->checksum == checksum(r);
}

static int64_t age_key(const struct record *r)
{
    return r->synced_at > r->failed_at ? r->synced_at : r->failed_at;
}

/* The record of a key; when there is none, *place is where it may go: a free or broken record, the
 * end, or the one that was not touched for longest. */
static bool find(int fd, const uint64_t key[2], struct record *out, int *place)
{
    int64_t oldest = INT64_MAX;
    bool has_free = false;

    *place = 0;
    for (int i = 0; i < RECORDS_MAX; i++) {
        struct record r;

        if (pread(fd, &r, sizeof r, (off_t)i * (off_t)sizeof r) != (ssize_t)sizeof r) {
            if (!has_free)
                *place = i;
            return false;
        }
        if (!is_good(&r)) {
            if (!has_free)
                *place = i;
            has_free = true;
        } else if (r.key[0] == key[0] && r.key[1] == key[1]) {
            *place = i;
            *out = r;
            return true;
        } else if (!has_free && age_key(&r) < oldest) {
            oldest = age_key(&r);
            *place = i;
        }
    }
    return false;
}

static void fill(struct record *r, const struct freshness *f)
{
    r->synced_at = f->synced_at;
    r->failed_at = f->failed_at;
    r->rate_per_s = f->rate_per_s;
    r->is_slowed = f->is_slowed;
    r->format = RECORD_FORMAT;
    snprintf(r->error, sizeof r->error, "%s", f->error);
    snprintf(r->code, sizeof r->code, "%s", err_name(f->code));
    r->checksum = checksum(r);
}

enum err_code cache_put_freshness(struct cache *cache, struct sv profile, struct sv region,
                                  const struct freshness *freshness, struct err *err)
{
    struct record r;
    struct record now;
    int place;
    enum err_code rc;

    if (cache->is_read_only)
        return err_set(err, ERR_CACHE, "the cache was opened to be read only");
    if (cache->is_in_memory)
        rc = open_file(cache, err);
    else
        rc = lock_take(cache->dir_fd, freshness_file, CACHE_WAIT_MS, &cache->freshness, err);
    if (rc)
        return rc;
    memset(&now, 0, sizeof now);
    make_key(profile, region, now.key);
    find(cache->freshness, now.key, &r, &place);
    fill(&now, freshness);
    if (pwrite(cache->freshness, &now, sizeof now, (off_t)place * (off_t)sizeof now) !=
        (ssize_t)sizeof now)
        rc = err_set(err, ERR_CACHE, "cannot note how fresh the cache is: is the disk full?");
    if (!cache->is_in_memory)
        lock_release(cache->freshness);
    return rc;
}

static enum err_code code_of(const char *name)
{
    for (int code = 0; code < ERR_COUNT; code++) {
        if (sv_eq(sv_of(name), sv_of(err_name((enum err_code)code))))
            return (enum err_code)code;
    }
    return ERR_FAILED;
}

void cache_get_freshness(struct cache *cache, struct sv profile, struct sv region,
                         struct freshness *out)
{
    struct record r;
    uint64_t key[2];
    int place;

    memset(out, 0, sizeof *out);
    make_key(profile, region, key);
    if (open_file(cache, NULL) || !find(cache->freshness, key, &r, &place))
        return;
    r.error[sizeof r.error - 1] = '\0';
    r.code[sizeof r.code - 1] = '\0';
    out->synced_at = r.synced_at;
    out->failed_at = r.failed_at;
    out->rate_per_s = r.rate_per_s;
    out->is_slowed = r.is_slowed != 0;
    out->code = code_of(r.code);
    snprintf(out->error, sizeof out->error, "%s", r.error);
}
