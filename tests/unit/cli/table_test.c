/* Rows as a table and as plain lines. The rows are made by hand: no cache is needed. */
#include "core/cli/table.h"
#include "tests/unit/check.h"

enum { NOW = 1000 * 1000 * 1000 };

static struct table table;
static struct out out;
static struct err err;

static struct pipeline_row row_named(struct sv name)
{
    return (struct pipeline_row){
        .id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), name},
        .logical = name,
        .status = STATUS_SUCCEEDED,
        .changed_at = NOW - 7 * 60 * 1000,
        .revision = SV("a1b2c3d4e5f6"),
        .revision_summary = SV("fix the join"),
    };
}

static void start(enum table_kind kind, int cells, bool is_utf8)
{
    struct table_options options = {
        .kind = kind, .cells = cells, .is_utf8 = is_utf8, .is_7bit = !is_utf8, .now_ms = NOW};

    out_init(&out);
    table_init(&table, kind == TABLE_PLAIN ? &view_plain : &view_pipelines, &options, &out);
}

static void add(struct sv name)
{
    struct pipeline_row row = row_named(name);

    REQUIRE_OK(table_row(&table, &row, &err), &err);
}

static void finish(void)
{
    table_release(&table);
    out_release(&out);
}

static struct sv line(size_t n)
{
    struct sv rest = sb_sv(&out.text);
    struct sv one = sv_cut(rest, '\n', &rest);

    for (; n > 0; n--)
        one = sv_cut(rest, '\n', &rest);
    return one;
}

static void test_no_line_is_wider_than_the_terminal(void **state UNUSED)
{
    start(TABLE_FITTED, 80, true);
    add(SV("a-very-long-name-indeed-that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on"));
    add(SV("données-日本語-日本語-日本語-日本語-日本語-日本語-日本語-日本語-日本語"));
    REQUIRE_OK(table_end(&table, &err), &err);
    for (size_t i = 0; i < 3; i++)
        CHECK_TRUE(text_width(line(i)) <= 80);
    CHECK_TRUE(sv_find(line(1), SV("~")) > 0);
    CHECK_TRUE(sv_find(line(2), SV("~")) > 0);
    finish();
}

static void test_a_pipe_gets_whole_names_in_columns(void **state UNUSED)
{
    struct sv name = SV("a-very-long-name-indeed-that-goes-on-and-on-and-on-and-on-and-on-and-on");

    start(TABLE_WHOLE, 0, true);
    add(SV("short"));
    add(name);
    REQUIRE_OK(table_end(&table, &err), &err);
    CHECK_TRUE(sv_find(line(2), name) > 0);
    /* The column behind the name starts in the same cell in both rows. */
    CHECK_INT(sv_find(line(1), SV("fix the join")), sv_find(line(2), SV("fix the join")));
    CHECK_TRUE(!sv_ends(line(1), SV(" ")));
    finish();
}

static void test_plain_is_one_line_per_row_whatever_names_hold(void **state UNUSED)
{
    struct sv rest;
    size_t columns = 1;

    start(TABLE_PLAIN, 0, true);
    add(SV("evil\tname\nwith \x1b[31mcolour"));
    rest = line(0);
    CHECK_INT(line(1).len, 0);
    for (size_t i = 0; i < rest.len; i++)
        columns += rest.ptr[i] == '\t';
    CHECK_INT(columns, view_plain.column_count);
    CHECK_INT(sv_find(rest, SV("\x1b")), -1);
    finish();
}

static void test_a_terminal_without_utf8_gets_ascii_only(void **state UNUSED)
{
    struct sv rest;

    start(TABLE_FITTED, 80, false);
    add(SV("données"));
    REQUIRE_OK(table_end(&table, &err), &err);
    CHECK_TRUE(sv_find(line(1), SV("donn?es")) > 0);
    CHECK_TRUE(sv_starts(line(1), SV("+ OK")));
    rest = sb_sv(&out.text);
    for (size_t i = 0; i < rest.len; i++)
        CHECK_TRUE((unsigned char)rest.ptr[i] < 0x80);
    finish();
}

static void test_many_rows_keep_one_heading(void **state UNUSED)
{
    size_t headings = 0;
    struct sv rest;
    ptrdiff_t at;

    start(TABLE_FITTED, 40, true);
    for (int i = 0; i < TABLE_BLOCK * 2 + 1; i++)
        add(SV("orders"));
    REQUIRE_OK(table_end(&table, &err), &err);
    CHECK_INT(table.total, TABLE_BLOCK * 2 + 1);
    rest = sb_sv(&out.text);
    while ((at = sv_find(rest, SV("PIPELINE"))) >= 0) {
        headings++;
        rest = sv_drop(rest, (size_t)at + 1);
    }
    CHECK_INT(headings, 1);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_line_is_wider_than_the_terminal),
        TEST(test_a_pipe_gets_whole_names_in_columns),
        TEST(test_plain_is_one_line_per_row_whatever_names_hold),
        TEST(test_a_terminal_without_utf8_gets_ascii_only),
        TEST(test_many_rows_keep_one_heading),
    };

    return RUN(tests);
}
