/* Contexts: the (profile, region) pairs that are shown together in one list.
 *
 * From --context profile@region (several), else `contexts = a@r, b@r` in the [default] section of
 * $XDG_CONFIG_HOME/penstock/config, else the current profile and region of the AWS CLI's rules. */
#ifndef PENSTOCK_SYNC_CONTEXT_H
#define PENSTOCK_SYNC_CONTEXT_H

#include "core/aws/settings.h"
#include "core/net/pace.h"

struct context {
    struct sv profile; /* borrowed from the list's own copy */
    struct sv region;  /* likewise; empty when only IMDS can tell */
    char *profile_text;
    char *region_text;
    struct aws_settings settings;
    enum err_code code; /* ERR_OK, or why this one cannot be used; the others still can */
    struct err err;
};

struct context_list {
    struct aws_files files;
    struct context *items;
    size_t count;
    bool is_read_only;       /* config: read_only = true */
    int64_t log_budget_mb;   /* config: log_budget_mb; 0 = the default: see core/cache/log.h */
    struct pace_limits pace; /* config: calls_per_second and burst; where each pace starts */
};

struct context_options {
    const struct aws_env *env;
    struct aws_options aws;    /* --profile --region --endpoint-url */
    const struct sv *contexts; /* --context, as written */
    size_t context_count;
};

enum err_code context_list_load(const struct context_options *options, struct context_list *out,
                                struct err *err) MUST_CHECK;
/* Does the config say read_only now? ERR_CONFIG when it cannot be read. */
enum err_code context_read_only(const struct aws_env *env, bool *out, struct err *err) MUST_CHECK;
/* Stands for the set of profiles and regions, in any order: those who share it share a lease. */
uint64_t context_list_hash(const struct context_list *list);
void context_list_release(struct context_list *list);

#endif
