/* What the verbs that act share: one CICD context, its deploy, and an act run to its end with its
 * plan shown, its question asked and its steps told as they happen. */
#ifndef PENSTOCK_CLI_ACT_VERB_H
#define PENSTOCK_CLI_ACT_VERB_H

#include "core/actions/act.h"
#include "core/cli/session.h"
#include "core/cli/verb.h"

struct bench {
    struct session session;
    struct deploy deploy;
};

/* Several contexts are ERR_USAGE: writing needs one. */
enum err_code bench_open(struct bench *b, struct cli *cli, struct err *err) MUST_CHECK;
/* Any number of contexts: for operations, whose targets tell where they are. */
enum err_code bench_open_all(struct bench *b, struct cli *cli, struct err *err) MUST_CHECK;
void bench_close(struct bench *b); /* a zeroed one is fine */

/* A task, run to its end. */
enum err_code errand_run(struct net *net, task_fn *fn, void *owner, struct err *err) MUST_CHECK;

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
