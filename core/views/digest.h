/* The digest: what changed since a moment, in a few lines: "while you were away". Read from the
 * recorded transitions, so the cache alone is enough. */
#ifndef PENSTOCK_VIEWS_DIGEST_H
#define PENSTOCK_VIEWS_DIGEST_H

#include "core/views/notify.h"
#include "core/views/scope.h"

enum { DIGEST_LINES = 8, DIGEST_TEXT = 200, DIGEST_SCAN_MAX = 20000 };

/* One pipeline that changed. */
struct digest_change {
    struct pipeline_id id; /* text in the arena */
    int64_t at;            /* of its last change */
    enum status status;    /* where it stands now */
    bool has_status;       /* ...by a transition of its own */
    bool was_bad;          /* it has failed in between, or before */
    int64_t bad_at;        /* when it was last seen to be bad; 0 = it was not */
    int64_t last_seq;
    int64_t failed_seq; /* of the last action that did; 0 = none */
    int64_t waiting_seq;
};
/* Those that changed since, the latest first; *has_more when there were more transitions than
 * DIGEST_SCAN_MAX. scope NULL: all. */
enum err_code digest_changes(struct cache *cache, const struct scope *scope, int64_t since_ms,
                             struct arena *arena, struct digest_change ***out, size_t *count,
                             bool *has_more, struct err *err) MUST_CHECK;
/* What happened to it, in a sentence that begins with the stage: "Deploy/deploy failed: ...". In
 * the arena. */
enum err_code digest_summary(struct cache *cache, const struct digest_change *change,
                             struct arena *arena, struct sv *out, struct err *err) MUST_CHECK;

struct digest_line {
    struct pipeline_id id; /* text in the digest's arena */
    enum status status;    /* where it stands after the last change */
    int64_t at;
    struct sv summary; /* "Deploy-Stage-prod/deploy failed: access denied" */
};
struct digest {
    struct arena arena;
    int64_t since_ms;
    size_t changed; /* pipelines */
    size_t failed;  /* of them, as they stand now */
    size_t waiting;
    size_t running;
    size_t succeeded;
    bool has_more;                          /* more transitions than DIGEST_SCAN_MAX */
    struct digest_line lines[DIGEST_LINES]; /* what needs a person first, then the latest */
    size_t line_count;
};
/* scope NULL: all. */
enum err_code digest_load(struct cache *cache, const struct scope *scope, int64_t since_ms,
                          struct digest *out, struct err *err) MUST_CHECK;
void digest_release(struct digest *digest);

#endif
