/* A log's line as the screen shows it: without escape sequences, tabs as blanks, the time before
 * it, and which parts have a style. */
#ifndef PENSTOCK_SCREENS_LOG_TEXT_H
#define PENSTOCK_SCREENS_LOG_TEXT_H

#include "core/cache/log.h"
#include "core/model/ansi.h"
#include "tui/pager.h"

struct log_text {
    struct ansi ansi;
    struct sb plain; /* what is searched */
    struct sb shown;
    struct pager_span spans[ANSI_RUNS_MAX + 1];
    size_t span_count;
    enum style style;
};

void log_text_init(struct log_text *t);
void log_text_release(struct log_text *t);
/* plain only: the line's own bytes when nothing has to be taken out of them. */
enum err_code log_text_plain(struct log_text *t, const struct log_line *line, struct sv *out,
                             struct err *err) MUST_CHECK;
/* All of it; with a clock chosen in the look each line that begins an event shows its time. */
enum err_code log_text_make(struct log_text *t, const struct log_line *line,
                            const struct view_look *look, struct err *err) MUST_CHECK;
/* What a run of a terminal's attributes looks like here. */
enum style log_style(uint8_t attributes, uint8_t colour);

#endif
