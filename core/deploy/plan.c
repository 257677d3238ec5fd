#include "core/deploy/plan.h"

#include "core/base/mem.h"

enum { PLAN_SIZE_MAX = 16 << 20 };

static const struct {
    const char *word;
    char sign;
    bool harms;
} effects[] = {
#define EFFECT_ROW(name, word, sign, harms) [EFFECT_##name] = {word, sign, harms},
    EFFECT_LIST(EFFECT_ROW)
#undef EFFECT_ROW
};

const char *effect_word(enum effect e)
{
    return effects[e].word;
}

char effect_sign(enum effect e)
{
    return effects[e].sign;
}

bool effect_harms(enum effect e)
{
    return effects[e].harms;
}

enum err_code plan_init(struct plan *plan, struct err *err)
{
    *plan = (struct plan){.guarded = SV("")};
    arena_init(&plan->arena, PLAN_SIZE_MAX);
    plan->defects = arena_alloc(&plan->arena, 1, sizeof *plan->defects);
    return plan->defects == NULL ? arena_err(&plan->arena, err) : ERR_OK;
}

void plan_release(struct plan *plan)
{
    arena_release(&plan->arena);
    *plan = (struct plan){0};
}

struct plan_step *plan_step(struct plan *plan, const char *title, struct sv account,
                            struct sv region, const char *calls)
{
    struct plan_step *step = arena_alloc(&plan->arena, 1, sizeof *step);

    if (step == NULL)
        return NULL;
    step->title = arena_sv(&plan->arena, sv_of(title));
    step->account = arena_sv(&plan->arena, account);
    step->region = arena_sv(&plan->arena, region);
    step->calls = arena_sv(&plan->arena, sv_of(calls));
    step->caller = step->iam = step->aws_line = step->own_line = SV("");
    if (step->title.ptr == NULL || step->account.ptr == NULL || step->region.ptr == NULL ||
        step->calls.ptr == NULL)
        return NULL;
    if (plan->last == NULL)
        plan->steps = step;
    else
        plan->last->next = step;
    plan->last = step;
    return step;
}

struct plan_item *plan_item(struct plan *plan, struct plan_step *step, enum effect effect,
                            struct sv type, struct sv name, struct sv detail)
{
    struct plan_item *item = arena_alloc(&plan->arena, 1, sizeof *item);

    if (item == NULL)
        return NULL;
    item->effect = effect;
    item->type = arena_sv(&plan->arena, type);
    item->name = arena_sv(&plan->arena, name);
    item->detail = arena_sv(&plan->arena, detail);
    if (item->type.ptr == NULL || item->name.ptr == NULL || item->detail.ptr == NULL)
        return NULL;
    if (step->last == NULL)
        step->items = item;
    else
        step->last->next = item;
    step->last = item;
    return item;
}

enum err_code plan_keep_texts(struct plan *plan, struct sv template_text, struct sv ddk_json,
                              struct err *err)
{
    plan->template_text = arena_sv(&plan->arena, template_text);
    plan->ddk_json = arena_sv(&plan->arena, ddk_json);
    return plan->template_text.ptr == NULL || plan->ddk_json.ptr == NULL
               ? arena_err(&plan->arena, err)
               : ERR_OK;
}

size_t plan_count(const struct plan *plan, enum effect effect)
{
    size_t count = 0;

    for (const struct plan_step *s = plan->steps; s != NULL; s = s->next) {
        for (const struct plan_item *i = s->items; i != NULL; i = i->next)
            count += i->effect == effect;
    }
    return count;
}

bool plan_harms(const struct plan *plan)
{
    size_t count = 0;

    for (int e = 0; e < EFFECT_COUNT; e++)
        count += effects[e].harms ? plan_count(plan, (enum effect)e) : 0;
    return count > 0;
}

static bool is_place_of(const struct plan_step *a, const struct plan_step *b)
{
    return sv_eq(a->account, b->account) && sv_eq(a->region, b->region) &&
           sv_eq(a->caller, b->caller);
}

static bool was_named(const struct plan *plan, const struct plan_step *until)
{
    for (const struct plan_step *s = plan->steps; s != until; s = s->next) {
        if (is_place_of(s, until))
            return true;
    }
    return false;
}

const struct plan_step *plan_next_place(const struct plan *plan, const struct plan_step *after)
{
    const struct plan_step *s = after == NULL ? plan->steps : after->next;

    while (s != NULL && (s->account.len == 0 || was_named(plan, s)))
        s = s->next;
    return s;
}

static bool is_own_place(const struct plan *plan, const struct plan_step *s)
{
    return sv_eq(s->account, sv_of(plan->account)) && sv_eq(s->region, sv_of(plan->region));
}

void plan_places(const struct plan *plan, char *out, size_t size)
{
    const struct plan_step *s = plan_next_place(plan, NULL);
    size_t len = 0;

    out[0] = '\0';
    if (s == NULL || (is_own_place(plan, s) && plan_next_place(plan, s) == NULL))
        return;
    while (s != NULL && len < size) {
        const struct plan_step *next = plan_next_place(plan, s);

        len += (size_t)snprintf(out + len, size - len, "%s" SV_FMT " " SV_FMT,
                                len == 0       ? ""
                                : next == NULL ? " and "
                                               : ", ",
                                SV_ARG(s->account), SV_ARG(s->region));
        s = next;
    }
}

/* ---- text ---- */

/* "AWS::S3::Bucket" is "S3 Bucket" to a person. */
static struct sv short_type(struct sv type, char out[64])
{
    struct sv rest = sv_starts(type, SV("AWS::")) ? sv_drop(type, 5) : type;
    ptrdiff_t at = sv_find(rest, SV("::"));

    if (at < 0)
        return rest;
    (void)snprintf(out, 64, SV_FMT " " SV_FMT, SV_ARG(sv_take(sv_take(rest, (size_t)at), 24)),
                   SV_ARG(sv_take(sv_drop(rest, (size_t)at + 2), 36)));
    return sv_of(out);
}

static enum err_code put_item(const struct plan_item *item, struct sb *out, struct err *err)
{
    char type[64];
    enum err_code rc =
        sb_addf(out, err, "   %c %-11s ", effects[item->effect].sign, effects[item->effect].word);

    if (!rc)
        rc = sb_add_safe(out, short_type(item->type, type), err);
    if (!rc)
        rc = sb_addc(out, ' ', err);
    if (!rc)
        rc = sb_add_safe(out, item->name, err);
    if (!rc && item->detail.len > 0) {
        rc = sb_add(out, SV(": "), err);
        if (!rc)
            rc = sb_add_safe(out, item->detail, err);
    }
    if (!rc && item->cost != NULL)
        rc = sb_addf(out, err, "  ($ %s)", item->cost);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code put_words(const char *title, struct sv text, struct sb *out, struct err *err)
{
    enum err_code rc;

    if (text.len == 0)
        return ERR_OK;
    rc = sb_addf(out, err, "   %s ", title);
    if (!rc)
        rc = sb_add_safe(out, text, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

/* What an operation finds, and what it would do. */
static enum err_code put_turn(const struct plan_item *item, struct sb *out, struct err *err)
{
    char title[32];
    enum err_code rc = put_words("now", item->name, out, err);

    (void)snprintf(title, sizeof title, "%c %s", effects[item->effect].sign,
                   effects[item->effect].word);
    return rc ? rc : put_words(title, item->detail, out, err);
}

/* What only an operation's step has. */
static enum err_code put_lines(const struct plan_step *step, struct sb *out, struct err *err)
{
    const struct {
        const char *title;
        struct sv text;
    } lines[] = {
        {"as", step->caller},
        {"needs", step->iam},
        {"the same as", step->aws_line},
        {"or as", step->own_line},
    };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(lines) && !rc; i++)
        rc = put_words(lines[i].title, lines[i].text, out, err);
    return rc;
}

static enum err_code put_step(const struct plan_step *step, int number, struct sb *out,
                              struct err *err)
{
    enum err_code rc = sb_addf(out, err, "\n%2d ", number);

    if (!rc)
        rc = sb_add_safe(out, step->title, err);
    if (!rc && step->account.len > 0)
        rc = sb_addf(out, err, "  [" SV_FMT " " SV_FMT "]", SV_ARG(step->account),
                     SV_ARG(step->region));
    if (!rc)
        rc = sb_addc(out, '\n', err);
    if (!rc && step->calls.len > 0)
        rc = sb_addf(out, err, "   calls " SV_FMT "\n", SV_ARG(step->calls));
    for (const struct plan_item *i = step->items; i != NULL && !rc; i = i->next)
        rc = step->iam.len > 0 ? put_turn(i, out, err) : put_item(i, out, err);
    return rc ? rc : put_lines(step, out, err);
}

static enum err_code put_defects(const struct defects *defects, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < defects->count && !rc; i++) {
        const struct defect *d = &defects->items[i];

        rc = sb_add(out, d->is_warning ? SV("! warning: ") : SV("X cannot: "), err);
        if (!rc && d->field[0] != '\0')
            rc = sb_add_safe(out, sv_of(d->field), err);
        if (!rc && d->field[0] != '\0')
            rc = sb_add(out, SV(": "), err);
        if (!rc)
            rc = sb_add_safe(out, sv_of(d->text), err);
        if (!rc)
            rc = sb_addc(out, '\n', err);
    }
    if (!rc && defects->left_out > 0)
        rc = sb_addf(out, err, "  and %zu more\n", defects->left_out);
    return rc;
}

static enum err_code put_totals(const struct plan *plan, struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("\n"), err);
    const char *before = "In all: ";

    for (int e = 0; e < EFFECT_COUNT && !rc; e++) {
        size_t count = plan_count(plan, (enum effect)e);

        if (count == 0)
            continue;
        rc = sb_addf(out, err, "%s%s %zu", before, effects[e].word, count);
        before = ", ";
    }
    if (!rc && before[0] == ',')
        rc = sb_add(out, SV(".\n"), err);
    return rc || !plan->is_nothing ? rc : sb_add(out, SV("Nothing to do.\n"), err);
}

static enum err_code put_document(const char *title, struct sv text, struct sb *out,
                                  struct err *err)
{
    enum err_code rc = ERR_OK;

    if (text.len == 0)
        return ERR_OK;
    rc = sb_addf(out, err, "\n%s\n", title);
    while (text.len > 0 && !rc) {
        struct sv line = sv_cut(text, '\n', &text);

        rc = sb_add(out, SV("  "), err);
        if (!rc)
            rc = sb_add_safe(out, line, err);
        if (!rc)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

/* Why a word must be typed. */
static enum err_code put_guarded(const struct plan *plan, struct sb *out, struct err *err)
{
    enum err_code rc;

    if (plan->guarded.len == 0 || plan->confirm[0] == '\0')
        return ERR_OK;
    rc = sb_add(out, SV("! PROTECTED: "), err);
    if (!rc)
        rc = sb_add_safe(out, plan->guarded, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

enum err_code plan_text(const struct plan *plan, bool shows_template, struct sb *out,
                        struct err *err)
{
    enum err_code rc = sb_add_safe(out, sv_of(plan->title), err);
    int number = 0;

    if (!rc)
        rc = sb_addf(out, err, "\naccount %s, region %s, as ", plan->account, plan->region);
    if (!rc)
        rc = sb_add_safe(out, sv_of(plan->caller), err);
    if (!rc)
        rc = sb_addc(out, '\n', err);
    if (!rc)
        rc = put_defects(plan->defects, out, err);
    if (!rc)
        rc = put_guarded(plan, out, err);
    for (const struct plan_step *s = plan->steps; s != NULL && !rc; s = s->next)
        rc = put_step(s, ++number, out, err);
    if (!rc)
        rc = put_totals(plan, out, err);
    if (!rc && shows_template)
        rc = put_document("ddk.json", plan->ddk_json, out, err);
    if (!rc && shows_template)
        rc = put_document("template", plan->template_text, out, err);
    return rc;
}

/* ---- JSON ---- */

static void put_item_json(struct jw *w, const struct plan_item *item)
{
    jw_open(w, '{');
    jw_put_sv(w, "effect", sv_of(effects[item->effect].word));
    jw_put_bool(w, "harms", effects[item->effect].harms);
    jw_put_sv(w, "type", item->type);
    jw_put_sv(w, "name", item->name);
    jw_put_sv(w, "detail", item->detail);
    jw_put_sv(w, "cost", sv_of(item->cost));
    jw_close(w, '}');
}

static void put_steps_json(struct jw *w, const struct plan *plan)
{
    jw_name(w, "steps");
    jw_open(w, '[');
    for (const struct plan_step *s = plan->steps; s != NULL; s = s->next) {
        jw_open(w, '{');
        jw_put_sv(w, "title", s->title);
        jw_put_sv(w, "account", s->account);
        jw_put_sv(w, "region", s->region);
        jw_put_sv(w, "calls", s->calls);
        jw_put_sv(w, "caller", s->caller);
        jw_put_sv(w, "iam", s->iam);
        jw_put_sv(w, "aws", s->aws_line);
        jw_put_sv(w, "own", s->own_line);
        jw_name(w, "items");
        jw_open(w, '[');
        for (const struct plan_item *i = s->items; i != NULL; i = i->next)
            put_item_json(w, i);
        jw_close(w, ']');
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void put_defects_json(struct jw *w, const struct defects *defects)
{
    jw_name(w, "defects");
    jw_open(w, '[');
    for (size_t i = 0; i < defects->count; i++) {
        jw_open(w, '{');
        jw_put_sv(w, "field", sv_of(defects->items[i].field));
        jw_put_sv(w, "text", sv_of(defects->items[i].text));
        jw_put_bool(w, "warning", defects->items[i].is_warning);
        jw_put_bool(w, "refusal", defects->items[i].is_refusal);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

/* The template is JSON already: it goes in as it is. */
static enum err_code put_raw(struct jw *w, const char *name, struct sv json, struct err *err)
{
    enum err_code rc;

    jw_name(w, name);
    if (json.len == 0) {
        jw_null(w);
        return ERR_OK;
    }
    rc = sb_add(w->out, json, err);
    w->needs_comma = true;
    return rc;
}

enum err_code plan_json(const struct plan *plan, struct sb *out, struct err *err)
{
    struct jw w;
    enum err_code rc;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "title", sv_of(plan->title));
    jw_put_sv(&w, "account", sv_of(plan->account));
    jw_put_sv(&w, "region", sv_of(plan->region));
    jw_put_sv(&w, "caller", sv_of(plan->caller));
    jw_put_bool(&w, "nothing", plan->is_nothing);
    jw_put_bool(&w, "harms", plan_harms(plan));
    jw_put_sv(&w, "confirm", sv_of(plan->confirm));
    jw_put_sv(&w, "guarded", plan->guarded);
    put_defects_json(&w, plan->defects);
    put_steps_json(&w, plan);
    rc = put_raw(&w, "ddk_json", plan->ddk_json, err);
    if (!rc)
        rc = put_raw(&w, "template", plan->template_text, err);
    jw_close(&w, '}');
    return rc ? rc : jw_done(&w);
}
