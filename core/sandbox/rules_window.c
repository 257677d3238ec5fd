/* Deployment windows: is this minute inside an expression of Quartz's kind? */
#include <ctype.h>
#include <stdarg.h>
#include <time.h>

#include "core/sandbox/rules.h"

enum field { SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR, FIELDS };

/* The moment, as the fields count it, and what L, W and # need to know. */
struct moment {
    int at[FIELDS];
    int days; /* of the month */
};

struct reading {
    const struct moment *m;
    enum field field;
    bool is_bad;
};

static const struct {
    const char *name;
    int low;
    int high;
    const char *words; /* of three letters each, the first counts as low */
} fields[FIELDS] = {
    [SECOND] = {"seconds", 0, 59, ""},
    [MINUTE] = {"minutes", 0, 59, ""},
    [HOUR] = {"hours", 0, 23, ""},
    [DAY] = {"day of month", 1, 31, ""},
    [MONTH] = {"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
    [WEEKDAY] = {"day of week", 1, 7, "SUNMONTUEWEDTHUFRISAT"},
    [YEAR] = {"year", 1970, 2199, ""},
};

/* A number of the field, or one of its words. */
static int number(struct reading *r, struct sv text)
{
    struct sv words = sv_of(fields[r->field].words);
    int64_t value;

    if (sv_to_int(text, &value) && value >= fields[r->field].low && value <= fields[r->field].high)
        return (int)value;
    for (size_t i = 0; i + 3 <= words.len && text.len == 3; i += 3) {
        if (sv_eq_nocase(sv_take(sv_drop(words, i), 3), text))
            return fields[r->field].low + (int)(i / 3);
    }
    r->is_bad = true;
    return 0;
}

static int weekday_of(const struct moment *m, int day)
{
    return ((m->at[WEEKDAY] - 1 + day - m->at[DAY]) % 7 + 35) % 7 + 1;
}

/* The weekday (Monday to Friday) nearest to a day, in the same month. */
static int nearest_weekday(const struct moment *m, int day)
{
    int weekday = weekday_of(m, day);

    if (weekday == 7)
        return day > 1 ? day - 1 : day + 2;
    if (weekday == 1)
        return day < m->days ? day + 1 : day - 2;
    return day;
}

/* L, L-3, LW, 15W */
static bool fits_day(struct reading *r, struct sv part)
{
    const struct moment *m = r->m;
    int64_t off = 0;
    int day;

    if (sv_eq(part, SV("LW")))
        return m->at[DAY] == nearest_weekday(m, m->days);
    if (sv_starts(part, SV("L"))) {
        if (part.len > 1 && (!sv_to_int(sv_drop(part, 1), &off) || off > 0 || off < -30))
            r->is_bad = true;
        return m->at[DAY] == m->days + (int)off;
    }
    day = number(r, sv_take(part, part.len - 1));
    return !r->is_bad && day <= m->days && m->at[DAY] == nearest_weekday(m, day);
}

/* L, 6L, 6#3 */
static bool fits_weekday(struct reading *r, struct sv part)
{
    const struct moment *m = r->m;
    struct sv rest;
    struct sv first = sv_cut(part, '#', &rest);
    int64_t which;
    int day;

    if (sv_eq(part, SV("L")))
        return m->at[WEEKDAY] == 7;
    if (sv_ends(part, SV("L"))) {
        day = number(r, sv_take(part, part.len - 1));
        return m->at[WEEKDAY] == day && m->at[DAY] + 7 > m->days;
    }
    day = number(r, first);
    if (!sv_to_int(rest, &which) || which < 1 || which > 5)
        r->is_bad = true;
    return !r->is_bad && m->at[WEEKDAY] == day && (m->at[DAY] - 1) / 7 + 1 == which;
}

/* A range may go over the end: FRI-MON, 22-4. */
static bool in_range(int value, int from, int to)
{
    return from <= to ? value >= from && value <= to : value >= from || value <= to;
}

/* 5, 5-9, 5/15, 5-50/15, * / 15 */
static bool fits_plain(struct reading *r, struct sv part)
{
    struct sv step_text;
    struct sv to_text;
    struct sv range = sv_cut(part, '/', &step_text);
    bool has_step = sv_find(part, SV("/")) >= 0;
    struct sv from_text = sv_cut(range, '-', &to_text);
    int value = r->m->at[r->field];
    int from = fields[r->field].low;
    int to = fields[r->field].high;
    int64_t step = 1;

    if (!sv_eq(range, SV("*"))) {
        from = number(r, from_text);
        if (sv_find(range, SV("-")) >= 0)
            to = number(r, to_text);
        else if (!has_step)
            to = from;
    }
    if (has_step && (!sv_to_int(step_text, &step) || step < 1))
        r->is_bad = true;
    return !r->is_bad && in_range(value, from, to) && (value - from) % step == 0;
}

static bool fits_part(struct reading *r, struct sv part)
{
    bool has_mark = sv_starts(part, SV("L")) || sv_ends(part, SV("L")) || sv_ends(part, SV("W")) ||
                    sv_find(part, SV("#")) >= 0;

    if (sv_eq(part, SV("?")) && (r->field == DAY || r->field == WEEKDAY))
        return true;
    if (has_mark && part.len > 0 && r->field == DAY)
        return fits_day(r, part);
    if (has_mark && part.len > 0 && r->field == WEEKDAY)
        return fits_weekday(r, part);
    return fits_plain(r, part);
}

/* All parts are read, so that a fault behind the one that fits is seen too. */
static bool fits_field(struct reading *r, struct sv text)
{
    bool fits = false;

    r->is_bad = r->is_bad || text.len == 0;
    while (text.len > 0 && !r->is_bad)
        fits = fits_part(r, sv_cut(text, ',', &text)) || fits;
    return fits && !r->is_bad;
}

/* "UTC", "UTC+2", "UTC-03:30", "Etc/UTC", "GMT": minutes from UTC. Other zones are not known. */
static bool read_zone(struct sv zone, int64_t *minutes)
{
    struct sv rest = zone;
    struct sv minute_text;
    int64_t hours;
    int64_t more = 0;
    bool is_west;

    *minutes = 0;
    if (zone.len == 0 || sv_eq(zone, SV("Etc/UTC")))
        return true;
    if (!sv_starts(zone, SV("UTC")) && !sv_starts(zone, SV("GMT")))
        return false;
    rest = sv_drop(rest, 3);
    if (rest.len == 0)
        return true;
    is_west = rest.ptr[0] == '-';
    if (rest.ptr[0] != '+' && !is_west)
        return false;
    rest = sv_cut(sv_drop(rest, 1), ':', &minute_text);
    if (!sv_to_int(rest, &hours) || hours < 0 || hours > 14 ||
        (minute_text.len > 0 && (!sv_to_int(minute_text, &more) || more < 0 || more > 59)))
        return false;
    *minutes = is_west ? -(hours * 60 + more) : hours * 60 + more;
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static void read_moment(int64_t ms, struct moment *out)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm = {0};

    (void)gmtime_r(&seconds, &tm);
    *out = (struct moment){
        .at = {tm.tm_sec, tm.tm_min, tm.tm_hour, tm.tm_mday, tm.tm_mon + 1, tm.tm_wday + 1,
               tm.tm_year + 1900},
        .days = days[tm.tm_mon] + (tm.tm_mon == 1 && is_leap(tm.tm_year + 1900)),
    };
}

static bool fail(char why[RULE_WHY_MAX], const char *fmt, ...) PRINTF_LIKE(2, 3);

static bool fail(char why[RULE_WHY_MAX], const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(why, RULE_WHY_MAX, fmt, args);
    va_end(args);
    return false;
}

bool window_read(struct sv cron, struct sv zone, int64_t now_ms, bool *is_inside,
                 char why[RULE_WHY_MAX])
{
    struct moment m;
    struct sv rest = sv_trim(cron);
    int64_t minutes;
    size_t count = 0;

    *is_inside = true;
    if (!read_zone(zone, &minutes))
        return fail(why,
                    "has the time zone '" SV_FMT "': the sandbox knows UTC and offsets from it",
                    SV_ARG(sv_take(zone, 60)));
    read_moment(now_ms + minutes * 60 * 1000, &m);
    for (; rest.len > 0 && count < FIELDS; count++) {
        struct reading r = {.m = &m, .field = (enum field)count};
        struct sv text = sv_cut(rest, ' ', &rest);

        rest = sv_trim(rest);
        if (!fits_field(&r, text))
            *is_inside = false;
        if (r.is_bad || (count == SECOND && !sv_eq(text, SV("*"))))
            return fail(why, "has '" SV_FMT "' as %s in its Cron", SV_ARG(sv_take(text, 60)),
                        fields[count].name);
    }
    if (rest.len > 0 || count < YEAR)
        return fail(why, "has a Cron that is not of six or seven fields");
    return true;
}
