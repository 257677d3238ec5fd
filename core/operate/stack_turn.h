/* What the operations on a stack share in their turn at it: the look, the words about it, and
 * watching it until it rests. */
#ifndef PENSTOCK_OPERATE_STACK_TURN_H
#define PENSTOCK_OPERATE_STACK_TURN_H

#include "core/deploy/stack.h"
#include "core/operate/operate.h"

enum { STACK_TURN_RESOURCES = 2000, STACK_BODY_MAX = 64 * 1024, STACK_LIST_MAX = 4000 };

/* The turn's own (turn.found), in its arena. */
struct stack_turn {
    struct stack stack;
    enum stack_standing standing;
    struct stack_resource *resources;
    size_t count;
    char mark[STACK_EVENT_ID_SIZE];         /* the newest event before the write */
    struct sv failed[STACK_TURN_RESOURCES]; /* logical ids that the last rollback could not take
                                               back */
    size_t failed_count;
    bool knows_failed; /* else the status is all that tells */
};

/* The stack with its resources, unless it is ABSENT; the environment and the ARN for the guard.
 * rolls_back: what the last rollback failed at is read too. */
enum err_code stack_turn_look(struct turn *t, bool rolls_back, struct stack_turn **out,
                              struct err *err) MUST_CHECK;
struct sv stack_turn_tag(const struct stack *stack, struct sv key); /* "" when it has none */
/* "Table, Queue and 3 more", of those in this status that are meant. */
enum err_code stack_turn_names(const struct stack_turn *f, struct sv status, struct sb *out,
                               struct err *err) MUST_CHECK;
/* A refusal when one that the person chose is none of those; what: "what can be skipped is". */
enum err_code stack_turn_check(struct turn *t, const struct stack_turn *f, struct sv status,
                               const char *what, struct err *err) MUST_CHECK;
/* Those that the person chose, divided by commas. */
enum err_code stack_turn_chosen(const struct turn *t, struct sb *out, struct err *err) MUST_CHECK;

/* StackName, and what was chosen as that list ("ResourcesToSkip.member"). */
enum err_code stack_turn_body(const struct turn *t, const char *list, struct sb *body,
                              struct err *err) MUST_CHECK;
/* Until it rests: ERR_OK where it is gone or may be updated, with that as the turn's result. */
enum err_code stack_turn_watch(struct turn *t, struct err *err) MUST_CHECK;
/* For struct operation: has something happened to it since the look? Then it is watched. */
enum err_code stack_turn_was_begun(struct turn *t, bool *is_done, struct err *err) MUST_CHECK;

enum err_code stack_turn_aws_line(const struct turn *t, const char *command, const char *option,
                                  struct sb *out, struct err *err) MUST_CHECK;
enum err_code stack_turn_own_line(const struct turn *t, const char *word, struct sb *out,
                                  struct err *err) MUST_CHECK;

#endif
