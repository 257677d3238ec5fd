#include "picture.h"

#include <vterm.h>

#include "core/base/mem.h"

enum { CELL_BYTES = 16 };

struct picture {
    VTerm *vt;
    VTermScreen *screen;
    int rows;
    int cols;
    char *text;
};

struct picture *picture_new(int rows, int cols)
{
    struct picture *p = mem_alloc(sizeof *p);

    if (p == NULL)
        bench_end("no memory", NULL);
    *p = (struct picture){.vt = vterm_new(rows, cols), .rows = rows, .cols = cols};
    p->text = mem_array((size_t)rows, (size_t)cols * CELL_BYTES + 1);
    if (p->vt == NULL || p->text == NULL)
        bench_end("no memory", NULL);
    vterm_set_utf8(p->vt, 1);
    p->screen = vterm_obtain_screen(p->vt);
    vterm_screen_enable_altscreen(p->screen, 1);
    vterm_screen_reset(p->screen, 1);
    return p;
}

void picture_free(struct picture *p)
{
    vterm_free(p->vt);
    mem_free(p->text);
    mem_free(p);
}

void picture_feed(struct picture *p, const char *bytes, size_t len)
{
    vterm_input_write(p->vt, bytes, len);
}

const char *picture_text(struct picture *p)
{
    size_t len = 0;

    for (int row = 0; row < p->rows; row++) {
        VTermRect line = {.start_row = row, .end_row = row + 1, .end_col = p->cols};

        len += vterm_screen_get_text(p->screen, p->text + len, (size_t)p->cols * CELL_BYTES, line);
        p->text[len++] = '\n';
    }
    p->text[len - 1] = '\0';
    return p->text;
}

int picture_cursor(struct picture *p)
{
    for (int i = 0; i < 2 * p->rows; i++) {
        VTermPos at = {.row = i / 2, .col = i % 2};
        VTermScreenCell cell;

        if (vterm_screen_get_cell(p->screen, at, &cell) && cell.chars[0] == '>')
            return at.row;
    }
    return -1;
}
