/* What the files of the cache share: the open cache and the small tools around it. */
#ifndef PENSTOCK_CACHE_STORE_H
#define PENSTOCK_CACHE_STORE_H

#include <sys/stat.h>

#include "core/cache/cache.h"
#include "core/cache/sql.h"

enum {
    CACHE_WAIT_MS = 5000,        /* for write.lock, when something must be written now */
    CACHE_FOREIGN_WAIT_MS = 500, /* for programs that know no write.lock */
    CACHE_SCRATCH_CAP = 16 * 1024 * 1024,
    CACHE_IDS_MAX = 4 * 1024 * 1024
};

struct id_list {
    int64_t *items;
    size_t count;
    size_t size;
};

struct cache {
    struct db *db;
    char *dir; /* where the directory really is, free of links; NULL in memory */
    char *asked_dir;
    int dir_fd;
    dev_t device; /* of cache.db, to notice that it was replaced */
    ino_t inode;
    int write_lock;
    int lease;
    int freshness;
    int watch;
    int lease_watch; /* of the lease's file, within watch; -1 = none */
    bool is_in_memory;
    bool is_read_only;
    bool has_lease;
    bool is_watched; /* the directory is: whatever happens there wakes us */
    bool has_lease_news;
    int64_t changes_before; /* the open transaction, in rows */
    uint64_t renewals;
    uint64_t lease_scope;
    int64_t log_budget; /* bytes; 0 = LOG_BUDGET_MB */
    int read_depth;
    int64_t pruned_at; /* and checkpointed: by this penstock */
    int64_t checkpointed_at;
    struct arena scratch;      /* one put's old state */
    struct id_list stale_text; /* whose searched text must be made again at commit */
    struct tally *tallies;     /* what this transaction adds to the counts */
    struct tally *tally;       /* the one that was added to last */
};

/* ---- place.c: the directory and its files ---- */

extern const char cache_file[]; /* "cache.db" */

enum err_code place_open(struct cache *cache, struct err *err) MUST_CHECK;
void place_close(struct cache *cache);
enum file_state { FILE_ABSENT, FILE_FINE, FILE_STRANGE };
/* Look at cache.db without opening it, since closing a second descriptor would free SQLite's locks.
 * A link, or a file that others can write, is refused with ERR_CACHE; what is no file is STRANGE.
 */
enum err_code place_look(struct cache *cache, enum file_state *out, struct err *err) MUST_CHECK;
enum err_code place_create(struct cache *cache, struct err *err) MUST_CHECK; /* an empty cache.db */
/* Rename cache.db, with its log, to cache.db.WHY-<time>. */
enum err_code place_move_aside(struct cache *cache, const char *why, struct err *err) MUST_CHECK;
bool place_has(const struct cache *cache, const char *name, off_t *size);
bool place_was_replaced(const struct cache *cache);
void place_remember(struct cache *cache); /* the file that is open now */
/* A damage that was met while running outlives it as a file, which the next open looks for. */
void place_mark_damaged(const struct cache *cache);
bool place_is_marked(const struct cache *cache);
void place_unmark(const struct cache *cache);

/* ---- open.c ---- */

/* Open what cache->dir_fd holds again, after it was replaced. */
enum err_code cache_renew(struct cache *cache, struct err *err) MUST_CHECK;
enum err_code migrate(struct db *db, bool has_file, struct err *err) MUST_CHECK;
int64_t migration_latest(void);
enum { CACHE_APPLICATION_ID = 0x70656e73 }; /* "pens" */

/* ---- maintain.c ---- */

void maintain_at_close(struct cache *cache); /* leaves a short log */

/* ---- lock.c ---- */

/* Lock the file name exclusively; *fd is opened when it is -1 and kept for the next time. Waits at
 * most wait_ms, then ERR_PENDING. */
enum err_code lock_take(int dir_fd, const char *name, int wait_ms, int *fd,
                        struct err *err) MUST_CHECK;
void lock_release(int fd);

/* ---- lease.c and watch.c ---- */

enum { LEASE_NAME_SIZE = 32 };
const char *lease_name(const struct cache *cache, char out[LEASE_NAME_SIZE]);
void watch_forget_lease(struct cache *cache); /* another file is meant from now on */

/* ---- statements ---- */

enum err_code use(struct cache *cache, enum statement which, struct db_stmt **out,
                  struct err *err) MUST_CHECK;
enum err_code run_simple(struct cache *cache, enum statement which, struct err *err) MUST_CHECK;
/* A statement whose bindings are all numbers. */
enum err_code run_ints(struct cache *cache, enum statement which, const int64_t *ints, int count,
                       struct err *err) MUST_CHECK;
/* The row of a statement whose only binding is the id; who finds one resets the statement. */
enum err_code row_of(struct cache *cache, enum statement which, int64_t id, struct db_stmt **out,
                     bool *has_row, struct err *err) MUST_CHECK;
/* The rows of a statement that is bound, each read into an item of that size, as an array in the
 * arena. read returns false when the arena is full. */
struct rows {
    void *items;
    size_t count;
};
typedef bool row_read_fn(struct db_stmt *st, struct arena *arena, void *item);
enum err_code rows_read(struct cache *cache, struct db_stmt *st, struct arena *arena, size_t item,
                        row_read_fn *read, struct rows *out, struct err *err) MUST_CHECK;
/* Room for one more in an array that grows in an arena, the old one staying behind; NULL when that
 * is full. */
void *array_grow(struct arena *arena, void *old, size_t used, size_t *size, size_t item) MUST_CHECK;
bool keep_texts(struct sv *const *texts, size_t count, struct arena *arena) MUST_CHECK;

enum err_code id_list_add(struct id_list *list, int64_t id, struct err *err) MUST_CHECK;
void id_list_sort(struct id_list *list); /* and drop doubles */
void id_list_release(struct id_list *list);

/* ---- stages.c: stages and actions as rows ---- */

enum err_code stages_load(struct cache *cache, int64_t id, struct arena *arena,
                          struct stage_state **out, size_t *count, struct err *err) MUST_CHECK;
/* Make the rows equal to now; old is what they are. */
enum err_code stages_store(struct cache *cache, int64_t id, const struct stage_state *old,
                           size_t old_count, const struct stage_state *now, size_t count,
                           struct err *err) MUST_CHECK;
/* NULL when there is none of that name. */
const struct stage_state *stages_find(const struct stage_state *stages, size_t count,
                                      struct sv name);
const struct action_state *stages_find_action(const struct stage_state *stage, struct sv name);
enum err_code stages_drop(struct cache *cache, int64_t id, size_t from, struct err *err) MUST_CHECK;
enum err_code tags_load(struct cache *cache, int64_t id, struct arena *arena,
                        const struct tag **out, size_t *count, struct err *err) MUST_CHECK;
/* The texts of an action in the order of ACTION_TEXTS, from a column or binding on, which moves
 * behind them; false when the arena is full. */
bool action_texts_read(struct db_stmt *st, int *at, struct action_state *out,
                       struct arena *arena) MUST_CHECK;
void action_texts_bind(struct db_stmt *st, int *at, const struct action_state *a);

/* ---- runs.c ---- */

/* *changed becomes true when something was written. */
enum err_code run_put(struct cache *cache, int64_t id, const struct action_run *run, bool *changed,
                      struct err *err) MUST_CHECK;

/* ---- executions.c ---- */

/* Keep the execution that a pipeline's row has, before the row gets another; any number will do to
 * choose when those beyond CACHE_EXECUTIONS_MAX are looked for. */
enum err_code execution_keep(struct cache *cache, int64_t id, uint64_t chance,
                             struct err *err) MUST_CHECK;

/* ---- strip.c: what a line of the table shows of stages and environments ---- */

struct strips {
    struct sb stages;
    struct sb cells; /* of a trunk pipeline only */
};
void strips_init(struct strips *strips);
void strips_release(struct strips *strips);
enum err_code strips_make(struct strips *strips, enum fold_strategy strategy,
                          const struct stage_state *stages, size_t count,
                          struct err *err) MUST_CHECK;

/* ---- row.c: one pipeline's row, as the writers find it ---- */

struct old_row {
    int64_t id; /* the subject's; 0 when it was never seen */
    bool is_there;
    uint64_t state_hash;
    uint64_t execution_hash;
    uint64_t def_hash;
    uint64_t tags_hash;
    enum status status;
    enum fold_strategy strategy;
    struct sv execution_id; /* this and the rest: in the scratch arena */
    struct sv revision;
    struct sv revision_summary;
    struct sv trouble;
};
/* Both clear the scratch arena. need is ERR_NOT_FOUND without a row. */
enum err_code row_find(struct cache *cache, const struct pipeline_id *id, struct old_row *old,
                       struct err *err) MUST_CHECK;
enum err_code row_need(struct cache *cache, const struct pipeline_id *id, struct old_row *old,
                       struct err *err) MUST_CHECK;
enum err_code row_add_subject(struct cache *cache, const struct pipeline_id *id, int64_t *out,
                              struct err *err) MUST_CHECK;
enum change_kind {
    CHANGE_DEFINITION = 1,
    CHANGE_STATE,
    CHANGE_TROUBLE,
    CHANGE_REMOVED,
    CHANGE_HISTORY,
    CHANGE_ENVIRONMENT, /* these four of no subject */
    CHANGE_DOCUMENT,
    CHANGE_PERMISSION,
    CHANGE_LOG
};
enum err_code row_add_change(struct cache *cache, int64_t subject, enum change_kind kind,
                             struct err *err) MUST_CHECK;
int64_t row_attention(enum status status, int64_t changed_at);
int64_t row_status_order(enum status status);
/* A statement whose only binding is the id. */
enum err_code row_run(struct cache *cache, enum statement which, int64_t id,
                      struct err *err) MUST_CHECK;

/* ---- tally.c: the counts ---- */

/* One pipeline of this account and region more, or less, that has this status. */
enum err_code tally_add(struct cache *cache, const struct pipeline_id *id, enum status status,
                        int delta, struct err *err) MUST_CHECK;
enum err_code tally_store(struct cache *cache, struct err *err) MUST_CHECK;
void tally_clear(struct cache *cache);

/* ---- history.c ---- */

struct observed { /* two states of one pipeline, one after the other */
    int64_t subject;
    int64_t now_ms;
    enum status old_status;
    struct sv old_execution;
    const struct stage_state *old;
    size_t old_count;
    enum status status;
    const struct execution *latest; /* may be NULL */
    const struct pipeline_state *state;
};
enum err_code history_add(struct cache *cache, const struct observed *seen,
                          struct err *err) MUST_CHECK;
enum err_code history_prune(struct cache *cache, int64_t now_ms, struct err *err) MUST_CHECK;

/* ---- pieces.c: a searched text as words ---- */

enum {
    TEXT_FIELD_END = '\n', /* behind each field; the first one is the name */
    PIECES_SINGLES = 128,  /* characters of ASCII */
    PIECES_WORDS_MAX = 4   /* of a needle: more would cost more than they exclude */
};

struct piece {
    uint64_t chars;
    uint64_t sides;
};
struct pieces {          /* a set, kept from one text to the next for its memory */
    struct piece *items; /* from 1 on */
    size_t count;
    uint32_t *slots;
    size_t size;
    unsigned char singles[2][PIECES_SINGLES]; /* of other fields, and of the name */
};
void pieces_init(struct pieces *p);
void pieces_release(struct pieces *p);
/* The words that only the old text has, and those that only the new one has. */
enum err_code pieces_compare(struct pieces *p, struct sv old, struct sv now, struct sb *gone,
                             struct sb *come, struct err *err) MUST_CHECK;
/* The words, each with a blank behind it, that every text has which has the needle in its name, or
 * in another field. */
enum err_code pieces_query(struct sv needle, bool in_name, struct sb *out,
                           struct err *err) MUST_CHECK;

/* ---- find.c: the filter's text ---- */

enum err_code text_fold(struct sv text, struct sb *out, struct err *err) MUST_CHECK;
enum err_code text_refresh(struct cache *cache, struct err *err) MUST_CHECK;
/* Rows that may have the folded needle in their name (or in another field), by id, at most limit;
 * certainly all of them when fewer come back. */
enum err_code text_candidates(struct cache *cache, struct sv needle, bool in_name, size_t limit,
                              struct id_list *out, struct err *err) MUST_CHECK;
enum err_code text_matches(struct cache *cache, int64_t id, struct sv needle, bool *out,
                           struct err *err) MUST_CHECK;

/* ---- page.c ---- */

void page_row_read(struct db_stmt *st, struct pipeline_row *out); /* columns SQL_ROW */

/* ---- write.c: a transaction of its own, unless one is open; rc is the work's ---- */

enum err_code piece_begin(struct cache *cache, bool *is_ours, struct err *err) MUST_CHECK;
enum err_code piece_end(struct cache *cache, bool is_ours, enum err_code rc,
                        struct err *err) MUST_CHECK;

/* ---- detail.c: what a definition says beyond names ---- */

enum { DETAIL_MAX = 1 << 20 };
enum err_code detail_write(const struct pipeline_def *def, struct sb *out,
                           struct err *err) MUST_CHECK;

#endif
