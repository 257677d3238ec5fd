/* The AWS config grammar and what is resolved from it: any bytes are parsed or refused, and
 * whatever was parsed can be asked everything. The first line chooses the profile. */
#include "core/aws/settings.h"
#include "core/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void resolve(const struct aws_files *files, struct sv profile)
{
    static const char *const vars[] = {NULL};
    const struct aws_env env = {.vars = vars};
    const struct aws_options options = {.profile = profile};
    struct aws_settings settings = {0};
    struct err err = {0};

    if (aws_settings_resolve(&env, files, &options, &settings, &err) == ERR_OK) {
        (void)aws_settings_endpoint_url(&settings, "sts");
        (void)aws_profile_get(files, settings.profile, "role_arn");
    } else if (err.text[0] == '\0') {
        abort();
    }
    aws_settings_release(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "file";
    struct sv text;
    struct sv profile = sv_cut(sv_make((const char *)data, size), '\n', &text);
    struct aws_files files = {.config_path = path, .credentials_path = path};
    struct err err = {0};

    if (ini_parse(text, path, &files.config, &err) == ERR_OK) {
        resolve(&files, profile);
        resolve(&files, SV_NONE);
        ini_release(&files.config);
    } else if (err.text[0] == '\0') {
        abort();
    }
    if (ini_parse(text, path, &files.credentials, NULL) == ERR_OK) {
        resolve(&files, profile);
        ini_release(&files.credentials);
    }
    return 0;
}
