/* What the files of S3 share: the operations, buckets and versions of objects.
 *
 * An operation is a call (call.h) whose input holds Bucket, Key, the query's parameters and, as
 * Body, the members of an XML body; so CloudFormation's types use the very same functions. Names of
 * buckets are unique in the world: "s3.bucket" has no account and no region, its value has them.
 * Versions are "s3.object" with the bucket in the place of the region, so that walking over one
 * bucket does not meet another's, named KEY, a byte 1 and a number that falls with age: the newest
 * one of a key comes first. */
#ifndef PENSTOCK_SANDBOX_S3_PARTS_H
#define PENSTOCK_SANDBOX_S3_PARTS_H

#include "core/sandbox/call.h"

enum { S3_KEY_MAX = 1024, S3_NAME_MAX = S3_KEY_MAX + 32, S3_PAGE_MAX = 1000 };

/* clang-format off */
/*       method    level    query              header               operation                    IAM action                        root of the reply             reads XML  function */
#define S3_ROUTES(X) \
    X("GET",    SERVICE, NULL,                NULL,                "ListBuckets",               "ListAllMyBuckets",               "ListAllMyBucketsResult",            false, s3_list_buckets)        \
    X("GET",    BUCKET,  "location",          NULL,                "GetBucketLocation",         "GetBucketLocation",              "LocationConstraint",                false, s3_get_location)        \
    X("GET",    BUCKET,  "versioning",        NULL,                "GetBucketVersioning",       "GetBucketVersioning",            "VersioningConfiguration",           false, s3_get_versioning)      \
    X("PUT",    BUCKET,  "versioning",        NULL,                "PutBucketVersioning",       "PutBucketVersioning",            NULL,                                true,  s3_put_versioning)      \
    X("GET",    BUCKET,  "policy",            NULL,                "GetBucketPolicy",           "GetBucketPolicy",                NULL,                                false, s3_get_policy)          \
    X("PUT",    BUCKET,  "policy",            NULL,                "PutBucketPolicy",           "PutBucketPolicy",                NULL,                                false, s3_put_policy)          \
    X("DELETE", BUCKET,  "policy",            NULL,                "DeleteBucketPolicy",        "DeleteBucketPolicy",             NULL,                                false, s3_delete_policy)       \
    X("GET",    BUCKET,  "encryption",        NULL,                "GetBucketEncryption",       "GetEncryptionConfiguration",     "ServerSideEncryptionConfiguration", false, s3_get_encryption)      \
    X("PUT",    BUCKET,  "encryption",        NULL,                "PutBucketEncryption",       "PutEncryptionConfiguration",     NULL,                                true,  s3_put_encryption)      \
    X("DELETE", BUCKET,  "encryption",        NULL,                "DeleteBucketEncryption",    "PutEncryptionConfiguration",     NULL,                                false, s3_delete_encryption)   \
    X("GET",    BUCKET,  "publicAccessBlock", NULL,                "GetPublicAccessBlock",      "GetBucketPublicAccessBlock",     "PublicAccessBlockConfiguration",    false, s3_get_public_block)    \
    X("PUT",    BUCKET,  "publicAccessBlock", NULL,                "PutPublicAccessBlock",      "PutBucketPublicAccessBlock",     NULL,                                true,  s3_put_public_block)    \
    X("DELETE", BUCKET,  "publicAccessBlock", NULL,                "DeletePublicAccessBlock",   "PutBucketPublicAccessBlock",     NULL,                                false, s3_delete_public_block) \
    X("GET",    BUCKET,  "lifecycle",         NULL,                "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration", "LifecycleConfiguration",           false, s3_get_lifecycle)       \
    X("PUT",    BUCKET,  "lifecycle",         NULL,                "PutBucketLifecycleConfiguration", "PutLifecycleConfiguration", NULL,                               true,  s3_put_lifecycle)       \
    X("DELETE", BUCKET,  "lifecycle",         NULL,                "DeleteBucketLifecycle",     "PutLifecycleConfiguration",      NULL,                                false, s3_delete_lifecycle)    \
    X("GET",    BUCKET,  "ownershipControls", NULL,                "GetBucketOwnershipControls", "GetBucketOwnershipControls",    "OwnershipControls",                 false, s3_get_ownership)       \
    X("PUT",    BUCKET,  "ownershipControls", NULL,                "PutBucketOwnershipControls", "PutBucketOwnershipControls",    NULL,                                true,  s3_put_ownership)       \
    X("DELETE", BUCKET,  "ownershipControls", NULL,                "DeleteBucketOwnershipControls", "PutBucketOwnershipControls", NULL,                                false, s3_delete_ownership)    \
    X("GET",    BUCKET,  "tagging",           NULL,                "GetBucketTagging",          "GetBucketTagging",               "Tagging",                           false, s3_get_tagging)         \
    X("PUT",    BUCKET,  "tagging",           NULL,                "PutBucketTagging",          "PutBucketTagging",               NULL,                                true,  s3_put_tagging)         \
    X("DELETE", BUCKET,  "tagging",           NULL,                "DeleteBucketTagging",       "PutBucketTagging",               NULL,                                false, s3_delete_tagging)      \
    X("GET",    BUCKET,  "acl",               NULL,                "GetBucketAcl",              "GetBucketAcl",                   "AccessControlPolicy",               false, s3_get_acl)             \
    X("GET",    BUCKET,  "versions",          NULL,                "ListObjectVersions",        "ListBucketVersions",             "ListVersionsResult",                false, s3_list_versions)       \
    X("GET",    BUCKET,  "uploads",           NULL,                "ListMultipartUploads",      "ListBucketMultipartUploads",     "ListMultipartUploadsResult",        false, s3_list_uploads)        \
    X("GET",    BUCKET,  "list-type",         NULL,                "ListObjectsV2",             "ListBucket",                     "ListBucketResult",                  false, s3_list_objects_v2)     \
    X("GET",    BUCKET,  NULL,                NULL,                "ListObjects",               "ListBucket",                     "ListBucketResult",                  false, s3_list_objects)        \
    X("POST",   BUCKET,  "delete",            NULL,                "DeleteObjects",             "DeleteObject",                   "DeleteResult",                      true,  s3_delete_objects)      \
    X("PUT",    BUCKET,  NULL,                NULL,                "CreateBucket",              "CreateBucket",                   NULL,                                true,  s3_create_bucket)       \
    X("DELETE", BUCKET,  NULL,                NULL,                "DeleteBucket",              "DeleteBucket",                   NULL,                                false, s3_delete_bucket)       \
    X("HEAD",   BUCKET,  NULL,                NULL,                "HeadBucket",                "ListBucket",                     NULL,                                false, s3_head_bucket)         \
    X("POST",   OBJECT,  "uploads",           NULL,                "CreateMultipartUpload",     "PutObject",                      "InitiateMultipartUploadResult",     false, s3_create_upload)       \
    X("PUT",    OBJECT,  "uploadId",          "x-amz-copy-source", "UploadPartCopy",            "PutObject",                      "CopyPartResult",                    false, s3_upload_part_copy)    \
    X("PUT",    OBJECT,  "uploadId",          NULL,                "UploadPart",                "PutObject",                      NULL,                                false, s3_upload_part)         \
    X("POST",   OBJECT,  "uploadId",          NULL,                "CompleteMultipartUpload",   "PutObject",                      "CompleteMultipartUploadResult",     true,  s3_complete_upload)     \
    X("DELETE", OBJECT,  "uploadId",          NULL,                "AbortMultipartUpload",      "AbortMultipartUpload",           NULL,                                false, s3_abort_upload)        \
    X("GET",    OBJECT,  "tagging",           NULL,                "GetObjectTagging",          "GetObjectTagging",               "Tagging",                           false, s3_get_object_tagging)  \
    X("GET",    OBJECT,  NULL,                NULL,                "GetObject",                 "GetObject",                      NULL,                                false, s3_get_object)          \
    X("HEAD",   OBJECT,  NULL,                NULL,                "HeadObject",                "GetObject",                      NULL,                                false, s3_get_object)          \
    X("PUT",    OBJECT,  NULL,                "x-amz-copy-source", "CopyObject",                "PutObject",                      "CopyObjectResult",                  false, s3_copy_object)         \
    X("PUT",    OBJECT,  NULL,                NULL,                "PutObject",                 "PutObject",                      NULL,                                false, s3_put_object)          \
    X("DELETE", OBJECT,  NULL,                NULL,                "DeleteObject",              "DeleteObject",                   NULL,                                false, s3_delete_object)
/* clang-format on */

#define S3_DECLARE(method, level, query, header, name, action, root, xml, function)                \
    call_fn function;
S3_ROUTES(S3_DECLARE)
#undef S3_DECLARE

/* A record without an account; NULL when it is absent or the call has failed. The caller's. */
cJSON *s3_load(struct call *c, const char *kind, struct sv region, struct sv name);
bool s3_store(struct call *c, const char *kind, struct sv region, struct sv name,
              const cJSON *value);
bool s3_drop(struct call *c, const char *kind, struct sv region, struct sv name);

/* The bucket that the input names; NULL and the call has failed when there is none. */
cJSON *s3_bucket(struct call *c);
bool s3_bucket_keep(struct call *c, const cJSON *bucket);
bool s3_name_is_good(struct sv name);

/* May the caller do this ("GetObject") with the bucket and the key (may be empty)? Else the call
 * fails with AccessDenied. */
bool s3_may(struct call *c, const cJSON *bucket, struct sv action, struct sv key);

/* The version of that id ("" = the newest); NULL when there is none. The caller's. */
cJSON *version_find(struct call *c, struct sv bucket, struct sv key, struct sv id);
/* A new newest version with these bytes; value has its ETag and what its headers said, and gets the
 * rest. Without versioning it takes the old one's place. */
bool version_add(struct call *c, const cJSON *bucket, struct sv key, struct sv bytes, cJSON *value);
/* The mark of a deletion; *marker, the caller's, is its value. */
bool version_mark(struct call *c, const cJSON *bucket, struct sv key, cJSON **marker);
bool version_drop(struct call *c, struct sv bucket, const cJSON *value);
bool version_bytes(struct call *c, const cJSON *value, struct sb *out);
bool is_versioned(const cJSON *bucket); /* enabled, or was once */
void put_version_id(struct call *c, const cJSON *bucket, const cJSON *value);

/* What an object is made of, from the request: the body as it is meant, without the frames of
 * aws-chunked, and the headers and checksums that are kept. */
struct s3_upload {
    struct sb decoded;
    struct sv bytes;
    cJSON *value;
};
void s3_upload_init(struct s3_upload *upload);
void s3_upload_release(struct s3_upload *upload);
bool s3_upload_body(struct call *c, struct s3_upload *upload);
/* The headers; value may hold some already, from a copy's source. */
bool s3_upload_headers(struct call *c, const cJSON *bucket, cJSON *value);
/* The source of a copy, read as its caller may. */
bool s3_copy_source(struct call *c, struct s3_upload *upload);
/* Quoted, as headers and XML show it. */
bool s3_etag(struct call *c, struct sv bytes, char out[48]);

#endif
