/* A target of an operating, for operate.c and operate_plan.c: as its plan showed it, and what its
 * write left. */
#ifndef PENSTOCK_OPERATE_OPERATED_H
#define PENSTOCK_OPERATE_OPERATED_H

#include "core/operate/sending.h"

enum { EARLIER_SIZE = 420, AFTER_SIZE = 600, REQUEST_ID_SIZE = 128 };

struct operated {
    struct operating *o;
    struct turn seen; /* as the plan showed it; its texts are the operating's */
    char name[OPERAND_NAME_SIZE];
    char after[AFTER_SIZE]; /* what a write made of it */
    char request_id[REQUEST_ID_SIZE];
    bool is_done_earlier;       /* by one of another process: nothing is sent */
    char earlier[EARLIER_SIZE]; /* what the plan told of an earlier write; "" = there was none */
};

/* A turn at this target that has looked at nothing yet. */
struct turn operated_turn(const struct operated *w, const struct operand *operand,
                          struct task *task, struct arena *arena);
/* Reaches its place, and looks. */
enum err_code operated_look(struct turn *t, struct err *err) MUST_CHECK;

#endif
