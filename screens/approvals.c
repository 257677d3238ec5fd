/* The approvals: everything that waits for a person, the oldest first, and below the list all that
 * is known of the one under the cursor. Approving and rejecting begin with a review
 * (tui/operation.h); nothing here answers an approval. */
#include "core/views/age.h"
#include "core/views/approvals_page.h"
#include "screens/marks.h"
#include "screens/page_lines.h"
#include "tui/console.h"
#include "tui/table.h"
#include "tui/work.h"

enum { LEAST_LIST = 4, LEAST_PANE = 4, CELL_CAP = 16 * 1024, TEXT_MAX = 4000, AGAIN_MS = 30000 };

struct approvals_state {
    struct target target;
    struct approvals list;
    struct table table;
    struct marks marks;
    bool is_ready;
    bool is_filtered;
    bool has_alike; /* rows that their action alone tells apart */
    int pane_rows;
    char reading[ERR_TEXT_MAX]; /* how the commits are read, or why they are not */
    enum screen_source source;
};

/* clang-format off */
static const struct column columns[] = {
    {.name = "waits",    .title = "WAITS",    .min_width = 5},
    {.name = "expires",  .title = "EXPIRES",  .min_width = 11},
    {.name = "pipeline", .title = "PIPELINE", .min_width = 14, .weight = 4},
    {.name = "to",       .title = "TO",       .min_width = 10, .weight = 1},
    {.name = "commits",  .title = "COMMITS",  .min_width = 7},
    {.name = "asked",    .title = "ASKED BY", .min_width = 9,  .weight = 1, .drop_order = 2},
    {.name = "summary",  .title = "SUMMARY",  .min_width = 12, .weight = 4, .drop_order = 1},
    {.name = "stage",    .title = "STAGE/ACTION", .min_width = 24, .weight = 3, .drop_order = 3},
};
/* Where rows differ by their action only. */
static const struct column columns_alike[] = {
    {.name = "waits",    .title = "WAITS",    .min_width = 5},
    {.name = "expires",  .title = "EXPIRES",  .min_width = 11},
    {.name = "pipeline", .title = "PIPELINE", .min_width = 12, .weight = 3},
    {.name = "to",       .title = "TO",       .min_width = 10, .weight = 1},
    {.name = "action",   .title = "ACTION",   .min_width = 12, .weight = 2},
    {.name = "commits",  .title = "COMMITS",  .min_width = 7,  .drop_order = 1},
    {.name = "asked",    .title = "ASKED BY", .min_width = 9,  .weight = 1, .drop_order = 2},
    {.name = "summary",  .title = "SUMMARY",  .min_width = 12, .weight = 4, .drop_order = 3},
    {.name = "stage",    .title = "STAGE/ACTION", .min_width = 24, .weight = 3, .drop_order = 4},
};
/* clang-format on */
static const struct view layout = {
    .name = "approvals", .columns = columns, .column_count = ARRAY_LEN(columns)};
static const struct view layout_alike = {
    .name = "approvals", .columns = columns_alike, .column_count = ARRAY_LEN(columns_alike)};

static void open(void *state, const struct target *target)
{
    struct approvals_state *s = state;

    s->target = *target;
    approvals_init(&s->list);
    s->is_ready = true;
}

static const struct approval *under_cursor(const struct approvals_state *s)
{
    return s->list.count > 0 ? &s->list.rows[s->table.index] : NULL;
}

static void target_of(const struct approval *a, struct target *out)
{
    target_of_row(&a->row, out);
    target_set(out->stage, sizeof out->stage, a->stage);
    target_set(out->action, sizeof out->action, a->action);
    target_set(out->execution_id, sizeof out->execution_id, a->execution.id);
}

/* ---- loading ---- */

static void share_rows(struct approvals_state *s, int rows)
{
    int wanted = s->list.count + 1 < LEAST_LIST ? LEAST_LIST : s->list.count + 1;
    int list = rows - LEAST_PANE < wanted ? rows / 2 : wanted;

    s->pane_rows = s->list.count > 0 ? rows - list : 0;
    if (list < LEAST_LIST || s->pane_rows < LEAST_PANE)
        s->pane_rows = 0;
    if (s->pane_rows > 0 && list > rows / 2)
        s->pane_rows = rows - (list > rows * 3 / 5 ? rows * 3 / 5 : list);
    s->table.lines = rows - s->pane_rows - 1 > 1 ? rows - s->pane_rows - 1 : 1;
}

static int find(const struct approvals_state *s)
{
    for (int i = 0; i < s->list.count; i++) {
        if (s->list.ids[i] == s->table.cursor)
            return i;
    }
    return s->table.index;
}

static void note_reading(struct approvals_state *s, const struct work *work)
{
    const struct err *why =
        work != NULL ? work_errand_err(work, ERRAND_APPROVALS, &s->target) : NULL;

    s->reading[0] = '\0';
    if (work_reads(work, ERRAND_APPROVALS, &s->target))
        snprintf(s->reading, sizeof s->reading, "AWS is being asked");
    else if (why != NULL && why->code != ERR_OK)
        snprintf(s->reading, sizeof s->reading, "%s", why->text);
}

/* Approvals of one stage begin to wait together, so they stand near each other. */
static bool has_alike(const struct approvals *list)
{
    enum { NEAR = 16 };

    for (int i = 0; i < list->count; i++) {
        for (int k = i + 1; k < list->count && k <= i + NEAR; k++) {
            const struct approval *a = &list->rows[i];
            const struct approval *b = &list->rows[k];

            if (a->row.rowid == b->row.rowid && sv_eq(approval_goal(a), approval_goal(b)) &&
                !sv_eq(a->action, b->action))
                return true;
        }
    }
    return false;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct approvals_state *s = state;
    int line = table_line(&s->table);
    enum err_code rc = approvals_load(&s->list, input->cache, input->scope, input->filter, err);

    if (rc)
        return rc;
    s->source = input->source;
    s->is_filtered = input->filter->count > 0;
    s->has_alike = has_alike(&s->list);
    note_reading(s, input->console->options.work);
    share_rows(s, input->area.rows);
    table_place(&s->table, s->list.ids, s->list.count, find(s), line);
    return ERR_OK;
}

/* ---- drawing ---- */

static void cell_write(const struct approval *a, const char *name, const struct view_look *look,
                       struct sb *out)
{
    struct view_look ages = *look;
    char text[TARGET_NAME_SIZE];
    struct sv rest;
    struct sv cell = SV_NONE;

    if (strcmp(name, "waits") == 0)
        cell = sv_of(age_text(a->since, &ages, text));
    else if (strcmp(name, "expires") == 0)
        cell = sv_of(approval_left(a, look->now_ms, text));
    else if (strcmp(name, "pipeline") == 0)
        cell = a->row.id.name;
    else if (strcmp(name, "to") == 0)
        cell = approval_goal(a);
    else if (strcmp(name, "action") == 0)
        cell = a->action;
    else if (strcmp(name, "commits") == 0)
        cell = sv_of(approval_commits(a, text));
    else if (strcmp(name, "asked") == 0)
        cell = a->asked.len > 0 ? a->asked : SV("-");
    else if (strcmp(name, "summary") == 0)
        cell = sv_cut(a->execution.revision_summary, '\n', &rest);
    else if (sb_addf(out, NULL, SV_FMT "/" SV_FMT, SV_ARG(sv_take(a->stage, 200)),
                     SV_ARG(sv_take(a->action, 200))))
        sb_clear(out);
    if (sb_add(out, sv_take(cell, TEXT_MAX), NULL))
        sb_clear(out);
}

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct approvals_state *s = owner;
    const struct approval *a = &s->list.rows[index];
    bool is_urgent = strcmp(column->name, "expires") == 0 && approval_is_soon(a, look->now_ms);
    CLEANUP(sb_release) struct sb text;

    sb_init(&text, CELL_CAP);
    cell_write(a, column->name, look, &text);
    canvas_cut(c, area.row, area.col, area.cols, is_urgent ? STYLE_ATTENTION : STYLE_PLAIN,
               sb_sv(&text));
}

static void target_at(const void *owner, int index, struct target *out)
{
    target_of(&((const struct approvals_state *)owner)->list.rows[index], out);
}

static void draw_pane(const struct approvals_state *s, const struct view_look *look,
                      struct canvas *c, struct rect area)
{
    struct page_paint paint = {.canvas = c,
                               .area = {area.row + 1, area.col + 2, area.rows - 1, area.cols - 3}};
    struct page page;
    struct err err;

    if (paint.area.cols < 1)
        return;
    page_init(&page, look, paint.area.cols, page_to_canvas, &paint, &err);
    approval_page_write(under_cursor(s), s->reading, &page);
    if (page_done(&page))
        return;
    if (paint.is_full) {
        const struct rect last = {area.row + area.rows - 1, area.col, 1, area.cols};

        canvas_fill(c, last, STYLE_PLAIN);
        canvas_text(c, last.row, area.col + 2, paint.area.cols, STYLE_DIM,
                    SV("~ there is more: o prints all"));
    }
}

static struct sv empty_sentence(const struct approvals_state *s)
{
    static const char *const none[] = {
        [SCREEN_SYNCED] = "nothing waits",
        [SCREEN_LOADING] = "AWS is being asked for the pipelines.",
        [SCREEN_CACHED] = "Nothing is in the cache: run penstock without --cached.",
        [SCREEN_FAILED] = "AWS could not be asked yet: see the line below.",
    };

    if (s->list.total > 0 && s->is_filtered)
        return SV("Nothing matches the filter: Esc clears it.");
    return sv_of(none[s->source]);
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct approvals_state *s = state;
    int pane_rows = s->pane_rows < area.rows ? s->pane_rows : 0;
    struct rect top = {area.row, area.col, area.rows - pane_rows, area.cols};
    struct rect bottom = {area.row + top.rows, area.col, pane_rows, area.cols};
    struct column wide[VIEW_COLUMN_MAX];
    const struct view aged = age_view(s->has_alike ? &layout_alike : &layout, "waits", look, wide);

    table_draw(&s->table, &aged, look, draw_cell, s, c, top);
    marks_draw_table(&s->marks, &s->table, target_at, s, c, top);
    if (s->list.count == 0)
        table_draw_sentence(c, area, empty_sentence(s));
    if (pane_rows > 0 && under_cursor(s) != NULL)
        draw_pane(s, look, c, bottom);
}

/* ---- keys ---- */

static size_t targets(const void *state, struct target *out, size_t max)
{
    const struct approvals_state *s = state;
    const struct approval *a = under_cursor(s);
    struct target cursor;

    if (a != NULL)
        target_of(a, &cursor);
    return marks_targets(&s->marks, a != NULL ? &cursor : NULL, out, max);
}

static void open_page(const struct approvals_state *s, const char *screen, bool is_whole,
                      struct answer *out)
{
    const struct approval *a = under_cursor(s);

    if (a == NULL)
        return;
    if (is_whole)
        target_of(a, &out->target);
    else
        target_of_row(&a->row, &out->target);
    out->screen = screen;
    out->react |= REACT_OPEN;
}

static unsigned mark(struct approvals_state *s, struct answer *out)
{
    const struct approval *row = under_cursor(s);
    struct target target;

    if (row == NULL)
        return REACT_NONE;
    target_of(row, &target);
    return marks_step(&s->marks, &target, &s->table, s->list.ids, out);
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct approvals_state *s = state;

    (void)argument;
    if (command == CMD_OPEN)
        open_page(s, "pipeline", true, out);
    else if (command == CMD_EXECUTIONS || command == CMD_DESCRIBE)
        open_page(s, command == CMD_EXECUTIONS ? "executions" : "describe", false, out);
    else if (operation_page(command) != NULL) /* of what was done before: it waits itself */
        open_page(s, operation_page(command), false, out);
    else if (command == CMD_FILTER)
        out->react |= REACT_FILTER;
    else if (command == CMD_MARK)
        out->react |= mark(s, out);
    else if (command == CMD_BACK)
        out->react |= marks_back(&s->marks, s->is_filtered);
    else if (command == CMD_LEAVE)
        out->react |= REACT_LEAVE;
    else if (command == CMD_COPY || command == CMD_COPY_MENU)
        out->react |= command == CMD_COPY ? REACT_COPY : REACT_CHOOSE;
    else if (table_move(&s->table, s->list.ids, command) != TABLE_STILL)
        out->react |= REACT_DRAW;
}

/* ---- what the console must know ---- */

/* Something that no sync tells: what one releases, or whether it waits still. */
static bool misses_one(const struct approvals_state *s)
{
    for (int i = 0; i < s->list.count; i++) {
        if (!s->list.rows[i].is_read || s->list.rows[i].row.mode == MODE_PARALLEL)
            return true;
    }
    return false;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    enum { MINUTE_MS = 60 * 1000 };
    const struct approvals_state *s = state;

    *out = (struct screen_facts){.is_filterable = true, .matches = s->list.count};
    if (s->list.total > 0)
        snprintf(out->crumb, sizeof out->crumb, "Approvals  %d wait%s", s->list.total,
                 s->list.total == 1 ? "s" : "");
    else
        snprintf(out->crumb, sizeof out->crumb, "Approvals");
    for (int i = s->table.top; i < s->list.count && i < s->table.top + s->table.lines; i++) {
        const struct approval *a = &s->list.rows[i];

        if (out->visible_count < SCREEN_VISIBLE_MAX)
            out->visible[out->visible_count++] = a->row.rowid;
        out->next_change_ms = age_sooner(out->next_change_ms, age_next(a->since, look));
        if (a->expires > look->now_ms)
            out->next_change_ms =
                age_sooner(out->next_change_ms,
                           a->expires - (a->expires - look->now_ms - 1) / MINUTE_MS * MINUTE_MS);
    }
    if (misses_one(s))
        out->errand_every_ms = AGAIN_MS;
}

static bool fits(const void *state, enum command command)
{
    const struct approvals_state *s = state;

    return s->list.count > 0 || command == CMD_LEAVE || command == CMD_BACK;
}

static enum err_code print_one(const struct approvals_state *s, int i, const struct view_look *look,
                               struct sb *out, struct err *err)
{
    enum { COLS = 100 };
    struct page page;
    enum err_code rc = sb_addf(out, err, "%d. ", i + 1);

    if (rc)
        return rc;
    page_init(&page, look, COLS, page_to_text, out, err);
    approval_page_write(&s->list.rows[i], s->reading, &page);
    return page_done(&page);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct approvals_state *s = state;
    enum err_code rc = ERR_OK;

    if (s->list.count == 0) {
        rc = sb_add(out, empty_sentence(s), err);
        return rc ? rc : sb_addc(out, '\n', err);
    }
    for (int i = 0; i < s->list.count && rc == ERR_OK; i++)
        rc = print_one(s, i, look, out, err);
    return rc;
}

static bool choose(void *state, int number)
{
    struct approvals_state *s = state;

    return table_choose(&s->table, s->list.ids, number);
}

static bool point(void *state, int line)
{
    struct approvals_state *s = state;

    return table_point(&s->table, s->list.ids, line);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct approval *a = under_cursor(state);
    struct sv text = SV_NONE;

    if (a == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no approval to copy");
    if (what == COPY_NAME)
        text = a->row.id.name;
    else if (what == COPY_EXECUTION)
        text = a->execution.id;
    else if (what == COPY_COMMIT)
        text = a->execution.revision;
    else if (what == COPY_LINK)
        text = a->link.len > 0 ? a->link : a->execution.revision_url;
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

static void release(void *state)
{
    struct approvals_state *s = state;

    if (s->is_ready)
        approvals_release(&s->list);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_APPROVE,    "approve",  NULL},
    {CMD_REJECT,     "reject",   NULL},
    {CMD_OPEN,       "open",     "the pipeline, at this approval"},
    {CMD_MARK,       "mark",     "mark it for a review together with others, or unmark it"},
    {CMD_LOGS,       "logs",     "the log of the last build before it"},
    {CMD_FILTER,     "filter",   NULL},
    {CMD_ACTIONS,    NULL,       NULL},
    {CMD_EXECUTIONS, NULL,       NULL},
    {CMD_DESCRIBE,   NULL,       NULL},
    {CMD_REPOSITORY, NULL,       NULL},
    {CMD_UP,         NULL,       NULL},
    {CMD_DOWN,       NULL,       NULL},
    {CMD_FIRST,      NULL,       NULL},
    {CMD_LAST,       NULL,       NULL},
    {CMD_HALF_UP,    NULL,       NULL},
    {CMD_HALF_DOWN,  NULL,       NULL},
    {CMD_PAGE_UP,    NULL,       NULL},
    {CMD_PAGE_DOWN,  NULL,       NULL},
    {CMD_COPY,       NULL,       "copy the pipeline's name"},
    {CMD_COPY_MENU,  NULL,       NULL},
    {CMD_BACK,       NULL,       "clear the filter, then the marks, then go back"},
    {CMD_LEAVE,      NULL,       "go back"},
    {CMD_NONE,       NULL,       NULL},
};
/* clang-format on */

const struct screen approvals_screen = {
    .name = "approvals",
    .title = "Approvals",
    .help = "every approval that waits, the oldest first, and what it releases",
    .state_size = sizeof(struct approvals_state),
    .commands = commands,
    .fields = approval_fields,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = print,
    .choose = choose,
    .point = point,
    .copy = copy,
    .targets = targets,
    .release = release,
    .errand = ERRAND_APPROVALS,
};
