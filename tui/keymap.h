/* The keymap: from the keys that were pressed to a command. */
#ifndef PENSTOCK_TUI_KEYMAP_H
#define PENSTOCK_TUI_KEYMAP_H

#include "tui/command.h"

enum { KEYMAP_SEQUENCE = 2, KEYMAP_MAX = 4 * CMD_COUNT };

struct binding {
    uint32_t keys[KEYMAP_SEQUENCE]; /* the second is 0 for a single key */
    enum command command;
};

struct keymap {
    struct binding bindings[KEYMAP_MAX];
    size_t count;
};

void keymap_init(struct keymap *map); /* the command list's default keys */

/* The next key. CMD_NONE while a sequence is unfinished (*pending then holds its first key) or
 * when the key means nothing. A key that breaks a sequence is taken on its own. */
enum command keymap_feed(const struct keymap *map, uint32_t *pending, uint32_t key);

#endif
