/* A screen: data plus functions. Its state is private; the console knows it only through these.
 *
 * load reads the cache, draw paints from the state alone, handle answers with a reaction mask and
 * facts says what the console must know of it. Screens never write, wait or read a clock. The
 * list of them is declared here and defined in screens/screens.c, so nothing in tui names one. */
#ifndef PENSTOCK_TUI_SCREEN_H
#define PENSTOCK_TUI_SCREEN_H

#include "core/views/scope.h"
#include "tui/canvas.h"
#include "tui/command.h"

/* What a handler asks of the loop. */
enum react {
    REACT_NONE = 0,
    REACT_DRAW = 1,
    REACT_LOAD = 2,    /* before the next frame */
    REACT_MORE = 4,    /* before the next key: the rows in memory end here */
    REACT_SYNC = 8,    /* ask AWS again */
    REACT_FILTER = 16, /* let the person type a filter */
    REACT_CLEAR = 32,  /* forget the filter */
    REACT_LEAVE = 64,
    REACT_REPAINT = 128,
    REACT_SUSPEND = 256,
    REACT_QUIT = 512
};

/* Why a list may be empty. */
enum screen_source {
    SCREEN_SYNCED,
    SCREEN_LOADING, /* AWS has not answered yet */
    SCREEN_CACHED,  /* never synced, and AWS is not to be asked */
    SCREEN_FAILED   /* never synced, and it failed */
};

struct screen_input {
    struct cache *cache;
    const struct scope *scope; /* whose rows; NULL = all that the cache holds */
    struct sv filter;          /* what to look for; empty = everything */
    bool filter_inverse;       /* what does not contain it */
    bool filter_changed;       /* since the last load */
    struct rect area;          /* what draw will get */
    enum screen_source source;
};

enum { SCREEN_VISIBLE_MAX = CANVAS_ROWS_MAX };

struct screen_facts {
    int64_t visible[SCREEN_VISIBLE_MAX]; /* rowids on the screen, to be synced first */
    size_t visible_count;
    int64_t youngest_at; /* the latest time that is shown as an age; 0 = none */
    int64_t matches;     /* rows that pass the filter; counted up to a limit */
    bool has_more_matches;
    const char *order; /* "attention" */
    bool is_reversed;
};

struct screen {
    const char *name;
    const char *title;
    size_t state_size; /* zeroed before the first load */
    enum err_code (*load)(void *state, const struct screen_input *input, struct err *err);
    void (*draw)(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area);
    unsigned (*handle)(void *state, enum command command);
    void (*facts)(const void *state, struct screen_facts *out);
    void (*release)(void *state);
};

extern const struct screen *const screens[]; /* NULL ends it; the first is shown at start */

#endif
