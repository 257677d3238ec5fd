/* Keys and commands: the list's own keys, sequences, and no two commands on one key. */
#include "tui/keymap.h"

#include "tests/unit/check.h"
#include "tui/key.h"

static struct keymap map;

static enum command press(const char *word)
{
    uint32_t keys[8];
    uint32_t pending = 0;
    size_t count = key_parse(sv_of(word), keys, ARRAY_LEN(keys));
    enum command command = CMD_NONE;

    for (size_t i = 0; i < count; i++)
        command = keymap_feed(&map, &pending, keys[i]);
    return command;
}

static void test_key_names_are_parsed(void **state)
{
    uint32_t keys[2];

    (void)state;
    CHECK_INT(key_parse(SV("PgUp"), keys, 2), 1);
    CHECK_INT(keys[0], KEYCODE_PGUP);
    CHECK_INT(key_parse(SV("^L"), keys, 2), 1);
    CHECK_INT(keys[0], 12);
    CHECK_INT(key_parse(SV("gg"), keys, 2), 2);
    CHECK_INT(keys[1], 'g');
    CHECK_INT(key_parse(SV("ggg"), keys, 2), 0);
    CHECK_INT(key_parse(SV(""), keys, 2), 0);
}

static void test_every_command_is_reached_by_its_keys(void **state)
{
    (void)state;
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        struct sv words = sv_of(command_info((enum command)i)->keys);

        while (words.len > 0) {
            struct sv word = sv_cut(words, ' ', &words);
            char text[16];

            snprintf(text, sizeof text, SV_FMT, SV_ARG(word));
            CHECK_INT(press(text), i);
        }
    }
}

/* Also no single key that starts somebody else's sequence: it would never be finished. */
static void test_no_two_commands_share_a_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < map.count; i++) {
        for (size_t k = 0; k < map.count; k++) {
            const struct binding *a = &map.bindings[i];
            const struct binding *b = &map.bindings[k];

            if (i != k && a->keys[0] == b->keys[0])
                CHECK_TRUE(a->keys[1] != 0 && b->keys[1] != 0 && a->keys[1] != b->keys[1]);
        }
    }
}

/* ^S and ^Q are flow control, ^A and ^B... of screen and tmux never reach us when they matter. */
static void test_nothing_is_bound_to_flow_control_or_screens_prefix(void **state)
{
    (void)state;
    CHECK_INT(press("^S"), CMD_NONE);
    CHECK_INT(press("^Q"), CMD_NONE);
    CHECK_INT(press("^A"), CMD_NONE);
}

static void test_a_broken_sequence_gives_the_second_key_its_own_meaning(void **state)
{
    uint32_t pending = 0;

    (void)state;
    CHECK_INT(keymap_feed(&map, &pending, 'g'), CMD_NONE);
    CHECK_INT(pending, 'g');
    CHECK_INT(keymap_feed(&map, &pending, 'j'), CMD_DOWN);
    CHECK_INT(pending, 0);
    CHECK_INT(keymap_feed(&map, &pending, 0x1f600), CMD_NONE);
}

static int setup(void **state)
{
    (void)state;
    keymap_init(&map);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_key_names_are_parsed),
        TEST(test_every_command_is_reached_by_its_keys),
        TEST(test_no_two_commands_share_a_key),
        TEST(test_nothing_is_bound_to_flow_control_or_screens_prefix),
        TEST(test_a_broken_sequence_gives_the_second_key_its_own_meaning),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
