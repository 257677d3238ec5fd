/* Pieces: what the index is told when a text changes, and the words that a needle asks for. */
#include "core/cache/store.h"
#include "tests/unit/cache/fixture.h"

static bool has_word(const struct sb *words, struct sv word)
{
    for (struct sv rest = sb_sv(words); rest.len > 0;) {
        if (sv_eq(sv_cut(rest, ' ', &rest), word))
            return true;
    }
    return false;
}

static size_t count_words(const struct sb *words)
{
    size_t count = 0;

    for (size_t i = 0; i < words->len; i++)
        count += words->ptr[i] == ' ';
    return count;
}

struct sides {
    struct pieces pieces;
    struct sb gone;
    struct sb come;
};

static void compare(struct sides *s, const char *old, const char *now)
{
    struct err err = {0};

    REQUIRE_OK(pieces_compare(&s->pieces, sv_of(old), sv_of(now), &s->gone, &s->come, &err), &err);
}

static void open_sides(struct sides *s)
{
    pieces_init(&s->pieces);
    sb_init(&s->gone, 1 << 20);
    sb_init(&s->come, 1 << 20);
}

static void close_sides(struct sides *s)
{
    pieces_release(&s->pieces);
    sb_release(&s->gone);
    sb_release(&s->come);
}

static const char *const texts[] = {
    "",
    "orders\nsource\nabcdef\nfirst commit\n",
    "orders\nsource\nabcdef\nsecond commit\n",
    "orders\nbuild\nabcdef\nfirst\n",
    "clicks\nsource\norders\n\n",
    "a\n",
    "\xc3\xa4pfel\nf\xc3\xbcr \xe2\x82\xac 5, \xf0\x9f\x90\xb3!\n",
};

/* What an index holds after a change is what it would hold had it seen the new text alone. */
static void test_difference_leads_from_one_text_to_the_other(void **state UNUSED)
{
    struct sides whole;
    struct sides step;

    open_sides(&whole);
    open_sides(&step);
    for (size_t i = 0; i < ARRAY_LEN(texts) * ARRAY_LEN(texts); i++) {
        const char *old = texts[i / ARRAY_LEN(texts)];
        const char *now = texts[i % ARRAY_LEN(texts)];
        size_t had;

        compare(&whole, "", old);
        had = count_words(&whole.come);
        compare(&step, old, now);
        for (struct sv rest = sb_sv(&step.gone); rest.len > 0;)
            CHECK_TRUE(has_word(&whole.come, sv_cut(rest, ' ', &rest)));
        compare(&whole, "", now);
        CHECK_INT(count_words(&whole.gone), 0);
        for (struct sv rest = sb_sv(&step.come); rest.len > 0;)
            CHECK_TRUE(has_word(&whole.come, sv_cut(rest, ' ', &rest)));
        CHECK_INT(had - count_words(&step.gone) + count_words(&step.come),
                  count_words(&whole.come));
    }
    close_sides(&whole);
    close_sides(&step);
}

static void check_words(const char *needle, bool in_name, const char *want)
{
    struct err err = {0};
    struct sb words;

    sb_init(&words, 256);
    REQUIRE_OK(pieces_query(sv_of(needle), in_name, &words, &err), &err);
    CHECK_STR(sb_cstr(&words), want);
    sb_release(&words);
}

static void test_needle_asks_for_its_longest_pieces(void **state UNUSED)
{
    check_words("a", false, "a ");
    check_words("ab", false, "ab ");
    check_words("abc", false, "abc* ");
    check_words("abcd", false, "abcd ");
    check_words("abcde", false, "abcd bcde ");
    check_words("99999", false, "9999 ");
    check_words("ab", true,
                "\x81"
                "ab ");
    check_words("a-b", false,
                "a\xad"
                "b* ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_difference_leads_from_one_text_to_the_other),
        TEST(test_needle_asks_for_its_longest_pieces),
    };

    return RUN(tests);
}
