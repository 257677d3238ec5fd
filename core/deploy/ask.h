/* Calls whose body is a JSON object of texts, in one line each. */
#ifndef PENSTOCK_DEPLOY_ASK_H
#define PENSTOCK_DEPLOY_ASK_H

#include "core/deploy/deploy.h"

/* A list of them ends with ASK_END. */
struct ask_member {
    const char *name;
    struct sv value;
};
#define ASK_END                                                                                    \
    {                                                                                              \
        NULL, SV_NONE                                                                              \
    }

struct asker {
    struct task *task;
    struct deploy *deploy;
    struct aws_session *session;
    struct sv account; /* of the session, for writes */
};

enum err_code ask_read(const struct asker *a, enum op op, const struct ask_member *members,
                       const struct aws_reply **reply, struct err *err) MUST_CHECK;
enum err_code ask_write(const struct asker *a, enum op op, const struct ask_member *members,
                        const char *text, const struct aws_reply **reply,
                        struct err *err) MUST_CHECK;

#endif
