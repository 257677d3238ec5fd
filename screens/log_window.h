/* The part of a log that is in memory as lines of a pager: some pages around what is in sight. A
 * place is always a line's number in the log, so that nothing moves when lines come or go.
 *
 * With only_matches the lines are those that match the pager's search, or without one those that
 * tell of an error; they are looked for a piece of the log at a time, and so is what n searches. */
#ifndef PENSTOCK_SCREENS_LOG_WINDOW_H
#define PENSTOCK_SCREENS_LOG_WINDOW_H

#include "core/cache/log_reader.h"
#include "screens/log_text.h"

enum { LOG_MATCHES_MAX = 2000000 };

struct log_window {
    struct pager pager;
    struct log_text text;
    struct log_reader reader;
    int64_t *numbers; /* of the pager's lines */
    size_t number_room;
    bool is_open;
    int rows;
    /* what is in sight, as numbers of lines */
    int64_t top;
    int top_row;
    int64_t match; /* the current match; -1 = none */
    /* only matches */
    bool only_matches;
    int64_t *matches;
    size_t match_count;
    size_t match_room;
    int64_t looked_until; /* for them */
    /* n and N */
    int seeks;       /* 1 down, -1 up; 0 = nothing */
    int64_t seek_at; /* the next line to look at */
    bool is_round;   /* nothing below: look above, too */
    bool has_failed; /* the last search found nothing */
    bool has_none;   /* in all of the log as it was then */
};

void log_window_open(struct log_window *w); /* again does nothing */
void log_window_release(struct log_window *w);
/* Another log, or no search: forget which lines match. */
void log_window_forget_matches(struct log_window *w);

/* The log as it is now, and the lines around w->top (INT64_MAX: the end) into the pager. */
enum err_code log_window_load(struct log_window *w, struct cache *cache,
                              const struct cached_log *log, const struct view_look *look, int rows,
                              int cols, struct err *err) MUST_CHECK;
/* For print_piece of a screen: as many lines as fit, those that match when only they are shown. */
enum err_code log_window_print(struct log_window *w, const struct view_look *look, int64_t *at,
                               struct sb *out, struct err *err) MUST_CHECK;
/* There is more to look at in a next load. */
bool log_window_is_busy(const struct log_window *w);
/* match_count is of the whole log, as it was at the last load. */
bool log_window_has_counted(const struct log_window *w);
/* After the pager has moved: what is in sight now. */
void log_window_note(struct log_window *w);
bool log_window_is_at_end(const struct log_window *w);
/* Begin to look for the next match below (1) or above (-1); below for the first one also above. */
void log_window_seek(struct log_window *w, int direction);
void log_window_go(struct log_window *w, int64_t line); /* a third of the screen above it stays */

#endif
