/* What the audit keeps of a write, so that any later process can find out what became of it: its
 * token (no secret: it opens nothing), a print of what was asked for, and what was_done needs. */
#include <inttypes.h>

#include "core/operate/turn.h"

static uint64_t add(uint64_t hash, struct sv text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211u; /* FNV-1a */
    return (hash ^ 0x1ff) * 1099511628211u;
}

static uint64_t add_pairs(uint64_t hash, const struct name_value *list, size_t count)
{
    hash = add(hash, sv_make((const char *)&count, sizeof count));
    for (size_t i = 0; i < count; i++)
        hash = add(add(hash, list[i].name), list[i].value);
    return hash;
}

void turn_print(const struct turn *t, char out[TURN_PRINT_SIZE])
{
    const struct operand *o = t->operand;
    const struct operation_input *in = t->input;
    const struct sv texts[] = {o->action, o->execution_id, o->path,
                               in->from,  in->condition,   in->branch};
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        hash = add(hash, texts[i]);
    hash = add(hash, in->is_abandon ? SV("abandon") : SV(""));
    hash = add(hash, in->is_all ? SV("all") : SV(""));
    for (size_t i = 0; i < in->skipped_count; i++)
        hash = add(hash, in->skipped[i]);
    hash = add_pairs(hash, in->revisions, in->revision_count);
    hash = add_pairs(hash, in->variables, in->variable_count);
    (void)snprintf(out, TURN_PRINT_SIZE, "%016" PRIx64, hash);
}

void turn_print_state(const struct turn *t, char out[TURN_PRINT_SIZE])
{
    (void)snprintf(out, TURN_PRINT_SIZE, "%016" PRIx64, add(14695981039346656037u, t->state));
}

enum err_code turn_mark(const struct turn *t, struct sb *out, struct err *err)
{
    char print[TURN_PRINT_SIZE];
    char state[TURN_PRINT_SIZE];
    enum err_code rc;

    turn_print(t, print);
    turn_print_state(t, state);
    rc = sb_addf(out, err, "token %s request %s state %s", t->token, print, state);
    if (rc || t->operation->trace == NULL)
        return rc;
    rc = sb_add(out, SV(" trace "), err);
    return rc ? rc : t->operation->trace(t, out, err);
}
