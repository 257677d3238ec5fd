/* What an HTTP answer means: the decoded success, or the error's name, its sentence, and what to do
 * about it. Pure. */
#ifndef PENSTOCK_AWS_REPLY_H
#define PENSTOCK_AWS_REPLY_H

#include "core/aws/op.h"
#include "core/base/json.h"
#include "core/base/xml.h"
#include "core/net/http.h"

enum fate {
    FATE_DONE,
    FATE_TRANSIENT, /* may work when asked again */
    FATE_THROTTLED,
    FATE_SKEWED,  /* the clock is wrong, or else the key */
    FATE_EXPIRED, /* the credentials are no longer, or not yet, known */
    FATE_FINAL,
};

/* Who asks what, for the sentences. */
struct judge_input {
    enum op op;
    const char *host;
    const char *account; /* "" when unknown */
    const char *region;
    bool is_head; /* the answer has no body, whatever it is */
};

struct judgement {
    enum fate fate;
    enum err_code code;
    struct err err;
    char name[96];     /* AWS's error name */
    bool is_undecided; /* it failed, and nobody knows whether it was done */
    struct sv request_id;
    cJSON *json;
    const struct xml *xml;
    struct arena arena;
};

/* out borrows from the reply; release it in every case. */
void reply_judge(const struct judge_input *in, const struct http_reply *reply,
                 struct judgement *out);
void judgement_release(struct judgement *j);

#endif
