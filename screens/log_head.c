#include "core/views/age.h"
#include "screens/log_parts.h"

enum { NEW_MS = 10 * 1000, GAP = 2 };

/* What is left out where a row is short, the first first. The crumb has the number of lines, too.
 */
enum cut { CUT_NOTHING, CUT_STAGE, CUT_SIZE, CUT_LINES, CUT_MASKED, CUT_LABEL, CUT_COUNT };

bool log_is_live(const struct log_screen *s)
{
    return s->has_choice && s->choice.build.len > 0 && !s->log.is_whole;
}

bool log_build_runs(const struct log_screen *s)
{
    bool is_over = s->outcome[0] != '\0' && strcmp(s->outcome, "IN_PROGRESS") != 0;

    return log_is_live(s) && !is_over && status_is_running(s->choice.status);
}

static enum style style_of_outcome(const char *outcome)
{
    static const char *const bad[] = {"FAILED", "FAULT", "TIMED_OUT"};

    if (strcmp(outcome, "SUCCEEDED") == 0)
        return STYLE_GOOD;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (strcmp(outcome, bad[i]) == 0)
            return STYLE_BAD;
    }
    return STYLE_TITLE;
}

const char *log_state_word(const struct log_screen *s, enum style *style)
{
    *style = STYLE_BUSY;
    if (log_build_runs(s) && s->is_following)
        return "FOLLOW";
    if (log_build_runs(s)) {
        *style = STYLE_ATTENTION;
        return "PAUSED";
    }
    if (!s->log.is_whole && s->is_reading)
        return "READING";
    *style = STYLE_PLAIN;
    if (!s->log.is_whole)
        return "PART";
    *style = style_of_outcome(s->outcome);
    return s->outcome[0] != '\0' ? s->outcome : "ENDED";
}

static void size_text(int64_t bytes, char *out, size_t size)
{
    if (bytes < 10 * 1024)
        snprintf(out, size, "%lld bytes", (long long)bytes);
    else if (bytes < 10 * 1024 * 1024)
        snprintf(out, size, "%lld KB", (long long)(bytes / 1024));
    else
        snprintf(out, size, "%lld MB", (long long)(bytes / (1024 * 1024)));
}

static enum err_code add_age(const struct log_screen *s, const struct view_look *look,
                             struct sb *out, struct err *err)
{
    char age[AGE_AGO_SIZE];

    if (look->now_ms - s->log.read_at < NEW_MS)
        return sb_add(out, SV("read just now"), err);
    return sb_addf(out, err, "read %s", age_ago(s->log.read_at, look, age));
}

/* Behind what stands there from `start` on. */
static enum err_code begin(struct sb *out, size_t start, struct err *err)
{
    return out->len > start ? sb_add(out, SV(", "), err) : ERR_OK;
}

static enum err_code add_figures(const struct log_screen *s, const struct view_look *look,
                                 enum cut cut, struct sb *out, struct err *err)
{
    size_t start = out->len;
    char size[32];
    enum err_code rc = ERR_OK;

    size_text(s->log.bytes, size, sizeof size);
    if (cut < CUT_LINES)
        rc =
            sb_addf(out, err, "%lld line%s", (long long)s->log.lines, s->log.lines == 1 ? "" : "s");
    if (!rc && cut < CUT_SIZE)
        rc = sb_addf(out, err, ", %s", size);
    if (!rc && s->log.first_line > 0 && !(rc = begin(out, start, err)))
        rc = sb_addf(out, err, "the first %lld gone", (long long)s->log.first_line);
    if (!rc && s->log.masked > 0 && cut < CUT_MASKED && !(rc = begin(out, start, err)))
        rc = sb_addf(out, err, "%lld masked", (long long)s->log.masked);
    if (!rc && !log_build_runs(s) && !(rc = begin(out, start, err)))
        rc = add_age(s, look, out, err);
    return rc;
}

enum err_code log_add_figures(const struct log_screen *s, const struct view_look *look,
                              struct sb *out, struct err *err)
{
    return add_figures(s, look, CUT_NOTHING, out, err);
}

/* What was searched for: how often it is there, and whether the search goes on. */
static enum err_code add_found(const struct log_screen *s, struct sb *out)
{
    const struct log_window *w = &s->window;
    bool has_more = !w->only_matches && (int64_t)w->pager.count < s->log.lines;

    if (w->only_matches)
        return sb_addf(out, NULL, "only %zu%s that %s; ", w->match_count,
                       log_window_is_busy(w) ? "+" : "",
                       w->pager.has_pattern ? "match" : "tell of errors");
    if (!w->pager.has_pattern)
        return ERR_OK;
    if (w->seeks != 0)
        return sb_add(out, SV("searching; "), NULL);
    if (w->has_none)
        return sb_add(out, SV("nothing matches; "), NULL);
    if (w->has_failed)
        return sb_add(out, SV("no more matches that way; "), NULL);
    if (log_window_has_counted(w))
        return sb_addf(out, NULL, "%zu found; ", w->match_count);
    return has_more ? sb_addf(out, NULL, "%zu+ found; ", w->pager.matches)
                    : sb_addf(out, NULL, "%zu found; ", w->pager.matches);
}

static enum err_code add_notice(const struct log_screen *s, struct sb *out)
{
    enum err_code rc = add_found(s, out);

    if (rc || s->log.is_whole)
        return rc;
    if (s->failed.code != ERR_OK)
        return sb_add(out, SV("cannot be read on; "), NULL);
    return s->is_offline ? sb_add(out, SV("not read on: offline; "), NULL) : ERR_OK;
}

static struct sv label_of(const struct log_screen *s, enum cut cut)
{
    struct sv action;
    struct sv stage = sv_cut(sv_of(s->label), '/', &action);

    if (cut >= CUT_LABEL)
        return SV("");
    return cut >= CUT_STAGE && stage.len > 0 && action.len > 0 ? action : sv_of(s->label);
}

void log_draw_head(const struct log_screen *s, const struct view_look *look, struct canvas *c,
                   struct rect area)
{
    CLEANUP(sb_release) struct sb text;
    enum style style;
    const char *word = log_state_word(s, &style);
    struct sv label = SV("");
    int col = area.col + 1;
    int right = area.col + area.cols;

    sb_init(&text, 1024);
    col += canvas_text(c, area.row, col, right - col, style, sv_of(word)) + GAP;
    for (int cut = CUT_NOTHING; cut < CUT_COUNT; cut++) {
        label = label_of(s, (enum cut)cut);
        sb_clear(&text);
        if (add_notice(s, &text) || add_figures(s, look, (enum cut)cut, &text, NULL))
            return;
        if (col + text_width(label) + GAP + text_width(sb_sv(&text)) <= right)
            break;
    }
    if (label.len > 0)
        col += canvas_cut(c, area.row, col, right - col, STYLE_DIM, label) + GAP;
    canvas_cut(c, area.row, col, right - col, STYLE_DIM, sb_sv(&text));
}

void log_add_empty(const struct log_screen *s, struct sb *out)
{
    enum err_code rc;

    if (!s->has_choice)
        rc = sb_add_safe(
            out, sv_of(s->trouble.text[0] != '\0' ? s->trouble.text : "There is no log."), NULL);
    else if (s->choice.build.len == 0)
        rc = log_instead(&s->choice, out, NULL);
    else if (s->failed.code != ERR_OK)
        rc = sb_add_safe(out, sv_of(s->failed.text), NULL);
    else if (s->is_offline)
        rc = sb_addf(out, NULL, "The log of %s is not kept yet: run penstock without --cached.",
                     s->label);
    else if (status_is_running(s->choice.status) || s->is_reading)
        rc = sb_addf(out, NULL, "The log of %s is being read.", s->label);
    else
        rc = sb_addf(out, NULL, "The build of %s has written no log.", s->label);
    if (rc)
        sb_clear(out);
}
