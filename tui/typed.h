/* Typed: what stands behind a command in the palette, NAME [STAGE [ACTION]] and the like, read as
 * the verb of that name reads it (core/operate/place.h), but of what the cache knows alone. */
#ifndef PENSTOCK_TUI_TYPED_H
#define PENSTOCK_TUI_TYPED_H

#include "core/operate/place.h"
#include "tui/console.h"

enum { TYPED_WORDS = 3 };

/* The words that a command takes. */
struct typed_form {
    enum command command;
    enum place_kind kind; /* what an environment means as its stage */
    size_t most;          /* words, NAME counts */
    const char *usage;    /* "NAME STAGE" */
};
/* NULL: it takes none of this kind. */
const struct typed_form *typed_form_of(enum command command);

/* The words before and behind the blanks; the last one is "" behind a blank. */
struct typed_words {
    enum action_id action; /* "enable" or "disable" came before NAME; else ACTION_COUNT */
    struct sv words[TYPED_WORDS];
    size_t count;
    bool has_more; /* than the form takes, or a blank behind the last that it does */
};
/* argument as typed, blanks at its end too. */
void typed_split(const struct typed_form *form, struct sv argument, struct typed_words *out);

struct typed {
    struct target target;
    enum action_id action; /* of those of the command the one that was named; else ACTION_COUNT */
};
/* ERR_USAGE and ERR_NOT_FOUND say what there is instead. */
enum err_code typed_read(struct console *c, enum command command, struct sv argument,
                         struct typed *out, struct err *err) MUST_CHECK;

#endif
