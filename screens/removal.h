/* What can be done to a pipeline that is on the list, by its logical name: the answers that begin
 * it.
 */
#ifndef PENSTOCK_SCREENS_REMOVAL_H
#define PENSTOCK_SCREENS_REMOVAL_H

#include "core/model/pipeline.h"
#include "tui/screen.h"

/* The name that penstock made it under, as its tags say; else `otherwise`. */
struct sv made_name(const struct tag *tags, size_t count, struct sv otherwise);
/* To be answered with: its definition is read from AWS, and the form opens. */
unsigned open_edit_of(struct sv name, struct answer *out);
unsigned open_removal_of(struct sv name, struct answer *out);

#endif
