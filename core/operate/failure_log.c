#include "core/operate/failure_log.h"

#include "core/base/mem.h"
#include "core/model/ansi.h"
#include "core/model/log_error.h"

enum { LINE_CAP = 64 * 1024, SHOWN_MAX = 600, TAIL_LINES = 15, STACK_LINES = 2000 };

struct window {
    struct arena *arena;
    struct failed_action *out;
    struct ansi ansi;
    struct sb plain;
    struct stack_mention stack; /* its texts in the arena */
    bool has_end; /* CodeBuild has said that the phase failed: what follows is another one */
    enum err_code rc;
    struct err *err;
};

static enum err_code make_plain(struct window *w, const struct log_line *line)
{
    sb_clear(&w->plain);
    ansi_begin(&w->ansi);
    return ansi_add(&w->ansi, line->text, &w->plain, w->err);
}

static bool take_line(void *owner, int64_t number, const struct log_line *line)
{
    struct window *w = owner;
    struct failure_line *to = &w->out->lines[w->out->line_count];

    w->rc = make_plain(w, line);
    if (w->rc)
        return false;
    *to = (struct failure_line){.number = number,
                                .at_ms = line->at_ms,
                                .is_error = (line->flags & LOG_FLAG_ERROR) != 0,
                                .text = arena_sv(w->arena, sv_take(sb_sv(&w->plain), SHOWN_MAX))};
    if (to->text.ptr == NULL)
        w->rc = arena_err(w->arena, w->err);
    w->out->line_count++;
    w->has_end = w->has_end || log_line_is_end(to->text);
    return !w->rc && w->out->line_count < FAILURE_LINES_MAX && (!w->has_end || to->is_error);
}

/* The last one that is named counts: others were deployed before. */
static bool look_for_stack(void *owner, int64_t number UNUSED, const struct log_line *line)
{
    struct window *w = owner;
    struct stack_mention found;

    if (!(line->flags & LOG_FLAG_ERROR))
        return true;
    w->rc = make_plain(w, line);
    if (!w->rc && stack_mention_find(sb_sv(&w->plain), &found))
        w->rc = stack_mention_keep(w->arena, &found, &w->stack, w->err);
    return w->rc == ERR_OK;
}

static enum err_code read_window(struct window *w, struct log_reader *r)
{
    int64_t error = -1;
    int64_t from;
    enum err_code rc = log_find_error(r, &error, w->err);

    if (rc)
        return rc;
    from = error >= 0 ? error - FAILURE_LINES_BEFORE : r->lines - TAIL_LINES;
    if (from < r->first_line)
        from = r->first_line;
    rc = log_reader_each(r, from, from + FAILURE_LINES_MAX, take_line, w, w->err);
    if (rc || w->rc)
        return rc ? rc : w->rc;
    from = r->lines - STACK_LINES > r->first_line ? r->lines - STACK_LINES : r->first_line;
    rc = log_reader_each(r, from, r->lines, look_for_stack, w, w->err);
    return rc ? rc : w->rc;
}

enum err_code failure_log_window(struct cache *cache, const struct cached_log *log,
                                 struct arena *arena, struct failed_action *out,
                                 struct stack_mention *stack, struct err *err)
{
    struct window *w = mem_alloc(sizeof *w); /* a task's stack is small */
    struct log_reader reader;
    enum err_code rc;

    if (w == NULL)
        return mem_err(err);
    *w = (struct window){.stack = {SV(""), SV(""), SV("")}, .arena = arena, .out = out, .err = err};
    sb_init(&w->plain, LINE_CAP);
    log_reader_init(&reader);
    out->line_count = 0;
    out->log_lines = log->lines;
    out->lines = arena_alloc(arena, FAILURE_LINES_MAX, sizeof *out->lines);
    rc = out->lines == NULL ? arena_err(arena, err) : log_reader_open(&reader, cache, log, err);
    if (!rc)
        rc = read_window(w, &reader);
    *stack = w->stack;
    log_reader_release(&reader);
    sb_release(&w->plain);
    mem_free(w);
    return rc;
}
