/* A definition with its environments, for tests of what is made of them: fill one, change what the
 * test is about, then build. */
#ifndef PENSTOCK_TESTS_TEMPLATE_CASE_H
#define PENSTOCK_TESTS_TEMPLATE_CASE_H

#include <stdio.h>

#include "core/deploy/template.h"

enum { CASE_STAGES = 40 };

struct template_case {
    char names[CASE_STAGES][16];
    char accounts[CASE_STAGES][16];
    struct environment targets[CASE_STAGES];
    const struct environment *target_list[CASE_STAGES];
    struct definition_stage stages[CASE_STAGES];
    struct environment cicd;
    struct variable variables[2];
    struct tag tags[1];
    struct definition definition;
    struct blueprint blueprint;
};

static inline struct environment case_environment(struct sv name, struct sv account)
{
    return (struct environment){
        .name = name,
        .account = account,
        .region = SV("eu-west-1"),
        .profile = SV(""),
        .role_arn = SV(""),
        .external_id = SV(""),
        .stage = name,
        .team = SV("analytics"),
        .qualifier = SV("hnb659fds"),
        .ddk_prefix = SV("ddk"),
        .boundary = SV(""),
    };
}

static inline void case_fill_stages(struct template_case *c, size_t count)
{
    static const char *const known[] = {"dev", "test", "val", "prod"};

    for (size_t i = 0; i < count && i < CASE_STAGES; i++) {
        if (i < ARRAY_LEN(known))
            snprintf(c->names[i], sizeof c->names[i], "%s", known[i]);
        else
            snprintf(c->names[i], sizeof c->names[i], "stage-%02zu", i);
        snprintf(c->accounts[i], sizeof c->accounts[i], "2222222222%02zu", i);
        c->targets[i] = case_environment(sv_of(c->names[i]), sv_of(c->accounts[i]));
        c->target_list[i] = &c->targets[i];
        c->stages[i] = (struct definition_stage){.stage = sv_of(c->names[i]),
                                                 .environment = sv_of(c->names[i]),
                                                 .team = SV(""),
                                                 .branch = SV("")};
    }
}

static inline void case_fill(struct template_case *c, enum strategy strategy,
                             enum source_kind source, size_t count)
{
    bool is_codecommit = source == SOURCE_CODECOMMIT;

    memset(c, 0, sizeof *c);
    case_fill_stages(c, count);
    c->cicd = case_environment(SV("cicd"), SV("111111111111"));
    c->cicd.kind = ENVIRONMENT_CICD;
    c->variables[0] = (struct variable){SV("LOG_LEVEL"), SV("info ${NoReference} \"quoted\"")};
    c->tags[0] = (struct tag){SV("cost"), SV("center")};
    c->definition = (struct definition){
        .name = SV("orders"),
        .description = SV("From raw orders to curated ones"),
        .tags = c->tags,
        .tag_count = 1,
        .cicd = SV("cicd"),
        .team = SV("analytics"),
        .strategy = strategy,
        .source = source,
        .connection_arn = is_codecommit
                              ? SV("")
                              : SV("arn:aws:codeconnections:eu-west-1:111111111111:connection/"
                                   "3c4b2a1d-0000-4000-8000-123456789abc"),
        .repository = is_codecommit ? SV("orders") : SV("example/orders"),
        .stages = c->stages,
        .stage_count = count,
        .variables = c->variables,
        .variable_count = 1,
    };
    c->blueprint = (struct blueprint){&c->definition, &c->cicd, c->target_list};
}

#endif
