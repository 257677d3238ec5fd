#include "screens/act_line.h"

#include <stdarg.h>

enum { LINE_CAP = 128 * 1024 };

void act_line_begin(struct act_line *l, struct err *err)
{
    *l = (struct act_line){.err = err};
    sb_init(&l->text, LINE_CAP);
}

void act_line_put(struct act_line *l, enum style style, const char *fmt, ...)
{
    char piece[2048];
    size_t start = l->text.len;
    va_list args;

    va_start(args, fmt);
    vsnprintf(piece, sizeof piece, fmt, args);
    va_end(args);
    if (l->rc == ERR_OK)
        l->rc = sb_add(&l->text, sv_of(piece), l->err);
    if (l->rc == ERR_OK && style != STYLE_PLAIN && l->span_count < ACT_SPANS_MAX)
        l->spans[l->span_count++] = (struct pager_span){start, l->text.len - start, style};
}

enum err_code act_line_end(struct act_line *l, struct pager *p, int hang)
{
    if (l->rc == ERR_OK)
        l->rc = pager_add_spans(p, sb_sv(&l->text), l->spans, l->span_count, STYLE_PLAIN, l->err);
    if (l->rc == ERR_OK)
        pager_hang(p, hang);
    sb_release(&l->text);
    return l->rc;
}

struct sv act_type(struct sv type)
{
    return sv_starts(type, SV("AWS::")) ? sv_drop(type, strlen("AWS::")) : type;
}
