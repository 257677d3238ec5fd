/* CloudFormation's words: what the status of a stack or of a resource in it means to a person.
 * Pure. Source: facts/aws-api.md 7.2. An update that was taken back is a failure, however COMPLETE.
 */
#ifndef PENSTOCK_MODEL_STACK_WORD_H
#define PENSTOCK_MODEL_STACK_WORD_H

#include "core/model/status.h"

/* Of a stack or a resource; NONE for an empty word, UNKNOWN for a strange one. What is being taken
 * back has FAILED already. */
enum status stack_word_status(struct sv word);
/* A sentence: what it means, and what can be done; "" for a strange word. Of stacks. */
const char *stack_word_meaning(struct sv word);
bool stack_word_is_busy(struct sv word); /* it will change by itself */

/* DRIFTED and what of a resource is like it. */
bool stack_word_has_drifted(struct sv word);
/* "drifted", "in sync", "not checked", "": AWS's word in a person's. */
const char *stack_word_drift(struct sv word);

#endif
