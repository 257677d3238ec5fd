/* Made pipelines: from a declaration to the world, and back after a restart.
 *
 * The declaration is the record "codepipeline.pipeline"; earlier versions of it, tags, and seeded
 * pipelines that were deleted are records too. The world has them all at hand as C structs. */
#ifndef PENSTOCK_SANDBOX_PIPELINES_MADE_H
#define PENSTOCK_SANDBOX_PIPELINES_MADE_H

#include "core/sandbox/records.h"
#include "core/sandbox/world.h"

struct service;

/* The declaration is good (pipelines_check.h); it is taken, whatever comes of it. */
enum err_code made_create(struct service *s, struct place *place, cJSON *definition,
                          struct pipe **out, struct err *err) MUST_CHECK;
/* What is on its way is cancelled. A seeded pipeline becomes a made one. */
enum err_code made_update(struct service *s, struct pipe *p, cJSON *definition,
                          struct err *err) MUST_CHECK;
enum err_code made_remove(struct service *s, struct pipe *p, struct err *err) MUST_CHECK;
/* tags: [{"Key","Value"}], all of them. */
enum err_code made_tag(struct service *s, struct pipe *p, const cJSON *tags,
                       struct err *err) MUST_CHECK;

/* NULL: a seed made that version. */
const cJSON *made_definition(const struct pipe *p, int version);

/* After the seed's definitions and before their runs. */
enum err_code made_restore(struct records *records, struct world *w, struct err *err) MUST_CHECK;

#endif
