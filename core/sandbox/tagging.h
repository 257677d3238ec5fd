/* Tags: what has some keeps them as "Tags": [{"Key","Value"}] beside its "Arn"; and the Resource
 * Groups Tagging API, which finds by them. */
#ifndef PENSTOCK_SANDBOX_TAGGING_H
#define PENSTOCK_SANDBOX_TAGGING_H

#include "core/base/json.h"

/* clang-format off */
/*       service  operation  function */
#define TAGGING_CALLS(X) \
    X("tagging", "GetResources", tagging_get_resources)
/*       kind     function: what happens later */
#define TAGGING_LATER(X)
/* clang-format on */

enum { TAGS_MAX = 50 };

/* The tags given, in any of AWS's ways (a list of Key and Value in upper or lower case, of TagKey
 * and TagValue, or an object), go into the record's; NULL is none. */
enum err_code tags_merge(cJSON *record, const cJSON *given, struct err *err) MUST_CHECK;
/* Those with these keys (a list of texts) go. */
void tags_drop(cJSON *record, const cJSON *keys);
/* As an object, or as a list whose members have these names. The caller's; NULL = no memory. */
cJSON *tags_object(const cJSON *record);
cJSON *tags_list(const cJSON *record, const char *key, const char *value);

#endif
