/* How a form is drawn: pure, from its fields; what does not fit is above the cursor or below it. */
#include "tui/form_parts.h"

enum { LABEL_MAX = 24, GUTTER = 2, INDENT = 4, LIST_LEAST = 3, DETAIL_MAX = 3 };

static int label_column(const struct form *f)
{
    int width = 0;

    for (int i = 0; i < f->count; i++) {
        int label = text_width(sv_of(f->fields[i].label));

        width = label > width ? label : width;
    }
    return width > LABEL_MAX ? LABEL_MAX : width;
}

/* What is told under the cursor: of a list's choice what more is known of it. */
static struct sv help_of(const struct form_field *field)
{
    if (field->kind == FORM_LIST && field->choices == NULL)
        return SV("");
    return sv_of(field->kind == FORM_LIST && field->details != NULL ? field->details[field->chosen]
                                                                    : field->help);
}

static int help_lines(const struct form *f, int i, int cols)
{
    const struct form_field *field = &f->fields[i];
    int lines = i == f->cursor ? canvas_lines(help_of(field), cols - INDENT) : 0;

    return field->kind == FORM_LIST && lines > DETAIL_MAX ? DETAIL_MAX : lines;
}

static int list_lines(const struct form_field *field, int cols)
{
    return field->choices == NULL ? canvas_lines(sv_of(field->none), cols - INDENT)
                                  : form_choice_count(field);
}

/* Its line, of a list a few of its choices, its fault below it and, under the cursor, its help. */
static int lines_of(const struct form *f, int i, int cols)
{
    const struct form_field *field = &f->fields[i];
    int lines = 1 + canvas_lines(sv_of(field->fault), cols - INDENT) + help_lines(f, i, cols);

    if (field->kind == FORM_LIST)
        lines += list_lines(field, cols) < LIST_LEAST ? list_lines(field, cols) : LIST_LEAST;
    return lines;
}

static int first_shown(const struct form *f, struct rect area)
{
    int first = f->cursor;
    int lines = lines_of(f, f->cursor, area.cols);

    while (first > 0 && lines + lines_of(f, first - 1, area.cols) <= area.rows)
        lines += lines_of(f, --first, area.cols);
    return first;
}

static void draw_value(const struct form_field *field, bool has_cursor, struct canvas *c, int row,
                       int col, int cols)
{
    int right = col + cols;
    char place[40];

    if (field->kind == FORM_LIST) {
        if (field->choices != NULL) {
            snprintf(place, sizeof place, "%d of %d", field->chosen + 1, form_choice_count(field));
            canvas_cut(c, row, col, cols, STYLE_PLAIN, sv_of(place));
        }
        return;
    }
    if (field->kind == FORM_TEXT && has_cursor) {
        edit_draw(&field->text, c, row, col, cols);
        return;
    }
    if (field->kind != FORM_TEXT && has_cursor)
        col += canvas_text(c, row, col, right - col, STYLE_KEY, SV("< "));
    col += canvas_cut(c, row, col, right - col, STYLE_PLAIN, form_text(field));
    if (field->kind != FORM_TEXT && has_cursor)
        canvas_text(c, row, col, right - col, STYLE_KEY, SV(" >"));
}

/* Returns the lines used: as many as there are. */
static int draw_list(const struct form_field *field, bool has_cursor, struct canvas *c,
                     struct rect area)
{
    int count = form_choice_count(field);
    int lines = count < area.rows ? count : area.rows;
    int top = field->chosen < lines ? 0 : field->chosen - lines + 1;

    if (field->choices == NULL)
        return canvas_wrap(c, area, STYLE_DIM, sv_of(field->none));
    for (int i = 0; i < lines; i++) {
        bool is_chosen = top + i == field->chosen;

        if (is_chosen)
            canvas_text(c, area.row + i, area.col - GUTTER, 1,
                        has_cursor ? STYLE_CURSOR : STYLE_DIM, SV(">"));
        canvas_cut(c, area.row + i, area.col, area.cols, STYLE_PLAIN,
                   sv_of(field->choices[top + i]));
    }
    return lines;
}

/* Returns the lines used. */
static int draw_field(const struct form *f, int i, struct canvas *c, struct rect area)
{
    const struct form_field *field = &f->fields[i];
    int label = label_column(f);
    int col = area.col + GUTTER + label + GUTTER;
    struct rect below = {area.row + 1, area.col + INDENT, area.rows - 1, area.cols - INDENT};

    if (i == f->cursor)
        canvas_text(c, area.row, area.col, 1, STYLE_CURSOR, SV(">"));
    canvas_cut(c, area.row, area.col + GUTTER, label, STYLE_TITLE, sv_of(field->label));
    draw_value(field, i == f->cursor, c, area.row, col, area.col + area.cols - col);
    if (field->kind == FORM_LIST) {
        below.rows -= help_lines(f, i, area.cols) + canvas_lines(sv_of(field->fault), below.cols);
        below.row += draw_list(field, i == f->cursor, c, below);
        below.rows = area.row + area.rows - below.row;
    }
    if (field->fault[0] != '\0')
        below.row += canvas_wrap(c, below, STYLE_BAD, sv_of(field->fault));
    below.rows = area.row + area.rows - below.row;
    if (i == f->cursor)
        below.row += canvas_wrap(c, below, STYLE_DIM, help_of(field));
    return below.row - area.row;
}

void form_draw(const struct form *f, struct canvas *c, struct rect area)
{
    int i = f->count > 0 ? first_shown(f, area) : 0;

    while (i < f->count && area.rows > 0) {
        int used = draw_field(f, i++, c, area);

        area.row += used;
        area.rows -= used;
    }
}
