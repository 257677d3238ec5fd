/* Failure: why an execution failed, on one page. Read ahead, as a rule, so it opens from the cache;
 * else the screen's errand reads it. */
#include "core/views/failure_page.h"
#include "screens/page_lines.h"
#include "screens/pager_screen.h"
#include "tui/console.h"

enum { ARENA_CAP = 16 << 20 };

struct failure_screen {
    struct pager_screen text;
    struct target target;
    struct arena arena;
    struct failure_page page; /* texts in the arena */
    bool is_ready;
    bool has_page;
};

static void open(void *state, const struct target *target)
{
    struct failure_screen *s = state;

    s->target = *target;
    pager_screen_open(&s->text);
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

static void release(void *state)
{
    struct failure_screen *s = state;

    pager_screen_release(&s->text);
    if (s->is_ready)
        arena_release(&s->arena);
}

static struct operand operand_of(const struct failure_screen *s)
{
    struct operand what = target_operand(&s->target);

    return (struct operand){.id = what.id, .execution_id = what.execution_id};
}

/* Why there is no page (yet). */
static enum err_code add_missing(struct failure_screen *s, const struct screen_input *input,
                                 const struct err *why, struct err *err)
{
    const struct work *work = input->console->options.work;
    const struct operand what = operand_of(s);
    struct arena arena;
    struct sv execution_id;
    struct err none = {.code = ERR_OK};
    enum err_code rc;

    arena_init(&arena, 64 * 1024);
    rc = failure_execution(input->cache, &what, &arena, &execution_id, &none);
    arena_release(&arena);
    if (rc == ERR_NOT_FOUND)
        return pager_add(&s->text.pager, STYLE_DIM, sv_of(none.text), err);
    if (work_reads(work, ERRAND_FAILURE, &s->target))
        return pager_add(&s->text.pager, STYLE_DIM,
                         SV("AWS is being asked: the error, the build, its log, its stack."), err);
    if (work != NULL && work_errand_err(work, ERRAND_FAILURE, &s->target)->code != ERR_OK)
        return pager_add(&s->text.pager, STYLE_BAD,
                         sv_of(work_errand_err(work, ERRAND_FAILURE, &s->target)->text), err);
    if (why->code != ERR_NOT_FOUND)
        return pager_add(&s->text.pager, STYLE_BAD, sv_of(why->text), err);
    return pager_add(&s->text.pager, STYLE_DIM,
                     SV("This failure was not read yet: run penstock without --cached."), err);
}

static enum err_code fill(struct failure_screen *s, const struct screen_input *input,
                          struct err *err)
{
    const struct operand what = operand_of(s);
    struct page page;
    struct err why = {.code = ERR_OK};

    arena_clear(&s->arena);
    s->has_page = failure_page_load(input->cache, &what, &s->arena, &s->page, &why) == ERR_OK;
    pager_clear(&s->text.pager);
    if (!s->has_page)
        return add_missing(s, input, &why, err);
    page_init(&page, input->look, input->area.cols - 2, page_to_pager, &s->text.pager, err);
    failure_page_write(&s->page, true, &page);
    return page_done(&page);
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct failure_screen *s = state;
    enum err_code rc = fill(s, input, err);

    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->text.pager, input->filter_text, err);
    return rc;
}

/* The failed action itself: its log, its retry. */
static void target_of(const struct failure_screen *s, struct target *out)
{
    *out = s->target;
    if (!s->has_page)
        return;
    target_set(out->execution_id, sizeof out->execution_id, s->page.failure.execution_id);
    if (s->page.failure.action_count == 0)
        return;
    target_set(out->stage, sizeof out->stage, s->page.failure.actions[0].stage);
    target_set(out->action, sizeof out->action, s->page.failure.actions[0].action);
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct failure_screen *s = state;
    const char *page = operation_page(command);

    if (command == CMD_FAILURE)
        return;
    if (page != NULL || command == CMD_EXECUTIONS) {
        target_of(s, &out->target);
        out->screen = page != NULL ? page : "executions";
        out->react |= REACT_OPEN;
    } else if (command == CMD_COPY) {
        out->react |= REACT_CHOOSE;
    } else if (command == CMD_COPY_MENU) {
        out->react |= REACT_CHOOSE;
    } else {
        pager_screen_handle(state, command, argument, out);
    }
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    if (max > 0)
        target_of(state, &out[0]);
    return 1;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct failure_screen *s = state;

    (void)look;
    pager_screen_facts(&s->text, "Failure", s->target.name, out);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct failure_screen *s = state;
    const struct failed_action *a =
        s->has_page && s->page.failure.action_count > 0 ? &s->page.failure.actions[0] : NULL;
    struct sv text = SV_NONE;

    if (a != NULL && what == COPY_ERROR)
        text = a->message.len > 0 ? a->message : a->code;
    else if (a != NULL && what == COPY_LINK)
        text = a->url;
    else if (s->has_page && what == COPY_EXECUTION)
        text = s->page.failure.execution_id;
    else if (s->has_page && what == COPY_JSON)
        return failure_page_json(&s->page, out, err);
    else if (what == COPY_NAME)
        text = sv_of(s->target.name);
    return text.len > 0 ? sb_add_safe(out, text, err) : ERR_NOT_FOUND;
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_LOGS,           "log",     "the whole log, at its first error"},
    {CMD_ACTIONS,        "actions", "retry the stage, roll it back, release anew"},
    {CMD_STACKS,         "stacks",  NULL},
    {CMD_EXECUTIONS,     NULL,      NULL},
    {CMD_REPOSITORY,     NULL,      NULL},
    {CMD_ROLLBACK,       NULL,      NULL},
    {CMD_OVERRIDE,       NULL,      NULL},
    {CMD_COPY,           "copy",    "choose what to copy: the error, the link"},
    {CMD_COPY_MENU,      NULL,      NULL},
    {CMD_FILTER,         "search",  "search the text"},
    {CMD_NEXT_MATCH,     NULL,      NULL},
    {CMD_PREVIOUS_MATCH, NULL,      NULL},
    {CMD_UP,             NULL,      "scroll up by a row"},
    {CMD_DOWN,           "scroll",  "scroll down by a row"},
    {CMD_HALF_UP,        NULL,      "scroll up half a page"},
    {CMD_HALF_DOWN,      NULL,      "scroll down half a page"},
    {CMD_PAGE_UP,        NULL,      "scroll up a page"},
    {CMD_PAGE_DOWN,      NULL,      "scroll down a page; Space does it, too"},
    {CMD_FIRST,          NULL,      "go to the start"},
    {CMD_LAST,           NULL,      "go to the end"},
    {CMD_LEFT,           NULL,      "scroll to the left, when lines are not wrapped"},
    {CMD_RIGHT,          NULL,      "scroll to the right, when lines are not wrapped"},
    {CMD_WIDE,           "wrap",    "wrap long lines, or not"},
    {CMD_BACK,           NULL,      "end the search, then go back"},
    {CMD_LEAVE,          NULL,      "go back"},
    {CMD_NONE,           NULL,      NULL},
};
/* clang-format on */

const struct screen failure_screen = {
    .name = "failure",
    .title = "Failure",
    .help = "why an execution failed: the error, the build, its log, its stack",
    .state_size = sizeof(struct failure_screen),
    .commands = commands,
    .open = open,
    .load = load,
    .draw = pager_screen_draw,
    .handle = handle,
    .targets = targets,
    .facts = facts,
    .print = pager_screen_print,
    .copy = copy,
    .release = release,
    .key = pager_screen_key,
    .errand = ERRAND_FAILURE,
};
