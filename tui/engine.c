#include "tui/engine.h"

#include "core/base/log.h"
#include "core/base/time.h"
#include "core/net/http.h"
#include "tui/consent.h"
#include "tui/safety.h"
#include "tui/signals.h"

enum {
    RELOAD_MS = 50, /* at most twenty times a second */
    SLOW_RELOAD_MS = 250,
    SILENCE_STEP_MS = 1000,
    LOAD_SHARE = 10, /* loads for new rows take at most one tenth of the time */
    OWN_FDS = 2,
    FDS_MAX = 8
};

/* What is wrong in the config file is no reason not to start. */
static void say_faults(struct console *c, const struct keymap_faults *faults)
{
    for (size_t i = 0; i < faults->count && i < KEYMAP_FAULTS; i++)
        console_flash(c, STYLE_ATTENTION, "%s", faults->text[i]);
    if (faults->count > 1)
        console_flash(c, STYLE_ATTENTION, "%zu faults in the config file; @ shows them",
                      faults->count);
}

enum err_code engine_open(struct engine *e, const struct loop_options *options, int rows, int cols,
                          struct err *err)
{
    enum err_code rc;

    *e = (struct engine){.options = options, .cache = options->console.cache};
    rc = signals_open(&e->signal_fd, err);
    if (rc == ERR_OK)
        rc = net_open(&e->net, err);
    if (rc == ERR_OK)
        rc = aws_new(e->net, &e->aws, err);
    if (rc)
        return rc;
    aws_set_read_only(e->aws, options->console.is_read_only);
    console_open(&e->console, &options->console);
    console_resize(&e->console, rows, cols);
    console_tick(&e->console, time_wall_ms());
    if (options->console.config != NULL)
        say_faults(&e->console, &options->console.config->faults);
    if (options->notice[0] != '\0')
        console_flash(&e->console, STYLE_ATTENTION, "%s", options->notice);
    return ERR_OK;
}

void engine_close(struct engine *e)
{
    if (e->console.depth > 0)
        safety_close(&e->console);
    work_close(e->work);
    sync_stop(e->hasty);
    sync_stop(e->sync);
    if (e->console.depth > 0)
        console_release(&e->console);
    aws_free(e->aws);
    net_close(e->net);
}

/* Telling costs time with ten thousand pipelines, so only what differs is told. */
static bool differs(int64_t *told, size_t *told_count, const int64_t *rowids, size_t count)
{
    if (count == *told_count && memcmp(told, rowids, count * sizeof *told) == 0)
        return false;
    memcpy(told, rowids, count * sizeof *told);
    *told_count = count;
    return true;
}

void engine_tell(struct engine *e)
{
    const struct screen_facts *f = &e->console.facts;
    size_t history_count;

    if (e->sync == NULL)
        return;
    /* What a board misses is asked once, by the penstock that polls: the cache is everybody's. */
    history_count = f->asks_history || sync_is_poller(e->sync) ? f->history_count : 0;
    if (differs(e->told, &e->told_count, f->visible, f->visible_count))
        sync_set_visible(e->sync, e->told, e->told_count);
    if (differs(e->told_history, &e->told_history_count, f->history, history_count))
        sync_want_history(e->sync, e->told_history, e->told_history_count);
}

/* What stands in the way is told when somebody wants to act: the board tells of the rest. */
static void open_work(struct engine *e)
{
    struct console *c = &e->console;
    struct err err;

    if (e->options->asked == NULL)
        return;
    if (work_open(e->aws, e->net, e->cache, e->options->console.contexts, e->options->asked,
                  e->options->console.is_read_only, &e->work, &err))
        snprintf(c->no_work, sizeof c->no_work, "%s", err.text);
    c->options.work = e->work;
}

bool engine_start(struct engine *e)
{
    struct sync_options options = {.contexts = e->options->console.contexts, .is_continuous = true};
    struct err err;

    if (e->options->console.is_cached)
        return false;
    open_work(e);
    if (sync_start(e->aws, e->cache, &options, NULL, NULL, &e->sync, &err)) {
        console_flash(&e->console, STYLE_BAD, "%s", err.text);
        return true;
    }
    engine_tell(e);
    return false;
}

static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

static int reload_ms(const struct engine *e)
{
    int least = e->console.look.is_coarse ? SLOW_RELOAD_MS : RELOAD_MS;

    return e->load_took_ms > least / LOAD_SHARE ? e->load_took_ms * LOAD_SHARE : least;
}

enum err_code engine_wait(struct engine *e, struct net_fd *fds, size_t count, int timeout_ms,
                          struct err *err)
{
    struct net_fd all[FDS_MAX] = {{.fd = e->signal_fd}, {.fd = cache_watch_fd(e->cache)}};
    size_t own = all[1].fd < 0 ? OWN_FDS - 1 : OWN_FDS;
    int wait = sooner(console_next_tick(&e->console), timeout_ms);
    enum err_code rc;

    if (net_stats(e->net).running > 0) /* to notice that nothing comes */
        wait = sooner(wait, SILENCE_STEP_MS);

    for (size_t i = 0; i < count; i++)
        all[own + i] = fds[i];
    if (e->has_new_rows || e->has_news)
        wait = sooner(wait, reload_ms(e));
    rc = net_wait(e->net, all, own + count, wait, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < count; i++)
        fds[i] = all[own + i];
    if (own == OWN_FDS && all[1].is_ready) {
        cache_watch_drain(e->cache);
        if (e->sync != NULL)
            sync_look_at_cache(e->sync);
    }
    return ERR_OK;
}

/* Our own sync's writes and those of other processes look the same here. */
static bool look_for_changes(struct engine *e)
{
    bool is_another;
    int64_t seq;
    struct err err;

    if (cache_change_seq(e->cache, &seq, &err)) {
        log_error("%s", err.text);
        if (strcmp(e->console.flash, err.text) == 0)
            return false;
        console_flash(&e->console, STYLE_BAD, "%s", err.text);
        return true;
    }
    if (seq != e->change_seq)
        e->has_new_rows = true;
    is_another = seq < e->change_seq; /* numbers only grow in one and the same */
    e->change_seq = seq;
    if (is_another)
        console_flash(&e->console, STYLE_ATTENTION,
                      e->sync != NULL
                          ? "the cache was deleted; it fills again, older changes are gone"
                          : "the cache was deleted; run penstock without --cached");
    return is_another;
}

/* A stack's events come in bursts, as rows do: both are read at the same pace. */
static unsigned take_news(struct engine *e)
{
    unsigned mask = REACT_NONE;

    if (e->loaded_ms != 0 && time_mono_ms() - e->loaded_ms < reload_ms(e))
        return REACT_NONE;
    if (e->has_new_rows)
        mask = console_cache_changed(&e->console);
    if (e->has_news)
        consent_news(&e->console);
    e->has_new_rows = e->has_news = false;
    return mask;
}

static void on_hasty(void *owner, const struct sync_result *result)
{
    (void)result; /* what is wrong with a context is in its freshness */
    ((struct engine *)owner)->hasty_ended = true;
}

/* For a console that does not poll: whoever does may be minutes from looking. */
static void read_once(struct engine *e, const struct sv *names, size_t count)
{
    struct sync_options options = {
        .contexts = e->options->console.contexts, .names = names, .name_count = count};
    struct err err;

    sync_stop(e->hasty);
    e->hasty = NULL;
    e->hasty_ended = false;
    if (count > 0 && sync_start(e->aws, e->cache, &options, on_hasty, e, &e->hasty, &err))
        log_error("%s", err.text);
}

/* Of what an operation worked on, so that the screen shows it with the next frames. */
static void look_at_operands(struct engine *e, const struct operation_input *in)
{
    struct sv names[OPERANDS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < in->operand_count && i < OPERANDS_MAX; i++) {
        if (in->operands[i].id.name.len > 0 && !sync_hasten(e->sync, &in->operands[i].id))
            names[count++] = in->operands[i].id.name;
    }
    read_once(e, names, count);
}

/* What a job made or took away is looked for at once, not with the next listing. */
static void look_after_job(struct engine *e)
{
    bool runs = e->work != NULL && work_runs(e->work);

    if (e->hasty_ended) {
        sync_stop(e->hasty);
        e->hasty = NULL;
        e->hasty_ended = false;
    }
    if (e->job_ran && !runs && e->sync != NULL) {
        if (e->work->act != NULL && action_is_operation(e->work->act->action))
            look_at_operands(e, &e->work->act->input.operation);
        else
            sync_refresh_all(e->sync);
    }
    e->job_ran = runs;
}

static bool listen(struct engine *e)
{
    bool was_silent = e->console.header.is_silent;

    e->console.header.is_silent = http_silent_ms(e->net) >= HEADER_SILENT_MS;
    return e->console.header.is_silent != was_silent;
}

bool engine_turn(struct engine *e, unsigned *mask)
{
    bool is_changed = look_for_changes(e);
    int64_t now;

    e->has_news |= e->work != NULL && work_has_news(e->work);
    look_after_job(e);
    if (e->work != NULL && e->sync != NULL && sync_is_poller(e->sync))
        ahead_look(&e->ahead, e->work, e->cache, e->change_seq, time_wall_ms());
    *mask = take_news(e);
    e->console.header.is_poller = e->sync != NULL && sync_is_poller(e->sync);
    e->console.header.slowed_to = e->sync != NULL ? sync_slowed_to(e->sync) : 0;
    is_changed |= listen(e);
    is_changed |= console_tick(&e->console, time_wall_ms());
    if (!e->console.needs_load)
        return is_changed;
    now = time_mono_ms();
    console_load(&e->console);
    e->loaded_ms = time_mono_ms();
    e->load_took_ms = (int)(e->loaded_ms - now);
    return true;
}
