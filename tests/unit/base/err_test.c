#include "core/base/text.h"

#include "tests/unit/check.h"

static void test_a_failure_has_code_and_sentence(void **state)
{
    struct err err = {0};

    (void)state;
    CHECK_INT(err_set(&err, ERR_NET, "no route to %s", "h"), ERR_NET);
    CHECK_INT(err.code, ERR_NET);
    CHECK_STR(err.text, "no route to h");
    CHECK_INT(err_prefix(&err, "profile %d", 7), ERR_NET);
    CHECK_STR(err.text, "profile 7: no route to h");
    CHECK_INT(err_set(NULL, ERR_AUTH, "nobody listens"), ERR_AUTH);
}

/* What a server says must not reach the terminal as an order: C0, DEL, C1 in both encodings, bidi
 * overrides. */
static void test_sentences_are_harmless(void **state)
{
    struct err err = {0};

    (void)state;
    err_set(&err, ERR_REPLY, "a\x1b[2J\n\x7f|\xc2\x9b|\x9b|\xe2\x80\xae|caf\xc3\xa9");
    CHECK_STR(err.text, "a?[2J??|??|?|???|caf\xc3\xa9");
}

static void test_endless_sentences_are_cut_cleanly(void **state)
{
    struct err err = {0};
    char many[2000];

    (void)state;
    for (size_t i = 0; i + 2 < sizeof many; i += 2)
        memcpy(many + i, "\xc3\xa9", 2);
    many[sizeof many - 2] = '\0';
    err_set(&err, ERR_LIMIT, "x%s", many);
    CHECK_INT(strlen(err.text), ERR_TEXT_MAX - 1);
    err_set(&err, ERR_LIMIT, "%s", many);
    CHECK_INT(err.text[ERR_TEXT_MAX - 2], '?');
    err_prefix(&err, "%s", many);
    CHECK_TRUE(strlen(err.text) < ERR_TEXT_MAX);
}

static void test_each_code_has_name_advice_and_exit_status(void **state)
{
    (void)state;
    for (enum err_code code = ERR_OK; code < ERR_COUNT; code++) {
        int status = err_exit_status(code);

        CHECK_TRUE(err_name(code)[0] != '\0');
        CHECK_TRUE((err_advice(code)[0] == '\0') == (code == ERR_OK));
        CHECK_TRUE((status >= 0 && status <= 4) || status == 8);
        CHECK_TRUE((status == 0) == (code == ERR_OK));
        /* A failure is told when it was given up: nothing goes on by itself. */
        CHECK_TRUE(strstr(err_advice(code), "is retried") == NULL);
    }
    CHECK_STR(err_name(ERR_THROTTLED), "THROTTLED");
    CHECK_STR(err_advice(ERR_THROTTLED), "AWS asked us to slow down; try again later");
    CHECK_INT(err_exit_status(ERR_AUTH), 3);
    CHECK_INT(err_exit_status(ERR_PENDING), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_failure_has_code_and_sentence),
        TEST(test_sentences_are_harmless),
        TEST(test_endless_sentences_are_cut_cleanly),
        TEST(test_each_code_has_name_advice_and_exit_status),
    };

    return RUN(tests);
}
