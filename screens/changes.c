/* Changes: what was seen to change, the latest first, a line each.
 *
 * The history may have half a million lines, so only a window around the cursor is in memory; with
 * a filter or a scope at most SCAN_MAX lines are looked at on either side of it. */
#include "core/views/age.h"
#include "core/views/notify.h"
#include "tui/screen.h"
#include "tui/table.h"

enum { WINDOW_LEAST = 60, SCAN_MAX = 3000, TEXT_MAX = 2000, ARENA_CAP = 16 << 20 };

struct change {
    int64_t seq;
    struct pipeline_id id;
    enum transition_kind kind;
    enum status status;
    int64_t at;
    struct sv stage;
    struct sv action;
    struct sv execution_id;
    struct sv text;
};

struct window {
    struct arena arena;
    struct change *rows;
    int64_t *ids;
    int count;
    bool has_before;
    bool has_after;
};

enum window_from { FROM_START, FROM_CURSOR, FROM_END };

struct changes {
    struct target target;
    struct window window;
    struct table table;
    enum window_from from; /* what the next load shows */
    bool is_ready;
    bool is_filtered;
    enum screen_source source;
};

static const char *const change_fields[] = {"pipeline", "account", "region", "status",
                                            "stage",    "action",  "text",   NULL};

/* clang-format off */
static const struct column columns[] = {
    {.name = "time",     .title = "TIME",     .min_width = 10},
    {.name = "status",   .title = "STATUS",   .min_width = 6},
    {.name = "pipeline", .title = "PIPELINE", .min_width = 14, .weight = 1},
    {.name = "what",     .title = "WHAT",     .min_width = 20, .weight = 3},
};
/* clang-format on */
static const struct view layout = {
    .name = "changes", .columns = columns, .column_count = ARRAY_LEN(columns)};

static void open(void *state, const struct target *target)
{
    struct changes *s = state;

    s->target = *target;
    arena_init(&s->window.arena, ARENA_CAP);
    s->is_ready = true;
}

/* ---- loading ---- */

static const char *word_of(const struct change *change)
{
    if (change->kind != TRANSITION_GATE)
        return status_word(change->status);
    return change->status == STATUS_STOPPED ? "HOLD" : "OPEN";
}

/* Rows of one query, copied out of the cache's hands. */
struct batch {
    struct arena *arena;
    const struct screen_input *input;
    struct change *rows;
    int count;
    int limit;
    int scanned;
    bool is_full; /* there may be more */
    enum err_code rc;
    struct err *err;
};

static bool passes(const struct screen_input *input, const struct transition *t,
                   const struct change *change)
{
    const struct filter_field fields[] = {
        {"pipeline", t->id.name}, {"account", t->id.account},         {"region", t->id.region},
        {"stage", t->stage},      {"status", sv_of(word_of(change))}, {"action", t->action},
        {"text", change->text},
    };

    return input->filter->count == 0 || filter_matches(input->filter, fields, ARRAY_LEN(fields));
}

static enum err_code keep(struct batch *b, struct change *change)
{
    struct sv *const texts[] = {&change->id.partition, &change->id.account, &change->id.region,
                                &change->id.name,      &change->stage,      &change->action,
                                &change->execution_id, &change->text};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = arena_sv(b->arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return arena_err(b->arena, b->err);
    }
    b->rows[b->count++] = *change;
    return ERR_OK;
}

static bool add(void *owner, const struct transition *t)
{
    struct batch *b = owner;
    CLEANUP(sb_release) struct sb text;
    struct change change = {.seq = t->seq,
                            .id = t->id,
                            .kind = t->kind,
                            .status = t->to,
                            .at = t->at > 0 ? t->at : t->observed_at,
                            .stage = t->stage,
                            .action = t->action,
                            .execution_id = t->execution_id};

    sb_init(&text, 1 << 20);
    b->is_full = b->count == b->limit || b->scanned++ == SCAN_MAX;
    if (b->is_full)
        return false;
    if (b->input->scope != NULL && scope_find(b->input->scope, &t->id) == NULL)
        return true;
    b->rc = transition_event(t, &text, b->err);
    change.text = sv_take(sb_sv(&text), TEXT_MAX);
    if (b->rc == ERR_OK && passes(b->input, t, &change))
        b->rc = keep(b, &change);
    return b->rc == ERR_OK;
}

static enum err_code run(struct batch *b, const struct changes *s, int64_t after_seq,
                         int64_t before_seq, bool newest_first)
{
    const struct transition_query query = {.after_seq = after_seq,
                                           .before_seq = before_seq,
                                           .observed_since = s->target.at_ms,
                                           .newest_first = newest_first};
    enum err_code rc;

    b->rows = arena_alloc(b->arena, (size_t)b->limit, sizeof *b->rows);
    if (b->rows == NULL)
        return arena_err(b->arena, b->err);
    rc = cache_transitions(b->input->cache, &query, add, b, b->err);
    return rc ? rc : b->rc;
}

/* newer is oldest first, older is newest first. */
static enum err_code join(struct window *out, const struct batch *newer, const struct batch *older,
                          struct err *err)
{
    int count = newer->count + older->count;

    out->rows = arena_alloc(&out->arena, (size_t)count, sizeof *out->rows);
    out->ids = arena_alloc(&out->arena, (size_t)count, sizeof *out->ids);
    if (out->rows == NULL || out->ids == NULL)
        return arena_err(&out->arena, err);
    for (int i = 0; i < count; i++) {
        out->rows[i] =
            i < newer->count ? newer->rows[newer->count - 1 - i] : older->rows[i - newer->count];
        out->ids[i] = out->rows[i].seq;
    }
    out->count = count;
    out->has_before = newer->is_full;
    out->has_after = older->is_full;
    return ERR_OK;
}

static enum err_code read_window(const struct changes *s, const struct screen_input *input,
                                 enum window_from from, struct window *out, struct err *err)
{
    int limit = 2 * s->table.lines > WINDOW_LEAST ? 2 * s->table.lines : WINDOW_LEAST;
    struct batch newer = {.arena = &out->arena, .input = input, .limit = limit, .err = err};
    struct batch older = newer;
    int64_t cursor = from == FROM_CURSOR ? s->table.cursor : 0;
    enum err_code rc = ERR_OK;

    if (from != FROM_START)
        rc = run(&newer, s, cursor, 0, false);
    if (rc == ERR_OK && from != FROM_END)
        rc = run(&older, s, 0, cursor > 0 ? cursor + 1 : 0, true);
    return rc ? rc : join(out, &newer, &older, err);
}

/* The cursor's row, or the one that took its place: the next older one. */
static int find(const struct window *w, int64_t seq)
{
    for (int i = 0; i < w->count; i++) {
        if (w->ids[i] <= seq)
            return i;
    }
    return w->count - 1;
}

static enum err_code show(struct changes *s, const struct screen_input *input,
                          enum window_from from, struct err *err)
{
    struct window fresh = {.count = 0};
    int line = table_line(&s->table);
    int64_t cursor = s->table.cursor;
    int index = 0;
    enum err_code rc;

    arena_init(&fresh.arena, ARENA_CAP);
    rc = read_window(s, input, from, &fresh, err);
    if (rc) {
        arena_release(&fresh.arena);
        return rc;
    }
    arena_release(&s->window.arena);
    s->window = fresh;
    s->table.has_before = fresh.has_before;
    s->table.has_after = fresh.has_after;
    if (from == FROM_CURSOR)
        index = find(&fresh, cursor);
    else if (from == FROM_END) {
        index = fresh.count - 1;
        line = s->table.lines - 1;
    } else {
        line = 0;
    }
    table_place(&s->table, fresh.ids, fresh.count, index, line);
    return ERR_OK;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct changes *s = state;
    bool is_at_top = s->table.index == 0 && !s->table.has_before;
    enum window_from from = s->from;
    enum err_code rc;

    s->source = input->source;
    s->is_filtered = input->filter->count > 0;
    s->table.lines = input->area.rows > 2 ? input->area.rows - 1 : 1;
    /* Who looks at the latest change goes on seeing the latest. */
    if (from == FROM_CURSOR && (is_at_top || s->table.cursor == 0 || input->filter_changed))
        from = FROM_START;
    rc = show(s, input, from, err);
    if (rc == ERR_OK)
        s->from = FROM_CURSOR;
    return rc;
}

/* ---- drawing ---- */

static const char *time_text(int64_t at, const struct view_look *look, char out[AGE_SIZE])
{
    struct view_look clock = *look;

    if (clock.clock == LOOK_AGE && look->is_wide)
        clock.clock = LOOK_UTC;
    return age_text(at, &clock, out);
}

static enum style style_of(const struct change *change)
{
    if (change->kind == TRANSITION_GATE)
        return change->status == STATUS_STOPPED ? STYLE_ATTENTION : STYLE_GOOD;
    return style_of_status(change->status);
}

static void draw_status(const struct change *change, const struct view_look *look, struct canvas *c,
                        struct rect area)
{
    bool is_hold = change->kind == TRANSITION_GATE && change->status == STATUS_STOPPED;
    char ascii[2] = {is_hold ? '#' : status_ascii(change->status), '\0'};
    const char *glyph = is_hold ? "⊗" : status_glyph(change->status);

    canvas_text(c, area.row, area.col, 1, style_of(change), sv_of(look->is_utf8 ? glyph : ascii));
    canvas_text(c, area.row, area.col + 2, area.cols - 2, style_of(change), sv_of(word_of(change)));
}

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct changes *s = owner;
    const struct change *change = &s->window.rows[index];
    char at[AGE_SIZE];

    if (strcmp(column->name, "time") == 0)
        canvas_cut(c, area.row, area.col, area.cols, STYLE_DIM,
                   sv_of(time_text(change->at, look, at)));
    else if (strcmp(column->name, "status") == 0)
        draw_status(change, look, c, area);
    else
        canvas_cut(c, area.row, area.col, area.cols, STYLE_PLAIN,
                   strcmp(column->name, "what") == 0 ? change->text : change->id.name);
}

static struct sv empty_sentence(const struct changes *s)
{
    if (s->is_filtered)
        return SV("Nothing matches the filter: Esc clears it.");
    if (s->target.at_ms > 0)
        return SV("Nothing has changed since then.");
    if (s->source == SCREEN_LOADING)
        return SV("AWS is being asked for the pipelines; no change was seen yet.");
    return SV("No change was seen yet: they are recorded while penstock runs.");
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct changes *s = state;

    table_draw(&s->table, &layout, look, draw_cell, s, c, area);
    if (s->window.count == 0)
        table_draw_sentence(c, area, empty_sentence(s));
}

/* ---- keys ---- */

static const struct change *under_cursor(const struct changes *s)
{
    return s->window.count > 0 ? &s->window.rows[s->table.index] : NULL;
}

static void open_pipeline(const struct changes *s, const char *screen, struct answer *out)
{
    const struct change *change = under_cursor(s);
    struct target *t = &out->target;

    if (change == NULL)
        return;
    target_set(t->partition, sizeof t->partition, change->id.partition);
    target_set(t->account, sizeof t->account, change->id.account);
    target_set(t->region, sizeof t->region, change->id.region);
    target_set(t->name, sizeof t->name, change->id.name);
    target_set(t->stage, sizeof t->stage, change->stage);
    target_set(t->action, sizeof t->action, change->action);
    out->screen = screen;
    out->react |= REACT_OPEN;
}

static unsigned move(struct changes *s, enum command command)
{
    switch (table_move(&s->table, s->window.ids, command)) {
    case TABLE_STILL:
        return REACT_NONE;
    case TABLE_MOVED:
        return REACT_DRAW;
    case TABLE_AROUND:
        return REACT_DRAW | REACT_MORE;
    case TABLE_FIRST:
        s->from = FROM_START;
        return REACT_DRAW | REACT_LOAD;
    case TABLE_LAST:
        s->from = FROM_END;
        return REACT_DRAW | REACT_LOAD;
    }
    return REACT_NONE;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct changes *s = state;

    (void)argument;
    if (command == CMD_OPEN)
        open_pipeline(s, "pipeline", out);
    else if (command == CMD_EXECUTIONS || command == CMD_DESCRIBE)
        open_pipeline(s, command == CMD_DESCRIBE ? "describe" : "executions", out);
    else if (command == CMD_FILTER)
        out->react |= REACT_FILTER;
    else if (command == CMD_BACK && s->is_filtered)
        out->react |= REACT_CLEAR;
    else if (command == CMD_BACK || command == CMD_LEAVE)
        out->react |= REACT_LEAVE;
    else if (command == CMD_COPY || command == CMD_COPY_MENU)
        out->react |= command == CMD_COPY ? REACT_COPY : REACT_CHOOSE;
    else
        out->react |= move(s, command);
}

/* ---- what the console must know ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct changes *s = state;
    char at[AGE_SIZE];
    struct view_look clock = *look;

    *out = (struct screen_facts){.is_filterable = true,
                                 .matches = s->window.count,
                                 .has_more_matches = s->window.has_before || s->window.has_after};
    if (clock.clock == LOOK_AGE)
        clock.clock = LOOK_UTC;
    if (s->target.at_ms > 0)
        snprintf(out->banner, sizeof out->banner, "since %s",
                 age_text(s->target.at_ms, &clock, at));
    for (int i = s->table.top; i < s->window.count && i < s->table.top + s->table.lines; i++)
        out->next_change_ms = age_sooner(out->next_change_ms, age_next(s->window.rows[i].at, look));
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct changes *s = state;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < s->window.count && rc == ERR_OK; i++) {
        const struct change *change = &s->window.rows[i];
        char at[AGE_SIZE];

        rc = sb_addf(out, err, "%d. %s %s ", i + 1, time_text(change->at, look, at),
                     word_of(change));
        if (rc == ERR_OK)
            rc = sb_add_safe(out, change->id.name, err);
        if (rc == ERR_OK)
            rc = sb_add(out, SV(": "), err);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, change->text, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    if (rc == ERR_OK && s->window.has_after)
        rc = sb_add(out, SV("~ there are older ones\n"), err);
    if (rc == ERR_OK && s->window.count == 0) {
        rc = sb_add(out, empty_sentence(s), err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

static bool choose(void *state, int number)
{
    struct changes *s = state;

    return table_choose(&s->table, s->window.ids, number);
}

static bool point(void *state, int line)
{
    struct changes *s = state;

    return table_point(&s->table, s->window.ids, line);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct change *change = under_cursor(state);
    struct sv text = SV_NONE;

    if (change == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no change to copy");
    if (what == COPY_NAME)
        text = change->id.name;
    else if (what == COPY_EXECUTION)
        text = change->execution_id;
    else if (what == COPY_ERROR && style_of(change) == STYLE_BAD)
        text = change->text;
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

static void release(void *state)
{
    struct changes *s = state;

    if (s->is_ready)
        arena_release(&s->window.arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,       "open",       "the pipeline that changed"},
    {CMD_FILTER,     "filter",     NULL},
    {CMD_EXECUTIONS, "executions", NULL},
    {CMD_DESCRIBE,   "describe",   NULL},
    {CMD_UP,         NULL,         NULL},
    {CMD_DOWN,       NULL,         NULL},
    {CMD_FIRST,      NULL,         NULL},
    {CMD_LAST,       NULL,         NULL},
    {CMD_HALF_UP,    NULL,         NULL},
    {CMD_HALF_DOWN,  NULL,         NULL},
    {CMD_PAGE_UP,    NULL,         NULL},
    {CMD_PAGE_DOWN,  NULL,         NULL},
    {CMD_COPY,       NULL,         NULL},
    {CMD_COPY_MENU,  NULL,         NULL},
    {CMD_BACK,       NULL,         NULL},
    {CMD_LEAVE,      NULL,         "go back"},
    {CMD_NONE,       NULL,         NULL},
};
/* clang-format on */

const struct screen changes_screen = {
    .name = "changes",
    .title = "Changes",
    .help = "what changed, the latest first",
    .state_size = sizeof(struct changes),
    .commands = commands,
    .fields = change_fields,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .choose = choose,
    .point = point,
    .copy = copy,
    .release = release,
};
