/* What the programs that builds call have in common. */
#ifndef PENSTOCK_SANDBOX_CODEBUILD_TOOLS_H
#define PENSTOCK_SANDBOX_CODEBUILD_TOOLS_H

#include "core/sandbox/codebuild_work.h"

/* The value of "--name VALUE" or "--name=VALUE"; SV_NONE. */
struct sv tool_option(const cJSON *words, const char *name);
bool tool_flag(const cJSON *words, const char *name);
/* [{Key,Value}] of all that follows "--tags"; the caller's, NULL = no memory. */
cJSON *tool_tags(const cJSON *words);

/* May who the build acts as become that role? */
enum err_code tool_may_assume(struct build *b, struct sv role, struct sv external_id, bool *may,
                              char why[IAM_WHY_MAX]) MUST_CHECK;
/* Begin a stack's deployment, after which the command waits; look how it goes. */
enum err_code tool_deploy(struct build *b, struct acting *a, const struct cloudformation_ask *ask,
                          bool fails_unchanged) MUST_CHECK;
enum err_code tool_look(struct build *b, struct acting *a, const cJSON *wait) MUST_CHECK;

enum err_code aws_assume_role(struct build *b, const cJSON *words, struct acting *a) MUST_CHECK;
enum err_code aws_who_am_i(struct build *b, const cJSON *words, struct acting *a) MUST_CHECK;
enum err_code aws_deploy(struct build *b, const cJSON *words, struct acting *a) MUST_CHECK;

#endif
