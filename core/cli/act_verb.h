/* What the verbs that act share: an act run to its end with its plan shown, its question asked and
 * its steps told as they happen. */
#ifndef PENSTOCK_CLI_ACT_VERB_H
#define PENSTOCK_CLI_ACT_VERB_H

#include "core/actions/act.h"
#include "core/cli/bench.h"
#include "core/cli/verb.h"

/* Fill the act's input. */
typedef enum err_code act_fill_fn(struct cli *cli, struct act *act, struct err *err);
/* Plan, show, ask, run, tell. only_plan: show and leave. Returns the exit status. */
int act_verb(struct cli *cli, enum action_id action, act_fill_fn *fill, bool only_plan);

/* The same for an act whose input is filled; it stays the caller's. */
enum err_code act_carry_out(struct cli *cli, struct bench *b, struct act *act, bool only_plan,
                            struct err *err) MUST_CHECK;

/* The definition of -f FILE into the act's arena; every defect is in the ERR_USAGE's sentence or,
 * when there are several, told on stderr line by line. */
enum err_code act_read_file(struct cli *cli, struct act *act, struct err *err) MUST_CHECK;

#endif
