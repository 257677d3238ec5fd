/* Parameter Store's parts: what its files share. A parameter is a record "ssm.parameter" by its
 * name: Name Type Value Version LastModifiedDate(ms) LastModifiedUser Arn DataType Tier Description
 * AllowedPattern KeyId Tags; each version is one more, "ssm.history" by NAME:VERSION. */
#ifndef PENSTOCK_SANDBOX_SSM_PARTS_H
#define PENSTOCK_SANDBOX_SSM_PARTS_H

#include "core/sandbox/call.h"

enum { SSM_NAME_MAX = 1011, SSM_KEY_SIZE = 1100, SSM_VERSIONS_MAX = 100 };

/* "/a/b" of a name, an ARN, or a name with a version behind; *selector is what follows ':'. */
struct sv ssm_plain_name(struct sv given, struct sv *selector);
void ssm_history_key(struct sv name, int64_t version, char out[SSM_KEY_SIZE]);

#endif
