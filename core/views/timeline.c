#include "core/views/timeline.h"

#include <stdlib.h>

#include "core/views/age.h"

enum { LEAST_SAMPLES = 3 };

/* ---- the rows ---- */

struct making {
    const struct pipeline_part *part;
    const struct execution *execution;
    int64_t now_ms;
    struct arena *arena;
    struct timeline_row *rows;
    size_t count;
};

static bool is_wait(const struct action_run *run)
{
    return sv_eq(run->action.category, SV("Approval"));
}

static int64_t run_from(const struct action_run *run)
{
    return run->started_at > 0 ? run->started_at : run->action.changed_at;
}

static bool is_of(const struct action_run *run, const struct making *m, struct sv stage,
                  struct sv action)
{
    return sv_eq(run->execution_id, m->execution->id) && sv_eq(run->stage, stage) &&
           (action.len == 0 || sv_eq(run->action.name, action));
}

static int by_start(const void *a, const void *b)
{
    const struct timeline_span *x = a;
    const struct timeline_span *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

/* An execution that has ended left nothing running, whatever its runs say: they were read before.
 */
static int64_t run_to(const struct making *m, const struct action_run *run)
{
    if (!status_is_running(run->action.status))
        return run->action.changed_at;
    return status_is_running(m->execution->status) ? 0 : m->execution->updated_at;
}

static bool add_spans(struct making *m, struct timeline_row *row)
{
    const struct pipeline_part *part = m->part;
    struct timeline_span *spans = NULL;
    size_t count = 0;

    for (size_t i = 0; i < part->run_count; i++)
        count += is_of(&part->runs[i], m, row->stage, row->action);
    row->spans = spans = arena_alloc(m->arena, count, sizeof *spans);
    for (size_t i = 0; spans != NULL && i < part->run_count; i++) {
        const struct action_run *run = &part->runs[i];

        if (!is_of(run, m, row->stage, row->action) || run_from(run) == 0)
            continue;
        spans[row->span_count++] =
            (struct timeline_span){run_from(run), run_to(m, run), run->action.status, is_wait(run)};
    }
    if (row->span_count > 1)
        qsort(spans, row->span_count, sizeof *spans, by_start);
    return spans != NULL;
}

static int64_t end_of(const struct timeline_span *span, int64_t now_ms)
{
    int64_t end = span->to > 0 ? span->to : now_ms;

    return end > span->from ? end : span->from;
}

/* The time that its spans cover, or only those of its work. Spans are by start. */
static int64_t covered(const struct timeline_row *row, bool only_work, int64_t now_ms)
{
    int64_t sum = 0;
    int64_t until = 0;

    for (size_t i = 0; i < row->span_count; i++) {
        const struct timeline_span *span = &row->spans[i];
        int64_t from = span->from > until ? span->from : until;
        int64_t to = end_of(span, now_ms);

        if ((only_work && span->is_wait) || to <= until)
            continue;
        sum += to - from;
        until = to;
    }
    return sum;
}

static void measure(const struct making *m, struct timeline_row *row)
{
    bool has_work = false;
    bool is_open = false;

    for (size_t i = 0; i < row->span_count; i++) {
        const struct timeline_span *span = &row->spans[i];

        has_work = has_work || !span->is_wait;
        is_open = is_open || span->to == 0;
        if (row->from == 0 || span->from < row->from)
            row->from = span->from;
        if (span->to > row->to)
            row->to = span->to;
    }
    if (is_open)
        row->to = 0;
    row->worked_ms = has_work ? covered(row, true, m->now_ms) : -1;
    row->waited_ms = covered(row, false, m->now_ms) - (has_work ? row->worked_ms : 0);
}

static bool add_action(struct making *m, struct sv stage, struct sv name)
{
    struct timeline_row *row = &m->rows[m->count++];
    const struct action_run *last = part_action_run(m->part, m->execution->id, stage, name);

    *row = (struct timeline_row){.stage = stage, .action = name, .p50_ms = -1, .p90_ms = -1};
    if (!add_spans(m, row))
        return false;
    row->tries = row->span_count;
    measure(m, row);
    if (last == NULL)
        return true;
    row->status = action_status(last->action.status, last->action.category, last->action.has_token);
    if (row->to > 0 && status_is_running(row->status))
        row->status = m->execution->status;
    row->error =
        last->action.error_message.len > 0 ? last->action.error_message : last->action.error_code;
    row->summary = last->action.summary;
    row->who = last->action.updated_by;
    return true;
}

static bool has_row(const struct making *m, struct sv stage, struct sv action)
{
    for (size_t i = 0; i < m->count; i++) {
        if (sv_eq(m->rows[i].stage, stage) && sv_eq(m->rows[i].action, action))
            return true;
    }
    return false;
}

/* What ran by an older definition, and is not in the one of now. */
static bool add_other_actions(struct making *m, struct sv stage)
{
    for (size_t i = 0; i < m->part->run_count; i++) {
        const struct action_run *run = &m->part->runs[i];

        if (is_of(run, m, stage, SV_NONE) && !has_row(m, stage, run->action.name) &&
            !add_action(m, stage, run->action.name))
            return false;
    }
    return true;
}

static bool add_stage(struct making *m, struct sv name, const struct action_state *actions,
                      size_t action_count)
{
    struct timeline_row *row = &m->rows[m->count++];
    const struct stage_duration *usual = part_duration(m->part, name);
    size_t first = m->count;

    *row = (struct timeline_row){.stage = name, .p50_ms = -1, .p90_ms = -1};
    if (usual != NULL) {
        row->p50_ms = usual->p50_ms;
        row->p90_ms = usual->p90_ms;
        row->samples = usual->samples;
    }
    if (!add_spans(m, row))
        return false;
    measure(m, row);
    for (size_t i = 0; i < action_count; i++) {
        if (!add_action(m, name, actions[i].name))
            return false;
    }
    if (!add_other_actions(m, name))
        return false;
    for (size_t i = first; i < m->count; i++) {
        row->status = status_worst(row->status, m->rows[i].status);
        row->tries = m->rows[i].tries > row->tries ? m->rows[i].tries : row->tries;
    }
    return true;
}

static bool add_stages(struct making *m)
{
    const struct pipeline_part *part = m->part;
    const struct pipeline_state *state = &part->pipeline.state;

    for (size_t i = 0; i < state->stage_count; i++) {
        const struct stage_state *stage = &state->stages[i];

        if (!add_stage(m, stage->name, stage->actions, stage->action_count))
            return false;
    }
    for (size_t i = 0; i < part->run_count; i++) {
        const struct action_run *run = &part->runs[i];

        if (sv_eq(run->execution_id, m->execution->id) && !has_row(m, run->stage, SV_NONE) &&
            !add_stage(m, run->stage, NULL, 0))
            return false;
    }
    return true;
}

enum err_code timeline_make(const struct pipeline_part *part, const struct execution *execution,
                            int64_t now_ms, struct arena *arena, struct timeline *out,
                            struct err *err)
{
    const struct pipeline_state *state = &part->pipeline.state;
    struct making m = {.part = part, .execution = execution, .now_ms = now_ms, .arena = arena};
    bool is_running = status_is_running(execution->status);
    size_t most = state->stage_count;

    for (size_t i = 0; i < state->stage_count; i++)
        most += state->stages[i].action_count;
    for (size_t i = 0; i < part->run_count; i++)
        most += sv_eq(part->runs[i].execution_id, execution->id) ? 2 : 0;
    m.rows = arena_alloc(arena, most, sizeof *m.rows);
    if (m.rows == NULL || !add_stages(&m))
        return arena_err(arena, err);
    *out = (struct timeline){.from = execution->started_at,
                             .to = is_running ? now_ms : execution->updated_at,
                             .is_running = is_running,
                             .rows = m.rows,
                             .count = m.count};
    for (size_t i = 0; i < m.count; i++) {
        if (m.rows[i].from > 0 && (out->from == 0 || m.rows[i].from < out->from))
            out->from = m.rows[i].from;
        if (m.rows[i].to > out->to)
            out->to = m.rows[i].to;
    }
    return ERR_OK;
}

/* ---- bars ---- */

enum bar_sign { SIGN_NONE, SIGN_WAIT, SIGN_WORK, SIGN_AGAIN, SIGN_FAILED, SIGN_NOW, SIGN_COUNT };

/* Lines and blocks of Unicode take two cells in some terminals: bars are ASCII in both. */
/* clang-format off */
static const char *const signs[SIGN_COUNT][2] = {
    [SIGN_NONE]   = {" ", " "},
    [SIGN_WAIT]   = {".", "."},
    [SIGN_WORK]   = {"=", "="},
    [SIGN_AGAIN]  = {"|", "|"},
    [SIGN_FAILED] = {"x", "✗"},
    [SIGN_NOW]    = {">", "▸"},
};
/* clang-format on */

const char *timeline_legend(bool is_utf8)
{
    return is_utf8 ? "= work  . waits for a person  | tried again  ✗ failed  ▸ now"
                   : "= work  . waits for a person  | tried again  x failed  > now";
}

static int cell_at(const struct timeline *t, int64_t at, int cells)
{
    int64_t whole = t->to - t->from;
    int64_t cell = whole > 0 ? (at - t->from) * cells / whole : 0;

    return cell < 0 ? 0 : cell >= cells ? cells - 1 : (int)cell;
}

static void raise(unsigned char *cell, enum bar_sign sign)
{
    if (*cell < sign)
        *cell = (unsigned char)sign;
}

static void paint(const struct timeline *t, const struct timeline_row *row, size_t at, int cells,
                  unsigned char *bar)
{
    const struct timeline_span *span = &row->spans[at];
    int64_t end = end_of(span, t->to);
    int first = cell_at(t, span->from, cells);
    /* A span ends before the cell of its end, unless that is all it has. */
    int last = cell_at(t, end > span->from ? end - 1 : end, cells);

    for (int i = first; i <= last; i++)
        raise(&bar[i], span->is_wait ? SIGN_WAIT : SIGN_WORK);
    if (row->action.len > 0 && at > 0)
        raise(&bar[first], SIGN_AGAIN);
    if (status_kind(span->status) == STATUS_KIND_BAD)
        raise(&bar[last], SIGN_FAILED);
    if (span->to == 0)
        raise(&bar[last], SIGN_NOW);
}

enum err_code timeline_bar(const struct timeline *t, const struct timeline_row *row, int cells,
                           bool is_utf8, struct sb *out, struct err *err)
{
    enum { CELLS_MAX = 400 };
    unsigned char bar[CELLS_MAX] = {SIGN_NONE};
    enum err_code rc = ERR_OK;

    cells = cells < CELLS_MAX ? cells : CELLS_MAX;
    for (size_t i = 0; cells > 0 && i < row->span_count; i++)
        paint(t, row, i, cells, bar);
    for (int i = 0; i < cells && rc == ERR_OK; i++)
        rc = sb_add(out, sv_of(signs[bar[i]][is_utf8]), err);
    return rc;
}

/* ---- what is usual ---- */

const char *timeline_verdict(const struct timeline_row *row, char out[VERDICT_SIZE])
{
    double ratio;

    out[0] = '\0';
    if (row->samples < LEAST_SAMPLES || row->worked_ms <= 0 || row->p50_ms <= 0)
        return out;
    ratio = (double)row->worked_ms / (double)row->p50_ms;
    if (ratio >= 1.2)
        snprintf(out, VERDICT_SIZE, "%.1fx slower than usual", ratio < 999 ? ratio : 999.0);
    else if (row->to == 0)
        snprintf(out, VERDICT_SIZE, "not slower so far");
    else if (ratio <= 0.8)
        snprintf(out, VERDICT_SIZE, "%.1fx faster than usual", ratio > 0.002 ? 1 / ratio : 500.0);
    else
        snprintf(out, VERDICT_SIZE, "as usual");
    return out;
}

static int compare_values(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

static int64_t median(const int64_t *values, size_t count)
{
    int64_t sorted[TREND_MAX];

    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_values);
    return percentile(sorted, count, 50);
}

/* The later half against the earlier one: a single slow run is no trend. */
static const char *trend_word(const int64_t *values, size_t count)
{
    size_t half = count / 2;
    int64_t before;
    int64_t after;

    if (count < TREND_LEAST)
        return "";
    before = median(values, half);
    after = median(values + count - half, half);
    if (after * 5 > before * 6)
        return "slower";
    return after * 6 < before * 5 ? "faster" : "steady";
}

void trend_of(const struct pipeline_part *part, struct sv stage, struct trend *out)
{
    static const char levels[] = "_.:-=+*#";
    const int most = (int)sizeof levels - 2;
    int64_t values[TREND_MAX];
    int64_t low = INT64_MAX;
    int64_t high = 0;

    *out = (struct trend){.word = ""};
    for (size_t i = part->stage_run_count; i > 0 && out->count < TREND_MAX; i--) {
        const struct stage_run *run = &part->stage_runs[i - 1];

        if (run->worked_ms < 0 || !sv_eq(run->stage, stage))
            continue;
        values[TREND_MAX - ++out->count] = run->worked_ms;
        low = run->worked_ms < low ? run->worked_ms : low;
        high = run->worked_ms > high ? run->worked_ms : high;
    }
    for (size_t i = 0; i < out->count; i++) {
        int64_t value = values[TREND_MAX - out->count + i];
        int64_t level = high > low ? (value - low) * most / (high - low) : 0;

        out->line[i] = levels[level];
    }
    out->word = trend_word(values + TREND_MAX - out->count, out->count);
}
