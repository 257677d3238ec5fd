/* For the tests of CloudFormation: a service with records in memory, on a clock of its own. */
#ifndef PENSTOCK_TESTS_CFN_SCENE_H
#define PENSTOCK_TESTS_CFN_SCENE_H

#include "core/sandbox/cfn_stack.h"
#include "tests/unit/check.h"

struct scene {
    struct world world;
    struct faults faults;
    struct service service;
    struct cfn c;
    struct err err;
};

static inline void scene_open(struct scene *s)
{
    *s = (struct scene){0};
    world_init(&s->world, 1000000);
    s->world.speed = 1;
    REQUIRE_OK(records_open(NULL, &s->service.records, &s->err), &s->err);
    s->service.world = &s->world;
    s->service.faults = &s->faults;
    s->service.token_seed = (struct uid){1, 2};
    s->service.now_ms = 1000000;
    cfn_init(&s->c, &s->service, SV("111111111111"), SV("eu-west-1"), &s->err);
}

static inline void scene_close(struct scene *s)
{
    records_close(s->service.records);
    world_release(&s->world);
}

/* One thing that was put off; false when there was none. */
static inline bool scene_step(struct scene *s)
{
    struct later later;
    bool is_there = false;

    REQUIRE_OK(later_take(s->service.records, INT64_MAX, &later, &is_there, &s->err), &s->err);
    if (!is_there)
        return false;
    s->service.now_ms = later.at_ms;
    REQUIRE_OK(service_do_later(&s->service, &later, &s->err), &s->err);
    return true;
}

/* What AWS refuses; "" when it does not. */
static inline const char *scene_deploy(struct scene *s, const char *name, const char *text)
{
    static char why[STACK_WHY_MAX];
    struct cloudformation_ask ask = {.account = s->c.account,
                                     .region = s->c.region,
                                     .stack_name = sv_of(name),
                                     .template_text = sv_of(text)};

    REQUIRE_OK(cloudformation_deploy(&s->service, &ask, why, &s->err), &s->err);
    return why;
}

static inline const char *scene_status(struct scene *s, const char *name)
{
    static char status[STACK_STATUS_MAX];
    char why[STACK_WHY_MAX];

    REQUIRE_OK(cloudformation_status(&s->service, s->c.account, s->c.region, sv_of(name), status,
                                     why, &s->err),
               &s->err);
    return status;
}

#endif
