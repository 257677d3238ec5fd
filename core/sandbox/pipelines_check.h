/* Declarations of pipelines, held to AWS's rules: names, order, artifacts, roles, types. */
#ifndef PENSTOCK_SANDBOX_PIPELINES_CHECK_H
#define PENSTOCK_SANDBOX_PIPELINES_CHECK_H

#include "core/sandbox/call.h"

/* The declaration with what AWS adds by default and that version; the caller's. NULL: the call has
 * failed, with the first thing that is wrong. */
cJSON *declaration_read(struct call *c, const cJSON *given, int version);
/* False: the call has failed. tags: [{"key","value"}]. */
bool declaration_tags(struct call *c, const cJSON *tags);

/* The parts of type V2 (pipelines_check_v2.c): the first thing that is wrong fails the call. */
void declaration_check_variables(struct call *c, const cJSON *pipeline);
void declaration_check_conditions(struct call *c, const cJSON *pipeline);

#endif
