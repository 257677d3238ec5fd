#include "screens/log_text.h"

#include <time.h>

#include "core/base/time.h"

enum { TAB = 8, TEXT_CAP = 1 << 20, SECOND_MS = 1000, DAY_S = 24 * 60 * 60 };

void log_text_init(struct log_text *t)
{
    sb_init(&t->plain, TEXT_CAP);
    sb_init(&t->shown, TEXT_CAP);
}

void log_text_release(struct log_text *t)
{
    sb_release(&t->plain);
    sb_release(&t->shown);
}

/* Colours are of the theme, and mean what they mean elsewhere; where there are none, underlined and
 * bold still tell. */
enum style log_style(uint8_t attributes, uint8_t colour)
{
    if (attributes & ANSI_REVERSE)
        return STYLE_EDIT;
    switch ((enum ansi_colour)colour) {
    case ANSI_RED:
        return STYLE_BAD;
    case ANSI_GREEN:
        return STYLE_GOOD;
    case ANSI_YELLOW:
        return STYLE_TITLE; /* what waits for a person is reversed: too loud for a warning */
    case ANSI_BLUE:
    case ANSI_MAGENTA:
    case ANSI_CYAN:
        return STYLE_BUSY;
    case ANSI_GREY:
    case ANSI_BLACK:
        return STYLE_DIM;
    case ANSI_DEFAULT:
    case ANSI_WHITE:
        break;
    }
    if (attributes & (ANSI_BOLD | ANSI_UNDERLINE))
        return STYLE_TITLE;
    return attributes & ANSI_DIM ? STYLE_DIM : STYLE_PLAIN;
}

static bool is_plain(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if ((c < ' ' && c != '\t') || c == 0x7f || c == 0xc2)
            return false;
    }
    return true;
}

enum err_code log_text_plain(struct log_text *t, const struct log_line *line, struct sv *out,
                             struct err *err)
{
    enum err_code rc;

    ansi_begin(&t->ansi);
    *out = line->text;
    if (is_plain(line->text))
        return ERR_OK;
    sb_clear(&t->plain);
    rc = ansi_add(&t->ansi, line->text, &t->plain, err);
    *out = sb_sv(&t->plain);
    return rc;
}

static enum err_code add_time(struct log_text *t, const struct log_line *line,
                              const struct view_look *look, struct err *err)
{
    time_t seconds = (time_t)(line->at_ms / SECOND_MS);
    struct tm tm;
    bool is_local = look->clock == LOOK_LOCAL;
    enum err_code rc;

    if (look->clock == LOOK_AGE)
        return ERR_OK;
    if ((is_local ? localtime_r(&seconds, &tm) : gmtime_r(&seconds, &tm)) == NULL)
        return ERR_OK;
    if (!(line->flags & LOG_FLAG_BEGINS))
        rc = sb_addf(&t->shown, err, "%*s", is_local ? 13 : 14, "");
    else
        rc = sb_addf(&t->shown, err, "%02d:%02d:%02d.%03d%s ", tm.tm_hour, tm.tm_min, tm.tm_sec,
                     (int)(line->at_ms % SECOND_MS), is_local ? "" : "Z");
    if (!rc && t->shown.len > 0)
        t->spans[t->span_count++] = (struct pager_span){0, t->shown.len, STYLE_DIM};
    return rc;
}

/* Blanks up to the next place that a tab goes to, counted from the text's own start. */
static enum err_code add_tab(struct log_text *t, size_t start, struct err *err)
{
    int at = text_width(sv_drop(sb_sv(&t->shown), start));

    return sb_addf(&t->shown, err, "%*s", TAB - at % TAB, "");
}

static enum err_code add_piece(struct log_text *t, struct sv piece, size_t start, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (piece.len > 0 && !rc) {
        const char *tab = memchr(piece.ptr, '\t', piece.len);
        size_t len = tab != NULL ? (size_t)(tab - piece.ptr) : piece.len;

        rc = sb_add(&t->shown, sv_take(piece, len), err);
        if (!rc && tab != NULL)
            rc = add_tab(t, start, err);
        piece = sv_drop(piece, len + (tab != NULL));
    }
    return rc;
}

/* Run by run, so that each span is where its run went. */
static enum err_code add_text(struct log_text *t, struct sv text, struct err *err)
{
    size_t start = t->shown.len;
    size_t done = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < t->ansi.run_count && !rc; i++) {
        const struct ansi_run *run = &t->ansi.runs[i];
        enum style style = log_style(run->attributes, run->colour);
        size_t from;

        rc = add_piece(t, sv_make(text.ptr + done, run->start - done), start, err);
        from = t->shown.len;
        if (!rc)
            rc = add_piece(t, sv_make(text.ptr + run->start, run->len), start, err);
        done = (size_t)run->start + run->len;
        if (style != STYLE_PLAIN && t->shown.len > from)
            t->spans[t->span_count++] = (struct pager_span){from, t->shown.len - from, style};
    }
    return rc ? rc : add_piece(t, sv_drop(text, done), start, err);
}

enum err_code log_text_make(struct log_text *t, const struct log_line *line,
                            const struct view_look *look, struct err *err)
{
    struct sv text;
    enum err_code rc = log_text_plain(t, line, &text, err);

    sb_clear(&t->shown);
    t->span_count = 0;
    t->style = STYLE_PLAIN;
    if (!rc)
        rc = add_time(t, line, look, err);
    if (!rc)
        rc = add_text(t, text, err);
    if ((line->flags & LOG_FLAG_ERROR) && t->ansi.run_count == 0)
        t->style = STYLE_BAD;
    return rc;
}
