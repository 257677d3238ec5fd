/* Keys: one number each. A character is its code point, ^A..^Z are 1..26, and the keys that have no
 * character come behind the last code point. */
#ifndef PENSTOCK_TUI_KEY_H
#define PENSTOCK_TUI_KEY_H

#include "core/base/text.h"

/* clang-format off */
/*       name        as written in a keymap and in the help */
#define KEYCODE_LIST(X) \
    X(UP,            "Up")        \
    X(DOWN,          "Down")      \
    X(LEFT,          "Left")      \
    X(RIGHT,         "Right")     \
    X(HOME,          "Home")      \
    X(END,           "End")       \
    X(PGUP,          "PgUp")      \
    X(PGDN,          "PgDn")      \
    X(ENTER,         "Enter")     \
    X(ESC,           "Esc")       \
    X(TAB,           "Tab")       \
    X(BACKSPACE,     "Backspace") \
    X(DELETE,        "Delete")    \
    X(INSERT,        "Insert")    \
    X(BACKTAB,       "S-Tab")     \
    X(SPACE,         "Space")     \
    X(F1,            "F1")        \
    X(F2,            "F2")        \
    X(F3,            "F3")        \
    X(F4,            "F4")        \
    X(F5,            "F5")        \
    X(F6,            "F6")        \
    X(F7,            "F7")        \
    X(F8,            "F8")        \
    X(F9,            "F9")        \
    X(F10,           "F10")       \
    X(F11,           "F11")       \
    X(F12,           "F12")
/* clang-format on */

#define KEYCODE_ENUM(name, text) KEYCODE_##name,
enum keycode { KEYCODE_BASE = 0x110000, KEYCODE_LIST(KEYCODE_ENUM) KEYCODE_END_OF_LIST };
#undef KEYCODE_ENUM

#define KEY_CONTROL(letter) ((uint32_t)(letter)&0x1f)

/* "gg" is two keys, "PgUp" and "^L" are one. Returns how many, 0 when they are more than max. */
size_t key_parse(struct sv word, uint32_t *keys, size_t max);
/* What is typed when this key is pressed in a line of text; 0 for none. */
uint32_t key_character(uint32_t key);

#endif
