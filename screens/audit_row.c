/* One row of the audit in full: who did what from where, what was seen before and after. */
#include "core/views/audits.h"
#include "screens/pager_screen.h"
#include "tui/console.h"
#include "tui/work.h"

enum { ROW_CAP = 64 << 10, LABEL = 12 };

struct audit_row_state {
    struct pager_screen text;
    int64_t seq; /* 0: the newest */
};

static void open(void *state, const struct target *target)
{
    struct audit_row_state *s = state;

    if (!sv_to_int(sv_of(target->name), &s->seq) || s->seq < 1 || s->seq == INT64_MAX)
        s->seq = 0;
    pager_screen_open(&s->text);
}

static enum err_code add_line(struct pager *p, struct sv line, struct err *err)
{
    const struct pager_span span = {0, line.len < LABEL ? line.len : LABEL, STYLE_TITLE};
    enum err_code rc = pager_add_spans(p, line, &span, 1, STYLE_PLAIN, err);

    if (!rc)
        pager_hang(p, LABEL);
    return rc;
}

static enum err_code fill(struct audit_row_state *s, const char *dir, struct err *err)
{
    const struct audit_query query = {.before_seq = s->seq > 0 ? s->seq + 1 : 0, .limit = 1};
    CLEANUP(sb_release) struct sb text;
    CLEANUP(audit_list_release) struct audit_list list = {.count = 0};
    CLEANUP(audit_list_release) struct audit_list kin = {.count = 0};
    struct sv rest;
    enum err_code rc = audit_list_load(dir, &query, &list, err);

    sb_init(&text, ROW_CAP);
    pager_clear(&s->text.pager);
    if (rc)
        return rc;
    if (list.count == 0 || (s->seq > 0 && list.rows[0].seq != s->seq))
        return pager_add(&s->text.pager, STYLE_DIM, SV("There is no such row (any more)."), err);
    rc = audit_row_text(&list.rows[0], &text, err);
    if (!rc)
        rc = audit_list_kin(dir, &list.rows[0], &kin, err);
    if (!rc)
        rc = audit_kin_text(&kin, &text, err);
    for (rest = sb_sv(&text); !rc && rest.len > 0;) {
        struct sv line = sv_cut(rest, '\n', &rest);

        rc = add_line(&s->text.pager, line, err);
    }
    return rc;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct audit_row_state *s = state;
    const struct work *work = input->console->options.work;
    enum err_code rc = fill(s, work != NULL ? work->deploy.audit_dir : NULL, err);

    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->text.pager, input->filter_text, err);
    return rc;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct audit_row_state *s = state;
    char title[48];

    (void)look;
    snprintf(title, sizeof title, s->seq > 0 ? "Audit row %lld" : "Audit", (long long)s->seq);
    pager_screen_facts(&s->text, title, "", out);
}

const struct screen audit_row_screen = {
    .name = "audit-row",
    .title = "Audit row",
    .help = "one row of the audit in full",
    .state_size = sizeof(struct audit_row_state),
    .commands = pager_commands,
    .open = open,
    .load = load,
    .draw = pager_screen_draw,
    .handle = pager_screen_handle,
    .facts = facts,
    .print = pager_screen_print,
    .release = pager_screen_release,
    .key = pager_screen_key,
};
