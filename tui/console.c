#include "tui/console.h"

#include <limits.h>
#include <stdarg.h>

#include "core/views/age.h"
#include "core/views/approvals.h"
#include "tui/consent.h"
#include "tui/denials.h"
#include "tui/frame.h"
#include "tui/operation.h"
#include "tui/safety.h"
#include "tui/stack.h"

enum {
    SECOND_MS = 1000,
    AWAY_LEAST_MS = 60 * SECOND_MS,
    DIGEST_EVERY_MS = 10 * SECOND_MS, /* it reads much of the history */
    TEXT_CAP = 8 << 20
};

void console_open(struct console *c, const struct console_options *options)
{
    static const struct target nothing;

    *c = (struct console){.options = *options, .needs_load = true};
    sb_init(&c->copied, TEXT_CAP);
    sb_init(&c->printed, TEXT_CAP);
    sb_init(&c->rung, TEXT_CAP);
    c->look.is_utf8 = options->is_utf8;
    c->look.is_coarse = options->is_low_bandwidth;
    c->header.is_read_only = options->is_read_only;
    c->header.is_cached = options->is_cached;
    if (options->config != NULL) {
        c->keymap = options->config->keymap;
        c->look.clock = options->config->clock;
        c->has_mouse = options->config->has_mouse;
    } else {
        keymap_init(&c->keymap);
    }
    stack_push(c, screens[0], &nothing);
}

void console_release(struct console *c)
{
    stack_release(c);
    scope_release(&c->scope);
    digest_release(&c->digest);
    sb_release(&c->copied);
    sb_release(&c->printed);
    sb_release(&c->rung);
}

void console_resize(struct console *c, int rows, int cols)
{
    c->rows = rows;
    c->cols = cols;
    c->needs_load = true;
}

static void keep(struct console *c, enum style style, const char *text)
{
    struct message *last =
        c->message_count > 0 ? &c->messages[(c->message_count - 1) % CONSOLE_MESSAGES] : NULL;

    if (console_top(c)->screen == screen_find(SV("messages")))
        c->needs_load = true;
    if (last != NULL && strcmp(last->text, text) == 0) {
        last->times++;
        last->at_ms = c->look.now_ms;
        return;
    }
    last = &c->messages[c->message_count++ % CONSOLE_MESSAGES];
    *last = (struct message){.at_ms = c->look.now_ms, .style = style, .times = 1};
    snprintf(last->text, sizeof last->text, "%s", text);
}

/* What is wrong with a context stays in sight as far as there is room for it; whole it is here. */
static void keep_error(struct console *c)
{
    if (strcmp(c->error, c->header.error) == 0)
        return;
    memcpy(c->error, c->header.error, sizeof c->error);
    if (c->error[0] != '\0')
        keep(c, STYLE_BAD, c->error);
}

void console_flash(struct console *c, enum style style, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(c->flash, sizeof c->flash, fmt, args);
    va_end(args);
    c->flash_style = style;
    keep(c, style, c->flash);
}

static enum screen_source source_of(const struct console *c)
{
    if (c->header.synced_at > 0)
        return SCREEN_SYNCED;
    if (c->options.is_cached)
        return SCREEN_CACHED;
    return c->header.failed > 0 ? SCREEN_FAILED : SCREEN_LOADING;
}

/* What is typed may be no filter yet: the last one that was goes on. */
static void parse_filter(struct console *c, struct opened *o)
{
    struct filter parsed;
    struct err err;

    if (!o->filter_changed)
        return;
    o->is_refused = false;
    if (o->screen->fields == NULL)
        return;
    if (filter_parse(edit_text(&o->filter), o->screen->fields, &parsed, &err)) {
        o->is_refused = true;
        snprintf(c->flash, sizeof c->flash, "%s", err.text);
        c->flash_style = STYLE_ATTENTION;
        return;
    }
    filter_release(&o->parsed);
    o->parsed = parsed;
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
    keep_error(c);
    rc = scope_count(c->options.cache, &c->scope, &c->counts, err);
    return rc ? rc
              : approvals_count(c->options.cache, c->scope.is_partial ? &c->scope : NULL,
                                &c->approvals, err);
}

static enum err_code load_screen(struct console *c, struct err *err)
{
    struct opened *o = stack_top(c);
    struct screen_input input = {.cache = c->options.cache,
                                 .scope = c->scope.is_partial ? &c->scope : NULL,
                                 .filter = &o->parsed,
                                 .filter_text = edit_text(&o->filter),
                                 .filter_changed = o->filter_changed,
                                 .look = &c->look,
                                 .area = frame_body(c),
                                 .source = source_of(c),
                                 .console = c};

    return o->screen->load(o->state, &input, err);
}

static enum err_code load_all(struct console *c, struct err *err)
{
    enum err_code rc = cache_read_begin(c->options.cache, err);

    if (rc)
        return rc;
    rc = load_scope(c, err);
    c->body_rows = frame_body(c).rows;
    if (rc == ERR_OK)
        rc = load_screen(c, err);
    cache_read_end(c->options.cache);
    return rc;
}

void console_load(struct console *c)
{
    struct opened *o = stack_top(c);
    struct err err;
    enum err_code rc;

    parse_filter(c, o);
    c->needs_load = false;
    c->wants_more = false;
    rc = load_all(c, &err);
    if (rc == ERR_USAGE) { /* a pattern that is half typed: not worth keeping */
        snprintf(c->flash, sizeof c->flash, "%s", err.text);
        c->flash_style = STYLE_ATTENTION;
        o->is_refused = true;
    } else if (rc) {
        console_flash(c, STYLE_BAD, "%s", err.text);
    }
    if (rc) {
        o->filter_changed = false; /* what was refused is not asked again at each turn */
        return;
    }
    o->filter_changed = false;
    o->screen->facts(o->state, &c->look, &c->facts);
    denials_load(c);
    operation_menu_news(c);
}

/* What has changed since the last key, once nobody has pressed one for a while. */
static void load_digest(struct console *c, int64_t away_least_ms)
{
    struct digest digest;
    struct err err;

    if (away_least_ms <= 0 || c->last_key_ms == 0 ||
        c->look.now_ms - c->last_key_ms < away_least_ms)
        return;
    if (digest_load(c->options.cache, c->scope.is_partial ? &c->scope : NULL, c->last_key_ms,
                    &digest, &err))
        return; /* the board says the same at greater length */
    digest_release(&c->digest);
    c->digest = digest;
    c->digest_at_ms = c->look.now_ms;
    if (digest.changed == 0)
        c->digest.since_ms = 0;
}

static int64_t digest_after_ms(const struct console *c)
{
    return c->options.config != NULL ? (int64_t)c->options.config->digest_after_s * SECOND_MS
                                     : CONSOLE_DIGEST_MS;
}

unsigned console_cache_changed(struct console *c)
{
    struct err err;

    c->needs_load = true;
    if (c->look.now_ms - c->digest_at_ms >= DIGEST_EVERY_MS)
        load_digest(c, digest_after_ms(c));
    if (c->notify.count == 0)
        return REACT_NONE;
    sb_clear(&c->rung);
    if (notify_check(&c->notify, c->options.cache, &c->rung, &err)) {
        console_flash(c, STYLE_BAD, "%s", err.text);
        return REACT_DRAW;
    }
    if (c->rung.len == 0)
        return REACT_NONE;
    console_flash(c, STYLE_ATTENTION, "%s", sb_cstr(&c->rung));
    return REACT_NOTIFY | REACT_DRAW;
}

void console_looked_at(struct console *c)
{
    load_digest(c, AWAY_LEAST_MS);
    c->needs_load = true;
}

void console_came_back(struct console *c)
{
    load_digest(c, digest_after_ms(c));
}

void console_set_meter(struct console *c, const struct meter *meter)
{
    bool is_shown = c->meter.is_shown;
    bool was_slow = c->meter.is_slow;

    c->meter = *meter;
    c->meter.is_shown = is_shown;
    if (!meter->is_slow || was_slow)
        return;
    c->look.is_coarse = true;
    console_flash(c, STYLE_ATTENTION,
                  "the terminal is slow: low-bandwidth rules are on; :low-bandwidth ends them");
}

/* What moves by itself is read again and again while somebody looks at it; seldom when that fails.
 */
static void repeat_errand(struct console *c, int64_t now_ms)
{
    enum { SELDOM = 8 };
    const struct opened *top = console_top(c);
    const struct work *work = c->options.work;
    enum errand errand = (enum errand)top->screen->errand;

    if (c->facts.errand_every_ms == 0 || work == NULL || work_reads(work, errand, &top->target)) {
        c->errand_due_ms = 0;
    } else if (c->errand_due_ms == 0) {
        bool has_failed = work_errand_err(work, errand, &top->target)->code != ERR_OK;

        c->errand_due_ms = now_ms + c->facts.errand_every_ms * (has_failed ? SELDOM : 1);
    } else if (now_ms >= c->errand_due_ms) {
        errand_of_screen(c);
        c->errand_due_ms = 0;
    }
}

bool console_tick(struct console *c, int64_t now_ms)
{
    enum screen_source source = source_of(c);
    bool is_due = c->facts.next_change_ms > 0 && now_ms >= c->facts.next_change_ms;

    if (header_next_change(&c->header, c->look.now_ms) > 0 &&
        now_ms >= header_next_change(&c->header, c->look.now_ms))
        is_due = true;
    if (c->meter.is_shown && now_ms / SECOND_MS != c->look.now_ms / SECOND_MS)
        is_due = true;
    if (c->last_key_ms == 0)
        c->last_key_ms = now_ms;
    c->look.now_ms = now_ms;
    repeat_errand(c, now_ms);
    if (safety_load(c))
        is_due = true;
    if (header_load_freshness(&c->header, c->options.cache, &c->scope, now_ms)) {
        keep_error(c);
        is_due = true;
    }
    if (source_of(c) != source || frame_body(c).rows != c->body_rows)
        c->needs_load = true;
    if (c->is_asking && c->header.answered_at != c->asked_since) {
        c->is_asking = false;
        c->flash[0] = '\0';
        is_due = true;
    }
    if (c->facts.loads_when_due && c->facts.next_change_ms > 0 && now_ms >= c->facts.next_change_ms)
        c->needs_load = true;
    if (is_due && !c->needs_load)
        console_top(c)->screen->facts(console_top(c)->state, &c->look, &c->facts);
    return is_due || c->needs_load;
}

int console_next_tick(const struct console *c)
{
    int64_t now = c->look.now_ms;
    int64_t next = age_sooner(c->facts.next_change_ms, header_next_change(&c->header, now));

    if (c->meter.is_shown)
        next = age_sooner(next, now + SECOND_MS - now % SECOND_MS);
    next = age_sooner(next, c->errand_due_ms);
    next = age_sooner(next, safety_next_change(c));
    if (c->facts.is_loading)
        return 1;
    if (next == 0)
        return -1;
    next -= now;
    return next < 1 ? 1 : next > INT_MAX ? INT_MAX : (int)next;
}

enum err_code console_print(struct console *c, struct sb *out, struct err *err)
{
    const struct opened *o = console_top(c);
    struct view_look look = c->look;

    look.is_wide = true;
    return o->screen->print(o->state, &look, out, err);
}

enum err_code console_print_piece(struct console *c, struct err *err)
{
    struct opened *o = stack_top(c);
    struct view_look look = c->look;

    sb_clear(&c->printed);
    look.is_wide = true;
    if (o->screen->print_piece != NULL)
        return o->screen->print_piece(o->state, &look, &c->print_at, &c->printed, err);
    c->print_at = -1;
    return o->screen->print(o->state, &look, &c->printed, err);
}

void console_draw(const struct console *c, struct canvas *canvas)
{
    const struct opened *o = console_top(c);

    canvas_clear(canvas);
    if (c->rows < CONSOLE_ROWS_LEAST || c->cols < CONSOLE_COLS_LEAST) {
        frame_draw_small(c, canvas);
        return;
    }
    frame_draw(c, canvas);
    o->screen->draw(o->state, &c->look, canvas, frame_body(c));
    frame_draw_overlay(c, canvas);
}
