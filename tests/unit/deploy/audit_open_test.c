/* Writes that the audit has as sent, and whose end it does not know. */
#include "core/base/time.h"
#include "tests/unit/deploy/audit_stage.h"

#define MARK(token)    "release a change [token " token " request 9a state 1c trace e1]"
#define SETTLED(token) "AWS's answer was lost; it was done [token " token "]"

static const char *found_token(const struct audit_seek *seek)
{
    static char token[40];
    CLEANUP(arena_release) struct arena arena;
    enum audit_open open;
    struct audit_row row;
    struct err err = {0};

    arena_init(&arena, 1 << 20);
    REQUIRE_OK(audit_find_open(dir, seek, &arena, &row, &open, &err), &err);
    CHECK_TRUE(open != AUDIT_OPEN_UNDER_WAY);
    if (open == AUDIT_OPEN_NONE)
        return "";
    snprintf(token, sizeof token, SV_FMT, SV_ARG(audit_mark(row.line.text, "token")));
    return token;
}

static struct audit_seek seek_of(void)
{
    return (struct audit_seek){.action = SV("create others"),
                               .operation = SV("CreateRepository"),
                               .account = SV("111111111111"),
                               .region = SV("eu-west-1"),
                               .target = SV("sales-prod/Deploy")};
}

static void settle(const char *outcome, const char *what)
{
    struct audit_line line = line_of(outcome, what);
    struct err err = {0};

    line.operation = SV("");
    REQUIRE_OK(audit_write(dir, &line, &err), &err);
}

static void test_a_mark_is_read_from_the_end(void **state UNUSED)
{
    struct sv text = SV("do [token x] it [token 5f trace a/b:c]");

    CHECK_SV(audit_mark(text, "token"), SV("5f"));
    CHECK_SV(audit_mark(text, "trace"), SV("a/b:c"));
    CHECK_SV(audit_mark(text, "state"), SV(""));
    CHECK_SV(audit_mark(text, "5f"), SV(""));
    CHECK_SV(audit_mark(SV("do it [token 5f"), "token"), SV(""));
    CHECK_SV(audit_mark(SV("do it [token"), "token"), SV(""));
    CHECK_SV(audit_mark(SV("[]"), "token"), SV(""));
    CHECK_SV(audit_mark(SV(" []"), "token"), SV(""));
    CHECK_SV(audit_mark(SV(""), "token"), SV(""));
}

static void test_a_write_is_open_until_its_end_is_known(void **state UNUSED)
{
    const struct audit_seek seek = seek_of();

    CHECK_STR(found_token(&seek), "");
    add("sent", MARK("t1"));
    CHECK_STR(found_token(&seek), "t1");
    add("unknown", "no answer");
    CHECK_STR(found_token(&seek), "t1");
    settle("done", "something else");
    settle("done", SETTLED("t2"));
    CHECK_STR(found_token(&seek), "t1");
    settle("done", SETTLED("t1"));
    CHECK_STR(found_token(&seek), "");
    add("sent", MARK("t3"));
    add("done", "it");
    CHECK_STR(found_token(&seek), "");
    CHECK_INT(verify().bad_seq, 0);
}

/* A later one that ended well says nothing of one that did not; the same token does. */
static void test_each_write_has_an_end_of_its_own(void **state UNUSED)
{
    const struct audit_seek seek = seek_of();

    add("sent", MARK("t1"));
    add("unknown", "no answer");
    add("sent", MARK("t2"));
    add("done", "it");
    CHECK_STR(found_token(&seek), "t1");
    add("sent", MARK("t1"));
    add("done", "it");
    CHECK_STR(found_token(&seek), "");
    add("sent", "of an older penstock, without a mark");
    CHECK_STR(found_token(&seek), "");
}

static void test_only_the_same_write_at_the_same_place_counts(void **state UNUSED)
{
    struct audit_seek seek = seek_of();

    add("sent", MARK("t1"));
    seek.action = SV("reject sales");
    CHECK_STR(found_token(&seek), "");
    seek = seek_of();
    seek.target = SV("sales-prod/Build");
    CHECK_STR(found_token(&seek), "");
    seek = seek_of();
    seek.region = SV("us-east-1");
    CHECK_STR(found_token(&seek), "");
    seek = seek_of();
    seek.operation = SV("DeleteRepository");
    CHECK_STR(found_token(&seek), "");
    seek = seek_of();
    seek.since_ms = time_wall_ms() + 60000;
    CHECK_STR(found_token(&seek), "");
}

static void test_any_execution_of_a_target_counts_where_none_is_named(void **state UNUSED)
{
    struct audit_line line = line_of("sent", MARK("t1"));
    struct audit_seek seek = seek_of();
    struct err err = {0};

    line.target = SV("sales execution 5cf97b81");
    REQUIRE_OK(audit_write(dir, &line, &err), &err);
    seek.target = SV("sales");
    CHECK_STR(found_token(&seek), "");
    seek.is_whole = true;
    CHECK_STR(found_token(&seek), "t1");
    seek.target = SV("sale");
    CHECK_STR(found_token(&seek), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_a_mark_is_read_from_the_end),
        IN_DIR(test_a_write_is_open_until_its_end_is_known),
        IN_DIR(test_each_write_has_an_end_of_its_own),
        IN_DIR(test_only_the_same_write_at_the_same_place_counts),
        IN_DIR(test_any_execution_of_a_target_counts_where_none_is_named),
    };

    return RUN(tests);
}
