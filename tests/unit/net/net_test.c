#include "core/net/net.h"

#include <unistd.h>

#include "core/base/time.h"
#include "tests/unit/check.h"

struct order {
    struct net *net;
    char text[16];
    size_t len;
    uint64_t victim;
};

static void note_a(void *owner, uint64_t id)
{
    struct order *o = owner;

    (void)id;
    o->text[o->len++] = 'a';
}

static void note_b(void *owner, uint64_t id)
{
    struct order *o = owner;

    (void)id;
    o->text[o->len++] = 'b';
}

static void note_and_act(void *owner, uint64_t id)
{
    struct order *o = owner;

    (void)id;
    o->text[o->len++] = 'x';
    net_timer_cancel(o->net, o->victim);
    net_timer_start(o->net, 0, note_b, o);
}

static void turn_until(struct order *o, size_t len)
{
    int64_t end_ms = time_mono_ms() + 5000;
    struct err err = {0};

    while (o->len < len && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(o->net, NULL, 0, 1000, &err), &err);
    REQUIRE(o->len == len);
}

static void test_timers_fire_in_order(void **state)
{
    struct order o = {0};
    struct err err = {0};
    uint64_t first;

    (void)state;
    REQUIRE_OK(net_open(&o.net, &err), &err);
    first = net_timer_start(o.net, 20, note_b, &o);
    CHECK_TRUE(net_timer_start(o.net, 0, note_a, &o) > first);
    o.victim = net_timer_start(o.net, 10, note_a, &o);
    net_timer_start(o.net, 5, note_and_act, &o);
    turn_until(&o, 4);
    CHECK_STR(o.text, "axbb");
    net_timer_cancel(o.net, first); /* fired: nothing happens */
    net_close(o.net);
}

static void test_a_timer_that_restarts_itself_does_not_hold_the_turn(void **state)
{
    struct order o = {0};
    struct err err = {0};

    (void)state;
    REQUIRE_OK(net_open(&o.net, &err), &err);
    net_timer_start(o.net, 0, note_and_act, &o);
    REQUIRE_OK(net_wait(o.net, NULL, 0, 0, &err), &err);
    CHECK_STR(o.text, "x");
    turn_until(&o, 2);
    net_close(o.net);
}

static void test_hundreds_of_timers_stay_sorted(void **state)
{
    struct order o = {0};
    struct err err = {0};
    uint64_t ids[300];

    (void)state;
    REQUIRE_OK(net_open(&o.net, &err), &err);
    for (int i = 0; i < 300; i++)
        ids[i] = net_timer_start(o.net, 100000 + (i * 7919) % 300, note_a, &o);
    for (int i = 0; i < 300; i += 2)
        net_timer_cancel(o.net, ids[i]);
    net_timer_start(o.net, 1, note_b, &o);
    turn_until(&o, 1);
    CHECK_STR(o.text, "b");
    net_close(o.net);
}

static void test_descriptors_wake_the_wait(void **state)
{
    struct net_fd fds[2] = {0};
    struct net *net;
    struct err err = {0};
    int ends[2];

    (void)state;
    REQUIRE(pipe(ends) == 0);
    REQUIRE_OK(net_open(&net, &err), &err);
    fds[0].fd = ends[0];
    fds[1] = (struct net_fd){.fd = ends[1], .wants_write = true};
    REQUIRE_OK(net_wait(net, fds, 2, 5000, &err), &err);
    CHECK_TRUE(!fds[0].is_ready && fds[1].is_ready);
    close(ends[1]);
    REQUIRE_OK(net_wait(net, fds, 1, 5000, &err), &err);
    CHECK_TRUE(fds[0].is_ready);
    close(ends[0]);
    net_close(net);
    net_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_timers_fire_in_order),
        TEST(test_a_timer_that_restarts_itself_does_not_hold_the_turn),
        TEST(test_hundreds_of_timers_stay_sorted),
        TEST(test_descriptors_wake_the_wait),
    };

    return RUN(tests);
}
