/* Watching for other writers: inotify on the directory, which sees every write into the log and the
 * freshness file and the touch after each commit, also when a file is replaced. */
#include <sys/inotify.h>
#include <unistd.h>

#include "core/cache/store.h"

enum { EVENTS = IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE };

static void add_watch(struct cache *cache)
{
    if (cache->watch >= 0 && cache->dir != NULL)
        inotify_add_watch(cache->watch, cache->dir, EVENTS | IN_ONLYDIR);
}

int cache_watch_fd(struct cache *cache)
{
    if (cache->is_in_memory)
        return -1;
    if (cache->watch < 0) {
        cache->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        add_watch(cache);
    }
    return cache->watch;
}

void cache_watch_drain(struct cache *cache)
{
    _Alignas(struct inotify_event) char events[4096];

    if (cache->watch < 0)
        return;
    while (read(cache->watch, events, sizeof events) > 0)
        continue;
    /* The directory itself may be another one now; adding the same again changes nothing. */
    add_watch(cache);
}
