#include "tui/keymap.h"

#include <assert.h>

#include "tui/key.h"

static void bind_words(struct keymap *map, enum command command, struct sv words)
{
    while (words.len > 0) {
        struct sv word = sv_cut(words, ' ', &words);
        struct binding *binding = &map->bindings[map->count];
        size_t count;

        assert(map->count < KEYMAP_MAX);
        *binding = (struct binding){.command = command};
        count = key_parse(word, binding->keys, KEYMAP_SEQUENCE);
        assert(count > 0);
        map->count += count > 0;
    }
}

void keymap_init(struct keymap *map)
{
    *map = (struct keymap){0};
    for (int command = CMD_NONE + 1; command < CMD_COUNT; command++)
        bind_words(map, (enum command)command, sv_of(command_info((enum command)command)->keys));
}

enum command keymap_feed(const struct keymap *map, uint32_t *pending, uint32_t key)
{
    uint32_t first = *pending;
    bool starts_sequence = false;

    *pending = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct binding *b = &map->bindings[i];

        if (first != 0 && b->keys[0] == first && b->keys[1] == key)
            return b->command;
    }
    for (size_t i = 0; i < map->count; i++) {
        const struct binding *b = &map->bindings[i];

        if (b->keys[0] == key && b->keys[1] == 0)
            return b->command;
        starts_sequence = starts_sequence || b->keys[0] == key;
    }
    if (starts_sequence)
        *pending = key;
    return CMD_NONE;
}
