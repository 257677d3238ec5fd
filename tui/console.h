/* The console: a stack of screens, and around the one on top the header, the crumbs, one flash line
 * and the hints; over it at times the filter, the palette, a menu or a dialog.
 *
 * It knows no terminal and no clock: keys and times are handed in, a canvas is painted, and what
 * only the loop can do (sync, suspend, copy, print, leave) comes back as a reaction mask. So the
 * tests drive it exactly as main does. */
#ifndef PENSTOCK_TUI_CONSOLE_H
#define PENSTOCK_TUI_CONSOLE_H

#include "core/actions/possible.h"
#include "core/views/digest.h"
#include "tui/config.h"
#include "tui/dialog.h"
#include "tui/header.h"
#include "tui/menu.h"
#include "tui/palette.h"
#include "tui/work.h"

enum {
    CONSOLE_ROWS_LEAST = 15,
    CONSOLE_COLS_LEAST = 60,
    CONSOLE_DEPTH = 24,
    CONSOLE_MESSAGES = 200,
    CONSOLE_DIGEST_MS = 5 * 60 * 1000
};

struct console_options {
    struct cache *cache;                 /* borrowed */
    const struct context_list *contexts; /* borrowed */
    const struct config *config;         /* borrowed; NULL = defaults */
    bool is_cached;                      /* AWS is not asked */
    bool is_read_only;
    bool is_utf8; /* signs; the canvas decides about names */
    bool is_low_bandwidth;
    struct work *work; /* borrowed; NULL: nothing can be done to AWS here */
};

/* A screen that is open. */
struct opened {
    const struct screen *screen;
    void *state;
    struct target target;
    struct edit filter;
    struct filter parsed; /* of the last filter that was a valid one */
    bool filter_changed;
    bool is_refused;  /* what is typed is no filter, or no pattern to search */
    bool has_asked;   /* what is permitted, as it was opened */
    uint64_t planned; /* work.begun of the act that was planned from it last; 0 = none */
};

struct message {
    int64_t at_ms;
    enum style style;
    int times; /* the same again, one after the other */
    char text[ERR_TEXT_MAX];
};

enum overlay { OVERLAY_NONE, OVERLAY_FILTER, OVERLAY_PALETTE, OVERLAY_MENU, OVERLAY_DIALOG };
enum menu_use { MENU_ORDER, MENU_COPY, MENU_THEME, MENU_OPERATION };
enum dialog_use { DIALOG_LEAVE, DIALOG_AGREE, DIALOG_STOP, DIALOG_AGAIN };

/* What the operation that was begun last works on: identities, never rows. */
struct chosen {
    enum action_id action;
    struct target targets[OPERANDS_MAX];
    size_t count;
    char proposed[TARGET_NAME_SIZE]; /* the stage, of several that could be meant; else as told */
    size_t left_out;                 /* marked ones that it cannot be done to as things stand */
    char left_why[POSSIBLE_TEXT];
};

/* An IAM action that AWS denied whoever works on what is under the cursor; until it is asked again
 * or a quarter of an hour has passed. */
enum { DENIAL_SIZE = 160 };
struct denial {
    enum command command;
    int64_t at_ms; /* wall */
    const char *iam;
    char why[DENIAL_SIZE]; /* "" = AWS denies it; else what does: four eyes */
};
enum { DENIALS_MAX = 16 };

/* When IAM's simulator was asked about a pipeline. */
enum { PERMISSION_ASKS = 16 };
struct permission_ask {
    struct target target;
    int64_t at_ms; /* wall */
};

/* What the loop counts and the meter shows. */
struct meter {
    bool is_shown;
    uint64_t bytes; /* to the terminal, since start */
    uint64_t frames;
    uint64_t frames_dropped;
    uint64_t requests; /* to AWS */
    int running;       /* of them */
    bool is_slow;      /* the terminal */
};

struct console {
    struct console_options options;
    struct opened stack[CONSOLE_DEPTH];
    int depth;
    struct target last_target; /* of the screen that was left last, for LAST_VIEW */
    const struct screen *last_screen;
    struct keymap keymap;
    uint32_t pending; /* first key of a sequence */
    struct header header;
    struct scope scope;
    struct cache_counts counts;
    int64_t approvals;         /* that wait: what the inbox holds; a pipeline may have several */
    struct screen_facts facts; /* of the top screen */
    enum overlay overlay;
    enum menu_use menu_use;
    struct menu menu;
    struct dialog dialog;
    enum dialog_use dialog_use;
    bool leaves_work;  /* of DIALOG_LEAVE: because an act writes */
    uint32_t asked_by; /* the key of the last command; 0 = it was typed */
    struct palette palette;
    struct chosen chosen;
    struct denial denials[DENIALS_MAX]; /* as of the last load */
    size_t denial_count;
    struct target denied_target; /* whose they are */
    const struct screen *denied_screen;
    bool wants_eyes; /* four, as the config said at the last load */
    struct permission_ask permission_asks[PERMISSION_ASKS]; /* a ring */
    size_t permission_ask_count;
    struct edit before; /* the filter before it was edited, for Esc */
    struct notify notify;
    struct digest digest;                      /* since_ms 0 = none is shown */
    int64_t digest_at_ms;                      /* when it was made */
    int64_t last_key_ms;                       /* wall; 0 = none yet */
    struct message messages[CONSOLE_MESSAGES]; /* a ring; the newest at message_count - 1 */
    size_t message_count;
    char error[256]; /* header.error as it was when it was kept among them */
    struct meter meter;
    struct sb copied;         /* REACT_COPY: what is to be copied */
    struct sb printed;        /* REACT_PRINT: what is to be printed, */
    int64_t print_at;         /* and where it goes on; -1 = that is all */
    struct sb rung;           /* REACT_NOTIFY: the sentence to ring for */
    const char *theme;        /* REACT_LOOK: the wanted one; NULL = as it is */
    const char *theme_in_use; /* NULL = not known */
    bool has_mouse;
    bool needs_load; /* before the next frame */
    bool wants_more; /* after it: the rows in memory end near what is shown */
    int rows;
    int cols;
    int body_rows; /* at the last load */
    struct view_look look;
    char flash[ERR_TEXT_MAX];
    enum style flash_style;
    char no_work[ERR_TEXT_MAX]; /* why options.work is NULL; "" = it is not wanted */
    enum act_state act_told;    /* the act's state that was told last */
    uint64_t errands_told;      /* of work->errands_ended */
    int64_t freezes_read_ms;    /* wall; 0 = not yet */
    int64_t errand_due_ms;      /* wall: facts.errand_every_ms; 0 = it runs, or is not wanted */
    int64_t asked_since; /* header.answered_at when AWS was asked again; a newer answer ends it */
    bool is_asking;
};

void console_open(struct console *c, const struct console_options *options);
void console_release(struct console *c);
void console_resize(struct console *c, int rows, int cols);

/* The mask has DRAW, SYNC, REPAINT, SUSPEND, COPY, PRINT, NOTIFY, LOOK and QUIT left for the loop.
 */
unsigned console_key(struct console *c, uint32_t key);
unsigned console_paste(struct console *c, struct sv text, bool is_cut);
unsigned console_point(struct console *c, int row, int step); /* the mouse: a click, or the wheel */
/* A line as typed in the palette; linear mode speaks by it, too. */
unsigned console_command(struct console *c, struct sv line);
/* The n-th printed item of the screen, opened. */
unsigned console_choose(struct console *c, int number);
/* Time passes. True when something must be drawn: a state changed, or an age is due. */
bool console_tick(struct console *c, int64_t now_ms);
/* The cache has other rows: they are read before the next frame; the mask is as console_key's. */
unsigned console_cache_changed(struct console *c);
void console_load(struct console *c); /* when needs_load; a failure is told in the flash line */
void console_draw(const struct console *c, struct canvas *canvas);
/* Somebody looks again (the terminal got the focus, or was re-attached), or presses a key. */
void console_looked_at(struct console *c);
void console_came_back(struct console *c);
void console_set_meter(struct console *c, const struct meter *meter);
/* Milliseconds until something on the screen changes by itself; -1 = never. */
int console_next_tick(const struct console *c);
/* The top screen as plain lines. */
enum err_code console_print(struct console *c, struct sb *out, struct err *err) MUST_CHECK;
/* All of it, the next piece into c->printed; c->print_at as print_piece of a screen has it. */
enum err_code console_print_piece(struct console *c, struct err *err) MUST_CHECK;

/* Say it in the flash line and keep it among the messages. */
void console_flash(struct console *c, enum style style, const char *fmt, ...) PRINTF_LIKE(3, 4);
const struct opened *console_top(const struct console *c);

#endif
