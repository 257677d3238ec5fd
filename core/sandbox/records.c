#include "core/sandbox/records.h"

#include "core/base/mem.h"
#include "core/sandbox/db.h"

enum { EACH_MAX = 100000 };

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS record(kind TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT "
    "NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(kind, account, region, name)) "
    "STRICT, WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS record_name ON record(kind, name);"
    "CREATE TABLE IF NOT EXISTS blob(id TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS later(number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT "
    "NULL, kind TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL) "
    "STRICT;"
    "CREATE INDEX IF NOT EXISTS later_at ON later(at_ms, number);"
    "CREATE TABLE IF NOT EXISTS log_event(stream INTEGER NOT NULL, at_ms INTEGER NOT NULL, number "
    "INTEGER NOT NULL, ingested_ms INTEGER NOT NULL, message TEXT NOT NULL, PRIMARY KEY(stream, "
    "at_ms, number)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS counter(last INTEGER NOT NULL) STRICT;"
    "INSERT INTO counter SELECT 0 WHERE NOT EXISTS(SELECT 1 FROM counter);";

/* clang-format off */
#define SQL_LIST(X) \
    X(BEGIN,       "BEGIN") \
    X(COMMIT,      "COMMIT") \
    X(ROLLBACK,    "ROLLBACK") \
    X(GET,         "SELECT value FROM record WHERE kind = ? AND account = ? AND region = ? AND name = ?") \
    X(FIND,        "SELECT value, account, region FROM record WHERE kind = ? AND name = ? ORDER BY account, region LIMIT 1") \
    X(PUT,         "INSERT OR REPLACE INTO record VALUES(?,?,?,?,?)") \
    X(DELETE,      "DELETE FROM record WHERE kind = ? AND account = ? AND region = ? AND name = ?") \
    X(BLOB_PUT,    "INSERT OR REPLACE INTO blob VALUES(?,?)") \
    X(BLOB_GET,    "SELECT bytes FROM blob WHERE id = ?") \
    X(BLOB_DELETE, "DELETE FROM blob WHERE id = ?") \
    X(NEXT,        "UPDATE counter SET last = last + 1 RETURNING last") \
    X(LATER_ADD,   "INSERT INTO later(at_ms, kind, account, region, name) VALUES(?,?,?,?,?)") \
    X(LATER_FIRST, "SELECT number, at_ms, kind, account, region, name FROM later ORDER BY at_ms, number LIMIT 1") \
    X(LATER_DROP,  "DELETE FROM later WHERE number = ?")
/* clang-format on */

#define SQL_ENUM(name, sql) SQL_##name,
enum sql { SQL_LIST(SQL_ENUM) SQL_COUNT };
#undef SQL_ENUM

struct records {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    int depth; /* of begin */
};

sqlite3 *records_db(struct records *records)
{
    return records->db;
}

enum err_code records_open(const char *dir, struct records **out, struct err *err)
{
    static const char *const texts[] = {
#define SQL_TEXT(name, sql) sql,
        SQL_LIST(SQL_TEXT)
#undef SQL_TEXT
    };
    struct records *r = mem_alloc(sizeof *r);
    enum err_code rc;

    if (r == NULL)
        return mem_err(err);
    rc = db_open(dir, &r->db, err);
    if (!rc)
        rc = db_execute(r->db, schema, err);
    for (int i = 0; i < SQL_COUNT && !rc; i++) {
        if (sqlite3_prepare_v3(r->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &r->statements[i],
                               NULL) != SQLITE_OK)
            rc = db_fail(r->db, err);
    }
    if (rc) {
        records_close(r);
        return rc;
    }
    *out = r;
    return ERR_OK;
}

void records_close(struct records *records)
{
    if (records == NULL)
        return;
    for (int i = 0; i < SQL_COUNT; i++)
        (void)sqlite3_finalize(records->statements[i]);
    db_close(records->db);
    mem_free(records);
}

static void bind(sqlite3_stmt *st, int at, struct sv text)
{
    (void)sqlite3_bind_text64(st, at, text.ptr == NULL ? "" : text.ptr, text.len, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
}

static sqlite3_stmt *use(struct records *records, enum sql which)
{
    sqlite3_stmt *st = records->statements[which];

    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
    return st;
}

static sqlite3_stmt *use_key(struct records *records, enum sql which, const struct record_key *key)
{
    sqlite3_stmt *st = use(records, which);

    bind(st, 1, sv_of(key->kind));
    bind(st, 2, key->account);
    bind(st, 3, key->region);
    bind(st, 4, key->name);
    return st;
}

static enum err_code finish(struct records *records, sqlite3_stmt *st, struct err *err)
{
    int done = sqlite3_step(st);

    (void)sqlite3_reset(st);
    return done == SQLITE_DONE || done == SQLITE_ROW ? ERR_OK : db_fail(records->db, err);
}

enum err_code records_begin(struct records *records, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (records->depth == 0)
        rc = finish(records, use(records, SQL_BEGIN), err);
    if (!rc)
        records->depth++;
    return rc;
}

enum err_code records_commit(struct records *records, struct err *err)
{
    if (records->depth == 0 || --records->depth > 0)
        return ERR_OK;
    return finish(records, use(records, SQL_COMMIT), err);
}

void records_rollback(struct records *records)
{
    if (records->depth == 0)
        return;
    records->depth = 0;
    (void)finish(records, use(records, SQL_ROLLBACK), NULL);
}

static struct sv column(sqlite3_stmt *st, int at)
{
    const char *text = (const char *)sqlite3_column_text(st, at);

    return sv_make(text == NULL ? "" : text, (size_t)sqlite3_column_bytes(st, at));
}

/* The statement's row as JSON; NULL when there is none. The statement stays on its row. */
static enum err_code take(struct records *records, sqlite3_stmt *st, cJSON **out, struct err *err)
{
    int done = sqlite3_step(st);

    *out = NULL;
    if (done == SQLITE_ROW)
        return json_parse(column(st, 0), out, err);
    return done == SQLITE_DONE ? ERR_OK : db_fail(records->db, err);
}

enum err_code record_get(struct records *records, const struct record_key *key, cJSON **out,
                         struct err *err)
{
    sqlite3_stmt *st = use_key(records, SQL_GET, key);
    enum err_code rc = take(records, st, out, err);

    (void)sqlite3_reset(st);
    return rc;
}

static void copy(char *to, size_t size, struct sv text)
{
    (void)snprintf(to, size, SV_FMT, SV_ARG(text));
}

enum err_code record_find(struct records *records, const char *kind, struct sv name, cJSON **out,
                          char *account, char *region, struct err *err)
{
    sqlite3_stmt *st = use(records, SQL_FIND);
    enum err_code rc;

    bind(st, 1, sv_of(kind));
    bind(st, 2, name);
    rc = take(records, st, out, err);
    if (!rc && *out != NULL && account != NULL)
        copy(account, 64, column(st, 1));
    if (!rc && *out != NULL && region != NULL)
        copy(region, 64, column(st, 2));
    (void)sqlite3_reset(st);
    return rc;
}

enum err_code record_put(struct records *records, const struct record_key *key, const cJSON *value,
                         struct err *err)
{
    char *text = cJSON_PrintUnformatted(value);
    sqlite3_stmt *st;
    enum err_code rc;

    if (text == NULL)
        return mem_err(err);
    st = use_key(records, SQL_PUT, key);
    bind(st, 5, sv_of(text));
    rc = finish(records, st, err);
    cJSON_free(text);
    return rc;
}

enum err_code record_delete(struct records *records, const struct record_key *key, struct err *err)
{
    return finish(records, use_key(records, SQL_DELETE, key), err);
}

/* The names are read first, so that the function may change what it walks over. */
struct walk {
    struct records *records;
    record_fn *fn;
    void *owner;
    sqlite3_stmt *st; /* account, region, name, value */
    const char *kind;
    cJSON *rows;
};

static enum err_code collect(struct walk *w, struct err *err)
{
    int done = SQLITE_ROW;
    int count = 0;

    w->rows = cJSON_CreateArray();
    while (w->rows != NULL && (done = sqlite3_step(w->st)) == SQLITE_ROW) {
        cJSON *row = cJSON_CreateArray();

        if (!cJSON_AddItemToArray(w->rows, row))
            return mem_err(err);
        for (int i = 0; i < 4; i++) {
            if (!cJSON_AddItemToArray(row, cJSON_CreateString(column(w->st, i).ptr)))
                return mem_err(err);
        }
        if (++count > EACH_MAX)
            return err_set(err, ERR_LIMIT, "more than %d records of %s", EACH_MAX, w->kind);
    }
    if (w->rows == NULL)
        return mem_err(err);
    return done == SQLITE_DONE ? ERR_OK : db_fail(w->records->db, err);
}

static enum err_code visit(struct walk *w, const cJSON *row, bool *goes_on, struct err *err)
{
    const cJSON *account = row->child;
    const cJSON *region = account->next;
    const cJSON *name = region->next;
    struct record_key key = {.kind = w->kind,
                             .account = json_item_sv(account),
                             .region = json_item_sv(region),
                             .name = json_item_sv(name)};
    cJSON *value;
    enum err_code rc = json_parse(json_item_sv(name->next), &value, err);

    if (rc)
        return rc;
    rc = w->fn(w->owner, &key, value, goes_on, err);
    cJSON_Delete(value);
    return rc;
}

static enum err_code walk(struct walk *w, struct err *err)
{
    enum err_code rc = collect(w, err);
    bool goes_on = true;

    (void)sqlite3_finalize(w->st);
    for (const cJSON *row = w->rows == NULL ? NULL : w->rows->child; row != NULL && goes_on && !rc;
         row = row->next)
        rc = visit(w, row, &goes_on, err);
    cJSON_Delete(w->rows);
    return rc;
}

enum err_code record_each(struct records *records, const struct record_key *key, struct sv after,
                          record_fn *fn, void *owner, struct err *err)
{
    static const char sql[] = "SELECT account, region, name, value FROM record WHERE kind = ? AND "
                              "account = ? AND region = ? AND substr(name, 1, length(?4)) = ?4 AND "
                              "name > ?5 ORDER BY name";
    struct walk w = {.records = records, .fn = fn, .owner = owner, .kind = key->kind};

    if (sqlite3_prepare_v2(records->db, sql, -1, &w.st, NULL) != SQLITE_OK)
        return db_fail(records->db, err);
    bind(w.st, 1, sv_of(key->kind));
    bind(w.st, 2, key->account);
    bind(w.st, 3, key->region);
    bind(w.st, 4, key->name);
    bind(w.st, 5, after);
    return walk(&w, err);
}

enum err_code record_each_anywhere(struct records *records, const char *kind, record_fn *fn,
                                   void *owner, struct err *err)
{
    static const char sql[] = "SELECT account, region, name, value FROM record WHERE kind = ? "
                              "ORDER BY account, region, name";
    struct walk w = {.records = records, .fn = fn, .owner = owner, .kind = kind};

    if (sqlite3_prepare_v2(records->db, sql, -1, &w.st, NULL) != SQLITE_OK)
        return db_fail(records->db, err);
    bind(w.st, 1, sv_of(kind));
    return walk(&w, err);
}

static enum err_code list_rows(struct records *records, sqlite3_stmt *st, cJSON *list,
                               struct err *err)
{
    static const char *const names[] = {"kind", "account", "region", "name"};
    int done;

    while ((done = sqlite3_step(st)) == SQLITE_ROW) {
        cJSON *row = cJSON_CreateObject();

        if (!cJSON_AddItemToArray(list, row)) {
            cJSON_Delete(row);
            return mem_err(err);
        }
        for (int i = 0; i < (int)ARRAY_LEN(names); i++) {
            if (cJSON_AddStringToObject(row, names[i], column(st, i).ptr) == NULL)
                return mem_err(err);
        }
    }
    return done == SQLITE_DONE ? ERR_OK : db_fail(records->db, err);
}

enum err_code records_list(struct records *records, cJSON **out, struct err *err)
{
    static const char sql[] =
        "SELECT kind, account, region, name FROM record ORDER BY kind, account, region, name";
    cJSON *list = cJSON_CreateArray();
    sqlite3_stmt *st = NULL;
    enum err_code rc = list == NULL ? mem_err(err) : ERR_OK;

    if (!rc && sqlite3_prepare_v2(records->db, sql, -1, &st, NULL) != SQLITE_OK)
        rc = db_fail(records->db, err);
    if (!rc)
        rc = list_rows(records, st, list, err);
    (void)sqlite3_finalize(st);
    if (rc)
        cJSON_Delete(list);
    else
        *out = list;
    return rc;
}

enum err_code blob_put(struct records *records, struct sv id, struct sv bytes, struct err *err)
{
    sqlite3_stmt *st = use(records, SQL_BLOB_PUT);

    bind(st, 1, id);
    (void)sqlite3_bind_blob64(st, 2, bytes.len == 0 ? "" : bytes.ptr, bytes.len, SQLITE_TRANSIENT);
    return finish(records, st, err);
}

enum err_code blob_get(struct records *records, struct sv id, struct sb *out, struct err *err)
{
    sqlite3_stmt *st = use(records, SQL_BLOB_GET);
    enum err_code rc;
    int done;

    bind(st, 1, id);
    done = sqlite3_step(st);
    if (done == SQLITE_ROW)
        rc = sb_add(out, sv_make(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)),
                    err);
    else if (done == SQLITE_DONE)
        rc = err_set(err, ERR_NOT_FOUND, "no bytes are kept as " SV_FMT, SV_ARG(id));
    else
        rc = db_fail(records->db, err);
    (void)sqlite3_reset(st);
    return rc;
}

enum err_code blob_delete(struct records *records, struct sv id, struct err *err)
{
    sqlite3_stmt *st = use(records, SQL_BLOB_DELETE);

    bind(st, 1, id);
    return finish(records, st, err);
}

enum err_code records_next(struct records *records, uint64_t *out, struct err *err)
{
    sqlite3_stmt *st = use(records, SQL_NEXT);
    enum err_code rc = ERR_OK;

    if (sqlite3_step(st) == SQLITE_ROW)
        *out = (uint64_t)sqlite3_column_int64(st, 0);
    else
        rc = db_fail(records->db, err);
    while (!rc && sqlite3_step(st) == SQLITE_ROW)
        continue;
    (void)sqlite3_reset(st);
    return rc;
}

enum err_code later_add(struct records *records, const struct later *later, struct err *err)
{
    sqlite3_stmt *st = use(records, SQL_LATER_ADD);

    (void)sqlite3_bind_int64(st, 1, later->at_ms);
    bind(st, 2, sv_of(later->kind));
    bind(st, 3, sv_of(later->account));
    bind(st, 4, sv_of(later->region));
    bind(st, 5, sv_of(later->name));
    return finish(records, st, err);
}

enum err_code later_take(struct records *records, int64_t until_ms, struct later *out,
                         bool *is_there, struct err *err)
{
    sqlite3_stmt *st = use(records, SQL_LATER_FIRST);
    int done = sqlite3_step(st);
    int64_t number;

    *is_there = done == SQLITE_ROW && sqlite3_column_int64(st, 1) <= until_ms;
    if (!*is_there) {
        (void)sqlite3_reset(st);
        return done == SQLITE_DONE || done == SQLITE_ROW ? ERR_OK : db_fail(records->db, err);
    }
    number = sqlite3_column_int64(st, 0);
    out->at_ms = sqlite3_column_int64(st, 1);
    copy(out->kind, sizeof out->kind, column(st, 2));
    copy(out->account, sizeof out->account, column(st, 3));
    copy(out->region, sizeof out->region, column(st, 4));
    copy(out->name, sizeof out->name, column(st, 5));
    (void)sqlite3_reset(st);
    st = use(records, SQL_LATER_DROP);
    (void)sqlite3_bind_int64(st, 1, number);
    return finish(records, st, err);
}

int64_t later_next(struct records *records)
{
    sqlite3_stmt *st = use(records, SQL_LATER_FIRST);
    int64_t at_ms = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 1) : INT64_MAX;

    (void)sqlite3_reset(st);
    return at_ms;
}
