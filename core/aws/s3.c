#include "core/aws/s3.h"

#include "core/aws/canonical.h"
#include "core/aws/query.h"

enum { VERSIONS_MAX = 2000, KEY_MAX = 8 * 1024 };

enum err_code object_versions_query(struct sb *query, struct sv prefix, struct sv key_marker,
                                    struct sv version_marker, struct err *err)
{
    /* Keys may have characters that XML has not. */
    enum err_code rc = sb_add(query, SV("versions&encoding-type=url&"), err);

    if (rc == ERR_OK)
        rc = query_add(query, "prefix", prefix, err);
    if (rc == ERR_OK)
        rc = query_add(query, "key-marker", key_marker, err);
    if (rc == ERR_OK)
        rc = query_add(query, "version-id-marker", version_marker, err);
    if (rc == ERR_OK)
        query->ptr[--query->len] = '\0'; /* the last '&' */
    return rc;
}

/* S3 writes a space as '+' here. */
static enum err_code keep_key(struct sv text, bool is_encoded, struct arena *arena, struct sv *out,
                              struct err *err)
{
    CLEANUP(sb_release) struct sb plus = {.cap = KEY_MAX};
    CLEANUP(sb_release) struct sb key = {.cap = KEY_MAX};
    enum err_code rc = ERR_OK;

    if (is_encoded) {
        rc = sb_add(&plus, text, err);
        for (size_t i = 0; rc == ERR_OK && i < plus.len; i++)
            plus.ptr[i] = plus.ptr[i] == '+' ? ' ' : plus.ptr[i];
        if (rc == ERR_OK)
            rc = canonical_decode(&key, sb_sv(&plus), err);
        text = sb_sv(&key);
    }
    if (rc)
        return rc;
    *out = arena_sv(arena, text);
    return out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

static bool is_marker(const struct xml *node)
{
    return sv_eq(node->name, SV("DeleteMarker"));
}

static bool is_version(const struct xml *node)
{
    return sv_eq(node->name, SV("Version")) || is_marker(node);
}

static enum err_code read_version(const struct xml *node, bool is_encoded, struct arena *arena,
                                  struct object_version *out, struct err *err)
{
    enum err_code rc = keep_key(xml_text(node, "Key"), is_encoded, arena, &out->key, err);

    if (rc == ERR_OK)
        rc = keep_key(xml_text(node, "VersionId"), false, arena, &out->version_id, err);
    if (rc)
        return rc;
    if (out->key.len == 0)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply in which an object has no Key");
    out->is_delete_marker = is_marker(node);
    if (!sv_to_int(xml_text(node, "Size"), &out->size))
        out->size = 0;
    return ERR_OK;
}

static enum err_code read_markers(const struct xml *xml, bool is_encoded, struct arena *arena,
                                  struct object_versions *out, struct err *err)
{
    enum err_code rc =
        keep_key(xml_text(xml, "NextKeyMarker"), is_encoded, arena, &out->key_marker, err);

    if (rc == ERR_OK)
        rc =
            keep_key(xml_text(xml, "NextVersionIdMarker"), false, arena, &out->version_marker, err);
    out->has_more = sv_eq(xml_text(xml, "IsTruncated"), SV("true"));
    if (rc == ERR_OK && out->has_more && out->key_marker.len == 0)
        rc = err_set(err, ERR_REPLY, "expected AWS, got a list of objects that cannot go on");
    return rc;
}

enum err_code decode_object_versions(const struct xml *xml, struct arena *arena,
                                     struct object_versions *out, struct err *err)
{
    bool is_encoded = sv_eq(xml_text(xml, "EncodingType"), SV("url"));
    struct object_versions made = {0};
    size_t wanted = 0;
    enum err_code rc;

    if (xml == NULL || !sv_eq(xml->name, SV("ListVersionsResult")))
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without a list of objects");
    for (const struct xml *at = xml->child; at != NULL; at = at->next)
        wanted += is_version(at);
    if (wanted > VERSIONS_MAX)
        return err_set(err, ERR_LIMIT, "reply over %d objects", VERSIONS_MAX);
    made.rows = arena_alloc(arena, wanted, sizeof *made.rows);
    if (made.rows == NULL)
        return arena_err(arena, err);
    rc = read_markers(xml, is_encoded, arena, &made, err);
    for (const struct xml *at = xml->child; at != NULL && rc == ERR_OK; at = at->next) {
        if (is_version(at))
            rc = read_version(at, is_encoded, arena, &made.rows[made.count++], err);
    }
    if (rc == ERR_OK)
        *out = made;
    return rc;
}

/* Line breaks too, which a parser would change. */
static enum err_code add_escaped(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < text.len && rc == ERR_OK; i++) {
        char c = text.ptr[i];

        if (c == '&' || c == '<' || c == '>' || c == '"' || (unsigned char)c < 0x20)
            rc = sb_addf(out, err, "&#%d;", c);
        else
            rc = sb_addc(out, c, err);
    }
    return rc;
}

static enum err_code add_object(struct sb *out, const struct object_version *row, struct err *err)
{
    enum err_code rc = sb_add(out, SV("<Object><Key>"), err);

    if (rc == ERR_OK)
        rc = add_escaped(out, row->key, err);
    if (rc == ERR_OK)
        rc = sb_add(out, SV("</Key>"), err);
    if (rc || row->version_id.len == 0)
        return rc ? rc : sb_add(out, SV("</Object>"), err);
    rc = sb_add(out, SV("<VersionId>"), err);
    if (rc == ERR_OK)
        rc = add_escaped(out, row->version_id, err);
    return rc ? rc : sb_add(out, SV("</VersionId></Object>"), err);
}

enum err_code delete_objects_write(const struct object_version *rows, size_t count, struct sb *body,
                                   struct err *err)
{
    enum err_code rc =
        sb_add(body, SV("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"), err);

    if (rc == ERR_OK && count > OBJECTS_AT_A_TIME)
        return err_set(err, ERR_LIMIT, "S3 deletes %d objects at a time", OBJECTS_AT_A_TIME);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        rc = add_object(body, &rows[i], err);
    return rc ? rc : sb_add(body, SV("<Quiet>true</Quiet></Delete>"), err);
}

enum err_code decode_delete_objects(const struct xml *xml, struct err *err)
{
    const struct xml *first = xml_get(xml, "Error");
    size_t count = 0;

    if (first == NULL)
        return ERR_OK;
    for (const struct xml *at = first; at != NULL; at = at->next)
        count += sv_eq(at->name, SV("Error"));
    return err_set(err,
                   sv_eq(xml_text(first, "Code"), SV("AccessDenied")) ? ERR_DENIED : ERR_FAILED,
                   "%zu object%s could not be deleted; of " SV_FMT " S3 says: " SV_FMT, count,
                   count == 1 ? "" : "s", SV_ARG(sv_take(xml_text(first, "Key"), 150)),
                   SV_ARG(sv_take(xml_text(first, "Message"), 200)));
}

struct sv decode_bucket_location(const struct xml *xml)
{
    struct sv region = xml == NULL ? SV_NONE : xml->text;

    /* As it was before there were regions. */
    if (region.len == 0)
        return SV("us-east-1");
    return sv_eq(region, SV("EU")) ? SV("eu-west-1") : region;
}
