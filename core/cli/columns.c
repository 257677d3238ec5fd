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

enum err_code columns_print(const struct columns *c, struct sb *out, struct err *err)
{
    int widths[COLUMNS_MAX] = {0};
    enum err_code rc = c->is_short ? arena_err(&c->arena, err) : ERR_OK;

    for (size_t i = 0; i < c->used; i++) {
        int width = text_width(c->cells[i]);

        if (width > widths[i % c->count])
            widths[i % c->count] = width;
    }
    for (size_t i = 0; i < c->used && rc == ERR_OK; i++) {
        bool is_last = i % c->count == c->count - 1;
        int blanks = is_last ? 0 : widths[i % c->count] - text_width(c->cells[i]) + 2;

        rc = sb_add(out, c->cells[i], err);
        if (rc == ERR_OK)
            rc = is_last ? sb_addc(out, '\n', err) : sb_addf(out, err, "%*s", blanks, "");
    }
    return rc;
}
