/* What a stage can be rolled back to: as AWS told for this form, else as the cache knows. */
#include "core/operate/rollback.h"

#include "screens/operation_parts.h"

enum {
    ARENA_CAP = 32 << 20,
    ID_SHOWN = 8,
    REVISION_SHOWN = 7,
    SUMMARY_SHOWN = 72,
    AUTHOR_SHOWN = 40
};

static struct sv stage_chosen(const struct operation_form *f)
{
    int stage = operation_field_find(f, OPERATION_STAGE);

    return stage >= 0 ? form_text(&f->form.fields[stage]) : sv_of(f->chosen.targets[0].stage);
}

/* The one that is in the stage now is none to go back to. */
static bool is_candidate(const struct operation_form *f, const struct pipeline_part *part,
                         const struct execution *e, struct sv stage)
{
    const struct stage_run *run = part_stage_run(part, e->id, stage);
    const struct pipeline_state *state = &f->standing.pipeline.state;

    for (size_t i = 0; i < state->stage_count; i++) {
        if (sv_eq(state->stages[i].name, stage) && sv_eq(state->stages[i].execution_id, e->id))
            return false;
    }
    return run != NULL && run->status == STATUS_SUCCEEDED && !e->is_rollback;
}

static void add_choice_of(struct operation_form *f, struct sv id, struct sv revision,
                          struct sv summary, struct sv author)
{
    char text[240];
    struct sv kept;

    if (f->execution_count == OPERATION_CHOICES_MAX)
        return;
    snprintf(text, sizeof text, SV_FMT "  " SV_FMT "  " SV_FMT "%s" SV_FMT,
             SV_ARG(sv_take(id, ID_SHOWN)), SV_ARG(sv_take(revision, REVISION_SHOWN)),
             SV_ARG(sv_take(summary, SUMMARY_SHOWN)), author.len > 0 ? ", " : "",
             SV_ARG(sv_take(author, AUTHOR_SHOWN)));
    kept = arena_sv(&f->candidates, sv_of(text));
    id = arena_sv(&f->candidates, id);
    if (kept.ptr == NULL || id.ptr == NULL)
        return; /* fewer are offered; another one may be typed in the palette */
    f->execution_ids[f->execution_count] = id;
    f->executions[f->execution_count++] = kept.ptr;
}

/* As AWS told, lately or for this form. */
static bool take_told(struct operation_form *f, struct sv stage)
{
    CLEANUP(arena_release) struct arena arena;
    struct candidate_list list;

    arena_init(&arena, ARENA_CAP);
    if (rollback_candidates_get(f->cache, &f->standing.what.id, stage, &arena, &list,
                                &f->candidates_read_at, NULL))
        return false;
    snprintf(f->refusal, sizeof f->refusal, SV_FMT, SV_ARG(list.refusal));
    for (size_t i = 0; i < list.count; i++) {
        const struct candidate *c = &list.items[i];

        if (!c->is_now)
            add_choice_of(f, c->execution_id, c->revision, c->summary, c->author);
    }
    return true;
}

static void take_cached(struct operation_form *f, struct sv stage)
{
    const struct pipeline_part *part = operation_part(f);

    for (size_t i = 0; part != NULL && i < part->execution_count; i++) {
        const struct execution *e = &part->executions[i];

        if (is_candidate(f, part, e, stage))
            add_choice_of(f, e->id, e->revision, e->revision_summary, SV(""));
    }
}

void operation_offer_executions(struct operation_form *f, struct sv wanted)
{
    struct form_field *field = &f->form.fields[operation_field_find(f, OPERATION_EXECUTION)];
    struct sv stage = stage_chosen(f);

    arena_clear(&f->candidates);
    f->execution_count = 0;
    f->refusal[0] = '\0';
    if (!take_told(f, stage))
        take_cached(f, stage);
    f->executions[f->execution_count] = NULL;
    field->choices = f->execution_count > 0 ? f->executions : NULL;
    field->chosen = 0;
    for (size_t i = 0; i < f->execution_count && wanted.len > 0; i++) {
        if (sv_eq(f->execution_ids[i], wanted))
            field->chosen = (int)i;
    }
}

void operation_reoffer(struct operation_form *f)
{
    int at = operation_field_find(f, OPERATION_EXECUTION);
    char chosen[TARGET_EXECUTION_SIZE] = "";

    if (at < 0)
        return;
    if (f->execution_count > 0)
        target_set(chosen, sizeof chosen, f->execution_ids[f->form.fields[at].chosen]);
    operation_offer_executions(f, sv_of(chosen));
}

bool operation_form_asks(struct operation_form *f, struct target *out)
{
    struct sv stage = stage_chosen(f);

    if (operation_field_find(f, OPERATION_EXECUTION) < 0 || sv_eq(sv_of(f->asked_stage), stage))
        return false;
    target_set(f->asked_stage, sizeof f->asked_stage, stage);
    *out = f->chosen.targets[0];
    target_set(out->stage, sizeof out->stage, stage);
    return true;
}

void operation_form_changed(struct operation_form *f)
{
    if (f->form.cursor == operation_field_find(f, OPERATION_STAGE) &&
        operation_field_find(f, OPERATION_EXECUTION) >= 0)
        operation_offer_executions(f, SV(""));
}
