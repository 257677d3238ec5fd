/* Two executions side by side. The target has the one in execution_id and the other in commit. */
#include "core/views/compare.h"

#include "screens/page_lines.h"
#include "screens/pager_screen.h"
#include "tui/console.h"
#include "tui/work.h"

enum { ARENA_CAP = 64 << 20, STEP_MS = 5000, MINUTE_MS = 60 * 1000 };

struct compare_state {
    struct pager_screen text;
    struct target target;
    struct pipeline_tree tree;
    struct arena arena;
    int64_t rowid; /* of the later one's CodePipeline; 0 = not known */
    bool is_ready;
    bool is_running;
};

static void open(void *state, const struct target *target)
{
    struct compare_state *s = state;

    s->target = *target;
    pager_screen_open(&s->text);
    pipeline_tree_init(&s->tree);
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

static const char *reading_text(const struct compare_state *s, const struct comparison *c,
                                const struct screen_input *input)
{
    const struct work *work = input->console->options.work;
    const struct err *why;

    if (c->a.part != c->b.part)
        return "They are of different pipelines.";
    if (work == NULL)
        return NULL;
    if (work_reads(work, ERRAND_COMPARE, &s->target))
        return "AWS is being asked for the commits between them.";
    why = work_errand_err(work, ERRAND_COMPARE, &s->target);
    return why->code != ERR_OK ? why->text : NULL;
}

static enum err_code fill(struct compare_state *s, const struct screen_input *input,
                          struct err *err)
{
    struct pager *pager = &s->text.pager;
    struct comparison c;
    struct page page;
    struct err why;
    enum err_code rc =
        comparison_make(input->cache, &s->tree, sv_of(s->target.execution_id),
                        sv_of(s->target.commit), input->look->now_ms, &s->arena, &c, &why);

    if (rc == ERR_NOT_FOUND)
        return pager_add(pager, STYLE_DIM,
                         SV("These executions are not kept here (any more): q goes back."), err);
    if (rc)
        return err_set(err, rc, "%s", why.text);
    s->rowid = c.b.part->pipeline.row.rowid;
    s->is_running =
        status_is_running(c.a.execution->status) || status_is_running(c.b.execution->status);
    c.reading = c.between == NULL ? reading_text(s, &c, input) : NULL;
    page_init(&page, input->look, input->area.cols - 2, page_to_pager, pager, err);
    comparison_write(&c, &page);
    return page_done(&page);
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct compare_state *s = state;
    const struct pipeline_ask ask = {.id = target_id(&s->target)};
    enum err_code rc = pipeline_tree_load(&s->tree, input->cache, &ask, err);

    if (rc)
        return rc;
    arena_clear(&s->arena);
    s->rowid = 0;
    s->is_running = false;
    pager_clear(&s->text.pager);
    rc = fill(s, input, err);
    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->text.pager, input->filter_text, err);
    return rc;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct compare_state *s = state;

    if (command == CMD_OPEN || command == CMD_EXECUTIONS) {
        out->target = s->target;
        out->target.commit[0] = '\0';
        out->screen = command == CMD_OPEN ? "execution" : "executions";
        out->react |= REACT_OPEN;
    } else {
        pager_screen_handle(state, command, argument, out);
    }
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct compare_state *s = state;
    char title[48] = "Compare";

    if (s->target.name[0] != '\0')
        snprintf(title, sizeof title, "%.8s and %.8s", s->target.commit, s->target.execution_id);
    pager_screen_facts(&s->text, title, s->target.name, out);
    if (s->rowid == 0)
        return;
    out->visible[out->visible_count++] = s->rowid;
    out->history[out->history_count++] = s->rowid;
    out->asks_history = true;
    if (!s->is_running)
        return;
    out->next_change_ms = look->now_ms + (look->is_coarse ? MINUTE_MS : STEP_MS);
    out->loads_when_due = true;
}

static void release(void *state)
{
    struct compare_state *s = state;

    pager_screen_release(&s->text);
    if (!s->is_ready)
        return;
    arena_release(&s->arena);
    pipeline_tree_release(&s->tree);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,           "later",  "open the later execution"},
    {CMD_EXECUTIONS,     NULL,     NULL},
    {CMD_FILTER,         "search", "search the text"},
    {CMD_NEXT_MATCH,     NULL,     NULL},
    {CMD_PREVIOUS_MATCH, NULL,     NULL},
    {CMD_UP,             NULL,     "scroll up by a row"},
    {CMD_DOWN,           "scroll", "scroll down by a row"},
    {CMD_HALF_UP,        NULL,     "scroll up half a page"},
    {CMD_HALF_DOWN,      NULL,     "scroll down half a page"},
    {CMD_PAGE_UP,        NULL,     "scroll up a page"},
    {CMD_PAGE_DOWN,      NULL,     "scroll down a page; Space does it, too"},
    {CMD_FIRST,          NULL,     "go to the start"},
    {CMD_LAST,           NULL,     "go to the end"},
    {CMD_LEFT,           NULL,     "scroll to the left, when lines are not wrapped"},
    {CMD_RIGHT,          NULL,     "scroll to the right, when lines are not wrapped"},
    {CMD_WIDE,           "wrap",   "wrap long lines, or not"},
    {CMD_BACK,           NULL,     "end the search, then go back"},
    {CMD_LEAVE,          NULL,     "go back"},
    {CMD_NONE,           NULL,     NULL},
};
/* clang-format on */

const struct screen compare_screen = {
    .name = "comparison", /* "compare" is the command */
    .title = "Compare",
    .help = "two executions side by side: stages, commits, variables",
    .state_size = sizeof(struct compare_state),
    .commands = commands,
    .open = open,
    .load = load,
    .draw = pager_screen_draw,
    .handle = handle,
    .facts = facts,
    .print = pager_screen_print,
    .release = release,
    .key = pager_screen_key,
    .errand = ERRAND_COMPARE,
};
