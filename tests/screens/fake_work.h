/* A work whose act is filled by hand: a console that could act, and AWS that is never asked. The
 * net is real but nobody waits for it, so what is begun stays begun. */
#ifndef PENSTOCK_TESTS_FAKE_WORK_H
#define PENSTOCK_TESTS_FAKE_WORK_H

#include <stdlib.h>
#include <unistd.h>

#include "tests/screens/stage.h"
#include "tests/unit/audit_files.h"

struct fake_work {
    struct work work;
    char audit_dir[64];
};

static inline void fake_work_open(struct fake_work *f, struct stage *s)
{
    struct err err;

    *f = (struct fake_work){.work = {.begun = 0}};
    snprintf(f->audit_dir, sizeof f->audit_dir, "/tmp/penstock-work-XXXXXX");
    REQUIRE(mkdtemp(f->audit_dir) != NULL);
    REQUIRE_OK(net_open(&f->work.net, &err), &err);
    errands_open(&f->work);
    f->work.deploy.audit_dir = f->audit_dir;
    s->console.options.work = &f->work;
    s->console.options.is_read_only = false;
    s->console.header.is_read_only = false;
}

static inline void fake_work_close(struct fake_work *f)
{
    errands_close(&f->work);
    act_free(f->work.act);
    net_close(f->work.net);
    audit_files_remove(f->audit_dir);
    rmdir(f->audit_dir);
}

/* As if nothing had been begun: what runs is cut off, untold. */
static inline void fake_work_end_errands(struct fake_work *f)
{
    errands_close(&f->work);
    errands_open(&f->work);
    f->work.queue_count = 0;
}

/* As work_new_act and a planning that ended leave it; the plan is empty. */
static inline struct plan *fake_work_plan(struct fake_work *f, enum action_id action,
                                          const char *title)
{
    struct plan *plan;
    struct err err;

    REQUIRE_OK(work_new_act(&f->work, action, &err), &err);
    f->work.act->state = ACT_PLANNED;
    f->work.act->planned_at_ms = 0;
    plan = &f->work.act->plan;
    REQUIRE_OK(plan_init(plan, &err), &err);
    snprintf(plan->title, sizeof plan->title, "%s", title);
    snprintf(plan->account, sizeof plan->account, "111111111111");
    snprintf(plan->region, sizeof plan->region, "eu-west-1");
    snprintf(plan->caller, sizeof plan->caller, "arn:aws:sts::111111111111:assumed-role/Ops/ana");
    return plan;
}

/* What engine_turn does when something has changed. */
static inline void fake_work_news(struct stage *s)
{
    if (work_has_news(s->console.options.work))
        s->console.needs_load = true;
}

#endif
