#include "tui/question.h"

#include <stdarg.h>

/* The dialog's text, in the room that there is. */
struct text {
    char *out;
    size_t size;
    size_t len;
};

PRINTF_LIKE(2, 3)
static void put(struct text *t, const char *fmt, ...)
{
    va_list args;
    int len;

    if (t->len >= t->size)
        return;
    va_start(args, fmt);
    len = vsnprintf(t->out + t->len, t->size - t->len, fmt, args);
    va_end(args);
    t->len += len > 0 ? (size_t)len : 0;
}

static struct text begin(char *out, size_t size)
{
    out[0] = '\0';
    return (struct text){.out = out, .size = size};
}

/* ---- what ---- */

/* "creates 12, REPLACES 1" */
static void put_totals(struct text *t, const struct plan *plan)
{
    const char *before = "";

    for (int e = 0; e < EFFECT_COUNT; e++) {
        size_t count = plan_count(plan, (enum effect)e);

        if (count == 0 || e == EFFECT_KEEPS)
            continue;
        put(t, "%s%s %zu", before, effect_word((enum effect)e), count);
        before = ", ";
    }
    put(t, "\n");
}

/* Of operations a count says nothing: what each does, in words. */
static void put_effects(struct text *t, const struct plan *plan)
{
    bool is_one = plan->steps->next == NULL;

    for (const struct plan_step *s = plan->steps; s != NULL; s = s->next) {
        if (s->items == NULL)
            continue;
        if (!is_one)
            put(t, SV_FMT ": ", SV_ARG(s->title));
        put(t, SV_FMT "\n",
            SV_ARG(s->items->effect == EFFECT_KEEPS ? SV("nothing, it is so already")
                                                    : s->items->detail));
    }
}

static bool is_operation(const struct plan *plan)
{
    return plan->steps != NULL && plan->steps->iam.len > 0;
}

/* ---- where ---- */

/* Each place has a caller of its own. */
static void put_places(struct text *t, const struct plan *plan)
{
    const struct plan_step *s = NULL;

    while ((s = plan_next_place(plan, s)) != NULL)
        put(t, "In account " SV_FMT ", region " SV_FMT ", as " SV_FMT ".\n", SV_ARG(s->account),
            SV_ARG(s->region), SV_ARG(s->caller.len > 0 ? s->caller : sv_of(plan->caller)));
}

static void put_place(struct text *t, const struct plan *plan)
{
    char places[400];

    put(t, "In account %s, region %s, as %s.\n", plan->account, plan->region, plan->caller);
    plan_places(plan, places, sizeof places);
    if (places[0] != '\0')
        put(t, "It writes in %s.\n", places);
}

static size_t count_steps(const struct plan *plan)
{
    size_t count = 0;

    for (const struct plan_step *s = plan->steps; s != NULL; s = s->next)
        count++;
    return count;
}

static void put_guarded(struct text *t, const struct plan *plan)
{
    if (plan->guarded_count == 1)
        put(t, "PROTECTED: " SV_FMT ".\n", SV_ARG(plan->guarded));
    else if (plan->guarded_count > 1)
        put(t, "PROTECTED: " SV_FMT ". The word below stands for all %zu targets.\n",
            SV_ARG(plan->guarded), count_steps(plan));
}

/* What was told of the plan is told once more: it is the last thing that is read. */
static void put_warnings(struct text *t, const struct plan *plan)
{
    for (size_t i = 0; i < plan->defects->count; i++) {
        const struct defect *d = &plan->defects->items[i];

        if (d->is_warning)
            put(t, "Warning: %s%s%s\n", d->field, d->field[0] != '\0' ? ": " : "", d->text);
    }
}

/* ---- the questions ---- */

void question_title(const struct act *act, char *out, size_t size)
{
    const struct plan *plan = &act->plan;
    struct sv rest;
    struct sv first = sv_cut(plan->guarded, ',', &rest);

    if (plan->guarded_count == 0 || count_steps(plan) < 2 || !is_operation(plan))
        snprintf(out, size, "%s", plan->title);
    else
        snprintf(out, size, "%s: " SV_FMT " and %zu more", action_table[act->action].title,
                 SV_ARG(first), count_steps(plan) - 1);
}

void question_plan(const struct act *act, char *out, size_t size)
{
    const struct plan *plan = &act->plan;
    struct text t = begin(out, size);

    if (is_operation(plan)) {
        put_guarded(&t, plan);
        put_effects(&t, plan);
        put_warnings(&t, plan);
        put_places(&t, plan);
        return;
    }
    put_guarded(&t, plan);
    put_totals(&t, plan);
    put_warnings(&t, plan);
    put_place(&t, plan);
}

void question_again(const struct act *act, char *out, size_t size)
{
    struct text t = begin(out, size);

    put(&t, "What was done is left alone; the rest is looked at again and then sent.\n");
    put_guarded(&t, &act->plan);
    put_effects(&t, &act->plan);
    put_places(&t, &act->plan);
}

void question_stop(const struct act *act, char *out, size_t size)
{
    struct text t = begin(out, size);

    put(&t, "\"%s\" stops where it is.\n", act->plan.title);
    if (action_is_operation(act->action))
        put(&t, "A write that is out is not taken back: whether AWS did it is looked up when it is "
                "run again, before anything else is sent.\n");
    else
        put(&t, "What was sent to AWS goes on there; running it again continues.\n");
}
