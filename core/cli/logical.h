/* Logical pipelines: what a NAME means where all CodePipelines of one belong together. */
#ifndef PENSTOCK_CLI_LOGICAL_H
#define PENSTOCK_CLI_LOGICAL_H

#include "core/cli/session.h"
#include "core/views/page.h"

/* One CodePipeline of the logical pipeline that NAME is, or belongs to; asked of AWS when the cache
 * does not know it. Texts in the arena. ERR_NOT_FOUND when there is none, ERR_USAGE with the
 * choices when it is in several accounts or regions. */
enum err_code logical_find(struct session *s, const char *name, struct arena *arena,
                           struct pipeline_id *out, struct err *err) MUST_CHECK;

/* page_fn for a verb: owner is a struct sb. Cleaned lines. */
enum err_code page_to_sb(void *owner, const struct page_line *line, struct err *err) MUST_CHECK;

#endif
