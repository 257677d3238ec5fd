#include "core/base/arena.h"

#include <stdalign.h>

#include "core/base/mem.h"
#include "tests/unit/check.h"

static void test_memory_is_zeroed_aligned_and_apart(void **state)
{
    struct arena arena;
    unsigned char *last = NULL;

    (void)state;
    arena_init(&arena, 1024 * 1024);
    for (size_t size = 1; size < 300; size += 7) {
        unsigned char *p = arena_alloc(&arena, 1, size);

        REQUIRE(p != NULL);
        CHECK_INT((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            CHECK_INT(p[i], 0);
        memset(p, 0xaa, size);
        if (last != NULL)
            CHECK_INT(last[0], 0xaa);
        last = p;
    }
    arena_release(&arena);
}

static void test_the_cap_holds_and_is_told(void **state)
{
    struct arena arena;
    struct err err = {0};

    (void)state;
    arena_init(&arena, 100);
    CHECK_TRUE(arena_alloc(&arena, 10, 10) != NULL);
    CHECK_TRUE(arena_alloc(&arena, 1, 1) == NULL);
    CHECK_INT(arena_err(&arena, &err), ERR_LIMIT);
    CHECK_STR(err.text, "more than 100 bytes of data");
    CHECK_TRUE(arena_alloc(&arena, 0, 8) != NULL);
    arena_release(&arena);
    CHECK_TRUE(arena_alloc(&arena, SIZE_MAX / 4, 16) == NULL);
    CHECK_TRUE(arena_alloc(&arena, 100, 1) != NULL);
    arena_release(&arena);
}

static void test_clearing_gives_zeroed_memory_again(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 100 * 1024);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 5; i++) {
            unsigned char *p = arena_alloc(&arena, 1, 5000);

            REQUIRE(p != NULL);
            CHECK_INT(p[0] | p[4999], 0);
            memset(p, 0xff, 5000);
        }
        arena_clear(&arena);
        CHECK_INT(arena.used, 0);
    }
    arena_release(&arena);
    arena_clear(&arena);
}

static void test_copies_end_in_nul(void **state)
{
    struct arena arena;
    struct sv copy;

    (void)state;
    arena_init(&arena, 10);
    copy = arena_sv(&arena, SV("abc"));
    CHECK_STR(copy.ptr, "abc");
    copy = arena_sv(&arena, SV_NONE);
    CHECK_STR(copy.ptr, "");
    CHECK_INT(copy.len, 0);
    CHECK_TRUE(arena_sv(&arena, SV("too long")).ptr == NULL);
    arena_release(&arena);
}

static void test_a_failing_allocation_is_told(void **state)
{
    struct arena arena;
    struct err err = {0};

    (void)state;
    arena_init(&arena, 1000);
    mem_fail_at(1);
    CHECK_TRUE(arena_alloc(&arena, 1, 1) == NULL);
    mem_fail_at(0);
    CHECK_INT(arena_err(&arena, &err), ERR_LIMIT);
    CHECK_TRUE(arena_alloc(&arena, 1, 1) != NULL);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_memory_is_zeroed_aligned_and_apart), TEST(test_the_cap_holds_and_is_told),
        TEST(test_clearing_gives_zeroed_memory_again), TEST(test_copies_end_in_nul),
        TEST(test_a_failing_allocation_is_told),
    };

    return RUN(tests);
}
