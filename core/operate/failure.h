/* Why an execution failed, joined from where AWS keeps it: the actions that failed, CodeBuild's
 * phase and its context, the piece of the log where the error is, and the first resource of the
 * stack that failed. A document of the cache, written by failure_read, so that the page opens
 * without the network. What the execution carried is a document of its own (carried.h). */
#ifndef PENSTOCK_OPERATE_FAILURE_H
#define PENSTOCK_OPERATE_FAILURE_H

#include "core/operate/reading.h"

enum {
    FAILURE_ACTIONS_MAX = 20,
    FAILURE_READ_MAX = 3, /* actions whose build and stack are read */
    FAILURE_LINES_BEFORE = 3,
    FAILURE_LINES_MAX = 24,
    FAILURE_TEXT_MAX = 4000 /* bytes of one text */
};

struct failure_line {
    int64_t number; /* in the log, from 0 */
    int64_t at_ms;
    struct sv text; /* without escape sequences; secrets masked */
    bool is_error;
};

/* Members that are not known are empty. */
struct failed_action {
    struct sv stage;
    struct sv action; /* "": the stage's condition */
    struct sv category;
    struct sv provider;
    struct sv code;
    struct sv message;
    struct sv url;
    int64_t at;
    struct sv build;
    struct sv build_status;
    struct sv phase;
    struct sv phase_code;
    struct sv phase_reason;
    int64_t phase_seconds;
    struct failure_line *lines;
    size_t line_count;
    int64_t log_lines; /* of the whole log */
    struct sv stack;
    struct sv stack_account;
    struct sv stack_region;
    struct sv stack_status;
    struct sv resource; /* the first that failed */
    struct sv resource_type;
    struct sv resource_status;
    struct sv resource_reason;
    int64_t resource_at;
    struct sv note; /* what could not be read, and why */
};

struct failure {
    struct sv execution_id;
    struct sv summary; /* AWS's, of the execution */
    int64_t started_at;
    int64_t updated_at;
    struct failed_action *actions; /* the latest first */
    size_t action_count;
    struct sv note;
};

/* what->id and what->execution_id, "" = the latest execution, or else the latest that failed. Into
 * the cache. ERR_NOT_FOUND when it has not failed. */
reading_fn failure_read;

/* From the cache; the execution as above. ERR_NOT_FOUND when it was not read yet. Text in the
 * arena. */
enum err_code failure_get(struct cache *cache, const struct operand *what, struct arena *arena,
                          struct failure *out, int64_t *read_at, struct err *err) MUST_CHECK;
/* Is it there? For whoever reads ahead. */
bool failure_is_kept(struct cache *cache, const struct pipeline_id *id, struct sv execution_id);
/* The execution that is meant, in the arena: what->execution_id, the latest one when it failed or
 * runs with a stage that failed, else the latest that failed. ERR_NOT_FOUND: none did. */
enum err_code failure_execution(struct cache *cache, const struct operand *what,
                                struct arena *arena, struct sv *out, struct err *err) MUST_CHECK;

/* The document, and back: members of an object. */
struct jw;
void failure_json(struct jw *w, const struct failure *failure, bool is_document);
enum err_code failure_parse(struct sv json, struct arena *arena, struct failure *out,
                            struct err *err) MUST_CHECK;

/* A change set that AWS has forgotten cannot be executed again: only all actions of the stage make
 * a new one. */
bool failure_needs_all_actions(const struct failed_action *action);

#endif
