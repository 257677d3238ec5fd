/* A build's log: which one is meant, and reading it into the cache (core/cache/log.h) by exact
 * token paging, so that no line is missed or doubled however fast it grows.
 *
 * The task functions work inside a task. */
#ifndef PENSTOCK_OPERATE_LOG_H
#define PENSTOCK_OPERATE_LOG_H

#include "core/cache/log_reader.h"
#include "core/operate/reading.h"

/* ---- which one ---- */

/* The action whose log is meant. Texts in the arena. */
struct log_choice {
    struct sv stage;
    struct sv action;
    struct sv execution_id; /* the pipeline's */
    struct sv category;
    struct sv provider;
    struct sv build; /* CodeBuild's id; "" = this action has no log of that kind */
    struct sv region;
    struct sv summary; /* what AWS says of it: of an approval or a stack that is all there is */
    struct sv url;
    enum status status;
    int64_t changed_at;
};
/* From the cache: of the execution, else the latest one; of the stage and the action when they are
 * given, any case. Where that leaves several, an action that failed comes first, then one that
 * runs, then the latest, and those with a log before the others. ERR_NOT_FOUND says what there is.
 */
enum err_code log_choose(struct cache *cache, const struct operand *what, bool wants_running,
                         struct arena *arena, struct log_choice *out, struct err *err) MUST_CHECK;
/* Why an action has no log, as one sentence: "Approve is an approval: ...". */
enum err_code log_instead(const struct log_choice *choice, struct sb *out,
                          struct err *err) MUST_CHECK;

/* ---- what in it matters ---- */

/* The line to begin with when a build failed: the first error of the command that made it fail, or
 * CodeBuild's own line; -1 when nothing in it looks like one. Only the last some thousand lines are
 * looked at. */
enum err_code log_find_error(struct log_reader *reader, int64_t *out, struct err *err) MUST_CHECK;

/* ---- reading it ---- */

struct log_tail;
/* There may be other lines, or another outcome; after it ERR_CANCELLED ends the reading. */
typedef enum err_code log_news_fn(void *owner, const struct log_tail *tail, struct err *err);

struct log_tail {
    struct deploy *deploy; /* with a cache */
    struct pipeline_id at; /* the place; its name does not matter */
    struct sv build;
    bool is_follow;    /* on to the build's end; else to the end of what is there now */
    bool is_patient;   /* with is_follow: a network that fails is waited for */
    log_news_fn *news; /* may be NULL */
    void *owner;
    /* found */
    struct log_id id; /* group and stream are empty until the build has a log */
    char group[600];
    char stream[600];
    char outcome[24]; /* of the build, as asked last: "" = not asked */
    bool is_over;
    bool is_whole;      /* nothing more will come */
    struct err trouble; /* what is waited for to pass; "" = nothing */
    uint64_t pages;
};
/* ERR_NOT_FOUND: AWS knows no such build (any more). A build without a log is fine: nothing is kept
 * then, and outcome tells how it ended. */
enum err_code log_tail(struct task *task, struct log_tail *tail, struct err *err) MUST_CHECK;

/* what->build, else what log_choose finds: up to the end of what is there now. Nothing is asked
 * when all of it is kept already. To be repeated while the build runs. */
reading_fn log_read;
/* What is kept of the build what->build, as plain lines into the new file what->path (0600).
 * ERR_USAGE when there is such a file; behind its name " overwrite" replaces it. */
reading_fn log_save;

#endif
