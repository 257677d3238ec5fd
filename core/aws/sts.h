/* STS: what its replies hold. */
#ifndef PENSTOCK_AWS_STS_H
#define PENSTOCK_AWS_STS_H

#include "core/aws/cred.h"
#include "core/base/xml.h"

struct caller {
    struct sv account;
    struct sv arn;
    struct sv user_id;
};

/* xml is what aws_reply gives; strings are borrowed from it. */
enum err_code decode_caller(const struct xml *xml, struct caller *out, struct err *err) MUST_CHECK;
/* The Credentials element of AssumeRole's and AssumeRoleWithWebIdentity's replies. account is taken
 * from the assumed role's ARN. */
enum err_code decode_credentials(const struct xml *xml, const char *provider, struct cred *out,
                                 struct err *err) MUST_CHECK;

#endif
