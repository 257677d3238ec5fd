/* An object named by a URL, as TemplateURL and buildspecs name it. */
#include "core/base/mem.h"
#include "core/sandbox/s3.h"
#include "core/sandbox/s3_parts.h"

struct s3_place {
    struct sv bucket;
    struct sv key;
};

/* The rest of a host that is S3's, behind "s3": ".amazonaws.com", ".REGION.amazonaws.com",
 * "-REGION.amazonaws.com", ".dualstack.REGION.amazonaws.com", with ".cn" too. */
static bool is_amazon(struct sv rest)
{
    if (sv_ends(rest, SV(".cn")))
        rest = sv_take(rest, rest.len - 3);
    return rest.len > 0 && (rest.ptr[0] == '.' || rest.ptr[0] == '-') &&
           sv_ends(rest, SV(".amazonaws.com"));
}

/* "s3..." is path style, "BUCKET.s3..." has the bucket in front; the first ".s3." or ".s3-" ends
 * it, for a bucket's name may have dots. */
static bool split_host(struct sv host, struct sv *bucket)
{
    *bucket = SV("");
    if (sv_starts(host, SV("s3")) && is_amazon(sv_drop(host, 2)))
        return true;
    for (size_t i = 1; i + 3 < host.len; i++) {
        if (sv_starts(sv_drop(host, i), SV(".s3")) && is_amazon(sv_drop(host, i + 3))) {
            *bucket = sv_take(host, i);
            return true;
        }
    }
    return false;
}

static bool split(const struct service *s, struct sv url, struct s3_place *out)
{
    struct sv rest = url;
    struct sv path;
    struct sv host;

    if (sv_find(rest, SV("?")) >= 0)
        rest = sv_take(rest, (size_t)sv_find(rest, SV("?")));
    if (s->url != NULL && s->url[0] != '\0' && sv_starts(rest, sv_of(s->url))) {
        path = sv_drop(rest, strlen(s->url));
        out->bucket = sv_cut(sv_drop(path, 1), '/', &out->key);
        return out->bucket.len > 0 && out->key.len > 0;
    }
    if (!sv_starts(rest, SV("https://")))
        return false;
    host = sv_cut(sv_drop(rest, strlen("https://")), '/', &path);
    if (!split_host(host, &out->bucket))
        return false;
    if (out->bucket.len == 0)
        out->bucket = sv_cut(path, '/', &path);
    out->key = path;
    return out->bucket.len > 0 && out->key.len > 0;
}

static enum err_code look(void *owner, const struct record_key *key UNUSED, const cJSON *value,
                          bool *goes_on, struct err *err)
{
    cJSON **found = owner;

    *found = cJSON_Duplicate(value, true);
    *goes_on = false;
    return *found == NULL ? mem_err(err) : ERR_OK;
}

static enum err_code read_newest(struct service *s, const struct s3_place *place, struct sb *out,
                                 struct err *err)
{
    char name[S3_NAME_MAX];
    char blob[64];
    struct record_key from = {.kind = "s3.object", .account = SV(""), .region = place->bucket};
    cJSON *value = NULL;
    enum err_code rc;

    (void)snprintf(name, sizeof name, SV_FMT "\1", SV_ARG(place->key));
    from.name = sv_of(name);
    rc = record_each(s->records, &from, from.name, look, &value, err);
    if (rc)
        return rc;
    if (value == NULL || json_bool(value, "IsMarker", false)) {
        cJSON_Delete(value);
        return err_set(err, ERR_NOT_FOUND, "S3 error: The specified key does not exist.");
    }
    (void)snprintf(blob, sizeof blob, "s3/" SV_FMT, SV_ARG(json_sv(value, "Order")));
    rc = blob_get(s->records, sv_of(blob), out, err);
    cJSON_Delete(value);
    return rc;
}

enum err_code s3_read_url(struct service *s, struct sv url, struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    struct s3_place place;
    struct record_key key = {.kind = "s3.bucket", .account = SV(""), .region = SV("")};
    cJSON *bucket = NULL;
    enum err_code rc;

    sb_init(&text, 4096);
    if (!split(s, url, &place))
        return err_set(err, ERR_NOT_FOUND, "TemplateURL must be a supported URL.");
    rc = form_decode(place.key, &text, err);
    if (rc)
        return rc;
    place.key = sb_sv(&text);
    key.name = place.bucket;
    rc = record_get(s->records, &key, &bucket, err);
    if (rc)
        return rc;
    if (bucket == NULL)
        return err_set(err, ERR_NOT_FOUND, "S3 error: The specified bucket does not exist");
    cJSON_Delete(bucket);
    return read_newest(s, &place, out, err);
}
