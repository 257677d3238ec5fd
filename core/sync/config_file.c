#include "core/sync/config_file.h"

#include "core/base/file.h"
#include "core/base/user.h"

enum { CONFIG_CAP = 256 * 1024, HOME_SIZE = 4096 };

/* From the given environment; where that names no home, as in a unit of systemd, from the host's
 * list of users. Empty when nothing does. */
static enum err_code find(const struct aws_env *env, struct sb *path, struct err *err)
{
    const char *xdg = aws_env_get(env, "XDG_CONFIG_HOME");
    const char *home = aws_env_get(env, "HOME");
    char listed[HOME_SIZE];

    if (xdg != NULL && xdg[0] == '/')
        return sb_addf(path, err, "%s/penstock/config", xdg);
    if (home != NULL && home[0] == '/')
        return sb_addf(path, err, "%s/.config/penstock/config", home);
    /* A test's environment is all there is. */
    if ((env == NULL || env->vars == NULL) && user_home(listed, sizeof listed))
        return sb_addf(path, err, "%s/.config/penstock/config", listed);
    return ERR_OK;
}

enum err_code config_file_read(const struct aws_env *env, struct sb *path, struct ini *ini,
                               struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    struct err missing = {0};
    enum err_code rc = find(env, path, err);

    sb_init(&text, CONFIG_CAP);
    if (rc || path->len == 0)
        return rc;
    rc = file_read(sb_cstr(path), CONFIG_CAP, &text, &missing);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(err, rc == ERR_LIMIT ? rc : ERR_CONFIG, "%s", missing.text);
    return ini_parse(sb_sv(&text), sb_cstr(path), ini, err);
}
