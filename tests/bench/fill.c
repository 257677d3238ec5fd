#include "fill.h"

enum { RARE_EVERY = 20011 };
static const int64_t epoch_ms = 1795000000000;

static const char *const topics[] = {"orders",  "clicks",   "sensors", "ledger",
                                     "parcels", "payments", "devices", "weather"};
static const char *const steps[] = {"ingest", "curate", "publish", "archive"};
static const char *const environments[] = {"dev", "test", "prod"};
static const enum status statuses[] = {STATUS_SUCCEEDED, STATUS_SUCCEEDED, STATUS_SUCCEEDED,
                                       STATUS_FAILED,    STATUS_SUCCEEDED, STATUS_IN_PROGRESS,
                                       STATUS_STOPPED,   STATUS_SUCCEEDED};

#define PICK(list, n)  ((list)[(n) % ARRAY_LEN(list)])
#define PRINT(to, ...) ((void)snprintf((to), sizeof(to), __VA_ARGS__), sv_of(to))

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ x >> 33;
}

static void make_def(struct fill *f, long i, uint64_t bits)
{
    static const char *const names[] = {"Source", "Build", "Deploy"};
    static const char *const actions[] = {"Checkout", "Compile", "Deploy", "Verify"};

    /* The number is last, so that the order of names is not the order of making. */
    f->id.partition = SV("aws");
    f->id.account = SV("111111111111");
    f->id.region = SV("eu-west-1");
    f->id.name = PRINT(f->name, "%s-%s-%s%07ld-%s", PICK(topics, bits), PICK(steps, bits >> 8),
                       i % RARE_EVERY == 7 ? "zqxjkv" : "", i, PICK(environments, bits >> 16));
    for (int s = 0; s < FILL_STAGES; s++) {
        f->stage_defs[s] = (struct stage_def){.name = sv_of(names[s]),
                                              .actions = f->action_defs + s,
                                              .action_count = s + 1 == FILL_STAGES ? 2 : 1};
    }
    for (int a = 0; a < FILL_ACTIONS; a++) {
        f->action_defs[a] =
            (struct action_def){.name = sv_of(actions[a]),
                                .category = a == 0 ? SV("Source") : SV("Build"),
                                .owner = SV("AWS"),
                                .provider = a == 0 ? SV("CodeCommit") : SV("CodeBuild"),
                                .branch = a == 0 ? SV("main") : SV_NONE,
                                .run_order = 1 + a / FILL_STAGES};
    }
    f->def = (struct pipeline_def){
        .name = f->id.name,
        .arn = PRINT(f->arn, "arn:aws:codepipeline:eu-west-1:111111111111:%s", f->name),
        .type = SV("V2"),
        .mode = MODE_QUEUED,
        .version = 1,
        .created_at = epoch_ms,
        .updated_at = epoch_ms,
        .stages = f->stage_defs,
        .stage_count = FILL_STAGES,
    };
}

static void make_action(struct fill *f, int a, enum status status, int64_t at)
{
    f->actions[a] = (struct action_state){
        .name = f->action_defs[a].name,
        .category = f->action_defs[a].category,
        .provider = f->action_defs[a].provider,
        .status = status,
        .execution_id = f->latest.id,
        .summary = status == STATUS_FAILED ? SV("Build terminated with state: FAILED") : SV_NONE,
        .error_code = status == STATUS_FAILED ? SV("JobFailed") : SV_NONE,
        .error_message = status == STATUS_FAILED ? SV("Build terminated with state: FAILED. Phase: "
                                                      "BUILD, Code: COMMAND_EXECUTION_ERROR")
                                                 : SV_NONE,
        .external_id = a == 0 ? SV_NONE : sv_of(f->build),
        .revision_id = a == 0 ? f->latest.revision : SV_NONE,
        .changed_at = at + a * 60000,
        .percent = -1,
    };
}

static void make_state(struct fill *f, uint64_t bits, int64_t at)
{
    enum status last = f->latest.status;

    PRINT(f->build, "lake-build:%016llx", (unsigned long long)mix(bits));
    for (int a = 0; a < FILL_ACTIONS; a++)
        make_action(f, a, a < FILL_STAGES - 1 ? STATUS_SUCCEEDED : last, at);
    for (int s = 0; s < FILL_STAGES; s++) {
        f->stages[s] = (struct stage_state){
            .name = f->stage_defs[s].name,
            .status = s + 1 < FILL_STAGES ? STATUS_SUCCEEDED : last,
            .execution_id = f->latest.id,
            .transition_enabled = true,
            .actions = f->actions + s,
            .action_count = f->stage_defs[s].action_count,
        };
    }
    f->state = (struct pipeline_state){.name = f->id.name,
                                       .version = 1,
                                       .updated_at = epoch_ms,
                                       .stages = f->stages,
                                       .stage_count = FILL_STAGES};
}

void fill_make(struct fill *f, long i, long generation)
{
    uint64_t fixed = mix((uint64_t)i + 1);
    uint64_t bits = mix(fixed + (uint64_t)generation);
    int64_t at = epoch_ms + (int64_t)(bits >> 40) * 100 + generation * 86400000;

    make_def(f, i, fixed);
    f->latest = (struct execution){
        .id = PRINT(f->execution_id, "%08llx-1111-4222-8333-%012llx",
                    (unsigned long long)(bits & 0xffffffff), (unsigned long long)(bits >> 16)),
        .status = PICK(statuses, (uint64_t)i + (uint64_t)generation),
        .started_at = at,
        .updated_at = at + 240000,
        .revision = PRINT(f->revision, "%016llx%016llx%08llx", (unsigned long long)bits,
                          (unsigned long long)mix(bits), (unsigned long long)(fixed & 0xffffffff)),
        .revision_summary =
            PRINT(f->summary, "%s: handle late %s in batch %llu", PICK(steps, bits >> 8),
                  PICK(topics, bits >> 24), (unsigned long long)(bits % 100000)),
        .trigger = SV("CloudWatchEvent"),
        .mode = MODE_QUEUED,
    };
    make_state(f, bits, at);
}

enum err_code fill_put(struct cache *cache, long from, long to, long generation, bool def_too,
                       struct err *err)
{
    enum err_code rc = cache_begin(cache, 5000, err);
    struct fill f;
    bool changed;

    if (rc)
        return rc;
    for (long i = from; i < to && rc == ERR_OK; i++) {
        int64_t now = epoch_ms + generation * 86400000;

        fill_make(&f, i, generation);
        if (def_too)
            rc = cache_put_def(cache, &f.id, &f.def, NULL, 0, now, &changed, err);
        if (rc == ERR_OK)
            rc = cache_put_state(cache, &f.id, &f.state, &f.latest, now, &changed, err);
    }
    if (rc == ERR_OK)
        return cache_commit(cache, err);
    cache_rollback(cache);
    return rc;
}
