/* Shapes: tables that say which members of a JSON object go where in a struct.
 *
 * One pass over the members of a reply instead of a look-up for each field. A member that is
 * absent, null or of another type leaves its field as it was, because AWS adds and omits members
 * freely; one that no table names is skipped. Strings and lists are copied into the arena. */
#ifndef PENSTOCK_AWS_SHAPE_H
#define PENSTOCK_AWS_SHAPE_H

#include "core/base/arena.h"
#include "core/base/json.h"

enum shape_kind {
    SHAPE_TEXT,    /* struct sv */
    SHAPE_INT,     /* int64_t */
    SHAPE_TIME,    /* int64_t, ms */
    SHAPE_BOOL,    /* bool */
    SHAPE_PERCENT, /* int, 0 to 100 */
    SHAPE_STATUS,  /* enum status */
    SHAPE_MODE,    /* enum pipeline_mode */
    SHAPE_IS,      /* bool: it is this word */
    SHAPE_GIVEN,   /* bool: it is a text that is not empty; the text itself is not kept */
    SHAPE_INSIDE,  /* an object whose members go into the same struct */
    SHAPE_FIRST,   /* likewise, from the first object of a list */
    SHAPE_LIST,    /* a pointer to an array of structs, and its size_t count */
};

struct shape;

struct shape_member {
    const char *name;
    enum shape_kind kind;
    size_t at;                 /* offsetof in the struct */
    size_t count_at;           /* LIST */
    const struct shape *inner; /* INSIDE, FIRST, LIST */
    const char *word;          /* IS */
};

typedef enum err_code shape_finish_fn(const cJSON *json, void *object, struct arena *arena,
                                      struct err *err);

struct shape {
    const char *noun; /* for sentences: "stage" */
    const struct shape_member *members;
    size_t count;
    size_t size;             /* of the struct, when it is listed */
    size_t cap;              /* most elements of a list; more is ERR_LIMIT */
    bool has_key;            /* its first member is a text that must be there (ERR_REPLY) */
    const void *blank;       /* what a listed struct begins as; NULL = zeroes */
    shape_finish_fn *finish; /* called when its members are read; may be NULL */
};

enum err_code shape_object(const struct shape *shape, const cJSON *json, void *out,
                           struct arena *arena, struct err *err) MUST_CHECK;
/* json is the list itself: one that is not there is ERR_REPLY. */
enum err_code shape_list(const struct shape *shape, const cJSON *json, void **out, size_t *count,
                         struct arena *arena, struct err *err) MUST_CHECK;

/* For the rows of tables. */
/* clang-format off */
#define MEMBER(in, json, what, field) \
    {.name = (json), .kind = SHAPE_##what, .at = offsetof(struct in, field)}
#define MEMBER_IS(in, json, field, text) \
    {.name = (json), .kind = SHAPE_IS, .at = offsetof(struct in, field), .word = (text)}
#define INSIDE(json, shape)      {.name = (json), .kind = SHAPE_INSIDE, .inner = &(shape)}
#define FIRST(json, shape)       {.name = (json), .kind = SHAPE_FIRST, .inner = &(shape)}
#define LIST(in, json, field, counter, shape) \
    {.name = (json), .kind = SHAPE_LIST, .at = offsetof(struct in, field), \
     .count_at = offsetof(struct in, counter), .inner = &(shape)}
#define MEMBERS(table)           .members = (table), .count = ARRAY_LEN(table)
/* clang-format on */

#endif
