/* How a freeze is written: [ENVIRONMENT, ...:] WHEN [ZONE]: REASON. */
#include "core/base/time.h"
#include "core/operate/guard_freeze.h"

enum { WORDS_MAX = 16, CRON_DAYS_MAX = 31, DAY_MINUTES = 24 * 60 };

static const char *const weekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};
static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

struct words {
    struct sv items[WORDS_MAX];
    size_t count;
    size_t at;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum err_code split(struct sv text, struct words *out, struct err *err)
{
    *out = (struct words){0};
    for (text = sv_trim(text); text.len > 0; text = sv_trim(text)) {
        size_t len = 0;

        while (len < text.len && !is_blank(text.ptr[len]))
            len++;
        if (out->count == WORDS_MAX)
            return err_set(err, ERR_CONFIG, "has too many words before its reason");
        out->items[out->count++] = sv_take(text, len);
        text = sv_drop(text, len);
    }
    return ERR_OK;
}

static struct sv peek(const struct words *w)
{
    return w->at < w->count ? w->items[w->at] : SV("");
}

static bool take(struct words *w, struct sv word)
{
    if (!sv_eq_nocase(peek(w), word))
        return false;
    w->at++;
    return true;
}

/* ---- numbers, hours, dates ---- */

static bool digits(struct sv text, size_t most, int *out)
{
    int64_t value;

    if (text.len == 0 || text.len > most || text.ptr[0] == '-' || !sv_to_int(text, &value))
        return false;
    *out = (int)value;
    return true;
}

static bool hour_of(struct sv word, int *hour, int *minute)
{
    struct sv rest;
    struct sv first = sv_cut(word, ':', &rest);

    return rest.len == 2 && digits(first, 2, hour) && digits(rest, 2, minute) && *minute < 60 &&
           (*hour < 24 || (*hour == 24 && *minute == 0));
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        return 29;
    return days[month - 1];
}

static bool date_of(struct sv word, struct local_time *out)
{
    return word.len == 10 && word.ptr[4] == '-' && word.ptr[7] == '-' &&
           digits(sv_take(word, 4), 4, &out->year) &&
           digits(sv_take(sv_drop(word, 5), 2), 2, &out->month) &&
           digits(sv_drop(word, 8), 2, &out->day) && out->year >= 1970 && out->month >= 1 &&
           out->month <= 12 && out->day >= 1 && out->day <= days_in(out->year, out->month);
}

/* "2026-12-20", "2026-12-20T18:00", "2026-12-20 18:00" or RFC 3339. */
static bool take_moment(struct words *w, struct freeze_moment *out)
{
    struct sv word = peek(w);
    struct sv hour = SV("");

    *out = (struct freeze_moment){0};
    if (time_parse_rfc3339(word, &out->absolute_ms)) {
        out->has_hour = true;
        w->at++;
        return true;
    }
    if (word.len > 11 && word.ptr[10] == 'T')
        hour = sv_drop(word, 11);
    if (!date_of(hour.len > 0 ? sv_take(word, 10) : word, &out->local))
        return false;
    w->at++;
    if (hour.len == 0 && hour_of(peek(w), &out->local.hour, &out->local.minute)) {
        out->has_hour = true;
        w->at++;
    } else if (hour.len > 0) {
        out->has_hour = hour_of(hour, &out->local.hour, &out->local.minute);
    }
    return hour.len == 0 || out->has_hour;
}

/* ---- lists of numbers and names ---- */

struct field {
    const char *what;
    int low;
    int high;
    const char *const *names;
    int first; /* the first name's number */
    int name_count;
};

static bool value_of(const struct field *f, struct sv word, int *out)
{
    for (int i = 0; i < f->name_count; i++) {
        struct sv name = sv_of(f->names[i]);

        if (sv_eq_nocase(word, name) || sv_eq_nocase(word, sv_take(name, 3))) {
            *out = f->first + i;
            return true;
        }
    }
    return digits(word, 2, out) && *out >= f->low && *out <= f->high;
}

/* "*", "5", "1-5", "*" "/15", "10-50/20". A range of names may go over the end: fri-mon. */
static bool add_item(const struct field *f, struct sv item, uint64_t *bits)
{
    struct sv step_text;
    struct sv end;
    struct sv range = sv_cut(item, '/', &step_text);
    struct sv begin = sv_cut(range, '-', &end);
    bool is_all = sv_eq(range, SV("*"));
    int step = 1;
    int from = f->low;
    int to = f->high;

    if (step_text.ptr != NULL && (!digits(step_text, 2, &step) || step == 0))
        return false;
    if (!is_all && !value_of(f, begin, &from))
        return false;
    if (!is_all && end.ptr != NULL && !value_of(f, end, &to))
        return false;
    if (!is_all && end.ptr == NULL && step_text.ptr == NULL)
        to = from;
    if (to < from && f->names != weekdays)
        return false;
    if (to < from)
        to += 7;
    for (int at = from; at <= to; at += step)
        *bits |= 1ULL << (f->names == weekdays ? at % 7 : at);
    return true;
}

static enum err_code add_list(const struct field *f, struct sv text, uint64_t *bits,
                              struct err *err)
{
    struct sv rest = text;

    *bits = 0;
    do {
        struct sv item = sv_cut(rest, ',', &rest);

        if (!add_item(f, item, bits))
            return err_set(err, ERR_CONFIG, "\"" SV_FMT "\" is no %s", SV_ARG(sv_take(item, 40)),
                           f->what);
    } while (rest.ptr != NULL);
    return ERR_OK;
}

static const struct field days_field = {"day of the week", 0, 7, weekdays, 0, 7};

/* Names only: a number alone would be a date that was begun. */
static bool take_days(struct words *w, unsigned *out)
{
    struct sv word = peek(w);
    uint64_t bits;

    if (word.len < 3 || (word.ptr[0] >= '0' && word.ptr[0] <= '9') || word.ptr[0] == '*' ||
        add_list(&days_field, word, &bits, NULL))
        return false;
    *out = (unsigned)bits;
    w->at++;
    return true;
}

/* ---- the kinds ---- */

static enum err_code read_span(struct words *w, struct freeze *f, struct err *err)
{
    f->kind = FREEZE_SPAN;
    if (!take_moment(w, &f->from))
        return err_set(err, ERR_CONFIG,
                       "\"" SV_FMT "\" is no moment: write 2026-12-20 or 2026-12-20T18:00",
                       SV_ARG(sv_take(peek(w), 40)));
    if (take(w, SV("to"))) {
        if (!take_moment(w, &f->to))
            return err_set(err, ERR_CONFIG,
                           "\"" SV_FMT "\" is no moment: write 2026-12-20 or 2026-12-20T18:00",
                           SV_ARG(sv_take(peek(w), 40)));
    } else if (f->from.has_hour) {
        return err_set(err, ERR_CONFIG, "begins at an hour and so needs an end: MOMENT to MOMENT");
    } else {
        f->to = f->from;
    }
    return ERR_OK;
}

static enum err_code read_daily(struct words *w, struct freeze *f, struct err *err)
{
    int hour;
    int minute;

    f->kind = FREEZE_DAILY;
    if (!hour_of(peek(w), &hour, &minute) || hour == 24)
        return err_set(err, ERR_CONFIG, "\"" SV_FMT "\" is no hour of a day: write 18:00",
                       SV_ARG(sv_take(peek(w), 40)));
    f->begin_minute = hour * 60 + minute;
    w->at++;
    if (!take(w, SV("to")) || !hour_of(peek(w), &hour, &minute))
        return err_set(err, ERR_CONFIG, "needs an hour to end at: 18:00 to 07:00");
    f->end_minute = hour * 60 + minute;
    w->at++;
    if (f->end_minute == f->begin_minute || (f->end_minute == 0 && f->begin_minute == 0))
        return err_set(err, ERR_CONFIG,
                       "ends when it begins: write 00:00 to 24:00 for the whole day");
    if (!take_days(w, &f->weekdays))
        f->weekdays = 0x7f;
    return ERR_OK;
}

/* "90m", "64h", "2d", "1d12h". */
static bool lasts_of(struct sv word, int64_t *ms)
{
    int64_t minutes = 0;

    while (word.len > 0) {
        size_t len = 0;
        int value;
        char unit;

        while (len < word.len && word.ptr[len] >= '0' && word.ptr[len] <= '9')
            len++;
        if (len == word.len || !digits(sv_take(word, len), 5, &value))
            return false;
        unit = word.ptr[len];
        if (unit != 'm' && unit != 'h' && unit != 'd')
            return false;
        minutes += (int64_t)value * (unit == 'm' ? 1 : unit == 'h' ? 60 : DAY_MINUTES);
        word = sv_drop(word, len + 1);
    }
    *ms = minutes * 60000;
    return minutes > 0 && minutes <= CRON_DAYS_MAX * DAY_MINUTES;
}

static enum err_code read_cron(struct words *w, struct freeze *f, struct err *err)
{
    static const struct field fields[] = {
        {"minute", 0, 59, NULL, 0, 0},
        {"hour", 0, 23, NULL, 0, 0},
        {"day of the month", 1, 31, NULL, 0, 0},
        {"month", 1, 12, months, 1, 12},
    };
    uint64_t *const bits[] = {&f->minutes, &f->hours, &f->days, &f->months};
    uint64_t of_week = 0;
    enum err_code rc = ERR_OK;

    f->kind = FREEZE_CRON;
    w->at++;
    if (w->count < w->at + 7)
        return err_set(err, ERR_CONFIG, "is not like cron 0 16 * * fri for 64h");
    f->is_any_day = w->items[w->at + 2].ptr[0] == '*';
    f->is_any_weekday = w->items[w->at + 4].ptr[0] == '*';
    for (size_t i = 0; i < ARRAY_LEN(fields) && !rc; i++, w->at++)
        rc = add_list(&fields[i], peek(w), bits[i], err);
    if (!rc)
        rc = add_list(&days_field, peek(w), &of_week, err);
    if (rc)
        return rc;
    f->weekdays = (unsigned)of_week;
    w->at++;
    if (!take(w, SV("for")) || !lasts_of(peek(w), &f->lasts_ms))
        return err_set(err, ERR_CONFIG, "needs to say for how long, at most %dd: for 64h",
                       CRON_DAYS_MAX);
    w->at++;
    return ERR_OK;
}

static bool starts_with_digit(struct sv text)
{
    return text.len > 0 && text.ptr[0] >= '0' && text.ptr[0] <= '9';
}

static enum err_code read_when(struct sv text, struct freeze *f, struct err *err)
{
    struct words w;
    enum err_code rc = split(text, &w, err);
    struct sv first = peek(&w);

    if (rc)
        return rc;
    if (sv_eq_nocase(first, SV("cron")))
        rc = read_cron(&w, f, err);
    else if (starts_with_digit(first) && sv_find(sv_take(first, 3), SV(":")) > 0)
        rc = read_daily(&w, f, err);
    else if (starts_with_digit(first))
        rc = read_span(&w, f, err);
    else if (take_days(&w, &f->weekdays))
        f->kind = FREEZE_DAYS;
    else
        rc = err_set(err, ERR_CONFIG, "\"" SV_FMT "\" is no date, hour, weekday or cron line",
                     SV_ARG(sv_take(first, 40)));
    if (rc)
        return rc;
    (void)snprintf(f->zone, sizeof f->zone, "UTC");
    if (w.at < w.count) {
        struct sv zone = w.items[w.at++];

        if (!zone_is_known(zone))
            return err_set(err, ERR_CONFIG,
                           "\"" SV_FMT "\" is no time zone that this host knows, such as "
                           "Europe/Berlin or UTC",
                           SV_ARG(sv_take(zone, 40)));
        (void)snprintf(f->zone, sizeof f->zone, SV_FMT, SV_ARG(zone));
    }
    if (w.at < w.count)
        return err_set(err, ERR_CONFIG,
                       "has \"" SV_FMT "\" where its reason should come: WHEN: "
                       "REASON",
                       SV_ARG(sv_take(w.items[w.at], 40)));
    return ERR_OK;
}

/* ---- the line ---- */

/* Up to a colon that a blank follows: hours have colons, too. */
static struct sv cut_part(struct sv text, struct sv *rest)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ':' && (i + 1 == text.len || is_blank(text.ptr[i + 1]))) {
            *rest = sv_drop(text, i + 1);
            return sv_take(text, i);
        }
    }
    *rest = SV_NONE;
    return text;
}

static bool is_name_list(struct sv text)
{
    struct sv rest = text;

    do {
        struct sv name = sv_trim(sv_cut(rest, ',', &rest));

        if (name.len == 0 || name.len > 64 || starts_with_digit(name))
            return false;
        for (size_t i = 0; i < name.len; i++) {
            if (is_blank(name.ptr[i]) || name.ptr[i] == ':' || name.ptr[i] == '*')
                return false;
        }
    } while (rest.ptr != NULL);
    return true;
}

enum err_code freeze_parse(struct sv value, struct freeze *out, struct err *err)
{
    struct err why = {0};
    struct sv rest;
    struct sv part = cut_part(value, &rest);
    struct freeze f = {0};
    enum err_code rc = read_when(part, &f, &why);

    if (rc && is_name_list(part) && rest.ptr != NULL) {
        f = (struct freeze){.environments = sv_trim(part)};
        part = cut_part(rest, &rest);
        rc = read_when(part, &f, &why);
    }
    if (rc)
        return err_set(err, rc, "%s", why.text);
    f.reason = sv_trim(rest);
    if (f.reason.len == 0)
        return err_set(err, ERR_CONFIG, "has no reason: write WHEN: REASON");
    if (f.kind == FREEZE_SPAN) {
        rc = freeze_check_span(&f, err);
        if (rc)
            return rc;
    }
    *out = f;
    return ERR_OK;
}
