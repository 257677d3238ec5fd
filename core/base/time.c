#include "core/base/time.h"

#include <math.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t time_mono_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t time_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

/* Days since 1970-01-01 of a proleptic Gregorian date, and back: the year is counted from March, so
 * that the leap day comes last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct date {
    int year, month, day, hour, minute, second, ms;
};

static struct date date_of(int64_t ms)
{
    int64_t days = (ms >= 0 ? ms : ms - 86399999) / 86400000;
    int64_t rest = ms - days * 86400000;
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct date d;

    d.day = (int)(of_year - (153 * month + 2) / 5 + 1);
    d.month = (int)(month < 10 ? month + 3 : month - 9);
    d.year = (int)(year + era * 400 + (d.month <= 2));
    d.hour = (int)(rest / 3600000);
    d.minute = (int)(rest / 60000 % 60);
    d.second = (int)(rest / 1000 % 60);
    d.ms = (int)(rest % 1000);
    return d;
}

static char *put_digits(char *p, int value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        p[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return p + count;
}

/* By hand: ten thousand rows hold twenty thousand times, and snprintf cost as much as SQLite. */
const char *time_rfc3339(int64_t ms, char out[TIME_RFC3339_SIZE])
{
    struct date d = date_of(ms);
    const int fields[] = {d.year, d.month, d.day, d.hour, d.minute, d.second};
    static const char behind[] = "--T::";
    char *p = out;

    out[0] = '\0';
    if (ms == 0 || d.year < 0 || d.year > 9999)
        return out;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        p = put_digits(p, fields[i], i == 0 ? 4 : 2);
        if (behind[i] != '\0')
            *p++ = behind[i];
    }
    if (d.ms > 0) {
        *p++ = '.';
        p = put_digits(p, d.ms, 3);
    }
    *p++ = 'Z';
    *p = '\0';
    return out;
}

const char *time_http(int64_t ms, char out[TIME_HTTP_SIZE])
{
    static const char days[] = "Thu, Fri, Sat, Sun, Mon, Tue, Wed, "; /* 1970 began so */
    static const char months[] = " Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec ";
    struct date d = date_of(ms);
    int64_t day = (ms >= 0 ? ms : ms - 86399999) / 86400000;
    char *p = out;

    memcpy(p, days + (day % 7 + 7) % 7 * 5, 5);
    p = put_digits(p + 5, d.day, 2);
    memcpy(p, months + (d.month - 1) * 5, 5);
    p = put_digits(p + 5, d.year, 4);
    *p++ = ' ';
    p = put_digits(p, d.hour, 2);
    *p++ = ':';
    p = put_digits(p, d.minute, 2);
    *p++ = ':';
    p = put_digits(p, d.second, 2);
    memcpy(p, " GMT", 5);
    if (ms == 0)
        out[0] = '\0';
    return out;
}

const char *time_amz(int64_t ms, char out[TIME_AMZ_SIZE])
{
    struct date d = date_of(ms);
    const int fields[] = {d.year, d.month, d.day, d.hour, d.minute, d.second};
    const int digits[] = {4, 2, 2, 2, 2, 2};
    char *p = out;

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        int value = fields[i];

        if (i == 3)
            *p++ = 'T';
        for (int k = digits[i] - 1; k >= 0; k--) {
            p[k] = (char)('0' + value % 10);
            value /= 10;
        }
        p += digits[i];
    }
    *p++ = 'Z';
    *p = '\0';
    return out;
}

const char *time_age(int64_t ms, int64_t now_ms, char out[TIME_AGE_SIZE])
{
    int64_t s = (now_ms - ms) / 1000;

    if (ms == 0)
        snprintf(out, TIME_AGE_SIZE, "-");
    else if (s < 1)
        snprintf(out, TIME_AGE_SIZE, "now");
    else if (s < 60)
        snprintf(out, TIME_AGE_SIZE, "%ds", (int)s);
    else if (s < 3600)
        snprintf(out, TIME_AGE_SIZE, "%dm", (int)(s / 60));
    else if (s < 48 * 3600)
        snprintf(out, TIME_AGE_SIZE, "%dh", (int)(s / 3600));
    else if (s < 730 * 86400LL)
        snprintf(out, TIME_AGE_SIZE, "%dd", (int)(s / 86400));
    else
        snprintf(out, TIME_AGE_SIZE, "%lldy", (long long)(s / (365 * 86400LL)));
    return out;
}

/* Take exactly `digits` digits off the front. */
static bool number(struct sv *text, size_t digits, int *out)
{
    int64_t value;

    /* sv_to_int would take "-0". */
    if (text->len < digits || text->ptr[0] == '-' || !sv_to_int(sv_take(*text, digits), &value))
        return false;
    *text = sv_drop(*text, digits);
    *out = (int)value;
    return true;
}

static bool letter(struct sv *text, const char *any)
{
    if (text->len == 0 || text->ptr[0] == '\0' || strchr(any, text->ptr[0]) == NULL)
        return false;
    *text = sv_drop(*text, 1);
    return true;
}

static bool in_range(const struct date *d)
{
    return d->month >= 1 && d->month <= 12 && d->day >= 1 && d->day <= 31 && d->hour <= 23 &&
           d->minute <= 59 && d->second <= 60;
}

static int64_t ms_of(const struct date *d)
{
    return ((days_of(d->year, d->month, d->day) * 24 + d->hour) * 60 + d->minute) * 60000 +
           d->second * 1000LL + d->ms;
}

static int fraction(struct sv *text)
{
    int ms = 0;
    int unit = 100;

    while (text->len > 0 && text->ptr[0] >= '0' && text->ptr[0] <= '9') {
        ms += (text->ptr[0] - '0') * unit;
        unit /= 10;
        *text = sv_drop(*text, 1);
    }
    return ms;
}

bool time_parse_rfc3339(struct sv text, int64_t *ms)
{
    struct date d = {0};
    int hours = 0;
    int minutes = 0;
    int sign = 0;

    if (!number(&text, 4, &d.year) || !letter(&text, "-") || !number(&text, 2, &d.month) ||
        !letter(&text, "-") || !number(&text, 2, &d.day) || !letter(&text, "Tt ") ||
        !number(&text, 2, &d.hour) || !letter(&text, ":") || !number(&text, 2, &d.minute) ||
        !letter(&text, ":") || !number(&text, 2, &d.second) || !in_range(&d))
        return false;
    if (letter(&text, "."))
        d.ms = fraction(&text);
    if (text.len > 0 && (text.ptr[0] == '+' || text.ptr[0] == '-')) {
        sign = text.ptr[0] == '+' ? 1 : -1;
        text = sv_drop(text, 1);
        if (!number(&text, 2, &hours))
            return false;
        letter(&text, ":");
        if (text.len > 0 && !number(&text, 2, &minutes))
            return false;
    } else if (!letter(&text, "Zz")) {
        return false;
    }
    if (text.len > 0)
        return false;
    *ms = ms_of(&d) - (int64_t)sign * (hours * 60 + minutes) * 60000;
    return true;
}

bool time_parse_http(struct sv text, int64_t *ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct date d = {0};
    struct sv rest;
    ptrdiff_t month;

    sv_cut(text, ',', &rest);
    rest = sv_trim(rest);
    if (!number(&rest, 2, &d.day) || !letter(&rest, " ") || rest.len < 4)
        return false;
    month = sv_find(sv_make(months, sizeof months - 1), sv_take(rest, 3));
    if (month < 0 || month % 3 != 0)
        return false;
    d.month = (int)(month / 3) + 1;
    rest = sv_drop(rest, 4);
    if (!number(&rest, 4, &d.year) || !letter(&rest, " ") || !number(&rest, 2, &d.hour) ||
        !letter(&rest, ":") || !number(&rest, 2, &d.minute) || !letter(&rest, ":") ||
        !number(&rest, 2, &d.second) || !in_range(&d))
        return false;
    *ms = ms_of(&d);
    return true;
}

int64_t time_from_epoch(double seconds)
{
    if (!isfinite(seconds) || fabs(seconds) > 253402300799.0)
        return 0;
    return (int64_t)llround(seconds * 1000.0);
}
