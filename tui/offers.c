#include "tui/offers.h"

#include "tui/theme.h"

enum { ROWS_LOOKED_AT = 1000, EXACT = 1000 };

bool palette_word_next(size_t *at, struct palette_word *out)
{
    size_t i = ++*at;

    if (i < CMD_COUNT) {
        const struct command_info *info = command_info((enum command)i);

        *out = (struct palette_word){info->name, info->help, (enum command)i, NULL};
        return true;
    }
    for (i -= CMD_COUNT; screens[i] != NULL; i++) {
        if (command_find(sv_of(screens[i]->name)) != CMD_NONE)
            continue;
        *at = i + CMD_COUNT;
        *out = (struct palette_word){screens[i]->name, screens[i]->help, CMD_NONE, screens[i]};
        return true;
    }
    return false;
}

size_t palette_word_find(struct sv text, struct palette_word *out)
{
    struct palette_word word;
    size_t count = 0;

    for (size_t at = 0; palette_word_next(&at, &word);) {
        struct sv name = sv_of(word.name);

        if (sv_eq_nocase(name, text)) {
            *out = word;
            return 1;
        }
        if (name.len < text.len || !sv_eq_nocase(sv_take(name, text.len), text))
            continue;
        if (count++ == 0)
            *out = word;
    }
    return count;
}

/* Before the offer at that place; the last one falls off, and so does a line that is too long. */
static void insert(struct palette *p, int at, struct sv command, struct sv argument, struct sv note)
{
    size_t blank = argument.ptr != NULL ? 1 : 0;

    if (at >= PALETTE_OFFERS || command.len + blank + argument.len >= PALETTE_TEXT)
        return;
    if (p->offer_count < PALETTE_OFFERS)
        p->offer_count++;
    for (int i = p->offer_count - 1; i > at; i--) {
        memcpy(p->offers[i], p->offers[i - 1], sizeof p->offers[i]);
        memcpy(p->notes[i], p->notes[i - 1], sizeof p->notes[i]);
    }
    snprintf(p->offers[at], sizeof p->offers[at], SV_FMT "%s" SV_FMT, SV_ARG(command),
             blank > 0 ? " " : "", SV_ARG(argument));
    snprintf(p->notes[at], sizeof p->notes[at], SV_FMT, SV_ARG(note));
}

/* ---- names of commands ---- */

static bool rank(struct sv typed, const struct palette_word *word, int *score)
{
    *score = 0;
    /* Of all words, those that always work. */
    if (typed.len == 0)
        return word->screen != NULL || command_info(word->command)->where == COMMAND_ANYWHERE;
    if (!fuzzy_match(typed, sv_of(word->name), score))
        return false;
    *score += sv_eq_nocase(typed, sv_of(word->name)) ? EXACT : 0;
    return true;
}

static void offer_words(struct palette *p, struct sv typed)
{
    int scores[PALETTE_OFFERS] = {0};
    struct palette_word word;

    for (size_t at = 0; palette_word_next(&at, &word);) {
        bool takes_argument = word.command != CMD_NONE &&
                              command_info(word.command)->argument != COMMAND_ARGUMENT_NONE;
        int before = p->offer_count;
        int place = before;
        int score;

        if (!rank(typed, &word, &score))
            continue;
        while (place > 0 && scores[place - 1] < score)
            place--;
        insert(p, place, sv_of(word.name), takes_argument ? SV("") : SV_NONE, sv_of(word.help));
        for (int i = PALETTE_OFFERS - 1; i > place; i--)
            scores[i] = scores[i - 1];
        if (place < PALETTE_OFFERS)
            scores[place] = score;
    }
}

/* ---- arguments ---- */

/* What is looked for while the cache tells its rows. */
struct naming {
    struct palette *palette;
    struct sv command;
    struct sv typed;
    const struct filter *filter;
    int looked_at;
};

static bool is_offered(const struct naming *n, struct sv name)
{
    for (int i = 0; i < n->palette->offer_count; i++) {
        if (sv_eq(sv_drop(sv_of(n->palette->offers[i]), n->command.len + 1), name))
            return true;
    }
    return false;
}

static void offer_name(struct naming *n, struct sv name, struct sv note)
{
    const struct filter_field field = {"name", name};

    if (name.len > 0 && filter_matches(n->filter, &field, 1) && !is_offered(n, name))
        insert(n->palette, n->palette->offer_count, n->command, name, note);
}

static bool on_row(void *owner, const struct pipeline_row *row)
{
    struct naming *n = owner;

    offer_name(n, row->logical, SV("logical pipeline"));
    offer_name(n, row->id.name, sv_of(status_word(row->status)));
    return n->palette->offer_count < PALETTE_OFFERS && ++n->looked_at < ROWS_LOOKED_AT;
}

/* The cache searches more than names, so they are looked at again. A cache that fails offers
 * nothing; the line can be typed all the same. */
static void offer_names(struct palette *p, struct cache *cache, struct sv command, struct sv typed)
{
    char quoted[PALETTE_TEXT + 2];
    struct filter filter;
    struct naming naming = {p, command, typed, &filter, 0};
    struct pipeline_query query = {.sort = typed.len > 0 ? SORT_NAME : SORT_ATTENTION,
                                   .filter = typed};
    int len = snprintf(quoted, sizeof quoted, "\"" SV_FMT, SV_ARG(typed));

    if (cache == NULL || filter_parse(sv_make(quoted, (size_t)len), NULL, &filter, NULL))
        return;
    if (cache_pipelines(cache, &query, on_row, &naming, NULL))
        p->offer_count = 0;
    filter_release(&filter);
}

struct choice {
    const char *text;
    const char *note;
};

static void offer_choices(struct palette *p, struct sv command, struct sv typed,
                          const struct choice *choices, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sv text = sv_of(choices[i].text);

        if (text.len >= typed.len && sv_eq_nocase(sv_take(text, typed.len), typed))
            insert(p, p->offer_count, command, text, sv_of(choices[i].note));
    }
}

static void offer_themes(struct palette *p, struct sv command, struct sv typed)
{
    for (size_t i = 0; i < theme_count(); i++) {
        const struct choice theme = {theme_name(i), ""};

        offer_choices(p, command, typed, &theme, 1);
    }
}

static void offer_orders(struct palette *p, struct sv command, struct sv typed)
{
    for (int i = 0; i < SORT_COUNT; i++) {
        const struct choice order = {order_title((enum sort)i), order_help((enum sort)i)};

        offer_choices(p, command, typed, &order, 1);
    }
}

static const struct choice times[] = {
    {"-5m", "five minutes ago"}, {"-30m", "half an hour ago"}, {"-1h", "an hour ago"},
    {"-8h", "eight hours ago"},  {"-1d", "a day ago"},         {"yesterday 18:00", "that time"},
};

static void offer_arguments(struct palette *p, struct cache *cache, const struct command_info *info,
                            struct sv typed)
{
    struct sv command = sv_of(info->name);

    switch (info->argument) {
    case COMMAND_ARGUMENT_NAME:
    case COMMAND_ARGUMENT_STAGE:
        offer_names(p, cache, command, typed);
        return;
    case COMMAND_ARGUMENT_ORDER:
        offer_orders(p, command, typed);
        return;
    case COMMAND_ARGUMENT_TIME:
        offer_choices(p, command, typed, times, ARRAY_LEN(times));
        return;
    case COMMAND_ARGUMENT_THEME:
        offer_themes(p, command, typed);
        return;
    case COMMAND_ARGUMENT_FIELD:
    case COMMAND_ARGUMENT_NEW:
    case COMMAND_ARGUMENT_FILE:
    case COMMAND_ARGUMENT_UNLOCK:
    case COMMAND_ARGUMENT_FILTER:
    case COMMAND_ARGUMENT_NONE:
    case COMMAND_ARGUMENT_COUNT:
        return;
    }
}

void offers_make(struct palette *p, struct cache *cache)
{
    struct sv text = edit_text(&p->edit);
    struct palette_word word;
    struct sv argument;
    struct sv typed;

    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == ':'))
        text = sv_drop(text, 1);
    p->offer_count = 0;
    p->offer = -1;
    typed = sv_cut(text, ' ', &argument);
    if (argument.ptr == NULL)
        offer_words(p, typed);
    else if (palette_word_find(typed, &word) == 1 && word.command != CMD_NONE)
        offer_arguments(p, cache, command_info(word.command), sv_trim(argument));
}
