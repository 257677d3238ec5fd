/* Column widths, staleness and cells. */
#include "core/views/view.h"
#include "tests/unit/check.h"

static enum err_code blank(const struct pipeline_row *row UNUSED,
                           const struct view_look *look UNUSED, struct sb *out UNUSED,
                           struct err *err UNUSED)
{
    return ERR_OK;
}

static const struct column three[] = {
    {"a", "A", 6, 0, 0, blank, false},
    {"b", "B", 10, 3, 0, blank, false},
    {"c", "C", 5, 1, 2, blank, false},
    {"d", "D", 8, 0, 1, blank, false},
};
static const struct view view = {.name = "v", .columns = three, .column_count = ARRAY_LEN(three)};

static int total(const int *widths, size_t count)
{
    int cells = -1;

    for (size_t i = 0; i < count; i++)
        cells += widths[i] > 0 ? widths[i] + 1 : 0;
    return cells;
}

static void test_layout_uses_every_cell_that_can_be_shared(void **state UNUSED)
{
    int widths[4];

    view_layout(&view, 42, widths);
    CHECK_INT(total(widths, 4), 42);
    CHECK_INT(widths[0], 6);
    CHECK_INT(widths[1], 10 + 7); /* three quarters of ten, rounded down, and the rest to c */
    CHECK_INT(widths[2], 5 + 3);
    CHECK_INT(widths[3], 8);
}

static void test_layout_hides_the_highest_drop_order_first(void **state UNUSED)
{
    int widths[4];

    view_layout(&view, 31, widths);
    CHECK_INT(widths[2], 0);
    CHECK_INT(widths[3], 8);
    CHECK_INT(total(widths, 4), 31);
    view_layout(&view, 20, widths);
    CHECK_INT(widths[2], 0);
    CHECK_INT(widths[3], 0);
    CHECK_INT(total(widths, 4), 20);
}

static void test_layout_never_goes_below_a_columns_least(void **state UNUSED)
{
    int widths[4];

    view_layout(&view, 3, widths);
    CHECK_INT(widths[0], 6);
    CHECK_INT(widths[1], 10);
}

static void test_pipelines_fit_80_cells_with_what_matters(void **state UNUSED)
{
    int widths[VIEW_COLUMN_MAX];

    view_layout(&view_pipelines, 80, widths);
    CHECK_INT(total(widths, view_pipelines.column_count), 80);
    for (size_t i = 0; i < view_pipelines.column_count; i++) {
        const char *name = view_pipelines.columns[i].name;

        if (strcmp(name, "account") != 0 && strcmp(name, "region") != 0)
            CHECK_TRUE(widths[i] > 0);
    }
}

enum { NOW = 1000 * 1000 * 1000 };

static void test_a_row_is_stale_when_its_context_is(void **state UNUSED)
{
    struct pipeline_row row = {0};
    struct freshness f = {.synced_at = NOW - 1000};

    CHECK_TRUE(!row_is_stale(&row, &f, NOW));
    row.trouble = SV("cut reply");
    CHECK_TRUE(row_is_stale(&row, &f, NOW));
    row.trouble = SV_NONE;
    f.synced_at = NOW - VIEW_STALE_AFTER_MS - 1;
    CHECK_TRUE(row_is_stale(&row, &f, NOW));
    f.synced_at = 0;
    CHECK_TRUE(row_is_stale(&row, &f, NOW));
}

static void test_a_failure_that_is_over_is_not_stale(void **state UNUSED)
{
    struct pipeline_row row = {0};
    struct freshness f = {.synced_at = NOW - 1000, .failed_at = NOW - 500, .code = ERR_NET};

    CHECK_TRUE(row_is_stale(&row, &f, NOW));
    f.failed_at = NOW - 2000;
    CHECK_TRUE(!row_is_stale(&row, &f, NOW));
}

static void cell(const char *name, const struct view *of, const struct pipeline_row *row,
                 const struct view_look *look, struct sb *out)
{
    struct err err = {0};

    sb_clear(out);
    for (size_t i = 0; i < of->column_count; i++) {
        if (strcmp(of->columns[i].name, name) == 0) {
            REQUIRE_OK(of->columns[i].write(row, look, out, &err), &err);
            return;
        }
    }
    fail_msg("no column %s", name);
}

static void test_the_note_tells_what_needs_a_person_first(void **state UNUSED)
{
    struct view_look look = {.now_ms = NOW, .is_utf8 = true};
    struct pipeline_row row = {.revision_summary = SV("fix the join")};
    struct sb out;

    sb_init(&out, 256);
    cell("note", &view_pipelines, &row, &look, &out);
    CHECK_SV(sb_sv(&out), SV("fix the join"));
    row.trouble = SV("reply cut short");
    cell("note", &view_pipelines, &row, &look, &out);
    CHECK_SV(sb_sv(&out), SV("cannot read: reply cut short"));
    row.error = SV("exit status 1");
    cell("note", &view_pipelines, &row, &look, &out);
    CHECK_SV(sb_sv(&out), SV("exit status 1"));
    row.waiting = SV("Gate/approve");
    cell("note", &view_pipelines, &row, &look, &out);
    CHECK_SV(sb_sv(&out), SV("Gate/approve"));
    sb_release(&out);
}

static void test_the_status_is_glyph_and_word_in_both_charsets(void **state UNUSED)
{
    struct view_look look = {.now_ms = NOW, .is_utf8 = true};
    struct pipeline_row row = {.status = STATUS_FAILED};
    struct sb out;

    sb_init(&out, 256);
    cell("status", &view_pipelines, &row, &look, &out);
    CHECK_SV(sb_sv(&out), SV("✗ FAIL"));
    look.is_utf8 = false;
    cell("status", &view_pipelines, &row, &look, &out);
    CHECK_SV(sb_sv(&out), SV("x FAIL"));
    cell("status", &view_plain, &row, &look, &out);
    CHECK_SV(sb_sv(&out), SV("Failed"));
    sb_release(&out);
}

/* Scripts count columns: what is there stays where it is. */
static void test_plain_columns_keep_their_order(void **state UNUSED)
{
    static const char *const promised[] = {
        "name",    "account",      "region",     "strategy",   "logical",  "environment",
        "status",  "execution_id", "started_at", "updated_at", "revision", "revision_summary",
        "trigger", "stages",       "waiting",    "error",      "trouble",
    };

    REQUIRE(view_plain.column_count >= ARRAY_LEN(promised));
    for (size_t i = 0; i < ARRAY_LEN(promised); i++)
        CHECK_STR(view_plain.columns[i].name, promised[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_layout_uses_every_cell_that_can_be_shared),
        TEST(test_layout_hides_the_highest_drop_order_first),
        TEST(test_layout_never_goes_below_a_columns_least),
        TEST(test_pipelines_fit_80_cells_with_what_matters),
        TEST(test_a_row_is_stale_when_its_context_is),
        TEST(test_a_failure_that_is_over_is_not_stale),
        TEST(test_the_note_tells_what_needs_a_person_first),
        TEST(test_the_status_is_glyph_and_word_in_both_charsets),
        TEST(test_plain_columns_keep_their_order),
    };

    return RUN(tests);
}
