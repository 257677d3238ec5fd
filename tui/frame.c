#include "tui/frame.h"

#include "tui/console.h"

/* header, crumbs, body, flash (two lines for a long sentence), hints */
enum { LINES_ABOVE = 2, LINES_BELOW = 2, WORDS_WIDTH = 76 };

/* What was just said wins; else what is wrong with a context stays in sight. */
static struct sv flash_of(const struct console *c)
{
    return sv_of(c->flash[0] != '\0' ? c->flash : c->header.error);
}

static int flash_lines(const struct console *c)
{
    return text_width(flash_of(c)) > c->cols - 2 ? 2 : 1;
}

struct rect frame_body(const struct console *c)
{
    int rows = c->rows - LINES_ABOVE - LINES_BELOW - flash_lines(c) + 1;

    return (struct rect){LINES_ABOVE, 0, rows > 0 ? rows : 0, c->cols};
}

/* A count with its word where there is room, with its glyph where not; nothing for zero. */
static int count_width(const struct console *c, struct canvas *canvas, int row, int right,
                       enum status status, int64_t count, const char *word)
{
    enum style style = style_of_status(status);
    char ascii[2] = {status_ascii(status), '\0'};
    char text[64];
    int width;

    if (count == 0)
        return 0;
    if (canvas->cols >= WORDS_WIDTH)
        snprintf(text, sizeof text, "%lld %s", (long long)count, word);
    else
        snprintf(text, sizeof text, "%lld%s", (long long)count,
                 c->look.is_utf8 ? status_glyph(status) : ascii);
    width = text_width(sv_of(text));
    canvas_text(canvas, row, right - width, width, style, sv_of(text));
    return width + 2;
}

static int draw_counts(const struct console *c, struct canvas *canvas, int row)
{
    const int64_t *n = c->counts.by_status;
    int right = canvas->cols - 1;
    char total[64];
    int width;

    right -= count_width(c, canvas, row, right, STATUS_IN_PROGRESS,
                         n[STATUS_IN_PROGRESS] + n[STATUS_STOPPING], "running");
    right -= count_width(c, canvas, row, right, STATUS_WAITING, n[STATUS_WAITING], "waiting");
    right -= count_width(c, canvas, row, right, STATUS_FAILED, n[STATUS_FAILED] + n[STATUS_ERRORED],
                         "failed");
    if (c->filter.len > 0)
        snprintf(total, sizeof total, "%lld%s of %lld", (long long)c->facts.matches,
                 c->facts.has_more_matches ? "+" : "", (long long)c->counts.total);
    else
        snprintf(total, sizeof total, "%lld%s%s", (long long)c->counts.total,
                 c->has_more_counts ? "+" : "", canvas->cols >= WORDS_WIDTH ? " in all" : "");
    width = text_width(sv_of(total));
    canvas_text(canvas, row, right - width, width, STYLE_PLAIN, sv_of(total));
    return right - width;
}

static void draw_crumbs(const struct console *c, struct canvas *canvas, int row)
{
    int right = draw_counts(c, canvas, row) - 2;
    int col = 1;

    if (c->help.is_open) {
        canvas_cut(canvas, row, col, right - col, STYLE_TITLE, SV("Help"));
        return;
    }
    col += canvas_cut(canvas, row, col, right - col, STYLE_TITLE, sv_of(c->screen->title));
    if (c->facts.order != NULL) {
        col += canvas_cut(canvas, row, col, right - col, STYLE_DIM, SV("  by "));
        col += canvas_cut(canvas, row, col, right - col, STYLE_DIM, sv_of(c->facts.order));
        if (c->facts.is_reversed)
            col += canvas_cut(canvas, row, col, right - col, STYLE_DIM, SV(", reversed"));
    }
    if (c->filter.len > 0) {
        col += 2;
        col += canvas_cut(canvas, row, col, right - col, STYLE_ATTENTION, SV("/"));
        canvas_cut(canvas, row, col, right - col, STYLE_ATTENTION, edit_text(&c->filter));
    }
}

static void draw_flash(const struct console *c, struct canvas *canvas, int row)
{
    enum style style = c->flash[0] != '\0' ? c->flash_style : STYLE_BAD;
    int lines = flash_lines(c);

    canvas_wrap(canvas, (struct rect){row - lines + 1, 1, lines, canvas->cols - 2}, style,
                flash_of(c));
}

static int draw_hint(struct canvas *canvas, int row, int col, struct sv key, struct sv word)
{
    int room = canvas->cols - 1 - col;

    if (text_width(key) + 1 + text_width(word) > room)
        return col;
    col += canvas_text(canvas, row, col, room, STYLE_KEY, key) + 1;
    return col + canvas_text(canvas, row, col, room, STYLE_PLAIN, word) + 2;
}

static void draw_hints(const struct console *c, struct canvas *canvas, int row)
{
    int col = 1;

    if (c->is_editing && !c->help.is_open) {
        col += canvas_text(canvas, row, col, 1, STYLE_KEY, SV("/"));
        col += edit_draw(&c->filter, canvas, row, col, canvas->cols / 2) + 2;
        col = draw_hint(canvas, row, col, SV("Enter"), SV("keep"));
        draw_hint(canvas, row, col, SV("Esc"), SV("clear"));
        return;
    }
    if (c->help.is_open) {
        col = draw_hint(canvas, row, col, SV("j k"), SV("scroll"));
        draw_hint(canvas, row, col, SV("q"), SV("close"));
        return;
    }
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        const struct command_info *info = command_info((enum command)i);
        struct sv rest;

        if (info->hint[0] != '\0')
            col = draw_hint(canvas, row, col, sv_cut(sv_of(info->keys), ' ', &rest),
                            sv_of(info->hint));
    }
}

void frame_draw(const struct console *c, struct canvas *canvas)
{
    header_draw(&c->header, &c->look, canvas, 0);
    draw_crumbs(c, canvas, 1);
    draw_flash(c, canvas, canvas->rows - 2);
    draw_hints(c, canvas, canvas->rows - 1);
}

void frame_draw_small(const struct console *c, struct canvas *canvas)
{
    char text[64];

    snprintf(text, sizeof text, "need %dx%d, have %dx%d", CONSOLE_COLS_LEAST, CONSOLE_ROWS_LEAST,
             c->cols, c->rows);
    canvas_cut(canvas, 0, 0, canvas->cols, STYLE_PLAIN, sv_of(text));
}
