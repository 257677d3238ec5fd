/* Faults, the throttle and the options that set them. */
#include "core/sandbox/fault.h"

#include "core/sandbox/options.h"
#include "core/sandbox/throttle.h"
#include "core/sandbox/wire.h"
#include "tests/unit/check.h"

static void test_a_spec_names_kind_operation_rate_and_count(void **state)
{
    struct err err = {0};
    struct fault f;

    (void)state;
    REQUIRE_OK(fault_parse(SV("throttle:ListPipelines:0.5:3"), &f, &err), &err);
    CHECK_INT(f.kind, FAULT_THROTTLE);
    CHECK_SV(f.operation, SV("ListPipelines"));
    CHECK_TRUE(f.rate > 0.49 && f.rate < 0.51);
    CHECK_INT(f.left, 3);
    REQUIRE_OK(fault_parse(SV("500"), &f, &err), &err);
    CHECK_INT(f.left, -1);
    CHECK_INT(f.operation.len, 0);
    CHECK_INT(fault_parse(SV("flood"), &f, &err), ERR_USAGE);
    CHECK_INT(fault_parse(SV("cut:*:2"), &f, &err), ERR_USAGE);
    CHECK_INT(fault_parse(SV("cut:*:1:x"), &f, &err), ERR_USAGE);
}

static void test_a_count_ends_and_an_operation_is_respected(void **state)
{
    struct faults faults = {0};
    struct err err = {0};

    (void)state;
    REQUIRE_OK(faults_add(&faults, SV("cut:GetPipeline:1:2"), &err), &err);
    CHECK_INT(faults_throw(&faults, SV("ListPipelines")), FAULT_NONE);
    CHECK_INT(faults_throw(&faults, SV("GetPipeline")), FAULT_CUT);
    CHECK_INT(faults_throw(&faults, SV("GetPipeline")), FAULT_CUT);
    CHECK_INT(faults_throw(&faults, SV("GetPipeline")), FAULT_NONE);
}

static void test_a_rate_strikes_about_so_often(void **state)
{
    struct faults faults = {0};
    struct err err = {0};
    int hits = 0;

    (void)state;
    REQUIRE_OK(faults_add(&faults, SV("500:*:0.3"), &err), &err);
    for (int i = 0; i < 10000; i++)
        hits += faults_throw(&faults, SV("x")) == FAULT_SERVER;
    CHECK_TRUE(hits > 2700 && hits < 3300);
}

static void test_a_bucket_empties_and_fills_again(void **state)
{
    static struct throttle t;
    int let_in = 0;

    (void)state;
    throttle_init(&t, 10, 20);
    for (int i = 0; i < 30; i++)
        let_in += throttle_take(&t, SV("1"), SV("r"), SV("s"), 0);
    CHECK_INT(let_in, 20);
    CHECK_TRUE(throttle_take(&t, SV("1"), SV("r2"), SV("s"), 0));
    CHECK_TRUE(!throttle_take(&t, SV("1"), SV("r"), SV("s"), 50));
    CHECK_TRUE(throttle_take(&t, SV("1"), SV("r"), SV("s"), 101));
}

static enum err_code parse(int count, const char *const *words, struct options *out)
{
    static char copies[8][64];
    char *argv[8];
    struct err err = {0};

    for (int i = 0; i < count; i++) {
        (void)snprintf(copies[i], sizeof copies[i], "%s", words[i]);
        argv[i] = copies[i];
    }
    return options_parse(count, argv, out, &err);
}

static void test_options_are_checked(void **state)
{
    static const char *const good[] = {"x", "--port=8080", "--seed", "fleet:10", "--step"};
    static const char *const bad[][3] = {{"x", "--port", "70000"}, {"x", "--seed", "fleet:0"},
                                         {"x", "--speed", "-1"},   {"x", "--fault", "flood"},
                                         {"x", "--burst", "3"},    {"x", "--tls-cert", "a"},
                                         {"x", "--step=1", "--x"}, {"x", "--port", "1x"}};
    struct options o;

    (void)state;
    CHECK_INT(parse(5, good, &o), ERR_OK);
    CHECK_INT(o.port, 8080);
    CHECK_INT(o.seed.fleet_size, 10);
    CHECK_TRUE(o.is_stepped && o.has_control);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_INT(parse(3, bad[i], &o), ERR_USAGE);
}

static void test_the_help_names_each_service(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    char word[64];

    (void)state;
    REQUIRE(out != NULL);
    options_help(out);
    REQUIRE(fclose(out) == 0);
    CHECK_TRUE(wire_at(0) != NULL);
    for (size_t i = 0; wire_at(i) != NULL; i++) {
        (void)snprintf(word, sizeof word, " %s", wire_at(i)->service);
        CHECK_TRUE(strstr(text, word) != NULL);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_spec_names_kind_operation_rate_and_count),
        TEST(test_a_count_ends_and_an_operation_is_respected),
        TEST(test_a_rate_strikes_about_so_often),
        TEST(test_a_bucket_empties_and_fills_again),
        TEST(test_options_are_checked),
        TEST(test_the_help_names_each_service),
    };

    return RUN(tests);
}
