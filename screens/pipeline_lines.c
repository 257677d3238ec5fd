#include "screens/pipeline_lines.h"

#include "core/model/hash.h"
#include "core/views/age.h"

enum {
    GUTTER = 2,
    STATUS_COLS = 7, /* glyph, word and blanks */
    NAME_LEAST = 18,
    DURATION_COLS = 15,
    AGE_COLS = 5,
    CLOCK_COLS = 10,
    REVISION_COLS = 7,
    PERCENTILE_COLS = 6,
    BELOW_INDENT = 9,
    BELOW_MAX = 4, /* texts of one node */
    TEXT_CAP = 64 * 1024,
    FIELD_MAX = 8 * 1024,
    MINUTE_MS = 60 * 1000
};

uint64_t node_key(struct sv pipeline, struct sv stage, struct sv action)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, pipeline);
    hash_sv(&h, stage);
    hash_sv(&h, action);
    return hash_done(&h);
}

const char *moment_text(int64_t at_ms, const struct view_look *look, char *out)
{
    struct view_look clock = *look;

    if (clock.clock == LOOK_AGE)
        clock.clock = LOOK_UTC;
    return age_text(at_ms, &clock, out);
}

enum status node_status(const struct node *node)
{
    const struct action_state *a = node->action;

    if (a != NULL)
        return action_status(a->status, a->category, a->has_token);
    if (node->stage != NULL)
        return stage_status(node->stage);
    return node->part->back > 0 ? node->part->shown.status : node->part->pipeline.row.status;
}

const struct execution *node_execution(const struct node *node)
{
    struct sv id = node->stage != NULL ? node->stage->execution_id : node->part->shown.id;

    return part_execution(node->part, id);
}

/* ---- how long it took, or takes ---- */

struct timing {
    int64_t started_at; /* 0 = not known */
    int64_t ended_at;   /* 0 = it runs */
    int64_t usual_ms;   /* -1 = not known */
};

static int64_t changed_at(const struct node *node)
{
    if (node->action != NULL)
        return node->action->changed_at;
    return node->stage != NULL ? stage_changed_at(node->stage) : node->part->shown.updated_at;
}

/* The state is asked for more often than the runs, so a run may be known as it was while it went
 * on: its end is then the state's. */
static struct timing timing_of(const struct node *node)
{
    struct timing t = {.usual_ms = -1};
    bool is_running = status_is_running(node_status(node));
    struct sv id = node->stage != NULL ? node->stage->execution_id : node->part->shown.id;

    if (node->action != NULL) {
        const struct action_run *run =
            part_action_run(node->part, id, node->stage->name, node->action->name);

        t.started_at = run != NULL ? run->started_at : 0;
        if (run != NULL && !status_is_running(run->action.status))
            t.ended_at = run->action.changed_at;
    } else if (node->stage != NULL) {
        const struct stage_run *run = part_stage_run(node->part, id, node->stage->name);
        const struct stage_duration *usual = part_duration(node->part, node->stage->name);

        t.started_at = run != NULL ? run->started_at : 0;
        t.ended_at = run != NULL ? run->ended_at : 0;
        t.usual_ms = usual != NULL ? usual->p50_ms : -1;
    } else {
        t.started_at = node->part->shown.started_at;
        t.ended_at = node->part->shown.updated_at;
    }
    if (is_running)
        t.ended_at = 0;
    else if (t.ended_at == 0)
        t.ended_at = changed_at(node);
    return t;
}

static int64_t elapsed_of(const struct timing *t, const struct view_look *look)
{
    int64_t end = t->ended_at > 0 ? t->ended_at : look->now_ms;

    return t->started_at > 0 && end >= t->started_at ? end - t->started_at : -1;
}

/* "3m12s of ~4m40s"; a running one without its seconds where they would cost too much. */
static void duration_write(const struct node *node, const struct view_look *look, char *out,
                           size_t size)
{
    struct timing t = timing_of(node);
    bool is_running = status_is_running(node_status(node));
    int64_t elapsed = elapsed_of(&t, look);
    char took[AGE_SIZE] = "";
    char usual[AGE_SIZE];

    if (node_status(node) == STATUS_NONE || elapsed < 0)
        out[0] = '\0';
    else if (is_running && look->is_coarse && elapsed < 60 * MINUTE_MS)
        snprintf(took, sizeof took, elapsed < MINUTE_MS ? "<1m" : "%dm",
                 (int)(elapsed / MINUTE_MS));
    else
        duration_text(elapsed, took);
    if (is_running && t.usual_ms >= 0 && took[0] != '\0')
        snprintf(out, size, "%s of ~%s", took, duration_text(t.usual_ms, usual));
    else
        snprintf(out, size, "%s", took);
}

static int64_t duration_next(const struct node *node, const struct view_look *look)
{
    struct timing t = timing_of(node);
    int64_t elapsed = elapsed_of(&t, look);
    int64_t unit = look->is_coarse || elapsed >= 60 * MINUTE_MS ? MINUTE_MS : 1000;

    if (!status_is_running(node_status(node)) || elapsed < 0)
        return 0;
    return t.started_at + (elapsed / unit + 1) * unit;
}

void left_write(const struct pipeline_part *part, const struct view_look *look, char out[LEFT_SIZE])
{
    int64_t left = part->back == 0 ? part_left_ms(part, look->now_ms) : -1;
    char text[AGE_SIZE];

    out[0] = '\0';
    if (left == 0)
        snprintf(out, LEFT_SIZE, "any moment now");
    else if (left > 0 && left < MINUTE_MS)
        snprintf(out, LEFT_SIZE, "less than 1m left");
    else if (left > 0 && left < 60 * MINUTE_MS)
        snprintf(out, LEFT_SIZE, "about %dm left", (int)((left + MINUTE_MS - 1) / MINUTE_MS));
    else if (left > 0)
        snprintf(out, LEFT_SIZE, "about %s left", duration_text(left, text));
}

int64_t left_next(const struct pipeline_part *part, const struct view_look *look)
{
    int64_t left = part->back == 0 ? part_left_ms(part, look->now_ms) : -1;

    return left > 0 ? look->now_ms + (left - 1) % MINUTE_MS + 1 : 0;
}

int64_t node_next(const struct node *node, const struct view_look *look)
{
    return age_sooner(duration_next(node, look), age_next(changed_at(node), look));
}

/* ---- what stands below ---- */

struct below {
    struct arena *arena;
    struct node_line texts[BELOW_MAX];
    int count;
    bool is_short; /* of memory */
};

static void below_add(struct below *b, enum style style, const struct sb *text)
{
    struct sv copy = arena_sv(b->arena, sb_sv(text));

    if (copy.ptr == NULL || b->count == BELOW_MAX)
        b->is_short = true;
    else if (copy.len > 0)
        b->texts[b->count++] = (struct node_line){style, copy};
}

static void add_gate(struct below *b, const struct stage_state *stage, const struct view_look *look)
{
    CLEANUP(sb_release) struct sb text;
    char at[AGE_SIZE];
    enum err_code rc;

    sb_init(&text, TEXT_CAP);
    if (stage->transition_enabled)
        return;
    rc = sb_addf(&text, NULL, "%s HOLD", look->is_utf8 ? "⊗" : "#");
    if (rc == ERR_OK && stage->transition_changed_at > 0)
        rc = sb_addf(&text, NULL, " since %s", moment_text(stage->transition_changed_at, look, at));
    if (rc == ERR_OK && stage->disabled_by.len > 0)
        rc = sb_addf(&text, NULL, " by " SV_FMT, SV_ARG(sv_take(stage->disabled_by, FIELD_MAX)));
    if (rc == ERR_OK && stage->disabled_reason.len > 0)
        rc = sb_addf(&text, NULL, ": " SV_FMT, SV_ARG(sv_take(stage->disabled_reason, FIELD_MAX)));
    b->is_short = b->is_short || rc != ERR_OK;
    below_add(b, STYLE_ATTENTION, &text);
}

static void add_condition(struct below *b, const struct stage_state *stage)
{
    CLEANUP(sb_release) struct sb text;
    bool is_held = stage_is_held(stage);
    enum err_code rc;

    sb_init(&text, TEXT_CAP);
    if (!is_held && !sv_eq(stage->condition_status, SV("InProgress")))
        return;
    rc = stage_condition_write(stage, &text, NULL);
    /* There is no override of what follows a failure. */
    if (rc == ERR_OK && is_held && sv_eq(stage->condition_status, SV("Failed")) &&
        !sv_eq(stage->condition, SV("ON_FAILURE")))
        rc = sb_add(&text, SV("; O overrides"), NULL);
    b->is_short = b->is_short || rc != ERR_OK;
    below_add(b, is_held ? STYLE_BAD : STYLE_BUSY, &text);
}

static void add_inbound(struct below *b, const struct stage_state *stage,
                        const struct view_look *look)
{
    CLEANUP(sb_release) struct sb text;
    char ascii[2] = {status_ascii(stage->inbound_status), '\0'};

    sb_init(&text, TEXT_CAP);
    if (stage->inbound_id.len == 0)
        return;
    if (sb_addf(&text, NULL, "%s execution " SV_FMT " waits to enter",
                look->is_utf8 ? status_glyph(stage->inbound_status) : ascii,
                SV_ARG(sv_take(stage->inbound_id, 8))))
        b->is_short = true;
    below_add(b, STYLE_BUSY, &text);
}

static void add_wait(struct below *b, const struct action_state *a, const struct view_look *look)
{
    CLEANUP(sb_release) struct sb text;
    struct sv link = a->external_url.len > 0 ? a->external_url : a->url;
    char at[AGE_SIZE];
    enum err_code rc;

    sb_init(&text, TEXT_CAP);
    rc = sb_add(&text, SV("waits for approval"), NULL);
    if (rc == ERR_OK && a->changed_at > 0)
        rc = sb_addf(&text, NULL, " since %s", moment_text(a->changed_at, look, at));
    if (rc == ERR_OK && a->summary.len > 0)
        rc = sb_addf(&text, NULL, ": " SV_FMT, SV_ARG(sv_take(a->summary, FIELD_MAX)));
    below_add(b, STYLE_ATTENTION, &text);
    sb_clear(&text);
    if (rc == ERR_OK && link.len > 0)
        rc = sb_addf(&text, NULL, "link: " SV_FMT, SV_ARG(sv_take(link, FIELD_MAX)));
    b->is_short = b->is_short || rc != ERR_OK;
    below_add(b, STYLE_DIM, &text);
}

static void add_error(struct below *b, const struct action_state *a)
{
    CLEANUP(sb_release) struct sb text;

    sb_init(&text, TEXT_CAP);
    if (sb_add(&text, sv_take(a->error_message, TEXT_CAP - 1), NULL))
        b->is_short = true;
    below_add(b, STYLE_BAD, &text);
}

static void gather_below(const struct node *node, const struct view_look *look, struct below *b)
{
    if (node->stage == NULL)
        return;
    if (node->action == NULL) {
        add_gate(b, node->stage, look);
        add_condition(b, node->stage);
        add_inbound(b, node->stage, look);
        return;
    }
    if (node->action->error_message.len > 0)
        add_error(b, node->action);
    if (node_status(node) == STATUS_WAITING)
        add_wait(b, node->action, look);
}

/* The texts below are cut into lines once, so that scrolling through them is a matter of counting.
 */
static enum err_code wrap_below(struct node *node, const struct view_look *look, int cols,
                                struct arena *arena, struct err *err)
{
    struct below b = {.arena = arena};
    struct node_line *lines;
    int count = 0;

    gather_below(node, look, &b);
    for (int i = 0; i < b.count; i++)
        count += canvas_lines(b.texts[i].text, cols);
    lines = arena_alloc(arena, (size_t)count, sizeof *lines);
    if (lines == NULL || b.is_short)
        return arena_err(arena, err);
    node->below = lines;
    for (int i = 0; i < b.count; i++) {
        struct sv rest = sv_trim(b.texts[i].text);

        while (rest.len > 0)
            lines[node->below_count++] =
                (struct node_line){b.texts[i].style, canvas_take_line(&rest, cols)};
    }
    return ERR_OK;
}

/* ---- the nodes ---- */

static int count_nodes(const struct pipeline_tree *t)
{
    size_t count = t->count;

    for (size_t i = 0; i < t->count; i++) {
        const struct pipeline_state *state = &t->parts[i].pipeline.state;

        count += state->stage_count;
        for (size_t k = 0; k < state->stage_count; k++)
            count += state->stages[k].action_count;
    }
    return (int)count;
}

static struct sv name_of(const struct node *node)
{
    if (node->action != NULL)
        return node->action->name;
    return node->stage != NULL ? node->stage->name : node->part->pipeline.row.id.name;
}

static void add(struct nodes *out, const struct node *node, bool has_children)
{
    int cols = 2 * node->depth + STATUS_COLS + text_width(name_of(node));

    out->items[out->count] = *node;
    out->items[out->count].key = node_key(node->part->pipeline.row.id.name,
                                          node->stage != NULL ? node->stage->name : SV_NONE,
                                          node->action != NULL ? node->action->name : SV_NONE);
    out->tree[out->count] = (struct tree_node){.key = out->items[out->count].key,
                                               .depth = node->depth,
                                               .lines = 1,
                                               .has_children = has_children};
    out->count++;
    if (cols > out->name_cols)
        out->name_cols = cols;
}

static void add_part(struct nodes *out, const struct pipeline_part *part, int depth)
{
    const struct pipeline_state *state = &part->pipeline.state;

    for (size_t i = 0; i < state->stage_count; i++) {
        struct node node = {.part = part, .stage = &state->stages[i], .depth = depth};

        add(out, &node, node.stage->action_count > 0);
        node.depth++;
        for (size_t k = 0; k < state->stages[i].action_count; k++) {
            node.action = &state->stages[i].actions[k];
            add(out, &node, false);
        }
    }
}

enum err_code nodes_make(const struct pipeline_tree *t, const struct view_look *look, int cols,
                         struct arena *arena, struct nodes *out, struct err *err)
{
    int size = count_nodes(t);
    int most = (cols - GUTTER) * 9 / 20;
    int below_cols = cols - GUTTER - BELOW_INDENT > 1 ? cols - GUTTER - BELOW_INDENT : 1;
    enum err_code rc = ERR_OK;

    *out = (struct nodes){.name_cols = NAME_LEAST};
    out->items = arena_alloc(arena, (size_t)size, sizeof *out->items);
    out->tree = arena_alloc(arena, (size_t)size, sizeof *out->tree);
    if (out->items == NULL || out->tree == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < t->count; i++) {
        struct node node = {.part = &t->parts[i]};

        if (t->count > 1)
            add(out, &node, node.part->pipeline.state.stage_count > 0);
        add_part(out, node.part, t->count > 1);
    }
    for (int i = 0; i < out->count && rc == ERR_OK; i++) {
        rc = wrap_below(&out->items[i], look, below_cols, arena, err);
        out->tree[i].lines += out->items[i].below_count;
    }
    if (out->name_cols > most)
        out->name_cols = most > NAME_LEAST ? most : NAME_LEAST;
    return rc;
}

/* ---- drawing ---- */

static void draw_status(enum status status, const struct view_look *look, struct canvas *c, int row,
                        int col)
{
    char ascii[2] = {status_ascii(status), '\0'};
    enum style style = style_of_status(status);

    canvas_text(c, row, col, 1, style, sv_of(look->is_utf8 ? status_glyph(status) : ascii));
    canvas_text(c, row, col + 2, STATUS_COLS - 3, style, sv_of(status_word(status)));
}

/* What it says of itself, as far as that is not below. */
static struct sv words_of(const struct node *node, char *buffer, size_t size)
{
    const struct action_state *a = node->action;
    const struct execution *e = node_execution(node);

    if (a == NULL)
        return e != NULL ? e->revision_summary : SV_NONE;
    if (node_status(node) == STATUS_WAITING)
        return SV_NONE;
    if (a->error_message.len > 0)
        return a->error_code;
    if (a->percent >= 0 && status_is_running(node_status(node))) {
        snprintf(buffer, size, "%d%% " SV_FMT, a->percent, SV_ARG(sv_take(a->summary, 400)));
        return sv_of(buffer);
    }
    return a->summary.len > 0 ? a->summary : a->error_code;
}

static struct sv revision_of(const struct node *node)
{
    const struct execution *e = node_execution(node);

    if (node->action != NULL)
        return node->action->revision_id;
    return e != NULL ? e->revision : SV_NONE;
}

static int draw_percentiles(const struct node *node, struct canvas *c, int row, int col)
{
    const struct stage_duration *d = node->stage != NULL && node->action == NULL
                                         ? part_duration(node->part, node->stage->name)
                                         : NULL;
    char text[AGE_SIZE];

    if (d != NULL && d->samples > 0) {
        canvas_right(c, row, col, PERCENTILE_COLS, STYLE_DIM,
                     sv_of(duration_text(d->p50_ms, text)));
        canvas_right(c, row, col + PERCENTILE_COLS + 1, PERCENTILE_COLS, STYLE_DIM,
                     sv_of(duration_text(d->p90_ms, text)));
    }
    return 2 * (PERCENTILE_COLS + 1);
}

void percentiles_draw_titles(int name_cols, struct canvas *c, struct rect line)
{
    int col = line.col + GUTTER + name_cols + 1 + DURATION_COLS + 1;

    canvas_right(c, line.row, col, PERCENTILE_COLS, STYLE_TITLE, SV("p50"));
    canvas_right(c, line.row, col + PERCENTILE_COLS + 1, PERCENTILE_COLS, STYLE_TITLE, SV("p90"));
}

static void draw_line(const struct node *node, int name_cols, bool is_wide,
                      const struct view_look *look, struct canvas *c, struct rect line)
{
    int end = line.col + line.cols;
    int col = line.col + GUTTER + 2 * node->depth;
    int age_cols = look->clock == LOOK_AGE ? AGE_COLS : CLOCK_COLS;
    int64_t at = changed_at(node);
    char duration[2 * AGE_SIZE + 8];
    char age[AGE_SIZE];
    char buffer[512];
    struct sv revision = revision_of(node);

    draw_status(node_status(node), look, c, line.row, col);
    col += STATUS_COLS;
    canvas_cut(c, line.row, col, line.col + GUTTER + name_cols - col,
               node->action != NULL ? STYLE_PLAIN : STYLE_TITLE, name_of(node));
    col = line.col + GUTTER + name_cols + 1;
    duration_write(node, look, duration, sizeof duration);
    canvas_cut(c, line.row, col, DURATION_COLS, STYLE_PLAIN, sv_of(duration));
    col += DURATION_COLS + 1;
    if (is_wide)
        col += draw_percentiles(node, c, line.row, col);
    if (at > 0)
        canvas_right(c, line.row, col, age_cols, STYLE_DIM, sv_of(age_text(at, look, age)));
    col += age_cols + 1;
    canvas_text(c, line.row, col, REVISION_COLS, STYLE_PLAIN, sv_take(revision, REVISION_COLS));
    col += REVISION_COLS + 1;
    canvas_cut(c, line.row, col, end - col,
               status_kind(node_status(node)) == STATUS_KIND_BAD && node->action != NULL
                   ? STYLE_BAD
                   : STYLE_DIM,
               words_of(node, buffer, sizeof buffer));
}

void node_draw(const struct node *node, int name_cols, bool is_wide, const struct view_look *look,
               struct canvas *c, struct rect area, int skipped)
{
    int indent = GUTTER + BELOW_INDENT;

    if (skipped == 0) {
        draw_line(node, name_cols, is_wide, look, c, area);
        area.row++;
        area.rows--;
    }
    for (int i = skipped > 0 ? skipped - 1 : 0; i < node->below_count && area.rows > 0; i++) {
        canvas_cut(c, area.row++, area.col + indent, area.cols - indent, node->below[i].style,
                   node->below[i].text);
        area.rows--;
    }
}

/* ---- printing ---- */

enum err_code node_print(const struct node *node, const struct view_look *look, struct sb *out,
                         struct err *err)
{
    struct below b = {.arena = NULL};
    struct arena arena;
    char duration[2 * AGE_SIZE + 8];
    char age[AGE_AGO_SIZE];
    char buffer[512];
    struct sv words = words_of(node, buffer, sizeof buffer);
    enum err_code rc =
        sb_addf(out, err, "%*s%s ", 2 * node->depth, "", status_word(node_status(node)));

    if (rc == ERR_OK)
        rc = sb_add_safe(out, name_of(node), err);
    duration_write(node, look, duration, sizeof duration);
    if (rc == ERR_OK && duration[0] != '\0')
        rc = sb_addf(out, err, ", took %s", duration);
    if (rc == ERR_OK && changed_at(node) > 0)
        rc = sb_addf(out, err, ", %s",
                     look->clock == LOOK_AGE ? age_ago(changed_at(node), look, age)
                                             : age_text(changed_at(node), look, age));
    if (rc == ERR_OK && words.len > 0)
        rc = sb_add(out, SV(": "), err);
    if (rc == ERR_OK)
        rc = sb_add_safe(out, words, err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    arena_init(&arena, 1 << 20);
    b.arena = &arena;
    gather_below(node, look, &b);
    for (int i = 0; i < b.count && rc == ERR_OK; i++) {
        rc = sb_addf(out, err, "%*s", 2 * node->depth + 4, "");
        if (rc == ERR_OK)
            rc = sb_add_safe(out, b.texts[i].text, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    arena_release(&arena);
    return rc;
}
