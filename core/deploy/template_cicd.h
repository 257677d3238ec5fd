/* The parts of the CICD stack's template; only template_cicd.c calls them. */
#ifndef PENSTOCK_DEPLOY_TEMPLATE_CICD_H
#define PENSTOCK_DEPLOY_TEMPLATE_CICD_H

#include "core/deploy/template.h"
#include "core/deploy/tree.h"

struct cicd {
    struct tree *t;
    const struct blueprint *b;
    cJSON *resources;
};

/* Logical ids that several parts name. */
#define LOGICAL_KEY           "ArtifactKey"
#define LOGICAL_BUCKET        "ArtifactBucket"
#define LOGICAL_PIPELINE_ROLE "PipelinesRole"
#define LOGICAL_EVENTS_ROLE   "EventsRole"

enum { LOGICAL_SIZE = 512 };

/* definition_name of this blueprint; stage -1 where the name has none. */
const char *cicd_name(const struct cicd *c, enum derived what, int stage, char out[DERIVED_SIZE]);
/* "BuildRole" and "dev" are "BuildRoleDev". Two stages never share one, and a stage keeps its own
 * wherever it moves. Stage -1 is the word alone. */
const char *cicd_logical(const struct cicd *c, const char *word, int stage, char out[LOGICAL_SIZE]);
/* "arn:PARTITION:iam::ACCOUNT:role/NAME" of a role of this stack, known before the role exists. */
cJSON *cicd_role_arn(const struct cicd *c, enum derived what, int stage);
/* A role of this stack with its name and the boundary that the environment asks for, trusted by
 * service. Returns the statements of its one policy. */
cJSON *cicd_role(const struct cicd *c, const char *logical, enum derived what, int stage,
                 const char *service);
bool cicd_has_events(const struct cicd *c);
int cicd_stage_count(const struct cicd *c);
/* gitflow has a pipeline per stage, trunk one: -1 is its stage. */
int cicd_pipeline_count(const struct cicd *c);
int cicd_pipeline_stage(const struct cicd *c, int pipeline);
enum derived cicd_pipeline_kind(const struct cicd *c);

void cicd_add_store(const struct cicd *c);            /* key, alias, bucket and its policy */
void cicd_add_build(const struct cicd *c, int stage); /* role, log group, project */
void cicd_add_pipelines(const struct cicd *c);        /* with their roles and rules */

#endif
