/* A service to call: records in memory, files in a directory that goes with the test. */
#ifndef PENSTOCK_TESTS_CODECOMMIT_STAGE_H
#define PENSTOCK_TESTS_CODECOMMIT_STAGE_H

#include <ftw.h>
#include <unistd.h>

#include "core/sandbox/call.h"
#include "core/sandbox/resource.h"
#include "tests/unit/check.h"

#define STAGE_ACCOUNT SV("111111111111")
#define STAGE_REGION  SV("eu-west-1")

struct stage {
    struct service service;
    struct world world;
    struct faults faults;
    struct err err;
    char dir[64];
    cJSON *out;      /* of the last call; NULL when it was refused */
    char error[128]; /* its code */
};

static inline void stage_open(struct stage *s)
{
    const char *temporary = getenv("TMPDIR");

    *s = (struct stage){0};
    world_init(&s->world, 1795000000000);
    s->world.speed = 1;
    (void)snprintf(s->dir, sizeof s->dir, "%.32s/penstock-unit-XXXXXX",
                   temporary == NULL ? "/tmp" : temporary);
    REQUIRE(mkdtemp(s->dir) != NULL);
    REQUIRE_OK(records_open(NULL, &s->service.records, &s->err), &s->err);
    s->service.world = &s->world;
    s->service.faults = &s->faults;
    s->service.dir = s->dir;
    s->service.url = "http://127.0.0.1:1";
    s->service.now_ms = s->service.wall_ms = 1795000000000;
}

static inline int stage_remove(const char *path, const struct stat *info UNUSED, int kind UNUSED,
                               struct FTW *walk UNUSED)
{
    return remove(path);
}

static inline void stage_close(struct stage *s)
{
    cJSON_Delete(s->out);
    records_close(s->service.records);
    world_release(&s->world);
    (void)nftw(s->dir, stage_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* One call with that JSON; true when it was not refused. */
static inline bool stage_call(struct stage *s, const char *service, call_fn *fn, const char *in)
{
    struct request request = {
        .service = sv_of(service),
        .region = STAGE_REGION,
        .operation = SV("Test"),
        .body = sv_of(in),
        .who = {.account = STAGE_ACCOUNT, .arn = SV("arn:aws:iam::111111111111:user/ops")}};
    struct reply reply;
    struct err err = {0};

    reply_init(&reply);
    cJSON_Delete(s->out);
    s->out = NULL;
    REQUIRE_OK(call_run(&s->service, fn, &request, &reply, &err), &err);
    (void)snprintf(s->error, sizeof s->error, "%s", reply.error);
    if (s->error[0] == '\0')
        REQUIRE_OK(json_parse(sb_sv(&reply.body), &s->out, &err), &err);
    reply_release(&reply);
    return s->error[0] == '\0';
}

/* A resource of a stack; properties and attributes stay the caller's. */
static inline struct resource_ask stage_ask(struct stage *s, const cJSON *properties)
{
    return (struct resource_ask){.service = &s->service,
                                 .account = STAGE_ACCOUNT,
                                 .region = STAGE_REGION,
                                 .stack_name = SV("stack"),
                                 .stack_id = SV("arn:aws:cloudformation:eu-west-1:111111111111:"
                                                "stack/stack/1"),
                                 .logical_id = SV("Thing"),
                                 .properties = properties,
                                 .attributes = cJSON_CreateObject(),
                                 .err = &s->err};
}

#endif
