/* Requests of the query protocol: the form's fields, one after the other.
 *
 * A body is built piece by piece; each piece ends with '&', and the last one's is taken off before
 * it is sent. */
#ifndef PENSTOCK_AWS_QUERY_H
#define PENSTOCK_AWS_QUERY_H

#include "core/base/text.h"

/* Add "Name=value&" with the value percent-encoded; nothing when the value is empty. */
enum err_code query_add(struct sb *body, const char *name, struct sv value,
                        struct err *err) MUST_CHECK;
enum err_code query_add_bool(struct sb *body, const char *name, bool value,
                             struct err *err) MUST_CHECK;
/* Add "LIST.N.MEMBER=value&", or "LIST.N=value&" without a member, also for an empty value:
 * query_add_member(body, "Parameters.member", 1, "ParameterKey", key, err). N begins at 1. */
enum err_code query_add_member(struct sb *body, const char *list, size_t n, const char *member,
                               struct sv value, struct err *err) MUST_CHECK;

#endif
