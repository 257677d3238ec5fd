#include "screens/page_lines.h"

static const enum style styles[] = {
    [PAGE_PLAIN] = STYLE_PLAIN, [PAGE_TITLE] = STYLE_TITLE, [PAGE_DIM] = STYLE_DIM,
    [PAGE_GOOD] = STYLE_GOOD,   [PAGE_BUSY] = STYLE_BUSY,   [PAGE_ATTENTION] = STYLE_ATTENTION,
    [PAGE_BAD] = STYLE_BAD,
};
_Static_assert(ARRAY_LEN(styles) == PAGE_TONES, "one style per tone");

enum err_code page_to_pager(void *owner, const struct page_line *line, struct err *err)
{
    struct pager *pager = owner;
    const struct pager_span span = {line->start, line->len, styles[line->tone]};
    enum err_code rc;

    if (line->text.len == 0)
        return pager_add(pager, STYLE_PLAIN, SV(""), err);
    rc = pager_add_spans(pager, line->text, &span, line->len > 0, STYLE_PLAIN, err);
    if (rc == ERR_OK)
        pager_hang(pager, line->hang);
    return rc;
}

/* The rows of a line that wraps are cut by width, so its tone ends with its first row, unless it is
 * the whole line's. */
enum err_code page_to_canvas(void *owner, const struct page_line *line, struct err *err)
{
    struct page_paint *p = owner;
    enum style style = styles[line->tone];
    bool is_whole = line->start == 0 && line->len == line->text.len;
    struct sv rest = line->text;
    bool is_first = true;

    (void)err;
    do {
        int hang = is_first || line->hang >= p->area.cols / 2 ? 0 : line->hang;
        int row = p->area.row + p->used;
        int cols = p->area.cols - hang;
        struct sv text = canvas_take_line(&rest, cols);

        if (p->used == p->area.rows) {
            p->is_full = true;
            return ERR_OK;
        }
        canvas_text(p->canvas, row, p->area.col + hang, cols, is_whole ? style : STYLE_PLAIN, text);
        if (is_first && !is_whole && line->len > 0 && line->start < text.len)
            canvas_text(p->canvas, row, p->area.col + hang + text_width(sv_take(text, line->start)),
                        cols - text_width(sv_take(text, line->start)), style,
                        sv_take(sv_drop(text, line->start), line->len));
        p->used++;
        is_first = false;
    } while (rest.len > 0);
    return ERR_OK;
}

enum err_code page_to_text(void *owner, const struct page_line *line, struct err *err)
{
    struct sb *out = owner;
    enum err_code rc = sb_add_safe(out, line->text, err);

    return rc ? rc : sb_addc(out, '\n', err);
}
