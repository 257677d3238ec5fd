#include "core/base/base64.h"

#include "tests/unit/check.h"

static void check_both(struct sv bytes, struct sv text)
{
    CLEANUP(sb_release) struct sb out;
    struct err err = {0};

    sb_init(&out, 100);
    REQUIRE_OK(base64_encode(bytes, &out, &err), &err);
    CHECK_SV(sb_sv(&out), text);
    sb_clear(&out);
    REQUIRE_OK(base64_decode(text, &out, &err), &err);
    CHECK_TRUE(sv_eq(sb_sv(&out), bytes));
}

static void test_base64_goes_there_and_back(void **state UNUSED)
{
    check_both(SV(""), SV(""));
    check_both(SV("f"), SV("Zg=="));
    check_both(SV("fo"), SV("Zm8="));
    check_both(SV("foo"), SV("Zm9v"));
    check_both(SV("foobar"), SV("Zm9vYmFy"));
    check_both(SV("\xff\xfb\x00\x01"), SV("//sAAQ=="));
}

static void test_base64_forgives_lines_and_padding(void **state UNUSED)
{
    CLEANUP(sb_release) struct sb out;
    struct err err = {0};

    sb_init(&out, 100);
    REQUIRE_OK(base64_decode(SV("Zm9v\r\nYmE"), &out, &err), &err);
    CHECK_SV(sb_sv(&out), SV("fooba"));
}

static void test_base64_refuses_other_signs(void **state UNUSED)
{
    CLEANUP(sb_release) struct sb out;
    struct err err = {0};

    sb_init(&out, 100);
    CHECK_INT(base64_decode(SV("Zm9*"), &out, &err), ERR_REPLY);
    CHECK_INT(base64_decode(SV("Zg==Zg"), &out, &err), ERR_REPLY);
    CHECK_INT(base64_decode(SV("Zm9vY"), &out, &err), ERR_REPLY);
}

static void test_base64_stops_at_the_cap(void **state UNUSED)
{
    CLEANUP(sb_release) struct sb out;
    struct err err = {0};

    sb_init(&out, 4);
    CHECK_INT(base64_encode(SV("four"), &out, &err), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_base64_goes_there_and_back),
        TEST(test_base64_forgives_lines_and_padding),
        TEST(test_base64_refuses_other_signs),
        TEST(test_base64_stops_at_the_cap),
    };

    return RUN(tests);
}
