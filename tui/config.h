/* The console's own settings: the sections [console] and [keys] of penstock's config file. A fault
 * is a sentence for the flash line, never a reason not to start. */
#ifndef PENSTOCK_TUI_CONFIG_H
#define PENSTOCK_TUI_CONFIG_H

#include "core/sync/context.h"
#include "core/views/view.h"
#include "tui/keymap.h"

struct config {
    char theme[24];        /* theme = default|mono|colour-blind|light */
    bool is_ascii;         /* ascii = true */
    bool has_mouse;        /* mouse = true */
    bool is_low_bandwidth; /* low_bandwidth = true */
    bool is_linear;        /* linear = true */
    enum look_clock clock;
    int digest_after_s; /* digest_after_minutes = 5; 0 = never */
    struct keymap keymap;
    struct keymap_faults faults; /* of both sections */
};

/* Defaults where the file is absent or says nothing. */
void config_load(const struct context_options *options, struct config *out);

#endif
