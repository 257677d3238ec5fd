/* Frozen: may an action write now, by the config's freeze calendar, into the environments that it
 * touches, and is one of them protected? Operations ask the guard themselves, target by target. */
#ifndef PENSTOCK_ACTIONS_FROZEN_H
#define PENSTOCK_ACTIONS_FROZEN_H

#include "core/model/definition.h"
#include "core/operate/guard.h"

enum { FROZEN_NAMES_MAX = 200 };

struct frozen_names {
    struct sv items[FROZEN_NAMES_MAX]; /* borrowed */
    size_t count;
    struct sv pipeline; /* borrowed; "" or SV_NONE = none */
    bool is_locked;     /* as if no unlock were open */
};
void frozen_add(struct frozen_names *names, struct sv name); /* "" and what is there are left out */
void frozen_add_definition(struct frozen_names *names, const struct definition *definition);

/* text: the first freeze that is in force for one of them, or for all; "" = none. ERR_CONFIG when
 * the calendar cannot be read. */
enum err_code frozen_judge(const struct aws_env *env, const struct frozen_names *names,
                           char text[GUARD_TEXT_MAX], struct err *err) MUST_CHECK;
/* The first of them that is protected, or the pipeline where it is itself or by one of its stages'
 * pipelines ("sales-prod"); where no unlock is open. "" = none. ERR_CONFIG as above. */
enum err_code frozen_protected(const struct aws_env *env, const struct frozen_names *names,
                               struct sv *out, struct err *err) MUST_CHECK;

#endif
