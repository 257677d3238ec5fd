#include "core/deploy/job.h"

#include <stdarg.h>

#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"

enum { STEPS_MAX = 200, EVENT_ROOM = 64, TRIES = 3 };

const char *step_state_word(enum step_state s)
{
    static const char *const words[] = {
        [STEP_AHEAD] = "ahead",           [STEP_RUNS] = "runs",     [STEP_DONE] = "done",
        [STEP_WAS_DONE] = "done already", [STEP_FAILED] = "FAILED", [STEP_WAITS] = "waits",
    };

    return words[s];
}

void job_init(struct job *job, const char *title)
{
    *job = (struct job){0};
    (void)snprintf(job->title, sizeof job->title, "%s", title);
}

void job_release(struct job *job)
{
    task_cancel(job->task);
    mem_free(job->steps);
    mem_free(job->events);
    *job = (struct job){0};
}

enum err_code job_add_step(struct job *job, job_step_fn *run, void *owner, struct err *err,
                           const char *fmt, ...)
{
    struct job_step *steps;
    va_list args;

    if (job->step_count == STEPS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d steps", STEPS_MAX);
    steps = mem_resize(job->steps, job->step_count + 1, sizeof *steps);
    if (steps == NULL)
        return mem_err(err);
    job->steps = steps;
    steps[job->step_count] = (struct job_step){.run = run, .owner = owner};
    va_start(args, fmt);
    (void)vsnprintf(steps[job->step_count].title, sizeof steps->title, fmt, args);
    va_end(args);
    job->step_count++;
    return ERR_OK;
}

static bool is_done(const struct job_step *step)
{
    return step->state == STEP_DONE || step->state == STEP_WAS_DONE;
}

/* A reply was lost or made no sense: AWS may have done it all the same, so the step looks again. */
static bool is_undecided(enum err_code rc)
{
    return rc == ERR_NET || rc == ERR_TIMEOUT || rc == ERR_SERVER || rc == ERR_REPLY;
}

static enum err_code run_until_decided(struct job *job, struct task *task, struct err *err)
{
    const struct job_step step = job->steps[job->at];
    enum err_code rc = step.run(job, task, step.owner, err);

    for (int tries = 1; tries < TRIES && is_undecided(rc); tries++) {
        log_info("job %s: %s: looks again", job->title, step.title);
        job_note(job, "looks again, because an answer got lost");
        rc = step.run(job, task, step.owner, err);
    }
    return rc;
}

static enum err_code run_step(struct job *job, struct task *task, struct err *err)
{
    struct job_step *step = &job->steps[job->at];
    enum err_code rc;

    step->state = STEP_RUNS;
    step->began_ms = time_wall_ms();
    step->note[0] = '\0';
    job->changes++;
    log_info("job %s: %s", job->title, step->title);
    rc = run_until_decided(job, task, err);
    /* The steps may have moved: a step may add others. */
    step = &job->steps[job->at];
    step->ended_ms = time_wall_ms();
    if (rc == ERR_OK && step->state == STEP_RUNS)
        step->state = STEP_DONE;
    if (rc)
        step->state = rc == ERR_PENDING ? STEP_WAITS : STEP_FAILED;
    if (rc && err != NULL)
        (void)snprintf(step->note, sizeof step->note, "%.*s", JOB_NOTE_SIZE - 1, err->text);
    job->changes++;
    return rc;
}

static enum err_code run(struct task *task, void *owner, struct err *err)
{
    struct job *job = owner;
    enum err_code rc = ERR_OK;

    for (job->at = 0; job->at < job->step_count && !rc; job->at++) {
        if (!is_done(&job->steps[job->at]))
            rc = run_step(job, task, err);
        if (rc)
            break;
    }
    return rc;
}

static void finish(struct job *job, enum job_state state, const struct err *err)
{
    job->task = NULL;
    job->state = state;
    job->ended_ms = time_wall_ms();
    if (err != NULL)
        job->err = *err;
    job->changes++;
    log_info("job %s: ended %s", job->title, state == JOB_DONE ? "well" : job->err.text);
    if (job->done != NULL)
        job->done(job->listener, job);
}

static void on_end(void *owner, enum err_code rc, const struct err *err)
{
    finish(owner,
           rc == ERR_OK        ? JOB_DONE
           : rc == ERR_PENDING ? JOB_WAITS
                               : JOB_FAILED,
           rc ? err : NULL);
}

enum err_code job_start(struct job *job, struct net *net, struct err *err)
{
    enum err_code rc;

    rc = task_start(net, run, on_end, job, &job->task, err);
    if (rc)
        return rc;
    job->err = (struct err){0};
    job->state = JOB_RUNS;
    if (job->began_ms == 0)
        job->began_ms = time_wall_ms();
    job->ended_ms = 0;
    job->changes++;
    return ERR_OK;
}

void job_cancel(struct job *job)
{
    struct err err = {0};

    if (job->state != JOB_RUNS)
        return;
    task_cancel(job->task);
    err_set(&err, ERR_CANCELLED,
            "stopped while it was at \"%s\"; what was sent to AWS goes on there",
            job->at < job->step_count ? job->steps[job->at].title : "the end");
    finish(job, JOB_CANCELLED, &err);
}

void job_note(struct job *job, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(job->steps[job->at].note, JOB_NOTE_SIZE, fmt, args);
    va_end(args);
    job->changes++;
}

void job_was_done(struct job *job, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(job->steps[job->at].note, JOB_NOTE_SIZE, fmt, args);
    va_end(args);
    job->steps[job->at].state = STEP_WAS_DONE;
    job->changes++;
}

enum err_code job_event(struct job *job, const struct job_event *event, struct err *err)
{
    struct job_event *events = job->events;

    if (job->event_count == JOB_EVENTS_MAX) {
        job->events_left_out++;
        job->changes++;
        return ERR_OK;
    }
    if (job->event_count == job->event_room) {
        events = mem_resize(events, job->event_room + EVENT_ROOM, sizeof *events);
        if (events == NULL)
            return mem_err(err);
        job->events = events;
        job->event_room += EVENT_ROOM;
    }
    events[job->event_count] = *event;
    events[job->event_count++].step = (int)job->at;
    job->changes++;
    return ERR_OK;
}
