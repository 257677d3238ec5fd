#include "core/cli/columns.h"

enum { TABLE_CAP = 64 << 20, CELL_CAP = 16 * 1024, TEXT_MAX = 2000 };

void columns_init(struct columns *c, const char *titles)
{
    struct sv rest = sv_of(titles);

    *c = (struct columns){.count = 1};
    arena_init(&c->arena, TABLE_CAP);
    for (size_t i = 0; i < rest.len; i++)
        c->count += rest.ptr[i] == '|';
    while (rest.ptr != NULL)
        columns_add(c, sv_cut(rest, '|', &rest));
}

void columns_release(struct columns *c)
{
    arena_release(&c->arena);
    *c = (struct columns){0};
}

static bool grow(struct columns *c)
{
    size_t size = c->size > 0 ? c->size * 2 : 128;
    struct sv *cells;

    if (c->used < c->size)
        return true;
    cells = arena_alloc(&c->arena, size, sizeof *cells);
    if (cells == NULL)
        return false;
    if (c->used > 0)
        memcpy(cells, c->cells, c->used * sizeof *cells);
    c->cells = cells;
    c->size = size;
    return true;
}

/* So many cells of the screen at most. */
static enum err_code add_cut(struct sv text, int most, struct sb *out)
{
    struct sv rest = text;
    int width = 0;

    if (text_width(text) <= most)
        return sb_add(out, text, NULL);
    while (rest.len > 0) {
        struct sv from = rest;
        uint32_t ch = utf8_next(&rest);

        width += text_char_width(ch);
        if (width > most - 1)
            break;
        if (sb_add(out, sv_take(from, from.len - rest.len), NULL))
            return ERR_LIMIT;
    }
    return sb_addc(out, '~', NULL);
}

void columns_add(struct columns *c, struct sv text)
{
    CLEANUP(sb_release) struct sb safe;
    CLEANUP(sb_release) struct sb cell;
    bool is_last = c->used % c->count == c->count - 1;
    struct sv copy;

    sb_init(&safe, CELL_CAP);
    sb_init(&cell, CELL_CAP);
    if (!grow(c) || sb_add_safe(&safe, text.len > 0 ? sv_take(text, TEXT_MAX) : SV("-"), NULL) ||
        add_cut(sb_sv(&safe), is_last ? TEXT_MAX : COLUMNS_CELL_MAX, &cell)) {
        c->is_short = true;
        return;
    }
    copy = arena_sv(&c->arena, sb_sv(&cell));
    c->is_short = c->is_short || copy.ptr == NULL;
    c->cells[c->used++] = copy;
}

/* ---- in so many cells ---- */

enum { GAP = 2 };

/* How wide the first ones are together, none wider than most. */
static int width_of(const int *widths, size_t count, int most)
{
    int sum = count > 0 ? GAP * ((int)count - 1) : 0;

    for (size_t i = 0; i < count; i++)
        sum += widths[i] < most ? widths[i] : most;
    return sum;
}

static int *widest(int *widths, size_t count)
{
    int *found = &widths[0];

    for (size_t i = 1; i < count; i++) {
        if (widths[i] > *found)
            found = &widths[i];
    }
    return found;
}

/* So many columns are shown. */
static size_t fit(int *widths, size_t count, int cells)
{
    if (cells <= 0)
        return count;
    while (count > 1 && width_of(widths, count, COLUMNS_CELL_LEAST) > cells)
        count--;
    while (width_of(widths, count, TEXT_MAX) > cells && *widest(widths, count) > 1)
        --*widest(widths, count);
    return count;
}

static enum err_code put_cell(const struct columns *c, size_t at, int width, bool is_last,
                              struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb cell;
    int blanks;
    enum err_code rc;

    sb_init(&cell, CELL_CAP);
    if (add_cut(c->cells[at], width, &cell))
        return err_set(err, ERR_LIMIT, "a cell of over %d bytes", CELL_CAP);
    blanks = width - text_width(sb_sv(&cell)) + GAP;
    rc = sb_add(out, sb_sv(&cell), err);
    return rc || is_last ? rc : sb_addf(out, err, "%*s", blanks, "");
}

enum err_code columns_print(const struct columns *c, int cells, struct sb *out, struct err *err)
{
    int widths[COLUMNS_MAX] = {0};
    enum err_code rc = c->is_short ? arena_err(&c->arena, err) : ERR_OK;
    size_t shown;

    for (size_t i = 0; i < c->used; i++) {
        int width = text_width(c->cells[i]);

        if (width > widths[i % c->count])
            widths[i % c->count] = width;
    }
    shown = fit(widths, c->count, cells);
    for (size_t row = 0; row < c->used; row += c->count) {
        for (size_t i = 0; i < shown && rc == ERR_OK; i++)
            rc = put_cell(c, row + i, widths[i], i + 1 == shown, out, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}
