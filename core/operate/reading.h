/* Readings: what a page of detail shows, asked of AWS and kept in the cache as documents, so that
 * the page itself draws at once, offline too. Each is a function of this type; the console runs
 * them as errands (tui/work.h), verbs and the prefetch call them as they are. */
#ifndef PENSTOCK_OPERATE_READING_H
#define PENSTOCK_OPERATE_READING_H

#include "core/operate/operate.h"

typedef enum err_code reading_fn(struct task *task, struct deploy *deploy,
                                 const struct operand *what, struct err *err);

#endif
