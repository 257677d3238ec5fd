/* What a release is given: revisions of sources, and variables. */
#ifndef PENSTOCK_OPERATE_RELEASE_H
#define PENSTOCK_OPERATE_RELEASE_H

#include "core/operate/pipe.h"

bool release_is_source(const struct action_def *action);
const struct action_def *release_source(const struct pipeline_def *def,
                                        struct sv name); /* NULL: none is named so */
/* "COMMIT_ID"; NULL: a provider whose revision nobody can name. */
const char *release_revision_type(struct sv provider);
/* Fills the turn's refusal when the pipeline does not take what the input gives, or needs more. */
enum err_code release_check(struct turn *t, const struct pipeline_def *def,
                            struct err *err) MUST_CHECK;

#endif
