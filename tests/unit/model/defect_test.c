/* Defects: kept, counted, cleaned, and made into one failure. */
#include "tests/unit/check.h"

#include "core/model/defect.h"

static void test_defects_say_the_first_error_and_how_many_more(void **state UNUSED)
{
    struct defects d = {0};
    struct err err = {0};

    CHECK_INT(defects_err(&d, &err), ERR_OK);
    defects_warn(&d, "team", "is unusual");
    CHECK_INT(defects_err(&d, &err), ERR_OK);
    defects_add(&d, "name", "is required");
    CHECK_INT(defects_err(&d, &err), ERR_USAGE);
    CHECK_STR(err.text, "name: is required");
    defects_add(&d, "", "is odd");
    defects_add_first(&d, "name", "is odd");
    CHECK_INT(defects_err(&d, &err), ERR_USAGE);
    CHECK_STR(err.text, "name: is required (and 1 more)");
    CHECK_INT(d.count, 3);
    CHECK_TRUE(defects_of(&d, "team")->is_warning);
    CHECK_TRUE(defects_of(&d, "cicd") == NULL);
}

static void test_what_refuses_is_no_wrong_input(void **state UNUSED)
{
    struct defects d = {0};
    struct err err = {0};

    defects_refuse(&d, "sales", "nothing failed in %s", "prod");
    CHECK_INT(defects_err(&d, &err), ERR_FAILED);
    CHECK_STR(err.text, "sales: nothing failed in prod");
    CHECK_TRUE(d.items[0].is_refusal && !d.items[0].is_warning);
    defects_add(&d, "orders", "needs a reason");
    CHECK_INT(defects_err(&d, &err), ERR_USAGE);
    CHECK_STR(err.text, "sales: nothing failed in prod (and 1 more)");
    CHECK_TRUE(!d.items[1].is_refusal);
}

static void test_defects_over_the_limit_are_counted(void **state UNUSED)
{
    struct defects d = {0};

    for (int i = 0; i < DEFECTS_MAX + 7; i++)
        defects_add(&d, "name", "is odd");
    CHECK_INT(d.count, DEFECTS_MAX);
    CHECK_INT(d.left_out, 7);
    CHECK_INT(d.errors, DEFECTS_MAX + 7);
}

static void test_defects_are_clean_and_cut_with_a_mark(void **state UNUSED)
{
    struct defects d = {0};
    char field[DEFECT_FIELD_SIZE];
    char longish[400];

    memset(longish, 'x', sizeof longish - 1);
    longish[sizeof longish - 1] = '\0';
    defects_add(&d, defect_field(field, "a%s", longish), "a\033[2J%s", longish);
    CHECK_INT(strlen(d.items[0].field), DEFECT_FIELD_SIZE - 1);
    CHECK_INT(d.items[0].field[DEFECT_FIELD_SIZE - 2], '~');
    CHECK_INT(strlen(d.items[0].text), DEFECT_TEXT_SIZE - 1);
    CHECK_INT(d.items[0].text[DEFECT_TEXT_SIZE - 2], '~');
    CHECK_TRUE(strchr(d.items[0].text, '\033') == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defects_say_the_first_error_and_how_many_more),
        TEST(test_what_refuses_is_no_wrong_input),
        TEST(test_defects_over_the_limit_are_counted),
        TEST(test_defects_are_clean_and_cut_with_a_mark),
    };

    return RUN(tests);
}
