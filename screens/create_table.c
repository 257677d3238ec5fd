/* The wizard's environments: a table with a cell under the cursor, the fault of its row below, and
 * over it at times the list of environments to pick from. */
#include "screens/create.h"
#include "tui/key.h"

enum { GUTTER = 3, GAP = 1, PLACE_COLS_LEAST = 78, PLACE_COLS = 23, PICKER_COLS = 70 };

static struct sv cell_text(const struct wizard *c, int row, enum create_column column)
{
    return sv_trim(edit_text(&c->rows[row].texts[column]));
}

/* ---- rows ---- */

static unsigned add_row(struct wizard *c)
{
    if (c->row_count == CREATE_ROWS_MAX)
        return REACT_NONE;
    c->row = c->row_count;
    c->rows[c->row_count++] = (struct create_row){.approval = false};
    c->column = COLUMN_ENVIRONMENT;
    return REACT_DRAW;
}

static unsigned remove_row(struct wizard *c)
{
    if (c->row >= c->row_count)
        return REACT_NONE;
    c->row_count--;
    memmove(&c->rows[c->row], &c->rows[c->row + 1],
            (size_t)(c->row_count - c->row) * sizeof c->rows[0]);
    return create_changed(c, true);
}

static unsigned swap_row(struct wizard *c, int with)
{
    struct create_row row;

    if (c->row >= c->row_count || with < 0 || with >= c->row_count)
        return REACT_NONE;
    row = c->rows[c->row];
    c->rows[c->row] = c->rows[with];
    c->rows[with] = row;
    c->row = with;
    return create_changed(c, true);
}

static unsigned toggle_approval(struct wizard *c)
{
    struct create_row *row = &c->rows[c->row];

    row->approval = !create_approval(c, c->row);
    row->has_approval = true;
    return create_changed(c, true);
}

/* ---- picking ---- */

static bool contains_nocase(struct sv text, struct sv wanted)
{
    for (size_t i = 0; i + wanted.len <= text.len; i++) {
        if (sv_eq_nocase(sv_make(text.ptr + i, wanted.len), wanted))
            return true;
    }
    return false;
}

static bool fits_filter(const struct wizard *c, const struct environment *e)
{
    struct sv wanted = sv_trim(edit_text(&c->picker.filter));

    return contains_nocase(e->name, wanted) || contains_nocase(e->account, wanted) ||
           contains_nocase(e->region, wanted) || contains_nocase(e->stage, wanted) ||
           contains_nocase(e->team, wanted);
}

/* The n-th that the filter leaves; NULL behind the last. */
static const struct environment *offered(const struct wizard *c, int n)
{
    for (size_t i = 0; i < c->known.environment_count; i++) {
        if (fits_filter(c, &c->known.environments[i]) && n-- == 0)
            return &c->known.environments[i];
    }
    return NULL;
}

static unsigned open_picker(struct wizard *c, bool is_new_row)
{
    c->picker = (struct picker){.is_open = true, .is_new_row = is_new_row};
    return REACT_DRAW;
}

/* The stage that the environment serves; else one of its own name. */
static unsigned pick(struct wizard *c, const struct environment *e)
{
    struct create_row *row;

    if (c->picker.is_new_row && add_row(c) == REACT_NONE)
        return REACT_NONE;
    c->picker.is_open = false;
    if (c->row >= c->row_count)
        return REACT_DRAW;
    row = &c->rows[c->row];
    create_set(&row->texts[COLUMN_ENVIRONMENT], e->name);
    if (row->texts[COLUMN_STAGE].len == 0)
        create_set(&row->texts[COLUMN_STAGE], e->stage.len > 0 ? e->stage : e->name);
    return create_changed(c, true);
}

static unsigned open_environment(struct answer *out)
{
    out->screen = "environment";
    return REACT_OPEN;
}

static unsigned picker_key(struct wizard *c, uint32_t key, struct answer *out)
{
    struct picker *p = &c->picker;
    const struct environment *e = offered(c, p->cursor);

    if (key == KEYCODE_ESC) {
        p->is_open = false;
        return REACT_DRAW;
    }
    if (key == KEY_CONTROL('N'))
        return open_environment(out);
    if (key == KEYCODE_ENTER)
        return e != NULL ? pick(c, e) : REACT_DRAW;
    if (key == KEYCODE_UP)
        p->cursor -= p->cursor > 0;
    else if (key == KEYCODE_DOWN)
        p->cursor += offered(c, p->cursor + 1) != NULL;
    else if (edit_key(&p->filter, key) == EDIT_CHANGED)
        p->cursor = 0;
    return REACT_DRAW;
}

/* ---- cells ---- */

struct edit *create_table_edit(struct wizard *c)
{
    if (c->picker.is_open)
        return &c->picker.filter;
    return c->is_typing && c->row < c->row_count ? &c->rows[c->row].texts[c->column] : NULL;
}

static unsigned begin_typing(struct wizard *c)
{
    struct edit *cell = &c->rows[c->row].texts[c->column];

    c->before = *cell;
    cell->at = cell->len;
    c->is_typing = true;
    return REACT_DRAW;
}

static unsigned type(struct wizard *c, uint32_t key)
{
    struct edit *cell = &c->rows[c->row].texts[c->column];

    if (key == KEYCODE_TAB || key == KEYCODE_BACKTAB || key == KEYCODE_UP || key == KEYCODE_DOWN)
        key = KEYCODE_ENTER;
    switch (edit_key(cell, key)) {
    case EDIT_DONE:
        c->is_typing = false;
        return create_changed(c, true);
    case EDIT_CANCELLED:
        *cell = c->before;
        c->is_typing = false;
        return REACT_DRAW | REACT_LOAD;
    case EDIT_CHANGED:
        return create_changed(c, false);
    case EDIT_IGNORED:
    case EDIT_MOVED:
        break;
    }
    return REACT_DRAW;
}

static unsigned open_cell(struct wizard *c)
{
    if (c->row >= c->row_count) {
        create_go(c, CREATE_PAGE_SOURCE);
        return create_changed(c, true);
    }
    if (c->column == COLUMN_APPROVAL)
        return toggle_approval(c);
    return c->column == COLUMN_ENVIRONMENT ? open_picker(c, false) : begin_typing(c);
}

static unsigned move_row(struct wizard *c, int by)
{
    int to = c->row + by;

    c->row = to < 0 ? 0 : to > c->row_count ? c->row_count : to;
    return REACT_DRAW;
}

static unsigned move_column(struct wizard *c, int by)
{
    c->column = (enum create_column)(((int)c->column + by + COLUMN_COUNT) % COLUMN_COUNT);
    return REACT_DRAW;
}

unsigned create_table_key(struct wizard *c, uint32_t key, bool *is_taken, struct answer *out)
{
    *is_taken = true;
    if (c->picker.is_open)
        return picker_key(c, key, out);
    if (c->is_typing)
        return type(c, key);
    switch (key) {
    case 'x':
    case KEYCODE_DELETE:
        return remove_row(c) | REACT_DRAW;
    case 'K':
        return swap_row(c, c->row - 1) | REACT_DRAW;
    case 'J':
        return swap_row(c, c->row + 1) | REACT_DRAW;
    case KEYCODE_SPACE:
    case ' ':
        return c->row < c->row_count ? toggle_approval(c) : REACT_DRAW;
    case 'n':
    case KEY_CONTROL('N'):
        return open_environment(out);
    case KEYCODE_TAB:
        return move_column(c, 1);
    case KEYCODE_BACKTAB:
        return move_column(c, -1);
    default: /* not an enum: what is left is the keymap's */
        *is_taken = false;
        return REACT_NONE;
    }
}

/* "stage = dev" of the row under the cursor; on the line below the rows, of another one. */
unsigned create_table_assign(struct wizard *c, struct sv argument, struct answer *out)
{
    static const char *const names[] = {"stage", "environment", "team", "approval", "branch"};
    struct sv text;
    struct sv name = sv_trim(sv_cut(argument, '=', &text));
    int column = 0;

    while (column < COLUMN_COUNT && !sv_eq_nocase(name, sv_of(names[column])))
        column++;
    if (column == COLUMN_COUNT || text.ptr == NULL) {
        answer_say(out, STYLE_ATTENTION,
                   "set stage, environment, team, approval or branch, such as stage = dev");
        return out->react;
    }
    if (c->row >= c->row_count && add_row(c) == REACT_NONE)
        return REACT_NONE;
    c->column = (enum create_column)column;
    if (column == COLUMN_APPROVAL && create_approval(c, c->row) != sv_eq(sv_trim(text), SV("yes")))
        return toggle_approval(c);
    if (column != COLUMN_APPROVAL)
        create_set(&c->rows[c->row].texts[column], text);
    return create_changed(c, true);
}

unsigned create_table_command(struct wizard *c, enum command command, struct answer *out)
{
    bool is_taken;

    if (c->picker.is_open || c->is_typing) /* linear mode has words only */
        return create_table_key(c,
                                command == CMD_OPEN   ? KEYCODE_ENTER
                                : command == CMD_UP   ? KEYCODE_UP
                                : command == CMD_DOWN ? KEYCODE_DOWN
                                                      : KEYCODE_ESC,
                                &is_taken, out);
    if (command == CMD_OPEN || (command == CMD_EDIT && c->row < c->row_count))
        return open_cell(c);
    if (command == CMD_ADD)
        return open_picker(c, true);
    if (command == CMD_DELETE)
        return remove_row(c) | REACT_DRAW;
    if (command == CMD_UP || command == CMD_DOWN)
        return move_row(c, command == CMD_DOWN ? 1 : -1);
    if (command == CMD_LEFT || command == CMD_RIGHT)
        return move_column(c, command == CMD_RIGHT ? 1 : -1);
    if (command == CMD_FIRST || command == CMD_LAST)
        return move_row(c, command == CMD_LAST ? CREATE_ROWS_MAX : -CREATE_ROWS_MAX);
    return REACT_NONE;
}

/* ---- drawing ---- */

static const char *const titles[] = {"STAGE", "ENVIRONMENT", "TEAM", "APPROVAL", "BRANCH"};
_Static_assert(ARRAY_LEN(titles) == COLUMN_COUNT, "a title per column");

struct layout {
    int widths[COLUMN_COUNT];
    int place; /* 0 = not there */
};

static void lay_out(int cols, struct layout *out)
{
    static const int least[] = {9, 12, 8, 8, 9};
    int room;

    *out = (struct layout){.place = cols >= PLACE_COLS_LEAST ? PLACE_COLS : 0};
    room = cols - GUTTER - out->place - (out->place > 0 ? GAP : 0);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        out->widths[i] = least[i];
        room -= least[i] + GAP;
    }
    for (int i = 0; i < COLUMN_COUNT && room > 0; i++) {
        int more = i == COLUMN_APPROVAL ? 0 : room / 5 < 12 ? room / 5 : 12;

        out->widths[i] += more;
    }
    if (out->place > 0 && room / 5 > 3)
        out->place += room / 5 < 8 ? room / 5 : 8;
}

/* What counts where nothing is written. */
static struct sv effective(const struct wizard *c, int row, enum create_column column)
{
    const struct environment *e = environment_find(
        c->known.environments, c->known.environment_count, cell_text(c, row, COLUMN_ENVIRONMENT));

    if (column == COLUMN_BRANCH && (size_t)row < c->known.definition.stage_count)
        return definition_branch(&c->known.definition, (size_t)row);
    if (column == COLUMN_TEAM)
        return e != NULL && e->team.len > 0 ? e->team : c->known.definition.team;
    return SV("");
}

static void draw_cell(const struct wizard *c, int row, enum create_column column,
                      struct canvas *canvas, struct rect area)
{
    struct sv text = cell_text(c, row, column);
    bool has_cursor = c->row == row && c->column == column;
    enum style style = STYLE_PLAIN;

    if (has_cursor && c->is_typing) {
        edit_draw(&c->rows[row].texts[column], canvas, area.row, area.col, area.cols);
        return;
    }
    if (column == COLUMN_APPROVAL)
        text = create_approval(c, row) ? SV("yes") : SV("no");
    if (text.len == 0) {
        text = effective(c, row, column);
        style = STYLE_DIM;
    }
    if (has_cursor) {
        canvas_fill(canvas, area, STYLE_EDIT);
        style = STYLE_EDIT;
    }
    canvas_cut(canvas, area.row, area.col, area.cols, style, text);
}

static bool has_fault(const struct wizard *c, int row)
{
    char field[DEFECT_FIELD_SIZE];
    struct sv prefix = sv_of(defect_field(field, "environments[%d]", row));

    for (size_t i = 0; c->known.defects != NULL && i < c->known.defects->count; i++) {
        if (!c->known.defects->items[i].is_warning &&
            sv_starts(sv_of(c->known.defects->items[i].field), prefix))
            return true;
    }
    return false;
}

static void draw_row(const struct wizard *c, int row, const struct layout *at,
                     struct canvas *canvas, struct rect line)
{
    int col = line.col + GUTTER;

    if (row == c->row)
        canvas_text(canvas, line.row, line.col, 1, STYLE_CURSOR, SV(">"));
    if (has_fault(c, row))
        canvas_text(canvas, line.row, line.col + 1, 1, STYLE_BAD, SV("!"));
    for (int i = 0; i < COLUMN_COUNT; i++) {
        draw_cell(c, row, (enum create_column)i, canvas,
                  (struct rect){line.row, col, 1, at->widths[i]});
        col += at->widths[i] + GAP;
        if (i == COLUMN_ENVIRONMENT && at->place > 0) {
            char place[96];

            canvas_cut(canvas, line.row, col, at->place, STYLE_DIM,
                       create_place(c, cell_text(c, row, COLUMN_ENVIRONMENT), place, sizeof place));
            col += at->place + GAP;
        }
    }
}

static void draw_titles(const struct layout *at, struct canvas *canvas, struct rect line)
{
    int col = line.col + GUTTER;

    for (int i = 0; i < COLUMN_COUNT; i++) {
        canvas_cut(canvas, line.row, col, at->widths[i], STYLE_TITLE, sv_of(titles[i]));
        col += at->widths[i] + GAP;
        if (i == COLUMN_ENVIRONMENT && at->place > 0) {
            canvas_cut(canvas, line.row, col, at->place, STYLE_TITLE, SV("ACCOUNT REGION"));
            col += at->place + GAP;
        }
    }
}

/* What is wrong with the row under the cursor, or with all of them; else where the row is. */
static void draw_below(const struct wizard *c, bool has_place, struct canvas *canvas,
                       struct rect area)
{
    char field[DEFECT_FIELD_SIZE] = "environments";
    char place[96];
    int used = 0;

    if (c->row < c->row_count)
        defect_field(field, "environments[%d]", c->row);
    for (size_t i = 0; c->known.defects != NULL && i < c->known.defects->count && area.rows > 0;
         i++) {
        const struct defect *d = &c->known.defects->items[i];
        char text[DEFECT_FIELD_SIZE + DEFECT_TEXT_SIZE];
        struct sv rest;

        if (!sv_starts(sv_of(d->field), sv_of(field)) ||
            (c->row >= c->row_count && strcmp(d->field, field) != 0))
            continue;
        sv_cut(sv_of(d->field), '.', &rest);
        snprintf(text, sizeof text, SV_FMT "%s%s", SV_ARG(rest), rest.len > 0 ? " " : "", d->text);
        used = canvas_wrap(canvas, area, d->is_warning ? STYLE_ATTENTION : STYLE_BAD, sv_of(text));
        area.row += used;
        area.rows -= used;
    }
    if (used == 0 && !has_place && c->row < c->row_count)
        canvas_cut(canvas, area.row, area.col, area.cols, STYLE_DIM,
                   create_place(c, cell_text(c, c->row, COLUMN_ENVIRONMENT), place, sizeof place));
}

static const char *role_of(const struct wizard *c, const struct environment *e)
{
    if (e->kind == ENVIRONMENT_CICD)
        return "  CICD";
    for (int i = 0; i < c->row_count; i++) {
        if (sv_eq(cell_text(c, i, COLUMN_ENVIRONMENT), e->name))
            return "  in a row";
    }
    return "";
}

static void draw_picker(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    const struct picker *p = &c->picker;
    struct rect inside;
    int count = 0;
    int top;

    while (offered(c, count) != NULL)
        count++;
    inside =
        canvas_box(canvas, canvas_middle(area, (count > 0 ? count : 1) + 3, PICKER_COLS),
                   SV("Environment"), SV(" type to filter  Enter pick  ^N add one  Esc close "));
    canvas_text(canvas, inside.row, inside.col, inside.cols, STYLE_DIM, SV("/"));
    edit_draw(&p->filter, canvas, inside.row, inside.col + 1, inside.cols - 1);
    inside.row++;
    inside.rows--;
    if (count == 0)
        canvas_cut(canvas, inside.row, inside.col, inside.cols, STYLE_DIM,
                   c->known.environment_count == 0 ? SV("no environment is known: ^N adds one")
                                                   : SV("none is like that"));
    top = p->cursor < inside.rows ? 0 : p->cursor - inside.rows + 1;
    for (int i = 0; i < inside.rows && offered(c, top + i) != NULL; i++) {
        const struct environment *e = offered(c, top + i);
        char text[256];

        snprintf(text, sizeof text, "%-16.*s " SV_FMT " %-14.*s " SV_FMT "%s" SV_FMT "%s",
                 SV_ARG(sv_take(e->name, 32)), SV_ARG(e->account), SV_ARG(sv_take(e->region, 32)),
                 SV_ARG(sv_take(e->stage, 20)), e->team.len > 0 ? " " : "",
                 SV_ARG(sv_take(e->team, 64)), role_of(c, e));
        canvas_text(canvas, inside.row + i, inside.col, 1, STYLE_CURSOR,
                    top + i == p->cursor ? SV(">") : SV(" "));
        canvas_cut(canvas, inside.row + i, inside.col + 2, inside.cols - 2, STYLE_PLAIN,
                   sv_of(text));
    }
}

void create_table_draw(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    const int below = area.rows >= 12 ? 3 : 2;
    int lines = area.rows - 1 - below;
    int top = c->row < lines ? 0 : c->row - lines + 1;
    struct layout at;

    if (lines < 1)
        return;
    lay_out(area.cols, &at);
    draw_titles(&at, canvas, area);
    for (int i = 0; i < lines && top + i <= c->row_count; i++) {
        struct rect line = {area.row + 1 + i, area.col, 1, area.cols};

        if (top + i < c->row_count) {
            draw_row(c, top + i, &at, canvas, line);
            continue;
        }
        if (c->row == c->row_count)
            canvas_text(canvas, line.row, line.col, 1, STYLE_CURSOR, SV(">"));
        canvas_cut(canvas, line.row, line.col + GUTTER, line.cols - GUTTER, STYLE_KEY,
                   c->row_count == 0 ? SV("a adds an environment; Enter goes on")
                                     : SV("Enter here goes on to the source"));
    }
    draw_below(c, at.place > 0, canvas,
               (struct rect){area.row + area.rows - below, area.col + GUTTER, below,
                             area.cols - GUTTER - 1});
    if (c->picker.is_open)
        draw_picker(c, canvas, area);
}

enum err_code create_table_print(const struct wizard *c, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < c->row_count && rc == ERR_OK; i++) {
        struct sv team = cell_text(c, i, COLUMN_TEAM);
        struct sv branch = cell_text(c, i, COLUMN_BRANCH);
        char place[96];

        team = team.len > 0 ? team : effective(c, i, COLUMN_TEAM);
        branch = branch.len > 0 ? branch : effective(c, i, COLUMN_BRANCH);
        rc = sb_addf(out, err, "%d. stage ", i + 1);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, cell_text(c, i, COLUMN_STAGE), err);
        if (rc == ERR_OK)
            rc = sb_add(out, SV(", environment "), err);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, cell_text(c, i, COLUMN_ENVIRONMENT), err);
        if (rc == ERR_OK)
            rc = sb_addf(
                out, err, " " SV_FMT ", team ",
                SV_ARG(create_place(c, cell_text(c, i, COLUMN_ENVIRONMENT), place, sizeof place)));
        if (rc == ERR_OK)
            rc = sb_add_safe(out, team, err);
        if (rc == ERR_OK)
            rc = sb_addf(out, err, ", approval %s, branch ", create_approval(c, i) ? "yes" : "no");
        if (rc == ERR_OK)
            rc = sb_add_safe(out, branch, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    if (rc == ERR_OK && c->row_count == 0)
        rc = sb_add(out, SV("There are no environments yet.\n"), err);
    return rc;
}
