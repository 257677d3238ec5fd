/* Time: two clocks and the written forms that AWS uses.
 *
 * Intervals and deadlines use the monotonic clock, which no administrator moves; what is stored or
 * shown uses milliseconds since 1970 UTC. A time of 0 means "never" or "unknown". */
#ifndef PENSTOCK_BASE_TIME_H
#define PENSTOCK_BASE_TIME_H

#include "core/base/text.h"

int64_t time_mono_ms(void);
int64_t time_wall_ms(void);

enum { TIME_RFC3339_SIZE = 32, TIME_AMZ_SIZE = 17, TIME_AGE_SIZE = 16, TIME_HTTP_SIZE = 32 };

/* "2026-11-21T01:37:00Z", with ".123" when there are milliseconds. "" for 0. */
const char *time_rfc3339(int64_t ms, char out[TIME_RFC3339_SIZE]);
/* "20261121T013700Z", for signing. */
const char *time_amz(int64_t ms, char out[TIME_AMZ_SIZE]);
/* "Sat, 21 Nov 2026 01:37:00 GMT". "" for 0. */
const char *time_http(int64_t ms, char out[TIME_HTTP_SIZE]);
/* "now" below a second, then "42s", "7m", "3h", "12d", "4y"; "-" for a time of 0. */
const char *time_age(int64_t ms, int64_t now_ms, char out[TIME_AGE_SIZE]);

bool time_parse_rfc3339(struct sv text, int64_t *ms); /* offsets and fractions too */
bool time_parse_http(struct sv text, int64_t *ms);    /* "Sat, 21 Nov 2026 01:37:00 GMT" */
int64_t time_from_epoch(double seconds);              /* AWS's JSON timestamps; 0 when not finite */

#endif
