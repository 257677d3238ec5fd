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

enum { PANE_TALL = 12, PANE = 7, PANE_LOW = 3, TALL = 34, LOW = 18 };
enum { MOVES_MS = 5000 };

struct stacks_state {
    struct rows rows;
    struct stack_list list;
    int64_t read_at;
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

/* ---- rows ---- */

static int64_t id_of(const void *item)
{
    const struct stack_row *row = item;

    return rows_id(row->account, row->region, row->name);
}

static int64_t moment_of(const void *item)
{
    const struct stack_row *row = item;

    return row->updated_at > 0 ? row->updated_at : row->created_at;
}

static struct sv remark_of(const void *item)
{
    return ((const struct stack_row *)item)->note;
}

static bool passes(const void *state UNUSED, const void *item, const struct filter *filter)
{
    const struct stack_row *row = item;
    CLEANUP(sb_release) struct sb what;
    struct filter_field texts[] = {{"status", row->status}, {"stack", row->name},
                                   {"what", SV("")},        {"account", row->account},
                                   {"region", row->region}, {"reason", row->reason}};

    sb_init(&what, 4096);
    stack_row_what(row, &what);
    texts[2].text = sb_sv(&what);
    return filter_matches(filter, texts, ARRAY_LEN(texts));
}

/* Of a stack that could not be asked for nobody knows how it stands. */
static enum status row_status(const struct stack_row *row)
{
    if (row->id.len == 0 && row->note.len > 0)
        return sv_starts(row->note, SV("there is no such")) ? STATUS_NONE : STATUS_UNKNOWN;
    return stack_word_status(row->status);
}

static void cell_write(const void *state UNUSED, const void *item, const char *name,
                       const struct view_look *look, struct sb *out)
{
    const struct stack_row *row = item;
    enum status status = row_status(row);
    char ascii[2] = {status_ascii(status), '\0'};
    char text[AGE_SIZE];
    struct sv cell = SV_NONE;

    if (strcmp(name, "stack") == 0)
        cell = row->name;
    else if (strcmp(name, "changed") == 0)
        cell = sv_of(age_text(moment_of(row), look, text));
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
    if (sb_add(out, cell, NULL))
        sb_clear(out);
}

static enum style style_of(const void *item, const char *column)
{
    const struct stack_row *row = item;

    if (strcmp(column, "status") == 0)
        return style_of_status(row_status(row));
    return strcmp(column, "drift") == 0 && stack_word_has_drifted(row->drift) ? STYLE_ATTENTION
                                                                              : STYLE_PLAIN;
}

static const struct rows_kind kind = {.view = &view,
                                      .aged = "changed",
                                      .nothing = stack_list_none,
                                      .id = id_of,
                                      .passes = passes,
                                      .write = cell_write,
                                      .style = style_of,
                                      .moment = moment_of,
                                      .remark = remark_of};

/* ---- load ---- */

static int pane_rows(int rows)
{
    return rows >= TALL ? PANE_TALL : rows >= LOW ? PANE : PANE_LOW;
}

/* Who comes from an environment's cell begins with its stack. */
static void begin_at_stage(struct stacks_state *s)
{
    struct sv stage = sv_of(s->rows.target.stage);

    for (size_t i = 0; i < s->list.count && s->rows.table.cursor == 0 && stage.len > 0; i++) {
        if (sv_eq(s->list.rows[i].environment, stage))
            s->rows.table.cursor = id_of(&s->list.rows[i]);
    }
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct stacks_state *s = state;
    const struct pipeline_id id = target_id(&s->rows.target);
    struct err why = {0};
    enum err_code rc;

    arena_clear(&s->rows.arena);
    s->list = (struct stack_list){.count = 0};
    rc = stack_list_get(input->cache, &id, &s->rows.arena, &s->list, &s->read_at, &why);
    rc = rows_found(&s->rows, input, ERRAND_STACKS, !rc && s->read_at == 0 ? ERR_NOT_FOUND : rc,
                    &why, err);
    begin_at_stage(s);
    return rc ? rc
              : rows_pick(&s->rows, &kind, s->list.rows, s->list.count, sizeof *s->list.rows, input,
                          input->area.rows - 1 - pane_rows(input->area.rows), err);
}

/* ---- draw ---- */

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
    const struct stack_row *row = rows_under(&s->rows);
    int pane = pane_rows(area.rows);
    struct rect list = {area.row, area.col, area.rows - pane, area.cols};

    rows_draw(&s->rows, &kind, look, c, list);
    if (row == NULL)
        return;
    draw_pane(row, look, c,
              (struct rect){area.row + list.rows + 1, area.col + 2, pane - 1, area.cols - 3});
}

/* ---- keys ---- */

static bool fill_target(const struct stacks_state *s, struct target *out)
{
    const struct stack_row *row = rows_under(&s->rows);

    if (row == NULL)
        return false;
    *out = (struct target){.at_ms = 0};
    memcpy(out->partition, s->rows.target.partition, sizeof out->partition);
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

    return rows_target(fill_target(state, &cursor), &cursor, out, max);
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct stacks_state *s = state;
    const char *page = operation_page(command);

    (void)argument;
    if (page != NULL || command == CMD_EXECUTIONS) {
        out->target = s->rows.target;
        out->screen = page != NULL ? page : "executions";
        out->react |= REACT_OPEN;
    } else if (command == CMD_OPEN) {
        out->screen = "stack";
        out->react |= fill_target(s, &out->target) ? REACT_OPEN : REACT_NONE;
    } else if (command == CMD_DELETE) {
        out->action = ACTION_DELETE_STACK;
        out->fill = fill_delete;
        out->react |= rows_under(&s->rows) != NULL ? REACT_ACT : REACT_NONE;
    } else {
        rows_handle(&s->rows, command, out);
    }
}

/* ---- what the console must know ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct stacks_state *s = state;
    char crumb[SCREEN_CRUMB_SIZE];

    snprintf(crumb, sizeof crumb, s->rows.target.name[0] != '\0' ? "%.90s stacks" : "Stacks%s",
             s->rows.target.name);
    rows_facts(&s->rows, &kind, crumb, look, out);
    for (size_t i = 0; i < s->list.count; i++) {
        if (stack_word_is_busy(s->list.rows[i].status))
            out->errand_every_ms = MOVES_MS;
    }
}

static bool fits(const void *state, enum command command)
{
    const struct stacks_state *s = state;

    if (command == CMD_OPEN || command == CMD_DELETE || command == CMD_ACTIONS)
        return rows_under(&s->rows) != NULL;
    return command != CMD_FILTER || s->rows.count > 0 || s->rows.is_filtered;
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    return rows_print(state, &kind, look, out, err);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct stack_row *row = rows_under(state);
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
    .open = rows_open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = print,
    .choose = rows_choose,
    .point = rows_point,
    .copy = copy,
    .release = rows_release,
    .targets = targets,
    .errand = ERRAND_STACKS,
};
