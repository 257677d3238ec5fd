/* Safety: what opens or closes the door for writes as long as this console runs. The unlock of
 * protected environments (:unlock, :lock), and the freezes that are in force; the header shows
 * both. The rules themselves are the guard's (core/operate/guard.h). */
#ifndef PENSTOCK_TUI_SAFETY_H
#define PENSTOCK_TUI_SAFETY_H

#include "tui/console.h"

/* "15 rolling back with the team"; audited before it is open. Both return a mask of enum react. */
unsigned safety_unlock(struct console *c, struct sv argument);
unsigned safety_lock(struct console *c);
/* The console is left: an unlock that is open ends, and the audit is told. */
void safety_close(struct console *c);

/* What the header says of it. Cheap; the freezes are read anew once in a while. True when it is
 * another text than before. */
bool safety_load(struct console *c);
/* Wall time when it says something else by itself; 0 = never. */
int64_t safety_next_change(const struct console *c);

#endif
