/* What the files of the home screen share. Only they include this. */
#ifndef PENSTOCK_SCREENS_HOME_H
#define PENSTOCK_SCREENS_HOME_H

#include "screens/list.h"
#include "screens/marks.h"
#include "screens/matrix.h"
#include "tui/screen.h"

enum { NO_CELL = -1 };

/* What the board of the past was read from. */
struct seen {
    int64_t newest; /* transition */
    int64_t read_ms;
    size_t known; /* accounts of the scope */
};

struct home {
    struct list list;
    struct board board;
    struct board spare; /* what is being read */
    struct matrix matrix;
    struct marks marks;
    enum sort sort;
    bool reverse;
    bool only_problems;
    bool is_ready; /* the boards are initialised */
    bool is_filtered;
    int64_t matches; /* counted only while something is left out */
    bool has_more_matches;
    int64_t waiting; /* approvals, anywhere */
    int64_t failed;  /* pipelines, likewise */
    int cols;
    int cell;              /* the environment under the cursor; NO_CELL = the row */
    int64_t at_ms;         /* 0 = now */
    bool was_opened_there; /* going back to now is leaving */
    int step;              /* the next load goes to the change before (-1) or after (1) */
    bool has_no_step;      /* there was none */
    int64_t begins;        /* the moment before the first recorded change; 0 = there is none */
    bool is_beginning;     /* what was asked for was before that */
    bool is_asked;         /* the person asked for other rows than those that were read */
    struct seen seen;
};

/* home_keys.c */
void home_handle(void *state, enum command command, struct sv argument, struct answer *out);
bool home_choose(void *state, int number);
bool home_point(void *state, int line);
size_t home_targets(const void *state, struct target *out, size_t max);
bool home_fits(const void *state, enum command command);
/* The environment under the cursor; NULL = the row as a whole. */
const struct board_cell *home_cell(const struct home *h);
/* The CodePipeline that is meant: the environment's, else the one that needs a person most. False
 * without a row. */
bool home_pipeline(const struct home *h, struct pipeline_row *out);

/* home_print.c: as words */
enum err_code home_print(const void *state, const struct view_look *look, struct sb *out,
                         struct err *err) MUST_CHECK;
enum err_code home_copy(const void *state, enum copy what, struct sb *out,
                        struct err *err) MUST_CHECK;
/* Ages of the past are those that were seen then. */
struct view_look home_look(const struct home *h, const struct view_look *look);
const char *home_empty_text(const struct home *h);
void home_banner(const struct home *h, const struct view_look *look, char *out, size_t size);

#endif
