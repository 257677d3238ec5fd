/* What the form makes: the operation's input, in the act's arena. */
#include "screens/operation_form.h"

static struct sv typed(const struct form_field *field)
{
    struct sv text = form_text(field);

    return text.ptr == NULL ? SV("") : sv_trim(text);
}

static enum err_code keep(struct arena *arena, struct sv text, struct sv *out, struct err *err)
{
    *out = arena_sv(arena, text);
    return out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

/* What is as it would be anyway is not sent. */
static enum err_code fill_pairs(const struct operation_form *f, enum operation_field kind,
                                struct act *act, struct name_value **out, size_t *count,
                                struct err *err)
{
    enum err_code rc = ERR_OK;

    *out = arena_alloc(&act->arena, FORM_MAX, sizeof **out);
    if (*out == NULL)
        return arena_err(&act->arena, err);
    for (int i = 0; i < f->form.count && *count < PAIRS_MAX && !rc; i++) {
        struct sv text = typed(&f->form.fields[i]);
        struct name_value *pair = &(*out)[*count];

        if (f->fields[i] != kind || text.len == 0 || sv_eq(text, f->defaults[i]))
            continue;
        rc = keep(&act->arena, f->names[i], &pair->name, err);
        if (!rc)
            rc = keep(&act->arena, text, &pair->value, err);
        *count += rc == ERR_OK;
    }
    return rc;
}

static enum err_code fill_skipped(struct sv text, struct act *act, struct err *err)
{
    struct operation_input *in = &act->input.operation;
    enum err_code rc = ERR_OK;

    in->skipped = arena_alloc(&act->arena, text.len / 2 + 1, sizeof *in->skipped);
    if (in->skipped == NULL)
        return arena_err(&act->arena, err);
    while (text.len > 0 && !rc) {
        struct sv word = sv_cut(text, ' ', &text);

        text = sv_trim(text);
        rc = keep(&act->arena, word, &in->skipped[in->skipped_count], err);
        in->skipped_count += rc == ERR_OK;
    }
    return rc;
}

static enum err_code fill_field(const struct operation_form *f, int i, struct act *act,
                                struct err *err)
{
    struct operation_input *in = &act->input.operation;
    const struct form_field *field = &f->form.fields[i];
    struct sv text = typed(field);

    switch (f->fields[i]) {
    case OPERATION_STAGE:
        return keep(&act->arena, text, &in->operands[0].stage, err);
    case OPERATION_EXECUTION:
        if (f->candidate_count == 0)
            return ERR_OK;
        return keep(&act->arena, f->candidates[field->chosen].execution_id,
                    &in->operands[0].execution_id, err);
    case OPERATION_RUNNING:
        return keep(&act->arena, f->possible.running[field->chosen].execution_id,
                    &in->operands[0].execution_id, err);
    case OPERATION_ALL:
        in->is_all = field->chosen == 1;
        return ERR_OK;
    case OPERATION_ABANDON:
        in->is_abandon = field->chosen == 1;
        return ERR_OK;
    case OPERATION_CONDITION:
        return keep(&act->arena, f->possible.stage_count == 1 ? text : SV(""), &in->condition, err);
    case OPERATION_COMMENT:
        return keep(&act->arena, text, &in->comment, err);
    case OPERATION_REASON:
        return keep(&act->arena, text, &in->reason, err);
    case OPERATION_BRANCH:
        return keep(&act->arena, text, &in->branch, err);
    case OPERATION_FROM:
        return keep(&act->arena, text, &in->from, err);
    case OPERATION_SKIPPED:
        return fill_skipped(text, act, err);
    case OPERATION_VARIABLE:
    case OPERATION_REVISION:
        break;
    }
    return ERR_OK;
}

/* Texts that are not asked for are empty, not missing. */
static void clear_texts(struct operation_input *in)
{
    in->reason = in->comment = in->condition = in->branch = in->from = SV("");
}

enum err_code operation_form_fill(const struct operation_form *f, struct act *act, struct err *err)
{
    struct operation_input *in = &act->input.operation;
    enum err_code rc;

    clear_texts(in);
    rc = operation_fill(&f->chosen, act, err);
    for (int i = 0; i < f->form.count && !rc; i++)
        rc = fill_field(f, i, act, err);
    if (!rc)
        rc = fill_pairs(f, OPERATION_VARIABLE, act, &in->variables, &in->variable_count, err);
    if (!rc)
        rc = fill_pairs(f, OPERATION_REVISION, act, &in->revisions, &in->revision_count, err);
    return rc;
}
