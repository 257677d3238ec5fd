/* The log's screen in parts: its state, and the line above the text that says how the log stands.
 */
#ifndef PENSTOCK_SCREENS_LOG_PARTS_H
#define PENSTOCK_SCREENS_LOG_PARTS_H

#include "core/operate/log.h"
#include "screens/log_window.h"
#include "tui/console.h"

enum { LOG_LABEL_SIZE = 96 };

struct log_screen {
    struct target target; /* as asked */
    struct log_window window;
    struct arena arena;
    struct log_choice choice; /* texts in the arena */
    bool has_choice;
    struct err trouble;         /* why there is none, or no log; "" = there is */
    char label[LOG_LABEL_SIZE]; /* "Deploy-Stage-prod/deploy" */
    char outcome[24];
    struct cached_log log; /* its numbers; texts are gone */
    bool is_kept;          /* there is such a log in the cache */
    bool is_placed;        /* where it opens was decided */
    bool is_following;
    bool is_offline;   /* nothing is asked here */
    bool is_reading;   /* the errand is under way */
    struct err failed; /* the errand's last end */
};

/* More of it may come; the build goes on. */
bool log_is_live(const struct log_screen *s);
bool log_build_runs(const struct log_screen *s);

/* "FOLLOW", "PART", CodeBuild's word for the end. */
const char *log_state_word(const struct log_screen *s, enum style *style);
/* "69 lines, 2230 bytes, 1 masked, read 3m ago". */
enum err_code log_add_figures(const struct log_screen *s, const struct view_look *look,
                              struct sb *out, struct err *err) MUST_CHECK;
/* One row: of what does not fit the least is left out, never how old it is. */
void log_draw_head(const struct log_screen *s, const struct view_look *look, struct canvas *c,
                   struct rect area);
/* Why there is no text. */
void log_add_empty(const struct log_screen *s, struct sb *out);

#endif
