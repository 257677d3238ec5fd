#include "screens/act_line.h"
#include "screens/act_lines.h"

enum { ITEM_HANG = 19, LABEL_COLS = 9 };

void act_totals(const struct plan *plan, bool harms, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (int e = 0; e < EFFECT_COUNT && len < size; e++) {
        size_t count = plan_count(plan, (enum effect)e);

        if (count > 0 && effect_harms((enum effect)e) == harms)
            len += (size_t)snprintf(out + len, size - len, "%s%s %zu", len > 0 ? ", " : "",
                                    effect_word((enum effect)e), count);
    }
}

static enum err_code add_defects(struct pager *p, const struct defects *defects, bool warnings,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < defects->count && !rc; i++) {
        const struct defect *d = &defects->items[i];
        struct act_line l;

        if (d->is_warning != warnings)
            continue;
        act_line_begin(&l, err);
        act_line_put(&l, d->is_warning ? STYLE_ATTENTION : STYLE_BAD, "%s",
                     d->is_warning ? "! Warning: " : "x CANNOT: ");
        if (d->field[0] != '\0')
            act_line_put(&l, STYLE_TITLE, "%s: ", d->field);
        act_line_put(&l, STYLE_PLAIN, "%s", d->text);
        rc = act_line_end(&l, p, 2);
    }
    return rc;
}

static enum style style_of(enum effect effect)
{
    if (effect_harms(effect))
        return STYLE_BAD;
    if (effect == EFFECT_LEAVES)
        return STYLE_ATTENTION;
    return effect == EFFECT_CREATES   ? STYLE_GOOD
           : effect == EFFECT_CHANGES ? STYLE_BUSY
                                      : STYLE_DIM;
}

static enum err_code add_item(struct pager *p, const struct plan_item *item, struct err *err)
{
    struct act_line l;

    act_line_begin(&l, err);
    act_line_put(&l, STYLE_PLAIN, "   ");
    act_line_put(&l, style_of(item->effect), "%c %-13s", effect_sign(item->effect),
                 effect_word(item->effect));
    act_line_put(&l, STYLE_PLAIN, " " SV_FMT " " SV_FMT, SV_ARG(act_type(item->type)),
                 SV_ARG(item->name));
    if (item->detail.len > 0)
        act_line_put(&l, STYLE_DIM, ": " SV_FMT, SV_ARG(item->detail));
    if (item->cost != NULL)
        act_line_put(&l, STYLE_ATTENTION, "  $ %s", item->cost);
    return act_line_end(&l, p, ITEM_HANG);
}

static enum err_code add_labelled(struct pager *p, const char *label, enum style style,
                                  struct sv text, struct err *err)
{
    struct act_line l;

    if (text.len == 0)
        return ERR_OK;
    act_line_begin(&l, err);
    act_line_put(&l, STYLE_DIM, "   %-*s", LABEL_COLS, label);
    if (l.rc == ERR_OK && style != STYLE_PLAIN)
        l.spans[l.span_count++] = (struct pager_span){l.text.len, text.len, style};
    if (l.rc == ERR_OK)
        l.rc = sb_add(&l.text, text, err);
    return act_line_end(&l, p, 3 + LABEL_COLS);
}

/* What an operation finds and does. */
static enum err_code add_effect(struct pager *p, const struct plan_step *step, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (const struct plan_item *i = step->items; i != NULL && !rc; i = i->next) {
        rc = add_labelled(p, "now", STYLE_PLAIN, i->name, err);
        if (!rc)
            rc = add_labelled(p, effect_word(i->effect), style_of(i->effect), i->detail, err);
    }
    return rc;
}

static bool is_operation(const struct plan_step *step)
{
    return step->iam.len > 0;
}

static enum err_code add_title(struct pager *p, const struct plan_step *step, int number,
                               enum style style, struct err *err)
{
    struct act_line l;

    act_line_begin(&l, err);
    act_line_put(&l, style, style == STYLE_CURSOR && number < 10 ? ">%d " SV_FMT : "%2d " SV_FMT,
                 number, SV_ARG(step->title));
    if (step->account.len > 0)
        act_line_put(&l, STYLE_DIM, "  " SV_FMT " " SV_FMT, SV_ARG(step->account),
                     SV_ARG(step->region));
    return act_line_end(&l, p, 3);
}

static enum err_code add_step(struct pager *p, const struct plan_step *step, int number,
                              enum style style, struct err *err)
{
    enum err_code rc = add_title(p, step, number, style, err);

    if (!rc && is_operation(step))
        return add_effect(p, step, err);
    if (!rc && step->calls.len > 0)
        rc = add_labelled(p, "calls", STYLE_DIM, step->calls, err);
    for (const struct plan_item *i = step->items; i != NULL && !rc; i = i->next)
        rc = add_item(p, i, err);
    return rc;
}

/* ---- the commands ---- */

static bool has_commands(const struct plan *plan)
{
    for (const struct plan_step *s = plan->steps; s != NULL; s = s->next) {
        if (s->aws_line.len > 0 || s->own_line.len > 0)
            return true;
    }
    return false;
}

static enum err_code add_keys(struct pager *p, const struct plan *plan, const struct keymap *keymap,
                              struct err *err)
{
    bool is_one = plan->steps->next == NULL;
    char aws[24];
    char own[24];
    char next[24];
    struct act_line l;

    act_line_begin(&l, err);
    act_line_put(&l, STYLE_TITLE, "The same as commands: ");
    act_line_put(&l, STYLE_KEY, "%s", keymap_key(keymap, CMD_AWS_COMMAND, aws));
    act_line_put(&l, STYLE_PLAIN, " copies the AWS CLI's, ");
    act_line_put(&l, STYLE_KEY, "%s", keymap_key(keymap, CMD_OWN_COMMAND, own));
    act_line_put(&l, STYLE_PLAIN, is_one ? " penstock's own" : " penstock's own; ");
    if (!is_one) {
        act_line_put(&l, STYLE_KEY, "%s", keymap_key(keymap, CMD_NEWER, next));
        act_line_put(&l, STYLE_PLAIN, " chooses the next one");
    }
    return act_line_end(&l, p, 2);
}

static enum err_code add_command(struct pager *p, const struct plan_step *step, int number,
                                 struct err *err)
{
    struct act_line l;
    enum err_code rc;

    act_line_begin(&l, err);
    act_line_put(&l, STYLE_PLAIN, "%2d " SV_FMT, number, SV_ARG(step->title));
    rc = act_line_end(&l, p, 3);
    if (!rc)
        rc = add_labelled(p, "needs", STYLE_PLAIN, step->iam, err);
    if (!rc)
        rc = add_labelled(p, "AWS CLI", STYLE_PLAIN, step->aws_line, err);
    return rc ? rc : add_labelled(p, "penstock", STYLE_PLAIN, step->own_line, err);
}

/* Below what would be done: that is what is agreed to. */
static enum err_code add_commands(struct pager *p, const struct plan *plan,
                                  const struct keymap *keymap, struct err *err)
{
    enum err_code rc;
    int number = 0;

    if (!has_commands(plan))
        return ERR_OK;
    rc = pager_add(p, STYLE_PLAIN, SV(""), err);
    if (!rc)
        rc = add_keys(p, plan, keymap, err);
    for (const struct plan_step *s = plan->steps; s != NULL && !rc; s = s->next)
        rc = add_command(p, s, ++number, err);
    return rc;
}

/* ---- the plan ---- */

static enum err_code add_document(struct pager *p, const char *title, struct sv json,
                                  struct err *err)
{
    enum err_code rc;

    if (json.len == 0)
        return ERR_OK;
    rc = pager_add(p, STYLE_PLAIN, SV(""), err);
    if (!rc)
        rc = pager_add(p, STYLE_TITLE, sv_of(title), err);
    return rc ? rc : pager_add_json(p, json, err);
}

static enum err_code add_place(struct pager *p, struct sv account, struct sv region,
                               struct sv caller, struct err *err)
{
    struct act_line l;

    act_line_begin(&l, err);
    act_line_put(&l, STYLE_PLAIN, "In account ");
    act_line_put(&l, STYLE_TITLE, SV_FMT, SV_ARG(account));
    act_line_put(&l, STYLE_PLAIN, ", region " SV_FMT ", as " SV_FMT, SV_ARG(region),
                 SV_ARG(caller));
    return act_line_end(&l, p, 2);
}

/* An operation may write in several accounts, each as somebody of its own. */
static enum err_code add_head(struct pager *p, const struct plan *plan, struct err *err)
{
    const struct plan_step *s = NULL;
    enum err_code rc = ERR_OK;

    if (plan->steps == NULL || !is_operation(plan->steps))
        return add_place(p, sv_of(plan->account), sv_of(plan->region), sv_of(plan->caller), err);
    while (!rc && (s = plan_next_place(plan, s)) != NULL)
        rc = add_place(p, s->account, s->region, s->caller, err);
    return rc;
}

static enum err_code add_guarded(struct pager *p, const struct plan *plan, struct err *err)
{
    struct act_line l;

    if (plan->confirm[0] == '\0')
        return ERR_OK;
    act_line_begin(&l, err);
    if (plan->guarded.len > 0)
        act_line_put(&l, STYLE_ATTENTION, "! PROTECTED: " SV_FMT "; ", SV_ARG(plan->guarded));
    else
        act_line_put(&l, STYLE_ATTENTION, "! ");
    act_line_put(&l, STYLE_ATTENTION, "to agree type %s", plan->confirm);
    return act_line_end(&l, p, 2);
}

static enum err_code add_steps(struct pager *p, const struct plan *plan, struct act_plan_look *look,
                               struct err *err)
{
    enum err_code rc = ERR_OK;
    int number = 0;

    for (const struct plan_step *s = plan->steps; s != NULL && !rc; s = s->next) {
        bool is_chosen = look->chosen == number && has_commands(plan) && plan->steps->next != NULL;

        rc = pager_add(p, STYLE_PLAIN, SV(""), err);
        if (is_chosen)
            look->line = p->count;
        if (!rc)
            rc = add_step(p, s, ++number, is_chosen ? STYLE_CURSOR : STYLE_TITLE, err);
    }
    return rc;
}

enum err_code act_lines_plan(struct pager *p, const struct plan *plan, struct act_plan_look *look,
                             struct err *err)
{
    char left_out[64];
    enum err_code rc = add_head(p, plan, err);

    look->line = 0;
    if (!rc)
        rc = add_defects(p, plan->defects, false, err);
    if (!rc)
        rc = add_defects(p, plan->defects, true, err);
    snprintf(left_out, sizeof left_out, "  and %zu more", plan->defects->left_out);
    if (!rc && plan->defects->left_out > 0)
        rc = pager_add(p, STYLE_BAD, sv_of(left_out), err);
    if (!rc && plan->defects->errors == 0)
        rc = add_guarded(p, plan, err);
    if (!rc)
        rc = add_steps(p, plan, look, err);
    if (!rc)
        rc = add_commands(p, plan, look->keymap, err);
    if (!rc && look->shows_template)
        rc = add_document(p, "ddk.json", plan->ddk_json, err);
    if (!rc && look->shows_template)
        rc = add_document(p, "The template", plan->template_text, err);
    return rc;
}
