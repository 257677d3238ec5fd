/* Shapes of XML replies: tables that say which elements go where in a struct, as shape.h does for
 * JSON. An element that is absent leaves its field as it was. Texts and lists are copied into the
 * arena. */
#ifndef PENSTOCK_AWS_XML_SHAPE_H
#define PENSTOCK_AWS_XML_SHAPE_H

#include "core/base/xml.h"

enum xml_kind {
    XML_TEXT, /* struct sv */
    XML_TIME, /* int64_t, ms */
    XML_INT,  /* int64_t */
    XML_BOOL, /* bool */
    XML_LIST, /* a pointer to an array of structs, and its size_t count: its <member> elements */
};

struct xml_shape;

struct xml_member {
    const char *path; /* "Target/Name" */
    enum xml_kind kind;
    size_t at;                     /* offsetof in the struct */
    size_t count_at;               /* LIST */
    const struct xml_shape *inner; /* LIST */
};

typedef enum err_code xml_finish_fn(const struct xml *node, void *object, struct arena *arena,
                                    struct err *err);

struct xml_shape {
    const char *noun; /* for sentences: "stack" */
    const struct xml_member *members;
    size_t count;
    size_t size;           /* of the struct */
    size_t cap;            /* most elements of a list; more is ERR_LIMIT */
    bool has_key;          /* its first member is a text that must be there (ERR_REPLY) */
    xml_finish_fn *finish; /* called when its members are read; may be NULL */
};

enum err_code xml_shape_read(const struct xml_shape *shape, const struct xml *node, void *out,
                             struct arena *arena, struct err *err) MUST_CHECK;
/* The children of list that have this name; a list that is not there has none. */
enum err_code xml_shape_list(const struct xml_shape *shape, const struct xml *list,
                             const char *name, void **out, size_t *count, struct arena *arena,
                             struct err *err) MUST_CHECK;

/* Follow names separated by '/'; NULL when there is no such element. */
const struct xml *xml_at(const struct xml *node, const char *path);

/* For rows of a table. */
#define XML_MEMBER(in, where, what, field)                                                         \
    {                                                                                              \
        .path = (where), .kind = XML_##what, .at = offsetof(struct in, field)                      \
    }
#define XML_MEMBERS_OF(in, where, field, counter, shape)                                           \
    {                                                                                              \
        .path = (where), .kind = XML_LIST, .at = offsetof(struct in, field),                       \
        .count_at = offsetof(struct in, counter), .inner = &(shape)                                \
    }

#endif
