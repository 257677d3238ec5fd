/* Themes: how each style looks on a terminal with so many colours.
 *
 * Only the sixteen colours that the person chose for the terminal are used, on the terminal's own
 * background. Without colours (NO_COLOR, vt100) bold, dim, reverse and underline carry the rest. */
#ifndef PENSTOCK_TUI_THEME_H
#define PENSTOCK_TUI_THEME_H

#include "tui/style.h"

enum theme_color {
    THEME_DEFAULT = -1,
    THEME_RED = 1,
    THEME_GREEN = 2,
    THEME_YELLOW = 3,
    THEME_BLUE = 4,
    THEME_MAGENTA = 5,
    THEME_CYAN = 6
};
enum theme_attr { THEME_BOLD = 1, THEME_DIM = 2, THEME_REVERSE = 4, THEME_UNDERLINE = 8 };

struct theme_look {
    enum theme_color color;
    unsigned attrs;
};

struct theme {
    const char *name;
    struct theme_look looks[STYLE_COUNT];
};

/* The one for a terminal of so many colours; NO_COLOR, when set and not empty, gives the one
 * without. */
const struct theme *theme_choose(int colors, const char *no_color);

#endif
