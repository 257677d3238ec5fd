#include "core/views/executions.h"

#include <stdlib.h>

#include "core/model/hash.h"

const char *const execution_fields[] = {"environment", "status",  "id", "commit",
                                        "summary",     "trigger", NULL};

void executions_init(struct executions *e)
{
    *e = (struct executions){.count = 0};
    pipeline_tree_init(&e->tree);
}

void executions_release(struct executions *e)
{
    pipeline_tree_release(&e->tree);
    executions_init(e);
}

static bool passes(const struct filter *filter, const struct execution_row *row)
{
    const struct execution *e = row->execution;
    const struct filter_field fields[] = {
        {"environment", row->part->pipeline.row.environment},
        {"status", sv_of(status_word(row->status))},
        {"status", sv_of(status_aws(row->status))},
        {"id", e->id},
        {"commit", e->revision},
        {"summary", e->revision_summary},
        {"trigger", e->trigger},
    };

    return filter == NULL || filter->count == 0 ||
           filter_matches(filter, fields, ARRAY_LEN(fields));
}

static enum status status_of(const struct pipeline_part *part, const struct execution *e)
{
    const struct pipeline_state *state = &part->pipeline.state;

    for (size_t i = 0; i < state->stage_count && e->status == STATUS_IN_PROGRESS; i++) {
        if (sv_eq(state->stages[i].execution_id, e->id) &&
            stage_status(&state->stages[i]) == STATUS_WAITING)
            return STATUS_WAITING;
    }
    return e->status;
}

static int64_t number_of(const struct execution_row *row)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, row->part->pipeline.row.id.name);
    hash_sv(&h, row->execution->id);
    return (int64_t)(hash_done(&h) >> 1) + 1;
}

static int newest_first(const void *a, const void *b)
{
    const struct execution_row *x = a;
    const struct execution_row *y = b;
    int64_t first = x->execution->started_at;
    int64_t second = y->execution->started_at;

    if (first == second && x->part == y->part)
        return x->execution < y->execution ? -1 : x->execution > y->execution;
    return first == second ? sv_cmp(x->part->pipeline.row.id.name, y->part->pipeline.row.id.name)
                           : (first < second) - (first > second);
}

static void add_part(struct executions *e, const struct pipeline_part *part,
                     const struct filter *filter)
{
    for (size_t i = 0; i < part->execution_count; i++) {
        const struct execution *execution = &part->executions[i];
        struct execution_row row = {
            .part = part, .execution = execution, .status = status_of(part, execution)};

        row.id = number_of(&row);
        e->total++;
        if (passes(filter, &row))
            e->rows[e->count++] = row;
    }
}

static bool is_part_of(const struct pipeline_tree *t, struct sv name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (sv_eq(t->parts[i].pipeline.row.id.name, name))
            return true;
    }
    return false;
}

static enum err_code fill(struct executions *e, struct sv name, const struct filter *filter,
                          struct err *err)
{
    bool is_one = is_part_of(&e->tree, name);
    size_t most = 0;

    for (size_t i = 0; i < e->tree.count; i++)
        most += e->tree.parts[i].execution_count;
    e->rows = arena_alloc(&e->tree.arena, most, sizeof *e->rows);
    e->ids = arena_alloc(&e->tree.arena, most, sizeof *e->ids);
    if (e->rows == NULL || e->ids == NULL)
        return arena_err(&e->tree.arena, err);
    for (size_t i = 0; i < e->tree.count; i++) {
        if (!is_one || sv_eq(e->tree.parts[i].pipeline.row.id.name, name))
            add_part(e, &e->tree.parts[i], filter);
    }
    if (e->count > 1)
        qsort(e->rows, (size_t)e->count, sizeof *e->rows, newest_first);
    for (int i = 0; i < e->count; i++)
        e->ids[i] = e->rows[i].id;
    return ERR_OK;
}

enum err_code executions_load(struct executions *e, struct cache *cache,
                              const struct pipeline_id *id, const struct filter *filter,
                              struct err *err)
{
    const struct pipeline_ask ask = {.id = *id};
    struct executions fresh;
    enum err_code rc;

    executions_init(&fresh);
    rc = pipeline_tree_load(&fresh.tree, cache, &ask, err);
    if (rc == ERR_OK)
        rc = fill(&fresh, id->name, filter, err);
    if (rc) {
        executions_release(&fresh);
        return rc;
    }
    executions_release(e);
    *e = fresh;
    return ERR_OK;
}
