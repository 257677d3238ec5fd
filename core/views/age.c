#include "core/views/age.h"

#include <time.h>

enum {
    SECOND_MS = 1000,
    STEP_MS = 10 * SECOND_MS,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS,
    DAY_S = 86400
};
#define DAY_MS  (INT64_C(24) * HOUR_MS)
#define YEAR_MS (365 * DAY_MS)

/* Whole seconds, also before 1970. */
static time_t seconds_of(int64_t ms)
{
    return (time_t)((ms >= 0 ? ms : ms - (SECOND_MS - 1)) / SECOND_MS);
}

static bool split(time_t at, enum look_clock clock, struct tm *out)
{
    return (clock == LOOK_LOCAL ? localtime_r(&at, out) : gmtime_r(&at, out)) != NULL;
}

static bool is_same_day(const struct tm *a, const struct tm *b)
{
    return a->tm_year == b->tm_year && a->tm_yday == b->tm_yday;
}

static const char *clock_text(int64_t at_ms, const struct view_look *look, char out[AGE_SIZE])
{
    struct tm at;
    struct tm now;

    size_t len = 0;

    if (split(seconds_of(at_ms), look->clock, &at) &&
        split(seconds_of(look->now_ms), look->clock, &now)) {
        if (!is_same_day(&at, &now))
            len = strftime(out, AGE_SIZE, "%F", &at);
        else if (look->clock == LOOK_UTC)
            len = strftime(out, AGE_SIZE, "%TZ", &at);
        else
            len = strftime(out, AGE_SIZE, "%T", &at);
    }
    if (len == 0)
        snprintf(out, AGE_SIZE, "?");
    return out;
}

const char *age_moment(int64_t at_ms, const struct view_look *look, char out[AGE_SIZE])
{
    struct tm at;
    size_t len = 0;

    if (split(seconds_of(at_ms), look->clock, &at))
        len = strftime(out, AGE_SIZE, look->clock == LOOK_LOCAL ? "%F %T" : "%F %TZ", &at);
    if (len == 0)
        snprintf(out, AGE_SIZE, "?");
    return out;
}

/* Below a minute in steps of ten seconds: a list whose ages tick each second is never at rest. */
static int64_t stepped(int64_t at_ms, int64_t now_ms)
{
    int64_t age = now_ms - at_ms;

    return at_ms != 0 && age >= 0 && age < MINUTE_MS ? now_ms - age % STEP_MS : now_ms;
}

const char *age_text(int64_t at_ms, const struct view_look *look, char out[AGE_SIZE])
{
    if (at_ms != 0 && look->clock != LOOK_AGE)
        return clock_text(at_ms, look, out);
    if (at_ms != 0 && look->is_coarse && look->now_ms - at_ms < MINUTE_MS) {
        snprintf(out, AGE_SIZE, "<1m");
        return out;
    }
    return time_age(at_ms, stepped(at_ms, look->now_ms), out);
}

const char *age_ago(int64_t at_ms, const struct view_look *look, char out[AGE_AGO_SIZE])
{
    struct view_look ages = *look;
    char age[AGE_SIZE];

    ages.clock = LOOK_AGE;
    if (strcmp(age_text(at_ms, &ages, age), "now") == 0)
        snprintf(out, AGE_AGO_SIZE, "just now");
    else
        snprintf(out, AGE_AGO_SIZE, "%s ago", age);
    return out;
}

struct view age_view(const struct view *view, const char *column, const struct view_look *look,
                     struct column out[VIEW_COLUMN_MAX])
{
    enum { CLOCK_CELLS = 10 };
    struct view made = *view;

    for (size_t i = 0; i < view->column_count; i++) {
        out[i] = view->columns[i];
        if (look->clock != LOOK_AGE && strcmp(out[i].name, column) == 0 &&
            out[i].min_width < CLOCK_CELLS)
            out[i].min_width = CLOCK_CELLS;
    }
    made.columns = out;
    return made;
}

static bool is_of_day(time_t t, enum look_clock clock, const struct tm *day)
{
    struct tm tm;

    return split(t, clock, &tm) && is_same_day(&tm, day);
}

/* The first second of the day that t is of, or of what follows that day. Most days begin and end
 * at midnight; where a clock is put forward or back that day, the second is searched. */
static time_t day_edge(time_t t, enum look_clock clock, bool is_end)
{
    struct tm day;
    time_t inside = t;
    time_t outside = t + (is_end ? 2 : -2) * (time_t)DAY_S;
    time_t midnight;

    if (!split(t, clock, &day))
        return t;
    midnight = t - ((time_t)day.tm_hour * 60 + day.tm_min) * 60 - day.tm_sec + (is_end ? DAY_S : 0);
    if (is_of_day(midnight, clock, &day) != is_end &&
        is_of_day(midnight - 1, clock, &day) == is_end)
        return midnight;
    while (inside - outside > 1 || outside - inside > 1) {
        time_t middle = inside + (outside - inside) / 2;

        if (is_of_day(middle, clock, &day))
            inside = middle;
        else
            outside = middle;
    }
    return is_end ? outside : inside;
}

/* A time of day becomes a date when its day ends, and a date to come a time when its day begins. */
static int64_t clock_next(int64_t at_ms, const struct view_look *look)
{
    time_t at = seconds_of(at_ms);
    time_t now = seconds_of(look->now_ms);
    time_t change;

    if (now - at > 3 * DAY_S)
        return 0;
    change = at > now ? day_edge(at, look->clock, false) : 0;
    if (change <= now)
        change = day_edge(at, look->clock, true);
    return now < change ? (int64_t)change * SECOND_MS : 0;
}

int64_t age_next(int64_t at_ms, const struct view_look *look)
{
    static const struct {
        int64_t below_ms;
        int64_t unit_ms;
    } steps[] = {{MINUTE_MS, STEP_MS},
                 {HOUR_MS, MINUTE_MS},
                 {INT64_C(48) * HOUR_MS, HOUR_MS},
                 {730 * DAY_MS, DAY_MS},
                 {INT64_MAX, YEAR_MS}};
    int64_t age = look->now_ms - at_ms;
    size_t i = 0;

    if (at_ms == 0)
        return 0;
    if (look->clock != LOOK_AGE)
        return clock_next(at_ms, look);
    if (look->is_coarse && age < MINUTE_MS)
        return at_ms + MINUTE_MS;
    if (age < STEP_MS)
        return at_ms + STEP_MS;
    while (age >= steps[i].below_ms)
        i++;
    return at_ms + (age / steps[i].unit_ms + 1) * steps[i].unit_ms;
}

int64_t age_sooner(int64_t a, int64_t b)
{
    if (a == 0 || b == 0)
        return a == 0 ? b : a;
    return a < b ? a : b;
}

const char *duration_text(int64_t ms, char out[AGE_SIZE])
{
    enum { DAYS_MAX = 99999 };
    int64_t s = ms / SECOND_MS;
    int64_t days = s / DAY_S;

    if (ms < 0)
        snprintf(out, AGE_SIZE, "-");
    else if (s < 60)
        snprintf(out, AGE_SIZE, "%ds", (int)s);
    else if (s < 3600)
        snprintf(out, AGE_SIZE, "%dm%02ds", (int)(s / 60), (int)(s % 60));
    else if (s < DAY_S)
        snprintf(out, AGE_SIZE, "%dh%02dm", (int)(s / 3600), (int)(s / 60 % 60));
    else if (days < 100)
        snprintf(out, AGE_SIZE, "%dd%dh", (int)days, (int)(s / 3600 % 24));
    else
        snprintf(out, AGE_SIZE, "%dd", (int)(days < DAYS_MAX ? days : DAYS_MAX));
    return out;
}

/* ---- reading a time ---- */

static bool take_number(struct sv *text, size_t least, size_t most, int *out)
{
    size_t len = 0;

    *out = 0;
    while (len < text->len && len < most && text->ptr[len] >= '0' && text->ptr[len] <= '9')
        *out = *out * 10 + (text->ptr[len++] - '0');
    *text = sv_drop(*text, len);
    return len >= least;
}

static bool take_char(struct sv *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c)
        return false;
    *text = sv_drop(*text, 1);
    return true;
}

/* "2h", "1h30m": how long ago. */
static bool read_ago(struct sv text, int64_t *ms)
{
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {{'s', SECOND_MS}, {'m', MINUTE_MS}, {'h', HOUR_MS}, {'d', DAY_MS}};

    *ms = 0;
    while (text.len > 0) {
        int number;
        size_t unit = 0;

        if (!take_number(&text, 1, 5, &number) || text.len == 0)
            return false;
        while (unit < ARRAY_LEN(units) && units[unit].letter != text.ptr[0])
            unit++;
        if (unit == ARRAY_LEN(units))
            return false;
        *ms += number * units[unit].ms;
        text = sv_drop(text, 1);
    }
    return *ms > 0;
}

/* "14:32" or "14:32:07", to the end of the text. */
static bool read_clock(struct sv text, struct tm *out)
{
    if (!take_number(&text, 1, 2, &out->tm_hour) || !take_char(&text, ':') ||
        !take_number(&text, 2, 2, &out->tm_min))
        return false;
    out->tm_sec = 0;
    if (take_char(&text, ':') && !take_number(&text, 2, 2, &out->tm_sec))
        return false;
    return text.len == 0 && out->tm_hour < 24 && out->tm_min < 60 && out->tm_sec < 60;
}

static bool read_date(struct sv *text, struct tm *out)
{
    int year;
    int month;

    if (!take_number(text, 4, 4, &year) || !take_char(text, '-') ||
        !take_number(text, 2, 2, &month) || !take_char(text, '-') ||
        !take_number(text, 2, 2, &out->tm_mday))
        return false;
    out->tm_year = year - 1900;
    out->tm_mon = month - 1;
    return take_char(text, ' ') || take_char(text, 'T');
}

static int64_t join(const struct tm *tm, enum look_clock clock)
{
    struct tm copy = *tm;

    copy.tm_isdst = -1;
    return (int64_t)(clock == LOOK_LOCAL ? mktime(&copy) : timegm(&copy)) * SECOND_MS;
}

/* The 30th of February would quietly be the 2nd of March. */
static bool is_real_date(const struct tm *tm)
{
    struct tm copy = *tm;

    copy.tm_hour = 12;
    timegm(&copy);
    return copy.tm_mday == tm->tm_mday && copy.tm_mon == tm->tm_mon;
}

static bool read_day_and_clock(struct sv text, const struct view_look *look, int64_t *out)
{
    static const struct sv yesterday = {"yesterday ", sizeof "yesterday " - 1};
    struct tm tm;
    struct sv rest = text;

    if (!split(seconds_of(look->now_ms), look->clock, &tm))
        return false;
    if (read_clock(text, &tm)) {
        *out = join(&tm, look->clock);
        tm.tm_mday -= *out > look->now_ms;
    } else if (text.len > yesterday.len && sv_eq_nocase(sv_take(text, yesterday.len), yesterday)) {
        if (!read_clock(sv_trim(sv_drop(text, yesterday.len)), &tm))
            return false;
        tm.tm_mday--;
    } else if (!read_date(&rest, &tm) || !read_clock(sv_trim(rest), &tm) || !is_real_date(&tm)) {
        return false;
    }
    *out = join(&tm, look->clock);
    return true;
}

enum err_code age_parse(struct sv text, const struct view_look *look, int64_t *out, struct err *err)
{
    int64_t at;
    int64_t ago;

    text = sv_trim(text);
    if (text.len > 0 && text.ptr[0] == '-' && read_ago(sv_drop(text, 1), &ago))
        at = look->now_ms - ago;
    else if (!read_day_and_clock(text, look, &at) && !time_parse_rfc3339(text, &at))
        return err_set(err, ERR_USAGE,
                       "\"" SV_FMT "\" is no time; write 14:32, yesterday 14:32, 2026-11-20 14:32 "
                       "or -2h",
                       SV_ARG(sv_take(text, 60)));
    if (at > look->now_ms || at <= 0)
        return err_set(err, ERR_USAGE, "\"" SV_FMT "\" is %s; write a time that has been",
                       SV_ARG(sv_take(text, 60)), at > 0 ? "still to come" : "before all records");
    *out = at;
    return ERR_OK;
}

enum err_code age_parse_since(struct sv text, const struct view_look *look, int64_t *out,
                              struct err *err)
{
    char whole[32];
    int64_t ago;

    text = sv_trim(text);
    if (read_ago(text, &ago) && ago < look->now_ms) {
        *out = look->now_ms - ago;
        return ERR_OK;
    }
    if (text.len != sizeof "2026-11-20" - 1 || text.ptr[4] != '-')
        return age_parse(text, look, out, err);
    (void)snprintf(whole, sizeof whole, SV_FMT " 00:00", SV_ARG(text));
    return age_parse(sv_of(whole), look, out, err);
}
