/* Written: JSON by a person, read member by member.
 *
 * Unlike a reply of AWS every member must be known, once there, and of its type; each fault is a
 * defect with its field's path, and reading goes on with the member's default. */
#ifndef PENSTOCK_MODEL_WRITTEN_H
#define PENSTOCK_MODEL_WRITTEN_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/defect.h"

struct written {
    const cJSON *object;
    const char *path; /* "environments[2]."; "" = the whole */
    struct arena *arena;
    struct defects *defects;
    bool *has_unknown; /* where unknown members are only told; NULL = they are defects */
    bool is_short;     /* the arena could not keep a text */
};

/* Tell the members that are not in the list or there twice. */
void written_members(struct written *f, const char *const *known, size_t count);
struct sv written_text(struct written *f, const char *name); /* "" when not given or no text */
bool written_bool(struct written *f, const char *name, bool otherwise);
/* NULL when not given or of another type. */
const cJSON *written_object(struct written *f, const char *name);
const cJSON *written_array(struct written *f, const char *name);
/* The word's index; `otherwise` when it is not given, and -1 there makes it required. A wrong one
 * is a defect and 0. */
int written_word(struct written *f, const char *name, const char *const *words, size_t count,
                 int otherwise);
void written_schema(struct written *f); /* must be 1 */
/* A member's own text, for objects whose names a person chose. */
struct sv written_item_text(struct written *f, const cJSON *item);
/* Where the JSON text has a NUL, which cJSON would end a text at. */
void written_refuse_nul(struct sv json, struct defects *defects);

#endif
