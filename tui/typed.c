#include "tui/typed.h"

enum { ARENA_CAP = 16 << 20, WORD_SHOWN = 100 };

const struct typed_form *typed_form_of(enum command command)
{
    static const struct typed_form forms[] = {
        {CMD_RELEASE, PLACE_PIPELINE, 1, "NAME"},
        {CMD_STOP, PLACE_PIPELINE, 1, "NAME"},
        {CMD_RETRY, PLACE_FAILED, 2, "NAME STAGE"},
        {CMD_ROLLBACK, PLACE_STAGE, 3, "NAME STAGE EXECUTION"},
        {CMD_APPROVE, PLACE_APPROVAL, 3, "NAME STAGE ACTION"},
        {CMD_REJECT, PLACE_APPROVAL, 3, "NAME STAGE ACTION"},
        {CMD_TRANSITION, PLACE_STAGE, 2, "enable or disable, NAME STAGE"},
        {CMD_OVERRIDE, PLACE_STAGE, 3, "NAME STAGE CONDITION"},
        {CMD_LOGS, PLACE_FAILED, 3, "NAME STAGE ACTION"},
    };

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (forms[i].command == command)
            return &forms[i];
    }
    return NULL;
}

/* ---- words ---- */

static struct sv skip_blanks(struct sv text)
{
    while (text.len > 0 && text.ptr[0] == ' ')
        text = sv_drop(text, 1);
    return text;
}

/* Only before a name, since a pipeline may be called so. */
static enum action_id take_direction(struct sv *rest)
{
    struct sv behind;
    struct sv word = sv_cut(*rest, ' ', &behind);
    bool enables = sv_eq(word, SV("enable"));

    if (behind.ptr == NULL || (!enables && !sv_eq(word, SV("disable"))))
        return ACTION_COUNT;
    *rest = skip_blanks(behind);
    return enables ? ACTION_ENABLE : ACTION_DISABLE;
}

void typed_split(const struct typed_form *form, struct sv argument, struct typed_words *out)
{
    struct sv rest = skip_blanks(argument);

    *out = (struct typed_words){.action = ACTION_COUNT};
    if (form->command == CMD_TRANSITION)
        out->action = take_direction(&rest);
    while (rest.ptr != NULL && out->count < form->most) {
        out->words[out->count++] = sv_cut(rest, ' ', &rest);
        if (rest.ptr != NULL)
            rest = skip_blanks(rest);
    }
    out->has_more = rest.ptr != NULL;
}

/* ---- what they mean ---- */

static bool in_scope(const void *scope, const struct pipeline_id *id)
{
    return scope_find(scope, id) != NULL;
}

/* The condition is the one that holds the stage; a word for it must be that one's. */
static enum err_code check_condition(const struct cache_pipeline *p, struct sv stage,
                                     struct sv word, struct err *err)
{
    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *s = &p->state.stages[i];

        if (sv_eq(s->name, stage) && !sv_eq(s->condition, word))
            return err_set(err, ERR_NOT_FOUND,
                           SV_FMT " is held by no condition " SV_FMT "%s" SV_FMT,
                           SV_ARG(sv_take(stage, WORD_SHOWN)), SV_ARG(sv_take(word, WORD_SHOWN)),
                           s->condition.len > 0 ? "; it has: " : "", SV_ARG(s->condition));
    }
    return ERR_OK;
}

static enum err_code take_last(const struct typed_form *form, const struct cache_pipeline *p,
                               struct sv stage, struct sv word, struct target *out, struct err *err)
{
    if (form->command == CMD_ROLLBACK) {
        target_set(out->execution_id, sizeof out->execution_id, word);
        return ERR_OK;
    }
    if (form->command == CMD_OVERRIDE)
        return check_condition(p, stage, word, err);
    target_set(out->action, sizeof out->action, word);
    return place_check_action(p, stage, word, form->kind, err);
}

static enum err_code find(struct console *c, const struct typed_form *form,
                          const struct typed_words *w, struct arena *arena, struct target *out,
                          struct err *err)
{
    const struct place_choice how = {
        .stage = w->words[1], .kind = form->kind, .is_strict = true, .advice = ""};
    const struct cache_pipeline *p = NULL;
    struct place_rows rows;
    struct sv stage;
    enum err_code rc =
        place_rows_load(c->options.cache, w->words[0], c->scope.is_partial ? in_scope : NULL,
                        &c->scope, arena, &rows, err);

    if (rc)
        return rc;
    if (rows.count == 0)
        return err_set(err, ERR_NOT_FOUND, "no pipeline is called " SV_FMT,
                       SV_ARG(sv_take(w->words[0], WORD_SHOWN)));
    rc = place_rows_choose(&rows, &how, &p, &stage, err);
    if (rc)
        return rc;
    target_of_row(&p->row, out);
    target_set(out->stage, sizeof out->stage, stage);
    return w->words[2].len > 0 ? take_last(form, p, stage, w->words[2], out, err) : ERR_OK;
}

enum err_code typed_read(struct console *c, enum command command, struct sv argument,
                         struct typed *out, struct err *err)
{
    const struct typed_form *form = typed_form_of(command);
    const char *name = command_info(command)->name;
    CLEANUP(arena_release) struct arena arena;
    struct typed_words words;

    arena_init(&arena, ARENA_CAP);
    if (form == NULL)
        return err_set(err, ERR_USAGE, "%s takes nothing behind it", name);
    typed_split(form, sv_trim(argument), &words);
    if (words.has_more)
        return err_set(err, ERR_USAGE, "%s takes %s; its form asks for the rest", name,
                       form->usage);
    out->action = words.action;
    return find(c, form, &words, &arena, &out->target, err);
}
