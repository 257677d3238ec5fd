#include "core/aws/skew.h"

#include "core/base/log.h"
#include "core/base/time.h"

static size_t find(const struct skew_table *table, const char *host)
{
    size_t i = 0;

    while (i < table->count && strcmp(table->rows[i].host, host) != 0)
        i++;
    return i;
}

int64_t skew_get(const struct skew_table *table, const char *host)
{
    size_t at = find(table, host);

    return at < table->count ? table->rows[at].offset_ms : 0;
}

static void put(struct skew_table *table, const char *host, int64_t offset_ms)
{
    size_t at = find(table, host);

    if (strlen(host) >= SKEW_HOST_MAX)
        return;
    if (at == table->count) {
        if (offset_ms == 0)
            return;
        if (table->count < SKEW_HOSTS)
            table->count++;
        else
            at = table->oldest++ % SKEW_HOSTS;
        snprintf(table->rows[at].host, SKEW_HOST_MAX, "%s", host);
    }
    if (table->rows[at].offset_ms != offset_ms)
        log_info("the clock of %s differs from ours by %lld s", host, (long long)offset_ms / 1000);
    table->rows[at].offset_ms = offset_ms;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

bool skew_learn(struct skew_table *table, const char *host, const struct http_reply *reply,
                int64_t used_offset_ms, int64_t now_ms)
{
    int64_t known = skew_get(table, host);
    int64_t there_ms;
    int64_t offset_ms;

    if (!time_parse_http(http_reply_header(reply, SV("Date")), &there_ms))
        return false;
    offset_ms = there_ms - (now_ms - (reply->finished_ms - reply->started_ms) / 2);
    if (distance(offset_ms, 0) < SKEW_LEAST_MS)
        put(table, host, 0);
    else if (distance(offset_ms, known) > 2000)
        put(table, host, offset_ms);
    return distance(offset_ms, used_offset_ms) >= SKEW_LEAST_MS;
}
