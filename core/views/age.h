/* Ages and times as a person wants them: "42s", "14:31:18Z" or the local "15:31:18", and when what
 * is shown changes by itself. */
#ifndef PENSTOCK_VIEWS_AGE_H
#define PENSTOCK_VIEWS_AGE_H

#include "core/base/time.h"
#include "core/views/view.h"

enum { AGE_SIZE = 24 };

/* An age as time_age's, below a minute in steps of ten seconds; with look->is_coarse "<1m" below a
 * minute; with a clock chosen the time of day, or the date when it is not of today. "-" for 0. */
const char *age_text(int64_t at_ms, const struct view_look *look, char out[AGE_SIZE]);
/* "2026-11-20 14:32:07Z", or that in local time without the Z where the look shows that. */
const char *age_moment(int64_t at_ms, const struct view_look *look, char out[AGE_SIZE]);
/* "3m ago", "just now"; an age also where the look shows clocks. */
enum { AGE_AGO_SIZE = AGE_SIZE + 8 };
const char *age_ago(int64_t at_ms, const struct view_look *look, char out[AGE_AGO_SIZE]);
/* The view with its column of ages wide enough for clocks where the look shows those. */
struct view age_view(const struct view *view, const char *column, const struct view_look *look,
                     struct column out[VIEW_COLUMN_MAX]);
/* Wall time when age_text would say something else; 0 = never. */
int64_t age_next(int64_t at_ms, const struct view_look *look);
/* The sooner of two such times. */
int64_t age_sooner(int64_t a, int64_t b);

/* "42s", "3m12s", "1h05m", "2d3h": at most 6 characters; "-" below 0. */
const char *duration_text(int64_t ms, char out[AGE_SIZE]);

/* "14:32", "14:32:07", "2026-11-20 14:32", "-2h", "-15m", "yesterday 14:32"; in local time when
 * the look shows that, else in UTC; a time of day that is still to come is yesterday's. ERR_USAGE
 * names the forms. */
enum err_code age_parse(struct sv text, const struct view_look *look, int64_t *out,
                        struct err *err) MUST_CHECK;
/* The same, and "2h" for "-2h" and "2026-11-20" for its first moment: for `--since`. */
enum err_code age_parse_since(struct sv text, const struct view_look *look, int64_t *out,
                              struct err *err) MUST_CHECK;

#endif
