/* CloudFormation's requests: what they have in common. */
#ifndef PENSTOCK_SANDBOX_CFN_REQUEST_H
#define PENSTOCK_SANDBOX_CFN_REQUEST_H

#include "core/sandbox/call.h"
#include "core/sandbox/cfn_stack.h"

/* Inside of a call; what went wrong goes back to it at the end. */
void cfn_open(struct cfn *c, struct call *call);
void cfn_close(struct cfn *c, struct call *call);

/* Refused when it is none that AWS accepts. */
void cfn_check_name(struct cfn *c, const char *member, struct sv name);
/* Of TemplateBody or TemplateURL; a text of the caller's (NULL: refused). */
cJSON *cfn_template_text(struct cfn *c, const cJSON *in);
/* Refused unless CloudFormation may assume it. */
void cfn_check_role(struct cfn *c, struct sv role_arn);

/* What a request asks a stack to be made of: the members of STACK_WANTS. stack: as it is, its Name
 * and Id at least; what the request leaves out stays as it is there. The caller's. */
cJSON *cfn_want(struct cfn *c, const cJSON *in, const cJSON *stack);
/* Also DisableRollback, OnFailure, Token and the like. */
void cfn_put_options(struct cfn *c, const cJSON *in, cJSON *stack);

/* Refused when a resource that stays would get another type. */
void cfn_check_types(struct cfn *c, const cJSON *stack, const cJSON *want);

/* A stack's or a change set's, without what is hidden. */
void cfn_show_parameters(struct cfn *c, const cJSON *parameters, cJSON *to);

/* A template's or a resource's own, as a text; nothing for NULL. */
void cfn_put_metadata(struct cfn *c, const cJSON *metadata, cJSON *to);

/* Was this done already, with the same token? Then it is answered as it was, and not done again. */
bool cfn_is_repeated(const cJSON *in, const char *member, const cJSON *record);

bool cfn_flag(const cJSON *in, const char *name); /* "true" */

#endif
