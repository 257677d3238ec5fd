#include "core/operate/authors.h"

#include "core/base/time.h"
#include "core/operate/guard.h"
#include "core/operate/pipe.h"
#include "core/operate/released.h"

enum { AUTHORS_CAP = 1 << 20, AUTHOR_MAX = 300, KNOWN_CAP = 32 << 20 };

static enum err_code judge_eyes(const struct turn *t, struct sv author, struct guard_answer *out,
                                struct err *err)
{
    const struct guard_ask ask = {.env = t->deploy->env,
                                  .environment = SV(""),
                                  .caller = sv_of(t->caller),
                                  .author = author,
                                  .is_approval = t->operation->is_approval,
                                  .now_ms = time_wall_ms()};

    return guard_judge(&ask, out, err);
}

enum err_code authors_wanted(const struct turn *t, bool *is_wanted, struct err *err)
{
    struct guard_answer answer = {0};
    enum err_code rc = judge_eyes(t, SV(""), &answer, err);

    *is_wanted = answer.has_doubt;
    return rc;
}

/* Why it is not known who wrote all of it; "" = it is. */
static enum err_code doubt_of(struct turn *t, const struct carried_source *s, struct sv *out,
                              struct err *err)
{
    if (s->note.len > 0)
        return turn_text(t, out, err, SV_FMT " could not be read: " SV_FMT, SV_ARG(s->action),
                         SV_ARG(s->note));
    if (!s->is_walked)
        return turn_text(t, out, err, "who wrote " SV_FMT " " SV_FMT " is not known",
                         SV_ARG(s->action), SV_ARG(short_id(s->revision)));
    if (s->commits_cut && s->commit_count == 0)
        return turn_text(t, out, err, SV_FMT " is too far from what runs there to be told",
                         SV_ARG(s->action));
    if (s->commits_cut)
        return turn_text(t, out, err, SV_FMT " has more than %zu new commits", SV_ARG(s->action),
                         s->commit_count);
    for (size_t i = 0; i < s->commit_count; i++) {
        if (s->commits[i].author.len + s->commits[i].email.len == 0)
            return turn_text(t, out, err, SV_FMT " " SV_FMT " has no author", SV_ARG(s->action),
                             SV_ARG(short_id(s->commits[i].id)));
    }
    return ERR_OK;
}

static enum err_code add_author(struct sb *all, const struct commit *c, struct err *err)
{
    enum err_code rc = sb_add_safe(all, sv_take(c->author, AUTHOR_MAX), err);

    if (!rc && c->email.len > 0)
        rc = sb_add(all, SV(" <"), err);
    if (!rc && c->email.len > 0)
        rc = sb_add_safe(all, sv_take(c->email, AUTHOR_MAX), err);
    if (!rc && c->email.len > 0)
        rc = sb_addc(all, '>', err);
    return rc;
}

/* A line for each commit of each source, and an empty one for what is not known; one is there
 * already for the doubt that comes in. */
static enum err_code keep_authors(struct turn *t, const struct carried *c, struct sv *doubt,
                                  struct err *err)
{
    CLEANUP(sb_release) struct sb all;
    enum err_code rc = ERR_OK;
    bool has_any = doubt->len > 0;

    sb_init(&all, AUTHORS_CAP);
    for (size_t i = 0; i < c->source_count && !rc; i++) {
        const struct carried_source *s = &c->sources[i];
        struct sv why = SV("");

        rc = doubt_of(t, s, &why, err);
        if (!rc && why.len > 0 && has_any)
            rc = sb_addc(&all, '\n', err);
        has_any = has_any || why.len > 0;
        *doubt = doubt->len > 0 ? *doubt : why;
        for (size_t k = 0; k < s->commit_count && !rc; k++) {
            if (has_any)
                rc = sb_addc(&all, '\n', err);
            has_any = true;
            if (!rc)
                rc = add_author(&all, &s->commits[k], err);
        }
    }
    return rc ? rc : turn_keep(t, sb_sv(&all), &t->author, err);
}

/* Where four eyes are wanted, the plan says what they cannot see. */
static enum err_code tell_doubt(struct turn *t, struct sv doubt, struct err *err)
{
    struct guard_answer answer;
    enum err_code rc = t->is_again ? ERR_OK : judge_eyes(t, t->author, &answer, err);

    if (rc || t->is_again || !answer.has_doubt)
        return rc;
    if (doubt.len == 0 && answer.eyes[0] == '\0')
        doubt = t->author.len > 0 ? SV("who you are cannot be told; see [people] in the config")
                                  : SV("whose commit it is cannot be told");
    if (doubt.len == 0)
        return ERR_OK;
    return turn_text(t, &t->hint, err, "four eyes could not be checked: " SV_FMT, SV_ARG(doubt));
}

enum err_code authors_see(struct turn *t, const struct carried *carried, const struct err *why,
                          struct err *err)
{
    struct sv doubt = SV("");
    enum err_code rc = ERR_OK;

    if (why->text[0] != '\0')
        rc = turn_text(t, &doubt, err, "what it releases could not be read: %s", why->text);
    if (!rc && carried != NULL)
        rc = keep_authors(t, carried, &doubt, err);
    return rc ? rc : tell_doubt(t, doubt, err);
}

/* What the approval's stage would let through, as it was read last. */
static bool get_released(struct cache *cache, const struct pipeline_id *id, struct sv stage,
                         struct sv execution, struct arena *arena, struct carried *out)
{
    struct released_ask ask = {.id = id, .execution = execution};
    struct cache_pipeline p;
    int64_t rowid = 0;
    int64_t at;

    if (cache_find_id(cache, id, &rowid, NULL) || rowid == 0 ||
        cache_get_pipeline(cache, rowid, arena, &p, NULL))
        return false;
    for (size_t i = 0; i < p.state.stage_count && ask.to == NULL; i++) {
        if (sv_eq(p.state.stages[i].name, stage))
            ask.to = released_stage(&p.state, i);
    }
    ask.is_parallel = p.row.mode == MODE_PARALLEL;
    return ask.to != NULL && released_get(cache, &ask, arena, out, &at, NULL) == ERR_OK;
}

void authors_refuse(struct cache *cache, const struct aws_env *env, const struct pipeline_id *id,
                    struct sv stage, struct sv execution, struct sv caller,
                    char out[GUARD_TEXT_MAX])
{
    CLEANUP(arena_release) struct arena arena;
    struct deploy deploy = {.env = env};
    struct turn t = {
        .operation = &operation_approve, .deploy = &deploy, .arena = &arena, .author = SV("")};
    struct guard_answer answer = {0};
    struct sv doubt = SV("");
    struct carried carried;

    out[0] = '\0';
    arena_init(&arena, KNOWN_CAP);
    (void)snprintf(t.caller, sizeof t.caller, SV_FMT, SV_ARG(sv_take(caller, sizeof t.caller - 1)));
    if (get_released(cache, id, stage, execution, &arena, &carried) &&
        keep_authors(&t, &carried, &doubt, NULL) == ERR_OK &&
        judge_eyes(&t, t.author, &answer, NULL) == ERR_OK && !answer.has_doubt)
        (void)snprintf(out, GUARD_TEXT_MAX, "%s", answer.eyes);
}
