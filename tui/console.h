/* The console: one screen, and around it the header, the crumbs, one flash line and the hints.
 *
 * It knows no terminal and no clock: keys and times are handed in, a canvas is painted, and what
 * only the loop can do (sync, suspend, leave) comes back as a reaction mask. So the tests drive it
 * exactly as main does. */
#ifndef PENSTOCK_TUI_CONSOLE_H
#define PENSTOCK_TUI_CONSOLE_H

#include "tui/edit.h"
#include "tui/header.h"
#include "tui/help.h"
#include "tui/keymap.h"
#include "tui/screen.h"

enum { CONSOLE_ROWS_LEAST = 15, CONSOLE_COLS_LEAST = 60 };

struct console_options {
    struct cache *cache;                 /* borrowed */
    const struct context_list *contexts; /* borrowed */
    bool is_cached;                      /* AWS is not asked */
    bool is_read_only;
    bool is_utf8; /* signs; the canvas decides about names */
};

struct console {
    struct console_options options;
    const struct screen *screen;
    void *state;
    struct keymap keymap;
    uint32_t pending; /* first key of a sequence */
    struct header header;
    struct scope scope;
    struct cache_counts counts;
    bool has_more_counts; /* the counting was given up */
    struct screen_facts facts;
    struct help help;
    struct edit filter;
    struct edit before; /* the filter before it was edited, for Esc */
    bool is_editing;
    bool filter_changed;
    bool needs_load;
    int rows;
    int cols;
    int body_rows; /* at the last load */
    struct view_look look;
    char flash[ERR_TEXT_MAX];
    enum style flash_style;
    int64_t asked_since; /* header.answered_at when AWS was asked again; a newer answer ends it */
    bool is_asking;
};

void console_open(struct console *c, const struct console_options *options);
void console_release(struct console *c);
void console_resize(struct console *c, int rows, int cols);

/* One key; the mask has DRAW, SYNC, REPAINT, SUSPEND and QUIT left for the loop. */
unsigned console_key(struct console *c, uint32_t key);
/* Time passes. True when something must be drawn: a state changed, or an age is due. */
bool console_tick(struct console *c, int64_t now_ms);
/* The cache has other rows: they are read before the next frame. */
void console_cache_changed(struct console *c);
void console_load(struct console *c); /* when needs_load; a failure is told in the flash line */
void console_draw(const struct console *c, struct canvas *canvas);
/* Milliseconds until an age on the screen changes. */
int console_next_tick(const struct console *c);

void console_flash(struct console *c, enum style style, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
