#include "screens/drawing.h"

enum { PLACE_COL = 34 };

struct drawing {
    const struct definition *d;
    const struct environment *environments;
    size_t count;
    const char *flow;
    struct sb *out;
    struct err *err;
};

static struct sv shown(struct sv text, const char *otherwise)
{
    return text.len > 0 ? text : sv_of(otherwise);
}

static size_t accounts_of(const struct drawing *w)
{
    size_t accounts = 0;

    for (size_t i = 0; i < w->d->stage_count; i++) {
        const struct environment *e =
            environment_find(w->environments, w->count, w->d->stages[i].environment);
        bool is_new = e != NULL;

        for (size_t k = 0; k < i && is_new; k++) {
            const struct environment *o =
                environment_find(w->environments, w->count, w->d->stages[k].environment);

            is_new = o == NULL || !sv_eq(o->account, e->account);
        }
        accounts += is_new;
    }
    return accounts;
}

static size_t branches_of(const struct definition *d)
{
    size_t branches = 0;

    for (size_t i = 0; i < d->stage_count; i++) {
        bool is_new = true;

        for (size_t k = 0; k < i; k++)
            is_new = is_new && !sv_eq(definition_branch(d, i), definition_branch(d, k));
        branches += is_new;
    }
    return branches;
}

static enum err_code sum_up(const struct drawing *w)
{
    const struct definition *d = w->d;
    bool is_trunk = d->strategy == STRATEGY_TRUNK;
    size_t pipelines = is_trunk ? 1 : d->stage_count;
    size_t stages = pipelines + d->stage_count;
    size_t branches = branches_of(d);
    size_t accounts = accounts_of(w);

    if (d->stage_count == 0)
        return sb_addf(w->out, w->err, "%s: no environment yet\n", strategy_word(d->strategy));
    for (size_t i = 0; i < d->stage_count; i++)
        stages += d->stages[i].approval;
    return sb_addf(w->out, w->err,
                   "%s: %zu branch%s, %zu pipeline%s, %zu stage%s, %zu target account%s\n",
                   strategy_word(d->strategy), branches, branches == 1 ? "" : "es", pipelines,
                   pipelines == 1 ? "" : "s", stages, stages == 1 ? "" : "s", accounts,
                   accounts == 1 ? "" : "s");
}

/* What stands left, and the account and region that it is in. */
static enum err_code add_line(const struct drawing *w, const char *left, struct sv environment)
{
    const struct environment *e = environment_find(w->environments, w->count, environment);
    int gap = PLACE_COL - text_width(sv_of(left));

    if (e != NULL)
        return sb_addf(w->out, w->err, "%s%*s" SV_FMT " " SV_FMT "\n", left, gap > 1 ? gap : 1, "",
                       SV_ARG(e->account), SV_ARG(e->region));
    return sb_addf(w->out, w->err, "%s%*s" SV_FMT "\n", left, gap > 1 ? gap : 1, "",
                   SV_ARG(shown(environment, "no environment yet")));
}

static enum err_code add_stage(const struct drawing *w, size_t i)
{
    char left[DERIVED_SIZE + 16];
    char name[DERIVED_SIZE];
    enum err_code rc = ERR_OK;

    if (w->d->stages[i].approval)
        rc = sb_addf(w->out, w->err, "    ? %s\n",
                     definition_name(w->d, NULL, DERIVED_APPROVAL_STAGE, (int)i, name));
    if (rc)
        return rc;
    snprintf(left, sizeof left, "    %s %s", w->flow,
             definition_name(w->d, NULL, DERIVED_DEPLOY_STAGE, (int)i, name));
    return add_line(w, left, w->d->stages[i].environment);
}

static enum err_code add_pipeline(const struct drawing *w, struct sv branch, const char *pipeline,
                                  const char *source)
{
    char left[2 * DERIVED_SIZE];
    enum err_code rc;

    snprintf(left, sizeof left, SV_FMT " %s %s", SV_ARG(sv_take(branch, 200)), w->flow, pipeline);
    rc = add_line(w, left, w->d->cicd);
    return rc ? rc : sb_addf(w->out, w->err, "    %s %s\n", w->flow, source);
}

static enum err_code draw_trunk(const struct drawing *w)
{
    char name[DERIVED_SIZE];
    enum err_code rc;

    rc = add_pipeline(w, w->d->stage_count > 0 ? definition_branch(w->d, 0) : SV("main"),
                      definition_name(w->d, NULL, DERIVED_PIPELINE, -1, name), "Source");
    for (size_t i = 0; i < w->d->stage_count && rc == ERR_OK; i++)
        rc = add_stage(w, i);
    return rc;
}

static enum err_code draw_gitflow(const struct drawing *w)
{
    char name[DERIVED_SIZE];
    char source[DERIVED_SIZE];
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < w->d->stage_count && rc == ERR_OK; i++) {
        rc = add_pipeline(w, definition_branch(w->d, i),
                          definition_name(w->d, NULL, DERIVED_STAGE_PIPELINE, (int)i, name),
                          definition_name(w->d, NULL, DERIVED_SOURCE_STAGE, (int)i, source));
        if (rc == ERR_OK)
            rc = add_stage(w, i);
    }
    return rc;
}

enum err_code drawing_write(const struct definition *d, const struct environment *environments,
                            size_t count, bool is_utf8, struct sb *out, struct err *err)
{
    struct definition named = *d;
    const struct drawing w = {.d = &named,
                              .environments = environments,
                              .count = count,
                              .flow = is_utf8 ? "\xe2\x96\xb8" : ">",
                              .out = out,
                              .err = err};
    enum err_code rc;

    if (named.name.len == 0)
        named.name = SV("NAME");
    rc = sum_up(&w);
    if (rc == ERR_OK && d->stage_count == 0)
        return sb_add(out, SV("    no environments yet: they are the next page\n"), err);
    if (rc == ERR_OK)
        rc = d->strategy == STRATEGY_TRUNK ? draw_trunk(&w) : draw_gitflow(&w);
    return rc;
}
