/* The cache: what AWS last told us, in SQLite, shared by every penstock of this user on this host.
 *
 * Rows are written in short transactions, and only when something a person could see has changed;
 * each change leaves a line in the change feed, each change of a status one in the history. The
 * cache holds no credential and no approval token, and can be deleted at any moment. Screens and
 * verbs read from here only. Files, all 0600 in a 0700 directory of the user's own:
 *   cache.db (+ -wal, -shm)   the rows
 *   write.lock                held by flock for each write transaction and each checkpoint: SQLite
 *                             3.40's WAL-reset bug needs two of those at once
 *   sync-*.lock               the sync leases, one for each set of contexts, held by flock while
 *                             one penstock polls them
 *   freshness                 when each context was last known to equal AWS: rewritten in place, so
 *                             that a sync that changed nothing writes no row */
#ifndef PENSTOCK_CACHE_CACHE_H
#define PENSTOCK_CACHE_CACHE_H

#include "core/base/arena.h"
#include "core/model/fold.h"
#include "core/model/pipeline.h"

struct cache;

struct cache_options {
    const char *dir;   /* NULL: $XDG_STATE_HOME/penstock, else $HOME/.local/state/penstock */
    bool in_memory;    /* tests, and the fallback */
    bool is_read_only; /* prompt and status --cached: never creates, migrates or checkpoints */
};

/* Open and migrate. A corrupt, foreign or newer database is moved aside and rebuilt; no usable
 * directory, a full disk or a read-only home gives a cache in memory. Both are told in *notice (one
 * sentence, empty when all is well) and are not failures. A directory or file that is a link, that
 * another user owns or can write is refused with ERR_CACHE. With is_read_only a cache that does not
 * exist yet is an empty one in memory. */
enum err_code cache_open(const struct cache_options *options, struct cache **out,
                         struct err *notice, struct err *err) MUST_CHECK;
void cache_close(struct cache *cache); /* NULL is fine; rolls back an open transaction */
bool cache_is_in_memory(const struct cache *cache);
const char *cache_dir(const struct cache *cache); /* "" in memory */

/* How often the cache was found deleted or damaged while it was open, and begun anew: whoever
 * remembers what it held must forget it when this number moves. */
uint64_t cache_renewals(const struct cache *cache);

/* ---- contexts: (profile, region) pairs and the account behind each ---- */

struct cache_context {
    struct sv profile;
    struct sv region;
    struct sv partition;
    struct sv account; /* empty until known */
    struct sv caller_arn;
    uint64_t key_hash; /* aws_session_key_hash when account was asked; 0 = do not trust it */
};
enum err_code cache_put_context(struct cache *cache, const struct cache_context *context,
                                struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND when it was never put. */
enum err_code cache_get_context(struct cache *cache, struct sv profile, struct sv region,
                                struct arena *arena, struct cache_context *out,
                                struct err *err) MUST_CHECK;
enum err_code cache_list_contexts(struct cache *cache, struct arena *arena,
                                  struct cache_context **out, size_t *count,
                                  struct err *err) MUST_CHECK;

/* How a context stands; kept in the freshness file. */
struct freshness {
    int64_t synced_at;  /* every row was checked at or after this wall time; 0 = never */
    int64_t failed_at;  /* the last failure; older than synced_at when it is over */
    enum err_code code; /* of that failure */
    char error[400];    /* its sentence; "" when the last sync went well */
    double rate_per_s;  /* the poller's pace; 0 = no limit */
    bool is_slowed;
};
enum err_code cache_put_freshness(struct cache *cache, struct sv profile, struct sv region,
                                  const struct freshness *freshness, struct err *err) MUST_CHECK;
/* Zeroes when it was never put. */
void cache_get_freshness(struct cache *cache, struct sv profile, struct sv region,
                         struct freshness *out);

/* ---- writing, by the one who syncs ---- */

/* Everything put between begin and commit becomes visible, and lasts, together. begin waits for
 * write.lock at most wait_ms (0: not at all; ERR_PENDING then). A failed put leaves the transaction
 * to be rolled back. A full disk is ERR_CACHE at commit; what was there before stays. */
enum err_code cache_begin(struct cache *cache, int wait_ms, struct err *err) MUST_CHECK;
enum err_code cache_commit(struct cache *cache, struct err *err) MUST_CHECK;
void cache_rollback(struct cache *cache);

/* What the cache knows of one pipeline, to decide what must be read again. */
struct cache_known {
    int64_t rowid;
    struct sv name;
    int64_t version;
    int64_t def_updated_at;
    uint64_t def_hash;   /* 0 = no definition yet */
    uint64_t state_hash; /* pipeline_state_hash of what was put; 0 = no state yet */
    struct sv execution_id;
    enum status execution_status;
    int64_t execution_updated_at;
    enum status status;
    enum pipeline_mode mode;
    bool has_trouble; /* reading it failed the last time */
};
/* All pipelines of an account and region, by name. */
enum err_code cache_known(struct cache *cache, struct sv partition, struct sv account,
                          struct sv region, struct arena *arena, struct cache_known **out,
                          size_t *count, struct err *err) MUST_CHECK;

/* Each writes only if its hash differs from the stored one; *changed tells. A definition makes the
 * row; tags may be NULL for "not read this time". */
enum err_code cache_put_def(struct cache *cache, const struct pipeline_id *id,
                            const struct pipeline_def *def, const struct tag *tags,
                            size_t tag_count, int64_t now_ms, bool *changed,
                            struct err *err) MUST_CHECK;
/* State and latest execution together, since the status word needs both; latest may be NULL when
 * the pipeline never ran. Observed status changes go to the history in the same transaction.
 * ERR_NOT_FOUND without a definition. */
enum err_code cache_put_state(struct cache *cache, const struct pipeline_id *id,
                              const struct pipeline_state *state, const struct execution *latest,
                              int64_t now_ms, bool *changed, struct err *err) MUST_CHECK;
/* Reading this pipeline failed: its row is shown as stale with the sentence until a put succeeds.
 * An empty text clears it. */
enum err_code cache_put_trouble(struct cache *cache, const struct pipeline_id *id, struct sv text,
                                bool *changed, struct err *err) MUST_CHECK;
/* After a complete listing only: remove the pipelines of this account and region that are not among
 * names (sorted by bytes). Their history stays. */
enum err_code cache_keep_only(struct cache *cache, struct sv partition, struct sv account,
                              struct sv region, const struct sv *names, size_t count,
                              int64_t now_ms, size_t *removed, struct err *err) MUST_CHECK;

/* Checkpoint and prune history when due; cheap when not. Only outside a transaction. */
enum err_code cache_maintain(struct cache *cache, int64_t now_ms, struct err *err) MUST_CHECK;

/* ---- the lease: who polls ---- */

/* Which lease the calls below mean: who polls one set of contexts is no reason to leave those of
 * another alone. A number that stands for the set; to be told before the lease is tried. */
void cache_lease_scope(struct cache *cache, uint64_t contexts);
/* True when this penstock polls, from now until cache_close or cache_lease_drop. Never waits; the
 * kernel frees it when the holder dies. In memory it is always ours. */
bool cache_lease_try(struct cache *cache);
void cache_lease_drop(struct cache *cache);
/* From now on cache_watch_fd becomes readable when the lease may have been taken, freed or deleted.
 * To be called before each try, so that nothing falls between. False when this host or a deleted
 * directory gives no events: then the lease must be asked for now and then. */
bool cache_lease_watch(struct cache *cache);
/* True once after a cache_watch_drain that met such an event. A holder that dies is told of a
 * moment before its lock is free, so a try that fails is to be made again a little later. */
bool cache_lease_has_news(struct cache *cache);
long cache_lease_holder(struct cache *cache); /* pid, 0 when nobody holds it */

/* ---- reading: views, screens, verbs ---- */

/* One view of the cache for several reads, and one lock for all of them; nests. Write nothing
 * meanwhile. */
enum err_code cache_read_begin(struct cache *cache, struct err *err) MUST_CHECK;
void cache_read_end(struct cache *cache);

/* One line of the pipelines table; text borrowed until the row function returns. */
struct pipeline_row {
    int64_t rowid;
    struct pipeline_id id;
    struct sv logical;
    struct sv environment;
    enum fold_strategy strategy;
    enum status status;
    enum pipeline_mode mode;
    struct sv execution_id;
    int64_t started_at;
    int64_t changed_at; /* the execution's last update */
    struct sv revision;
    struct sv revision_summary;
    struct sv trigger;
    struct sv stages;    /* strip: see stage_strip_next */
    struct sv cells;     /* trunk: the environments, see cell_strip_next; else empty */
    struct sv waiting;   /* "stage/action" of the first approval that waits; empty */
    struct sv error;     /* the first failed action's message; empty */
    struct sv trouble;   /* why the last read failed; empty */
    int64_t observed_at; /* when what is shown was first seen */
};

struct stage_mark {
    struct sv name;
    enum status status;
    bool transition_enabled;
};
/* Take the next stage off a strip; false at its end. */
bool stage_strip_next(struct sv *strip, struct stage_mark *out);

/* Copy a row's text into the arena, so that it outlives the row function; false when that is full.
 */
bool pipeline_row_keep(struct pipeline_row *row, struct arena *arena) MUST_CHECK;

/* Take the next environment off a row's cells; false at their end. */
bool cell_strip_next(struct sv *strip, struct cell_mark *out);

/* clang-format off */
/*       name        title       what it orders by */
#define SORT_LIST(X) \
    X(ATTENTION,  "attention", "what needs a person first, then the latest") \
    X(NAME,       "name",      "logical pipeline, then name")                \
    X(CHANGED,    "changed",   "the latest change first")                    \
    X(STATUS,     "status",    "status, then name")
/* clang-format on */
#define SORT_ENUM(name, title, help) SORT_##name,
enum sort { SORT_LIST(SORT_ENUM) SORT_COUNT };
#undef SORT_ENUM
const char *order_title(enum sort sort);
const char *order_help(enum sort sort); /* what it orders by */
enum sort order_find(struct sv title);  /* SORT_COUNT when there is none of that title, any case */

struct pipeline_query {
    enum sort sort;
    bool reverse;
    struct sv filter;       /* a piece of name, logical name, stage, revision or summary, any case;
                               empty = all */
    bool filter_inverse;    /* rows that do not match */
    int64_t after_rowid;    /* keyset: rows behind this one in the order; 0, or a row that is gone =
                               from the start */
    bool backward;          /* rows before after_rowid instead, still in the order; from the end
                               when after_rowid is 0 */
    const struct sv *names; /* when count > 0: only these names or logical names */
    size_t name_count;
    int limit; /* 0 = all */
};
/* row is called for each; returning false ends it. It must not page through this cache itself. */
typedef bool cache_row_fn(void *owner, const struct pipeline_row *row);
enum err_code cache_pipelines(struct cache *cache, const struct pipeline_query *query,
                              cache_row_fn *row, void *owner, struct err *err) MUST_CHECK;

/* How many rows in all, and of each status: kept for each account and region, not counted. */
struct cache_counts {
    int64_t total;
    int64_t by_status[STATUS_COUNT];
};
enum err_code cache_count(struct cache *cache, struct cache_counts *out,
                          struct err *err) MUST_CHECK;
/* Those of one account and region, added to *out. */
enum err_code cache_count_in(struct cache *cache, struct sv partition, struct sv account,
                             struct sv region, struct cache_counts *out,
                             struct err *err) MUST_CHECK;

/* The row of this identity in this cache; 0 when there is none. */
enum err_code cache_find_id(struct cache *cache, const struct pipeline_id *id, int64_t *rowid,
                            struct err *err) MUST_CHECK;
/* The rows that share a logical pipeline, by name; at most CACHE_SIBLINGS_MAX. Text in the arena.
 * Cheap: an index and some rows. */
enum { CACHE_SIBLINGS_MAX = 64 };
enum err_code cache_siblings(struct cache *cache, struct sv partition, struct sv account,
                             struct sv region, struct sv logical, struct arena *arena,
                             struct pipeline_row **out, size_t *count, struct err *err) MUST_CHECK;

/* One pipeline with stages and actions; ERR_NOT_FOUND. */
struct cache_pipeline {
    struct pipeline_row row; /* its text lives in the arena */
    struct pipeline_state state;
    struct execution latest; /* id empty when it never ran */
    const struct tag *tags;
    size_t tag_count;
    struct sv arn;
    int64_t version;
};
enum err_code cache_get_pipeline(struct cache *cache, int64_t rowid, struct arena *arena,
                                 struct cache_pipeline *out, struct err *err) MUST_CHECK;

/* The rowids of the pipelines in which an approval waits, in the order of rowids: cheap also among
 * many. Of a PARALLEL pipeline an older execution's approval counts as AWS listed it last. */
enum err_code cache_waiting(struct cache *cache, struct arena *arena, int64_t **out, size_t *count,
                            struct err *err) MUST_CHECK;

/* The definition: stages, actions, where they work and what a release may be given. created_at is
 * not kept. ERR_NOT_FOUND also while a cache of an older penstock has not read it again. */
enum err_code cache_get_def(struct cache *cache, int64_t rowid, struct arena *arena,
                            struct pipeline_def *out, struct err *err) MUST_CHECK;

/* ---- documents: what pages of detail show, as penstock's own JSON ---- */

/* clang-format off */
/*       name        word          key of a document */
#define DOCUMENT_LIST(X) \
    X(FAILURE,     "failure",    "PIPELINE/EXECUTION") \
    X(BUILD,       "build",      "BUILD-ID") \
    X(COMMIT,      "commit",     "REPOSITORY/COMMIT") \
    X(REPOSITORY,  "repository", "REPOSITORY") \
    X(FOLDER,      "folder",     "REPOSITORY/COMMIT/PATH") \
    X(BRANCH,      "branch",     "REPOSITORY/BRANCH") \
    X(DIFFERENCE,  "difference", "REPOSITORY/COMMIT") \
    X(FILE,        "file",       "REPOSITORY/COMMIT/PATH") \
    X(STACKS,      "stacks",     "PIPELINE") \
    X(STACK,       "stack",      "STACK") \
    X(EXECUTION,   "execution",  "PIPELINE/EXECUTION")
/* clang-format on */
#define DOCUMENT_ENUM(name, word, key) DOCUMENT_##name,
enum document_kind { DOCUMENT_LIST(DOCUMENT_ENUM) DOCUMENT_COUNT };
#undef DOCUMENT_ENUM

struct document_id {
    enum document_kind kind;
    struct sv partition; /* of AWS's thing, which may be in another account than its pipeline */
    struct sv account;
    struct sv region;
    struct sv key;
};
enum { DOCUMENT_MAX = 3 << 19, DOCUMENTS_MAX = 32 << 20 }; /* bytes of one, and of all */
/* In its own transaction; changed text leaves a line in the change feed. Those that were not used
 * for longest go when the budget is full. */
enum err_code cache_put_document(struct cache *cache, const struct document_id *id, struct sv json,
                                 int64_t now_ms, struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND when it is not kept. Text in the arena; *read_at when AWS told so. */
enum err_code cache_get_document(struct cache *cache, const struct document_id *id,
                                 struct arena *arena, struct sv *json, int64_t *read_at,
                                 struct err *err) MUST_CHECK;

/* ---- permissions: what AWS denied, or let a caller do, lately ---- */

struct permission {
    struct sv partition;
    struct sv account;
    struct sv caller;     /* ARN; an assumed role's without its session */
    struct sv iam_action; /* "codepipeline:PutApprovalResult" */
    struct sv resource;   /* a pipeline's name; "" = any */
    bool is_allowed;
    int64_t at;
};
/* Of a caller's ARN what a permission is kept by: "arn:aws:sts::1:assumed-role/NAME"; borrowed. */
struct sv permission_caller(struct sv arn);
enum err_code cache_put_permission(struct cache *cache, const struct permission *permission,
                                   struct err *err) MUST_CHECK;
/* The latest that is known of the resource, else of any. ERR_NOT_FOUND when nothing is. */
enum err_code cache_get_permission(struct cache *cache, struct permission *inout,
                                   struct err *err) MUST_CHECK;

/* ---- the change feed and the history ---- */

/* The feed's last number; any later change has a greater one. */
enum err_code cache_change_seq(struct cache *cache, int64_t *seq, struct err *err) MUST_CHECK;
/* A descriptor that becomes readable when another process may have written; -1 in memory. Read it
 * empty with cache_watch_drain, then compare cache_change_seq. */
int cache_watch_fd(struct cache *cache);
void cache_watch_drain(struct cache *cache);

enum transition_kind {
    TRANSITION_PIPELINE,
    TRANSITION_STAGE,
    TRANSITION_ACTION,
    TRANSITION_GATE /* a stage's inbound transition, enabled or disabled */
};
struct transition {
    int64_t seq;
    struct pipeline_id id;
    enum transition_kind kind;
    struct sv stage;
    struct sv action;
    struct sv execution_id;
    enum status from;
    enum status to; /* for a GATE: SUCCEEDED = enabled, STOPPED = disabled */
    int64_t at;     /* AWS's time when it told one, else when we saw it */
    int64_t observed_at;
    struct sv summary; /* error or summary text */
};
typedef bool cache_transition_fn(void *owner, const struct transition *transition);
struct transition_query {
    int64_t rowid;          /* 0 = of all pipelines, deleted ones too */
    int64_t after_seq;      /* those with a greater seq; 0 = from the start */
    int64_t before_seq;     /* those with a smaller seq; 0 = to the end */
    int64_t observed_since; /* seen at or after this wall time; 0 = whenever */
    bool newest_first;
    int limit; /* 0 = all */
};
/* fn is called for each; returning false ends it. */
enum err_code cache_transitions(struct cache *cache, const struct transition_query *query,
                                cache_transition_fn *fn, void *owner, struct err *err) MUST_CHECK;

/* ---- executions: the last ones of a pipeline, and how its actions ran in them ---- */

enum { CACHE_EXECUTIONS_MAX = 100 }; /* kept of each pipeline */

/* What ListPipelineExecutions and ListActionExecutions told; either may be empty. Upserts what
 * differs, prunes beyond CACHE_EXECUTIONS_MAX, and leaves a line in the change feed if anything
 * changed. An execution that only the state reading saw is kept there too, when a newer one takes
 * its place. ERR_NOT_FOUND without a definition. */
enum err_code cache_put_history(struct cache *cache, const struct pipeline_id *id,
                                const struct execution *executions, size_t execution_count,
                                const struct action_run *runs, size_t run_count, int64_t now_ms,
                                bool *changed, struct err *err) MUST_CHECK;
/* Newest first, the pipeline's latest among them as its row has it. */
enum err_code cache_executions(struct cache *cache, int64_t rowid, struct arena *arena,
                               struct execution **out, size_t *count, struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND when it is not kept. */
enum err_code cache_get_execution(struct cache *cache, int64_t rowid, struct sv execution_id,
                                  struct arena *arena, struct execution *out,
                                  struct err *err) MUST_CHECK;
/* How actions ran, oldest first: what AWS listed, and for executions it has not listed what the
 * recorded transitions tell (start and end of each action). execution_id empty = all that is kept.
 */
enum err_code cache_runs(struct cache *cache, int64_t rowid, struct sv execution_id,
                         struct arena *arena, struct action_run **out, size_t *count,
                         struct err *err) MUST_CHECK;

/* ---- environments: those that a CICD context keeps in AWS, and what the doctor found ---- */

struct cached_environment {
    struct sv home_partition; /* the CICD context that keeps it */
    struct sv home_account;
    struct sv home_region;
    struct sv name;
    struct sv kind;    /* "cicd", "target" */
    struct sv account; /* its own */
    struct sv region;
    struct sv way; /* how it is reached: "profile dev", "role arn:...", "this context" */
    struct sv stage;
    struct sv team;
    struct sv bootstrap; /* "cdk hnb659fds" */
    struct sv json;      /* the parameter's, without its external id */
    int64_t version;
    int64_t read_at; /* to a minute: when AWS told so last */
    /* the doctor's; zeroes when it never looked */
    int64_t checked_at;
    int64_t bootstrap_version;
    int verdict; /* enum verdict of core/deploy/doctor.h */
    bool trusts;
    struct sv line; /* the worst finding in a sentence; "" when there is none */
};
/* All environments of a CICD context take the place of those before. What the doctor found stays
 * with those whose account, region, way and bootstrap are the same. *changed tells whether anything
 * but the time of reading is another. home_ and the doctor's members are not looked at. */
enum err_code cache_put_environments(struct cache *cache, struct sv partition, struct sv account,
                                     struct sv region, const struct cached_environment *list,
                                     size_t count, int64_t now_ms, bool *changed,
                                     struct err *err) MUST_CHECK;
/* The doctor's members of the one of that name; ERR_NOT_FOUND when it is not kept. */
enum err_code cache_put_diagnosis(struct cache *cache, struct sv partition, struct sv account,
                                  struct sv region, const struct cached_environment *found,
                                  struct err *err) MUST_CHECK;
/* By name; an empty account lists those of all CICD contexts, by context first. */
enum err_code cache_list_environments(struct cache *cache, struct sv partition, struct sv account,
                                      struct sv region, struct arena *arena,
                                      struct cached_environment **out, size_t *count,
                                      struct err *err) MUST_CHECK;

#endif
