/* Stacks that lines of a log name, and where they say it is. */
#include "core/model/stack_mention.h"

#include "tests/unit/check.h"

static void check(const char *line, const char *name, const char *account, const char *region)
{
    struct stack_mention found;

    CHECK_INT(stack_mention_find(sv_of(line), &found), name[0] != '\0');
    CHECK_SV(found.name, sv_of(name));
    CHECK_SV(found.account, sv_of(account));
    CHECK_SV(found.region, sv_of(region));
}

static void test_a_stack_is_named_in_words_or_by_its_arn(void **state UNUSED)
{
    check("the stack named Lake-Prod failed to deploy: X", "Lake-Prod", "", "");
    check("arn:aws:cloudformation:eu-west-1:111111111111:stack/sales/uuid failed", "sales",
          "111111111111", "eu-west-1");
    check("stack named sales: arn:aws:cloudformation:eu-west-1:111111111111:stack/sales/1", "sales",
          "111111111111", "eu-west-1");
    check("stack named app, after arn:aws:cloudformation:eu-west-1:111111111111:stack/base/1",
          "app", "", "");
}

static void test_what_is_no_name_or_no_place_is_none(void **state UNUSED)
{
    check("no stack here", "", "", "");
    check("the stack named ", "", "", "");
    check(":stack/", "", "", "");
    check(":stack/sales", "sales", "", "");
    check("11:stack/sales", "sales", "", "");
    check("111111111111:stack/sales", "sales", "", "");
    check(":111111111111:stack/sales", "sales", "", "");
    check("EU:111111111111:stack/sales", "sales", "", "");
}

static void test_it_is_kept_when_the_line_is_gone(void **state UNUSED)
{
    char line[] = "x:eu-west-1:111111111111:stack/sales/1";
    struct stack_mention found;
    struct stack_mention kept;
    struct arena arena;
    struct err err;

    arena_init(&arena, 4096);
    REQUIRE(stack_mention_find(sv_of(line), &found));
    REQUIRE_OK(stack_mention_keep(&arena, &found, &kept, &err), &err);
    memset(line, 'z', sizeof line - 1);
    CHECK_SV(kept.name, SV("sales"));
    CHECK_SV(kept.account, SV("111111111111"));
    CHECK_SV(kept.region, SV("eu-west-1"));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_stack_is_named_in_words_or_by_its_arn),
        TEST(test_what_is_no_name_or_no_place_is_none),
        TEST(test_it_is_kept_when_the_line_is_gone),
    };

    return RUN(tests);
}
