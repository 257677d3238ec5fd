/* The pipeline: one logical pipeline's CodePipelines, stages and actions, as they are now or as an
 * older execution left them. Above the tree stands what is known of the CodePipeline under the
 * cursor. */
#include "screens/clone.h"
#include "screens/copying.h"
#include "screens/pipeline_head.h"
#include "screens/removal.h"

#include "core/base/json.h"
#include "core/views/age.h"
#include "tui/screen.h"

enum { WIDE_COLS = 110, ROOMY_ROWS = 16 };

struct pipeline {
    struct target target;
    struct pipeline_tree parts;
    struct arena arena; /* of the nodes */
    struct nodes nodes;
    struct tree tree;
    char chosen[TARGET_NAME_SIZE]; /* the CodePipeline that shows an older execution; "" = none */
    char execution_id[TARGET_EXECUTION_SIZE];
    bool is_ready;
    bool is_placed; /* the cursor has been put where it is wanted first */
    bool is_wide;
    bool has_note;
    bool has_clone; /* a line says how its repository is cloned */
    int above;      /* rows of the header */
    enum screen_source source;
};

static void open(void *state, const struct target *target)
{
    struct pipeline *p = state;

    p->target = *target;
    pipeline_tree_init(&p->parts);
    arena_init(&p->arena, 16 << 20);
    target_set(p->execution_id, sizeof p->execution_id, sv_of(target->execution_id));
    p->is_ready = true;
}

static const struct node *under_cursor(const struct pipeline *p)
{
    int source = tree_source(&p->tree);

    return source >= 0 ? &p->nodes.items[source] : NULL;
}

static const struct pipeline_part *part_under_cursor(const struct pipeline *p)
{
    const struct node *node = under_cursor(p);

    if (node != NULL)
        return node->part;
    return p->parts.count > 0 ? &p->parts.parts[0] : NULL;
}

/* ---- loading ---- */

static int header_rows(const struct pipeline *p, int rows)
{
    int blank = rows >= ROOMY_ROWS;

    return p->parts.count == 0 ? 0 : HEAD_ROWS + p->has_note + p->has_clone + blank;
}

/* Who asks for one execution asks for its CodePipeline, whatever its siblings do. */
static bool is_asked_for(const struct pipeline *p, const struct node *node)
{
    return sv_eq(node->part->pipeline.row.id.name, sv_of(p->target.name));
}

/* The first time: what was asked for, else what needs a person most. */
static void place_cursor(struct pipeline *p)
{
    bool is_one = p->target.execution_id[0] != '\0';
    int best = -1;

    if (p->target.stage[0] != '\0') {
        p->tree.cursor =
            node_key(sv_of(p->target.name), sv_of(p->target.stage), sv_of(p->target.action));
        return;
    }
    for (int i = 0; i < p->nodes.count; i++) {
        const struct node *node = &p->nodes.items[i];
        int rank = status_rank(node_status(node));

        if (node->action == NULL || rank > status_rank(STATUS_STOPPED) ||
            (is_one && !is_asked_for(p, node)))
            continue;
        if (best < 0 || rank < status_rank(node_status(&p->nodes.items[best])))
            best = i;
    }
    for (int i = 0; best < 0 && i < p->nodes.count; i++) {
        if (is_asked_for(p, &p->nodes.items[i]))
            best = i;
    }
    if (best >= 0)
        p->tree.cursor = p->nodes.items[best].key;
}

static enum err_code load_parts(struct pipeline *p, struct cache *cache, struct err *err)
{
    const struct pipeline_ask ask = {.id = target_id(&p->target),
                                     .chosen = sv_of(p->chosen),
                                     .execution_id = sv_of(p->execution_id)};
    enum err_code rc = pipeline_tree_load(&p->parts, cache, &ask, err);

    if (rc)
        return rc;
    p->has_note = p->has_clone = false;
    for (size_t i = 0; i < p->parts.count; i++)
        p->has_note = p->has_note || head_note(&p->parts.parts[i]).len > 0;
    for (size_t i = 0; i < p->parts.count; i++)
        p->has_clone = p->has_clone || clone_name(&p->parts.parts[i]).len > 0;
    return ERR_OK;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct pipeline *p = state;
    enum err_code rc;

    p->source = input->source;
    rc = load_parts(p, input->cache, err);
    if (rc)
        return rc;
    p->tree.count = 0; /* its nodes go with the arena */
    p->nodes = (struct nodes){.count = 0};
    arena_clear(&p->arena);
    rc = nodes_make(&p->parts, input->look, input->area.cols, &p->arena, &p->nodes, err);
    if (rc) {
        p->nodes.count = 0;
        return rc;
    }
    if (!p->is_placed && p->nodes.count > 0) {
        place_cursor(p);
        p->is_placed = true;
    }
    p->above = header_rows(p, input->area.rows);
    return tree_load(&p->tree, p->nodes.tree, p->nodes.count, input->area.rows - p->above,
                     &p->arena, err);
}

/* ---- drawing ---- */

static bool is_wide(const struct pipeline *p, struct rect area)
{
    return p->is_wide || area.cols >= WIDE_COLS;
}

static void draw_node(const void *owner, int source, const struct view_look *look, struct canvas *c,
                      struct rect area, int skipped)
{
    const struct pipeline *p = owner;

    node_draw(&p->nodes.items[source], p->nodes.name_cols, is_wide(p, area), look, c, area,
              skipped);
}

static void empty_write(const struct pipeline *p, char *out, size_t size)
{
    const char *name = p->target.name;

    switch (p->source) {
    case SCREEN_SYNCED:
        snprintf(out, size, "There is no pipeline %s here (any more): q goes back.", name);
        return;
    case SCREEN_LOADING:
        snprintf(out, size, "AWS is being asked for the pipelines; %s is not known yet.", name);
        return;
    case SCREEN_CACHED:
        snprintf(out, size, "%s is not in the cache: run penstock without --cached.", name);
        return;
    case SCREEN_FAILED:
        snprintf(out, size, "AWS could not be asked for %s yet: see the line below.", name);
        return;
    }
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct pipeline *p = state;
    int above = header_rows(p, area.rows);
    struct rect below = {area.row + above, area.col, area.rows - above, area.cols};
    char sentence[TARGET_NAME_SIZE + 80];

    if (p->parts.count == 0) {
        empty_write(p, sentence, sizeof sentence);
        canvas_wrap(c, (struct rect){area.row + 2, area.col + 2, area.rows - 2, area.cols - 4},
                    STYLE_DIM, sv_of(sentence));
        return;
    }
    if (area.rows > above) {
        tree_draw(&p->tree, look, draw_node, p, c, below);
        head_draw(part_under_cursor(p), p->has_clone, look, c, area);
        if (is_wide(p, area) && area.rows >= ROOMY_ROWS)
            percentiles_draw_titles(p->nodes.name_cols, c,
                                    (struct rect){area.row + above - 1, area.col, 1, area.cols});
    }
}

/* ---- keys ---- */

/* Several CodePipelines are one thing under their logical name. */
static struct sv name_of(const struct pipeline *p)
{
    return p->parts.count > 1 ? p->parts.parts[0].pipeline.row.logical : sv_of(p->target.name);
}

static void open_here(const struct pipeline *p, const char *screen, struct answer *out)
{
    const struct node *node = under_cursor(p);
    const struct pipeline_part *part = part_under_cursor(p);

    out->target = p->target;
    out->target.stage[0] = out->target.action[0] = out->target.execution_id[0] = '\0';
    target_set(out->target.name, sizeof out->target.name, name_of(p));
    if (part != NULL && strcmp(screen, "executions") != 0)
        target_of_row(&part->pipeline.row, &out->target);
    if (node != NULL && node->stage != NULL)
        target_set(out->target.stage, sizeof out->target.stage, node->stage->name);
    if (node != NULL && node->action != NULL)
        target_set(out->target.action, sizeof out->target.action, node->action->name);
    out->screen = screen;
    out->react |= REACT_OPEN;
}

static bool has_failed(const struct pipeline_part *part)
{
    const struct pipeline_state *state = &part->pipeline.state;
    bool has = false;

    for (size_t i = 0; i < state->stage_count && !has; i++)
        has = state->stages[i].status == STATUS_FAILED;
    for (size_t i = 0; i < part->execution_count && !has; i++)
        has = part->executions[i].status == STATUS_FAILED;
    return has;
}

/* Where nothing under the cursor ever failed, that of the sibling which did is meant. */
static void open_failure(const struct pipeline *p, struct answer *out)
{
    const struct pipeline_part *here = part_under_cursor(p);

    open_here(p, "failure", out);
    if (here == NULL || has_failed(here))
        return;
    for (size_t i = 0; i < p->parts.count; i++) {
        if (!has_failed(&p->parts.parts[i]))
            continue;
        target_of_row(&p->parts.parts[i].pipeline.row, &out->target);
        return;
    }
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    const struct pipeline *p = state;
    const struct pipeline_part *part = part_under_cursor(p);
    struct answer answer = {.react = REACT_NONE};

    if (part == NULL)
        return 0;
    open_here(p, "pipeline", &answer);
    if (part->back > 0)
        target_set(answer.target.execution_id, TARGET_EXECUTION_SIZE, part->shown.id);
    if (max > 0)
        out[0] = answer.target;
    return 1;
}

static void step(struct pipeline *p, bool is_older, struct answer *out)
{
    const struct pipeline_part *part = part_under_cursor(p);

    if (part == NULL)
        return;
    if (is_older && part->back + 1 >= part->execution_count) {
        answer_say(out, STYLE_PLAIN,
                   part->execution_count == 0 ? "no execution is known yet"
                                              : "no older execution is kept");
        return;
    }
    if (!is_older && part->back == 0) {
        answer_say(out, STYLE_PLAIN, "this is the newest execution");
        return;
    }
    target_set(p->chosen, sizeof p->chosen, part->pipeline.row.id.name);
    target_set(p->execution_id, sizeof p->execution_id,
               part->executions[is_older ? part->back + 1 : part->back - 1].id);
    if (!is_older && part->back == 1)
        p->execution_id[0] = p->chosen[0] = '\0';
    out->react |= REACT_LOAD | REACT_DRAW;
}

static void open_node(struct pipeline *p, struct answer *out)
{
    const struct node *node = under_cursor(p);

    if (node != NULL && node->action != NULL)
        open_here(p, "describe", out);
    else
        out->react |= tree_toggle(&p->tree);
}

/* As penstock made it, which its tags say; else as its CodePipelines are folded. */
static struct sv made_name_of(const struct pipeline *p)
{
    const struct pipeline_part *part = part_under_cursor(p);

    if (part == NULL)
        return sv_of(p->target.name);
    return made_name(part->pipeline.tags, part->pipeline.tag_count, part->pipeline.row.logical);
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct pipeline *p = state;
    bool is_movable = p->parts.count > 1; /* the header follows the cursor */

    (void)argument;
    if (command == CMD_OPEN)
        open_node(p, out);
    else if (command == CMD_EXECUTIONS || command == CMD_DESCRIBE)
        open_here(p, command == CMD_DESCRIBE ? "describe" : "executions", out);
    else if (command == CMD_FAILURE)
        open_failure(p, out);
    else if (operation_page(command) != NULL)
        open_here(p, operation_page(command), out);
    else if (command == CMD_OLDER || command == CMD_NEWER)
        step(p, command == CMD_OLDER, out);
    else if (command == CMD_WIDE)
        p->is_wide = !p->is_wide;
    else if (command == CMD_NOTIFY)
        target_set(out->target.name, sizeof out->target.name, name_of(p));
    else if (command == CMD_EDIT)
        out->react |= open_edit_of(made_name_of(p), out);
    else if (command == CMD_DELETE)
        out->react |= open_removal_of(made_name_of(p), out);
    else if (command == CMD_BACK || command == CMD_LEAVE)
        out->react |= REACT_LEAVE;
    else if (command == CMD_COPY || command == CMD_COPY_MENU)
        out->react |= command == CMD_COPY ? REACT_COPY : REACT_CHOOSE;
    else
        out->react |= tree_handle(&p->tree, command);
    if (command == CMD_NOTIFY)
        out->react |= REACT_NOTIFY;
    if (command == CMD_WIDE || (is_movable && out->react != REACT_NONE))
        out->react |= REACT_DRAW;
}

/* ---- what the console must know ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct pipeline *p = state;
    const struct pipeline_part *part = part_under_cursor(p);
    char at[AGE_SIZE];

    *out = (struct screen_facts){.matches = p->tree.count, .asks_history = true};
    target_set(out->crumb, sizeof out->crumb, name_of(p));
    for (size_t i = 0; i < p->parts.count && i < SCREEN_VISIBLE_MAX; i++) {
        out->visible[out->visible_count++] = p->parts.parts[i].pipeline.row.rowid;
        out->history[out->history_count++] = p->parts.parts[i].pipeline.row.rowid;
    }
    if (part == NULL)
        return;
    if (part->back > 0)
        snprintf(out->banner, sizeof out->banner, "execution %.8s of %s, %zu back",
                 part->shown.id.len > 0 ? part->shown.id.ptr : "",
                 moment_text(part->shown.started_at, look, at), part->back);
    for (int i = 0; i < p->tree.count; i++)
        out->next_change_ms =
            age_sooner(out->next_change_ms, node_next(&p->nodes.items[p->tree.sources[i]], look));
    out->next_change_ms = age_sooner(out->next_change_ms, age_next(part->shown.started_at, look));
    out->next_change_ms = age_sooner(out->next_change_ms, left_next(part, look));
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct pipeline *p = state;
    char sentence[TARGET_NAME_SIZE + 80];
    enum err_code rc = ERR_OK;

    if (p->parts.count == 0) {
        empty_write(p, sentence, sizeof sentence);
        rc = sb_add_safe(out, sv_of(sentence), err);
        return rc ? rc : sb_addc(out, '\n', err);
    }
    for (size_t i = 0; i < p->parts.count && rc == ERR_OK; i++)
        rc = head_print(&p->parts.parts[i], look, out, err);
    for (int i = 0; i < p->tree.count && rc == ERR_OK; i++) {
        rc = sb_addf(out, err, "%d. ", i + 1);
        if (rc == ERR_OK)
            rc = node_print(&p->nodes.items[p->tree.sources[i]], look, out, err);
    }
    return rc;
}

static bool choose(void *state, int number)
{
    struct pipeline *p = state;

    if (number < 1 || number > p->tree.count)
        return false;
    p->tree.index = number - 1;
    p->tree.cursor = p->tree.nodes[number - 1].key;
    return true;
}

static bool point(void *state, int line)
{
    struct pipeline *p = state;

    return tree_point(&p->tree, line - p->above);
}

/* ---- copying ---- */

static enum err_code copy_json(const struct pipeline_part *part, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    view_pipeline_json(&w, &part->pipeline, false);
    jw_close(&w, '}');
    return jw_done(&w);
}

static struct sv text_of(const struct node *node, const struct pipeline_part *part, enum copy what)
{
    const struct action_state *a = node != NULL ? node->action : NULL;
    const struct execution *e = node != NULL ? node_execution(node) : NULL;

    if (e == NULL)
        e = &part->shown;
    if (what == COPY_NAME)
        return a != NULL                             ? a->name
               : node != NULL && node->stage != NULL ? node->stage->name
                                                     : part->pipeline.row.id.name;
    if (what == COPY_ARN)
        return part->pipeline.arn;
    if (what == COPY_EXECUTION)
        return e->id;
    if (what == COPY_COMMIT)
        return e->revision;
    if (what == COPY_LINK && a != NULL)
        return a->external_url.len > 0 ? a->external_url : a->url;
    if (what == COPY_LINK)
        return e->revision_url;
    return what == COPY_ERROR && a != NULL ? a->error_message : SV_NONE;
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct pipeline *p = state;
    const struct pipeline_part *part = part_under_cursor(p);
    struct sv text;

    if (part == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no pipeline to copy from");
    if (what == COPY_COMMAND || what == COPY_AWS)
        return copy_of_row(&part->pipeline.row, what, out, err);
    if (what == COPY_CLONE || what == COPY_EXPORTS)
        return clone_command(part, what == COPY_EXPORTS, out, err);
    if (what == COPY_JSON)
        return copy_json(part, out, err);
    text = text_of(under_cursor(p), part, what);
    if (what == COPY_LINK && text.len == 0)
        return add_console_url(out, &part->pipeline.row.id, err);
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

static void release(void *state)
{
    struct pipeline *p = state;

    if (!p->is_ready)
        return;
    pipeline_tree_release(&p->parts);
    arena_release(&p->arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,       "open",       "close or open a stage; describe an action"},
    {CMD_ACTIONS,    "actions",    NULL},
    {CMD_OLDER,      "older",      "show the execution before this one"},
    {CMD_NEWER,      "newer",      "show the execution after this one, at last as it is now"},
    {CMD_EXECUTIONS, "executions", "its executions and how long stages take"},
    {CMD_DESCRIBE,   "describe",   NULL},
    {CMD_RELEASE,    "release",    NULL},
    {CMD_APPROVE,    NULL,         NULL},
    {CMD_REJECT,     NULL,         NULL},
    {CMD_STOP,       NULL,         "stop the execution that runs, after its plan"},
    {CMD_ROLLBACK,   NULL,         NULL},
    {CMD_TRANSITION, NULL,         NULL},
    {CMD_OVERRIDE,   NULL,         NULL},
    {CMD_LOGS,       NULL,         NULL},
    {CMD_FAILURE,    NULL,         NULL},
    {CMD_STACKS,     NULL,         NULL},
    {CMD_REPOSITORY, NULL,         NULL},
    {CMD_EDIT,       "edit",       "change it, when penstock made it"},
    {CMD_DELETE,     NULL,         "delete it, after its plan"},
    {CMD_UP,         NULL,         NULL},
    {CMD_DOWN,       NULL,         NULL},
    {CMD_LEFT,       NULL,         "close what is open, or go to what it belongs to"},
    {CMD_RIGHT,      NULL,         "open what is closed"},
    {CMD_FIRST,      NULL,         NULL},
    {CMD_LAST,       NULL,         NULL},
    {CMD_HALF_UP,    NULL,         NULL},
    {CMD_HALF_DOWN,  NULL,         NULL},
    {CMD_PAGE_UP,    NULL,         NULL},
    {CMD_PAGE_DOWN,  NULL,         NULL},
    {CMD_WIDE,       NULL,         "show how long stages take: p50 and p90"},
    {CMD_NOTIFY,     NULL,         NULL},
    {CMD_COPY,       NULL,         NULL},
    {CMD_COPY_MENU,  NULL,         NULL},
    {CMD_BACK,       NULL,         "go back"},
    {CMD_LEAVE,      NULL,         "go back"},
    {CMD_NONE,       NULL,         NULL},
};
/* clang-format on */

const struct screen pipeline_screen = {
    .name = "pipeline",
    .title = "Pipeline",
    .help = "one pipeline's stages and actions, now or in an older execution",
    .state_size = sizeof(struct pipeline),
    .commands = commands,
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
    .targets = targets,
};
