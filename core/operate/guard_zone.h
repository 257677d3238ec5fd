/* Zones: local dates and hours through the C library, which knows one zone at a time: a zone is
 * entered, asked, and left. Only the guard's files include this. */
#ifndef PENSTOCK_OPERATE_GUARD_ZONE_H
#define PENSTOCK_OPERATE_GUARD_ZONE_H

#include "core/base/text.h"

enum { ZONE_NAME_SIZE = 64, ZONE_TEXT_SIZE = 96 };

/* The C library takes UTC for a name that it does not know, so it is looked up first. "UTC" is
 * always known. */
bool zone_is_known(struct sv name);

struct zone_visit {
    char *before; /* TZ, or NULL */
};
/* The process's local time is the zone's until it is left. */
enum err_code zone_enter(const char *name, struct zone_visit *visit, struct err *err) MUST_CHECK;
void zone_leave(struct zone_visit *visit);

struct local_time {
    int year, month, day; /* month 1..12; a day beyond the month's end is of the next one */
    int hour, minute;     /* hour 24 is the next day's 0 */
    int weekday;          /* 0 = Sunday; ignored by zone_ms */
};
struct local_time zone_local(int64_t ms);
/* Of a moment that the clock shows twice the first or the last; of one that it leaps over, the
 * moment after. */
int64_t zone_ms(const struct local_time *local, bool is_last);

#endif
