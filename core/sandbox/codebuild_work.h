/* A build at work: its record as the API shows it, and what only the sandbox knows of it.
 *
 * A step is taken at a time (codebuild.step): a phase, or one command of it. Between steps all is
 * in two records, so a restart goes on. */
#ifndef PENSTOCK_SANDBOX_CODEBUILD_WORK_H
#define PENSTOCK_SANDBOX_CODEBUILD_WORK_H

#include "core/sandbox/service.h"

struct build {
    struct service *s;
    struct err *err;
    struct sv account; /* these and region outlive it */
    struct sv region;
    char id[BUILD_ID_MAX];
    cJSON *record; /* "codebuild.build" */
    cJSON *work;   /* "codebuild.work": see build_start; NULL once it is over */
};

/* record is NULL when there is no such build. */
enum err_code build_load(struct service *s, struct sv account, struct sv region, struct sv id,
                         struct build *out, struct err *err) MUST_CHECK;
void build_release(struct build *b);
enum err_code build_save(struct build *b) MUST_CHECK;
/* The next step after so many ms of work. */
enum err_code build_plan(struct build *b, int64_t ms) MUST_CHECK;

enum err_code build_log(struct build *b, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
/* With "[Container]" and the time before it. */
enum err_code build_say(struct build *b, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/* The phase that goes on ends, and another begins. code is NULL without a reason. */
enum err_code build_end_phase(struct build *b, const char *status, const char *code,
                              const char *message) MUST_CHECK;
enum err_code build_begin_phase(struct build *b, const char *phase) MUST_CHECK;
/* All ends: the last phase, the status, and who waits for it is told. */
enum err_code build_complete(struct build *b, const char *status) MUST_CHECK;

/* The environment. */
struct sv build_variable(const struct build *b, const char *name); /* SV_NONE */
enum err_code build_set_variable(struct build *b, const char *name, struct sv value) MUST_CHECK;
/* What the build is born with: its own, the project's, the buildspec's. *why is filled when AWS
 * would not give it one of them. */
enum err_code build_make_environment(struct build *b, const cJSON *spec, char *why,
                                     size_t size) MUST_CHECK;

/* ARN of the session that the build acts as; of the role it assumed last, if it did. */
enum { BUILD_ARN_MAX = 256 };
void build_session_arn(const struct build *b, char out[BUILD_ARN_MAX]);
struct sv build_acting_account(const struct build *b);
struct sv build_acting_region(const struct build *b);

/* Acting a command out. Waiting means that a stack is on its way: the same command again. */
enum outcome { OUTCOME_DONE, OUTCOME_WAITS };
struct acting {
    enum outcome outcome;
    int status;       /* exit status */
    bool is_captured; /* by $(...): it puts out into out, else into the log */
    struct sb out;
};
enum err_code acting_print(struct build *b, struct acting *a, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
enum err_code build_act(struct build *b, struct sv command, struct acting *a) MUST_CHECK;

/* The programs that are acted out (codebuild_tools.c); is_known false: succeeds, silently. */
enum err_code tool_run(struct build *b, const cJSON *words, struct acting *a,
                       bool *is_known) MUST_CHECK;
bool build_has_file(struct build *b, struct sv path);
enum err_code build_file(struct build *b, struct sv path, struct sb *out,
                         struct err *err) MUST_CHECK;

#endif
