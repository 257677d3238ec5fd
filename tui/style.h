/* Styles: what a cell means, never how it looks; the theme decides that.
 *
 * Colour is only ever the third signal, after the word and the glyph, so every theme may map
 * several styles to the same looks. */
#ifndef PENSTOCK_TUI_STYLE_H
#define PENSTOCK_TUI_STYLE_H

#include "core/model/status.h"

/* clang-format off */
/*       name        letter in the tests' second grid */
#define STYLE_LIST(X) \
    X(PLAIN,         '.') \
    X(DIM,           'd') \
    X(HEADER,        'h')   /* the first line */ \
    X(TITLE,         't')   /* column titles, names of groups */ \
    X(CURSOR,        'c')   /* the gutter of the row under the cursor */ \
    X(KEY,           'k')   /* a key in the hints and the help */ \
    X(EDIT,          'e')   /* the place where typing goes */ \
    X(GOOD,          'g') \
    X(BUSY,          'b') \
    X(ATTENTION,     'a') \
    X(BAD,           'x')
/* clang-format on */

#define STYLE_ENUM(name, letter) STYLE_##name,
enum style { STYLE_LIST(STYLE_ENUM) STYLE_COUNT };
#undef STYLE_ENUM

char style_letter(enum style style);
enum style style_of_status(enum status status);

#endif
