#include "tui/key.h"

static const char *const names[] = {
#define KEYCODE_NAME(name, text) [KEYCODE_##name - KEYCODE_BASE] = text,
    KEYCODE_LIST(KEYCODE_NAME)
#undef KEYCODE_NAME
};
_Static_assert(ARRAY_LEN(names) == KEYCODE_END_OF_LIST - KEYCODE_BASE, "one name per key");

static uint32_t named(struct sv word)
{
    for (uint32_t i = 1; i < ARRAY_LEN(names); i++) {
        if (sv_eq_nocase(word, sv_of(names[i])))
            return KEYCODE_BASE + i;
    }
    return 0;
}

size_t key_parse(struct sv word, uint32_t *keys, size_t max)
{
    size_t count = 0;

    if (max > 0 && named(word) != 0) {
        keys[0] = named(word);
        return 1;
    }
    while (word.len > 0) {
        uint32_t key = utf8_next(&word);

        if (key == '^' && word.len > 0)
            key = KEY_CONTROL(utf8_next(&word));
        if (count == max)
            return 0;
        keys[count++] = key;
    }
    return count;
}

uint32_t key_character(uint32_t key)
{
    if (key == KEYCODE_SPACE)
        return ' ';
    return key >= 0x20 && key < KEYCODE_BASE && text_safe(key) == key ? key : 0;
}
