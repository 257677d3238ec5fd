/* Operations: what can be done to the targets of the screen on top, or to a pipeline that is named
 * in the palette. The menu of them, the form that some need first, and why one cannot be begun.
 *
 * What they work on is in console.chosen: copied identities, completed by what the cache knows (the
 * approval that waits, the stage that failed). Nothing here writes to AWS: each begins an act. All
 * return a mask of enum react that is left for the loop. */
#ifndef PENSTOCK_TUI_OPERATION_H
#define PENSTOCK_TUI_OPERATION_H

#include "tui/console.h"

/* Is it an operation's command, and is it for the console to do here? argument as typed behind it.
 */
bool operation_takes(const struct console *c, enum command command, struct sv argument);
/* key is 0 for what was typed: what AWS denied is then asked again. */
unsigned operation_run(struct console *c, enum command command, struct sv argument, uint32_t key);
unsigned operation_chosen(struct console *c, enum action_id action); /* in the menu */

/* The operands, from console.chosen, in the act's arena. */
enum err_code operation_fill(const struct chosen *chosen, struct act *act,
                             struct err *err) MUST_CHECK;

/* After a load: what AWS denies the caller who works there. */
void operation_load_denials(struct console *c);
/* Why the command's key does nothing now, as a sentence in c->flash; false when it does. */
bool operation_is_dim(const struct console *c, enum command command);

#endif
