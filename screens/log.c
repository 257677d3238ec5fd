/* Log: what a build printed, anywhere in it, as it grows. The lines come from the cache; the
 * screen's errand reads them from AWS into it, again and again while the build runs. */
#include "core/views/age.h"
#include "screens/log_parts.h"
#include "tui/key.h"

enum {
    ARENA_CAP = 1 << 20,
    EVERY_MS = 1000, /* the errand, while the build runs */
    HEAD_ROWS = 1,
    BEFORE_ERROR = 2 /* lines above the first error, when the log opens there */
};

static void open(void *state, const struct target *target)
{
    struct log_screen *s = state;

    s->target = *target;
    arena_init(&s->arena, ARENA_CAP);
    log_window_open(&s->window);
    s->window.top = INT64_MAX;
}

static void release(void *state)
{
    struct log_screen *s = state;

    log_window_release(&s->window);
    arena_release(&s->arena);
}

/* ---- load ---- */

/* Once it is known which build is shown, that stays: only how its action stands is looked up. */
static void choose(struct log_screen *s, const struct screen_input *input)
{
    struct operand what = target_operand(&s->target);
    bool is_settled = s->has_choice && s->choice.build.len > 0;
    struct log_choice choice;
    struct arena texts;

    if (is_settled) {
        what.stage = s->choice.stage;
        what.action = s->choice.action;
        what.execution_id = s->choice.execution_id;
    }
    s->trouble = (struct err){.code = ERR_OK};
    if (s->target.name[0] == '\0') {
        err_set(&s->trouble, ERR_NOT_FOUND,
                "No log is chosen: L on a pipeline, a stage or an action opens its own.");
        return;
    }
    arena_init(&texts, ARENA_CAP);
    if (log_choose(input->cache, &what, false, &texts, &choice, &s->trouble) ||
        (is_settled && !sv_eq(choice.build, s->choice.build))) {
        arena_release(&texts); /* gone, or tried anew: this log stays what it is */
        s->has_choice = is_settled;
        return;
    }
    arena_release(&s->arena);
    s->arena = texts;
    s->choice = choice;
    s->has_choice = true;
    (void)snprintf(s->label, sizeof s->label, SV_FMT "/" SV_FMT, SV_ARG(sv_take(choice.stage, 40)),
                   SV_ARG(sv_take(choice.action, 40)));
}

static enum err_code find(struct log_screen *s, const struct screen_input *input, struct err *err)
{
    struct pipeline_id id = target_id(&s->target);
    struct arena arena;
    enum err_code rc;

    arena_init(&arena, ARENA_CAP);
    rc = cache_find_build_log(input->cache, id.partition, id.account, s->choice.region,
                              s->choice.build, &arena, &s->log, err);
    s->is_kept = rc == ERR_OK;
    if (rc == ERR_OK)
        (void)snprintf(s->outcome, sizeof s->outcome, SV_FMT, SV_ARG(sv_take(s->log.outcome, 23)));
    arena_release(&arena);
    s->log.group = s->log.stream = s->log.build = s->log.token = s->log.outcome = SV("");
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* Where it opens: at the end while it runs, at the first error when it failed. */
static enum err_code place(struct log_screen *s, struct err *err)
{
    bool has_failed = s->choice.status == STATUS_FAILED;
    int64_t line = -1;
    enum err_code rc = ERR_OK;

    if (s->is_placed || !s->is_kept)
        return ERR_OK;
    if (log_build_runs(s)) {
        s->is_following = s->is_placed = true;
        return ERR_OK;
    }
    if (!s->log.is_whole && s->is_reading)
        return ERR_OK; /* more is to come before that can be said */
    s->is_placed = true;
    if (has_failed)
        rc = log_find_error(&s->window.reader, &line, err);
    if (rc || line < 0)
        return rc;
    s->window.top = line > BEFORE_ERROR ? line - BEFORE_ERROR : 0;
    s->window.top_row = 0;
    return ERR_OK;
}

static enum err_code search(struct log_screen *s, struct sv pattern, struct err *err)
{
    struct log_window *w = &s->window;
    enum err_code rc = pager_search(&w->pager, pattern, err);

    if (rc)
        return rc;
    log_window_forget_matches(w);
    w->match = w->pager.match != SIZE_MAX ? w->numbers[w->pager.match] : -1;
    w->seeks = 0;
    w->has_failed = false;
    if (w->match >= 0)
        s->is_following = false;
    log_window_note(w);
    if (w->pager.has_pattern && w->match < 0)
        log_window_seek(w, 1);
    return ERR_OK;
}

static enum err_code load_window(struct log_screen *s, const struct screen_input *input,
                                 struct err *err)
{
    struct log_window *w = &s->window;
    int64_t seeks = w->seeks;
    int rows = input->area.rows - HEAD_ROWS;
    bool was_placed = s->is_placed;
    enum err_code rc;

    if (s->is_following || !s->is_placed)
        w->top = INT64_MAX;
    rc = log_window_load(w, input->cache, &s->log, input->look, rows, input->area.cols, err);
    if (!rc)
        rc = place(s, err);
    if (!rc && s->is_placed && !was_placed)
        rc = log_window_load(w, input->cache, &s->log, input->look, rows, input->area.cols, err);
    if (seeks != 0 && w->seeks == 0 && !w->has_failed) {
        s->is_following = false; /* found: below or above what was in sight */
        if (!rc)
            rc =
                log_window_load(w, input->cache, &s->log, input->look, rows, input->area.cols, err);
    }
    return rc;
}

static void look_at_work(struct log_screen *s, const struct screen_input *input)
{
    const struct work *work = input->console != NULL ? input->console->options.work : NULL;

    s->is_offline = work == NULL;
    s->is_reading = work_reads(work, ERRAND_LOG, &s->target);
    s->failed = work != NULL ? *work_errand_err(work, ERRAND_LOG, &s->target)
                             : (struct err){.code = ERR_OK};
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct log_screen *s = state;
    enum err_code rc = ERR_OK;

    look_at_work(s, input);
    if (!s->has_choice || log_is_live(s))
        choose(s, input);
    if (s->has_choice && s->choice.build.len > 0)
        rc = find(s, input, err);
    if (!rc && s->is_kept)
        rc = load_window(s, input, err);
    if (!rc && s->is_kept && s->log.is_whole)
        s->is_following = false;
    if (!rc && input->filter_changed)
        rc = search(s, input->filter_text, err);
    if (!rc && s->is_kept && input->filter_changed && s->window.pager.has_pattern)
        rc = load_window(s, input, err); /* what is not in sight is looked for, and counted */
    return rc;
}

/* ---- draw ---- */

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct log_screen *s = state;
    CLEANUP(sb_release) struct sb text;
    struct rect body = {area.row + HEAD_ROWS, area.col, area.rows - HEAD_ROWS, area.cols};

    sb_init(&text, 4096);
    if (!s->is_kept) {
        log_add_empty(s, &text);
        canvas_wrap(c, (struct rect){area.row, area.col + 1, area.rows, area.cols - 2},
                    s->failed.code != ERR_OK ? STYLE_BAD : STYLE_DIM, sb_sv(&text));
        return;
    }
    log_draw_head(s, look, c, area);
    pager_draw(&s->window.pager, c, body);
    if (s->window.only_matches && s->window.match_count == 0 && !log_window_is_busy(&s->window))
        canvas_text(c, body.row, body.col + 1, body.cols - 1, STYLE_DIM,
                    s->window.pager.has_pattern ? SV("No line matches; z shows all.")
                                                : SV("No line tells of an error; z shows all."));
}

/* ---- handle ---- */

static void follow(struct log_screen *s, struct answer *out)
{
    if (!s->is_kept) {
        answer_say(out, STYLE_PLAIN, "there is no log to follow");
        return;
    }
    if (!log_build_runs(s)) {
        answer_say(out, STYLE_PLAIN, "the build is over: nothing more will come");
        return;
    }
    s->is_following = !s->is_following;
    out->react |= REACT_DRAW | REACT_LOAD;
}

static void seek(struct log_screen *s, int direction, struct answer *out)
{
    if (!s->is_kept || !s->window.pager.has_pattern) {
        answer_say(out, STYLE_PLAIN,
                   s->is_kept ? "nothing was searched for yet: / searches"
                              : "there is no log to search");
        return;
    }
    if (s->window.has_none) {
        answer_say(out, STYLE_ATTENTION, "nothing in this log matches");
        return;
    }
    log_window_seek(&s->window, direction);
    out->react |= REACT_DRAW | REACT_LOAD;
}

static void move(struct log_screen *s, enum command command, struct answer *out)
{
    struct log_window *w = &s->window;
    int left = w->pager.left;

    if (command == CMD_FIRST) {
        w->top = w->reader.first_line;
        w->top_row = 0;
        s->is_following = false;
    } else if (command == CMD_LAST) {
        w->top = INT64_MAX;
        s->is_following = !s->log.is_whole; /* also of one that is over and still being read */
    } else {
        unsigned react = pager_handle(&w->pager, command);
        int64_t top = w->top;
        int top_row = w->top_row;

        log_window_note(w);
        /* Up pauses; so does down, unless it was at the end already. */
        if (w->top < top || (w->top == top && w->top_row < top_row))
            s->is_following = false;
        if (react == REACT_NONE && left == w->pager.left)
            return;
    }
    s->is_placed = true;
    out->react |= REACT_DRAW | REACT_LOAD;
}

static void only_matches(struct log_screen *s, struct answer *out)
{
    struct log_window *w = &s->window;
    int64_t middle = w->top;

    w->only_matches = !w->only_matches;
    w->top_row = 0;
    w->top = middle;
    s->is_placed = true;
    out->react |= REACT_DRAW | REACT_LOAD;
}

static void save(struct log_screen *s, struct sv path, struct answer *out)
{
    if (!s->is_kept) {
        answer_say(out, STYLE_ATTENTION, "there is no log here to save");
    } else if (path.len == 0) {
        answer_say(out, STYLE_ATTENTION, "to which file? type :save FILE");
    } else if (path.len >= sizeof out->target.path) {
        answer_say(out, STYLE_ATTENTION, "the file's name is too long");
    } else {
        out->target = s->target;
        target_set(out->target.build, sizeof out->target.build, s->choice.build);
        target_set(out->target.region, sizeof out->target.region, s->choice.region);
        target_set(out->target.path, sizeof out->target.path, path);
        out->errand = ERRAND_SAVE_LOG;
        out->react |= REACT_ERRAND;
    }
}

static void open_page(const struct log_screen *s, const char *screen, struct answer *out)
{
    out->target = s->target;
    if (s->has_choice)
        target_set(out->target.execution_id, sizeof out->target.execution_id,
                   s->choice.execution_id);
    out->screen = screen;
    out->react |= REACT_OPEN;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct log_screen *s = state;
    const char *page = operation_page(command);

    s->window.has_failed = false;
    if (command == CMD_FOLLOW)
        follow(s, out);
    else if (command == CMD_NEXT_MATCH || command == CMD_PREVIOUS_MATCH)
        seek(s, command == CMD_NEXT_MATCH ? 1 : -1, out);
    else if (command == CMD_PROBLEMS)
        only_matches(s, out);
    else if (command == CMD_SAVE)
        save(s, argument, out);
    else if (page != NULL || command == CMD_EXECUTIONS)
        open_page(s, page != NULL ? page : "executions", out);
    else if (command == CMD_COPY || command == CMD_COPY_MENU)
        out->react |= command == CMD_COPY ? REACT_COPY : REACT_CHOOSE;
    else if (command == CMD_FILTER)
        out->react |= REACT_FILTER;
    else if (command == CMD_BACK)
        out->react |= s->window.pager.has_pattern ? REACT_CLEAR : REACT_LEAVE;
    else if (command == CMD_LEAVE)
        out->react |= REACT_LEAVE;
    else
        move(s, command, out);
}

static unsigned key(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    *is_taken = key == KEYCODE_SPACE || key == ' ';
    if (*is_taken)
        handle(state, CMD_PAGE_DOWN, SV(""), out);
    return out->react;
}

/* ---- what can be done: to the action whose log it is, and to its build ---- */

static size_t targets(const void *state, struct target *out, size_t max)
{
    const struct log_screen *s = state;

    if (!s->has_choice)
        return 0;
    if (max == 0)
        return 1;
    *out = s->target;
    target_set(out->stage, sizeof out->stage, s->choice.stage);
    target_set(out->action, sizeof out->action, s->choice.action);
    target_set(out->execution_id, sizeof out->execution_id, s->choice.execution_id);
    target_set(out->build, sizeof out->build, s->choice.build);
    return 1;
}

/* ---- facts, print, copy ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct log_screen *s = state;
    const struct log_window *w = &s->window;
    size_t first;
    size_t last;

    /* How much was found stands in the head: the header's counts are of pipelines. */
    *out = (struct screen_facts){.is_loading = s->is_kept && log_window_is_busy(w)};
    pager_place(&w->pager, &first, &last);
    if (w->pager.count > 0)
        snprintf(out->crumb, sizeof out->crumb, "Log %lld-%lld of %lld  %.40s",
                 (long long)w->numbers[first - 1] + 1, (long long)w->numbers[last - 1] + 1,
                 (long long)s->log.lines, s->target.name);
    else
        snprintf(out->crumb, sizeof out->crumb, "Log %.60s", s->target.name);
    if (s->is_kept && !log_build_runs(s))
        out->next_change_ms = age_next(s->log.read_at, look);
    if (log_is_live(s) &&
        (s->has_choice ? status_is_running(s->choice.status) || s->is_kept : true))
        out->errand_every_ms = EVERY_MS;
}

static bool fits(const void *state, enum command command)
{
    const struct log_screen *s = state;

    if (command == CMD_FOLLOW || command == CMD_STOP)
        return log_build_runs(s);
    if (command == CMD_ACTIONS)
        return s->has_choice;
    if (command == CMD_NEXT_MATCH)
        return s->is_kept && s->window.pager.has_pattern && !s->window.has_none;
    if (command == CMD_FAILURE)
        return s->has_choice && s->choice.status == STATUS_FAILED;
    return s->is_kept;
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct log_screen *s = state;
    enum style style;
    enum err_code rc;

    if (!s->is_kept) {
        log_add_empty(s, out);
        return sb_addc(out, '\n', err);
    }
    rc = sb_addf(out, err, "%s  %s  ", log_state_word(s, &style), s->label);
    if (!rc)
        rc = log_add_figures(s, look, out, err);
    if (!rc)
        rc = sb_addc(out, '\n', err);
    return rc ? rc : pager_print(&s->window.pager, out, err);
}

static enum err_code print_piece(void *state, const struct view_look *look, int64_t *at,
                                 struct sb *out, struct err *err)
{
    struct log_screen *s = state;
    bool is_first = *at == 0;
    enum style style;
    enum err_code rc = ERR_OK;

    if (!s->is_kept) {
        *at = -1;
        return print(state, look, out, err);
    }
    if (is_first) {
        *at = s->window.reader.first_line;
        rc = sb_addf(out, err, "%s  %s  ", log_state_word(s, &style), s->label);
    }
    if (!rc && is_first)
        rc = log_add_figures(s, look, out, err);
    if (!rc && is_first)
        rc = sb_addc(out, '\n', err);
    return rc ? rc : log_window_print(&s->window, look, at, out, err);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct log_screen *s = state;
    const struct log_window *w = &s->window;

    if (!s->has_choice)
        return ERR_NOT_FOUND;
    switch (what) {
    case COPY_NAME:
        return sb_add_safe(out, s->choice.build, err);
    case COPY_EXECUTION:
        return sb_add_safe(out, s->choice.execution_id, err);
    case COPY_LINK:
        return sb_add_safe(out, s->choice.url, err);
    case COPY_ERROR:
        if (w->pager.match != SIZE_MAX && w->pager.match < w->pager.count)
            return sb_add_safe(out, w->pager.lines[w->pager.match].text, err);
        return s->choice.status == STATUS_FAILED ? sb_add_safe(out, s->choice.summary, err)
                                                 : ERR_NOT_FOUND;
    case COPY_COMMAND:
        return sb_addf(out, err, "penstock logs %s " SV_FMT " " SV_FMT, s->target.name,
                       SV_ARG(s->choice.stage), SV_ARG(s->choice.action));
    case COPY_ARN:
    case COPY_COMMIT:
    case COPY_AWS:
    case COPY_JSON:
    case COPY_ALL_COMMANDS:
    case COPY_ALL_AWS:
    case COPY_CLONE:
    case COPY_EXPORTS:
    case COPY_COUNT:
        break;
    }
    return ERR_NOT_FOUND;
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_FOLLOW,         "follow",  "follow the end as it grows, or pause"},
    {CMD_FILTER,         "search",  "search the whole log: a word, or a regular expression"},
    {CMD_NEXT_MATCH,     "next",    "go to the next match below"},
    {CMD_PREVIOUS_MATCH, NULL,      "go to the next match above"},
    {CMD_PROBLEMS,       "only",    "show only the lines that match the search, without one those that tell of errors; again: all"},
    {CMD_CLOCK,          "times",   "show each line's time in UTC, in local time, or not"},
    {CMD_WIDE,           "wrap",    "wrap long lines, or not"},
    {CMD_SAVE,           NULL,      "save the log to a new file, as plain lines: save FILE"},
    {CMD_STOP,           "stop",    "stop this build, after its plan"},
    {CMD_FAILURE,        "failure", "why the execution failed, on one page"},
    {CMD_ACTIONS,        "actions", "what can be done to this action and its build"},
    {CMD_EXECUTIONS,     NULL,      NULL},
    {CMD_STACKS,         NULL,      NULL},
    {CMD_REPOSITORY,     NULL,      NULL},
    {CMD_FIRST,          NULL,      "go to the start"},
    {CMD_LAST,           NULL,      "go to the end, and follow it while the build runs"},
    {CMD_UP,             NULL,      "scroll up by a row; this pauses"},
    {CMD_DOWN,           "scroll",  "scroll down by a row"},
    {CMD_HALF_UP,        NULL,      "scroll up half a page"},
    {CMD_HALF_DOWN,      NULL,      "scroll down half a page"},
    {CMD_PAGE_UP,        NULL,      "scroll up a page"},
    {CMD_PAGE_DOWN,      NULL,      "scroll down a page; Space does it, too"},
    {CMD_LEFT,           NULL,      "scroll to the left, when lines are not wrapped"},
    {CMD_RIGHT,          NULL,      "scroll to the right, when lines are not wrapped"},
    {CMD_COPY,           NULL,      "copy the build's id"},
    {CMD_COPY_MENU,      NULL,      NULL},
    {CMD_BACK,           NULL,      "end the search, then go back"},
    {CMD_LEAVE,          NULL,      "go back"},
    {CMD_NONE,           NULL,      NULL},
};
/* clang-format on */

const struct screen log_screen = {
    .name = "log",
    .title = "Log",
    .help = "an action's build log: followed, searched, saved",
    .state_size = sizeof(struct log_screen),
    .commands = commands,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = print,
    .print_piece = print_piece,
    .copy = copy,
    .targets = targets,
    .release = release,
    .key = key,
    .errand = ERRAND_LOG,
};
