#include "screens/executions_pane.h"

#include "core/model/delivery.h"
#include "core/views/age.h"
#include "core/views/timeline.h"
#include "screens/pipeline_lines.h"

enum { NUMBER_COLS = 8, NAME_COLS = 28, TREND_COLS = 22 };

static void draw_duration(const struct pipeline_part *part, const struct stage_state *stage,
                          int name_cols, struct canvas *c, struct rect line)
{
    const struct stage_duration *d = part_duration(part, stage->name);
    int col = line.col + 2;
    struct trend trend;
    char text[AGE_SIZE];

    canvas_cut(c, line.row, col, name_cols, STYLE_PLAIN, stage->name);
    col += name_cols;
    if (d == NULL || d->samples == 0) {
        canvas_text(c, line.row, col + 2, line.cols, STYLE_DIM, SV("no run is known yet"));
        return;
    }
    canvas_right(c, line.row, col, NUMBER_COLS, STYLE_PLAIN, sv_of(duration_text(d->p50_ms, text)));
    canvas_right(c, line.row, col + NUMBER_COLS, NUMBER_COLS, STYLE_PLAIN,
                 sv_of(duration_text(d->p90_ms, text)));
    canvas_right(c, line.row, col + 2 * NUMBER_COLS, NUMBER_COLS, STYLE_PLAIN,
                 sv_of(duration_text(d->last_ms, text)));
    snprintf(text, sizeof text, "%zu", d->samples);
    canvas_right(c, line.row, col + 3 * NUMBER_COLS, NUMBER_COLS, STYLE_DIM, sv_of(text));
    trend_of(part, stage->name, &trend);
    col += 4 * NUMBER_COLS + 2;
    canvas_text(c, line.row, col, TREND_COLS, STYLE_DIM, sv_of(trend.line));
    canvas_text(c, line.row, col + (int)trend.count + 1, TREND_COLS,
                strcmp(trend.word, "slower") == 0 ? STYLE_ATTENTION : STYLE_PLAIN,
                sv_of(trend.word));
}

void durations_draw(const struct pipeline_part *part, const struct view_look *look,
                    struct canvas *c, struct rect area)
{
    static const char *const titles[] = {"p50", "p90", "last", "runs"};
    const struct pipeline_state *state = &part->pipeline.state;
    int room = area.cols - 2 - 4 * NUMBER_COLS;
    int name_cols = room < NAME_COLS ? room
                    : room - TREND_COLS < NAME_COLS && room - TREND_COLS >= NAME_COLS / 2
                        ? room - TREND_COLS
                        : NAME_COLS;
    struct rect line = {area.row + 1, area.col, 1, area.cols};
    char left[LEFT_SIZE];
    size_t fits = area.rows > DURATIONS_HEAD ? (size_t)(area.rows - DURATIONS_HEAD) : 0;

    left_write(part, look, left);
    canvas_cut(c, line.row, line.col + 2, name_cols, STYLE_TITLE, part->pipeline.row.id.name);
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        canvas_right(c, line.row, line.col + 2 + name_cols + (int)i * NUMBER_COLS, NUMBER_COLS,
                     STYLE_TITLE, sv_of(titles[i]));
    canvas_cut(c, line.row, line.col + 4 + name_cols + 4 * NUMBER_COLS,
               area.cols - 4 - name_cols - 4 * NUMBER_COLS,
               left[0] != '\0' ? STYLE_BUSY : STYLE_TITLE,
               left[0] != '\0' ? sv_of(left) : SV("trend"));
    for (size_t i = 0; i < state->stage_count && i < fits; i++) {
        line.row++;
        if (i + 1 == fits && state->stage_count > fits)
            canvas_text(c, line.row, line.col + 2, line.cols, STYLE_DIM,
                        SV("~ there is more: o prints all"));
        else
            draw_duration(part, &state->stages[i], name_cols, c, line);
    }
}

enum err_code durations_print(const struct pipeline_part *part, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < part->duration_count && rc == ERR_OK; i++) {
        const struct stage_duration *d = &part->durations[i];
        struct trend trend;
        char p50[AGE_SIZE];
        char p90[AGE_SIZE];
        char last[AGE_SIZE];

        if (d->samples == 0)
            continue;
        rc = sb_add_safe(out, part->pipeline.row.id.name, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, ' ', err);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, d->stage, err);
        if (rc == ERR_OK)
            rc = sb_addf(out, err, ": p50 %s, p90 %s, last %s of %zu runs",
                         duration_text(d->p50_ms, p50), duration_text(d->p90_ms, p90),
                         duration_text(d->last_ms, last), d->samples);
        trend_of(part, d->stage, &trend);
        if (rc == ERR_OK && trend.word[0] != '\0')
            rc = sb_addf(out, err, ", %s", trend.word);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

enum { FIGURES_HEAD = 2 };

int figures_lines(const struct sb *figures)
{
    int lines = FIGURES_HEAD;

    for (size_t i = 0; i < figures->len; i++)
        lines += figures->ptr[i] == '\n';
    return figures->len > 0 ? lines : 0;
}

void figures_draw(const struct sb *figures, struct canvas *c, struct rect area)
{
    struct sv rest = sb_sv(figures);
    char title[64];
    int row = area.row + 1;

    snprintf(title, sizeof title, "Delivery in %d days", DELIVERY_WINDOW_DAYS);
    canvas_text(c, row++, area.col + 2, area.cols - 2, STYLE_TITLE, sv_of(title));
    for (bool is_head = true; rest.len > 0 && row < area.row + area.rows; is_head = false) {
        struct sv line = sv_cut(rest, '\n', &rest);

        if (rest.len > 0 && row + 1 == area.row + area.rows)
            canvas_text(c, row++, area.col + 2, area.cols - 2, STYLE_DIM,
                        SV("~ there is more: o prints all"));
        else
            canvas_cut(c, row++, area.col + 2, area.cols - 2, is_head ? STYLE_TITLE : STYLE_PLAIN,
                       line);
    }
}
