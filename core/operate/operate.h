/* Operations: what is done to a pipeline that is there. Each is a row of functions; this file
 * looks, plans, re-reads, sends and tells for all of them, one target or many.
 *
 * A plan looks at each target and says what would happen. Just before a target's write it is looked
 * at again, and refused when its state is not what the plan showed. A write whose outcome is
 * unknown, also because it was cancelled on its way, is looked up, never sent again blindly: run
 * again it goes on with the look-up. Where AWS takes a token, the same request goes again with the
 * same token instead, which AWS carries out once however often it comes: no blind resend, and no
 * guess about whose work is seen. CodeBuild keeps a token for five minutes, and CodePipeline does
 * not say how long: later than OPERATE_TOKEN_MS it is looked up as well. Inside a task; texts of a
 * turn are its arena's. */
#ifndef PENSTOCK_OPERATE_OPERATE_H
#define PENSTOCK_OPERATE_OPERATE_H

#include "core/deploy/ask.h"
#include "core/deploy/job.h"
#include "core/deploy/plan.h"
#include "core/operate/guard.h"

enum {
    OPERANDS_MAX = 20,     /* targets at once: AWS throttles more starts than that */
    OPERATE_PACE_MS = 250, /* between two targets' writes */
    OPERATE_TOKEN_MS = 4 * 60000,
    COMMENT_MAX = 512,
    PAIRS_MAX = 50
};

/* What is worked on, or read for a page: one target. Members that do not matter are empty. */
struct operand {
    struct pipeline_id id; /* the CodePipeline's; of a stack or repository the place it is in */
    struct sv stage;
    struct sv action;
    struct sv execution_id;
    struct sv build;       /* CodeBuild's id */
    struct sv stack;       /* name or ARN */
    struct sv repository;  /* CodeCommit's */
    struct sv commit;      /* a branch, a commit or "" */
    struct sv path;        /* of a file or folder in it */
    struct sv environment; /* what is released to there, for the guard; "" = found by the look */
};

struct name_value {
    struct sv name;
    struct sv value;
};

struct operation_input {
    struct operand *operands;
    size_t operand_count;
    struct sv reason;    /* stop, disable, and why the guard was opened */
    struct sv comment;   /* approve, reject */
    bool is_abandon;     /* stop */
    bool is_all;         /* retry: all actions, not only the failed ones */
    struct sv condition; /* override: BEFORE_ENTRY or ON_SUCCESS; "" = the one that failed */
    struct sv branch;    /* create: its name; promote: the destination */
    struct sv from;      /* a branch or a commit */
    struct name_value *revisions; /* release: source action = revision */
    size_t revision_count;
    struct name_value *variables;
    size_t variable_count;
    struct sv *skipped; /* continue-rollback: logical ids to skip; delete-stack: to retain */
    size_t skipped_count;
};

struct operation;
struct places;

/* One target being worked on. */
struct turn {
    const struct operation *operation;
    const struct operation_input *input;
    const struct operand *operand;
    struct deploy *deploy;
    struct aws_session *session; /* of the operand's account and region */
    char caller[300];
    struct task *task;
    struct job *job;     /* for notes and events; NULL in a look */
    struct arena *arena; /* of this look */
    bool is_again; /* just before the write: what only the plan tells need not be asked again */
    /* what a look finds */
    struct sv state;    /* what the person sees of it, as one line; another one = it has changed */
    struct sv effect;   /* in words: "releases 3 commits to prod, re-runs 1 action" */
    struct sv refusal;  /* why it cannot be done as things stand; "" = it can */
    bool is_wrong;      /* ...because of what was given: another word, or one more, would do */
    struct sv hint;     /* what could be done instead: a warning of the plan */
    struct sv resource; /* the ARN that IAM judges */
    struct sv environment; /* those that it leads to, for the guard, divided by commas; "stage:X" is
                              a stage's name only */
    struct sv pipelines;   /* other than the operand's that it leads to, for the guard as well */
    struct sv way;         /* the last stage that it gets into by itself: core/operate/way.h */
    bool has_way;          /* ...which was looked for */
    bool is_placed;        /* an environment was found, and not only a stage's name */
    const struct places
        *places;        /* the known environments: core/operate/guard_place.h; NULL = unread */
    struct sv author;   /* whose commits they are, for four eyes: guard_ask's */
    bool is_settled;    /* it is so already: nothing would be sent */
    void *found;        /* the operation's own, in the arena: what send needs (a token, an id) */
    struct sv unlocked; /* "unlocked until ...: why", when only that let it through; else "" */
    /* what a send leaves */
    struct sv then;  /* what AWS's yes makes of it, told before it is sent; "" = its reply tells */
    bool is_sent;    /* AWS has done it, whatever failed afterwards */
    bool is_unknown; /* it failed, and AWS may have done it all the same: see turn_write */
    char token[36];  /* of this write, for an AWS that takes one; the same when it goes again */
    struct sv request_id;
    struct sv result;    /* in words; "" = nothing to tell but that it is done */
    struct sv execution; /* of the pipeline, that began, goes on, or is stopped; "" = none */
};

struct operation {
    const char *iam;  /* "codepipeline:StartPipelineExecution" */
    const char *verb; /* "release": for sentences */
    bool is_deletion; /* the plan says DELETES, and counts as harm */
    bool is_whole;    /* on an execution, whatever stage and action it was chosen at */
    bool is_approval; /* four eyes are asked */
    bool has_token;   /* send gives AWS the turn's token: the same again is done once */
    /* Reads AWS, never the cache. ERR_NOT_FOUND names what is not there. */
    enum err_code (*look)(struct turn *t, struct err *err);
    /* One write, through deploy_write. */
    enum err_code (*send)(struct turn *t, struct err *err);
    /* After a send whose outcome is unknown: was it done? It waits for AWS to tell if need be. */
    enum err_code (*was_done)(struct turn *t, bool *is_done, struct err *err);
    /* For a process that did not send it: what was_done needs of the look before the send, as a
     * word without a blank, and found made of that word. Without recall was_done cannot be asked
     * there. */
    enum err_code (*trace)(const struct turn *t, struct sb *out, struct err *err);
    enum err_code (*recall)(struct turn *t, struct sv trace, struct err *err);
    /* The same as a command of the AWS CLI and as penstock's own verb, one line each, quoted for a
     * POSIX shell. A token that must not be shown stands as its look-up. */
    enum err_code (*aws_line)(const struct turn *t, struct sb *out, struct err *err);
    enum err_code (*own_line)(const struct turn *t, struct sb *out, struct err *err);
};

/* clang-format off */
#define OPERATION_LIST(X) \
    X(release) X(stop) X(retry) X(rollback) X(approve) X(reject) X(enable) X(disable) X(override) \
    X(stop_build) X(retry_build) X(continue_rollback) X(delete_stack) X(create_branch) X(promote)
/* clang-format on */
#define OPERATION_DECLARE(name) extern const struct operation operation_##name;
OPERATION_LIST(OPERATION_DECLARE)
#undef OPERATION_DECLARE

struct operating {
    struct deploy *deploy;
    const struct operation *operation;
    const struct operation_input *input; /* borrowed */
    struct operated *targets;            /* inside; as the plan saw them */
    size_t count;
    size_t failed;
    int64_t written_ms;              /* monotonic: the last write, for the pace */
    char execution[64];              /* of the last turn that had one */
    char unlocked[GUARD_UNLOCK_MAX]; /* what opened it; "" = nothing had to */
    char confirm[128];               /* the word that the plan wanted typed; "" = none */
    struct arena arena;
};
void operating_release(struct operating *o); /* a zeroed one is fine */
/* What the audit wants to know of the only target: where it is, its state as the person saw it and
 * as the write left it, the request id, and the reason with what opened it. Nothing for several.
 * Texts last as long as the operating; reason is a buffer of the caller's. */
struct audit_line;
void operate_tell(const struct operating *o, struct sb *reason, struct audit_line *line);
/* What it is about, by name: "sales-prod", "sales-prod and 3 more". */
void operate_subject(const struct operation *operation, const struct operation_input *input,
                     char *out, size_t size);
/* A step per target; what stands in the way of one is a defect that names it. The operating is a
 * zeroed or released one with deploy, operation and input told. */
enum err_code operate_plan(struct task *task, struct operating *o, struct plan *plan,
                           struct err *err) MUST_CHECK;
/* Whoever wanted it done was told that there is nothing to do: what the plan found of earlier
 * writes counts, and the next plan asks no more. */
void operate_told(struct operating *o);
/* A job's step per target: its note tells the outcome with the request id. One that fails does not
 * keep the others from being tried. */
enum err_code operate_steps(struct operating *o, struct job *job, struct err *err) MUST_CHECK;

/* Has a target a write of unknown outcome? */
bool operate_is_open(const struct operating *o);
/* Looks at each such one as a plan does, and says what it found: a line each. */
struct sb;
enum err_code operate_look_back(struct operating *o, struct task *task, struct sb *out,
                                struct err *err) MUST_CHECK;

/* Bytes that a POSIX shell reads as the one word text. */
enum err_code shell_word(struct sv text, struct sb *out, struct err *err) MUST_CHECK;

#endif
