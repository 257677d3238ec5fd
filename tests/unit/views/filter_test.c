/* Filters: what each term means, that the cache's index and the filter agree, and mistakes. */
#include "core/views/filter.h"

#include <stdlib.h>
#include <time.h>

#include "core/base/mem.h"
#include "tests/unit/cache/fixture.h"

static struct filter parsed(const char *text)
{
    struct filter filter;
    struct err err = {0};

    REQUIRE_OK(filter_parse(sv_of(text), filter_row_fields, &filter, &err), &err);
    return filter;
}

static struct pipeline_row sample_row(void)
{
    static const char strip[] = "Source\x1fSucceeded\x1f+\x1e"
                                "Deploy-Stage-prod\x1f"
                                "Failed\x1f-\x1e";

    return (struct pipeline_row){.id = id_of("orders-etl-prod"),
                                 .logical = SV("orders-etl"),
                                 .environment = SV("prod"),
                                 .status = STATUS_FAILED,
                                 .revision = SV("3f65ab"),
                                 .revision_summary = SV("Fix the \xc3\x89t\xc3\xa9 report"),
                                 .trigger = SV("Webhook"),
                                 .stages = sv_make(strip, sizeof strip - 1),
                                 .waiting = SV(""),
                                 .error = SV("Access denied")};
}

static bool passes(const char *text)
{
    struct filter filter = parsed(text);
    struct pipeline_row row = sample_row();
    bool is_match = filter_matches_row(&filter, &row);

    filter_release(&filter);
    return is_match;
}

static void check_passing(const char *text)
{
    if (!passes(text))
        fail_msg("does not pass: %s", text);
}

static void check_hidden(const char *text)
{
    if (passes(text))
        fail_msg("passes: %s", text);
}

static void test_a_term_is_contained_in_any_case(void **state UNUSED)
{
    check_passing("");
    check_passing("   ");
    check_passing("ORDERS");
    check_passing("deploy-stage");
    check_passing("3F65");
    check_passing("\xc3\xa9t\xc3\x89"); /* accents, too */
    check_hidden("weather");
    check_hidden("orders-etl-prodd");
}

static void test_all_terms_must_hold(void **state UNUSED)
{
    check_passing("orders prod");
    check_passing("prod orders fix");
    check_hidden("orders weather");
    check_passing("orders !weather");
    check_hidden("orders !prod");
}

static void test_fuzzy_terms_have_their_letters_in_order(void **state UNUSED)
{
    check_passing("~oep");
    check_passing("~ORDPROD");
    check_hidden("~pdorders");
    check_hidden("!~oep");
    check_passing("name:~oep");
    check_passing("~name:oep");
}

static void test_fields_are_looked_into_alone(void **state UNUSED)
{
    check_passing("status:fail");
    check_passing("stat:fail");
    check_hidden("stat:ok");
    check_passing("status:failed");
    check_hidden("status:ok");
    check_passing("status:!ok");
    check_passing("!status:ok");
    check_hidden("status:!fail");
    check_passing("stage:source");
    check_hidden("name:source");
    check_passing("error:denied");
    check_hidden("denied"); /* the index does not hold it */
    check_passing("environment:prod account:1111 region:west trigger:hook");
    check_passing("NAME:orders");
    check_hidden("logical:prod");
}

static void test_quotes_keep_blanks(void **state UNUSED)
{
    check_passing("\"fix the\"");
    check_hidden("\"the fix\"");
    check_passing("summary:\"fix the\" orders");
    check_passing("!\"the fix\"");
    check_passing("\"fix the"); /* still being typed */
    check_hidden("\"status:fail\"");
}

static void test_patterns(void **state UNUSED)
{
    check_passing("re:^orders-(etl|elt)-prod$");
    check_passing("name:re:^ORDERS");
    check_hidden("re:^etl");
    check_passing("!re:^etl");
    check_passing("re:[0-9]f[0-9]+a");
    check_passing("re:\"fix +the\"");
    check_passing("waiting:re:^$");
}

static void test_a_term_that_is_still_typed_hides_nothing(void **state UNUSED)
{
    static const char *const begins[] = {"!", "~", "status:", "status:!", "re:", "name:re:", "\""};

    for (size_t i = 0; i < ARRAY_LEN(begins); i++)
        check_passing(begins[i]);
}

static void test_mistakes_are_told_with_what_to_write(void **state UNUSED)
{
    static const struct {
        const char *text;
        const char *sentence;
        enum err_code code;
    } cases[] = {
        {"re:(", "no valid pattern: ", ERR_USAGE},
        {"re:[a", "; write it like re:", ERR_USAGE},
        {"re:a{2,1}", "no valid pattern: ", ERR_USAGE},
        {"colour:red", "there is no field \"colour\": use quotes, or one of name, logical",
         ERR_USAGE},
        {"a b c d e f g h i", "at most 8 terms", ERR_USAGE},
        {"st:ok", "there is no field \"st\"", ERR_USAGE},
        {"re:(a)\\1", "repeats too much", ERR_USAGE},
        {"re:(((((((((a+)+)+)+)+)+)+)+)+)+", "repeats too much", ERR_USAGE},
        {"re:((a{90}){90}){90}", "repeats too much", ERR_USAGE},
        {"re:^]*********x", "repeats too much", ERR_USAGE},
    };
    char text[FILTER_TEXT_MAX + 2];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct filter filter;
        struct err err = {0};

        CHECK_INT(filter_parse(sv_of(cases[i].text), filter_row_fields, &filter, &err),
                  cases[i].code);
        if (strstr(err.text, cases[i].sentence) == NULL)
            fail_msg("%s: %s", cases[i].text, err.text);
        CHECK_INT(filter.count, 0);
        CHECK_TRUE(filter.terms == NULL);
    }
    memset(text, 'a', sizeof text);
    CHECK_INT(filter_parse(sv_make(text, sizeof text), NULL, &(struct filter){0}, NULL), ERR_LIMIT);
}

static int64_t cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is allowed at most, on a text that almost fits. */
static void test_no_pattern_takes_long(void **state UNUSED)
{
    static const char *const worst[] = {"re:^(([a-z]*)*)*!$", "re:((((((a+)+)+)+)+)+)+$",
                                        "re:(a|aa|aaa|aaaa)*(a|aa|aaa)*!", "re:(.*a){100}!",
                                        "re:((.*)(.*)(.*)(.*)(.*)(.*))*!"};
    static char text[5000];
    const struct filter_field field = {"name", sv_make(text, sizeof text)};

    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < ARRAY_LEN(worst); i++) {
        int64_t start = cpu_ms();
        struct filter filter = parsed(worst[i]);

        CHECK_TRUE(!filter_matches(&filter, &field, 1) || i == 1);
        filter_release(&filter);
        if (cpu_ms() - start > 1000)
            fail_msg("%s took %d ms", worst[i], (int)(cpu_ms() - start));
    }
}

static void test_the_needle_is_what_the_index_can_look_for(void **state UNUSED)
{
    struct filter filter = parsed("etl \"orders prod\" status:fail ~oe !weather-and-more-of-it");
    bool is_inverse = true;

    CHECK_SV(filter_needle(&filter, &is_inverse), SV("orders prod"));
    CHECK_TRUE(!is_inverse);
    CHECK_TRUE(!filter_is_needle(&filter));
    filter_release(&filter);
    filter = parsed("!Weather");
    CHECK_SV(filter_needle(&filter, &is_inverse), SV("weather"));
    CHECK_TRUE(is_inverse);
    CHECK_TRUE(filter_is_needle(&filter));
    filter_release(&filter);
    filter = parsed("status:fail ~oe");
    CHECK_INT(filter_needle(&filter, &is_inverse).len, 0);
    CHECK_TRUE(!filter_is_needle(&filter));
    filter_release(&filter);
}

struct comparing {
    const struct filter *filter;
    int given;
    int passing;
};

static bool compare(void *owner, const struct pipeline_row *row)
{
    struct comparing *c = owner;

    c->given++;
    c->passing += filter_matches_row(c->filter, row);
    return true;
}

/* A needle that says it all must give exactly the rows that the filter would. */
static void test_the_cache_and_the_filter_agree(void **state UNUSED)
{
    static const char *const needles[] = {"a",
                                          "Or",
                                          "!or",
                                          "stage",
                                          "FIRST",
                                          "abc1",
                                          "!abc1",
                                          "ship",
                                          "-2",
                                          "\xc3\x89t\xc3\xa9",
                                          "e-d",
                                          "!zzz",
                                          "deploy-stage-dev"};
    struct cache *cache = open_memory_cache();
    struct err err = {0};

    begin(cache);
    for (int i = 0; i < 30; i++) {
        struct sample s;
        char name[40];

        snprintf(name, sizeof name, "%s-%d", i % 3 == 0 ? "Orders" : "we\xc3\xa9t\xc3\xa9her", i);
        sample_fill(&s, name);
        s.latest.revision = i % 2 == 0 ? SV("ABC123") : SV("ffff");
        sample_put_def(cache, &s);
        sample_put_state(cache, &s, 5000);
    }
    commit(cache);
    for (size_t i = 0; i < ARRAY_LEN(needles); i++) {
        struct filter filter = parsed(needles[i]);
        struct filter none = {0};
        struct comparing narrowed = {.filter = &filter};
        struct comparing whole = {.filter = &filter};
        struct pipeline_query query = {.sort = SORT_NAME};
        struct pipeline_query all = query;

        query.filter = filter_needle(&filter, &query.filter_inverse);
        REQUIRE(filter_is_needle(&filter));
        REQUIRE_OK(cache_pipelines(cache, &query, compare, &narrowed, &err), &err);
        REQUIRE_OK(cache_pipelines(cache, &all, compare, &whole, &err), &err);
        CHECK_INT(whole.given, 30);
        CHECK_INT(narrowed.passing, narrowed.given);
        CHECK_INT(narrowed.given, whole.passing);
        CHECK_TRUE(filter_matches(&none, NULL, 0));
        filter_release(&filter);
    }
    cache_close(cache);
}

static int score_of(const char *pattern, const char *text)
{
    int score;

    REQUIRE(fuzzy_match(sv_of(pattern), sv_of(text), &score));
    return score;
}

static void test_fuzzy_ranks_beginnings_words_and_neighbours_higher(void **state UNUSED)
{
    int score;

    CHECK_TRUE(score_of("no", "now") > score_of("no", "notify"));
    CHECK_TRUE(score_of("re", "refresh") > score_of("re", "previous-match"));
    CHECK_TRUE(score_of("lb", "low-bandwidth") > score_of("lb", "labelled"));
    CHECK_TRUE(score_of("view", "last-view") > score_of("view", "voidine-w"));
    CHECK_TRUE(fuzzy_match(SV_NONE, SV("x"), &score));
    CHECK_TRUE(fuzzy_match(SV_NONE, SV_NONE, &score));
    CHECK_TRUE(!fuzzy_match(SV("x"), SV_NONE, &score));
    CHECK_TRUE(!fuzzy_match(SV("xy"), SV("yx"), &score));
}

static void test_parsing_survives_each_failing_allocation(void **state UNUSED)
{
    enum err_code rc = ERR_LIMIT;

    for (long n = 1; rc != ERR_OK && n < 20; n++) {
        struct filter filter;

        mem_fail_at(n);
        rc = filter_parse(SV("a !b re:c"), filter_row_fields, &filter, NULL);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        filter_release(&filter);
    }
    CHECK_INT(rc, ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_term_is_contained_in_any_case),
        TEST(test_all_terms_must_hold),
        TEST(test_fuzzy_terms_have_their_letters_in_order),
        TEST(test_fields_are_looked_into_alone),
        TEST(test_quotes_keep_blanks),
        TEST(test_patterns),
        TEST(test_a_term_that_is_still_typed_hides_nothing),
        TEST(test_mistakes_are_told_with_what_to_write),
        TEST(test_no_pattern_takes_long),
        TEST(test_the_needle_is_what_the_index_can_look_for),
        TEST(test_the_cache_and_the_filter_agree),
        TEST(test_fuzzy_ranks_beginnings_words_and_neighbours_higher),
        TEST(test_parsing_survives_each_failing_allocation),
    };

    return RUN(tests);
}
