#include "tui/loop.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/aws/call.h"
#include "core/base/log.h"
#include "core/base/time.h"
#include "core/sync/sync.h"
#include "tui/clipboard.h"
#include "tui/signals.h"
#include "tui/term.h"

enum {
    RELOAD_MS = 50, /* at most twenty times a second */
    SLOW_RELOAD_MS = 250,
    TURN_EVENTS = 256, /* between two frames, however fast keys come */
    SENT_CAP = 512 * 1024
};

struct loop {
    const struct loop_options *options;
    struct console console;
    struct canvas canvas;
    struct cache *cache;
    struct net *net;
    struct aws *aws;
    struct sync *sync; /* NULL with --cached, or when it could not start */
    struct meter meter;
    int signal_fd;
    int64_t change_seq;               /* the rows on the screen are at least this new */
    int64_t loaded_ms;                /* monotonic; when they were read */
    int64_t told[SCREEN_VISIBLE_MAX]; /* the visible rows that sync knows of */
    size_t told_count;
    struct sb sent; /* a sequence for the terminal, being made */
    bool has_new_rows;
    bool has_more_keys; /* of those that are read already, where no poll sees them */
    bool is_printed;    /* the view stands on the normal screen until a key comes */
    bool must_draw;
    bool must_leave;
    int frames;
};

static void show_notice(struct loop *l)
{
    if (l->options->notice[0] != '\0')
        console_flash(&l->console, STYLE_ATTENTION, "%s", l->options->notice);
}

static enum err_code open_parts(struct loop *l, struct err *err)
{
    enum err_code rc = signals_open(&l->signal_fd, err);
    int rows;
    int cols;

    if (rc == ERR_OK)
        rc = net_open(&l->net, err);
    if (rc == ERR_OK)
        rc = aws_new(l->net, &l->aws, err);
    if (rc)
        return rc;
    term_size(&rows, &cols);
    canvas_init(&l->canvas, rows, cols, l->options->console.is_utf8);
    console_open(&l->console, &l->options->console);
    console_resize(&l->console, l->canvas.rows, l->canvas.cols);
    sb_init(&l->sent, SENT_CAP);
    show_notice(l);
    l->must_draw = true;
    return ERR_OK;
}

static void close_parts(struct loop *l)
{
    sync_stop(l->sync);
    sb_release(&l->sent);
    console_release(&l->console);
    canvas_release(&l->canvas);
    aws_free(l->aws);
    net_close(l->net);
}

/* What is on the screen is read first. Telling costs time with ten thousand pipelines, so only what
 * differs is told. */
static void tell_visible(struct loop *l)
{
    const struct screen_facts *facts = &l->console.facts;
    size_t size = facts->visible_count * sizeof *l->told;

    if (l->sync == NULL ||
        (facts->visible_count == l->told_count && memcmp(facts->visible, l->told, size) == 0))
        return;
    memcpy(l->told, facts->visible, size);
    l->told_count = facts->visible_count;
    sync_set_visible(l->sync, l->told, l->told_count);
}

static void tell_history(struct loop *l)
{
    const struct screen_facts *facts = &l->console.facts;

    if (l->sync != NULL && facts->history_count > 0)
        sync_want_history(l->sync, facts->history, facts->history_count);
}

/* After the first frame, so that what is cached is seen before anything is asked. */
static void start_sync(struct loop *l)
{
    struct sync_options options = {.contexts = l->options->console.contexts, .is_continuous = true};
    struct err err;

    if (l->options->console.is_cached)
        return;
    if (sync_start(l->aws, l->cache, &options, NULL, NULL, &l->sync, &err)) {
        console_flash(&l->console, STYLE_BAD, "%s", err.text);
        l->must_draw = true;
        return;
    }
    tell_visible(l);
}

static void fit(struct loop *l)
{
    int rows;
    int cols;

    term_size(&rows, &cols);
    canvas_resize(&l->canvas, rows, cols);
    console_resize(&l->console, l->canvas.rows, l->canvas.cols);
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
    console_flash(&l->console, STYLE_ATTENTION, "%s", err->text);
    l->must_draw = true;
}

static void copy(struct loop *l)
{
    char told[ERR_TEXT_MAX] = "";
    struct err err;

    sb_clear(&l->sent);
    if (clipboard_copy(sb_sv(&l->console.copied), &l->sent, told, sizeof told, &err)) {
        say_failure(l, &err);
        return;
    }
    term_send(sb_sv(&l->sent));
    console_flash(&l->console, STYLE_PLAIN, "%s", told);
    l->must_draw = true;
}

static void ring(struct loop *l)
{
    struct err err;

    sb_clear(&l->sent);
    if (notification_sequence(sb_sv(&l->console.rung), mux_of_environment(), getenv("TERM"),
                              &l->sent, &err))
        say_failure(l, &err);
    else
        term_send(sb_sv(&l->sent));
}

/* The lo-fi view: whatever the terminal can select and scroll is the terminal's business. */
static void print(struct loop *l)
{
    CLEANUP(sb_release) struct sb text = {0};
    struct err err;

    sb_init(&text, l->console.printed.cap);
    if (sb_add(&text, sb_sv(&l->console.printed), &err) ||
        sb_add(&text, SV("\n[press a key to return to penstock]\n"), &err)) {
        say_failure(l, &err);
        return;
    }
    term_print(sb_sv(&text));
    l->is_printed = true;
}

static void dress(struct loop *l)
{
    struct console *c = &l->console;

    if (c->theme != NULL) {
        const char *name = term_set_theme(c->theme);

        console_flash(c, STYLE_PLAIN, "colours: %s", name != NULL ? name : "as they were");
        c->theme = NULL;
    }
    term_set_mouse(c->has_mouse);
    l->must_draw = true;
}

static void act(struct loop *l, unsigned react)
{
    if (react & REACT_DRAW)
        l->must_draw = true;
    if (react & REACT_SYNC && l->sync != NULL)
        sync_refresh_all(l->sync);
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

static void take_signals(struct loop *l)
{
    unsigned seen = signals_take();

    if (seen & SIGNALS_QUIT)
        l->must_leave = true;
    if (seen & SIGNALS_SUSPEND)
        suspend(l);
    if (seen & SIGNALS_RESUME)
        resume(l);
    if (seen & SIGNALS_RESIZE && term_resize())
        fit(l);
}

/* The key that ends the printed view does nothing else. */
static void end_print(struct loop *l)
{
    l->is_printed = false;
    resume(l);
}

static void take_event(struct loop *l, const struct input_event *event)
{
    struct console *c = &l->console;

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

/* Our own sync's writes and those of other processes look the same here. */
static void look_for_changes(struct loop *l)
{
    int64_t seq;
    struct err err;

    if (cache_change_seq(l->cache, &seq, &err)) {
        log_error("%s", err.text);
        if (strcmp(l->console.flash, err.text) != 0) {
            console_flash(&l->console, STYLE_BAD, "%s", err.text);
            l->must_draw = true;
        }
        return;
    }
    if (seq != l->change_seq)
        l->has_new_rows = true;
    l->change_seq = seq;
}

static int reload_ms(const struct loop *l)
{
    return l->console.look.is_coarse ? SLOW_RELOAD_MS : RELOAD_MS;
}

static void measure(struct loop *l)
{
    struct net_stats stats = net_stats(l->net);

    l->meter.bytes = term_bytes();
    l->meter.frames = (uint64_t)l->frames;
    l->meter.requests = stats.requests;
    l->meter.running = stats.running;
    l->meter.is_slow = term_is_slow();
    console_set_meter(&l->console, &l->meter);
}

static void load(struct loop *l)
{
    int64_t now = time_mono_ms();

    if (l->has_new_rows && now - l->loaded_ms >= reload_ms(l)) {
        act(l, console_cache_changed(&l->console));
        l->has_new_rows = false;
    }
    measure(l);
    l->console.header.is_poller = l->sync != NULL && sync_is_poller(l->sync);
    if (console_tick(&l->console, time_wall_ms()))
        l->must_draw = true;
    if (!l->console.needs_load)
        return;
    console_load(&l->console);
    l->loaded_ms = now;
    l->must_draw = true;
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
    console_draw(&l->console, &l->canvas);
    term_show(&l->canvas);
    tell_visible(l);
    tell_history(l);
    l->frames++;
    if (l->options->iterations > 0 && l->frames >= l->options->iterations)
        l->must_leave = true;
}

static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

static int wait_ms(const struct loop *l)
{
    int wait = console_next_tick(&l->console);

    if (l->options->iterations > 0 || l->has_more_keys)
        return 0;
    if (l->has_new_rows)
        wait = sooner(wait, reload_ms(l));
    return sooner(wait, term_wait_ms());
}

enum { FD_KEYS, FD_SIGNAL, FD_WATCH, FD_OUTPUT, FD_COUNT };

static enum err_code wait(struct loop *l, struct err *err)
{
    struct net_fd fds[FD_COUNT];
    size_t count = 0;
    size_t at[FD_COUNT];
    const int numbers[FD_COUNT] = {STDIN_FILENO, l->signal_fd, cache_watch_fd(l->cache),
                                   term_is_busy() ? term_output_fd() : -1};
    enum err_code rc;

    for (size_t i = 0; i < FD_COUNT; i++) {
        at[i] = count;
        if (numbers[i] >= 0)
            fds[count++] = (struct net_fd){.fd = numbers[i], .wants_write = i == FD_OUTPUT};
    }
    rc = net_wait(l->net, fds, count, wait_ms(l), err);
    if (rc)
        return rc;
    if (fds[at[FD_SIGNAL]].is_ready)
        take_signals(l);
    if (numbers[FD_WATCH] >= 0 && fds[at[FD_WATCH]].is_ready)
        cache_watch_drain(l->cache);
    if (numbers[FD_OUTPUT] >= 0 && fds[at[FD_OUTPUT]].is_ready)
        term_flush();
    take_keys(l, fds[at[FD_KEYS]].is_ready);
    return ERR_OK;
}

static enum err_code turn(struct loop *l, struct err *err)
{
    enum err_code rc = wait(l, err);

    if (rc || l->must_leave)
        return rc;
    look_for_changes(l);
    load(l);
    /* A smoke run draws its frames whether or not anything changed. */
    if (l->options->iterations > 0)
        l->must_draw = true;
    draw(l);
    return ERR_OK;
}

enum err_code loop_run(const struct loop_options *options, struct err *err)
{
    struct loop l = {.options = options, .cache = options->console.cache};
    enum err_code rc = open_parts(&l, err);

    if (rc == ERR_OK) {
        look_for_changes(&l);
        l.has_new_rows = false;
        console_tick(&l.console, time_wall_ms());
        load(&l);
        draw(&l);
        start_sync(&l);
    }
    while (rc == ERR_OK && !l.must_leave)
        rc = turn(&l, err);
    close_parts(&l);
    return rc;
}
