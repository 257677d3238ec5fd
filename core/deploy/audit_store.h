/* The audit's table and its head, as the audit's own files use them. */
#ifndef PENSTOCK_DEPLOY_AUDIT_STORE_H
#define PENSTOCK_DEPLOY_AUDIT_STORE_H

#include "core/cache/db.h"
#include "core/deploy/audit.h"

/* In the order of the hash: only ever added to, with another version.
 *     column        JSON           member        most bytes */
#define AUDIT_TEXT_LIST(X)                                                                         \
    X(outcome, "outcome", outcome, 24)                                                             \
    X(action, "action", line.action, 200)                                                          \
    X(operation, "operation", line.operation, 80)                                                  \
    X(account, "account", line.account, 24)                                                        \
    X(region, "region", line.region, 64)                                                           \
    X(caller, "caller", line.caller, 300)                                                          \
    X(target, "target", line.target, 600)                                                          \
    X(sentence, "text", line.text, 1024)                                                           \
    X(reason, "reason", line.reason, 800)                                                          \
    X(state_before, "before", line.before, 600)                                                    \
    X(state_after, "after", line.after, 600)                                                       \
    X(request_id, "request_id", line.request_id, 128)                                              \
    X(host, "host", host, 64)                                                                      \
    X(login, "user", user, 100)                                                                    \
    X(ssh_client, "ssh_client", ssh_client, 100)                                                   \
    X(tty, "tty", tty, 64)
#define AUDIT_TEXT_ENUM(column, json, member, most) AUDIT_TEXT_##column,
enum audit_text { AUDIT_TEXT_LIST(AUDIT_TEXT_ENUM) AUDIT_TEXT_COUNT };
#undef AUDIT_TEXT_ENUM

struct sv audit_text(const struct audit_row *row, enum audit_text which);
const char *audit_text_json(enum audit_text which);
size_t audit_text_most(enum audit_text which);
void audit_set_text(struct audit_row *row, enum audit_text which, struct sv text);

/* For a filter: the text folded once, then asked of each row. */
enum err_code audit_fold(struct sv text, struct sb *out, struct err *err) MUST_CHECK;
bool audit_row_has(const struct audit_row *row, struct sv folded);

/* The hash before the first row. */
extern const char audit_genesis[AUDIT_HASH_SIZE];
/* Of what stands in the row, but for its hash, and of the hash before it. scratch is cleared. */
enum err_code audit_hash(const char *previous, const struct audit_row *row, struct sb *scratch,
                         char out[AUDIT_HASH_SIZE], struct err *err) MUST_CHECK;

struct audit_store {
    struct sb dir;
    int dir_fd;
    int lock_fd; /* -1 when it is only read */
    struct db *db;
    bool is_new;   /* the table is still to be made */
    bool is_users; /* the user's own: no other folder was named */
};
/* For appending: the lock is held until it is closed. ERR_PENDING when others hold it for longer
 * than that. */
enum err_code audit_store_lock(const char *dir, int wait_ms, struct audit_store *out,
                               struct err *err) MUST_CHECK;
/* For reading; db is NULL when there is no audit yet. */
enum err_code audit_store_open(const char *dir, struct audit_store *out,
                               struct err *err) MUST_CHECK;
void audit_store_close(struct audit_store *s);
enum err_code audit_store_make(struct audit_store *s, struct err *err) MUST_CHECK;

/* Statements of the store: a slot each. */
enum audit_statement { AUDIT_LAST, AUDIT_HASH_AT, AUDIT_INSERT, AUDIT_UPWARD, AUDIT_DOWNWARD };
enum err_code audit_use(struct audit_store *s, enum audit_statement which, struct db_stmt **out,
                        struct err *err) MUST_CHECK;
/* A row of UPWARD or DOWNWARD; texts are borrowed until the next step. */
void audit_take_row(struct db_stmt *st, struct audit_row *out);

struct audit_head {
    bool is_there; /* else it is missing */
    bool is_bad;   /* ...or cannot be read as one */
    int64_t seq;
    char hash[AUDIT_HASH_SIZE];
};
enum err_code audit_head_read(struct audit_store *s, struct audit_head *out,
                              struct err *err) MUST_CHECK;
enum err_code audit_head_write(struct audit_store *s, int64_t seq, const char *hash,
                               struct err *err) MUST_CHECK;

/* The last row that is remembered elsewhere: in audit.lock, and beside the cache in audit.seen; not
 * there when nobody does. Also of a store whose files are gone. */
void audit_trace_read(const struct audit_store *s, struct audit_head *out);
/* The lock is held. */
void audit_trace_write(const struct audit_store *s, int64_t seq, const char *hash);

#endif
