#include "core/sandbox/cfn_stack.h"

#include "core/sandbox/cfn_live.h"
#include "core/sandbox/cfn_work.h"

/* clang-format off */
/*       name       while it lasts                                 at its end                  when something failed */
#define PHASE_LIST(X) \
    X(CREATE,   "CREATE_IN_PROGRESS",                           "CREATE_COMPLETE",          "CREATE_FAILED")            \
    X(ROLLBACK, "ROLLBACK_IN_PROGRESS",                         "ROLLBACK_COMPLETE",        "ROLLBACK_FAILED")          \
    X(UPDATE,   "UPDATE_IN_PROGRESS",                           "",                         "UPDATE_FAILED")            \
    X(CLEANUP,  "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",          "UPDATE_COMPLETE",          "UPDATE_COMPLETE")          \
    X(RESTORE,  "UPDATE_ROLLBACK_IN_PROGRESS",                  "",                         "UPDATE_ROLLBACK_FAILED")   \
    X(UNDO,     "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE") \
    X(DELETE,   "DELETE_IN_PROGRESS",                           "DELETE_COMPLETE",          "DELETE_FAILED")
/* clang-format on */

#define PHASE_ENUM(name, doing, done, failed) PHASE_##name,
enum phase { PHASE_LIST(PHASE_ENUM) PHASE_COUNT };
#undef PHASE_ENUM

static const struct phase_row {
    const char *doing;
    const char *done;
    const char *failed;
} phases[] = {
#define PHASE_ROW(name, doing, done, failed) {doing, done, failed},
    PHASE_LIST(PHASE_ROW)
#undef PHASE_ROW
};

static void enter(struct cfn *c, cJSON *stack, enum phase phase, struct sv reason);

static enum phase phase_of(const cJSON *stack)
{
    return (enum phase)json_int(json_get(stack, "Work"), "Phase", PHASE_DELETE);
}

static void open_work(struct cfn *c, cJSON *stack, struct work *w)
{
    cJSON *work = cfn_get(stack, "Work");
    bool restores = phase_of(stack) == PHASE_RESTORE;

    *w =
        (struct work){.c = c,
                      .stack = stack,
                      .items = cfn_get(work, "Items"),
                      .number = json_int(work, "Number", 0),
                      .tags = json_get(restores ? json_get(stack, "Before") : stack, "Tags"),
                      .is_update = phase_of(stack) == PHASE_UPDATE,
                      .undoes = phase_of(stack) == PHASE_ROLLBACK || phase_of(stack) == PHASE_UNDO};
}

/* ---- the items of each phase ---- */

static void put_waits(struct work *w, cJSON *item, const cJSON *needs)
{
    (void)cfn_put(w->c, item, "Waits", needs == NULL ? cfn_list(w->c) : cfn_copy(w->c, needs));
}

static void fill_make(struct work *w)
{
    const cJSON *all = json_get(json_get(w->stack, "Compiled"), "Resources");

    for (const cJSON *want = all == NULL ? NULL : all->child; want != NULL; want = want->next)
        put_waits(w, work_add(w, want->string, want->string, "make"), json_get(want, "Needs"));
}

static void fill_restore(struct work *w)
{
    const cJSON *all = json_get(w->stack, "Resources");

    for (const cJSON *entry = all->child; entry != NULL; entry = entry->next) {
        if (json_get(entry, "Before") != NULL)
            (void)work_add(w, entry->string, entry->string, "restore");
    }
    for (cJSON *item = w->c->has_failed ? NULL : w->items->child; item != NULL; item = item->next) {
        const cJSON *before = json_get(json_get(all, item->string), "Before");

        for (const cJSON *need = json_list(before, "Needs"); need != NULL; need = need->next) {
            if (json_get(w->items, need->valuestring) != NULL)
                cfn_add_once(w->c, cfn_get(item, "Waits"), json_item_sv(need));
        }
    }
}

/* One thing to be removed that is in Resources no more. */
static void add_old(struct work *w, const cJSON *old)
{
    char key[32];
    cJSON *item;

    (void)snprintf(key, sizeof key, "#%d", cJSON_GetArraySize(w->items));
    item = work_add(w, key, json_sv(old, "Logical").ptr, "remove");
    (void)cfn_put(w->c, item, "Entry", cfn_copy(w->c, old));
}

static const cJSON *removed_entry(const struct work *w, const cJSON *item)
{
    const cJSON *own = json_get(item, "Entry");

    return own != NULL ? own
                       : json_get(json_get(w->stack, "Resources"), json_sv(item, "Logical").ptr);
}

/* What others need goes after them. */
static void order_removals(struct work *w)
{
    for (cJSON *item = w->c->has_failed ? NULL : w->items->child; item != NULL; item = item->next) {
        for (const cJSON *other = w->items->child; other != NULL; other = other->next) {
            if (other != item &&
                cfn_has(json_get(removed_entry(w, other), "Needs"), json_sv(item, "Logical")))
                cfn_add_once(w->c, cfn_get(item, "Waits"), sv_of(other->string));
        }
    }
}

static void fill_old(struct work *w)
{
    for (const cJSON *old = json_list(w->stack, "Old"); old != NULL; old = old->next)
        add_old(w, old);
    (void)cfn_put(w->c, w->stack, "Old", cfn_list(w->c));
}

static void fill_remove(struct work *w)
{
    cJSON *all = cfn_get(w->stack, "Resources");

    for (cJSON *entry = all->child; entry != NULL; entry = entry->next) {
        if (json_bool(entry, "IsReplaced", false) && json_get(entry, "Before") != NULL) {
            cJSON *before = cfn_get(entry, "Before");

            cfn_put_text(w->c, before, "Logical", sv_of(entry->string));
            add_old(w, before);
        }
        if (json_bool(entry, "IsLive", false))
            (void)work_add(w, entry->string, entry->string, "remove");
    }
    fill_old(w);
    order_removals(w);
}

static void fill(struct work *w, enum phase phase)
{
    switch (phase) {
    case PHASE_CREATE:
    case PHASE_UPDATE:
        fill_make(w);
        break;
    case PHASE_RESTORE:
        fill_restore(w);
        break;
    case PHASE_CLEANUP:
    case PHASE_UNDO:
        fill_old(w);
        order_removals(w);
        break;
    case PHASE_ROLLBACK:
    case PHASE_DELETE:
    case PHASE_COUNT:
        fill_remove(w);
        break;
    }
}

/* ---- from phase to phase ---- */

static void name_failed(const struct work *w, char *out, size_t size)
{
    cJSON *names = cfn_list(w->c);

    for (const cJSON *item = w->items->child; item != NULL; item = item->next) {
        if (work_item_is(item, "failed"))
            cfn_add_once(w->c, names, json_sv(item, "Logical"));
    }
    cfn_join(names, out, size);
    cJSON_Delete(names);
}

/* What is there now is what drift is told from. */
static void close_work(struct cfn *c, cJSON *stack)
{
    static const char *const flags[] = {"IsNew",      "IsTouched",  "IsReplaced", "Before",
                                        "IsRetained", "IsImported", "IsStuck"};
    const cJSON *all = json_get(stack, "Resources");

    for (cJSON *entry = all->child; entry != NULL; entry = entry->next) {
        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
            cfn_drop(entry, flags[i]);
    }
    cfn_drop(stack, "Work");
    cfn_drop(stack, "Before");
    cfn_drop(stack, "Old");
    cfn_drop(stack, "Token");
    if (!json_bool(stack, "IsSeeded", false))
        live_note(c, cfn_get(stack, "Resources"));
}

/* What the template asks for and what is there are the same now. */
static void adopt_all(struct cfn *c, cJSON *stack)
{
    static const char *const names[] = {"Needs", "DeletionPolicy", "UpdateReplacePolicy",
                                        "Metadata", "Description"};
    const cJSON *wants = json_get(json_get(stack, "Compiled"), "Resources");

    for (cJSON *entry = cfn_get(stack, "Resources")->child; entry != NULL; entry = entry->next) {
        const cJSON *want = json_get(wants, entry->string);

        for (size_t i = 0; i < ARRAY_LEN(names) && want != NULL; i++) {
            if (json_get(want, names[i]) != NULL)
                (void)cfn_put(c, entry, names[i], cfn_copy(c, json_get(want, names[i])));
            else
                cfn_drop(entry, names[i]);
        }
    }
}

static void push_old(struct cfn *c, cJSON *stack, const char *logical, const cJSON *entry,
                     const char *policy)
{
    cJSON *old = cfn_put(c, cfn_get(stack, "Old"), NULL, cfn_copy(c, entry));

    cfn_put_text(c, old, "Logical", sv_of(logical));
    if (json_get(entry, policy) != NULL)
        (void)cfn_put(c, old, "Policy", cfn_copy(c, json_get(entry, policy)));
    else
        cfn_put_text(c, old, "Policy", SV("Delete"));
}

/* Of a successful update: what was replaced, and what the template has no more. */
static void collect_old(struct cfn *c, cJSON *stack)
{
    const cJSON *wants = json_get(json_get(stack, "Compiled"), "Resources");
    cJSON *all = cfn_get(stack, "Resources");
    cJSON *after;

    for (cJSON *entry = all->child; entry != NULL && !c->has_failed; entry = after) {
        after = entry->next;
        if (json_bool(entry, "IsReplaced", false))
            push_old(c, stack, entry->string, json_get(entry, "Before"), "UpdateReplacePolicy");
        if (json_get(wants, entry->string) != NULL)
            continue;
        if (json_bool(entry, "IsLive", false))
            push_old(c, stack, entry->string, entry, "DeletionPolicy");
        cJSON_Delete(cJSON_DetachItemViaPointer(all, entry));
    }
}

/* Of one that was put back: what it had made. */
static void collect_new(struct cfn *c, cJSON *stack)
{
    cJSON *all = cfn_get(stack, "Resources");
    cJSON *after;

    for (cJSON *entry = all->child; entry != NULL && !c->has_failed; entry = after) {
        after = entry->next;
        if (!json_bool(entry, "IsNew", false))
            continue;
        if (json_bool(entry, "IsLive", false))
            push_old(c, stack, entry->string, entry, "DeletionPolicy");
        cJSON_Delete(cJSON_DetachItemViaPointer(all, entry));
    }
}

void stack_take_wants(struct cfn *c, cJSON *to, const cJSON *from)
{
    struct sv rest = SV(STACK_WANTS);

    while (rest.len > 0) {
        struct sv word = sv_cut(rest, ' ', &rest);
        const cJSON *item;
        char name[32];

        (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(word));
        item = json_get(from, name);
        if (item != NULL)
            (void)cfn_put(c, to, name, cfn_copy(c, item));
        else
            cfn_drop(to, name);
    }
}

/* A creation or an update did not come to its end. */
static void give_up(struct cfn *c, cJSON *stack, struct sv reason)
{
    bool is_creation = phase_of(stack) == PHASE_CREATE;
    bool stays = json_bool(stack, "DisableRollback", false);
    char text[STACK_WHY_MAX + 40];

    if (stays) {
        stack_set_status(c, stack, phases[phase_of(stack)].failed, reason);
        cfn_drop(stack, "Work");
        return;
    }
    (void)snprintf(text, sizeof text, SV_FMT "%s", SV_ARG(sv_take(reason, STACK_WHY_MAX - 1)),
                   is_creation && sv_eq(json_sv(stack, "OnFailure"), SV("DELETE"))
                       ? "Delete requested by user."
                   : is_creation ? "Rollback requested by user."
                                 : "");
    if (is_creation && sv_eq(json_sv(stack, "OnFailure"), SV("DELETE")))
        enter(c, stack, PHASE_DELETE, sv_of(text));
    else
        enter(c, stack, is_creation ? PHASE_ROLLBACK : PHASE_RESTORE, sv_of(text));
}

static void cancel_all(struct work *w)
{
    for (cJSON *item = w->items->child; item != NULL; item = item->next)
        work_cancel(w, item);
}

static void give_up_failed(struct work *w)
{
    char names[600];
    char text[STACK_WHY_MAX];
    bool is_new = true;

    cancel_all(w);
    name_failed(w, names, sizeof names);
    for (const cJSON *item = w->items->child; item != NULL; item = item->next)
        is_new = is_new && (!work_item_is(item, "failed") || json_bool(item, "IsNew", false));
    (void)snprintf(text, sizeof text, "The following resource(s) failed to %s: [%s]. ",
                   is_new ? "create" : "update", names);
    give_up(w->c, w->stack, sv_of(text));
}

static void end_update(struct cfn *c, cJSON *stack)
{
    adopt_all(c, stack);
    collect_old(c, stack);
    enter(c, stack, PHASE_CLEANUP, SV_NONE);
}

static void end_restore(struct cfn *c, cJSON *stack)
{
    const cJSON *before = json_get(stack, "Before");

    collect_new(c, stack);
    if (before != NULL)
        stack_take_wants(c, stack, before);
    enter(c, stack, PHASE_UNDO, SV_NONE);
}

static void end_delete(struct cfn *c, cJSON *stack)
{
    char why[STACK_WHY_MAX];
    cJSON *compiled = cfn_put(c, stack, "Compiled", cfn_object(c));

    (void)cfn_put(c, compiled, "Outputs", cfn_object(c));
    (void)stack_set_outputs(c, stack, why);
    stack_drop_change_sets(c, stack);
    cfn_put_int(c, stack, "Deleted", c->service->now_ms);
    stack_set_status(c, stack, "DELETE_COMPLETE", SV_NONE);
    close_work(c, stack);
}

static void end_make(struct cfn *c, cJSON *stack)
{
    char why[STACK_WHY_MAX];

    if (!stack_set_outputs(c, stack, why)) {
        size_t len = strlen(why);

        (void)snprintf(why + len, sizeof why - len, " ");
        give_up(c, stack, sv_of(why));
        return;
    }
    if (phase_of(stack) == PHASE_UPDATE) {
        end_update(c, stack);
        return;
    }
    stack_set_status(c, stack, phases[PHASE_CREATE].done, SV_NONE);
    close_work(c, stack);
}

static void end_failed(struct work *w, enum phase phase)
{
    char names[600];
    char text[STACK_WHY_MAX];
    const char *verb = phase == PHASE_RESTORE ? "update" : "delete";

    name_failed(w, names, sizeof names);
    if (phase == PHASE_CLEANUP || phase == PHASE_UNDO)
        (void)snprintf(text, sizeof text,
                       "Update successful. One or more resources could not be deleted.");
    else
        (void)snprintf(text, sizeof text, "The following resource(s) failed to %s: [%s]. ", verb,
                       names);
    stack_set_status(w->c, w->stack, phases[phase].failed, sv_of(text));
    if (phase == PHASE_CLEANUP || phase == PHASE_UNDO)
        close_work(w->c, w->stack);
    else
        cfn_drop(w->stack, "Work");
}

static void end(struct work *w, bool has_failed)
{
    struct cfn *c = w->c;
    cJSON *stack = w->stack;
    enum phase phase = phase_of(stack);

    if (has_failed && (phase == PHASE_CREATE || phase == PHASE_UPDATE))
        give_up_failed(w);
    else if (has_failed)
        end_failed(w, phase);
    else if (phase == PHASE_CREATE || phase == PHASE_UPDATE)
        end_make(c, stack);
    else if (phase == PHASE_RESTORE)
        end_restore(c, stack);
    else if (phase == PHASE_DELETE)
        end_delete(c, stack);
    else {
        stack_set_status(c, stack, phases[phase].done, SV_NONE);
        close_work(c, stack);
    }
}

static bool any_is(const struct work *w, const char *state)
{
    for (const cJSON *item = w->items->child; item != NULL; item = item->next) {
        if (work_item_is(item, state))
            return true;
    }
    return false;
}

/* Begin what can begin; when nothing goes on any more, the phase is over. What is made stops at the
 * first failure, what is removed or put back goes on beside it. */
static void go_on(struct cfn *c, cJSON *stack)
{
    struct work w;
    bool has_moved = true;
    bool is_made;

    open_work(c, stack, &w);
    is_made = phase_of(stack) == PHASE_CREATE || phase_of(stack) == PHASE_UPDATE;
    while (has_moved && !c->has_failed && !(is_made && any_is(&w, "failed"))) {
        has_moved = false;
        for (cJSON *item = w.items->child; item != NULL && !c->has_failed; item = item->next) {
            if (!work_item_is(item, "waiting") || cJSON_GetArraySize(json_get(item, "Waits")) > 0)
                continue;
            work_begin(&w, item);
            has_moved = true;
        }
    }
    if (c->has_failed)
        return;
    if (is_made ? any_is(&w, "failed") || !any_is(&w, "working") : !any_is(&w, "working"))
        end(&w, any_is(&w, "failed"));
}

static void enter(struct cfn *c, cJSON *stack, enum phase phase, struct sv reason)
{
    cJSON *work;
    struct work w;
    uint64_t number = 0;

    if (json_get(stack, "Old") == NULL)
        (void)cfn_put(c, stack, "Old", cfn_list(c));
    stack_set_status(c, stack, phases[phase].doing, reason);
    work = cfn_put(c, stack, "Work", cfn_object(c));
    (void)cfn_ok(c, records_next(c->service->records, &number, c->err));
    cfn_put_int(c, work, "Number", (int64_t)number);
    cfn_put_int(c, work, "Phase", (int64_t)phase);
    (void)cfn_put(c, work, "Items", cfn_object(c));
    open_work(c, stack, &w);
    if (!c->has_failed)
        fill(&w, phase);
    if (!c->has_failed)
        go_on(c, stack);
}

/* ---- what is asked for ---- */

void stack_create(struct cfn *c, cJSON *stack)
{
    if (!c->has_failed)
        enter(c, stack, PHASE_CREATE, SV("User Initiated"));
}

void stack_update(struct cfn *c, cJSON *stack, const cJSON *want)
{
    if (c->has_failed)
        return;
    if (json_get(stack, "Before") == NULL)
        stack_take_wants(c, cfn_put(c, stack, "Before", cfn_object(c)), stack);
    stack_take_wants(c, stack, want);
    cfn_drop(stack, "FirstFailure");
    cfn_put_int(c, stack, "Updated", c->service->now_ms);
    if (!c->has_failed)
        enter(c, stack, PHASE_UPDATE, SV("User Initiated"));
}

void stack_delete(struct cfn *c, cJSON *stack, const cJSON *retain)
{
    if (c->has_failed)
        return;
    for (const cJSON *name = retain == NULL ? NULL : retain->child; name != NULL;
         name = name->next) {
        cJSON *entry = cfn_get_sv(cfn_get(stack, "Resources"), json_item_sv(name));

        if (entry != NULL)
            cfn_put_bool(c, entry, "IsRetained", true);
    }
    cfn_drop(stack, "FirstFailure");
    enter(c, stack, PHASE_DELETE, SV("User Initiated"));
}

void stack_roll_back(struct cfn *c, cJSON *stack, struct sv reason)
{
    bool is_creation =
        stack_is(stack, "CREATE_FAILED CREATE_IN_PROGRESS") || json_get(stack, "Before") == NULL;
    struct work w;

    if (c->has_failed)
        return;
    open_work(c, stack, &w);
    if (w.items != NULL)
        cancel_all(&w);
    enter(c, stack, is_creation ? PHASE_ROLLBACK : PHASE_RESTORE, reason);
}

void stack_continue(struct cfn *c, cJSON *stack, const cJSON *skip)
{
    for (const cJSON *name = skip == NULL ? NULL : skip->child; name != NULL && !c->has_failed;
         name = name->next) {
        cJSON *entry = cfn_get_sv(cfn_get(stack, "Resources"), json_item_sv(name));

        /* What only the update itself failed with is not what holds the rollback up. */
        if (entry == NULL || !json_bool(entry, "IsStuck", false)) {
            cfn_refuse(c,
                       "Resource " SV_FMT " is not in UPDATE_FAILED state because of the rollback, "
                       "so it cannot be skipped",
                       SV_ARG(json_item_sv(name)));
            return;
        }
        cfn_drop(entry, "IsStuck");
        cfn_drop(entry, "Before");
        stack_set_resource(c, stack, entry->string, entry, "UPDATE_COMPLETE", SV_NONE);
    }
    if (!c->has_failed)
        enter(c, stack, PHASE_RESTORE, SV("User Initiated"));
}

/* NAME|NUMBER|KEY|STEP */
enum err_code cloudformation_go_on(struct service *s, const struct later *later, struct err *err)
{
    struct sv rest = sv_of(later->name);
    struct sv name = sv_cut(rest, '|', &rest);
    struct sv number = sv_cut(rest, '|', &rest);
    struct sv key = sv_cut(rest, '|', &rest);
    struct cfn c;
    struct work w;
    cJSON *stack;
    cJSON *item;
    int64_t wanted = -1;

    cfn_init(&c, s, sv_of(later->account), sv_of(later->region), err);
    stack = stack_find(&c, name);
    open_work(&c, stack, &w);
    item = cfn_get_sv(w.items, key);
    if (sv_to_int(number, &wanted) && wanted == w.number && item != NULL &&
        work_item_is(item, "working")) {
        work_step(&w, item, rest);
        if (!c.has_failed)
            go_on(&c, stack);
        stack_save(&c, stack);
    }
    cJSON_Delete(stack);
    return c.rc;
}
