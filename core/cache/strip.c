/* The strip: a pipeline's stages in one short text, so that a line of the table is one row.
 * Each stage is its name, its status in AWS's words and '+' or '-' for its transition, each behind
 * a separator that no name can hold. */
#include "core/cache/store.h"

enum { FIELD = 0x1f, STAGE = 0x1e };

static enum err_code add_stage(struct sb *out, const struct stage_state *stage, struct err *err)
{
    size_t start = out->len;
    enum err_code rc = sb_add(out, stage->name, err);

    for (size_t i = start; rc == ERR_OK && i < out->len; i++) {
        if ((unsigned char)out->ptr[i] < 0x20)
            out->ptr[i] = '?';
    }
    if (rc == ERR_OK)
        rc = sb_addc(out, FIELD, err);
    if (rc == ERR_OK)
        rc = sb_add(out, sv_of(status_aws(stage_status(stage))), err);
    if (rc == ERR_OK)
        rc = sb_addc(out, FIELD, err);
    if (rc == ERR_OK)
        rc = sb_addc(out, stage->transition_enabled ? '+' : '-', err);
    return rc ? rc : sb_addc(out, STAGE, err);
}

enum err_code strip_make(struct sb *out, const struct stage_state *stages, size_t count,
                         struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; rc == ERR_OK && i < count; i++)
        rc = add_stage(out, &stages[i], err);
    return rc;
}

bool stage_strip_next(struct sv *strip, struct stage_mark *out)
{
    struct sv rest;
    struct sv one;

    if (strip->len == 0)
        return false;
    one = sv_cut(*strip, STAGE, strip);
    out->name = sv_cut(one, FIELD, &rest);
    out->status = status_from_aws(sv_cut(rest, FIELD, &rest));
    out->transition_enabled = sv_eq(rest, SV("+"));
    return true;
}
