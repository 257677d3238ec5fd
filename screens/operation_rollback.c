/* What a stage can be rolled back to, a line each: as AWS told for this form, else as the cache
 * knows. What the stage runs now is none of them. */
#include "core/views/age.h"
#include "screens/operation_parts.h"

enum {
    ID_SHOWN = 8,
    ID_WHOLE = 40,
    REVISION_SHOWN = 7,
    SUMMARY_SHOWN = 200,
    AUTHOR_SHOWN = 60,
    CHOICE_TEXT = 640,
    FRESH_MS = 5 * 60 * 1000
};

struct sv operation_stage_chosen(const struct operation_form *f)
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

/* ---- picking ---- */

static void pick(struct operation_form *f, const struct candidate *c)
{
    if (c->is_now)
        f->now = *c;
    else if (f->candidate_count < OPERATION_CHOICES_MAX)
        f->candidates[f->candidate_count++] = *c;
}

/* As AWS told, lately or for this form. */
static bool take_told(struct operation_form *f, struct sv stage)
{
    struct candidate_list list;

    if (rollback_candidates_get(f->cache, &f->standing.what.id, stage, &f->arena_of_candidates,
                                &list, &f->candidates_read_at, NULL))
        return false;
    snprintf(f->refusal, sizeof f->refusal, SV_FMT, SV_ARG(list.refusal));
    for (size_t i = 0; i < list.count; i++)
        pick(f, &list.items[i]);
    return true;
}

static void take_cached(struct operation_form *f, struct sv stage)
{
    const struct pipeline_part *part = operation_part(f);

    f->candidates_read_at = 0;
    for (size_t i = 0; part != NULL && i < part->execution_count; i++) {
        const struct execution *e = &part->executions[i];
        const struct candidate c = {.execution_id = e->id,
                                    .started_at = e->started_at,
                                    .revision = e->revision,
                                    .summary = e->revision_summary,
                                    .author = SV("")};

        if (is_candidate(f, part, e, stage))
            pick(f, &c);
    }
}

/* ---- telling ---- */

/* "add the returns table, Ana"; the first source's, as much as is known. */
static struct sv commit_text(const struct candidate *c, char *out, size_t size)
{
    snprintf(out, size, SV_FMT "%s" SV_FMT, SV_ARG(sv_take(c->summary, SUMMARY_SHOWN)),
             c->author.len > 0 && c->summary.len > 0 ? ", " : "",
             SV_ARG(sv_take(c->author, AUTHOR_SHOWN)));
    return sv_of(out);
}

static const char *keep_text(struct operation_form *f, const char *text)
{
    return arena_sv(&f->arena_of_candidates, sv_of(text)).ptr;
}

static int age_width(const struct operation_form *f)
{
    char age[AGE_SIZE];
    size_t width = 0;

    for (size_t i = 0; i < f->candidate_count; i++) {
        size_t len = strlen(age_text(f->candidates[i].started_at, &f->look, age));

        width = len > width ? len : width;
    }
    return (int)width;
}

/* Its line in the list, and in full below it. */
static bool tell(struct operation_form *f, const struct candidate *c, size_t i)
{
    char text[CHOICE_TEXT];
    char commit[CHOICE_TEXT / 2];
    char age[AGE_SIZE];

    commit_text(c, commit, sizeof commit);
    snprintf(text, sizeof text, "%-*s  " SV_FMT "  " SV_FMT "  %s", age_width(f),
             age_text(c->started_at, &f->look, age), SV_ARG(sv_take(c->execution_id, ID_SHOWN)),
             SV_ARG(sv_take(c->revision, REVISION_SHOWN)), commit);
    f->executions[i] = keep_text(f, text);
    snprintf(text, sizeof text, SV_FMT ": %s", SV_ARG(sv_take(c->execution_id, ID_WHOLE)), commit);
    f->details[i] = keep_text(f, text);
    return f->executions[i] != NULL && f->details[i] != NULL;
}

/* Why there is none. */
static const char *nothing(const struct operation_form *f)
{
    struct target target;
    const struct err *why;

    if (f->refusal[0] != '\0')
        return f->refusal;
    operation_candidates_of(f, &target);
    why = work_errand_err(f->work, ERRAND_CANDIDATES, &target);
    if (f->work != NULL && work_reads(f->work, ERRAND_CANDIDATES, &target))
        return "AWS is being asked what it can go back to";
    return why->code ? why->text : "no execution is known that succeeded in this stage before";
}

void operation_offer_executions(struct operation_form *f, struct sv wanted)
{
    struct form_field *field = &f->form.fields[operation_field_find(f, OPERATION_EXECUTION)];
    struct sv stage = operation_stage_chosen(f);
    size_t count = 0;

    arena_clear(&f->arena_of_candidates);
    f->candidate_count = 0;
    f->now = (struct candidate){.execution_id = SV("")};
    f->refusal[0] = '\0';
    if (!take_told(f, stage))
        take_cached(f, stage);
    while (count < f->candidate_count && tell(f, &f->candidates[count], count))
        count++;
    f->candidate_count = count; /* without memory fewer are offered */
    f->executions[count] = NULL;
    field->choices = count > 0 ? f->executions : NULL;
    field->details = f->details;
    field->none = count > 0 ? NULL : nothing(f);
    field->chosen = 0;
    for (size_t i = 0; i < count && wanted.len > 0; i++) {
        if (sv_eq(f->candidates[i].execution_id, wanted))
            field->chosen = (int)i;
    }
}

void operation_reoffer(struct operation_form *f)
{
    int at = operation_field_find(f, OPERATION_EXECUTION);
    char chosen[TARGET_EXECUTION_SIZE] = "";

    if (at < 0)
        return;
    if (f->candidate_count > 0)
        target_set(chosen, sizeof chosen, f->candidates[f->form.fields[at].chosen].execution_id);
    operation_offer_executions(f, sv_of(chosen));
}

/* Sooner than any age in the list is another one. */
int64_t operation_candidates_next(const struct operation_form *f)
{
    int64_t next = 0;

    for (size_t i = 0; i < f->candidate_count; i++)
        next = age_sooner(next, age_next(f->candidates[i].started_at, &f->look));
    return next;
}

void operation_candidates_of(const struct operation_form *f, struct target *out)
{
    *out = f->chosen.targets[0];
    target_set(out->stage, sizeof out->stage, operation_stage_chosen(f));
}

bool operation_form_asks(struct operation_form *f, struct target *out)
{
    struct sv stage = operation_stage_chosen(f);

    if (operation_field_find(f, OPERATION_EXECUTION) < 0 || sv_eq(sv_of(f->asked_stage), stage))
        return false;
    if (f->candidates_read_at > 0 && f->look.now_ms - f->candidates_read_at < FRESH_MS)
        return false;
    target_set(f->asked_stage, sizeof f->asked_stage, stage);
    operation_candidates_of(f, out);
    return true;
}

void operation_form_changed(struct operation_form *f)
{
    if (f->form.cursor != operation_field_find(f, OPERATION_STAGE) ||
        operation_field_find(f, OPERATION_EXECUTION) < 0)
        return;
    operation_offer_executions(f, SV(""));
    if (operation_add_lines(f, NULL))
        f->line_count = 0; /* no memory: the fields matter more */
}
