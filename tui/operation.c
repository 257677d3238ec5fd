#include "tui/operation.h"

#include "core/base/mem.h"
#include "tui/consent.h"
#include "tui/denials.h"
#include "tui/key.h"
#include "tui/react.h"
#include "tui/rescue.h"
#include "tui/stack.h"
#include "tui/typed.h"

enum { ARENA_CAP = 16 << 20 };

const struct operation_command operation_commands[] = {
    {CMD_RELEASE, ACTION_RELEASE},   {CMD_STOP, ACTION_STOP},
    {CMD_RETRY, ACTION_RETRY},       {CMD_ROLLBACK, ACTION_ROLLBACK},
    {CMD_APPROVE, ACTION_APPROVE},   {CMD_REJECT, ACTION_REJECT},
    {CMD_TRANSITION, ACTION_ENABLE}, {CMD_TRANSITION, ACTION_DISABLE},
    {CMD_OVERRIDE, ACTION_OVERRIDE},
};
const size_t operation_command_count = ARRAY_LEN(operation_commands);

static bool is_operation(enum command command)
{
    for (size_t i = 0; i < operation_command_count; i++) {
        if (operation_commands[i].command == command)
            return true;
    }
    return command == CMD_ACTIONS;
}

bool operation_takes(const struct console *c, enum command command, struct sv argument)
{
    const struct screen *top = console_top(c)->screen;

    if (!is_operation(command))
        return false;
    return argument.len > 0 || (top->targets != NULL && screen_takes(top, command));
}

static unsigned say(struct console *c, const char *text)
{
    console_flash(c, STYLE_ATTENTION, "%s", text);
    return REACT_DRAW;
}

/* ---- what it works on ---- */

struct working {
    struct arena arena;
    struct target targets[OPERANDS_MAX];
    struct standing standings[OPERANDS_MAX];
    size_t count;
};

static bool find_typed(struct console *c, enum command command, struct sv argument,
                       struct working *w, enum action_id *only)
{
    struct typed typed;
    struct err err;

    if (typed_read(c, command, argument, &typed, &err)) {
        say(c, err.text);
        return false;
    }
    w->targets[w->count++] = typed.target;
    *only = typed.action;
    return true;
}

static bool find_shown(struct console *c, struct working *w)
{
    const struct opened *o = stack_top(c);
    size_t count;

    if (c->needs_load || c->wants_more)
        console_load(c);
    count = o->screen->targets(o->state, w->targets, OPERANDS_MAX);
    w->count = count < OPERANDS_MAX ? count : OPERANDS_MAX;
    if (count == 0)
        say(c, "there is nothing under the cursor to work on");
    if (count > OPERANDS_MAX)
        console_flash(c, STYLE_ATTENTION,
                      "%zu are marked, and at most %d are worked on at once: AWS throttles more",
                      count, OPERANDS_MAX);
    return count > 0 && count <= OPERANDS_MAX;
}

static bool load_standings(struct console *c, struct working *w)
{
    struct err err;

    for (size_t i = 0; i < w->count; i++) {
        struct operand what = target_operand(&w->targets[i]);

        if (standing_load(c->options.cache, &what, &w->arena, &w->standings[i], &err)) {
            say(c, err.text);
            return false;
        }
    }
    return true;
}

/* With what is meant; a stage among several is left for the form to ask. */
static void complete(struct target *to, const struct possible *p)
{
    if (p->stage_count < 2) {
        target_set(to->stage, sizeof to->stage, p->completed.stage);
        target_set(to->execution_id, sizeof to->execution_id, p->completed.execution_id);
    }
    target_set(to->action, sizeof to->action, p->completed.action);
    target_set(to->build, sizeof to->build, p->completed.build);
}

/* What the action is begun with; returns how many fit. The reason is of the first that does not. */
static size_t choose(const struct working *w, enum action_id action, struct chosen *out)
{
    *out = (struct chosen){.action = action};
    for (size_t i = 0; i < w->count; i++) {
        struct possible p;

        possible_judge(&w->standings[i], action, &p);
        if (p.fits && w->count > 1 && (p.stage_count > 1 || p.must_choose)) {
            p.fits = false;
            snprintf(p.text, sizeof p.text, "several of its %s could be meant: begin it alone",
                     p.must_choose ? "executions" : "stages");
        }
        if (p.fits) {
            target_set(out->proposed, sizeof out->proposed, p.completed.stage);
            out->targets[out->count] = w->targets[i];
            complete(&out->targets[out->count++], &p);
            continue;
        }
        if (out->left_out++ == 0)
            snprintf(out->left_why, sizeof out->left_why, "%s", p.text);
    }
    return out->count;
}

/* ---- beginning ---- */

static enum err_code fill_chosen(const void *state, struct act *act, struct err *err)
{
    return operation_fill(state, act, err);
}

/* What has nothing to be told or chosen is planned at once. */
static bool needs_form(const struct chosen *chosen)
{
    switch (chosen->action) {
    case ACTION_ENABLE:
        return chosen->targets[0].stage[0] == '\0';
    case ACTION_STOP_BUILD:
    case ACTION_RETRY_BUILD:
        return false;
    default: /* the others take a reason, a comment or a choice */
        return true;
    }
}

/* What the form shows is read for it: what a stage can be rolled back to, what an approval would
 * let through. */
static void read_for_form(struct console *c)
{
    enum action_id action = c->chosen.action;
    struct target target = c->chosen.targets[0];
    struct errand_ask ask = {.errand = ERRAND_NONE, .target = &target};

    if (action == ACTION_ROLLBACK) {
        memcpy(target.stage, c->chosen.proposed, sizeof target.stage);
        ask.errand = ERRAND_CANDIDATES;
    }
    if ((action == ACTION_APPROVE || action == ACTION_REJECT) &&
        ask.target->execution_id[0] != '\0')
        ask.errand = ERRAND_EXECUTION;
    if (ask.errand != ERRAND_NONE)
        errand_start(c, &ask);
}

static unsigned begin(struct console *c)
{
    if (!consent_may_write(c))
        return REACT_DRAW;
    read_for_form(c);
    denials_ask(c, &c->chosen.targets[0]);
    if (needs_form(&c->chosen))
        return react_open(c, "operation", &c->chosen.targets[0]);
    return consent_begin(c, c->chosen.action, fill_chosen, &c->chosen);
}

static unsigned say_unfit(struct console *c, enum action_id action, const struct chosen *chosen)
{
    const char *title = action_table[action].title;

    if (chosen->left_why[0] != '\0')
        console_flash(c, STYLE_ATTENTION, "%s: %s", title, chosen->left_why);
    else
        console_flash(c, STYLE_ATTENTION, "%s: there is nothing here that it could be done to",
                      title);
    return REACT_DRAW;
}

/* With a key what AWS denied lately is not tried again; typed it is. */
static bool is_denied(struct console *c, enum command command, uint32_t key)
{
    const struct denial *denial;
    char text[DENIAL_SIZE];

    if (key != 0 && c->needs_load) /* two keys at once: what the first one opened */
        console_load(c);
    denial = denials_of(c, command);
    if (key == 0 || denial == NULL)
        return false;
    denial_write(c, denial, text);
    if (denial->why[0] != '\0')
        console_flash(c, STYLE_ATTENTION, "%s", text);
    else
        console_flash(c, STYLE_ATTENTION, "%s; :%s NAME asks it all the same", text,
                      command_info(command)->name);
    return true;
}

/* In a build's own log it is the build that is stopped, not its execution. */
static bool is_build(const struct working *w)
{
    return w->count == 1 && w->targets[0].build[0] != '\0';
}

/* only: the one of the command's that was named; ACTION_COUNT = the first that fits. */
static unsigned run(struct console *c, enum command command, enum action_id only,
                    const struct working *w)
{
    struct chosen *chosen = &c->chosen;
    enum action_id action = ACTION_COUNT;

    if (command == CMD_STOP && is_build(w)) {
        action = ACTION_STOP_BUILD;
        return choose(w, action, chosen) > 0 ? begin(c) : say_unfit(c, action, chosen);
    }
    for (size_t i = 0; i < operation_command_count; i++) {
        if (operation_commands[i].command != command ||
            (only != ACTION_COUNT && operation_commands[i].action != only))
            continue;
        action = operation_commands[i].action;
        if (choose(w, action, chosen) > 0)
            return begin(c);
    }
    return say_unfit(c, action, chosen);
}

/* ---- the menu ---- */

static enum command command_of(enum action_id action)
{
    for (size_t i = 0; i < operation_command_count; i++) {
        if (operation_commands[i].action == action)
            return operation_commands[i].command;
    }
    return action == ACTION_DELETE_STACK ? CMD_DELETE : CMD_NONE; /* as on the stack's own page */
}

static bool has_key(const struct menu *m, uint32_t key)
{
    for (int i = 0; i < m->count; i++) {
        if (m->items[i].key == key)
            return true;
    }
    return false;
}

/* The command's own key, as it is everywhere, where it has one of a single character that no item
 * above has; the others are numbered. */
static uint32_t key_of(const struct console *c, enum action_id action, int *numbered)
{
    enum command command = command_of(action);
    char text[24] = "";
    uint32_t keys[KEYMAP_SEQUENCE] = {0};

    if (command != CMD_NONE &&
        key_parse(sv_of(keymap_key(&c->keymap, command, text)), keys, ARRAY_LEN(keys)) == 1 &&
        !has_key(&c->menu, keys[0]))
        return keys[0];
    return (uint32_t)('1' + (*numbered)++);
}

/* May it be chosen, and what is said of it. False when it is about none of them. */
static bool judge_item(const struct console *c, const struct working *w, enum action_id action,
                       char note[MENU_TEXT * 2], bool *is_off)
{
    struct denial denial;
    char why[POSSIBLE_TEXT] = "";
    size_t concerned = 0;
    size_t fitting = 0;

    for (size_t i = 0; i < w->count; i++) {
        struct possible p;

        possible_judge(&w->standings[i], action, &p);
        concerned += p.concerns;
        fitting += p.fits;
        if (p.concerns && (why[0] == '\0' || p.fits))
            snprintf(why, sizeof why, "%s", p.text);
    }
    if (w->count == 1)
        snprintf(note, MENU_TEXT * 2, "%s", why);
    else
        snprintf(note, MENU_TEXT * 2, "%zu of %zu%s%s", fitting, w->count, fitting == 0 ? ": " : "",
                 fitting == 0 ? why : "");
    *is_off = fitting == 0;
    if (denials_read_only(c)) {
        snprintf(note, MENU_TEXT * 2, "read-only");
        *is_off = true;
    } else if (denial_find(c, &w->targets[0], action, &denial)) {
        denial_note(c, &denial, note);
        *is_off = true;
    }
    return concerned > 0;
}

static void add_item(struct console *c, const struct working *w, enum action_id action,
                     int *numbered)
{
    char note[MENU_TEXT * 2];
    uint32_t key;
    bool is_off;

    if (!judge_item(c, w, action, note, &is_off))
        return;
    key = key_of(c, action, numbered);
    menu_add(&c->menu, (int)action, sv_of(action_table[action].title), sv_of(note), is_off);
    menu_set_key(&c->menu, key);
}

static unsigned open_menu(struct console *c, const struct working *w)
{
    char title[MENU_TEXT];
    int numbered = 0;

    if (w->count == 1)
        snprintf(title, sizeof title, "%.40s%s%.24s%s%.8s", w->targets[0].name,
                 w->targets[0].stage[0] != '\0' ? " / " : "", w->targets[0].stage,
                 w->targets[0].execution_id[0] != '\0' ? ", execution " : "",
                 w->targets[0].execution_id);
    else
        snprintf(title, sizeof title, "%zu marked", w->count);
    menu_init(&c->menu, title);
    for (size_t i = 0; i < possible_count; i++)
        add_item(c, w, possible_order[i], &numbered);
    if (c->menu.count == 0)
        return say(c, "there is nothing that could be done to it");
    c->chosen = (struct chosen){.action = ACTION_COUNT, .count = w->count};
    memcpy(c->chosen.targets, w->targets, w->count * sizeof w->targets[0]);
    c->menu_use = MENU_OPERATION;
    c->overlay = OVERLAY_MENU;
    denials_ask(c, &w->targets[0]);
    return REACT_DRAW;
}

/* ---- from outside ---- */

static struct working *working_new(void)
{
    struct working *w = xarray(1, sizeof *w);

    arena_init(&w->arena, ARENA_CAP);
    return w;
}

static void working_free(struct working *w)
{
    arena_release(&w->arena);
    mem_free(w);
}

unsigned operation_run(struct console *c, enum command command, struct sv argument, uint32_t key)
{
    struct working *w;
    enum action_id only = ACTION_COUNT;
    unsigned mask = REACT_DRAW;

    if (command != CMD_ACTIONS && !consent_may_write(c))
        return REACT_DRAW;
    if (argument.len == 0 && is_denied(c, command, key))
        return REACT_DRAW;
    w = working_new();
    if ((argument.len > 0 ? find_typed(c, command, argument, w, &only) : find_shown(c, w)) &&
        load_standings(c, w))
        mask |= command == CMD_ACTIONS ? open_menu(c, w) : run(c, command, only, w);
    working_free(w);
    return mask;
}

/* Of what the menu was opened for, whatever is under the cursor by now. */
unsigned operation_chosen(struct console *c, enum action_id action)
{
    struct working *w = working_new();
    unsigned mask = REACT_DRAW;

    w->count = c->chosen.count;
    memcpy(w->targets, c->chosen.targets, w->count * sizeof w->targets[0]);
    if (load_standings(c, w))
        mask |= choose(w, action, &c->chosen) > 0 ? begin(c) : say_unfit(c, action, &c->chosen);
    working_free(w);
    return mask;
}

/* Items neither come nor go nor change their keys while somebody reads. */
void operation_menu_news(struct console *c)
{
    struct working *w;

    if (c->overlay != OVERLAY_MENU || c->menu_use != MENU_OPERATION)
        return;
    w = working_new();
    w->count = c->chosen.count;
    memcpy(w->targets, c->chosen.targets, w->count * sizeof w->targets[0]);
    if (load_standings(c, w)) {
        for (int i = 0; i < c->menu.count; i++) {
            char note[MENU_TEXT * 2];
            bool is_off;

            if (judge_item(c, w, (enum action_id)c->menu.items[i].value, note, &is_off))
                menu_renew(&c->menu, i, sv_of(note), is_off);
        }
    }
    working_free(w);
}

static bool copy_text(struct arena *arena, struct sv *text)
{
    *text = arena_sv(arena, *text);
    return text->ptr != NULL;
}

static bool copy_operand(struct arena *arena, struct operand *o)
{
    struct sv *texts[] = {&o->id.partition, &o->id.account, &o->id.region,    &o->id.name,
                          &o->stage,        &o->action,     &o->execution_id, &o->build,
                          &o->stack,        &o->repository, &o->commit,       &o->path,
                          &o->environment};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (!copy_text(arena, texts[i]))
            return false;
    }
    return true;
}

enum err_code operation_fill(const struct chosen *chosen, struct act *act, struct err *err)
{
    struct operation_input *in = &act->input.operation;

    in->operands = arena_alloc(&act->arena, chosen->count + 1, sizeof *in->operands);
    if (in->operands == NULL)
        return arena_err(&act->arena, err);
    for (size_t i = 0; i < chosen->count; i++) {
        in->operands[i] = target_operand(&chosen->targets[i]);
        if (!copy_operand(&act->arena, &in->operands[i]))
            return arena_err(&act->arena, err);
        in->operand_count++;
    }
    return ERR_OK;
}
