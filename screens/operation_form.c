#include "core/views/age.h"
#include "screens/operation_parts.h"

enum { ARENA_CAP = 32 << 20, STOP_REASON_MAX = 200, STEP_MS = 5000, MINUTE_MS = 60 * 1000 };

static const char *const how_words[] = {"wait for what runs", "abandon what runs", NULL};
static const char *const all_words[] = {"only those that failed", "all of the stage", NULL};

static size_t count_characters(struct sv text)
{
    size_t count = 0;

    for (; text.len > 0; count++)
        (void)utf8_next(&text);
    return count;
}

/* ---- rules ---- */

static bool say(char *fault, size_t size, const char *text)
{
    snprintf(fault, size, "%s", text);
    return false;
}

static size_t limit_of(const struct operation_form *f, enum operation_field field)
{
    if (field == OPERATION_COMMENT)
        return COMMENT_MAX;
    if (field == OPERATION_REASON)
        return f->chosen.action == ACTION_STOP ? STOP_REASON_MAX : REASON_MAX;
    return 0;
}

static bool needs_reason(const struct operation_form *f)
{
    return f->chosen.action == ACTION_STOP || f->chosen.action == ACTION_DISABLE;
}

static bool rule(void *owner, int i, struct sv text, char *fault, size_t size)
{
    const struct operation_form *f = owner;
    enum operation_field field = f->fields[i];
    size_t limit = limit_of(f, field);
    bool is_empty = sv_trim(text).len == 0;

    if (limit > 0 && count_characters(text) > limit) {
        snprintf(fault, size, "AWS takes %zu characters, and these are %zu", limit,
                 count_characters(text));
        return false;
    }
    if (field == OPERATION_REASON && is_empty && needs_reason(f))
        return say(fault, size, "say why: the others see it in AWS");
    if (field == OPERATION_VARIABLE && is_empty && f->is_required[i])
        return say(fault, size, "has no default: it must be given");
    if ((field == OPERATION_BRANCH || field == OPERATION_FROM) && is_empty)
        return say(fault, size, "is required");
    if (field == OPERATION_EXECUTION && f->candidate_count == 0)
        return say(fault, size, "there is nothing to go back to yet");
    return true;
}

/* ---- the fields ---- */

static struct form_field *add(struct operation_form *f, enum operation_field field,
                              enum form_kind kind, const char *label, const char *help)
{
    struct form_field *added = form_add(&f->form, kind, label, help);

    if (added != NULL)
        f->fields[f->form.count - 1] = field;
    return added;
}

static struct form_field *add_choice(struct operation_form *f, enum operation_field field,
                                     const char *label, const char *help,
                                     const char *const *choices)
{
    struct form_field *added = add(f, field, FORM_CHOICE, label, help);

    if (added != NULL)
        added->choices = choices;
    return added;
}

int operation_field_find(const struct operation_form *f, enum operation_field field)
{
    for (int i = 0; i < f->form.count; i++) {
        if (f->fields[i] == field)
            return i;
    }
    return -1;
}

const struct pipeline_part *operation_part(const struct operation_form *f)
{
    for (size_t i = 0; i < f->tree.count; i++) {
        if (sv_eq(f->tree.parts[i].pipeline.row.id.name, f->standing.what.id.name))
            return &f->tree.parts[i];
    }
    return NULL;
}

static struct form_field *field_of(struct operation_form *f, enum operation_field field)
{
    int i = operation_field_find(f, field);

    return i >= 0 ? &f->form.fields[i] : NULL;
}

/* Only where there is a choice. */
static enum err_code add_stages(struct operation_form *f, const struct possible *p, struct err *err)
{
    struct form_field *field;
    int proposed = 0;

    if (f->chosen.count != 1 || p->stage_count < 2)
        return ERR_OK;
    for (size_t i = 0; i < p->stage_count; i++) {
        struct sv name = arena_sv(&f->arena, p->stages[i]->name);

        if (name.ptr == NULL)
            return arena_err(&f->arena, err);
        f->stages[i] = name.ptr;
        if (sv_eq(name, p->completed.stage))
            proposed = (int)i;
    }
    field = add_choice(f, OPERATION_STAGE, "Stage", "which one", f->stages);
    if (field != NULL)
        field->chosen = proposed;
    return ERR_OK;
}

static enum err_code add_pair(struct operation_form *f, enum operation_field field, struct sv name,
                              const char *help, struct sv value, bool is_required, struct err *err)
{
    struct sv label = arena_sv(&f->arena, name);
    struct sv words = arena_sv(&f->arena, sv_of(help));
    struct form_field *added;

    if (label.ptr == NULL || words.ptr == NULL)
        return arena_err(&f->arena, err);
    added = add(f, field, FORM_TEXT, label.ptr, words.ptr);
    if (added == NULL)
        return ERR_OK;
    f->names[f->form.count - 1] = label;
    f->is_required[f->form.count - 1] = is_required;
    f->defaults[f->form.count - 1] = value;
    edit_paste(&added->text, value, NULL);
    return ERR_OK;
}

static enum err_code add_variables(struct operation_form *f, struct err *err)
{
    const struct pipeline_def *def = &f->standing.def;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < def->variable_count && i < PAIRS_MAX && !rc; i++) {
        const struct variable_def *v = &def->variables[i];
        bool is_required = v->value.ptr == NULL;
        char help[FORM_FAULT];

        snprintf(help, sizeof help, "a variable%s" SV_FMT "; %s" SV_FMT,
                 v->description.len > 0 ? ": " : "", SV_ARG(sv_take(v->description, 120)),
                 is_required ? "it must be given" : "its default is ",
                 SV_ARG(sv_take(is_required ? SV("") : v->value, 80)));
        rc = add_pair(f, OPERATION_VARIABLE, v->name, help, is_required ? SV("") : v->value,
                      is_required, err);
    }
    return rc;
}

static enum err_code add_revisions(struct operation_form *f, struct err *err)
{
    const struct pipeline_def *def = &f->standing.def;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < def->stage_count && !rc; i++) {
        for (size_t k = 0; k < def->stages[i].action_count && !rc; k++) {
            const struct action_def *a = &def->stages[i].actions[k];
            char help[FORM_FAULT];

            if (!sv_eq(a->category, SV("Source")))
                continue;
            snprintf(help, sizeof help,
                     "a revision of " SV_FMT "%s" SV_FMT "; empty: the newest one",
                     SV_ARG(sv_take(a->repository.len > 0 ? a->repository : a->provider, 100)),
                     a->branch.len > 0 ? ", branch " : "", SV_ARG(sv_take(a->branch, 80)));
            rc = add_pair(f, OPERATION_REVISION, a->name, help, SV(""), false, err);
        }
    }
    return rc;
}

static enum err_code add_release(struct operation_form *f, struct err *err)
{
    bool is_known = f->chosen.count == 1 && f->standing.has_def;
    enum err_code rc = is_known ? add_variables(f, err) : ERR_OK;

    if (!rc && is_known)
        rc = add_revisions(f, err);
    add(f, OPERATION_REASON, FORM_TEXT, "Reason", "for the audit on this host; may be empty");
    return rc;
}

static void add_retry_fields(struct operation_form *f, const struct possible *p)
{
    struct form_field *all =
        add_choice(f, OPERATION_ALL, "Actions", "which of the stage run again", all_words);

    if (all != NULL)
        all->chosen = p->prefers_all;
}

/* "3f65a1b2  in Deploy  a1b2c3d add the returns table"; without memory fewer are offered. */
static void add_running(struct operation_form *f, const struct possible *p)
{
    struct form_field *field;

    if (!p->must_choose || f->chosen.count != 1)
        return;
    for (size_t i = 0; i < p->running_count; i++) {
        char text[OPERATION_RUN_TEXT];

        operation_run_text(f, &p->running[i], text);
        f->running[i] = arena_sv(&f->arena, sv_of(text)).ptr;
        if (f->running[i] == NULL)
            break;
    }
    field = add(f, OPERATION_RUNNING, FORM_LIST, "Execution", "which one is stopped");
    if (field != NULL)
        field->choices = f->running;
}

static void add_fields_of_action(struct operation_form *f, const struct possible *p)
{
    switch (f->chosen.action) {
    case ACTION_STOP:
        add_choice(f, OPERATION_ABANDON, "How",
                   "wait lets running actions end; abandon leaves them to run on unseen, which may "
                   "fail or double what they do",
                   how_words);
        add(f, OPERATION_REASON, FORM_TEXT, "Reason", "why; the others see it in AWS");
        add_running(f, p);
        return;
    case ACTION_RETRY:
        add_retry_fields(f, p);
        return;
    case ACTION_ROLLBACK:
        add(f, OPERATION_EXECUTION, FORM_LIST, "Back to",
            "an execution that succeeded in the stage");
        return;
    case ACTION_APPROVE:
    case ACTION_REJECT:
        add(f, OPERATION_COMMENT, FORM_TEXT, "Comment", "the others see it in AWS; may be empty");
        return;
    case ACTION_DISABLE:
        add(f, OPERATION_REASON, FORM_TEXT, "Reason", "why; the others see it in AWS");
        return;
    case ACTION_OVERRIDE:
        add_choice(f, OPERATION_CONDITION, "Condition", "what is overridden", f->conditions);
        return;
    case ACTION_CONTINUE_ROLLBACK:
        add(f, OPERATION_SKIPPED, FORM_TEXT, "Skip",
            "logical ids of resources that cannot be rolled back, divided by blanks; may be empty");
        return;
    case ACTION_DELETE_STACK:
        add(f, OPERATION_SKIPPED, FORM_TEXT, "Retain",
            "logical ids of resources to keep, divided by blanks; only after a deletion failed");
        return;
    case ACTION_CREATE_BRANCH:
        add(f, OPERATION_BRANCH, FORM_TEXT, "Branch", "the new one's name");
        add(f, OPERATION_FROM, FORM_TEXT, "From", "a branch or a commit");
        return;
    case ACTION_PROMOTE:
        add(f, OPERATION_FROM, FORM_TEXT, "From", "the branch, or commit, with what is new");
        add(f, OPERATION_BRANCH, FORM_TEXT, "Into",
            "the branch that is moved on to it, by fast-forward only");
        return;
    default: /* the others have nothing to tell */
        return;
    }
}

static void preset_from(struct operation_form *f)
{
    struct form_field *from = field_of(f, OPERATION_FROM);

    if (from != NULL)
        edit_paste(&from->text, sv_of(f->chosen.targets[0].commit), NULL);
}

/* ---- open ---- */

static enum err_code load_known(struct operation_form *f, struct cache *cache, struct possible *p,
                                struct err *err)
{
    struct operand what = target_operand(&f->chosen.targets[0]);
    const struct pipeline_ask ask = {.id = what.id};
    enum err_code rc = standing_load(cache, &what, &f->arena, &f->standing, err);

    if (!rc && f->standing.is_known)
        rc = pipeline_tree_load(&f->tree, cache, &ask, err);
    if (!rc)
        possible_judge(&f->standing, f->chosen.action, p);
    return rc;
}

/* AWS holds a stage by one at a time. */
static enum err_code name_condition(struct operation_form *f, const struct possible *p,
                                    struct err *err)
{
    struct sv name;

    f->conditions[0] = "the one that holds the stage";
    if (f->chosen.count != 1 || p->stage_count != 1)
        return ERR_OK;
    name = arena_sv(&f->arena, p->stages[0]->condition);
    if (name.ptr == NULL)
        return arena_err(&f->arena, err);
    f->conditions[0] = name.ptr;
    return ERR_OK;
}

/* What was one of several when it was begun may be the only one by now. */
static void take_stage(struct operation_form *f, const struct possible *p)
{
    if (f->chosen.count == 1 && p->stage_count == 1)
        target_set(f->chosen.targets[0].stage, TARGET_NAME_SIZE, p->completed.stage);
}

enum err_code operation_form_open(struct operation_form *f, struct cache *cache,
                                  const struct view_look *look, struct err *err)
{
    struct possible *p = &f->possible;
    enum err_code rc;

    f->cache = cache;
    f->look = *look;
    arena_init(&f->arena, ARENA_CAP);
    arena_init(&f->above, ARENA_CAP);
    arena_init(&f->arena_of_candidates, ARENA_CAP);
    pipeline_tree_init(&f->tree);
    form_init(&f->form, rule, f);
    rc = load_known(f, cache, p, err);
    if (rc)
        return rc;
    take_stage(f, p);
    target_set(f->asked_stage, sizeof f->asked_stage, p->completed.stage); /* who began it asked */
    rc = name_condition(f, p, err);
    if (!rc)
        rc = add_stages(f, p, err);
    if (!rc && f->chosen.action == ACTION_RELEASE)
        rc = add_release(f, err);
    add_fields_of_action(f, p);
    preset_from(f);
    if (f->chosen.action == ACTION_ROLLBACK)
        operation_offer_executions(f, f->standing.what.execution_id);
    return rc ? rc : operation_add_lines(f, err);
}

enum err_code operation_form_news(struct operation_form *f, const struct view_look *look,
                                  struct err *err)
{
    f->look = *look;
    operation_reoffer(f);
    return operation_add_lines(f, err);
}

int64_t operation_form_next(const struct operation_form *f)
{
    if (f->waits)
        return f->look.now_ms + (f->look.is_coarse ? MINUTE_MS : STEP_MS);
    return operation_field_find(f, OPERATION_EXECUTION) >= 0 ? operation_candidates_next(f) : 0;
}

void operation_form_release(struct operation_form *f)
{
    pipeline_tree_release(&f->tree);
    arena_release(&f->arena_of_candidates);
    arena_release(&f->above);
    arena_release(&f->arena);
}

/* ---- what is said ---- */

void operation_form_note(const struct operation_form *f, char *out, size_t size)
{
    const struct form_field *field = &f->form.fields[f->form.cursor];
    enum operation_field kind = f->fields[f->form.cursor];
    size_t limit = f->form.count > 0 ? limit_of(f, kind) : 0;
    char age[AGE_AGO_SIZE];

    out[0] = '\0';
    if (limit > 0)
        snprintf(out, size, "%zu of %zu characters", count_characters(form_text(field)), limit);
    else if (f->form.count > 0 && kind == OPERATION_EXECUTION && f->candidate_count > 0)
        snprintf(out, size, "%s%s", f->candidates_read_at > 0 ? "read " : "as the cache knows",
                 f->candidates_read_at > 0 ? age_ago(f->candidates_read_at, &f->look, age) : "");
}

void operation_form_title(const struct operation_form *f, char *out, size_t size)
{
    const struct chosen *c = &f->chosen;

    if (c->count == 1)
        snprintf(out, size, "%s: %.80s", action_table[c->action].title, c->targets[0].name);
    else
        snprintf(out, size, "%s: %zu targets", action_table[c->action].title, c->count);
}
