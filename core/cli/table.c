#include "core/cli/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { RAW_CAP = 1 << 20, BLOCK_CAP = 32 << 20, CELLS_DEFAULT = 80, CELLS_LEAST = 20 };

static int terminal_cells(void)
{
    struct winsize size;
    int64_t columns;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col < CELLS_LEAST ? CELLS_LEAST : size.ws_col;
    if (sv_to_int(sv_of(getenv("COLUMNS")), &columns) && columns >= CELLS_LEAST && columns < 10000)
        return (int)columns;
    return CELLS_DEFAULT;
}

int table_cells(void)
{
    return isatty(STDOUT_FILENO) ? terminal_cells() : 0;
}

void table_options_detect(bool is_ascii, bool is_plain, struct table_options *out)
{
    bool is_terminal = isatty(STDOUT_FILENO) != 0;
    const char *no_colour = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    *out = (struct table_options){.kind = TABLE_WHOLE};
    out->is_utf8 = !is_ascii && text_is_utf8();
    out->is_7bit = is_ascii || (is_terminal && !out->is_utf8);
    if (is_plain) {
        out->kind = TABLE_PLAIN;
        return;
    }
    if (!is_terminal)
        return;
    out->kind = TABLE_FITTED;
    out->cells = terminal_cells();
    out->has_colour = (no_colour == NULL || no_colour[0] == '\0') && term != NULL &&
                      term[0] != '\0' && strcmp(term, "dumb") != 0;
}

void table_init(struct table *t, const struct view *view, const struct table_options *options,
                struct out *out)
{
    t->view = view;
    t->options = *options;
    t->out = out;
    t->rows = 0;
    t->total = 0;
    sb_init(&t->raw, RAW_CAP);
    sb_init(&t->block, BLOCK_CAP);
    for (size_t i = 0; i < view->column_count; i++)
        t->widths[i] = options->kind == TABLE_WHOLE ? (int)strlen(view->columns[i].title) : 0;
    if (options->kind == TABLE_FITTED)
        view_layout(view, options->cells, t->widths);
}

void table_release(struct table *t)
{
    sb_release(&t->raw);
    sb_release(&t->block);
}

/* ---- cells ---- */

static enum err_code add_7bit(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && !rc) {
        uint32_t c = utf8_next(&text);

        rc = sb_addc(out, c >= 0x20 && c < 0x7f ? (char)c : '?', err);
    }
    return rc;
}

static enum err_code add_safe(struct table *t, struct sv text, struct err *err)
{
    return t->options.is_7bit ? add_7bit(&t->block, text, err) : sb_add_safe(&t->block, text, err);
}

/* Add text, cut to max cells with a '~' as its last. *width is what it took. */
static enum err_code add_cut(struct table *t, struct sv text, int max, int *width, struct err *err)
{
    struct sv rest = text;
    int cells = 0;
    enum err_code rc;

    while (rest.len > 0) {
        struct sv after = rest;
        int wide = text_char_width(text_safe(utf8_next(&after)));

        if (cells + wide > max - 1)
            break;
        cells += wide;
        rest = after;
    }
    *width = cells + 1;
    rc = add_safe(t, sv_take(text, text.len - rest.len), err);
    return rc ? rc : sb_addc(&t->block, '~', err);
}

/* max 0 does not cut. Most cells are plain and short: they are written where they stay. */
static enum err_code add_cell(struct table *t, const struct column *column,
                              const struct pipeline_row *row, int max, struct table_cell *cell,
                              struct err *err)
{
    struct view_look look = {.now_ms = t->options.now_ms,
                             .is_utf8 = t->options.is_utf8,
                             .is_wide = t->options.kind != TABLE_FITTED};
    size_t before = t->block.len;
    enum err_code rc = column->write(row, &look, &t->block, err);
    struct sv text = sv_drop(sb_sv(&t->block), before);

    bool is_plain = text_is_plain(text);

    cell->width = is_plain ? (int)text.len : text_width(text);
    cell->len = (uint32_t)text.len;
    if (rc || (is_plain && (max == 0 || cell->width <= max)))
        return rc;
    sb_clear(&t->raw);
    rc = sb_add(&t->raw, text, err);
    t->block.len = before;
    text = sb_sv(&t->raw);
    if (rc == ERR_OK)
        rc = max == 0 || cell->width <= max ? add_safe(t, text, err)
                                            : add_cut(t, text, max, &cell->width, err);
    cell->len = (uint32_t)(t->block.len - before);
    return rc;
}

/* ---- lines ---- */

static const char *colour(enum status status)
{
    switch (status_kind(status)) {
    case STATUS_KIND_QUIET:
        return "2";
    case STATUS_KIND_GOOD:
        return "32";
    case STATUS_KIND_BUSY:
        return "36";
    case STATUS_KIND_ATTENTION:
        return "33";
    case STATUS_KIND_BAD:
        return "1;31";
    }
    return "0";
}

static enum err_code pad(struct sb *out, int cells, struct err *err)
{
    static const char blanks[] = "                                                                ";

    while (cells > 0) {
        int n = cells < (int)sizeof blanks - 1 ? cells : (int)sizeof blanks - 1;
        enum err_code rc = sb_add(out, sv_make(blanks, (size_t)n), err);

        if (rc)
            return rc;
        cells -= n;
    }
    return ERR_OK;
}

/* Blanks wait in *gap until something follows, so that no line ends in them. */
static enum err_code put_cell(struct table *t, struct sv text, int width, int column_width,
                              const char *sgr, int *gap, struct err *err)
{
    struct sb *out = &t->out->text;
    enum err_code rc = ERR_OK;

    if (text.len > 0) {
        rc = pad(out, *gap, err);
        *gap = 0;
        if (rc == ERR_OK && sgr != NULL)
            rc = sb_addf(out, err, "\033[%sm" SV_FMT "\033[0m", sgr, SV_ARG(text));
        else if (rc == ERR_OK)
            rc = sb_add(out, text, err);
    }
    *gap += column_width - (text.len > 0 ? width : 0) + 1;
    return rc;
}

static enum err_code put_heading(struct table *t, struct err *err)
{
    int gap = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < t->view->column_count && !rc; i++) {
        struct sv title = sv_of(t->view->columns[i].title);

        if (t->widths[i] == 0)
            continue;
        title = sv_take(title, (size_t)t->widths[i]);
        rc = put_cell(t, title, (int)title.len, t->widths[i], t->options.has_colour ? "1" : NULL,
                      &gap, err);
    }
    return rc ? rc : sb_addc(&t->out->text, '\n', err);
}

static enum err_code put_row(struct table *t, size_t at, struct sv *rest, struct err *err)
{
    int gap = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < t->view->column_count && !rc; i++) {
        const struct table_cell *cell = &t->cells[at][i];
        bool is_coloured = t->options.has_colour && t->view->columns[i].shows_status;

        if (t->widths[i] == 0)
            continue;
        rc = put_cell(t, sv_take(*rest, cell->len), cell->width, t->widths[i],
                      is_coloured ? colour(t->statuses[at]) : NULL, &gap, err);
        *rest = sv_drop(*rest, cell->len);
    }
    return rc ? rc : sb_addc(&t->out->text, '\n', err);
}

static enum err_code put_block(struct table *t, struct err *err)
{
    struct sv rest = sb_sv(&t->block);
    enum err_code rc = t->total == 0 ? put_heading(t, err) : ERR_OK;

    for (size_t i = 0; i < t->rows && !rc; i++)
        rc = put_row(t, i, &rest, err);
    t->total += t->rows;
    t->rows = 0;
    sb_clear(&t->block);
    return rc ? rc : out_spill(t->out, err);
}

static enum err_code plain_row(struct table *t, const struct pipeline_row *row, struct err *err)
{
    struct table_cell cell;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < t->view->column_count && !rc; i++) {
        rc = i == 0 ? ERR_OK : sb_addc(&t->block, '\t', err);
        if (rc == ERR_OK)
            rc = add_cell(t, &t->view->columns[i], row, 0, &cell, err);
    }
    if (rc == ERR_OK)
        rc = sb_addc(&t->block, '\n', err);
    if (rc == ERR_OK)
        rc = sb_add(&t->out->text, sb_sv(&t->block), err);
    sb_clear(&t->block);
    t->total++;
    return rc ? rc : out_spill(t->out, err);
}

enum err_code table_row(struct table *t, const struct pipeline_row *row, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (t->options.kind == TABLE_PLAIN)
        return plain_row(t, row, err);
    for (size_t i = 0; i < t->view->column_count && !rc; i++) {
        struct table_cell *cell = &t->cells[t->rows][i];
        int max = t->options.kind == TABLE_FITTED ? t->widths[i] : 0;

        if (t->widths[i] == 0)
            continue;
        rc = add_cell(t, &t->view->columns[i], row, max, cell, err);
        if (rc == ERR_OK && t->options.kind == TABLE_WHOLE && cell->width > t->widths[i])
            t->widths[i] = cell->width;
    }
    t->statuses[t->rows++] = row->status;
    if (rc == ERR_OK && t->rows == TABLE_BLOCK)
        rc = put_block(t, err);
    return rc;
}

enum err_code table_end(struct table *t, struct err *err)
{
    return t->rows > 0 ? put_block(t, err) : ERR_OK;
}
