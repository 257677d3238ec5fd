#include "tui/menu.h"

#include "tui/key.h"

enum { BRACES = 2, KEY_WIDTH = 3, GUTTER = 2, SIDES = 4, PAGE = 5, NOTE_ROWS = 2 };

/* Behind 1..9, without the letters that move or leave. */
static const char letters[] = "123456789abcdefimoprstuvwxyz";
_Static_assert(sizeof letters - 1 >= MENU_MAX, "a key for every item");

void menu_init(struct menu *m, const char *title)
{
    *m = (struct menu){0};
    snprintf(m->title, sizeof m->title, "%s", title);
}

/* Cut between characters: half of one would show as a broken one. */
static void put(char out[MENU_TEXT], struct sv text)
{
    size_t len = text.len < MENU_TEXT ? text.len : MENU_TEXT - 1;

    while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
        len--;
    if (len > 0)
        memcpy(out, text.ptr, len);
    out[len] = '\0';
}

void menu_add(struct menu *m, int value, struct sv text, struct sv note, bool is_disabled)
{
    struct menu_item *item = &m->items[m->count];

    if (m->count == MENU_MAX)
        return;
    *item = (struct menu_item){
        .key = (unsigned char)letters[m->count], .value = value, .is_disabled = is_disabled};
    put(item->text, text);
    put(item->note, note);
    if (!is_disabled && m->items[m->cursor].is_disabled)
        m->cursor = m->count;
    m->count++;
}

void menu_set_key(struct menu *m, uint32_t key)
{
    if (m->count > 0 && key_character(key) != 0)
        m->items[m->count - 1].key = key;
}

void menu_renew(struct menu *m, int i, struct sv note, bool is_disabled)
{
    put(m->items[i].note, note);
    m->items[i].is_disabled = is_disabled;
}

static enum menu_answer move(struct menu *m, int to)
{
    int before = m->cursor;

    to = to >= m->count ? m->count - 1 : to;
    m->cursor = to < 0 ? 0 : to;
    return m->cursor == before ? MENU_STAYS : MENU_MOVED;
}

static enum menu_answer choose(const struct menu *m)
{
    if (m->count == 0)
        return MENU_STAYS;
    return m->items[m->cursor].is_disabled ? MENU_REFUSED : MENU_CHOSEN;
}

enum menu_answer menu_key(struct menu *m, uint32_t key, enum command command)
{
    for (int i = 0; i < m->count; i++) {
        if (m->items[i].key != key)
            continue;
        move(m, i);
        return choose(m);
    }
    if (key == KEYCODE_ENTER || command == CMD_OPEN)
        return choose(m);
    if (key == KEYCODE_ESC || command == CMD_BACK || command == CMD_LEAVE)
        return MENU_CLOSED;
    if (key == KEYCODE_UP || command == CMD_UP)
        return move(m, m->cursor - 1);
    if (key == KEYCODE_DOWN || command == CMD_DOWN)
        return move(m, m->cursor + 1);
    if (command == CMD_PAGE_UP || command == CMD_HALF_UP)
        return move(m, m->cursor - PAGE);
    if (command == CMD_PAGE_DOWN || command == CMD_HALF_DOWN)
        return move(m, m->cursor + PAGE);
    if (command == CMD_FIRST)
        return move(m, 0);
    return command == CMD_LAST ? move(m, m->count - 1) : MENU_STAYS;
}

int menu_value(const struct menu *m)
{
    return m->count > 0 ? m->items[m->cursor].value : -1;
}

static int text_column(const struct menu *m)
{
    int width = 0;

    for (int i = 0; i < m->count; i++) {
        int text = text_width(sv_of(m->items[i].text)) + (m->items[i].is_disabled ? BRACES : 0);

        width = text > width ? text : width;
    }
    return width;
}

static int width_of(const struct menu *m, struct sv hint)
{
    int before_note = GUTTER + KEY_WIDTH + text_column(m);
    int width = text_width(hint);

    if (text_width(sv_of(m->title)) > width)
        width = text_width(sv_of(m->title));
    for (int i = 0; i < m->count; i++) {
        int note = text_width(sv_of(m->items[i].note));
        int item = before_note + (note > 0 ? GUTTER + note : 0);

        width = item > width ? item : width;
    }
    return width + SIDES;
}

/* Dim is not to be seen everywhere: parentheses are. */
static void draw_item_text(const struct menu_item *item, struct canvas *c, int row, int col,
                           int cols)
{
    char text[MENU_TEXT + BRACES];

    snprintf(text, sizeof text, item->is_disabled ? "(%s)" : "%s", item->text);
    canvas_cut(c, row, col, cols, item->is_disabled ? STYLE_DIM : STYLE_PLAIN, sv_of(text));
}

static void draw_item(const struct menu *m, int i, struct canvas *c, struct rect line)
{
    const struct menu_item *item = &m->items[i];
    char key[4];
    struct sv name = sv_make(key, utf8_encode(item->key, key));
    int right = line.col + line.cols;
    int col = line.col + GUTTER;
    int room = text_column(m);

    if (i == m->cursor)
        canvas_text(c, line.row, line.col, 1, STYLE_CURSOR, SV(">"));
    canvas_text(c, line.row, col, 1, item->is_disabled ? STYLE_DIM : STYLE_KEY, name);
    col += KEY_WIDTH;
    draw_item_text(item, c, line.row, col, room < right - col ? room : right - col);
    col += room + GUTTER;
    canvas_cut(c, line.row, col, right - col, STYLE_DIM, sv_of(item->note));
}

static bool is_cut(const struct menu *m, int i, int cols)
{
    return GUTTER + KEY_WIDTH + text_column(m) + GUTTER + text_width(sv_of(m->items[i].note)) >
           cols;
}

/* Below the items: for the whole note of the one under the cursor, where one is cut. As many for
 * all, so that nothing moves with the cursor. */
static int rows_below(const struct menu *m, int cols)
{
    int rows = 0;

    for (int i = 0; i < m->count; i++) {
        int lines = is_cut(m, i, cols) ? canvas_lines(sv_of(m->items[i].note), cols - GUTTER) : 0;

        rows = lines > rows ? lines : rows;
    }
    return rows < NOTE_ROWS ? rows : NOTE_ROWS;
}

void menu_draw(const struct menu *m, struct canvas *c, struct rect area)
{
    const struct sv hint = SV(" Enter choose  Esc close ");
    int width = width_of(m, hint);
    int cols = (width < area.cols ? width : area.cols) - SIDES;
    int below = rows_below(m, cols);
    struct rect inside =
        canvas_box(c, canvas_middle(area, m->count + 2 + below, width), sv_of(m->title), hint);
    int rows = inside.rows > below ? inside.rows - below : inside.rows;
    int top = m->cursor < rows ? 0 : m->cursor - rows + 1;

    for (int i = 0; i < rows && top + i < m->count; i++)
        draw_item(m, top + i, c, (struct rect){inside.row + i, inside.col, 1, inside.cols});
    if (m->count > 0 && is_cut(m, m->cursor, cols))
        canvas_wrap(c,
                    (struct rect){inside.row + rows, inside.col + GUTTER, inside.rows - rows,
                                  inside.cols - GUTTER},
                    STYLE_PLAIN, sv_of(m->items[m->cursor].note));
}
