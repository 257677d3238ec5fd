#include "core/sandbox/logs_store.h"

#include "core/sandbox/db.h"
#include "core/sandbox/records.h"

int log_place_cmp(struct log_place a, struct log_place b)
{
    if (a.at_ms != b.at_ms)
        return a.at_ms < b.at_ms ? -1 : 1;
    return (a.number > b.number) - (a.number < b.number);
}

void log_range_narrow(struct log_range *range, int64_t from_ms, int64_t until_ms)
{
    struct log_place after = {from_ms - 1, INT64_MAX};
    struct log_place before = {until_ms, -1};

    if (log_place_cmp(after, range->after) > 0)
        range->after = after;
    if (log_place_cmp(before, range->before) < 0)
        range->before = before;
}

static enum err_code prepare(struct records *records, const char *sql, sqlite3_stmt **out,
                             struct err *err)
{
    sqlite3 *db = records_db(records);

    return sqlite3_prepare_v2(db, sql, -1, out, NULL) == SQLITE_OK ? ERR_OK : db_fail(db, err);
}

static void bind_place(sqlite3_stmt *st, int at, struct log_place place)
{
    (void)sqlite3_bind_int64(st, at, place.at_ms);
    (void)sqlite3_bind_int64(st, at + 1, place.number);
}

enum err_code log_store_read(struct records *records, int64_t stream, const struct log_range *range,
                             log_event_fn *fn, void *owner, struct err *err)
{
    static const char forward[] =
        "SELECT at_ms, number, ingested_ms, message FROM log_event WHERE stream = ? AND (at_ms, "
        "number) > (?, ?) AND (at_ms, number) < (?, ?) ORDER BY at_ms, number";
    static const char backward[] =
        "SELECT at_ms, number, ingested_ms, message FROM log_event WHERE stream = ? AND (at_ms, "
        "number) > (?, ?) AND (at_ms, number) < (?, ?) ORDER BY at_ms DESC, number DESC";
    sqlite3_stmt *st = NULL;
    bool goes_on = true;
    int done = SQLITE_ROW;
    enum err_code rc = prepare(records, range->is_backwards ? backward : forward, &st, err);

    if (rc)
        return rc;
    (void)sqlite3_bind_int64(st, 1, stream);
    bind_place(st, 2, range->after);
    bind_place(st, 4, range->before);
    while (!rc && goes_on && (done = sqlite3_step(st)) == SQLITE_ROW) {
        struct log_event event = {
            .place = {sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1)},
            .ingested_ms = sqlite3_column_int64(st, 2),
            .text = sv_make((const char *)sqlite3_column_text(st, 3),
                            (size_t)sqlite3_column_bytes(st, 3))};

        rc = fn(owner, &event, &goes_on, err);
    }
    if (!rc && done != SQLITE_ROW && done != SQLITE_DONE)
        rc = db_fail(records_db(records), err);
    (void)sqlite3_finalize(st);
    return rc;
}

enum err_code log_store_add(struct records *records, int64_t stream, int64_t first,
                            const struct log_line *lines, size_t count, int64_t now_ms,
                            struct err *err)
{
    sqlite3_stmt *st = NULL;
    enum err_code rc = prepare(records, "INSERT INTO log_event VALUES(?, ?, ?, ?, ?)", &st, err);

    for (size_t i = 0; i < count && !rc; i++) {
        (void)sqlite3_bind_int64(st, 1, stream);
        bind_place(st, 2, (struct log_place){lines[i].at_ms, first + (int64_t)i});
        (void)sqlite3_bind_int64(st, 4, now_ms);
        (void)sqlite3_bind_text64(st, 5, lines[i].text.ptr, lines[i].text.len, SQLITE_STATIC,
                                  SQLITE_UTF8);
        if (sqlite3_step(st) != SQLITE_DONE)
            rc = db_fail(records_db(records), err);
        (void)sqlite3_reset(st);
    }
    (void)sqlite3_finalize(st);
    return rc;
}

enum err_code log_store_drop(struct records *records, int64_t stream, struct err *err)
{
    sqlite3_stmt *st = NULL;
    enum err_code rc = prepare(records, "DELETE FROM log_event WHERE stream = ?", &st, err);

    if (rc)
        return rc;
    (void)sqlite3_bind_int64(st, 1, stream);
    if (sqlite3_step(st) != SQLITE_DONE)
        rc = db_fail(records_db(records), err);
    (void)sqlite3_finalize(st);
    return rc;
}
