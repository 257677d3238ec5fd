/* Themes: which one is used, and that what differs in meaning differs in looks without colours. */
#include "tui/theme.h"

#include "tests/unit/check.h"

static const enum style meanings[] = {STYLE_GOOD, STYLE_BUSY, STYLE_ATTENTION,
                                      STYLE_BAD,  STYLE_DIM,  STYLE_CURSOR};

static void test_states_differ_by_attributes_without_colors(void **state)
{
    const struct theme *mono = theme_find("mono");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
        CHECK_INT(theme_color_number(mono->looks[meanings[i]].color, 256), -1);
        for (size_t k = 0; k < i; k++)
            CHECK_TRUE(mono->looks[meanings[i]].attrs != mono->looks[meanings[k]].attrs);
    }
}

static void test_states_differ_in_every_theme_at_every_depth(void **state)
{
    static const int depths[] = {8, 16, 256};

    (void)state;
    for (size_t t = 0; t < theme_count(); t++) {
        const struct theme_look *looks = theme_find(theme_name(t))->looks;

        for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
            for (size_t k = 0; k < i; k++) {
                const struct theme_look *a = &looks[meanings[i]];
                const struct theme_look *b = &looks[meanings[k]];

                for (size_t d = 0; d < ARRAY_LEN(depths); d++)
                    CHECK_TRUE(a->attrs != b->attrs || theme_color_number(a->color, depths[d]) !=
                                                           theme_color_number(b->color, depths[d]));
            }
        }
    }
}

static void test_no_theme_tells_good_from_bad_by_color_alone(void **state)
{
    (void)state;
    for (size_t t = 0; t < theme_count(); t++) {
        const struct theme_look *looks = theme_find(theme_name(t))->looks;

        CHECK_TRUE(looks[STYLE_GOOD].attrs != looks[STYLE_BAD].attrs);
        CHECK_TRUE(looks[STYLE_ATTENTION].attrs & THEME_REVERSE);
    }
}

static void test_the_colour_blind_theme_has_neither_red_nor_green(void **state)
{
    const struct theme *theme = theme_find("colour-blind");

    (void)state;
    for (int i = 0; i < STYLE_COUNT; i++) {
        CHECK_TRUE(theme_color_number(theme->looks[i].color, 256) != 1);
        CHECK_TRUE(theme_color_number(theme->looks[i].color, 256) != 2);
    }
    CHECK_INT(theme_color_number(theme->looks[STYLE_BAD].color, 256), 208);
    CHECK_INT(theme_color_number(theme->looks[STYLE_BAD].color, 16), 9);
}

static void test_the_light_theme_has_nothing_bright(void **state)
{
    const struct theme *theme = theme_find("light");

    (void)state;
    for (int i = 0; i < STYLE_COUNT; i++) {
        CHECK_TRUE(theme_color_number(theme->looks[i].color, 16) < 7);
        CHECK_TRUE(theme_color_number(theme->looks[i].color, 16) != 3);
    }
}

static void test_direct_colours_are_the_basic_eight(void **state)
{
    (void)state;
    for (int i = 0; i < THEME_COLOR_COUNT; i++)
        CHECK_INT(theme_color_number((enum theme_color)i, 1 << 24),
                  theme_color_number((enum theme_color)i, 8));
}

static void test_a_name_wins_over_no_color(void **state)
{
    (void)state;
    CHECK_STR(theme_choose(NULL, 256, NULL)->name, "default");
    CHECK_STR(theme_choose("", 8, "")->name, "default");
    CHECK_STR(theme_choose(NULL, 256, "1")->name, "mono");
    CHECK_STR(theme_choose("light", 256, "1")->name, "light");
    CHECK_STR(theme_choose("purple", 256, "1")->name, "mono");
    CHECK_STR(theme_choose(NULL, 0, NULL)->name, "mono");
    CHECK_STR(theme_choose("light", 0, NULL)->name, "mono");
    CHECK_TRUE(theme_find("purple") == NULL);
    CHECK_TRUE(theme_find(NULL) == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_states_differ_by_attributes_without_colors),
        TEST(test_states_differ_in_every_theme_at_every_depth),
        TEST(test_no_theme_tells_good_from_bad_by_color_alone),
        TEST(test_the_colour_blind_theme_has_neither_red_nor_green),
        TEST(test_the_light_theme_has_nothing_bright),
        TEST(test_direct_colours_are_the_basic_eight),
        TEST(test_a_name_wins_over_no_color),
    };

    return RUN(tests);
}
