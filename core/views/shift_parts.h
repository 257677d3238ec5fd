/* What the shift's files share: steps of loading one. Only they include this. */
#ifndef PENSTOCK_VIEWS_SHIFT_PARTS_H
#define PENSTOCK_VIEWS_SHIFT_PARTS_H

#include "core/views/shift.h"

/* Of what fails without an error of its own: what the cache knows besides, or how it is read. */
enum err_code shift_explain(struct shift *shift, struct cache *cache, struct err *err) MUST_CHECK;

/* The releases, which came pipeline by pipeline: sorted, the latest first, and grouped. */
enum err_code shift_group_releases(struct shift *shift, struct err *err) MUST_CHECK;

#endif
