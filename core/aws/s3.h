/* S3: what is in a versioned bucket, and emptying it. */
#ifndef PENSTOCK_AWS_S3_H
#define PENSTOCK_AWS_S3_H

#include "core/base/xml.h"

enum { OBJECTS_AT_A_TIME = 1000 };

struct object_version {
    struct sv key;
    struct sv version_id; /* "null" for what is older than versioning */
    bool is_delete_marker;
    int64_t size;
};

struct object_versions {
    struct object_version *rows;
    size_t count;
    bool has_more; /* ask again with the two markers */
    struct sv key_marker;
    struct sv version_marker;
};

/* ListObjectVersions: the query to ask with, then its reply. Empty texts are left out. */
enum err_code object_versions_query(struct sb *query, struct sv prefix, struct sv key_marker,
                                    struct sv version_marker, struct err *err) MUST_CHECK;
enum err_code decode_object_versions(const struct xml *xml, struct arena *arena,
                                     struct object_versions *out, struct err *err) MUST_CHECK;

/* DeleteObjects: its query is "delete", its content type application/xml; at most
 * OBJECTS_AT_A_TIME. */
enum err_code delete_objects_write(const struct object_version *rows, size_t count, struct sb *body,
                                   struct err *err) MUST_CHECK;
/* Some may stay while the call succeeds: ERR_OK when all are gone, else what AWS says of the first
 * of them, and how many there are. xml may be NULL. */
enum err_code decode_delete_objects(const struct xml *xml, struct err *err) MUST_CHECK;

/* GetBucketLocation: the region; borrowed. */
struct sv decode_bucket_location(const struct xml *xml);

#endif
