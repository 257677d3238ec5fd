/* What stands where a release goes first: the revision that the first stage behind the sources
 * runs, and the executions that are on their way. */
#include "core/operate/release.h"

#include "core/operate/released.h"

enum { NAMED_MOST = 3 };

static const struct stage_state *first_stage(const struct pipeline_def *def,
                                             const struct pipeline_state *state)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        const struct stage_def *s = &def->stages[i];
        bool is_work = false;

        for (size_t k = 0; k < s->action_count; k++)
            is_work = is_work || (!release_is_source(&s->actions[k]) &&
                                  !sv_eq(s->actions[k].category, SV("Approval")));
        for (size_t k = 0; k < state->stage_count && is_work; k++) {
            if (sv_eq(state->stages[k].name, s->name))
                return &state->stages[k];
        }
    }
    return NULL;
}

static const struct execution_sources *find_run(const struct pipe_list *past, struct sv id)
{
    for (size_t i = 0; i < past->count && id.len > 0; i++) {
        if (sv_eq(past->runs[i].id, id))
            return &past->sources[i];
    }
    return NULL;
}

enum err_code release_first(struct turn *t, const struct pipeline_def *def,
                            const struct pipeline_state *state, const struct pipe_list *past,
                            struct release_first *out, struct err *err)
{
    struct released_ask ask = {.id = &t->operand->id,
                               .execution = SV(""),
                               .to = first_stage(def, state),
                               .is_parallel = def->mode == MODE_PARALLEL};
    struct action_run *runs;
    struct sv now;
    size_t count;
    bool is_known;
    struct err why = {0};
    enum err_code rc;

    *out = (struct release_first){.stage = ask.to};
    if (ask.to == NULL || t->is_again)
        return ERR_OK;
    now = released_now(&ask);
    if (now.len == 0 && (ask.is_parallel || ask.to->execution_id.len > 0)) {
        rc = pipe_runs(t, SV(""), &runs, &count, &why);
        if (rc == ERR_CANCELLED)
            return err_set(err, rc, "%s", why.text);
        /* Only the sentence needs it. */
        if (!rc)
            now = released_last(&ask, runs, count, &is_known);
    }
    out->had = find_run(past, now);
    if (out->had == NULL || !out->had->is_rollback)
        return ERR_OK;
    rc = pipe_past(t, ask.to->name, &out->there, &why);
    if (rc)
        out->there = (struct pipe_list){.count = 0};
    return rc == ERR_CANCELLED ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

static struct sv revision_of(const struct execution_sources *run, struct sv action)
{
    for (size_t i = 0; run != NULL && i < run->source_count; i++) {
        if (sv_eq(run->sources[i].action, action))
            return run->sources[i].revision;
    }
    return SV("");
}

struct sv release_had(const struct release_first *first, struct sv action)
{
    return revision_of(first->had, action);
}

size_t release_again(const struct release_first *first, struct sv action,
                     const struct commit *commits, size_t count)
{
    size_t again = 0;

    for (size_t i = 0; i < first->there.count; i++) {
        struct sv revision = revision_of(&first->there.sources[i], action);
        int fresh = commits_since(commits, count, revision, NULL);

        if (fresh >= 0 && count - (size_t)fresh > again)
            again = count - (size_t)fresh;
    }
    return again;
}

/* ---- what is on its way ---- */

static bool carries(const struct execution_sources *run, struct sv head)
{
    for (size_t i = 0; i < run->source_count && head.len > 0; i++) {
        if (sv_eq(run->sources[i].revision, head))
            return true;
    }
    return false;
}

/* "; dfba1234, 1bbbe4a5 carry this commit" */
static enum err_code tell_same(const struct pipe_list *past, struct sv head, struct sb *out,
                               struct err *err)
{
    size_t count = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < past->count && !rc; i++) {
        if (!status_is_running(past->runs[i].status) || !carries(&past->sources[i], head))
            continue;
        if (count++ < NAMED_MOST)
            rc = sb_addf(out, err, "%s" SV_FMT, count == 1 ? "; " : ", ",
                         SV_ARG(short_id(past->runs[i].id)));
    }
    if (!rc && count > NAMED_MOST)
        rc = sb_addf(out, err, " and %zu more", count - NAMED_MOST);
    return rc || count == 0 ? rc
                            : sb_addf(out, err, " carr%s this commit", count == 1 ? "ies" : "y");
}

/* In SUPERSEDED mode one waits before a stage, and the next one that comes takes its place. */
static enum err_code tell_waiting(const struct pipeline_def *def,
                                  const struct pipeline_state *state, struct sb *out,
                                  struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < state->stage_count && !rc; i++) {
        const struct stage_state *s = &state->stages[i];

        if (s->inbound_id.len > 0)
            rc = sb_addf(out, err, "; " SV_FMT " waits before " SV_FMT "%s",
                         SV_ARG(short_id(s->inbound_id)), SV_ARG(s->name),
                         def->mode == MODE_SUPERSEDED ? " and would be superseded there" : "");
    }
    return rc;
}

enum err_code release_under_way(struct turn *t, const struct pipeline_def *def,
                                const struct pipeline_state *state, const struct pipe_list *past,
                                struct sv head, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    size_t count = 0;
    enum err_code rc;

    sb_init(&text, 64 * 1024);
    for (size_t i = 0; i < past->count; i++)
        count += status_is_running(past->runs[i].status);
    if (count == 0 || t->is_again)
        return ERR_OK;
    rc = sb_addf(&text, err, SV_FMT "%s%zu execution%s under way", SV_ARG(t->hint),
                 t->hint.len > 0 ? "; " : "", count, count == 1 ? "" : "s");
    if (!rc)
        rc = tell_same(past, head, &text, err);
    if (!rc)
        rc = tell_waiting(def, state, &text, err);
    return rc ? rc : turn_keep(t, sb_sv(&text), &t->hint, err);
}
