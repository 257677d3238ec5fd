#include "core/views/stack_text.h"

#include "core/model/stack_word.h"
#include "core/views/age.h"

enum {
    EVENTS_SHOWN = 40,
    NAME_LEAST = 20,
    NAME_MOST = 44,
    TYPE_CELLS = 32,
    STATUS_CELLS = 26,
    INDENT = 9,
    LABEL_CELLS = 11
};

/* Logical ids are long; a wide page cuts none that a person would give. */
static int id_cells(const struct page *p)
{
    return p->look->is_wide || p->cols >= 120 ? 44 : NAME_LEAST + 2;
}

/* ---- rows ---- */

const char *stack_row_drift(const struct stack_row *row)
{
    return sv_eq(row->drift, SV("NOT_CHECKED")) ? "" : stack_word_drift(row->drift);
}

void stack_row_what(const struct stack_row *row, struct sb *out)
{
    if (sb_addf(out, NULL, "%s%s" SV_FMT, stack_kind_word(row->kind),
                row->environment.len > 0 ? " " : "", SV_ARG(sv_take(row->environment, 100))))
        sb_clear(out);
}

static void put_time(struct page *p, const char *label, int64_t at)
{
    char text[2 * AGE_SIZE + 32];
    char moment[AGE_SIZE];
    char age[AGE_AGO_SIZE];

    if (at == 0)
        return;
    snprintf(text, sizeof text, "%s, %s", age_moment(at, p->look, moment),
             age_ago(at, p->look, age));
    page_pair(p, label, sv_of(text));
}

static void put_drift(struct page *p, struct sv drift, int64_t at)
{
    char text[100];
    char age[AGE_AGO_SIZE];

    if (drift.len == 0)
        return;
    snprintf(text, sizeof text, at > 0 ? "%s, looked for %s" : "%s", stack_word_drift(drift),
             age_ago(at, p->look, age));
    page_pair(p, "Drift", sv_of(text));
}

static void put_place(struct page *p, struct sv account, struct sv region)
{
    page_f(p, "%-*s", LABEL_CELLS, "Account");
    page_sv(p, account);
    page_sv(p, SV(", "));
    page_sv(p, region);
    page_end_part(p, PAGE_TITLE, 0, strlen("Account"), LABEL_CELLS);
}

static void put_status(struct page *p, struct sv name, struct sv word)
{
    enum status status = stack_word_status(word);
    size_t len;

    page_status(p, status);
    page_sv(p, word);
    len = p->text.len;
    page_sv(p, SV("  "));
    page_sv(p, name);
    page_end_part(p, page_tone_of(status), 0, len, LABEL_CELLS);
}

/* "It" is the stack whose name stands above. */
static void put_meaning(struct page *p, struct sv word)
{
    const char *meaning = stack_word_meaning(word);

    if (meaning[0] == '\0')
        return;
    page_f(p, "It %s.", meaning);
    page_end(p, PAGE_PLAIN, 0);
}

void stack_row_write(const struct stack_row *row, struct page *p)
{
    CLEANUP(sb_release) struct sb what;

    sb_init(&what, 4096);
    stack_row_what(row, &what);
    if (row->note.len > 0)
        page_line(p, PAGE_ATTENTION, row->note);
    else
        put_status(p, row->name, row->status);
    if (row->note.len == 0)
        put_meaning(p, row->status);
    page_pair(p, "Reason", row->reason);
    page_pair(p, "It is", sb_sv(&what));
    page_pair(p, "Action", row->where);
    page_pair(p, "Named by", row->source);
    put_place(p, row->account, row->region);
    put_time(p, row->updated_at > 0 ? "Updated" : "Created",
             row->updated_at > 0 ? row->updated_at : row->created_at);
    put_drift(p, row->drift, row->drift_at);
}

static int name_cells(const struct stack_list *list)
{
    int most = NAME_LEAST;

    for (size_t i = 0; i < list->count; i++) {
        int width = text_width(list->rows[i].name);

        most = width > most ? width : most;
    }
    return most < NAME_MOST ? most : NAME_MOST;
}

static void put_row(const struct stack_row *row, int cells, struct page *p)
{
    CLEANUP(sb_release) struct sb what;
    enum status status = stack_word_status(row->status);
    int64_t at = row->updated_at > 0 ? row->updated_at : row->created_at;
    char age[AGE_SIZE];
    size_t len;

    sb_init(&what, 4096);
    stack_row_what(row, &what);
    page_status(p, status);
    len = p->text.len;
    page_cell(p, cells, row->name);
    page_cell(p, STATUS_CELLS, row->status.len > 0 ? row->status : SV("-"));
    page_cell(p, 6, sv_of(age_text(at, p->look, age)));
    page_cell(p, 12, row->account);
    page_cell(p, 14, row->region);
    page_cell(p, 10, sv_of(stack_row_drift(row)));
    page_sv(p, sb_sv(&what));
    if (row->source.len > 0) {
        page_sv(p, SV(", by "));
        page_sv(p, row->source);
    }
    page_end_part(p, page_tone_of(status), 0, len, INDENT);
    if (row->note.len == 0)
        return;
    page_f(p, "%*s", INDENT, "");
    page_sv(p, row->note);
    page_end(p, PAGE_ATTENTION, INDENT);
}

const char stack_list_none[] =
    "None of its stacks is known: none is penstock's, no action names one, and neither do its "
    "failures and logs that are kept here. penstock stack NAME STACK reads one.";

void stack_list_write(const struct stack_list *list, int64_t read_at, struct page *p)
{
    int cells = name_cells(list);

    for (size_t i = 0; i < list->count; i++)
        put_row(&list->rows[i], cells, p);
    if (list->count == 0)
        page_line(p, PAGE_DIM, sv_of(stack_list_none));
    put_time(p, "Read", read_at);
}

/* ---- one stack ---- */

static void put_title(struct page *p, const char *title, size_t count)
{
    page_blank(p);
    page_f(p, count > 0 ? "%s (%zu)" : "%s", title, count);
    page_end(p, PAGE_TITLE, 0);
}

static void put_failure(const struct stack_page *page, struct page *p)
{
    const struct stack_event *e = stack_page_failure(page);

    if (e == NULL || stack_word_status(page->stack.status) != STATUS_FAILED)
        return;
    page_f(p, "%-*s", LABEL_CELLS, "Failed");
    page_sv(p, e->logical);
    page_f(p, " (" SV_FMT ") " SV_FMT, SV_ARG(sv_take(e->type, 100)),
           SV_ARG(sv_take(e->status, 60)));
    page_end(p, PAGE_BAD, LABEL_CELLS);
    page_pair(p, "Because", e->reason);
}

static void put_head(const struct stack_text *t, struct page *p)
{
    const struct stack *s = &t->page->stack;
    const struct drift_detection *d = &t->page->detection;

    put_status(p, s->name, s->status);
    put_meaning(p, s->status);
    page_pair(p, "Reason", s->reason);
    put_failure(t->page, p);
    page_pair(p, "About", s->description);
    put_place(p, t->account, t->region);
    put_time(p, "Created", s->created_at);
    put_time(p, "Updated", s->updated_at);
    if (sv_eq(d->status, SV("DETECTION_IN_PROGRESS"))) {
        page_f(p, "%-*sis being looked for, %lld resources drifted so far", LABEL_CELLS, "Drift",
               (long long)d->drifted);
        page_end_part(p, PAGE_BUSY, 0, SIZE_MAX, LABEL_CELLS);
    } else {
        put_drift(p, s->drift, s->drift_at);
    }
    if (sv_eq(d->status, SV("DETECTION_FAILED")))
        page_pair(p, "Drift fails", d->reason.len > 0 ? d->reason : SV("AWS does not say why"));
    page_pair(p, "Protected", s->is_protected ? SV("against termination") : SV(""));
    page_pair(p, "Nested in", stack_name_of(s->parent_id));
    page_pair(p, "Role", s->role_arn);
    page_pair(p, "Missing", t->page->note);
    put_time(p, "Read", t->read_at);
}

static void put_event(const struct stack_event *e, struct page *p)
{
    struct view_look clock = *p->look;
    char at[AGE_SIZE];
    enum status status = stack_word_status(e->status);
    size_t len;

    clock.clock = clock.clock == LOOK_AGE ? LOOK_UTC : clock.clock;
    page_cell(p, 10, sv_of(age_text(e->at_ms, &clock, at)));
    page_status(p, status);
    len = p->text.len;
    page_cell(p, id_cells(p), e->logical);
    page_sv(p, e->status);
    if (e->reason.len > 0) {
        page_sv(p, SV("  "));
        page_sv(p, e->reason);
    }
    page_end_part(p, page_tone_of(status), 11, len > 11 ? len - 11 : 0, INDENT + LABEL_CELLS);
}

static void put_events(const struct stack_page *page, struct page *p)
{
    size_t shown = page->event_count;

    if (!p->look->is_wide && shown > EVENTS_SHOWN)
        shown = EVENTS_SHOWN;
    put_title(p, "Events, the latest first", page->event_count);
    for (size_t i = 0; i < shown; i++)
        put_event(&page->events[i], p);
    if (shown < page->event_count) {
        page_f(p, "and %zu before them: o prints all", page->event_count - shown);
        page_end(p, PAGE_DIM, 0);
    }
    if (page->event_count == 0)
        page_line(p, PAGE_DIM, SV("none"));
}

static void put_resource(const struct stack_resource *r, struct page *p)
{
    enum status status = stack_word_status(r->status);
    size_t len;

    page_status(p, status);
    len = p->text.len;
    page_cell(p, id_cells(p), r->logical);
    page_cell(p, TYPE_CELLS, r->type);
    page_sv(p, r->physical);
    if (stack_word_has_drifted(r->drift))
        page_f(p, "  %s", stack_word_drift(r->drift));
    if (status != STATUS_SUCCEEDED)
        page_f(p, "  " SV_FMT, SV_ARG(sv_take(r->status, 60)));
    if (status == STATUS_FAILED && r->reason.len > 0) {
        page_sv(p, SV(": "));
        page_sv(p, r->reason);
    }
    page_end_part(p, page_tone_of(status), 0, len, INDENT);
}

/* Those that failed first. */
static void put_resources(const struct stack_page *page, struct page *p)
{
    put_title(p, "Resources", page->resource_count);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < page->resource_count; i++) {
            bool failed = stack_word_status(page->resources[i].status) == STATUS_FAILED;

            if (failed == (round == 0))
                put_resource(&page->resources[i], p);
        }
    }
}

static void put_pairs(const char *title, const struct tag *pairs, size_t count, struct page *p)
{
    if (count == 0)
        return;
    put_title(p, title, count);
    for (size_t i = 0; i < count; i++) {
        page_cell(p, 28, pairs[i].key);
        page_sv(p, pairs[i].value);
        page_end_part(p, PAGE_DIM, 0, pairs[i].key.len, 29);
    }
}

static void put_drifts(const struct stack_page *page, struct page *p)
{
    if (page->drift_count == 0)
        return;
    put_title(p, "Drift", page->drift_count);
    for (size_t i = 0; i < page->drift_count; i++) {
        const struct resource_drift *d = &page->drifts[i];

        page_sv(p, d->logical);
        page_f(p, " (" SV_FMT ") was %s", SV_ARG(sv_take(d->type, 100)),
               stack_word_drift(d->status));
        page_end(p, PAGE_ATTENTION, 0);
        for (size_t k = 0; k < d->difference_count; k++) {
            const struct drift_difference *x = &d->differences[k];

            page_f(p, "  ");
            page_cell(p, id_cells(p) + 4, x->path);
            page_sv(p, SV("expected "));
            page_sv(p, x->expected.len > 0 ? x->expected : SV("nothing"));
            page_sv(p, SV(", is "));
            page_sv(p, x->actual.len > 0 ? x->actual : SV("not there"));
            page_end(p, PAGE_PLAIN, id_cells(p) + 7);
        }
    }
}

static char change_sign(struct sv action)
{
    return sv_eq(action, SV("Add"))      ? '+'
           : sv_eq(action, SV("Remove")) ? '-'
           : sv_eq(action, SV("Import")) ? '<'
                                         : '~';
}

static void put_change(const struct stack_change *c, struct page *p)
{
    bool harms = sv_eq(c->action, SV("Remove")) || sv_eq(c->replacement, SV("True"));

    page_f(p, "  %c ", change_sign(c->action));
    page_cell(p, id_cells(p), c->logical);
    page_cell(p, TYPE_CELLS, c->type);
    page_sv(p, sv_eq(c->replacement, SV("True"))          ? SV("REPLACES ")
               : sv_eq(c->replacement, SV("Conditional")) ? SV("may REPLACE ")
                                                          : SV(""));
    page_sv(p, c->details);
    page_end(p, harms ? PAGE_BAD : PAGE_PLAIN, INDENT);
}

static void put_sets(const struct stack_page *page, struct page *p)
{
    char age[AGE_SIZE];

    if (page->set_count == 0)
        return;
    put_title(p, "Change sets", page->set_count);
    for (size_t i = 0; i < page->set_count; i++) {
        const struct change_set *s = &page->sets[i];

        page_cell(p, 6, sv_of(age_text(s->created_at, p->look, age)));
        page_sv(p, s->name);
        page_f(p, "  " SV_FMT ", " SV_FMT, SV_ARG(sv_take(s->status, 60)),
               SV_ARG(sv_take(s->execution_status, 60)));
        if (s->reason.len > 0) {
            page_sv(p, SV("  "));
            page_sv(p, s->reason);
        }
        page_end(p, PAGE_PLAIN, INDENT);
        for (size_t k = 0; k < s->change_count; k++)
            put_change(&s->changes[k], p);
    }
}

void stack_page_write(const struct stack_text *t, struct page *p)
{
    const struct stack_page *page = t->page;
    bool moves = stack_word_is_busy(page->stack.status);

    if (t->only_events) {
        for (size_t i = page->event_count; i > 0; i--)
            put_event(&page->events[i - 1], p);
        return;
    }
    put_head(t, p);
    if (moves)
        put_events(page, p);
    put_drifts(page, p);
    put_resources(page, p);
    if (!moves)
        put_events(page, p);
    put_sets(page, p);
    put_pairs("Outputs", page->stack.outputs, page->stack.output_count, p);
    put_pairs("Parameters", page->stack.parameters, page->stack.parameter_count, p);
    put_pairs("Tags", page->stack.tags, page->stack.tag_count, p);
}
