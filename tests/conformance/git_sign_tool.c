/* Signs in to git: one JSON object a line on stdin, "USER PASSWORD REGION-OF-HOST" as a line of
 * JSON on stdout. */
#include "core/aws/git_sign.h"
#include "core/base/json.h"

enum { LINE_MAX_SIZE = 64 * 1024 };

static char *text(const cJSON *json, const char *name)
{
    const cJSON *item = json_get(json, name);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static enum err_code answer(const cJSON *json, struct sb *out, struct err *err)
{
    const struct cred cred = {.access_key = text(json, "access_key"),
                              .secret_key = text(json, "secret_key"),
                              .token = text(json, "token")};
    struct git_login login;
    struct jw w;
    enum err_code rc = git_sign(&cred, json_sv(json, "region"), json_sv(json, "host"),
                                json_sv(json, "path"), json_time(json, "time"), &login, err);

    if (rc)
        return rc;
    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "user", sb_sv(&login.user));
    jw_put_sv(&w, "password", sb_sv(&login.password));
    jw_put_sv(&w, "region", git_host_region(json_sv(json, "host")));
    jw_close(&w, '}');
    git_login_release(&login);
    return jw_done(&w);
}

int main(void)
{
    static char line[LINE_MAX_SIZE];
    struct sb out = {.cap = LINE_MAX_SIZE};
    enum err_code rc = ERR_OK;
    struct err err = {0};

    while (rc == ERR_OK && fgets(line, sizeof line, stdin) != NULL) {
        cJSON *json = NULL;

        sb_clear(&out);
        rc = json_parse(sv_of(line), &json, &err);
        if (rc == ERR_OK)
            rc = answer(json, &out, &err);
        cJSON_Delete(json);
        if (rc == ERR_OK)
            puts(sb_cstr(&out));
    }
    sb_release(&out);
    if (rc)
        fprintf(stderr, "git_sign_tool: %s\n", err.text);
    return rc ? 1 : 0;
}
