/* Home: the promotion matrix. One row per logical pipeline, one column per environment, what failed
 * or waits first; now, or as it was at a moment of the past. */
#include "screens/home.h"

#include "core/base/time.h"
#include "tui/console.h"

extern const struct screen home_screen;

enum { PAST_FRESH_MS = 5000 };

static void start(struct home *h)
{
    board_init(&h->board);
    board_init(&h->spare);
    h->cell = NO_CELL;
    h->is_asked = true;
    h->is_ready = true;
}

static void open(void *state, const struct target *target)
{
    struct home *h = state;

    start(h);
    h->at_ms = target->at_ms;
    h->was_opened_there = target->at_ms != 0;
}

/* ---- reading ---- */

struct loading {
    struct home *h;
    const struct screen_input *input;
};

static struct board_query query_of(const struct home *h, const struct screen_input *input,
                                   enum list_from from, int64_t id)
{
    static const enum board_from froms[] = {
        [LIST_START] = BOARD_START, [LIST_END] = BOARD_END, [LIST_AROUND] = BOARD_AROUND};

    return (struct board_query){.sort = h->sort,
                                .reverse = h->reverse,
                                .filter = input->filter,
                                .only_problems = h->only_problems,
                                .scope = input->scope,
                                .from = froms[from],
                                .id = id,
                                .lines = h->list.table.lines,
                                .at_ms = h->at_ms};
}

static enum err_code read_page(void *owner, enum list_from from, int64_t id, struct list_page *out,
                               struct err *err)
{
    struct loading *loading = owner;
    struct board *b = &loading->h->spare;
    struct board_query query = query_of(loading->h, loading->input, from, id);
    int index;
    enum err_code rc = board_load(b, loading->input->cache, &query, &index, err);

    if (rc == ERR_OK)
        *out = (struct list_page){b->ids, b->count, b->has_before, b->has_after, index};
    return rc;
}

static void keep_page(void *owner)
{
    struct loading *loading = owner;

    board_release(&loading->h->board);
    loading->h->board = loading->h->spare;
    board_init(&loading->h->spare);
}

/* One change back or on, from the moment that is shown. */
static enum err_code take_step(struct home *h, const struct screen_input *input, struct err *err)
{
    int64_t from = h->at_ms != 0 ? h->at_ms : input->look->now_ms;
    int64_t at_ms;
    int step = h->step;
    enum err_code rc = past_step(input->cache, from, step > 0, &at_ms, err);

    h->step = 0;
    if (rc)
        return rc;
    h->has_no_step = at_ms == 0;
    if (at_ms != 0)
        h->at_ms = at_ms;
    else if (step > 0 && !h->was_opened_there)
        h->at_ms = 0; /* behind the last change is now */
    return ERR_OK;
}

/* Of what was before the first recorded change nothing is known. */
static enum err_code keep_to_record(struct home *h, struct cache *cache, struct err *err)
{
    enum err_code rc = past_begins(cache, &h->begins, err);

    if (rc || h->begins == 0)
        return rc;
    h->begins--;
    if (h->at_ms != h->begins)
        h->is_beginning = h->at_ms < h->begins;
    if (h->is_beginning)
        h->at_ms = h->begins;
    return ERR_OK;
}

static enum err_code count_matches(struct home *h, const struct screen_input *input,
                                   struct err *err)
{
    struct board_query all = query_of(h, input, LIST_START, 0);

    h->matches = h->board.count;
    h->has_more_matches = false;
    if ((!h->is_filtered && !h->only_problems) || (!h->board.has_before && !h->board.has_after))
        return ERR_OK;
    h->has_more_matches = h->board.is_cut && !h->board.has_before;
    if (h->has_more_matches) /* a count would look at the same rows */
        return ERR_OK;
    return board_count(input->cache, &all, &h->matches, &h->has_more_matches, err);
}

static size_t count_known(const struct scope *scope)
{
    size_t known = 0;

    for (size_t i = 0; scope != NULL && i < scope->count; i++)
        known += scope->items[i].account.len > 0;
    return known;
}

/* The past is read whole, and only what is recorded changes it; what becomes known of its
 * executions may come later. */
static bool is_current(const struct home *h, const struct screen_input *input,
                       const struct seen *now)
{
    return h->at_ms != 0 && !h->is_asked && !input->filter_changed &&
           input->source == h->list.source && input->area.cols == h->cols &&
           input->area.rows - 1 == h->list.table.lines && now->newest == h->seen.newest &&
           now->known == h->seen.known && now->read_ms - h->seen.read_ms < PAST_FRESH_MS;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct home *h = state;
    struct loading loading = {h, input};
    const struct list_source source = {&loading, read_page, keep_page};
    struct seen seen = {.read_ms = input->look->now_ms, .known = count_known(input->scope)};
    enum err_code rc = ERR_OK;

    if (!h->is_ready)
        start(h);
    h->waiting = input->console->approvals;
    h->failed = input->console->counts.by_status[STATUS_FAILED] +
                input->console->counts.by_status[STATUS_ERRORED];
    if (h->at_ms != 0)
        rc = past_newest(input->cache, &seen.newest, err);
    if (rc || is_current(h, input, &seen))
        return rc;
    h->is_asked = true; /* until it is read */
    if (h->step != 0)
        rc = take_step(h, input, err);
    if (rc == ERR_OK && h->at_ms != 0)
        rc = keep_to_record(h, input->cache, err);
    if (rc == ERR_OK)
        rc = list_load(&h->list, &source, input, input->area.rows - 1, err);
    board_release(&h->spare);
    if (rc)
        return rc;
    if (input->filter_changed)
        h->matrix.count = 0;
    matrix_meet(&h->matrix, &h->board);
    h->is_filtered = input->filter->count > 0;
    h->cols = input->area.cols;
    h->is_asked = false;
    h->seen = seen;
    return count_matches(h, input, err);
}

/* ---- drawing ---- */

/* Some of its CodePipelines are. */
static bool is_marked(const struct home *h, const struct board_row *row)
{
    struct pipeline_row each = row->lead;
    struct target target;

    if (h->marks.count == 0)
        return false;
    target_of_row(&each, &target);
    if (marks_has(&h->marks, &target))
        return true;
    for (size_t i = 0; i < row->cell_count; i++) {
        target_set(target.name, sizeof target.name, row->cells[i].name);
        if (marks_has(&h->marks, &target))
            return true;
    }
    return false;
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct home *h = state;
    const struct table *t = &h->list.table;
    struct view_look ages = home_look(h, look);
    struct matrix_layout at;
    struct rect line = {area.row, area.col, 1, area.cols};

    matrix_layout(&h->matrix, area.cols, look->clock, &at);
    matrix_draw_titles(&h->matrix, &at, c, line);
    for (int i = t->top; i < t->count && i - t->top < area.rows - 1; i++) {
        line.row = area.row + 1 + i - t->top;
        if (i == t->index)
            canvas_text(c, line.row, area.col, 1, STYLE_CURSOR, SV(">"));
        marks_draw(is_marked(h, &h->board.rows[i]), c, line.row, area.col + 1);
        matrix_draw_row(&h->matrix, &at, &h->board.rows[i], i == t->index ? h->cell : NO_CELL,
                        &ages, c, line);
    }
    if (t->count == 0)
        table_draw_sentence(c, area, sv_of(home_empty_text(h)));
}

/* ---- facts ---- */

static void add_row(const struct home *h, const struct matrix_layout *at,
                    const struct board_row *row, const struct view_look *look,
                    struct screen_facts *out)
{
    for (size_t i = 0; i < row->pipeline_count; i++) {
        if (out->visible_count < SCREEN_VISIBLE_MAX)
            out->visible[out->visible_count++] = row->rowids[i];
        if (row->misses_revision && out->history_count < SCREEN_VISIBLE_MAX)
            out->history[out->history_count++] = row->rowids[i];
    }
    out->next_change_ms =
        age_sooner(out->next_change_ms, matrix_next_change(&h->matrix, at, row, look));
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct home *h = state;
    const struct table *t = &h->list.table;
    struct view_look ages = home_look(h, look);
    struct matrix_layout at;

    *out = (struct screen_facts){.is_filterable = true,
                                 .matches = h->matches,
                                 .has_more_matches = h->has_more_matches,
                                 .order = order_title(h->sort),
                                 .is_reversed = h->reverse};
    matrix_layout(&h->matrix, h->cols, look->clock, &at);
    for (int i = t->top; i < t->count && i < t->top + t->lines; i++)
        add_row(h, &at, &h->board.rows[i], &ages, out);
    snprintf(out->crumb, sizeof out->crumb, "%s%s", h->at_ms != 0 ? "Past" : home_screen.title,
             h->only_problems ? ", problems only" : "");
    if (h->at_ms == 0 && h->has_no_step)
        snprintf(out->banner, sizeof out->banner, "no change is recorded yet");
    if (h->at_ms == 0)
        return;
    home_banner(h, look, out->banner, sizeof out->banner);
    ages.clock = LOOK_AGE;
    ages.now_ms = look->now_ms;
    out->next_change_ms = age_next(h->at_ms, &ages); /* rows do not age in the past */
}

static void release(void *state)
{
    struct home *h = state;

    if (!h->is_ready)
        return;
    board_release(&h->board);
    board_release(&h->spare);
    *h = (struct home){0};
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,       "open",       "open the pipeline, or that of the environment under the cursor"},
    {CMD_ACTIONS,    "actions",    NULL},
    {CMD_FAILURE,    "why",        NULL},
    {CMD_APPROVALS,  "approvals",  NULL},
    {CMD_FILTER,     "filter",     NULL},
    {CMD_PROBLEMS,   "problems",   NULL},
    {CMD_EXECUTIONS, "executions", NULL},
    {CMD_RELEASE,    "release",    NULL},
    {CMD_APPROVE,    NULL,         NULL},
    {CMD_REJECT,     NULL,         NULL},
    {CMD_STOP,       NULL,         "stop the execution that runs, after its plan"},
    {CMD_ROLLBACK,   NULL,         NULL},
    {CMD_TRANSITION, NULL,         NULL},
    {CMD_OVERRIDE,   NULL,         NULL},
    {CMD_LOGS,       NULL,         NULL},
    {CMD_STACKS,     NULL,         NULL},
    {CMD_REPOSITORY, NULL,         NULL},
    {CMD_MARK,       NULL,         "mark it for what is done next, or unmark it"},
    {CMD_SORT,       "order",      NULL},
    {CMD_PIPELINES,  "list",       NULL},
    {CMD_CREATE,     "create",     NULL},
    {CMD_EDIT,       NULL,         "change the pipeline, when penstock made it"},
    {CMD_DELETE,     NULL,         "delete the pipeline, after its plan"},
    {CMD_STEP_BACK,  "back in time", "the board as it was at the change before"},
    {CMD_STEP_ON,    NULL,         "the board as it was at the change after"},
    {CMD_NOW,        NULL,         NULL},
    {CMD_DESCRIBE,   NULL,         NULL},
    {CMD_NOTIFY,     NULL,         NULL},
    {CMD_REVERSE,    NULL,         NULL},
    {CMD_COPY,       NULL,         NULL},
    {CMD_COPY_MENU,  NULL,         NULL},
    {CMD_LEFT,       NULL,         "move to the environment before, then to the row"},
    {CMD_RIGHT,      NULL,         "move to the next environment"},
    {CMD_UP,         NULL,         NULL},
    {CMD_DOWN,       NULL,         NULL},
    {CMD_FIRST,      NULL,         NULL},
    {CMD_LAST,       NULL,         NULL},
    {CMD_HALF_UP,    NULL,         NULL},
    {CMD_HALF_DOWN,  NULL,         NULL},
    {CMD_PAGE_UP,    NULL,         NULL},
    {CMD_PAGE_DOWN,  NULL,         NULL},
    {CMD_BACK,       NULL,         "clear the filter and the marks, show everything, return to now"},
    {CMD_LEAVE,      NULL,         NULL},
    {CMD_NONE,       NULL,         NULL},
};
/* clang-format on */

const struct screen home_screen = {
    .name = "home",
    .title = "Home",
    .help = "logical pipelines and their environments, what failed or waits first",
    .state_size = sizeof(struct home),
    .commands = commands,
    .fields = filter_row_fields,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = home_handle,
    .facts = facts,
    .print = home_print,
    .choose = home_choose,
    .point = home_point,
    .copy = home_copy,
    .release = release,
    .targets = home_targets,
    .fits = home_fits,
};
