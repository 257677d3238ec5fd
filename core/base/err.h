/* Failures: a code for the program, a sentence for the person.
 *
 * The code decides what happens next and the exit status; the sentence is written where the cause
 * is known and says what to do. Functions that can fail return the code, so `if (rc)` reads "it
 * failed", and fill *err, which is never touched on success. */
#ifndef PENSTOCK_BASE_ERR_H
#define PENSTOCK_BASE_ERR_H

#include "core/base/banned.h"
#include "core/base/compiler.h"

/* clang-format off */
/*       name        exit  what the user should be told to do about it */
#define ERR_LIST(X) \
    X(OK,            0,    "")                                              \
    X(FAILED,        1,    "see the message")                               \
    X(USAGE,         2,    "see penstock --help")                           \
    X(CONFIG,        3,    "correct the setting, then retry")               \
    X(AUTH,          3,    "refresh your AWS credentials")                  \
    X(DENIED,        3,    "ask for the missing permission")                \
    X(THROTTLED,     4,    "AWS asked us to slow down; try again later")    \
    X(NET,           4,    "check the network, then retry")                 \
    X(TLS,           4,    "check the certificate authority (AWS_CA_BUNDLE)") \
    X(TIMEOUT,       4,    "check the network, then retry")                 \
    X(SERVER,        4,    "AWS failed to answer properly; retry later")    \
    X(REPLY,         4,    "check that the endpoint really is AWS")         \
    X(STALE,         4,    "run penstock sync")                             \
    X(NOT_FOUND,     1,    "check the name")                                \
    X(LIMIT,         1,    "larger than we accept")                         \
    X(CACHE,         1,    "the cache can be deleted; nothing is lost")     \
    X(CANCELLED,     1,    "cancelled")                                     \
    X(PENDING,       8,    "still going on")
/* clang-format on */

#define ERR_ENUM(name, exit_status, advice) ERR_##name,
enum err_code { ERR_LIST(ERR_ENUM) ERR_COUNT };
#undef ERR_ENUM

enum { ERR_TEXT_MAX = 512 };

struct err {
    enum err_code code;
    char text[ERR_TEXT_MAX]; /* one sentence, clean for a terminal, no final newline */
};

/* Record a failure and return its code, so a function can end in
 * `return err_set(err, ERR_NET, "...")`. Control characters in the text become '?'. A NULL err
 * records nothing. */
enum err_code err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Put "prefix: " before the sentence that is there already; returns err's code. */
enum err_code err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

const char *err_name(enum err_code code);   /* "THROTTLED" */
const char *err_advice(enum err_code code); /* "" for OK */
int err_exit_status(enum err_code code);    /* DESIGN.md's exit codes */

#endif
