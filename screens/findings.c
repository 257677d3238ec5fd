/* The doctor's findings: one environment as it is kept, and all that was found of it, check by
 * check, each with what to do. */
#include "core/views/age.h"
#include "screens/environments.h"
#include "screens/pager_screen.h"

enum { LIST_CAP = 16 << 20, LABEL = 14 };

struct findings {
    struct pager_screen text;
    struct target target;
};

static void open(void *state, const struct target *target)
{
    struct findings *s = state;

    s->target = *target;
    pager_screen_open(&s->text);
}

struct pair {
    const char *label;
    struct sv value;
};

static enum err_code add_pair(struct pager *p, const char *label, struct sv value, struct err *err)
{
    char text[1024];
    const struct pager_span span = {0, strlen(label), STYLE_TITLE};
    enum err_code rc;

    if (value.len == 0)
        return ERR_OK;
    snprintf(text, sizeof text, "%-*s" SV_FMT, LABEL, label, SV_ARG(sv_take(value, 900)));
    rc = pager_add_spans(p, sv_of(text), &span, 1, STYLE_PLAIN, err);
    if (!rc)
        pager_hang(p, LABEL);
    return rc;
}

static enum err_code add_pairs(struct pager *p, const struct pair *pairs, size_t count,
                               struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++)
        rc = add_pair(p, pairs[i].label, pairs[i].value, err);
    return rc;
}

static const char *moment_of(const struct cached_environment *e, const struct view_look *look,
                             char out[AGE_SIZE])
{
    return e->checked_at > 0 ? age_moment(e->checked_at, look, out) : "";
}

static const char *version_of(const struct cached_environment *e, char out[32])
{
    if (e->checked_at == 0)
        return "";
    snprintf(out, 32, e->bootstrap_version > 0 ? "%lld" : "none", (long long)e->bootstrap_version);
    return out;
}

static enum err_code add_environment(struct pager *p, const struct cached_environment *e,
                                     const struct view_look *look, struct err *err)
{
    char at[AGE_SIZE];
    char number[32];
    const struct pair pairs[] = {
        {"Kind", e->kind},
        {"Account", e->account},
        {"Region", e->region},
        {"Reached by", e->way},
        {"Stage", e->stage},
        {"Team", e->team},
        {"Bootstrap", e->bootstrap},
        {"Version", sv_of(version_of(e, number))},
        {"Inspected", sv_of(moment_of(e, look, at))},
    };

    return add_pairs(p, pairs, ARRAY_LEN(pairs), err);
}

static enum err_code add_finding(struct pager *p, const struct finding *f, enum check check,
                                 const struct view_look *look, struct err *err)
{
    enum { HANG = 9 };
    enum status status = environment_verdict_status(f->verdict);
    char ascii[2] = {status_ascii(status), '\0'};
    char text[512];
    int head = snprintf(text, sizeof text, "%s %-5s", look->is_utf8 ? status_glyph(status) : ascii,
                        verdict_word(f->verdict));
    const struct pager_span span = {0, (size_t)head, style_of_status(status)};
    enum err_code rc;

    snprintf(text + head, sizeof text - (size_t)head, "  %s: %s", check_title(check),
             f->text[0] != '\0' ? f->text : "was not looked at");
    rc = pager_add_spans(p, sv_of(text), &span, 1, STYLE_PLAIN, err);
    if (!rc)
        pager_hang(p, HANG);
    if (rc || f->advice[0] == '\0')
        return rc;
    snprintf(text, sizeof text, "%*s%s", HANG, "", f->advice);
    rc = pager_add(p, STYLE_ATTENTION, sv_of(text), err);
    if (!rc)
        pager_hang(p, HANG);
    return rc;
}

static enum err_code add_findings(struct pager *p, const struct cached_environment *e,
                                  const struct work *work, const struct view_look *look,
                                  struct err *err)
{
    const struct diagnosis *d = work != NULL ? work_diagnosis(work, e->name) : NULL;
    enum err_code rc = pager_add(p, STYLE_PLAIN, SV(""), err);

    for (int i = 0; d != NULL && i < CHECK_COUNT && !rc; i++)
        rc = add_finding(p, &d->findings[i], (enum check)i, look, err);
    if (rc || d != NULL)
        return rc;
    if (e->line.len > 0)
        rc = pager_add(p, style_of_status(environment_status(e)), e->line, err);
    if (!rc && work_reads(work, ERRAND_DOCTOR, NULL))
        return pager_add(p, STYLE_DIM, SV("It is being inspected."), err);
    return rc ? rc
              : pager_add(p, STYLE_DIM,
                          SV("i inspects it: what was found before is kept in one "
                             "line only."),
                          err);
}

static enum err_code fill(struct findings *s, const struct screen_input *input, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct cached_environment *rows;
    size_t count;
    enum err_code rc;

    arena_init(&arena, LIST_CAP);
    rc = cache_list_environments(input->cache, sv_of(s->target.partition), sv_of(s->target.account),
                                 sv_of(s->target.region), &arena, &rows, &count, err);
    if (rc)
        return rc;
    pager_clear(&s->text.pager);
    for (size_t i = 0; i < count; i++) {
        if (!sv_eq(rows[i].name, sv_of(s->target.name)))
            continue;
        rc = add_environment(&s->text.pager, &rows[i], input->look, err);
        return rc ? rc
                  : add_findings(&s->text.pager, &rows[i], input->console->options.work,
                                 input->look, err);
    }
    return pager_add(&s->text.pager, STYLE_DIM,
                     SV("There is no such environment (any more): see the environments."), err);
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct findings *s = state;
    enum err_code rc = fill(s, input, err);

    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->text.pager, input->filter_text, err);
    return rc;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct findings *s = state;

    if (command == CMD_DOCTOR) {
        out->errand = ERRAND_DOCTOR;
        out->names[out->name_count++] = sv_of(s->target.name);
        out->react = s->target.name[0] != '\0' ? REACT_ERRAND : REACT_NONE;
    } else if (command == CMD_EDIT) {
        out->target = s->target;
        out->screen = "environment";
        out->react = REACT_OPEN;
    } else {
        pager_screen_handle(state, command, argument, out);
    }
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct findings *s = state;

    (void)look;
    pager_screen_facts(&s->text, "Findings", s->target.name, out);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_DOCTOR,         "inspect", "inspect this environment"},
    {CMD_EDIT,           "edit",    "change this environment"},
    {CMD_FILTER,         "search",  "search the text"},
    {CMD_NEXT_MATCH,     NULL,      NULL},
    {CMD_PREVIOUS_MATCH, NULL,      NULL},
    {CMD_UP,             NULL,      "scroll up by a row"},
    {CMD_DOWN,           "scroll",  "scroll down by a row"},
    {CMD_HALF_UP,        NULL,      "scroll up half a page"},
    {CMD_HALF_DOWN,      NULL,      "scroll down half a page"},
    {CMD_PAGE_UP,        NULL,      "scroll up a page"},
    {CMD_PAGE_DOWN,      NULL,      "scroll down a page; Space does it, too"},
    {CMD_FIRST,          NULL,      "go to the start"},
    {CMD_LAST,           NULL,      "go to the end"},
    {CMD_LEFT,           NULL,      "scroll to the left, when lines are not wrapped"},
    {CMD_RIGHT,          NULL,      "scroll to the right, when lines are not wrapped"},
    {CMD_WIDE,           "wrap",    "wrap long lines, or not"},
    {CMD_BACK,           NULL,      "end the search, then go back"},
    {CMD_LEAVE,          NULL,      "go back"},
    {CMD_NONE,           NULL,      NULL},
};
/* clang-format on */

const struct screen findings_screen = {
    .name = "findings",
    .title = "Findings",
    .help = "what the doctor found of one environment, and what to do about it",
    .state_size = sizeof(struct findings),
    .commands = commands,
    .open = open,
    .load = load,
    .draw = pager_screen_draw,
    .handle = handle,
    .facts = facts,
    .print = pager_screen_print,
    .release = pager_screen_release,
    .key = pager_screen_key,
};
