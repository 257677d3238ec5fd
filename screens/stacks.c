/* The stacks of a pipeline: its own, its applications, those that its actions name and the
 * bootstraps of its environments, what failed first; below them all that is known of one. Opening
 * reads them from AWS anew. */
#include "core/operate/stacks.h"

#include "core/model/stack_word.h"
#include "core/views/age.h"
#include "core/views/stack_text.h"
#include "screens/page_lines.h"
#include "screens/rows.h"
#include "screens/stack.h"

enum { ARENA_CAP = 8 << 20, PANE_TALL = 12, PANE = 7, PANE_LOW = 3, TALL = 34, LOW = 18 };
enum { MOVES_MS = 5000 };

struct stacks_state {
    struct target target;
    struct arena arena;
    struct stack_list list;
    const struct stack_row **shown;
    struct rows rows;
    int64_t read_at;
    bool is_ready;
};

/* clang-format off */
static const struct column columns[] = {
    {.name = "status",  .title = "STATUS",  .min_width = 6},
    {.name = "stack",   .title = "STACK",   .min_width = 20, .weight = 3},
    {.name = "what",    .title = "WHAT",    .min_width = 12, .weight = 1},
    {.name = "changed", .title = "CHANGED", .min_width = 7},
    {.name = "account", .title = "ACCOUNT", .min_width = 12, .drop_order = 1},
    {.name = "region",  .title = "REGION",  .min_width = 12, .drop_order = 3},
    {.name = "drift",   .title = "DRIFT",   .min_width = 8,  .drop_order = 2},
};
/* clang-format on */
static const struct view view = {
    .name = "stacks", .columns = columns, .column_count = ARRAY_LEN(columns)};

static const char *const fields[] = {"status", "stack",  "what", "account",
                                     "region", "reason", NULL};

static void open(void *state, const struct target *target)
{
    struct stacks_state *s = state;

    s->target = *target;
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

/* ---- load ---- */

static bool passes(const struct stack_row *row, const struct filter *filter)
{
    CLEANUP(sb_release) struct sb what;
    struct filter_field texts[] = {{"status", row->status}, {"stack", row->name},
                                   {"what", SV("")},        {"account", row->account},
                                   {"region", row->region}, {"reason", row->reason}};

    sb_init(&what, 4096);
    stack_row_what(row, &what);
    texts[2].text = sb_sv(&what);
    return filter->count == 0 || filter_matches(filter, texts, ARRAY_LEN(texts));
}

static int pane_rows(int rows)
{
    return rows >= TALL ? PANE_TALL : rows >= LOW ? PANE : PANE_LOW;
}

static enum err_code choose(struct stacks_state *s, const struct screen_input *input,
                            struct err *err)
{
    int64_t *ids = arena_alloc(&s->arena, s->list.count + 1, sizeof *ids);
    int count = 0;

    s->shown = arena_alloc(&s->arena, s->list.count + 1, sizeof *s->shown);
    if (ids == NULL || s->shown == NULL)
        return arena_err(&s->arena, err);
    for (size_t i = 0; i < s->list.count; i++) {
        const struct stack_row *row = &s->list.rows[i];

        if (!passes(row, input->filter))
            continue;
        s->shown[count] = row;
        ids[count++] = rows_id(row->account, row->region, row->name);
        /* Who comes from an environment's cell begins with its stack. */
        if (s->rows.table.cursor == 0 && s->target.stage[0] != '\0' &&
            sv_eq(row->environment, sv_of(s->target.stage)))
            s->rows.table.cursor = ids[count - 1];
    }
    rows_set(&s->rows, ids, count, input->area.rows - 1 - pane_rows(input->area.rows));
    return ERR_OK;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct stacks_state *s = state;
    const struct pipeline_id id = target_id(&s->target);
    struct err why = {0};
    enum err_code rc;

    arena_clear(&s->arena);
    s->list = (struct stack_list){.count = 0};
    rc = stack_list_get(input->cache, &id, &s->arena, &s->list, &s->read_at, &why);
    if (rc && rc != ERR_NOT_FOUND)
        return err_set(err, rc, "%s", why.text);
    rows_tell(&s->rows, input, ERRAND_STACKS, &s->target, rc == ERR_OK && s->read_at > 0);
    return choose(s, input, err);
}

/* ---- draw ---- */

static const struct stack_row *under_cursor(const struct stacks_state *s)
{
    return rows_at(&s->rows) >= 0 ? s->shown[rows_at(&s->rows)] : NULL;
}

/* Of a stack that could not be asked for nobody knows how it stands. */
static enum status row_status(const struct stack_row *row)
{
    if (row->id.len == 0 && row->note.len > 0)
        return sv_starts(row->note, SV("there is no such")) ? STATUS_NONE : STATUS_UNKNOWN;
    return stack_word_status(row->status);
}

static void cell_write(const struct stack_row *row, const char *name, const struct view_look *look,
                       struct sb *out)
{
    enum status status = row_status(row);
    int64_t at = row->updated_at > 0 ? row->updated_at : row->created_at;
    char ascii[2] = {status_ascii(status), '\0'};
    char text[AGE_SIZE];
    struct sv cell = SV_NONE;

    if (strcmp(name, "stack") == 0)
        cell = row->name;
    else if (strcmp(name, "changed") == 0)
        cell = sv_of(age_text(at, look, text));
    else if (strcmp(name, "account") == 0)
        cell = row->account;
    else if (strcmp(name, "region") == 0)
        cell = row->region;
    else if (strcmp(name, "drift") == 0)
        cell = sv_of(stack_row_drift(row));
    else if (strcmp(name, "what") == 0)
        stack_row_what(row, out);
    else if (sb_addf(out, NULL, "%s %s", look->is_utf8 ? status_glyph(status) : ascii,
                     status_word(status)))
        sb_clear(out);
    if (sb_add(out, sv_take(cell, 1000), NULL))
        sb_clear(out);
}

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct stacks_state *s = owner;
    const struct stack_row *row = s->shown[index];
    CLEANUP(sb_release) struct sb text;
    bool is_drift = strcmp(column->name, "drift") == 0 && stack_word_has_drifted(row->drift);
    enum style style = strcmp(column->name, "status") == 0 ? style_of_status(row_status(row))
                       : is_drift                          ? STYLE_ATTENTION
                                                           : STYLE_PLAIN;

    sb_init(&text, 16 * 1024);
    cell_write(row, column->name, look, &text);
    canvas_cut(c, area.row, area.col, area.cols, style, sb_sv(&text));
}

static void draw_pane(const struct stack_row *row, const struct view_look *look, struct canvas *c,
                      struct rect area)
{
    struct page_paint paint = {.canvas = c, .area = area};
    struct page page;

    page_init(&page, look, area.cols, page_to_canvas, &paint, NULL);
    stack_row_write(row, &page);
    if (page_done(&page))
        return; /* memory is short: the pane stays as far as it came */
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct stacks_state *s = state;
    const struct stack_row *row = under_cursor(s);
    int pane = pane_rows(area.rows);
    struct rect list = {area.row, area.col, area.rows - pane, area.cols};
    struct column wide[VIEW_COLUMN_MAX];
    const struct view aged = age_view(&view, "changed", look, wide);

    table_draw(&s->rows.table, &aged, look, draw_cell, s, c, list);
    if (row == NULL) {
        table_draw_sentence(c, area, rows_sentence(&s->rows, stack_list_none));
        return;
    }
    draw_pane(row, look, c,
              (struct rect){area.row + list.rows + 1, area.col + 2, pane - 1, area.cols - 3});
}

/* ---- keys ---- */

static bool fill_target(const struct stacks_state *s, struct target *out)
{
    const struct stack_row *row = under_cursor(s);

    if (row == NULL)
        return false;
    *out = (struct target){.at_ms = 0};
    memcpy(out->partition, s->target.partition, sizeof out->partition);
    target_set(out->account, sizeof out->account, row->account);
    target_set(out->region, sizeof out->region, row->region);
    target_set(out->name, sizeof out->name, s->list.pipeline);
    target_set(out->stage, sizeof out->stage, row->environment);
    target_set(out->stack, sizeof out->stack, row->id.len > 0 ? row->id : row->name);
    return true;
}

static enum err_code fill_delete(const void *state, struct act *act, struct err *err)
{
    struct target target;

    if (!fill_target(state, &target))
        return err_set(err, ERR_NOT_FOUND, "there is no stack under the cursor");
    return stack_fill(&target, act, err);
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    struct target cursor;

    if (!fill_target(state, &cursor))
        return 0;
    if (max > 0)
        out[0] = cursor;
    return 1;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct stacks_state *s = state;
    const char *page = operation_page(command);

    (void)argument;
    if (page != NULL || command == CMD_EXECUTIONS) {
        out->target = s->target;
        out->screen = page != NULL ? page : "executions";
        out->react |= REACT_OPEN;
    } else if (command == CMD_OPEN) {
        out->screen = "stack";
        out->react |= fill_target(s, &out->target) ? REACT_OPEN : REACT_NONE;
    } else if (command == CMD_DELETE) {
        out->action = ACTION_DELETE_STACK;
        out->fill = fill_delete;
        out->react |= under_cursor(s) != NULL ? REACT_ACT : REACT_NONE;
    } else {
        rows_handle(&s->rows, command, out);
    }
}

/* ---- what the console must know ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct stacks_state *s = state;
    const struct table *t = &s->rows.table;
    char crumb[SCREEN_CRUMB_SIZE];

    snprintf(crumb, sizeof crumb, s->target.name[0] != '\0' ? "%.90s stacks" : "Stacks%s",
             s->target.name);
    rows_facts(&s->rows, crumb, out);
    for (int i = t->top; i < t->count && i < t->top + t->lines; i++) {
        const struct stack_row *row = s->shown[i];

        out->next_change_ms =
            age_sooner(out->next_change_ms,
                       age_next(row->updated_at > 0 ? row->updated_at : row->created_at, look));
    }
    for (size_t i = 0; i < s->list.count; i++) {
        if (stack_word_is_busy(s->list.rows[i].status))
            out->errand_every_ms = MOVES_MS;
    }
}

static bool fits(const void *state, enum command command)
{
    const struct stacks_state *s = state;

    if (command == CMD_OPEN || command == CMD_DELETE || command == CMD_ACTIONS)
        return under_cursor(s) != NULL;
    return command != CMD_FILTER || s->rows.count > 0 || s->rows.is_filtered;
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct stacks_state *s = state;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < s->rows.count && !rc; i++) {
        rc = sb_addf(out, err, "%d.", i + 1);
        for (size_t k = 0; k < ARRAY_LEN(columns) && !rc; k++) {
            CLEANUP(sb_release) struct sb cell;

            sb_init(&cell, 16 * 1024);
            cell_write(s->shown[i], columns[k].name, look, &cell);
            if (cell.len > 0)
                rc = sb_addc(out, ' ', err);
            if (!rc)
                rc = sb_add_safe(out, sb_sv(&cell), err);
        }
        if (!rc && s->shown[i]->note.len > 0)
            rc = sb_add(out, SV(": "), err);
        if (!rc && s->shown[i]->note.len > 0)
            rc = sb_add_safe(out, s->shown[i]->note, err);
        if (!rc)
            rc = sb_addc(out, '\n', err);
    }
    if (!rc && s->rows.count == 0) {
        rc = sb_add(out, rows_sentence(&s->rows, stack_list_none), err);
        if (!rc)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

static bool choose_row(void *state, int number)
{
    return rows_choose(&((struct stacks_state *)state)->rows, number);
}

static bool point(void *state, int line)
{
    return rows_point(&((struct stacks_state *)state)->rows, line);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct stack_row *row = under_cursor(state);
    struct sv text = SV_NONE;

    if (row == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no stack to copy");
    if (what == COPY_NAME)
        text = row->name;
    else if (what == COPY_ARN)
        text = row->id;
    else if (what == COPY_ERROR)
        text = row->reason;
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

static void release(void *state)
{
    struct stacks_state *s = state;

    if (s->is_ready)
        arena_release(&s->arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,       "open",    "the stack: resources, events, outputs, drift"},
    {CMD_FILTER,     "filter",  NULL},
    {CMD_DELETE,     "delete",  "delete the stack, after its plan"},
    {CMD_ACTIONS,    "actions", NULL},
    {CMD_FAILURE,    "failure", NULL},
    {CMD_LOGS,       NULL,      NULL},
    {CMD_EXECUTIONS, NULL,      NULL},
    {CMD_REPOSITORY, NULL,      NULL},
    {CMD_UP,         NULL,      NULL},
    {CMD_DOWN,       NULL,      NULL},
    {CMD_FIRST,      NULL,      NULL},
    {CMD_LAST,       NULL,      NULL},
    {CMD_HALF_UP,    NULL,      NULL},
    {CMD_HALF_DOWN,  NULL,      NULL},
    {CMD_PAGE_UP,    NULL,      NULL},
    {CMD_PAGE_DOWN,  NULL,      NULL},
    {CMD_COPY,       NULL,      "copy the stack's name"},
    {CMD_COPY_MENU,  NULL,      NULL},
    {CMD_BACK,       NULL,      NULL},
    {CMD_LEAVE,      NULL,      "go back"},
    {CMD_NONE,       NULL,      NULL},
};
/* clang-format on */

const struct screen stacks_screen = {
    .name = "stacks",
    .title = "Stacks",
    .help = "a pipeline's CloudFormation stacks, what failed first",
    .state_size = sizeof(struct stacks_state),
    .commands = commands,
    .fields = fields,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = print,
    .choose = choose_row,
    .point = point,
    .copy = copy,
    .release = release,
    .targets = targets,
    .errand = ERRAND_STACKS,
};
