/* KMS's parts: what its files share. A key is a record "kms.key" by its id, an alias "kms.alias" by
 * its name: AliasName Arn TargetKeyId CreationDate. */
#ifndef PENSTOCK_SANDBOX_KMS_PARTS_H
#define PENSTOCK_SANDBOX_KMS_PARTS_H

#include "core/sandbox/call.h"

/* By id, ARN or alias; NULL, and the call has failed. The caller's. */
cJSON *kms_asked_key(struct call *c, const char *member);

#endif
