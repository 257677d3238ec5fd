/* Reaching a place: the session that works in an account and region. A context of the person's, if
 * one works there, else the way of an environment that the CICD context keeps. Inside a task.
 *
 * The environments are read into an arena of the caller's: readings run beside each other, and the
 * deploy's own list may be read anew meanwhile. */
#ifndef PENSTOCK_OPERATE_REACH_H
#define PENSTOCK_OPERATE_REACH_H

#include "core/deploy/deploy.h"

struct environment_list {
    struct environment *items;
    size_t count;
};
/* From SSM; texts in the arena. */
enum err_code reach_environments(struct task *task, struct deploy *d, struct arena *arena,
                                 struct environment_list *out, struct err *err) MUST_CHECK;

/* caller: who we are there, of 300 bytes; NULL = nobody wants to know. environments NULL: they are
 * read if they are needed. The session is the deploy's. */
enum err_code reach_place(struct task *task, struct deploy *d,
                          const struct environment_list *environments, struct sv account,
                          struct sv region, struct aws_session **out, char *caller,
                          struct err *err) MUST_CHECK;

#endif
