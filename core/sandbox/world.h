/* The world: the pipelines of all accounts and regions, what they are and what runs in them.
 *
 * The working set is C structs; store.c keeps a copy of what moves in SQLite when the sandbox has a
 * state directory. Texts are interned: they live as long as the world, so structs only point.
 * Nothing but engine.c changes a run. */
#ifndef PENSTOCK_SANDBOX_WORLD_H
#define PENSTOCK_SANDBOX_WORLD_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/sandbox/ids.h"
#include "core/sandbox/timeline.h"

/* Of runs, stages, actions, conditions and rules; each of them has some of these. */
#define RUN_STATUS_LIST(X)                                                                         \
    X(NONE, "")                                                                                    \
    X(IN_PROGRESS, "InProgress")                                                                   \
    X(STOPPING, "Stopping")                                                                        \
    X(STOPPED, "Stopped")                                                                          \
    X(SUCCEEDED, "Succeeded")                                                                      \
    X(SUPERSEDED, "Superseded")                                                                    \
    X(FAILED, "Failed")                                                                            \
    X(CANCELLED, "Cancelled")                                                                      \
    X(ABANDONED, "Abandoned")                                                                      \
    X(SKIPPED, "Skipped")                                                                          \
    X(ERRORED, "Errored")                                                                          \
    X(OVERRIDDEN, "Overridden")

#define RUN_STATUS_ENUM(name, aws) RUN_##name,
enum run_status { RUN_STATUS_LIST(RUN_STATUS_ENUM) RUN_STATUS_COUNT };
#undef RUN_STATUS_ENUM
struct sv run_status_aws(enum run_status s);

enum run_mode { RUN_MODE_SUPERSEDED, RUN_MODE_QUEUED, RUN_MODE_PARALLEL };
struct sv run_mode_aws(enum run_mode mode);

/* Definitions. A shape may be shared by many pipelines. */
enum provider {
    PROVIDER_CODECOMMIT,
    PROVIDER_CONNECTION,
    PROVIDER_S3,
    PROVIDER_CODEBUILD,
    PROVIDER_CLOUDFORMATION,
    PROVIDER_LAMBDA,
    PROVIDER_MANUAL,
    PROVIDER_OTHER, /* of a definition that somebody made; it cannot be done here */
    PROVIDER_COUNT
};

struct action_shape {
    const char *name;
    enum provider provider;
    int run_order;
    int timeout_minutes; /* of an approval; 0 = AWS's 7 days */
    const char *custom;  /* an approval's CustomData and ExternalEntityLink, of a seed; or NULL */
    const char *link;
    const cJSON *json; /* the declaration that somebody made; NULL: a seed did */
};

/* What guards a stage, with the rules that are asked (conditions.h). */
enum condition_kind { CONDITION_ENTRY, CONDITION_SUCCESS, CONDITION_FAILURE, CONDITION_COUNT };
enum condition_result { RESULT_FAIL, RESULT_SKIP, RESULT_ROLLBACK, RESULT_RETRY, RESULT_COUNT };

struct rule_shape {
    const char *name;
    const char *json; /* its declaration */
};

struct condition_shape {
    const char *json; /* as the stage declares it; NULL: it declares none */
    const struct rule_shape *rules;
    size_t rule_count;
    size_t first;                 /* number of its first rule, counted over all stages */
    enum condition_result result; /* what comes of it when a rule fails */
    bool retries_all;
};

struct stage_shape {
    const char *name;
    const struct action_shape *actions;
    size_t action_count;
    size_t first; /* number of its first action, counted over all stages */
    const struct condition_shape *conditions; /* one per kind, or NULL */
};

struct shape {
    const struct stage_shape *stages;
    size_t stage_count;
    size_t action_count;
    size_t rule_count;
    bool has_conditions;
    bool is_made; /* its actions are real: each attempt has a deed */
};

/* A pipeline variable that a seed declares. */
struct variable {
    const char *name;
    const char *otherwise; /* NULL: it must be given */
    const char *about;
};

/* A definition that somebody made, with all its versions: runs of earlier ones are still shown. */
struct made {
    uint64_t salt;               /* of the runs' ids: no two pipelines have the same */
    const struct shape **shapes; /* of version 1 and so on */
    cJSON **definitions;         /* NULL for versions that a seed made */
    size_t count;
    size_t size;
    size_t definitions_size;
};

struct pair {
    const char *key;
    const char *value;
};

/* What the pipeline does by itself. */
struct habit {
    int64_t every_ms;   /* a new commit so often; 0 = never */
    int64_t work_ms;    /* what a build takes, about */
    int64_t approve_ms; /* somebody approves after so long; 0 = never */
    int fail_percent;
};

/* One action in one run. */
struct attempt {
    int64_t started_at;
    int64_t changed_at;
    int64_t due_at; /* when it ends, or an approval expires */
    const char *summary;
    const char *by;
    uint8_t status;  /* enum run_status */
    uint8_t failure; /* number of a text in failures.h; 0 = none */
    uint8_t tries;   /* how often it was begun again */
};

/* How a condition stands, and one of its rules, in one run. */
struct verdict {
    int64_t changed_at;
    int64_t due_at; /* when its rules have answered */
    const char *summary;
    uint8_t status; /* enum run_status */
};
struct ruling {
    int64_t started_at;
    int64_t changed_at;
    const char *summary;
    const char *code; /* why it could not be asked, or NULL */
    uint8_t status;   /* enum run_status */
    uint8_t tries;
};
struct judged {
    struct verdict *verdicts; /* CONDITION_COUNT per stage */
    struct ruling *rulings;
};

/* What a real action did: beside its attempt. */
struct deed {
    const char *external_id; /* a commit, a build, a stack */
    const char *url;
    const char *code; /* of its failure */
    const char *message;
    const char *variables; /* its output, a JSON object */
};

enum run_where { WHERE_WAITING, WHERE_IN_STAGE, WHERE_OVER };

struct run {
    struct uid id;
    struct uid revision;
    uint64_t number; /* counts up within the pipeline */
    int64_t started_at;
    int64_t updated_at;
    const char *message; /* of the commit */
    const char *trigger;
    const char *trigger_detail;
    const char *status_summary;
    const char *stop_reason;
    const char *request_token; /* clientRequestToken, or NULL */
    const char *given;         /* {"variables":{},"revisions":{}}, or NULL */
    struct judged *judged;     /* NULL unless its shape has conditions */
    struct past *pasts;        /* earlier tries of its actions, oldest first (pasts.h) */
    size_t past_count;
    struct uid rollback_target;
    enum run_status status;
    enum run_where where;
    int version;
    int fail_stage;  /* -1: nothing fails */
    uint8_t failure; /* which text */
    uint16_t stage;  /* where it is or waits to enter */
    uint16_t last;   /* where it ends: the last stage, or the one that is rolled back */
    bool is_rollback;
    bool needs_saving;
    struct attempt attempts[]; /* action_count of its shape; then as many deeds, of a made one */
};

struct stage_now {
    struct run *latest;     /* entered it last; never trimmed while it is this */
    struct run *holder;     /* has the lock; NULL = free. Not used in PARALLEL mode */
    enum run_status status; /* of latest in this stage */
    bool is_closed;         /* inbound transition disabled */
    bool is_out_closed;     /* outbound; GetPipelineState has no place for it */
    uint8_t auto_retries;   /* of latest */
    uint8_t manual_retries;
    bool is_last_auto; /* the last retry was not a person's */
    const char *reason;
    const char *changed_by;
    int64_t changed_at;
};

struct place;

struct pipe {
    struct place *place;
    const char *name;
    const struct shape *shape; /* of the present version */
    struct made *made;         /* NULL: a seed made it, and habit drives it */
    const char *type;
    enum run_mode mode;
    int version;
    int64_t created_at;
    int64_t updated_at;
    const char *repository;
    const char *branch;
    const struct pair *tags;
    size_t tag_count;
    const struct variable *variables; /* of a seeded one */
    size_t variable_count;
    struct habit habit;
    uint32_t index;   /* in world.pipes */
    uint32_t changes; /* goes up with every change: what replies are cached by */
    bool needs_saving;
    bool is_gone;          /* deleted: only its number stays taken, its place is NULL */
    int64_t next_start_at; /* by habit; 0 = none */
    uint64_t next_number;
    struct stage_now *stages;
    struct run **runs; /* oldest first */
    size_t run_count;
    size_t run_size;
};

/* One account's region. */
struct place {
    const char *account;
    const char *region;
    struct pipe **pipes; /* sorted by name */
    size_t count;
    size_t size;
};

enum { VERSIONS_MAX = 10000 };
enum { PLACES_MAX = 64, HISTORY_MAX = 150, PIPES_MAX = 1100000 };

struct records;

struct world {
    struct arena arena;
    struct records *records; /* where real actions are put off; set with the first made pipeline */
    struct place places[PLACES_MAX];
    size_t place_count;
    struct pipe **pipes;
    size_t pipe_count;
    size_t pipe_size;
    uint32_t *slots; /* hash table over pipes: index + 1 */
    size_t slot_count;
    const char **texts; /* hash set of interned texts */
    size_t text_count;
    size_t text_size;
    struct timeline timeline;
    int64_t now_ms;
    double speed; /* divides what work takes */
    struct uid seed;
    struct pipe **unsaved; /* NULL unless a store wants to know */
    size_t unsaved_count;
    size_t unsaved_size;
    bool keeps_unsaved;
};

void world_init(struct world *w, int64_t now_ms);
void world_release(struct world *w);

/* The text for as long as the world lives; the same pointer for the same text. */
enum err_code world_intern(struct world *w, struct sv text, const char **out,
                           struct err *err) MUST_CHECK;

/* Found or made. */
enum err_code world_place(struct world *w, struct sv account, struct sv region, struct place **out,
                          struct err *err) MUST_CHECK;
struct place *world_find_place(struct world *w, struct sv account, struct sv region);

/* The caller then fills definition and habit. The shape and the name must live in the world. */
enum err_code world_add_pipe(struct world *w, struct place *place, const char *name,
                             const struct shape *shape, struct pipe **out,
                             struct err *err) MUST_CHECK;
/* Its number stays taken, so that those of others stay what they are. */
void world_remove_pipe(struct world *w, struct pipe *p);
/* A number that is taken by nobody: what was removed before a restart. */
enum err_code world_add_gap(struct world *w, struct err *err) MUST_CHECK;
/* The next version of its definition, which becomes the pipeline's own whatever comes of it. The
 * runs of the last one must be over. */
enum err_code pipe_define(struct world *w, struct pipe *p, cJSON *definition,
                          const struct shape *shape, struct err *err) MUST_CHECK;
struct pipe *world_find_pipe(struct world *w, const struct place *place, struct sv name);
/* Where name is in place->pipes, or would be. */
size_t place_position(const struct place *place, struct sv name);

struct run *pipe_find_run(const struct pipe *p, struct uid id);
struct run *pipe_latest_run(const struct pipe *p); /* NULL when it never ran */
/* A fresh run of that version, numbered and part of the pipeline; the oldest one over HISTORY_MAX
 * goes. */
enum err_code pipe_add_run(struct world *w, struct pipe *p, int version, struct run **out,
                           struct err *err) MUST_CHECK;
/* Say that the pipeline, and that run of it (may be NULL), changed. */
void pipe_touch(struct world *w, struct pipe *p, struct run *run);

bool run_is_over(const struct run *run);
/* As the definition was when it began. */
const struct shape *run_shape(const struct pipe *p, const struct run *run);
/* NULL unless the pipeline's actions are real. */
struct deed *run_deed(const struct pipe *p, struct run *run, size_t action);
const struct deed *run_told(const struct pipe *p, const struct run *run, size_t action);
struct uid attempt_uid(const struct run *run, size_t action);
struct uid attempt_token(const struct run *run, size_t action); /* of an approval */

#endif
