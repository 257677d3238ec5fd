#include "tui/palette.h"

#include "core/base/suggest.h"
#include "tui/key.h"
#include "tui/offers.h"

enum { NAMES_SHOWN = 6, NOTE_GAP = 2 };

static void set_text(struct palette *p, const char *text)
{
    struct edit *e = &p->edit;

    edit_clear(e);
    e->len = strlen(text);
    if (e->len > sizeof e->text)
        e->len = sizeof e->text;
    memcpy(e->text, text, e->len);
    e->at = e->len;
}

/* The line that was typed is kept while others are looked at. */
static void keep_typed(struct palette *p)
{
    snprintf(p->typed, sizeof p->typed, SV_FMT, SV_ARG(edit_text(&p->edit)));
}

void palette_open(struct palette *p, struct cache *cache)
{
    edit_clear(&p->edit);
    p->history_at = p->history_count;
    p->typed[0] = '\0';
    offers_make(p, cache);
}

struct sv palette_text(const struct palette *p)
{
    return edit_text(&p->edit);
}

/* ---- history ---- */

static void remember(struct palette *p)
{
    struct sv text = sv_trim(edit_text(&p->edit));

    if (text.len == 0 || text.len >= PALETTE_TEXT)
        return;
    if (p->history_count > 0 && sv_eq(text, sv_of(p->history[p->history_count - 1])))
        return;
    if (p->history_count == PALETTE_HISTORY) {
        memmove(p->history[0], p->history[1], sizeof p->history - sizeof p->history[0]);
        p->history_count--;
    }
    snprintf(p->history[p->history_count++], PALETTE_TEXT, SV_FMT, SV_ARG(text));
}

static enum palette_answer look_back(struct palette *p)
{
    if (p->history_at == 0)
        return PALETTE_STAYS;
    if (p->history_at == p->history_count)
        keep_typed(p);
    set_text(p, p->history[--p->history_at]);
    p->offer_count = 0;
    p->offer = -1;
    return PALETTE_CHANGED;
}

static enum palette_answer look_forward(struct palette *p, struct cache *cache)
{
    p->history_at++;
    set_text(p, p->history_at == p->history_count ? p->typed : p->history[p->history_at]);
    if (p->history_at == p->history_count)
        offers_make(p, cache);
    return PALETTE_CHANGED;
}

/* ---- offers ---- */

/* Round through the offers and the typed line. An only offer is taken, and its argument follows. */
static enum palette_answer take(struct palette *p, int step, struct cache *cache)
{
    if (p->offer_count == 0)
        return PALETTE_STAYS;
    if (p->offer_count == 1) {
        set_text(p, p->offers[0]);
        offers_make(p, cache);
        return PALETTE_CHANGED;
    }
    if (p->offer < 0)
        keep_typed(p);
    p->offer += step;
    if (p->offer >= p->offer_count)
        p->offer = -1;
    else if (p->offer < -1)
        p->offer = p->offer_count - 1;
    set_text(p, p->offer < 0 ? p->typed : p->offers[p->offer]);
    return PALETTE_CHANGED;
}

static enum palette_answer up(struct palette *p, struct cache *cache)
{
    bool is_untouched = p->history_at < p->history_count || p->edit.len == 0;

    return p->offer < 0 && is_untouched ? look_back(p) : take(p, -1, cache);
}

static enum palette_answer down(struct palette *p, struct cache *cache)
{
    return p->history_at < p->history_count ? look_forward(p, cache) : take(p, 1, cache);
}

static enum palette_answer edited(struct palette *p, enum edit_answer answer, struct cache *cache)
{
    switch (answer) {
    case EDIT_IGNORED:
        return PALETTE_STAYS;
    case EDIT_MOVED:
        return PALETTE_CHANGED;
    case EDIT_CHANGED:
        p->history_at = p->history_count;
        offers_make(p, cache);
        return PALETTE_CHANGED;
    case EDIT_DONE:
        remember(p);
        return PALETTE_DONE;
    case EDIT_CANCELLED:
        return PALETTE_CLOSED;
    }
    return PALETTE_STAYS;
}

enum palette_answer palette_key(struct palette *p, uint32_t key, struct cache *cache)
{
    if (key == KEYCODE_TAB)
        return take(p, 1, cache);
    if (key == KEYCODE_BACKTAB)
        return take(p, -1, cache);
    if (key == KEYCODE_DOWN)
        return down(p, cache);
    if (key == KEYCODE_UP)
        return up(p, cache);
    if (key == KEYCODE_BACKSPACE && p->edit.len == 0)
        return PALETTE_CLOSED;
    return edited(p, edit_key(&p->edit, key), cache);
}

void palette_paste(struct palette *p, struct sv text, struct cache *cache)
{
    while (text.len > 0) {
        uint32_t c = utf8_next(&text);

        if (c == '\n' || c == '\r')
            break; /* a line is run by Enter only, and there is one */
        if (key_character(c) != 0)
            edit_key(&p->edit, c);
    }
    p->history_at = p->history_count;
    offers_make(p, cache);
}

/* ---- what was typed ---- */

static enum err_code unknown(struct sv text, struct err *err)
{
    struct suggestion near = {0};
    struct palette_word word;

    for (size_t at = 0; palette_word_next(&at, &word);)
        suggest_consider(text, word.name, &near);
    if (near.word != NULL)
        return err_set(err, ERR_USAGE, "there is no command \"" SV_FMT "\"; did you mean %s?",
                       SV_ARG(text), near.word);
    return err_set(err, ERR_USAGE, "there is no command \"" SV_FMT "\"; :help lists them",
                   SV_ARG(sv_take(text, 40)));
}

static enum err_code ambiguous(struct sv text, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    struct palette_word word;
    size_t count = 0;

    sb_init(&names, 300);
    for (size_t at = 0; palette_word_next(&at, &word);) {
        if (!sv_eq_nocase(sv_take(sv_of(word.name), text.len), text))
            continue;
        if (count++ < NAMES_SHOWN && sb_addf(&names, err, "%s%s", count > 1 ? ", " : "", word.name))
            return ERR_LIMIT;
    }
    return err_set(err, ERR_USAGE, "\"" SV_FMT "\" may be %s%s; type more of it", SV_ARG(text),
                   sb_cstr(&names), count > NAMES_SHOWN ? " and more" : "");
}

/* Where a screen knows its own, or a menu asks for it, an argument may be left out. */
static bool needs_argument(const struct command_info *info)
{
    return info->where == COMMAND_ANYWHERE &&
           (info->argument == COMMAND_ARGUMENT_NAME || info->argument == COMMAND_ARGUMENT_TIME ||
            info->argument == COMMAND_ARGUMENT_UNLOCK);
}

static enum err_code check_argument(const struct palette_word *word, struct sv argument,
                                    struct err *err)
{
    const struct command_info *info = word->screen != NULL ? NULL : command_info(word->command);

    if (argument.len > 0 && (info == NULL || info->argument == COMMAND_ARGUMENT_NONE))
        return err_set(err, ERR_USAGE, "%s takes nothing behind it; type :%s alone", word->name,
                       word->name);
    if (argument.len == 0 && info != NULL && needs_argument(info))
        return err_set(err, ERR_USAGE, "%s needs a %s; type it behind :%s, Tab completes",
                       word->name, command_argument_title(info->argument), word->name);
    return ERR_OK;
}

enum err_code palette_parse(struct sv text, struct palette_line *out, struct err *err)
{
    struct palette_word word = {0};
    struct sv argument;
    struct sv name;
    size_t count;
    enum err_code rc;

    text = sv_trim(text);
    if (sv_starts(text, SV(":")))
        text = sv_trim(sv_drop(text, 1));
    if (text.len == 0)
        return err_set(err, ERR_USAGE, "nothing was typed; :help lists the commands");
    name = sv_cut(text, ' ', &argument);
    argument = sv_trim(argument);
    count = palette_word_find(name, &word);
    if (count != 1)
        return count == 0 ? unknown(name, err) : ambiguous(name, err);
    rc = check_argument(&word, argument, err);
    if (rc)
        return rc;
    *out = (struct palette_line){.command = word.command,
                                 .screen = word.screen,
                                 .argument = argument.len > 0 ? argument : SV_NONE};
    return ERR_OK;
}

/* ---- drawing ---- */

void palette_draw(const struct palette *p, struct canvas *c, struct rect area)
{
    int last = area.row + area.rows - 1;
    int lines = p->offer_count < area.rows - 1 ? p->offer_count : area.rows - 1;
    int width = 0;

    if (area.rows < 1 || area.cols < 2)
        return;
    for (int i = 0; i < lines; i++) {
        int cells = text_width(sv_of(p->offers[i])) + NOTE_GAP;

        width = cells > width ? cells : width;
    }
    if (width > area.cols - 2)
        width = area.cols - 2;
    for (int i = 0; i < lines; i++) {
        int row = last - lines + i;
        bool is_taken = i == p->offer;

        canvas_fill(c, (struct rect){row, area.col, 1, area.cols}, STYLE_PLAIN);
        canvas_text(c, row, area.col, 1, STYLE_CURSOR, is_taken ? SV(">") : SV(" "));
        canvas_cut(c, row, area.col + 2, width - NOTE_GAP + 1, is_taken ? STYLE_KEY : STYLE_PLAIN,
                   sv_of(p->offers[i]));
        canvas_cut(c, row, area.col + 2 + width, area.cols - 2 - width, STYLE_DIM,
                   sv_of(p->notes[i]));
    }
    canvas_fill(c, (struct rect){last, area.col, 1, area.cols}, STYLE_PLAIN);
    canvas_text(c, last, area.col, 1, STYLE_KEY, SV(":"));
    edit_draw(&p->edit, c, last, area.col + 1, area.cols - 1);
}
