/* Settings: what one profile, the environment and the command line say together.
 *
 * The AWS config and credentials files with the CLI's own grammar and precedence
 * (facts/aws-api.md 3.1, 3.2, 3.8). Reading is separate from resolving, so both are tested alone:
 * the environment is passed in, never read behind the caller's back. */
#ifndef PENSTOCK_AWS_SETTINGS_H
#define PENSTOCK_AWS_SETTINGS_H

#include "core/base/ini.h"

/* An environment to read: NULL means getenv. For tests, a NULL-terminated list "NAME=value". */
struct aws_env {
    const char *const *vars;
};
const char *aws_env_get(const struct aws_env *env, const char *name); /* NULL when unset or empty */

/* Both files, parsed. */
struct aws_files {
    struct ini config;
    struct ini credentials;
    char *config_path;
    char *credentials_path;
};

/* A missing file is empty; a malformed one is ERR_CONFIG with path and line. */
enum err_code aws_files_load(const struct aws_env *env, struct aws_files *out,
                             struct err *err) MUST_CHECK;
void aws_files_release(struct aws_files *files);

/* What the command line gave; empty = not given. */
struct aws_options {
    struct sv profile;
    struct sv region;
    struct sv endpoint_url;
    struct sv ca_bundle;
};

/* All text is owned by the settings and "" (never NULL) when unset. */
struct aws_settings {
    const struct aws_env *env;     /* borrowed */
    const struct aws_files *files; /* borrowed; cred re-reads into its own copy */
    char *profile;                 /* "default" when nobody named one */
    bool is_profile_explicit;      /* given as an option: AWS_* keys are then not used */
    char *region;                  /* "" when only IMDS could tell */
    char *ca_bundle;
    bool use_fips;
    bool use_dualstack;
    int max_attempts;          /* total; 3 by default */
    char *option_endpoint_url; /* --endpoint-url */
    bool ignore_configured_endpoints;
    char *app_id;
};

/* Unknown profile: ERR_AUTH, naming it, the files looked in and how to list profiles. */
enum err_code aws_settings_resolve(const struct aws_env *env, const struct aws_files *files,
                                   const struct aws_options *options, struct aws_settings *out,
                                   struct err *err) MUST_CHECK;
void aws_settings_release(struct aws_settings *settings);

/* A key of a profile in the merged view (credentials file over config file); NULL when absent. */
const char *aws_profile_get(const struct aws_files *files, const char *profile, const char *key);
bool aws_profile_exists(const struct aws_files *files, const char *profile);
/* The same in one file only: static keys are looked up per file. */
const char *aws_credentials_get(const struct aws_files *files, const char *profile,
                                const char *key);
const char *aws_config_get(const struct aws_files *files, const char *profile, const char *key);

/* A switch as the CLI reads it: the variable when it is set, else the profile's key; only "true" in
 * any case of letters switches on. */
bool aws_settings_switch(const struct aws_env *env, const struct aws_files *files,
                         const char *profile, const char *variable, const char *key);

/* The configured endpoint for a service id in lower case with underscores ("codepipeline", "sts"):
 * option, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, [services], profile; "" when none. */
const char *aws_settings_endpoint_url(const struct aws_settings *settings, const char *service_id);

#endif
