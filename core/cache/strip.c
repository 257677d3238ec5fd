/* Strips: a pipeline's stages, or its environments, in one short text, so that a line of the table
 * is one row. What is told of each, and each from the next, is parted by separators that no name
 * can hold. */
#include "core/cache/store.h"

enum { FIELD = 0x1f, PART = 0x1e, STAGES_TYPICAL = 200 };

static enum err_code add_text(struct sb *out, struct sv text, struct err *err)
{
    size_t start = out->len;
    enum err_code rc = sb_add(out, text, err);

    for (size_t i = start; rc == ERR_OK && i < out->len; i++) {
        if ((unsigned char)out->ptr[i] < 0x20)
            out->ptr[i] = '?';
    }
    return rc ? rc : sb_addc(out, FIELD, err);
}

/* "Name|Status|+", '-' when the transition into it is disabled. */
static enum err_code add_mark(struct sb *out, struct sv name, enum status status, bool is_open,
                              struct err *err)
{
    enum err_code rc = add_text(out, name, err);

    if (rc == ERR_OK)
        rc = add_text(out, sv_of(status_aws(status)), err);
    return rc ? rc : sb_addc(out, is_open ? '+' : '-', err);
}

static enum err_code add_stages(struct sb *out, const struct stage_state *stages, size_t count,
                                struct err *err)
{
    enum err_code rc = sb_reserve(out, STAGES_TYPICAL, err);

    for (size_t i = 0; rc == ERR_OK && i < count; i++) {
        rc = add_mark(out, stages[i].name, stage_status(&stages[i]), stages[i].transition_enabled,
                      err);
        if (rc == ERR_OK)
            rc = sb_addc(out, PART, err);
    }
    return rc;
}

static enum err_code add_cells(struct sb *out, const struct stage_state *stages, size_t count,
                               struct err *err)
{
    struct cell_mark cell;
    enum err_code rc = ERR_OK;

    for (size_t at = 0; rc == ERR_OK && fold_cell_next(stages, count, &at, &cell);) {
        rc = add_mark(out, cell.environment, cell.status, !cell.is_held, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, FIELD, err);
        if (rc == ERR_OK)
            rc = add_text(out, cell.execution_id, err);
        if (rc == ERR_OK)
            rc = sb_addf(out, err, "%lld%c", (long long)cell.changed_at, PART);
    }
    return rc;
}

void strips_init(struct strips *strips)
{
    sb_init(&strips->stages, CACHE_SCRATCH_CAP);
    sb_init(&strips->cells, CACHE_SCRATCH_CAP);
}

void strips_release(struct strips *strips)
{
    sb_release(&strips->stages);
    sb_release(&strips->cells);
}

enum err_code strips_make(struct strips *strips, enum fold_strategy strategy,
                          const struct stage_state *stages, size_t count, struct err *err)
{
    enum err_code rc = add_stages(&strips->stages, stages, count, err);

    if (rc || strategy != FOLD_TRUNK)
        return rc;
    return add_cells(&strips->cells, stages, count, err);
}

bool stage_strip_next(struct sv *strip, struct stage_mark *out)
{
    struct sv rest;

    if (strip->len == 0)
        return false;
    rest = sv_cut(*strip, PART, strip);
    out->name = sv_cut(rest, FIELD, &rest);
    out->status = status_from_aws(sv_cut(rest, FIELD, &rest));
    out->transition_enabled = sv_eq(rest, SV("+"));
    return true;
}

bool cell_strip_next(struct sv *strip, struct cell_mark *out)
{
    struct sv rest;

    if (strip->len == 0)
        return false;
    rest = sv_cut(*strip, PART, strip);
    out->environment = sv_cut(rest, FIELD, &rest);
    out->status = status_from_aws(sv_cut(rest, FIELD, &rest));
    out->is_held = sv_eq(sv_cut(rest, FIELD, &rest), SV("-"));
    out->execution_id = sv_cut(rest, FIELD, &rest);
    if (!sv_to_int(rest, &out->changed_at))
        out->changed_at = 0;
    return true;
}
