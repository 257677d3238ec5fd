#include "core/operate/guard_freeze.h"

#include "core/operate/guard_name.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

bool freeze_covers(const struct freeze *freeze, struct sv environment, bool is_stage)
{
    return freeze->environments.len == 0 || names_mean(freeze->environments, environment, is_stage);
}

/* ---- inside the zone ---- */

/* So many days after the day of a moment, at its noon: there is one each day. */
static struct local_time day_near(const struct local_time *day, int days)
{
    struct local_time noon = {
        .year = day->year, .month = day->month, .day = day->day + days, .hour = 12};

    return zone_local(zone_ms(&noon, false));
}

static int64_t at_minute(const struct local_time *day, int days, int minute, bool is_last)
{
    struct local_time at = day_near(day, days);

    at.hour = minute / 60;
    at.minute = minute % 60;
    return zone_ms(&at, is_last);
}

static bool has_weekday(const struct freeze *f, const struct local_time *day)
{
    return (f->weekdays >> day->weekday & 1) != 0;
}

static void span_of(const struct freeze *f, int64_t *from, int64_t *to)
{
    *from = f->from.absolute_ms;
    *to = f->to.absolute_ms;
    if (*from == 0)
        *from = zone_ms(&f->from.local, false);
    if (*to != 0)
        return;
    *to = f->to.has_hour ? zone_ms(&f->to.local, true) : at_minute(&f->to.local, 1, 0, true);
}

static int64_t until_of_span(const struct freeze *f, int64_t now_ms)
{
    int64_t from;
    int64_t to;

    span_of(f, &from, &to);
    return from <= now_ms && now_ms < to ? to : 0;
}

static int64_t until_of_days(const struct freeze *f, const struct local_time *today)
{
    int days = 0;

    for (; days < 7; days++) {
        struct local_time day = day_near(today, days);

        if (!has_weekday(f, &day))
            break;
    }
    return days == 0 ? 0 : at_minute(today, days, 0, true);
}

/* Yesterday's may still be going on. */
static int64_t until_of_daily(const struct freeze *f, const struct local_time *today,
                              int64_t now_ms)
{
    int over = f->end_minute < f->begin_minute ? 1 : 0;
    int64_t until = 0;

    for (int days = -over; days <= 0; days++) {
        struct local_time day = day_near(today, days);
        int64_t end = at_minute(today, days + over, f->end_minute, true);

        if (has_weekday(f, &day) && at_minute(today, days, f->begin_minute, false) <= now_ms &&
            now_ms < end)
            until = end;
    }
    return until;
}

static bool cron_has_day(const struct freeze *f, const struct local_time *day)
{
    bool is_day = (f->days >> day->day & 1) != 0;
    bool is_weekday = has_weekday(f, day);

    if ((f->months >> day->month & 1) == 0)
        return false;
    return f->is_any_day || f->is_any_weekday ? is_day && is_weekday : is_day || is_weekday;
}

/* The last begin of the day that is not after now; 0 without one. */
static int64_t cron_begin(const struct freeze *f, const struct local_time *day, int64_t now_ms)
{
    for (int minute = 24 * 60 - 1; minute >= 0; minute--) {
        int64_t begin;

        if ((f->hours >> (minute / 60) & 1) == 0 || (f->minutes >> (minute % 60) & 1) == 0)
            continue;
        begin = at_minute(day, 0, minute, false);
        if (begin <= now_ms)
            return begin;
    }
    return 0;
}

/* All last equally long, so the last one that began is the one that ends last. */
static int64_t until_of_cron(const struct freeze *f, const struct local_time *today, int64_t now_ms)
{
    int back = (int)(f->lasts_ms / DAY_MS) + 2;

    for (int days = 0; days >= -back; days--) {
        struct local_time day = day_near(today, days);
        int64_t begin = cron_has_day(f, &day) ? cron_begin(f, &day, now_ms) : 0;

        if (begin > 0)
            return now_ms < begin + f->lasts_ms ? begin + f->lasts_ms : 0;
    }
    return 0;
}

static int64_t until(const struct freeze *f, int64_t now_ms)
{
    struct local_time today = zone_local(now_ms);

    switch (f->kind) {
    case FREEZE_SPAN:
        return until_of_span(f, now_ms);
    case FREEZE_DAYS:
        return until_of_days(f, &today);
    case FREEZE_DAILY:
        return until_of_daily(f, &today, now_ms);
    case FREEZE_CRON:
        return until_of_cron(f, &today, now_ms);
    }
    return 0;
}

/* ---- from outside ---- */

enum err_code freeze_until(const struct freeze *freeze, int64_t now_ms, int64_t *until_ms,
                           char text[ZONE_TEXT_SIZE], struct err *err)
{
    struct zone_visit visit;
    enum err_code rc = zone_enter(freeze->zone, &visit, err);
    struct local_time end;

    if (rc)
        return rc;
    *until_ms = until(freeze, now_ms);
    end = zone_local(*until_ms);
    zone_leave(&visit);
    text[0] = '\0';
    if (*until_ms != 0)
        (void)snprintf(text, ZONE_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d %s", end.year, end.month,
                       end.day, end.hour, end.minute, freeze->zone);
    return ERR_OK;
}

enum err_code freeze_check_span(const struct freeze *freeze, struct err *err)
{
    struct zone_visit visit;
    enum err_code rc = zone_enter(freeze->zone, &visit, err);
    int64_t from;
    int64_t to;

    if (rc)
        return rc;
    span_of(freeze, &from, &to);
    zone_leave(&visit);
    return from < to ? ERR_OK : err_set(err, ERR_CONFIG, "ends before it begins");
}
