/* Listings of a bucket: its objects in three ways and its versions. One walk in the order of keys;
 * what has the delimiter behind the prefix is folded into a common prefix. */
#include "core/aws/canonical.h"
#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/s3_parts.h"

struct walk {
    struct call *c;
    struct sv bucket;
    struct sv prefix;
    struct sv delimiter;
    struct sv after;         /* only keys behind it */
    struct sv after_version; /* with it: only versions of the key `after` behind this one */
    bool is_after_folded;    /* after is a common prefix: what begins with it is passed by */
    bool has_passed;         /* the version after_version */
    bool is_encoded;
    bool has_versions;
    bool has_owner;
    int64_t left;
    int64_t count;
    bool is_cut;
    cJSON *objects;
    cJSON *markers;
    cJSON *prefixes;
    char key[S3_KEY_MAX + 1];  /* of the last row seen */
    char last[S3_KEY_MAX + 1]; /* the last key or common prefix that was told */
    char version[64];          /* the last version that was told */
    bool is_last_folded;
};

static void keep(char *to, size_t size, struct sv text)
{
    (void)snprintf(to, size, SV_FMT, SV_ARG(text));
}

/* A key as the client wants to have it. */
static void put_key(struct walk *w, cJSON *object, const char *name, struct sv key)
{
    CLEANUP(sb_release) struct sb text;

    sb_init(&text, 4096);
    if (w->is_encoded && !call_ok(w->c, canonical_encode(&text, key, true, w->c->err)))
        return;
    if (object != NULL && !member_put(object, name, w->is_encoded ? sv_of(sb_cstr(&text)) : key))
        (void)call_ok(w->c, mem_err(w->c->err));
}

static bool has_room(struct walk *w)
{
    if (w->left > 0) {
        w->left--;
        w->count++;
        return true;
    }
    w->is_cut = true;
    return false;
}

/* The part up to the delimiter behind the prefix; SV_NONE when it has none. */
static struct sv folded(const struct walk *w, struct sv key)
{
    ptrdiff_t at = w->delimiter.len == 0 ? -1 : sv_find(sv_drop(key, w->prefix.len), w->delimiter);

    return at < 0 ? SV_NONE : sv_take(key, w->prefix.len + (size_t)at + w->delimiter.len);
}

static cJSON *owner(struct walk *w)
{
    cJSON *o = cJSON_CreateObject();

    if (o == NULL || !member_putf(o, "ID", "%052d" SV_FMT, 0, SV_ARG(w->c->account)))
        (void)call_ok(w->c, mem_err(w->c->err));
    return o;
}

static void tell_object(struct walk *w, const cJSON *value, bool is_latest)
{
    bool is_marker = json_bool(value, "IsMarker", false);
    struct sv storage = json_sv(json_get(value, "Headers"), "x-amz-storage-class");
    cJSON *row = call_add(w->c, is_marker ? w->markers : w->objects, NULL, cJSON_CreateObject());
    bool is_good = row != NULL;

    if (row == NULL)
        return;
    put_key(w, row, "Key", json_sv(value, "Key"));
    if (w->has_versions)
        is_good = member_put(row, "VersionId", json_sv(value, "VersionId")) &&
                  member_set(row, "IsLatest", cJSON_CreateBool(is_latest));
    call_put_time(w->c, row, "LastModified", json_int(value, "Modified", 0));
    if (!is_marker)
        is_good = is_good && member_put(row, "ETag", json_sv(value, "ETag")) &&
                  member_put_int(row, "Size", json_int(value, "Size", 0)) &&
                  member_put(row, "StorageClass", storage.len > 0 ? storage : SV("STANDARD"));
    if (w->has_owner)
        (void)call_add(w->c, row, "Owner", owner(w));
    if (!is_good)
        (void)call_ok(w->c, mem_err(w->c->err));
}

/* Is the row in front of where the page begins? */
static bool is_before(struct walk *w, struct sv key, const cJSON *value)
{
    int order;

    if (w->after.len == 0)
        return false;
    if (w->is_after_folded && sv_starts(key, w->after))
        return true;
    order = sv_cmp(key, w->after);
    if (order != 0 || w->after_version.len == 0)
        return order <= 0;
    if (w->has_passed)
        return false;
    w->has_passed = sv_eq(json_sv(value, "VersionId"), w->after_version);
    return true;
}

static enum err_code see(void *owner_of_walk, const struct record_key *record UNUSED,
                         const cJSON *value, bool *goes_on, struct err *err UNUSED)
{
    struct walk *w = owner_of_walk;
    struct sv key = json_sv(value, "Key");
    struct sv fold = folded(w, key);
    bool is_latest = !sv_eq(key, sv_of(w->key));

    keep(w->key, sizeof w->key, key);
    if (is_before(w, key, value) ||
        (!w->has_versions && (!is_latest || json_bool(value, "IsMarker", false))) ||
        (fold.len > 0 && w->is_last_folded && sv_eq(fold, sv_of(w->last))))
        return ERR_OK;
    *goes_on = has_room(w);
    if (!*goes_on)
        return ERR_OK;
    keep(w->last, sizeof w->last, fold.len > 0 ? fold : key);
    keep(w->version, sizeof w->version, fold.len > 0 ? SV("") : json_sv(value, "VersionId"));
    w->is_last_folded = fold.len > 0;
    if (fold.len > 0)
        put_key(w, call_add(w->c, w->prefixes, NULL, cJSON_CreateObject()), "Prefix", fold);
    else
        tell_object(w, value, is_latest);
    *goes_on = !w->c->has_failed;
    return ERR_OK;
}

/* Nothing is asked of records when no key may come. Names behind the key: those of its versions are
 * seen too, for they say which one is the latest. */
static void walk(struct walk *w)
{
    struct record_key from = {
        .kind = "s3.object", .account = SV(""), .region = w->bucket, .name = w->prefix};
    struct sv after = sv_cmp(w->after, w->prefix) > 0 ? w->after : w->prefix;

    if (w->left > 0 && !w->c->has_failed)
        (void)call_ok(w->c, record_each(w->c->service->records, &from, after, see, w, w->c->err));
}

static void open_walk(struct walk *w, struct call *c, const char *objects)
{
    *w = (struct walk){.c = c,
                       .bucket = json_sv(c->in, "Bucket"),
                       .prefix = json_sv(c->in, "prefix"),
                       .delimiter = json_sv(c->in, "delimiter"),
                       .is_encoded = sv_eq(json_sv(c->in, "encoding-type"), SV("url"))};
    int64_t most = S3_PAGE_MAX;

    if (json_get(c->in, "max-keys") != NULL &&
        (!sv_to_int(json_sv(c->in, "max-keys"), &most) || most < 0 || most > INT32_MAX))
        call_fail(c, 400, "InvalidArgument",
                  "Argument maxKeys must be an integer between 0 and 2147483647");
    w->left = most < S3_PAGE_MAX ? most : S3_PAGE_MAX;
    call_put(c, "Name", w->bucket);
    put_key(w, c->out, "Prefix", w->prefix.ptr == NULL ? SV("") : w->prefix);
    if (w->delimiter.len > 0)
        put_key(w, c->out, "Delimiter", w->delimiter);
    call_put_int(c, "MaxKeys", w->left);
    if (w->is_encoded)
        call_put(c, "EncodingType", SV("url"));
    w->objects = call_add(c, c->out, objects, cJSON_CreateArray());
    w->markers = call_add(c, c->out, "DeleteMarker", cJSON_CreateArray());
    w->prefixes = call_add(c, c->out, "CommonPrefixes", cJSON_CreateArray());
}

static void close_walk(struct walk *w)
{
    (void)call_add(w->c, w->c->out, "IsTruncated", cJSON_CreateBool(w->is_cut));
}

/* A token is opaque: 'k' or 'p' and the key or common prefix, in hex. */
static void put_token(struct walk *w)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, 4096);
    rc = sb_addc(&text, w->is_last_folded ? 'p' : 'k', w->c->err);
    for (const char *p = w->last; *p != '\0' && !rc; p++)
        rc = sb_addf(&text, w->c->err, "%02x", (unsigned)(unsigned char)*p);
    if (call_ok(w->c, rc))
        call_put(w->c, "NextContinuationToken", sb_sv(&text));
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_token(struct walk *w, struct sv token, char out[S3_KEY_MAX + 1])
{
    size_t len = token.len / 2;
    bool is_good =
        token.len % 2 == 1 && len <= S3_KEY_MAX && (token.ptr[0] == 'k' || token.ptr[0] == 'p');

    for (size_t i = 0; is_good && i < len; i++) {
        int high = digit(token.ptr[1 + 2 * i]);
        int low = digit(token.ptr[2 + 2 * i]);

        is_good = high >= 0 && low >= 0;
        out[i] = (char)(high * 16 + low);
    }
    if (!is_good) {
        call_fail(w->c, 400, "InvalidArgument", "The continuation token provided is incorrect");
        return false;
    }
    out[len] = '\0';
    w->is_after_folded = token.ptr[0] == 'p';
    w->after = sv_make(out, len);
    return true;
}

void s3_list_objects_v2(struct call *c)
{
    struct walk w;
    struct sv token = json_sv(c->in, "continuation-token");
    struct sv start = json_sv(c->in, "start-after");
    char after[S3_KEY_MAX + 1];

    open_walk(&w, c, "Contents");
    w.has_owner = sv_eq(json_sv(c->in, "fetch-owner"), SV("true"));
    w.after = start;
    if (start.len > 0)
        put_key(&w, c->out, "StartAfter", start);
    if (token.ptr != NULL && read_token(&w, token, after))
        call_put(c, "ContinuationToken", token);
    walk(&w);
    call_put_int(c, "KeyCount", w.count);
    close_walk(&w);
    if (w.is_cut)
        put_token(&w);
}

void s3_list_objects(struct call *c)
{
    struct walk w;
    struct sv marker = json_sv(c->in, "marker");

    open_walk(&w, c, "Contents");
    w.has_owner = true;
    w.after = marker;
    w.is_after_folded = w.delimiter.len > 0 && sv_ends(marker, w.delimiter);
    put_key(&w, c->out, "Marker", marker.ptr == NULL ? SV("") : marker);
    walk(&w);
    close_walk(&w);
    if (w.is_cut && w.delimiter.len > 0)
        put_key(&w, c->out, "NextMarker", sv_of(w.last));
}

void s3_list_versions(struct call *c)
{
    struct walk w;
    struct sv marker = json_sv(c->in, "key-marker");

    open_walk(&w, c, "Version");
    w.has_versions = w.has_owner = true;
    w.after = marker;
    w.after_version = json_sv(c->in, "version-id-marker");
    w.is_after_folded = w.delimiter.len > 0 && sv_ends(marker, w.delimiter);
    put_key(&w, c->out, "KeyMarker", marker.ptr == NULL ? SV("") : marker);
    call_put(c, "VersionIdMarker", w.after_version.ptr == NULL ? SV("") : w.after_version);
    walk(&w);
    close_walk(&w);
    if (!w.is_cut)
        return;
    put_key(&w, c->out, "NextKeyMarker", sv_of(w.last));
    if (w.version[0] != '\0')
        call_put(c, "NextVersionIdMarker", sv_of(w.version));
}
