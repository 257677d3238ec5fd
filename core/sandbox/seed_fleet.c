#include "core/sandbox/engine.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/seed.h"
#include "core/sandbox/shape.h"

static const int64_t MINUTE_MS = 60 * 1000;

/* 3 to 8 stages; who else has such a shape shares it. */
static const char *const shapes[] = {
    "Source:CodeCommit=C;Build:Build=B;Deploy:Deploy=F",
    "Source:CodeCommit=C;Deploy-Stage-dev:deploy-dev=B;ManualApproval-dev:ManualApproval-dev=M;"
    "Deploy-Stage-prod:deploy-prod=B",
    "Source:Code=G;Build:Build=B;Test:Unit=B,Lint=B;Deploy-dev:Stack=F;Deploy-prod:Stack=F",
    "Source:CodeCommit=C;Deploy-Stage-dev:deploy-dev=B;ManualApproval-dev:ManualApproval-dev=M;"
    "Deploy-Stage-test:deploy-test=B;ManualApproval-test:ManualApproval-test=M;"
    "Deploy-Stage-prod:deploy-prod=B",
    "Source:Data=3;Check:Schema=L,Counts=L;Load:Load=B;Verify:Verify=B;Approve:Approve=M;"
    "Publish:Stack=F;Notify:Notify=L",
    "Source:CodeCommit=C;Synth:Synth=B;Assets:Docker=B,Files=B;dev:Prepare=F,Deploy=F2;"
    "Gate-test:Gate=M;test:Prepare=F,Deploy=F2;Gate-prod:Gate=M;prod:Prepare=F,Deploy=F2",
};

static const char *const subjects[] = {"orders",  "customers", "clicks",   "sensors",
                                       "ledger",  "parcels",   "weather",  "devices",
                                       "tickets", "campaigns", "payments", "inventory"};

enum err_code seed_fleet_define(struct world *w, int64_t size, struct err *err)
{
    const struct shape *parsed[ARRAY_LEN(shapes)];
    struct place *place;
    enum err_code rc = world_place(w, SV("111111111111"), SV("eu-west-1"), &place, err);

    for (size_t i = 0; i < ARRAY_LEN(shapes) && !rc; i++)
        rc = shape_parse(w, sv_of(shapes[i]), &parsed[i], err);
    for (int64_t i = 0; i < size && !rc; i++) {
        uint64_t mixed = hash_mix((uint64_t)i);
        const char *name = "";
        struct pipe *p;
        char text[64];

        (void)snprintf(text, sizeof text, "lake-%06lld-%s", (long long)i,
                       subjects[mixed % ARRAY_LEN(subjects)]);
        rc = world_intern(w, sv_of(text), &name, err);
        if (!rc)
            rc = world_add_pipe(w, place, name, parsed[mixed / 64 % ARRAY_LEN(shapes)], &p, err);
        if (rc)
            break;
        p->mode = mixed % 10 < 7 ? RUN_MODE_SUPERSEDED : RUN_MODE_QUEUED;
        p->type = p->mode == RUN_MODE_QUEUED ? "V2" : "V1";
        p->created_at = p->updated_at = w->now_ms - (int64_t)(mixed % 100000) * MINUTE_MS;
    }
    return rc;
}

/* Each has run once, long ago or just now, and half of the waiting ones wait for a person. */
static enum err_code run_once(struct world *w, struct pipe *p, uint64_t mixed, struct err *err)
{
    struct start start = {.trigger = "CloudWatchEvent",
                          .detail = "arn:aws:events:eu-west-1:111111111111:rule/commit",
                          .fail_stage = FAIL_NOWHERE};

    p->habit.work_ms = 2 * MINUTE_MS;
    p->habit.approve_ms = mixed % 100 < 85 ? 3 * MINUTE_MS : 0;
    if (mixed % 100 >= 90)
        start.fail_stage = 1 + (int)(mixed / 128 % (p->shape->stage_count - 1));
    return engine_start(w, p, &start, NULL, err);
}

enum err_code seed_fleet_live(struct world *w, int64_t now_ms, struct err *err)
{
    int64_t begin = now_ms - 24 * 60 * MINUTE_MS;
    enum err_code rc = ERR_OK;

    /* In order of time, because the clock only goes forward: one in fifty began just now. */
    for (size_t pass = 0; pass < 2 && !rc; pass++) {
        for (size_t i = 0; i < w->pipe_count && !rc; i++) {
            uint64_t mixed = hash_mix(i + 1000003);
            bool is_recent = mixed / 1024 % 50 == 0;

            if (is_recent != (pass == 1) || mixed % 100 == 0)
                continue;
            w->now_ms = pass == 1 ? now_ms - 2 * MINUTE_MS : begin + (int64_t)(i % 1000) * 1000;
            rc = run_once(w, w->pipes[i], mixed, err);
        }
        if (!rc)
            rc = engine_advance(w, pass == 0 ? now_ms - 2 * MINUTE_MS : now_ms, 0, err);
    }
    return rc;
}
