#include "core/operate/approved.h"

#include "core/operate/authors.h"

enum { TITLE_MAX = 72, AUTHOR_MAX = 60, SEEN_CAP = 1024 };

/* ---- where it goes ---- */

static bool get_cached(struct turn *t, int64_t version, struct pipeline_def *out)
{
    struct cache *cache = t->deploy->cache;
    int64_t rowid = 0;

    return cache != NULL && !cache_find_id(cache, &t->operand->id, &rowid, NULL) && rowid != 0 &&
           !cache_get_def(cache, rowid, t->arena, out, NULL) && out->version == version;
}

static enum err_code read_def(struct turn *t, const struct pipeline_state *state,
                              const struct stage_state *stage, struct pipeline_def *out,
                              struct err *err)
{
    struct err why = {0};
    enum err_code rc;

    if (stage == &state->stages[state->stage_count - 1])
        *out = (struct pipeline_def){.stage_count = 0};
    else if (!get_cached(t, state->version, out)) {
        rc = pipe_def(t, out, &why);
        if (rc)
            *out = (struct pipeline_def){.stage_count = 0};
        if (rc && rc != ERR_DENIED)
            return err_set(err, rc, "%s", why.text);
    }
    return ERR_OK;
}

static bool only_approves(const struct pipeline_def *def, struct sv stage)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        const struct stage_def *s = &def->stages[i];
        bool is_all = s->action_count > 0;

        for (size_t k = 0; k < s->action_count; k++)
            is_all = is_all && sv_eq(s->actions[k].category, SV("Approval"));
        if (sv_eq(s->name, stage))
            return is_all;
    }
    return false;
}

enum err_code approved_stage(struct turn *t, const struct pipeline_state *state,
                             const struct stage_state *stage, struct pipeline_def *def,
                             const struct stage_state **out, struct err *err)
{
    const struct stage_state *end = state->stages + state->stage_count;
    const struct stage_state *s = stage;
    enum err_code rc = read_def(t, state, stage, def, err);

    if (rc)
        return rc;
    /* Without a definition the next one is taken to work. */
    if (def->stage_count == 0)
        s += stage + 1 < end;
    while (s < end && only_approves(def, s->name))
        s++;
    *out = s < end ? s : stage;
    return ERR_OK;
}

enum err_code approved_seen(struct turn *t, const struct released_ask *ask, struct err *err)
{
    CLEANUP(sb_release) struct sb seen;
    enum err_code rc;

    sb_init(&seen, SEEN_CAP);
    rc = released_seen(ask, &seen, err);
    if (rc || seen.len == 0 || sv_eq(ask->to->execution_id, ask->execution))
        return rc;
    return turn_text(t, &t->state, err, SV_FMT ", " SV_FMT, SV_ARG(t->state), SV_ARG(sb_sv(&seen)));
}

/* ---- what it is ---- */

/* From the cache. What is not there, or could not be read then, is read for the plan; just before
 * the write only when somebody must judge it. Of a PARALLEL pipeline nothing tells that it is old.
 * What could not be read again, why, stays as it is known; *is_known is false when it never was. */
static enum err_code get_carried(struct turn *t, const struct released_ask *ask,
                                 struct carried *out, bool *is_known, struct err *why,
                                 struct err *err)
{
    struct carried again;
    bool is_wanted = true;
    int64_t at;
    enum err_code rc;

    *is_known = false;
    if (t->deploy->cache == NULL)
        return ERR_OK;
    *is_known = !released_get(t->deploy->cache, ask, t->arena, out, &at, NULL);
    if (*is_known && carried_is_whole(out) && !ask->is_parallel)
        return ERR_OK;
    rc = t->is_again ? authors_wanted(t, &is_wanted, err) : ERR_OK;
    if (rc || !is_wanted)
        return rc;
    rc = released_read(t->task, t->deploy, ask, why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why->text);
    if (!rc)
        rc = released_get(t->deploy->cache, ask, t->arena, &again, &at, why);
    if (rc)
        return ERR_OK;
    *why = (struct err){0};
    *is_known = true;
    *out = again;
    return ERR_OK;
}

/* ", brings back 2 commits that were rolled back, takes 1 commit back" */
static enum err_code tell_back(struct turn *t, const struct carried_source *s, struct sv *out,
                               struct err *err)
{
    enum err_code rc = ERR_OK;

    *out = SV("");
    if (s->again > 0)
        rc = turn_text(t, out, err, ", brings back %zu commit%s that %s rolled back", s->again,
                       s->again == 1 ? "" : "s", s->again == 1 ? "was" : "were");
    if (rc || s->taken == 0)
        return rc;
    return turn_text(t, out, err, SV_FMT "%s takes %zu%s commit%s back", SV_ARG(*out),
                     s->commit_count > 0 ? "," : ":", s->taken, s->taken_cut ? " or more" : "",
                     s->taken == 1 ? "" : "s");
}

static enum err_code tell_source(struct turn *t, const struct carried_source *s, struct sv *out,
                                 struct err *err)
{
    struct sv back;
    enum err_code rc = tell_back(t, s, &back, err);

    if (rc)
        return rc;
    if (s->commit_count > 0)
        return turn_text(
            t, out, err,
            ": %zu%s commit%s" SV_FMT ", the latest " SV_FMT " " SV_FMT "%s by " SV_FMT,
            s->commit_count, s->commits_cut ? " or more" : "", s->commit_count == 1 ? "" : "s",
            SV_ARG(back), SV_ARG(short_id(s->commits[0].id)),
            SV_ARG(sv_take(commit_title(&s->commits[0]), TITLE_MAX)),
            commit_title(&s->commits[0]).len > TITLE_MAX ? "~" : "",
            SV_ARG(sv_take(s->commits[0].author, AUTHOR_MAX)));
    return turn_text(t, out, err, SV_FMT "%s " SV_FMT " " SV_FMT, SV_ARG(back),
                     s->taken > 0 ? ", to" : ":", SV_ARG(short_id(s->revision)),
                     SV_ARG(sv_take(s->summary, TITLE_MAX)));
}

enum err_code approved_what(struct turn *t, const struct released_ask *ask, struct sv *out,
                            struct err *err)
{
    struct carried c;
    struct err why = {0};
    bool is_known;
    enum err_code rc = get_carried(t, ask, &c, &is_known, &why, err);

    *out = SV("");
    if (!rc)
        rc = authors_see(t, is_known ? &c : NULL, &why, err);
    if (rc || !is_known || c.source_count == 0)
        return rc;
    /* The authors count all the same; how much it is may be another by now. */
    if (ask->is_parallel && why.text[0] != '\0')
        return ERR_OK;
    return tell_source(t, &c.sources[0], out, err);
}
