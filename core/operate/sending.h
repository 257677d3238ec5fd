/* A sending: one target's write, from the look just before it until its outcome is known. One whose
 * outcome is not known is held by the process, whatever becomes of the screen, the plan or the act
 * that sent it, until it is settled: whoever plans or runs the same operation on the same target
 * finds it. It holds all that it was made of. Of another process that was left, interrupted or
 * killed, the audit's row "sent" tells enough to recall it, for SENDING_RECALLED_MS. Inside a task.
 *
 * Settling asks again with the same token where AWS takes one (OPERATE_TOKEN_MS), and else looks
 * what AWS shows. The audit is told what was found. */
#ifndef PENSTOCK_OPERATE_SENDING_H
#define PENSTOCK_OPERATE_SENDING_H

#include "core/operate/turn.h"

enum { SENDINGS_HELD_MAX = 64, SENDING_WHO_SIZE = 160, SENDING_RECALLED_MS = 24 * 60 * 60 * 1000 };
enum sending_end { SENDING_UNKNOWN, SENDING_DONE, SENDING_NOT_DONE };

struct sending {
    struct sending *next; /* of those that are held */
    char name[OPERAND_NAME_SIZE];
    int64_t sent_ms;  /* wall */
    int64_t token_ms; /* monotonic: when its token was first sent */
    struct turn turn;
    /* of one that was recalled; in its turn what was_done needs is found, the rest is this plan's
     */
    bool is_recalled;
    bool is_blind;     /* what became of it cannot be looked up: its target's state tells */
    bool is_looked_up; /* its end is what a plan found; the audit is told when that plan counts */
    enum sending_end end;
    char who[SENDING_WHO_SIZE]; /* " by ana (pid 4711)"; "" for one of this process */
    char print[TURN_PRINT_SIZE];
    char print_state[TURN_PRINT_SIZE];
    void *fresh;        /* found by a look of now, to send it once more; NULL = not looked */
    struct arena texts; /* the turn's */
};

/* Its turn is a copy of this one, not looked yet, with operand and input of its own and a new
 * token. ERR_LIMIT when too many are held. */
enum err_code sending_open(const struct turn *turn, const char *name, struct sending **out,
                           struct err *err) MUST_CHECK;
void sending_close(struct sending *s); /* also one that is held; NULL is fine */
/* From here on the process has it. */
void sending_hold(struct sending *s);
/* The newest of this operation at this target; NULL = none. */
struct sending *sending_find(const struct operation *operation, const struct operand *operand);
/* One that the audit tells of, for a turn that has not looked: held from now on. *out is NULL when
 * there is none; under_way tells who has one that is under way, else "". */
enum err_code sending_recall(const struct turn *turn, const char *name, struct sending **out,
                             char under_way[SENDING_WHO_SIZE], int64_t *sent_ms,
                             struct err *err) MUST_CHECK;
/* What a plan found of one that was recalled counts: the audit is told, and asked no more. */
void sending_accept(struct sending *s);
/* Nobody could tell, and a person agreed to another one: the audit is told, and asked no more. */
void sending_give_up(struct sending *s);
/* Would this turn, looked already, be the same write once more? */
bool sending_is_same(const struct sending *s, const struct turn *turn);
/* Of one that was recalled: does this turn ask for what it was? What begins an execution is that
 * whatever became of the state by it; all else is of one state. */
bool sending_is_asked(const struct sending *s, const struct turn *turn);
/* Asking again with its token is possible, and nothing is frozen. */
bool sending_may_repeat(const struct sending *s);

/* Reads only, and not for long: for a plan. Of one that was recalled the audit is told by
 * sending_accept: a plan that fails, or that is only looked at, settles nothing. */
enum err_code sending_look(struct sending *s, struct task *task, struct deploy *deploy,
                           enum sending_end *end, struct err *err) MUST_CHECK;
/* Done or not done; fails when that is still unknown, or it was cancelled. may_repeat: it may be
 * asked for again, by its token. */
enum err_code sending_settle(struct sending *s, struct task *task, struct deploy *deploy,
                             struct job *job, bool may_repeat, enum sending_end *end,
                             struct err *err) MUST_CHECK;
/* Forgets those that are held: nobody is left to ask. */
void sending_forget(void);

#endif
