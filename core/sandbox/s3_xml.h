/* S3's XML as JSON and back: an element is a member, elements of the same name are a list, and what
 * has no elements inside is a text. So a configuration that was put comes back as it was. */
#ifndef PENSTOCK_SANDBOX_S3_XML_H
#define PENSTOCK_SANDBOX_S3_XML_H

#include "core/base/json.h"

enum { S3_XML_MAX = 1 << 21, S3_ROOT_MAX = 64 };

/* The root's members; *out is the caller's. ERR_REPLY when it is no XML. */
enum err_code s3_xml_read(struct sv text, char root[S3_ROOT_MAX], cJSON **out,
                          struct err *err) MUST_CHECK;
/* A member without a name is the text of what it is in. */
enum err_code s3_xml_write(const char *root, const cJSON *members, struct sb *out,
                           struct err *err) MUST_CHECK;

#endif
