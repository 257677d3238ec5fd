/* What the files of the operation's form share. Only they include this. */
#ifndef PENSTOCK_SCREENS_OPERATION_PARTS_H
#define PENSTOCK_SCREENS_OPERATION_PARTS_H

#include "screens/operation_form.h"

/* The first field of that kind; -1 without one. */
int operation_field_find(const struct operation_form *f, enum operation_field field);
/* Of the only target; NULL when the cache does not know it. */
const struct pipeline_part *operation_part(const struct operation_form *f);

/* operation_lines.c: the lines above the fields; those of before go. */
enum err_code operation_add_lines(struct operation_form *f, struct err *err) MUST_CHECK;

/* "3f65a1b2  in Deploy  a1b2c3d add the returns table": one that runs. */
enum { OPERATION_RUN_TEXT = 640 };
void operation_run_text(const struct operation_form *f, const struct possible_run *run,
                        char out[OPERATION_RUN_TEXT]);

/* operation_rollback.c: the executions that the chosen stage can go back to; wanted is chosen when
 * it is among them. */
void operation_offer_executions(struct operation_form *f, struct sv wanted);
void operation_reoffer(struct operation_form *f); /* anew; what is chosen stays */
struct sv operation_stage_chosen(const struct operation_form *f);
/* Whom AWS is asked about for them. */
void operation_candidates_of(const struct operation_form *f, struct target *out);
int64_t operation_candidates_next(const struct operation_form *f);

#endif
