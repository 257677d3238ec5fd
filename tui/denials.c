#include "tui/denials.h"

#include "core/operate/authors.h"
#include "core/operate/guard.h"
#include "core/operate/permissions.h"
#include "core/views/age.h"
#include "tui/operation.h"
#include "tui/react.h"
#include "tui/stack.h"

enum {
    MINUTE_MS = 60 * 1000,
    SAME_MS = MINUTE_MS,       /* of a pipeline whose answer was lost */
    PASSED_MS = 5 * MINUTE_MS, /* of an account, for what a list's cursor is on */
    OPENED_MOST = 6            /* in a minute of an account */
};

bool denials_read_only(const struct console *c)
{
    return c->options.is_read_only ||
           (c->options.work != NULL && c->options.work->deploy.is_read_only);
}

/* Who calls in that account and region: what the sync found. */
static struct sv caller_in(const struct console *c, const struct target *target)
{
    struct sv best = SV("");

    for (size_t i = 0; i < c->scope.count; i++) {
        const struct scope_item *item = &c->scope.items[i];

        if (!sv_eq(item->account, sv_of(target->account)) || item->caller_arn.len == 0)
            continue;
        if (sv_eq(item->region, sv_of(target->region)))
            return item->caller_arn;
        best = item->caller_arn;
    }
    return best;
}

/* ---- asking ---- */

/* How often so lately; name NULL = any pipeline of the account. */
static size_t asked_within(const struct console *c, const struct target *target, const char *name,
                           int64_t ms)
{
    size_t count = 0;

    for (size_t i = 0; i < c->permission_ask_count && i < PERMISSION_ASKS; i++) {
        const struct permission_ask *asked = &c->permission_asks[i];

        count += strcmp(asked->target.account, target->account) == 0 &&
                 (name == NULL || strcmp(asked->target.name, name) == 0) &&
                 c->look.now_ms - asked->at_ms < ms;
    }
    return count;
}

static void ask(struct console *c, const struct target *target, bool is_passed)
{
    struct pipeline_id id = target_id(target);
    struct target place = {.at_ms = 0};
    const struct errand_ask wanted = {
        .errand = ERRAND_PERMISSIONS, .target = &place, .is_ahead = true};
    struct permission_ask *kept = &c->permission_asks[c->permission_ask_count % PERMISSION_ASKS];

    if (c->options.work == NULL || denials_read_only(c) ||
        (is_passed && asked_within(c, target, NULL, PASSED_MS) > 0) ||
        asked_within(c, target, NULL, MINUTE_MS) >= OPENED_MOST ||
        asked_within(c, target, target->name, SAME_MS) > 0 ||
        !permissions_are_due(c->options.cache, &id, caller_in(c, target), c->look.now_ms))
        return;
    memcpy(place.partition, target->partition, sizeof place.partition);
    memcpy(place.account, target->account, sizeof place.account);
    memcpy(place.region, target->region, sizeof place.region);
    memcpy(place.name, target->name, sizeof place.name);
    if (work_start_errand(c->options.work, &wanted, NULL))
        return; /* too much is being read: another load asks again */
    *kept = (struct permission_ask){.target = place, .at_ms = c->look.now_ms};
    c->permission_ask_count++;
}

void denials_ask(struct console *c, const struct target *target)
{
    ask(c, target, false);
}

/* ---- what is known ---- */

/* An approval of one's own commit, where four eyes are wanted; from the cache. */
static bool find_eyes(const struct console *c, const struct target *target, struct denial *out)
{
    const struct work *work = c->options.work;
    struct pipeline_id id = target_id(target);
    char why[GUARD_TEXT_MAX];

    if (!c->wants_eyes || target->action[0] == '\0' || target->execution_id[0] == '\0')
        return false;
    authors_refuse(c->options.cache, work->deploy.env, &id, sv_of(target->stage),
                   sv_of(target->execution_id), caller_in(c, target), why);
    *out = (struct denial){.at_ms = c->look.now_ms, .iam = action_table[ACTION_APPROVE].iam};
    snprintf(out->why, sizeof out->why, SV_FMT, SV_ARG(sv_take(sv_of(why), sizeof out->why - 1)));
    return why[0] != '\0';
}

bool denial_find(const struct console *c, const struct target *target, enum action_id action,
                 struct denial *out)
{
    struct permission p = {.partition = sv_of(target->partition),
                           .account = sv_of(target->account),
                           .caller = permission_caller(caller_in(c, target)),
                           .iam_action = sv_of(action_table[action].iam),
                           .resource = sv_of(target->name)};

    if (action == ACTION_APPROVE && find_eyes(c, target, out))
        return true;
    if (p.caller.len == 0 || cache_get_permission(c->options.cache, &p, NULL) || p.is_allowed ||
        c->look.now_ms - p.at > PERMISSIONS_MS)
        return false;
    *out = (struct denial){.at_ms = p.at, .iam = action_table[action].iam};
    return true;
}

/* Of what is under the cursor; "" = nothing is. */
static bool get_target(struct opened *o, struct target *out)
{
    *out = (struct target){.at_ms = 0};
    return o->screen->targets != NULL && o->screen->targets(o->state, out, 1) > 0;
}

static void load(struct console *c, struct opened *o, const struct target *target)
{
    bool is_listed = o->target.name[0] == '\0';

    for (size_t i = 0; i < operation_command_count && c->denial_count < DENIALS_MAX; i++) {
        struct denial *denial = &c->denials[c->denial_count];

        if (!screen_takes(o->screen, operation_commands[i].command) ||
            !denial_find(c, target, operation_commands[i].action, denial))
            continue;
        denial->command = operation_commands[i].command;
        c->denial_count++;
    }
    if (is_listed && !c->header.is_poller)
        return;
    ask(c, target, is_listed && o->has_asked);
    o->has_asked = o->has_asked || caller_in(c, target).len > 0;
}

static void load_row(struct console *c, const struct target *target, bool has_row)
{
    struct opened *o = stack_top(c);

    c->denied_screen = o->screen;
    c->denied_target = *target;
    c->denial_count = 0;
    if (has_row)
        load(c, o, target);
}

void denials_load(struct console *c)
{
    const struct work *work = c->options.work;
    struct target target;
    bool has_row = get_target(stack_top(c), &target);

    c->wants_eyes = work != NULL && work->deploy.env != NULL && guard_wants_eyes(work->deploy.env);
    load_row(c, &target, has_row);
}

void denials_follow(struct console *c)
{
    struct target target;
    bool has_row = get_target(stack_top(c), &target);

    if (stack_top(c)->screen != c->denied_screen || !target_eq(&target, &c->denied_target))
        load_row(c, &target, has_row);
}

const struct denial *denials_of(const struct console *c, enum command command)
{
    for (size_t i = 0; i < c->denial_count; i++) {
        if (c->denials[i].command == command)
            return &c->denials[i];
    }
    return NULL;
}

void denial_write(const struct console *c, const struct denial *denial, char out[DENIAL_SIZE])
{
    char age[AGE_AGO_SIZE];

    if (denial->why[0] != '\0')
        snprintf(out, DENIAL_SIZE, "%s", denial->why);
    else
        snprintf(out, DENIAL_SIZE, "denied %s: %s", age_ago(denial->at_ms, &c->look, age),
                 denial->iam);
}

void denial_note(const struct console *c, const struct denial *denial, char out[DENIAL_SIZE])
{
    struct sv name;
    struct sv service = sv_cut(sv_of(denial->iam), ':', &name);
    char age[AGE_AGO_SIZE];

    if (denial->why[0] != '\0') {
        snprintf(out, DENIAL_SIZE, "%s", denial->why);
        return;
    }
    snprintf(out, DENIAL_SIZE, "denied: " SV_FMT " (" SV_FMT "), %s", SV_ARG(name), SV_ARG(service),
             age_ago(denial->at_ms, &c->look, age));
}

/* What writes, or leads to nothing but a write. */
static bool is_writing(const struct console *c, enum command command)
{
    static const enum command anywhere[] = {CMD_CREATE, CMD_ADD,       CMD_EDIT,
                                            CMD_DELETE, CMD_BOOTSTRAP, CMD_AGREE};

    for (size_t i = 0; i < ARRAY_LEN(anywhere); i++) {
        if (anywhere[i] == command)
            return true;
    }
    if (console_top(c)->screen->targets == NULL)
        return false;
    for (size_t i = 0; i < operation_command_count; i++) {
        if (operation_commands[i].command == command)
            return true;
    }
    return command == CMD_ACTIONS;
}

bool denials_dim(const struct console *c, enum command command)
{
    if ((denials_read_only(c) || c->options.is_cached) && is_writing(c, command))
        return true;
    return denials_of(c, command) != NULL;
}
