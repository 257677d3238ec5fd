/* Input: the bytes of a terminal become keys, pastes and mouse events. Pure: it reads nothing.
 *
 * It knows the sequences of xterm, tmux, screen, the Linux console and VT100, and whatever terminfo
 * adds; modifiers are ignored. What is no complete or known sequence is dropped as a whole, never
 * taken for letters; a lone ESC is the Esc key once nothing has followed it for a moment. ESC and a
 * character, which is Alt and the character on most terminals, is Esc and then the character: on a
 * slow link what was typed one after the other comes like that. Bytes that are no UTF-8 are
 * dropped.
 *
 * A paste has an end of its own and is not ended by a pause, or its rest would be taken for
 * commands; should its end never come, pressing Esc alone ends it. */
#ifndef PENSTOCK_TUI_INPUT_H
#define PENSTOCK_TUI_INPUT_H

#include "tui/key.h"

enum {
    INPUT_BUFFER = 4096,
    INPUT_SEQUENCES = 64,
    INPUT_PASTE_MAX = 64 * 1024,
    INPUT_ESC_MS = 25 /* after which a lone ESC is a key */
};

enum input_kind {
    INPUT_NONE, /* more bytes are needed */
    INPUT_KEY,
    INPUT_PASTE, /* text as it came, lines mostly end in \r; is_cut at INPUT_PASTE_MAX */
    INPUT_CLICK, /* row, col */
    INPUT_WHEEL, /* row, col; step: -1 up, 1 down */
    INPUT_FOCUS  /* the terminal says that somebody looks at it again (or re-attached) */
};

struct input_event {
    enum input_kind kind;
    uint32_t key;
    struct sv text; /* borrowed until the next call */
    bool is_cut;
    int row; /* from 0 */
    int col;
    int step;
};

struct input_sequence {
    char bytes[16];
    uint32_t key;
};

enum input_state {
    INPUT_PLAIN,
    INPUT_IN_PASTE,
    INPUT_IN_SEQUENCE, /* the rest of an overlong one, up to its final byte */
    INPUT_IN_STRING    /* the rest of a reply (OSC, DCS, APC, PM, SOS), up to its end */
};

struct input {
    char bytes[INPUT_BUFFER];
    size_t start;
    size_t end;
    struct input_sequence sequences[INPUT_SEQUENCES]; /* terminfo's */
    size_t sequence_count;
    enum input_state state;
    bool is_utf8; /* else only ASCII is a character */
    bool is_cut;
    char *paste;
    size_t paste_len;
};

void input_init(struct input *in, bool is_utf8);
void input_release(struct input *in);
void input_add_sequence(struct input *in, const char *bytes, uint32_t key); /* NULL is fine */
/* Takes as many bytes as there is room for; returns how many. */
size_t input_feed(struct input *in, const char *bytes, size_t count);
/* False when there is nothing (more). is_quiet: nothing more came for INPUT_ESC_MS, so what is
 * there is all there is. */
bool input_next(struct input *in, bool is_quiet, struct input_event *out);
/* Something has begun that a pause would end: ask again, with is_quiet, after INPUT_ESC_MS. */
bool input_is_waiting(const struct input *in);

#endif
