/* What an update changes: the Changes of a change set, from two compiled templates. */
#ifndef PENSTOCK_SANDBOX_CFN_DIFF_H
#define PENSTOCK_SANDBOX_CFN_DIFF_H

#include "core/sandbox/cfn.h"

/* [{Type, ResourceChange}] as DescribeChangeSet has them. stack: as it is (without Resources when
 * it is to be created); want: Compiled, Tags and Parameters as they are to be; template: what want
 * was compiled from, for the source of each change. The caller's. */
cJSON *cfn_diff(struct cfn *c, const cJSON *stack, const cJSON *want, const cJSON *template);
/* Has an update anything to do? A template's own Metadata alone does not count, as at AWS. */
bool cfn_differs(const cJSON *stack, const cJSON *want);

#endif
