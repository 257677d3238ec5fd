#include "tui/dialog.h"

#include "tui/key.h"

enum { SIDES = 4, WIDTH = 72, KEY_WIDTH = 3 };

void dialog_init(struct dialog *d, const char *title, const char *text, uint32_t opened_by)
{
    *d = (struct dialog){.opened_by = opened_by};
    snprintf(d->title, sizeof d->title, "%s", title);
    snprintf(d->text, sizeof d->text, "%s", text);
}

static bool is_letter(uint32_t key)
{
    return (key >= 'a' && key <= 'z') || (key >= 'A' && key <= 'Z');
}

void dialog_add(struct dialog *d, uint32_t key, const char *text, int value, bool needs_word)
{
    struct dialog_choice *choice = &d->choices[d->choice_count];

    if (d->choice_count == DIALOG_CHOICES)
        return;
    if (key == d->opened_by && is_letter(key))
        key ^= 'a' ^ 'A';
    *choice = (struct dialog_choice){.key = key, .value = value, .needs_word = needs_word};
    snprintf(choice->text, sizeof choice->text, "%s", text);
    d->choice_count++;
}

enum err_code dialog_ask_word(struct dialog *d, struct sv word, struct err *err)
{
    if (word.len == 0 || word.len >= sizeof d->word)
        return err_set(err, ERR_LIMIT, "a word of 1 to %zu bytes can be asked for, not of %zu",
                       sizeof d->word - 1, word.len);
    memcpy(d->word, word.ptr, word.len);
    d->word[word.len] = '\0';
    edit_clear(&d->typed);
    d->has_typed = false;
    return ERR_OK;
}

static bool asks_word(const struct dialog *d)
{
    return d->word[0] != '\0';
}

static bool is_word(const struct dialog *d)
{
    return asks_word(d) && sv_eq(edit_text(&d->typed), sv_of(d->word));
}

static bool can_choose(const struct dialog *d, const struct dialog_choice *choice)
{
    return !choice->needs_word || is_word(d);
}

static enum dialog_answer type(struct dialog *d, uint32_t key)
{
    switch (edit_key(&d->typed, key)) {
    case EDIT_CANCELLED:
        return DIALOG_CLOSED;
    case EDIT_DONE:
        d->has_typed = is_word(d);
        d->is_wrong = !d->has_typed;
        return DIALOG_CHANGED;
    case EDIT_CHANGED:
        d->is_wrong = false;
        return DIALOG_CHANGED;
    case EDIT_MOVED:
        return DIALOG_CHANGED;
    case EDIT_IGNORED:
        break;
    }
    return DIALOG_STAYS;
}

enum dialog_answer dialog_key(struct dialog *d, uint32_t key, int *value)
{
    if (key == KEYCODE_ESC)
        return DIALOG_CLOSED;
    if (asks_word(d) && key == KEYCODE_TAB) {
        d->has_typed = !d->has_typed;
        d->is_wrong = false;
        return DIALOG_CHANGED;
    }
    if (asks_word(d) && !d->has_typed)
        return type(d, key);
    if (key == d->opened_by || key == KEYCODE_ENTER)
        return DIALOG_STAYS;
    for (int i = 0; i < d->choice_count; i++) {
        if (d->choices[i].key != key || !can_choose(d, &d->choices[i]))
            continue;
        *value = d->choices[i].value;
        return DIALOG_CHOSEN;
    }
    return DIALOG_STAYS;
}

static int text_lines(const struct dialog *d, int cols)
{
    int lines = 0;

    for (struct sv rest = sv_of(d->text); rest.len > 0;) {
        struct sv line = sv_cut(rest, '\n', &rest);

        lines += line.len == 0 ? 1 : canvas_lines(line, cols);
    }
    return lines;
}

/* A title that the box's first line cannot hold stands below it, whole. */
static int title_lines(const struct dialog *d, int cols)
{
    struct sv title = sv_of(d->title);

    return text_width(title) > cols ? canvas_lines(title, cols) : 0;
}

static void draw_text(const struct dialog *d, struct canvas *c, struct rect area)
{
    for (struct sv rest = sv_of(d->text); rest.len > 0 && area.rows > 0;) {
        struct sv line = sv_cut(rest, '\n', &rest);
        int used = line.len == 0 ? 1 : canvas_wrap(c, area, STYLE_PLAIN, line);

        area.row += used;
        area.rows -= used;
        if (area.rows == 0 && rest.len > 0)
            canvas_text(c, area.row - 1, area.col + area.cols - 1, 1, STYLE_PLAIN, SV("~"));
    }
}

/* Beside what is typed when both have room, else above it: what must be typed is never cut. */
static bool is_beside(const struct dialog *d, int cols)
{
    return text_width(sv_of(d->word)) <= cols / 2;
}

/* With the empty line below, where a wrong word is told of. */
static int word_lines(const struct dialog *d, int cols)
{
    if (!asks_word(d))
        return 0;
    return is_beside(d, cols) ? 2 : 3 + canvas_lines(sv_of(d->word), cols);
}

static void draw_typed(const struct dialog *d, struct canvas *c, struct rect line)
{
    if (d->has_typed)
        canvas_cut(c, line.row, line.col, line.cols, STYLE_PLAIN, edit_text(&d->typed));
    else
        edit_draw(&d->typed, c, line.row, line.col, line.cols);
}

static void draw_word(const struct dialog *d, struct canvas *c, struct rect area)
{
    struct sv word = sv_of(d->word);
    bool beside = is_beside(d, area.cols);
    int used = canvas_text(c, area.row, area.col, area.cols, STYLE_PLAIN,
                           beside ? SV("Type ") : SV("Type this word:"));

    if (d->is_wrong) /* on the empty line below */
        canvas_cut(c, area.row + area.rows - 1, area.col, area.cols, STYLE_BAD,
                   SV("that is not the word; Esc leaves all as it is"));
    if (beside) {
        used += canvas_text(c, area.row, area.col + used, area.cols - used, STYLE_TITLE, word);
        used += canvas_text(c, area.row, area.col + used, area.cols - used, STYLE_PLAIN, SV(": "));
        draw_typed(d, c, (struct rect){area.row, area.col + used, 1, area.cols - used});
        return;
    }
    area.row += 1;
    area.rows -= 1;
    area.row += canvas_wrap(c, area, STYLE_TITLE, word);
    used = canvas_text(c, area.row, area.col, area.cols, STYLE_PLAIN, SV("> "));
    draw_typed(d, c, (struct rect){area.row, area.col + used, 1, area.cols - used});
}

static void draw_choice(const struct dialog *d, int i, struct canvas *c, struct rect line)
{
    const struct dialog_choice *choice = &d->choices[i];
    bool is_open = can_choose(d, choice) && (!asks_word(d) || d->has_typed);
    struct sv name = SV("?");
    int col = line.col;
    char bytes[4];

    if (key_character(choice->key) != 0)
        name = sv_make(bytes, utf8_encode(choice->key, bytes));
    canvas_text(c, line.row, col, 1, is_open ? STYLE_KEY : STYLE_DIM, name);
    col += KEY_WIDTH;
    col += canvas_cut(c, line.row, col, line.col + line.cols - col,
                      is_open ? STYLE_PLAIN : STYLE_DIM, sv_of(choice->text));
    if (!can_choose(d, choice))
        canvas_cut(c, line.row, col, line.col + line.cols - col, STYLE_DIM,
                   SV("  (type the word first)"));
}

/* Never more than the box: the text gives way, the choices stay in sight. */
void dialog_draw(const struct dialog *d, struct canvas *c, struct rect area)
{
    struct sv hint = !asks_word(d)  ? SV(" Esc close ")
                     : d->has_typed ? SV(" Tab word  Esc close ")
                                    : SV(" Tab answer  Esc close ");
    int cols = area.cols < WIDTH ? area.cols : WIDTH;
    int title = title_lines(d, cols - SIDES);
    int lines = text_lines(d, cols - SIDES);
    int word = word_lines(d, cols - SIDES);
    int fixed = d->choice_count + 1 + word;
    struct rect inside = canvas_box(c, canvas_middle(area, title + lines + fixed + 2, cols),
                                    title > 0 ? SV("") : sv_of(d->title), hint);
    int last = inside.row + inside.rows;
    struct rect line = {last - d->choice_count, inside.col, 1, inside.cols};
    struct rect text = {inside.row, inside.col, inside.rows - fixed, inside.cols};

    if (title > 0) {
        canvas_wrap(c, text, STYLE_TITLE, sv_of(d->title));
        text.row += title;
        text.rows -= title;
    }
    draw_text(d, c, text);
    if (asks_word(d))
        draw_word(d, c, (struct rect){line.row - word, inside.col, word, inside.cols});
    for (int i = 0; i < d->choice_count; i++, line.row++)
        draw_choice(d, i, c, line);
}
