/* A pipeline as AWS tells it and as the cache keeps it: identity, definition, state, execution.
 *
 * Plain data. The strings are borrowed: from an arena that a decoder filled, or from whoever made
 * the value. Nothing here does I/O or knows JSON or SQL. Times are ms since 1970, 0 = unknown. */
#ifndef PENSTOCK_MODEL_PIPELINE_H
#define PENSTOCK_MODEL_PIPELINE_H

#include "core/model/status.h"

/* Row identity everywhere: cursor, marks and dialogs hold this, never a row number. */
struct pipeline_id {
    struct sv partition; /* "aws" */
    struct sv account;   /* 12 digits */
    struct sv region;
    struct sv name;
};

bool pipeline_id_eq(const struct pipeline_id *a, const struct pipeline_id *b);

enum pipeline_mode { MODE_SUPERSEDED, MODE_QUEUED, MODE_PARALLEL };
enum pipeline_mode pipeline_mode_from_aws(struct sv word); /* MODE_SUPERSEDED when empty */
const char *pipeline_mode_aws(enum pipeline_mode mode);

/* One line of ListPipelines. */
struct pipeline_summary {
    struct sv name;
    int64_t version;
    struct sv type; /* "V1" or "V2"; may be empty */
    enum pipeline_mode mode;
    int64_t created_at;
    int64_t updated_at; /* of the definition, not of an execution */
};

/* GetPipeline: what can run. */
struct action_def {
    struct sv name;
    struct sv category; /* Source Build Deploy Test Invoke Approval Compute */
    struct sv owner;    /* AWS ThirdParty Custom */
    struct sv provider;
    struct sv branch;        /* a source's configuration: BranchName, or Branch */
    struct sv repository;    /* RepositoryName, FullRepositoryId, or Owner/Repo */
    struct sv project;       /* CodeBuild's ProjectName */
    struct sv stack;         /* CloudFormation's StackName */
    struct sv change_set;    /* its ChangeSetName */
    struct sv role_arn;      /* the action's own */
    struct sv region;        /* "" = the pipeline's */
    struct sv data;          /* an approval's CustomData */
    struct sv link;          /* its ExternalEntityLink */
    int64_t timeout_minutes; /* 0 = AWS's own: 7 days for an approval */
    int64_t run_order;
};

struct stage_def {
    struct sv name;
    const struct action_def *actions;
    size_t action_count;
};

/* What a release may be given: a V2 pipeline's variables. */
struct variable_def {
    struct sv name;
    struct sv value; /* the default; SV_NONE: it must be given */
    struct sv description;
};

struct tag {
    struct sv key;
    struct sv value;
};

struct pipeline_def {
    struct sv name;
    struct sv arn;
    struct sv type;
    enum pipeline_mode mode;
    int64_t version;
    int64_t created_at;
    int64_t updated_at;
    const struct stage_def *stages;
    size_t stage_count;
    const struct variable_def *variables;
    size_t variable_count;
};

/* GetPipelineState: what runs or ran last. */
struct action_state {
    struct sv name;
    struct sv category; /* from the definition, when it is known */
    struct sv provider;
    enum status status;     /* WAITING for an approval in progress, NONE when it never ran */
    struct sv execution_id; /* of the action */
    struct sv summary;
    struct sv error_code;
    struct sv error_message;
    struct sv external_id; /* e.g. the CodeBuild build */
    struct sv external_url;
    struct sv updated_by;
    struct sv revision_id;
    struct sv url; /* entityUrl */
    int64_t changed_at;
    int percent;    /* -1 unknown */
    bool has_token; /* an approval token was there; the token itself is never kept */
};

struct stage_state {
    struct sv name;
    enum status status; /* as AWS says; NONE when it never ran */
    struct sv execution_id;
    enum status inbound_status; /* an execution that waits to enter; NONE for none */
    struct sv inbound_id;
    bool transition_enabled;
    struct sv disabled_reason;
    struct sv disabled_by;
    int64_t transition_changed_at;
    bool is_rollback;
    struct sv condition;        /* "BEFORE_ENTRY", "ON_SUCCESS", "ON_FAILURE": of the one that did
                                   not let it go on, or is looked at; "" = none */
    struct sv condition_status; /* AWS's word */
    struct sv condition_text;   /* the rule and its reason */
    const struct action_state *actions;
    size_t action_count;
};

struct pipeline_state {
    struct sv name;
    int64_t version;
    int64_t updated_at;
    const struct stage_state *stages;
    size_t stage_count;
};

/* One line of ListPipelineExecutions. */
struct execution {
    struct sv id;
    enum status status;
    struct sv status_summary;
    int64_t started_at;
    int64_t updated_at;
    struct sv revision;         /* of its first source */
    struct sv revision_summary; /* e.g. the commit message */
    struct sv revision_url;
    struct sv trigger; /* triggerType */
    struct sv trigger_detail;
    struct sv stop_reason;
    enum pipeline_mode mode;
    bool is_rollback;
    struct sv rollback_target;
};

/* One line of ListActionExecutions. */
struct action_run {
    struct sv execution_id; /* of the pipeline */
    struct sv stage;
    struct action_state action;
    int64_t started_at;
};

/* The status words of actions and stages, after their rules:
 * - an Approval action that is InProgress is WAITING (its category says so, or its token);
 * - a stage InProgress in which an action waits, and nothing else runs, is WAITING. */
enum status action_status(enum status aws, struct sv category, bool has_token);
enum status stage_status(const struct stage_state *stage);
int64_t stage_changed_at(const struct stage_state *stage); /* the latest of its actions */
/* Did its condition fail the stage? */
bool stage_is_held(const struct stage_state *stage);
/* "ON_SUCCESS failed: Reconciled: the counts differ"; nothing without a condition. */
enum err_code stage_condition_write(const struct stage_state *stage, struct sb *out,
                                    struct err *err) MUST_CHECK;

/* The one word for a whole pipeline: the latest execution's status, WAITING if it is in progress
 * and one of its stages waits; without an execution, what its stages say. */
enum status pipeline_status(const struct execution *latest, const struct pipeline_state *state);

/* In PARALLEL mode GetPipelineState tells little, so stages are built from one execution's action
 * runs, in the order of the definition. *out lives in the arena-like storage the caller gives:
 * stages[def->stage_count] and actions[number of def's actions]. Of several runs of one action the
 * latest counts. */
void state_from_runs(const struct pipeline_def *def, struct sv execution_id,
                     const struct action_run *runs, size_t run_count, struct stage_state *stages,
                     struct action_state *actions, struct pipeline_state *out);

/* A hash of everything a person could see in it: equal hashes mean nothing to write. An action's
 * category and provider count with definition and run only: a state reply does not have them. */
uint64_t pipeline_def_hash(const struct pipeline_def *def);
uint64_t pipeline_state_hash(const struct pipeline_state *state);
uint64_t execution_hash(const struct execution *execution);
uint64_t action_run_hash(const struct action_run *run);

#endif
