/* The wizard's last page: what changes, what is still wrong, the key that has the plan made, and
 * the file that would say the same. */
#include <limits.h>

#include "core/base/file.h"
#include "screens/create.h"
#include "tui/key.h"

enum { LINES_MAX = 4096, INDENT = 4 };

/* ---- its lines ---- */

struct making {
    struct create_known *known;
    struct arena *arena;
    int cols;
};

static enum err_code add(struct making *m, enum review_kind kind, enum style style, struct sv text,
                         const struct defect *fault, struct err *err)
{
    struct sv kept = arena_sv(m->arena, text);

    if (kept.ptr == NULL)
        return arena_err(m->arena, err);
    if (m->known->line_count == LINES_MAX)
        return ERR_OK;
    m->known->lines[m->known->line_count++] =
        (struct review_line){.kind = kind, .style = style, .text = kept, .fault = fault};
    return ERR_OK;
}

/* On as many lines as it takes; Enter on the first one goes to the field. */
static enum err_code add_wrapped(struct making *m, const struct defect *d, struct sv text,
                                 struct err *err)
{
    enum style style = d->is_warning ? STYLE_ATTENTION : STYLE_BAD;
    int cols = m->cols > INDENT + 20 ? m->cols - INDENT - 1 : 20;
    enum err_code rc = add(m, REVIEW_FAULT, style, canvas_take_line(&text, cols), d, err);

    while (text.len > 0 && rc == ERR_OK)
        rc = add(m, REVIEW_TEXT, style, canvas_take_line(&text, cols), NULL, err);
    return rc;
}

static enum err_code add_faults(struct making *m, bool are_warnings, struct err *err)
{
    const struct defects *defects = m->known->defects;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < defects->count && rc == ERR_OK; i++) {
        const struct defect *d = &defects->items[i];
        char text[DEFECT_FIELD_SIZE + DEFECT_TEXT_SIZE];

        if (d->is_warning != are_warnings)
            continue;
        snprintf(text, sizeof text, "%s%s%s", d->field, d->field[0] != '\0' ? " " : "", d->text);
        create_name_rows(text);
        rc = add_wrapped(m, d, sv_of(text), err);
    }
    return rc;
}

/* What takes something away stands out, a gate no less than a stage. */
static enum style style_of(const struct definition_change *change)
{
    bool opens_gate = sv_ends(sv_of(change->text), SV(": approval yes -> no"));

    return change->kind == CHANGE_REMOVED || opens_gate ? STYLE_BAD : STYLE_PLAIN;
}

static enum err_code add_changes(const struct wizard *c, struct making *m, struct err *err)
{
    const struct create_known *known = m->known;
    enum err_code rc = ERR_OK;

    if (!c->has_was)
        return ERR_OK;
    rc =
        add(m, REVIEW_TEXT, STYLE_TITLE,
            known->change_count > 0 ? SV("What changes") : SV("Nothing is changed yet"), NULL, err);
    for (size_t i = 0; i < known->change_count && rc == ERR_OK; i++)
        rc = add(m, REVIEW_TEXT, style_of(&known->changes[i]), sv_of(known->changes[i].text), NULL,
                 err);
    if (rc == ERR_OK && known->removed > 0)
        rc = add(m, REVIEW_ORPHANS, STYLE_ATTENTION, SV("Applications of the stages that go"), NULL,
                 err);
    return rc;
}

static enum err_code add_verdict(const struct wizard *c, struct making *m, struct err *err)
{
    size_t errors = m->known->defects->errors;
    char text[96];
    enum err_code rc;

    if (errors == 0)
        return add(m, REVIEW_PLAN, STYLE_KEY,
                   c->is_change ? SV("Make the plan of this change")
                                : SV("Make the plan of this pipeline"),
                   NULL, err);
    snprintf(text, sizeof text, "%zu fault%s to correct before there can be a plan", errors,
             errors == 1 ? "" : "s");
    rc = add(m, REVIEW_TEXT, STYLE_TITLE, sv_of(text), NULL, err);
    return rc ? rc : add_faults(m, false, err);
}

static enum err_code add_json(struct making *m, struct err *err)
{
    struct sv rest = m->known->json;
    enum err_code rc = add(m, REVIEW_TEXT, STYLE_TITLE, SV("The same as a file"), NULL, err);

    while (rest.len > 0 && rc == ERR_OK)
        rc = add(m, REVIEW_TEXT, STYLE_PLAIN, sv_cut(rest, '\n', &rest), NULL, err);
    return rc;
}

enum err_code create_review_make(const struct wizard *c, struct create_known *known,
                                 struct arena *arena, struct err *err)
{
    struct making m = {known, arena, c->cols_shown};
    enum err_code rc;

    known->line_count = 0;
    known->lines = arena_alloc(arena, LINES_MAX, sizeof *known->lines);
    if (known->lines == NULL)
        return arena_err(arena, err);
    rc = add_verdict(c, &m, err);
    if (rc == ERR_OK)
        rc = add_changes(c, &m, err);
    if (rc == ERR_OK)
        rc = add_faults(&m, true, err);
    return rc ? rc : add_json(&m, err);
}

/* ---- keys ---- */

static enum err_code copy_dir(const struct wizard *c, struct act *act, struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    char typed[EDIT_SIZE + 1];
    struct sv kept;
    enum err_code rc;

    target_set(typed, sizeof typed, sv_trim(edit_text(&c->values[FIELD_DIRECTORY].text)));
    sb_init(&path, PATH_MAX);
    if (typed[0] == '\0' || c->is_change)
        return ERR_OK;
    rc = file_expand(typed, &path, err);
    if (rc)
        return rc;
    kept = arena_sv(&act->arena, sb_sv(&path));
    act->input.template_dir = kept.ptr;
    return kept.ptr == NULL ? arena_err(&act->arena, err) : ERR_OK;
}

static enum err_code fill(const void *state, struct act *act, struct err *err)
{
    const struct wizard *c = state;
    enum err_code rc;

    act->input.uses_existing_repository = c->values[FIELD_EXISTING].chosen != 0;
    act->input.orphans = c->orphans;
    rc = create_build(c, (enum strategy)c->values[FIELD_STRATEGY].chosen, &act->arena,
                      &act->input.definition, err);
    return rc ? rc : copy_dir(c, act, err);
}

bool create_can_plan(const struct wizard *c)
{
    return c->known.defects != NULL && c->known.defects->errors == 0 &&
           (!c->is_change || c->known.change_count > 0);
}

unsigned create_plan_now(const struct wizard *c, struct answer *out)
{
    if (c->known.defects == NULL || c->known.defects->errors > 0) {
        answer_say(out, STYLE_ATTENTION, "there are faults: Enter on one goes to where it is");
        return out->react;
    }
    if (c->is_change && c->known.change_count == 0) {
        answer_say(out, STYLE_PLAIN, "nothing is changed yet");
        return out->react;
    }
    out->action = c->is_change ? ACTION_EDIT : ACTION_CREATE;
    out->fill = fill;
    return REACT_ACT;
}

static unsigned ask_to_write(struct wizard *c)
{
    char text[EDIT_SIZE + 96];

    snprintf(text, sizeof text,
             "Write %s.json into the directory that penstock was started in? A file that is there "
             "stays as it is.",
             c->known.definition.name.ptr);
    create_ask(c, WISH_WRITE_FILE, "Write the file", text, "write it");
    return REACT_DRAW;
}

static unsigned go_to_fault(struct wizard *c, const char *field)
{
    int id;
    enum create_page page = create_page_of(c, field, &id);

    create_go(c, page);
    if (page == CREATE_PAGE_ENVIRONMENTS)
        c->row = id < c->row_count ? id : 0;
    for (int i = 0; i < c->form.count; i++) {
        if (c->form_ids[i] == id)
            c->form.cursor = i;
    }
    return REACT_DRAW | REACT_LOAD;
}

static unsigned next_orphans(struct wizard *c)
{
    c->orphans = (enum orphan)(((int)c->orphans + 1) % (ORPHAN_DELETE + 1));
    return REACT_DRAW;
}

/* The line that counts the faults stands for the first of them. */
static const struct review_line *at_cursor(const struct wizard *c)
{
    if (c->review_at == 0 && c->known.line_count > 1 && c->known.lines[1].kind == REVIEW_FAULT)
        return &c->known.lines[1];
    return c->review_at < c->known.line_count ? &c->known.lines[c->review_at] : NULL;
}

bool create_review_can_open(const struct wizard *c)
{
    const struct review_line *line = at_cursor(c);

    return line != NULL && line->kind != REVIEW_TEXT;
}

static unsigned open_line(struct wizard *c, struct answer *out)
{
    const struct review_line *line = at_cursor(c);

    if (line == NULL)
        return REACT_DRAW;
    switch (line->kind) {
    case REVIEW_FAULT:
        return go_to_fault(c, line->fault->field);
    case REVIEW_PLAN:
        return create_plan_now(c, out);
    case REVIEW_ORPHANS:
        return next_orphans(c);
    case REVIEW_TEXT:
        break;
    }
    return REACT_DRAW;
}

unsigned create_review_key(struct wizard *c, uint32_t key, bool *is_taken)
{
    const struct review_line *line = at_cursor(c);

    *is_taken = true;
    if (key == 'w')
        return ask_to_write(c);
    if ((key == ' ' || key == KEYCODE_SPACE) && line != NULL && line->kind == REVIEW_ORPHANS)
        return next_orphans(c);
    *is_taken = false;
    return REACT_NONE;
}

unsigned create_review_command(struct wizard *c, enum command command, struct answer *out)
{
    int page = c->rows_shown > 6 ? c->rows_shown - 5 : 1;
    int last = c->known.line_count - 1;
    int to = c->review_at;

    if (command == CMD_OPEN)
        return open_line(c, out);
    if (command == CMD_UP || command == CMD_DOWN)
        to += command == CMD_DOWN ? 1 : -1;
    else if (command == CMD_FIRST || command == CMD_LAST)
        to = command == CMD_LAST ? last : 0;
    else if (command == CMD_HALF_UP || command == CMD_HALF_DOWN)
        to += command == CMD_HALF_DOWN ? page / 2 : -page / 2;
    else if (command == CMD_PAGE_UP || command == CMD_PAGE_DOWN)
        to += command == CMD_PAGE_DOWN ? page : -page;
    else
        return REACT_NONE;
    c->review_at = to < 0 || last < 0 ? 0 : to > last ? last : to;
    return REACT_DRAW;
}

/* ---- drawing and printing ---- */

static const char *const orphan_texts[] = {
    [ORPHAN_ASK] = "not said yet", [ORPHAN_KEEP] = "keep", [ORPHAN_DELETE] = "delete"};

void create_review_draw(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int top = c->review_at < area.rows ? 0 : c->review_at - area.rows + 1;

    for (int i = 0; i < area.rows && top + i < c->known.line_count; i++) {
        const struct review_line *line = &c->known.lines[top + i];
        int row = area.row + i;
        int col = area.col + (line->style == STYLE_TITLE ? INDENT / 2 : INDENT);
        int right = area.col + area.cols - 1;

        if (top + i == c->review_at)
            canvas_text(canvas, row, area.col, 1, STYLE_CURSOR, SV(">"));
        col += canvas_cut(canvas, row, col, right - col, line->style, line->text);
        if (line->kind == REVIEW_ORPHANS) {
            col += canvas_text(canvas, row, col, right - col, STYLE_KEY, SV("  < "));
            col += canvas_cut(canvas, row, col, right - col, STYLE_PLAIN,
                              sv_of(orphan_texts[c->orphans]));
            canvas_text(canvas, row, col, right - col, STYLE_KEY, SV(" >"));
        }
    }
}

/* Faults and changes first; without them the file alone, fit to be kept. */
enum err_code create_review_print(const struct wizard *c, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < c->known.line_count && rc == ERR_OK; i++) {
        const struct review_line *line = &c->known.lines[i];
        bool is_said = line->kind == REVIEW_FAULT || line->kind == REVIEW_ORPHANS;

        if (!is_said)
            continue;
        rc = sb_addf(out, err, "%d. ", i + 1);
        if (rc == ERR_OK && line->kind == REVIEW_FAULT)
            rc = sb_addf(out, err, "%s%s%s", line->fault->field,
                         line->fault->field[0] != '\0' ? " " : "", line->fault->text);
        else if (rc == ERR_OK)
            rc = sb_add_safe(out, line->text, err);
        if (rc == ERR_OK && line->kind == REVIEW_ORPHANS)
            rc = sb_addf(out, err, ": %s", orphan_texts[c->orphans]);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    for (size_t i = 0; i < c->known.change_count && rc == ERR_OK; i++) {
        rc = sb_add_safe(out, sv_of(c->known.changes[i].text), err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc ? rc : sb_add(out, c->known.json, err);
}
