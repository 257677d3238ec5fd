/* Render: what definitions and runs look like in CodePipeline's replies, for more than one
 * operation. */
#ifndef PENSTOCK_SANDBOX_RENDER_H
#define PENSTOCK_SANDBOX_RENDER_H

#include "core/base/json.h"
#include "core/sandbox/world.h"

void render_type(struct jw *w, enum provider provider); /* actionTypeId's value */
void render_configuration(struct jw *w, const struct pipe *p, const struct action_shape *action);
void render_error(struct jw *w,
                  uint8_t failure); /* errorDetails, name included; nothing for none */
struct sv render_summary(const struct attempt *attempt); /* SV_NONE when there is none */

enum { EXTERNAL_MAX = 400 };
struct external {
    char id[EXTERNAL_MAX];
    char url[EXTERNAL_MAX];
};
/* The build, stack or commit behind an attempt; empty texts when there is none. */
void render_external(const struct pipe *p, const struct run *run, size_t number,
                     const struct action_shape *action, struct external *out);

void render_arn(const struct pipe *p, char out[EXTERNAL_MAX]);
bool is_source(enum provider provider);

#endif
