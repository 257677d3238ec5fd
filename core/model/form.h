/* Forms: JSON that a person wrote, read member by member.
 *
 * Unlike a reply of AWS every member must be known, once there, and of its type; each fault is a
 * defect with its field's path, and reading goes on with the member's default. */
#ifndef PENSTOCK_MODEL_FORM_H
#define PENSTOCK_MODEL_FORM_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/defect.h"

struct form {
    const cJSON *object;
    const char *path; /* "environments[2]."; "" = the whole */
    struct arena *arena;
    struct defects *defects;
    bool *has_unknown; /* where unknown members are only told; NULL = they are defects */
    bool is_short;     /* the arena could not keep a text */
};

/* Tell the members that are not in the list or there twice. */
void form_members(struct form *f, const char *const *known, size_t count);
struct sv form_text(struct form *f, const char *name); /* "" when not given or no text */
bool form_bool(struct form *f, const char *name, bool otherwise);
/* NULL when not given or of another type. */
const cJSON *form_object(struct form *f, const char *name);
const cJSON *form_array(struct form *f, const char *name);
/* The word's index; `otherwise` when it is not given, and -1 there makes it required. A wrong one
 * is a defect and 0. */
int form_word(struct form *f, const char *name, const char *const *words, size_t count,
              int otherwise);
void form_schema(struct form *f); /* must be 1 */
/* A member's own text, for objects whose names a person chose. */
struct sv form_item_text(struct form *f, const cJSON *item);
/* Where the JSON text has a NUL, which cJSON would end a text at. */
void form_refuse_nul(struct sv json, struct defects *defects);

#endif
