/* Targets: what a screen is about, apart from the list of screens. */
#include "tui/screen.h"

void target_set(char *field, size_t size, struct sv text)
{
    if (text.len >= size)
        text.len = size - 1;
    if (text.len > 0)
        memcpy(field, text.ptr, text.len);
    field[text.len] = '\0';
}

void target_of_row(const struct pipeline_row *row, struct target *out)
{
    *out = (struct target){.at_ms = 0};
    target_set(out->partition, sizeof out->partition, row->id.partition);
    target_set(out->account, sizeof out->account, row->id.account);
    target_set(out->region, sizeof out->region, row->id.region);
    target_set(out->name, sizeof out->name, row->id.name);
}

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool target_eq(const struct target *a, const struct target *b)
{
    return same(a->partition, b->partition) && same(a->account, b->account) &&
           same(a->region, b->region) && same(a->name, b->name) && same(a->stage, b->stage) &&
           same(a->action, b->action) && same(a->execution_id, b->execution_id) &&
           same(a->build, b->build) && same(a->stack, b->stack) &&
           same(a->repository, b->repository) && same(a->commit, b->commit) &&
           same(a->path, b->path);
}

struct operand target_operand(const struct target *target)
{
    return (struct operand){.id = target_id(target),
                            .stage = sv_of(target->stage),
                            .action = sv_of(target->action),
                            .execution_id = sv_of(target->execution_id),
                            .build = sv_of(target->build),
                            .stack = sv_of(target->stack),
                            .repository = sv_of(target->repository),
                            .commit = sv_of(target->commit),
                            .path = sv_of(target->path)};
}

struct pipeline_id target_id(const struct target *target)
{
    return (struct pipeline_id){.partition = sv_of(target->partition),
                                .account = sv_of(target->account),
                                .region = sv_of(target->region),
                                .name = sv_of(target->name)};
}
