#include "tui/offers.h"

#include "tui/theme.h"
#include "tui/typed.h"

enum { ROWS_LOOKED_AT = 1000, EXACT = 1000, ARENA_CAP = 8 << 20 };

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
    struct sv command; /* and the words before */
    struct sv typed;
    const struct filter *filter;
    bool has_next; /* a word follows the name */
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
    char next[PALETTE_TEXT];
    int len = snprintf(next, sizeof next, SV_FMT "%s", SV_ARG(sv_take(name, PALETTE_TEXT - 2)),
                       n->has_next ? " " : "");
    struct sv whole = sv_make(next, (size_t)len);

    if (name.len > 0 && filter_matches(n->filter, &field, 1) && !is_offered(n, whole))
        insert(n->palette, n->palette->offer_count, n->command, whole, note);
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
static void offer_names(struct palette *p, struct cache *cache, struct sv command, struct sv typed,
                        bool has_next)
{
    char quoted[PALETTE_TEXT + 2];
    struct filter filter;
    struct naming naming = {p, command, typed, &filter, has_next, 0};
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

/* ---- stages and actions ---- */

/* The line up to the word that is being typed. */
struct behind {
    struct palette *palette;
    char line[PALETTE_TEXT];
    struct sv typed;
};

static bool has_piece(struct sv word, struct sv piece)
{
    for (; word.len >= piece.len; word = sv_drop(word, 1)) {
        if (sv_eq_nocase(sv_take(word, piece.len), piece))
            return true;
        if (word.len == 0)
            break;
    }
    return false;
}

static void offer_word(struct behind *b, struct sv word, enum status status, bool has_next)
{
    struct naming n = {.palette = b->palette, .command = sv_of(b->line)};
    char next[PALETTE_TEXT];
    int len = snprintf(next, sizeof next, SV_FMT "%s", SV_ARG(sv_take(word, PALETTE_TEXT - 2)),
                       has_next ? " " : "");
    struct sv whole = sv_make(next, (size_t)len);

    if (word.len > 0 && has_piece(word, b->typed) && !is_offered(&n, whole))
        insert(b->palette, b->palette->offer_count, n.command, whole, sv_of(status_word(status)));
}

/* What the command is likely to mean comes first. */
static bool is_likely(const struct stage_state *s, enum place_kind kind)
{
    enum status status = stage_status(s);

    return kind == PLACE_APPROVAL ? status == STATUS_WAITING
                                  : status_kind(status) == STATUS_KIND_BAD;
}

static void offer_stages(struct behind *b, const struct typed_form *form,
                         const struct place_rows *rows)
{
    for (size_t at = 0; at < 2 * rows->count; at++) {
        const struct pipeline_state *state = &rows->items[at % rows->count].state;

        for (size_t k = 0; k < state->stage_count; k++) {
            const struct stage_state *s = &state->stages[k];

            if (is_likely(s, form->kind) == (at < rows->count) && place_takes_stage(s, form->kind))
                offer_word(b, s->name, stage_status(s), form->most > 2);
        }
    }
}

static void offer_actions(struct behind *b, const struct typed_form *form,
                          const struct place_rows *rows, struct sv stage)
{
    const struct place_choice how = {
        .stage = stage, .kind = form->kind, .is_strict = true, .advice = ""};
    const struct cache_pipeline *p = NULL;

    if (place_rows_choose(rows, &how, &p, &stage, NULL))
        return;
    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *s = &p->state.stages[i];

        if (!sv_eq(s->name, stage))
            continue;
        if (form->command == CMD_OVERRIDE)
            offer_word(b, s->condition, stage_status(s), false);
        for (size_t k = 0; k < s->action_count && form->command != CMD_OVERRIDE; k++) {
            if (place_takes_action(&s->actions[k], form->kind))
                offer_word(b, s->actions[k].name, s->actions[k].status, false);
        }
    }
}

/* A stage behind NAME, an action behind that; executions are too many and nobody knows them. */
static void offer_behind(struct cache *cache, const struct typed_form *form,
                         const struct typed_words *w, struct behind *b)
{
    CLEANUP(arena_release) struct arena arena;
    struct place_rows rows;

    arena_init(&arena, ARENA_CAP);
    if (cache == NULL || place_rows_load(cache, w->words[0], NULL, NULL, &arena, &rows, NULL) ||
        rows.count == 0)
        return;
    if (w->count == 2)
        offer_stages(b, form, &rows);
    else if (form->command != CMD_ROLLBACK)
        offer_actions(b, form, &rows, w->words[1]);
}

static void offer_typed(struct palette *p, struct cache *cache, const struct typed_form *form,
                        struct sv argument)
{
    static const struct choice directions[] = {{"enable ", "open it again"},
                                               {"disable ", "close it"}};
    const char *name = command_info(form->command)->name;
    struct behind b = {.palette = p};
    struct typed_words w;
    int len;

    typed_split(form, argument, &w);
    if (w.has_more)
        return;
    b.typed = w.count > 0 ? w.words[w.count - 1] : SV("");
    len = snprintf(b.line, sizeof b.line, "%s%s", name,
                   w.action == ACTION_ENABLE    ? " enable"
                   : w.action == ACTION_DISABLE ? " disable"
                                                : "");
    for (size_t i = 0; i + 1 < w.count && len < (int)sizeof b.line; i++)
        len += snprintf(b.line + len, sizeof b.line - (size_t)len, " " SV_FMT, SV_ARG(w.words[i]));
    if (len >= (int)sizeof b.line)
        return;
    if (w.count > 1) {
        offer_behind(cache, form, &w, &b);
        return;
    }
    if (form->command == CMD_TRANSITION && w.action == ACTION_COUNT)
        offer_choices(p, sv_of(b.line), b.typed, directions, ARRAY_LEN(directions));
    offer_names(p, cache, sv_of(b.line), b.typed, form->most > 1);
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
        offer_names(p, cache, command, typed, false);
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
    else if (palette_word_find(typed, &word) != 1 || word.command == CMD_NONE)
        return;
    else if (typed_form_of(word.command) != NULL)
        offer_typed(p, cache, typed_form_of(word.command), argument);
    else
        offer_arguments(p, cache, command_info(word.command), sv_trim(argument));
}
