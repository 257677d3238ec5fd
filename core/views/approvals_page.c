#include "core/views/approvals_page.h"

#include "core/model/trigger.h"
#include "core/views/age.h"

enum { ID_SHOWN = 8, REVISION = 7, AUTHOR = 14, LABEL = 11 };

static void write_head(const struct approval *a, struct page *p)
{
    size_t start;

    page_sv(p, a->row.id.name);
    page_sv(p, SV("  "));
    page_sv(p, a->stage);
    page_sv(p, SV("/"));
    page_sv(p, a->action);
    page_sv(p, SV("  releases to "));
    start = p->text.len;
    page_sv(p, approval_goal(a));
    page_end_part(p, PAGE_ATTENTION, start, SIZE_MAX, 2);
    page_f(p, "%-*s" SV_FMT " " SV_FMT ", execution " SV_FMT "%s", LABEL, "In",
           SV_ARG(a->row.id.account), SV_ARG(a->row.id.region),
           SV_ARG(sv_take(a->execution.id, ID_SHOWN)),
           a->row.mode == MODE_PARALLEL ? ", one of several that may run (PARALLEL)" : "");
    page_end_part(p, PAGE_TITLE, 0, 2, LABEL);
}

static void write_times(const struct approval *a, struct page *p)
{
    struct view_look ages = *p->look;
    char at[AGE_SIZE];
    char until[AGE_SIZE];
    char age[AGE_SIZE];
    char left[APPROVAL_LEFT_SIZE];

    ages.clock = LOOK_AGE;
    if (a->since > 0) {
        page_f(p, "%-*ssince %s (%s)", LABEL, "Waits", age_moment(a->since, p->look, at),
               age_text(a->since, &ages, age));
        page_f(p, ", expires %s (%s)", age_moment(a->expires, p->look, until),
               approval_left(a, p->look->now_ms, left));
        page_end_part(p, approval_is_soon(a, p->look->now_ms) ? PAGE_ATTENTION : PAGE_TITLE, 0,
                      approval_is_soon(a, p->look->now_ms) ? SIZE_MAX : 5, LABEL);
    }
    if (a->execution.trigger.len == 0 && a->asked.len == 0)
        return;
    page_f(p, "%-*s", LABEL, "Asked by");
    page_sv(p, a->asked.len > 0 ? a->asked : SV("?"));
    if (a->execution.trigger.len > 0) {
        page_sv(p, SV(" ("));
        page_sv(p, trigger_words(a->execution.trigger));
        page_sv(p, SV(")"));
    }
    page_end_part(p, PAGE_TITLE, 0, strlen("Asked by"), LABEL);
}

/* The whole message, line by line. */
static void write_message(const struct approval *a, struct page *p)
{
    struct sv rest = sv_trim(a->execution.revision_summary);
    bool is_first = true;

    if (a->execution.revision.len == 0)
        return;
    do {
        struct sv line = sv_cut(rest, '\n', &rest);

        page_f(p, "%-*s", LABEL, is_first ? "Commit" : "");
        if (is_first)
            page_f(p, SV_FMT "  ", SV_ARG(sv_take(a->execution.revision, REVISION)));
        page_sv(p, line);
        page_end_part(p, is_first ? PAGE_TITLE : PAGE_PLAIN, 0,
                      is_first ? strlen("Commit") : SIZE_MAX, LABEL);
        is_first = false;
    } while (rest.len > 0);
}

static void write_commits(const struct approval *a, const char *reading, struct page *p)
{
    struct view_look ages = *p->look;
    char count[APPROVAL_COUNT_SIZE];

    ages.clock = LOOK_AGE;
    page_f(p, "%-*s", LABEL, "Releases");
    if (a->commit_count < 0)
        page_f(p, a->is_read ? "commits that cannot be counted here"
                             : "commits that were not read yet");
    else if (a->commit_count == 0 && a->taken == 0)
        page_f(p, "nothing new there");
    else if (a->commit_count == 0)
        page_f(p, "nothing new");
    else
        page_f(p, "%s commit%s", approval_commits(a, count), a->commit_count == 1 ? "" : "s");
    if (a->again > 0)
        page_f(p, ", brings back %zu commit%s that %s rolled back", a->again,
               a->again == 1 ? "" : "s", a->again == 1 ? "was" : "were");
    if (a->taken > 0)
        page_f(p, ", takes %zu%s commit%s back", a->taken, a->taken_cut ? " or more" : "",
               a->taken == 1 ? "" : "s");
    if (a->last_id.len > 0)
        page_f(p, ", since " SV_FMT " succeeded there", SV_ARG(sv_take(a->last_id, ID_SHOWN)));
    else if (a->is_read)
        page_f(p, ", no run that succeeded there is known");
    if (!a->is_read && reading != NULL && reading[0] != '\0')
        page_f(p, ": %s", reading);
    page_end_part(p, PAGE_TITLE, 0, strlen("Releases"), LABEL);
    for (int i = 0; i < a->commit_count; i++) {
        const struct commit *c = &a->commits[i];
        char age[AGE_SIZE];

        page_f(p, "  " SV_FMT " ", SV_ARG(sv_take(c->id, REVISION)));
        page_right(p, 4, sv_of(age_text(c->at, &ages, age)));
        page_sv(p, SV("  "));
        page_cell(p, AUTHOR, c->author.len > 0 ? c->author : c->email);
        page_sv(p, commit_title(c));
        page_end_part(p, PAGE_TITLE, 2, REVISION, 2);
    }
}

void approval_page_write(const struct approval *a, const char *reading, struct page *p)
{
    write_head(a, p);
    write_times(a, p);
    write_message(a, p);
    page_pair(p, "Data", a->data);
    page_pair(p, "Link", a->link);
    write_commits(a, reading, p);
}
