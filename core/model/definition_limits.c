/* Every derived name against the limit of its service, told once for the longest stage. */
#include "core/model/definition_check.h"

#define LIMIT_ROW(name, limit, pattern, per_stage, of)                                             \
    [DERIVED_##name] = {limit, per_stage, pattern, of},
static const struct {
    size_t limit;
    bool is_per_stage;
    const char *pattern;
    const char *of;
} rows[] = {DERIVED_LIST(LIMIT_ROW)};

enum { NAME_JUDGED_MAX = 100, STAGE_JUDGED_MAX = 20 };

static int longest_stage(const struct definition *d)
{
    size_t best = 0;

    for (size_t i = 1; i < d->stage_count; i++) {
        if (d->stages[i].stage.len > d->stages[best].stage.len)
            best = i;
    }
    return d->stage_count == 0 ? -1 : (int)best;
}

static void check(const struct definition *d, const struct environment *cicd, enum derived what,
                  int stage, struct defects *defects)
{
    char name[DERIVED_SIZE];
    char shown[DERIVED_SIZE];
    struct definition general = *d;
    size_t len = strlen(definition_name(d, cicd, what, stage, name));
    size_t limit = rows[what].limit;

    if (len <= limit)
        return;
    general.name = SV("NAME");
    definition_name(&general, cicd, what, stage, shown);
    if (len - limit >= d->name.len)
        defects_add(defects, "name",
                    "the %s %s would have %zu characters and AWS takes %zu: no name fits, choose a "
                    "shorter stage",
                    rows[what].of, shown, len, limit);
    else
        defects_add(defects, "name",
                    "the %s %s would have %zu characters and AWS takes %zu: at most %zu characters "
                    "fit",
                    rows[what].of, shown, len, limit, d->name.len - (len - limit));
}

/* What is too long in itself is told elsewhere, and would only be told again for every name. */
void definition_check_limits(const struct definition *d, const struct environment *cicd,
                             struct defects *defects)
{
    int stage = longest_stage(d);

    if (d->name.len == 0 || d->name.len > NAME_JUDGED_MAX ||
        (stage >= 0 && d->stages[stage].stage.len > STAGE_JUDGED_MAX))
        return;
    for (int what = 0; what < DERIVED_COUNT; what++) {
        bool needs_place =
            strstr(rows[what].pattern, "$A") != NULL || strstr(rows[what].pattern, "$R") != NULL;

        if (!definition_uses(d, (enum derived)what) || what == DERIVED_REPOSITORY ||
            (needs_place && cicd == NULL) || (rows[what].is_per_stage && stage < 0))
            continue;
        check(d, cicd, (enum derived)what, rows[what].is_per_stage ? stage : -1, defects);
    }
}
