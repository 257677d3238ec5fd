/* The loop. Timers are a heap ordered by (due, id), so that equal ones fire in the order in which
 * they were started; a timer that a callback starts never fires in the same turn, so one turn is
 * bounded by what was due when it began. */
#include "core/net/net.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/net/loop.h"

enum { TIMERS_PER_TURN = 256, MAX_FDS = 64 };

enum err_code net_open(struct net **out, struct err *err)
{
    struct net *net = mem_alloc(sizeof *net);

    if (net == NULL)
        return mem_err(err);
    *out = net;
    return ERR_OK;
}

void net_close(struct net *net)
{
    if (net == NULL)
        return;
    http_free(net->http);
    mem_free(net->timers);
    mem_free(net);
}

struct net_stats net_stats(const struct net *net)
{
    return net->stats;
}

void net_set_patience(struct net *net, int ms)
{
    net->patience_ms = ms;
}

static bool is_earlier(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->id < b->id;
}

static void swap(struct timer *a, struct timer *b)
{
    struct timer old = *a;

    *a = *b;
    *b = old;
}

static void sift_up(struct timer *heap, size_t at)
{
    while (at > 0 && is_earlier(&heap[at], &heap[(at - 1) / 2])) {
        swap(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct timer *heap, size_t count, size_t at)
{
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child < count && child <= 2 * at + 2; child++) {
            if (is_earlier(&heap[child], &heap[least]))
                least = child;
        }
        if (least == at)
            return;
        swap(&heap[at], &heap[least]);
        at = least;
    }
}

static void remove_timer(struct net *net, size_t at)
{
    net->timer_count--;
    if (at == net->timer_count)
        return;
    net->timers[at] = net->timers[net->timer_count];
    sift_down(net->timers, net->timer_count, at);
    sift_up(net->timers, at);
}

uint64_t net_timer_start(struct net *net, int64_t delay_ms, net_timer_fn *fn, void *owner)
{
    if (net->timer_count == net->timer_room) {
        size_t room = net->timer_room > 0 ? net->timer_room * 2 : 16;
        struct timer *grown = mem_resize(net->timers, room, sizeof *grown);

        if (grown == NULL)
            return 0;
        net->timers = grown;
        net->timer_room = room;
    }
    net->timers[net->timer_count] = (struct timer){
        .due_ms = time_mono_ms() + (delay_ms > 0 ? delay_ms : 0),
        .id = ++net->last_id,
        .fn = fn,
        .owner = owner,
    };
    sift_up(net->timers, net->timer_count++);
    return net->last_id;
}

void net_timer_cancel(struct net *net, uint64_t id)
{
    for (size_t i = 0; id != 0 && i < net->timer_count; i++) {
        if (net->timers[i].id == id) {
            remove_timer(net, i);
            return;
        }
    }
}

static void fire_timers(struct net *net)
{
    int64_t now_ms = time_mono_ms();
    uint64_t newest = net->last_id;

    for (int i = 0; i < TIMERS_PER_TURN && net->timer_count > 0; i++) {
        struct timer t = net->timers[0];

        if (t.due_ms > now_ms || t.id > newest)
            return;
        remove_timer(net, 0);
        t.fn(t.owner, t.id);
    }
}

static int sooner(int64_t a_ms, int64_t b_ms)
{
    int64_t least = a_ms < 0 ? b_ms : b_ms < 0 || a_ms < b_ms ? a_ms : b_ms;

    return least > INT_MAX ? INT_MAX : (int)least;
}

static int time_to_wait(const struct net *net, int timeout_ms)
{
    int64_t now_ms = time_mono_ms();
    int wait_ms = timeout_ms < 0 ? -1 : timeout_ms;

    if (net->timer_count > 0) {
        int64_t left = net->timers[0].due_ms - now_ms;

        wait_ms = sooner(wait_ms, left > 0 ? left : 0);
    }
    if (http_is_open(net->http))
        wait_ms = sooner(wait_ms, http_next_ms(net->http, now_ms));
    return wait_ms;
}

static enum err_code poll_fds(struct net_fd *fds, size_t count, int timeout_ms, struct err *err)
{
    struct pollfd polled[MAX_FDS];

    for (size_t i = 0; i < count; i++) {
        polled[i] =
            (struct pollfd){.fd = fds[i].fd, .events = fds[i].wants_write ? POLLOUT : POLLIN};
    }
    if (poll(polled, (nfds_t)count, timeout_ms) < 0) {
        if (errno != EINTR)
            return err_set(err, ERR_FAILED, "waiting for input failed: %s", strerror(errno));
        return ERR_OK;
    }
    for (size_t i = 0; i < count; i++)
        fds[i].is_ready = polled[i].revents != 0;
    return ERR_OK;
}

/* How long the transfers may still be left alone. */
static int64_t patience_left(const struct net *net)
{
    int64_t left = net->replied_ms + net->patience_ms - time_mono_ms();

    return net->patience_ms > 0 && net->stats.running > 0 && left > 0 ? left : 0;
}

enum err_code net_wait(struct net *net, struct net_fd *fds, size_t fd_count, int timeout_ms,
                       struct err *err)
{
    int64_t pause_ms = patience_left(net);
    int wait_ms = time_to_wait(net, timeout_ms);
    enum err_code rc;

    if (fd_count > MAX_FDS)
        return err_set(err, ERR_LIMIT, "waiting for more than %d descriptors", MAX_FDS);
    for (size_t i = 0; i < fd_count; i++)
        fds[i].is_ready = false;
    if (pause_ms > 0 && wait_ms != 0) {
        http_push(net->http);
        net->has_pushed = true;
        rc = poll_fds(fds, fd_count, sooner(wait_ms, pause_ms), err);
        if (rc == ERR_OK)
            fire_timers(net);
        return rc;
    }
    if (!http_is_open(net->http)) {
        rc = poll_fds(fds, fd_count, wait_ms, err);
    } else {
        rc = http_wait(net->http, fds, fd_count, net->has_pushed ? 0 : wait_ms, err);
        net->has_pushed = false;
        /* libcurl does not report a hang-up, so the descriptors are asked once more. */
        if (rc == ERR_OK && fd_count > 0)
            rc = poll_fds(fds, fd_count, 0, err);
    }
    if (rc)
        return rc;
    if (http_is_open(net->http))
        http_run(net);
    fire_timers(net);
    return ERR_OK;
}
