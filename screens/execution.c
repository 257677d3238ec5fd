/* One execution: who began it, what it carried, its timeline, how long its stages took beside what
 * is usual, its errors. A text, made anew at each load. */
#include "core/views/execution_page.h"

#include "core/views/age.h"
#include "core/views/compare.h"
#include "screens/page_lines.h"
#include "screens/pager_screen.h"
#include "tui/console.h"
#include "tui/work.h"

enum { ARENA_CAP = 64 << 20, STEP_MS = 5000, MINUTE_MS = 60 * 1000, ASK_AGAIN_MS = 15000 };

struct execution_state {
    struct pager_screen text;
    struct target target; /* execution_id: the one that is shown; "" = the latest */
    struct pipeline_tree tree;
    struct arena arena; /* of the page */
    const struct pipeline_part *part;
    const struct execution *execution;
    size_t at; /* its place among the part's executions; 0 = the latest */
    bool is_ready;
    bool has_failed;   /* or something in it has */
    bool is_carried;   /* what it carried is known */
    bool misses_older; /* what the one before it carried could be asked for */
    bool misses_newer;
    enum screen_source source;
};

static void open(void *state, const struct target *target)
{
    struct execution_state *s = state;

    s->target = *target;
    pager_screen_open(&s->text);
    pipeline_tree_init(&s->tree);
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

/* ---- loading ---- */

static bool is_named(const struct execution_state *s, const struct pipeline_part *part)
{
    return sv_eq(part->pipeline.row.id.name, sv_of(s->target.name));
}

static void show(struct execution_state *s, const struct pipeline_part *part, size_t at)
{
    s->part = part;
    s->execution = &part->executions[at];
    s->at = at;
}

/* The one that was asked for; without an id the latest of the CodePipeline of that name, of a
 * logical pipeline the first one's. */
static void find(struct execution_state *s)
{
    struct sv wanted = sv_of(s->target.execution_id);

    s->part = NULL;
    s->execution = NULL;
    s->at = 0;
    for (size_t i = 0; i < s->tree.count; i++) {
        const struct pipeline_part *part = &s->tree.parts[i];

        if (wanted.len == 0 && part->execution_count > 0 && (s->part == NULL || is_named(s, part)))
            show(s, part, 0);
        for (size_t k = 0; k < part->execution_count && wanted.len > 0; k++) {
            if (!sv_eq(part->executions[k].id, wanted))
                continue;
            show(s, part, k);
            if (is_named(s, part))
                return;
        }
    }
}

static const char *reading_text(const struct execution_state *s, const struct screen_input *input)
{
    const struct work *work = input->console->options.work;
    const struct err *why;

    if (work == NULL)
        return NULL;
    if (work_reads(work, ERRAND_EXECUTION, &s->target))
        return "AWS is being asked what it carried.";
    why = work_errand_err(work, ERRAND_EXECUTION, &s->target);
    return why->code != ERR_OK ? why->text : NULL;
}

static bool has_runs(const struct pipeline_part *part, const struct execution *execution)
{
    for (size_t i = 0; i < part->run_count; i++) {
        if (sv_eq(part->runs[i].execution_id, execution->id))
            return true;
    }
    return false;
}

/* An execution that ended before its first action began has none, but only AWS knows. */
static const char *unread_text(const struct execution_state *s, const struct screen_input *input)
{
    const struct work *work = input->console->options.work;

    if (has_runs(s->part, s->execution))
        return NULL;
    if (work == NULL)
        return "How its actions ran was not read yet.";
    if (work_reads(work, ERRAND_EXECUTION, &s->target))
        return "How its actions ran was not read yet: AWS is being asked.";
    if (work_errand_err(work, ERRAND_EXECUTION, &s->target)->code != ERR_OK)
        return "How its actions ran could not be read.";
    return NULL;
}

static struct sv missing_sentence(const struct execution_state *s)
{
    static const char *const none[] = {
        [SCREEN_SYNCED] = "This execution is not kept here (any more): q goes back.",
        [SCREEN_LOADING] = "AWS is being asked for the executions.",
        [SCREEN_CACHED] = "It is not in the cache: run penstock without --cached.",
        [SCREEN_FAILED] = "AWS could not be asked yet: see the line below.",
    };

    return sv_of(none[s->source]);
}

static enum err_code fill(struct execution_state *s, const struct screen_input *input,
                          struct err *err)
{
    struct pager *pager = &s->text.pager;
    struct carried *carried = arena_alloc(&s->arena, 1, sizeof *carried);
    const struct operand what = {.id = s->part->pipeline.row.id, .execution_id = s->execution->id};
    struct failure failure;
    struct timeline timeline;
    struct execution_page e = {.part = s->part, .execution = s->execution, .timeline = &timeline};
    struct page page;
    int64_t read_at;
    struct err why;
    enum err_code rc;

    if (carried == NULL)
        return arena_err(&s->arena, err);
    rc = timeline_make(s->part, s->execution, input->look->now_ms, &s->arena, &timeline, err);
    if (rc)
        return rc;
    if (!carried_get(input->cache, &s->part->pipeline.row.id, s->execution->id, SV_NONE, &s->arena,
                     carried, &read_at, &why))
        e.carried = carried;
    s->is_carried = e.carried != NULL && carried->source_count > 0;
    e.reading = e.carried == NULL ? reading_text(s, input) : NULL;
    e.unread = unread_text(s, input);
    if (!failure_get(input->cache, &what, &s->arena, &failure, &read_at, &why))
        e.failure = &failure;
    /* The gutter and the last column are the pager's. */
    page_init(&page, input->look, input->area.cols - 2, page_to_pager, pager, err);
    execution_page_write(&e, &page);
    return page_done(&page);
}

/* Could it be asked for, and was it not read yet? */
static bool misses(struct execution_state *s, const struct screen_input *input, bool is_older)
{
    struct carried carried;
    int64_t read_at;
    struct err why;
    size_t at;

    if (input->console->options.work == NULL || s->execution == NULL ||
        (is_older ? s->at + 1 >= s->part->execution_count : s->at == 0))
        return false;
    at = is_older ? s->at + 1 : s->at - 1;
    if (!has_runs(s->part, &s->part->executions[at]))
        return true;
    return carried_get(input->cache, &s->part->pipeline.row.id, s->part->executions[at].id, SV_NONE,
                       &s->arena, &carried, &read_at, &why) != ERR_OK;
}

/* One that runs may have failed in a stage already. */
static bool has_failed(const struct execution_state *s)
{
    const struct pipeline_state *state = &s->part->pipeline.state;

    for (size_t i = 0; i < state->stage_count; i++) {
        if (sv_eq(state->stages[i].execution_id, s->execution->id) &&
            state->stages[i].status == STATUS_FAILED)
            return true;
    }
    return s->execution->status == STATUS_FAILED;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct execution_state *s = state;
    const struct pipeline_ask ask = {.id = target_id(&s->target)};
    enum err_code rc = pipeline_tree_load(&s->tree, input->cache, &ask, err);

    if (rc)
        return rc;
    s->source = input->source;
    arena_clear(&s->arena);
    find(s);
    pager_clear(&s->text.pager);
    rc = s->execution != NULL ? fill(s, input, err)
                              : pager_add(&s->text.pager, STYLE_DIM, missing_sentence(s), err);
    s->has_failed = s->execution != NULL && has_failed(s);
    s->misses_older = misses(s, input, true);
    s->misses_newer = misses(s, input, false);
    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->text.pager, input->filter_text, err);
    return rc;
}

/* ---- keys ---- */

static void target_of(const struct execution_state *s, struct target *out)
{
    *out = s->target;
    if (s->execution == NULL)
        return;
    target_of_row(&s->part->pipeline.row, out);
    target_set(out->execution_id, sizeof out->execution_id, s->execution->id);
}

/* What the next one carried is asked for at once, unless it is known. */
static void step(struct execution_state *s, bool is_older, struct answer *out)
{
    size_t at;

    if (s->execution == NULL)
        return;
    if (is_older ? s->at + 1 >= s->part->execution_count : s->at == 0) {
        answer_say(out, STYLE_PLAIN,
                   is_older ? "no older execution is kept" : "this is the latest execution");
        return;
    }
    at = is_older ? s->at + 1 : s->at - 1;
    target_of(s, &s->target);
    target_set(s->target.execution_id, sizeof s->target.execution_id, s->part->executions[at].id);
    s->text.pager.top = 0;
    s->text.pager.top_row = 0;
    out->react |= REACT_LOAD;
    if (is_older ? !s->misses_older : !s->misses_newer)
        return;
    out->target = s->target;
    out->errand = ERRAND_EXECUTION;
    out->react |= REACT_ERRAND;
}

static void compare(const struct execution_state *s, struct answer *out)
{
    const struct execution *other;

    if (s->execution == NULL)
        return;
    other = part_success_before(s->part, s->execution);
    if (other == NULL) {
        answer_say(out, STYLE_ATTENTION, "no execution before it that succeeded is kept");
        return;
    }
    target_of(s, &out->target);
    target_set(out->target.commit, sizeof out->target.commit, other->id);
    out->screen = "comparison";
    out->react |= REACT_OPEN;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct execution_state *s = state;
    const char *page = operation_page(command);

    if (command == CMD_OLDER || command == CMD_NEWER) {
        step(s, command == CMD_OLDER, out);
    } else if (command == CMD_COMPARE) {
        compare(s, out);
    } else if (command == CMD_OPEN || command == CMD_EXECUTIONS || page != NULL) {
        target_of(s, &out->target);
        out->screen = page != NULL ? page : command == CMD_OPEN ? "pipeline" : "executions";
        out->react |= REACT_OPEN;
    } else if (command == CMD_COPY || command == CMD_COPY_MENU) {
        out->react |= command == CMD_COPY ? REACT_COPY : REACT_CHOOSE;
    } else {
        pager_screen_handle(state, command, argument, out);
    }
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    const struct execution_state *s = state;

    if (s->execution == NULL)
        return 0;
    if (max > 0)
        target_of(s, &out[0]);
    return 1;
}

/* ---- what the console must know ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct execution_state *s = state;
    char title[32];

    snprintf(title, sizeof title, "Execution%s%.8s", s->target.name[0] != '\0' ? " " : "",
             s->execution != NULL ? s->execution->id.ptr : s->target.execution_id);
    pager_screen_facts(&s->text, title, s->target.name, out);
    if (s->part == NULL)
        return;
    out->visible[out->visible_count++] = s->part->pipeline.row.rowid;
    out->history[out->history_count++] = s->part->pipeline.row.rowid;
    out->asks_history = true;
    if (!status_is_running(s->execution->status))
        return;
    out->next_change_ms = look->now_ms + (look->is_coarse ? MINUTE_MS : STEP_MS);
    out->loads_when_due = true;
    if (!s->is_carried)
        out->errand_every_ms = ASK_AGAIN_MS;
}

static bool fits(const void *state, enum command command)
{
    const struct execution_state *s = state;

    if (command == CMD_OLDER)
        return s->execution != NULL && s->at + 1 < s->part->execution_count;
    if (command == CMD_NEWER)
        return s->execution != NULL && s->at > 0;
    if (command == CMD_FAILURE)
        return s->has_failed;
    if (command == CMD_COMPARE)
        return s->execution != NULL && part_success_before(s->part, s->execution) != NULL;
    return true;
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct execution_state *s = state;
    struct sv text = SV_NONE;

    if (s->execution == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no execution to copy");
    if (what == COPY_NAME || what == COPY_EXECUTION)
        text = s->execution->id;
    else if (what == COPY_COMMIT)
        text = s->execution->revision;
    else if (what == COPY_LINK)
        text = s->execution->revision_url;
    else if (what == COPY_ARN)
        text = s->part->pipeline.arn;
    else if (what == COPY_ERROR)
        text = s->execution->status_summary;
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

static void release(void *state)
{
    struct execution_state *s = state;

    pager_screen_release(&s->text);
    if (!s->is_ready)
        return;
    arena_release(&s->arena);
    pipeline_tree_release(&s->tree);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,           "pipeline", "the pipeline as this execution left it"},
    {CMD_OLDER,          "older",    NULL},
    {CMD_NEWER,          "newer",    NULL},
    {CMD_FAILURE,        "failure",  NULL},
    {CMD_LOGS,           "logs",     NULL},
    {CMD_COMPARE,        "compare",  "compare it with the success before it"},
    {CMD_EXECUTIONS,     NULL,       NULL},
    {CMD_STACKS,         NULL,       NULL},
    {CMD_REPOSITORY,     NULL,       NULL},
    {CMD_ACTIONS,        NULL,       NULL},
    {CMD_STOP,           NULL,       "stop this execution, after its plan"},
    {CMD_ROLLBACK,       NULL,       NULL},
    {CMD_FILTER,         "search",   "search the text"},
    {CMD_NEXT_MATCH,     NULL,       NULL},
    {CMD_PREVIOUS_MATCH, NULL,       NULL},
    {CMD_UP,             NULL,       "scroll up by a row"},
    {CMD_DOWN,           NULL,       "scroll down by a row"},
    {CMD_HALF_UP,        NULL,       "scroll up half a page"},
    {CMD_HALF_DOWN,      NULL,       "scroll down half a page"},
    {CMD_PAGE_UP,        NULL,       "scroll up a page"},
    {CMD_PAGE_DOWN,      NULL,       "scroll down a page; Space does it, too"},
    {CMD_FIRST,          NULL,       "go to the start"},
    {CMD_LAST,           NULL,       "go to the end"},
    {CMD_LEFT,           NULL,       "scroll to the left, when lines are not wrapped"},
    {CMD_RIGHT,          NULL,       "scroll to the right, when lines are not wrapped"},
    {CMD_WIDE,           NULL,       "wrap long lines, or not"},
    {CMD_COPY,           NULL,       "copy the execution's id"},
    {CMD_COPY_MENU,      NULL,       NULL},
    {CMD_BACK,           NULL,       "end the search, then go back"},
    {CMD_LEAVE,          NULL,       "go back"},
    {CMD_NONE,           NULL,       NULL},
};
/* clang-format on */

const struct screen execution_screen = {
    .name = "execution",
    .title = "Execution",
    .help = "one execution: what it carried, its timeline, how long its stages took",
    .state_size = sizeof(struct execution_state),
    .commands = commands,
    .open = open,
    .load = load,
    .draw = pager_screen_draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = pager_screen_print,
    .copy = copy,
    .targets = targets,
    .release = release,
    .key = pager_screen_key,
    .errand = ERRAND_EXECUTION,
};
