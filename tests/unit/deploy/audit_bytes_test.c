/* Any bytes of the audit's files changed, cut off or blanked, from a seed: reading never falls
 * over, and what verification calls whole is what was written. */
#include "tests/unit/deploy/audit_stage.h"

enum { ROUNDS = 600, ROWS = 7, FILE_MAX = 1 << 17, RUN_MAX = 300 };

struct bytes {
    const char *name;
    char was[FILE_MAX];
    char is[FILE_MAX];
    size_t len;
};
static struct bytes files[] = {
    {.name = "audit.db"}, {.name = "audit.head"}, {.name = "audit.lock"}};

static char rows_then[1 << 16];
static char rows_now[1 << 16];
static uint64_t dice_state;

/* xorshift64: the same everywhere. */
static size_t dice(size_t sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (size_t)(dice_state % sides);
}

static void read_bytes(struct bytes *b)
{
    FILE *file = fopen(path_of(b->name), "re");

    REQUIRE(file != NULL);
    b->len = fread(b->was, 1, sizeof b->was, file);
    fclose(file);
    REQUIRE(b->len > 0 && b->len < sizeof b->was);
}

static void write_bytes(const struct bytes *b, const char *bytes, size_t len)
{
    FILE *file = fopen(path_of(b->name), "we");

    REQUIRE(file != NULL);
    REQUIRE(fwrite(bytes, 1, len, file) == len);
    REQUIRE(fclose(file) == 0);
}

/* One mischief; what it was is told when it is not noticed. */
static void spoil(struct bytes *b, char *what, size_t size)
{
    size_t at = dice(b->len);
    size_t run = 1 + dice(RUN_MAX);
    size_t len = b->len;

    memcpy(b->is, b->was, b->len);
    if (run > b->len - at)
        run = b->len - at;
    switch (dice(4)) {
    case 0:
        b->is[at] = (char)(b->is[at] ^ (1 << dice(8)));
        snprintf(what, size, "%s: a bit of byte %zu", b->name, at);
        break;
    case 1:
        memset(b->is + at, (int)dice(256), run);
        snprintf(what, size, "%s: %zu bytes from %zu blanked", b->name, run, at);
        break;
    case 2:
        memmove(b->is + at, b->is + at + run, b->len - at - run);
        len = b->len - run;
        snprintf(what, size, "%s: %zu bytes from %zu taken out", b->name, run, at);
        break;
    default:
        len = at;
        snprintf(what, size, "%s: cut off at %zu", b->name, at);
        break;
    }
    write_bytes(b, b->is, len);
}

static void keep_rows(char *out, size_t size)
{
    const struct audit_query all = {.is_oldest_first = true};
    struct sb rows;

    sb_init(&rows, size - 1);
    if (audit_read(dir, &all, audit_files_put, &rows, NULL))
        sb_clear(&rows);
    snprintf(out, size, "%s", sb_cstr(&rows));
    sb_release(&rows);
}

static bool is_told(void)
{
    struct audit_verdict verdict;

    return audit_verify(dir, &verdict, NULL) != ERR_OK || verdict.bad_seq != 0;
}

/* It says so, or cannot read it, or nothing that it holds is another. */
static bool is_noticed(void)
{
    struct audit_verdict verdict;
    struct err err = {0};

    if (audit_verify(dir, &verdict, &err))
        return err.text[0] != '\0';
    if (verdict.bad_seq != 0)
        return verdict.text[0] != '\0';
    keep_rows(rows_now, sizeof rows_now);
    return strcmp(rows_now, rows_then) == 0;
}

static void begin(void)
{
    fill(ROWS);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        read_bytes(&files[i]);
    keep_rows(rows_then, sizeof rows_then);
    REQUIRE(rows_then[0] != '\0');
    dice_state = 0x70656e73746f636b;
}

static void put_back(void)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        write_bytes(&files[i], files[i].was, files[i].len);
    unlink(path_of("audit.db-journal"));
}

static void test_whatever_happens_to_its_bytes_shows(void **state UNUSED)
{
    size_t told = 0;
    char what[200];

    begin();
    for (int round = 0; round < ROUNDS; round++) {
        spoil(&files[dice(ARRAY_LEN(files))], what, sizeof what);
        told += is_told();
        if (!is_noticed())
            print_error("round %d: %s\n", round, what);
        CHECK_TRUE(is_noticed());
        put_back();
    }
    /* Most bytes matter. */
    CHECK_TRUE(told > ROUNDS / 4);
    CHECK_INT(verify().bad_seq, 0);
}

/* Rows that are written afterwards neither fall over nor make it whole again. */
static void test_what_is_written_later_hides_nothing(void **state UNUSED)
{
    struct audit_line line = line_of("done", "a later row");
    char what[200];

    begin();
    for (int round = 0; round < ROUNDS / 5; round++) {
        struct audit_verdict verdict;
        struct err err = {0};
        bool was_broken;

        spoil(&files[dice(2)], what, sizeof what);
        was_broken = audit_verify(dir, &verdict, &err) != ERR_OK || verdict.bad_seq != 0;
        if (audit_write_within(dir, &line, 100, &err))
            CHECK_TRUE(err.text[0] != '\0');
        if (was_broken && audit_verify(dir, &verdict, &err) == ERR_OK && verdict.bad_seq == 0)
            print_error("round %d: %s: %s\n", round, what, verdict.text);
        if (was_broken)
            CHECK_TRUE(audit_verify(dir, &verdict, &err) != ERR_OK || verdict.bad_seq != 0 ||
                       verdict.note[0] != '\0');
        put_back();
        while (audit_kept(dir) > 0)
            REQUIRE_OK(audit_write_kept(dir, 100, &err), &err);
        put_back();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_whatever_happens_to_its_bytes_shows),
        IN_DIR(test_what_is_written_later_hides_nothing),
    };

    return RUN(tests);
}
