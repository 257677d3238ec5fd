/* One stack as a text: how it stands and what failed first, its events while it moves, drift,
 * resources, change sets, outputs. Made anew at each load; while the stack moves AWS is asked again
 * and again. */
#include "screens/stack.h"

#include "core/model/stack_word.h"
#include "core/views/stack_text.h"
#include "screens/page_lines.h"
#include "screens/pager_screen.h"
#include "tui/console.h"

enum { ARENA_CAP = 16 << 20, MOVES_MS = 2000, AGES_MS = 10000 };

struct stack_state {
    struct pager_screen text;
    struct target target;
    struct arena arena;
    struct stack_page page;
    bool is_known;
    bool is_ready;
};

static void open(void *state, const struct target *target)
{
    struct stack_state *s = state;

    s->target = *target;
    pager_screen_open(&s->text);
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

static bool keep(struct arena *arena, const char *text, struct sv *out)
{
    *out = arena_sv(arena, sv_of(text));
    return out->ptr != NULL;
}

enum err_code stack_fill(const struct target *target, struct act *act, struct err *err)
{
    struct operation_input *in = &act->input.operation;
    struct operand *o = arena_alloc(&act->arena, 1, sizeof *o);

    if (o == NULL || !keep(&act->arena, target->partition, &o->id.partition) ||
        !keep(&act->arena, target->account, &o->id.account) ||
        !keep(&act->arena, target->region, &o->id.region) ||
        !keep(&act->arena, target->name, &o->id.name) ||
        !keep(&act->arena, target->stage, &o->stage) ||
        !keep(&act->arena, target->stack, &o->stack))
        return arena_err(&act->arena, err);
    in->operands = o;
    in->operand_count = 1;
    return ERR_OK;
}

/* ---- load ---- */

static struct sv missing(const struct stack_state *s, const struct screen_input *input)
{
    const struct work *work = input->console->options.work;
    const struct err *why;

    if (s->target.stack[0] == '\0')
        return SV("No stack is chosen: K on a pipeline lists its stacks.");
    if (work == NULL)
        return SV("It is not in the cache: run penstock without --cached.");
    why = work_errand_err(work, ERRAND_STACK, &s->target);
    if (why->code != ERR_OK)
        return sv_of(why->text);
    return work_reads(work, ERRAND_STACK, &s->target) ? SV("AWS is being asked for the stack.")
                                                      : SV("AWS was not asked yet: r asks.");
}

static enum err_code fill(struct stack_state *s, const struct screen_input *input, int64_t read_at,
                          struct err *err)
{
    const struct stack_text text = {.page = &s->page,
                                    .account = sv_of(s->target.account),
                                    .region = sv_of(s->target.region),
                                    .read_at = read_at};
    const struct work *work = input->console->options.work;
    const struct err *why = work != NULL ? work_errand_err(work, ERRAND_STACK, &s->target) : NULL;
    struct page page;

    page_init(&page, input->look, input->area.cols - 2, page_to_pager, &s->text.pager, err);
    /* What stands there is older than it looks. */
    if (why != NULL && why->code != ERR_OK)
        page_line(&page, PAGE_ATTENTION, sv_of(why->text));
    stack_page_write(&text, &page);
    return page_done(&page);
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct stack_state *s = state;
    const struct operand what = target_operand(&s->target);
    struct err why = {0};
    int64_t read_at = 0;
    enum err_code rc;

    arena_clear(&s->arena);
    s->page = (struct stack_page){.event_count = 0};
    rc = stack_page_get(input->cache, &what, &s->arena, &s->page, &read_at, &why);
    if (rc && rc != ERR_NOT_FOUND)
        return err_set(err, rc, "%s", why.text);
    s->is_known = rc == ERR_OK;
    pager_clear(&s->text.pager);
    rc = s->is_known ? fill(s, input, read_at, err)
                     : pager_add(&s->text.pager, STYLE_DIM, missing(s, input), err);
    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->text.pager, input->filter_text, err);
    return rc;
}

/* ---- keys ---- */

static enum err_code fill_delete(const void *state, struct act *act, struct err *err)
{
    return stack_fill(&((const struct stack_state *)state)->target, act, err);
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct stack_state *s = state;

    if (command == CMD_DOCTOR) {
        out->errand = ERRAND_DRIFT;
        out->target = s->target;
        out->react |= REACT_ERRAND;
    } else if (command == CMD_DELETE) {
        out->action = ACTION_DELETE_STACK;
        out->fill = fill_delete;
        out->react |= REACT_ACT;
    } else if (command == CMD_COPY || command == CMD_COPY_MENU) {
        out->react |= command == CMD_COPY ? REACT_COPY : REACT_CHOOSE;
    } else {
        pager_screen_handle(state, command, argument, out);
    }
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    if (max > 0)
        out[0] = ((const struct stack_state *)state)->target;
    return 1;
}

/* ---- what the console must know ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct stack_state *s = state;
    struct sv name = stack_name_of(sv_of(s->target.stack));
    char subject[100];

    snprintf(subject, sizeof subject, SV_FMT, SV_ARG(sv_take(name, 80)));
    pager_screen_facts(&s->text, "Stack", subject, out);
    if (!s->is_known)
        return;
    if (stack_page_is_busy(&s->page))
        out->errand_every_ms = MOVES_MS;
    out->next_change_ms = look->now_ms + AGES_MS;
    out->loads_when_due = true;
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct stack_state *s = state;
    const struct stack_event *failure = s->is_known ? stack_page_failure(&s->page) : NULL;
    struct sv text = SV_NONE;

    if (what == COPY_NAME)
        text = stack_name_of(sv_of(s->target.stack));
    else if (what == COPY_ARN)
        text = s->page.stack.id;
    else if (what == COPY_ERROR)
        text = failure != NULL ? failure->reason : s->page.stack.reason;
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

static void release(void *state)
{
    struct stack_state *s = state;

    pager_screen_release(&s->text);
    if (s->is_ready)
        arena_release(&s->arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_DOCTOR,         "drift",   "have AWS look for what drifted from the template"},
    {CMD_DELETE,         "delete",  "delete the stack, after its plan"},
    {CMD_ACTIONS,        "actions", "continue its rollback, or delete it"},
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
    {CMD_COPY,           NULL,      "copy the stack's name"},
    {CMD_COPY_MENU,      NULL,      NULL},
    {CMD_BACK,           NULL,      "end the search, then go back"},
    {CMD_LEAVE,          NULL,      "go back"},
    {CMD_NONE,           NULL,      NULL},
};
/* clang-format on */

const struct screen stack_screen = {
    .name = "stack",
    .title = "Stack",
    .help = "one stack: what failed, events as they come, resources, outputs, drift",
    .state_size = sizeof(struct stack_state),
    .commands = commands,
    .open = open,
    .load = load,
    .draw = pager_screen_draw,
    .handle = handle,
    .facts = facts,
    .print = pager_screen_print,
    .copy = copy,
    .release = release,
    .key = pager_screen_key,
    .targets = targets,
    .errand = ERRAND_STACK,
};
