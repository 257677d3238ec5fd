/* What a request is about, as a policy's Resource names it: the ARNs of AWS's service authorization
 * reference, for the services that pipelines are operated through. */
#ifndef PENSTOCK_SANDBOX_IAM_RESOURCE_H
#define PENSTOCK_SANDBOX_IAM_RESOURCE_H

#include "core/sandbox/exchange.h"

enum { IAM_RESOURCE_MAX = 1200 };

/* "*" for operations of no resource, of several, or of other services. */
void iam_resource(const struct request *request, char out[IAM_RESOURCE_MAX]);

#endif
