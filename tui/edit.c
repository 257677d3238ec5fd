#include "tui/edit.h"

#include "tui/key.h"

void edit_clear(struct edit *e)
{
    *e = (struct edit){0};
}

struct sv edit_text(const struct edit *e)
{
    return sv_make(e->text, e->len);
}

static bool joins_the_one_before(const struct edit *e, size_t at)
{
    struct sv rest = sv_make(e->text + at, e->len - at);

    if (((unsigned char)e->text[at] & 0xc0) == 0x80)
        return true;
    return text_char_width(text_safe(utf8_next(&rest))) == 0;
}

static size_t before(const struct edit *e, size_t at)
{
    if (at > 0)
        at--;
    while (at > 0 && joins_the_one_before(e, at))
        at--;
    return at;
}

static size_t behind(const struct edit *e, size_t at)
{
    if (at < e->len)
        at++;
    while (at < e->len && joins_the_one_before(e, at))
        at++;
    return at;
}

static enum edit_answer erase(struct edit *e, size_t from, size_t to)
{
    if (from >= to)
        return EDIT_MOVED;
    memmove(e->text + from, e->text + to, e->len - to);
    e->len -= to - from;
    e->at = from;
    return EDIT_CHANGED;
}

static enum edit_answer insert(struct edit *e, uint32_t character)
{
    char bytes[4];
    size_t len = utf8_encode(character, bytes);

    if (e->len + len > sizeof e->text)
        return EDIT_MOVED;
    memmove(e->text + e->at + len, e->text + e->at, e->len - e->at);
    memcpy(e->text + e->at, bytes, len);
    e->len += len;
    e->at += len;
    return EDIT_CHANGED;
}

enum edit_answer edit_paste(struct edit *e, struct sv text, bool *is_cut)
{
    enum edit_answer answer = EDIT_MOVED;
    bool is_full = false;

    text = sv_trim(text);
    while (text.len > 0 && !is_full) {
        uint32_t character = utf8_next(&text);

        if (character == '\n' || character == '\r' || character == '\t')
            character = ' ';
        if (key_character(character) == 0)
            continue;
        if (insert(e, character) == EDIT_CHANGED)
            answer = EDIT_CHANGED;
        else
            is_full = true;
    }
    if (is_cut != NULL)
        *is_cut = is_full;
    return answer;
}

static size_t word_start(const struct edit *e)
{
    size_t at = e->at;

    while (at > 0 && e->text[at - 1] == ' ')
        at--;
    while (at > 0 && e->text[at - 1] != ' ')
        at--;
    return at;
}

static enum edit_answer move(struct edit *e, size_t at)
{
    e->at = at;
    return EDIT_MOVED;
}

enum edit_answer edit_key(struct edit *e, uint32_t key)
{
    switch (key) {
    case KEYCODE_ENTER:
        return EDIT_DONE;
    case KEYCODE_ESC:
        return EDIT_CANCELLED;
    case KEYCODE_LEFT:
        return move(e, before(e, e->at));
    case KEYCODE_RIGHT:
        return move(e, behind(e, e->at));
    case KEYCODE_HOME:
        return move(e, 0);
    case KEYCODE_END:
        return move(e, e->len);
    case KEYCODE_BACKSPACE:
        return erase(e, before(e, e->at), e->at);
    case KEYCODE_DELETE:
        return erase(e, e->at, behind(e, e->at));
    case KEY_CONTROL('U'):
        return erase(e, 0, e->at);
    case KEY_CONTROL('K'):
        return erase(e, e->at, e->len);
    case KEY_CONTROL('W'):
        return erase(e, word_start(e), e->at);
    default: /* not an enum: any other key is a character or not ours */
        return key_character(key) != 0 ? insert(e, key_character(key)) : EDIT_IGNORED;
    }
}

int edit_draw(const struct edit *e, struct canvas *c, int row, int col, int cols)
{
    size_t from = 0;
    size_t next = behind(e, e->at);
    int used;

    while (from < e->at && text_width(sv_make(e->text + from, e->at - from)) >= cols)
        from = behind(e, from);
    used = canvas_text(c, row, col, cols, STYLE_PLAIN, sv_make(e->text + from, e->at - from));
    used += canvas_text(c, row, col + used, cols - used, STYLE_EDIT,
                        e->at < e->len ? sv_make(e->text + e->at, next - e->at) : SV(" "));
    return used + canvas_text(c, row, col + used, cols - used, STYLE_PLAIN,
                              sv_make(e->text + next, e->len - next));
}
