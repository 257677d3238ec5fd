/* Actions: what can be done to AWS, a row each. Keys, palette, verbs, help, completion and man page
 * are made from this list. */
#ifndef PENSTOCK_ACTIONS_ACTION_H
#define PENSTOCK_ACTIONS_ACTION_H

#include "core/base/text.h"

/*       name      word */
#define DANGER_LIST(X)                                                                             \
    X(CHANGES, "changes")                                                                          \
    X(COSTS, "costs")                                                                              \
    X(DESTROYS, "destroys")
#define DANGER_ENUM(name, word) DANGER_##name,
enum danger { DANGER_LIST(DANGER_ENUM) DANGER_COUNT };
#undef DANGER_ENUM

/* How a person agrees: with y, or by typing the name of what it is about. */
enum confirmation { CONFIRM_YES, CONFIRM_NAME };

/* clang-format off */
/*       constant             word                  danger    confirm  title
 *       IAM actions that it needs */
#define ACTION_LIST(X) \
    X(ENVIRONMENT_ADD,        "environment-add",    CHANGES,  YES,     "Add an environment", \
      "ssm:GetParametersByPath ssm:GetParameter ssm:PutParameter ssm:AddTagsToResource") \
    X(ENVIRONMENT_EDIT,       "environment-edit",   CHANGES,  YES,     "Edit an environment", \
      "ssm:GetParametersByPath ssm:GetParameter ssm:PutParameter") \
    X(ENVIRONMENT_REMOVE,     "environment-remove", DESTROYS, NAME,    "Remove an environment from the list", \
      "ssm:GetParametersByPath ssm:DeleteParameter cloudformation:DescribeStacks cloudformation:GetTemplate") \
    X(BOOTSTRAP,              "bootstrap",          CHANGES,  YES,     "Bootstrap environments", \
      "cloudformation:* iam:* s3:* ecr:* ssm:* kms:*") \
    X(CREATE,                 "create",             COSTS,    YES,     "Create a pipeline", \
      "cloudformation:* codecommit:* codepipeline:* codebuild:* iam:* kms:* s3:* events:* logs:*") \
    X(EDIT,                   "edit",               COSTS,    YES,     "Change a pipeline", \
      "cloudformation:* codecommit:* codepipeline:* codebuild:* iam:* kms:* s3:* events:* logs:*") \
    X(DELETE,                 "delete",             DESTROYS, NAME,    "Delete a pipeline", \
      "cloudformation:* codecommit:DeleteRepository s3:* logs:DeleteLogGroup") \
    X(RELEASE,                "release",            CHANGES,  YES,     "Release a change", \
      "codepipeline:StartPipelineExecution") \
    X(STOP,                   "stop",               CHANGES,  YES,     "Stop an execution", \
      "codepipeline:StopPipelineExecution") \
    X(RETRY,                  "retry",              CHANGES,  YES,     "Retry a stage", \
      "codepipeline:RetryStageExecution") \
    X(ROLLBACK,               "rollback",           CHANGES,  YES,     "Roll back a stage", \
      "codepipeline:RollbackStage") \
    X(APPROVE,                "approve",            CHANGES,  YES,     "Approve", \
      "codepipeline:PutApprovalResult") \
    X(REJECT,                 "reject",             CHANGES,  YES,     "Reject", \
      "codepipeline:PutApprovalResult") \
    X(ENABLE,                 "transition-enable",  CHANGES,  YES,     "Enable a transition", \
      "codepipeline:EnableStageTransition") \
    X(DISABLE,                "transition-disable", CHANGES,  YES,     "Disable a transition", \
      "codepipeline:DisableStageTransition") \
    X(OVERRIDE,               "override",           CHANGES,  YES,     "Override a stage's condition", \
      "codepipeline:OverrideStageCondition") \
    X(STOP_BUILD,             "stop-build",         CHANGES,  YES,     "Stop a build", \
      "codebuild:StopBuild") \
    X(RETRY_BUILD,            "retry-build",        CHANGES,  YES,     "Retry a build", \
      "codebuild:RetryBuild") \
    X(CONTINUE_ROLLBACK,      "continue-rollback",  CHANGES,  YES,     "Continue a stack's rollback", \
      "cloudformation:ContinueUpdateRollback") \
    X(DELETE_STACK,           "delete-stack",       DESTROYS, NAME,    "Delete a stack", \
      "cloudformation:DeleteStack") \
    X(CREATE_BRANCH,          "create-branch",      CHANGES,  YES,     "Create a branch", \
      "codecommit:CreateBranch") \
    X(PROMOTE,                "promote",            CHANGES,  YES,     "Promote a branch", \
      "codecommit:MergeBranchesByFastForward")
/* clang-format on */
#define ACTION_ENUM(name, word, danger, confirm, title, iam) ACTION_##name,
enum action_id { ACTION_LIST(ACTION_ENUM) ACTION_COUNT };
#undef ACTION_ENUM

struct action {
    const char *word;
    enum danger danger;
    enum confirmation confirmation;
    const char *title;
    const char *iam; /* divided by blanks */
};
extern const struct action action_table[ACTION_COUNT];
const char *danger_word(enum danger danger);
/* From RELEASE on: done to what is there, by core/operate. */
bool action_is_operation(enum action_id action);

#endif
