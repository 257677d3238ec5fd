/* Denials: which operations AWS denies whoever works on what is under the cursor, as it said itself
 * or as IAM's simulator was asked beforehand. Their keys are grey and say which action is missing.
 *
 * Asking is paced: a pipeline that was opened, by its page, a menu or a form, is asked about at
 * once, and so is one of a list that was opened, unless that was done in the last quarter of an
 * hour or a few others were in the last minute; of those that a list's cursor passes one in each
 * account every few minutes. Of lists only the penstock that polls asks; the others see its
 * answers. */
#ifndef PENSTOCK_TUI_DENIALS_H
#define PENSTOCK_TUI_DENIALS_H

#include "tui/console.h"

/* After a load. */
void denials_load(struct console *c);
/* After a key: what is under the cursor may be another. Reads nothing when it is the same. */
void denials_follow(struct console *c);
/* Somebody has begun something on it. */
void denials_ask(struct console *c, const struct target *target);

/* What is known of the command of what is under the cursor; NULL = nothing. */
const struct denial *denials_of(const struct console *c, enum command command);
bool denial_find(const struct console *c, const struct target *target, enum action_id action,
                 struct denial *out);
/* "denied 3m ago: codepipeline:PutApprovalResult" */
void denial_write(const struct console *c, const struct denial *denial, char out[DENIAL_SIZE]);
/* "denied: PutApprovalResult (codepipeline), 3m ago", where its end may be cut. */
void denial_note(const struct console *c, const struct denial *denial, char out[DENIAL_SIZE]);

bool denials_read_only(const struct console *c);
/* Does the command's key do nothing now? */
bool denials_dim(const struct console *c, enum command command);

#endif
