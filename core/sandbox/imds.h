/* The instance metadata service, version 2 only: a token first, then role, credentials and place.
 *
 * Point AWS_EC2_METADATA_SERVICE_ENDPOINT at the sandbox. */
#ifndef PENSTOCK_SANDBOX_IMDS_H
#define PENSTOCK_SANDBOX_IMDS_H

#include "core/sandbox/exchange.h"

bool imds_serves(struct sv path);
enum err_code imds_answer(const struct request *request, int64_t wall_ms, struct reply *reply,
                          struct err *err) MUST_CHECK;

#endif
