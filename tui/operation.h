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

/* After a load: is what the open menu says still so? */
void operation_menu_news(struct console *c);

/* The commands of operations; one of two actions means the first that fits. */
struct operation_command {
    enum command command;
    enum action_id action;
};
extern const struct operation_command operation_commands[];
extern const size_t operation_command_count;

#endif
