/* Which provider a profile leads to, and through which roles: the AWS CLI's order
 * (facts/aws-api.md 3.1, 3.3), decided from files and environment alone, so that it is tested
 * without any network. What is configured but broken is an error; nothing is skipped. */
#include "core/aws/cred_provider.h"

struct planner {
    const struct aws_settings *settings;
    const struct aws_files *files;
    struct cred_plan *plan;
};

static const char *get(const struct planner *p, const char *profile, const char *key)
{
    return aws_profile_get(p->files, profile, key);
}

static bool has_static_keys(const struct planner *p, const char *profile)
{
    return get(p, profile, "aws_access_key_id") != NULL ||
           get(p, profile, "aws_secret_access_key") != NULL;
}

static bool has_role(const struct planner *p, const char *profile)
{
    return get(p, profile, "role_arn") != NULL &&
           get(p, profile, "web_identity_token_file") == NULL;
}

const char *cred_web_value(const struct aws_settings *settings, const struct aws_files *files,
                           const char *profile, bool use_env, const char *key)
{
    static const char *const names[][2] = {
        {"web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE"},
        {"role_session_name", "AWS_ROLE_SESSION_NAME"},
        {"role_arn", "AWS_ROLE_ARN"},
    };

    for (size_t i = 0; use_env && i < ARRAY_LEN(names); i++) {
        const char *value =
            strcmp(names[i][0], key) == 0 ? aws_env_get(settings->env, names[i][1]) : NULL;

        if (value != NULL)
            return value;
    }
    return aws_profile_get(files, profile, key);
}

/* One sentence that says what to run, because we cannot log anybody in. */
static enum err_code not_supported(const char *profile, const char *setting, const char *login,
                                   struct err *err)
{
    return err_set(err, ERR_AUTH,
                   "profile \"%s\" uses %s, which penstock cannot use itself: run \"%s --profile "
                   "%s\", then eval \"$(aws configure export-credentials --profile %s --format "
                   "env)\" and start penstock without --profile",
                   profile, setting, login, profile, profile);
}

/* The providers that one profile may name, in their order; CRED_NONE when it names none. */
static enum err_code plan_profile(struct planner *p, const char *profile, struct err *err)
{
    struct cred_plan *plan = p->plan;
    const char *token_file =
        cred_web_value(p->settings, p->files, profile, plan->use_env, "web_identity_token_file");

    plan->profile = profile;
    plan->source = CRED_NONE;
    if (token_file != NULL && token_file[0] != '\0')
        plan->source = CRED_WEB_IDENTITY;
    else if (get(p, profile, "sso_role_name") != NULL || get(p, profile, "sso_account_id") != NULL)
        return not_supported(
            profile, get(p, profile, "sso_session") != NULL ? "sso_session" : "sso_account_id",
            "aws sso login", err);
    else if (aws_credentials_get(p->files, profile, "aws_access_key_id") != NULL)
        plan->source = CRED_SHARED_FILE;
    else if (get(p, profile, "login_session") != NULL)
        return not_supported(profile, "login_session", "aws login", err);
    else if (get(p, profile, "credential_process") != NULL)
        plan->source = CRED_PROCESS;
    else if (aws_config_get(p->files, profile, "aws_access_key_id") != NULL)
        plan->source = CRED_CONFIG_FILE;
    return ERR_OK;
}

static bool has_container(const struct planner *p)
{
    return aws_env_get(p->settings->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ||
           aws_env_get(p->settings->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL;
}

static enum err_code plan_named_source(struct planner *p, const char *profile, const char *name,
                                       struct err *err)
{
    p->plan->profile = profile;
    p->plan->must_answer = true;
    if (strcmp(name, "Ec2InstanceMetadata") == 0) {
        p->plan->source = CRED_IMDS;
    } else if (strcmp(name, "EcsContainer") == 0) {
        if (!has_container(p))
            return err_set(err, ERR_AUTH,
                           "profile \"%s\" has credential_source = EcsContainer, but neither "
                           "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
                           "AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
                           profile);
        p->plan->source = CRED_CONTAINER;
    } else if (strcmp(name, "Environment") == 0) {
        if (aws_env_get(p->settings->env, "AWS_ACCESS_KEY_ID") == NULL)
            return err_set(err, ERR_AUTH,
                           "profile \"%s\" has credential_source = Environment, but "
                           "AWS_ACCESS_KEY_ID is not set",
                           profile);
        p->plan->source = CRED_ENVIRONMENT;
    } else {
        return err_set(err, ERR_CONFIG,
                       "profile \"%s\" has credential_source = %s; it must be Environment, "
                       "Ec2InstanceMetadata or EcsContainer",
                       profile, name);
    }
    return ERR_OK;
}

/* The plan's roles are the profiles seen so far; profile is the last of them. */
static enum err_code check_source_profile(struct planner *p, const char *profile,
                                          const char *source, struct err *err)
{
    if (!aws_profile_exists(p->files, source))
        return err_set(err, ERR_CONFIG,
                       "profile \"%s\" has source_profile = %s, but there is no such profile",
                       profile, source);
    for (size_t i = 0; i < p->plan->role_count; i++) {
        bool is_own_keys = strcmp(source, profile) == 0 && has_static_keys(p, source);

        if (strcmp(p->plan->roles[i], source) == 0 && !is_own_keys)
            return err_set(err, ERR_CONFIG,
                           "the source_profile settings from profile \"%s\" on lead back to "
                           "profile \"%s\" without end",
                           p->plan->roles[0], source);
    }
    return ERR_OK;
}

static enum err_code check_role(struct planner *p, const char *profile, struct err *err)
{
    const char *source = get(p, profile, "source_profile");
    const char *named = get(p, profile, "credential_source");

    if ((source != NULL) == (named != NULL))
        return err_set(err, ERR_CONFIG,
                       "profile \"%s\" has role_arn and %s source_profile %s credential_source; "
                       "it needs exactly one",
                       profile, source != NULL ? "both" : "neither",
                       source != NULL ? "and" : "nor");
    if (get(p, profile, "mfa_serial") != NULL)
        return not_supported(profile, "mfa_serial", "aws sts get-caller-identity", err);
    if (p->plan->role_count == CRED_ROLES_MAX)
        return err_set(err, ERR_CONFIG, "more than %d roles follow each other from profile \"%s\"",
                       CRED_ROLES_MAX, p->plan->roles[0]);
    return ERR_OK;
}

static enum err_code plan_roles(struct planner *p, const char *profile, struct err *err)
{
    struct cred_plan *plan = p->plan;

    for (;;) {
        const char *source = get(p, profile, "source_profile");
        enum err_code rc = check_role(p, profile, err);

        if (rc)
            return rc;
        plan->roles[plan->role_count++] = profile;
        if (source == NULL)
            return plan_named_source(p, profile, get(p, profile, "credential_source"), err);
        rc = check_source_profile(p, profile, source, err);
        if (rc)
            return rc;
        profile = source;
        if (has_static_keys(p, profile) || !has_role(p, profile))
            break;
    }
    plan->use_env = false;
    plan->must_answer = true;
    if (plan_profile(p, profile, err))
        return ERR_AUTH;
    if (plan->source == CRED_NONE)
        return err_set(err, ERR_AUTH, "the source profile \"%s\" has no credentials", profile);
    return ERR_OK;
}

enum err_code cred_plan_make(const struct aws_settings *settings, const struct aws_files *files,
                             struct cred_plan *out, struct err *err)
{
    struct cred_plan plan = {.profile = settings->profile,
                             .use_env = !settings->is_profile_explicit};
    struct planner p = {.settings = settings, .files = files, .plan = &plan};
    enum err_code rc = ERR_OK;

    if (plan.use_env && aws_env_get(settings->env, "AWS_ACCESS_KEY_ID") != NULL)
        plan.source = CRED_ENVIRONMENT;
    else if (has_role(&p, settings->profile))
        rc = plan_roles(&p, settings->profile, err);
    else
        rc = plan_profile(&p, settings->profile, err);
    if (rc)
        return rc;
    if (plan.source == CRED_NONE)
        plan.source = has_container(&p) ? CRED_CONTAINER : CRED_IMDS;
    *out = plan;
    return ERR_OK;
}
