#include "core/deploy/audit_store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/crypto.h"
#include "core/base/file.h"
#include "core/base/time.h"

enum {
    PATH_CAP = 4096,
    READ_WAIT_MS = 1000,
    LOCK_LOOK_MS = 2,
    VERSION = 1,
    APPLICATION_ID = 0x70656e61 /* "pena" */
};

const char audit_genesis[AUDIT_HASH_SIZE] =
    "0000000000000000000000000000000000000000000000000000000000000000";

/* ---- the columns ---- */

struct sv audit_text(const struct audit_row *row, enum audit_text which)
{
    switch (which) {
#define AUDIT_TEXT_GET(column, json, member, most)                                                 \
    case AUDIT_TEXT_##column:                                                                      \
        return row->member;
        AUDIT_TEXT_LIST(AUDIT_TEXT_GET)
#undef AUDIT_TEXT_GET
    case AUDIT_TEXT_COUNT:
        break;
    }
    return SV("");
}

void audit_set_text(struct audit_row *row, enum audit_text which, struct sv text)
{
    switch (which) {
#define AUDIT_TEXT_SET(column, json, member, most)                                                 \
    case AUDIT_TEXT_##column:                                                                      \
        row->member = text;                                                                        \
        break;
        AUDIT_TEXT_LIST(AUDIT_TEXT_SET)
#undef AUDIT_TEXT_SET
    case AUDIT_TEXT_COUNT:
        break;
    }
}

const char *audit_text_json(enum audit_text which)
{
    static const char *const names[] = {
#define AUDIT_TEXT_JSON(column, json, member, most) json,
        AUDIT_TEXT_LIST(AUDIT_TEXT_JSON)
#undef AUDIT_TEXT_JSON
    };

    return names[which];
}

size_t audit_text_most(enum audit_text which)
{
    static const size_t most_bytes[] = {
#define AUDIT_TEXT_MOST(column, json, member, most) most,
        AUDIT_TEXT_LIST(AUDIT_TEXT_MOST)
#undef AUDIT_TEXT_MOST
    };

    return most_bytes[which];
}

/* Each part with its length before it, so that no two rows have the same bytes. */
static enum err_code add_part(struct sb *out, struct sv part, struct err *err)
{
    enum err_code rc = sb_addf(out, err, "%zu:", part.len);

    if (!rc)
        rc = sb_add(out, part, err);
    return rc ? rc : sb_addc(out, ',', err);
}

enum err_code audit_hash(const char *previous, const struct audit_row *row, struct sb *scratch,
                         char out[AUDIT_HASH_SIZE], struct err *err)
{
    const int64_t numbers[] = {row->seq, row->at_ms, row->pid};
    unsigned char digest[CRYPTO_SHA256_SIZE];
    enum err_code rc;

    sb_clear(scratch);
    rc = add_part(scratch, SV("penstock audit 1"), err);
    if (!rc)
        rc = add_part(scratch, sv_of(previous), err);
    for (size_t i = 0; i < ARRAY_LEN(numbers) && !rc; i++) {
        char text[24];

        (void)snprintf(text, sizeof text, "%lld", (long long)numbers[i]);
        rc = add_part(scratch, sv_of(text), err);
    }
    for (int i = 0; i < AUDIT_TEXT_COUNT && !rc; i++)
        rc = add_part(scratch, audit_text(row, (enum audit_text)i), err);
    if (!rc)
        rc = crypto_sha256(sb_sv(scratch), digest, err);
    if (!rc)
        crypto_hex(digest, sizeof digest, out);
    return rc;
}

/* ---- the files ---- */

static enum err_code find_dir(const char *dir, struct audit_store *s, struct err *err)
{
    *s = (struct audit_store){.dir_fd = -1, .lock_fd = -1, .is_users = dir == NULL};
    sb_init(&s->dir, PATH_CAP);
    return dir != NULL ? sb_add(&s->dir, sv_of(dir), err)
                       : file_user_dir("XDG_DATA_HOME", ".local/share", &s->dir, err);
}

static void nap(void)
{
    const struct timespec look = {.tv_nsec = LOCK_LOOK_MS * 1000000L};

    (void)nanosleep(&look, NULL);
}

/* A program that was stopped while it held the lock must not stop this one for ever. */
static enum err_code take_lock(struct audit_store *s, int64_t until_ms, struct err *err)
{
    enum err_code rc =
        file_private_open(s->dir_fd, "audit.lock", O_RDWR | O_CREAT, &s->lock_fd, err);

    if (rc) {
        s->lock_fd = -1;
        return rc;
    }
    while (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_set(err, ERR_FAILED, "%s/audit.lock: %s", sb_cstr(&s->dir), strerror(errno));
        if (time_mono_ms() > until_ms)
            return err_set(err, ERR_PENDING,
                           "another penstock holds %s/audit.lock: end it, or retry",
                           sb_cstr(&s->dir));
        nap();
    }
    return ERR_OK;
}

static enum err_code refuse(const struct audit_store *s, const char *what, struct err *err)
{
    return err_set(
        err, ERR_FAILED,
        "%.200s/audit.db %s; it is left as it is: move it and audit.head to a safe place "
        "to begin a new one",
        sb_cstr(&s->dir), what);
}

/* What is empty may become ours; what is not must be. */
static enum err_code look_inside(struct audit_store *s, struct err *err)
{
    int64_t id = 0;
    int64_t version = 0;
    int64_t tables = 0;
    struct err why = {0};
    enum err_code rc = db_ask(s->db, "PRAGMA application_id", &id, &why);

    if (!rc)
        rc = db_ask(s->db, "PRAGMA user_version", &version, &why);
    if (!rc)
        rc = db_ask(s->db, "SELECT count(*) FROM sqlite_master", &tables, &why);
    if (rc && db_is_damaged(s->db))
        return refuse(s, "is damaged or no database", err);
    if (rc)
        return err_set(err, rc, "%s", why.text);
    s->is_new = tables == 0 && id == 0;
    if (s->is_new || (id == APPLICATION_ID && version == VERSION))
        return ERR_OK;
    return refuse(
        s, id == APPLICATION_ID ? "is of a newer penstock" : "is not an audit of penstock", err);
}

/* Opening reads, and a writer's last moment locks readers out, too. */
static enum err_code open_db(struct audit_store *s, int64_t until_ms, struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    int64_t rest_ms;
    struct err why = {0};
    enum err_code rc;

    sb_init(&path, PATH_CAP + 16);
    rc = sb_addf(&path, err, "%s/audit.db", sb_cstr(&s->dir));
    if (rc)
        return rc;
    while ((rc = db_open(sb_cstr(&path), DB_WRITE, &s->db, &why)) == ERR_PENDING &&
           time_mono_ms() < until_ms)
        nap();
    if (rc)
        return err_set(err, rc, "%s", why.text);
    db_set_words(s->db, "the audit", "move audit.db and audit.head to a safe place");
    rest_ms = until_ms - time_mono_ms();
    db_set_wait(s->db, rest_ms > LOCK_LOOK_MS ? (int)rest_ms : LOCK_LOOK_MS);
    return look_inside(s, err);
}

/* What is checked here is opened anew by SQLite: the folder is ours alone. */
static enum err_code check_file(struct audit_store *s, int flags, struct err *err)
{
    int fd;
    enum err_code rc = file_private_open(s->dir_fd, "audit.db", flags, &fd, err);

    if (!rc)
        close(fd);
    return rc;
}

enum err_code audit_store_lock(const char *dir, int wait_ms, struct audit_store *out,
                               struct err *err)
{
    int64_t until_ms = time_mono_ms() + wait_ms;
    enum err_code rc = find_dir(dir, out, err);

    if (!rc)
        rc = file_private_dir(sb_cstr(&out->dir), &out->dir_fd, err);
    if (!rc)
        rc = take_lock(out, until_ms, err);
    if (!rc)
        rc = check_file(out, O_RDWR | O_CREAT, err);
    if (!rc)
        rc = open_db(out, until_ms, err);
    /* A row must be on the disk before the write that it tells of is sent. */
    if (!rc)
        rc = db_exec(out->db, "PRAGMA journal_mode=TRUNCATE;PRAGMA synchronous=FULL", err);
    if (rc)
        audit_store_close(out);
    return rc;
}

enum err_code audit_store_open(const char *dir, struct audit_store *out, struct err *err)
{
    enum err_code rc = find_dir(dir, out, err);

    if (!rc && access(sb_cstr(&out->dir), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return ERR_OK;
    if (!rc)
        rc = file_private_dir(sb_cstr(&out->dir), &out->dir_fd, err);
    if (!rc && faccessat(out->dir_fd, "audit.db", F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno == ENOENT)
        return ERR_OK;
    if (!rc)
        rc = check_file(out, O_RDONLY, err);
    if (!rc)
        rc = open_db(out, time_mono_ms() + READ_WAIT_MS, err);
    if (rc) {
        audit_store_close(out);
    } else if (out->is_new) {
        db_close(out->db);
        out->db = NULL;
    }
    return rc;
}

void audit_store_close(struct audit_store *s)
{
    db_close(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    if (s->dir_fd >= 0)
        close(s->dir_fd);
    sb_release(&s->dir);
    *s = (struct audit_store){.dir_fd = -1, .lock_fd = -1};
}

/* ---- the table ---- */

#define COLUMN(column, json, member, most) #column ","
#define COLUMNS                            "seq, at_ms, pid, " AUDIT_TEXT_LIST(COLUMN) " hash"
#define DEFINE(column, json, member, most) #column " TEXT NOT NULL,"

enum err_code audit_store_make(struct audit_store *s, struct err *err)
{
    static const char make[] =
        "CREATE TABLE audit(seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, pid INTEGER NOT "
        "NULL," AUDIT_TEXT_LIST(
            DEFINE) " hash TEXT NOT NULL) STRICT;"
                    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN"
                    " SELECT RAISE(ABORT, 'the audit is only appended to'); END;"
                    "CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN"
                    " SELECT RAISE(ABORT, 'the audit is only appended to'); END;";
    char pragmas[100];
    enum err_code rc;

    (void)snprintf(pragmas, sizeof pragmas, "PRAGMA application_id=%d;PRAGMA user_version=%d",
                   APPLICATION_ID, VERSION);
    rc = db_exec(s->db, make, err);
    return rc ? rc : db_exec(s->db, pragmas, err);
}

#define MARK(column, json, member, most) ",?"
static const char *const statements[] = {
    [AUDIT_LAST] = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
    [AUDIT_HASH_AT] = "SELECT hash FROM audit WHERE seq = ?",
    [AUDIT_INSERT] = "INSERT INTO audit(" COLUMNS ") VALUES(?,?,?" AUDIT_TEXT_LIST(MARK) ",?)",
    [AUDIT_UPWARD] =
        "SELECT " COLUMNS " FROM audit WHERE seq > ? AND at_ms >= ? ORDER BY seq LIMIT ?",
    [AUDIT_DOWNWARD] =
        "SELECT " COLUMNS " FROM audit WHERE seq < ? AND at_ms >= ? ORDER BY seq DESC LIMIT ?",
};
#undef MARK
#undef DEFINE
#undef COLUMNS
#undef COLUMN

enum err_code audit_use(struct audit_store *s, enum audit_statement which, struct db_stmt **out,
                        struct err *err)
{
    return db_use(s->db, (int)which, statements[which], out, err);
}

void audit_take_row(struct db_stmt *st, struct audit_row *out)
{
    *out = (struct audit_row){.seq = db_int(st, 0), .at_ms = db_int(st, 1), .pid = db_int(st, 2)};
    for (int i = 0; i < AUDIT_TEXT_COUNT; i++)
        audit_set_text(out, (enum audit_text)i, db_sv(st, 3 + i));
    out->hash = db_sv(st, 3 + AUDIT_TEXT_COUNT);
}
