#include "tui/screen.h"

#include <stdarg.h>

const struct screen *screen_find(struct sv name)
{
    for (size_t i = 0; screens[i] != NULL; i++) {
        if (sv_eq(name, sv_of(screens[i]->name)))
            return screens[i];
    }
    return NULL;
}

const char *operation_page(enum command command)
{
    static const struct {
        enum command command;
        const char *screen;
    } pages[] = {{CMD_FAILURE, "failure"},
                 {CMD_LOGS, "log"},
                 {CMD_STACKS, "stacks"},
                 {CMD_REPOSITORY, "repository"}};

    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        if (pages[i].command == command)
            return pages[i].screen;
    }
    return NULL;
}

void answer_say(struct answer *out, enum style style, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(out->say, sizeof out->say, fmt, args);
    va_end(args);
    out->style = style;
    out->react |= REACT_SAY | REACT_DRAW;
}
