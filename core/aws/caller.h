/* Callers: what an ARN tells of who calls. Pure; everything is borrowed from what is given. */
#ifndef PENSTOCK_AWS_CALLER_H
#define PENSTOCK_AWS_CALLER_H

#include "core/base/text.h"

/* What penstock names a session after: "penstock-ana". */
#define CALLER_OURS "penstock-"

/* What an ARN calls its person: the user's or the session's name. */
struct sv caller_person(struct sv arn);
/* A name that a program gave its session, penstock too: it does not tell who is behind. */
bool caller_is_program(struct sv person);
/* The same caller, also after its session was renewed: account, role or user, and session, unless
 * both sessions bear names that programs make up anew each time. */
bool caller_same(struct sv a, struct sv b);

/* Does this caller fit what a person wrote: a whole ARN, an ARN of a role
 * ("arn:aws:iam::111111111111 :role/Deploy": all its sessions, whatever its path), or either with
 * stars for any text? */
bool caller_fits(struct sv pattern, struct sv arn);
/* A star stands for any text, also none. */
bool text_fits(struct sv pattern, struct sv text);

#endif
