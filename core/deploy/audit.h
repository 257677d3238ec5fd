/* The audit: every write that penstock sent, refused or failed to send, before and after, and every
 * consent. An append-only table of its own ($XDG_DATA_HOME/penstock/audit.db, 0600), chained by
 * hashes: each row's hash covers the row and the hash before it, and the last one is kept beside
 * the table (audit.head), so that a row that was changed, removed or moved shows. It is no part of
 * the cache and outlives it.
 *
 * The head is written after the row. A program that dies in between leaves it some rows behind,
 * which is no fault as long as its row has its hash; a head that is ahead, or has another hash, is
 * one, and is never mended by a later row: verification goes on finding it. The
 * last row is remembered in two places more, in audit.lock and beside the cache (audit.seen): an
 * audit that is gone is told as one, and the next one begins with a row that says so. Who can write
 * all of them can make up a whole chain; a hash that was noted or exported elsewhere proves that,
 * too.
 *
 * Never a request's body, a token or a credential. An audit that cannot be written stops the write
 * that it would tell of. One that is damaged or somebody else's is left as it is, and refused.
 * Several penstocks append to one table. */
#ifndef PENSTOCK_DEPLOY_AUDIT_H
#define PENSTOCK_DEPLOY_AUDIT_H

#include "core/base/arena.h"

enum { AUDIT_HASH_SIZE = 65 /* hex, with its NUL */, AUDIT_OPEN_MAX = 20 };

struct audit_line {
    const char *outcome; /* "planned" "confirmed" "refused" "sent" "done" "failed" "unknown"
                            "denied" "left" "unlocked" "locked" "missing"; how a job ended: "done"
                            "failed" "waits" "cancelled" */
    struct sv action;    /* "create sales" */
    struct sv operation; /* "CreateChangeSet"; "" for those of the plan */
    struct sv account;
    struct sv region;
    struct sv caller; /* ARN */
    struct sv target; /* "sales-prod/Deploy-Stage-prod/Approve" */
    struct sv text;   /* what it does, or why it failed */
    struct sv reason; /* the person's own words */
    struct sv before; /* the target's state as the person saw it, and after the write */
    struct sv after;
    struct sv request_id;
};

enum { AUDIT_WAIT_MS = 1000 };

/* NULL dir: the user's own. SSH_CLIENT, tty, user, host, pid and time are added; each text is
 * cleaned and cut to what a row holds. On the disk when it returns. Others who write are waited
 * for, in the thread, for a second at most; then it is ERR_PENDING.
 *
 * What tells of something that has happened ("done" "failed" "unknown" "refused" "waits"
 * "cancelled" "locked" "left") and cannot be written is kept, told by an error all the same, and
 * written before any later row; it is kept by this process only. What is to happen ("planned"
 * "confirmed" "sent" "unlocked") is not. */
enum err_code audit_write(const char *dir, const struct audit_line *line,
                          struct err *err) MUST_CHECK;
/* The same, waiting for so long. */
enum err_code audit_write_within(const char *dir, const struct audit_line *line, int wait_ms,
                                 struct err *err) MUST_CHECK;
/* How many rows are kept. */
size_t audit_kept(const char *dir);
/* Writes them; nothing is opened when there are none. */
enum err_code audit_write_kept(const char *dir, int wait_ms, struct err *err) MUST_CHECK;

/* ---- reading ---- */

struct audit_row {
    int64_t seq; /* 1, 2, 3 ... */
    int64_t at_ms;
    int64_t pid;
    struct sv outcome;
    struct audit_line line; /* its outcome is NULL */
    struct sv host;
    struct sv user; /* of the host; "root (sudo by alice)" */
    struct sv ssh_client;
    struct sv tty;
    struct sv hash; /* hex */
};
struct audit_query {
    int64_t since_ms;     /* 0 = from the start */
    int64_t before_seq;   /* 0 = from the end */
    struct sv filter;     /* a piece of any text, any case; "" = all */
    int limit;            /* 0 = all */
    bool is_oldest_first; /* before_seq does not count then */
};
typedef bool audit_row_fn(void *owner, const struct audit_row *row); /* false ends it */
/* A copy of its texts in the arena; false when that is full. */
bool audit_row_keep(struct audit_row *row, struct arena *arena) MUST_CHECK;
/* Newest first; texts last until the function returns. No audit yet is no row. Nothing is locked
 * while the function runs: it may write to a pipe that nobody reads. */
enum err_code audit_read(const char *dir, const struct audit_query *query, audit_row_fn *fn,
                         void *owner, struct err *err) MUST_CHECK;

/* ---- writes whose end is not known ---- */

/* A row "sent" may end in what later rows and programs must know of it: "release a change
 * [token 5f.. request 9a.. state 1c.. trace 8813..]". The word behind a name; "" = it has none. */
struct sv audit_mark(struct sv text, const char *name);

/* Whose write: the row's texts, of the action its first word. */
struct audit_seek {
    struct sv action;
    struct sv operation;
    struct sv account;
    struct sv region;
    struct sv target;
    bool is_whole; /* any execution of the target: "sales execution 5cf97b81" */
    int64_t since_ms;
};
enum audit_open {
    AUDIT_OPEN_NONE,
    AUDIT_OPEN_UNDER_WAY, /* its process lives, and may hear of it yet */
    AUDIT_OPEN_LOST
};
/* The newest "sent" with a token, of any process, that ended as "unknown" or not at all, and that
 * no later row has settled: one without an operation whose text names the token, or one of the same
 * token that has an end. Its texts are the arena's. */
enum err_code audit_find_open(const char *dir, const struct audit_seek *what, struct arena *arena,
                              struct audit_row *out, enum audit_open *state,
                              struct err *err) MUST_CHECK;

/* ---- verification ---- */

struct audit_verdict {
    int64_t rows;
    int64_t bad_seq; /* of the first row that is not as it was written; 0 = all are */
    char text[400];  /* in words, also when all is well */
    /* Rows "sent" a minute ago and more, and no row that tells what became of them: a program that
     * died, or could not write. No fault of the chain. */
    int64_t open;
    int64_t open_seqs[AUDIT_OPEN_MAX]; /* the first of them */
    char note[300];                    /* in words; "" = there are none */
};
/* ERR_FAILED only when it cannot be read: what is wrong with the rows is in the verdict. */
enum err_code audit_verify(const char *dir, struct audit_verdict *out, struct err *err) MUST_CHECK;

/* The same in pieces, for whoever must not wait: no lock is held between two steps. */
struct audit_check;
enum err_code audit_check_open(const char *dir, struct audit_check **out,
                               struct err *err) MUST_CHECK;
/* So many rows at most; *is_done with the last. */
enum err_code audit_check_step(struct audit_check *check, int rows, bool *is_done,
                               struct err *err) MUST_CHECK;
const struct audit_verdict *audit_check_verdict(const struct audit_check *check);
void audit_check_close(struct audit_check *check); /* NULL is fine */

/* ---- files ---- */

/* Rows as JSON lines with their hashes, oldest first, and a last line that ends them; 0600.
 * ERR_USAGE when the file is there already. path "-": to standard output. */
enum err_code audit_export(const char *dir, const struct audit_query *query, const char *path,
                           int64_t *rows, struct err *err) MUST_CHECK;
/* Such a file: its rows, in unbroken order unless they were filtered, and that it is whole. */
enum err_code audit_verify_file(const char *path, struct audit_verdict *out,
                                struct err *err) MUST_CHECK;
/* {"seq":1,"at":...,"hash":...}, as an export has them. */
struct jw;
void audit_put_row(struct jw *w, const struct audit_row *row, const char *previous);

#endif
