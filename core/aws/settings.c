#include "core/aws/settings.h"

#include <limits.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/base/crypto.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/proc.h"

enum { ATTEMPTS_DEFAULT = 3, ATTEMPTS_MAX = 100, APP_ID_MAX = 50 };

/* Also finds what is set but empty, which still counts where paths are expanded. */
static const char *env_find(const struct aws_env *env, const char *name)
{
    size_t len = strlen(name);

    if (env == NULL || env->vars == NULL)
        return getenv(name);
    for (const char *const *var = env->vars; *var != NULL; var++) {
        if (strncmp(*var, name, len) == 0 && (*var)[len] == '=')
            return *var + len + 1;
    }
    return NULL;
}

const char *aws_env_get(const struct aws_env *env, const char *name)
{
    const char *value = env_find(env, name);

    return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *look_up(const void *env, const char *name)
{
    return env_find(env, name);
}

static enum err_code load_ini(const char *path, struct ini *out, struct err *err)
{
    struct stat st;
    struct sb text;
    enum err_code rc;

    /* What is no regular file counts as missing, as it does for the CLI: /dev/null is often given.
     */
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return ERR_OK;
    if (st.st_size > INI_SIZE_MAX)
        return err_set(err, ERR_CONFIG, "%s is larger than 1 MiB", path);
    sb_init(&text, INI_SIZE_MAX);
    rc = file_read(path, INI_SIZE_MAX, &text, err);
    if (rc == ERR_OK)
        rc = ini_parse(sb_sv(&text), path, out, err);
    else if (rc == ERR_FAILED)
        rc = err_set(err, ERR_CONFIG, "%s cannot be read; see its owner and mode", path);
    if (text.ptr != NULL)
        crypto_wipe(text.ptr, text.size);
    sb_release(&text);
    return rc;
}

static enum err_code load_file(const struct aws_env *env, const char *variable,
                               const char *otherwise, char **path, struct ini *out, struct err *err)
{
    CLEANUP(sb_release) struct sb expanded;
    const char *named = aws_env_get(env, variable);
    const char *text = named == NULL ? otherwise : named;
    enum err_code rc;
    bool is_known;

    sb_init(&expanded, PATH_MAX);
    rc = file_expand_with(text, look_up, env, &expanded, NULL);
    if (rc && rc != ERR_NOT_FOUND)
        return err_set(err, rc, "%s does not make a usable path", variable);
    /* Without HOME there is no file, whatever a folder called "~" here may hold. */
    is_known = rc == ERR_OK;
    *path = mem_dup(is_known ? sb_cstr(&expanded) : text);
    if (*path == NULL)
        return mem_err(err);
    return is_known ? load_ini(*path, out, err) : ERR_OK;
}

enum err_code aws_files_load(const struct aws_env *env, struct aws_files *out, struct err *err)
{
    struct aws_files files = {0};
    enum err_code rc =
        load_file(env, "AWS_CONFIG_FILE", "~/.aws/config", &files.config_path, &files.config, err);

    if (rc == ERR_OK)
        rc = load_file(env, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials",
                       &files.credentials_path, &files.credentials, err);
    if (rc)
        aws_files_release(&files);
    else
        *out = files;
    return rc;
}

void aws_files_release(struct aws_files *files)
{
    ini_release(&files->config);
    ini_release(&files->credentials);
    mem_free(files->config_path);
    mem_free(files->credentials_path);
    *files = (struct aws_files){0};
}

static bool has_quotes(const char *text)
{
    return strpbrk(text, "'\"\\") != NULL;
}

/* True when a section's name is two words as a shell splits them and the second is name. The first
 * need only begin with the kind, which is how the CLI looks. */
static bool names(const char *section, const char *kind, const char *name)
{
    struct arena arena;
    char **words;
    bool is_it;

    if (strncmp(section, kind, strlen(kind)) != 0)
        return false;
    if (!has_quotes(section)) {
        const char *blanks = " \t\r\n";
        const char *second = section + strcspn(section, blanks);
        size_t len;

        second += strspn(second, blanks);
        len = strcspn(second, blanks);
        return len == strlen(name) && len > 0 && memcmp(second, name, len) == 0 &&
               second[len + strspn(second + len, blanks)] == '\0';
    }
    arena_init(&arena, 64 * 1024);
    is_it = proc_split(sv_of(section), &arena, &words, NULL) == ERR_OK && words[1] != NULL &&
            words[2] == NULL && strcmp(words[1], name) == 0;
    arena_release(&arena);
    return is_it;
}

/* The last that fits, because a later one replaces an earlier one as a whole. */
static const struct ini_section *named_section(const struct ini *ini, const char *kind,
                                               const char *name)
{
    bool is_default = strcmp(kind, "profile") == 0 && strcmp(name, "default") == 0;

    for (size_t i = ini->section_count; i > 0; i--) {
        const struct ini_section *s = &ini->sections[i - 1];

        if (names(s->name, kind, name) || (is_default && strcmp(s->name, "default") == 0))
            return s;
    }
    return NULL;
}

const char *aws_config_get(const struct aws_files *files, const char *profile, const char *key)
{
    return ini_get(named_section(&files->config, "profile", profile), key);
}

const char *aws_credentials_get(const struct aws_files *files, const char *profile, const char *key)
{
    return ini_get(ini_section(&files->credentials, profile), key);
}

const char *aws_profile_get(const struct aws_files *files, const char *profile, const char *key)
{
    const char *value = aws_credentials_get(files, profile, key);

    return value != NULL ? value : aws_config_get(files, profile, key);
}

bool aws_profile_exists(const struct aws_files *files, const char *profile)
{
    return ini_section(&files->credentials, profile) != NULL ||
           named_section(&files->config, "profile", profile) != NULL;
}

/* The first that is not empty: option, variables, the profile's key; NULL when none is. */
static const char *first_of(const struct aws_settings *s, const char *variable, const char *second,
                            const char *key)
{
    const char *value = aws_env_get(s->env, variable);

    if (value == NULL && second != NULL)
        value = aws_env_get(s->env, second);
    if (value == NULL)
        value = aws_profile_get(s->files, s->profile, key);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static enum err_code keep(char **to, struct sv option, const char *value, struct err *err)
{
    if (option.len == 0)
        option = sv_of(value == NULL ? "" : value);
    *to = mem_alloc(option.len + 1);
    if (*to == NULL)
        return mem_err(err);
    if (option.len > 0)
        memcpy(*to, option.ptr, option.len);
    return ERR_OK;
}

static enum err_code choose_profile(struct aws_settings *s, struct sv option, struct err *err)
{
    const char *name = aws_env_get(s->env, "AWS_PROFILE");
    enum err_code rc;
    bool must_exist;

    if (name == NULL)
        name = aws_env_get(s->env, "AWS_DEFAULT_PROFILE");
    must_exist = option.len > 0 || name != NULL;
    s->is_profile_explicit = option.len > 0;
    rc = keep(&s->profile, option, name == NULL ? "default" : name, err);
    if (rc)
        return rc;
    if (must_exist && !aws_profile_exists(s->files, s->profile))
        return err_set(err, ERR_AUTH,
                       "there is no profile \"%s\" in %s or %s; "
                       "\"aws configure list-profiles\" lists those there are",
                       s->profile, s->files->config_path, s->files->credentials_path);
    return ERR_OK;
}

bool aws_settings_switch(const struct aws_env *env, const struct aws_files *files,
                         const char *profile, const char *variable, const char *key)
{
    const char *value = aws_env_get(env, variable);

    if (value == NULL)
        value = aws_profile_get(files, profile, key);
    return value != NULL && strcasecmp(value, "true") == 0;
}

static bool is_on(const struct aws_settings *s, const char *variable, const char *key)
{
    return aws_settings_switch(s->env, s->files, s->profile, variable, key);
}

static enum err_code choose_attempts(struct aws_settings *s, struct err *err)
{
    const char *value = first_of(s, "AWS_MAX_ATTEMPTS", NULL, "max_attempts");
    int64_t number;

    s->max_attempts = ATTEMPTS_DEFAULT;
    if (value == NULL)
        return ERR_OK;
    if (!sv_to_int(sv_trim(sv_of(value)), &number) || number < 1 || number > ATTEMPTS_MAX)
        return err_set(err, ERR_CONFIG, "%s must be a number from 1 to %d, not \"%s\"",
                       aws_env_get(s->env, "AWS_MAX_ATTEMPTS") != NULL ? "AWS_MAX_ATTEMPTS"
                                                                       : "max_attempts",
                       ATTEMPTS_MAX, value);
    s->max_attempts = (int)number;
    return ERR_OK;
}

/* It becomes part of a header, so only what a token may hold. */
static enum err_code choose_app_id(struct aws_settings *s, struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "!#$%&'*+-.^_`|~";
    const char *value = first_of(s, "AWS_SDK_UA_APP_ID", NULL, "sdk_ua_app_id");

    if (value != NULL && (strlen(value) > APP_ID_MAX || value[strspn(value, allowed)] != '\0')) {
        log_info("the application id is not sent: it is too long or has other than token letters");
        value = NULL;
    }
    return keep(&s->app_id, SV_NONE, value, err);
}

static const struct ini_section *services_section(const struct aws_settings *s, const char **name)
{
    *name = aws_profile_get(s->files, s->profile, "services");
    return *name == NULL ? NULL : named_section(&s->files->config, "services", *name);
}

static enum err_code check_services(const struct aws_settings *s, struct err *err)
{
    const char *name;

    if (services_section(s, &name) == NULL && name != NULL)
        return err_set(err, ERR_CONFIG,
                       "profile \"%s\" names services \"%s\", but %s has no [services %s]",
                       s->profile, name, s->files->config_path, name);
    return ERR_OK;
}

static enum err_code resolve(struct aws_settings *s, const struct aws_options *o, struct err *err)
{
    const char *ca;
    enum err_code rc = choose_profile(s, o->profile, err);

    if (rc)
        return rc;
    s->use_fips = is_on(s, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    s->use_dualstack = is_on(s, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    s->ignore_configured_endpoints =
        is_on(s, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
    ca = first_of(s, "AWS_CA_BUNDLE", NULL, "ca_bundle");
    if (ca == NULL)
        ca = aws_env_get(s->env, "REQUESTS_CA_BUNDLE");
    rc =
        keep(&s->region, o->region, first_of(s, "AWS_REGION", "AWS_DEFAULT_REGION", "region"), err);
    if (rc == ERR_OK)
        rc = keep(&s->ca_bundle, o->ca_bundle, ca, err);
    if (rc == ERR_OK)
        rc = keep(&s->option_endpoint_url, o->endpoint_url, NULL, err);
    if (rc == ERR_OK)
        rc = choose_app_id(s, err);
    if (rc == ERR_OK)
        rc = choose_attempts(s, err);
    return rc ? rc : check_services(s, err);
}

enum err_code aws_settings_resolve(const struct aws_env *env, const struct aws_files *files,
                                   const struct aws_options *options, struct aws_settings *out,
                                   struct err *err)
{
    struct aws_settings settings = {.env = env, .files = files};
    enum err_code rc = resolve(&settings, options, err);

    if (rc)
        aws_settings_release(&settings);
    else
        *out = settings;
    return rc;
}

void aws_settings_release(struct aws_settings *s)
{
    mem_free(s->profile);
    mem_free(s->region);
    mem_free(s->ca_bundle);
    mem_free(s->option_endpoint_url);
    mem_free(s->app_id);
    *s = (struct aws_settings){0};
}

static const char *endpoint_of_environment(const struct aws_settings *s, const char *service_id)
{
    char name[128];
    const char *value;

    snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", service_id);
    for (char *c = name; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    value = aws_env_get(s->env, name);
    return value != NULL ? value : aws_env_get(s->env, "AWS_ENDPOINT_URL");
}

const char *aws_settings_endpoint_url(const struct aws_settings *s, const char *service_id)
{
    const struct ini_section *services;
    const char *services_name;
    const char *value;

    if (s->option_endpoint_url[0] != '\0')
        return s->option_endpoint_url;
    if (s->ignore_configured_endpoints)
        return "";
    value = endpoint_of_environment(s, service_id);
    if (value != NULL)
        return value;
    services = services_section(s, &services_name);
    value = ini_get_nested(services, service_id, "endpoint_url");
    if (value == NULL || value[0] == '\0')
        value = aws_profile_get(s->files, s->profile, "endpoint_url");
    return value == NULL ? "" : value;
}
