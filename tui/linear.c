#include "tui/linear.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "core/views/age.h"
#include "core/views/digest.h"
#include "tui/engine.h"
#include "tui/key.h"
#include "tui/react.h"
#include "tui/signals.h"
#include "tui/telling.h"

/* No terminal tells a size here: enough rows for numbered choices, and no shortening. */
enum { ROWS = 60, COLS = 200, LINE_MAX_BYTES = 1024, TEXT_CAP = 8 << 20, KEYS_MAX = 8 };

struct linear {
    const struct loop_options *options;
    struct engine engine;
    struct console *console; /* the engine's */
    struct sb shown;         /* the view as it was last printed */
    struct sb now;
    char line[LINE_MAX_BYTES];
    size_t len;
    bool is_too_long; /* the rest of this line is dropped */
    bool is_prompted;
    bool must_leave;
    int64_t told_seq; /* transitions up to here were said */
    struct sb result; /* of the act, until the next line is typed */
    bool is_covered;  /* by news that were said since */
    struct telling telling;
    int turns;
};

/* Where the locale or the person wants ASCII only, a name is shown as on the screen: with '?'. */
static enum err_code add_ascii(struct sb *out, struct sv line)
{
    enum err_code rc = ERR_OK;

    while (line.len > 0 && rc == ERR_OK) {
        uint32_t ch = text_safe(utf8_next(&line));

        if (text_char_width(ch) > 0)
            rc = sb_addc(out, ch < 0x7f ? (char)ch : '?', NULL);
    }
    return rc;
}

static void say(const struct linear *l, struct sv text)
{
    CLEANUP(sb_release) struct sb safe = {0};

    sb_init(&safe, TEXT_CAP);
    while (text.len > 0) {
        struct sv line = sv_cut(text, '\n', &text);
        enum err_code rc =
            l->options->console.is_utf8 ? sb_add_safe(&safe, line, NULL) : add_ascii(&safe, line);

        if (rc || sb_addc(&safe, '\n', NULL))
            return;
    }
    if (safe.len > 0)
        fwrite(safe.ptr, 1, safe.len, stdout);
}

/* Names and texts of AWS are in nearly every sentence. */
PRINTF_LIKE(2, 3)
static void tell(const struct linear *l, const char *fmt, ...)
{
    char text[2048];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say(l, sv_of(text));
}

static void say_flash(struct linear *l)
{
    if (l->console->flash[0] != '\0')
        say(l, sv_of(l->console->flash));
    l->console->flash[0] = '\0';
}

static void prompt(struct linear *l)
{
    if (!l->is_prompted && isatty(STDIN_FILENO))
        fputs("penstock> ", stdout);
    l->is_prompted = true;
    fflush(stdout);
}

static void say_where(const struct linear *l)
{
    const struct header *h = &l->console->header;
    char age[AGE_SIZE];
    struct view_look look = {.now_ms = l->console->look.now_ms};

    tell(l, "penstock, %s%s%s%s%s.\n", h->where, h->account[0] != '\0' ? ", account " : "",
         h->account, h->is_read_only ? ", read-only" : "", h->is_cached ? ", cached" : "");
    if (h->frozen[0] != '\0')
        say(l, sv_of(h->frozen));
    if (h->error[0] != '\0')
        say(l, sv_of(h->error));
    else if (h->synced_at > 0 && strcmp(age_text(h->synced_at, &look, age), "now") == 0)
        puts("Synced just now.");
    else if (h->synced_at > 0)
        tell(l, "Synced %s ago.\n", age);
    puts("Type a number to open it, a key or a command; help lists them, q goes back.");
}

static void say_title(const struct linear *l)
{
    const struct screen_facts *f = &l->console->facts;
    const struct opened *o = console_top(l->console);
    bool has_title = sv_starts(sv_of(f->crumb), sv_of(o->screen->title));

    tell(l, "\n%s%s%s%s%s\n", has_title ? "" : o->screen->title,
         has_title || f->crumb[0] == '\0' ? "" : ": ", f->crumb, f->banner[0] != '\0' ? ", " : "",
         f->banner);
}

/* Print the view if it is another one than was printed last, or when it was asked for. */
static void show(struct linear *l, bool is_asked)
{
    struct err err;

    sb_clear(&l->now);
    if (console_print(l->console, &l->now, &err)) {
        say(l, sv_of(err.text));
        return;
    }
    if (!is_asked && sv_eq(sb_sv(&l->now), sb_sv(&l->shown)))
        return;
    sb_clear(&l->shown);
    if (sb_add(&l->shown, sb_sv(&l->now), &err))
        sb_clear(&l->shown);
    say_title(l);
    say(l, sb_sv(&l->now));
}

/* What was asked for, all of it, a piece at a time. */
static void show_all(struct linear *l)
{
    struct console *c = l->console;
    struct err err;

    say_title(l);
    say(l, sb_sv(&c->printed));
    while (c->print_at >= 0) {
        if (console_print_piece(c, &err)) {
            say(l, sv_of(err.text));
            return;
        }
        say(l, sb_sv(&c->printed));
    }
}

/* Which line says yes: the last choice does what is asked about. */
static void say_answer(const struct linear *l, const struct dialog *d)
{
    const struct dialog_choice *yes = &d->choices[d->choice_count - 1];

    if (d->choice_count == 0)
        return;
    if (yes->needs_word)
        tell(l, "Type %s to %s; anything else leaves all as it is.\n", d->word, yes->text);
    else
        tell(l, "Type %c to %s; anything else leaves all as it is.\n", (char)yes->key, yes->text);
}

/* A menu or a question becomes numbered or lettered choices. */
static void show_overlay(struct linear *l)
{
    const struct console *c = l->console;

    if (c->overlay == OVERLAY_MENU) {
        tell(l, "%s:\n", c->menu.title);
        for (int i = 0; i < c->menu.count; i++) {
            const struct menu_item *item = &c->menu.items[i];

            tell(l, item->is_disabled ? "%d. (%s) %s\n" : "%d. %s %s\n", i + 1, item->text,
                 item->note);
        }
    } else if (c->overlay == OVERLAY_DIALOG) {
        say(l, sv_of(c->dialog.title)); /* neither is cut */
        say(l, sv_of(c->dialog.text));
        for (int i = 0; i < c->dialog.choice_count; i++) {
            const struct dialog_choice *choice = &c->dialog.choices[i];

            if (choice->needs_word)
                tell(l, "%s. %s\n", c->dialog.word, choice->text);
            else
                tell(l, "%c. %s\n", (char)choice->key, choice->text);
        }
        say_answer(l, &c->dialog);
    }
}

/* What is under the cursor now: a screen reader's focus. */
static void say_focus(const struct linear *l)
{
    CLEANUP(sb_release) struct sb name = {0};
    const struct opened *o = console_top(l->console);

    sb_init(&name, TEXT_CAP);
    if (o->screen->copy != NULL && o->screen->copy(o->state, COPY_NAME, &name, NULL) == ERR_OK)
        say(l, sb_sv(&name));
}

/* Colours, the mouse and painting again; whoever asked is to hear that nothing came of it. */
static void refuse_looks(struct console *c, unsigned react)
{
    if (react & REACT_REPAINT || c->theme != NULL || c->has_mouse)
        snprintf(c->flash, sizeof c->flash, "only a screen has that; here nothing changes");
    c->theme = NULL;
    c->has_mouse = false;
}

static void act(struct linear *l, unsigned react)
{
    refuse_looks(l->console, react);
    if (react & REACT_SYNC && l->engine.sync != NULL)
        sync_refresh_all(l->engine.sync);
    if (react & REACT_COPY)
        say(l, sb_sv(&l->console->copied));
    if (react & REACT_NOTIFY)
        putchar('\a');
    if (react & REACT_SUSPEND)
        signals_stop();
    if (react & REACT_QUIT)
        l->must_leave = true;
}

/* A line that is a key, or two, means what they mean on the screen. */
static bool take_as_keys(struct linear *l, struct sv line, unsigned *mask)
{
    uint32_t keys[KEYS_MAX];
    uint32_t pending = 0;
    size_t count = key_parse(line, keys, KEYS_MAX);
    enum command command = CMD_NONE;

    for (size_t i = 0; i < count; i++)
        command = keymap_feed(&l->console->keymap, &pending, keys[i], command_is_taken, l->console);
    if (count == 0 || count > KEYMAP_SEQUENCE || command == CMD_NONE)
        return false;
    /* A line is typed as a whole, so the lines for typing have no use. */
    if (command == CMD_PALETTE)
        command = CMD_HELP;
    *mask = console_command(l->console, sv_of(command_info(command)->name));
    return true;
}

static unsigned take_number(struct linear *l, int64_t number)
{
    struct console *c = l->console;
    int most = c->overlay == OVERLAY_MENU ? c->menu.count : INT32_MAX;

    if (number < 1 || number > most) {
        tell(l, "there is no number %lld here", (long long)number);
        return REACT_NONE;
    }
    if (c->overlay != OVERLAY_MENU)
        return console_choose(c, (int)number);
    c->menu.cursor = (int)number - 1;
    return console_key(c, KEYCODE_ENTER);
}

/* The word that is asked for says yes by itself; a letter is a choice; the rest means no. */
static unsigned answer_dialog(struct console *c, struct sv line)
{
    const struct dialog *d = &c->dialog;

    if (d->word[0] == '\0' || !sv_eq(line, sv_of(d->word))) {
        c->dialog.has_typed = true; /* else the letter would be typed */
        return console_key(c, line.len == 1 ? (uint32_t)line.ptr[0] : (uint32_t)KEYCODE_ESC);
    }
    edit_clear(&c->dialog.typed);
    edit_paste(&c->dialog.typed, line, NULL);
    c->dialog.has_typed = true;
    for (int i = 0; i < d->choice_count; i++) {
        if (d->choices[i].needs_word)
            return console_key(c, d->choices[i].key);
    }
    return console_key(c, KEYCODE_ESC);
}

static unsigned take_line(struct linear *l, struct sv line)
{
    struct console *c = l->console;
    int64_t number;
    unsigned mask = REACT_NONE;

    if (c->overlay == OVERLAY_DIALOG) /* whose word may be a number */
        return answer_dialog(c, line);
    if (sv_to_int(line, &number))
        return take_number(l, number);
    if (c->overlay == OVERLAY_MENU && line.len == 1)
        return console_key(c, line.len == 1 ? (uint32_t)line.ptr[0] : (uint32_t)KEYCODE_ESC);
    if (c->overlay == OVERLAY_MENU) /* another command: the menu was not what was wanted */
        console_key(c, KEYCODE_ESC);
    if (sv_starts(line, SV("/")) && line.len > 1) {
        char text[LINE_MAX_BYTES + 8];

        snprintf(text, sizeof text, "filter " SV_FMT, SV_ARG(sv_drop(line, 1)));
        return console_command(c, sv_of(text));
    }
    if (take_as_keys(l, line, &mask))
        return mask;
    return console_command(c, sv_starts(line, SV(":")) ? sv_trim(sv_drop(line, 1)) : line);
}

static void answer(struct linear *l, struct sv line)
{
    unsigned mask = REACT_NONE;
    bool is_again = line.len == 0;
    bool has_said;

    l->is_prompted = false;
    l->console->flash[0] = '\0';
    sb_clear(&l->result);
    if (!is_again)
        mask = take_line(l, line);
    if (l->console->overlay == OVERLAY_FILTER || l->console->overlay == OVERLAY_PALETTE) {
        l->console->overlay = OVERLAY_NONE;
        puts("Type the text behind it: /text or filter text");
    }
    act(l, mask);
    if (l->must_leave)
        return;
    if (l->console->needs_load || l->console->wants_more)
        console_load(l->console);
    show_overlay(l);
    has_said = l->console->flash[0] != '\0';
    say_flash(l);
    if (mask & REACT_PRINT)
        show_all(l);
    else if (l->console->overlay == OVERLAY_NONE)
        show(l, is_again);
    if (mask == REACT_DRAW && !has_said)
        say_focus(l);
}

static void take_byte(struct linear *l, char byte)
{
    if (byte == '\n') {
        if (l->is_too_long)
            puts("That line was too long.");
        else
            answer(l, sv_trim(sv_make(l->line, l->len)));
        l->len = 0;
        l->is_too_long = false;
    } else if (l->len < sizeof l->line) {
        l->line[l->len++] = byte;
    } else {
        l->is_too_long = true;
    }
}

static void take_input(struct linear *l)
{
    char bytes[512];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);

    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        l->must_leave = true;
    for (ssize_t i = 0; i < got && !l->must_leave; i++)
        take_byte(l, bytes[i]);
}

static bool say_transition(void *owner, const struct transition *t)
{
    struct linear *l = owner;
    CLEANUP(sb_release) struct sb text = {0};
    struct view_look look = {.now_ms = l->console->look.now_ms, .clock = LOOK_UTC};
    char time[AGE_SIZE];

    l->told_seq = t->seq;
    l->is_covered = true;
    if (l->console->scope.is_partial && scope_find(&l->console->scope, &t->id) == NULL)
        return true;
    sb_init(&text, TEXT_CAP);
    if (sb_addf(&text, NULL, "%s ", age_text(t->at, &look, time)) == ERR_OK &&
        transition_text(t, &text, NULL) == ERR_OK) {
        if (l->is_prompted && isatty(STDIN_FILENO))
            putchar('\n');
        l->is_prompted = false;
        say(l, sb_sv(&text));
    }
    return true;
}

static void say_changes(struct linear *l)
{
    struct transition_query query = {.after_seq = l->told_seq};
    struct err err;

    if (cache_transitions(l->engine.cache, &query, say_transition, l, &err))
        say(l, sv_of(err.text));
}

static void keep_result(struct linear *l)
{
    const struct act *act = l->engine.work->act;

    sb_clear(&l->result);
    l->is_covered = false;
    if (act != NULL && act->state == ACT_ENDED && telling_result(act, &l->result, NULL))
        sb_clear(&l->result);
}

/* It would be lost among what others do. */
static void repeat_result(struct linear *l)
{
    if (l->result.len > 0 && l->is_covered)
        say(l, sb_sv(&l->result));
    l->is_covered = false;
}

/* What the act does, said while it does it; its plan as soon as there is one. */
static void say_act(struct linear *l)
{
    CLEANUP(sb_release) struct sb text = {0};
    bool shows_plan = false;
    struct err err;

    sb_init(&text, TEXT_CAP);
    if (l->engine.work == NULL)
        return;
    if (telling_news(&l->telling, l->engine.work, &text, &shows_plan, &err)) {
        say(l, sv_of(err.text));
        return;
    }
    if (text.len == 0)
        return;
    if (l->is_prompted && isatty(STDIN_FILENO))
        putchar('\n');
    l->is_prompted = false;
    say(l, sb_sv(&text));
    keep_result(l);
    if (!shows_plan || strcmp(console_top(l->console)->screen->name, "act") != 0)
        return;
    console_load(l->console);
    show(l, false);
}

static bool note_seq(void *owner, const struct transition *t)
{
    struct linear *l = owner;

    l->told_seq = t->seq;
    return false;
}

/* What was there before is shown by the board, not told. */
static enum err_code newest(struct linear *l, struct err *err)
{
    struct transition_query query = {.newest_first = true, .limit = 1};

    return cache_transitions(l->engine.cache, &query, note_seq, l, err);
}

static enum err_code turn(struct linear *l, struct err *err)
{
    struct net_fd input = {.fd = STDIN_FILENO};
    enum header_state state = l->console->header.state;
    bool was_empty = l->console->header.synced_at == 0;
    unsigned mask;
    enum err_code rc = engine_wait(&l->engine, &input, 1, l->options->iterations > 0 ? 0 : -1, err);

    if (rc)
        return rc;
    if (signals_take() & SIGNALS_QUIT)
        l->must_leave = true;
    if (input.is_ready)
        take_input(l);
    if (l->must_leave)
        return ERR_OK;
    engine_turn(&l->engine, &mask);
    say_changes(l);
    say_act(l);
    repeat_result(l);
    act(l, mask);
    say_flash(l);
    if (l->console->header.state != state && l->console->header.error[0] != '\0')
        say(l, sv_of(l->console->header.error));
    if (was_empty && l->console->header.synced_at > 0)
        show(l, false);
    engine_tell(&l->engine);
    prompt(l);
    l->turns++;
    if (l->options->iterations > 0 && l->turns >= l->options->iterations)
        l->must_leave = true;
    return ERR_OK;
}

enum err_code linear_run(const struct loop_options *options, struct err *err)
{
    static struct linear l; /* some hundred kilobytes of messages and history */
    unsigned mask;
    enum err_code rc;

    l = (struct linear){.options = options};
    sb_init(&l.shown, TEXT_CAP);
    sb_init(&l.now, TEXT_CAP);
    sb_init(&l.result, TEXT_CAP);
    rc = engine_open(&l.engine, options, ROWS, COLS, err);
    l.console = &l.engine.console;
    l.console->has_mouse = false;
    if (rc == ERR_OK)
        rc = newest(&l, err);
    if (rc == ERR_OK) {
        engine_turn(&l.engine, &mask);
        say_where(&l);
        say_flash(&l);
        show(&l, true);
        prompt(&l);
        engine_start(&l.engine);
    }
    while (rc == ERR_OK && !l.must_leave)
        rc = turn(&l, err);
    engine_close(&l.engine);
    sb_release(&l.shown);
    sb_release(&l.now);
    sb_release(&l.result);
    fflush(stdout);
    return rc;
}
