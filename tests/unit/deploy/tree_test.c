/* Trees remember a failure and lose nothing. */
#include "tests/unit/check.h"

#include "core/deploy/tree.h"

static void test_a_tree_reads_as_it_was_built(void **state)
{
    struct err err = {0};
    struct tree t;
    cJSON *tree = NULL;
    cJSON *list;
    char *text;

    (void)state;
    tree_init(&t, &err);
    tree_put_sv(&t, t.root, "name", sv_make("orders!", 6)); /* a piece of a text */
    tree_put_int(&t, t.root, "n", 3);
    list = tree_list(&t, t.root, "list");
    tree_add(&t, list, tree_ref(&t, "Bucket"));
    tree_add(&t, list, tree_get_att(&t, "Key", "Arn"));
    tree_add(&t, list, tree_if(&t, "IsTrusting", tree_sub(&t, "${%s}/*", "Bucket"), NULL));
    REQUIRE_OK(tree_done(&t, &tree), &err);
    text = cJSON_PrintUnformatted(tree);
    CHECK_STR(text, "{\"name\":\"orders\",\"n\":3,\"list\":[{\"Ref\":\"Bucket\"},"
                    "{\"Fn::GetAtt\":[\"Key\",\"Arn\"]},"
                    "{\"Fn::If\":[\"IsTrusting\",{\"Fn::Sub\":\"${Bucket}/*\"},"
                    "{\"Ref\":\"AWS::NoValue\"}]}]}");
    cJSON_free(text);
    cJSON_Delete(tree);
}

static void test_the_first_failure_is_told_and_nothing_is_cut(void **state)
{
    char longer[2000];
    struct err err = {0};
    struct tree t;
    cJSON *tree = NULL;
    cJSON *lost;

    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    tree_init(&t, &err);
    lost = tree_put(&t, t.root, "name", tree_textf(&t, "%s", longer));
    CHECK_TRUE(lost == NULL);
    tree_put_text(&t, tree_object(&t, lost, "below"), "what", "goes on");
    CHECK_INT(tree_done(&t, &tree), ERR_LIMIT);
    CHECK_TRUE(tree == NULL);
    CHECK_TRUE(strstr(err.text, "over 1023 bytes") != NULL);
}

static void test_what_fails_beside_the_tree_counts(void **state)
{
    struct err err = {0};
    struct tree t;
    cJSON *tree = NULL;

    (void)state;
    tree_init(&t, &err);
    CHECK_TRUE(!tree_failed(&t, ERR_OK));
    CHECK_TRUE(tree_failed(&t, err_set(&err, ERR_REPLY, "no JSON")));
    CHECK_INT(tree_done(&t, &tree), ERR_REPLY);
    CHECK_STR(err.text, "no JSON");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_tree_reads_as_it_was_built),
        TEST(test_the_first_failure_is_told_and_nothing_is_cut),
        TEST(test_what_fails_beside_the_tree_counts),
    };

    return RUN(tests);
}
