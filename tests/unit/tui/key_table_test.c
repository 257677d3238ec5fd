/* The key table: complete, without a key that means two things on one screen. */
#include "tui/key_table.h"

#include "tests/unit/check.h"
#include "tui/screen.h"

static const struct screen_command board_commands[] = {{CMD_UP, NULL, NULL},
                                                       {CMD_REFRESH, "refresh", NULL},
                                                       {CMD_OPEN, "open", "open the pipeline"},
                                                       {CMD_NONE, NULL, NULL}};
static const struct screen board = {.name = "board", .commands = board_commands};
static const struct screen bare = {.name = "bare"};
const struct screen *const screens[] = {&board, &bare, NULL};

static const struct cli_key *find(const char *screen, const char *command)
{
    const struct cli_key *key = key_table();

    while (key->key != NULL &&
           (strcmp(key->screen, screen) != 0 || strcmp(key->command, command) != 0))
        key++;
    return key->key == NULL ? NULL : key;
}

static void test_what_works_anywhere_is_told_once(void **state UNUSED)
{
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        const struct command_info *info = command_info((enum command)i);
        const struct cli_key *key = find("", info->name);

        CHECK_INT(key != NULL, info->where == COMMAND_ANYWHERE);
        if (key != NULL)
            CHECK_STR(key->key, info->keys);
    }
    CHECK_TRUE(find("board", "refresh") == NULL);
}

static void test_a_screen_tells_its_own_in_its_words(void **state UNUSED)
{
    const struct cli_key *up = find("board", "up");
    const struct cli_key *open = find("board", "open");

    REQUIRE(up != NULL);
    REQUIRE(open != NULL);
    CHECK_STR(up != NULL ? up->help : "", command_info(CMD_UP)->help);
    CHECK_STR(open != NULL ? open->help : "", "open the pipeline");
    CHECK_STR(open != NULL ? open->key : "", "Enter");
    CHECK_TRUE(find("bare", "up") == NULL);
}

static void test_rows_of_a_screen_stand_together(void **state UNUSED)
{
    int changes = 0;

    for (const struct cli_key *key = key_table(); key[1].key != NULL; key++)
        changes += strcmp(key[0].screen, key[1].screen) != 0;
    CHECK_INT(changes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_works_anywhere_is_told_once),
        TEST(test_a_screen_tells_its_own_in_its_words),
        TEST(test_rows_of_a_screen_stand_together),
    };

    return RUN(tests);
}
