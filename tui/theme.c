#include "tui/theme.h"

/* Attention is reversed in both themes: what waits for a person must be seen without colours. */
static const struct theme color_theme = {
    .name = "default",
    .looks =
        {
            [STYLE_PLAIN] = {THEME_DEFAULT, 0},
            [STYLE_DIM] = {THEME_DEFAULT, THEME_DIM},
            [STYLE_HEADER] = {THEME_DEFAULT, THEME_BOLD},
            [STYLE_TITLE] = {THEME_DEFAULT, THEME_BOLD},
            [STYLE_CURSOR] = {THEME_DEFAULT, THEME_REVERSE},
            [STYLE_KEY] = {THEME_DEFAULT, THEME_BOLD},
            [STYLE_EDIT] = {THEME_DEFAULT, THEME_REVERSE},
            [STYLE_GOOD] = {THEME_GREEN, 0},
            [STYLE_BUSY] = {THEME_CYAN, THEME_BOLD},
            [STYLE_ATTENTION] = {THEME_YELLOW, THEME_REVERSE},
            [STYLE_BAD] = {THEME_RED, THEME_BOLD},
        },
};

static const struct theme mono_theme = {
    .name = "mono",
    .looks =
        {
            [STYLE_PLAIN] = {THEME_DEFAULT, 0},
            [STYLE_DIM] = {THEME_DEFAULT, THEME_DIM},
            [STYLE_HEADER] = {THEME_DEFAULT, THEME_BOLD},
            [STYLE_TITLE] = {THEME_DEFAULT, THEME_BOLD},
            [STYLE_CURSOR] = {THEME_DEFAULT, THEME_REVERSE},
            [STYLE_KEY] = {THEME_DEFAULT, THEME_BOLD},
            [STYLE_EDIT] = {THEME_DEFAULT, THEME_REVERSE},
            [STYLE_GOOD] = {THEME_DEFAULT, 0},
            [STYLE_BUSY] = {THEME_DEFAULT, THEME_BOLD},
            [STYLE_ATTENTION] = {THEME_DEFAULT, THEME_REVERSE},
            [STYLE_BAD] = {THEME_DEFAULT, THEME_BOLD | THEME_UNDERLINE},
        },
};

const struct theme *theme_choose(int colors, const char *no_color)
{
    bool has_colors = colors >= 8 && (no_color == NULL || no_color[0] == '\0');

    return has_colors ? &color_theme : &mono_theme;
}
