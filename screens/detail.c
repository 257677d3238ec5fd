#include "screens/detail.h"

#include "core/base/time.h"

enum { ARENA_CAP = 16 << 20, NAME_WIDTH = 24, AGE_WIDTH = 5, STATUS_WIDTH = 6 };

/* Where the parts of an action's line begin; its error, when too long for the line, below it. */
enum {
    ACTION_COL = 3,
    NAME_COL = ACTION_COL + STATUS_WIDTH + 1,
    AGE_COL = NAME_COL + NAME_WIDTH + 1,
    WORDS_COL = AGE_COL + AGE_WIDTH + 1,
    ERROR_INDENT = 5
};

void detail_init(struct detail *d)
{
    *d = (struct detail){0};
    arena_init(&d->arena, ARENA_CAP);
}

void detail_release(struct detail *d)
{
    arena_release(&d->arena);
    detail_init(d);
}

enum err_code detail_load(struct detail *d, struct cache *cache, int64_t rowid, struct err *err)
{
    struct err why;
    enum err_code rc;

    arena_clear(&d->arena);
    d->pipeline = (struct cache_pipeline){0};
    rc = cache_get_pipeline(cache, rowid, &d->arena, &d->pipeline, &why);
    if (rc == ERR_OK)
        return ERR_OK;
    d->pipeline = (struct cache_pipeline){0};
    return rc == ERR_NOT_FOUND ? ERR_OK : err_set(err, rc, "%s", why.text);
}

static void draw_status(enum status status, const struct view_look *look, struct canvas *c, int row,
                        int col)
{
    char ascii[2] = {status_ascii(status), '\0'};
    enum style style = style_of_status(status);

    canvas_text(c, row, col, 1, style, sv_of(look->is_utf8 ? status_glyph(status) : ascii));
    canvas_text(c, row, col + 2, STATUS_WIDTH - 2, style, sv_of(status_word(status)));
}

/* What a person needs to know of an action: why it failed, else what it says of itself. */
static struct sv words_of(const struct action_state *action)
{
    if (action->error_message.len > 0)
        return action->error_message;
    return action->summary.len > 0 ? action->summary : action->error_code;
}

static bool is_error(const struct action_state *action)
{
    return status_kind(action->status) == STATUS_KIND_BAD;
}

static void draw_title(const struct detail *d, size_t skipped, struct canvas *c, struct rect area)
{
    const struct pipeline_id *id = &d->pipeline.row.id;
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;
    int used;

    sb_init(&text, 1024);
    used = canvas_cut(c, area.row, area.col + 1, area.cols - 1, STYLE_TITLE, id->name);
    if (skipped > 0)
        rc = sb_addf(&text, NULL,
                     skipped == 1 ? "  (%zu stage before is OK)" : "  (%zu stages before are OK)",
                     skipped);
    else
        rc = sb_addf(&text, NULL, "  " SV_FMT "  " SV_FMT "  " SV_FMT, SV_ARG(id->account),
                     SV_ARG(id->region), SV_ARG(d->pipeline.latest.id));
    if (rc == ERR_OK)
        canvas_cut(c, area.row, area.col + 1 + used, area.cols - 1 - used, STYLE_DIM, sb_sv(&text));
}

static void draw_stage(const struct stage_state *stage, const struct view_look *look,
                       struct canvas *c, struct rect line)
{
    int col = line.col + 1;
    int right = line.col + line.cols;

    draw_status(stage_status(stage), look, c, line.row, col);
    col += STATUS_WIDTH + 1;
    col += canvas_cut(c, line.row, col, right - col, STYLE_TITLE, stage->name) + 1;
    if (!stage->transition_enabled) {
        col += canvas_text(c, line.row, col, right - col, STYLE_ATTENTION,
                           look->is_utf8 ? SV("⊗ HOLD") : SV("# HOLD")) +
               1;
        canvas_cut(c, line.row, col, right - col, STYLE_PLAIN, stage->disabled_reason);
    }
}

/* An error is read whole: on as many lines as it takes, the rest only on what fits. */
static int draw_words(const struct action_state *action, struct canvas *c, int row, int last)
{
    struct sv words = words_of(action);
    int room = c->cols - 1 - WORDS_COL;

    if (!is_error(action) || text_width(words) <= room) {
        canvas_cut(c, row, WORDS_COL, room, is_error(action) ? STYLE_BAD : STYLE_PLAIN, words);
        return row + 1;
    }
    row++;
    return row +
           canvas_wrap(c, (struct rect){row, ERROR_INDENT, last - row, c->cols - 1 - ERROR_INDENT},
                       STYLE_BAD, words);
}

/* Returns the row behind it. */
static int draw_action(const struct action_state *action, const struct view_look *look,
                       struct canvas *c, int row, int last)
{
    char age[TIME_AGE_SIZE];

    draw_status(action->status, look, c, row, ACTION_COL);
    canvas_cut(c, row, NAME_COL, NAME_WIDTH, STYLE_PLAIN, action->name);
    if (action->changed_at > 0)
        canvas_right(c, row, AGE_COL, AGE_WIDTH, STYLE_DIM,
                     sv_of(time_age(action->changed_at, look->now_ms, age)));
    return draw_words(action, c, row, last);
}

static int lines_of(const struct stage_state *stage, int cols)
{
    int lines = 1;

    for (size_t i = 0; i < stage->action_count; i++) {
        const struct action_state *action = &stage->actions[i];

        lines += 1;
        if (is_error(action) && text_width(words_of(action)) > cols - 1 - WORDS_COL)
            lines += canvas_lines(words_of(action), cols - 1 - ERROR_INDENT);
    }
    return lines;
}

/* When not all fits, what went well gives way from the start: the trouble must be in sight. */
static size_t first_shown(const struct pipeline_state *state, int rows, int cols, bool *has_more)
{
    size_t first = 0;
    int lines = 0;

    for (size_t i = 0; i < state->stage_count; i++)
        lines += lines_of(&state->stages[i], cols);
    while (lines > rows && first + 1 < state->stage_count &&
           stage_status(&state->stages[first]) == STATUS_SUCCEEDED)
        lines -= lines_of(&state->stages[first++], cols);
    *has_more = lines > rows;
    return first;
}

void detail_draw(const struct detail *d, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct pipeline_state *state = &d->pipeline.state;
    bool has_more;
    size_t first = first_shown(state, area.rows - 1, c->cols, &has_more);
    struct rect line = {area.row, area.col, 1, area.cols};
    int last = area.row + area.rows - has_more;

    if (d->pipeline.row.rowid == 0)
        return;
    if (has_more)
        canvas_cut(c, last, area.col + 1, area.cols - 1, STYLE_DIM,
                   SV("~ there is more: penstock describe shows all of it"));
    draw_title(d, first, c, line);
    line.row++;
    for (size_t i = first; i < state->stage_count && line.row < last; i++) {
        const struct stage_state *stage = &state->stages[i];

        draw_stage(stage, look, c, line);
        line.row++;
        for (size_t k = 0; k < stage->action_count && line.row < last; k++)
            line.row = draw_action(&stage->actions[k], look, c, line.row, last);
    }
}
