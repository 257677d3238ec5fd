/* Commands: those that are the console's own are done here, the others go to the screen. */
#include <stdlib.h>

#include "core/views/age.h"
#include "core/views/incident.h"
#include "tui/consent.h"
#include "tui/operation.h"
#include "tui/react.h"
#include "tui/safety.h"
#include "tui/stack.h"
#include "tui/typed.h"

enum { PATH_CAP = 4096 };

static const struct target nothing;

static bool keep_first(void *owner, const struct pipeline_row *row)
{
    struct target *target = owner;

    target_of_row(row, target);
    return false;
}

/* A name as a person types it, in the scope that is shown. */
static bool find_name(struct console *c, struct sv name, struct target *out)
{
    struct pipeline_query query = {.names = &name, .name_count = 1};
    struct err err;

    *out = nothing;
    if (cache_pipelines(c->options.cache, &query, keep_first, out, &err)) {
        console_flash(c, STYLE_BAD, "%s", err.text);
        return false;
    }
    if (out->name[0] == '\0') {
        console_flash(c, STYLE_ATTENTION, "no pipeline is called " SV_FMT, SV_ARG(name));
        return false;
    }
    return true;
}

static unsigned open_named(struct console *c, const char *screen, struct sv name)
{
    struct target target;

    if (name.len == 0) {
        console_flash(c, STYLE_ATTENTION, "which pipeline? type its name behind the command");
        return REACT_DRAW;
    }
    if (!find_name(c, name, &target))
        return REACT_DRAW;
    return react_open(c, screen, &target);
}

/* One line has 80 cells, and a path is of no use when its end is cut: "~/.local/share/..." */
static void tell_path(struct console *c, struct sv path)
{
    struct sv home = sv_of(getenv("HOME"));
    bool is_below =
        home.len > 1 && sv_starts(path, home) && path.len > home.len && path.ptr[home.len] == '/';

    console_flash(c, STYLE_GOOD, "written to %s" SV_FMT, is_below ? "~" : "",
                  SV_ARG(sv_drop(path, is_below ? home.len : 0)));
}

/* Of a logical pipeline as a whole when its name was typed; from the cache, at once. */
static unsigned write_incident(struct console *c, struct sv name)
{
    CLEANUP(sb_release) struct sb path;
    struct incident_ask ask = {.cache = c->options.cache, .now_ms = c->look.now_ms};
    struct target target;
    struct err err;

    sb_init(&path, PATH_CAP);
    if (!find_name(c, name, &target))
        return REACT_DRAW;
    ask.id = target_id(&target);
    ask.id.name = name;
    if (c->options.work != NULL)
        ask.audit_dir = c->options.work->deploy.audit_dir;
    if (incident_save(&ask, &path, &err))
        console_flash(c, STYLE_BAD, "%s", err.text);
    else
        tell_path(c, sb_sv(&path));
    return REACT_DRAW;
}

static bool is_on_top(const struct console *c, const char *name)
{
    return strcmp(console_top(c)->screen->name, name) == 0;
}

/* The key that opened it closes it, too. */
static unsigned toggle_screen(struct console *c, const char *name)
{
    if (is_on_top(c, name))
        return react_leave(c);
    return react_open(c, name, &nothing);
}

static unsigned go_last(struct console *c)
{
    const struct opened *below = c->depth > 1 ? &c->stack[c->depth - 2] : NULL;

    if (c->last_screen == NULL) {
        console_flash(c, STYLE_PLAIN, "no other screen was open yet");
        return REACT_DRAW;
    }
    if (below != NULL && below->screen == c->last_screen &&
        memcmp(&below->target, &c->last_target, sizeof c->last_target) == 0)
        stack_pop(c);
    else
        stack_push(c, c->last_screen, &c->last_target);
    return REACT_DRAW;
}

static unsigned create(struct console *c, struct sv name)
{
    struct target target = nothing;

    if (name.len == 0 && is_on_top(c, "create"))
        return REACT_NONE;
    target_set(target.name, sizeof target.name, name);
    return react_open(c, "create", &target);
}

/* A pipeline by its name, whether the cache has it or not: one whose making failed is not there.
 */
static unsigned change_named(struct console *c, bool is_removal, struct sv name)
{
    struct answer answer = {.react = REACT_OPEN, .screen = is_removal ? "removal" : "edit"};

    target_set(answer.target.name, sizeof answer.target.name, name);
    if (!is_removal) {
        answer.react |= REACT_ERRAND;
        answer.errand = ERRAND_FETCH;
        answer.names[answer.name_count++] = name;
    }
    return react_to(c, &answer);
}

static unsigned go_home(struct console *c)
{
    stack_pop_to_first(c);
    return REACT_DRAW;
}

static unsigned go_back_in_time(struct console *c, struct sv when)
{
    struct target target = nothing;
    struct err err;

    if (age_parse(when, &c->look, &target.at_ms, &err)) {
        console_flash(c, STYLE_ATTENTION, "%s", err.text);
        return REACT_DRAW;
    }
    if (is_on_top(c, screens[0]->name) && c->depth > 1)
        stack_pop(c);
    return react_open(c, screens[0]->name, &target);
}

static unsigned show_changes(struct console *c)
{
    struct target target = nothing;

    target.at_ms = c->digest.since_ms;
    c->digest.since_ms = 0;
    return is_on_top(c, "changes") ? react_leave(c) : react_open(c, "changes", &target);
}

static unsigned next_clock(struct console *c)
{
    static const char *const words[] = {"ages", "times in UTC", "local times"};

    c->look.clock = (enum look_clock)((c->look.clock + 1) % ARRAY_LEN(words));
    console_flash(c, STYLE_PLAIN, "%s", words[c->look.clock]);
    c->needs_load = true;
    return REACT_DRAW;
}

static unsigned toggle_coarse(struct console *c)
{
    c->look.is_coarse = !c->look.is_coarse;
    console_flash(c, STYLE_PLAIN,
                  c->look.is_coarse ? "low bandwidth: ages are coarse" : "low bandwidth is off");
    c->needs_load = true;
    return REACT_DRAW | REACT_LOOK;
}

static unsigned toggle_mouse(struct console *c)
{
    c->has_mouse = !c->has_mouse;
    console_flash(c, STYLE_PLAIN,
                  c->has_mouse
                      ? "the mouse moves the cursor; hold Shift to select text in the terminal"
                      : "the mouse is the terminal's own again");
    return REACT_DRAW | REACT_LOOK;
}

static unsigned print(struct console *c)
{
    struct err err;

    c->print_at = 0;
    if (console_print_piece(c, &err) == ERR_OK)
        return REACT_PRINT;
    console_flash(c, STYLE_BAD, "%s", err.text);
    return REACT_DRAW;
}

/* True when it was the console's to do; *mask says what is left for the loop. */
static bool run_own(struct console *c, enum command command, struct sv argument, unsigned *mask)
{
    switch (command) {
    case CMD_QUIT:
        *mask = react_quit(c);
        return true;
    case CMD_REDRAW:
        *mask = REACT_DRAW | REACT_REPAINT;
        return true;
    case CMD_SUSPEND:
        *mask = REACT_SUSPEND;
        return true;
    case CMD_REFRESH:
        react_ask_aws(c);
        errand_of_screen(c);
        *mask = REACT_DRAW | (c->options.is_cached ? REACT_NONE : REACT_SYNC);
        return true;
    case CMD_HELP:
        *mask = toggle_screen(c, "help");
        return true;
    case CMD_MESSAGES:
        *mask = toggle_screen(c, "messages");
        return true;
    case CMD_SETTINGS:
        *mask = toggle_screen(c, "settings");
        return true;
    case CMD_PALETTE:
        palette_open(&c->palette, c->options.cache);
        c->overlay = OVERLAY_PALETTE;
        *mask = REACT_DRAW;
        return true;
    case CMD_LAST_VIEW:
        *mask = go_last(c);
        return true;
    case CMD_HOME:
        *mask = go_home(c);
        return true;
    case CMD_PIPELINES:
        *mask = toggle_screen(c, "pipelines");
        return true;
    case CMD_ENVIRONMENTS:
        *mask = toggle_screen(c, "environments");
        return true;
    case CMD_APPROVALS:
        *mask = toggle_screen(c, "approvals");
        return true;
    case CMD_AUDIT:
        *mask = toggle_screen(c, "audit");
        return true;
    case CMD_INCIDENT:
        *mask = write_incident(c, argument);
        return true;
    case CMD_UNLOCK:
        *mask = safety_unlock(c, argument);
        return true;
    case CMD_LOCK:
        *mask = safety_lock(c);
        return true;
    case CMD_CREATE:
        *mask = create(c, argument);
        return true;
    case CMD_PIPELINE:
        *mask = open_named(c, "pipeline", argument);
        return true;
    case CMD_CHANGES:
        *mask = show_changes(c);
        return true;
    case CMD_AT:
        *mask = go_back_in_time(c, argument);
        return true;
    case CMD_CLOCK:
        *mask = next_clock(c);
        return true;
    case CMD_PRINT:
        *mask = print(c);
        return true;
    case CMD_METER:
        c->meter.is_shown = !c->meter.is_shown;
        *mask = REACT_DRAW;
        return true;
    case CMD_THEME:
        *mask = argument.len > 0 ? react_theme(c, argument) : react_choose_theme(c);
        return true;
    case CMD_LOW_BANDWIDTH:
        *mask = toggle_coarse(c);
        return true;
    case CMD_MOUSE:
        *mask = toggle_mouse(c);
        return true;
    default: /* the screen's */
        return false;
    }
}

/* Names there are of environments. */
static bool knows_names(const struct console *c)
{
    return is_on_top(c, "environments") || is_on_top(c, "environment");
}

/* What such a command opens when a name stands behind it. */
static const char *named_screen(enum command command)
{
    if (command == CMD_EXECUTIONS)
        return "executions";
    return command == CMD_DESCRIBE ? "describe" : operation_page(command);
}

static unsigned open_logs(struct console *c, struct sv argument)
{
    struct typed typed;
    struct err err;

    if (typed_read(c, CMD_LOGS, argument, &typed, &err) == ERR_OK)
        return react_open(c, operation_page(CMD_LOGS), &typed.target);
    console_flash(c, STYLE_ATTENTION, "%s", err.text);
    return REACT_DRAW;
}

/* Commands of a screen that, with a name, mean that pipeline wherever one is. */
static bool run_named(struct console *c, enum command command, struct sv argument, unsigned *mask)
{
    if (argument.len == 0)
        return false;
    if (command == CMD_LOGS)
        *mask = open_logs(c, argument);
    else if (named_screen(command) != NULL)
        *mask = open_named(c, named_screen(command), argument);
    else if (command == CMD_NOTIFY)
        *mask = react_notify(c, argument);
    else if ((command == CMD_EDIT || command == CMD_DELETE) && !knows_names(c))
        *mask = change_named(c, command == CMD_DELETE, argument);
    else
        return false;
    return true;
}

/* A key that can do nothing where the cursor is must not look like one that was lost. */
static void say_nothing_there(const struct console *c, enum command command, struct answer *answer)
{
    enum command_group group = command_info(command)->group;

    if (command == CMD_BACK || command == CMD_LEAVE)
        return;
    if (group == COMMAND_GROUP_GO)
        answer_say(answer, STYLE_PLAIN, "there is nothing under the cursor to %s",
                   command == CMD_OPEN ? "open" : "show");
    else if (group == COMMAND_GROUP_TIME)
        answer_say(answer, STYLE_PLAIN,
                   c->facts.banner[0] != '\0' ? "there is no further step"
                                              : "there is nothing there for it yet");
}

/* What is no filter leaves the one before; its line is in the palette's history. */
static unsigned set_filter_text(struct console *c, struct sv text)
{
    struct opened *o = stack_top(c);
    struct edit before = o->filter;
    bool is_cut = false;

    edit_clear(&o->filter);
    edit_paste(&o->filter, text, &is_cut);
    react_filter_changed(c);
    console_load(c);
    if (o->is_refused)
        o->filter = before;
    o->is_refused = false;
    return REACT_DRAW;
}

bool screen_takes(const struct screen *screen, enum command command)
{
    for (const struct screen_command *k = screen->commands; k->command != CMD_NONE; k++) {
        if (k->command == command)
            return true;
    }
    return false;
}

bool command_is_taken(const void *console, enum command command)
{
    const struct console *c = console;

    return screen_takes(console_top(c)->screen, command);
}

/* Every screen can be left, also one that has nothing to say about it. */
static unsigned run_untaken(struct console *c, enum command command, uint32_t key)
{
    char name[24];

    if (command == CMD_LEAVE || command == CMD_BACK)
        return command == CMD_BACK && c->depth == 1 ? REACT_NONE : react_leave(c);
    if (key != 0 && command_info(command)->group == COMMAND_GROUP_MOVE)
        return REACT_NONE;
    if (key == 0 && screen_find(sv_of(command_info(command)->name)) != NULL)
        return react_open(c, command_info(command)->name, &nothing);
    console_flash(c, STYLE_PLAIN, "%s does nothing on this screen; %s shows what does",
                  command_info(command)->name, keymap_key(&c->keymap, CMD_HELP, name));
    return REACT_DRAW;
}

unsigned command_run(struct console *c, enum command command, struct sv argument, uint32_t key)
{
    struct opened *o = stack_top(c);
    struct answer answer = {.react = REACT_NONE};
    unsigned mask;

    c->asked_by = key;
    if (operation_takes(c, command, argument))
        return operation_run(c, command, argument, key);
    if (run_own(c, command, argument, &mask) || run_named(c, command, argument, &mask))
        return mask;
    if (c->digest.since_ms != 0 && command == CMD_BACK && c->depth == 1) {
        c->digest.since_ms = 0;
        c->needs_load = true;
        return REACT_DRAW;
    }
    if (!screen_takes(o->screen, command))
        return run_untaken(c, command, key);
    if (command == CMD_FILTER && argument.len > 0)
        return set_filter_text(c, argument);
    /* Keys typed ahead mean the rows that the typed filter leaves. */
    if (o->filter_changed || c->needs_load || c->wants_more)
        console_load(c);
    o->screen->handle(o->state, command, argument, &answer);
    if (answer.react == REACT_NONE)
        say_nothing_there(c, command, &answer);
    return react_to(c, &answer);
}

unsigned console_command(struct console *c, struct sv line)
{
    struct palette_line parsed;
    struct err err;

    if (palette_parse(line, &parsed, &err)) {
        console_flash(c, STYLE_ATTENTION, "%s", err.text);
        return REACT_DRAW;
    }
    if (parsed.screen != NULL)
        return is_on_top(c, parsed.screen->name) ? REACT_NONE
                                                 : react_open(c, parsed.screen->name, &nothing);
    return command_run(c, parsed.command, parsed.argument, 0);
}
