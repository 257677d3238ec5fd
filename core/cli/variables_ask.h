/* Asking for the variables of a release: those that the pipeline declares without a default and
 * nobody gave. Who has no terminal is not asked; the plan then names them with --var. */
#ifndef PENSTOCK_CLI_VARIABLES_ASK_H
#define PENSTOCK_CLI_VARIABLES_ASK_H

#include "core/cli/session.h"
#include "core/operate/operate.h"

/* What was answered joins in->variables; all text in the arena. No answer leaves a variable out. */
enum err_code variables_ask(struct session *s, const struct pipeline_id *id, struct arena *arena,
                            struct operation_input *in, struct err *err) MUST_CHECK;

#endif
