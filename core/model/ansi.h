/* Terminal output as plain text: what a log's line would look like, without its escape sequences.
 *
 * Colours and weight (SGR) become runs of attributes. Everything else that a terminal would act on
 * is taken out: cursor movement, OSC, DCS, controls of both sets. A carriage return begins the line
 * again, so of a progress bar the last state stays; a backspace takes back what is overwritten. A
 * line begins plain, so each can be shown without those before it; one that comes in pieces is
 * added piece by piece. Tabs stay. */
#ifndef PENSTOCK_MODEL_ANSI_H
#define PENSTOCK_MODEL_ANSI_H

#include "core/base/text.h"

enum ansi_attribute { ANSI_BOLD = 1, ANSI_DIM = 2, ANSI_UNDERLINE = 4, ANSI_REVERSE = 8 };
enum ansi_colour {
    ANSI_DEFAULT,
    ANSI_BLACK,
    ANSI_RED,
    ANSI_GREEN,
    ANSI_YELLOW,
    ANSI_BLUE,
    ANSI_MAGENTA,
    ANSI_CYAN,
    ANSI_WHITE,
    ANSI_GREY /* bright black */
};

struct ansi_run { /* of the text's bytes; plain ones have none */
    uint32_t start;
    uint32_t len;
    uint8_t attributes; /* of enum ansi_attribute */
    uint8_t colour;     /* enum ansi_colour */
};

enum { ANSI_RUNS_MAX = 64, ANSI_NUMBERS_MAX = 16 };

struct ansi {
    struct ansi_run runs[ANSI_RUNS_MAX]; /* in order; what has no more room stays plain */
    size_t run_count;
    uint8_t attributes;
    uint8_t colour;
    /* inside */
    uint8_t state;
    bool is_return; /* the next character begins the line again */
    size_t backs;   /* characters that the next one takes back */
    int numbers[ANSI_NUMBERS_MAX];
    size_t number_count;
};

void ansi_begin(struct ansi *a); /* a line */
/* Adds to out, which holds this line and nothing else. */
enum err_code ansi_add(struct ansi *a, struct sv piece, struct sb *out, struct err *err) MUST_CHECK;

#endif
