#include "core/model/pipeline.h"

#include "core/model/hash.h"

bool pipeline_id_eq(const struct pipeline_id *a, const struct pipeline_id *b)
{
    return sv_eq(a->name, b->name) && sv_eq(a->region, b->region) &&
           sv_eq(a->account, b->account) && sv_eq(a->partition, b->partition);
}

static const char *const modes[] = {
    [MODE_SUPERSEDED] = "SUPERSEDED", [MODE_QUEUED] = "QUEUED", [MODE_PARALLEL] = "PARALLEL"};

enum pipeline_mode pipeline_mode_from_aws(struct sv word)
{
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (sv_eq(word, sv_of(modes[i])))
            return (enum pipeline_mode)i;
    }
    return MODE_SUPERSEDED;
}

const char *pipeline_mode_aws(enum pipeline_mode mode)
{
    return modes[(unsigned)mode < ARRAY_LEN(modes) ? mode : MODE_SUPERSEDED];
}

enum status action_status(enum status aws, struct sv category, bool has_token)
{
    if (aws == STATUS_IN_PROGRESS && (has_token || sv_eq(category, SV("Approval"))))
        return STATUS_WAITING;
    return aws;
}

enum status stage_status(const struct stage_state *stage)
{
    bool waits = false;

    if (stage->status != STATUS_IN_PROGRESS)
        return stage->status;
    for (size_t i = 0; i < stage->action_count; i++) {
        const struct action_state *a = &stage->actions[i];
        enum status s = action_status(a->status, a->category, a->has_token);

        if (s == STATUS_IN_PROGRESS)
            return STATUS_IN_PROGRESS;
        waits = waits || s == STATUS_WAITING;
    }
    return waits ? STATUS_WAITING : STATUS_IN_PROGRESS;
}

int64_t stage_changed_at(const struct stage_state *stage)
{
    int64_t last = 0;

    for (size_t i = 0; i < stage->action_count; i++) {
        if (stage->actions[i].changed_at > last)
            last = stage->actions[i].changed_at;
    }
    return last;
}

static bool any_stage_waits(const struct pipeline_state *state)
{
    for (size_t i = 0; i < state->stage_count; i++) {
        if (stage_status(&state->stages[i]) == STATUS_WAITING)
            return true;
    }
    return false;
}

enum status pipeline_status(const struct execution *latest, const struct pipeline_state *state)
{
    enum status worst = STATUS_NONE;

    if (latest != NULL && latest->status != STATUS_NONE) {
        if (latest->status == STATUS_IN_PROGRESS && state != NULL && any_stage_waits(state))
            return STATUS_WAITING;
        return latest->status;
    }
    for (size_t i = 0; state != NULL && i < state->stage_count; i++)
        worst = status_worst(worst, stage_status(&state->stages[i]));
    return worst;
}

/* AWS lists the newest run first; of equal times the first listed counts. */
static const struct action_run *latest_run(struct sv execution_id, struct sv stage, struct sv name,
                                           const struct action_run *runs, size_t count)
{
    const struct action_run *latest = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct action_run *run = &runs[i];

        if (!sv_eq(run->action.name, name) || !sv_eq(run->stage, stage) ||
            !sv_eq(run->execution_id, execution_id))
            continue;
        if (latest == NULL || run->started_at > latest->started_at)
            latest = run;
    }
    return latest;
}

static void action_from_run(const struct action_def *def, const struct action_run *run,
                            struct action_state *out)
{
    *out = run != NULL ? run->action : (struct action_state){.percent = -1};
    out->name = def->name;
    if (out->category.len == 0)
        out->category = def->category;
    if (out->provider.len == 0)
        out->provider = def->provider;
    out->status = action_status(out->status, out->category, out->has_token);
}

/* What AWS would say of a stage whose actions stand so: it has no word for waiting, calls a stage
 * whose actions were abandoned stopped, and goes on until every action has run. */
static enum status status_of_actions(const struct action_state *actions, size_t count)
{
    enum status worst = STATUS_NONE;
    bool is_complete = true;

    for (size_t i = 0; i < count; i++) {
        worst = status_worst(worst, actions[i].status);
        is_complete = is_complete && actions[i].status != STATUS_NONE;
    }
    if (worst == STATUS_ABANDONED)
        return STATUS_STOPPED;
    if (worst == STATUS_WAITING || (worst == STATUS_SUCCEEDED && !is_complete))
        return STATUS_IN_PROGRESS;
    return worst;
}

void state_from_runs(const struct pipeline_def *def, struct sv execution_id,
                     const struct action_run *runs, size_t run_count, struct stage_state *stages,
                     struct action_state *actions, struct pipeline_state *out)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        const struct stage_def *stage = &def->stages[i];

        for (size_t j = 0; j < stage->action_count; j++) {
            struct sv name = stage->actions[j].name;

            action_from_run(&stage->actions[j],
                            latest_run(execution_id, stage->name, name, runs, run_count),
                            &actions[j]);
        }
        stages[i] = (struct stage_state){.name = stage->name,
                                         .status = status_of_actions(actions, stage->action_count),
                                         .transition_enabled = true,
                                         .actions = actions,
                                         .action_count = stage->action_count};
        if (stages[i].status != STATUS_NONE)
            stages[i].execution_id = execution_id;
        actions += stage->action_count;
    }
    *out = (struct pipeline_state){.name = def->name,
                                   .version = def->version,
                                   .updated_at = def->updated_at,
                                   .stages = stages,
                                   .stage_count = def->stage_count};
}

static void hash_action_def(struct hash *h, const struct action_def *a)
{
    hash_sv(h, a->name);
    hash_sv(h, a->category);
    hash_sv(h, a->owner);
    hash_sv(h, a->provider);
    hash_sv(h, a->branch);
    hash_sv(h, a->repository);
    hash_sv(h, a->project);
    hash_sv(h, a->stack);
    hash_sv(h, a->change_set);
    hash_sv(h, a->role_arn);
    hash_sv(h, a->region);
    hash_sv(h, a->data);
    hash_sv(h, a->link);
    hash_int(h, a->timeout_minutes);
    hash_int(h, a->run_order);
}

uint64_t pipeline_def_hash(const struct pipeline_def *def)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, def->name);
    hash_sv(&h, def->arn);
    hash_sv(&h, def->type);
    hash_int(&h, def->mode);
    hash_int(&h, def->version);
    hash_int(&h, def->created_at);
    hash_int(&h, def->updated_at);
    for (size_t i = 0; i < def->stage_count; i++) {
        hash_sv(&h, def->stages[i].name);
        hash_int(&h, (int64_t)def->stages[i].action_count);
        for (size_t j = 0; j < def->stages[i].action_count; j++)
            hash_action_def(&h, &def->stages[i].actions[j]);
    }
    for (size_t i = 0; i < def->variable_count; i++) {
        hash_sv(&h, def->variables[i].name);
        hash_int(&h, def->variables[i].value.ptr != NULL);
        hash_sv(&h, def->variables[i].value);
        hash_sv(&h, def->variables[i].description);
    }
    return hash_done(&h);
}

static void hash_action(struct hash *h, const struct action_state *a)
{
    hash_sv(h, a->name);
    hash_int(h, a->status);
    hash_sv(h, a->execution_id);
    hash_sv(h, a->summary);
    hash_sv(h, a->error_code);
    hash_sv(h, a->error_message);
    hash_sv(h, a->external_id);
    hash_sv(h, a->external_url);
    hash_sv(h, a->updated_by);
    hash_sv(h, a->revision_id);
    hash_sv(h, a->url);
    hash_int(h, a->changed_at);
    hash_int(h, a->percent);
    hash_int(h, a->has_token);
}

bool stage_is_held(const struct stage_state *stage)
{
    return stage->condition.len > 0 && stage->status == STATUS_FAILED &&
           !sv_eq(stage->condition_status, SV("InProgress"));
}

enum err_code stage_condition_write(const struct stage_state *stage, struct sb *out,
                                    struct err *err)
{
    const char *word = sv_eq(stage->condition_status, SV("Failed"))    ? "failed"
                       : sv_eq(stage->condition_status, SV("Errored")) ? "could not be told"
                                                                       : "is looked at";

    if (stage->condition.len == 0)
        return ERR_OK;
    return sb_addf(out, err, SV_FMT " %s%s" SV_FMT, SV_ARG(stage->condition), word,
                   stage->condition_text.len > 0 ? ": " : "",
                   SV_ARG(sv_take(stage->condition_text, 4000)));
}

static void hash_stage(struct hash *h, const struct stage_state *s)
{
    hash_sv(h, s->name);
    hash_int(h, s->status);
    hash_sv(h, s->execution_id);
    hash_int(h, s->inbound_status);
    hash_sv(h, s->inbound_id);
    hash_int(h, s->transition_enabled);
    hash_sv(h, s->disabled_reason);
    hash_sv(h, s->disabled_by);
    hash_int(h, s->transition_changed_at);
    hash_int(h, s->is_rollback);
    hash_sv(h, s->condition);
    hash_sv(h, s->condition_status);
    hash_sv(h, s->condition_text);
    hash_int(h, (int64_t)s->action_count);
}

uint64_t pipeline_state_hash(const struct pipeline_state *state)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, state->name);
    hash_int(&h, state->version);
    hash_int(&h, state->updated_at);
    for (size_t i = 0; i < state->stage_count; i++) {
        hash_stage(&h, &state->stages[i]);
        for (size_t j = 0; j < state->stages[i].action_count; j++)
            hash_action(&h, &state->stages[i].actions[j]);
    }
    return hash_done(&h);
}

uint64_t execution_hash(const struct execution *execution)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, execution->id);
    hash_int(&h, execution->status);
    hash_sv(&h, execution->status_summary);
    hash_int(&h, execution->started_at);
    hash_int(&h, execution->updated_at);
    hash_sv(&h, execution->revision);
    hash_sv(&h, execution->revision_summary);
    hash_sv(&h, execution->revision_url);
    hash_sv(&h, execution->trigger);
    hash_sv(&h, execution->trigger_detail);
    hash_sv(&h, execution->stop_reason);
    hash_int(&h, execution->mode);
    hash_int(&h, execution->is_rollback);
    hash_sv(&h, execution->rollback_target);
    return hash_done(&h);
}

uint64_t action_run_hash(const struct action_run *run)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, run->execution_id);
    hash_sv(&h, run->stage);
    hash_action(&h, &run->action);
    hash_sv(&h, run->action.category);
    hash_sv(&h, run->action.provider);
    hash_int(&h, run->started_at);
    return hash_done(&h);
}
