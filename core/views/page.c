#include "core/views/page.h"

#include <stdarg.h>

enum { LINE_CAP = 64 * 1024, TEXT_MAX = 16 * 1024, LABEL = 11, STATUS_CELLS = 7 };

enum page_tone page_tone_of(enum status status)
{
    switch (status_kind(status)) {
    case STATUS_KIND_QUIET:
        return PAGE_DIM;
    case STATUS_KIND_GOOD:
        return PAGE_GOOD;
    case STATUS_KIND_BUSY:
        return PAGE_BUSY;
    case STATUS_KIND_ATTENTION:
        return PAGE_ATTENTION;
    case STATUS_KIND_BAD:
        return PAGE_BAD;
    }
    return PAGE_PLAIN;
}

void page_init(struct page *p, const struct view_look *look, int cols, page_fn *add, void *owner,
               struct err *err)
{
    *p = (struct page){.add = add, .owner = owner, .look = look, .cols = cols, .err = err};
    sb_init(&p->text, LINE_CAP);
}

enum err_code page_done(struct page *p)
{
    sb_release(&p->text);
    return p->rc;
}

void page_sv(struct page *p, struct sv text)
{
    if (p->rc == ERR_OK)
        p->rc = sb_add(&p->text, sv_take(text, TEXT_MAX), p->err);
}

void page_f(struct page *p, const char *fmt, ...)
{
    char text[1024];
    va_list list;

    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    page_sv(p, sv_of(text));
}

/* What fits into so many cells, and how many it takes. */
static struct sv fitting(struct sv text, int cells, int *used)
{
    struct sv rest = text;

    *used = 0;
    while (rest.len > 0) {
        struct sv before = rest;
        int width = text_char_width(text_safe(utf8_next(&rest)));

        if (*used + width > cells)
            return sv_take(text, text.len - before.len);
        *used += width;
    }
    return text;
}

void page_cell(struct page *p, int cells, struct sv text)
{
    int used;
    struct sv all = fitting(text, cells, &used);

    if (all.len < text.len) {
        page_sv(p, fitting(text, cells - 1, &used));
        page_sv(p, SV("~"));
        used++;
    } else {
        page_sv(p, all);
    }
    page_f(p, "%*s", cells - used + 1, "");
}

void page_right(struct page *p, int cells, struct sv text)
{
    int width = text_width(text);

    page_f(p, "%*s", width < cells ? cells - width : 0, "");
    page_sv(p, text);
}

void page_status(struct page *p, enum status status)
{
    char ascii[2] = {status_ascii(status), '\0'};
    int width = 2 + (int)strlen(status_word(status));

    page_f(p, "%s %s%*s", p->look->is_utf8 ? status_glyph(status) : ascii, status_word(status),
           width < STATUS_CELLS ? STATUS_CELLS - width : 0, "");
}

static struct sv without_blanks(struct sv text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

void page_end_part(struct page *p, enum page_tone tone, size_t start, size_t len, int hang)
{
    struct page_line line = {
        .text = without_blanks(sb_sv(&p->text)), .tone = tone, .start = start, .hang = hang};

    line.start = start < line.text.len ? start : line.text.len;
    line.len = len < line.text.len - line.start ? len : line.text.len - line.start;
    if (p->rc == ERR_OK)
        p->rc = p->add(p->owner, &line, p->err);
    sb_clear(&p->text);
}

void page_end(struct page *p, enum page_tone tone, int hang)
{
    page_end_part(p, tone, 0, SIZE_MAX, hang);
}

void page_line(struct page *p, enum page_tone tone, struct sv text)
{
    page_sv(p, text);
    page_end(p, tone, 0);
}

void page_blank(struct page *p)
{
    page_end(p, PAGE_PLAIN, 0);
}

void page_pair(struct page *p, const char *label, struct sv text)
{
    if (text.len == 0)
        return;
    page_f(p, "%-*s", LABEL, label);
    page_sv(p, text);
    page_end_part(p, PAGE_TITLE, 0, strlen(label), LABEL);
}
