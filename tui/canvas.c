#include "tui/canvas.h"

#include "core/base/mem.h"
#include "tui/rescue.h"

static const struct cell blank = {.ch = ' ', .style = STYLE_PLAIN, .width = 1};

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

void canvas_init(struct canvas *c, int rows, int cols, bool is_utf8)
{
    *c = (struct canvas){.is_utf8 = is_utf8};
    canvas_resize(c, rows, cols);
}

void canvas_release(struct canvas *c)
{
    mem_free(c->cells);
    *c = (struct canvas){.is_utf8 = c->is_utf8};
}

void canvas_resize(struct canvas *c, int rows, int cols)
{
    mem_free(c->cells);
    c->rows = clamp(rows, 0, CANVAS_ROWS_MAX);
    c->cols = clamp(cols, 0, CANVAS_COLS_MAX);
    c->cells = xarray((size_t)c->rows * (size_t)c->cols, sizeof *c->cells);
    canvas_clear(c);
}

void canvas_clear(struct canvas *c)
{
    for (int i = 0; i < c->rows * c->cols; i++)
        c->cells[i] = blank;
}

static struct cell *at(struct canvas *c, int row, int col)
{
    return &c->cells[row * c->cols + col];
}

/* Writing over one half of a wide character leaves no other half behind. */
static void unpair(struct canvas *c, int row, int col)
{
    struct cell *cell = at(c, row, col);

    if (cell->width == 0 && col > 0)
        *at(c, row, col - 1) = blank;
    else if (cell->width == 2 && col + 1 < c->cols)
        *at(c, row, col + 1) = blank;
}

static void put(struct canvas *c, int row, int col, enum style style, uint32_t ch, int width)
{
    for (int i = 0; i < width; i++) {
        unpair(c, row, col + i);
        *at(c, row, col + i) = (struct cell){
            .ch = i == 0 ? ch : 0, .style = (uint8_t)style, .width = (uint8_t)(i == 0 ? width : 0)};
    }
}

static void add_mark(struct cell *cell, uint32_t ch)
{
    for (int i = 0; i < CANVAS_MARKS; i++) {
        if (cell->marks[i] == 0) {
            cell->marks[i] = ch;
            return;
        }
    }
}

/* A stand-in is as wide as what it stands for, so text_width holds for both kinds of terminal. */
static void put_character(struct canvas *c, int row, int col, enum style style, uint32_t ch,
                          int width)
{
    if (c->is_utf8 || ch < 0x7f) {
        put(c, row, col, style, ch, width);
        return;
    }
    for (int i = 0; i < width; i++)
        put(c, row, col + i, style, '?', 1);
}

int canvas_text(struct canvas *c, int row, int col, int cols, enum style style, struct sv text)
{
    struct cell *last = NULL;
    int used = 0;

    if (row < 0 || row >= c->rows || col < 0)
        return 0;
    if (cols > c->cols - col)
        cols = c->cols - col;
    while (text.len > 0) {
        uint32_t ch = text_safe(utf8_next(&text));
        int width = text_char_width(ch);

        if (width == 0) {
            if (last != NULL && c->is_utf8)
                add_mark(last, ch);
            continue;
        }
        if (used + width > cols)
            break;
        put_character(c, row, col + used, style, ch, width);
        last = at(c, row, col + used);
        used += width;
    }
    return used;
}

int canvas_cut(struct canvas *c, int row, int col, int cols, enum style style, struct sv text)
{
    int used;

    if (cols <= 0)
        return 0;
    if (text_width(text) <= cols)
        return canvas_text(c, row, col, cols, style, text);
    used = canvas_text(c, row, col, cols - 1, style, text);
    return used + canvas_text(c, row, col + used, 1, style, SV("~"));
}

void canvas_right(struct canvas *c, int row, int col, int cols, enum style style, struct sv text)
{
    int width = text_width(text);

    if (width > cols)
        canvas_cut(c, row, col, cols, style, text);
    else
        canvas_text(c, row, col + cols - width, width, style, text);
}

/* The word that begins there would fit on a line of its own. */
static bool has_short_word(struct sv text, int cols)
{
    int width = 0;

    while (text.len > 0 && text.ptr[0] != ' ' && width <= cols)
        width += text_char_width(text_safe(utf8_next(&text)));
    return width <= cols;
}

/* A word that no line can hold, such as a path, is parted behind a slash where there is one. */
static size_t break_at(struct sv text, size_t space, size_t slash, int cols)
{
    if (space > 0 && (slash <= space || has_short_word(sv_drop(text, space + 1), cols)))
        return space;
    return slash;
}

struct sv canvas_take_line(struct sv *text, int cols)
{
    struct sv rest = *text;
    struct sv line = *text;
    size_t space = 0;
    size_t slash = 0; /* behind it */
    int width = 0;

    while (rest.len > 0) {
        size_t at = text->len - rest.len;
        uint32_t ch = text_safe(utf8_next(&rest));

        width += text_char_width(ch);
        if (ch == ' ')
            space = at;
        if (width <= cols && ch == '/')
            slash = text->len - rest.len;
        if (width <= cols)
            continue;
        space = break_at(*text, space, slash, cols);
        line = sv_take(*text, space > 0 ? space : at > 0 ? at : text->len - rest.len);
        break;
    }
    *text = sv_trim(sv_drop(*text, line.len));
    return line;
}

int canvas_wrap(struct canvas *c, struct rect area, enum style style, struct sv text)
{
    int used = 0;

    for (text = sv_trim(text); text.len > 0 && used < area.rows; used++) {
        bool is_last = used == area.rows - 1;
        struct sv line = is_last ? text : canvas_take_line(&text, area.cols);

        canvas_cut(c, area.row + used, area.col, area.cols, style, line);
        if (is_last)
            text = SV_NONE;
    }
    return used;
}

int canvas_lines(struct sv text, int cols)
{
    int lines = 0;

    for (text = sv_trim(text); text.len > 0; lines++)
        canvas_take_line(&text, cols);
    return lines;
}

void canvas_fill(struct canvas *c, struct rect area, enum style style)
{
    int last_row = clamp(area.row + area.rows, 0, c->rows);
    int last_col = clamp(area.col + area.cols, 0, c->cols);

    for (int row = clamp(area.row, 0, c->rows); row < last_row; row++) {
        for (int col = clamp(area.col, 0, c->cols); col < last_col; col++)
            put(c, row, col, style, ' ', 1);
    }
}

struct rect canvas_middle(struct rect area, int rows, int cols)
{
    rows = clamp(rows, 0, area.rows);
    cols = clamp(cols, 0, area.cols);
    return (struct rect){area.row + (area.rows - rows) / 2, area.col + (area.cols - cols) / 2, rows,
                         cols};
}

struct rect canvas_box(struct canvas *c, struct rect area, struct sv title, struct sv hint)
{
    const struct rect bar = {area.row, area.col, 1, area.cols};
    int last = area.row + area.rows - 1;
    int right = area.col + area.cols - 1;

    canvas_fill(c, area, STYLE_PLAIN);
    for (int row = area.row + 1; row < last; row++) {
        canvas_text(c, row, area.col, 1, STYLE_DIM, SV("|"));
        canvas_text(c, row, right, 1, STYLE_DIM, SV("|"));
    }
    for (int col = area.col; col <= right && last > area.row; col++) {
        bool is_corner = col == area.col || col == right;

        canvas_text(c, last, col, 1, STYLE_DIM, is_corner ? SV("+") : SV("-"));
    }
    canvas_fill(c, bar, STYLE_CURSOR);
    canvas_cut(c, area.row, area.col + 2, area.cols - 4, STYLE_CURSOR, title);
    canvas_cut(c, last, area.col + 2, area.cols - 4, STYLE_DIM, hint);
    return (struct rect){area.row + 1, area.col + 2, clamp(area.rows - 2, 0, area.rows),
                         clamp(area.cols - 4, 0, area.cols)};
}

const struct cell *canvas_cell(const struct canvas *c, int row, int col)
{
    return &c->cells[row * c->cols + col];
}

bool cell_eq(const struct cell *a, const struct cell *b)
{
    if (a->ch != b->ch || a->style != b->style || a->width != b->width)
        return false;
    return memcmp(a->marks, b->marks, sizeof a->marks) == 0;
}
