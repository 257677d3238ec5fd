/* The digest: what changed since a moment, in a few lines: "while you were away". Read from the
 * recorded transitions, so the cache alone is enough. */
#ifndef PENSTOCK_VIEWS_DIGEST_H
#define PENSTOCK_VIEWS_DIGEST_H

#include "core/views/notify.h"
#include "core/views/scope.h"

enum { DIGEST_LINES = 8, DIGEST_TEXT = 200, DIGEST_SCAN_MAX = 20000 };

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
