/* argv into struct cli: what is understood, and what is refused with which sentence. */
#include "core/cli/verb.h"
#include "tests/unit/check.h"

enum { ARGS = 8 };

static struct cli cli;
static struct err err;

static enum err_code parse(const char *const words[])
{
    static char text[ARGS][64];
    char *argv[ARGS + 1] = {(char[]){"penstock"}};
    int argc = 1;
    bool is_done;

    for (; words[argc - 1] != NULL; argc++) {
        snprintf(text[argc], sizeof text[argc], "%s", words[argc - 1]);
        argv[argc] = text[argc];
    }
    err = (struct err){0};
    return cli_parse(argc, argv, &cli, &is_done, &err);
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void test_no_verb_is_the_console(void **state UNUSED)
{
    CHECK_INT(PARSE("--profile", "dev"), ERR_OK);
    CHECK_TRUE(cli.verb == NULL);
    CHECK_SV(cli.contexts.aws.profile, SV("dev"));
}

static void test_options_stand_anywhere_and_take_both_forms(void **state UNUSED)
{
    CHECK_INT(PARSE("--region=eu-west-1", "status", "--plain", "orders", "--profile", "dev"),
              ERR_OK);
    CHECK_STR(cli.verb, "status");
    CHECK_INT(cli.format, CLI_PLAIN);
    CHECK_INT(cli.arg_count, 1);
    CHECK_STR(cli.args[0], "orders");
    CHECK_SV(cli.contexts.aws.region, SV("eu-west-1"));
}

static void test_two_dashes_end_the_options(void **state UNUSED)
{
    CHECK_INT(PARSE("status", "--", "--plain"), ERR_OK);
    CHECK_STR(cli.args[0], "--plain");
    CHECK_INT(cli.format, CLI_TABLE);
}

static void test_contexts_add_up(void **state UNUSED)
{
    CHECK_INT(PARSE("--context", "a@eu-west-1", "--context=b@us-east-1"), ERR_OK);
    CHECK_INT(cli.contexts.context_count, 2);
    CHECK_SV(cli.contexts.contexts[1], SV("b@us-east-1"));
}

static void test_a_slip_of_the_finger_gets_a_suggestion(void **state UNUSED)
{
    CHECK_INT(PARSE("stauts"), ERR_USAGE);
    CHECK_STR(err.text, "there is no verb \"stauts\"; did you mean status?");
    CHECK_INT(PARSE("--jsno", "status"), ERR_USAGE);
    CHECK_STR(err.text, "there is no option --jsno; did you mean --json?");
    CHECK_INT(PARSE("--vresion"), ERR_USAGE);
    CHECK_STR(err.text, "there is no option --vresion; did you mean --version?");
    CHECK_INT(PARSE("frobnicate"), ERR_USAGE);
    CHECK_STR(err.text, "there is no verb \"frobnicate\"; see penstock --help");
    CHECK_INT(PARSE("-x"), ERR_USAGE);
}

static void test_values_that_make_no_sense_are_refused(void **state UNUSED)
{
    CHECK_INT(PARSE("status", "--profile"), ERR_USAGE);
    CHECK_INT(PARSE("status", "--profile="), ERR_USAGE);
    CHECK_INT(PARSE("status", "--json=yes"), ERR_USAGE);
    CHECK_INT(PARSE("watch", "x", "--timeout", "0"), ERR_USAGE);
    CHECK_INT(PARSE("watch", "x", "--timeout", "99999999999999999999"), ERR_USAGE);
    CHECK_INT(PARSE("watch", "x", "--timeout", "1h"), ERR_USAGE);
    CHECK_INT(PARSE("watch", "x", "--timeout", "90"), ERR_OK);
    CHECK_INT(cli.timeout_s, 90);
}

static void test_a_verb_takes_its_own_options_and_arguments_only(void **state UNUSED)
{
    CHECK_INT(PARSE("prompt", "--json"), ERR_USAGE);
    CHECK_STR(err.text, "prompt does not take --json");
    CHECK_INT(PARSE("--timeout", "5"), ERR_USAGE);
    CHECK_STR(err.text, "the console does not take --timeout");
    CHECK_INT(PARSE("watch"), ERR_USAGE);
    CHECK_INT(PARSE("watch", "a", "b"), ERR_USAGE);
    CHECK_INT(PARSE("sync", "a"), ERR_USAGE);
    CHECK_INT(PARSE("status", "--cached", "--refresh"), ERR_USAGE);
    CHECK_INT(PARSE("status", "--json", "--plain"), ERR_USAGE);
}

static void test_too_many_names_are_refused(void **state UNUSED)
{
    static char *argv[CLI_ARG_MAX + 4];
    char name[] = "x";
    char program[] = "penstock";
    char verb[] = "status";
    bool is_done;

    argv[0] = program;
    argv[1] = verb;
    for (int i = 2; i < CLI_ARG_MAX + 3; i++)
        argv[i] = name;
    CHECK_INT(cli_parse(CLI_ARG_MAX + 2, argv, &cli, &is_done, &err), ERR_OK);
    CHECK_INT(cli_parse(CLI_ARG_MAX + 3, argv, &cli, &is_done, &err), ERR_USAGE);
}

static void test_every_verb_that_is_shown_can_be_run_or_is_mains(void **state UNUSED)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (verb_table[i].word == NULL)
            continue;
        CHECK_INT(verb_find(verb_table[i].word), i);
        CHECK_TRUE(verb_table[i].run != NULL || i == VERB_DEMO);
        CHECK_TRUE(verb_table[i].least <= verb_table[i].most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_verb_is_the_console),
        TEST(test_options_stand_anywhere_and_take_both_forms),
        TEST(test_two_dashes_end_the_options),
        TEST(test_contexts_add_up),
        TEST(test_a_slip_of_the_finger_gets_a_suggestion),
        TEST(test_values_that_make_no_sense_are_refused),
        TEST(test_a_verb_takes_its_own_options_and_arguments_only),
        TEST(test_too_many_names_are_refused),
        TEST(test_every_verb_that_is_shown_can_be_run_or_is_mains),
    };

    return RUN(tests);
}
