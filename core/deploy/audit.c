#include "core/deploy/audit.h"

#include <unistd.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/base/user.h"
#include "core/deploy/audit_store.h"

enum { ROW_CAP = 64 * 1024, KEPT_MAX = 256 };

/* ---- who is at the keyboard ---- */

struct witness {
    char host[64];
    char user[100];
    char ssh_client[100];
    char tty[64];
};

static void find_user(char *out, size_t size)
{
    const char *sudo = getenv("SUDO_USER");
    char name[64];

    user_login(name, sizeof name);
    if (sudo != NULL && sudo[0] != '\0')
        (void)snprintf(out, size, "%s (sudo by %.24s)", name, sudo);
    else
        (void)snprintf(out, size, "%s", name);
}

/* Once: none of it changes while the program runs, and the user may be asked of a directory that is
 * far away. */
static const struct witness *witness(void)
{
    static struct witness w;
    const char *ssh = getenv("SSH_CLIENT");

    if (w.user[0] != '\0')
        return &w;
    if (gethostname(w.host, sizeof w.host - 1) != 0)
        w.host[0] = '\0';
    if (ssh == NULL)
        ssh = getenv("SSH_CONNECTION");
    (void)snprintf(w.ssh_client, sizeof w.ssh_client, "%.99s", ssh != NULL ? ssh : "");
    for (int fd = 0; fd <= 2 && w.tty[0] == '\0'; fd++) {
        if (ttyname_r(fd, w.tty, sizeof w.tty) != 0)
            w.tty[0] = '\0';
    }
    find_user(w.user, sizeof w.user);
    return &w;
}

/* ---- the row ---- */

/* Cleaned, and at most so many bytes of it, without half a character. */
static enum err_code add_clean(struct sb *out, struct sv text, size_t most, struct err *err)
{
    size_t from = out->len;
    struct sv rest = text;
    size_t len = 0;
    enum err_code rc;

    while (rest.len > 0) {
        (void)utf8_next(&rest);
        if (text.len - rest.len > most)
            break;
        len = text.len - rest.len;
    }
    rc = sb_add_safe(out, sv_take(text, len), err);
    /* What was made harmless is longer than it was. */
    while (!rc && out->len - from > most) {
        out->len--;
        while (out->len > from && ((unsigned char)out->ptr[out->len] & 0xc0) == 0x80)
            out->len--;
    }
    return rc;
}

static enum err_code clean_row(struct audit_row *row, struct sb *store, struct err *err)
{
    size_t starts[AUDIT_TEXT_COUNT + 1] = {0};
    enum err_code rc = ERR_OK;

    for (int i = 0; i < AUDIT_TEXT_COUNT && !rc; i++) {
        enum audit_text which = (enum audit_text)i;

        starts[i] = store->len;
        rc = add_clean(store, audit_text(row, which), audit_text_most(which), err);
    }
    if (rc)
        return rc;
    starts[AUDIT_TEXT_COUNT] = store->len;
    for (int i = 0; i < AUDIT_TEXT_COUNT; i++)
        audit_set_text(
            row, (enum audit_text)i,
            store->len == 0 ? SV("") : sv_make(store->ptr + starts[i], starts[i + 1] - starts[i]));
    return ERR_OK;
}

static struct audit_row row_of(const struct audit_line *line)
{
    const struct witness *w = witness();
    struct audit_row row = {.at_ms = time_wall_ms(),
                            .pid = getpid(),
                            .outcome = sv_of(line->outcome),
                            .line = *line,
                            .host = sv_of(w->host),
                            .user = sv_of(w->user),
                            .ssh_client = sv_of(w->ssh_client),
                            .tty = sv_of(w->tty)};

    row.line.outcome = NULL;
    return row;
}

/* ---- the chain ---- */

struct link {
    int64_t last; /* 0 = there is no row */
    char hash[AUDIT_HASH_SIZE];
    bool is_true; /* the head agrees, so it may go on */
    bool is_seen; /* ...and so do the traces */
};

static enum err_code ask_hash(struct audit_store *s, enum audit_statement which, int64_t seq,
                              int64_t *found, char hash[AUDIT_HASH_SIZE], struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = audit_use(s, which, &st, err);

    if (rc)
        return rc;
    if (which == AUDIT_HASH_AT)
        db_bind_int(st, 1, seq);
    rc = db_step(s->db, st, &has_row, err);
    if (rc)
        return rc;
    *found = 0;
    if (has_row) {
        *found = which == AUDIT_LAST ? db_int(st, 0) : seq;
        (void)snprintf(
            hash, AUDIT_HASH_SIZE, SV_FMT,
            SV_ARG(sv_take(db_sv(st, which == AUDIT_LAST ? 1 : 0), AUDIT_HASH_SIZE - 1)));
        db_reset(st);
    }
    return ERR_OK;
}

/* A head that does not agree is kept: it is what tells. */
static enum err_code look(struct audit_store *s, const struct audit_head *head,
                          const struct audit_head *trace, struct link *out, struct err *err)
{
    char hash[AUDIT_HASH_SIZE];
    int64_t found = 0;
    enum err_code rc = ask_hash(s, AUDIT_LAST, 0, &out->last, out->hash, err);

    if (rc)
        return rc;
    if (out->last == 0)
        (void)snprintf(out->hash, sizeof out->hash, "%s", audit_genesis);
    out->is_seen = trace->seq == 0;
    if (trace->seq > 0) {
        rc = ask_hash(s, AUDIT_HASH_AT, trace->seq, &found, hash, err);
        out->is_seen = found != 0 && strcmp(hash, trace->hash) == 0;
        found = 0;
    }
    if (rc)
        return rc;
    out->is_true = head->is_there && !head->is_bad && head->seq == 0;
    if (!head->is_there || head->is_bad || head->seq == 0)
        return ERR_OK;
    rc = ask_hash(s, AUDIT_HASH_AT, head->seq, &found, hash, err);
    out->is_true = found != 0 && strcmp(hash, head->hash) == 0;
    return rc;
}

static enum err_code insert(struct audit_store *s, const struct audit_row *row, struct err *err)
{
    struct db_stmt *st;
    int at = 1;
    enum err_code rc = audit_use(s, AUDIT_INSERT, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, at++, row->seq);
    db_bind_int(st, at++, row->at_ms);
    db_bind_int(st, at++, row->pid);
    for (int i = 0; i < AUDIT_TEXT_COUNT; i++)
        db_bind_sv(st, at++, audit_text(row, (enum audit_text)i));
    db_bind_sv(st, at, row->hash);
    return db_run(s->db, st, err);
}

/* Inside the transaction. */
static enum err_code append_row(struct audit_store *s, const struct audit_head *head,
                                const struct audit_head *trace, struct audit_row *row,
                                struct link *link, char hash[AUDIT_HASH_SIZE], struct err *err)
{
    CLEANUP(sb_release) struct sb scratch;
    enum err_code rc = s->is_new ? audit_store_make(s, err) : ERR_OK;

    sb_init(&scratch, ROW_CAP);
    if (!rc)
        rc = look(s, head, trace, link, err);
    if (rc)
        return rc;
    row->seq = link->last + 1;
    rc = audit_hash(link->hash, row, &scratch, hash, err);
    row->hash = sv_of(hash);
    return rc ? rc : insert(s, row, err);
}

static enum err_code append_one(struct audit_store *s, struct audit_row *row,
                                const struct audit_head *trace, struct err *err)
{
    struct audit_head head;
    struct link link = {0};
    struct err why = {0};
    char hash[AUDIT_HASH_SIZE];
    enum err_code rc = audit_head_read(s, &head, err);

    /* Before the first row there is a head, so that one which is missing later was taken away. */
    if (!rc && s->is_new && !head.is_there) {
        rc = audit_head_write(s, 0, audit_genesis, err);
        head = (struct audit_head){.is_there = true};
    }
    if (!rc)
        rc = db_exec(s->db, "BEGIN IMMEDIATE", err);
    if (rc)
        return rc;
    rc = append_row(s, &head, trace, row, &link, hash, err);
    if (!rc)
        rc = db_exec(s->db, "COMMIT", err);
    /* Closing the connection takes back what was begun. */
    if (rc)
        return rc;
    s->is_new = false;
    /* The row is there: a head that stays behind is no fault. */
    if (link.is_true && audit_head_write(s, row->seq, hash, &why))
        log_error("%s", why.text);
    if (link.is_true && link.is_seen)
        audit_trace_write(s, row->seq, hash);
    return ERR_OK;
}

/* The first row of an audit that takes the place of one that is gone. */
static enum err_code append_gone(struct audit_store *s, const struct audit_head *was,
                                 struct err *err)
{
    const struct audit_head nothing = {.is_there = false};
    char text[200];
    struct audit_line line = {.outcome = "missing", .action = SV("audit")};
    struct audit_row row;

    (void)snprintf(text, sizeof text,
                   "there was an audit here: %lld row%s, its file is gone; the last hash was %s",
                   (long long)was->seq, was->seq == 1 ? "" : "s", was->hash);
    line.text = sv_of(text);
    row = row_of(&line);
    return append_one(s, &row, &nothing, err);
}

static enum err_code append(struct audit_store *s, struct audit_row *row, struct err *err)
{
    struct audit_head trace;
    enum err_code rc = ERR_OK;

    audit_trace_read(s, &trace);
    if (s->is_new && trace.seq > 0) {
        rc = append_gone(s, &trace, err);
        audit_trace_read(s, &trace);
    }
    return rc ? rc : append_one(s, row, &trace, err);
}

/* ---- rows that are still to be written ---- */

struct kept {
    struct kept *next;
    char *dir; /* NULL: the user's own */
    struct sb texts;
    struct audit_row row; /* its texts are in there */
};
/* Of this process: whatever wrote them may be gone before they can be written. */
static struct kept *waiting;

static bool is_of(const struct kept *k, const char *dir)
{
    return k->dir == NULL || dir == NULL ? k->dir == dir : strcmp(k->dir, dir) == 0;
}

size_t audit_kept(const char *dir)
{
    size_t count = 0;

    for (const struct kept *k = waiting; k != NULL; k = k->next)
        count += is_of(k, dir);
    return count;
}

static void drop(struct kept *k)
{
    sb_release(&k->texts);
    mem_free(k->dir);
    mem_free(k);
}

/* The texts become its own. */
static enum err_code keep(const char *dir, const struct audit_row *row, struct sb *texts)
{
    struct kept *k = audit_kept(dir) < KEPT_MAX ? mem_alloc(sizeof *k) : NULL;
    struct kept **end = &waiting;

    if (k == NULL)
        return ERR_LIMIT;
    *k = (struct kept){.row = *row};
    sb_init(&k->texts, ROW_CAP);
    if (dir != NULL && (k->dir = mem_dup(dir)) == NULL) {
        drop(k);
        return ERR_LIMIT;
    }
    k->texts = *texts;
    sb_init(texts, ROW_CAP);
    while (*end != NULL)
        end = &(*end)->next;
    *end = k;
    return ERR_OK;
}

static enum err_code append_kept(struct audit_store *s, const char *dir, struct err *err)
{
    struct kept **at = &waiting;
    enum err_code rc = ERR_OK;

    while (*at != NULL && !rc) {
        struct kept *k = *at;

        if (!is_of(k, dir)) {
            at = &k->next;
            continue;
        }
        rc = append(s, &k->row, err);
        if (rc)
            break;
        *at = k->next;
        drop(k);
    }
    return rc;
}

enum err_code audit_write_kept(const char *dir, int wait_ms, struct err *err)
{
    struct audit_store store;
    enum err_code rc;

    if (audit_kept(dir) == 0)
        return ERR_OK;
    rc = audit_store_lock(dir, wait_ms, &store, err);
    if (rc)
        return rc;
    rc = append_kept(&store, dir, err);
    audit_store_close(&store);
    return rc;
}

/* ---- writing ---- */

static bool has_happened(const char *outcome)
{
    static const char *const words[] = {"done",      "failed", "unknown", "refused", "waits",
                                        "cancelled", "locked", "denied",  "left"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(outcome, words[i]) == 0)
            return true;
    }
    return false;
}

enum err_code audit_write_within(const char *dir, const struct audit_line *line, int wait_ms,
                                 struct err *err)
{
    CLEANUP(sb_release) struct sb texts;
    struct audit_row row = row_of(line);
    struct audit_store store;
    enum err_code rc;

    sb_init(&texts, ROW_CAP);
    rc = clean_row(&row, &texts, err);
    if (rc)
        return err_prefix(err, "nothing was sent, because the audit log cannot be written");
    rc = audit_store_lock(dir, wait_ms, &store, err);
    if (!rc) {
        rc = append_kept(&store, dir, err);
        if (!rc)
            rc = append(&store, &row, err);
        audit_store_close(&store);
    }
    if (!rc)
        return rc;
    if (!has_happened(line->outcome))
        return err_prefix(err, "nothing was sent, because the audit log cannot be written");
    return keep(dir, &row, &texts)
               ? err_prefix(err, "the audit log cannot be written, and misses a row (%s)",
                            line->outcome)
               : err_prefix(err,
                            "the audit log cannot be written; the row (%s) is kept until it can",
                            line->outcome);
}

enum err_code audit_write(const char *dir, const struct audit_line *line, struct err *err)
{
    return audit_write_within(dir, line, AUDIT_WAIT_MS, err);
}
