/* Lanes: calls that wait for the same pace, in the order in which they came; what has to be tried
 * again goes to the front. A lane is looked at by a timer, so calls are sent from net_wait only. */
#include "core/aws/exchange.h"
#include "core/base/mem.h"
#include "core/base/time.h"

enum {
    HTTP_AHEAD = 64, /* requests given to net beyond this would only grow old there */
    AHEAD_MS = 10,
    LANE_TURN = 32,
};

static void pump(void *owner, uint64_t id);

static void arm(struct lane *lane, int64_t delay_ms)
{
    net_timer_cancel(lane->aws->net, lane->timer_id);
    lane->timer_id = net_timer_start(lane->aws->net, delay_ms, pump, lane);
}

/* A lane without calls serves the next pace that needs one, so there are few. */
static struct lane *lane_for(struct aws *aws, struct pace *pace)
{
    struct lane *free_one = NULL;

    for (struct lane *l = aws->lanes; l != NULL; l = l->next) {
        if (l->pace == pace)
            return l;
        if (l->first == NULL && l->timer_id == 0)
            free_one = l;
    }
    if (free_one == NULL) {
        free_one = mem_alloc(sizeof *free_one);
        if (free_one == NULL)
            return NULL;
        free_one->aws = aws;
        free_one->next = aws->lanes;
        aws->lanes = free_one;
    }
    free_one->pace = pace;
    return free_one;
}

enum err_code lane_queue(struct call *call, bool in_front, struct err *err)
{
    struct lane *lane = lane_for(call->aws, call->pace);

    if (lane == NULL)
        return mem_err(err);
    if (lane->timer_id == 0 || in_front) {
        arm(lane, 0);
        if (lane->timer_id == 0)
            return mem_err(err);
    }
    call->lane = lane;
    call->behind = in_front ? lane->first : NULL;
    if (in_front || lane->first == NULL)
        lane->first = call;
    else
        lane->last->behind = call;
    if (call->behind == NULL)
        lane->last = call;
    return ERR_OK;
}

void lane_leave(struct call *call)
{
    struct lane *lane = call->lane;
    struct call *before = NULL;

    if (lane == NULL)
        return;
    for (struct call *c = lane->first; c != call; c = c->behind)
        before = c;
    if (before == NULL)
        lane->first = call->behind;
    else
        before->behind = call->behind;
    if (lane->last == call)
        lane->last = before;
    call->lane = NULL;
}

static void pump(void *owner, uint64_t id)
{
    struct lane *lane = owner;

    (void)id;
    lane->timer_id = 0;
    for (int i = 0; lane->first != NULL; i++) {
        struct call *call = lane->first;
        int64_t wait_ms = 0;

        if (i == LANE_TURN) {
            arm(lane, 0);
            return;
        }
        if (net_stats(lane->aws->net).running >= HTTP_AHEAD)
            wait_ms = AHEAD_MS;
        else if (lane->pace != NULL)
            wait_ms = pace_take(lane->pace, time_mono_ms());
        if (wait_ms > 0) {
            arm(lane, wait_ms);
            return;
        }
        call->has_token = lane->pace != NULL;
        lane_leave(call);
        exchange_send(call);
    }
}

/* Whoever waits for a place asks again. */
void lane_wake(struct aws *aws, const struct pace *pace)
{
    for (struct lane *l = aws->lanes; l != NULL; l = l->next) {
        if (l->pace == pace && l->first != NULL)
            arm(l, 0);
    }
}
