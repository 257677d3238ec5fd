/* A table for people: whole where there is room, narrowed and shortened in a terminal. */
#include "core/cli/columns.h"

#include "tests/unit/check.h"

static void expect(int cells, const char *want)
{
    struct columns c;
    struct err err = {0};
    struct sb out;

    sb_init(&out, 1 << 16);
    columns_init(&c, "ID|PIPELINE|STAGE|SUMMARY");
    columns_add(&c, SV("7"));
    columns_add(&c, SV("marketing-attribution"));
    columns_add(&c, SV("ManualApproval-dev"));
    columns_add(&c, SV("read Parquet with the new schema"));
    columns_add(&c, SV("12"));
    columns_add(&c, SV("sales"));
    columns_add(&c, SV("\xe5\x9c\xa8\xe5\xba\xab")); /* two cells each */
    columns_add(&c, SV("\033[2J"));
    REQUIRE_OK(columns_print(&c, cells, &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    columns_release(&c);
    sb_release(&out);
}

static void test_a_pipe_gets_all_of_it(void **state UNUSED)
{
    expect(0,
           "ID  PIPELINE               STAGE               SUMMARY\n"
           "7   marketing-attribution  ManualApproval-dev  read Parquet with the new schema\n"
           "12  sales                  \xe5\x9c\xa8\xe5\xba\xab                \xef\xbf\xbd[2J\n");
}

static void test_a_terminal_gets_what_fits(void **state UNUSED)
{
    expect(60, "ID  PIPELINE           STAGE              SUMMARY\n"
               "7   marketing-attrib~  ManualApproval-d~  read Parquet with~\n"
               "12  sales              \xe5\x9c\xa8\xe5\xba\xab               \xef\xbf\xbd[2J\n");
    expect(40, "ID  PIPELINE           STAGE\n"
               "7   marketing-attrib~  ManualApproval-d~\n"
               "12  sales              \xe5\x9c\xa8\xe5\xba\xab\n");
    expect(5, "ID\n7\n12\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_pipe_gets_all_of_it),
        TEST(test_a_terminal_gets_what_fits),
    };

    return RUN(tests);
}
