/* The inside of sync: one poll per context, one entry per pipeline, one reading while a pipeline is
 * being read.
 *
 * A poll goes through its phases (region, identity, then listing and looking in turn) until it
 * fails or, in a one-time sync, is through. Nothing outside core/sync includes this. */
#ifndef PENSTOCK_SYNC_POLL_H
#define PENSTOCK_SYNC_POLL_H

#include "core/sync/sync.h"

enum { EXECUTION_ID_MAX = 64, CALLS_AHEAD = 48, STREAK_MAX = 6, HASTY_LOOKS = 3 };

enum phase {
    PHASE_OFF,
    PHASE_REGION,
    PHASE_IDENTITY,
    PHASE_KNOWN, /* the account is known, and another penstock looks at it */
    PHASE_LOOKING,
    PHASE_FAILED,
    PHASE_DONE
};

struct entry {
    char *name;
    int64_t rowid; /* 0 until the cache has told it */
    int64_t version;
    int64_t def_updated_at;
    uint64_t state_hash; /* what the cache holds; 0 = no state yet */
    char execution_id[EXECUTION_ID_MAX];
    enum status execution_status;
    int64_t execution_updated_at;
    int64_t newest_at; /* latest time in any state seen: an older reply is a stale one */
    enum status status;
    enum pipeline_mode mode;
    int64_t due_ms;     /* monotonic */
    int64_t early_ms;   /* by which it may be looked at together with others */
    int64_t checked_at; /* wall; 0 = not in this process */
    unsigned look;
    int stale_replies;
    int hasty; /* looks that follow soon, since something was done to it */
    bool needs_def;
    bool is_guess; /* a name the user gave that the cache does not know */
    bool is_visible;
    bool has_trouble;
    bool lacks_tags; /* they may not be read */
    bool is_listed;
    struct reading *reading; /* NULL when it is not being read */
};

struct poll {
    struct sync *sync;
    const struct context *context;
    struct aws_session *session;
    enum phase phase;
    char *account;
    bool wants_identity; /* and nothing more */
    int64_t identity_due_ms;
    bool is_tentative; /* account comes from the cache and is not yet confirmed */
    uint64_t tentative_hash;
    uint64_t used_key; /* the credentials that account is known of */
    uint64_t call;     /* identity or listing under way */
    uint64_t timer;

    struct entry **entries; /* sorted by name */
    size_t count;
    struct entry **queue; /* those due, best first */
    size_t queue_count;
    size_t queue_at;
    int64_t next_due_ms;

    struct arena listing; /* pages so far */
    struct pipeline_summary *pages;
    size_t page_count;
    size_t page_size;
    bool is_listing;
    bool wants_listing;
    bool wants_removal; /* a complete listing is to be compared with the cache */
    int64_t listing_due_ms;

    int calls;          /* under way */
    size_t readings;    /* under way or waiting to be applied */
    int failures;       /* of the whole context, in a row */
    int streak;         /* of single pipelines, in a row */
    size_t unread;      /* pipelines that could not be read in this round */
    struct err trouble; /* the first of them */
    struct freshness freshness;
    int64_t freshness_put_ms;
    int64_t looking_since_ms;
    int64_t rowids_asked_ms;
    enum err_code code; /* of this context's round */
    struct err err;
};

enum ask { ASK_DEF = 1, ASK_TAGS = 2, ASK_EXECUTION = 4, ASK_STATE = 8, ASK_RUNS = 16 };
enum { ASK_COUNT = 5 };

struct reading {
    struct reading *next; /* in the list of finished or of spare ones */
    struct poll *poll;
    struct entry *entry;
    struct arena arena;
    unsigned asked;
    unsigned answered;
    uint64_t calls[ASK_COUNT];
    struct pipeline_def def;
    struct tag *tags;
    size_t tag_count;
    struct pipeline_state state;
    struct execution *latest; /* NULL when it never ran */
    struct action_run *runs;
    size_t run_count;
    unsigned denied;  /* the asks that may do without an answer, and were refused one */
    struct err lack;  /* the refusals */
    bool has_change;  /* a probe differed: there is something to put */
    bool is_finished; /* in the sync's list; entry is NULL when it was dropped there */
    enum err_code code;
    struct err err;
};

enum { PAST_WANTED_MAX = 64, PAST_ROWS_MAX = 128, PAST_AT_ONCE = 2 };

struct past_row {
    int64_t rowid;
    uint64_t read_key; /* what was read last; 0 = nothing */
    int64_t due_ms;    /* monotonic */
    int failures;
    int turns; /* that others were let go first */
    bool is_reading;
    bool is_settled; /* there was nothing new when the cache last changed */
};

struct past {
    int64_t wanted[PAST_WANTED_MAX];
    size_t wanted_count;
    struct past_row rows[PAST_ROWS_MAX];
    size_t row_count;
    size_t next_victim;
    struct past_reading *readings[PAST_AT_ONCE];
    int64_t seq; /* of the change feed, when the rows were last looked at */
    uint64_t timer;
    int64_t timer_due_ms;
};

struct sync {
    struct aws *aws;
    struct cache *cache;
    const struct context_list *contexts;
    bool is_continuous;
    bool is_poller; /* it asks AWS by itself; with names also without the lease */
    bool has_lease;
    uint64_t renewals; /* of the cache, when it was last looked at */
    struct poll *polls;
    size_t poll_count;
    char **names;
    size_t name_count;
    int64_t *visible; /* sorted */
    size_t visible_count;
    struct reading *finished; /* to be applied, oldest first */
    struct reading **finished_end;
    struct reading *spare;
    uint64_t apply_timer;
    int64_t busy_from_ms; /* since when another penstock holds the write lock; 0 = it does not */
    uint64_t lease_timer;
    int lease_tries; /* since the last news of it */
    struct past past;
    uint64_t done_timer;
    sync_done_fn *done;
    void *owner;
    struct sync_result result;
    uint64_t random;
};

/* sync.c */
double sync_random01(struct sync *sync);
bool sync_shows(const struct sync *sync, int64_t rowid); /* is it on the screen? */
void sync_check_done(struct sync *sync); /* a one-time sync: are all polls through? */

/* poll.c */
void poll_start(struct poll *poll);
void poll_identify(struct poll *poll); /* find out the account and rest */
void poll_stop(struct poll *poll);     /* cancels its calls; keeps nothing */
void poll_rest(struct poll *poll);     /* cancels its calls; poll_start goes on where it was */
void poll_pump(struct poll *poll);     /* start what is due, set the timer for what is next */
void poll_fail(struct poll *poll, enum err_code code, const struct err *err);
bool poll_confirm(struct poll *poll); /* after a reply: is it really this account? */
void poll_schedule(struct poll *poll, struct entry *entry, int64_t delay_ms);

/* listing.c */
void listing_start(struct poll *poll);
enum err_code listing_load_known(struct poll *poll, struct err *err) MUST_CHECK;
enum err_code listing_remove(struct poll *poll, size_t *removed, struct err *err) MUST_CHECK;
void listing_learn_rowids(struct poll *poll); /* of pipelines that were new */
void listing_hasten(struct poll *poll);       /* something seems to be deleted: look soon */
/* Read anew whatever the cache does not hold any more. */
enum err_code listing_forget_missing(struct poll *poll, struct err *err) MUST_CHECK;
struct entry *listing_find(const struct poll *poll, struct sv name);
enum err_code listing_add(struct poll *poll, struct sv name, struct entry **out,
                          struct err *err) MUST_CHECK;
void listing_release(struct poll *poll);

/* reading.c */
void reading_start(struct poll *poll, struct entry *entry);
void reading_drop(struct reading *reading); /* cancels its calls; its entry is free again */
void reading_recycle(struct sync *sync, struct reading *reading); /* back to the spares */
void reading_free_spares(struct sync *sync);

/* past.c */
void past_look(struct sync *sync, int64_t seq); /* the cache has changed: does it matter? */
void past_identified(struct sync *sync);        /* an account is known now */
void past_drop(struct poll *poll);
void past_forget(struct sync *sync); /* all, the wishes too */

/* apply.c */
void apply_soon(struct sync *sync, struct reading *reading); /* takes the reading */
void apply_now(struct sync *sync);
void apply_drop_all(struct sync *sync);

#endif
