/* S3, path style: buckets with versions, objects, and what CloudFormation makes of them. */
#ifndef PENSTOCK_SANDBOX_S3_H
#define PENSTOCK_SANDBOX_S3_H

#include "core/sandbox/service.h"

/* "GetObject": what method, path and query ask for; empty when S3 has no such thing. */
struct sv s3_operation(const struct request *request);
/* A signed request in REST form: method, path /BUCKET/KEY, query and headers. */
enum err_code s3_answer(struct service *s, struct request *request, struct reply *reply,
                        struct err *err) MUST_CHECK;

/* For the other services: an object's bytes by URL in any of the forms that a TemplateURL has, the
 * sandbox's own and amazonaws.com's. ERR_NOT_FOUND with AWS's sentence. */
enum err_code s3_read_url(struct service *s, struct sv url, struct sb *out,
                          struct err *err) MUST_CHECK;

#endif
