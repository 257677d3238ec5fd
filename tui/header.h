/* The header: where am I, may I, how fresh is this, and who keeps it fresh.
 *
 * Gathered from the contexts and the cache by header_load, drawn from that alone. An age is shown
 * only when it matters (STALE, OFFLINE, ERROR): a fresh console writes nothing while it idles. */
#ifndef PENSTOCK_TUI_HEADER_H
#define PENSTOCK_TUI_HEADER_H

#include "core/views/scope.h"
#include "tui/canvas.h"

enum header_state {
    HEADER_LOADING, /* some context was never synced, none failed */
    HEADER_FRESH,
    HEADER_STALE,
    HEADER_OFFLINE, /* the network is why */
    HEADER_ERROR    /* something else is */
};

struct header {
    char where[96];    /* "prod@eu-west-1 +2" */
    char account[32];  /* "123456789012 +2"; "" until known */
    char role[64];     /* "DataOps": who we are there; "" until known */
    char unlocked[80]; /* "UNLOCKED 12m: reason"; "" = protected environments are locked */
    char frozen[120];  /* "FROZEN prod: year-end"; "" = no freeze is in force */
    bool is_read_only;
    bool is_cached; /* nobody here asks AWS */
    enum header_state state;
    int64_t synced_at;   /* of the oldest context; 0 = never */
    int64_t answered_at; /* the latest success or failure of any context */
    size_t failed;       /* contexts that failed */
    size_t count;        /* contexts */
    char error[256];     /* the first failure's sentence, for the flash line; "" */
    bool is_silent;      /* AWS has not answered for some seconds what it was asked */
    bool is_slowed;
    double rate_per_s; /* the slowest pace; 0 = no limit */
    double slowed_to;  /* by throttling, in this process and at this moment; 0 = it is not */
    bool is_poller;
    long poller; /* pid of who polls; 0 = nobody */
};

/* An answer takes a part of a second. */
enum { HEADER_SILENT_MS = 5000 };

/* Which contexts, whose accounts: after the cache changed. */
void header_load_where(struct header *h, const struct scope *scope);
/* How fresh: cheap, after every wait. True when something else must be shown now. */
bool header_load_freshness(struct header *h, struct cache *cache, const struct scope *scope,
                           int64_t now_ms);
/* Wall time when the header says something else without anything having happened; 0 = never. */
int64_t header_next_change(const struct header *h, int64_t now_ms);
void header_draw(const struct header *h, const struct view_look *look, struct canvas *c, int row);

#endif
