/* The first files of a repository while they are gathered; starter*.c's own. */
#ifndef PENSTOCK_DEPLOY_STARTER_H
#define PENSTOCK_DEPLOY_STARTER_H

#include "core/deploy/template.h"

struct starter_set {
    struct arena *arena;
    struct repository_file *items; /* room for REPOSITORY_FILES_MAX */
    size_t count;
    size_t size; /* of all bytes */
};

enum err_code starter_begin(struct starter_set *set, struct arena *arena,
                            struct err *err) MUST_CHECK;
/* bytes are borrowed, the path is copied. Over a cap: ERR_LIMIT naming the file. */
enum err_code starter_add(struct starter_set *set, struct sv path, struct sv bytes,
                          bool is_executable, struct err *err) MUST_CHECK;
bool starter_has(const struct starter_set *set, struct sv path);
/* The definition's starter's buildspec, unless there is one already. */
enum err_code starter_add_buildspec(struct starter_set *set, const struct blueprint *b,
                                    struct err *err) MUST_CHECK;
/* With ddk.json, in the order of the paths. */
enum err_code starter_end(struct starter_set *set, const struct blueprint *b,
                          struct repository_file **out, size_t *count, struct err *err) MUST_CHECK;

#endif
