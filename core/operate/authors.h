/* Authors of what an approval lets through, for four eyes. */
#ifndef PENSTOCK_OPERATE_AUTHORS_H
#define PENSTOCK_OPERATE_AUTHORS_H

#include "core/operate/carried.h"
#include "core/operate/turn.h"

/* Does the config want four eyes for this turn? */
enum err_code authors_wanted(const struct turn *t, bool *is_wanted, struct err *err) MUST_CHECK;
/* Puts into the turn whose commits they are, and as its hint what cannot be told where four eyes
 * are wanted. carried: NULL when it is not known. why: the reason, or why it could not be read
 * again and may be another by now. */
enum err_code authors_see(struct turn *t, const struct carried *carried, const struct err *why,
                          struct err *err) MUST_CHECK;
/* As the cache knows it, without a plan: why four eyes refuse this caller the approval in this
 * stage of what the execution carries. "" = they do not, or it is not known; then the plan tells.
 */
void authors_refuse(struct cache *cache, const struct aws_env *env, const struct pipeline_id *id,
                    struct sv stage, struct sv execution, struct sv caller,
                    char out[GUARD_TEXT_MAX]);

#endif
