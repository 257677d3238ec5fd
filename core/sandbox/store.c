#include "core/sandbox/store.h"

#include "core/base/mem.h"
#include "core/sandbox/conditions.h"
#include "core/sandbox/db.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/pasts.h"
#include "core/sandbox/pipelines_made.h"
#include "core/sandbox/store_sql.h"

#define STATEMENT_ENUM(name, sql) DO_##name,
enum statement { STATEMENT_LIST(STATEMENT_ENUM) STATEMENT_COUNT };
#undef STATEMENT_ENUM

enum { TEXT_CAP = 4 << 20 };

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

static enum err_code fail(const struct store *store, struct err *err)
{
    return err_set(err, ERR_FAILED, "the sandbox's state: %s", sqlite3_errmsg(store->db));
}

/* The values of one row, bound from left to right. */
struct row {
    sqlite3_stmt *st;
    int at;
};

static struct row begin(struct store *store, enum statement which)
{
    sqlite3_stmt *st = store->statements[which];

    (void)sqlite3_reset(st);
    return (struct row){.st = st};
}

static void put(struct row *row, int64_t value)
{
    (void)sqlite3_bind_int64(row->st, ++row->at, value);
}

static void put_text(struct row *row, const char *text)
{
    (void)sqlite3_bind_text(row->st, ++row->at, text, -1, SQLITE_STATIC);
}

static enum err_code run_row(struct store *store, struct row *row, struct err *err)
{
    int rc = sqlite3_step(row->st);

    (void)sqlite3_reset(row->st);
    return rc == SQLITE_DONE ? ERR_OK : fail(store, err);
}

static enum err_code save_stage(struct store *store, const struct pipe *p, size_t i,
                                struct err *err)
{
    const struct stage_now *now = &p->stages[i];
    struct row row = begin(store, DO_PUT_STAGE);

    put(&row, p->index);
    put(&row, (int64_t)i);
    put(&row, now->latest == NULL ? 0 : (int64_t)now->latest->number);
    put(&row, now->holder != NULL);
    put(&row, now->status);
    put(&row, now->is_closed);
    put_text(&row, now->reason);
    put_text(&row, now->changed_by);
    put(&row, now->changed_at);
    put(&row, now->is_out_closed);
    put(&row, now->auto_retries);
    put(&row, now->manual_retries);
    put(&row, now->is_last_auto);
    return run_row(store, &row, err);
}

static enum err_code save_attempt(struct store *store, const struct pipe *p, const struct run *run,
                                  size_t i, struct err *err)
{
    const struct attempt *a = &run->attempts[i];
    struct row row = begin(store, DO_PUT_ATTEMPT);

    put(&row, p->index);
    put(&row, (int64_t)run->number);
    put(&row, (int64_t)i);
    put(&row, a->started_at);
    put(&row, a->changed_at);
    put(&row, a->due_at);
    put_text(&row, a->summary);
    put_text(&row, a->by);
    put(&row, a->status);
    put(&row, a->failure);
    put(&row, a->tries);
    return run_row(store, &row, err);
}

static enum err_code save_deed(struct store *store, const struct pipe *p, struct run *run, size_t i,
                               struct err *err)
{
    const struct deed *deed = run_deed(p, run, i);
    struct row row = begin(store, DO_PUT_DEED);

    put(&row, p->index);
    put(&row, (int64_t)run->number);
    put(&row, (int64_t)i);
    put_text(&row, deed->external_id);
    put_text(&row, deed->url);
    put_text(&row, deed->code);
    put_text(&row, deed->message);
    put_text(&row, deed->variables);
    return run_row(store, &row, err);
}

static enum err_code save_run(struct store *store, const struct pipe *p, struct run *run,
                              struct err *err)
{
    const struct shape *shape = run_shape(p, run);
    struct row row = begin(store, DO_PUT_RUN);
    CLEANUP(sb_release) struct sb judged;
    CLEANUP(sb_release) struct sb pasts;
    enum err_code rc;

    sb_init(&judged, TEXT_CAP);
    sb_init(&pasts, TEXT_CAP);
    rc = judged_write(p, run, &judged, err);
    if (!rc)
        rc = pasts_write(run, &pasts, err);
    if (rc)
        return rc;

    put(&row, p->index);
    put(&row, (int64_t)run->number);
    put(&row, run->started_at);
    put(&row, run->updated_at);
    put(&row, (int64_t)run->revision.hi);
    put(&row, (int64_t)run->revision.lo);
    put(&row, (int64_t)run->rollback_target.hi);
    put(&row, (int64_t)run->rollback_target.lo);
    put_text(&row, run->message);
    put_text(&row, run->trigger);
    put_text(&row, run->trigger_detail);
    put_text(&row, run->status_summary);
    put_text(&row, run->stop_reason);
    put_text(&row, run->request_token);
    put(&row, run->status);
    put(&row, run->where);
    put(&row, run->version);
    put(&row, run->fail_stage);
    put(&row, run->failure);
    put(&row, run->stage);
    put(&row, run->last);
    put(&row, run->is_rollback);
    put_text(&row, run->given);
    put_text(&row, judged.len > 0 ? sb_cstr(&judged) : NULL);
    put_text(&row, pasts.len > 0 ? sb_cstr(&pasts) : NULL);
    rc = run_row(store, &row, err);
    for (size_t i = 0; i < shape->action_count && !rc; i++) {
        if (run->attempts[i].status != RUN_NONE || run->attempts[i].tries > 0 ||
            run->attempts[i].summary != NULL)
            rc = save_attempt(store, p, run, i, err);
    }
    for (size_t i = 0; shape->is_made && i < shape->action_count && !rc; i++)
        rc = save_deed(store, p, run, i, err);
    run->needs_saving = rc != ERR_OK;
    return rc;
}

static enum err_code drop_rows(struct store *store, enum statement which, const struct pipe *p,
                               struct err *err)
{
    struct row row = begin(store, which);

    put(&row, p->index);
    return run_row(store, &row, err);
}

static enum err_code trim(struct store *store, const struct pipe *p, int64_t before,
                          struct err *err)
{
    static const enum statement all[] = {DO_TRIM_RUNS, DO_TRIM_ATTEMPTS, DO_TRIM_DEEDS};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(all) && !rc; i++) {
        struct row row = begin(store, all[i]);

        put(&row, p->index);
        put(&row, before);
        rc = run_row(store, &row, err);
    }
    return rc;
}

static enum err_code drop_pipe(struct store *store, struct pipe *p, struct err *err)
{
    enum err_code rc = drop_rows(store, DO_DROP_PIPE, p, err);

    if (!rc)
        rc = drop_rows(store, DO_DROP_STAGES, p, err);
    if (!rc)
        rc = trim(store, p, INT64_MAX, err);
    p->needs_saving = rc != ERR_OK;
    return rc;
}

/* Stages may have gone with a new version of the definition. */
static enum err_code save_stages(struct store *store, const struct pipe *p, struct err *err)
{
    enum err_code rc = p->made == NULL ? ERR_OK : drop_rows(store, DO_DROP_STAGES, p, err);

    for (size_t i = 0; i < p->shape->stage_count && !rc; i++)
        rc = save_stage(store, p, i, err);
    return rc;
}

static enum err_code save_pipe(struct store *store, struct pipe *p, struct err *err)
{
    struct row row;
    enum err_code rc;

    if (p->is_gone)
        return drop_pipe(store, p, err);
    row = begin(store, DO_PUT_PIPE);

    put(&row, p->index);
    put(&row, p->version);
    put(&row, p->updated_at);
    put(&row, (int64_t)p->next_number);
    put(&row, p->next_start_at);
    rc = run_row(store, &row, err);
    if (!rc)
        rc = save_stages(store, p, err);
    for (size_t i = 0; i < p->run_count && !rc; i++) {
        if (p->runs[i]->needs_saving)
            rc = save_run(store, p, p->runs[i], err);
    }
    if (!rc && p->run_count >= HISTORY_MAX)
        rc = trim(store, p, (int64_t)p->runs[0]->number, err);
    p->needs_saving = rc != ERR_OK;
    return rc;
}

enum err_code store_save(struct store *store, struct world *w, struct err *err)
{
    struct row row;
    enum err_code rc;

    if (w->unsaved_count == 0)
        return ERR_OK;
    row = begin(store, DO_BEGIN);
    rc = run_row(store, &row, err);
    for (size_t i = 0; i < w->unsaved_count && !rc; i++)
        rc = save_pipe(store, w->unsaved[i], err);
    if (!rc) {
        row = begin(store, DO_COMMIT);
        rc = run_row(store, &row, err);
    }
    if (!rc)
        w->unsaved_count = 0;
    return rc;
}

static int64_t take(struct row *row)
{
    return sqlite3_column_int64(row->st, row->at++);
}

/* NULL stays NULL; a text that cannot be kept for want of memory fails the row. */
static const char *take_text(struct row *row, struct world *w, enum err_code *rc, struct err *err)
{
    const char *text = (const char *)sqlite3_column_text(row->st, row->at++);
    const char *kept = NULL;

    if (text != NULL && *rc == ERR_OK)
        *rc = world_intern(w, sv_of(text), &kept, err);
    return kept;
}

/* Until the next step of the statement. */
static struct sv column(struct row *row)
{
    return sv_of((const char *)sqlite3_column_text(row->st, row->at++));
}

static bool in_range(int64_t value, size_t count)
{
    return value >= 0 && (uint64_t)value < count;
}

static enum err_code load_attempts(struct store *store, struct world *w, const struct pipe *p,
                                   struct run *run, struct err *err)
{
    struct row row = begin(store, DO_GET_ATTEMPTS);
    enum err_code rc = ERR_OK;

    put(&row, p->index);
    put(&row, (int64_t)run->number);
    while (!rc && sqlite3_step(row.st) == SQLITE_ROW) {
        int64_t number;
        struct attempt a;

        row.at = 2;
        number = take(&row);
        a.started_at = take(&row);
        a.changed_at = take(&row);
        a.due_at = take(&row);
        a.summary = take_text(&row, w, &rc, err);
        a.by = take_text(&row, w, &rc, err);
        a.status = (uint8_t)take(&row);
        a.failure = (uint8_t)take(&row);
        a.tries = (uint8_t)take(&row);
        if (!in_range(number, run_shape(p, run)->action_count) || a.status >= RUN_STATUS_COUNT)
            rc = err_set(err, ERR_FAILED, "the sandbox's state does not fit its seed");
        else
            run->attempts[number] = a;
    }
    (void)sqlite3_reset(row.st);
    return rc;
}

static enum err_code load_deeds(struct store *store, struct world *w, const struct pipe *p,
                                struct run *run, struct err *err)
{
    struct row row = begin(store, DO_GET_DEEDS);
    enum err_code rc = ERR_OK;

    put(&row, p->index);
    put(&row, (int64_t)run->number);
    while (!rc && run_deed(p, run, 0) != NULL && sqlite3_step(row.st) == SQLITE_ROW) {
        int64_t number;
        struct deed deed;

        row.at = 2;
        number = take(&row);
        deed.external_id = take_text(&row, w, &rc, err);
        deed.url = take_text(&row, w, &rc, err);
        deed.code = take_text(&row, w, &rc, err);
        deed.message = take_text(&row, w, &rc, err);
        deed.variables = take_text(&row, w, &rc, err);
        if (in_range(number, run_shape(p, run)->action_count))
            *run_deed(p, run, (size_t)number) = deed;
    }
    (void)sqlite3_reset(row.st);
    return rc;
}

enum { RUN_VERSION = 16 }; /* the column */

static enum err_code load_run(struct row *row, struct world *w, struct pipe *p, struct run **out,
                              struct err *err)
{
    enum err_code rc;
    struct run *run;

    row->at = 1;
    p->next_number = (uint64_t)take(row);
    rc = pipe_add_run(w, p, sqlite3_column_int(row->st, RUN_VERSION), &run, err);
    if (rc)
        return rc;
    run->started_at = take(row);
    run->updated_at = take(row);
    run->revision.hi = (uint64_t)take(row);
    run->revision.lo = (uint64_t)take(row);
    run->rollback_target.hi = (uint64_t)take(row);
    run->rollback_target.lo = (uint64_t)take(row);
    run->message = take_text(row, w, &rc, err);
    run->trigger = take_text(row, w, &rc, err);
    run->trigger_detail = take_text(row, w, &rc, err);
    run->status_summary = take_text(row, w, &rc, err);
    run->stop_reason = take_text(row, w, &rc, err);
    run->request_token = take_text(row, w, &rc, err);
    run->status = (enum run_status)take(row);
    run->where = (enum run_where)take(row);
    run->version = (int)take(row);
    run->fail_stage = (int)take(row);
    run->failure = (uint8_t)take(row);
    run->stage = (uint16_t)take(row);
    run->last = (uint16_t)take(row);
    run->is_rollback = take(row) != 0;
    run->given = take_text(row, w, &rc, err);
    if (!rc)
        rc = judged_load(w, p, run, column(row), err);
    if (!rc)
        rc = pasts_load(w, p, run, column(row), err);
    if (!rc && (!in_range(run->stage, run_shape(p, run)->stage_count) ||
                !in_range(run->last, run_shape(p, run)->stage_count) ||
                !in_range((int64_t)run->status, RUN_STATUS_COUNT)))
        rc = err_set(err, ERR_FAILED, "the sandbox's state does not fit its seed");
    *out = run;
    return rc;
}

static enum err_code load_runs(struct store *store, struct world *w, struct pipe *p,
                               struct err *err)
{
    struct row row = begin(store, DO_GET_RUNS);
    enum err_code rc = ERR_OK;

    put(&row, p->index);
    while (!rc && sqlite3_step(row.st) == SQLITE_ROW) {
        struct run *run = NULL;

        rc = load_run(&row, w, p, &run, err);
        if (!rc)
            rc = load_attempts(store, w, p, run, err);
        if (!rc)
            rc = load_deeds(store, w, p, run, err);
    }
    (void)sqlite3_reset(row.st);
    return rc;
}

static struct run *numbered(const struct pipe *p, int64_t number)
{
    for (size_t i = 0; i < p->run_count; i++) {
        if (p->runs[i]->number == (uint64_t)number)
            return p->runs[i];
    }
    return NULL;
}

static enum err_code load_stages(struct store *store, struct world *w, struct pipe *p,
                                 struct err *err)
{
    struct row row = begin(store, DO_GET_STAGES);
    enum err_code rc = ERR_OK;

    put(&row, p->index);
    while (!rc && sqlite3_step(row.st) == SQLITE_ROW) {
        int64_t number;
        struct stage_now now = {0};

        row.at = 1;
        number = take(&row);
        now.latest = numbered(p, take(&row));
        now.holder = take(&row) != 0 ? now.latest : NULL;
        now.status = (enum run_status)take(&row);
        now.is_closed = take(&row) != 0;
        now.reason = take_text(&row, w, &rc, err);
        now.changed_by = take_text(&row, w, &rc, err);
        now.changed_at = take(&row);
        now.is_out_closed = take(&row) != 0;
        now.auto_retries = (uint8_t)take(&row);
        now.manual_retries = (uint8_t)take(&row);
        now.is_last_auto = take(&row) != 0;
        if (in_range(number, p->shape->stage_count) &&
            in_range((int64_t)now.status, RUN_STATUS_COUNT))
            p->stages[number] = now;
    }
    (void)sqlite3_reset(row.st);
    return rc;
}

static enum err_code load(struct store *store, struct world *w, bool *is_kept, struct err *err)
{
    struct row row = begin(store, DO_GET_PIPES);
    enum err_code rc = ERR_OK;

    while (!rc && sqlite3_step(row.st) == SQLITE_ROW) {
        struct pipe *p;
        uint64_t next_number;
        int64_t id;
        int version;

        row.at = 0;
        id = take(&row);
        if (!in_range(id, w->pipe_count) || w->pipes[id]->is_gone) {
            rc = err_set(err, ERR_FAILED, "the sandbox's state does not fit its seed");
            break;
        }
        p = w->pipes[id];
        version = (int)take(&row);
        if (p->made == NULL) /* else its definitions say so */
            p->version = version;
        p->updated_at = take(&row);
        next_number = (uint64_t)take(&row);
        p->next_start_at = take(&row);
        rc = load_runs(store, w, p, err);
        p->next_number = next_number;
        if (!rc)
            rc = load_stages(store, w, p, err);
        if (!rc)
            rc = engine_resume(w, p, err);
        *is_kept = true;
    }
    (void)sqlite3_reset(row.st);
    return rc;
}

static enum err_code execute(struct store *store, const char *sql, struct err *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : fail(store, err);
}

/* One value of one row, into out. */
static enum err_code ask(struct store *store, const char *sql, struct sb *out, struct err *err)
{
    sqlite3_stmt *st = NULL;
    enum err_code rc = ERR_OK;

    if (sqlite3_prepare_v2(store->db, sql, -1, &st, NULL) != SQLITE_OK)
        return fail(store, err);
    if (sqlite3_step(st) == SQLITE_ROW)
        rc = sb_add(out, sv_of((const char *)sqlite3_column_text(st, 0)), err);
    (void)sqlite3_finalize(st);
    return rc;
}

static enum err_code create(struct store *store, const char *seed, struct err *err)
{
    char *sql = sqlite3_mprintf("BEGIN; %s INSERT INTO meta VALUES(%Q); PRAGMA user_version = %d; "
                                "COMMIT;",
                                STORE_SCHEMA, seed, STORE_VERSION);
    enum err_code rc = sql == NULL ? mem_err(err) : execute(store, sql, err);

    sqlite3_free(sql);
    return rc;
}

static enum err_code check(struct store *store, const char *seed, struct err *err)
{
    CLEANUP(sb_release) struct sb version;
    CLEANUP(sb_release) struct sb kept;
    enum err_code rc;

    sb_init(&version, 64);
    sb_init(&kept, 256);
    rc = ask(store, "PRAGMA user_version", &version, err);
    if (!rc && sv_eq(sb_sv(&version), SV("0")))
        return create(store, seed, err);
    if (!rc && !sv_eq(sb_sv(&version), SV("3")))
        return err_set(err, ERR_FAILED,
                       "the --state directory is of another version: delete it, or give another "
                       "one");
    if (!rc)
        rc = ask(store, "SELECT seed FROM meta", &kept, err);
    if (!rc && !sv_eq(sb_sv(&kept), sv_of(seed)))
        return err_set(err, ERR_FAILED,
                       "the --state directory was begun with --seed %s: give that seed, or another "
                       "directory",
                       sb_cstr(&kept));
    return rc;
}

static enum err_code prepare(struct store *store, struct err *err)
{
    static const char *const texts[] = {
#define STATEMENT_TEXT(name, sql) sql,
        STATEMENT_LIST(STATEMENT_TEXT)
#undef STATEMENT_TEXT
    };

    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK)
            return fail(store, err);
    }
    return ERR_OK;
}

enum err_code store_open(struct records *records, const char *seed, struct world *w,
                         struct store **out, bool *is_kept, struct err *err)
{
    struct store *store = mem_alloc(sizeof *store);
    enum err_code rc;

    if (store == NULL)
        return mem_err(err);
    *is_kept = false;
    store->db = records_db(records);
    rc = check(store, seed, err);
    if (!rc)
        rc = prepare(store, err);
    if (!rc)
        rc = made_restore(records, w, err);
    if (!rc)
        rc = load(store, w, is_kept, err);
    if (rc) {
        store_close(store);
        return rc;
    }
    w->keeps_unsaved = true;
    *out = store;
    return ERR_OK;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(store->statements[i]);
    mem_free(store);
}
