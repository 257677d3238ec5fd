#include "screens/act_steps.h"

#include "screens/act_lines.h"

enum { STEPS_CAP = 1 << 20, TICK_MS = 10 * 1000, COARSE_MS = 60 * 1000, STATE_COLS = 12 };

struct act_step {
    struct sv title;
    struct sv note;
    enum step_state state;
    int64_t began_ms;
    int64_t ended_ms;
};

void act_steps_init(struct act_steps *steps)
{
    *steps = (struct act_steps){.count = 0};
    arena_init(&steps->arena, STEPS_CAP);
}

void act_steps_release(struct act_steps *steps)
{
    arena_release(&steps->arena);
}

enum err_code act_steps_copy(struct act_steps *steps, const struct job *job, struct err *err)
{
    arena_clear(&steps->arena);
    steps->count = 0;
    steps->at = 0;
    steps->items = arena_alloc(&steps->arena, job->step_count + 1, sizeof *steps->items);
    if (steps->items == NULL)
        return arena_err(&steps->arena, err);
    for (size_t i = 0; i < job->step_count; i++) {
        const struct job_step *from = &job->steps[i];
        struct act_step *to = &steps->items[i];

        *to = (struct act_step){.title = arena_sv(&steps->arena, sv_of(from->title)),
                                .note = arena_sv(&steps->arena, sv_of(from->note)),
                                .state = from->state,
                                .began_ms = from->began_ms,
                                .ended_ms = from->ended_ms};
        if (to->title.ptr == NULL || to->note.ptr == NULL)
            return arena_err(&steps->arena, err);
        steps->count++;
        if (from->state != STEP_AHEAD)
            steps->at = (int)i;
    }
    return ERR_OK;
}

/* In steps of ten seconds, or of a minute on a slow line. */
int64_t act_tick(const struct view_look *look)
{
    return look->is_coarse ? COARSE_MS : TICK_MS;
}

const char *act_elapsed(int64_t began_ms, int64_t ended_ms, const struct view_look *look,
                        char out[AGE_SIZE])
{
    int64_t ms = (ended_ms > 0 ? ended_ms : look->now_ms) - began_ms;

    if (began_ms == 0 || ms < 0)
        return "";
    if (ended_ms == 0)
        ms -= ms % act_tick(look);
    return ended_ms == 0 && ms == 0 ? "" : duration_text(ms, out);
}

/* 80 cells: number, sign and word, then title and note share what is left, the time is last. */
static void draw_step(const struct act_step *step, int number, const struct view_look *look,
                      struct canvas *c, struct rect line)
{
    enum { NUMBER = 3, SIGN = 2, TIME = 7, NOTE_LEAST = 8 };
    enum status status = act_step_status(step->state);
    enum style style = style_of_status(status);
    char ascii[2] = {status_ascii(status), '\0'};
    char age[AGE_SIZE];
    char text[16];
    int col = line.col + 1;
    int right = line.col + line.cols - TIME;
    int title;

    snprintf(text, sizeof text, "%2d", number);
    canvas_text(c, line.row, col, NUMBER, STYLE_DIM, sv_of(text));
    col += NUMBER;
    canvas_text(c, line.row, col, 1, style, sv_of(look->is_utf8 ? status_glyph(status) : ascii));
    col += SIGN;
    canvas_text(c, line.row, col, STATE_COLS, style, sv_of(step_state_word(step->state)));
    col += STATE_COLS + 1;
    title = canvas_cut(c, line.row, col, right - col,
                       step->state == STEP_RUNS ? STYLE_TITLE : STYLE_PLAIN, step->title);
    col += title + 2;
    if (step->note.len > 0 && right - col >= NOTE_LEAST)
        canvas_cut(c, line.row, col, right - col - 1,
                   step->state == STEP_FAILED ? STYLE_BAD : STYLE_DIM, step->note);
    canvas_right(c, line.row, right, TIME - 1, STYLE_DIM,
                 sv_of(act_elapsed(step->began_ms, step->ended_ms, look, age)));
}

void act_steps_draw(const struct act_steps *steps, const struct view_look *look, struct canvas *c,
                    struct rect area)
{
    int top = steps->at - area.rows / 2;

    if (top > steps->count - area.rows)
        top = steps->count - area.rows;
    if (top < 0)
        top = 0;
    for (int i = 0; i < area.rows && top + i < steps->count; i++)
        draw_step(&steps->items[top + i], top + i + 1, look, c,
                  (struct rect){area.row + i, area.col, 1, area.cols});
}

static enum err_code print_step(const struct act_step *step, int number,
                                const struct view_look *look, struct sb *out, struct err *err)
{
    char age[AGE_SIZE];
    const char *time = act_elapsed(step->began_ms, step->ended_ms, look, age);
    enum err_code rc = sb_addf(out, err, "Step %d: %s, " SV_FMT, number,
                               step_state_word(step->state), SV_ARG(step->title));

    if (!rc && step->note.len > 0)
        rc = sb_add(out, SV(": "), err);
    if (!rc)
        rc = sb_add_safe(out, step->note, err);
    return rc ? rc
              : sb_addf(out, err, "%s%s%s\n", time[0] != '\0' ? " (" : "", time,
                        time[0] != '\0' ? ")" : "");
}

enum err_code act_steps_print(const struct act_steps *steps, const struct view_look *look,
                              struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < steps->count && !rc; i++)
        rc = print_step(&steps->items[i], i + 1, look, out, err);
    return rc;
}
