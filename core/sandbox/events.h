/* EventBridge: the operations that the sandbox knows, a row each. There is one bus, the default. */
#ifndef PENSTOCK_SANDBOX_EVENTS_H
#define PENSTOCK_SANDBOX_EVENTS_H

#include "core/base/json.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define EVENTS_CALLS(X) \
    X("events", "PutRule",               events_put_rule)           \
    X("events", "DescribeRule",          events_describe_rule)      \
    X("events", "DeleteRule",            events_delete_rule)        \
    X("events", "ListRules",             events_list_rules)         \
    X("events", "ListRuleNamesByTarget", events_list_by_target)     \
    X("events", "EnableRule",            events_enable_rule)        \
    X("events", "DisableRule",           events_disable_rule)       \
    X("events", "PutTargets",            events_put_targets)        \
    X("events", "RemoveTargets",         events_remove_targets)     \
    X("events", "ListTargetsByRule",     events_list_targets)       \
    X("events", "TagResource",           events_tag)                \
    X("events", "UntagResource",         events_untag)              \
    X("events", "ListTagsForResource",   events_list_tags)          \
    X("events", "TestEventPattern",      events_test_pattern)       \
    X("events", "PutEvents",             events_put_events)
/*       kind                function: what happens later */
#define EVENTS_LATER(X) \
    X("events.reference", events_tell_reference)
/* clang-format on */

/* A branch was made, moved or deleted: who listens is started, a moment later as at AWS. */
struct events_reference {
    struct sv account;
    struct sv region;
    struct sv repository;
    struct sv branch;
    struct sv commit;     /* empty: it is deleted */
    struct sv old_commit; /* empty: it is new */
};
enum err_code events_reference_changed(struct service *s, const struct events_reference *reference,
                                       struct err *err) MUST_CHECK;

/* An event is on the default bus: it goes to the targets of each enabled rule that it matches. */
struct events_event {
    struct sv account;
    struct sv region;
    const cJSON *event;
};
enum err_code events_deliver(struct service *s, const struct events_event *event,
                             struct err *err) MUST_CHECK;

#endif
