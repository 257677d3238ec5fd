#include "tui/loop.h"

#include <unistd.h>

#include "core/aws/call.h"
#include "core/base/log.h"
#include "core/base/time.h"
#include "core/sync/sync.h"
#include "tui/signals.h"
#include "tui/term.h"

enum {
    RELOAD_MS = 50, /* at most twenty times a second */
    TURN_KEYS = 256 /* between two frames, however fast keys come */
};

struct loop {
    const struct loop_options *options;
    struct console console;
    struct canvas canvas;
    struct cache *cache;
    struct net *net;
    struct aws *aws;
    struct sync *sync; /* NULL with --cached, or when it could not start */
    int signal_fd;
    int64_t change_seq;               /* the rows on the screen are at least this new */
    int64_t loaded_ms;                /* monotonic; when they were read */
    int64_t told[SCREEN_VISIBLE_MAX]; /* the visible rows that sync knows of */
    size_t told_count;
    bool has_new_rows;
    bool has_more_keys; /* ncurses may hold them, where no poll sees them */
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
    show_notice(l);
    l->must_draw = true;
    return ERR_OK;
}

static void close_parts(struct loop *l)
{
    sync_stop(l->sync);
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

static void act(struct loop *l, unsigned react)
{
    if (react & REACT_DRAW)
        l->must_draw = true;
    if (react & REACT_SYNC && l->sync != NULL)
        sync_refresh_all(l->sync);
    if (react & REACT_REPAINT)
        term_repaint();
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

static void take_keys(struct loop *l)
{
    int count = 0;
    uint32_t key;

    while (!l->must_leave && count < TURN_KEYS && (key = term_key()) != 0) {
        count++;
        act(l, console_key(&l->console, key));
    }
    l->has_more_keys = count == TURN_KEYS;
    /* Readable without a key to read: the terminal went away (also when SIGHUP is ignored). */
    if (count == 0 && !term_is_alive())
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

static void load(struct loop *l)
{
    int64_t now = time_mono_ms();

    if (l->has_new_rows && now - l->loaded_ms >= RELOAD_MS) {
        console_cache_changed(&l->console);
        l->has_new_rows = false;
    }
    l->console.header.is_poller = l->sync != NULL && sync_is_poller(l->sync);
    if (console_tick(&l->console, time_wall_ms()))
        l->must_draw = true;
    if (!l->console.needs_load)
        return;
    console_load(&l->console);
    l->loaded_ms = now;
    l->must_draw = true;
}

static void draw(struct loop *l)
{
    if (!l->must_draw)
        return;
    l->must_draw = false;
    console_draw(&l->console, &l->canvas);
    term_show(&l->canvas);
    tell_visible(l);
    l->frames++;
    if (l->options->iterations > 0 && l->frames >= l->options->iterations)
        l->must_leave = true;
}

static int wait_ms(const struct loop *l)
{
    if (l->options->iterations > 0 || l->has_more_keys)
        return 0;
    return l->has_new_rows ? RELOAD_MS : console_next_tick(&l->console);
}

static enum err_code wait(struct loop *l, struct err *err)
{
    struct net_fd fds[] = {
        {.fd = STDIN_FILENO}, {.fd = l->signal_fd}, {.fd = cache_watch_fd(l->cache)}};
    size_t count = fds[2].fd < 0 ? 2 : 3;
    enum err_code rc = net_wait(l->net, fds, count, wait_ms(l), err);

    if (rc)
        return rc;
    if (fds[1].is_ready)
        take_signals(l);
    if (count == 3 && fds[2].is_ready)
        cache_watch_drain(l->cache);
    if (fds[0].is_ready || l->has_more_keys)
        take_keys(l);
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
