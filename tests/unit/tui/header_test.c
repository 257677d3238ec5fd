/* The header says where, who, may I and how fresh, and gives way from the left when narrow. */
#include "tui/header.h"

#include "tests/unit/check.h"

static const struct view_look look = {.now_ms = 1795262400000, .is_utf8 = true};

static struct header header(void)
{
    return (struct header){.where = "cicd@eu-west-1 +1",
                           .account = "111111111111 +1",
                           .is_read_only = true,
                           .state = HEADER_FRESH,
                           .synced_at = look.now_ms - 4000,
                           .count = 2,
                           .is_poller = true};
}

static void expect(const struct header *h, int cols, const char *want)
{
    struct canvas c;
    char line[256] = "";
    size_t len;

    canvas_init(&c, 1, cols, true);
    header_draw(h, &look, &c, 0);
    for (int col = 0; col < cols; col++)
        line[col] = (char)canvas_cell(&c, 0, col)->ch;
    for (len = strlen(line); len > 0 && line[len - 1] == ' '; len--)
        line[len - 1] = '\0';
    canvas_release(&c);
    CHECK_STR(line, want);
}

static void test_a_fresh_console_shows_its_age_in_minutes(void **state)
{
    struct header h = header();

    (void)state;
    expect(&h, 70, " cicd@eu-west-1 +1  111111111111 +1  read-only                 synced");
    h.synced_at -= 60000;
    expect(&h, 70, " cicd@eu-west-1 +1  111111111111 +1  read-only          synced 1m ago");
}

/* What is in the cache is as fresh as before, but nobody may take it for granted. */
static void test_silence_is_told_beside_the_age(void **state)
{
    struct header h = header();

    (void)state;
    h.is_silent = true;
    expect(&h, 80,
           " cicd@eu-west-1 +1  111111111111 +1  read-only               AWS silent, synced");
    h.synced_at -= 60000;
    expect(&h, 60, " cicd@eu-west-1 +1  read-only     AWS silent, synced 1m ago");
    h.state = HEADER_OFFLINE; /* which says more */
    expect(&h, 70, " cicd@eu-west-1 +1  111111111111 +1  read-only         OFFLINE 1m old");
}

/* The pace comes from a file: whatever stands there, no more is written than there is room for. */
static void test_a_pace_beyond_all_reason_is_cut(void **state)
{
    struct header h = header();

    (void)state;
    h.is_slowed = true;
    h.rate_per_s = 1e300;
    h.is_poller = false;
    h.poller = 4711;
    expect(&h, 30, "");
}

static void test_trouble_is_told_with_its_age(void **state)
{
    struct header h = header();

    (void)state;
    h.state = HEADER_OFFLINE;
    h.failed = 1;
    h.synced_at = look.now_ms - 7 * 60000;
    expect(&h, 70, " cicd@eu-west-1 +1  read-only                OFFLINE in 1 of 2 7m old");
    h.failed = 2;
    h.synced_at = 0;
    expect(&h, 70, " cicd@eu-west-1 +1  111111111111 +1  read-only   OFFLINE never synced");
    h.is_cached = true;
    h.failed = 0;
    h.synced_at = look.now_ms - (int64_t)3 * 86400000;
    expect(&h, 70, " cicd@eu-west-1 +1  111111111111 +1  read-only          CACHED 3d old");
}

static void test_pace_and_poller_are_named(void **state)
{
    struct header h = header();

    (void)state;
    h.is_slowed = true;
    h.rate_per_s = 2.5;
    h.is_poller = false;
    h.poller = 4242;
    expect(&h, 90,
           " cicd@eu-west-1 +1  111111111111 +1  read-only    synced  slowed to 2.5/s  pid 4242 "
           "polls");
}

static void test_the_role_and_a_coarse_pace_are_shown(void **state)
{
    struct header h = header();

    (void)state;
    snprintf(h.role, sizeof h.role, "DataOps");
    h.rate_per_s = 14.4;
    expect(&h, 80,
           " cicd@eu-west-1 +1  111111111111 +1  DataOps  read-only        synced  api 10/s");
    expect(&h, 66, " cicd@eu-west-1 +1  111111111111 +1  DataOps  read-only    synced");
    expect(&h, 60, " cicd@eu-west-1 +1  111111111111 +1  read-only       synced");
    expect(&h, 40, " cicd@eu-west-1 +1  read-only    synced");
}

/* Of a second console on one cache: whose hands these are, before who polls. */
static void test_a_narrow_row_keeps_the_role_and_drops_who_polls(void **state)
{
    struct header h = header();

    (void)state;
    snprintf(h.where, sizeof h.where, "operator@eu-west-1");
    snprintf(h.account, sizeof h.account, "111111111111");
    snprintf(h.role, sizeof h.role, "penstock-operator");
    h.is_read_only = false;
    h.rate_per_s = 10;
    h.is_poller = false;
    h.poller = 22745;
    expect(&h, 80,
           " operator@eu-west-1  111111111111  penstock-operator                     synced");
    expect(
        &h, 100,
        " operator@eu-west-1  111111111111  penstock-operator              synced  api 10/s  pid "
        "22745 polls");
    h.is_slowed = true; /* throttling is told all the same */
    h.rate_per_s = 1.5;
    expect(&h, 80,
           " operator@eu-west-1  111111111111  penstock-operator    synced  slowed to 1.5/s");
}

static void test_the_next_change_is_known(void **state)
{
    struct header h = header();

    (void)state;
    CHECK_INT(header_next_change(&h, look.now_ms), h.synced_at + 60000);
    h.synced_at = look.now_ms - 61000;
    CHECK_INT(header_next_change(&h, look.now_ms), h.synced_at + 120000);
    h.state = HEADER_OFFLINE;
    h.synced_at = 0;
    CHECK_INT(header_next_change(&h, look.now_ms), 0);
}

static void test_a_narrow_header_keeps_the_freshness(void **state)
{
    struct header h = header();

    (void)state;
    h.state = HEADER_STALE;
    h.synced_at = look.now_ms - 3600000;
    expect(&h, 60, " cicd@eu-west-1 +1  111111111111 +1  read-only STALE 1h old");
    expect(&h, 40, " cicd@eu-west-~  read-only STALE 1h old");
    expect(&h, 10, "");
}

/* Which door is open, or shut, is seen before whose account it is, and never takes all of the room.
 */
static void test_an_unlock_and_a_freeze_come_before_the_account(void **state)
{
    struct header h = header();

    (void)state;
    h.is_read_only = false;
    snprintf(h.unlocked, sizeof h.unlocked, "UNLOCKED 12m: rolling back sales");
    expect(&h, 100,
           " cicd@eu-west-1 +1  UNLOCKED 12m: rolling back sales  111111111111 +1                  "
           "      synced");
    snprintf(h.frozen, sizeof h.frozen, "FROZEN prod: year-end");
    expect(&h, 100,
           " cicd@eu-west-1 +1  FROZEN prod: year-end  UNLOCKED 12m: rolling back sales            "
           "      synced");
    expect(&h, 60, " cicd@eu-west-1 +1  FROZEN prod: ye~  UNLOCKED 12m:~ synced");
}

/* What is frozen and who is at the keys outlast the pace, the minutes and the account's number. */
static void test_beside_a_freeze_the_role_and_its_name_are_kept(void **state)
{
    struct header h = header();

    (void)state;
    h.is_read_only = false;
    h.synced_at -= 120000;
    h.rate_per_s = 20;
    h.is_poller = false;
    h.poller = 4711;
    snprintf(h.role, sizeof h.role, "penstock-ops");
    snprintf(h.frozen, sizeof h.frozen, "FROZEN prod: weekend");
    expect(&h, 80,
           " cicd@eu-west-1 +1  FROZEN prod: weekend  penstock-ops                   synced");
    expect(&h, 70, " cicd@eu-west-1 +1  FROZEN prod: weekend  penstock-ops         synced");
    expect(&h, 130,
           " cicd@eu-west-1 +1  FROZEN prod: weekend  111111111111 +1  penstock-ops                "
           "   synced 2m ago  api 20/s  pid 4711 polls");
    snprintf(h.unlocked, sizeof h.unlocked, "UNLOCKED 12m: rolling back sales");
    expect(&h, 80,
           " cicd@eu-west-1 +1  FROZEN prod: weekend  UNLOCKED 12m: r~  penstock-ops synced");
    h.state = HEADER_STALE;
    h.unlocked[0] = '\0';
    h.synced_at -= 3600000;
    expect(&h, 80,
           " cicd@eu-west-1 +1  FROZEN prod: weekend  penstock-ops             STALE 1h old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_fresh_console_shows_its_age_in_minutes),
        TEST(test_silence_is_told_beside_the_age),
        TEST(test_trouble_is_told_with_its_age),
        TEST(test_an_unlock_and_a_freeze_come_before_the_account),
        TEST(test_beside_a_freeze_the_role_and_its_name_are_kept),
        TEST(test_pace_and_poller_are_named),
        TEST(test_a_narrow_row_keeps_the_role_and_drops_who_polls),
        TEST(test_a_pace_beyond_all_reason_is_cut),
        TEST(test_the_role_and_a_coarse_pace_are_shown),
        TEST(test_the_next_change_is_known),
        TEST(test_a_narrow_header_keeps_the_freshness),
    };
    return RUN(tests);
}
