/* The key table: what core's help and man page tell of the console's keys, which it cannot see. */
#ifndef PENSTOCK_TUI_KEY_TABLE_H
#define PENSTOCK_TUI_KEY_TABLE_H

#include "core/cli/cli.h"

/* The commands that work anywhere, then those of each screen, with their default keys. It lasts. */
const struct cli_key *key_table(void);

#endif
