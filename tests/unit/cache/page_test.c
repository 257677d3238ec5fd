/* Pages: every order, both ways, from any row on; filters of any length and frequency. The twin is
 * a plain array, sorted and searched here. */
#include "tests/unit/cache/fixture.h"

enum { FLEET = 1500, PAGE = 7 };

struct twin {
    int64_t rowid;
    char name[64];
    char logical[64];
    char summary[64];
    enum status status;
    int64_t changed_at;
};

static struct twin fleet[FLEET];

static void fill_twin(struct twin *t, int i)
{
    static const enum status statuses[] = {STATUS_SUCCEEDED, STATUS_FAILED,    STATUS_IN_PROGRESS,
                                           STATUS_STOPPED,   STATUS_CANCELLED, STATUS_SUPERSEDED};
    int len = snprintf(t->logical, sizeof t->logical, "team%d-%s-%d", i * 7 % 90,
                       i % 2 ? "Orders" : "feed-x", i);

    REQUIRE(len > 0 && (size_t)len < sizeof t->logical);
    snprintf(t->name, sizeof t->name, "%.40s%s", t->logical, i % 5 == 0 ? "-dev" : "");
    snprintf(t->summary, sizeof t->summary, "%s %s", i % 3 ? "fix the Thing" : "zap",
             i == 777 ? "\xc3\x84pfel Qx" : "");
    t->status = statuses[i % 6];
    t->changed_at = 1000 + i / 4; /* with equals */
}

static struct cache *open_fleet(void)
{
    struct cache *cache = open_memory_cache();
    struct sample s;

    begin(cache);
    for (int i = 0; i < FLEET; i++) {
        struct twin *t = &fleet[i];

        fill_twin(t, i);
        sample_fill(&s, t->name);
        if (i % 5 == 0)
            s.stage_defs[0].name = s.stages[0].name = SV("Source-dev");
        s.latest.status = t->status;
        s.latest.updated_at = t->changed_at;
        s.latest.revision_summary = sv_of(t->summary);
        sample_put_def(cache, &s);
        sample_put_state(cache, &s, 1);
        t->rowid = i + 1;
    }
    commit(cache);
    return cache;
}

static enum sort by;
static bool is_reverse;

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
    const struct twin *x = a;
    const struct twin *y = b;
    int order = 0;

    switch (by) {
    case SORT_ATTENTION:
        order = compare_int(status_rank(x->status), status_rank(y->status));
        if (order == 0)
            order = compare_int(y->changed_at, x->changed_at);
        if (order == 0)
            order = strcmp(x->name, y->name);
        break;
    case SORT_NAME:
        order = strcmp(x->logical, y->logical);
        if (order == 0)
            order = strcmp(x->name, y->name);
        break;
    case SORT_CHANGED:
        order = compare_int(y->changed_at, x->changed_at);
        if (order == 0)
            order = strcmp(y->name, x->name);
        break;
    case SORT_STATUS:
        order = compare_int(status_rank(x->status), status_rank(y->status));
        if (order == 0)
            order = compare_int(x->status, y->status);
        if (order == 0)
            order = strcmp(x->name, y->name);
        break;
    case SORT_COUNT:
        break;
    }
    if (order == 0)
        order = compare_int(x->rowid, y->rowid);
    return is_reverse ? -order : order;
}

struct collected {
    int64_t ids[FLEET];
    size_t count;
};

static bool collect(void *owner, const struct pipeline_row *row)
{
    struct collected *c = owner;

    REQUIRE(c->count < FLEET);
    c->ids[c->count++] = row->rowid;
    return true;
}

/* Compare pages, one behind the other, with the twins that match. */
static void check_pages(struct cache *cache, struct pipeline_query query, const struct twin *want,
                        size_t count)
{
    struct err err = {0};
    size_t at = 0;

    query.limit = PAGE;
    for (;;) {
        struct collected got = {.count = 0};

        REQUIRE_OK(cache_pipelines(cache, &query, collect, &got, &err), &err);
        for (size_t i = 0; i < got.count; i++, at++) {
            REQUIRE(at < count);
            CHECK_INT(got.ids[i], want[at].rowid);
        }
        if (got.count < PAGE)
            break;
        query.after_rowid = got.ids[got.count - 1];
    }
    CHECK_INT(at, count);
    /* and back again, from the last row */
    if (count == 0)
        return;
    query.backward = true;
    query.after_rowid = want[count - 1].rowid;
    at = count - 1;
    while (at > 0) {
        struct collected got = {.count = 0};

        REQUIRE_OK(cache_pipelines(cache, &query, collect, &got, &err), &err);
        CHECK_INT(got.count, at < PAGE ? at : PAGE);
        at -= got.count;
        for (size_t i = 0; i < got.count; i++)
            CHECK_INT(got.ids[i], want[at + i].rowid);
        query.after_rowid = got.ids[0];
    }
}

static void test_pages_cover_every_order_both_ways(void **state UNUSED)
{
    struct cache *cache = open_fleet();

    for (int sort = 0; sort < SORT_COUNT; sort++) {
        for (int reverse = 0; reverse < 2; reverse++) {
            by = (enum sort)sort;
            is_reverse = reverse;
            qsort(fleet, FLEET, sizeof fleet[0], compare);
            check_pages(cache, (struct pipeline_query){.sort = by, .reverse = is_reverse}, fleet,
                        FLEET);
        }
    }
    cache_close(cache);
}

static bool twin_has(const struct twin *t, const char *needle)
{
    return strcasestr(t->name, needle) != NULL || strcasestr(t->logical, needle) != NULL ||
           strcasestr(t->summary, needle) != NULL ||
           strcasestr("Source\nSource-dev\nDeploy-Stage-dev\nabc123", needle) != NULL;
}

static void test_filters_of_any_length_find_the_same_as_a_search(void **state UNUSED)
{
    static const char *const needles[] = {
        "q",      "e",       "7",    "77",           "x-1",  "zap",           "QX",   "ORDE",
        "orders", "team13-", "team", "nothing here", "-777", "fix the thing", "pfel", "stage-d"};
    struct cache *cache = open_fleet();
    static struct twin want[FLEET];

    for (size_t n = 0; n < ARRAY_LEN(needles) * 4; n++) {
        const char *needle = needles[n / 4];
        size_t count = 0;

        by = n % 2 ? SORT_NAME : SORT_CHANGED;
        is_reverse = n / 2 % 2;
        qsort(fleet, FLEET, sizeof fleet[0], compare);
        for (int i = 0; i < FLEET; i++) {
            if (twin_has(&fleet[i], needle))
                want[count++] = fleet[i];
        }
        check_pages(
            cache,
            (struct pipeline_query){.sort = by, .reverse = is_reverse, .filter = sv_of(needle)},
            want, count);
        count = 0;
        for (int i = 0; i < FLEET; i++) {
            if (!twin_has(&fleet[i], needle))
                want[count++] = fleet[i];
        }
        if (n % 4 == 0)
            check_pages(cache,
                        (struct pipeline_query){.sort = by,
                                                .reverse = is_reverse,
                                                .filter = sv_of(needle),
                                                .filter_inverse = true},
                        want, count);
    }
    cache_close(cache);
}

static void test_filter_ignores_case_beyond_ascii(void **state UNUSED)
{
    struct cache *cache = open_fleet();
    struct pipeline_query query = {.filter = SV("\xc3\xa4PFEL")};
    struct collected got = {.count = 0};
    struct err err = {0};

    REQUIRE_OK(cache_pipelines(cache, &query, collect, &got, &err), &err);
    CHECK_INT(got.count, 1);
    CHECK_INT(got.ids[0], 778);
    cache_close(cache);
}

static void test_filter_follows_what_changes(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct sample s;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    check_query(cache, &(struct pipeline_query){.filter = SV("FIRST comm")}, "orders ");
    s.latest.revision_summary = SV("second one");
    sample_put(cache, &s, 2);
    check_query(cache, &(struct pipeline_query){.filter = SV("first")}, "");
    check_query(cache, &(struct pipeline_query){.filter = SV("cond")}, "orders ");
    check_query(cache, &(struct pipeline_query){.filter = SV("orders\nsecond")}, "");
    s.stages[0].name = SV("Begin");
    sample_put(cache, &s, 3);
    check_query(cache, &(struct pipeline_query){.filter = SV("egi")}, "orders ");
    check_query(cache, &(struct pipeline_query){.filter = SV("Succeeded")}, "");
    cache_close(cache);
}

static void test_names_are_exact_or_logical(void **state UNUSED)
{
    static const char *const names[] = {"orders", "orders-x", "shop-dev", "shop-qa"};
    struct cache *cache = open_memory_cache();
    const struct sv wanted[] = {SV("orders"), SV("shop"), SV("orders"), SV("nobody")};
    struct sample s;

    for (int i = 0; i < 4; i++) {
        sample_fill(&s, names[i]);
        if (i >= 2) {
            s.stage_defs[0].name = i == 2 ? SV("Source-dev") : SV("Source-qa");
            s.stage_defs[1].name = i == 2 ? SV("Deploy-Stage-dev") : SV("Deploy-Stage-qa");
        }
        sample_put(cache, &s, 1);
    }
    check_query(cache,
                &(struct pipeline_query){.sort = SORT_NAME, .names = wanted, .name_count = 4},
                "orders shop-dev shop-qa ");
    check_query(cache,
                &(struct pipeline_query){
                    .sort = SORT_NAME, .names = wanted, .name_count = 4, .filter = SV("SHOP")},
                "shop-dev shop-qa ");
    check_query(
        cache,
        &(struct pipeline_query){.sort = SORT_NAME, .names = wanted, .name_count = 4, .limit = 1},
        "orders ");
    check_query(cache, &(struct pipeline_query){.names = wanted + 3, .name_count = 1}, "");
    cache_close(cache);
}

static void test_page_behind_a_row_that_is_gone_starts_again(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct sample s;

    sample_fill(&s, "a");
    sample_put(cache, &s, 1);
    check_query(cache, &(struct pipeline_query){.after_rowid = 99}, "a ");
    cache_close(cache);
}

static bool stop_at_once(void *owner, const struct pipeline_row *row UNUSED)
{
    (*(int *)owner)++;
    return false;
}

static void test_row_function_ends_the_page(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct err err = {0};
    struct sample s;
    int calls = 0;

    sample_fill(&s, "a");
    sample_put(cache, &s, 1);
    sample_fill(&s, "b");
    sample_put(cache, &s, 1);
    REQUIRE_OK(cache_pipelines(cache, &(struct pipeline_query){0}, stop_at_once, &calls, &err),
               &err);
    CHECK_INT(calls, 1);
    check_query(cache, &(struct pipeline_query){.sort = SORT_NAME}, "a b ");
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pages_cover_every_order_both_ways),
        TEST(test_filters_of_any_length_find_the_same_as_a_search),
        TEST(test_filter_ignores_case_beyond_ascii),
        TEST(test_filter_follows_what_changes),
        TEST(test_names_are_exact_or_logical),
        TEST(test_page_behind_a_row_that_is_gone_starts_again),
        TEST(test_row_function_ends_the_page),
    };

    return RUN(tests);
}
