#include "core/cache/db.h"

#include <malloc.h>
#include <sqlite3.h>

#include "core/base/mem.h"

enum {
    TEXT_CAP = 4 * 1024 * 1024 /* of one value; far over anything AWS sends in one field */
};

struct db {
    sqlite3 *handle;
    struct db_stmt *slots[DB_SLOTS_MAX];
    const char *what; /* for sentences */
    const char *if_damaged;
    bool is_damaged;
};

/* A statement with the first failure of its bindings. */
struct db_stmt {
    sqlite3_stmt *st;
    int bind_rc;
};

/* SQLite's memory comes from mem.h, so that the torture test reaches it too. */
static void *take(int size)
{
    return mem_resize(NULL, (size_t)size, 1);
}

static void *resize(void *p, int size)
{
    return mem_resize(p, (size_t)size, 1);
}

static int size_of(void *p)
{
    return (int)malloc_usable_size(p);
}

static int round_up(int size)
{
    return (size + 7) & ~7;
}

static int start(void *unused UNUSED)
{
    return SQLITE_OK;
}

static void stop(void *unused UNUSED)
{
}

/* Once for the process, before its first connection. Without statistics, whose lock and counters
 * each allocation would pay for. */
static void configure(void)
{
    static const sqlite3_mem_methods methods = {take,     mem_free, resize, size_of,
                                                round_up, start,    stop,   NULL};
    static bool is_done;

    if (is_done)
        return;
    is_done = true;
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

/* SQLITE_ERROR while preparing our own SQL means that the schema is not the one it claims. */
static enum err_code fail(struct db *db, int rc, struct err *err)
{
    int extended = db->handle != NULL ? sqlite3_extended_errcode(db->handle) : rc;

    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return mem_err(err);
    case SQLITE_TOOBIG:
        return err_set(err, ERR_LIMIT, "a text of over %d bytes is more than %s accepts", TEXT_CAP,
                       db->what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_PENDING, "another program is writing to %s; retry", db->what);
    case SQLITE_FULL:
        return err_set(err, ERR_CACHE, "the disk is full: %s keeps what it had; free some space",
                       db->what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
        db->is_damaged = true;
        return err_set(err, ERR_CACHE, "%s is damaged (%s); %s", db->what,
                       sqlite3_errmsg(db->handle), db->if_damaged);
    default:
        if (extended == SQLITE_IOERR_NOMEM)
            return mem_err(err);
        return err_set(err, ERR_CACHE, "cannot use %s: %s (SQLite %d)", db->what,
                       sqlite3_errstr(rc), extended);
    }
}

/* A path as SQLite's URI, which alone can say immutable. */
static enum err_code add_uri(struct sb *out, const char *path, struct err *err)
{
    enum err_code rc = sb_add(out, SV("file:"), err);

    for (; rc == ERR_OK && *path != '\0'; path++) {
        if (*path == '?' || *path == '#' || *path == '%')
            rc = sb_addf(out, err, "%%%02x", (unsigned)*path);
        else
            rc = sb_addc(out, *path, err);
    }
    return rc ? rc : sb_add(out, SV("?immutable=1"), err);
}

static enum err_code open_handle(struct db *db, const char *path, enum db_mode mode,
                                 struct err *err)
{
    CLEANUP(sb_release) struct sb uri;
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    enum err_code rc = ERR_OK;
    int failed;

    sb_init(&uri, 16 * 1024);
    flags |= mode == DB_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    if (path == NULL) {
        path = ":memory:";
        flags |= SQLITE_OPEN_MEMORY | SQLITE_OPEN_CREATE;
    } else if (mode == DB_IMMUTABLE) {
        rc = add_uri(&uri, path, err);
        path = sb_cstr(&uri);
        flags |= SQLITE_OPEN_URI;
    }
    if (rc)
        return rc;
    failed = sqlite3_open_v2(path, &db->handle, flags, NULL);
    return failed ? fail(db, failed, err) : ERR_OK;
}

/* Checkpoints are made under write.lock and never by themselves: neither after a commit nor by the
 * last one to close. */
static void set_up(struct db *db, enum db_mode mode)
{
    sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, TEXT_CAP);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (mode != DB_WRITE)
        return;
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_wal_autocheckpoint(db->handle, 0);
}

/* Of the page cache's usual 2 MB a writer is served well by 400 KB, and a reader, who passes each
 * page about once, by a quarter. */
static const char *const pragmas[] = {
    [DB_WRITE] = "PRAGMA synchronous=NORMAL;PRAGMA mmap_size=0;PRAGMA cache_size=-400",
    [DB_READ] = "PRAGMA cache_size=-512",
    [DB_IMMUTABLE] = "PRAGMA cache_size=-512",
};

enum err_code db_open(const char *path, enum db_mode mode, struct db **out, struct err *err)
{
    struct db *db;
    enum err_code rc;

    configure();
    db = mem_alloc(sizeof *db);
    if (db == NULL)
        return mem_err(err);
    db_set_words(db, "the cache", "restart penstock, which rebuilds it");
    rc = open_handle(db, path, mode, err);
    if (rc == ERR_OK)
        set_up(db, mode);
    if (rc == ERR_OK)
        rc = db_exec(db, pragmas[mode], err);
    if (rc && !db->is_damaged) {
        db_close(db);
        return rc;
    }
    *out = db;
    return ERR_OK;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    for (int i = 0; i < DB_SLOTS_MAX; i++) {
        if (db->slots[i] == NULL)
            continue;
        sqlite3_finalize(db->slots[i]->st);
        mem_free(db->slots[i]);
    }
    sqlite3_close(db->handle);
    mem_free(db);
}

bool db_is_damaged(const struct db *db)
{
    return db->is_damaged;
}

bool db_is_in_transaction(const struct db *db)
{
    return sqlite3_get_autocommit(db->handle) == 0;
}

void db_set_words(struct db *db, const char *what, const char *if_damaged)
{
    db->what = what;
    db->if_damaged = if_damaged;
}

void db_set_wait(struct db *db, int ms)
{
    sqlite3_busy_timeout(db->handle, ms);
}

enum err_code db_exec(struct db *db, const char *sql, struct err *err)
{
    int failed = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

    return failed ? fail(db, failed, err) : ERR_OK;
}

enum err_code db_ask(struct db *db, const char *sql, int64_t *out, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int failed = sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL);

    if (failed)
        return fail(db, failed, err);
    failed = sqlite3_step(st);
    if (failed == SQLITE_ROW || failed == SQLITE_DONE) {
        *out = failed == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
        failed = SQLITE_OK;
    }
    sqlite3_finalize(st);
    return failed ? fail(db, failed, err) : ERR_OK;
}

bool db_use_wal(struct db *db)
{
    sqlite3_stmt *st = NULL;
    bool is_wal = false;

    if (sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode=WAL", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        is_wal = sv_eq(sv_of((const char *)sqlite3_column_text(st, 0)), SV("wal"));
    sqlite3_finalize(st);
    return is_wal;
}

/* A reader in the way is no failure: what can be moved is moved, the rest comes next time. */
enum err_code db_checkpoint(struct db *db, struct err *err)
{
    int failed =
        sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return failed && (failed & 0xff) != SQLITE_BUSY ? fail(db, failed, err) : ERR_OK;
}

enum err_code db_use(struct db *db, int slot, const char *sql, struct db_stmt **out,
                     struct err *err)
{
    struct db_stmt *st = db->slots[slot];
    int failed;

    if (st == NULL) {
        st = mem_alloc(sizeof *st);
        if (st == NULL)
            return mem_err(err);
        failed = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->st, NULL);
        if (failed) {
            mem_free(st);
            return fail(db, failed, err);
        }
        db->slots[slot] = st;
    }
    st->bind_rc = SQLITE_OK;
    *out = st;
    return ERR_OK;
}

static void note(struct db_stmt *st, int failed)
{
    if (failed && st->bind_rc == SQLITE_OK)
        st->bind_rc = failed;
}

void db_bind_int(struct db_stmt *st, int at, int64_t value)
{
    note(st, sqlite3_bind_int64(st->st, at, value));
}

void db_bind_sv(struct db_stmt *st, int at, struct sv text)
{
    note(st, sqlite3_bind_text64(st->st, at, text.ptr == NULL ? "" : text.ptr, text.len,
                                 SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_blob(struct db_stmt *st, int at, struct sv bytes)
{
    note(st, sqlite3_bind_blob64(st->st, at, bytes.ptr == NULL ? "" : bytes.ptr, bytes.len,
                                 SQLITE_STATIC));
}

void db_bind_word(struct db_stmt *st, int at, const char *word)
{
    db_bind_sv(st, at, sv_of(word));
}

enum err_code db_step(struct db *db, struct db_stmt *st, bool *has_row, struct err *err)
{
    int failed = st->bind_rc;

    if (failed == SQLITE_OK)
        failed = sqlite3_step(st->st);
    if (failed == SQLITE_ROW) {
        *has_row = true;
        return ERR_OK;
    }
    if (failed != SQLITE_DONE) {
        enum err_code rc = fail(db, failed, err);

        sqlite3_reset(st->st);
        return rc;
    }
    sqlite3_reset(st->st);
    *has_row = false;
    return ERR_OK;
}

enum err_code db_run(struct db *db, struct db_stmt *st, struct err *err)
{
    enum err_code rc;
    bool has_row = true;

    do
        rc = db_step(db, st, &has_row, err);
    while (rc == ERR_OK && has_row);
    return rc;
}

void db_reset(struct db_stmt *st)
{
    sqlite3_reset(st->st);
}

int64_t db_int(struct db_stmt *st, int column)
{
    return sqlite3_column_int64(st->st, column);
}

/* As a blob, since SQLite then need not copy the text to put a NUL behind it; by its value, since
 * that is looked up once. */
struct sv db_sv(struct db_stmt *st, int column)
{
    sqlite3_value *value = sqlite3_column_value(st->st, column);
    const char *ptr = sqlite3_value_blob(value);

    return ptr == NULL ? SV("") : sv_make(ptr, (size_t)sqlite3_value_bytes(value));
}

int64_t db_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_changes(const struct db *db)
{
    return sqlite3_changes64(db->handle);
}

int64_t db_changes_in_all(const struct db *db)
{
    return sqlite3_total_changes64(db->handle);
}
