/* Themes: how each style looks on a terminal with so many colours.
 *
 * Colours are those that the person chose for the terminal, on the terminal's own background; only
 * with 256 of them are fixed ones used, too. Without colours (NO_COLOR, vt100) bold, dim, reverse
 * and underline carry the rest, differently for each style that means something. */
#ifndef PENSTOCK_TUI_THEME_H
#define PENSTOCK_TUI_THEME_H

#include "tui/style.h"

/* clang-format off */
/*       name          number with 8, 16 and 256 colours */
#define THEME_COLOR_LIST(X) \
    X(DEFAULT,         -1, -1, -1)   \
    X(RED,              1,  1,  1)   \
    X(GREEN,            2,  2,  2)   \
    X(YELLOW,           3,  3,  3)   \
    X(BLUE,             4,  4,  4)   \
    X(MAGENTA,          5,  5,  5)   \
    X(CYAN,             6,  6,  6)   \
    X(LIGHT_BLUE,       4, 12, 75)   \
    X(ORANGE,           1,  9, 208)  \
    X(DARK_GREEN,       2,  2, 22)   \
    X(DARK_RED,         1,  1, 124)
/* clang-format on */

#define THEME_COLOR_ENUM(name, on8, on16, on256) THEME_##name,
enum theme_color { THEME_COLOR_LIST(THEME_COLOR_ENUM) THEME_COLOR_COUNT };
#undef THEME_COLOR_ENUM

enum theme_attr { THEME_BOLD = 1, THEME_DIM = 2, THEME_REVERSE = 4, THEME_UNDERLINE = 8 };

struct theme_look {
    enum theme_color color;
    unsigned attrs;
};

struct theme {
    const char *name;
    struct theme_look looks[STYLE_COUNT];
};

size_t theme_count(void);
const char *theme_name(size_t index);
const struct theme *theme_find(const char *name); /* NULL when there is none */
const char *theme_names(char *out, size_t size);  /* all of them, between commas; returns out */
/* The one that was asked for by name; without a name (NULL, "", or an unknown one) the default, or
 * mono when NO_COLOR is set and not empty. Always mono on a terminal without colours. */
const struct theme *theme_choose(const char *name, int colors, const char *no_color);
/* The terminal's number for it when it has so many colours; -1 = its own foreground. */
int theme_color_number(enum theme_color color, int colors);

#endif
