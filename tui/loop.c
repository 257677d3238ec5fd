#include "tui/loop.h"

#include <stdlib.h>
#include <unistd.h>

#include "tui/clipboard.h"
#include "tui/engine.h"
#include "tui/signals.h"
#include "tui/term.h"

enum {
    TURN_EVENTS = 256, /* between two frames, however fast keys come */
    SENT_CAP = 512 * 1024
};

struct loop {
    const struct loop_options *options;
    struct engine engine;
    struct console *console; /* the engine's */
    struct canvas canvas;
    struct meter meter;
    struct sb sent;     /* a sequence for the terminal, being made */
    bool has_more_keys; /* of those that are read already, where no poll sees them */
    bool is_printed;    /* the view stands on the normal screen until a key comes */
    bool must_draw;
    bool must_leave;
    int frames;
};

static enum err_code open_parts(struct loop *l, struct err *err)
{
    int rows;
    int cols;
    enum err_code rc;

    term_size(&rows, &cols);
    canvas_init(&l->canvas, rows, cols, l->options->console.is_utf8);
    sb_init(&l->sent, SENT_CAP);
    rc = engine_open(&l->engine, l->options, l->canvas.rows, l->canvas.cols, err);
    l->console = &l->engine.console;
    l->console->theme_in_use = term_theme();
    l->must_draw = true;
    return rc;
}

static void close_parts(struct loop *l)
{
    engine_close(&l->engine);
    sb_release(&l->sent);
    canvas_release(&l->canvas);
}

static void fit(struct loop *l)
{
    int rows;
    int cols;

    term_size(&rows, &cols);
    canvas_resize(&l->canvas, rows, cols);
    console_resize(l->console, l->canvas.rows, l->canvas.cols);
    l->must_draw = true;
}

/* The terminal may have another size by now. */
static void resume(struct loop *l)
{
    term_return();
    if (term_resize())
        fit(l);
    l->must_draw = true;
}

static void suspend(struct loop *l)
{
    term_leave();
    signals_stop();
    resume(l);
}

static void say_failure(struct loop *l, const struct err *err)
{
    console_flash(l->console, STYLE_ATTENTION, "%s", err->text);
    l->must_draw = true;
}

static void copy(struct loop *l)
{
    char told[ERR_TEXT_MAX] = "";
    struct err err;

    sb_clear(&l->sent);
    if (clipboard_copy(sb_sv(&l->console->copied), &l->sent, told, sizeof told, &err)) {
        say_failure(l, &err);
        return;
    }
    term_send(sb_sv(&l->sent));
    console_flash(l->console, STYLE_PLAIN, "%s", told);
    l->must_draw = true;
}

static void ring(struct loop *l)
{
    struct err err;

    sb_clear(&l->sent);
    if (notification_sequence(sb_sv(&l->console->rung), mux_of_environment(), getenv("TERM"),
                              &l->sent, &err))
        say_failure(l, &err);
    else
        term_send(sb_sv(&l->sent));
}

/* Behind the last piece. */
static void end_text(struct loop *l)
{
    struct err err;

    if (l->console->print_at < 0 &&
        sb_add(&l->console->printed, SV("\n[press a key to return to penstock]\n"), &err))
        say_failure(l, &err);
}

/* The lo-fi view: whatever the terminal can select and scroll is the terminal's business. */
static void print(struct loop *l)
{
    end_text(l);
    term_print(sb_sv(&l->console->printed));
    l->is_printed = true;
}

/* More of a view that is printed in pieces, as the terminal takes them; a key ends it. */
static bool has_more_text(const struct loop *l)
{
    return l->is_printed && l->console->print_at >= 0 && !term_is_busy();
}

static void print_on(struct loop *l)
{
    struct err err;

    if (!has_more_text(l))
        return;
    if (console_print_piece(l->console, &err)) {
        say_failure(l, &err);
        l->console->print_at = -1;
    }
    end_text(l);
    term_print_on(sb_sv(&l->console->printed));
}

static void dress(struct loop *l)
{
    struct console *c = l->console;

    if (c->theme != NULL) {
        const char *name = term_set_theme(c->theme);

        console_flash(c, STYLE_PLAIN, "colours: %s", name != NULL ? name : "as they were");
        if (name != NULL)
            c->theme_in_use = name;
        c->theme = NULL;
    }
    term_set_mouse(c->has_mouse);
    l->must_draw = true;
}

static void act(struct loop *l, unsigned react)
{
    if (react & REACT_DRAW)
        l->must_draw = true;
    if (react & REACT_SYNC && l->engine.sync != NULL)
        sync_refresh_all(l->engine.sync);
    if (react & REACT_LOOK)
        dress(l);
    if (react & REACT_COPY)
        copy(l);
    if (react & REACT_NOTIFY)
        ring(l);
    if (react & REACT_REPAINT)
        term_repaint();
    if (react & REACT_PRINT)
        print(l);
    if (react & REACT_SUSPEND)
        suspend(l);
    if (react & REACT_QUIT)
        l->must_leave = true;
}

/* A size that is the old one again may have been another in between, and have cost lines. */
static void take_size(struct loop *l)
{
    if (term_resize())
        fit(l);
    else
        term_repaint();
    l->must_draw = true;
}

static void take_signals(struct loop *l)
{
    unsigned seen = signals_take();

    if (seen & SIGNALS_QUIT)
        l->must_leave = true;
    if (seen & SIGNALS_SUSPEND)
        suspend(l);
    if (seen & SIGNALS_RESUME)
        resume(l);
    if (seen & SIGNALS_RESIZE)
        take_size(l);
}

/* The key that ends the printed view does nothing else. */
static void end_print(struct loop *l)
{
    l->is_printed = false;
    resume(l);
}

static void take_event(struct loop *l, const struct input_event *event)
{
    struct console *c = l->console;

    if (l->is_printed) {
        if (event->kind == INPUT_KEY)
            end_print(l);
        return;
    }
    switch (event->kind) {
    case INPUT_KEY:
        act(l, console_key(c, event->key));
        break;
    case INPUT_PASTE:
        act(l, console_paste(c, event->text, event->is_cut));
        break;
    case INPUT_CLICK:
        act(l, console_point(c, event->row, 0));
        break;
    case INPUT_WHEEL:
        act(l, console_point(c, 0, event->step));
        break;
    case INPUT_FOCUS:
        console_looked_at(c);
        break;
    case INPUT_NONE:
        break;
    }
}

static void take_keys(struct loop *l, bool is_readable)
{
    int count = 0;
    struct input_event event;

    while (!l->must_leave && count < TURN_EVENTS && term_next(&event)) {
        count++;
        take_event(l, &event);
    }
    l->has_more_keys = count == TURN_EVENTS;
    /* Readable without a key to read: the terminal went away (also when SIGHUP is ignored). */
    if (is_readable && count == 0 && !term_is_alive())
        l->must_leave = true;
}

static void measure(struct loop *l)
{
    struct net_stats stats = net_stats(l->engine.net);

    l->meter.bytes = term_bytes();
    l->meter.frames = (uint64_t)l->frames;
    l->meter.requests = stats.requests;
    l->meter.running = stats.running;
    l->meter.is_slow = term_is_slow();
    console_set_meter(l->console, &l->meter);
}

/* While the last frame is on its way none is made: what it would have shown is seen in the next. */
static void draw(struct loop *l)
{
    if (!l->must_draw || l->is_printed)
        return;
    if (term_is_busy()) {
        l->meter.frames_dropped++;
        return;
    }
    l->must_draw = false;
    console_draw(l->console, &l->canvas);
    term_show(&l->canvas);
    engine_tell(&l->engine);
    l->frames++;
    if (l->options->iterations > 0 && l->frames >= l->options->iterations)
        l->must_leave = true;
}

static int wait_ms(const struct loop *l)
{
    bool has_work = l->options->iterations > 0 || l->has_more_keys || has_more_text(l);

    return has_work ? 0 : term_wait_ms();
}

static enum err_code wait(struct loop *l, struct err *err)
{
    struct net_fd fds[] = {{.fd = STDIN_FILENO}, {.fd = term_output_fd(), .wants_write = true}};
    enum err_code rc = engine_wait(&l->engine, fds, term_is_busy() ? 2 : 1, wait_ms(l), err);

    if (rc)
        return rc;
    take_signals(l);
    if (fds[1].is_ready)
        term_flush();
    take_keys(l, fds[0].is_ready);
    return ERR_OK;
}

static enum err_code turn(struct loop *l, struct err *err)
{
    enum err_code rc = wait(l, err);
    unsigned mask;

    if (rc || l->must_leave)
        return rc;
    measure(l);
    if (engine_turn(&l->engine, &mask))
        l->must_draw = true;
    act(l, mask);
    /* A smoke run draws its frames whether or not anything changed. */
    if (l->options->iterations > 0)
        l->must_draw = true;
    draw(l);
    print_on(l);
    if (l->console->wants_more)
        console_load(l->console);
    return ERR_OK;
}

static void begin(struct loop *l)
{
    unsigned mask;

    engine_turn(&l->engine, &mask);
    draw(l);
    if (engine_start(&l->engine))
        l->must_draw = true;
}

enum err_code loop_run(const struct loop_options *options, struct err *err)
{
    static struct loop l; /* some hundred kilobytes of messages and history */
    enum err_code rc;

    l = (struct loop){.options = options};
    rc = open_parts(&l, err);
    if (rc == ERR_OK)
        begin(&l);
    while (rc == ERR_OK && !l.must_leave)
        rc = turn(&l, err);
    close_parts(&l);
    return rc;
}
