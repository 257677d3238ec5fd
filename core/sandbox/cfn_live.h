/* What is really there of a stack's resource, by the records that its service keeps.
 *
 * A stack that comes to rest notes it (Live, in its entry); drift is what differs from that. So
 * whoever changes the thing through the service itself is found out, whatever shape a property has
 * in the template. */
#ifndef PENSTOCK_SANDBOX_CFN_LIVE_H
#define PENSTOCK_SANDBOX_CFN_LIVE_H

#include "core/sandbox/cfn.h"

/* By property, as far as drift is looked for; NULL in *out when it is gone. False: drift of that
 * type is not detected here. *out is the caller's. */
bool live_read(struct cfn *c, const cJSON *entry, cJSON **out);
/* Each entry's Live. */
void live_note(struct cfn *c, cJSON *resources);

#endif
