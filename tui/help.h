/* Help: every command with its keys, and every sign with its word, made from their lists. */
#ifndef PENSTOCK_TUI_HELP_H
#define PENSTOCK_TUI_HELP_H

#include "tui/canvas.h"
#include "tui/command.h"

struct help {
    bool is_open;
    int top;
};

void help_open(struct help *h);
/* True when the command was meant for the help: it scrolls or closes it. */
bool help_handle(struct help *h, enum command command, int lines);
void help_draw(const struct help *h, struct canvas *c, struct rect area);

#endif
