/* The questions about an act: what the dialogs say before a yes. What would be done comes first,
 * since a low terminal shows no more than that at once; then where, as whom, and what is protected.
 * Pure. */
#ifndef PENSTOCK_TUI_QUESTION_H
#define PENSTOCK_TUI_QUESTION_H

#include "core/actions/act.h"
#include "tui/dialog.h"

/* Of several targets it names the protected one. */
void question_title(const struct act *act, char *out, size_t size);
/* Shall the plan be run? */
void question_plan(const struct act *act, char *out, size_t size);
/* Shall what failed be tried again? */
void question_again(const struct act *act, char *out, size_t size);
/* Shall what runs be stopped? */
void question_stop(const struct act *act, char *out, size_t size);

#endif
