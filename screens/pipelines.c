/* The pipelines: every pipeline of every context in one list, what needs a person first, and on
 * Enter the stages and actions of the one under the cursor. */
#include "tui/screen.h"

#include "screens/detail.h"
#include "screens/window.h"
#include "tui/table.h"

extern const struct screen pipelines_screen;

enum { DETAIL_LEAST_TABLE = 4, NEIGHBOURS = 8 };

struct pipelines {
    struct window window;
    struct table table;
    struct detail detail;
    enum window_from from; /* what the next load shows */
    enum sort sort;
    bool reverse;
    bool is_ready;   /* window and detail are initialised */
    bool is_open;    /* the detail is shown */
    bool is_at_top;  /* the person sees the list's start */
    bool is_placed;  /* the person has put the cursor where it is */
    bool is_filling; /* rows come in for the first time */
    int table_rows;  /* of the area, the rest is the detail's */
    int64_t matches; /* counted only while a filter is on */
    bool has_more_matches;
    bool is_filtered;
    enum screen_source source;
};

static void prepare(struct pipelines *p, const struct screen_input *input)
{
    if (!p->is_ready) {
        window_init(&p->window);
        detail_init(&p->detail);
        p->is_ready = true;
    }
    p->table_rows = p->is_open ? input->area.rows / 2 : input->area.rows;
    if (p->table_rows < DETAIL_LEAST_TABLE)
        p->table_rows = input->area.rows;
    p->table.lines = p->table_rows > 1 ? p->table_rows - 1 : 1;
    p->is_filtered = input->filter.len > 0;
    /* Also for the load that brings the last of them. */
    p->is_filling = p->source == SCREEN_LOADING || input->source == SCREEN_LOADING;
    p->source = input->source;
}

static struct window_query query_of(const struct pipelines *p, const struct screen_input *input,
                                    enum window_from from, int64_t rowid)
{
    return (struct window_query){.sort = p->sort,
                                 .reverse = p->reverse,
                                 .filter = input->filter,
                                 .filter_inverse = input->filter_inverse,
                                 .scope = input->scope,
                                 .from = from,
                                 .rowid = rowid,
                                 .lines = p->table.lines};
}

static void place(struct pipelines *p, int index, int line)
{
    p->table.has_before = p->window.has_before;
    p->table.has_after = p->window.has_after;
    table_place(&p->table, p->window.ids, p->window.count, index, line);
    p->is_at_top = p->table.top == 0 && !p->table.has_before;
}

static int find(const struct window *w, int64_t rowid)
{
    for (int i = 0; i < w->count; i++) {
        if (w->ids[i] == rowid)
            return i;
    }
    return -1;
}

static enum err_code load_edge(struct pipelines *p, const struct screen_input *input,
                               enum window_from from, struct err *err)
{
    struct window_query query = query_of(p, input, from, 0);
    int index;
    enum err_code rc = window_load(&p->window, input->cache, &query, &index, err);

    if (rc == ERR_OK)
        place(p, index, from == WINDOW_START ? 0 : p->table.lines - 1);
    return rc;
}

/* The cursor's row first, then those that were its neighbours when it is gone: behind it, before
 * it, further away. */
static int64_t candidate(const int64_t *ids, int count, int index, int attempt)
{
    int distance = (attempt + 1) / 2;
    int at = attempt % 2 == 1 ? index + distance : index - distance;

    return at >= 0 && at < count ? ids[at] : 0;
}

static enum err_code load_around(struct pipelines *p, const struct screen_input *input,
                                 bool *is_found, struct err *err)
{
    /* A filter that lets the cursor's row through keeps it; else its first match is wanted. */
    int attempts = input->filter_changed ? 1 : 2 * NEIGHBOURS;
    int line = table_line(&p->table);

    for (int i = 0; i < attempts && !*is_found; i++) {
        int64_t rowid = candidate(p->window.ids, p->window.count, p->table.index, i);
        struct window_query query = query_of(p, input, WINDOW_AROUND, rowid);
        int index = -1;
        enum err_code rc =
            rowid == 0 ? ERR_OK : window_load(&p->window, input->cache, &query, &index, err);

        if (rc)
            return rc;
        if (index >= 0)
            place(p, index, line);
        *is_found = index >= 0;
    }
    return ERR_OK;
}

/* Who looks at the list's start keeps looking at it, so that new trouble is seen; the cursor moves
 * down with its row. When its row has left the first page, the page follows the row. */
static enum err_code load_top(struct pipelines *p, const struct screen_input *input, bool *is_found,
                              struct err *err)
{
    struct window_query query = query_of(p, input, WINDOW_START, 0);
    struct window start;
    int index;
    enum err_code rc;

    window_init(&start);
    rc = window_load(&start, input->cache, &query, &index, err);
    if (rc)
        return rc;
    index = find(&start, p->table.cursor);
    if (index < 0 || index >= p->table.lines) {
        window_release(&start);
        return ERR_OK;
    }
    window_release(&p->window);
    p->window = start;
    place(p, index, index);
    *is_found = true;
    return ERR_OK;
}

static enum err_code load_rows(struct pipelines *p, const struct screen_input *input,
                               struct err *err)
{
    bool is_found = false;
    enum err_code rc = ERR_OK;

    /* Nobody has aimed at a row yet: the first one is the one that needs a person most. */
    if (p->is_filling && !p->is_placed && p->from == WINDOW_AROUND)
        return load_edge(p, input, WINDOW_START, err);
    if (p->from != WINDOW_AROUND || p->table.cursor == 0)
        return load_edge(p, input, p->from == WINDOW_END ? WINDOW_END : WINDOW_START, err);
    if (p->is_at_top)
        rc = load_top(p, input, &is_found, err);
    if (rc == ERR_OK && !is_found)
        rc = load_around(p, input, &is_found, err);
    if (rc == ERR_OK && !is_found)
        rc = load_edge(p, input, WINDOW_START, err);
    return rc;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct pipelines *p = state;
    struct window_query all = query_of(p, input, WINDOW_START, 0);
    enum err_code rc;

    prepare(p, input);
    rc = load_rows(p, input, err);
    if (rc)
        return rc;
    p->from = WINDOW_AROUND;
    p->matches = p->window.count;
    p->has_more_matches = false;
    if (p->is_filtered && (p->window.has_before || p->window.has_after))
        rc = window_count(input->cache, &all, &p->matches, &p->has_more_matches, err);
    if (rc == ERR_OK && p->is_open)
        rc = detail_load(&p->detail, input->cache, p->table.cursor, err);
    return rc;
}

static int mark_width(const struct stage_mark *mark)
{
    return mark->transition_enabled ? 1 : 2;
}

static int strip_width(struct sv strip)
{
    struct stage_mark mark;
    int width = 0;

    while (stage_strip_next(&strip, &mark))
        width += mark_width(&mark);
    return width;
}

/* A closed gate before a stage shows as such. */
static int draw_mark(const struct stage_mark *mark, const struct view_look *look, struct canvas *c,
                     int row, int col)
{
    char ascii[2] = {status_ascii(mark->status), '\0'};
    int gate = 0;

    if (!mark->transition_enabled)
        gate = canvas_text(c, row, col, 1, STYLE_ATTENTION, look->is_utf8 ? SV("⊗") : SV("#"));
    return gate + canvas_text(c, row, col + gate, 1, style_of_status(mark->status),
                              sv_of(look->is_utf8 ? status_glyph(mark->status) : ascii));
}

/* One glyph per stage in the colour of its status. In a strip that is too long the stages that went
 * well give way from the start, so that the one in trouble is seen; '~' stands for the rest. */
static void draw_strip(struct sv strip, const struct view_look *look, struct canvas *c,
                       struct rect area)
{
    int left = strip_width(strip);
    int end = area.col + area.cols;
    struct sv rest = strip;
    struct stage_mark mark;
    bool is_cut =
        left > area.cols && stage_strip_next(&rest, &mark) && mark.status == STATUS_SUCCEEDED;

    if (is_cut)
        area.col += canvas_text(c, area.row, area.col, 1, STYLE_DIM, SV("~"));
    while (stage_strip_next(&strip, &mark)) {
        left -= mark_width(&mark);
        if (is_cut && mark.status == STATUS_SUCCEEDED && mark_width(&mark) + left > end - area.col)
            continue;
        is_cut = false;
        if (area.col + mark_width(&mark) + (left > 0) > end) {
            canvas_text(c, area.row, area.col, 1, STYLE_DIM, SV("~"));
            return;
        }
        area.col += draw_mark(&mark, look, c, area.row, area.col);
    }
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
        draw_strip(row->stages, look, c, area);
    else if (column->write(row, look, &text, NULL) == ERR_OK || text.len > 0)
        canvas_cut(c, area.row, area.col, area.cols, cell_style(row, column), sb_sv(&text));
}

static void draw_empty(const struct pipelines *p, struct canvas *c, struct rect area)
{
    static const char *const sentences[] = {
        [SCREEN_SYNCED] = "There is no pipeline here yet.",
        [SCREEN_LOADING] = "Asking AWS for the pipelines...",
        [SCREEN_CACHED] = "Nothing is cached yet: run penstock without --cached.",
        [SCREEN_FAILED] = "AWS could not be asked yet: see the line below. It is tried again.",
    };
    const char *sentence =
        p->is_filtered ? "Nothing matches the filter: Esc clears it." : sentences[p->source];

    canvas_cut(c, area.row + 2, area.col + 2, area.cols - 2, STYLE_DIM, sv_of(sentence));
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct pipelines *p = state;
    struct rect top = area;
    struct rect bottom = area;

    top.rows = p->table_rows < area.rows ? p->table_rows : area.rows;
    table_draw(&p->table, &view_pipelines, look, draw_cell, p, c, top);
    if (p->table.count == 0)
        draw_empty(p, c, top);
    bottom.row += top.rows;
    bottom.rows -= top.rows;
    if (bottom.rows > 0)
        detail_draw(&p->detail, look, c, bottom);
}

static unsigned moved(struct pipelines *p, enum table_move move)
{
    unsigned detail = p->is_open ? REACT_LOAD : REACT_NONE;

    p->is_at_top = p->table.top == 0 && !p->table.has_before;
    p->is_placed = true;
    switch (move) {
    case TABLE_STILL:
        return REACT_NONE;
    case TABLE_MOVED:
        return REACT_DRAW | detail;
    case TABLE_AROUND:
        return REACT_DRAW | REACT_MORE;
    case TABLE_FIRST:
        p->from = WINDOW_START;
        return REACT_DRAW | REACT_MORE;
    case TABLE_LAST:
        p->from = WINDOW_END;
        return REACT_DRAW | REACT_MORE;
    }
    return REACT_NONE;
}

/* A new order starts at its top: what is first in it is why one asked for it. */
static unsigned reorder(struct pipelines *p, enum sort sort, bool reverse)
{
    p->sort = sort;
    p->reverse = reverse;
    p->from = WINDOW_START;
    return REACT_DRAW | REACT_MORE;
}

static unsigned toggle(struct pipelines *p, bool is_open)
{
    p->is_open = is_open && p->table.cursor != 0;
    p->is_placed = true;
    return REACT_DRAW | REACT_LOAD;
}

static unsigned handle(void *state, enum command command)
{
    struct pipelines *p = state;

    switch (command) {
    case CMD_UP:
    case CMD_DOWN:
    case CMD_FIRST:
    case CMD_LAST:
    case CMD_HALF_UP:
    case CMD_HALF_DOWN:
    case CMD_PAGE_UP:
    case CMD_PAGE_DOWN:
        return moved(p, table_move(&p->table, p->window.ids, command));
    case CMD_OPEN:
        return toggle(p, !p->is_open);
    case CMD_FILTER:
        return REACT_FILTER;
    case CMD_BACK:
        return p->is_filtered ? REACT_CLEAR : p->is_open ? toggle(p, false) : REACT_NONE;
    case CMD_SORT:
        return reorder(p, (enum sort)((p->sort + 1) % SORT_COUNT), false);
    case CMD_REVERSE:
        return reorder(p, p->sort, !p->reverse);
    case CMD_REFRESH:
        return REACT_SYNC;
    case CMD_LEAVE:
        return p->is_open ? toggle(p, false) : REACT_LEAVE;
    case CMD_NONE:
    case CMD_HELP:
    case CMD_REDRAW:
    case CMD_SUSPEND:
    case CMD_QUIT:
    case CMD_COUNT:
        break;
    }
    return REACT_NONE;
}

static const char *const orders[] = {
#define ORDER_TITLE(name, title, help) [SORT_##name] = title,
    SORT_LIST(ORDER_TITLE)
#undef ORDER_TITLE
};

static void facts(const void *state, struct screen_facts *out)
{
    const struct pipelines *p = state;
    const struct table *t = &p->table;

    *out = (struct screen_facts){.matches = p->matches,
                                 .has_more_matches = p->has_more_matches,
                                 .order = orders[p->sort],
                                 .is_reversed = p->reverse};
    for (int i = t->top; i < t->count && i < t->top + t->lines; i++) {
        const struct pipeline_row *row = &p->window.rows[i];

        if (out->visible_count < SCREEN_VISIBLE_MAX)
            out->visible[out->visible_count++] = row->rowid;
        if (row->changed_at > out->youngest_at)
            out->youngest_at = row->changed_at;
    }
}

static void release(void *state)
{
    struct pipelines *p = state;

    if (!p->is_ready)
        return;
    window_release(&p->window);
    detail_release(&p->detail);
    *p = (struct pipelines){0};
}

const struct screen pipelines_screen = {
    .name = "pipelines",
    .title = "Pipelines",
    .state_size = sizeof(struct pipelines),
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .release = release,
};
