/* What is packed comes back; what is damaged does not. */
#include "core/base/deflate.h"
#include "tests/unit/check.h"

static void test_bytes_come_back(void **state)
{
    struct sb packed;
    struct sb back;
    struct sb text;
    struct err err;

    (void)state;
    sb_init(&text, 1 << 20);
    sb_init(&packed, 1 << 20);
    sb_init(&back, 1 << 20);
    for (int i = 0; i < 5000; i++)
        REQUIRE_OK(sb_addf(&text, &err, "line %d of the build%c", i, i % 7 == 0 ? '\0' : '\n'),
                   &err);
    REQUIRE_OK(deflate_pack(sb_sv(&text), &packed, &err), &err);
    CHECK_TRUE(packed.len < text.len / 3);
    REQUIRE_OK(deflate_unpack(sb_sv(&packed), text.len, &back, &err), &err);
    CHECK_TRUE(sv_eq(sb_sv(&text), sb_sv(&back)));
    REQUIRE_OK(deflate_pack(SV(""), &packed, &err), &err);
    REQUIRE_OK(deflate_unpack(sb_sv(&packed), 0, &back, &err), &err);
    CHECK_INT(back.len, 0);
    sb_release(&text);
    sb_release(&packed);
    sb_release(&back);
}

static void test_damage_is_told(void **state)
{
    struct sb packed;
    struct sb back;
    struct err err;

    (void)state;
    sb_init(&packed, 1 << 20);
    sb_init(&back, 100);
    REQUIRE_OK(deflate_pack(SV("abcabcabcabcabc"), &packed, &err), &err);
    CHECK_INT(deflate_unpack(sb_sv(&packed), 14, &back, &err), ERR_CACHE);
    CHECK_INT(deflate_unpack(sb_sv(&packed), 16, &back, &err), ERR_CACHE);
    packed.ptr[packed.len / 2] ^= 0x55;
    CHECK_INT(deflate_unpack(sb_sv(&packed), 15, &back, &err), ERR_CACHE);
    CHECK_INT(deflate_unpack(sb_sv(&packed), 1000, &back, &err), ERR_LIMIT);
    sb_release(&packed);
    sb_release(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bytes_come_back),
        TEST(test_damage_is_told),
    };
    return RUN(tests);
}
