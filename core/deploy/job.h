/* A job: the steps of one confirmed plan, run one after the other on a task, seen live.
 *
 * Each step is safe to repeat: it looks first and does what is missing, so a job that was cut off
 * at any point goes on when it is run again. Whoever shows a job looks at `changes` and draws. */
#ifndef PENSTOCK_DEPLOY_JOB_H
#define PENSTOCK_DEPLOY_JOB_H

#include "core/net/task.h"

struct job;

/* owner is what the step was added with. ERR_PENDING: it cannot go on before a person did
 * something (the text says what); the job ends as WAITS and can be run again. */
typedef enum err_code job_step_fn(struct job *job, struct task *task, void *owner, struct err *err);

enum step_state { STEP_AHEAD, STEP_RUNS, STEP_DONE, STEP_WAS_DONE, STEP_FAILED, STEP_WAITS };
const char *step_state_word(enum step_state s); /* "done", "was done already", ... */

enum { JOB_TITLE_SIZE = 512, JOB_NOTE_SIZE = 400 };

struct job_step {
    char title[JOB_TITLE_SIZE];
    job_step_fn *run;
    void *owner;
    enum step_state state;
    int64_t began_ms; /* wall */
    int64_t ended_ms;
    char note[JOB_NOTE_SIZE]; /* what it does now, found, or why it failed */
};

/* What happened, for the live list: a stack's events and our own. */
struct job_event {
    int64_t at_ms; /* AWS's time, or ours */
    int step;
    char subject[200]; /* logical id, stack, branch */
    char type[100];
    char status[48]; /* AWS's word */
    char text[JOB_NOTE_SIZE];
    bool is_failure;
    bool is_progress; /* of a resource that a later event of the same subject ends */
};

enum { JOB_EVENTS_MAX = 5000 };
enum job_state { JOB_IDLE, JOB_RUNS, JOB_DONE, JOB_FAILED, JOB_WAITS, JOB_CANCELLED };

struct job {
    char title[JOB_TITLE_SIZE];
    struct job_step *steps;
    size_t step_count;
    size_t at; /* the step that runs */
    struct job_event *events;
    size_t event_count;
    size_t events_left_out;
    size_t event_room;
    enum job_state state;
    struct err err;   /* of FAILED and WAITS */
    uint64_t changes; /* goes up with everything that can be seen */
    int64_t began_ms;
    int64_t ended_ms;
    struct task *task;
    void (*done)(void *listener, struct job *job); /* from net_wait; may be NULL */
    void *listener;
};

void job_init(struct job *job, const char *title);
void job_release(struct job *job); /* ends it first; a zeroed one is fine */
enum err_code job_add_step(struct job *job, job_step_fn *run, void *owner, struct err *err,
                           const char *fmt, ...) PRINTF_LIKE(5, 6) MUST_CHECK;
/* From its first step that is not done; an ended job may be started again. */
enum err_code job_start(struct job *job, struct net *net, struct err *err) MUST_CHECK;
/* What was sent stays sent; the job says CANCELLED and which step it was in. */
void job_cancel(struct job *job);

/* For the steps. */
void job_note(struct job *job, const char *fmt, ...) PRINTF_LIKE(2, 3);
void job_was_done(struct job *job, const char *fmt, ...)
    PRINTF_LIKE(2, 3); /* nothing was missing */
enum err_code job_event(struct job *job, const struct job_event *event, struct err *err) MUST_CHECK;

#endif
