/* tls_bench URL CONNECTIONS [CA_FILE]: as many first requests at once, each on a connection of its
 * own, and what they cost this process: loading libcurl, every handshake, every request.
 *
 * What the server answers does not matter, that it answers does. Without CA_FILE the system's
 * certificates are used. */
#include "bench.h"

#include "core/net/http.h"

struct tally {
    long done;
    struct err err;
};

static void on_reply(void *owner, const struct http_reply *reply)
{
    struct tally *tally = owner;

    tally->done++;
    if (reply->code)
        tally->err = reply->err;
}

int main(int argc, char **argv)
{
    long count = bench_number(argc > 2 ? argv[2] : NULL);
    struct http_request request = {
        .method = SV("GET"), .url = sv_of(argv[1]), .ca_bundle = sv_of(argc > 3 ? argv[3] : NULL)};
    struct tally tally = {0};
    struct net *net;
    struct err err;
    int64_t began;

    bench_must(net_open(&net, &err), "net", &err);
    http_set_connections(net, (int)count);
    began = bench_wall_ns();
    for (long i = 0; i < count; i++) {
        uint64_t id;

        bench_must(http_start(net, &request, on_reply, &tally, &id, &err), argv[1], &err);
    }
    while (tally.done < count)
        bench_must(net_wait(net, NULL, 0, 10000, &err), "wait", &err);
    if (tally.err.code != ERR_OK)
        bench_end(argv[1], &tally.err);
    bench_put("wall_ms", (double)(bench_wall_ns() - began) / 1e6);
    bench_put("cpu_ms", (double)bench_cpu_ns() / 1e6);
    bench_put("connections", (double)net_stats(net).connections);
    bench_put("peak_kb", (double)bench_peak_kb());
    net_close(net);
    return 0;
}
