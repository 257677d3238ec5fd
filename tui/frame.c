#include "tui/frame.h"

#include "core/views/age.h"
#include "tui/console.h"
#include "tui/denials.h"

/* header, crumbs, body, flash (two lines for a long sentence), hints */
enum { LINES_ABOVE = 2, LINES_BELOW = 2, WORDS_WIDTH = 76, CRUMB_CELLS = 28, KEY_SIZE = 24 };

/* What was just said wins; else what is wrong with a context stays in sight. */
static struct sv flash_of(const struct console *c)
{
    return sv_of(c->flash[0] != '\0' ? c->flash : c->header.error);
}

static int flash_lines(const struct console *c)
{
    return text_width(flash_of(c)) > c->cols - 2 ? 2 : 1;
}

/* Only the board has room for it, and only where enough of the board is left. */
static int digest_lines(const struct console *c)
{
    int most = (c->rows - LINES_ABOVE - LINES_BELOW) / 3;
    int lines = (int)c->digest.line_count + 1;

    if (c->digest.since_ms == 0 || c->depth > 1)
        return 0;
    return lines > most ? most : lines;
}

struct rect frame_body(const struct console *c)
{
    int above = LINES_ABOVE + digest_lines(c);
    int rows = c->rows - above - LINES_BELOW - flash_lines(c) + 1;

    return (struct rect){above, 0, rows > 0 ? rows : 0, c->cols};
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

static int draw_total(const struct console *c, struct canvas *canvas, int row, int right)
{
    bool is_filtered = console_top(c)->filter.len > 0;
    char total[96];
    int width;

    if (is_filtered && c->facts.is_filterable)
        snprintf(total, sizeof total, "%lld%s found", (long long)c->facts.matches,
                 c->facts.has_more_matches ? "+" : "");
    else
        snprintf(total, sizeof total, "%lld%s", (long long)c->counts.total,
                 canvas->cols >= WORDS_WIDTH ? " in all" : "");
    width = text_width(sv_of(total));
    canvas_text(canvas, row, right - width, width, STYLE_PLAIN, sv_of(total));
    return right - width;
}

/* How everything stands now: not beside a board of the past. */
static int draw_counts(const struct console *c, struct canvas *canvas, int row)
{
    const int64_t *n = c->counts.by_status;
    int right = canvas->cols - 1;
    int width = text_width(sv_of(c->facts.banner));

    if (width > 0) {
        canvas_text(canvas, row, right - width, width, STYLE_ATTENTION, sv_of(c->facts.banner));
        return right - width;
    }
    right -= count_width(c, canvas, row, right, STATUS_IN_PROGRESS,
                         n[STATUS_IN_PROGRESS] + n[STATUS_STOPPING], "running");
    right -= count_width(c, canvas, row, right, STATUS_WAITING, c->approvals, "waiting");
    right -= count_width(c, canvas, row, right, STATUS_FAILED, n[STATUS_FAILED] + n[STATUS_ERRORED],
                         "failed");
    return draw_total(c, canvas, row, right);
}

static struct sv crumb_of(const struct console *c, int level)
{
    const struct opened *o = &c->stack[level];

    if (level == c->depth - 1 && c->facts.crumb[0] != '\0')
        return sv_of(c->facts.crumb);
    return o->target.name[0] != '\0' ? sv_of(o->target.name) : sv_of(o->screen->title);
}

/* Where one came from, as far as there is room: the nearest screens are shown. */
static int draw_path(const struct console *c, struct canvas *canvas, int row, int right)
{
    int first = c->depth - 1;
    int room = right - 1 - text_width(crumb_of(c, first));
    int col = 1;

    while (first > 0) {
        int width = text_width(crumb_of(c, first - 1));

        width = (width > CRUMB_CELLS ? CRUMB_CELLS : width) + 3;
        if (width > room)
            break;
        room -= width;
        first--;
    }
    for (int i = first; i < c->depth; i++) {
        bool is_last = i == c->depth - 1;
        int most = is_last ? right - col : CRUMB_CELLS;

        col +=
            canvas_cut(canvas, row, col, most, is_last ? STYLE_TITLE : STYLE_DIM, crumb_of(c, i));
        if (!is_last)
            col += canvas_text(canvas, row, col, right - col, STYLE_DIM, SV(" > "));
    }
    return col;
}

/* What runs while one looks at something else. */
static int draw_job(const struct console *c, struct canvas *canvas, int row, int right)
{
    const struct work *work = c->options.work;
    char text[48];
    int width;

    if (!work_runs(work) || strcmp(console_top(c)->screen->name, "act") == 0)
        return right;
    snprintf(text, sizeof text, "job %zu/%zu", work->act->job.at + 1, work->act->job.step_count);
    width = text_width(sv_of(text));
    canvas_text(canvas, row, right - width, width, STYLE_BUSY, sv_of(text));
    return right - width - 2;
}

static void draw_crumbs(const struct console *c, struct canvas *canvas, int row)
{
    const struct opened *o = console_top(c);
    int right = draw_job(c, canvas, row, draw_counts(c, canvas, row) - 2);
    int col = draw_path(c, canvas, row, right);

    if (c->facts.order != NULL) {
        col += canvas_cut(canvas, row, col, right - col, STYLE_DIM, SV("  by "));
        col += canvas_cut(canvas, row, col, right - col, STYLE_DIM, sv_of(c->facts.order));
        if (c->facts.is_reversed)
            col += canvas_cut(canvas, row, col, right - col, STYLE_DIM, SV(", reversed"));
    }
    if (o->filter.len > 0) {
        col += 2;
        col += canvas_cut(canvas, row, col, right - col, STYLE_ATTENTION, SV("/"));
        canvas_cut(canvas, row, col, right - col, STYLE_ATTENTION, edit_text(&o->filter));
    }
}

static void draw_flash(const struct console *c, struct canvas *canvas, int row)
{
    enum style style = c->flash[0] != '\0' ? c->flash_style : STYLE_BAD;
    int lines = flash_lines(c);

    canvas_wrap(canvas, (struct rect){row - lines + 1, 1, lines, canvas->cols - 2}, style,
                flash_of(c));
}

static int draw_hint(struct canvas *canvas, int row, int col, int right, struct sv key,
                     struct sv word)
{
    if (key.len == 0 || text_width(key) + 1 + text_width(word) > right - col)
        return col;
    col += canvas_text(canvas, row, col, right - col, STYLE_KEY, key) + 1;
    return col + canvas_text(canvas, row, col, right - col, STYLE_PLAIN, word) + 2;
}

/* Bytes and calls in thousands at most a second old. */
static int draw_meter(const struct console *c, struct canvas *canvas, int row)
{
    const struct meter *m = &c->meter;
    char text[160];
    int width;

    if (!m->is_shown)
        return canvas->cols - 1;
    snprintf(text, sizeof text, "%s%.1f kB in %llu frames, %llu dropped; AWS %llu calls, %d open",
             m->is_slow ? "slow " : "", (double)m->bytes / 1000, (unsigned long long)m->frames,
             (unsigned long long)m->frames_dropped, (unsigned long long)m->requests, m->running);
    width = text_width(sv_of(text));
    if (width > canvas->cols - 2)
        width = canvas->cols - 2;
    canvas_cut(canvas, row, canvas->cols - 1 - width, width, STYLE_DIM, sv_of(text));
    return canvas->cols - 2 - width;
}

struct hint {
    char key[KEY_SIZE];
    const char *word;
    bool is_dim; /* its key does nothing now, and says why */
};

static struct hint hint_of(const struct console *c, enum command command, const char *word)
{
    struct hint hint = {.word = word, .is_dim = denials_dim(c, command)};

    keymap_key(&c->keymap, command, hint.key);
    return hint;
}

/* What cannot be done is in brackets, for who sees no difference of brightness. */
static int draw_dim_hint(struct canvas *canvas, int row, int col, int right,
                         const struct hint *hint)
{
    char text[KEY_SIZE + 64];

    snprintf(text, sizeof text, "(%s %s)", hint->key, hint->word);
    if (hint->key[0] == '\0' || text_width(sv_of(text)) > right - col)
        return col;
    return col + canvas_text(canvas, row, col, right - col, STYLE_DIM, sv_of(text)) + 2;
}

static int hint_width(const struct hint *hint)
{
    return text_width(sv_of(hint->key)) + 1 + text_width(sv_of(hint->word)) + 2;
}

static bool is_hinted(const struct opened *o, const struct screen_command *k)
{
    return k->hint != NULL && (o->screen->fits == NULL || o->screen->fits(o->state, k->command));
}

static void draw_keys(const struct console *c, struct canvas *canvas, int row)
{
    int right = draw_meter(c, canvas, row);
    int col = 1;

    for (const struct key_hint *k = c->facts.keys; k->key != NULL; k++)
        col = draw_hint(canvas, row, col, right, sv_of(k->key), sv_of(k->word));
}

/* The screen's commands in its own order as far as they fit, then those that help everywhere. */
static void draw_hints(const struct console *c, struct canvas *canvas, int row)
{
    const struct hint everywhere[] = {
        hint_of(c, CMD_PALETTE, "command"),
        hint_of(c, CMD_HELP, "help"),
        hint_of(c, CMD_LEAVE, c->depth == 1 ? "quit" : "back"),
    };
    int right = draw_meter(c, canvas, row);
    int room = right;
    int col = 1;

    for (size_t i = 0; i < ARRAY_LEN(everywhere); i++)
        room -= hint_width(&everywhere[i]);
    for (const struct screen_command *k = console_top(c)->screen->commands; k->command != CMD_NONE;
         k++) {
        if (is_hinted(console_top(c), k)) {
            struct hint hint = hint_of(c, k->command, k->hint);

            col = hint.is_dim
                      ? draw_dim_hint(canvas, row, col, room, &hint)
                      : draw_hint(canvas, row, col, room, sv_of(hint.key), sv_of(hint.word));
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(everywhere); i++)
        col =
            draw_hint(canvas, row, col, right, sv_of(everywhere[i].key), sv_of(everywhere[i].word));
}

static void draw_filter(const struct console *c, struct canvas *canvas, int row)
{
    int right = canvas->cols - 1;
    int col = 1;

    col += canvas_text(canvas, row, col, 1, STYLE_KEY, SV("/"));
    col += edit_draw(&console_top(c)->filter, canvas, row, col, canvas->cols / 2) + 2;
    col = draw_hint(canvas, row, col, right, SV("Enter"), SV("keep"));
    col = draw_hint(canvas, row, col, right, SV("Esc"), SV("clear"));
    if (console_top(c)->screen->fields != NULL)
        draw_hint(canvas, row, col, right, SV("!not ~fuzzy field:text"), SV(""));
}

static int digest_title(const struct console *c, char *out, size_t size)
{
    const struct digest *d = &c->digest;
    const struct {
        size_t count;
        const char *word;
    } parts[] = {{d->changed, "changed"},
                 {d->failed, "failed"},
                 {d->waiting, "wait"},
                 {d->running, "run"},
                 {d->succeeded, "OK"}};
    char age[AGE_SIZE];
    int len = snprintf(
        out, size, "While you were away (%s):", duration_text(c->look.now_ms - d->since_ms, age));

    for (size_t i = 0; i < ARRAY_LEN(parts) && len >= 0 && (size_t)len < size; i++) {
        if (parts[i].count > 0)
            len += snprintf(out + len, size - (size_t)len, "%s %zu %s", i > 0 ? "," : "",
                            parts[i].count, parts[i].word);
    }
    return text_width(sv_of(out));
}

static int digest_name_cols(const struct digest *d, int lines, int most)
{
    int cols = 0;

    for (int i = 0; i < lines; i++) {
        int width = text_width(d->lines[i].id.name);

        cols = width > cols ? width : cols;
    }
    return cols < most ? cols : most;
}

static void draw_digest(const struct console *c, struct canvas *canvas, int row)
{
    enum { WORD_COL = 3, NAME_COL = 8 };
    const struct digest *d = &c->digest;
    int lines = digest_lines(c);
    int col = NAME_COL;
    int right = canvas->cols - 1;
    char text[256];

    if (lines == 0)
        return;
    draw_hint(canvas, row, 1 + digest_title(c, text, sizeof text) + 2, right, SV("Esc"),
              SV("closes"));
    canvas_cut(canvas, row, 1, right - 1, STYLE_TITLE, sv_of(text));
    col += digest_name_cols(d, lines - 1, canvas->cols / 2 - NAME_COL) + 1;
    for (int i = 0; i + 1 < lines; i++) {
        const struct digest_line *line = &d->lines[i];

        canvas_text(canvas, ++row, WORD_COL, NAME_COL - WORD_COL, style_of_status(line->status),
                    sv_of(status_word(line->status)));
        canvas_cut(canvas, row, NAME_COL, col - NAME_COL - 1, STYLE_PLAIN, line->id.name);
        canvas_cut(canvas, row, col, right - col, STYLE_DIM, line->summary);
    }
}

void frame_draw(const struct console *c, struct canvas *canvas)
{
    header_draw(&c->header, &c->look, canvas, 0);
    draw_crumbs(c, canvas, 1);
    draw_digest(c, canvas, LINES_ABOVE);
    draw_flash(c, canvas, canvas->rows - 2);
    if (c->overlay == OVERLAY_FILTER)
        draw_filter(c, canvas, canvas->rows - 1);
    else if (c->overlay != OVERLAY_PALETTE && c->facts.keys != NULL)
        draw_keys(c, canvas, canvas->rows - 1);
    else if (c->overlay != OVERLAY_PALETTE)
        draw_hints(c, canvas, canvas->rows - 1);
}

void frame_draw_overlay(const struct console *c, struct canvas *canvas)
{
    struct rect body = frame_body(c);

    switch (c->overlay) {
    case OVERLAY_PALETTE:
        palette_draw(&c->palette, canvas,
                     (struct rect){body.row, 0, canvas->rows - body.row, canvas->cols});
        break;
    case OVERLAY_MENU:
        menu_draw(&c->menu, canvas, body);
        break;
    case OVERLAY_DIALOG:
        dialog_draw(&c->dialog, canvas, body);
        break;
    case OVERLAY_FILTER:
    case OVERLAY_NONE:
        break;
    }
}

void frame_draw_small(const struct console *c, struct canvas *canvas)
{
    char text[64];

    snprintf(text, sizeof text, "need %dx%d, have %dx%d", CONSOLE_COLS_LEAST, CONSOLE_ROWS_LEAST,
             c->cols, c->rows);
    canvas_cut(canvas, 0, 0, canvas->cols, STYLE_PLAIN, sv_of(text));
}
