/* Which branch feeds which stage: trunk has one for all, gitflow one each and main for prod. */
#include "core/model/branch.h"
#include "core/model/definition_check.h"

enum { SHOWN_MAX = 40 };

static const char *branch_field(size_t at, char out[DEFECT_FIELD_SIZE])
{
    return defect_field(out, "environments[%zu].branch", at);
}

static void check_legal(const struct definition *d, size_t at, struct defects *defects)
{
    char field[DEFECT_FIELD_SIZE];
    struct sv branch = definition_branch(d, at);
    const char *fault;

    /* One made from the stage is judged there. */
    if (sv_eq(branch, d->stages[at].stage))
        return;
    fault = branch_fault(branch);
    if (fault != NULL)
        defects_add_first(defects, branch_field(at, field), "\"" SV_FMT "\" %s",
                          SV_ARG(sv_take(branch, SHOWN_MAX)), fault);
}

static void check_trunk(const struct definition *d, struct defects *defects)
{
    char field[DEFECT_FIELD_SIZE];

    for (size_t i = 1; i < d->stage_count; i++) {
        if (!sv_eq(definition_branch(d, i), definition_branch(d, 0)))
            defects_add_first(defects, branch_field(i, field),
                              "is not " SV_FMT " as in environments[0]: trunk has one branch",
                              SV_ARG(sv_take(definition_branch(d, 0), SHOWN_MAX)));
    }
}

static void check_pair(const struct definition *d, size_t i, size_t at, struct defects *defects)
{
    char field[DEFECT_FIELD_SIZE];
    struct sv a = definition_branch(d, i);
    struct sv b = definition_branch(d, at);

    if (sv_eq_nocase(d->stages[i].stage, d->stages[at].stage))
        return; /* told already */
    branch_field(at, field);
    if (sv_eq(a, b))
        defects_add_first(defects, field,
                          "environments[%zu] has " SV_FMT
                          " already: gitflow has one stage a branch",
                          i, SV_ARG(sv_take(b, SHOWN_MAX)));
    else if (branch_is_nested(a, b) || branch_is_nested(b, a))
        defects_add_first(defects, field,
                          "git cannot keep " SV_FMT " beside " SV_FMT " of environments[%zu]",
                          SV_ARG(sv_take(b, SHOWN_MAX)), SV_ARG(sv_take(a, SHOWN_MAX)), i);
}

static void check_gitflow(const struct definition *d, struct defects *defects)
{
    char field[DEFECT_FIELD_SIZE];
    bool has_prod = false;

    for (size_t i = 0; i < d->stage_count; i++) {
        bool is_prod = sv_eq(d->stages[i].stage, SV("prod"));
        bool is_main = sv_eq(definition_branch(d, i), SV("main"));

        has_prod = has_prod || is_prod;
        if (is_prod && !is_main)
            defects_add_first(defects, branch_field(i, field), "of prod must be main with gitflow");
        for (size_t k = 0; k < i && d->stages[i].stage.len > 0; k++)
            check_pair(d, k, i, defects);
    }
    if (!has_prod && d->stage_count > 0)
        defects_add(defects, "environments",
                    "gitflow needs a stage prod: without it no pipeline would watch main");
}

void definition_check_branches(const struct definition *d, struct defects *defects)
{
    for (size_t i = 0; i < d->stage_count; i++)
        check_legal(d, i, defects);
    if (d->strategy == STRATEGY_TRUNK)
        check_trunk(d, defects);
    else
        check_gitflow(d, defects);
}
