#include "screens/detail.h"

#include "core/base/time.h"

enum { ARENA_CAP = 16 << 20, NAME_WIDTH = 24, AGE_WIDTH = 5, STATUS_WIDTH = 6, ERROR_INDENT = 5 };

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

static void draw_title(const struct detail *d, struct canvas *c, struct rect area)
{
    const struct pipeline_id *id = &d->pipeline.row.id;
    CLEANUP(sb_release) struct sb text;
    int used;

    sb_init(&text, 1024);
    used = canvas_cut(c, area.row, area.col + 1, area.cols - 1, STYLE_TITLE, id->name);
    if (sb_addf(&text, NULL, "  " SV_FMT "  " SV_FMT "  " SV_FMT, SV_ARG(id->account),
                SV_ARG(id->region), SV_ARG(d->pipeline.latest.id)) == ERR_OK)
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
static int draw_words(struct sv words, bool is_error, struct canvas *c, struct rect line, int last)
{
    int room = c->cols - 1 - line.col;

    if (!is_error || text_width(words) <= room) {
        canvas_cut(c, line.row, line.col, room, is_error ? STYLE_BAD : STYLE_PLAIN, words);
        return line.row + 1;
    }
    line.row++;
    return line.row + canvas_wrap(c,
                                  (struct rect){line.row, ERROR_INDENT, last - line.row,
                                                c->cols - 1 - ERROR_INDENT},
                                  STYLE_BAD, words);
}

/* Returns the row behind it. */
static int draw_action(const struct action_state *action, const struct view_look *look,
                       struct canvas *c, struct rect line, int last)
{
    bool is_error = status_kind(action->status) == STATUS_KIND_BAD;
    char age[TIME_AGE_SIZE];

    line.col += 3;
    draw_status(action->status, look, c, line.row, line.col);
    line.col += STATUS_WIDTH + 1;
    canvas_cut(c, line.row, line.col, NAME_WIDTH, STYLE_PLAIN, action->name);
    line.col += NAME_WIDTH + 1;
    if (action->changed_at > 0)
        canvas_right(c, line.row, line.col, AGE_WIDTH, STYLE_DIM,
                     sv_of(time_age(action->changed_at, look->now_ms, age)));
    line.col += AGE_WIDTH + 1;
    return draw_words(words_of(action), is_error, c, line, last);
}

void detail_draw(const struct detail *d, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct pipeline_state *state = &d->pipeline.state;
    struct rect line = {area.row, area.col, 1, area.cols};
    int last = area.row + area.rows;

    if (d->pipeline.row.rowid == 0)
        return;
    draw_title(d, c, line);
    line.row++;
    for (size_t i = 0; i < state->stage_count && line.row < last; i++) {
        const struct stage_state *stage = &state->stages[i];

        draw_stage(stage, look, c, line);
        line.row++;
        for (size_t k = 0; k < stage->action_count && line.row < last; k++)
            line.row = draw_action(&stage->actions[k], look, c, line, last);
    }
}
