/* What a change of a definition is, a line each. Values of variables are not shown: the line may
 * end up in a log. */
#include "core/model/definition.h"

#include <stdarg.h>

enum { SHOWN_MAX = 60 }; /* three of them fit */

struct changes {
    struct definition_change *items;
    size_t count;
    size_t left_out;
};

#define SHOWN(text)   SV_ARG(sv_take((text), SHOWN_MAX))
#define OR_NONE(text) SV_ARG((text).len > 0 ? sv_take((text), SHOWN_MAX) : SV("none"))

static void add(struct changes *c, enum change_kind kind, struct sv stage, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static void add(struct changes *c, enum change_kind kind, struct sv stage, const char *fmt, ...)
{
    struct definition_change *change;
    va_list args;

    if (c->count == DEFINITION_CHANGES_MAX) {
        c->left_out++;
        return;
    }
    change = &c->items[c->count++];
    change->kind = kind;
    change->stage = stage;
    va_start(args, fmt);
    if (vsnprintf(change->text, sizeof change->text, fmt, args) < 0)
        change->text[0] = '\0';
    va_end(args);
}

static void fix(struct defects *defects, const char *field, struct sv before, struct sv after)
{
    if (!sv_eq(before, after))
        defects_add(defects, field,
                    "cannot be changed (it is " SV_FMT "): delete the pipeline and create another",
                    OR_NONE(before));
}

static void refuse(const struct definition *a, const struct definition *b, struct defects *defects)
{
    char before[DERIVED_SIZE];
    char after[DERIVED_SIZE];

    fix(defects, "name", a->name, b->name);
    fix(defects, "strategy", sv_of(strategy_word(a->strategy)), sv_of(strategy_word(b->strategy)));
    fix(defects, "cicd", a->cicd, b->cicd);
    fix(defects, "source.type", sv_of(source_word(a->source)), sv_of(source_word(b->source)));
    definition_name(a, NULL, DERIVED_REPOSITORY, -1, before);
    definition_name(b, NULL, DERIVED_REPOSITORY, -1, after);
    if (a->source == b->source && sv_eq(a->name, b->name))
        fix(defects, "source.repository", sv_of(before), sv_of(after));
}

/* ---- the pipeline's own ---- */

static void edited(struct changes *c, struct sv stage, const char *what, struct sv before,
                   struct sv after)
{
    if (sv_eq(before, after))
        return;
    if (stage.len > 0)
        add(c, CHANGE_EDITED, stage, SV_FMT ": %s " SV_FMT " -> " SV_FMT, SHOWN(stage), what,
            OR_NONE(before), OR_NONE(after));
    else
        add(c, CHANGE_EDITED, stage, "%s " SV_FMT " -> " SV_FMT, what, OR_NONE(before),
            OR_NONE(after));
}

static const struct tag *tag_of(const struct definition *d, struct sv key)
{
    for (size_t i = 0; i < d->tag_count; i++) {
        if (sv_eq(d->tags[i].key, key))
            return &d->tags[i];
    }
    return NULL;
}

static void compare_tags(const struct definition *a, const struct definition *b, struct changes *c)
{
    for (size_t i = 0; i < a->tag_count; i++) {
        if (tag_of(b, a->tags[i].key) == NULL)
            add(c, CHANGE_REMOVED, SV(""), "tag " SV_FMT " removed", SHOWN(a->tags[i].key));
    }
    for (size_t i = 0; i < b->tag_count; i++) {
        const struct tag *t = &b->tags[i];
        const struct tag *old = tag_of(a, t->key);

        if (old == NULL)
            add(c, CHANGE_ADDED, SV(""), "tag " SV_FMT " = " SV_FMT " added", SHOWN(t->key),
                SHOWN(t->value));
        else if (!sv_eq(old->value, t->value))
            add(c, CHANGE_EDITED, SV(""), "tag " SV_FMT " " SV_FMT " -> " SV_FMT, SHOWN(t->key),
                OR_NONE(old->value), OR_NONE(t->value));
    }
}

static const struct variable *variable_of(const struct definition *d, struct sv name)
{
    for (size_t i = 0; i < d->variable_count; i++) {
        if (sv_eq(d->variables[i].name, name))
            return &d->variables[i];
    }
    return NULL;
}

static void compare_variables(const struct definition *a, const struct definition *b,
                              struct changes *c)
{
    for (size_t i = 0; i < a->variable_count; i++) {
        if (variable_of(b, a->variables[i].name) == NULL)
            add(c, CHANGE_REMOVED, SV(""), "variable " SV_FMT " removed",
                SHOWN(a->variables[i].name));
    }
    for (size_t i = 0; i < b->variable_count; i++) {
        const struct variable *v = &b->variables[i];
        const struct variable *old = variable_of(a, v->name);

        if (old == NULL)
            add(c, CHANGE_ADDED, SV(""), "variable " SV_FMT " added", SHOWN(v->name));
        else if (!sv_eq(old->value, v->value))
            add(c, CHANGE_EDITED, SV(""), "variable " SV_FMT " has another value", SHOWN(v->name));
    }
}

/* ---- stages ---- */

static ptrdiff_t stage_at(const struct definition *d, struct sv stage)
{
    for (size_t i = 0; i < d->stage_count; i++) {
        if (sv_eq(d->stages[i].stage, stage))
            return (ptrdiff_t)i;
    }
    return -1;
}

/* How many before it are in both: its place when what came and went does not count. */
static size_t rank(const struct definition *d, size_t at, const struct definition *other)
{
    size_t n = 0;

    for (size_t i = 0; i < at; i++)
        n += stage_at(other, d->stages[i].stage) >= 0;
    return n;
}

static void compare_stage(const struct definition *a, size_t from, const struct definition *b,
                          size_t to, struct changes *c)
{
    const struct definition_stage *x = &a->stages[from];
    const struct definition_stage *y = &b->stages[to];

    if (rank(a, from, b) != rank(b, to, a))
        add(c, CHANGE_MOVED, y->stage, SV_FMT " moved from %zu to %zu", SHOWN(y->stage), from + 1,
            to + 1);
    edited(c, y->stage, "environment", x->environment, y->environment);
    edited(c, y->stage, "team", x->team, y->team);
    if (x->approval != y->approval)
        edited(c, y->stage, "approval", x->approval ? SV("yes") : SV("no"),
               y->approval ? SV("yes") : SV("no"));
    edited(c, y->stage, "branch", definition_branch(a, from), definition_branch(b, to));
}

static void compare_stages(const struct definition *a, const struct definition *b,
                           struct changes *c)
{
    for (size_t i = 0; i < a->stage_count; i++) {
        const struct definition_stage *s = &a->stages[i];

        if (stage_at(b, s->stage) < 0)
            add(c, CHANGE_REMOVED, s->stage, SV_FMT " removed (environment " SV_FMT ")",
                SHOWN(s->stage), SHOWN(s->environment));
    }
    for (size_t i = 0; i < b->stage_count; i++) {
        const struct definition_stage *s = &b->stages[i];
        ptrdiff_t from = stage_at(a, s->stage);

        if (from < 0)
            add(c, CHANGE_ADDED, s->stage, SV_FMT " added as %zu (environment " SV_FMT ")",
                SHOWN(s->stage), i + 1, SHOWN(s->environment));
        else
            compare_stage(a, (size_t)from, b, i, c);
    }
}

enum err_code definition_compare(const struct definition *before, const struct definition *after,
                                 struct arena *arena, struct definition_change **out, size_t *count,
                                 struct defects *defects, struct err *err)
{
    struct changes c = {
        .items = arena_alloc(arena, DEFINITION_CHANGES_MAX, sizeof(struct definition_change))};

    if (c.items == NULL)
        return arena_err(arena, err);
    refuse(before, after, defects);
    if (!sv_eq(before->description, after->description))
        add(&c, CHANGE_EDITED, SV(""), "another description");
    edited(&c, SV(""), "team", before->team, after->team);
    edited(&c, SV(""), "starter app", sv_of(starter_word(before->starter)),
           sv_of(starter_word(after->starter)));
    if (before->source == after->source)
        edited(&c, SV(""), "connection", before->connection_arn, after->connection_arn);
    compare_tags(before, after, &c);
    compare_variables(before, after, &c);
    compare_stages(before, after, &c);
    if (c.left_out > 0) {
        c.count--;
        add(&c, CHANGE_EDITED, SV(""), "and %zu more", c.left_out + 1);
    }
    *out = c.items;
    *count = c.count;
    return ERR_OK;
}
