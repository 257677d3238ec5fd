/* The wizard as it is seen: the steps, a page's form or table, drafts to choose from; and the same
 * as plain lines. */
#include "core/base/time.h"
#include "screens/create.h"

enum { SIDE_BY_SIDE_COLS = 120, DRAFT_TEXT = 200 };

static bool page_has_fault(const struct wizard *c, enum create_page page)
{
    int id;

    if (!c->was_left[page] || c->known.defects == NULL)
        return false;
    for (size_t i = 0; i < c->known.defects->count; i++) {
        const struct defect *d = &c->known.defects->items[i];

        if (!d->is_warning && create_page_of(c, d->field, &id) == page)
            return true;
    }
    return false;
}

/* "1 Details  2 CICD  ...": the page in brackets, a '!' where something is wrong; where all do not
 * fit, the others are numbers. */
static void draw_steps(const struct wizard *c, struct canvas *canvas, struct rect line)
{
    bool is_wide = line.cols >= 76;
    int right = line.col + line.cols;
    int col = line.col + 1;

    for (int i = 0; i < CREATE_PAGE_COUNT; i++) {
        bool is_here = c->page == (enum create_page)i;
        char text[48];

        snprintf(text, sizeof text, "%s%d%s%s%s%s", is_here ? "[" : " ", i + 1,
                 is_wide || is_here ? " " : "",
                 is_wide || is_here ? create_page_title((enum create_page)i) : "",
                 page_has_fault(c, (enum create_page)i) ? "!" : "", is_here ? "]" : " ");
        col += canvas_text(canvas, line.row, col, right - col, is_here ? STYLE_TITLE : STYLE_DIM,
                           sv_of(text));
    }
}

static int draw_fixed(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int row = area.row;

    for (int i = 0; i < FIELD_COUNT && row < area.row + area.rows; i++) {
        char text[EDIT_SIZE + 96];

        if (!create_field_is_here(c, i) || !create_is_fixed(c, i))
            continue;
        snprintf(text, sizeof text, "%s: " SV_FMT "  (cannot be changed)", create_field_label(i),
                 SV_ARG(create_shown(c, i)));
        canvas_cut(canvas, row++, area.col + 2, area.cols - 3, STYLE_DIM, sv_of(text));
    }
    return row - area.row;
}

static void draw_text(struct canvas *canvas, struct rect area, struct sv text, enum style first)
{
    enum style style = first;

    while (text.len > 0 && area.rows > 0) {
        struct sv line = sv_cut(text, '\n', &text);

        if (area.rows == 1 && text.len > 0) {
            canvas_cut(canvas, area.row, area.col, area.cols, STYLE_DIM,
                       SV("~ and more: a larger terminal, or printed, shows all of it"));
            return;
        }
        canvas_cut(canvas, area.row, area.col, area.cols, style, line);
        style = STYLE_PLAIN;
        area.row++;
        area.rows--;
    }
}

/* Both where they fit; else the one that is chosen. */
static void draw_strategies(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int chosen = c->values[FIELD_STRATEGY].chosen;
    struct rect part = {area.row, area.col + 2, area.rows, area.cols - 3};

    if (area.cols < SIDE_BY_SIDE_COLS) {
        draw_text(canvas, part, c->known.drawings[chosen], STYLE_TITLE);
        return;
    }
    part.cols = area.cols / 2 - 4;
    for (int i = 0; i < STRATEGY_COUNT; i++) {
        part.col = area.col + 2 + i * area.cols / 2;
        if (i == chosen)
            canvas_text(canvas, part.row, part.col - 2, 1, STYLE_CURSOR, SV(">"));
        draw_text(canvas, part, c->known.drawings[i], i == chosen ? STYLE_TITLE : STYLE_DIM);
    }
}

static void draw_form_page(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int fixed = draw_fixed(c, canvas, area);
    struct rect form = {area.row + fixed, area.col, area.rows - fixed, area.cols - 1};

    if (c->page == CREATE_PAGE_STRATEGY && area.rows > 4) {
        int lines = c->form.count > 0 ? 2 + (c->form.fields[0].fault[0] != '\0') : 0;

        draw_strategies(c, canvas,
                        (struct rect){form.row + lines + (area.rows > 10), area.col,
                                      form.rows - lines - (area.rows > 10), area.cols});
        form.rows = lines;
    }
    form_draw(&c->form, canvas, form);
}

static void draft_text(const struct wizard *c, int i, char *out, size_t size)
{
    const struct draft_row *d = &c->known.drafts[i];
    char ago[TIME_AGE_SIZE];

    snprintf(out, size, SV_FMT ", a draft, left %s ago",
             SV_ARG(d->name.len > 0 ? sv_take(d->name, 80) : SV("without a name")),
             time_age(d->saved_at, c->now_ms, ago));
}

static void draw_drafts(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int top = c->choice < area.rows - 2 ? 0 : c->choice - area.rows + 3;

    canvas_cut(canvas, area.row, area.col + 2, area.cols - 3, STYLE_TITLE,
               c->is_change ? SV("Go on with what was begun, or from how it is?")
                            : SV("Go on with a draft, or begin another pipeline?"));
    for (int i = 0; i + 2 < area.rows && top + i <= c->known.draft_count; i++) {
        char text[DRAFT_TEXT];
        int at = top + i;

        snprintf(text, sizeof text, "%s",
                 c->is_change ? "the pipeline as it is in AWS" : "a new pipeline");
        if (at > 0)
            draft_text(c, at - 1, text, sizeof text);
        if (at == c->choice)
            canvas_text(canvas, area.row + 2 + i, area.col, 1, STYLE_CURSOR, SV(">"));
        canvas_cut(canvas, area.row + 2 + i, area.col + 2, area.cols - 3, STYLE_PLAIN, sv_of(text));
    }
}

static void draw_reading(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    char text[TARGET_NAME_SIZE + CREATE_NOTE + 96];
    struct rect inside = {area.row + 2, area.col + 2, area.rows - 2, area.cols - 4};

    if (c->note[0] != '\0')
        snprintf(text, sizeof text, "%s", c->note);
    else if (c->is_fetching)
        snprintf(text, sizeof text, "The definition of %s is being read from AWS.", c->target.name);
    else if (c->errand_err[0] != '\0')
        snprintf(text, sizeof text, "%s. Enter asks again, q goes back.", c->errand_err);
    else
        snprintf(text, sizeof text,
                 "The definition of %s is not read yet: Enter reads it, q goes back.",
                 c->target.name);
    canvas_wrap(canvas, inside, STYLE_DIM, sv_of(text));
}

static const char *hint_of(const struct wizard *c)
{
    if (c->is_choosing)
        return "Enter goes on  D deletes the draft  Esc back";
    if (c->page == CREATE_PAGE_ENVIRONMENTS)
        return c->is_typing ? "Enter done  Esc as it was"
                            : "a add  e edit  Space approval  x remove  K J move  n new  PgDn on  "
                              "Esc back";
    if (c->page == CREATE_PAGE_REVIEW)
        return c->known.defects->errors > 0 ? "Enter to the fault  o print  w write  Esc back"
                                            : "P plan  o print  w write  Esc back";
    if (c->page == CREATE_PAGE_CICD)
        return "Tab next  PgDn next page  ^N add one  Esc back";
    return "Tab next  PgDn next page  Esc back; a draft is kept";
}

static void draw_page(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    if (c->is_choosing)
        draw_drafts(c, canvas, area);
    else if (c->page == CREATE_PAGE_ENVIRONMENTS)
        create_table_draw(c, canvas, area);
    else if (c->page == CREATE_PAGE_REVIEW)
        create_review_draw(c, canvas, area);
    else
        draw_form_page(c, canvas, area);
}

void create_draw(const void *state, const struct view_look *look, struct canvas *canvas,
                 struct rect area)
{
    const struct wizard *c = state;
    int above = area.rows >= 14 ? 2 : 1;
    struct rect inside = {area.row + above, area.col, area.rows - above - 1, area.cols};
    int last = area.row + area.rows - 1;

    (void)look;
    if (create_is_reading(c)) {
        draw_reading(c, canvas, area);
        return;
    }
    if (c->known.defects == NULL || inside.rows < 1)
        return;
    if (!c->is_choosing)
        draw_steps(c, canvas, (struct rect){area.row, area.col, 1, area.cols});
    draw_page(c, canvas, inside);
    if (c->note[0] != '\0')
        canvas_cut(canvas, last, area.col + 2, area.cols - 3, c->note_style, sv_of(c->note));
    else
        canvas_cut(canvas, last, area.col + 2, area.cols - 3, STYLE_DIM, sv_of(hint_of(c)));
    if (c->is_asking)
        dialog_draw(&c->dialog, canvas, area);
}

/* ---- printing ---- */

static enum err_code print_form(const struct wizard *c, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < FIELD_COUNT && rc == ERR_OK; i++) {
        if (!create_field_is_here(c, i) || !create_is_fixed(c, i))
            continue;
        rc = sb_addf(out, err, "%s (cannot be changed): ", create_field_label(i));
        if (rc == ERR_OK)
            rc = sb_add_safe(out, create_shown(c, i), err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    for (int i = 0; i < c->form.count && rc == ERR_OK; i++) {
        const struct form_field *f = &c->form.fields[i];

        rc = sb_addf(out, err, "%s: ", f->label);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, form_text(f), err);
        if (rc == ERR_OK)
            rc = sb_addf(out, err, "%s%s\n", f->fault[0] != '\0' ? "  FAULT " : "", f->fault);
    }
    for (int i = 0; c->page == CREATE_PAGE_STRATEGY && i < STRATEGY_COUNT && rc == ERR_OK; i++) {
        rc = sb_addc(out, '\n', err);
        if (rc == ERR_OK)
            rc = sb_add(out, c->known.drawings[i], err);
    }
    return rc;
}

static enum err_code print_drafts(const struct wizard *c, struct sb *out, struct err *err)
{
    enum err_code rc = sb_addf(out, err, "1. %s\n",
                               c->is_change ? "the pipeline as it is in AWS" : "a new pipeline");

    for (int i = 0; i < c->known.draft_count && rc == ERR_OK; i++) {
        char text[DRAFT_TEXT];

        draft_text(c, i, text, sizeof text);
        rc = sb_addf(out, err, "%d. ", i + 2);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, sv_of(text), err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

enum err_code create_print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct wizard *c = state;
    enum err_code rc;

    (void)look;
    if (create_is_reading(c) || c->known.defects == NULL)
        return sb_addf(out, err, "The definition of %s is not read yet.\n", c->target.name);
    if (c->is_choosing)
        return print_drafts(c, out, err);
    if (c->page == CREATE_PAGE_REVIEW)
        return create_review_print(c, out, err);
    rc = sb_addf(out, err, "Page %d of %d: %s\n", (int)c->page + 1, CREATE_PAGE_COUNT,
                 create_page_title(c->page));
    if (rc == ERR_OK)
        rc = c->page == CREATE_PAGE_ENVIRONMENTS ? create_table_print(c, out, err)
                                                 : print_form(c, out, err);
    return rc;
}
