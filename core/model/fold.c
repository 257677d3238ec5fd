#include "core/model/fold.h"

#define DEPLOY   SV("Deploy-Stage-")
#define APPROVAL SV("ManualApproval-")
#define SOURCE   SV("Source-")

static const char *const strategies[] = {
    [FOLD_UNMANAGED] = "unmanaged", [FOLD_TRUNK] = "trunk", [FOLD_GITFLOW] = "gitflow"};

const char *strategy_name(enum fold_strategy s)
{
    return strategies[(unsigned)s < ARRAY_LEN(strategies) ? s : FOLD_UNMANAGED];
}

enum fold_strategy strategy_from_name(struct sv name)
{
    for (size_t i = 0; i < ARRAY_LEN(strategies); i++) {
        if (sv_eq(name, sv_of(strategies[i])))
            return (enum fold_strategy)i;
    }
    return FOLD_UNMANAGED;
}

/* What follows the prefix; empty when the name does not start so, or is only the prefix. */
static struct sv after(struct sv name, struct sv prefix)
{
    return sv_starts(name, prefix) ? sv_drop(name, prefix.len) : SV_NONE;
}

struct sv fold_stage_environment(struct sv stage_name)
{
    const struct sv prefixes[] = {DEPLOY, APPROVAL, SOURCE};

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        struct sv environment = after(stage_name, prefixes[i]);

        if (environment.len > 0)
            return environment;
    }
    return SV_NONE;
}

static size_t next_deploy(const struct stage_state *stages, size_t count, size_t at)
{
    while (at < count && after(stages[at].name, DEPLOY).len == 0)
        at++;
    return at;
}

static void fold_approval(const struct stage_state *stage, struct cell_mark *cell)
{
    if (after(stage->name, APPROVAL).len == 0)
        return;
    if (stage_status(stage) == STATUS_WAITING)
        cell->status = STATUS_WAITING;
    cell->is_held = cell->is_held || !stage->transition_enabled;
}

/* data.all names an approval by the environment before it, others by the one behind it: what is
 * approved is to go on, so an approval belongs to the next deploy stage whatever its name. */
bool fold_cell_next(const struct stage_state *stages, size_t count, size_t *at,
                    struct cell_mark *out)
{
    size_t first = *at;
    size_t here = next_deploy(stages, count, first);
    size_t end = here + 1;

    *at = end;
    if (here >= count)
        return false;
    *out = (struct cell_mark){.environment = after(stages[here].name, DEPLOY),
                              .status = stage_status(&stages[here]),
                              .is_held = !stages[here].transition_enabled,
                              .execution_id = stages[here].execution_id,
                              .changed_at = stage_changed_at(&stages[here])};
    if (next_deploy(stages, count, end) == count)
        end = count; /* an approval at the end has no other place */
    for (size_t i = first; i < end; i++)
        fold_approval(&stages[i], out);
    return true;
}

static bool deploys_to(const struct pipeline_def *def, struct sv environment)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        if (sv_eq(after(def->stages[i].name, DEPLOY), environment))
            return true;
    }
    return false;
}

/* Each stage behind the first deploys, or approves what this pipeline deploys; one deploys at
 * least. */
static bool only_deploys(const struct pipeline_def *def)
{
    size_t deploys = 0;

    for (size_t i = 1; i < def->stage_count; i++) {
        struct sv approved = after(def->stages[i].name, APPROVAL);

        if (after(def->stages[i].name, DEPLOY).len > 0)
            deploys++;
        else if (approved.len == 0 || !deploys_to(def, approved))
            return false;
    }
    return deploys > 0;
}

static bool is_trunk(const struct pipeline_def *def)
{
    return def->stage_count > 1 && sv_eq(def->stages[0].name, SV("Source")) && only_deploys(def);
}

/* The name without "-environment"; empty when it does not end so or nothing would be left. */
static struct sv without_suffix(struct sv name, struct sv environment)
{
    if (environment.len == 0 || name.len < environment.len + 2 || !sv_ends(name, environment) ||
        name.ptr[name.len - environment.len - 1] != '-')
        return SV_NONE;
    return sv_take(name, name.len - environment.len - 1);
}

/* The environment of a gitflow pipeline, empty if it is none: name and all stages must agree. */
static struct sv gitflow_environment(const struct pipeline_def *def)
{
    struct sv environment = def->stage_count > 1 ? after(def->stages[0].name, SOURCE) : SV_NONE;

    if (without_suffix(def->name, environment).len == 0 || !only_deploys(def))
        return SV_NONE;
    for (size_t i = 1; i < def->stage_count; i++) {
        if (!sv_eq(fold_stage_environment(def->stages[i].name), environment))
            return SV_NONE;
    }
    return environment;
}

static void fold_by_names(const struct pipeline_def *def, struct fold *out)
{
    *out = (struct fold){.strategy = FOLD_UNMANAGED, .logical = def->name};
    if (is_trunk(def)) {
        out->strategy = FOLD_TRUNK;
        return;
    }
    out->environment = gitflow_environment(def);
    if (out->environment.len > 0) {
        out->strategy = FOLD_GITFLOW;
        out->logical = without_suffix(def->name, out->environment);
    }
}

static struct sv tag_value(const struct tag *tags, size_t count, struct sv key)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(tags[i].key, key))
            return tags[i].value;
    }
    return SV_NONE;
}

void fold_pipeline(const struct pipeline_def *def, const struct tag *tags, size_t tag_count,
                   struct fold *out)
{
    struct sv logical = tag_value(tags, tag_count, SV("penstock:pipeline"));
    struct sv environment = tag_value(tags, tag_count, SV("penstock:stage"));
    enum fold_strategy strategy =
        strategy_from_name(tag_value(tags, tag_count, SV("penstock:strategy")));

    fold_by_names(def, out);
    /* Grouped by hand without a word about the strategy: one stage each is what gitflow is. */
    if (strategy == FOLD_UNMANAGED && logical.len > 0 && environment.len > 0)
        strategy = FOLD_GITFLOW;
    if (strategy != FOLD_UNMANAGED)
        out->strategy = strategy;
    if (out->strategy != FOLD_GITFLOW) {
        out->environment = SV_NONE;
        out->logical = def->name;
    } else if (environment.len > 0) {
        struct sv head = without_suffix(def->name, environment);

        out->environment = environment;
        out->logical = head.len > 0 ? head : def->name;
    }
    if (logical.len > 0)
        out->logical = logical;
}
