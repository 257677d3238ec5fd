/* CloudFormation: its replies as structs, and the one request that is more than a few fields.
 * Strings and arrays live in the arena; xml is what aws_reply gives. */
#ifndef PENSTOCK_AWS_CLOUDFORMATION_H
#define PENSTOCK_AWS_CLOUDFORMATION_H

#include "core/base/xml.h"
#include "core/model/pipeline.h"

enum {
    STACK_TEMPLATE_MAX = 51200 /* bytes of a template in a request; larger ones go through S3 */
};

struct stack {
    struct sv name;
    struct sv id;
    struct sv status; /* AWS's word */
    struct sv reason;
    struct sv description;
    struct sv role_arn;
    int64_t created_at; /* ms; 0 = unknown */
    int64_t updated_at;
    bool is_protected;   /* EnableTerminationProtection */
    struct sv parent_id; /* of a nested one */
    struct sv drift;     /* AWS's word; "" = not told */
    int64_t drift_at;    /* when it was looked for last */
    struct sv *exports;  /* names under which outputs are exported */
    size_t export_count;
    struct tag *parameters;
    size_t parameter_count;
    struct tag *outputs;
    size_t output_count;
    struct tag *tags;
    size_t tag_count;
};
/* DescribeStacks and ListStacks. */
enum err_code decode_stacks(const struct xml *xml, struct arena *arena, struct stack **out,
                            size_t *count, struct err *err) MUST_CHECK;
/* SV_NONE when it has none of that name. */
struct sv stack_output(const struct stack *stack, const char *key);
struct sv stack_parameter(const struct stack *stack, const char *key);

struct stack_event {
    struct sv id;
    struct sv stack_id;
    struct sv logical;
    struct sv physical;
    struct sv type;
    struct sv status;
    struct sv reason;
    struct sv token; /* ClientRequestToken of what caused it */
    int64_t at_ms;
};
/* Newest first, as AWS gives them. */
enum err_code decode_stack_events(const struct xml *xml, struct arena *arena,
                                  struct stack_event **out, size_t *count,
                                  struct err *err) MUST_CHECK;

struct stack_resource {
    struct sv logical;
    struct sv physical;
    struct sv type;
    struct sv status;
    struct sv reason;
    struct sv metadata; /* DescribeStackResource only: JSON */
    struct sv drift;    /* AWS's word; "" = not told */
    int64_t updated_at;
};
/* ListStackResources, and DescribeStackResource as a list of one. */
enum err_code decode_stack_resources(const struct xml *xml, struct arena *arena,
                                     struct stack_resource **out, size_t *count,
                                     struct err *err) MUST_CHECK;

struct stack_change {
    struct sv action; /* Add Modify Remove Import Dynamic */
    struct sv logical;
    struct sv physical;
    struct sv type;
    struct sv replacement;   /* True False Conditional; empty unless modified */
    struct sv policy_action; /* Delete Retain Snapshot ReplaceAndDelete ...; may be empty */
    struct sv scope;         /* "Properties, Tags" */
    struct sv details;       /* "BucketName (recreated), Tags" */
};

struct change_set {
    struct sv id;
    struct sv name;
    struct sv stack_id;
    struct sv status;
    struct sv reason;
    struct sv execution_status;
    struct sv description;
    int64_t created_at;
    struct stack_change *changes; /* of this page */
    size_t change_count;
};
enum err_code decode_change_set(const struct xml *xml, struct arena *arena, struct change_set *out,
                                struct err *err) MUST_CHECK;
/* ListChangeSets: no changes. */
enum err_code decode_change_sets(const struct xml *xml, struct arena *arena,
                                 struct change_set **out, size_t *count,
                                 struct err *err) MUST_CHECK;
/* FAILED only because nothing would change. */
bool change_set_is_empty(const struct change_set *set);

/* ---- drift (cloudformation_drift.c) ---- */

struct drift_detection {
    struct sv id;
    struct sv status; /* DETECTION_IN_PROGRESS _COMPLETE _FAILED */
    struct sv reason;
    struct sv drift; /* of the stack */
    int64_t drifted; /* resources, so far */
    int64_t at_ms;
};
/* DescribeStackDriftDetectionStatus, and DetectStackDrift: the id alone. */
enum err_code decode_drift_detection(const struct xml *xml, struct arena *arena,
                                     struct drift_detection *out, struct err *err) MUST_CHECK;

struct drift_difference {
    struct sv path; /* "/Versioning/Status" */
    struct sv expected;
    struct sv actual;
    struct sv kind; /* ADD REMOVE NOT_EQUAL */
};
struct resource_drift {
    struct sv logical;
    struct sv physical;
    struct sv type;
    struct sv status; /* IN_SYNC MODIFIED DELETED NOT_CHECKED */
    int64_t at_ms;
    struct drift_difference *differences;
    size_t difference_count;
};
enum err_code decode_resource_drifts(const struct xml *xml, struct arena *arena,
                                     struct resource_drift **out, size_t *count,
                                     struct err *err) MUST_CHECK;

/* CreateChangeSet's body. Empty texts are left out. */
struct change_set_request {
    struct sv stack;
    struct sv name;
    bool is_create;          /* else UPDATE */
    bool imports_existing;   /* what has a name of its own and is there already */
    struct sv template_body; /* one of the two, or neither: the previous template */
    struct sv template_url;
    const struct tag *parameters; /* value SV_NONE = as before */
    size_t parameter_count;
    const struct tag *tags;
    size_t tag_count;
    const struct sv *capabilities;
    size_t capability_count;
    struct sv role_arn;
    struct sv token; /* ClientToken */
    struct sv description;
};
enum err_code change_set_write(const struct change_set_request *request, struct sb *body,
                               struct err *err) MUST_CHECK;

#endif
