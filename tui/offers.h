/* Offers: what fits what is typed in the palette, names of commands and screens by their letters,
 * then the command's argument. Inside the palette only. */
#ifndef PENSTOCK_TUI_OFFERS_H
#define PENSTOCK_TUI_OFFERS_H

#include "tui/palette.h"

/* A word that may be typed: a command's name, or a screen's that has no command. */
struct palette_word {
    const char *name;
    const char *help;
    enum command command;
    const struct screen *screen;
};

/* The next of them; *at begins with 0. */
bool palette_word_next(size_t *at, struct palette_word *out);
/* The word that is meant: itself, else the only one that begins so. The number of those that begin
 * so otherwise, with the first in *out. */
size_t palette_word_find(struct sv text, struct palette_word *out);

/* Fill in what fits the line; without a cache no names are known. */
void offers_make(struct palette *p, struct cache *cache);

#endif
