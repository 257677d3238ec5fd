/* Commits: what is new since another one, by the parents that are known. */
#include "core/model/commit.h"

#include "core/model/trigger.h"
#include "tests/unit/check.h"

static const struct sv a[] = {{"a", 1}};
static const struct sv b[] = {{"b", 1}};
static const struct sv bc[] = {{"b", 1}, {"c", 1}};

static void test_all_but_the_base_and_its_ancestors_are_new(void **state)
{
    const struct commit line[] = {{.id = SV("c"), .parents = b, .parent_count = 1},
                                  {.id = SV("b"), .parents = a, .parent_count = 1},
                                  {.id = SV("a")}};
    struct commit out[3];

    (void)state;
    CHECK_INT(commits_since(line, 3, SV("a"), out), 2);
    CHECK_SV(out[0].id, SV("c"));
    CHECK_SV(out[1].id, SV("b"));
    CHECK_INT(commits_since(line, 3, SV("c"), NULL), 0);
    CHECK_INT(commits_since(line, 3, SV("x"), NULL), -1);
    CHECK_INT(commits_since(line, 0, SV("a"), NULL), -1);
}

/* d merges b and c, which both come from a. */
static void test_a_merge_brings_both_sides(void **state)
{
    const struct commit graph[] = {{.id = SV("d"), .parents = bc, .parent_count = 2},
                                   {.id = SV("b"), .parents = a, .parent_count = 1},
                                   {.id = SV("c"), .parents = a, .parent_count = 1},
                                   {.id = SV("a")}};

    (void)state;
    CHECK_INT(commits_since(graph, 4, SV("b"), NULL), 2);
    CHECK_INT(commits_since(graph, 4, SV("a"), NULL), 3);
}

static void test_a_title_is_the_first_line(void **state)
{
    const struct commit commit = {.message = SV("\n  fix it \r\n\nbecause")};

    (void)state;
    CHECK_SV(commit_title(&commit), SV("fix it"));
}

static void test_a_person_is_the_end_of_an_arn(void **state)
{
    (void)state;
    CHECK_SV(trigger_person(SV("arn:aws:sts::111111111111:assumed-role/Ops/ana")), SV("ana"));
    CHECK_SV(trigger_person(SV("arn:aws:iam::111111111111:user/team/bob")), SV("bob"));
    CHECK_SV(trigger_person(SV("arn:aws:iam::111111111111:root")), SV("root"));
    CHECK_SV(trigger_person(SV("arn:aws:events:eu-west-1:111111111111:rule/push")), SV(""));
    CHECK_SV(trigger_person(SV("arn:aws:codepipeline:eu-west-1:1:webhook:x")), SV(""));
    CHECK_SV(trigger_person(SV("")), SV(""));
    CHECK_SV(trigger_words(SV("Webhook")), SV("a push"));
    CHECK_SV(trigger_words(SV("Newest")), SV("Newest"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_but_the_base_and_its_ancestors_are_new),
        TEST(test_a_merge_brings_both_sides),
        TEST(test_a_title_is_the_first_line),
        TEST(test_a_person_is_the_end_of_an_arn),
    };
    return RUN(tests);
}
