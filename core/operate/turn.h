/* What operations share in their turn at one target: sentences in its arena, questions, the one
 * write, and the two command lines. Inside a task. */
#ifndef PENSTOCK_OPERATE_TURN_H
#define PENSTOCK_OPERATE_TURN_H

#include "core/operate/operate.h"

enum { OPERAND_NAME_SIZE = 400, TURN_PRINT_SIZE = 17 };

/* A sentence in the turn's arena. */
enum err_code turn_text(struct turn *t, struct sv *out, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5) MUST_CHECK;
/* The turn's refusal, of what was given. */
enum err_code turn_wrong(struct turn *t, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
/* A copy in it, for what a reply or a buffer holds; "" for SV_NONE. */
enum err_code turn_keep(struct turn *t, struct sv text, struct sv *out, struct err *err) MUST_CHECK;

/* As AWS counts where its limit is one of characters. */
size_t turn_characters(struct sv text);

/* "sales-prod", "sales-prod/Deploy-Stage-prod", "sales-prod/Deploy-Stage-prod/Approve", a build, a
 * stack or a repository and its branch: what is worked on. */
enum err_code operand_name(const struct operand *operand, struct sb *out,
                           struct err *err) MUST_CHECK;
/* The same of what an operation is done to: of one on whole executions
 * "sales-prod execution 5cf97b81"; execution "" = the operand's, if it names one. */
enum err_code operated_name(const struct operation *operation, const struct operand *operand,
                            struct sv execution, struct sb *out, struct err *err) MUST_CHECK;

/* A read whose body is these texts. */
enum err_code turn_ask(struct turn *t, enum op op, const struct ask_member *members,
                       const struct aws_reply **reply, struct err *err) MUST_CHECK;
/* The write, with all that the audit and the permissions want to know; text is what it does ("stop
 * sales-prod"). Fills request_id, and is_unknown when it failed without an answer, or was
 * cancelled when it may have left. */
enum err_code turn_write(struct turn *t, enum op op, struct sv body, const char *text,
                         const struct aws_reply **reply, struct err *err) MUST_CHECK;
enum err_code turn_send(struct turn *t, enum op op, const struct ask_member *members,
                        const char *text, const struct aws_reply **reply,
                        struct err *err) MUST_CHECK;

/* Tells that this execution began. */
enum err_code turn_began(struct turn *t, struct sv execution, struct err *err) MUST_CHECK;

/* What the guard says of all that it leads to. */
enum err_code turn_judge(const struct turn *t, struct guard_answer *out,
                         struct err *err) MUST_CHECK;
/* The person's own words, and what opened it: "the books (unlocked until ...: rolling back)". */
enum err_code turn_reason(const struct operation_input *in, struct sv unlocked, struct sb *out,
                          struct err *err) MUST_CHECK;
/* What its row "sent" keeps of it, as audit_mark reads it: token, request, state, trace. */
enum err_code turn_mark(const struct turn *t, struct sb *out, struct err *err) MUST_CHECK;
/* Of all that makes the request but its target and the words that a person gives for it; and of the
 * state that it was made for. */
void turn_print(const struct turn *t, char out[TURN_PRINT_SIZE]);
void turn_print_state(const struct turn *t, char out[TURN_PRINT_SIZE]);
/* How the write left it; "" = that is not known. */
struct sv turn_after(const struct turn *t);
/* A row for what deploy_write does not tell: a refusal, and what was found of a write without an
 * answer. */
void turn_audit(const struct turn *t, const char *name, const char *outcome, struct sv text);

/* The beginning of a line: "aws codepipeline stop-pipeline-execution", "penstock stop", with what
 * makes it work where this deploy does: profile, region, endpoint. */
enum err_code line_aws(const struct turn *t, const char *service, const char *command,
                       struct sb *out, struct err *err) MUST_CHECK;
enum err_code line_own(const struct turn *t, const char *verb, struct sb *out,
                       struct err *err) MUST_CHECK;
/* " --name VALUE", " VALUE"; nothing for a value that is empty. */
enum err_code line_option(struct sb *out, const char *name, struct sv value,
                          struct err *err) MUST_CHECK;
enum err_code line_word(struct sb *out, struct sv value, struct err *err) MUST_CHECK;
/* For the AWS CLI, what a person wrote, whose option and member have the same name: a value that
 * the CLI would take for a file or an address ("file://...") stands as --cli-input-json, which it
 * takes as it is. */
enum err_code line_text(struct sb *out, const char *name, struct sv value,
                        struct err *err) MUST_CHECK;
/* A text between quotes in a --query: JMESPath's raw string. */
enum err_code line_query_text(struct sb *out, struct sv text, struct err *err) MUST_CHECK;

#endif
