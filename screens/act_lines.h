/* The lines of an act: its plan, what its job did, and how it ended, as a pager shows them.
 *
 * Harm stands out by its word (REPLACES, DELETES, FAILED) before any colour does. */
#ifndef PENSTOCK_SCREENS_ACT_LINES_H
#define PENSTOCK_SCREENS_ACT_LINES_H

#include "tui/console.h"
#include "tui/pager.h"

struct act_plan_look {
    const struct keymap *keymap;
    bool shows_template;
    int chosen;  /* the step under the cursor, from 0: where commands can be copied of several */
    size_t line; /* out: the line that it begins on */
};
/* What stands in the way first, then step by step what becomes of what, then the same as commands.
 */
enum err_code act_lines_plan(struct pager *p, const struct plan *plan, struct act_plan_look *look,
                             struct err *err) MUST_CHECK;
enum err_code act_lines_events(struct pager *p, const struct job *job, const struct view_look *look,
                               struct err *err) MUST_CHECK;
/* What is done when AWS does not answer, of an act that waits for it. */
enum err_code act_lines_silence(struct pager *p, const struct act *act, struct err *err) MUST_CHECK;
/* How it ended, and what can be done now. */
enum err_code act_lines_end(struct pager *p, const struct act *act, const struct keymap *keymap,
                            struct err *err) MUST_CHECK;
/* "creates 12, changes 1", or of what does harm "REPLACES 1"; "" when there is none. */
void act_totals(const struct plan *plan, bool harms, char *out, size_t size);
enum status act_step_status(enum step_state state);

#endif
