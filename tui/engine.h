/* The engine: what keeps a console going behind whatever face it has: the console itself, the sync,
 * signals, and the notice that the cache has other rows. The screen's loop and linear mode each
 * drive one. */
#ifndef PENSTOCK_TUI_ENGINE_H
#define PENSTOCK_TUI_ENGINE_H

#include "core/aws/call.h"
#include "core/sync/sync.h"
#include "tui/ahead.h"
#include "tui/loop.h"

struct engine {
    const struct loop_options *options;
    struct console console;
    struct cache *cache;
    struct net *net;
    struct aws *aws;
    struct work *work; /* NULL with --cached, or when it could not be opened */
    struct sync *sync; /* NULL with --cached, or when it could not start */
    int signal_fd;
    int64_t change_seq; /* the rows on the screen are at least this new */
    int64_t loaded_ms;  /* monotonic; when they were read */
    int load_took_ms;
    int64_t told[SCREEN_VISIBLE_MAX]; /* the visible rows that sync knows of */
    size_t told_count;
    int64_t told_history[SCREEN_VISIBLE_MAX];
    size_t told_history_count;
    bool has_new_rows;
    struct sync *hasty; /* reads once what was worked on; NULL = none, see hasty_ended */
    bool hasty_ended;
    bool job_ran;  /* at the last turn */
    bool has_news; /* of the work */
    struct ahead ahead;
};

/* The notice is said in the flash line. After a failure close it all the same. */
enum err_code engine_open(struct engine *e, const struct loop_options *options, int rows, int cols,
                          struct err *err) MUST_CHECK;
void engine_close(struct engine *e);
/* The sync and the work: after the first frame, so that what is cached is seen before anything is
 * asked. True when something must be said about it. */
bool engine_start(struct engine *e);
/* Wait for transfers, timers, signals, other writers, and the caller's descriptors; at most
 * timeout_ms (-1 = no limit) and not beyond what the console waits for. */
enum err_code engine_wait(struct engine *e, struct net_fd *fds, size_t count, int timeout_ms,
                          struct err *err) MUST_CHECK;
/* Look for other rows, let time pass, read what must be read. True when the view may differ; *mask
 * is what the console asks for. */
bool engine_turn(struct engine *e, unsigned *mask);
/* Tell the sync what is on the screen. */
void engine_tell(struct engine *e);

#endif
