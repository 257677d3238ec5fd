/* Text on the canvas: whatever the text and however small the place, every cell holds a character
 * that may be shown, or the right half of a whole wide one. The first four bytes are the canvas's
 * size, its kind and the place. */
#include "core/base/mem.h"
#include "tui/canvas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cell(const struct canvas *c, int row, int col)
{
    const struct cell *cell = canvas_cell(c, row, col);

    if (cell->width == 0) {
        if (col == 0 || canvas_cell(c, row, col - 1)->width != 2)
            abort();
        return;
    }
    if (cell->ch < 0x20 || text_safe(cell->ch) != cell->ch ||
        text_char_width(cell->ch) != cell->width || (!c->is_utf8 && cell->ch > 0x7e))
        abort();
    if (cell->width == 2 && (col + 1 >= c->cols || canvas_cell(c, row, col + 1)->width != 0))
        abort();
    for (int i = 0; i < CANVAS_MARKS; i++) {
        if (cell->marks[i] != 0 &&
            (text_safe(cell->marks[i]) != cell->marks[i] || text_char_width(cell->marks[i]) != 0))
            abort();
    }
}

static void check(const struct canvas *c)
{
    for (int row = 0; row < c->rows; row++) {
        for (int col = 0; col < c->cols; col++)
            check_cell(c, row, col);
    }
}

static void check_used(int used, int cols)
{
    if (used < 0 || used > (cols < 0 ? 0 : cols))
        abort();
}

/* Each writes over what the one before left, at places that cut its wide characters. */
static void paint(struct canvas *c, int row, int col, int cols, struct sv text)
{
    struct rect area = {.row = row, .col = col, .rows = c->rows, .cols = cols};

    check_used(canvas_text(c, row, col, cols, STYLE_PLAIN, text), cols);
    check(c);
    check_used(canvas_cut(c, row, col + 1, cols, STYLE_BAD, text), cols);
    check(c);
    canvas_right(c, row, col, cols, STYLE_DIM, text);
    check(c);
    if (canvas_wrap(c, area, STYLE_GOOD, text) > area.rows)
        abort();
    check(c);
    canvas_fill(c, (struct rect){row, col + 1, 1, 1}, STYLE_CURSOR);
    check(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct canvas c;
    struct sv text;

    if (size < 4)
        return 0;
    text = sv_make((const char *)data + 4, size - 4);
    canvas_init(&c, data[0] & 7, data[1] & 31, (data[0] & 8) != 0);
    paint(&c, (data[0] >> 4) - 1, (data[2] & 31) - 1, (data[3] & 63) - 1, text);
    if (c.cols > 0 && canvas_lines(text, c.cols) < 0)
        abort();
    canvas_release(&c);
    return 0;
}
