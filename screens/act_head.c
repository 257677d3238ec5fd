#include "screens/act_head.h"

#include "screens/act_lines.h"
#include "screens/act_steps.h"

void act_head_copy(struct act_head *s, const struct act *act, const struct work *work)
{
    bool is_job = act->state == ACT_RUNS || act->state == ACT_ENDED;
    bool is_busy = act->state == ACT_PLANS || act->state == ACT_RUNS;

    s->state = act->state;
    s->job_state = act->job.state;
    s->began_ms = is_job ? act->job.began_ms : work->plan_began_ms;
    s->ended_ms = is_job ? act->job.ended_ms : 0;
    s->silent_since_ms = is_busy ? work->silent_since_ms : 0;
    s->harms[0] = s->totals[0] = '\0';
    if (act->state != ACT_PLANNED)
        return;
    act_totals(&act->plan, true, s->harms, sizeof s->harms);
    act_totals(&act->plan, false, s->totals, sizeof s->totals);
    s->errors = act->plan.defects->errors;
    s->is_nothing = act->plan.is_nothing;
}

struct headline {
    enum style style;
    const char *word;
    const char *harms; /* NULL = none */
    char rest[256];
};

static void say_plan(const struct act_head *s, struct headline *h)
{
    if (s->errors > 0) {
        *h = (struct headline){.style = STYLE_BAD, .word = "CANNOT be done:"};
        snprintf(h->rest, sizeof h->rest, "%zu thing%s in the way", s->errors,
                 s->errors == 1 ? " stands" : "s stand");
    } else if (s->is_nothing) {
        *h = (struct headline){.style = STYLE_GOOD, .word = "Nothing to do:"};
        snprintf(h->rest, sizeof h->rest, "all is as it should be");
    } else {
        *h = (struct headline){.style = STYLE_TITLE, .word = "Planned:", .harms = s->harms};
        snprintf(h->rest, sizeof h->rest, "%s", s->totals);
    }
}

int64_t act_head_tick(const struct act_head *s, const struct view_look *look)
{
    enum { SECOND_MS = 1000 };

    return s->silent_since_ms > 0 && !look->is_coarse ? SECOND_MS : act_tick(look);
}

static void write_seconds(int64_t ms, char out[AGE_SIZE])
{
    snprintf(out, AGE_SIZE, "%llds", (long long)(ms > 0 ? ms / 1000 : 0));
}

/* "7s: AWS has not answered for 5s" */
static void add_time(const struct act_head *s, const struct view_look *look, char *out, size_t size)
{
    char age[AGE_SIZE];
    char silent[AGE_SIZE];
    const char *time = act_elapsed(s->began_ms, s->ended_ms, look, age);
    const char *before = out[0] != '\0' ? ", " : "";
    size_t len = strlen(out);

    if (s->silent_since_ms == 0 || look->is_coarse) {
        snprintf(out + len, size - len, "%s%s%s", time[0] != '\0' ? before : "", time,
                 s->silent_since_ms > 0 ? ": AWS does not answer" : "");
        return;
    }
    write_seconds(look->now_ms - s->began_ms, age);
    write_seconds(look->now_ms - s->silent_since_ms, silent);
    snprintf(out + len, size - len, "%s%s: no answer from AWS for %s", before, age, silent);
}

static void say_job(const struct act_head *s, const struct view_look *look, struct headline *h)
{
    static const struct {
        enum style style;
        const char *word;
    } words[] = {
        [JOB_IDLE] = {STYLE_PLAIN, ""},
        [JOB_RUNS] = {STYLE_BUSY, "Runs:"},
        [JOB_DONE] = {STYLE_GOOD, "Done"},
        [JOB_FAILED] = {STYLE_BAD, "FAILED"},
        [JOB_WAITS] = {STYLE_ATTENTION, "WAITS for a person"},
        [JOB_CANCELLED] = {STYLE_ATTENTION, "STOPPED"},
    };

    *h = (struct headline){.style = words[s->job_state].style, .word = words[s->job_state].word};
    if (s->job_state == JOB_DONE) {
        char age[AGE_SIZE];
        const char *time = act_elapsed(s->began_ms, s->ended_ms, look, age);

        snprintf(h->rest, sizeof h->rest, "%s%s", time[0] != '\0' ? "in " : "", time);
        return;
    }
    snprintf(h->rest, sizeof h->rest, "%sstep %d of %d", s->job_state == JOB_RUNS ? "" : "at ",
             s->step, s->step_count);
    add_time(s, look, h->rest, sizeof h->rest);
}

static void say(const struct act_head *s, const struct view_look *look, struct headline *h)
{
    *h = (struct headline){.style = STYLE_DIM, .word = ""};
    switch (s->state) {
    case ACT_NEW:
        return;
    case ACT_PLANS:
        *h = (struct headline){.style = STYLE_BUSY, .word = "Making the plan"};
        add_time(s, look, h->rest, sizeof h->rest);
        return;
    case ACT_PLANNED:
        say_plan(s, h);
        return;
    case ACT_FAILED_TO_PLAN:
        *h = (struct headline){.style = STYLE_BAD, .word = "There is NO plan:"};
        return;
    case ACT_RUNS:
    case ACT_ENDED:
        say_job(s, look, h);
        return;
    }
}

void act_head_draw(const struct act_head *s, const struct view_look *look, struct canvas *c,
                   struct rect line)
{
    struct headline h;
    int col = line.col + 1;
    int right = line.col + line.cols;

    say(s, look, &h);
    col += canvas_cut(c, line.row, col, right - col, h.style, sv_of(h.word)) + 1;
    if (h.harms != NULL && h.harms[0] != '\0')
        col += canvas_cut(c, line.row, col, right - col, STYLE_BAD, sv_of(h.harms)) + 2;
    canvas_cut(c, line.row, col, right - col, STYLE_PLAIN, sv_of(h.rest));
}

enum err_code act_head_print(const struct act_head *s, const struct view_look *look, struct sb *out,
                             struct err *err)
{
    struct headline h;

    say(s, look, &h);
    return sb_addf(out, err, "%s %s%s%s\n", h.word, h.harms != NULL ? h.harms : "",
                   h.harms != NULL && h.harms[0] != '\0' ? ", " : "", h.rest);
}
