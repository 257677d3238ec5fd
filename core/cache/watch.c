/* Watching for other writers: inotify on the directory, which sees every write into the log and the
 * freshness file and the touch after each commit, also when a file is replaced; and on the lease's
 * file, whose closing tells that its holder let it go or died. The directory is not asked for what
 * is closed: each prompt that looks at the cache would wake every console. */
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/cache/store.h"

enum {
    EVENTS = IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
             IN_DELETE_SELF | IN_MOVE_SELF,
    PATH_SIZE = 4096 + LEASE_NAME_SIZE
};

static void add_watch(struct cache *cache)
{
    cache->is_watched = cache->watch >= 0 && cache->dir != NULL &&
                        inotify_add_watch(cache->watch, cache->dir, EVENTS | IN_ONLYDIR) >= 0;
}

int cache_watch_fd(struct cache *cache)
{
    if (cache->is_in_memory)
        return -1;
    if (cache->watch < 0)
        cache->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (!cache->is_watched)
        add_watch(cache); /* also one that was deleted may be there again */
    return cache->watch;
}

/* What has no name is about a watched thing itself: the directory, the lease's file, the queue. */
static bool is_about_lease(const struct cache *cache, const struct inotify_event *event)
{
    char name[LEASE_NAME_SIZE];

    return event->len == 0 || strcmp(event->name, lease_name(cache, name)) == 0;
}

void cache_watch_drain(struct cache *cache)
{
    _Alignas(struct inotify_event) char events[4096];
    ssize_t len;

    if (cache->watch < 0)
        return;
    while ((len = read(cache->watch, events, sizeof events)) > 0) {
        for (const char *at = events; at < events + len;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;

            cache->has_lease_news = cache->has_lease_news || is_about_lease(cache, event);
            at += sizeof *event + event->len;
        }
    }
    /* The directory itself may be another one now; adding the same again changes nothing. */
    add_watch(cache);
}

bool cache_lease_watch(struct cache *cache)
{
    char path[PATH_SIZE];
    char name[LEASE_NAME_SIZE];

    if (cache_watch_fd(cache) < 0 || !cache->is_watched)
        return false;
    snprintf(path, sizeof path, "%s/%s", cache->dir, lease_name(cache, name));
    cache->lease_watch = inotify_add_watch(cache->watch, path, IN_CLOSE_WRITE | IN_DONT_FOLLOW);
    /* A file that does not exist yet is seen by the directory's watch when it comes. */
    return cache->lease_watch >= 0 || errno == ENOENT;
}

bool cache_lease_has_news(struct cache *cache)
{
    bool has_news = cache->has_lease_news;

    cache->has_lease_news = false;
    return has_news;
}

void watch_forget_lease(struct cache *cache)
{
    if (cache->lease_watch >= 0)
        inotify_rm_watch(cache->watch, cache->lease_watch);
    cache->lease_watch = -1;
}
