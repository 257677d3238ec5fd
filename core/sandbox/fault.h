/* Faults: what goes wrong on request, by operation, rate and count. */
#ifndef PENSTOCK_SANDBOX_FAULT_H
#define PENSTOCK_SANDBOX_FAULT_H

#include "core/base/text.h"

/* clang-format off */
#define FAULT_LIST(X) \
    X(THROTTLE,  "throttle",  "400 ThrottlingException (STS: Throttling)") \
    X(SERVER,    "500",       "500 InternalFailure")                       \
    X(LATE,      "500done",   "500 InternalFailure, though the call was carried out") \
    X(HTML,      "503html",   "503 with a page of HTML")                   \
    X(HTML_OK,   "html200",   "200 with a page of HTML")                   \
    X(SILENT,    "timeout",   "no answer at all")                          \
    X(CUT,       "cut",       "the connection ends in the middle of the body") \
    X(MALFORMED, "malformed", "200 with broken JSON or XML")               \
    X(EXPIRED,   "expired",   "the token has expired")                     \
    X(SKEW,      "skew",      "a server whose clock is ten minutes ahead") \
    X(STALE,     "stale",     "GetPipelineState tells what was true before the last change") \
    X(HUGE,      "huge",      "200 with 96 MiB of body")                   \
    X(NO_COMMIT, "codecommit-closed", "CreateRepository: this account may have no new repository") \
    X(QUEUE,     "build-queue", "StartBuild: no more builds in queue; OPERATION is a project") \
    X(RESOURCE,  "stack-failure", "a resource of a stack cannot be made or changed; OPERATION is its logical id, undo-ID when it is changed back") \
    X(HANDSHAKE, "connection-pending", "a connection stays PENDING until the fault is used up; OPERATION is its name")
/* clang-format on */

#define FAULT_ENUM(constant, name, help) FAULT_##constant,
enum fault_kind { FAULT_LIST(FAULT_ENUM) FAULT_KINDS };
#undef FAULT_ENUM
enum { FAULT_NONE = FAULT_KINDS };

/* From here on they are of what services do, not of how calls are answered. */
enum { FAULT_FIRST_DEED = FAULT_NO_COMMIT };

struct fault {
    enum fault_kind kind;
    struct sv operation; /* empty = any; borrowed */
    double rate;
    int64_t left; /* -1 = no end */
};

enum err_code fault_parse(struct sv spec, struct fault *out, struct err *err) MUST_CHECK;
const char *fault_name(int kind);
void fault_help(FILE *out);

struct faults {
    struct fault items[32];
    size_t count;
    uint64_t dice; /* goes on with every throw: the same calls get the same faults */
};
enum err_code faults_add(struct faults *faults, struct sv spec, struct err *err) MUST_CHECK;
/* The first one that strikes this call, or FAULT_NONE. */
int faults_throw(struct faults *faults, struct sv operation);
/* Does this deed fail, done to what has that name? */
bool faults_strike(struct faults *faults, enum fault_kind deed, struct sv name);

#endif
