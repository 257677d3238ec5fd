#include "tape.h"

#include "bench.h"
#include "core/base/arena.h"
#include "core/base/mem.h"

enum { STATEMENTS_MAX = 256 };
enum what { BIND_INT, BIND_TEXT, STEP, RESET };

struct note {
    enum what what;
    int statement;
    int at;
    size_t len;
    union {
        int64_t number;
        const char *text;
    } value;
};

static struct {
    sqlite3_stmt *theirs;
    sqlite3_stmt *ours;
    char *sql;
} statements[STATEMENTS_MAX];
static int statement_count;
static struct note *notes;
static size_t note_count;
static size_t note_size;
static struct arena texts = {.cap = SIZE_MAX};
static bool is_recording;
static char *last_select;
static sqlite3 *last_opened;

/* The names are the linker's, and no header declares them. */
int __real_sqlite3_open_v2(const char *, sqlite3 **, int, const char *);
int __real_sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **,
                              const char **);
int __real_sqlite3_bind_int64(sqlite3_stmt *, int, sqlite3_int64);
int __real_sqlite3_bind_text64(sqlite3_stmt *, int, const char *, sqlite3_uint64, void (*)(void *),
                               unsigned char);
int __real_sqlite3_step(sqlite3_stmt *);
int __real_sqlite3_reset(sqlite3_stmt *);
int __real_sqlite3_finalize(sqlite3_stmt *);
int __wrap_sqlite3_open_v2(const char *, sqlite3 **, int, const char *);
int __wrap_sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **,
                              const char **);
int __wrap_sqlite3_bind_int64(sqlite3_stmt *, int, sqlite3_int64);
int __wrap_sqlite3_bind_text64(sqlite3_stmt *, int, const char *, sqlite3_uint64, void (*)(void *),
                               unsigned char);
int __wrap_sqlite3_step(sqlite3_stmt *);
int __wrap_sqlite3_reset(sqlite3_stmt *);
int __wrap_sqlite3_finalize(sqlite3_stmt *);

static int find(const sqlite3_stmt *st)
{
    for (int i = 0; i < statement_count; i++) {
        if (statements[i].theirs == st)
            return i;
    }
    return -1;
}

static struct note *add(const sqlite3_stmt *st, enum what what)
{
    int statement = find(st);

    if (statement < 0)
        return NULL;
    if (note_count == note_size) {
        note_size = note_size == 0 ? 4096 : note_size * 2;
        notes = mem_resize(notes, note_size, sizeof *notes);
        if (notes == NULL)
            bench_end("out of memory for the tape", NULL);
    }
    notes[note_count] = (struct note){.what = what, .statement = statement};
    return &notes[note_count++];
}

int __wrap_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs)
{
    int rc = __real_sqlite3_open_v2(path, db, flags, vfs);

    last_opened = rc == SQLITE_OK ? *db : last_opened;
    return rc;
}

int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int len, unsigned flags,
                              sqlite3_stmt **st, const char **tail)
{
    int rc = __real_sqlite3_prepare_v3(db, sql, len, flags, st, tail);

    if (rc == SQLITE_OK && *st != NULL && statement_count < STATEMENTS_MAX) {
        statements[statement_count].theirs = *st;
        statements[statement_count].ours = NULL;
        statements[statement_count++].sql = mem_dup(sql);
    }
    return rc;
}

int __wrap_sqlite3_bind_int64(sqlite3_stmt *st, int at, sqlite3_int64 value)
{
    struct note *note = is_recording ? add(st, BIND_INT) : NULL;

    if (note != NULL) {
        note->at = at;
        note->value.number = value;
    }
    return __real_sqlite3_bind_int64(st, at, value);
}

int __wrap_sqlite3_bind_text64(sqlite3_stmt *st, int at, const char *text, sqlite3_uint64 len,
                               void (*release)(void *), unsigned char encoding)
{
    struct note *note = is_recording ? add(st, BIND_TEXT) : NULL;

    if (note != NULL) {
        struct sv copy = arena_sv(&texts, sv_make(text, (size_t)len));

        if (copy.ptr == NULL)
            bench_end("out of memory for the tape", NULL);
        note->at = at;
        note->len = copy.len;
        note->value.text = copy.ptr;
    }
    return __real_sqlite3_bind_text64(st, at, text, len, release, encoding);
}

int __wrap_sqlite3_step(sqlite3_stmt *st)
{
    int rc = __real_sqlite3_step(st);

    if (is_recording) {
        add(st, STEP);
        if (rc == SQLITE_DONE && sqlite3_stmt_readonly(st) && sqlite3_column_count(st) > 1) {
            sqlite3_free(last_select);
            last_select = sqlite3_expanded_sql(st);
        }
    }
    return rc;
}

int __wrap_sqlite3_reset(sqlite3_stmt *st)
{
    if (is_recording)
        add(st, RESET);
    return __real_sqlite3_reset(st);
}

int __wrap_sqlite3_finalize(sqlite3_stmt *st)
{
    int at = find(st);

    if (at >= 0)
        statements[at].theirs = NULL;
    return __real_sqlite3_finalize(st);
}

void tape_start(void)
{
    note_count = 0;
    arena_clear(&texts);
    is_recording = true;
}

void tape_stop(void)
{
    is_recording = false;
}

size_t tape_length(void)
{
    return note_count;
}

static sqlite3_stmt *statement_for(sqlite3 *db, int at)
{
    if (statements[at].ours == NULL &&
        __real_sqlite3_prepare_v3(db, statements[at].sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  &statements[at].ours, NULL) != SQLITE_OK)
        bench_end(sqlite3_errmsg(db), NULL);
    return statements[at].ours;
}

void tape_play(sqlite3 *db)
{
    for (const struct note *note = notes; note < notes + note_count; note++) {
        sqlite3_stmt *st = statement_for(db, note->statement);
        int rc = SQLITE_OK;

        switch (note->what) {
        case BIND_INT:
            rc = __real_sqlite3_bind_int64(st, note->at, note->value.number);
            break;
        case BIND_TEXT:
            rc = __real_sqlite3_bind_text64(st, note->at, note->value.text, note->len,
                                            SQLITE_STATIC, SQLITE_UTF8);
            break;
        case STEP:
            rc = __real_sqlite3_step(st);
            rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
            break;
        case RESET:
            rc = __real_sqlite3_reset(st);
            break;
        }
        if (rc != SQLITE_OK)
            bench_end(sqlite3_errmsg(db), NULL);
    }
}

void tape_forget(sqlite3 *db)
{
    for (int i = 0; i < statement_count; i++) {
        if (statements[i].ours == NULL || sqlite3_db_handle(statements[i].ours) != db)
            continue;
        __real_sqlite3_finalize(statements[i].ours);
        statements[i].ours = NULL;
    }
}

char *tape_last_select(void)
{
    char *sql = last_select;

    last_select = NULL;
    return sql;
}

sqlite3 *tape_connection(void)
{
    return last_opened;
}
