#include "screens/strip.h"

struct sv glyph_of(enum status status, const struct view_look *look)
{
#define ASCII_GLYPH(name, aws, word, glyph, ascii, rank, running, kind) [STATUS_##name] = {ascii},
    static const char letters[][2] = {STATUS_LIST(ASCII_GLYPH)};
#undef ASCII_GLYPH

    return sv_of(look->is_utf8 ? status_glyph(status) : letters[status]);
}

struct sv glyph_of_gate(const struct view_look *look)
{
    return look->is_utf8 ? SV("⊗") : SV("#");
}

static int mark_width(const struct stage_mark *mark)
{
    return mark->transition_enabled ? 1 : 2;
}

int strip_width(struct sv strip)
{
    struct stage_mark mark;
    int width = 0;

    while (stage_strip_next(&strip, &mark))
        width += mark_width(&mark);
    return width;
}

static int draw_mark(const struct stage_mark *mark, const struct view_look *look, struct canvas *c,
                     int row, int col)
{
    int gate = 0;

    if (!mark->transition_enabled)
        gate = canvas_text(c, row, col, 1, STYLE_ATTENTION, glyph_of_gate(look));
    return gate + canvas_text(c, row, col + gate, 1, style_of_status(mark->status),
                              glyph_of(mark->status, look));
}

void strip_draw(struct sv strip, const struct view_look *look, struct canvas *c, struct rect area)
{
    int left = strip_width(strip);
    int end = area.col + area.cols;
    struct sv rest = strip;
    struct stage_mark mark;
    bool is_cut =
        left > area.cols && stage_strip_next(&rest, &mark) && mark.status == STATUS_SUCCEEDED;

    if (is_cut)
        area.col += canvas_text(c, area.row, area.col, 1, STYLE_DIM, SV("~"));
    while (stage_strip_next(&strip, &mark)) {
        left -= mark_width(&mark);
        if (is_cut && mark.status == STATUS_SUCCEEDED && mark_width(&mark) + left > end - area.col)
            continue;
        is_cut = false;
        if (area.col + mark_width(&mark) + (left > 0) > end) {
            canvas_text(c, area.row, area.col, 1, STYLE_DIM, SV("~"));
            return;
        }
        area.col += draw_mark(&mark, look, c, area.row, area.col);
    }
}
