/* Render: what definitions and runs look like in CodePipeline's replies, for more than one
 * operation. */
#ifndef PENSTOCK_SANDBOX_RENDER_H
#define PENSTOCK_SANDBOX_RENDER_H

#include "core/base/json.h"
#include "core/sandbox/world.h"

struct sv provider_category(enum provider provider);
struct sv provider_name(enum provider provider);

void render_json(struct jw *w, const cJSON *item); /* null for NULL */
void render_text(struct jw *w, const char *text);  /* an object as JSON; {} for NULL */
void render_type(struct jw *w, const struct action_shape *action); /* actionTypeId's value */
void render_configuration(struct jw *w, const struct pipe *p, const struct action_shape *action);
/* errorDetails, name included; nothing for none */
void render_error(struct jw *w, const struct pipe *p, const struct run *run, size_t number);
void render_ruling_error(struct jw *w, const struct ruling *ruling); /* the same of a rule */
struct sv render_summary(const struct attempt *attempt); /* SV_NONE when there is none */

enum { EXTERNAL_MAX = 400, EXTERNAL_ID_MAX = 1501 };
struct external {
    char id[EXTERNAL_ID_MAX];
    char url[EXTERNAL_ID_MAX + EXTERNAL_MAX];
};
/* What a source of a seeded pipeline brought into the run: what was asked for, else its own. */
enum { REVISION_MAX = 1501 };
const char *render_revision(const struct run *run, const struct action_shape *action,
                            char out[REVISION_MAX]);
/* The build, stack or commit behind an attempt; empty texts when there is none. */
void render_external(const struct pipe *p, const struct run *run, size_t number,
                     const struct action_shape *action, struct external *out);

/* revisionSummary, name included; nothing for none */
void render_revision_summary(struct jw *w, const struct pipe *p, const struct run *run,
                             size_t number, const struct action_shape *action);

void render_arn(const struct pipe *p, char out[EXTERNAL_MAX]);
bool is_source(const struct action_shape *action);

#endif
