/* Keys and commands: the list's own keys, sequences, what a config may bind anew, and no two
 * commands on one key whatever it says. */
#include "tui/keymap.h"

#include "tests/unit/check.h"
#include "tui/key.h"

static struct keymap map;
static struct keymap_faults faults;

static enum command wanted; /* what the screen takes, of those that share a key */

static bool taken(const void *owner, enum command command)
{
    return command == *(const enum command *)owner;
}

static enum command press(const char *word)
{
    uint32_t keys[8];
    uint32_t pending = 0;
    size_t count = key_parse(sv_of(word), keys, ARRAY_LEN(keys));
    enum command command = CMD_NONE;

    for (size_t i = 0; i < count; i++)
        command = keymap_feed(&map, &pending, keys[i], taken, &wanted);
    return command;
}

/* The defaults, then what the section says. */
static void apply(const char *lines)
{
    CLEANUP(ini_release) struct ini ini = {0};
    char text[2000];
    struct err err = {0};

    snprintf(text, sizeof text, "[keys]\n%s", lines);
    REQUIRE_OK(ini_parse(sv_of(text), "config", &ini, &err), &err);
    keymap_init(&map);
    faults = (struct keymap_faults){.count = 0};
    keymap_apply(&map, ini_section(&ini, "keys"), "config", &faults);
}

static void check_no_collision(void)
{
    char text[100];

    if (keymap_collides(&map, text, sizeof text))
        fail_msg("%s", text);
}

static void test_key_names_are_parsed(void **state UNUSED)
{
    uint32_t keys[2];

    CHECK_INT(key_parse(SV("PgUp"), keys, 2), 1);
    CHECK_INT(keys[0], KEYCODE_PGUP);
    CHECK_INT(key_parse(SV("^L"), keys, 2), 1);
    CHECK_INT(keys[0], 12);
    CHECK_INT(key_parse(SV("gg"), keys, 2), 2);
    CHECK_INT(keys[1], 'g');
    CHECK_INT(key_parse(SV("ggg"), keys, 2), 0);
    CHECK_INT(key_parse(SV(""), keys, 2), 0);
}

static void test_every_command_is_reached_by_its_keys(void **state UNUSED)
{
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        struct sv words = sv_of(command_info((enum command)i)->keys);

        while (words.len > 0) {
            struct sv word = sv_cut(words, ' ', &words);
            char text[16];

            snprintf(text, sizeof text, SV_FMT, SV_ARG(word));
            wanted = (enum command)i;
            CHECK_INT(press(text), i);
        }
    }
}

static void test_no_two_commands_share_a_key(void **state UNUSED)
{
    check_no_collision();
    map.bindings[map.count++] = (struct binding){{'q'}, CMD_OPEN};
    CHECK_TRUE(keymap_collides(&map, (char[100]){0}, 100));
    map.bindings[map.count - 1] = (struct binding){{'q', 'q'}, CMD_OPEN};
    CHECK_TRUE(keymap_collides(&map, (char[100]){0}, 100));
    map.bindings[map.count - 1] = (struct binding){{'g', 'h'}, CMD_OPEN};
    CHECK_TRUE(!keymap_collides(&map, (char[100]){0}, 100));
}

static void test_a_shared_key_is_the_screens(void **state UNUSED)
{
    wanted = CMD_RETRY;
    CHECK_INT(press("T"), CMD_RETRY);
    wanted = CMD_ACTIONS;
    CHECK_INT(press("T"), CMD_ACTIONS);
    wanted = CMD_AWS_COMMAND;
    CHECK_INT(press("p"), CMD_AWS_COMMAND);
    wanted = CMD_NONE;
    CHECK_INT(press("p"), CMD_PIPELINES);
    CHECK_TRUE(command_shares_key(CMD_APPROVE, CMD_ADD));
    CHECK_TRUE(!command_shares_key(CMD_APPROVE, CMD_REJECT));
}

static bool is_kept_by_terminals(uint32_t key)
{
    static const char letters[] = "SQAB\\]";

    return key > 0 && key < 0x20 && strchr(letters, (int)key + '@') != NULL;
}

static void test_no_command_needs_a_key_that_terminals_keep(void **state UNUSED)
{
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        int bound = 0;
        int reliable = 0;

        for (size_t k = 0; k < map.count; k++) {
            bound += map.bindings[k].command == (enum command)i;
            reliable += map.bindings[k].command == (enum command)i &&
                        !is_kept_by_terminals(map.bindings[k].keys[0]);
        }
        CHECK_TRUE(bound == 0 || reliable > 0);
    }
    CHECK_INT(press("^S"), CMD_NONE);
    CHECK_INT(press("^Q"), CMD_NONE);
    CHECK_INT(press("^A"), CMD_NONE);
    CHECK_INT(press("^\\"), CMD_NONE);
    CHECK_INT(press("^]"), CMD_NONE);
}

static void test_a_broken_sequence_gives_the_second_key_its_own_meaning(void **state UNUSED)
{
    uint32_t pending = 0;

    CHECK_INT(keymap_feed(&map, &pending, 'g', NULL, NULL), CMD_NONE);
    CHECK_INT(pending, 'g');
    CHECK_INT(keymap_feed(&map, &pending, 'j', NULL, NULL), CMD_DOWN);
    CHECK_INT(pending, 0);
    CHECK_INT(keymap_feed(&map, &pending, 0x1f600, NULL, NULL), CMD_NONE);
}

static void test_keys_are_written_as_people_write_them(void **state UNUSED)
{
    char key[24];
    char all[64];

    CHECK_STR(keymap_key(&map, CMD_FIRST, key), "gg");
    CHECK_STR(keymap_key(&map, CMD_REDRAW, key), "^L");
    CHECK_STR(keymap_key(&map, CMD_OPEN, key), "Enter");
    CHECK_STR(keymap_key(&map, CMD_AT, key), "");
    keymap_keys(&map, CMD_PAGE_UP, all, sizeof all);
    CHECK_STR(all, "^B PgUp");
    keymap_keys(&map, CMD_PAGE_UP, all, 6);
    CHECK_STR(all, "^B");
    keymap_keys(&map, CMD_AT, all, sizeof all);
    CHECK_STR(all, "");
}

static void test_a_line_binds_anew(void **state UNUSED)
{
    apply("refresh = F9 $\nmark =\nat = ^X gh Space \xc3\xa9\nwide =\nback = ^[ F2\n");
    CHECK_INT(faults.count, 0);
    CHECK_INT(press("F9"), CMD_REFRESH);
    CHECK_INT(press("$"), CMD_REFRESH);
    CHECK_INT(press("r"), CMD_NONE);
    CHECK_INT(press("^X"), CMD_AT);
    CHECK_INT(press("gh"), CMD_AT);
    CHECK_INT(press("Space"), CMD_AT);
    CHECK_INT(press("\xc3\xa9"), CMD_AT);
    CHECK_INT(press("w"), CMD_NONE);
    CHECK_INT(press("Esc"), CMD_BACK); /* a terminal sends the same for ^[ */
    CHECK_INT(press("gg"), CMD_FIRST);
    check_no_collision();
}

static void test_two_commands_can_swap_their_keys(void **state UNUSED)
{
    apply("up = j Up\ndown = k Down\n");
    CHECK_INT(faults.count, 0);
    CHECK_INT(press("j"), CMD_UP);
    CHECK_INT(press("k"), CMD_DOWN);
}

static void check_fault(const char *lines, const char *sentence)
{
    apply(lines);
    CHECK_INT(faults.count, 1);
    if (strstr(faults.text[0], sentence) == NULL)
        fail_msg("%s: %s", lines, faults.text[0]);
    check_no_collision();
    /* The rest holds, and what is always needed is there. */
    CHECK_TRUE(press("F12") == CMD_WIDE || strstr(lines, "F12") == NULL);
    CHECK_INT(press("?"), CMD_HELP);
    CHECK_INT(press(":"), CMD_PALETTE);
}

static void test_mistakes_are_told_with_their_line_and_the_rest_holds(void **state UNUSED)
{
    check_fault("wide = F12\nrefersh = x\n",
                "config line 3: there is no command \"refersh\"; did you mean refresh?");
    check_fault("xyzzyx = x\n", "there is no command \"xyzzyx\"; see penstock help keys");
    check_fault("refresh = Foo\nwide = F12\n", "config line 2: \"Foo\" is no key");
    CHECK_INT(press("r"), CMD_REFRESH);
    check_fault("refresh = ^1\n", "\"^1\" is no key");
    check_fault("refresh = x F99\n", "\"F99\" is no key");
    check_fault("refresh = a b c e f i m\n", "more than 4 keys");
    check_fault("refresh = \xe2\x80\xae\n", "is no key");
    check_fault("wide = F12\nrefresh = j\n", "config line 3: j is the key of down");
    check_fault("refresh = g\n", "g shares its beginning with a key of first");
    check_fault("refresh = qx\n", "qx shares its beginning with a key of leave");
    check_fault("wide = F12 $\nrefresh = $\n", "config line 3: $ is the key of wide");
    check_fault("help =\n", "help must keep a key");
    check_fault("quit = ^Q ^\\\n", "quit must keep a key");
    CHECK_INT(press("Q"), CMD_QUIT);
    check_fault("palette = ^A\n", "palette must keep a key");
}

/* A line that falls back to its defaults may take a key that another line was given. */
static void test_a_fault_that_makes_another_is_followed_to_its_end(void **state UNUSED)
{
    apply("down = z\nup = j\n"); /* z is taken, so down is j again, so up cannot be */
    CHECK_INT(faults.count, 2);
    CHECK_INT(press("j"), CMD_DOWN);
    CHECK_INT(press("k"), CMD_UP);
    check_no_collision();
}

static void test_more_faults_than_are_kept_are_counted(void **state UNUSED)
{
    char lines[1000] = "";
    size_t used = 0;

    for (int i = 0; i < KEYMAP_FAULTS + 5; i++)
        used += (size_t)snprintf(lines + used, sizeof lines - used, "nothing%d = x\n", i);
    apply(lines);
    CHECK_INT(faults.count, KEYMAP_FAULTS + 5);
    CHECK_TRUE(strstr(faults.text[KEYMAP_FAULTS - 1], "nothing15") != NULL);
}

/* Whatever a config says. */
static void test_no_section_makes_a_collision(void **state UNUSED)
{
    static const char *const words[] = {"j", "k",  "g",  "gg", "gx", "x", "xx", "^X", "^B",
                                        "q", "qq", "F5", "Up", "?",  ":", "Q",  "z",  ""};
    uint64_t seed = 1;

    for (int round = 0; round < 300; round++) {
        char lines[1900] = "";
        size_t used = 0;

        for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
            const char *a;
            const char *b;

            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
            if ((seed >> 60) < 11)
                continue;
            a = words[(seed >> 20) % ARRAY_LEN(words)];
            b = words[(seed >> 40) % ARRAY_LEN(words)];
            used += (size_t)snprintf(lines + used, sizeof lines - used, "%s = %s %s\n",
                                     command_info((enum command)i)->name, a, b);
        }
        apply(lines);
        check_no_collision();
        for (int i = 0; i < 4; i++) {
            static const enum command always[] = {CMD_QUIT, CMD_PALETTE, CMD_HELP, CMD_LEAVE};
            char key[24];

            CHECK_TRUE(keymap_key(&map, always[i], key)[0] != '\0');
        }
    }
}

static int setup(void **state UNUSED)
{
    keymap_init(&map);
    return 0;
}

#define TEST_FRESH(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_FRESH(test_key_names_are_parsed),
        TEST_FRESH(test_every_command_is_reached_by_its_keys),
        TEST_FRESH(test_no_two_commands_share_a_key),
        TEST_FRESH(test_a_shared_key_is_the_screens),
        TEST_FRESH(test_no_command_needs_a_key_that_terminals_keep),
        TEST_FRESH(test_a_broken_sequence_gives_the_second_key_its_own_meaning),
        TEST_FRESH(test_keys_are_written_as_people_write_them),
        TEST(test_a_line_binds_anew),
        TEST(test_two_commands_can_swap_their_keys),
        TEST(test_mistakes_are_told_with_their_line_and_the_rest_holds),
        TEST(test_a_fault_that_makes_another_is_followed_to_its_end),
        TEST(test_more_faults_than_are_kept_are_counted),
        TEST(test_no_section_makes_a_collision),
    };

    return RUN(tests);
}
