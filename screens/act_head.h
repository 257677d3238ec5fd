/* The first line of an act's screen: how it stands, in a word, and for how long. A copy, because
 * the work may go on to another act. */
#ifndef PENSTOCK_SCREENS_ACT_HEAD_H
#define PENSTOCK_SCREENS_ACT_HEAD_H

#include "tui/console.h"

struct act_head {
    enum act_state state;
    enum job_state job_state;
    int64_t began_ms; /* of planning, or of the job */
    int64_t ended_ms;
    int64_t silent_since_ms; /* AWS does not answer; 0 = it does, or is not asked */
    size_t errors;           /* of the plan */
    bool is_nothing;
    char harms[160]; /* of the plan: "REPLACES 1" */
    char totals[160];
    int step; /* the job's that runs, from 1; act_head_copy leaves both to who has the steps */
    int step_count;
};

void act_head_copy(struct act_head *s, const struct act *act, const struct work *work);
void act_head_draw(const struct act_head *s, const struct view_look *look, struct canvas *c,
                   struct rect line);
enum err_code act_head_print(const struct act_head *s, const struct view_look *look, struct sb *out,
                             struct err *err) MUST_CHECK;
/* How often its clock moves on: who waits for AWS counts the seconds. */
int64_t act_head_tick(const struct act_head *s, const struct view_look *look);

#endif
