/* JSON over lines. The text itself is walked, not a tree made of it: numbers and strings stay as
 * they were written, and nothing but the lines is kept. */
#include "tui/pager.h"

enum { SPANS = 8, INDENT = 2, LINE_CAP = 8 << 20 };

struct layout {
    struct pager *p;
    struct sv rest;
    struct sb line;
    struct pager_span spans[SPANS];
    size_t span_count;
    int depth;
    int indent; /* of the line that is being made */
    bool is_broken;
    enum err_code rc;
    struct err *err;
};

static bool can_go_on(const struct layout *l)
{
    return l->rc == ERR_OK && !l->is_broken;
}

static void put(struct layout *l, enum style style, struct sv text)
{
    if (style != STYLE_PLAIN && l->span_count < SPANS)
        l->spans[l->span_count++] = (struct pager_span){l->line.len, text.len, style};
    if (can_go_on(l))
        l->rc = sb_add(&l->line, text, l->err);
}

static void end_line(struct layout *l)
{
    if (can_go_on(l))
        l->rc =
            pager_add_spans(l->p, sb_sv(&l->line), l->spans, l->span_count, STYLE_PLAIN, l->err);
    pager_hang(l->p, l->indent + INDENT);
    sb_clear(&l->line);
    l->span_count = 0;
    l->indent = INDENT * l->depth;
    for (int i = 0; i < l->indent; i++)
        put(l, STYLE_PLAIN, SV(" "));
}

static void skip_blanks(struct layout *l)
{
    while (l->rest.len > 0 && memchr(" \t\r\n", l->rest.ptr[0], 4) != NULL)
        l->rest = sv_drop(l->rest, 1);
}

/* The next sign, if it is this one. */
static bool take(struct layout *l, char sign)
{
    skip_blanks(l);
    if (l->rest.len == 0 || l->rest.ptr[0] != sign)
        return false;
    l->rest = sv_drop(l->rest, 1);
    return true;
}

/* What follows the opening quote, with both quotes. */
static struct sv take_string(struct layout *l)
{
    const char *start = l->rest.ptr - 1;
    size_t i = 0;

    for (; i < l->rest.len && l->rest.ptr[i] != '"'; i++) {
        l->is_broken = l->is_broken || (unsigned char)l->rest.ptr[i] < 0x20;
        i += l->rest.ptr[i] == '\\';
    }
    if (i >= l->rest.len) {
        l->is_broken = true;
        return SV_NONE;
    }
    l->rest = sv_drop(l->rest, i + 1);
    return sv_make(start, i + 2);
}

static void word(struct layout *l)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t len = 0;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!sv_starts(l->rest, sv_of(words[i])))
            continue;
        put(l, STYLE_DIM, sv_of(words[i]));
        l->rest = sv_drop(l->rest, strlen(words[i]));
        return;
    }
    while (len < l->rest.len && l->rest.ptr[len] != '\0' &&
           strchr("+-.0123456789eE", l->rest.ptr[len]) != NULL)
        len++;
    l->is_broken = l->is_broken || len == 0;
    put(l, STYLE_BUSY, sv_take(l->rest, len));
    l->rest = sv_drop(l->rest, len);
}

static void value(struct layout *l);

static void member(struct layout *l)
{
    if (!take(l, '"')) {
        l->is_broken = true;
        return;
    }
    put(l, STYLE_KEY, take_string(l));
    if (!take(l, ':'))
        l->is_broken = true;
    put(l, STYLE_PLAIN, SV(": "));
    value(l);
}

static void items(struct layout *l, bool is_object)
{
    l->depth++;
    l->is_broken = l->is_broken || l->depth > PAGER_JSON_DEPTH;
    while (can_go_on(l)) {
        end_line(l);
        if (is_object)
            member(l);
        else
            value(l);
        if (!take(l, ','))
            break;
        put(l, STYLE_PLAIN, SV(","));
    }
    l->depth--;
    end_line(l);
}

static void list(struct layout *l, bool is_object)
{
    char closing = is_object ? '}' : ']';

    put(l, STYLE_PLAIN, is_object ? SV("{") : SV("["));
    if (!take(l, closing)) {
        items(l, is_object);
        l->is_broken = l->is_broken || !take(l, closing);
    }
    put(l, STYLE_PLAIN, is_object ? SV("}") : SV("]"));
}

static void value(struct layout *l)
{
    if (!can_go_on(l))
        return;
    if (take(l, '{'))
        list(l, true);
    else if (take(l, '['))
        list(l, false);
    else if (take(l, '"'))
        put(l, STYLE_PLAIN, take_string(l));
    else
        word(l);
}

enum err_code pager_add_json(struct pager *p, struct sv json, struct err *err)
{
    struct layout l = {.p = p, .rest = json, .err = err};
    size_t before = p->count;
    enum err_code rc;

    sb_init(&l.line, LINE_CAP);
    value(&l);
    end_line(&l);
    skip_blanks(&l);
    l.is_broken = l.is_broken || l.rest.len > 0;
    rc = l.rc;
    sb_release(&l.line);
    if (!l.is_broken)
        return rc;
    p->count = before;
    return pager_add(p, STYLE_PLAIN, json, err);
}
