#include "fill.h"

enum { ENVIRONMENTS = 3, GITFLOW = 2, GROUP = 8 };
static const uint64_t SPREAD_S = 20 * 86400;
static const char *const environments[ENVIRONMENTS] = {"dev", "test", "prod"};

static void add_stage(struct fill *f, const char *kind, const char *environment, struct sv category,
                      struct sv provider)
{
    size_t s = f->def.stage_count++;
    char *name = f->stage_names[s];

    (void)snprintf(name, FILL_TEXT_MAX, "%s%s%s", kind, environment[0] != '\0' ? "-" : "",
                   environment);
    f->action_defs[s] = (struct action_def){.name = sv_of(name),
                                            .category = category,
                                            .owner = SV("AWS"),
                                            .provider = provider,
                                            .run_order = 1};
    f->stage_defs[s] =
        (struct stage_def){.name = sv_of(name), .actions = &f->action_defs[s], .action_count = 1};
}

static void add_deploy(struct fill *f, const char *environment)
{
    add_stage(f, "Deploy-Stage", environment, SV("Build"), SV("CodeBuild"));
}

static void make_gitflow(struct fill *f, const char *environment)
{
    add_stage(f, "Source", environment, SV("Source"), SV("CodeCommit"));
    add_deploy(f, environment);
}

static void make_trunk(struct fill *f)
{
    add_stage(f, "Source", "", SV("Source"), SV("CodeCommit"));
    for (int e = 0; e < ENVIRONMENTS; e++) {
        add_deploy(f, environments[e]);
        if (e + 1 < ENVIRONMENTS)
            add_stage(f, "ManualApproval", environments[e], SV("Approval"), SV("Manual"));
    }
}

/* All stages but the last went well; the last one is where the execution is. */
static void make_state(struct fill *f)
{
    for (size_t s = 0; s < f->def.stage_count; s++) {
        enum status status = s + 1 < f->def.stage_count ? STATUS_SUCCEEDED : f->latest.status;

        f->actions[s] = (struct action_state){.name = f->action_defs[s].name,
                                              .status = status,
                                              .execution_id = f->latest.id,
                                              .revision_id = s == 0 ? f->latest.revision : SV_NONE,
                                              .changed_at = f->latest.updated_at,
                                              .percent = -1};
        f->stages[s] = (struct stage_state){.name = f->stage_defs[s].name,
                                            .status = status,
                                            .execution_id = f->latest.id,
                                            .transition_enabled = true,
                                            .actions = &f->actions[s],
                                            .action_count = 1};
    }
    f->state.stage_count = f->def.stage_count;
}

void fill_make_board(struct fill *f, long i, int64_t latest_ms)
{
    long place = i % GROUP;
    long logical = i / GROUP * (GITFLOW + 1) + place / ENVIRONMENTS;
    static const char *const topics[] = {"orders", "clicks", "sensors", "ledger", "parcels"};

    fill_make(f, i, 0);
    f->latest.updated_at = latest_ms - (int64_t)((uint64_t)i * 2654435761U % SPREAD_S) * 1000;
    f->latest.started_at = f->latest.updated_at - 240000;
    if (place == GROUP - 1)
        return;
    (void)snprintf(f->name, sizeof f->name, "%s-%05ld", topics[logical % (long)ARRAY_LEN(topics)],
                   logical);
    f->def.stage_count = 0;
    if (place < GITFLOW * ENVIRONMENTS) {
        size_t len = strlen(f->name);
        const char *environment = environments[place % ENVIRONMENTS];

        (void)snprintf(f->name + len, sizeof f->name - len, "-%s", environment);
        make_gitflow(f, environment);
    } else {
        make_trunk(f);
    }
    f->id.name = f->def.name = f->state.name = sv_of(f->name);
    make_state(f);
}
