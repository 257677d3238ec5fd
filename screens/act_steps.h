/* The steps of an act's job as a person sees them: a line each, with its state and its time. They
 * are a copy, because the work may go on to another act while the screen lies below others. */
#ifndef PENSTOCK_SCREENS_ACT_STEPS_H
#define PENSTOCK_SCREENS_ACT_STEPS_H

#include "core/views/age.h"
#include "tui/console.h"

struct act_step;
struct act_steps {
    struct arena arena;
    struct act_step *items;
    int count;
    int at; /* the step that runs, or ended it */
};

void act_steps_init(struct act_steps *steps);
void act_steps_release(struct act_steps *steps);
enum err_code act_steps_copy(struct act_steps *steps, const struct job *job,
                             struct err *err) MUST_CHECK;
/* As many as the area has rows, that which runs among them. */
void act_steps_draw(const struct act_steps *steps, const struct view_look *look, struct canvas *c,
                    struct rect area);
enum err_code act_steps_print(const struct act_steps *steps, const struct view_look *look,
                              struct sb *out, struct err *err) MUST_CHECK;

/* How often a clock that is shown moves on: it costs bytes. */
int64_t act_tick(const struct view_look *look);
/* "1m20s"; of what still runs (ended_ms 0) in steps of act_tick, and "" before the first. */
const char *act_elapsed(int64_t began_ms, int64_t ended_ms, const struct view_look *look,
                        char out[AGE_SIZE]);

#endif
