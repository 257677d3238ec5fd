/* What stands above the fields: on what, and what is known of it beforehand. */
#include "screens/operation_parts.h"

#include <stdarg.h>

#include "core/views/age.h"

enum {
    APPROVAL_MINUTES = 7 * 24 * 60,
    MINUTE_MS = 60 * 1000,
    NAMES_SHOWN = 6,
    ID_SHOWN = 8,
    REVISION_SHOWN = 7
};

enum err_code operation_add_line(struct operation_form *f, struct err *err, const char *fmt, ...)
{
    char text[1200];
    struct sv kept;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (f->line_count == OPERATION_LINES_MAX)
        return ERR_OK;
    kept = arena_sv(&f->arena, sv_of(text));
    if (kept.ptr == NULL)
        return arena_err(&f->arena, err);
    f->lines[f->line_count++] = kept;
    return ERR_OK;
}

static enum err_code add_places(struct operation_form *f, struct err *err)
{
    const struct chosen *c = &f->chosen;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < c->count && i < NAMES_SHOWN && !rc; i++) {
        const struct target *t = &c->targets[i];

        rc =
            operation_add_line(f, err, "%.120s%s%.100s%s%.100s, account %s, %s", t->name,
                               t->stage[0] != '\0' ? " / " : "", t->stage,
                               t->action[0] != '\0' ? " / " : "", t->action, t->account, t->region);
    }
    if (!rc && c->count > NAMES_SHOWN)
        rc = operation_add_line(f, err, "and %zu more", c->count - NAMES_SHOWN);
    if (!rc && c->left_out > 0)
        rc = operation_add_line(f, err, "%zu marked %s left out: %s", c->left_out,
                                c->left_out == 1 ? "is" : "are",
                                c->left_why[0] != '\0' ? c->left_why : "it cannot be done to them");
    return rc;
}

static const struct execution *execution_of(const struct operation_form *f, struct sv id)
{
    const struct pipeline_part *part = operation_part(f);
    const struct execution *found = part != NULL ? part_execution(part, id) : NULL;

    if (found == NULL && sv_eq(f->standing.pipeline.latest.id, id))
        found = &f->standing.pipeline.latest;
    return found;
}

static enum err_code add_execution(struct operation_form *f, const char *what, struct sv id,
                                   struct err *err)
{
    const struct execution *e = execution_of(f, id);

    if (id.len == 0)
        return ERR_OK;
    if (e == NULL)
        return operation_add_line(f, err, "%s execution " SV_FMT, what, SV_ARG(sv_take(id, 40)));
    return operation_add_line(f, err, "%s execution " SV_FMT " (%s): " SV_FMT " " SV_FMT, what,
                              SV_ARG(sv_take(id, ID_SHOWN)), status_word(e->status),
                              SV_ARG(sv_take(e->revision, REVISION_SHOWN)),
                              SV_ARG(sv_take(e->revision_summary, 300)));
}

/* How long a person may still take; AWS fails the action then. */
static enum err_code add_expiry(struct operation_form *f, const struct action_state *a,
                                const struct action_def *def, const struct view_look *look,
                                struct err *err)
{
    int64_t minutes =
        def != NULL && def->timeout_minutes > 0 ? def->timeout_minutes : APPROVAL_MINUTES;
    int64_t left = a->changed_at + minutes * MINUTE_MS - look->now_ms;
    char waited[AGE_SIZE];
    char rest[AGE_SIZE];

    if (a->changed_at == 0)
        return ERR_OK;
    return operation_add_line(
        f, err, "waits for %s; %s%s", duration_text(look->now_ms - a->changed_at, waited),
        left > 0 ? "expires in " : "has expired", left > 0 ? duration_text(left, rest) : "");
}

static enum err_code add_approval(struct operation_form *f, const struct view_look *look,
                                  struct err *err)
{
    const struct target *t = &f->chosen.targets[0];
    const struct action_state *a = standing_action(&f->standing, sv_of(t->stage), sv_of(t->action));
    const struct action_def *def = standing_def(&f->standing, sv_of(t->stage), sv_of(t->action));
    struct sv execution = SV("");
    enum err_code rc;

    for (size_t i = 0; i < f->standing.pipeline.state.stage_count; i++) {
        if (sv_eq(f->standing.pipeline.state.stages[i].name, sv_of(t->stage)))
            execution = f->standing.pipeline.state.stages[i].execution_id;
    }
    rc = add_execution(f, "releases", execution, err);
    if (!rc && a != NULL)
        rc = add_expiry(f, a, def, look, err);
    if (!rc && def != NULL && def->data.len > 0)
        rc = operation_add_line(f, err, "says: " SV_FMT, SV_ARG(sv_take(def->data, 1000)));
    if (!rc && def != NULL && def->link.len > 0)
        rc = operation_add_line(f, err, "link: " SV_FMT, SV_ARG(sv_take(def->link, 1000)));
    return rc;
}

/* Why all actions are proposed. */
static enum err_code add_retry(struct operation_form *f, const struct possible *p, struct err *err)
{
    enum err_code rc = add_execution(f, "retries", p->completed.execution_id, err);

    if (!rc && p->prefers_all)
        rc = operation_add_line(
            f, err,
            "Its ChangeSet does not exist any more, so the action that failed cannot "
            "succeed alone: all actions of the stage are proposed.");
    return rc;
}

enum err_code operation_add_lines(struct operation_form *f, const struct view_look *look,
                                  const struct possible *p, struct err *err)
{
    enum err_code rc = add_places(f, err);

    if (rc || f->chosen.count != 1)
        return rc;
    switch (f->chosen.action) {
    case ACTION_APPROVE:
    case ACTION_REJECT:
        return add_approval(f, look, err);
    case ACTION_STOP:
        return add_execution(f, "stops", p->completed.execution_id, err);
    case ACTION_RETRY:
        return add_retry(f, p, err);
    default: /* nothing more is known beforehand */
        return ERR_OK;
    }
}
