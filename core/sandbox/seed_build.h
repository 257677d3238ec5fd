/* Builds of seeded pipelines: each try of a CodeBuild action is one, told from its run.
 *
 * Nothing is kept but one that somebody stops: it becomes a record like any other, log and all. */
#ifndef PENSTOCK_SANDBOX_SEED_BUILD_H
#define PENSTOCK_SANDBOX_SEED_BUILD_H

#include "core/sandbox/logs_store.h"
#include "core/sandbox/seed_names.h"

struct service;

enum seed_end { SEED_GOES_ON, SEED_SUCCEEDED, SEED_FAILED, SEED_TIMED_OUT };

struct seed_build {
    struct seed_thing thing;
    const struct run *run;
    const struct attempt *attempt; /* of the run, or one of its pasts */
    struct uid id;
    int64_t began_ms;
    int64_t ends_ms; /* or ended */
    int64_t now_ms;
    int failure; /* failures.h; of one that goes on: what it will come to */
    enum seed_end end;
};

enum { SEED_BUILD_ID_SIZE = SEED_NAME_SIZE + UID_SIZE + 1 };
void seed_build_id(const struct seed_build *b, char out[SEED_BUILD_ID_SIZE]);

/* Of that try in that run; false when it has none, or one that is a record. */
bool seed_build_of(const struct world *w, const struct seed_thing *thing, const struct run *run,
                   const struct attempt *attempt, struct seed_build *out);
/* By "PROJECT:UUID". */
bool seed_build_find(struct world *w, struct sv account, struct sv region, struct sv id,
                     struct seed_build *out);
/* Those of a project, the newest first; of all projects by pipeline, for an empty name. Until fn
 * says false. */
typedef bool seed_build_fn(void *owner, const struct seed_build *b);
void seed_build_each(struct world *w, struct sv account, struct sv region, struct sv project,
                     seed_build_fn *fn, void *owner);

/* As BatchGetBuilds shows it; *stopped_ms is when somebody stopped it, 0 = nobody did. The
 * caller's. NULL = no memory. */
cJSON *seed_build_json(const struct seed_build *b, int64_t stopped_ms);
/* As the record of codebuild.c: {"project","Arn","Tags"}. NULL = no memory. */
cJSON *seed_project_json(const struct seed_thing *thing);

/* The engine's share of stopping it: its action fails. */
enum err_code seed_build_stop(struct service *s, const struct seed_build *b, cJSON **out,
                              struct err *err) MUST_CHECK;

/* ---- phases ---- */

/* When the phase begins and ends; a build has SEED_PHASES of them, not all in each. */
enum seed_phase {
    SEED_SUBMITTED,
    SEED_QUEUED,
    SEED_PROVISIONING,
    SEED_DOWNLOAD_SOURCE,
    SEED_INSTALL,
    SEED_PRE_BUILD,
    SEED_BUILD,
    SEED_POST_BUILD,
    SEED_UPLOAD_ARTIFACTS,
    SEED_FINALIZING,
    SEED_PHASES
};
struct seed_span {
    const char *name;
    int64_t from_ms;
    int64_t until_ms;
    bool is_left_out;
    bool fails;
};
void seed_build_span(const struct seed_build *b, enum seed_phase phase, struct seed_span *out);
/* How the phase that fails says so. */
struct seed_reason {
    enum seed_phase phase;
    const char *code;
    const char *message;
};
struct seed_reason seed_build_reason(const struct seed_build *b);

/* ---- its log (seed_log.c) ---- */

/* From PROVISIONING on. */
bool seed_log_is_there(const struct seed_build *b);
size_t seed_log_count(const struct seed_build *b); /* lines so far */
int64_t seed_log_at(const struct seed_build *b, size_t line);
enum err_code seed_log_line(const struct seed_build *b, size_t line, struct sb *out,
                            struct err *err) MUST_CHECK;
enum err_code seed_log_read(const struct seed_build *b, const struct log_range *range,
                            log_event_fn *fn, void *owner, struct err *err) MUST_CHECK;

#endif
