/* Rolling a stage back: what it can be rolled back to. */
#ifndef PENSTOCK_OPERATE_ROLLBACK_H
#define PENSTOCK_OPERATE_ROLLBACK_H

#include "core/operate/pipe.h"
#include "core/operate/reading.h"

enum { CANDIDATES_MAX = 100 };

/* An execution that succeeded in the stage and can be gone back to. */
struct candidate {
    struct sv execution_id;
    int64_t started_at;
    struct sv revision; /* of its first source */
    struct sv summary;  /* the commit's message, first line */
    struct sv author;   /* where the commit is known; else "" */
    struct sv url;
    bool is_now; /* the stage runs it */
};

/* what->id and what->stage: the candidates into the cache, newest first, with their commits where
 * CodeCommit has them. */
reading_fn rollback_candidates;
/* What was read; ERR_NOT_FOUND when it was not. Text in the arena. refusal: why the stage cannot be
 * rolled back at all; "" = it can. */
struct candidate_list {
    struct candidate *items;
    size_t count;
    struct sv refusal;
};
enum err_code rollback_candidates_get(struct cache *cache, const struct pipeline_id *id,
                                      struct sv stage, struct arena *arena,
                                      struct candidate_list *out, int64_t *read_at,
                                      struct err *err) MUST_CHECK;

/* ---- inside: the same in a turn, without the authors ---- */

struct rollback_found {
    struct candidate_list list;
    struct sv target;                /* the execution to go back to; "" = not found */
    struct sv now;                   /* the execution that the stage ran last */
    enum status now_status;          /* of the stage with it */
    struct pipe_list *past;          /* all executions that were there */
    const struct action_def *source; /* the first one; NULL = none */
};
enum err_code rollback_look_around(struct turn *t, struct rollback_found *out,
                                   struct err *err) MUST_CHECK;

#endif
