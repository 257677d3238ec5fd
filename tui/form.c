#include "tui/form_parts.h"
#include "tui/key.h"

enum { LIST_PAGE = 5 };

void form_init(struct form *f, form_rule_fn *rule, void *owner)
{
    *f = (struct form){.rule = rule, .owner = owner};
}

struct form_field *form_add(struct form *f, enum form_kind kind, const char *label,
                            const char *help)
{
    struct form_field *field = &f->fields[f->count];

    if (f->count == FORM_MAX)
        return NULL;
    *field = (struct form_field){.label = label, .help = help, .kind = kind};
    f->count++;
    return field;
}

struct sv form_text(const struct form_field *field)
{
    switch (field->kind) {
    case FORM_TEXT:
        return edit_text(&field->text);
    case FORM_CHOICE:
    case FORM_LIST:
        return field->choices == NULL ? SV_NONE : sv_of(field->choices[field->chosen]);
    case FORM_YES_NO:
        break;
    }
    return field->chosen != 0 ? SV("yes") : SV("no");
}

static bool check(struct form *f, int i)
{
    struct form_field *field = &f->fields[i];
    bool is_fine;

    if (f->rule == NULL)
        return true;
    is_fine = f->rule(f->owner, i, form_text(field), field->fault, sizeof field->fault);
    if (is_fine)
        field->fault[0] = '\0';
    return is_fine;
}

bool form_check(struct form *f)
{
    int first = -1;

    for (int i = f->count - 1; i >= 0; i--) {
        if (!check(f, i))
            first = i;
    }
    if (first >= 0)
        f->cursor = first;
    return first < 0;
}

static enum form_answer move(struct form *f, int to)
{
    if (to < 0 || to >= f->count)
        return FORM_MOVED; /* the key was meant for the form all the same */
    check(f, f->cursor);
    f->cursor = to;
    return FORM_MOVED;
}

int form_choice_count(const struct form_field *field)
{
    int count = 0;

    if (field->kind == FORM_YES_NO)
        return 2;
    while (field->choices != NULL && field->choices[count] != NULL)
        count++;
    return count;
}

static enum form_answer choose(struct form *f, int step)
{
    struct form_field *field = &f->fields[f->cursor];
    int count = form_choice_count(field);

    if (count == 0)
        return FORM_MOVED;
    field->chosen = (field->chosen + step + count) % count;
    check(f, f->cursor);
    return FORM_CHANGED;
}

/* ---- a list ---- */

/* Beyond its ends the field above or below is meant. */
static enum form_answer go(struct form *f, int by)
{
    struct form_field *field = &f->fields[f->cursor];
    int to = field->chosen + by;

    if (to < 0 || to >= form_choice_count(field))
        return move(f, f->cursor + by);
    return choose(f, by);
}

static enum form_answer jump(struct form *f, int to)
{
    struct form_field *field = &f->fields[f->cursor];
    int last = form_choice_count(field) - 1;

    to = to > last ? last : to;
    return choose(f, (to < 0 ? 0 : to) - field->chosen);
}

static enum form_answer list_key(struct form *f, uint32_t key)
{
    int at = f->fields[f->cursor].chosen;

    if (key == KEYCODE_UP || key == KEYCODE_LEFT || key == 'k' || key == 'h')
        return go(f, -1);
    if (key == KEYCODE_DOWN || key == KEYCODE_RIGHT || key == 'j' || key == 'l')
        return go(f, 1);
    if (key == KEYCODE_PGUP)
        return jump(f, at - LIST_PAGE);
    if (key == KEYCODE_PGDN)
        return jump(f, at + LIST_PAGE);
    if (key == KEYCODE_HOME || key == 'g')
        return jump(f, 0);
    return key == KEYCODE_END || key == 'G' ? jump(f, form_choice_count(&f->fields[f->cursor]) - 1)
                                            : FORM_STAYS;
}

static enum form_answer choice_key(struct form *f, uint32_t key)
{
    if (key == KEYCODE_LEFT || key == 'h')
        return choose(f, -1);
    if (key == KEYCODE_RIGHT || key == 'l' || key == KEYCODE_SPACE || key == ' ')
        return choose(f, 1);
    if (key == 'k')
        return move(f, f->cursor - 1);
    return key == 'j' ? move(f, f->cursor + 1) : FORM_STAYS;
}

static enum form_answer text_key(struct form *f, uint32_t key)
{
    struct form_field *field = &f->fields[f->cursor];

    switch (edit_key(&field->text, key)) {
    case EDIT_CHANGED:
        if (field->fault[0] !=
            '\0') /* it goes as soon as it is mended, and never comes in between */
            check(f, f->cursor);
        return FORM_CHANGED;
    case EDIT_MOVED:
        return FORM_MOVED;
    case EDIT_IGNORED:
    case EDIT_DONE:
    case EDIT_CANCELLED:
        break;
    }
    return FORM_STAYS;
}

enum form_answer form_key(struct form *f, uint32_t key)
{
    enum form_answer answer = FORM_STAYS;

    if (key == KEYCODE_ESC)
        return FORM_CLOSED;
    if (f->count == 0)
        return FORM_STAYS;
    if (f->fields[f->cursor].kind == FORM_LIST)
        answer = list_key(f, key);
    if (answer != FORM_STAYS)
        return answer;
    if (key == KEYCODE_UP)
        return move(f, f->cursor - 1);
    if (key == KEYCODE_DOWN)
        return move(f, f->cursor + 1);
    if (key == KEYCODE_TAB)
        return move(f, (f->cursor + 1) % f->count);
    if (key == KEYCODE_BACKTAB)
        return move(f, (f->cursor + f->count - 1) % f->count);
    if (key == KEYCODE_ENTER && f->cursor + 1 < f->count)
        return move(f, f->cursor + 1);
    if (key == KEYCODE_ENTER)
        return form_check(f) ? FORM_DONE : FORM_MOVED;
    if (f->fields[f->cursor].kind == FORM_LIST)
        return FORM_STAYS;
    return f->fields[f->cursor].kind == FORM_TEXT ? text_key(f, key) : choice_key(f, key);
}

enum form_answer form_paste(struct form *f, struct sv text)
{
    struct form_field *field = &f->fields[f->cursor];

    if (f->count == 0 || field->kind != FORM_TEXT)
        return FORM_STAYS;
    edit_paste(&field->text, text, NULL);
    check(f, f->cursor);
    return FORM_CHANGED;
}

/* The field of that label; -1 when there is none, -2 when several begin so. */
static int find_field(const struct form *f, struct sv name)
{
    int found = -1;

    for (int i = 0; i < f->count && name.len > 0; i++) {
        struct sv label = sv_of(f->fields[i].label);

        if (sv_eq_nocase(label, name))
            return i;
        if (sv_eq_nocase(sv_take(label, name.len), name))
            found = found == -1 ? i : -2;
    }
    return found;
}

static enum err_code choose_text(struct form_field *field, struct sv text, struct err *err)
{
    static const char *const yes_no[] = {"no", "yes", NULL};
    const char *const *choices = field->kind == FORM_YES_NO ? yes_no : field->choices;

    for (int i = 0; choices != NULL && choices[i] != NULL; i++) {
        if (!sv_eq_nocase(sv_of(choices[i]), text))
            continue;
        field->chosen = i;
        return ERR_OK;
    }
    return err_set(err, ERR_USAGE, "%s does not take \"" SV_FMT "\"", field->label,
                   SV_ARG(sv_take(text, 60)));
}

static enum err_code choose_of_list(struct form_field *field, struct sv text, struct err *err)
{
    int found = -1;
    int hits = 0;

    for (int i = 0; text.len > 0 && i < form_choice_count(field); i++) {
        if (sv_find(sv_of(field->choices[i]), text) < 0)
            continue;
        found = i;
        hits++;
    }
    if (hits != 1)
        return err_set(err, ERR_USAGE,
                       hits == 0 ? "%s has no \"" SV_FMT "\"" : "several of %s have \"" SV_FMT "\"",
                       field->label, SV_ARG(sv_take(text, 60)));
    field->chosen = found;
    return ERR_OK;
}

enum err_code form_assign(struct form *f, struct sv text, struct err *err)
{
    struct sv value;
    struct sv name = sv_trim(sv_cut(text, '=', &value));
    int at = find_field(f, name);
    enum err_code rc = ERR_OK;

    if (value.ptr == NULL)
        return err_set(err, ERR_USAGE, "write a field, = and its text: set account = 111111111111");
    if (at < 0)
        return err_set(err, ERR_USAGE,
                       at == -1 ? "there is no field \"" SV_FMT "\" here"
                                : "several fields begin with \"" SV_FMT "\"",
                       SV_ARG(sv_take(name, 60)));
    f->cursor = at;
    if (f->fields[at].kind == FORM_LIST)
        rc = choose_of_list(&f->fields[at], sv_trim(value), err);
    else if (f->fields[at].kind != FORM_TEXT)
        rc = choose_text(&f->fields[at], sv_trim(value), err);
    else
        edit_clear(&f->fields[at].text);
    if (rc == ERR_OK && f->fields[at].kind == FORM_TEXT)
        edit_paste(&f->fields[at].text, sv_trim(value), NULL);
    if (rc == ERR_OK)
        check(f, at);
    return rc;
}

static enum err_code print_list(const struct form_field *field, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < form_choice_count(field) && rc == ERR_OK; i++) {
        rc = sb_addf(out, err, "%s ", i == field->chosen ? ">" : " ");
        if (rc == ERR_OK)
            rc = sb_add_safe(out, sv_of(field->choices[i]), err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    if (rc == ERR_OK && field->choices == NULL && field->none != NULL)
        rc = sb_addf(out, err, "  %s\n", field->none);
    return rc;
}

enum err_code form_print(const struct form *f, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < f->count && rc == ERR_OK; i++) {
        const struct form_field *field = &f->fields[i];
        bool has_fault = field->fault[0] != '\0';

        rc = sb_addf(out, err, "%s: " SV_FMT "%s%s%s\n", field->label, SV_ARG(form_text(field)),
                     has_fault ? " (" : "", field->fault, has_fault ? ")" : "");
        if (rc == ERR_OK && field->kind == FORM_LIST)
            rc = print_list(field, out, err);
    }
    return rc;
}

const struct key_hint *form_keys(const struct form *f)
{
    static const struct key_hint typing[] = {
        {"Enter", "go on"}, {"Tab", "next field"}, {"Esc", "back"}, {"F1", "help"}, {NULL, NULL}};
    static const struct key_hint choosing[] = {{"Enter", "go on"}, {"j", "down"}, {"k", "up"},
                                               {"Esc", "back"},    {"?", "help"}, {NULL, NULL}};

    if (f->count == 0 || f->fields[f->cursor].kind == FORM_CHOICE ||
        f->fields[f->cursor].kind == FORM_YES_NO)
        return NULL;
    return f->fields[f->cursor].kind == FORM_TEXT ? typing : choosing;
}
