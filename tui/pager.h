/* The pager: a text of any length, scrolled, searched, wrapped or not. Describe, help, messages and
 * changes are made of it; later the logs. */
#ifndef PENSTOCK_TUI_PAGER_H
#define PENSTOCK_TUI_PAGER_H

#include "core/base/arena.h"
#include "tui/screen.h"

struct pager_span {
    size_t start; /* bytes */
    size_t len;
    enum style style;
};

struct pager_line {
    struct sv text;
    const struct pager_span *spans;
    size_t span_count;
    enum style style; /* outside the spans */
};

enum { PAGER_LINES_MAX = 200000, PAGER_CAP = 32 << 20, PAGER_PATTERN = 256 };

struct pager {
    struct arena arena;
    struct pager_line *lines;
    size_t count;
    size_t size;
    size_t top;  /* line on the screen's first row */
    int top_row; /* and which of its wrapped rows */
    int left;    /* cells scrolled to the right; 0 when wrapping */
    bool is_wrapped;
    int rows; /* of the last layout */
    int cols;
    char pattern[PAGER_PATTERN];
    bool has_pattern;
    size_t match; /* line of the current match; SIZE_MAX = none */
    size_t matches; /* lines that match */
};

void pager_init(struct pager *p);
void pager_release(struct pager *p);
/* Empty it for new lines; the place and the pattern stay, so a reload does not jump. */
void pager_clear(struct pager *p);
/* Both copy. A text with newlines makes several lines; tabs become blanks. */
enum err_code pager_add(struct pager *p, enum style style, struct sv text,
                        struct err *err) MUST_CHECK;
enum err_code pager_add_spans(struct pager *p, struct sv text, const struct pager_span *spans,
                              size_t count, enum style style, struct err *err) MUST_CHECK;
/* Lay any JSON out over lines, two blanks a level, members coloured by kind. What is no JSON is
 * added as it is. */
enum err_code pager_add_json(struct pager *p, struct sv json, struct err *err) MUST_CHECK;
/* After the last add, and when the size changes. */
void pager_layout(struct pager *p, int rows, int cols);

/* A mask of enum react. Takes all moves, LEFT RIGHT WIDE NEXT_MATCH PREVIOUS_MATCH. */
unsigned pager_handle(struct pager *p, enum command command);
/* A POSIX extended regular expression, any case when it has no capital; empty = no search. Goes to
 * the first match from here. ERR_USAGE when it is no valid one. */
enum err_code pager_search(struct pager *p, struct sv pattern, struct err *err) MUST_CHECK;
void pager_draw(const struct pager *p, struct canvas *c, struct rect area);
enum err_code pager_print(const struct pager *p, struct sb *out, struct err *err) MUST_CHECK;

#endif
