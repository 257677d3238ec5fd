/* Whether the audit's rows are as they were written: each hash is made again, from the first row
 * on, and the head must be one of them. */
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/deploy/audit_store.h"

enum {
    ROW_CAP = 8 * 1024 * 1024,
    STEP_ROWS = 500,
    SENT_MAX = 1000,        /* writes under way at once that are followed */
    SENT_AGE_MS = 60 * 1000 /* so long an answer may take */
};

/* A row "sent", until the one comes that tells what became of it. */
struct sent {
    int64_t seq;
    int64_t at_ms;
    uint64_t key;
    uint64_t token; /* of its mark; 0 = it has none */
};

struct audit_check {
    struct audit_store store;
    struct sb scratch;
    struct audit_head head; /* read before the rows: later ones only add to it */
    struct audit_head trace;
    bool has_head_row;
    bool has_trace_row;
    int64_t at; /* the last row that was looked at */
    char hash[AUDIT_HASH_SIZE];
    struct sent sent[SENT_MAX];
    size_t sent_count;
    struct audit_verdict verdict;
};

static void blame(struct audit_check *c, int64_t seq, const char *what)
{
    if (c->verdict.bad_seq != 0)
        return;
    c->verdict.bad_seq = seq;
    (void)snprintf(c->verdict.text, sizeof c->verdict.text, "BROKEN at row %lld: %s",
                   (long long)seq, what);
}

enum err_code audit_check_open(const char *dir, struct audit_check **out, struct err *err)
{
    struct audit_check *c = mem_alloc(sizeof *c);
    enum err_code rc;

    if (c == NULL)
        return mem_err(err);
    sb_init(&c->scratch, ROW_CAP);
    memcpy(c->hash, audit_genesis, sizeof c->hash);
    rc = audit_store_open(dir, &c->store, err);
    if (!rc && c->store.dir_fd >= 0)
        rc = audit_head_read(&c->store, &c->head, err);
    if (rc) {
        audit_check_close(c);
        return rc;
    }
    audit_trace_read(&c->store, &c->trace);
    *out = c;
    return ERR_OK;
}

void audit_check_close(struct audit_check *check)
{
    if (check == NULL)
        return;
    audit_store_close(&check->store);
    sb_release(&check->scratch);
    mem_free(check);
}

const struct audit_verdict *audit_check_verdict(const struct audit_check *check)
{
    return &check->verdict;
}

/* Whose write of what it is: the same in both of its rows. */
static uint64_t key_of(const struct audit_row *row)
{
    const struct sv texts[] = {row->host,         row->line.action, row->line.operation,
                               row->line.account, row->line.region, row->line.target};
    uint64_t key = 14695981039346656037u ^ (uint64_t)row->pid; /* FNV-1a */

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        for (size_t k = 0; k < texts[i].len; k++)
            key = (key ^ (unsigned char)texts[i].ptr[k]) * 1099511628211u;
        key = (key ^ 0xff) * 1099511628211u;
    }
    return key;
}

static uint64_t token_of(const struct audit_row *row)
{
    struct sv token = audit_mark(row->line.text, "token");
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < token.len; i++)
        hash = (hash ^ (unsigned char)token.ptr[i]) * 1099511628211u;
    return token.len == 0 ? 0 : hash;
}

/* Looked up later, or sent again with the same token, by whichever program. */
static void forget_token(struct audit_check *c, uint64_t token)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->sent_count && token != 0; i++) {
        if (c->sent[i].token != token)
            c->sent[kept++] = c->sent[i];
    }
    c->sent_count = token != 0 ? kept : c->sent_count;
}

static void follow(struct audit_check *c, const struct audit_row *row)
{
    bool is_sent = sv_eq(row->outcome, SV("sent"));
    uint64_t key;

    if (is_sent || row->line.operation.len == 0)
        forget_token(c, token_of(row));
    if (row->line.operation.len == 0)
        return;
    key = key_of(row);
    if (is_sent) {
        if (c->sent_count < SENT_MAX)
            c->sent[c->sent_count++] = (struct sent){row->seq, row->at_ms, key, token_of(row)};
        return;
    }
    if (!sv_eq(row->outcome, SV("done")) && !sv_eq(row->outcome, SV("failed")) &&
        !sv_eq(row->outcome, SV("unknown")) && !sv_eq(row->outcome, SV("denied")))
        return;
    for (size_t i = 0; i < c->sent_count; i++) {
        if (c->sent[i].key != key)
            continue;
        memmove(&c->sent[i], &c->sent[i + 1], (c->sent_count - i - 1) * sizeof c->sent[0]);
        c->sent_count--;
        return;
    }
}

static void tell_open(struct audit_check *c)
{
    struct audit_verdict *v = &c->verdict;
    int64_t before_ms = time_wall_ms() - SENT_AGE_MS;
    size_t len;

    for (size_t i = 0; i < c->sent_count; i++) {
        if (c->sent[i].at_ms > before_ms)
            continue;
        if (v->open < AUDIT_OPEN_MAX)
            v->open_seqs[v->open] = c->sent[i].seq;
        v->open++;
    }
    if (v->open == 0)
        return;
    len = strlen(v->note);
    len += (size_t)snprintf(v->note + len, sizeof v->note - len,
                            "%s%lld sent, and no row tells what became of %s: row%s",
                            len > 0 ? "; " : "", (long long)v->open, v->open == 1 ? "it" : "them",
                            v->open == 1 ? "" : "s");
    for (int64_t i = 0; i < v->open && i < AUDIT_OPEN_MAX && len < sizeof v->note - 32; i++)
        len += (size_t)snprintf(v->note + len, sizeof v->note - len, "%s %lld", i == 0 ? "" : ",",
                                (long long)v->open_seqs[i]);
    if (v->open > AUDIT_OPEN_MAX)
        (void)snprintf(v->note + len, sizeof v->note - len, " ...");
}

/* What is wrong behind the first bad row is not told: all that follows hangs on it. */
static enum err_code check_row(struct audit_check *c, const struct audit_row *row, struct err *err)
{
    char hash[AUDIT_HASH_SIZE];
    char what[200];
    enum err_code rc;

    c->verdict.rows++;
    follow(c, row);
    if (row->seq != c->at + 1) {
        (void)snprintf(what, sizeof what, "it is missing; the next one is row %lld",
                       (long long)row->seq);
        blame(c, c->at + 1, what);
    }
    rc = audit_hash(c->hash, row, &c->scratch, hash, err);
    if (rc)
        return rc;
    if (!sv_eq(row->hash, sv_of(hash)))
        blame(c, row->seq, "its hash is not that of what it holds and of the row before it");
    if (c->head.seq > 0 && row->seq == c->head.seq) {
        c->has_head_row = true;
        if (!sv_eq(row->hash, sv_of(c->head.hash)))
            blame(c, row->seq, "audit.head remembers another one");
    }
    if (c->trace.seq > 0 && row->seq == c->trace.seq) {
        c->has_trace_row = true;
        if (!sv_eq(row->hash, sv_of(c->trace.hash)))
            blame(c, row->seq, "audit.lock or audit.seen remembers another one");
    }
    if (row->seq == 1 && sv_eq(row->outcome, SV("missing")))
        (void)snprintf(c->verdict.note, sizeof c->verdict.note, "begun anew: " SV_FMT,
                       SV_ARG(sv_take(row->line.text, 140)));
    c->at = row->seq;
    memcpy(c->hash, hash, sizeof c->hash);
    return ERR_OK;
}

static void grouped(int64_t number, char out[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    int used = 0;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

/* No row is left, or those at the end are not. */
static void blame_trace(struct audit_check *c)
{
    struct audit_verdict *v = &c->verdict;
    char rows[32];
    char what[120];

    grouped(c->trace.seq, rows);
    (void)snprintf(what, sizeof what, "it is missing; audit.lock or audit.seen remembers %s rows",
                   rows);
    blame(c, c->at + 1, what);
    if (c->store.db == NULL)
        (void)snprintf(v->text, sizeof v->text,
                       "there was an audit here: %s row%s, its file is gone", rows,
                       c->trace.seq == 1 ? "" : "s");
}

static void finish(struct audit_check *c)
{
    char rows[32];

    tell_open(c);
    if (c->trace.seq > 0 && !c->has_trace_row)
        blame_trace(c);
    if (c->head.seq > 0 && !c->has_head_row) {
        char what[120];

        (void)snprintf(what, sizeof what, "it is missing; audit.head remembers rows up to %lld",
                       (long long)c->head.seq);
        blame(c, c->at + 1, what);
    }
    if (c->verdict.rows > 0 && !c->head.is_there)
        blame(c, c->at + 1, "audit.head is missing, so rows at the end may be, too");
    if (c->head.is_bad)
        blame(c, c->at + 1, "audit.head cannot be read, so rows at the end may be missing");
    if (c->verdict.bad_seq != 0)
        return;
    grouped(c->verdict.rows, rows);
    if (c->verdict.rows == 0)
        (void)snprintf(c->verdict.text, sizeof c->verdict.text, "nothing has been written yet");
    else
        (void)snprintf(c->verdict.text, sizeof c->verdict.text,
                       "chain whole, %s row%s, last hash %s", rows, c->verdict.rows == 1 ? "" : "s",
                       c->hash);
}

static enum err_code check_rows(struct audit_check *c, int rows, bool *is_done, struct err *err)
{
    struct db_stmt *st;
    bool has_row = true;
    int seen = 0;
    enum err_code rc = audit_use(&c->store, AUDIT_UPWARD, &st, err);

    if (rc)
        return rc;
    /* Row numbers begin with 1; what stands before it was put there by somebody else. */
    db_bind_int(st, 1, c->verdict.rows == 0 ? INT64_MIN : c->at);
    db_bind_int(st, 2, INT64_MIN);
    db_bind_int(st, 3, rows);
    for (;;) {
        struct audit_row row;

        rc = db_step(c->store.db, st, &has_row, err);
        if (rc || !has_row)
            break;
        audit_take_row(st, &row);
        rc = check_row(c, &row, err);
        if (rc) {
            db_reset(st);
            break;
        }
        seen++;
    }
    *is_done = seen < rows;
    return rc;
}

enum err_code audit_check_step(struct audit_check *check, int rows, bool *is_done, struct err *err)
{
    enum err_code rc = ERR_OK;

    *is_done = true;
    if (check->store.db != NULL)
        rc = check_rows(check, rows, is_done, err);
    if (!rc && *is_done)
        finish(check);
    return rc;
}

enum err_code audit_verify(const char *dir, struct audit_verdict *out, struct err *err)
{
    struct audit_check *check;
    bool is_done = false;
    struct err why = {0};
    enum err_code rc = audit_check_open(dir, &check, &why);

    if (rc)
        return err_set(err, ERR_FAILED, "%s", why.text);
    while (!rc && !is_done)
        rc = audit_check_step(check, STEP_ROWS, &is_done, &why);
    if (!rc)
        *out = *audit_check_verdict(check);
    audit_check_close(check);
    return rc ? err_set(err, ERR_FAILED, "%s", why.text) : ERR_OK;
}
