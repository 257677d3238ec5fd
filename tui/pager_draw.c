/* Painting: a row is cut into runs of one style at the edges of spans and matches, and never
 * between a character and the marks that join it. */
#include "tui/pager_parts.h"

struct brush {
    const struct pager *p;
    const struct pager_line *line;
    size_t span; /* the first that does not end before the place */
    size_t match_start;
    size_t match_end; /* 0 = not looked for yet; SIZE_MAX with the start = no more */
};

static void find_match(struct brush *b, size_t at)
{
    if (!b->p->has_pattern) {
        b->match_start = b->match_end = SIZE_MAX;
        return;
    }
    while (b->match_end <= at) {
        if (!pager_find(b->p, b->line->text, b->match_end, &b->match_start, &b->match_end))
            b->match_start = b->match_end = SIZE_MAX;
    }
}

static size_t sooner(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The end of the run that begins at this byte, and its style. */
static size_t run_end(struct brush *b, size_t at, size_t end, enum style *style)
{
    const struct pager_line *line = b->line;
    size_t edge = end;

    *style = line->style;
    while (b->span < line->span_count &&
           line->spans[b->span].start + line->spans[b->span].len <= at)
        b->span++;
    if (b->span < line->span_count) {
        const struct pager_span *span = &line->spans[b->span];

        if (span->start <= at)
            *style = span->style;
        edge = sooner(edge, span->start <= at ? span->start + span->len : span->start);
    }
    find_match(b, at);
    if (b->match_start <= at)
        *style = STYLE_EDIT;
    edge = sooner(edge, b->match_start <= at ? b->match_end : b->match_start);
    while (at < edge)
        at = edge < end ? pager_step(line->text, at) : end;
    return at;
}

static void draw_row(struct brush *b, size_t from, size_t to, struct canvas *c, struct rect row)
{
    int col = 0;

    while (from < to && col < row.cols) {
        enum style style;
        size_t end = run_end(b, from, to, &style);

        col += canvas_text(c, row.row, row.col + col, row.cols - col, style,
                           sv_make(b->line->text.ptr + from, end - from));
        from = end;
    }
}

/* Without wrapping: the part behind p->left, with a sign in the margin where there is more. */
static void draw_unwrapped(struct brush *b, struct canvas *c, struct rect row)
{
    struct sv text = b->line->text;
    size_t from = 0;
    int skipped = 0;

    while (from < text.len && skipped < b->p->left) {
        size_t next = pager_step(text, from);

        skipped += text_width(sv_make(text.ptr + from, next - from));
        from = next;
    }
    if (from > 0 && text.len > 0)
        canvas_text(c, row.row, row.col - 1, 1, STYLE_DIM, SV("~"));
    if (skipped > b->p->left) { /* half of a wide one: blank */
        row.col += skipped - b->p->left;
        row.cols -= skipped - b->p->left;
    }
    draw_row(b, from, text.len, c, row);
    if (text.len - from > (size_t)row.cols && text_width(sv_drop(text, from)) > row.cols)
        canvas_text(c, row.row, row.col + row.cols, 1, STYLE_DIM, SV("~"));
}

/* Returns the rows used. */
static int draw_line(const struct pager *p, size_t index, int skipped, struct canvas *c,
                     struct rect area)
{
    struct brush b = {.p = p, .line = &p->lines[index]};
    struct rect row = {area.row, area.col + 1, 1, area.cols - 2};
    size_t from = 0;

    if (!p->is_wrapped) {
        draw_unwrapped(&b, c, row);
        row.row++;
    }
    for (int i = 0; p->is_wrapped && row.row < area.row + area.rows; i++) {
        size_t to = pager_row_end(p, b.line, from);

        int indent = pager_indent(p, b.line, from);

        if (i >= skipped)
            draw_row(&b, from, to, c,
                     (struct rect){row.row++, row.col + indent, 1, row.cols - indent});
        from = to;
        if (from >= b.line->text.len)
            break;
    }
    if (index == p->match)
        canvas_text(c, area.row, area.col, 1, STYLE_CURSOR, SV(">"));
    return row.row - area.row;
}

void pager_draw(const struct pager *p, struct canvas *c, struct rect area)
{
    int skipped = p->top_row;

    for (size_t i = p->top; i < p->count && area.rows > 0; i++) {
        int used = draw_line(p, i, skipped, c, area);

        area.row += used;
        area.rows -= used;
        skipped = 0;
    }
}
