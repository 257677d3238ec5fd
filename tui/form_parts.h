/* What the files of the form share. Only they include this. */
#ifndef PENSTOCK_TUI_FORM_PARTS_H
#define PENSTOCK_TUI_FORM_PARTS_H

#include "tui/form.h"

int form_choice_count(const struct form_field *field); /* 0 for a text */

#endif
