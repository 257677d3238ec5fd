/* The digest: what changed since a moment, in a few lines. "While you were away" and, with notify,
 * "tell me when".  Read from the recorded transitions, so the cache alone is enough. */
#ifndef PENSTOCK_VIEWS_DIGEST_H
#define PENSTOCK_VIEWS_DIGEST_H

#include "core/views/scope.h"

enum { DIGEST_LINES = 8, DIGEST_TEXT = 200, DIGEST_SCAN_MAX = 20000 };

struct digest_line {
    struct pipeline_id id; /* text in the digest's arena */
    enum status status;    /* where it stands after the last change */
    int64_t at;
    struct sv summary;
};
struct digest {
    struct arena arena;
    int64_t since_ms;
    size_t changed;  /* pipelines */
    size_t failed;   /* of them, as they stand now */
    size_t waiting;
    size_t running;
    size_t succeeded;
    bool has_more; /* more transitions than DIGEST_SCAN_MAX */
    struct digest_line lines[DIGEST_LINES]; /* what needs a person first, then the latest */
    size_t line_count;
};
/* scope NULL: all. */
enum err_code digest_load(struct cache *cache, const struct scope *scope, int64_t since_ms,
                          struct digest *out, struct err *err) MUST_CHECK;
void digest_release(struct digest *digest);

/* One sentence for a transition: "orders-etl: Deploy-Stage-prod failed: access denied". */
enum err_code transition_text(const struct transition *t, struct sb *out,
                              struct err *err) MUST_CHECK;

/* What a person asked to be told about. Names are CodePipelines' or logical pipelines'. */
enum { NOTIFY_MAX = 32, NOTIFY_NAME = 260 };
struct notify {
    char names[NOTIFY_MAX][NOTIFY_NAME];
    size_t count;
    int64_t seen_seq; /* transitions up to here are old news */
};
/* Adds the name, or takes it off; *is_on tells. ERR_LIMIT over NOTIFY_MAX. */
enum err_code notify_toggle(struct notify *n, struct cache *cache, struct sv name, bool *is_on,
                            struct err *err) MUST_CHECK;
/* The first news of a wanted pipeline since the last look: its sentence in out, and the name is
 * taken off, since one bell is enough. out stays empty without news. */
enum err_code notify_check(struct notify *n, struct cache *cache, struct sb *out,
                           struct err *err) MUST_CHECK;

#endif
