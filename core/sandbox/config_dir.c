#include "core/sandbox/config_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sandbox/accounts.h"

enum { FILE_CAP = 1 << 16 };

static enum err_code write_all(int fd, struct sv text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_FAILED;
        text = sv_drop(text, (size_t)n);
    }
    return ERR_OK;
}

enum err_code file_replace(const char *path, struct sv text, struct err *err)
{
    CLEANUP(sb_release) struct sb temporary;
    enum err_code rc;
    int fd;

    sb_init(&temporary, 4096);
    rc = sb_addf(&temporary, err, "%s.%ld", path, (long)getpid());
    if (rc)
        return rc;
    fd = open(sb_cstr(&temporary), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno));
    rc = write_all(fd, text);
    if (close(fd) != 0 || rc || rename(sb_cstr(&temporary), path) != 0) {
        (void)unlink(sb_cstr(&temporary));
        return err_set(err, ERR_FAILED, "cannot write %s: %s", path, strerror(errno));
    }
    return ERR_OK;
}

static enum err_code put_config(struct sb *out, const char *url, struct err *err)
{
    /* Whose policies deny some of it. */
    static const char *const limited[] = {"viewer", "operator"};
    enum err_code rc = ERR_OK;

    for (int a = 0; a < ACCOUNT_COUNT && !rc; a++)
        rc = sb_addf(out, err, "[profile %s]\nregion = eu-west-1\nendpoint_url = %s\n\n",
                     account_name((enum account)a), url);
    for (int a = ACCOUNT_CICD + 1; a < ACCOUNT_COUNT && !rc; a++)
        rc = sb_addf(out, err,
                     "[profile %s-admin]\nrole_arn = arn:aws:iam::%s:role/penstock-admin\n"
                     "source_profile = cicd\nregion = eu-west-1\nendpoint_url = %s\n\n",
                     account_name((enum account)a), account_number((enum account)a), url);
    for (size_t i = 0; i < ARRAY_LEN(limited) && !rc; i++)
        rc = sb_addf(out, err,
                     "[profile %s]\nrole_arn = arn:aws:iam::%s:role/penstock-%s\n"
                     "source_profile = cicd\nregion = eu-west-1\nendpoint_url = %s\n\n",
                     limited[i], account_number(ACCOUNT_CICD), limited[i], url);
    return rc;
}

static enum err_code put_credentials(struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int a = 0; a < ACCOUNT_COUNT && !rc; a++)
        rc = sb_addf(out, err, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n\n",
                     account_name((enum account)a), account_access_key((enum account)a),
                     account_secret((enum account)a));
    return rc;
}

static enum err_code write_one(const char *dir, const char *name, struct sb *text, struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    enum err_code rc;

    sb_init(&path, 4096);
    rc = sb_addf(&path, err, "%s/%s", dir, name);
    return rc ? rc : file_replace(sb_cstr(&path), sb_sv(text), err);
}

enum err_code config_dir_write(const char *dir, const char *url, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, FILE_CAP);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_FAILED, "cannot make the directory %s: %s", dir, strerror(errno));
    rc = put_config(&text, url, err);
    if (!rc)
        rc = write_one(dir, "config", &text, err);
    sb_clear(&text);
    if (!rc)
        rc = put_credentials(&text, err);
    return rc ? rc : write_one(dir, "credentials", &text, err);
}
