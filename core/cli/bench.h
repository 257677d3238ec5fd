/* A bench: the contexts that a verb works in and their deploy. */
#ifndef PENSTOCK_CLI_BENCH_H
#define PENSTOCK_CLI_BENCH_H

#include "core/cli/session.h"
#include "core/deploy/deploy.h"

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

#endif
