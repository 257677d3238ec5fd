/* Notify: what a person asked to be told about, and the sentence to tell. */
#ifndef PENSTOCK_VIEWS_NOTIFY_H
#define PENSTOCK_VIEWS_NOTIFY_H

#include "core/cache/cache.h"

/* One sentence for a transition: "orders-etl: Deploy-Stage-prod failed: access denied". Any
 * terminal may see it. */
enum err_code transition_text(const struct transition *t, struct sb *out,
                              struct err *err) MUST_CHECK;
/* The same without the pipeline's name. */
enum err_code transition_event(const struct transition *t, struct sb *out,
                               struct err *err) MUST_CHECK;

/* Names are CodePipelines' or logical pipelines'. */
enum { NOTIFY_MAX = 32, NOTIFY_NAME = 260, NOTIFY_SCAN_MAX = 20000 };
struct notify {
    char names[NOTIFY_MAX][NOTIFY_NAME];
    size_t count;
    int64_t seen_seq; /* transitions up to here are old news */
};
/* Adds the name, or takes it off; *is_on tells. ERR_NOT_FOUND when the cache knows no such
 * pipeline, ERR_LIMIT over NOTIFY_MAX. */
enum err_code notify_toggle(struct notify *n, struct cache *cache, struct sv name, bool *is_on,
                            struct err *err) MUST_CHECK;
/* The news of wanted pipelines since the last look: of each the sentence that needs a person most,
 * joined with "; " in out, and the names are taken off, since one bell is enough. out stays empty
 * without news. */
enum err_code notify_check(struct notify *n, struct cache *cache, struct sb *out,
                           struct err *err) MUST_CHECK;

#endif
