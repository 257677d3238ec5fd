#include "tui/pager_parts.h"

#include "core/base/mem.h"
#include "tui/key.h"

enum { LINES_FIRST = 64, SIDE_STEP = 8, SIDES = 2 };

void pager_init(struct pager *p)
{
    *p = (struct pager){.is_wrapped = true, .match = SIZE_MAX, .rows = 1, .cols = 1};
    arena_init(&p->arena, PAGER_CAP);
}

void pager_release(struct pager *p)
{
    if (p->has_pattern && !p->is_literal)
        regfree(&p->regex);
    arena_release(&p->arena);
    mem_free(p->lines);
    pager_init(p);
}

void pager_clear(struct pager *p)
{
    arena_clear(&p->arena);
    p->count = 0;
}

static enum err_code grow(struct pager *p, struct err *err)
{
    size_t size = p->size == 0 ? LINES_FIRST : 2 * p->size;
    struct pager_line *lines;

    if (p->count >= PAGER_LINES_MAX)
        return err_set(err, ERR_LIMIT, "the text has more than %d lines; the rest is left out",
                       PAGER_LINES_MAX);
    if (p->count < p->size)
        return ERR_OK;
    lines = mem_resize(p->lines, size, sizeof *lines);
    if (lines == NULL)
        return mem_err(err);
    p->lines = lines;
    p->size = size;
    return ERR_OK;
}

/* A copy in which nothing ends the line. */
static struct sv keep(struct pager *p, struct sv text)
{
    char *copy = arena_alloc(&p->arena, text.len + 1, 1);

    if (copy == NULL)
        return SV_NONE;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        copy[i] = c == '\t' || c == '\n' ? ' ' : c;
    }
    return sv_make(copy, text.len);
}

static enum err_code add_line(struct pager *p, const struct pager_line *line, struct err *err)
{
    struct pager_span *spans = NULL;
    enum err_code rc = grow(p, err);
    struct sv text;

    if (rc)
        return rc;
    text = keep(p, line->text);
    if (line->span_count > 0)
        spans = arena_alloc(&p->arena, line->span_count, sizeof *spans);
    if (text.ptr == NULL || (spans == NULL && line->span_count > 0))
        return arena_err(&p->arena, err);
    if (spans != NULL)
        memcpy(spans, line->spans, line->span_count * sizeof *spans);
    p->lines[p->count] = *line;
    p->lines[p->count].text = text;
    p->lines[p->count].spans = spans;
    p->count++;
    return ERR_OK;
}

static enum err_code add_pieces(struct pager *p, enum style style, struct sv text, struct err *err)
{
    enum err_code rc;

    do {
        struct pager_line line = {.text = text, .style = style};

        if (text.len > PAGER_LINE_MAX) {
            size_t at = PAGER_LINE_MAX;

            while (at > PAGER_LINE_MAX - 4 && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
                at--;
            line.text = sv_take(text, at);
            line.is_continued = true;
        }
        text = sv_drop(text, line.text.len);
        rc = add_line(p, &line, err);
    } while (rc == ERR_OK && text.len > 0);
    return rc;
}

enum err_code pager_add(struct pager *p, enum style style, struct sv text, struct err *err)
{
    enum err_code rc;

    do {
        struct sv line = sv_cut(text, '\n', &text);

        if (sv_ends(line, SV("\r")))
            line.len--;
        rc = add_pieces(p, style, line, err);
    } while (rc == ERR_OK && text.len > 0);
    return rc;
}

enum err_code pager_add_spans(struct pager *p, struct sv text, const struct pager_span *spans,
                              size_t count, enum style style, struct err *err)
{
    const struct pager_line line = {
        .text = text, .spans = spans, .span_count = count, .style = style};

    if (text.len > PAGER_LINE_MAX)
        return add_pieces(p, style, text, err);
    return add_line(p, &line, err);
}

void pager_hang(struct pager *p, int cells)
{
    if (p->count > 0)
        p->lines[p->count - 1].hang = cells;
}

int pager_indent(const struct pager *p, const struct pager_line *line, size_t from)
{
    if (from == 0 || !p->is_wrapped)
        return 0;
    return line->hang < p->cols / 2 ? line->hang : p->cols / 2;
}

size_t pager_step(struct sv text, size_t at)
{
    struct sv rest = sv_drop(text, at);

    utf8_next(&rest);
    while (rest.len > 0) {
        struct sv next = rest;

        if (text_char_width(text_safe(utf8_next(&next))) > 0)
            break;
        rest = next;
    }
    return text.len - rest.len;
}

/* A word that a row of its own would hold is not divided; of a longer one, such as an ARN in a log,
 * each row is filled. */
static bool fits_next_row(const struct pager *p, const struct pager_line *line, size_t from)
{
    struct sv rest = sv_drop(line->text, from);
    int cols = p->cols - pager_indent(p, line, from);
    int width = 0;

    while (rest.len > 0 && rest.ptr[0] != ' ' && width <= cols)
        width += text_char_width(text_safe(utf8_next(&rest)));
    return width <= cols;
}

/* The slashes of "https://" part nothing. */
static bool is_between(struct sv text, size_t at)
{
    return at > 0 && at + 1 < text.len && strchr(":/", text.ptr[at - 1]) == NULL &&
           text.ptr[at + 1] != '/';
}

size_t pager_row_end(const struct pager *p, const struct pager_line *line, size_t from)
{
    struct sv rest = sv_drop(line->text, from);
    size_t blank = 0; /* behind the last one that would do */
    size_t any = 0;   /* behind the last one of all */
    size_t slash = 0; /* behind the last one, for a path that no row holds */
    size_t word = from;
    int cols = p->cols - pager_indent(p, line, from);
    int width = 0;
    bool is_inside = false; /* behind the blanks that the row begins with */

    if (!p->is_wrapped || rest.len <= (size_t)cols)
        return line->text.len;
    while (rest.len > 0) {
        size_t at = line->text.len - rest.len;
        uint32_t ch = text_safe(utf8_next(&rest));

        width += text_char_width(ch);
        if (width > cols && ch != ' ') {
            if (any > 0 && blank == 0 && fits_next_row(p, line, any))
                blank = any;
            if (slash > word && !fits_next_row(p, line, word))
                blank = slash;
            return blank > 0 ? blank : at > from ? at : line->text.len - rest.len;
        }
        if (ch == ' ')
            any = is_inside ? at + 1 : 0;
        if (ch == ' ')
            word = at + 1;
        is_inside = is_inside || ch != ' ';
        if (ch == ' ' && 2 * width > cols)
            blank = at + 1;
        if (ch == '/' && 2 * width > cols && is_between(line->text, at))
            slash = at + 1;
    }
    return line->text.len;
}

int pager_rows_of(const struct pager *p, size_t line)
{
    size_t from = 0;
    int rows = 0;

    do {
        from = pager_row_end(p, &p->lines[line], from);
        rows++;
    } while (from < p->lines[line].text.len);
    return rows;
}

static bool step_down(struct pager *p)
{
    if (p->top_row + 1 < pager_rows_of(p, p->top)) {
        p->top_row++;
        return true;
    }
    if (p->top + 1 >= p->count)
        return false;
    p->top++;
    p->top_row = 0;
    return true;
}

static bool step_up(struct pager *p)
{
    if (p->top_row > 0) {
        p->top_row--;
        return true;
    }
    if (p->top == 0)
        return false;
    p->top--;
    p->top_row = pager_rows_of(p, p->top) - 1;
    return true;
}

/* The place at which the text's last row is the screen's last. */
static void go_to_end(struct pager *p)
{
    p->top = p->count > 0 ? p->count - 1 : 0;
    p->top_row = p->count > 0 ? pager_rows_of(p, p->top) - 1 : 0;
    for (int i = 1; i < p->rows && step_up(p);)
        i++;
}

static bool is_behind(const struct pager *p, size_t top, int top_row)
{
    return p->top > top || (p->top == top && p->top_row > top_row);
}

/* No blank screen behind the end; what is nearer to the start stays. */
static void stay_inside(struct pager *p)
{
    size_t top = p->top;
    int top_row = p->top_row;

    if (p->count > 0 && top < p->count && top_row >= pager_rows_of(p, top))
        top_row = pager_rows_of(p, top) - 1;
    go_to_end(p);
    if (is_behind(p, top, top_row)) {
        p->top = top;
        p->top_row = top_row;
    }
}

void pager_layout(struct pager *p, int rows, int cols)
{
    p->rows = rows > 1 ? rows : 1;
    p->cols = cols > SIDES ? cols - SIDES : 1;
    stay_inside(p);
    pager_count_matches(p);
}

void pager_show(struct pager *p, size_t line, size_t at)
{
    size_t end = 0;
    int row = 0;
    int distance = 0;
    struct pager seen = *p;

    while ((end = pager_row_end(p, &p->lines[line], end)) <= at && end < p->lines[line].text.len)
        row++;
    while ((seen.top != line || seen.top_row != row) && ++distance < p->rows && step_down(&seen))
        ;
    if (seen.top != line || seen.top_row != row || distance >= p->rows) {
        p->top = line;
        p->top_row = row;
        for (int i = p->rows / 3; i > 0 && step_up(p); i--)
            ;
        stay_inside(p);
    }
    if (!p->is_wrapped) {
        int col = text_width(sv_take(p->lines[line].text, at));

        if (col < p->left || col >= p->left + p->cols)
            p->left = col < p->cols ? 0 : col - p->cols / 3;
    }
}

static void scroll(struct pager *p, int rows)
{
    for (; rows < 0 && step_up(p); rows++)
        ;
    for (; rows > 0 && step_down(p); rows--)
        ;
    stay_inside(p);
}

/* Further right only while a line in sight goes on there. */
static void scroll_side(struct pager *p, int step)
{
    int width = 0;

    for (size_t i = p->top; i < p->count && i < p->top + (size_t)p->rows; i++) {
        int line = text_width(p->lines[i].text);

        width = line > width ? line : width;
    }
    if (p->is_wrapped || (step > 0 && p->left + p->cols >= width))
        return;
    p->left = p->left + step > 0 ? p->left + step : 0;
}

static void wrap(struct pager *p)
{
    p->is_wrapped = !p->is_wrapped;
    p->left = 0;
    p->top_row = 0;
    stay_inside(p);
}

static void move(struct pager *p, enum command command)
{
    if (command == CMD_UP || command == CMD_DOWN)
        scroll(p, command == CMD_UP ? -1 : 1);
    else if (command == CMD_HALF_UP || command == CMD_HALF_DOWN)
        scroll(p, command == CMD_HALF_UP ? -(p->rows / 2) : p->rows / 2);
    else if (command == CMD_PAGE_UP || command == CMD_PAGE_DOWN)
        scroll(p, command == CMD_PAGE_UP ? -p->rows : p->rows);
    else if (command == CMD_LEFT || command == CMD_RIGHT)
        scroll_side(p, command == CMD_LEFT ? -SIDE_STEP : SIDE_STEP);
    else if (command == CMD_LAST)
        go_to_end(p);
    else if (command == CMD_FIRST)
        p->top = 0;
    if (command == CMD_FIRST)
        p->top_row = 0;
}

unsigned pager_handle(struct pager *p, enum command command)
{
    size_t top = p->top;
    int top_row = p->top_row;
    int left = p->left;

    if (command == CMD_NEXT_MATCH || command == CMD_PREVIOUS_MATCH)
        return pager_next_match(p, command == CMD_NEXT_MATCH ? 1 : -1) ? REACT_DRAW : REACT_NONE;
    if (command == CMD_WIDE) {
        wrap(p);
        return REACT_DRAW;
    }
    if (p->count > 0)
        move(p, command);
    return top != p->top || top_row != p->top_row || left != p->left ? REACT_DRAW : REACT_NONE;
}

/* clang-format off */
const struct screen_command pager_commands[] = {
    {CMD_UP,             NULL,     "scroll up by a row"},
    {CMD_DOWN,           "scroll", "scroll down by a row"},
    {CMD_HALF_UP,        NULL,     "scroll up half a page"},
    {CMD_HALF_DOWN,      NULL,     "scroll down half a page"},
    {CMD_PAGE_UP,        NULL,     "scroll up a page"},
    {CMD_PAGE_DOWN,      NULL,     "scroll down a page; Space does it, too"},
    {CMD_FIRST,          NULL,     "go to the start"},
    {CMD_LAST,           NULL,     "go to the end"},
    {CMD_LEFT,           NULL,     "scroll to the left, when lines are not wrapped"},
    {CMD_RIGHT,          NULL,     "scroll to the right, when lines are not wrapped"},
    {CMD_FILTER,         "search", "search the text"},
    {CMD_NEXT_MATCH,     "next",   NULL},
    {CMD_PREVIOUS_MATCH, NULL,     NULL},
    {CMD_WIDE,           "wrap",   "wrap long lines, or not"},
    {CMD_BACK,           NULL,     "end the search, then go back"},
    {CMD_LEAVE,          NULL,     "go back"},
    {CMD_NONE,           NULL,     NULL},
};
/* clang-format on */

void pager_answer(struct pager *p, enum command command, struct answer *out)
{
    if (command == CMD_FILTER)
        out->react |= REACT_FILTER;
    else if (command == CMD_BACK)
        out->react |= p->has_pattern ? REACT_CLEAR : REACT_LEAVE;
    else if (command == CMD_LEAVE)
        out->react |= REACT_LEAVE;
    else
        out->react |= pager_handle(p, command);
    if (out->react != REACT_NONE || p->matches > 0)
        return;
    if (command != CMD_NEXT_MATCH && command != CMD_PREVIOUS_MATCH)
        return;
    if (p->has_pattern)
        answer_say(out, STYLE_ATTENTION, "Nothing here matches %s", p->pattern);
    else
        answer_say(out, STYLE_PLAIN, "Nothing was searched for yet: / searches");
}

unsigned pager_key(struct pager *p, uint32_t key, bool *is_taken)
{
    *is_taken = key == KEYCODE_SPACE || key == ' ';
    return *is_taken ? pager_handle(p, CMD_PAGE_DOWN) : REACT_NONE;
}

void pager_place(const struct pager *p, size_t *first, size_t *last)
{
    size_t at = p->top;
    int rows;

    *first = *last = 0;
    if (p->count == 0)
        return;
    for (rows = pager_rows_of(p, at) - p->top_row; rows < p->rows && at + 1 < p->count;)
        rows += pager_rows_of(p, ++at);
    *first = p->top + 1;
    *last = at + 1;
}

void pager_crumb(const struct pager *p, const char *title, const char *subject, char *out,
                 size_t size)
{
    size_t first;
    size_t last;

    pager_place(p, &first, &last);
    snprintf(out, size, "%s  %zu-%zu of %zu%s%s", title, first, last, p->count,
             subject[0] != '\0' ? "  " : "", subject);
}

enum err_code pager_print(const struct pager *p, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; rc == ERR_OK && i < p->count; i++) {
        rc = sb_add_safe(out, p->lines[i].text, err);
        if (rc == ERR_OK && !p->lines[i].is_continued)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}
