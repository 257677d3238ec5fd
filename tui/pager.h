/* The pager: a text of any length, scrolled, searched, wrapped or not. Describe, help, messages and
 * changes are made of it; later the logs.
 *
 * Drawing and scrolling touch only the lines in sight; only a search looks at all of them. */
#ifndef PENSTOCK_TUI_PAGER_H
#define PENSTOCK_TUI_PAGER_H

#include "core/base/arena.h"
#include "tui/screen.h"

#include <regex.h>

struct pager_span {
    size_t start; /* bytes */
    size_t len;
    enum style style;
};

struct pager_line {
    struct sv text;
    const struct pager_span *spans;
    size_t span_count;
    enum style style;  /* outside the spans */
    int hang;          /* wrapped rows but the first begin so many cells to the right */
    bool is_continued; /* was too long: the next line goes on with it */
};

enum {
    PAGER_LINES_MAX = 200000,
    PAGER_CAP = 32 << 20,
    PAGER_LINE_MAX = 16 * 1024, /* bytes; what is longer makes several lines, joined when printed */
    PAGER_PATTERN = 256,
    PAGER_JSON_DEPTH = 64
};

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
    int cols; /* of text: without the gutter and the column that tells of a cut */
    char pattern[PAGER_PATTERN];
    bool has_pattern;
    bool is_literal; /* no regular expression is needed to find it */
    bool has_case;
    regex_t regex;  /* unless is_literal */
    size_t match;   /* line of the current match; SIZE_MAX = none */
    size_t matches; /* lines that match, as of the last layout or search */
};

void pager_init(struct pager *p);
void pager_release(struct pager *p);
/* Empty it for new lines; the place and the pattern stay, so a reload does not jump. */
void pager_clear(struct pager *p);
/* Both copy. A text with newlines makes several lines, one with spans does not: a newline in it
 * becomes a blank, as tabs do. Spans are in order and do not overlap. */
enum err_code pager_add(struct pager *p, enum style style, struct sv text,
                        struct err *err) MUST_CHECK;
enum err_code pager_add_spans(struct pager *p, struct sv text, const struct pager_span *spans,
                              size_t count, enum style style, struct err *err) MUST_CHECK;
/* The wrapped rows of the line added last begin so many cells to the right, at most half a row. */
void pager_hang(struct pager *p, int cells);
/* Lay any JSON out over lines, two blanks a level, members coloured by kind. What is no JSON is
 * added as it is. */
enum err_code pager_add_json(struct pager *p, struct sv json, struct err *err) MUST_CHECK;
/* After the last add, and when the size changes: rows and cols of the area that draw will get. */
void pager_layout(struct pager *p, int rows, int cols);

/* Scroll as little as it takes to see this byte of the line. */
void pager_show(struct pager *p, size_t line, size_t at);

/* A mask of enum react. Takes all moves, LEFT RIGHT WIDE NEXT_MATCH PREVIOUS_MATCH. */
unsigned pager_handle(struct pager *p, enum command command);
/* What pager_answer takes, with hints: the commands of a screen that is nothing but a text. */
extern const struct screen_command pager_commands[];
/* The same and what every text takes: FILTER BACK LEAVE; says so when n finds nothing. */
void pager_answer(struct pager *p, enum command command, struct answer *out);
/* Space is a page down in a text, whatever it is elsewhere: for struct screen's key. */
unsigned pager_key(struct pager *p, uint32_t key, bool *is_taken);
/* A POSIX extended regular expression, any case when it has no capital; empty = no search. Goes to
 * the first match from here; the pattern that is there already moves nothing, so that each load may
 * give it. ERR_USAGE when it is no valid one; the search before then goes on. */
enum err_code pager_search(struct pager *p, struct sv pattern, struct err *err) MUST_CHECK;
/* Has the text what is searched for? False without a search. */
bool pager_matches(const struct pager *p, struct sv text);
/* Numbers of the lines in sight, from 1; 0 and 0 without lines. */
void pager_place(const struct pager *p, size_t *first, size_t *last);
/* "Failure  12-40 of 130  sales", for the facts of a screen: where one is in it is cut last. */
void pager_crumb(const struct pager *p, const char *title, const char *subject, char *out,
                 size_t size);
/* The first column is a gutter, the last tells of a cut. */
void pager_draw(const struct pager *p, struct canvas *c, struct rect area);
enum err_code pager_print(const struct pager *p, struct sb *out, struct err *err) MUST_CHECK;

#endif
