#include "screens/operation_form.h"

#include <stdarg.h>

#include "core/operate/rollback.h"
#include "core/views/age.h"
#include "core/views/executions.h"

enum {
    ARENA_CAP = 32 << 20,
    STOP_REASON_MAX = 200,
    APPROVAL_MINUTES = 7 * 24 * 60,
    MINUTE_MS = 60 * 1000,
    NAMES_SHOWN = 6,
    ID_SHOWN = 8,
    REVISION_SHOWN = 7,
    SUMMARY_SHOWN = 72,
    AUTHOR_SHOWN = 40
};

static const char *const how_words[] = {"wait for what runs", "abandon what runs", NULL};
static const char *const all_words[] = {"only those that failed", "all of the stage", NULL};
static const char *const condition_words[] = {"the one that holds it", "BEFORE_ENTRY", "ON_SUCCESS",
                                              NULL};

static struct sv typed(const struct form_field *field)
{
    struct sv text = form_text(field);

    return text.ptr == NULL ? SV("") : sv_trim(text);
}

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
    if (field == OPERATION_EXECUTION && f->refusal[0] != '\0')
        return say(fault, size, f->refusal);
    if (field == OPERATION_EXECUTION && f->execution_count == 0)
        return say(fault, size, "no execution is known that succeeded in this stage before");
    return true;
}

/* ---- lines above the fields ---- */

static enum err_code add_line(struct operation_form *f, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static enum err_code add_line(struct operation_form *f, struct err *err, const char *fmt, ...)
{
    char text[1200];
    struct sv kept;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (f->line_count == OPERATION_LINES_MAX)
        return ERR_OK;
    kept = arena_sv(&f->arena, sv_of(text));
    if (kept.ptr == NULL)
        return arena_err(&f->arena, err);
    f->lines[f->line_count++] = kept;
    return ERR_OK;
}

static enum err_code add_places(struct operation_form *f, struct err *err)
{
    const struct chosen *c = &f->chosen;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < c->count && i < NAMES_SHOWN && !rc; i++) {
        const struct target *t = &c->targets[i];

        rc = add_line(f, err, "%.120s%s%.100s%s%.100s, account %s, %s", t->name,
                      t->stage[0] != '\0' ? " / " : "", t->stage, t->action[0] != '\0' ? " / " : "",
                      t->action, t->account, t->region);
    }
    if (!rc && c->count > NAMES_SHOWN)
        rc = add_line(f, err, "and %zu more", c->count - NAMES_SHOWN);
    if (!rc && c->left_out > 0)
        rc = add_line(f, err, "%zu marked %s left out: %s", c->left_out,
                      c->left_out == 1 ? "is" : "are",
                      c->left_why[0] != '\0' ? c->left_why : "it cannot be done to them");
    return rc;
}

static const struct pipeline_part *part_of(const struct operation_form *f)
{
    for (size_t i = 0; i < f->tree.count; i++) {
        if (sv_eq(f->tree.parts[i].pipeline.row.id.name, f->standing.what.id.name))
            return &f->tree.parts[i];
    }
    return NULL;
}

static const struct execution *execution_of(const struct operation_form *f, struct sv id)
{
    const struct pipeline_part *part = part_of(f);
    const struct execution *found = part != NULL ? part_execution(part, id) : NULL;

    if (found == NULL && sv_eq(f->standing.pipeline.latest.id, id))
        found = &f->standing.pipeline.latest;
    return found;
}

static enum err_code add_execution(struct operation_form *f, const char *what, struct sv id,
                                   struct err *err)
{
    const struct execution *e = execution_of(f, id);

    if (id.len == 0)
        return ERR_OK;
    if (e == NULL)
        return add_line(f, err, "%s execution " SV_FMT, what, SV_ARG(sv_take(id, 40)));
    return add_line(f, err, "%s execution " SV_FMT " (%s): " SV_FMT " " SV_FMT, what,
                    SV_ARG(sv_take(id, ID_SHOWN)), status_word(e->status),
                    SV_ARG(sv_take(e->revision, REVISION_SHOWN)),
                    SV_ARG(sv_take(e->revision_summary, 300)));
}

/* How long a person may still take; AWS fails the action then. */
static enum err_code add_expiry(struct operation_form *f, const struct action_state *a,
                                const struct action_def *def, const struct view_look *look,
                                struct err *err)
{
    int64_t minutes =
        def != NULL && def->timeout_minutes > 0 ? def->timeout_minutes : APPROVAL_MINUTES;
    int64_t left = a->changed_at + minutes * MINUTE_MS - look->now_ms;
    char waited[AGE_SIZE];
    char rest[AGE_SIZE];

    if (a->changed_at == 0)
        return ERR_OK;
    return add_line(
        f, err, "waits for %s; %s%s", duration_text(look->now_ms - a->changed_at, waited),
        left > 0 ? "expires in " : "has expired", left > 0 ? duration_text(left, rest) : "");
}

static enum err_code add_approval(struct operation_form *f, const struct view_look *look,
                                  struct err *err)
{
    const struct target *t = &f->chosen.targets[0];
    const struct action_state *a = standing_action(&f->standing, sv_of(t->stage), sv_of(t->action));
    const struct action_def *def = standing_def(&f->standing, sv_of(t->stage), sv_of(t->action));
    struct sv execution = SV("");
    enum err_code rc;

    for (size_t i = 0; i < f->standing.pipeline.state.stage_count; i++) {
        if (sv_eq(f->standing.pipeline.state.stages[i].name, sv_of(t->stage)))
            execution = f->standing.pipeline.state.stages[i].execution_id;
    }
    rc = add_execution(f, "releases", execution, err);
    if (!rc && a != NULL)
        rc = add_expiry(f, a, def, look, err);
    if (!rc && def != NULL && def->data.len > 0)
        rc = add_line(f, err, "says: " SV_FMT, SV_ARG(sv_take(def->data, 1000)));
    if (!rc && def != NULL && def->link.len > 0)
        rc = add_line(f, err, "link: " SV_FMT, SV_ARG(sv_take(def->link, 1000)));
    return rc;
}

/* Why all actions are proposed. */
static enum err_code add_retry(struct operation_form *f, const struct possible *p, struct err *err)
{
    enum err_code rc = add_execution(f, "retries", p->completed.execution_id, err);

    if (!rc && p->prefers_all)
        rc = add_line(f, err,
                      "Its ChangeSet does not exist any more, so the action that failed cannot "
                      "succeed alone: all actions of the stage are proposed.");
    return rc;
}

static enum err_code add_lines(struct operation_form *f, const struct view_look *look,
                               const struct possible *p, struct err *err)
{
    enum err_code rc = add_places(f, err);

    if (rc || f->chosen.count != 1)
        return rc;
    switch (f->chosen.action) {
    case ACTION_APPROVE:
    case ACTION_REJECT:
        return add_approval(f, look, err);
    case ACTION_STOP:
        return add_execution(f, "stops", p->completed.execution_id, err);
    case ACTION_RETRY:
        return add_retry(f, p, err);
    default: /* nothing more is known beforehand */
        return ERR_OK;
    }
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

static int find_field(const struct operation_form *f, enum operation_field field)
{
    for (int i = 0; i < f->form.count; i++) {
        if (f->fields[i] == field)
            return i;
    }
    return -1;
}

static struct form_field *field_of(struct operation_form *f, enum operation_field field)
{
    int i = find_field(f, field);

    return i >= 0 ? &f->form.fields[i] : NULL;
}

/* Only where there is a choice. */
static enum err_code add_stages(struct operation_form *f, const struct possible *p, struct err *err)
{
    if (f->chosen.count != 1 || p->stage_count < 2)
        return ERR_OK;
    for (size_t i = 0; i < p->stage_count; i++) {
        struct sv name = arena_sv(&f->arena, p->stages[i]->name);

        if (name.ptr == NULL)
            return arena_err(&f->arena, err);
        f->stages[i] = name.ptr;
    }
    add_choice(f, OPERATION_STAGE, "Stage", "which one", f->stages);
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
    enum err_code rc = ERR_OK;

    if (f->chosen.count > 1)
        rc = add_line(f, err, "Each with its own defaults and its newest revisions.");
    else if (!f->standing.has_def)
        rc = add_line(f, err, "Its variables are not known yet: they get their defaults.");
    else
        rc = add_variables(f, err);
    if (!rc && f->chosen.count == 1 && f->standing.has_def)
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

static void add_fields_of_action(struct operation_form *f, const struct possible *p)
{
    switch (f->chosen.action) {
    case ACTION_STOP:
        add_choice(f, OPERATION_ABANDON, "How",
                   "wait lets running actions end; abandon leaves them to run on unseen, which may "
                   "fail or double what they do",
                   how_words);
        add(f, OPERATION_REASON, FORM_TEXT, "Reason", "why; the others see it in AWS");
        return;
    case ACTION_RETRY:
        add_retry_fields(f, p);
        return;
    case ACTION_ROLLBACK:
        add_choice(f, OPERATION_EXECUTION, "Back to", "an execution that succeeded in the stage",
                   f->executions);
        return;
    case ACTION_APPROVE:
    case ACTION_REJECT:
        add(f, OPERATION_COMMENT, FORM_TEXT, "Comment", "the others see it in AWS; may be empty");
        return;
    case ACTION_DISABLE:
        add(f, OPERATION_REASON, FORM_TEXT, "Reason", "why; the others see it in AWS");
        return;
    case ACTION_OVERRIDE:
        add_choice(f, OPERATION_CONDITION, "Condition", "which one is overridden", condition_words);
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

/* ---- executions to go back to ---- */

static struct sv stage_chosen(const struct operation_form *f)
{
    int stage = find_field(f, OPERATION_STAGE);

    return stage >= 0 ? form_text(&f->form.fields[stage]) : sv_of(f->chosen.targets[0].stage);
}

/* The one that is in the stage now is none to go back to. */
static bool is_candidate(const struct operation_form *f, const struct pipeline_part *part,
                         const struct execution *e, struct sv stage)
{
    const struct stage_run *run = part_stage_run(part, e->id, stage);
    const struct pipeline_state *state = &f->standing.pipeline.state;

    for (size_t i = 0; i < state->stage_count; i++) {
        if (sv_eq(state->stages[i].name, stage) && sv_eq(state->stages[i].execution_id, e->id))
            return false;
    }
    return run != NULL && run->status == STATUS_SUCCEEDED && !e->is_rollback;
}

static void add_choice_of(struct operation_form *f, struct sv id, struct sv revision,
                          struct sv summary, struct sv author)
{
    char text[240];
    struct sv kept;

    if (f->execution_count == OPERATION_CHOICES_MAX)
        return;
    snprintf(text, sizeof text, SV_FMT "  " SV_FMT "  " SV_FMT "%s" SV_FMT,
             SV_ARG(sv_take(id, ID_SHOWN)), SV_ARG(sv_take(revision, REVISION_SHOWN)),
             SV_ARG(sv_take(summary, SUMMARY_SHOWN)), author.len > 0 ? ", " : "",
             SV_ARG(sv_take(author, AUTHOR_SHOWN)));
    kept = arena_sv(&f->candidates, sv_of(text));
    id = arena_sv(&f->candidates, id);
    if (kept.ptr == NULL || id.ptr == NULL)
        return; /* fewer are offered; another one may be typed in the palette */
    f->execution_ids[f->execution_count] = id;
    f->executions[f->execution_count++] = kept.ptr;
}

/* As AWS told, lately or for this form. */
static bool take_told(struct operation_form *f, struct sv stage)
{
    CLEANUP(arena_release) struct arena arena;
    struct candidate_list list;

    arena_init(&arena, ARENA_CAP);
    if (rollback_candidates_get(f->cache, &f->standing.what.id, stage, &arena, &list,
                                &f->candidates_read_at, NULL))
        return false;
    snprintf(f->refusal, sizeof f->refusal, SV_FMT, SV_ARG(list.refusal));
    for (size_t i = 0; i < list.count; i++) {
        const struct candidate *c = &list.items[i];

        if (!c->is_now)
            add_choice_of(f, c->execution_id, c->revision, c->summary, c->author);
    }
    return true;
}

static void take_cached(struct operation_form *f, struct sv stage)
{
    const struct pipeline_part *part = part_of(f);

    for (size_t i = 0; part != NULL && i < part->execution_count; i++) {
        const struct execution *e = &part->executions[i];

        if (is_candidate(f, part, e, stage))
            add_choice_of(f, e->id, e->revision, e->revision_summary, SV(""));
    }
}

static void offer_executions(struct operation_form *f, struct sv wanted)
{
    struct form_field *field = field_of(f, OPERATION_EXECUTION);
    struct sv stage = stage_chosen(f);

    arena_clear(&f->candidates);
    f->execution_count = 0;
    f->refusal[0] = '\0';
    if (!take_told(f, stage))
        take_cached(f, stage);
    f->executions[f->execution_count] = NULL;
    field->choices = f->execution_count > 0 ? f->executions : NULL;
    field->chosen = 0;
    for (size_t i = 0; i < f->execution_count && wanted.len > 0; i++) {
        if (sv_eq(f->execution_ids[i], wanted))
            field->chosen = (int)i;
    }
}

void operation_form_news(struct operation_form *f)
{
    int at = find_field(f, OPERATION_EXECUTION);
    char chosen[TARGET_EXECUTION_SIZE] = "";

    if (at < 0)
        return;
    if (f->execution_count > 0)
        target_set(chosen, sizeof chosen, f->execution_ids[f->form.fields[at].chosen]);
    offer_executions(f, sv_of(chosen));
}

bool operation_form_asks(struct operation_form *f, struct target *out)
{
    struct sv stage = stage_chosen(f);

    if (find_field(f, OPERATION_EXECUTION) < 0 || sv_eq(sv_of(f->asked_stage), stage))
        return false;
    target_set(f->asked_stage, sizeof f->asked_stage, stage);
    *out = f->chosen.targets[0];
    target_set(out->stage, sizeof out->stage, stage);
    return true;
}

void operation_form_changed(struct operation_form *f)
{
    if (f->form.cursor == find_field(f, OPERATION_STAGE) && find_field(f, OPERATION_EXECUTION) >= 0)
        offer_executions(f, SV(""));
}

/* ---- open and fill ---- */

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

/* What was one of several when it was begun may be the only one by now. */
static void take_stage(struct operation_form *f, const struct possible *p)
{
    if (f->chosen.count == 1 && p->stage_count == 1)
        target_set(f->chosen.targets[0].stage, TARGET_NAME_SIZE, p->completed.stage);
}

enum err_code operation_form_open(struct operation_form *f, struct cache *cache,
                                  const struct view_look *look, struct err *err)
{
    struct possible p;
    enum err_code rc;

    f->cache = cache;
    arena_init(&f->arena, ARENA_CAP);
    arena_init(&f->candidates, ARENA_CAP);
    pipeline_tree_init(&f->tree);
    form_init(&f->form, rule, f);
    rc = load_known(f, cache, &p, err);
    if (rc)
        return rc;
    take_stage(f, &p);
    rc = add_lines(f, look, &p, err);
    if (!rc)
        rc = add_stages(f, &p, err);
    if (!rc && f->chosen.action == ACTION_RELEASE)
        rc = add_release(f, err);
    add_fields_of_action(f, &p);
    preset_from(f);
    if (f->chosen.action == ACTION_ROLLBACK)
        offer_executions(f, f->standing.what.execution_id);
    return rc;
}

void operation_form_release(struct operation_form *f)
{
    pipeline_tree_release(&f->tree);
    arena_release(&f->candidates);
    arena_release(&f->arena);
}

static enum err_code keep(struct arena *arena, struct sv text, struct sv *out, struct err *err)
{
    *out = arena_sv(arena, text);
    return out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

/* What is as it would be anyway is not sent. */
static enum err_code fill_pairs(const struct operation_form *f, enum operation_field kind,
                                struct act *act, struct name_value **out, size_t *count,
                                struct err *err)
{
    enum err_code rc = ERR_OK;

    *out = arena_alloc(&act->arena, FORM_MAX, sizeof **out);
    if (*out == NULL)
        return arena_err(&act->arena, err);
    for (int i = 0; i < f->form.count && *count < PAIRS_MAX && !rc; i++) {
        struct sv text = typed(&f->form.fields[i]);
        struct name_value *pair = &(*out)[*count];

        if (f->fields[i] != kind || text.len == 0 || sv_eq(text, f->defaults[i]))
            continue;
        rc = keep(&act->arena, f->names[i], &pair->name, err);
        if (!rc)
            rc = keep(&act->arena, text, &pair->value, err);
        *count += rc == ERR_OK;
    }
    return rc;
}

static enum err_code fill_skipped(struct sv text, struct act *act, struct err *err)
{
    struct operation_input *in = &act->input.operation;
    enum err_code rc = ERR_OK;

    in->skipped = arena_alloc(&act->arena, text.len / 2 + 1, sizeof *in->skipped);
    if (in->skipped == NULL)
        return arena_err(&act->arena, err);
    while (text.len > 0 && !rc) {
        struct sv word = sv_cut(text, ' ', &text);

        text = sv_trim(text);
        rc = keep(&act->arena, word, &in->skipped[in->skipped_count], err);
        in->skipped_count += rc == ERR_OK;
    }
    return rc;
}

static enum err_code fill_field(const struct operation_form *f, int i, struct act *act,
                                struct err *err)
{
    struct operation_input *in = &act->input.operation;
    const struct form_field *field = &f->form.fields[i];
    struct sv text = typed(field);

    switch (f->fields[i]) {
    case OPERATION_STAGE:
        return keep(&act->arena, text, &in->operands[0].stage, err);
    case OPERATION_EXECUTION:
        if (f->execution_count == 0)
            return ERR_OK;
        return keep(&act->arena, f->execution_ids[field->chosen], &in->operands[0].execution_id,
                    err);
    case OPERATION_ALL:
        in->is_all = field->chosen == 1;
        return ERR_OK;
    case OPERATION_ABANDON:
        in->is_abandon = field->chosen == 1;
        return ERR_OK;
    case OPERATION_CONDITION:
        return keep(&act->arena, field->chosen == 0 ? SV("") : text, &in->condition, err);
    case OPERATION_COMMENT:
        return keep(&act->arena, text, &in->comment, err);
    case OPERATION_REASON:
        return keep(&act->arena, text, &in->reason, err);
    case OPERATION_BRANCH:
        return keep(&act->arena, text, &in->branch, err);
    case OPERATION_FROM:
        return keep(&act->arena, text, &in->from, err);
    case OPERATION_SKIPPED:
        return fill_skipped(text, act, err);
    case OPERATION_VARIABLE:
    case OPERATION_REVISION:
        break;
    }
    return ERR_OK;
}

/* Texts that are not asked for are empty, not missing. */
static void clear_texts(struct operation_input *in)
{
    in->reason = in->comment = in->condition = in->branch = in->from = SV("");
}

enum err_code operation_form_fill(const struct operation_form *f, struct act *act, struct err *err)
{
    struct operation_input *in = &act->input.operation;
    enum err_code rc;

    clear_texts(in);
    rc = operation_fill(&f->chosen, act, err);
    for (int i = 0; i < f->form.count && !rc; i++)
        rc = fill_field(f, i, act, err);
    if (!rc)
        rc = fill_pairs(f, OPERATION_VARIABLE, act, &in->variables, &in->variable_count, err);
    if (!rc)
        rc = fill_pairs(f, OPERATION_REVISION, act, &in->revisions, &in->revision_count, err);
    return rc;
}

/* ---- what is said ---- */

void operation_form_note(const struct operation_form *f, char *out, size_t size)
{
    const struct form_field *field = &f->form.fields[f->form.cursor];
    enum operation_field kind = f->fields[f->form.cursor];
    size_t limit = f->form.count > 0 ? limit_of(f, kind) : 0;

    out[0] = '\0';
    if (limit > 0)
        snprintf(out, size, "%zu of %zu characters", count_characters(form_text(field)), limit);
}

void operation_form_title(const struct operation_form *f, char *out, size_t size)
{
    const struct chosen *c = &f->chosen;

    if (c->count == 1)
        snprintf(out, size, "%s: %.80s", action_table[c->action].title, c->targets[0].name);
    else
        snprintf(out, size, "%s: %zu targets", action_table[c->action].title, c->count);
}
