/* The audit: private, only appended to, chained; and what was changed shows. */
#include "core/base/time.h"
#include "tests/unit/deploy/audit_stage.h"

static char text[1 << 16];

/* ---- a row ---- */

static void test_each_write_is_a_row(void **state UNUSED)
{
    struct err err = {0};
    struct stat st;
    struct sv rest;
    cJSON *json;

    REQUIRE(setenv("SSH_CLIENT", "203.0.113.9 50022 22", 1) == 0);
    add("sent", "create the repository sales");
    add("failed", "line\nbreak and \x1b[31m colour");
    audit_files_text(dir, text, sizeof text);
    REQUIRE_OK(json_parse(sv_cut(sv_of(text), '\n', &rest), &json, &err), &err);
    CHECK_INT(json_int(json, "seq", 0), 1);
    CHECK_INT(json_int(json, "pid", 0), getpid());
    CHECK_SV(json_sv(json, "outcome"), SV("sent"));
    CHECK_SV(json_sv(json, "action"), SV("create sales"));
    CHECK_SV(json_sv(json, "operation"), SV("CreateRepository"));
    CHECK_SV(json_sv(json, "account"), SV("111111111111"));
    CHECK_SV(json_sv(json, "region"), SV("eu-west-1"));
    CHECK_SV(json_sv(json, "caller"), SV("arn:aws:iam::111111111111:user/ops"));
    CHECK_SV(json_sv(json, "target"), SV("sales-prod/Deploy"));
    CHECK_SV(json_sv(json, "text"), SV("create the repository sales"));
    CHECK_SV(json_sv(json, "reason"), SV("because"));
    CHECK_SV(json_sv(json, "before"), SV("it stood"));
    CHECK_SV(json_sv(json, "after"), SV("it runs"));
    CHECK_SV(json_sv(json, "request_id"), SV("r-1"));
    CHECK_SV(json_sv(json, "ssh_client"), SV("203.0.113.9 50022 22"));
    CHECK_TRUE(json_sv(json, "host").len > 0);
    CHECK_TRUE(json_sv(json, "user").len > 0);
    CHECK_TRUE(time_wall_ms() - json_int(json, "at_ms", 0) < 60000);
    cJSON_Delete(json);
    REQUIRE_OK(json_parse(sv_cut(rest, '\n', &rest), &json, &err), &err);
    CHECK_SV(json_sv(json, "text"), SV("line\xef\xbf\xbd"
                                       "break and \xef\xbf\xbd[31m colour"));
    cJSON_Delete(json);
    CHECK_INT(rest.len, 0);
    CHECK_INT(stat(path_of("audit.db"), &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_INT(stat(path_of("audit.head"), &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
}

static bool keep_text(void *owner, const struct audit_row *row)
{
    struct sb *out = owner;

    return sb_add(out, row->line.text, NULL) == ERR_OK;
}

static void test_what_is_long_is_cut_at_a_character(void **state UNUSED)
{
    static char long_text[20000];
    const struct audit_query one = {.limit = 1};
    struct err err = {0};
    struct sb kept;

    for (size_t i = 0; i + 2 < sizeof long_text; i += 2)
        memcpy(long_text + i, "\xc3\xa4", 2);
    add("failed", long_text);
    sb_init(&kept, 65536);
    REQUIRE_OK(audit_read(dir, &one, keep_text, &kept, &err), &err);
    CHECK_INT(kept.len, 1024);
    memset(long_text, 0x1b, sizeof long_text - 1);
    add("failed", long_text);
    sb_clear(&kept);
    REQUIRE_OK(audit_read(dir, &one, keep_text, &kept, &err), &err);
    CHECK_INT(kept.len, 1023); /* of three bytes each */
    CHECK_INT(text_width(sb_sv(&kept)), 341);
    sb_release(&kept);
    CHECK_INT(verify().bad_seq, 0);
}

static bool note_seq(void *owner, const struct audit_row *row)
{
    struct sb *out = owner;

    return sb_addf(out, NULL, "%lld ", (long long)row->seq) == ERR_OK;
}

static const char *seqs(struct audit_query query)
{
    static char out[400];
    struct err err = {0};
    struct sb sb;

    sb_init(&sb, sizeof out);
    REQUIRE_OK(audit_read(dir, &query, note_seq, &sb, &err), &err);
    snprintf(out, sizeof out, "%s", sb_cstr(&sb));
    sb_release(&sb);
    return out;
}

static void test_reading_in_both_directions(void **state UNUSED)
{
    CHECK_STR(seqs((struct audit_query){.limit = 3}), "");
    fill(5);
    add("refused", "Ähnlich");
    CHECK_STR(seqs((struct audit_query){.limit = 0}), "6 5 4 3 2 1 ");
    CHECK_STR(seqs((struct audit_query){.limit = 2}), "6 5 ");
    CHECK_STR(seqs((struct audit_query){.limit = 2, .before_seq = 4}), "3 2 ");
    CHECK_STR(seqs((struct audit_query){.is_oldest_first = true}), "1 2 3 4 5 6 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("ROW 4")}), "4 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("äHN")}), "6 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("refus")}), "6 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("row"), .limit = 2}), "5 4 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("nothing like it")}), "");
    CHECK_STR(seqs((struct audit_query){.since_ms = time_wall_ms() + 60000}), "");
}

static void test_no_audit_is_no_row_and_is_not_made(void **state UNUSED)
{
    struct audit_verdict verdict = verify();

    CHECK_INT(verdict.rows, 0);
    CHECK_INT(verdict.bad_seq, 0);
    CHECK_STR(verdict.text, "nothing has been written yet");
    CHECK_INT(access(path_of("audit.db"), F_OK), -1);
}

/* ---- what was changed shows ---- */

enum { ROWS = 5 };

/* Each from the same whole audit. */
static void keep(void)
{
    copy_file("audit.db", "copy");
}

static void put_back(void)
{
    copy_file("copy", "audit.db");
}

static void test_every_changed_column_of_every_row_shows(void **state UNUSED)
{
    static const char *const columns[] = {
        "at_ms",
        "pid",
#define COLUMN_NAME(column, json, member, most) #column,
        AUDIT_TEXT_LIST(COLUMN_NAME)
#undef COLUMN_NAME
            "hash",
    };
    char sql[200];

    fill(ROWS);
    keep();
    CHECK_INT(verify().bad_seq, 0);
    CHECK_TRUE(strstr(verify().text, "chain whole, 5 rows, last hash ") != NULL);
    for (int row = 1; row <= ROWS; row++) {
        for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
            snprintf(sql, sizeof sql,
                     i < 2 ? "UPDATE audit SET %s = %s + 1 WHERE seq = %d"
                           : "UPDATE audit SET %s = %s || 'x' WHERE seq = %d",
                     columns[i], columns[i], row);
            tamper(sql);
            expect_bad(row, sql);
            put_back();
        }
    }
    /* From one column into its neighbour: the bytes behind each other stay the same. */
    tamper("UPDATE audit SET action = action || substr(operation, 1, 1),"
           " operation = substr(operation, 2) WHERE seq = 3");
    expect_bad(3, "moved a letter");
}

static void test_every_removed_row_shows(void **state UNUSED)
{
    char sql[200];

    fill(ROWS);
    keep();
    for (int from = 1; from <= ROWS; from++) {
        for (int to = from; to <= ROWS; to++) {
            snprintf(sql, sizeof sql, "DELETE FROM audit WHERE seq BETWEEN %d AND %d", from, to);
            tamper(sql);
            expect_bad(from, sql);
            /* ...also when the rest is numbered anew. */
            snprintf(sql, sizeof sql, "UPDATE audit SET seq = seq - %d WHERE seq > %d",
                     to - from + 1, to);
            tamper(sql);
            expect_bad(from, sql);
            put_back();
        }
    }
}

static void test_every_two_swapped_rows_show(void **state UNUSED)
{
    char sql[200];

    fill(ROWS);
    keep();
    for (int a = 1; a <= ROWS; a++) {
        for (int b = a + 1; b <= ROWS; b++) {
            snprintf(sql, sizeof sql,
                     "UPDATE audit SET seq = -1 WHERE seq = %d;"
                     "UPDATE audit SET seq = %d WHERE seq = %d;"
                     "UPDATE audit SET seq = %d WHERE seq = -1",
                     a, a, b, b);
            tamper(sql);
            expect_bad(a, sql);
            put_back();
        }
    }
}

static void test_every_inserted_row_shows(void **state UNUSED)
{
    char sql[600];

    fill(ROWS);
    keep();
    for (int at = 0; at <= ROWS; at++) {
        /* A copy of a row, with those behind it moved up; before all of them it is row 0. */
        snprintf(sql, sizeof sql,
                 "UPDATE audit SET seq = -seq WHERE seq > %d;"
                 "UPDATE audit SET seq = 1 - seq WHERE seq < 0;"
                 "CREATE TEMP TABLE one AS SELECT * FROM audit LIMIT 1;"
                 "UPDATE one SET seq = %d;"
                 "INSERT INTO audit SELECT * FROM one",
                 at, at + 1);
        tamper(sql);
        if (at > 0)
            expect_bad(at + 1, sql);
        else
            CHECK_TRUE(verify().bad_seq != 0);
        put_back();
    }
    tamper("CREATE TEMP TABLE one AS SELECT * FROM audit LIMIT 1;UPDATE one SET seq = 0;"
           "INSERT INTO audit SELECT * FROM one");
    expect_bad(1, "a row 0");
    put_back();
    tamper("CREATE TEMP TABLE one AS SELECT * FROM audit LIMIT 1;UPDATE one SET seq = -7;"
           "INSERT INTO audit SELECT * FROM one");
    expect_bad(1, "a row -7");
}

static void test_rows_at_the_end_are_missed_by_the_head(void **state UNUSED)
{
    fill(ROWS);
    tamper("DELETE FROM audit WHERE seq = 5");
    expect_bad(5, "the last one");
    /* What is written later does not hide it. */
    add("done", "another fifth row");
    expect_bad(5, "another fifth row");
    add("done", "a sixth row");
    expect_bad(5, "a sixth row");
}

static void test_a_head_that_is_gone_shows_for_ever(void **state UNUSED)
{
    fill(2);
    REQUIRE(unlink(path_of("audit.head")) == 0);
    expect_bad(3, "no head");
    add("done", "a third row");
    CHECK_INT(access(path_of("audit.head"), F_OK), -1);
    expect_bad(4, "no head");
}

static void test_an_empty_head_is_a_missing_one(void **state UNUSED)
{
    write_file("audit.head", "");
    fill(2);
    CHECK_INT(verify().bad_seq, 0);
    write_file("audit.head", "");
    expect_bad(3, "an empty head");
    add("done", "x");
    expect_bad(4, "an empty head");
}

static void test_a_head_that_is_no_head_shows(void **state UNUSED)
{
    FILE *file;

    fill(2);
    file = fopen(path_of("audit.head"), "we");
    REQUIRE(file != NULL);
    fputs("2 abc\n", file);
    fclose(file);
    expect_bad(3, "a broken head");
    add("done", "x");
    expect_bad(4, "a broken head");
}

static void test_a_table_that_is_gone_shows(void **state UNUSED)
{
    fill(2);
    REQUIRE(unlink(path_of("audit.db")) == 0);
    add("done", "as if it were the first");
    expect_bad(2, "began anew");
    CHECK_TRUE(strstr(verify().text, "audit.head remembers another one") != NULL);
    for (int i = 0; i < 5; i++)
        add("done", "and so on");
    expect_bad(2, "began anew");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_each_write_is_a_row),
        IN_DIR(test_what_is_long_is_cut_at_a_character),
        IN_DIR(test_reading_in_both_directions),
        IN_DIR(test_no_audit_is_no_row_and_is_not_made),
        IN_DIR(test_every_changed_column_of_every_row_shows),
        IN_DIR(test_every_removed_row_shows),
        IN_DIR(test_every_two_swapped_rows_show),
        IN_DIR(test_every_inserted_row_shows),
        IN_DIR(test_rows_at_the_end_are_missed_by_the_head),
        IN_DIR(test_a_head_that_is_gone_shows_for_ever),
        IN_DIR(test_an_empty_head_is_a_missing_one),
        IN_DIR(test_a_head_that_is_no_head_shows),
        IN_DIR(test_a_table_that_is_gone_shows),
    };

    return RUN(tests);
}
