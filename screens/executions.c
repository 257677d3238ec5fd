/* The executions of a pipeline, newest first, and below them how long its stages take: the median,
 * the slow ones, the last and how they went, from the cache alone. Two that are marked can be
 * compared. */
#include "core/views/executions.h"

#include "core/views/age.h"
#include "core/views/compare.h"
#include "core/views/figures.h"
#include "screens/executions_cell.h"
#include "screens/executions_pane.h"
#include "screens/marks.h"
#include "screens/pipeline_lines.h"
#include "tui/screen.h"
#include "tui/table.h"

enum { LEAST_LIST = 5, FIGURES_CAP = 64 * 1024 };
enum { MINUTE_MS = 60 * 1000 };

struct executions_state {
    struct target target;
    struct executions list;
    struct table table;
    struct marks marks;
    bool is_ready;
    bool is_filtered;
    bool has_environments;
    int pane_rows;
    int figures_rows;   /* of the pane; 0 = there is no room for them */
    bool has_room;      /* for the durations and the figures */
    bool wants_figures; /* where there is none for both */
    struct sb figures;  /* of delivery, as text */
    enum screen_source source;
};

/* clang-format off */
#define COLUMNS(X) \
    X("status",    "STATUS",  6,  0, 0) \
    X("id",        "ID",      8,  0, 0) \
    X("started",   "STARTED", 10, 0, 0) \
    X("took",      "TOOK",    6,  0, 0) \
    X("commit",    "COMMIT",  7,  0, 0) \
    X("summary",   "SUMMARY", 8,  4, 0) \
    X("trigger",   "TRIGGER", 10, 1, 1)
/* clang-format on */

#define COLUMN(column_name, column_title, width, share, drop)                                      \
    {.name = (column_name),                                                                        \
     .title = (column_title),                                                                      \
     .min_width = (width),                                                                         \
     .weight = (share),                                                                            \
     .drop_order = (drop)},
static const struct column columns[] = {COLUMN("environment", "ENV", 6, 0, 0) COLUMNS(COLUMN)};
#undef COLUMN

static const struct view with_environment = {
    .name = "executions", .columns = columns, .column_count = ARRAY_LEN(columns)};
static const struct view without_environment = {
    .name = "executions", .columns = columns + 1, .column_count = ARRAY_LEN(columns) - 1};

static void open(void *state, const struct target *target)
{
    struct executions_state *s = state;

    s->target = *target;
    executions_init(&s->list);
    sb_init(&s->figures, FIGURES_CAP);
    s->is_ready = true;
}

static const struct execution_row *under_cursor(const struct executions_state *s)
{
    return s->list.count > 0 ? &s->list.rows[s->table.index] : NULL;
}

static const struct pipeline_part *part_of(const struct executions_state *s)
{
    const struct execution_row *row = under_cursor(s);

    if (row != NULL)
        return row->part;
    return s->list.tree.count > 0 ? &s->list.tree.parts[0] : NULL;
}

/* ---- loading ---- */

static int figures_share(const struct executions_state *s, int rows)
{
    int lines = figures_lines(&s->figures);
    int most = rows - LEAST_LIST > 0 ? rows - LEAST_LIST : 0;

    return lines < most ? lines : most;
}

static void share_rows(struct executions_state *s, int rows)
{
    size_t most = 0;
    int least;

    s->has_environments = false;
    for (size_t i = 0; i < s->list.tree.count; i++) {
        const struct pipeline_part *part = &s->list.tree.parts[i];

        if (part->pipeline.state.stage_count > most)
            most = part->pipeline.state.stage_count;
    }
    for (int i = 1; i < s->list.count; i++)
        s->has_environments = s->has_environments || s->list.rows[i].part != s->list.rows[0].part;
    s->pane_rows = most > 0 ? (int)most + DURATIONS_HEAD : 0;
    if (s->pane_rows > rows / 2)
        s->pane_rows = rows / 2;
    if (rows - s->pane_rows < LEAST_LIST)
        s->pane_rows = 0;
    /* The figures take what the list leaves, or half of a tall screen. */
    s->figures_rows = figures_lines(&s->figures);
    least = s->list.count + 1 < rows / 2 ? s->list.count + 1 : rows / 2;
    if (s->pane_rows == 0 || rows - s->pane_rows - s->figures_rows < least)
        s->figures_rows = 0;
    s->pane_rows += s->figures_rows;
    s->has_room = s->figures_rows > 0 || figures_lines(&s->figures) == 0;
    if (!s->has_room && s->wants_figures)
        s->pane_rows = s->figures_rows = figures_share(s, rows);
    s->table.lines = rows - s->pane_rows - 1 > 1 ? rows - s->pane_rows - 1 : 1;
}

static enum err_code load_figures(struct executions_state *s, const struct screen_input *input,
                                  struct err *err)
{
    const int64_t now_ms = input->look->now_ms;
    struct figures *figures = NULL;
    size_t count = 0;
    enum err_code rc = figures_load(input->cache, &s->list.tree,
                                    now_ms - (int64_t)DELIVERY_WINDOW_DAYS * 24 * 60 * MINUTE_MS,
                                    now_ms, &s->list.tree.arena, &figures, &count, err);

    sb_clear(&s->figures);
    if (rc || s->list.total == 0)
        return rc;
    return figures_text(figures, count, false, &s->figures, err);
}

static int find(const struct executions_state *s)
{
    for (int i = 0; i < s->list.count; i++) {
        if (s->table.cursor == 0 &&
            sv_eq(s->list.rows[i].execution->id, sv_of(s->target.execution_id)))
            return i;
        if (s->table.cursor != 0 && s->list.ids[i] == s->table.cursor)
            return i;
    }
    return -1;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct executions_state *s = state;
    const struct pipeline_id id = target_id(&s->target);
    bool was_at_top = s->table.top == 0;
    int line = table_line(&s->table);
    int index;
    enum err_code rc = executions_load(&s->list, input->cache, &id, input->filter, err);

    if (rc)
        return rc;
    rc = load_figures(s, input, err);
    if (rc)
        return rc;
    s->source = input->source;
    s->is_filtered = input->filter->count > 0;
    share_rows(s, input->area.rows);
    index = find(s);
    if (index < 0)
        index = s->table.index;
    /* Who looks at the list's start goes on seeing what is new there. */
    table_place(&s->table, s->list.ids, s->list.count, index, was_at_top ? index : line);
    return ERR_OK;
}

/* ---- drawing ---- */

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct executions_state *s = owner;
    const struct execution_row *row = &s->list.rows[index];
    CLEANUP(sb_release) struct sb text;
    enum style style =
        strcmp(column->name, "status") == 0 ? style_of_status(row->status) : STYLE_PLAIN;
    struct view_look narrow = *look;

    narrow.is_wide = false;
    sb_init(&text, 16 * 1024);
    execution_cell_write(row, column->name, &narrow, &text);
    canvas_cut(c, area.row, area.col, area.cols, style, sb_sv(&text));
}

static struct sv empty_sentence(const struct executions_state *s)
{
    static const char *const none[] = {
        [SCREEN_SYNCED] = "There is no such pipeline here (any more): q goes back.",
        [SCREEN_LOADING] = "AWS is being asked for the pipelines.",
        [SCREEN_CACHED] = "It is not in the cache: run penstock without --cached.",
        [SCREEN_FAILED] = "AWS could not be asked yet: see the line below.",
    };
    static const char *const nothing[] = {
        [SCREEN_SYNCED] = "No execution is known: it never ran, or AWS is being asked.",
        [SCREEN_LOADING] = "AWS is being asked for the executions.",
        [SCREEN_CACHED] = "No execution is in the cache: run penstock without --cached.",
        [SCREEN_FAILED] = "AWS could not be asked for the executions: see the line below.",
    };

    if (s->list.tree.count == 0)
        return sv_of(none[s->source]);
    if (s->list.total > 0 && s->is_filtered)
        return SV("Nothing matches the filter: Esc clears it.");
    return sv_of(nothing[s->source]);
}

static void target_of(const struct execution_row *row, struct target *out)
{
    target_of_row(&row->part->pipeline.row, out);
    target_set(out->execution_id, sizeof out->execution_id, row->execution->id);
}

static void target_at(const void *owner, int index, struct target *out)
{
    target_of(&((const struct executions_state *)owner)->list.rows[index], out);
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct executions_state *s = state;
    int pane_rows = s->pane_rows < area.rows ? s->pane_rows : 0;
    struct rect top = {area.row, area.col, area.rows - pane_rows, area.cols};
    int figures_rows = pane_rows > 0 ? s->figures_rows : 0;
    struct rect bottom = {area.row + top.rows, area.col, pane_rows - figures_rows, area.cols};
    struct rect last = {bottom.row + bottom.rows, area.col, figures_rows, area.cols};

    table_draw(&s->table, s->has_environments ? &with_environment : &without_environment, look,
               draw_cell, s, c, top);
    marks_draw_table(&s->marks, &s->table, target_at, s, c, top);
    if (s->list.count == 0)
        table_draw_sentence(c, area, empty_sentence(s));
    if (pane_rows > figures_rows && part_of(s) != NULL)
        durations_draw(part_of(s), look, c, bottom);
    if (figures_rows > 0)
        figures_draw(&s->figures, c, last);
}

/* ---- keys ---- */

static size_t targets(const void *state, struct target *out, size_t max)
{
    const struct executions_state *s = state;
    const struct execution_row *row = under_cursor(s);
    struct target cursor;

    if (row != NULL)
        target_of(row, &cursor);
    return marks_targets(&s->marks, row != NULL ? &cursor : NULL, out, max);
}

static void open_page(const struct executions_state *s, const char *screen, struct answer *out)
{
    const struct execution_row *row = under_cursor(s);

    if (row == NULL)
        return;
    target_of(row, &out->target);
    out->screen = screen;
    out->react |= REACT_OPEN;
}

static const struct execution_row *row_of(const struct executions_state *s,
                                          const struct target *target)
{
    for (int i = 0; i < s->list.count; i++) {
        struct target here;

        target_of(&s->list.rows[i], &here);
        if (target_eq(&here, target))
            return &s->list.rows[i];
    }
    return NULL;
}

/* The one before it of the same CodePipeline, whether the filter shows it or not. */
static const struct execution *execution_before(const struct execution_row *row)
{
    const struct pipeline_part *part = row->part;

    for (size_t i = 0; i + 1 < part->execution_count; i++) {
        if (sv_eq(part->executions[i].id, row->execution->id))
            return &part->executions[i + 1];
    }
    return NULL;
}

/* The two that are marked; the marked one and the one under the cursor; the one under the cursor
 * and the one before it. */
static void compare(const struct executions_state *s, struct answer *out)
{
    const struct execution_row *one = under_cursor(s);
    const struct execution *before;
    const struct execution_row *other = NULL;

    if (one == NULL)
        return;
    if (s->marks.count > 2) {
        answer_say(out, STYLE_ATTENTION, "%d are marked: mark the two to compare", s->marks.count);
        return;
    }
    if (s->marks.count > 0)
        other = row_of(s, &s->marks.items[0]);
    if (s->marks.count == 2)
        one = row_of(s, &s->marks.items[1]);
    before = one == NULL                     ? NULL
             : other != NULL && other != one ? other->execution
                                             : execution_before(one);
    if (before == NULL) {
        answer_say(out, STYLE_ATTENTION, "there is none to compare it with: mark two");
        return;
    }
    if (other != NULL && other != one && one->execution->started_at < before->started_at) {
        before = one->execution;
        one = other;
    }
    target_of(one, &out->target);
    target_set(out->target.commit, sizeof out->target.commit, before->id);
    out->screen = "comparison";
    out->react |= REACT_OPEN;
}

static unsigned mark(struct executions_state *s, struct answer *out)
{
    const struct execution_row *row = under_cursor(s);
    struct target target;

    if (row == NULL)
        return REACT_NONE;
    target_of(row, &target);
    return marks_step(&s->marks, &target, &s->table, s->list.ids, out);
}

static void open_describe(const struct executions_state *s, struct answer *out)
{
    const struct pipeline_part *part = part_of(s);

    if (part == NULL)
        return;
    target_of_row(&part->pipeline.row, &out->target);
    out->screen = "describe";
    out->react |= REACT_OPEN;
}

static void show_figures(struct executions_state *s, struct answer *out)
{
    if (s->has_room) {
        answer_say(out, STYLE_PLAIN,
                   s->figures.len > 0 ? "the figures of delivery are shown below"
                                      : "no figure of delivery is known yet");
        return;
    }
    s->wants_figures = !s->wants_figures;
    out->react |= REACT_LOAD;
}

static bool fits(const void *state, enum command command)
{
    return command != CMD_WIDE || !((const struct executions_state *)state)->has_room;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct executions_state *s = state;

    (void)argument;
    if (command == CMD_OLDER || command == CMD_NEWER)
        command = command == CMD_OLDER ? CMD_DOWN : CMD_UP;
    if (command == CMD_OPEN)
        open_page(s, "execution", out);
    else if (command == CMD_COMPARE)
        compare(s, out);
    else if (command == CMD_MARK)
        out->react |= mark(s, out);
    else if (operation_page(command) != NULL)
        open_page(s, operation_page(command), out);
    else if (command == CMD_DESCRIBE)
        open_describe(s, out);
    else if (command == CMD_FILTER)
        out->react |= REACT_FILTER;
    else if (command == CMD_BACK)
        out->react |= marks_back(&s->marks, s->is_filtered);
    else if (command == CMD_WIDE)
        show_figures(s, out);
    else if (command == CMD_LEAVE)
        out->react |= REACT_LEAVE;
    else if (command == CMD_COPY || command == CMD_COPY_MENU)
        out->react |= command == CMD_COPY ? REACT_COPY : REACT_CHOOSE;
    else if (table_move(&s->table, s->list.ids, command) != TABLE_STILL)
        out->react |= REACT_DRAW;
}

/* ---- what the console must know ---- */

static int64_t row_next(const struct execution *e, const struct view_look *look)
{
    int64_t elapsed = look->now_ms - e->started_at;
    int64_t unit = look->is_coarse || elapsed >= 60 * MINUTE_MS ? MINUTE_MS : 1000;
    int64_t next = age_next(e->started_at, look);

    if (!status_is_running(e->status) || e->started_at == 0 || elapsed < 0)
        return next;
    return age_sooner(next, e->started_at + (elapsed / unit + 1) * unit);
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct executions_state *s = state;
    const struct pipeline_part *part = part_of(s);

    *out = (struct screen_facts){
        .is_filterable = true, .matches = s->list.count, .asks_history = true};
    snprintf(out->crumb, sizeof out->crumb, "%.90s executions", s->target.name);
    for (size_t i = 0; i < s->list.tree.count && i < SCREEN_VISIBLE_MAX; i++) {
        out->visible[out->visible_count++] = s->list.tree.parts[i].pipeline.row.rowid;
        out->history[out->history_count++] = s->list.tree.parts[i].pipeline.row.rowid;
    }
    for (int i = s->table.top; i < s->list.count && i < s->table.top + s->table.lines; i++)
        out->next_change_ms =
            age_sooner(out->next_change_ms, row_next(s->list.rows[i].execution, look));
    if (part != NULL)
        out->next_change_ms = age_sooner(out->next_change_ms, left_next(part, look));
}

static enum err_code print_row(const struct executions_state *s, int i,
                               const struct view_look *look, struct sb *out, struct err *err)
{
    enum err_code rc = sb_addf(out, err, "%d.", i + 1);

    for (size_t k = s->has_environments ? 0 : 1; k < ARRAY_LEN(columns) && rc == ERR_OK; k++) {
        CLEANUP(sb_release) struct sb cell;

        sb_init(&cell, 16 * 1024);
        execution_cell_write(&s->list.rows[i], columns[k].name, look, &cell);
        if (cell.len > 0)
            rc = sb_addc(out, ' ', err);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, sb_sv(&cell), err);
    }
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct executions_state *s = state;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < s->list.count && rc == ERR_OK; i++)
        rc = print_row(s, i, look, out, err);
    if (rc == ERR_OK && s->list.count == 0) {
        rc = sb_add(out, empty_sentence(s), err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    for (size_t i = 0; i < s->list.tree.count && rc == ERR_OK; i++)
        rc = durations_print(&s->list.tree.parts[i], out, err);
    if (rc == ERR_OK && s->figures.len > 0)
        rc = sb_addf(out, err, "\nDelivery in %d days\n%s", DELIVERY_WINDOW_DAYS,
                     sb_cstr(&s->figures));
    return rc;
}

static bool choose(void *state, int number)
{
    struct executions_state *s = state;

    return table_choose(&s->table, s->list.ids, number);
}

static bool point(void *state, int line)
{
    struct executions_state *s = state;

    return table_point(&s->table, s->list.ids, line);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct execution_row *row = under_cursor(state);
    struct sv text = SV_NONE;

    if (row == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no execution to copy");
    if (what == COPY_NAME || what == COPY_EXECUTION)
        text = row->execution->id;
    else if (what == COPY_COMMIT)
        text = row->execution->revision;
    else if (what == COPY_LINK)
        text = row->execution->revision_url;
    else if (what == COPY_ARN)
        text = row->part->pipeline.arn;
    else if (what == COPY_ERROR)
        text = row->execution->status_summary;
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

static void release(void *state)
{
    struct executions_state *s = state;

    if (!s->is_ready)
        return;
    executions_release(&s->list);
    sb_release(&s->figures);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,      "open",     "what it carried, its timeline and its durations"},
    {CMD_WIDE,      "delivery", "show the figures of delivery below, or how long stages take"},
    {CMD_MARK,      "mark",     "mark it for a comparison, or unmark it"},
    {CMD_COMPARE,   "compare",  NULL},
    {CMD_LOGS,      "logs",     NULL},
    {CMD_FILTER,    "filter",   NULL},
    {CMD_FAILURE,   NULL,       NULL},
    {CMD_ACTIONS,   NULL,       NULL},
    {CMD_ROLLBACK,  NULL,       NULL},
    {CMD_STOP,      NULL,       "stop this execution, after its plan"},
    {CMD_DESCRIBE,  NULL,       NULL},
    {CMD_OLDER,     NULL,       NULL},
    {CMD_NEWER,     NULL,       NULL},
    {CMD_UP,        NULL,       NULL},
    {CMD_DOWN,      NULL,       NULL},
    {CMD_FIRST,     NULL,       NULL},
    {CMD_LAST,      NULL,       NULL},
    {CMD_HALF_UP,   NULL,       NULL},
    {CMD_HALF_DOWN, NULL,       NULL},
    {CMD_PAGE_UP,   NULL,       NULL},
    {CMD_PAGE_DOWN, NULL,       NULL},
    {CMD_COPY,      NULL,       "copy the execution's id"},
    {CMD_COPY_MENU, NULL,       NULL},
    {CMD_BACK,      NULL,       "clear the filter, then the marks, then go back"},
    {CMD_LEAVE,     NULL,       "go back"},
    {CMD_NONE,      NULL,       NULL},
};
/* clang-format on */

const struct screen executions_screen = {
    .name = "executions",
    .title = "Executions",
    .help = "a pipeline's executions, and how long its stages take",
    .state_size = sizeof(struct executions_state),
    .commands = commands,
    .fields = execution_fields,
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
};
