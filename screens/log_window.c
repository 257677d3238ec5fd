#include "screens/log_window.h"

#include "core/base/mem.h"

enum {
    PAGES = 4,        /* on either side of what is in sight */
    LOOK_CHUNKS = 32, /* 2 MB of text between two waits */
    MATCH_ROOM = 256,
    PIECE_LINES = 2000,
    PIECE_BYTES = 64 * 1024
};

void log_window_open(struct log_window *w)
{
    if (w->is_open)
        return;
    pager_init(&w->pager);
    log_text_init(&w->text);
    log_reader_init(&w->reader);
    w->is_open = true;
    w->match = -1;
    w->rows = 1;
}

void log_window_release(struct log_window *w)
{
    if (!w->is_open)
        return;
    pager_release(&w->pager);
    log_text_release(&w->text);
    log_reader_release(&w->reader);
    mem_free(w->numbers);
    mem_free(w->matches);
    *w = (struct log_window){.is_open = false};
}

void log_window_forget_matches(struct log_window *w)
{
    w->match_count = 0;
    w->looked_until = 0;
    w->has_none = false;
}

/* ---- what matches ---- */

struct look {
    struct log_window *w;
    int64_t found; /* -1 = none */
    bool is_last;  /* of those in the range; else the first */
    enum err_code rc;
    struct err *err;
};

static bool is_wanted(struct look *l, const struct log_line *line)
{
    struct sv text;

    if (!l->w->pager.has_pattern)
        return (line->flags & LOG_FLAG_ERROR) != 0;
    l->rc = log_text_plain(&l->w->text, line, &text, l->err);
    return !l->rc && pager_matches(&l->w->pager, text);
}

static enum err_code add_match(struct log_window *w, int64_t number, struct err *err)
{
    size_t room = w->match_room > 0 ? 2 * w->match_room : MATCH_ROOM;
    int64_t *grown;

    if (w->match_count < w->match_room) {
        w->matches[w->match_count++] = number;
        return ERR_OK;
    }
    if (w->match_count >= LOG_MATCHES_MAX)
        return ERR_OK; /* the search has to be narrower to be of use */
    grown = mem_resize(w->matches, room, sizeof *grown);
    if (grown == NULL)
        return mem_err(err);
    w->matches = grown;
    w->match_room = room;
    w->matches[w->match_count++] = number;
    return ERR_OK;
}

static bool collect(void *owner, int64_t number, const struct log_line *line)
{
    struct look *l = owner;

    if (is_wanted(l, line) && !l->rc)
        l->rc = add_match(l->w, number, l->err);
    l->w->looked_until = number + 1;
    return l->rc == ERR_OK;
}

static bool find(void *owner, int64_t number, const struct log_line *line)
{
    struct look *l = owner;

    if (is_wanted(l, line))
        l->found = number;
    return l->rc == ERR_OK && (l->found < 0 || l->is_last);
}

/* Chunks without an error need not be unpacked when errors are wanted. */
static bool may_have(const struct log_window *w, const struct log_chunk *chunk)
{
    return w->pager.has_pattern || chunk->errors > 0;
}

static enum err_code look_through(struct look *l, const struct log_chunk *chunk, int64_t from,
                                  int64_t until, log_reader_fn *fn)
{
    enum err_code rc = ERR_OK;

    if (may_have(l->w, chunk))
        rc = log_reader_each(&l->w->reader, from, until, fn, l, l->err);
    return rc ? rc : l->rc;
}

static enum err_code collect_more(struct log_window *w, struct err *err)
{
    struct look l = {.w = w, .found = -1, .err = err};
    struct log_reader *r = &w->reader;
    enum err_code rc = ERR_OK;

    if (w->looked_until < r->first_line)
        w->looked_until = r->first_line;
    for (int i = 0; i < LOOK_CHUNKS && w->looked_until < r->lines && !rc; i++) {
        size_t at = log_reader_chunk(r, w->looked_until);
        const struct log_chunk *chunk = at < r->count ? &r->chunks[at] : NULL;
        int64_t end = chunk != NULL ? chunk->first_line + chunk->lines : r->lines;

        if (chunk != NULL)
            rc = look_through(&l, chunk, w->looked_until, end, collect);
        if (w->looked_until < end)
            w->looked_until = end;
    }
    return rc;
}

/* How often it is in there can be told without waiting for it. */
static bool is_soon_counted(const struct log_window *w)
{
    return w->pager.has_pattern && w->reader.count <= LOOK_CHUNKS;
}

bool log_window_has_counted(const struct log_window *w)
{
    return w->looked_until >= w->reader.lines && w->match_count < LOG_MATCHES_MAX;
}

static void found(struct log_window *w, int64_t line)
{
    w->seeks = 0;
    w->match = line;
    log_window_go(w, line);
}

/* False when it goes on above. */
static bool end_seek(struct log_window *w)
{
    if (w->is_round && w->seeks > 0) {
        w->seeks = -1;
        w->seek_at = w->top - 1;
        return false;
    }
    w->seeks = 0;
    w->has_failed = true;
    w->has_none = w->is_round;
    return true;
}

static enum err_code seek_more(struct log_window *w, struct err *err)
{
    struct look l = {.w = w, .found = -1, .is_last = w->seeks < 0, .err = err};
    struct log_reader *r = &w->reader;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < LOOK_CHUNKS && !rc && l.found < 0; i++) {
        size_t at = log_reader_chunk(r, w->seek_at);
        const struct log_chunk *chunk = at < r->count ? &r->chunks[at] : NULL;

        if (chunk == NULL || w->seek_at < r->first_line) {
            if (end_seek(w))
                return ERR_OK;
            l.is_last = true;
            continue;
        }
        if (w->seeks > 0)
            rc = look_through(&l, chunk, w->seek_at, chunk->first_line + chunk->lines, find);
        else
            rc = look_through(&l, chunk, chunk->first_line, w->seek_at + 1, find);
        w->seek_at = w->seeks > 0 ? chunk->first_line + chunk->lines : chunk->first_line - 1;
    }
    if (!rc && l.found >= 0)
        found(w, l.found);
    return rc;
}

void log_window_seek(struct log_window *w, int direction)
{
    int64_t from = w->match >= 0 ? w->match + direction : w->top;

    w->has_failed = false;
    w->is_round = w->match < 0 && direction > 0;
    w->seeks = direction;
    w->seek_at = from > w->reader.lines - 1 ? w->reader.lines - 1 : from;
    if (w->match >= 0 && direction > 0)
        w->seek_at = from;
}

bool log_window_is_busy(const struct log_window *w)
{
    return w->seeks != 0 || (w->only_matches && w->looked_until < w->reader.lines &&
                             w->match_count < LOG_MATCHES_MAX);
}

/* ---- the lines around ---- */

struct filling {
    struct log_window *w;
    const struct view_look *look;
    enum err_code rc;
    struct err *err;
};

static enum err_code note_numbers(struct log_window *w, size_t from, int64_t number,
                                  struct err *err)
{
    size_t room = w->number_room > 0 ? w->number_room : MATCH_ROOM;
    int64_t *grown;

    while (room < w->pager.count)
        room *= 2;
    if (room != w->number_room) {
        grown = mem_resize(w->numbers, room, sizeof *grown);
        if (grown == NULL)
            return mem_err(err);
        w->numbers = grown;
        w->number_room = room;
    }
    for (size_t i = from; i < w->pager.count; i++)
        w->numbers[i] = number;
    return ERR_OK;
}

static bool add_line(void *owner, int64_t number, const struct log_line *line)
{
    struct filling *f = owner;
    struct log_window *w = f->w;
    size_t from = w->pager.count;

    f->rc = log_text_make(&w->text, line, f->look, f->err);
    if (!f->rc)
        f->rc = pager_add_spans(&w->pager, sb_sv(&w->text.shown), w->text.spans, w->text.span_count,
                                w->text.style, f->err);
    if (!f->rc)
        f->rc = note_numbers(w, from, number, f->err);
    return f->rc == ERR_OK;
}

/* The number among the matches of the first one at or behind the line. */
static size_t match_at(const struct log_window *w, int64_t line)
{
    size_t low = 0;
    size_t high = w->match_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (w->matches[middle] < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum err_code fill_matches(struct log_window *w, struct filling *f, int64_t around)
{
    size_t top = match_at(w, w->top);
    size_t pages = (size_t)around;
    size_t from = top > pages ? top - pages : 0;
    enum err_code rc = ERR_OK;

    if (from + 2 * pages > w->match_count)
        from = w->match_count > 2 * pages ? w->match_count - 2 * pages : 0;
    for (size_t i = from; i < w->match_count && i < from + 2 * pages && !rc; i++) {
        rc = log_reader_each(&w->reader, w->matches[i], w->matches[i] + 1, add_line, f, f->err);
        rc = rc ? rc : f->rc;
    }
    return rc;
}

static enum err_code fill(struct log_window *w, const struct view_look *look, struct err *err)
{
    struct filling f = {.w = w, .look = look, .err = err};
    int64_t around = (int64_t)w->rows * (PAGES + 1);
    int64_t from;
    enum err_code rc;

    pager_clear(&w->pager);
    if (w->only_matches)
        return fill_matches(w, &f, around);
    from = w->top < w->reader.lines - around ? w->top - around : w->reader.lines - 2 * around;
    if (from < w->reader.first_line)
        from = w->reader.first_line;
    rc = log_reader_each(&w->reader, from, from + 2 * around, add_line, &f, err);
    return rc ? rc : f.rc;
}

/* The pager's own places, from ours. */
static void place(struct log_window *w, int rows, int cols)
{
    struct pager *p = &w->pager;
    size_t top = 0;

    while (top < p->count && w->numbers[top] < w->top)
        top++;
    p->top = top < p->count ? top : p->count > 0 ? p->count - 1 : 0;
    p->top_row = p->count > 0 && w->numbers[p->top] == w->top ? w->top_row : 0;
    p->match = SIZE_MAX;
    for (size_t i = 0; i < p->count && w->match >= 0; i++) {
        if (w->numbers[i] == w->match)
            p->match = i;
    }
    pager_layout(p, rows, cols);
    if (w->top == INT64_MAX)
        (void)pager_handle(p, CMD_LAST);
}

void log_window_note(struct log_window *w)
{
    const struct pager *p = &w->pager;

    if (p->count == 0)
        return;
    w->top = w->numbers[p->top];
    w->top_row = p->top_row;
}

bool log_window_is_at_end(const struct log_window *w)
{
    struct pager at = w->pager;

    if (at.count == 0)
        return true;
    (void)pager_handle(&at, CMD_LAST);
    return at.top == w->pager.top && at.top_row == w->pager.top_row &&
           (w->only_matches || w->numbers[w->pager.count - 1] == w->reader.lines - 1);
}

void log_window_go(struct log_window *w, int64_t line)
{
    int64_t above = w->rows / 3;

    w->top = line > above ? line - above : 0;
    w->top_row = 0;
    if (w->only_matches && w->match_count > 0) {
        size_t at = match_at(w, line);

        at = at > (size_t)above ? at - (size_t)above : 0;
        w->top = at < w->match_count ? w->matches[at] : w->top;
    }
}

enum err_code log_window_load(struct log_window *w, struct cache *cache,
                              const struct cached_log *log, const struct view_look *look, int rows,
                              int cols, struct err *err)
{
    bool is_end = w->top == INT64_MAX;
    enum err_code rc;

    w->rows = rows > 1 ? rows : 1;
    if (log->id != w->reader.log || log->lines < w->reader.lines)
        log_window_forget_matches(w);
    w->has_none = w->has_none && log->lines == w->reader.lines;
    rc = log_reader_open(&w->reader, cache, log, err);
    if (!rc && (w->only_matches || is_soon_counted(w)))
        rc = collect_more(w, err);
    if (!rc && w->seeks != 0)
        rc = seek_more(w, err);
    if (!rc)
        rc = fill(w, look, err);
    if (rc)
        return rc;
    place(w, rows, cols);
    log_window_note(w);
    if (is_end && w->top != INT64_MAX && w->pager.count == 0)
        w->top = INT64_MAX;
    return ERR_OK;
}

/* ---- all of it, printed ---- */

struct printing {
    struct look look; /* for those that match */
    const struct view_look *as;
    struct sb *out;
    int64_t next; /* the line behind what was printed */
};

static bool print_line(void *owner, int64_t number, const struct log_line *line)
{
    struct printing *p = owner;
    struct log_window *w = p->look.w;
    bool goes_on = (line->flags & LOG_FLAG_GOES_ON) != 0 && !w->only_matches;

    p->next = number + 1;
    if (w->only_matches && !is_wanted(&p->look, line))
        return p->look.rc == ERR_OK;
    if (!p->look.rc)
        p->look.rc = log_text_make(&w->text, line, p->as, p->look.err);
    if (!p->look.rc)
        p->look.rc = sb_add_safe(p->out, sb_sv(&w->text.shown), p->look.err);
    if (!p->look.rc && !goes_on)
        p->look.rc = sb_addc(p->out, '\n', p->look.err);
    return p->look.rc == ERR_OK && p->out->len < PIECE_BYTES;
}

enum err_code log_window_print(struct log_window *w, const struct view_look *look, int64_t *at,
                               struct sb *out, struct err *err)
{
    struct printing p = {
        .look = {.w = w, .found = -1, .err = err}, .as = look, .out = out, .next = *at};
    int64_t until = *at + PIECE_LINES < w->reader.lines ? *at + PIECE_LINES : w->reader.lines;
    enum err_code rc = log_reader_each(&w->reader, *at, until, print_line, &p, err);

    if (p.out->len < PIECE_BYTES)
        p.next = until; /* what is gone meanwhile is passed over */
    *at = p.next < w->reader.lines ? p.next : -1;
    return rc ? rc : p.look.rc;
}
