/* Freezes: one line of the section [freeze], read, and asked whether it is in force. Pure but for
 * the zone that the C library is put into. Only the guard's files include this. */
#ifndef PENSTOCK_OPERATE_GUARD_FREEZE_H
#define PENSTOCK_OPERATE_GUARD_FREEZE_H

#include "core/operate/guard_zone.h"

enum freeze_kind { FREEZE_SPAN, FREEZE_DAYS, FREEZE_DAILY, FREEZE_CRON };

/* A moment as written: without an hour it is a day. */
struct freeze_moment {
    struct local_time local;
    bool has_hour;
    int64_t absolute_ms; /* of one with an offset; 0 = it is local */
};

struct freeze {
    enum freeze_kind kind;
    struct sv environments; /* as written, borrowed; "" = all */
    struct sv reason;
    char zone[ZONE_NAME_SIZE];
    struct freeze_moment from; /* SPAN */
    struct freeze_moment to;
    unsigned weekdays; /* DAYS, DAILY: bit 0 = Sunday */
    int begin_minute;  /* DAILY: of the day; an end of 24:00 is 1440 */
    int end_minute;
    uint64_t minutes; /* CRON: a bit each */
    uint64_t hours;
    uint64_t days;
    uint64_t months;
    bool is_any_day; /* DOM is a *, or DOW is */
    bool is_any_weekday;
    int64_t lasts_ms;
};

/* value borrowed. On ERR_CONFIG the sentence says what is wrong with it, without where. */
enum err_code freeze_parse(struct sv value, struct freeze *out, struct err *err) MUST_CHECK;
/* For this environment, or stage? "" is meant by those for all only. */
bool freeze_covers(const struct freeze *freeze, struct sv environment, bool is_stage);
/* *until_ms: 0 = not in force. text: "2027-01-05 00:00 Europe/Berlin". */
enum err_code freeze_until(const struct freeze *freeze, int64_t now_ms, int64_t *until_ms,
                           char text[ZONE_TEXT_SIZE], struct err *err) MUST_CHECK;

/* ERR_CONFIG when a SPAN ends before it begins. */
enum err_code freeze_check_span(const struct freeze *freeze, struct err *err) MUST_CHECK;

#endif
