#include "tui/style.h"

static const char letters[] = {
#define STYLE_LETTER(name, letter) [STYLE_##name] = letter,
    STYLE_LIST(STYLE_LETTER)
#undef STYLE_LETTER
};
_Static_assert(ARRAY_LEN(letters) == STYLE_COUNT, "one letter per style");

char style_letter(enum style style)
{
    return letters[style];
}

enum style style_of_status(enum status status)
{
    switch (status_kind(status)) {
    case STATUS_KIND_GOOD:
        return STYLE_GOOD;
    case STATUS_KIND_BUSY:
        return STYLE_BUSY;
    case STATUS_KIND_ATTENTION:
        return STYLE_ATTENTION;
    case STATUS_KIND_BAD:
        return STYLE_BAD;
    case STATUS_KIND_QUIET:
        break;
    }
    return STYLE_DIM;
}
