/* What EventBridge's operations share: a rule is one record, its targets and tags in it. */
#ifndef PENSTOCK_SANDBOX_EVENTS_RULE_H
#define PENSTOCK_SANDBOX_EVENTS_RULE_H

#include "core/sandbox/call.h"

#define RULE_KIND "events.rule"

enum { RULES_MOST = 300, TARGETS_MOST = 5, EVENTS_PAGE = 100, EVENTS_ARN_MAX = 256 };

bool rule_check(struct call *c, bool had_memory); /* else the call has failed */
/* A rule's name by that member, on the default bus; SV_NONE: the call has failed. */
struct sv rule_name(struct call *c, const char *member);
/* The rule; NULL and a failed call when it is not there. */
cJSON *rule_of(struct call *c, struct sv name);
void rule_arn(struct sv account, struct sv region, struct sv name, char out[EVENTS_ARN_MAX]);

/* Pages of anything: elements from NextToken on, at most Limit of them, go into the output's list;
 * the list is taken. */
void rule_page(struct call *c, const char *name, cJSON *all);

#endif
