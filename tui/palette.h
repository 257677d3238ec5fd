/* The palette: a line where a command is typed, with completion of names and arguments and the
 * history of what was typed before. Pure but for the names that it asks the cache for. */
#ifndef PENSTOCK_TUI_PALETTE_H
#define PENSTOCK_TUI_PALETTE_H

#include "core/cache/cache.h"
#include "tui/edit.h"
#include "tui/screen.h"

enum { PALETTE_HISTORY = 50, PALETTE_OFFERS = 8, PALETTE_TEXT = EDIT_SIZE };

struct palette {
    struct edit edit;
    char history[PALETTE_HISTORY][PALETTE_TEXT]; /* ring; newest at count - 1 */
    size_t history_count;
    size_t history_at;                         /* history_count = the line being typed */
    char typed[PALETTE_TEXT];                  /* that line, while older ones are looked at */
    char offers[PALETTE_OFFERS][PALETTE_TEXT]; /* whole lines that fit what is typed, best first */
    char notes[PALETTE_OFFERS][PALETTE_TEXT];  /* what each does */
    int offer_count;
    int offer; /* under the cursor; -1 = none */
};

enum palette_answer { PALETTE_STAYS, PALETTE_CHANGED, PALETTE_DONE, PALETTE_CLOSED };

void palette_open(struct palette *p, struct cache *cache); /* an empty line */
/* Tab and Down take an offer, Up is history on an untouched line, Enter is DONE, Esc closes. */
enum palette_answer palette_key(struct palette *p, uint32_t key, struct cache *cache);
void palette_paste(struct palette *p, struct sv text, struct cache *cache);
struct sv palette_text(const struct palette *p);

/* What was typed, as a command. `name`, `name argument`, a screen's name, or a unique beginning of
 * one. ERR_USAGE says what is wrong and what there is. */
struct palette_line {
    enum command command;
    const struct screen *screen; /* instead of a command */
    struct sv argument;          /* SV_NONE when there is none; borrowed from text */
};
enum err_code palette_parse(struct sv text, struct palette_line *out, struct err *err) MUST_CHECK;

/* The offers above the line, which is drawn on the area's last row. */
void palette_draw(const struct palette *p, struct canvas *c, struct rect area);

#endif
