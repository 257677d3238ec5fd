/* Views: what can be seen. One row per view, one row per column; the console's tables, the verbs'
 * tables, their JSON names, the help and the man page are made from these lists. */
#ifndef PENSTOCK_VIEWS_VIEW_H
#define PENSTOCK_VIEWS_VIEW_H

#include "core/cache/cache.h"
#include "core/sync/context.h"

enum look_clock { LOOK_AGE, LOOK_UTC, LOOK_LOCAL };

/* What a cell may depend on besides its row. */
struct view_look {
    int64_t now_ms;
    bool is_utf8;   /* else ASCII glyphs */
    bool is_wide;   /* no shortening */
    bool is_coarse; /* low bandwidth: nothing that changes more than once a minute */
    enum look_clock clock;
};

/* Write a row's cell: any text, cleaned by whoever shows it. */
typedef enum err_code column_fn(const struct pipeline_row *row, const struct view_look *look,
                                struct sb *out, struct err *err);

struct column {
    const char *name;  /* for JSON, sort and field filters: "status" */
    const char *title; /* "STATUS" */
    int min_width;     /* cells; never less while it is shown */
    int weight;        /* share of the width that is left over; 0 = stays at min_width */
    int drop_order;    /* 0 = never hidden; when too narrow the highest goes first */
    column_fn *write;
    bool shows_status; /* the cell's style follows the row's status */
};

struct view {
    const char *name;  /* "pipelines" */
    const char *title; /* "Pipelines" */
    const char *help;
    const struct column *columns;
    size_t column_count;
};

#define VIEW_LIST(X)       X(pipelines)
#define VIEW_DECLARE(name) extern const struct view view_##name;
VIEW_LIST(VIEW_DECLARE)
#undef VIEW_DECLARE

enum { VIEW_COLUMN_MAX = 24, VIEW_STALE_AFTER_MS = 15 * 60 * 1000 };

/* `penstock status --plain`: not a table, so it has no titles or widths. */
extern const struct view view_plain;

/* Widths for so many cells: 0 for a column that is hidden. One blank between columns. */
void view_layout(const struct view *view, int cells, int *widths);

/* The last sync failed; or it failed or is too long ago. */
bool freshness_is_failing(const struct freshness *freshness);
bool freshness_is_stale(const struct freshness *freshness, int64_t now_ms);

/* Is this row's data older than it should be: its context failed or was not synced for a while, or
 * the row itself has trouble. */
bool row_is_stale(const struct pipeline_row *row, const struct freshness *freshness,
                  int64_t now_ms);

/* The JSON of `penstock status` (README, "JSON"): schema 1, contexts and pipelines. */
enum err_code view_status_json(struct cache *cache, const struct context_list *contexts,
                               const struct pipeline_query *query, int64_t now_ms, struct sb *out,
                               struct err *err) MUST_CHECK;

/* The same in pieces, so that ten thousand pipelines need no buffer of their size: flush, when
 * there is one, is called between two pipelines and may empty the buffer. contexts NULL: all. */
typedef enum err_code view_flush_fn(void *owner, struct sb *out, struct err *err);
struct view_json {
    const struct context_list *contexts;
    const struct pipeline_query *query;
    int64_t now_ms;
    view_flush_fn *flush;
    void *owner;
};
enum err_code view_write_json(struct cache *cache, const struct view_json *ask, struct sb *out,
                              struct err *err) MUST_CHECK;

/* The members of one pipeline in that JSON, into an object that is open. */
struct jw;
void view_pipeline_json(struct jw *w, const struct cache_pipeline *pipeline, bool is_stale);

#endif
