/* How wide each column is, and when a row is too old to be believed. Both are pure, so that the
 * console and the command line cannot differ. */
#include "core/views/view.h"

static int needed(const struct view *view, const int *widths)
{
    int cells = -1;

    for (size_t i = 0; i < view->column_count; i++) {
        if (widths[i] > 0)
            cells += widths[i] + 1;
    }
    return cells < 0 ? 0 : cells;
}

/* The shown column that can be spared first; false when none can. */
static bool drop_one(const struct view *view, int *widths)
{
    size_t worst = 0;
    int order = 0;

    for (size_t i = 0; i < view->column_count; i++) {
        if (widths[i] > 0 && view->columns[i].drop_order > order) {
            order = view->columns[i].drop_order;
            worst = i;
        }
    }
    if (order == 0)
        return false;
    widths[worst] = 0;
    return true;
}

static void share(const struct view *view, int spare, int *widths)
{
    int weights = 0;

    for (size_t i = 0; i < view->column_count; i++)
        weights += widths[i] > 0 ? view->columns[i].weight : 0;
    /* Each takes its part of what is still there, so that rounding loses no cell. */
    for (size_t i = 0; i < view->column_count && weights > 0; i++) {
        int weight = widths[i] > 0 ? view->columns[i].weight : 0;
        int part = spare * weight / weights;

        widths[i] += part;
        spare -= part;
        weights -= weight;
    }
}

void view_layout(const struct view *view, int cells, int *widths)
{
    for (size_t i = 0; i < view->column_count; i++)
        widths[i] = view->columns[i].min_width;
    while (needed(view, widths) > cells && drop_one(view, widths))
        ;
    if (needed(view, widths) < cells)
        share(view, cells - needed(view, widths), widths);
}

bool freshness_is_failing(const struct freshness *freshness)
{
    return freshness->code != ERR_OK && freshness->failed_at > 0 &&
           freshness->failed_at >= freshness->synced_at;
}

bool freshness_is_stale(const struct freshness *freshness, int64_t now_ms)
{
    return freshness_is_failing(freshness) || freshness->synced_at == 0 ||
           now_ms - freshness->synced_at > VIEW_STALE_AFTER_MS;
}

bool row_is_stale(const struct pipeline_row *row, const struct freshness *freshness, int64_t now_ms)
{
    return row->trouble.len > 0 || freshness_is_stale(freshness, now_ms);
}
