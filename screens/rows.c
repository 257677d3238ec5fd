#include "screens/rows.h"

#include "core/model/hash.h"
#include "core/views/age.h"

enum { ARENA_CAP = 32 << 20, CELL_CAP = 16 * 1024, CELL_SHOWN = 1000 };

void rows_open(void *state, const struct target *target)
{
    struct rows *r = state;

    r->target = *target;
    arena_init(&r->arena, ARENA_CAP);
    r->is_open = true;
}

void rows_release(void *state)
{
    struct rows *r = state;

    if (r->is_open)
        arena_release(&r->arena);
}

int64_t rows_id(struct sv a, struct sv b, struct sv c)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, a);
    hash_sv(&h, b);
    hash_sv(&h, c);
    return (int64_t)(hash_done(&h) >> 1) + 1;
}

void rows_set(struct rows *r, const int64_t *ids, int count, int lines)
{
    bool was_at_top = r->table.top == 0;
    int line = table_line(&r->table);
    int index = r->table.index;

    r->ids = ids;
    r->count = count;
    r->table.lines = lines > 1 ? lines : 1;
    for (int i = 0; i < count; i++) {
        if (r->table.cursor != 0 && ids[i] == r->table.cursor)
            index = i;
    }
    if (index >= count)
        index = count - 1;
    table_place(&r->table, ids, count, index, was_at_top ? index : line);
}

void rows_tell(struct rows *r, const struct screen_input *input, enum errand errand,
               const struct target *target, bool is_known)
{
    const struct work *work = input->console->options.work;
    const struct err *why;

    r->is_known = is_known;
    r->is_filtered = input->filter->count > 0;
    r->note[0] = '\0';
    if (errand != ERRAND_STACKS && errand != ERRAND_REPOSITORY && target->repository[0] == '\0') {
        snprintf(r->note, sizeof r->note,
                 "No repository is chosen: m on a pipeline opens its own.");
        return;
    }
    if (work == NULL) {
        if (!is_known)
            snprintf(r->note, sizeof r->note,
                     "It is not in the cache: run penstock without --cached.");
        return;
    }
    why = work_errand_err(work, errand, target);
    if (work_reads(work, errand, target))
        snprintf(r->note, sizeof r->note, "AWS is being asked.");
    else if (why->code != ERR_OK)
        snprintf(r->note, sizeof r->note, "%s", why->text);
    else if (!is_known)
        snprintf(r->note, sizeof r->note, "AWS was not asked yet: r asks.");
}

enum err_code rows_found(struct rows *r, const struct screen_input *input, enum errand errand,
                         enum err_code found, const struct err *why, struct err *err)
{
    if (found && found != ERR_NOT_FOUND)
        return err_set(err, found, "%s", why->text);
    rows_tell(r, input, errand, &r->target, found == ERR_OK);
    return ERR_OK;
}

struct sv rows_sentence(const struct rows *r, const char *nothing)
{
    if (r->is_known && r->is_filtered)
        return SV("Nothing matches the filter: Esc clears it.");
    if (r->note[0] != '\0')
        return sv_of(r->note);
    return sv_of(nothing);
}

void rows_handle(struct rows *r, enum command command, struct answer *out)
{
    if (command == CMD_FILTER)
        out->react |= REACT_FILTER;
    else if (command == CMD_BACK)
        out->react |= r->is_filtered ? REACT_CLEAR : REACT_LEAVE;
    else if (command == CMD_LEAVE)
        out->react |= REACT_LEAVE;
    else if (command == CMD_COPY)
        out->react |= REACT_COPY;
    else if (command == CMD_COPY_MENU)
        out->react |= REACT_CHOOSE;
    else if (table_move(&r->table, r->ids, command) != TABLE_STILL)
        out->react |= REACT_DRAW;
}

bool rows_choose(void *state, int number)
{
    struct rows *r = state;

    return table_choose(&r->table, r->ids, number);
}

bool rows_point(void *state, int line)
{
    struct rows *r = state;

    return table_point(&r->table, r->ids, line);
}

size_t rows_target(bool is_there, const struct target *cursor, struct target *out, size_t max)
{
    if (is_there && max > 0)
        out[0] = *cursor;
    return is_there;
}

void rows_facts(const struct rows *r, const struct rows_kind *kind, const char *crumb,
                const struct view_look *look, struct screen_facts *out)
{
    const struct table *t = &r->table;

    *out = (struct screen_facts){.is_filterable = true, .matches = r->count};
    snprintf(out->crumb, sizeof out->crumb, "%s", crumb);
    for (int i = t->top; kind->moment != NULL && i < t->count && i < t->top + t->lines; i++)
        out->next_change_ms =
            age_sooner(out->next_change_ms, age_next(kind->moment(r->shown[i]), look));
}

/* ---- the rows themselves ---- */

enum err_code rows_pick(struct rows *r, const struct rows_kind *kind, const void *items,
                        size_t count, size_t size, const struct screen_input *input, int lines,
                        struct err *err)
{
    int64_t *ids = arena_alloc(&r->arena, count + 1, sizeof *ids);
    int passed = 0;

    r->shown = arena_alloc(&r->arena, count + 1, sizeof *r->shown);
    if (ids == NULL || r->shown == NULL)
        return arena_err(&r->arena, err);
    for (size_t i = 0; i < count; i++) {
        const void *row = (const char *)items + i * size;

        if (input->filter->count > 0 && !kind->passes(r, row, input->filter))
            continue;
        r->shown[passed] = row;
        ids[passed++] = kind->id(row);
    }
    rows_set(r, ids, passed, lines);
    return ERR_OK;
}

const void *rows_under(const struct rows *r)
{
    return r->count > 0 ? r->shown[r->table.index] : NULL;
}

struct drawing {
    const struct rows *rows;
    const struct rows_kind *kind;
};

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct drawing *d = owner;
    const void *row = d->rows->shown[index];
    CLEANUP(sb_release) struct sb text;
    struct view_look narrow = *look;

    narrow.is_wide = false;
    sb_init(&text, CELL_CAP);
    d->kind->write(d->rows, row, column->name, &narrow, &text);
    canvas_cut(c, area.row, area.col, area.cols,
               d->kind->style != NULL ? d->kind->style(row, column->name) : STYLE_PLAIN,
               sv_take(sb_sv(&text), CELL_SHOWN));
}

void rows_draw(const struct rows *r, const struct rows_kind *kind, const struct view_look *look,
               struct canvas *c, struct rect area)
{
    const struct drawing drawing = {r, kind};
    struct column wide[VIEW_COLUMN_MAX];
    const struct view view =
        kind->aged != NULL ? age_view(kind->view, kind->aged, look, wide) : *kind->view;

    table_draw(&r->table, &view, look, draw_cell, &drawing, c, area);
    if (r->count == 0)
        table_draw_sentence(c, area, rows_sentence(r, kind->nothing));
}

static enum err_code print_row(const struct rows *r, int i, const struct rows_kind *kind,
                               const struct view_look *look, struct sb *out, struct err *err)
{
    struct sv remark = kind->remark != NULL ? kind->remark(r->shown[i]) : SV("");
    enum err_code rc = sb_addf(out, err, "%d.", i + 1);

    for (size_t k = 0; k < kind->view->column_count && !rc; k++) {
        CLEANUP(sb_release) struct sb cell;

        sb_init(&cell, CELL_CAP);
        kind->write(r, r->shown[i], kind->view->columns[k].name, look, &cell);
        if (cell.len > 0)
            rc = sb_addc(out, ' ', err);
        if (!rc)
            rc = sb_add_safe(out, sb_sv(&cell), err);
    }
    if (!rc && remark.len > 0)
        rc = sb_add(out, SV(": "), err);
    if (!rc)
        rc = sb_add_safe(out, remark, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

enum err_code rows_print(const struct rows *r, const struct rows_kind *kind,
                         const struct view_look *look, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < r->count && !rc; i++)
        rc = print_row(r, i, kind, look, out, err);
    if (!rc && r->count == 0)
        rc = sb_add_safe(out, rows_sentence(r, kind->nothing), err);
    return rc || r->count > 0 ? rc : sb_addc(out, '\n', err);
}
