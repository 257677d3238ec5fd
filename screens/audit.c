/* The audit: what was done from this host, refused and failed ones too, newest first, under a line
 * that says whether it is as it was written. That is found in pieces: each load looks at some rows
 * more. */
#include "core/views/age.h"
#include "core/views/audits.h"
#include "tui/console.h"
#include "tui/table.h"
#include "tui/work.h"

enum {
    ROWS_MAX = 500,
    STEP_ROWS = 500,
    STEP_PAUSE_MS = 5,
    LOOK_MS = 5000,
    HEADLINE = 1,
    GUTTER = 2
};

struct audit_state {
    struct audit_list list;
    int64_t ids[ROWS_MAX]; /* of what passes the filter */
    const struct audit_row *shown[ROWS_MAX];
    int count;
    struct table table;
    struct audit_check *check;
    bool is_checked;
    bool is_filtered;
    bool has_reason; /* any row of those */
    char headline[200];
    enum style headline_style;
};

static const char *const fields[] = {"outcome", "who",    "what", "target", "account",
                                     "region",  "reason", "text", "ssh",    NULL};

/* A reason is worth more than who gave it, which mostly is the reader or stands in the row itself;
 * where nobody gave one its column is left out, so it comes last. */
/* clang-format off */
#define COLUMNS(X) \
    X("time",    "TIME",       10, 0, 0) \
    X("outcome", "OUTCOME",    11, 0, 0) \
    X("who",     "WHO",        7,  2, 3) \
    X("account", "ACCOUNT",    12, 0, 4) \
    X("what",    "WHAT",       14, 2, 0) \
    X("target",  "TARGET",     12, 3, 1) \
    X("text",    "TEXT",       20, 5, 5) \
    X("request", "REQUEST ID", 36, 0, 6) \
    X("reason",  "REASON",     20, 4, 2)
/* clang-format on */
#define COLUMN(column_name, column_title, width, share, drop)                                      \
    {.name = (column_name),                                                                        \
     .title = (column_title),                                                                      \
     .min_width = (width),                                                                         \
     .weight = (share),                                                                            \
     .drop_order = (drop)},
static const struct column columns[] = {COLUMNS(COLUMN)};
#undef COLUMN
static const struct view view = {
    .name = "audit", .columns = columns, .column_count = ARRAY_LEN(columns)};
static const struct view without_reason = {
    .name = "audit", .columns = columns, .column_count = ARRAY_LEN(columns) - 1};

static const struct audit_row *under_cursor(const struct audit_state *s)
{
    return s->count > 0 ? s->shown[s->table.index] : NULL;
}

/* ---- loading ---- */

static bool passes(const struct filter *filter, const struct audit_row *row)
{
    const struct filter_field of_row[] = {
        {"outcome", row->outcome},         {"who", audit_who(row)},
        {"what", audit_what(row)},         {"target", audit_target(row)},
        {"account", row->line.account},    {"region", row->line.region},
        {"reason", row->line.reason},      {"text", row->line.text},
        {"ssh", row->ssh_client},          {"action", row->line.action},
        {"request", row->line.request_id},
    };

    return filter->count == 0 || filter_matches(filter, of_row, ARRAY_LEN(of_row));
}

static void choose_rows(struct audit_state *s, const struct filter *filter)
{
    s->count = 0;
    s->has_reason = false;
    for (size_t i = 0; i < s->list.count; i++) {
        if (!passes(filter, &s->list.rows[i]))
            continue;
        s->has_reason = s->has_reason || s->list.rows[i].line.reason.len > 0;
        s->ids[s->count] = s->list.rows[i].seq;
        s->shown[s->count++] = &s->list.rows[i];
    }
}

static enum err_code read_rows(struct audit_state *s, const char *dir, struct err *err)
{
    const struct audit_query query = {.limit = ROWS_MAX};
    struct audit_list fresh;
    enum err_code rc = audit_list_load(dir, &query, &fresh, err);

    if (rc)
        return rc;
    audit_list_release(&s->list);
    s->list = fresh;
    return ERR_OK;
}

static void tell(struct audit_state *s, enum style style, const char *text)
{
    snprintf(s->headline, sizeof s->headline, "%.199s", text);
    s->headline_style = style;
}

/* Some rows more. One that was opened before there was an audit begins anew when there is. */
static void check(struct audit_state *s, const char *dir)
{
    const struct audit_verdict *verdict;
    struct err err = {0};
    struct sv rest;
    char text[64];
    enum err_code rc = ERR_OK;

    if (s->check != NULL && audit_check_verdict(s->check)->rows == 0) {
        audit_check_close(s->check);
        s->check = NULL;
    }
    if (s->check == NULL)
        rc = audit_check_open(dir, &s->check, &err);
    if (!rc)
        rc = audit_check_step(s->check, STEP_ROWS, &s->is_checked, &err);
    if (rc) {
        s->is_checked = true;
        tell(s, STYLE_BAD, err.text);
        return;
    }
    verdict = audit_check_verdict(s->check);
    if (verdict->bad_seq != 0) {
        tell(s, STYLE_BAD, verdict->text);
    } else if (!s->is_checked) {
        snprintf(text, sizeof text, "checking the chain: row %lld", (long long)verdict->rows);
        tell(s, STYLE_DIM, text);
    } else {
        snprintf(text, sizeof text, SV_FMT, SV_ARG(sv_take(sv_of(verdict->text), 60)));
        /* Its last hash is for the verb, which has the room. */
        tell(s, verdict->rows > 0 ? STYLE_GOOD : STYLE_DIM, "");
        for (rest = sv_of(text); rest.len > 0 && !sv_starts(rest, SV(", last hash"));)
            rest = sv_drop(rest, 1);
        snprintf(s->headline, sizeof s->headline, "%.*s", (int)(strlen(text) - rest.len), text);
    }
}

static int find(const struct audit_state *s)
{
    for (int i = 0; i < s->count; i++) {
        if (s->ids[i] == s->table.cursor)
            return i;
    }
    return s->table.index;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct audit_state *s = state;
    const struct work *work = input->console->options.work;
    const char *dir = work != NULL ? work->deploy.audit_dir : NULL;
    bool was_at_top = s->table.top == 0 && s->table.index == 0;
    int line = table_line(&s->table);
    enum err_code rc = read_rows(s, dir, err);

    if (rc)
        return rc;
    s->is_filtered = input->filter->count > 0;
    choose_rows(s, input->filter);
    s->table.lines = input->area.rows - HEADLINE - 1 > 1 ? input->area.rows - HEADLINE - 1 : 1;
    table_place(&s->table, s->ids, s->count, was_at_top ? 0 : find(s), line);
    check(s, dir);
    return ERR_OK;
}

/* ---- drawing ---- */

static struct sv cell_of(const struct audit_row *row, const char *name,
                         const struct view_look *look, char at[AGE_SIZE])
{
    if (strcmp(name, "time") == 0)
        return sv_of(age_text(row->at_ms, look, at));
    if (strcmp(name, "outcome") == 0)
        return row->outcome;
    if (strcmp(name, "who") == 0)
        return audit_who(row);
    if (strcmp(name, "what") == 0)
        return audit_what(row);
    if (strcmp(name, "target") == 0)
        return audit_target(row);
    if (strcmp(name, "account") == 0)
        return row->line.account;
    if (strcmp(name, "text") == 0)
        return row->line.text;
    return strcmp(name, "reason") == 0 ? row->line.reason : row->line.request_id;
}

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct audit_state *s = owner;
    const struct audit_row *row = s->shown[index];
    char at[AGE_SIZE];
    char text[160];
    bool is_outcome = strcmp(column->name, "outcome") == 0;
    enum status status = audit_status(row);
    struct sv cell = cell_of(row, column->name, look, at);

    if (is_outcome && status != STATUS_NONE) {
        char ascii[2] = {status_ascii(status), '\0'};

        snprintf(text, sizeof text, "%s " SV_FMT, look->is_utf8 ? status_glyph(status) : ascii,
                 SV_ARG(sv_take(cell, 100)));
        cell = sv_of(text);
    }
    canvas_cut(c, area.row, area.col, area.cols, is_outcome ? style_of_status(status) : STYLE_PLAIN,
               cell);
}

static struct sv empty_sentence(const struct audit_state *s)
{
    if (s->list.count > 0 && s->is_filtered)
        return SV("Nothing matches the filter: Esc clears it.");
    if (s->headline_style == STYLE_BAD)
        return SV("No row is left.");
    return SV("Nothing was written to AWS from this host yet, nor refused.");
}

/* Nor does it push anything out where there is no room for it all the same. */
static const struct view *choose_view(const struct audit_state *s, int cols)
{
    int widths[VIEW_COLUMN_MAX] = {0};

    view_layout(&view, cols, widths);
    return s->has_reason && widths[ARRAY_LEN(columns) - 1] > 0 ? &view : &without_reason;
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct audit_state *s = state;
    struct rect below = {area.row + HEADLINE, area.col, area.rows - HEADLINE, area.cols};

    canvas_cut(c, area.row, area.col + 2, area.cols - 2, s->headline_style, sv_of(s->headline));
    if (below.rows < 1)
        return;
    table_draw(&s->table, choose_view(s, below.cols - GUTTER), look, draw_cell, s, c, below);
    if (s->count == 0)
        table_draw_sentence(c, below, empty_sentence(s));
}

/* ---- keys ---- */

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct audit_state *s = state;
    const struct audit_row *row = under_cursor(s);

    (void)argument;
    if (command == CMD_OPEN && row != NULL) {
        snprintf(out->target.name, sizeof out->target.name, "%lld", (long long)row->seq);
        out->screen = "audit-row";
        out->react |= REACT_OPEN;
    } else if (command == CMD_FILTER) {
        out->react |= REACT_FILTER;
    } else if (command == CMD_BACK && s->is_filtered) {
        out->react |= REACT_CLEAR;
    } else if (command == CMD_BACK || command == CMD_LEAVE) {
        out->react |= REACT_LEAVE;
    } else if (command == CMD_COPY || command == CMD_COPY_MENU) {
        out->react |= command == CMD_COPY ? REACT_COPY : REACT_CHOOSE;
    } else if (table_move(&s->table, s->ids, command) != TABLE_STILL) {
        out->react |= REACT_DRAW;
    }
}

/* ---- what the console must know ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct audit_state *s = state;

    *out = (struct screen_facts){.is_filterable = true,
                                 .matches = s->count,
                                 .has_more_matches = s->list.has_more,
                                 .loads_when_due = true};
    out->next_change_ms = look->now_ms + (s->is_checked ? LOOK_MS : STEP_PAUSE_MS);
    snprintf(out->crumb, sizeof out->crumb, "Audit");
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct audit_state *s = state;
    enum err_code rc = sb_addf(out, err, "%s\n", s->headline);

    for (int i = 0; i < s->count && !rc; i++) {
        rc = sb_addf(out, err, "%d.", i + 1);
        for (size_t k = 0; k < ARRAY_LEN(columns) && !rc; k++) {
            char at[AGE_SIZE];
            struct sv cell = cell_of(s->shown[i], columns[k].name, look, at);

            if (cell.len > 0)
                rc = sb_addc(out, ' ', err);
            if (!rc)
                rc = sb_add_safe(out, cell, err);
        }
        if (!rc)
            rc = sb_addc(out, '\n', err);
    }
    if (!rc && s->count == 0)
        rc = sb_addf(out, err, SV_FMT "\n", SV_ARG(empty_sentence(s)));
    return rc;
}

static bool choose(void *state, int number)
{
    struct audit_state *s = state;

    return table_choose(&s->table, s->ids, number);
}

static bool point(void *state, int line)
{
    struct audit_state *s = state;

    return table_point(&s->table, s->ids, line - HEADLINE);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct audit_row *row = under_cursor(state);
    struct sv text = SV_NONE;

    if (row == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no row to copy");
    if (what == COPY_NAME)
        text = row->line.request_id.len > 0 ? row->line.request_id : audit_target(row);
    else if (what == COPY_ARN)
        text = row->line.caller;
    else if (what == COPY_ERROR)
        text = audit_is_bad(row) ? row->line.text : SV_NONE;
    else if (what == COPY_JSON)
        return audit_row_json(row, out, err);
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

static void release(void *state)
{
    struct audit_state *s = state;

    audit_check_close(s->check);
    audit_list_release(&s->list);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,      "open",     "all that is known of this row"},
    {CMD_FILTER,    "filter",   NULL},
    {CMD_UP,        NULL,       NULL},
    {CMD_DOWN,      NULL,       NULL},
    {CMD_FIRST,     NULL,       NULL},
    {CMD_LAST,      NULL,       NULL},
    {CMD_HALF_UP,   NULL,       NULL},
    {CMD_HALF_DOWN, NULL,       NULL},
    {CMD_PAGE_UP,   NULL,       NULL},
    {CMD_PAGE_DOWN, NULL,       NULL},
    {CMD_COPY,      "copy",     "copy the request's id"},
    {CMD_COPY_MENU, NULL,       NULL},
    {CMD_BACK,      NULL,       NULL},
    {CMD_LEAVE,     NULL,       "go back"},
    {CMD_NONE,      NULL,       NULL},
};
/* clang-format on */

const struct screen audit_screen = {
    .name = "audit",
    .title = "Audit",
    .help = "what was done from this host, refused or failed, and whether the record is whole",
    .state_size = sizeof(struct audit_state),
    .commands = commands,
    .fields = fields,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .choose = choose,
    .point = point,
    .copy = copy,
    .release = release,
};
