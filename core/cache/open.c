/* Opening: find out what is there, and make of it a cache that works.
 *
 * What is fine is opened without any lock. Everything else (to create, migrate, move aside) is
 * looked at a second time under write.lock, because another penstock may just have done it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/cache/store.h"

enum found { FOUND_FINE, FOUND_NEW, FOUND_OLDER, FOUND_NEWER, FOUND_DAMAGED, FOUND_FOREIGN };

static void forget(struct cache *cache)
{
    db_close(cache->db);
    cache->db = NULL;
}

static enum err_code database_path(const struct cache *cache, struct sb *out, struct err *err)
{
    return sb_addf(out, err, "%s/%s", cache->dir, cache_file);
}

/* A file that cannot be opened is not one that is refused: the cache goes on in memory. */
static enum err_code open_db(struct cache *cache, const char *path, enum db_mode mode,
                             struct err *err)
{
    struct err why = {0};
    enum err_code rc = db_open(path, mode, &cache->db, &why);

    return rc ? err_set(err, rc == ERR_CACHE ? ERR_FAILED : rc, "%s", why.text) : ERR_OK;
}

/* Without a log, reading needs neither locks nor the files that SQLite would make for them; every
 * penstock leaves one, if an empty one, so such a cache is a copy that nobody writes to. A log that
 * cannot be read (its index is gone and the directory is not to be written) is read past; one that
 * is locked fails to open, as somebody may be about to move it into the file. */
static enum err_code open_to_read(struct cache *cache, const char *path, struct err *err)
{
    bool has_log = place_has(cache, "cache.db-wal", NULL);
    enum err_code rc = open_db(cache, path, has_log ? DB_READ : DB_IMMUTABLE, err);
    int64_t version;

    if (rc || !has_log || db_is_damaged(cache->db) ||
        db_ask(cache->db, "PRAGMA user_version", &version, NULL) == ERR_OK ||
        db_is_damaged(cache->db))
        return rc;
    forget(cache);
    return open_db(cache, path, DB_IMMUTABLE, err);
}

static enum err_code judge(struct cache *cache, enum found *found, struct err *err)
{
    int64_t version = 0;
    int64_t application = 0;
    int64_t tables = 0;
    enum err_code rc = db_ask(cache->db, "PRAGMA user_version", &version, err);

    if (rc == ERR_OK && !cache->is_read_only)
        rc = db_ask(cache->db, "PRAGMA application_id", &application, err);
    if (rc == ERR_OK && !cache->is_read_only)
        rc = db_ask(cache->db, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (rc)
        return rc;
    if (application == 0 && version == 0 && tables == 0)
        *found = FOUND_NEW;
    else if (!cache->is_read_only && application != CACHE_APPLICATION_ID)
        *found = FOUND_FOREIGN;
    else if (version > migration_latest())
        *found = FOUND_NEWER;
    else
        *found = version < migration_latest() ? FOUND_OLDER : FOUND_FINE;
    return ERR_OK;
}

/* After damage was met: is it in the file, or was it something that passed? */
static bool is_sound(struct cache *cache)
{
    int64_t bad = 1;

    if (db_ask(cache->db,
               "SELECT count(*) FROM pragma_integrity_check(1) WHERE integrity_check<>'ok'", &bad,
               NULL) ||
        bad != 0 || db_exec(cache->db, "INSERT INTO piece(piece) VALUES('integrity-check')", NULL))
        return false;
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        struct db_stmt *st;

        if (use(cache, (enum statement)i, &st, NULL))
            return false;
    }
    return true;
}

/* Open cache.db as it is. A failure other than damage is the caller's to tell. */
static enum err_code look(struct cache *cache, enum found *found, struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    enum file_state file;
    enum err_code rc = place_look(cache, &file, err);

    sb_init(&path, 16 * 1024);
    *found = FOUND_NEW;
    if (rc || file == FILE_ABSENT)
        return rc;
    *found = FOUND_DAMAGED;
    if (file == FILE_STRANGE)
        return ERR_OK;
    rc = database_path(cache, &path, err);
    if (rc == ERR_OK && cache->is_read_only)
        rc = open_to_read(cache, sb_cstr(&path), err);
    else if (rc == ERR_OK)
        rc = open_db(cache, sb_cstr(&path), DB_WRITE, err);
    if (rc)
        return rc;
    if (!db_is_damaged(cache->db)) {
        db_set_wait(cache->db, CACHE_FOREIGN_WAIT_MS);
        rc = judge(cache, found, err);
    }
    if (rc == ERR_OK && *found == FOUND_FINE && !cache->is_read_only && place_is_marked(cache)) {
        if (is_sound(cache))
            place_unmark(cache);
        else
            *found = FOUND_DAMAGED;
    }
    if (!db_is_damaged(cache->db))
        return rc;
    *found = FOUND_DAMAGED;
    return ERR_OK;
}

static const struct {
    const char *suffix;
    const char *sentence;
} aside[] = {
    [FOUND_NEWER] = {"newer",
                     "the cache was made by a newer penstock; it was moved aside and a new "
                     "one is filled from AWS"},
    [FOUND_DAMAGED] = {"corrupt", "the cache was damaged; it was moved aside and a new one is "
                                  "filled from AWS"},
    [FOUND_FOREIGN] = {"corrupt", "cache.db was not made by penstock; it was moved aside and a new "
                                  "one is filled from AWS"},
};

/* Under write.lock: make what was found into a cache of today. */
static enum err_code repair(struct cache *cache, enum found found, struct err *notice,
                            struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    enum err_code rc = ERR_OK;

    sb_init(&path, 16 * 1024);
    if (found >= FOUND_NEWER) {
        forget(cache);
        rc = place_move_aside(cache, aside[found].suffix, err);
        if (rc == ERR_OK)
            err_set(notice, ERR_CACHE, "%s", aside[found].sentence);
    }
    if (rc == ERR_OK && cache->db == NULL) {
        rc = place_create(cache, err);
        if (rc == ERR_OK)
            rc = database_path(cache, &path, err);
        if (rc == ERR_OK)
            rc = open_db(cache, sb_cstr(&path), DB_WRITE, err);
        if (rc)
            return rc;
        db_set_wait(cache->db, CACHE_FOREIGN_WAIT_MS);
    }
    if (rc == ERR_OK && !db_use_wal(cache->db))
        rc = err_set(err, ERR_FAILED, "the file system of %s does not allow a shared cache",
                     cache->dir);
    return rc ? rc : migrate(cache->db, true, err);
}

/* A shared log needs memory shared by all its readers, which other hosts do not have. */
static bool is_network(int fd)
{
    static const unsigned long magics[] = {0x6969,     0x517b,     0xfe534d42,
                                           0xff534d42, 0x5346414f, 0x00c36400};
    struct statfs fs;

    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
        if (((unsigned long)fs.f_type & 0xffffffffUL) == magics[i])
            return true;
    }
    return false;
}

static enum err_code open_to_write(struct cache *cache, struct err *notice, struct err *err)
{
    enum found found;
    enum err_code rc;

    if (is_network(cache->dir_fd))
        return err_set(err, ERR_FAILED, "%s is on a network file system", cache->dir);
    rc = look(cache, &found, err);
    /* Another penstock may be making it at this moment: then its lock is worth waiting for. */
    if (rc != ERR_PENDING && (rc || found == FOUND_FINE))
        return rc;
    forget(cache);
    rc = lock_take(cache->dir_fd, "write.lock", CACHE_WAIT_MS, &cache->write_lock, err);
    if (rc)
        return rc;
    rc = look(cache, &found, err);
    if (rc == ERR_OK && found != FOUND_FINE)
        rc = repair(cache, found, notice, err);
    lock_release(cache->write_lock);
    return rc;
}

static enum err_code open_memory(struct cache *cache, struct err *err)
{
    enum err_code rc;

    forget(cache);
    place_close(cache);
    cache->is_in_memory = true;
    rc = db_open(NULL, DB_WRITE, &cache->db, err);
    return rc ? rc : migrate(cache->db, false, err);
}

/* What a reader cannot repair it shows as empty, and says who can. */
static enum err_code open_read_only(struct cache *cache, struct err *notice, struct err *err)
{
    struct stat st;
    enum found found = FOUND_NEW;
    enum err_code rc = ERR_OK;

    if (lstat(cache->asked_dir, &st) == 0) {
        rc = place_open(cache, err);
        if (rc == ERR_OK)
            rc = look(cache, &found, err);
    }
    if (rc || found == FOUND_FINE)
        return rc;
    if (found != FOUND_NEW)
        err_set(notice, ERR_CACHE, "the cache cannot be read (%s); penstock sync makes a new one",
                found == FOUND_NEWER   ? "a newer penstock made it"
                : found == FOUND_OLDER ? "an older penstock made it"
                                       : "it is damaged");
    return open_memory(cache, err);
}

/* Whatever keeps us from a shared cache, short of a file that is not safe to use, leaves one of
 * our own in memory. */
static enum err_code open_anyhow(struct cache *cache, struct err *notice, struct err *err)
{
    struct err why = {0};
    enum err_code rc;

    if (cache->is_read_only) {
        rc = open_read_only(cache, notice, &why);
    } else {
        rc = place_open(cache, &why);
        if (rc == ERR_OK)
            rc = open_to_write(cache, notice, &why);
    }
    if (rc == ERR_OK && !cache->is_in_memory)
        place_remember(cache);
    if (rc == ERR_OK)
        return rc;
    if (rc == ERR_LIMIT || (rc == ERR_CACHE && cache->db == NULL))
        return err_set(err, why.code, "%s", why.text);
    err_set(notice, ERR_CACHE, "%s; what is read is kept in memory only", why.text);
    return open_memory(cache, err);
}

static enum err_code choose_dir(struct cache *cache, const struct cache_options *options,
                                struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    enum err_code rc = ERR_OK;

    sb_init(&path, 16 * 1024);
    if (options->dir != NULL)
        rc = sb_add(&path, sv_of(options->dir), err);
    else
        rc = file_user_dir("XDG_STATE_HOME", ".local/state", &path, err);
    if (rc)
        return rc;
    cache->asked_dir = mem_dup(sb_cstr(&path));
    return cache->asked_dir == NULL ? mem_err(err) : ERR_OK;
}

enum err_code cache_open(const struct cache_options *options, struct cache **out,
                         struct err *notice, struct err *err)
{
    struct cache *cache = mem_alloc(sizeof *cache);
    struct err why = {0};
    enum err_code rc = ERR_OK;

    if (cache == NULL)
        return mem_err(err);
    if (notice != NULL)
        *notice = (struct err){0};
    cache->dir_fd = cache->write_lock = cache->lease = cache->freshness = -1;
    cache->watch = cache->lease_watch = -1;
    cache->is_read_only = options->is_read_only;
    arena_init(&cache->scratch, CACHE_SCRATCH_CAP);
    if (!options->in_memory)
        rc = choose_dir(cache, options, &why);
    if (rc == ERR_NOT_FOUND)
        err_set(notice, ERR_CACHE, "%s; what is read is kept in memory only", why.text);
    if (options->in_memory || rc == ERR_NOT_FOUND)
        rc = open_memory(cache, err);
    else if (rc)
        err_set(err, rc, "%s", why.text);
    else
        rc = open_anyhow(cache, notice, err);
    if (rc) {
        cache_close(cache);
        return rc;
    }
    *out = cache;
    return ERR_OK;
}

uint64_t cache_renewals(const struct cache *cache)
{
    return cache->renewals;
}

enum err_code cache_renew(struct cache *cache, struct err *err)
{
    struct err notice = {0};
    enum err_code rc;

    cache->renewals++;
    forget(cache);
    place_close(cache);
    rc = open_anyhow(cache, &notice, err);
    if (notice.code != ERR_OK)
        log_error("%s", notice.text);
    if (rc && open_memory(cache, NULL))
        forget(cache);
    return rc;
}

void cache_close(struct cache *cache)
{
    if (cache == NULL)
        return;
    maintain_at_close(cache);
    if (cache->db != NULL && db_is_damaged(cache->db))
        place_mark_damaged(cache);
    forget(cache); /* rolls back */
    place_close(cache);
    if (cache->watch >= 0)
        close(cache->watch);
    tally_clear(cache);
    arena_release(&cache->scratch);
    id_list_release(&cache->stale_text);
    mem_free(cache->asked_dir);
    mem_free(cache);
}

bool cache_is_in_memory(const struct cache *cache)
{
    return cache->is_in_memory;
}

const char *cache_dir(const struct cache *cache)
{
    return cache->is_in_memory ? "" : cache->dir;
}
