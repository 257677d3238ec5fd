#include "screens/matrix.h"

#include "screens/strip.h"

enum {
    STATUS = 6,
    AGE = 5,
    CLOCK = 10,
    AGE_IN_CELL = 3,
    COMMIT_SHORT = 4,
    COMMIT_LONG = 8,
    GLYPH = 2, /* with the blank, or the gate, behind it */
    HIDDEN = 3,
    NAME_LEAST = 14,
    NAME_MOST = 40,
    NOTE_LEAST = 4,
    NOTE_READABLE = 16, /* where there is room for it beside three environments */
    READABLE_COLS = 76,
    NOTE_WANTED = 20, /* worth more than ages and long commits in cells */
    NOTE_BEHIND = 24, /* from here on there is room to say who is behind */
    STRIP_LEAST = 8
};

/* ---- environments ---- */

static int find(const struct matrix *m, struct sv name, bool *is_there)
{
    int at = 0;

    while (at < m->count && environment_cmp(sv_of(m->names[at]), name) < 0)
        at++;
    *is_there = at < m->count && sv_eq(sv_of(m->names[at]), name);
    return at;
}

static void meet(struct matrix *m, struct sv name)
{
    bool is_there;
    int at = find(m, sv_take(name, MATRIX_NAME - 1), &is_there);

    if (is_there || at == MATRIX_ENVIRONMENTS)
        return;
    if (m->count == MATRIX_ENVIRONMENTS)
        m->count--;
    memmove(m->names[at + 1], m->names[at], (size_t)(m->count - at) * MATRIX_NAME);
    snprintf(m->names[at], MATRIX_NAME, SV_FMT, SV_ARG(sv_take(name, MATRIX_NAME - 1)));
    m->count++;
}

void matrix_meet(struct matrix *m, const struct board *b)
{
    for (int i = 0; i < b->count; i++) {
        for (size_t k = 0; k < b->rows[i].cell_count; k++)
            meet(m, b->rows[i].cells[k].environment);
    }
}

const struct board_cell *matrix_cell(const struct matrix *m, const struct board_row *row, int n)
{
    struct sv name = sv_of(m->names[n]);

    for (size_t i = 0; i < row->cell_count; i++) {
        if (sv_eq(sv_take(row->cells[i].environment, MATRIX_NAME - 1), name))
            return &row->cells[i];
    }
    return NULL;
}

/* ---- columns ---- */

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

/* Do all environments fit with so much in each cell, and a note beside them? */
static bool fits(struct matrix_layout *l, int count, int room, int commit, int age, int note)
{
    l->commit = commit;
    l->cell_age = age;
    l->cell = GLYPH + commit + (age > 0 ? 1 + age : 0);
    l->cells = count;
    return room - count * (l->cell + 1) >= note;
}

void matrix_layout(const struct matrix *m, int cols, enum look_clock clock,
                   struct matrix_layout *out)
{
    int age = clock == LOOK_AGE ? AGE_IN_CELL : CLOCK;
    struct matrix_layout l = {.age = clock == LOOK_AGE ? AGE : CLOCK};
    int least = cols >= READABLE_COLS ? NOTE_READABLE : NOTE_LEAST;
    int room;

    /* The clock's breadth is the note's loss: environments stay where they were. */
    least = clamp(least - (l.age - AGE), NOTE_LEAST, least);
    l.name = clamp(cols / 4, NAME_LEAST, NAME_MOST);
    room = cols - MATRIX_GUTTER - STATUS - 1 - l.name - 1 - l.age - 1;
    if (!fits(&l, m->count, room, COMMIT_LONG, age, NOTE_WANTED) &&
        !fits(&l, m->count, room, COMMIT_SHORT, age, NOTE_WANTED) &&
        !fits(&l, m->count, room, COMMIT_SHORT, 0, least)) {
        l.cells = clamp((room - HIDDEN - 1 - least) / (l.cell + 1), 0, m->count);
        l.hidden = m->count - l.cells;
    }
    l.strip = l.cells * (l.cell + 1) - 1;
    if (l.strip < STRIP_LEAST)
        l.strip = clamp(room - NOTE_LEAST, 0, STRIP_LEAST);
    room -= l.strip + 1 + (l.hidden > 0 ? HIDDEN + 1 : 0);
    l.note = room > 0 ? room : 0;
    *out = l;
}

static int cell_col(const struct matrix_layout *at, struct rect line, int n)
{
    return line.col + MATRIX_GUTTER + STATUS + 1 + at->name + 1 + n * (at->cell + 1);
}

static int hidden_col(const struct matrix_layout *at, struct rect line)
{
    return cell_col(at, line, 0) + at->strip + 1;
}

static int note_col(const struct matrix_layout *at, struct rect line)
{
    return hidden_col(at, line) + (at->hidden > 0 ? HIDDEN + 1 : 0);
}

void matrix_draw_titles(const struct matrix *m, const struct matrix_layout *at, struct canvas *c,
                        struct rect line)
{
    int col = line.col + MATRIX_GUTTER;
    char more[16];

    canvas_text(c, line.row, col, STATUS, STYLE_TITLE, SV("STATUS"));
    canvas_text(c, line.row, col + STATUS + 1, at->name, STYLE_TITLE, SV("NAME"));
    for (int i = 0; i < at->cells; i++)
        canvas_cut(c, line.row, cell_col(at, line, i), at->cell, STYLE_TITLE, sv_of(m->names[i]));
    if (at->cells == 0)
        canvas_text(c, line.row, cell_col(at, line, 0), at->strip, STYLE_TITLE, SV("STAGES"));
    if (at->hidden > 0) {
        snprintf(more, sizeof more, "+%d", at->hidden);
        canvas_text(c, line.row, hidden_col(at, line), HIDDEN, STYLE_TITLE, sv_of(more));
    }
    canvas_text(c, line.row, note_col(at, line), at->note, STYLE_TITLE, SV("NOTE"));
    canvas_right(c, line.row, line.col + line.cols - at->age, at->age, STYLE_TITLE, SV("AGE"));
}

/* ---- rows ---- */

static void draw_cell(const struct matrix_layout *at, const struct board_cell *cell,
                      const struct view_look *look, struct canvas *c, int row, int col)
{
    /* What is well needs no colour: what is not stands out, and a line costs half the bytes. */
    bool is_well = status_kind(cell->status) == STATUS_KIND_GOOD;
    enum style style = is_well ? STYLE_PLAIN : style_of_status(cell->status);
    char age[AGE_SIZE];
    struct sv text;

    canvas_text(c, row, col, 1, style, glyph_of(cell->status, look));
    if (cell->is_held)
        canvas_text(c, row, col + 1, 1, STYLE_ATTENTION, glyph_of_gate(look));
    text = cell->status == STATUS_NONE ? SV("")
           : cell->revision.len > 0    ? cell->revision
                                       : sv_of(status_word(cell->status));
    canvas_text(c, row, col + GLYPH, at->commit, STYLE_PLAIN, sv_take(text, (size_t)at->commit));
    if (at->cell_age > 0 && cell->changed_at > 0)
        canvas_right(c, row, col + at->cell - at->cell_age, at->cell_age, STYLE_PLAIN,
                     sv_of(age_text(cell->changed_at, look, age)));
}

static void draw_hidden(const struct matrix *m, const struct matrix_layout *at,
                        const struct board_row *row, const struct view_look *look, struct canvas *c,
                        struct rect line)
{
    enum status worst = STATUS_NONE;

    for (int i = at->cells; i < m->count; i++) {
        const struct board_cell *cell = matrix_cell(m, row, i);

        if (cell != NULL)
            worst = status_worst(worst, cell->status);
    }
    if (worst != STATUS_NONE)
        canvas_text(c, line.row, hidden_col(at, line), 1, style_of_status(worst),
                    glyph_of(worst, look));
}

static const struct board_cell *who_is_behind(const struct board_row *row,
                                              const struct board_cell **ahead)
{
    for (size_t i = 1; i < row->cell_count; i++) {
        const struct board_cell *before = &row->cells[i - 1];

        if (row->cells[i].revision.len == 0 || before->revision.len == 0 ||
            sv_eq(row->cells[i].revision, before->revision))
            continue;
        *ahead = before;
        return &row->cells[i];
    }
    return NULL;
}

/* An approval's stage and action often have one name. */
static struct sv waiting_place(struct sv waiting)
{
    struct sv action;
    struct sv stage = sv_cut(waiting, '/', &action);

    return sv_eq(stage, action) ? stage : waiting;
}

static enum err_code add_behind(const struct board_row *row, struct sb *out, struct err *err)
{
    const struct board_cell *ahead;
    const struct board_cell *behind = who_is_behind(row, &ahead);

    if (behind == NULL)
        return ERR_OK;
    return sb_addf(out, err, SV_FMT " behind " SV_FMT "%s", SV_ARG(behind->environment),
                   SV_ARG(ahead->environment), row->lead.revision_summary.len > 0 ? "; " : "");
}

enum err_code matrix_note(const struct board_row *row, bool with_behind, struct sb *out,
                          struct err *err)
{
    const struct pipeline_row *lead = &row->lead;
    enum err_code rc = ERR_OK;

    if (lead->waiting.len > 0)
        return sb_addf(out, err, "approve " SV_FMT, SV_ARG(waiting_place(lead->waiting)));
    if (lead->error.len > 0)
        return sb_add(out, lead->error, err);
    if (lead->trouble.len > 0)
        return sb_addf(out, err, "cannot read: " SV_FMT, SV_ARG(lead->trouble));
    if (with_behind)
        rc = add_behind(row, out, err);
    return rc ? rc : sb_add(out, lead->revision_summary, err);
}

static void draw_note(const struct matrix_layout *at, const struct board_row *row, struct canvas *c,
                      struct rect line)
{
    CLEANUP(sb_release) struct sb note;

    sb_init(&note, 1 << 16);
    if (matrix_note(row, at->note >= NOTE_BEHIND, &note, NULL) == ERR_OK || note.len > 0)
        canvas_cut(c, line.row, note_col(at, line), at->note,
                   row->lead.trouble.len > 0 ? STYLE_DIM : STYLE_PLAIN, sb_sv(&note));
}

static void draw_age(const struct matrix_layout *at, const struct pipeline_row *row,
                     const struct view_look *look, struct canvas *c, struct rect line)
{
    char age[AGE_SIZE];
    char text[AGE_SIZE + 1];

    snprintf(text, sizeof text, "%s%s", age_text(row->changed_at, look, age),
             row->trouble.len > 0 ? "*" : "");
    canvas_right(c, line.row, line.col + line.cols - at->age, at->age,
                 row->trouble.len > 0 ? STYLE_DIM : STYLE_PLAIN, sv_of(text));
}

void matrix_draw_row(const struct matrix *m, const struct matrix_layout *at,
                     const struct board_row *row, int cell, const struct view_look *look,
                     struct canvas *c, struct rect line)
{
    const struct pipeline_row *lead = &row->lead;
    enum style style = style_of_status(lead->status);
    int col = line.col + MATRIX_GUTTER;

    canvas_text(c, line.row, col, 1, style, glyph_of(lead->status, look));
    canvas_text(c, line.row, col + 2, STATUS - 2, style, sv_of(status_word(lead->status)));
    canvas_cut(c, line.row, col + STATUS + 1, at->name, STYLE_PLAIN, lead->logical);
    if (row->cell_count == 0)
        strip_draw(lead->stages, look, c,
                   (struct rect){line.row, cell_col(at, line, 0), 1, at->strip});
    for (int i = 0; i < at->cells; i++) {
        const struct board_cell *one = matrix_cell(m, row, i);

        if (one != NULL)
            draw_cell(at, one, look, c, line.row, cell_col(at, line, i));
    }
    if (cell >= 0 && cell < at->cells)
        canvas_text(c, line.row, cell_col(at, line, cell) - 1, 1, STYLE_CURSOR, SV(">"));
    if (at->hidden > 0)
        draw_hidden(m, at, row, look, c, line);
    draw_note(at, row, c, line);
    draw_age(at, lead, look, c, line);
}

int64_t matrix_next_change(const struct matrix *m, const struct matrix_layout *at,
                           const struct board_row *row, const struct view_look *look)
{
    int64_t next = age_next(row->lead.changed_at, look);

    for (int i = 0; i < at->cells && at->cell_age > 0; i++) {
        const struct board_cell *cell = matrix_cell(m, row, i);

        if (cell != NULL && cell->changed_at > 0)
            next = age_sooner(next, age_next(cell->changed_at, look));
    }
    return next;
}

/* ---- as words ---- */

enum { PRINTED_COMMIT = 8 }; /* digits that a person says or hears */

static enum err_code print_cells(const struct board_row *row, const struct view_look *look,
                                 struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;
    char age[AGE_SIZE];

    for (size_t i = 0; rc == ERR_OK && i < row->cell_count; i++) {
        const struct board_cell *cell = &row->cells[i];

        rc = sb_addf(out, err, "; " SV_FMT " %s%s", SV_ARG(cell->environment),
                     status_word(cell->status), cell->is_held ? " HOLD" : "");
        if (rc == ERR_OK && cell->revision.len > 0)
            rc = sb_addf(out, err, " " SV_FMT, SV_ARG(sv_take(cell->revision, PRINTED_COMMIT)));
        if (rc == ERR_OK && cell->changed_at > 0)
            rc = sb_addf(out, err, " %s", age_text(cell->changed_at, look, age));
    }
    return rc;
}

static enum err_code print_stages(struct sv strip, struct sb *out, struct err *err)
{
    struct stage_mark mark;
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK && stage_strip_next(&strip, &mark))
        rc = sb_addf(out, err, "; " SV_FMT " %s%s", SV_ARG(mark.name), status_word(mark.status),
                     mark.transition_enabled ? "" : " HOLD");
    return rc;
}

enum err_code matrix_print(const struct board_row *row, int number, const struct view_look *look,
                           struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb note;
    char age[AGE_SIZE];
    enum err_code rc =
        sb_addf(out, err, "%d. " SV_FMT ": %s, %s", number, SV_ARG(row->lead.logical),
                status_word(row->lead.status), age_text(row->lead.changed_at, look, age));

    sb_init(&note, 1 << 20);
    if (rc == ERR_OK)
        rc = row->cell_count > 0 ? print_cells(row, look, out, err)
                                 : print_stages(row->lead.stages, out, err);
    if (rc == ERR_OK)
        rc = matrix_note(row, true, &note, err);
    if (rc == ERR_OK && note.len > 0)
        rc = sb_addf(out, err, "; %s", sb_cstr(&note));
    return rc ? rc : sb_addc(out, '\n', err);
}
