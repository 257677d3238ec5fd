#include "screens/rows.h"

#include "core/model/hash.h"

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

struct sv rows_sentence(const struct rows *r, const char *nothing)
{
    if (r->is_known && r->is_filtered)
        return SV("Nothing matches the filter: Esc clears it.");
    if (r->note[0] != '\0')
        return sv_of(r->note);
    return sv_of(nothing);
}

int rows_at(const struct rows *r)
{
    return r->count > 0 ? r->table.index : -1;
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

bool rows_choose(struct rows *r, int number)
{
    if (number < 1 || number > r->count)
        return false;
    table_place(&r->table, r->ids, r->count, number - 1, table_line(&r->table));
    return true;
}

bool rows_point(struct rows *r, int line)
{
    if (line < 1 || line > r->table.lines || r->table.top + line > r->count)
        return false;
    return rows_choose(r, r->table.top + line);
}

void rows_facts(const struct rows *r, const char *crumb, struct screen_facts *out)
{
    *out = (struct screen_facts){.is_filterable = true, .matches = r->count};
    snprintf(out->crumb, sizeof out->crumb, "%s", crumb);
}
