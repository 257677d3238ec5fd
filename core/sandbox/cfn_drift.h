/* Drift: what was found when somebody last asked whether a stack's resources are as it made them.
 * "cfn.drift" by the stack's UUID:
 *   StackId Id At(ms) Done(ms) Status Count
 *   Resources {LOGICAL: {Status At Expected Actual Differences}}   texts, and a list as AWS has it
 */
#ifndef PENSTOCK_SANDBOX_CFN_DRIFT_H
#define PENSTOCK_SANDBOX_CFN_DRIFT_H

#include "core/sandbox/cfn_records.h"

/* NULL when nobody asked, the detection still goes on, or there is no stack. The caller's. */
cJSON *drift_load(struct cfn *c, const cJSON *stack);

#endif
