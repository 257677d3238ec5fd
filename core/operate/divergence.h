/* How far two commits of a CodeCommit repository are from each other, by walking the parents of
 * both until their paths have met: what each has that the other has not. Commits never change, so
 * each is asked once and kept as a document. Inside a task. */
#ifndef PENSTOCK_OPERATE_DIVERGENCE_H
#define PENSTOCK_OPERATE_DIVERGENCE_H

#include "core/operate/commits.h"

struct divergence {
    size_t ahead;  /* commits of the one that the other has not */
    size_t behind; /* of the other that the one has not */
    bool ahead_is_more;
    bool behind_is_more; /* ...than were walked to */
};
/* `ask`: after is the one, before the other. ERR_NOT_FOUND when one of them is not there. */
enum err_code divergence_find(const struct commits_ask *ask, struct arena *arena,
                              struct divergence *out, struct err *err) MUST_CHECK;

#endif
