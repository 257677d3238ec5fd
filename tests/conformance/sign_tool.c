/* Signs what it reads: one JSON object a line on stdin, one line of JSON on stdout. */
#include "core/aws/cred.h"
#include "core/aws/sign.h"
#include "core/base/json.h"

enum { LINE_MAX_SIZE = 256 * 1024, HEADERS_MAX = 60 };

static struct sign_keys *keys;

/* cJSON's strings are NUL-terminated, but cred wants them writable. */
static char *text(const cJSON *json, const char *name)
{
    const cJSON *item = json_get(json, name);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static size_t read_headers(const cJSON *json, struct http_header headers[HEADERS_MAX])
{
    size_t count = 0;

    for (const cJSON *pair = json_list(json, "headers"); pair != NULL && count < HEADERS_MAX;
         pair = pair->next) {
        headers[count].name = json_item_sv(pair->child);
        headers[count++].value = json_item_sv(pair->child->next);
    }
    return count;
}

static enum err_code sign(const cJSON *json, struct sb *canonical, struct sb *result,
                          struct err *err)
{
    const struct cred cred = {.access_key = text(json, "access_key"),
                              .secret_key = text(json, "secret_key"),
                              .token = text(json, "token")};
    struct http_header headers[HEADERS_MAX];
    struct sign_input in = {.method = json_sv(json, "method"),
                            .path = json_sv(json, "path"),
                            .query = json_sv(json, "query"),
                            .headers = headers,
                            .header_count = read_headers(json, headers),
                            .region = json_sv(json, "region"),
                            .service = json_sv(json, "service"),
                            .is_s3 = json_bool(json, "s3", false),
                            .time_ms = json_time(json, "time")};
    int expires_s = (int)json_int(json, "expires", 0);
    char hash[SIGN_HEX_SIZE];
    enum err_code rc = sign_hash(json_sv(json, "body"), hash, err);

    in.payload_hash = json_bool(json, "unsigned", false) ? SV("UNSIGNED-PAYLOAD") : sv_of(hash);
    if (rc == ERR_OK && expires_s > 0)
        return sign_query(keys, &cred, &in, expires_s, result, err);
    if (rc == ERR_OK)
        rc = sign_canonical_request(&in, canonical, err);
    return rc ? rc : sign_header(keys, &cred, &in, result, err);
}

static enum err_code answer(struct sv line, struct err *err)
{
    CLEANUP(sb_release) struct sb canonical = {.cap = LINE_MAX_SIZE};
    CLEANUP(sb_release) struct sb result = {.cap = LINE_MAX_SIZE};
    CLEANUP(sb_release) struct sb out = {.cap = 4 * LINE_MAX_SIZE};
    struct jw w;
    cJSON *json;
    enum err_code rc = json_parse(line, &json, err);

    if (rc)
        return rc;
    rc = sign(json, &canonical, &result, err);
    cJSON_Delete(json);
    if (rc)
        return rc;
    jw_init(&w, &out, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "result", sb_sv(&result));
    jw_put_sv(&w, "canonical", sb_sv(&canonical));
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc == ERR_OK)
        puts(sb_cstr(&out));
    return rc;
}

int main(void)
{
    static char line[LINE_MAX_SIZE];
    struct err err = {0};
    enum err_code rc = sign_keys_new(&keys, &err);

    while (rc == ERR_OK && fgets(line, sizeof line, stdin) != NULL)
        rc = answer(sv_of(line), &err);
    sign_keys_free(keys);
    if (rc)
        fprintf(stderr, "sign_tool: %s\n", err.text);
    return rc ? 1 : 0;
}
