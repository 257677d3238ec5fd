#include "tui/console.h"

#include <stdarg.h>

#include "core/base/mem.h"
#include "tui/frame.h"
#include "tui/key.h"
#include "tui/rescue.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, SLOW_TICK_MS = 30 * SECOND_MS };

void console_open(struct console *c, const struct console_options *options)
{
    *c = (struct console){.options = *options, .screen = screens[0], .needs_load = true};
    c->state = xarray(1, c->screen->state_size);
    c->look.is_utf8 = options->is_utf8;
    c->header.is_read_only = options->is_read_only;
    c->header.is_cached = options->is_cached;
    keymap_init(&c->keymap);
}

void console_release(struct console *c)
{
    if (c->state != NULL)
        c->screen->release(c->state);
    mem_free(c->state);
    c->state = NULL;
    scope_release(&c->scope);
}

void console_resize(struct console *c, int rows, int cols)
{
    c->rows = rows;
    c->cols = cols;
    c->needs_load = true;
}

void console_flash(struct console *c, enum style style, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(c->flash, sizeof c->flash, fmt, args);
    va_end(args);
    c->flash_style = style;
}

static enum screen_source source_of(const struct console *c)
{
    if (c->header.synced_at > 0)
        return SCREEN_SYNCED;
    if (c->options.is_cached)
        return SCREEN_CACHED;
    return c->header.failed > 0 ? SCREEN_FAILED : SCREEN_LOADING;
}

/* "!text" looks for what does not contain it. */
static struct screen_input input_of(const struct console *c)
{
    struct screen_input input = {.cache = c->options.cache,
                                 .scope = c->scope.is_partial ? &c->scope : NULL,
                                 .filter = edit_text(&c->filter),
                                 .filter_changed = c->filter_changed,
                                 .area = frame_body(c),
                                 .source = source_of(c)};

    if (sv_starts(input.filter, SV("!"))) {
        input.filter = sv_drop(input.filter, 1);
        input.filter_inverse = input.filter.len > 0;
    }
    return input;
}

static enum err_code load_scope(struct console *c, struct err *err)
{
    struct scope asked;
    enum err_code rc = scope_load(c->options.cache, c->options.contexts, &asked, err);

    if (rc)
        return rc;
    scope_release(&c->scope);
    c->scope = asked;
    header_load_where(&c->header, &c->scope);
    header_load_freshness(&c->header, c->options.cache, &c->scope, c->look.now_ms);
    return ERR_OK;
}

void console_load(struct console *c)
{
    struct screen_input input;
    struct err err;
    enum err_code rc = load_scope(c, &err);

    c->needs_load = false;
    c->body_rows = frame_body(c).rows;
    if (rc == ERR_OK)
        rc = scope_count(c->options.cache, &c->scope, &c->counts, &c->has_more_counts, &err);
    input = input_of(c);
    if (rc == ERR_OK)
        rc = c->screen->load(c->state, &input, &err);
    if (rc) {
        console_flash(c, STYLE_BAD, "%s", err.text);
        return;
    }
    c->filter_changed = false;
    c->screen->facts(c->state, &c->facts);
}

void console_cache_changed(struct console *c)
{
    c->needs_load = true;
}

bool console_tick(struct console *c, int64_t now_ms)
{
    enum screen_source source = source_of(c);
    bool is_due = now_ms / SECOND_MS != c->look.now_ms / SECOND_MS;

    c->look.now_ms = now_ms;
    if (header_load_freshness(&c->header, c->options.cache, &c->scope, now_ms))
        is_due = true;
    if (source_of(c) != source)
        c->needs_load = true;
    if (c->is_asking && c->header.answered_at != c->asked_since) {
        c->is_asking = false;
        c->flash[0] = '\0';
        is_due = true;
    }
    if (frame_body(c).rows != c->body_rows)
        c->needs_load = true;
    return is_due || c->needs_load;
}

int console_next_tick(const struct console *c)
{
    int64_t now = c->look.now_ms;
    bool is_counting = c->facts.youngest_at > 0 && now - c->facts.youngest_at < MINUTE_MS;

    if (c->header.state != HEADER_FRESH && c->header.synced_at > 0 &&
        now - c->header.synced_at < MINUTE_MS)
        is_counting = true;
    return is_counting ? (int)(SECOND_MS - now % SECOND_MS) : SLOW_TICK_MS;
}

static void set_filter(struct console *c)
{
    c->filter_changed = true;
    c->needs_load = true;
}

static unsigned edit_filter(struct console *c, uint32_t key, bool *is_taken)
{
    *is_taken = true;
    switch (edit_key(&c->filter, key)) {
    case EDIT_IGNORED:
        *is_taken = false;
        return REACT_NONE;
    case EDIT_MOVED:
        return REACT_DRAW;
    case EDIT_CHANGED:
        set_filter(c);
        return REACT_DRAW;
    case EDIT_DONE:
        c->is_editing = false;
        return REACT_DRAW;
    case EDIT_CANCELLED:
        c->is_editing = false;
        edit_clear(&c->filter);
        set_filter(c);
        return REACT_DRAW;
    }
    return REACT_NONE;
}

static void ask(struct console *c)
{
    console_flash(c, STYLE_PLAIN, "asking AWS again");
    c->is_asking = true;
    c->asked_since = c->header.answered_at;
}

/* What the screen asked for, as far as the console itself can do it. */
static unsigned react(struct console *c, unsigned mask)
{
    if (mask & REACT_CLEAR) {
        edit_clear(&c->filter);
        set_filter(c);
        mask |= REACT_DRAW;
    }
    if (mask & REACT_FILTER) {
        c->is_editing = true;
        c->filter.at = c->filter.len;
        mask |= REACT_DRAW;
    }
    if (mask & (REACT_LOAD | REACT_MORE))
        c->needs_load = true;
    if (mask & REACT_MORE)
        console_load(c);
    if (mask & REACT_SYNC) {
        if (c->options.is_cached)
            console_flash(c, STYLE_ATTENTION, "--cached: AWS is not asked");
        else
            ask(c);
        mask |= REACT_DRAW;
    }
    if (mask & REACT_LEAVE)
        mask |= REACT_QUIT;
    c->screen->facts(c->state, &c->facts);
    return mask & (REACT_DRAW | REACT_SYNC | REACT_QUIT);
}

static unsigned run(struct console *c, enum command command)
{
    struct rect body = frame_body(c);

    if (command == CMD_QUIT)
        return REACT_QUIT;
    if (command == CMD_REDRAW)
        return REACT_DRAW | REACT_REPAINT;
    if (command == CMD_SUSPEND)
        return REACT_SUSPEND;
    if (c->help.is_open)
        return help_handle(&c->help, command, body.rows) ? REACT_DRAW : REACT_NONE;
    if (command == CMD_HELP) {
        help_open(&c->help);
        return REACT_DRAW;
    }
    /* Keys typed ahead mean the rows that the typed filter leaves. */
    if (c->filter_changed)
        console_load(c);
    return react(c, c->screen->handle(c->state, command));
}

unsigned console_key(struct console *c, uint32_t key)
{
    unsigned had_flash = c->flash[0] != '\0' ? REACT_DRAW : REACT_NONE;
    bool is_taken = false;
    enum command command;

    c->flash[0] = '\0';
    c->is_asking = false;
    if (c->is_editing && !c->help.is_open) {
        unsigned mask = edit_filter(c, key, &is_taken);

        if (is_taken)
            return mask | had_flash;
    }
    command = keymap_feed(&c->keymap, &c->pending, key);
    return had_flash | (command == CMD_NONE ? REACT_NONE : run(c, command));
}

void console_draw(const struct console *c, struct canvas *canvas)
{
    struct rect body = frame_body(c);

    canvas_clear(canvas);
    if (c->rows < CONSOLE_ROWS_LEAST || c->cols < CONSOLE_COLS_LEAST) {
        frame_draw_small(c, canvas);
        return;
    }
    frame_draw(c, canvas);
    if (c->help.is_open)
        help_draw(&c->help, canvas, body);
    else
        c->screen->draw(c->state, &c->look, canvas, body);
}
