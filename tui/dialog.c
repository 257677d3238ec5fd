#include "tui/dialog.h"

#include "tui/key.h"

enum { SIDES = 4, WIDTH = 72, FRAME = 2, KEY_WIDTH = 3 };

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

/* How far a key moves the text; 0 = it is none for that. */
static int scroll_step(const struct dialog *d, uint32_t key)
{
    bool is_typing = asks_word(d) && !d->has_typed;
    int page = d->page > 1 ? d->page - 1 : 1;

    if (key == KEYCODE_DOWN || (key == 'j' && !is_typing))
        return 1;
    if (key == KEYCODE_UP || (key == 'k' && !is_typing))
        return -1;
    if (key == KEYCODE_PGDN || (key == KEYCODE_SPACE && !is_typing))
        return page;
    return key == KEYCODE_PGUP ? -page : 0;
}

static enum dialog_answer scroll(struct dialog *d, int step)
{
    int before = d->top;

    d->top += step;
    if (d->top > d->hidden)
        d->top = d->hidden;
    if (d->top < 0)
        d->top = 0;
    return d->top != before ? DIALOG_CHANGED : DIALOG_STAYS;
}

static const struct dialog_choice *find_choice(const struct dialog *d, uint32_t key)
{
    for (int i = 0; i < d->choice_count; i++) {
        if (d->choices[i].key == key && can_choose(d, &d->choices[i]))
            return &d->choices[i];
    }
    return NULL;
}

enum dialog_answer dialog_key(struct dialog *d, uint32_t key, int *value)
{
    const struct dialog_choice *choice = find_choice(d, key);
    bool is_typing = asks_word(d) && !d->has_typed;

    if (key == KEYCODE_ESC)
        return DIALOG_CLOSED;
    if (asks_word(d) && key == KEYCODE_TAB) {
        d->has_typed = !d->has_typed;
        d->is_wrong = false;
        return DIALOG_CHANGED;
    }
    if ((choice == NULL || is_typing) && scroll_step(d, key) != 0)
        return scroll(d, scroll_step(d, key));
    if (is_typing)
        return type(d, key);
    if (choice == NULL || key == d->opened_by || key == KEYCODE_ENTER)
        return DIALOG_STAYS;
    *value = choice->value;
    return DIALOG_CHOSEN;
}

/* ---- the text ---- */

/* Its paragraphs, wrapped, row by row; a title that the box's first line cannot hold stands above
 * them, whole. */
struct reading {
    struct sv title;
    struct sv paragraph;
    struct sv rest;
    int cols;
};

static struct reading read_text(const struct dialog *d, int cols)
{
    struct sv title = sv_of(d->title);

    return (struct reading){.title = text_width(title) > cols ? title : SV(""),
                            .paragraph = SV(""),
                            .rest = sv_of(d->text),
                            .cols = cols};
}

static bool next_row(struct reading *r, struct sv *row, enum style *style)
{
    *style = r->title.len > 0 ? STYLE_TITLE : STYLE_PLAIN;
    if (r->title.len > 0) {
        *row = canvas_take_line(&r->title, r->cols);
        return true;
    }
    if (r->paragraph.len == 0 && r->rest.len == 0)
        return false;
    if (r->paragraph.len == 0)
        r->paragraph = sv_trim(sv_cut(r->rest, '\n', &r->rest));
    *row = canvas_take_line(&r->paragraph, r->cols);
    return true;
}

static int text_rows(const struct dialog *d, int cols)
{
    struct reading r = read_text(d, cols);
    enum style style;
    struct sv row;
    int rows = 0;

    while (next_row(&r, &row, &style))
        rows++;
    return rows;
}

static void draw_text(const struct dialog *d, int top, struct canvas *c, struct rect area)
{
    struct reading r = read_text(d, area.cols);
    enum style style;
    struct sv row;

    for (int i = 0; i < top + area.rows && next_row(&r, &row, &style); i++) {
        if (i >= top)
            canvas_text(c, area.row + i - top, area.col, area.cols, style, row);
    }
}

/* On the empty line below the text. */
static void draw_more(const struct dialog *d, int top, int hidden, struct canvas *c,
                      struct rect line)
{
    bool is_typing = asks_word(d) && !d->has_typed;
    int below = hidden - top;
    char text[64];

    if (hidden <= 0)
        return;
    if (below > 0)
        snprintf(text, sizeof text, "-- %d more line%s: %s or PgDn --", below,
                 below == 1 ? "" : "s", is_typing ? "Down" : "j");
    else
        snprintf(text, sizeof text, "-- the end; %s or PgUp goes back --", is_typing ? "Up" : "k");
    canvas_cut(c, line.row, line.col, line.cols, below > 0 ? STYLE_ATTENTION : STYLE_DIM,
               sv_of(text));
}

/* Beside what is typed when both have room, else above it: what must be typed is never cut. */
static bool is_beside(const struct dialog *d, int cols)
{
    return text_width(sv_of(d->word)) <= cols / 2;
}

/* With the empty line below. */
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
        canvas_cut(c, line.row, col, line.col + line.cols - col,
                   d->is_wrong ? STYLE_BAD : STYLE_DIM,
                   d->is_wrong ? SV("  (that is not the word)") : SV("  (type the word first)"));
}

/* ---- the box ---- */

/* Never more than the area: the text scrolls, the choices stay in sight. */
struct boxed {
    struct rect box;
    int word; /* rows of the word to type */
    int fixed;
    int text;   /* rows of the text in sight */
    int hidden; /* those that are not */
};

static struct boxed measure(const struct dialog *d, struct rect area)
{
    int cols = area.cols < WIDTH ? area.cols : WIDTH;
    int rows = text_rows(d, cols - SIDES);
    struct boxed b = {.word = word_lines(d, cols - SIDES)};

    b.fixed = d->choice_count + 1 + b.word;
    if (b.word > 0 && area.rows - FRAME - b.fixed < rows) {
        b.word--; /* the empty line */
        b.fixed--;
    }
    b.box = canvas_middle(area, rows + b.fixed + FRAME, cols);
    b.text = b.box.rows - FRAME - b.fixed;
    if (b.text < 0)
        b.text = 0;
    b.hidden = rows - b.text;
    return b;
}

void dialog_layout(struct dialog *d, struct rect area)
{
    struct boxed b = measure(d, area);

    d->page = b.text;
    d->hidden = b.text > 0 ? b.hidden : 0;
    scroll(d, 0);
}

void dialog_draw(const struct dialog *d, struct canvas *c, struct rect area)
{
    struct sv hint = !asks_word(d)  ? SV(" Esc close ")
                     : d->has_typed ? SV(" Tab word  Esc close ")
                                    : SV(" Tab answer  Esc close ");
    struct boxed b = measure(d, area);
    int top = d->top < b.hidden ? d->top : b.hidden;
    bool is_whole = top == 0 && text_width(sv_of(d->title)) > b.box.cols - SIDES;
    struct rect inside = canvas_box(c, b.box, is_whole ? SV("") : sv_of(d->title), hint);
    int last = inside.row + inside.rows;
    struct rect line = {last - d->choice_count, inside.col, 1, inside.cols};

    draw_text(d, top, c, (struct rect){inside.row, inside.col, b.text, inside.cols});
    if (b.text > 0)
        draw_more(d, top, b.hidden, c,
                  (struct rect){inside.row + b.text, inside.col, 1, inside.cols});
    if (asks_word(d))
        draw_word(d, c, (struct rect){line.row - b.word, inside.col, b.word, inside.cols});
    for (int i = 0; i < d->choice_count; i++, line.row++)
        draw_choice(d, i, c, line);
}
