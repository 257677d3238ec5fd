/* Consent: what a screen asks of console.work, from its beginning over a person's yes to the job;
 * and the small errands beside it. What fails, or may not be done here, is told in the flash line.
 *
 * All return a mask of enum react that is left for the loop. */
#ifndef PENSTOCK_TUI_CONSENT_H
#define PENSTOCK_TUI_CONSENT_H

#include "tui/console.h"

/* A new act, filled from state, being planned; the screen "act" opens. REACT_ACT is that from the
 * screen on top. */
unsigned consent_begin(struct console *c, enum action_id action, screen_fill_fn *fill,
                       const void *state);
bool consent_may_write(struct console *c);                /* else the flash line says why not */
unsigned consent_wish(struct console *c, enum wish wish); /* REACT_WORK */
unsigned consent_given(struct console *c);                /* the dialog's yes, with its word */
unsigned consent_declined(struct console *c);             /* its no: the audit is told */
unsigned consent_again(struct console *c);                /* that of an operation that failed */
unsigned consent_stop(struct console *c);

void errand_start(struct console *c, const struct errand_ask *ask);    /* there is work */
unsigned errand_begin(struct console *c, const struct answer *answer); /* REACT_ERRAND */
void errand_of_screen(struct console *c); /* the one that the screen on top begins with */

/* The work has news: what ended is said, unless the screen on top shows it. */
void consent_news(struct console *c);

#endif
