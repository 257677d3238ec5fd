#include "tui/theme.h"

/* clang-format off */
/* Only what shows a state differs from theme to theme. */
#define THEME_COMMON \
    [STYLE_PLAIN] = {THEME_DEFAULT, 0}, \
    [STYLE_DIM] = {THEME_DEFAULT, THEME_DIM}, \
    [STYLE_HEADER] = {THEME_DEFAULT, THEME_BOLD}, \
    [STYLE_TITLE] = {THEME_DEFAULT, THEME_BOLD}, \
    [STYLE_CURSOR] = {THEME_DEFAULT, THEME_REVERSE}, \
    [STYLE_KEY] = {THEME_DEFAULT, THEME_BOLD}, \
    [STYLE_EDIT] = {THEME_DEFAULT, THEME_REVERSE}

/* What waits for a person is reversed in every theme: it must be seen without colours, too. Bold
 * red is bright red on many terminals; on a light background that is still dark enough. */
static const struct theme themes[] = {
    {.name = "default", .looks = {
        THEME_COMMON,
        [STYLE_GOOD] = {THEME_GREEN, 0},
        [STYLE_BUSY] = {THEME_CYAN, THEME_BOLD},
        [STYLE_ATTENTION] = {THEME_YELLOW, THEME_REVERSE},
        [STYLE_BAD] = {THEME_RED, THEME_BOLD},
    }},
    {.name = "mono", .looks = {
        THEME_COMMON,
        [STYLE_GOOD] = {THEME_DEFAULT, 0},
        [STYLE_BUSY] = {THEME_DEFAULT, THEME_BOLD},
        [STYLE_ATTENTION] = {THEME_DEFAULT, THEME_REVERSE | THEME_BOLD},
        [STYLE_BAD] = {THEME_DEFAULT, THEME_BOLD | THEME_UNDERLINE},
    }},
    {.name = "colour-blind", .looks = {
        THEME_COMMON,
        [STYLE_GOOD] = {THEME_CYAN, 0},
        [STYLE_BUSY] = {THEME_LIGHT_BLUE, THEME_BOLD},
        [STYLE_ATTENTION] = {THEME_DEFAULT, THEME_REVERSE | THEME_BOLD},
        [STYLE_BAD] = {THEME_ORANGE, THEME_BOLD | THEME_UNDERLINE},
    }},
    {.name = "light", .looks = {
        THEME_COMMON,
        [STYLE_GOOD] = {THEME_DARK_GREEN, 0},
        [STYLE_BUSY] = {THEME_BLUE, THEME_BOLD},
        [STYLE_ATTENTION] = {THEME_MAGENTA, THEME_REVERSE},
        [STYLE_BAD] = {THEME_DARK_RED, THEME_BOLD},
    }},
};

static const short numbers[][3] = {
#define THEME_NUMBERS(name, on8, on16, on256) {on8, on16, on256},
    THEME_COLOR_LIST(THEME_NUMBERS)
#undef THEME_NUMBERS
};
/* clang-format on */

size_t theme_count(void)
{
    return ARRAY_LEN(themes);
}

const char *theme_name(size_t index)
{
    return themes[index].name;
}

const struct theme *theme_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_LEN(themes); i++) {
        if (strcmp(name, themes[i].name) == 0)
            return &themes[i];
    }
    return NULL;
}

const char *theme_names(char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(themes) && used < size; i++)
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", themes[i].name);
    return out;
}

const struct theme *theme_choose(const char *name, int colors, const char *no_color)
{
    const struct theme *asked = theme_find(name);
    bool is_plain = colors < 8 || (asked == NULL && no_color != NULL && no_color[0] != '\0');

    if (is_plain)
        return theme_find("mono");
    return asked != NULL ? asked : theme_find("default");
}

int theme_color_number(enum theme_color color, int colors)
{
    if (colors < 8)
        return -1;
    /* Where there are more than 256 a number above 7 is a mixture of red, green and blue. */
    return numbers[color][colors > 256 ? 0 : colors == 256 ? 2 : colors >= 16 ? 1 : 0];
}
