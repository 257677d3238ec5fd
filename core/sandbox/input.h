/* Input: the JSON body of an operation, checked member by member with AWS's own sentences.
 *
 * The first thing that is wrong fills the reply; all later questions then answer with nothing, so
 * a caller asks for everything and looks once. */
#ifndef PENSTOCK_SANDBOX_INPUT_H
#define PENSTOCK_SANDBOX_INPUT_H

#include "core/sandbox/service.h"

struct input {
    struct service *service;
    struct request *request;
    struct reply *reply;
    cJSON *json;
    bool has_failed;
};

void input_open(struct input *in, struct service *service, struct request *request,
                struct reply *reply);
void input_close(struct input *in);

enum text_rule {
    TEXT_NAME,     /* 1 to 100 of [A-Za-z0-9.@\-_]: pipelines, stages, actions */
    TEXT_UUID,     /* an execution's id */
    TEXT_TOKEN,    /* nextToken: 1 to 2048 */
    TEXT_ARN,      /* pattern of resourceArn */
    TEXT_REQUEST,  /* clientRequestToken: 1 to 128 of [a-zA-Z0-9-] */
    TEXT_STOP,     /* stop reason: at most 200 */
    TEXT_REASON,   /* disabled reason: 1 to 300 of a few characters */
    TEXT_SUMMARY,  /* approval summary: 0 to 512 */
    TEXT_VARIABLE, /* a pipeline variable's name: 1 to 128 of [A-Za-z0-9@\-_] */
    TEXT_VALUE,    /* its value: 1 to 1000 */
    TEXT_REVISION, /* 1 to 1500 */
    TEXT_WORD      /* anything; its enum is checked by the caller */
};
/* parent may be NULL for the body itself. */
struct sv input_text(struct input *in, const cJSON *parent, const char *name, enum text_rule rule,
                     bool is_required);
int64_t input_int(struct input *in, const char *name, int64_t low, int64_t high, int64_t otherwise);
const cJSON *input_object(struct input *in, const char *name, bool is_required);

void input_fail(struct input *in, const char *code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The pipeline of that name in the caller's account and the request's region. NULL: failed. */
struct pipe *input_pipe(struct input *in, const char *member);
/* A run of it: PipelineExecutionNotFoundException when it is none. NULL: failed. */
struct run *input_run(struct input *in, const struct pipe *p, struct sv id);
/* The number of a stage by name: StageNotFoundException. False: failed. */
bool input_stage(struct input *in, const struct pipe *p, struct sv name, size_t *out);

/* Page tokens are opaque: an operation's name, a position, a seal. */
enum err_code page_token(struct jw *w, const struct input *in, uint64_t position) MUST_CHECK;
/* Where to go on; `otherwise` without a token. False: failed, InvalidNextTokenException. */
bool input_page(struct input *in, uint64_t otherwise, uint64_t *position);

#endif
