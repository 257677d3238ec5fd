/* XML replies (AWS's query protocol) as a small tree, parsed by expat with caps on everything. No
 * entities, no DTD: a document that has one is refused. Names are without their namespace prefix.
 */
#ifndef PENSTOCK_BASE_XML_H
#define PENSTOCK_BASE_XML_H

#include "core/base/arena.h"

struct xml {
    struct sv name;
    struct sv text;    /* its character data, trimmed when it has children */
    struct xml *child; /* first */
    struct xml *next;  /* sibling */
};

/* The tree lives in the arena. */
enum err_code xml_parse(struct sv bytes, struct arena *arena, struct xml **root,
                        struct err *err) MUST_CHECK;
const struct xml *xml_get(const struct xml *node,
                          const char *name); /* first child so named; NULL */
/* Follow names separated by '/': xml_text(root, "GetCallerIdentityResult/Arn"). SV_NONE. */
struct sv xml_text(const struct xml *node, const char *path);

#endif
