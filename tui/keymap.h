/* The keymap: from the keys that were pressed to a command. Defaults are the command list's; the
 * section [keys] of penstock's config binds anew: `refresh = r F5`, or nothing to unbind. */
#ifndef PENSTOCK_TUI_KEYMAP_H
#define PENSTOCK_TUI_KEYMAP_H

#include "core/base/ini.h"
#include "tui/command.h"

enum { KEYMAP_SEQUENCE = 2, KEYMAP_MAX = 4 * CMD_COUNT, KEYMAP_FAULTS = 16 };

struct binding {
    uint32_t keys[KEYMAP_SEQUENCE]; /* the second is 0 for a single key */
    enum command command;
};

struct keymap {
    struct binding bindings[KEYMAP_MAX];
    size_t count;
};

/* What is wrong with a keymap, a sentence each that names the line. */
struct keymap_faults {
    char text[KEYMAP_FAULTS][200];
    size_t count; /* more than KEYMAP_FAULTS are counted, not kept */
};

void keymap_init(struct keymap *map); /* the command list's default keys */
/* Bind what the section says. A line with an unknown command, an unknown key or a key that another
 * command has (or that is the beginning of its sequence) is a fault and changes nothing; the rest
 * holds. QUIT, PALETTE, HELP and LEAVE always keep one key. */
void keymap_apply(struct keymap *map, const struct ini_section *section, const char *where,
                  struct keymap_faults *faults);
/* Adds "where line 3: ..." to them. */
void keymap_fault(struct keymap_faults *faults, const char *where, int line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* Two commands on one key that are not meant to share it (COMMAND_SHARING_LIST), or a key that
 * begins another's sequence: the first such fault. */
bool keymap_collides(const struct keymap *map, char *text, size_t size);

/* The next key. CMD_NONE while a sequence is unfinished (*pending then holds its first key) or
 * when the key means nothing. A key that breaks a sequence is taken on its own. Of two commands
 * that share a key the one that `taken` says, else the first of the list; taken may be NULL. */
typedef bool keymap_taken_fn(const void *owner, enum command command);
enum command keymap_feed(const struct keymap *map, uint32_t *pending, uint32_t key,
                         keymap_taken_fn *taken, const void *owner);
/* The first key of a command as people write it: "gg", "^L"; "" when it has none. */
const char *keymap_key(const struct keymap *map, enum command command, char out[24]);
/* All of them, divided by blanks. */
void keymap_keys(const struct keymap *map, enum command command, char *out, size_t size);

#endif
