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
    bool is_protected; /* EnableTerminationProtection */
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
    struct stack_change *changes; /* of this page */
    size_t change_count;
};
enum err_code decode_change_set(const struct xml *xml, struct arena *arena, struct change_set *out,
                                struct err *err) MUST_CHECK;
/* FAILED only because nothing would change. */
bool change_set_is_empty(const struct change_set *set);

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
