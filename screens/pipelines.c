/* The pipelines: every CodePipeline of every context in one list, what needs a person first. */
#include "tui/screen.h"

#include "core/views/age.h"
#include "screens/copying.h"
#include "screens/list.h"
#include "screens/marks.h"
#include "screens/removal.h"
#include "screens/strip.h"
#include "screens/window.h"

extern const struct screen pipelines_screen;

struct pipelines {
    struct list list;
    struct window window;
    struct window spare; /* what is being read */
    struct marks marks;
    enum sort sort;
    bool reverse;
    bool is_ready; /* the windows are initialised */
    bool is_filtered;
    int64_t matches; /* counted only while a filter is on */
    bool has_more_matches;
};

struct loading {
    struct pipelines *p;
    const struct screen_input *input;
};

static struct window_query query_of(const struct pipelines *p, const struct screen_input *input,
                                    enum list_from from, int64_t rowid)
{
    return (struct window_query){.sort = p->sort,
                                 .reverse = p->reverse,
                                 .filter = input->filter,
                                 .scope = input->scope,
                                 .from = from,
                                 .rowid = rowid,
                                 .lines = p->list.table.lines};
}

static enum err_code read_page(void *owner, enum list_from from, int64_t id, struct list_page *out,
                               struct err *err)
{
    struct loading *loading = owner;
    struct window *w = &loading->p->spare;
    struct window_query query = query_of(loading->p, loading->input, from, id);
    int index;
    enum err_code rc = window_load(w, loading->input->cache, &query, &index, err);

    if (rc == ERR_OK)
        *out = (struct list_page){w->ids, w->count, w->has_before, w->has_after, index};
    return rc;
}

static void keep_page(void *owner)
{
    struct loading *loading = owner;

    window_release(&loading->p->window);
    loading->p->window = loading->p->spare;
    window_init(&loading->p->spare);
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct pipelines *p = state;
    struct loading loading = {p, input};
    const struct list_source source = {&loading, read_page, keep_page};
    struct window_query all;
    enum err_code rc;

    if (!p->is_ready) {
        window_init(&p->window);
        window_init(&p->spare);
        p->is_ready = true;
    }
    rc = list_load(&p->list, &source, input, input->area.rows - 1, err);
    window_release(&p->spare);
    if (rc)
        return rc;
    p->is_filtered = input->filter->count > 0;
    p->matches = p->window.count;
    p->has_more_matches = p->window.is_cut && !p->window.has_before;
    if (p->has_more_matches || /* a count would look at the same rows */
        !p->is_filtered || (!p->window.has_before && !p->window.has_after))
        return ERR_OK;
    all = query_of(p, input, LIST_START, 0);
    return window_count(input->cache, &all, &p->matches, &p->has_more_matches, err);
}

static enum style cell_style(const struct pipeline_row *row, const struct column *column)
{
    if (column->shows_status)
        return style_of_status(row->status);
    return row->trouble.len > 0 ? STYLE_DIM : STYLE_PLAIN;
}

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct pipelines *p = owner;
    const struct pipeline_row *row = &p->window.rows[index];
    CLEANUP(sb_release) struct sb text;

    sb_init(&text, 4096);
    if (strcmp(column->name, "stages") == 0)
        strip_draw(row->stages, look, c, area);
    else if (column->write(row, look, &text, NULL) == ERR_OK || text.len > 0)
        canvas_cut(c, area.row, area.col, area.cols, cell_style(row, column), sb_sv(&text));
}

static void target_at(const void *owner, int index, struct target *out)
{
    target_of_row(&((const struct pipelines *)owner)->window.rows[index], out);
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct pipelines *p = state;
    struct column wide[VIEW_COLUMN_MAX];
    const struct view aged = age_view(&view_pipelines, "updated_at", look, wide);

    table_draw(&p->list.table, &aged, look, draw_cell, p, c, area);
    marks_draw_table(&p->marks, &p->list.table, target_at, p, c, area);
    if (p->list.table.count == 0)
        list_draw_empty(&p->list, p->is_filtered, c, area);
}

static const struct pipeline_row *row_at_cursor(const struct pipelines *p)
{
    return p->list.table.count > 0 ? &p->window.rows[p->list.table.index] : NULL;
}

static unsigned reorder(struct pipelines *p, enum sort sort, bool reverse)
{
    p->sort = sort;
    p->reverse = reverse;
    return list_restart(&p->list);
}

static unsigned open_row(const struct pipelines *p, const char *screen, struct answer *out)
{
    const struct pipeline_row *row = row_at_cursor(p);

    if (row == NULL)
        return REACT_NONE;
    target_of_row(row, &out->target);
    out->screen = screen;
    return screen != NULL ? REACT_OPEN : REACT_NOTIFY;
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    const struct pipelines *p = state;
    const struct pipeline_row *row = row_at_cursor(p);
    struct target cursor;

    if (row != NULL)
        target_of_row(row, &cursor);
    return marks_targets(&p->marks, row != NULL ? &cursor : NULL, out, max);
}

static unsigned mark(struct pipelines *p, struct answer *out)
{
    const struct pipeline_row *row = row_at_cursor(p);
    struct target target;

    if (row == NULL)
        return REACT_NONE;
    target_of_row(row, &target);
    return marks_toggle(&p->marks, &target, out) | list_move(&p->list, CMD_DOWN);
}

static unsigned go_back(struct pipelines *p)
{
    if (p->is_filtered)
        return REACT_CLEAR;
    if (p->marks.count == 0)
        return REACT_LEAVE;
    p->marks.count = 0;
    return REACT_DRAW;
}

/* By its logical name: what is done to it is done to all of its CodePipelines. */
static unsigned open_change(const struct pipelines *p, bool is_removal, struct answer *out)
{
    const struct pipeline_row *row = row_at_cursor(p);

    if (row == NULL)
        return REACT_NONE;
    return is_removal ? open_removal_of(row->logical, out) : open_edit_of(row->logical, out);
}

static unsigned react(struct pipelines *p, enum command command, struct sv argument,
                      struct answer *out)
{
    enum sort sort = order_find(argument);

    if (command == CMD_SORT)
        return sort == SORT_COUNT ? order_ask(argument, out) : reorder(p, sort, false);
    if (command == CMD_REVERSE)
        return reorder(p, p->sort, !p->reverse);
    if (command == CMD_FILTER)
        return REACT_FILTER;
    if (command == CMD_BACK)
        return go_back(p);
    if (command == CMD_LEAVE)
        return REACT_LEAVE;
    if (command == CMD_COPY)
        return REACT_COPY;
    if (command == CMD_COPY_MENU)
        return REACT_CHOOSE;
    if (command == CMD_OPEN)
        return open_row(p, "pipeline", out);
    if (command == CMD_EXECUTIONS)
        return open_row(p, "executions", out);
    if (command == CMD_DESCRIBE)
        return open_row(p, "describe", out);
    if (command == CMD_NOTIFY)
        return open_row(p, NULL, out);
    if (command == CMD_MARK)
        return mark(p, out);
    if (operation_page(command) != NULL)
        return open_row(p, operation_page(command), out);
    if (command == CMD_EDIT || command == CMD_DELETE)
        return open_change(p, command == CMD_DELETE, out);
    return list_move(&p->list, command);
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    out->react = react(state, command, argument, out);
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct pipelines *p = state;
    const struct table *t = &p->list.table;

    *out = (struct screen_facts){.is_filterable = true,
                                 .matches = p->matches,
                                 .has_more_matches = p->has_more_matches,
                                 .order = order_title(p->sort),
                                 .is_reversed = p->reverse};
    for (int i = t->top; i < t->count && i < t->top + t->lines; i++) {
        const struct pipeline_row *row = &p->window.rows[i];

        if (out->visible_count < SCREEN_VISIBLE_MAX)
            out->visible[out->visible_count++] = row->rowid;
        out->next_change_ms = age_sooner(out->next_change_ms, age_next(row->changed_at, look));
    }
}

static enum err_code print_row(const struct pipeline_row *row, const struct view_look *look,
                               struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; rc == ERR_OK && i < view_pipelines.column_count; i++) {
        CLEANUP(sb_release) struct sb cell;

        sb_init(&cell, 1 << 20);
        rc = view_pipelines.columns[i].write(row, look, &cell, err);
        if (rc == ERR_OK && cell.len > 0 && i > 0)
            rc = sb_add(out, SV("  "), err);
        if (rc == ERR_OK)
            rc = sb_add(out, sb_sv(&cell), err);
    }
    return rc ? rc : sb_addc(out, '\n', err);
}

/* Stages have their names here, as there is room for everything. */
static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct pipelines *p = state;
    struct view_look wide = *look;
    enum err_code rc = ERR_OK;

    wide.is_wide = true;
    for (int i = 0; rc == ERR_OK && i < p->window.count; i++) {
        rc = sb_addf(out, err, "%d. ", i + 1);
        if (rc == ERR_OK)
            rc = print_row(&p->window.rows[i], &wide, out, err);
    }
    if (rc == ERR_OK && p->window.count == 0)
        rc = sb_addf(out, err, "%s\n", list_empty_text(&p->list, p->is_filtered));
    return rc;
}

static bool choose(void *state, int number)
{
    struct pipelines *p = state;

    return list_select(&p->list, number - 1);
}

/* The titles are the body's first line. */
static bool point(void *state, int line)
{
    struct pipelines *p = state;

    return line > 0 && line <= p->list.table.lines &&
           list_select(&p->list, p->list.table.top + line - 1);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct pipeline_row *row = row_at_cursor(state);

    return row != NULL ? copy_of_row(row, what, out, err)
                       : err_set(err, ERR_NOT_FOUND, "there is no pipeline under the cursor");
}

static void release(void *state)
{
    struct pipelines *p = state;

    if (!p->is_ready)
        return;
    window_release(&p->window);
    window_release(&p->spare);
    *p = (struct pipelines){0};
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,       "open",       "open the pipeline: its stages and actions"},
    {CMD_FILTER,     "filter",     NULL},
    {CMD_ACTIONS,    "actions",    NULL},
    {CMD_SORT,       "order",      NULL},
    {CMD_EXECUTIONS, "executions", NULL},
    {CMD_DESCRIBE,   "describe",   NULL},
    {CMD_HOME,       "board",      NULL},
    {CMD_RELEASE,    "release",    NULL},
    {CMD_APPROVE,    NULL,         NULL},
    {CMD_REJECT,     NULL,         NULL},
    {CMD_STOP,       NULL,         "stop the execution that runs, after its plan"},
    {CMD_ROLLBACK,   NULL,         NULL},
    {CMD_TRANSITION, NULL,         NULL},
    {CMD_OVERRIDE,   NULL,         NULL},
    {CMD_LOGS,       NULL,         NULL},
    {CMD_FAILURE,    NULL,         NULL},
    {CMD_STACKS,     NULL,         NULL},
    {CMD_REPOSITORY, NULL,         NULL},
    {CMD_MARK,       NULL,         "mark it for what is done next, or unmark it"},
    {CMD_CREATE,     "create",     NULL},
    {CMD_EDIT,       NULL,         "change the pipeline, when penstock made it"},
    {CMD_DELETE,     NULL,         "delete the pipeline, after its plan"},
    {CMD_REVERSE,    NULL,         NULL},
    {CMD_NOTIFY,     NULL,         NULL},
    {CMD_COPY,       NULL,         NULL},
    {CMD_COPY_MENU,  NULL,         NULL},
    {CMD_UP,         NULL,         NULL},
    {CMD_DOWN,       NULL,         NULL},
    {CMD_FIRST,      NULL,         NULL},
    {CMD_LAST,       NULL,         NULL},
    {CMD_HALF_UP,    NULL,         NULL},
    {CMD_HALF_DOWN,  NULL,         NULL},
    {CMD_PAGE_UP,    NULL,         NULL},
    {CMD_PAGE_DOWN,  NULL,         NULL},
    {CMD_BACK,       NULL,         NULL},
    {CMD_LEAVE,      NULL,         NULL},
    {CMD_NONE,       NULL,         NULL},
};
/* clang-format on */

const struct screen pipelines_screen = {
    .name = "pipelines",
    .title = "Pipelines",
    .help = "every CodePipeline of the contexts, one line each",
    .state_size = sizeof(struct pipelines),
    .commands = commands,
    .fields = filter_row_fields,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .choose = choose,
    .point = point,
    .copy = copy,
    .release = release,
    .targets = targets,
};
