/* The commits of a branch, the latest first. */
#include "core/views/age.h"
#include "screens/repository.h"
#include "screens/rows.h"

enum { ARENA_CAP = 16 << 20, SHORT_COMMIT = 8 };

struct commits_state {
    struct target target; /* commit: the branch */
    struct arena arena;
    struct branch_page page;
    const struct commit **shown;
    struct rows rows;
    bool is_ready;
};

/* clang-format off */
static const struct column columns[] = {
    {.name = "age",     .title = "AGE",     .min_width = 6},
    {.name = "commit",  .title = "COMMIT",  .min_width = 8},
    {.name = "author",  .title = "AUTHOR",  .min_width = 12, .weight = 1},
    {.name = "summary", .title = "SUMMARY", .min_width = 20, .weight = 5},
};
/* clang-format on */
static const struct view view = {
    .name = "commits", .columns = columns, .column_count = ARRAY_LEN(columns)};
static const char *const fields[] = {"author", "summary", "commit", NULL};

static void open(void *state, const struct target *target)
{
    struct commits_state *s = state;

    s->target = *target;
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

static enum err_code choose(struct commits_state *s, const struct screen_input *input,
                            struct err *err)
{
    int64_t *ids = arena_alloc(&s->arena, s->page.count + 1, sizeof *ids);
    int count = 0;

    s->shown = arena_alloc(&s->arena, s->page.count + 1, sizeof *s->shown);
    if (ids == NULL || s->shown == NULL)
        return arena_err(&s->arena, err);
    for (size_t i = 0; i < s->page.count; i++) {
        const struct commit *commit = &s->page.commits[i];
        const struct filter_field texts[] = {
            {"author", commit->author}, {"summary", commit->message}, {"commit", commit->id}};

        if (input->filter->count > 0 && !filter_matches(input->filter, texts, ARRAY_LEN(texts)))
            continue;
        s->shown[count] = commit;
        ids[count++] = rows_id(commit->id, SV(""), SV(""));
    }
    rows_set(&s->rows, ids, count, input->area.rows - 1);
    return ERR_OK;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct commits_state *s = state;
    const struct operand what = target_operand(&s->target);
    struct err why = {0};
    int64_t read_at;
    enum err_code rc;

    arena_clear(&s->arena);
    s->page = (struct branch_page){.count = 0};
    rc = branch_page_get(input->cache, &what, &s->arena, &s->page, &read_at, &why);
    if (rc && rc != ERR_NOT_FOUND)
        return err_set(err, rc, "%s", why.text);
    rows_tell(&s->rows, input, ERRAND_BRANCH, &s->target, rc == ERR_OK);
    return choose(s, input, err);
}

/* ---- draw ---- */

static struct sv cell_of(const struct commit *commit, const char *name,
                         const struct view_look *look, char text[AGE_SIZE])
{
    if (strcmp(name, "age") == 0)
        return sv_of(age_text(commit->at, look, text));
    if (strcmp(name, "commit") == 0)
        return look->is_wide ? commit->id : sv_take(commit->id, SHORT_COMMIT);
    return strcmp(name, "author") == 0 ? commit->author : commit_title(commit);
}

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct commits_state *s = owner;
    struct view_look narrow = *look;
    char text[AGE_SIZE];

    narrow.is_wide = false;
    canvas_cut(c, area.row, area.col, area.cols, STYLE_PLAIN,
               sv_take(cell_of(s->shown[index], column->name, &narrow, text), 1000));
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct commits_state *s = state;
    struct column wide[VIEW_COLUMN_MAX];
    const struct view aged = age_view(&view, "age", look, wide);

    table_draw(&s->rows.table, &aged, look, draw_cell, s, c, area);
    if (s->rows.count == 0)
        table_draw_sentence(c, area, rows_sentence(&s->rows, "There is no commit."));
}

/* ---- keys ---- */

static const struct commit *under_cursor(const struct commits_state *s)
{
    return rows_at(&s->rows) >= 0 ? s->shown[rows_at(&s->rows)] : NULL;
}

static bool fill_target(const struct commits_state *s, struct target *out)
{
    const struct commit *commit = under_cursor(s);

    if (commit == NULL)
        return false;
    repository_target(&s->target, sv_of(s->target.repository), commit->id, SV(""), out);
    return true;
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    struct target cursor;

    if (!fill_target(state, &cursor))
        return 0;
    if (max > 0)
        out[0] = cursor;
    return 1;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct commits_state *s = state;

    (void)argument;
    if (command == CMD_OPEN || command == CMD_FILES) {
        out->screen = command == CMD_OPEN ? "commit" : "files";
        out->react |= fill_target(s, &out->target) ? REACT_OPEN : REACT_NONE;
    } else {
        rows_handle(&s->rows, command, out);
    }
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct commits_state *s = state;
    const struct table *t = &s->rows.table;
    char crumb[SCREEN_CRUMB_SIZE];

    snprintf(crumb, sizeof crumb, "%.40s %.40s%s", s->target.repository, s->target.commit,
             s->page.is_cut ? ", the latest commits" : ", commits");
    rows_facts(&s->rows, s->target.repository[0] != '\0' ? crumb : "Commits", out);
    for (int i = t->top; i < t->count && i < t->top + t->lines; i++)
        out->next_change_ms = age_sooner(out->next_change_ms, age_next(s->shown[i]->at, look));
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct commits_state *s = state;
    const struct sv sentence = rows_sentence(&s->rows, "There is no commit.");
    enum err_code rc = ERR_OK;

    for (int i = 0; i < s->rows.count && !rc; i++) {
        struct sv cells[ARRAY_LEN(columns)];
        char text[AGE_SIZE];

        for (size_t k = 0; k < ARRAY_LEN(columns); k++)
            cells[k] = cell_of(s->shown[i], columns[k].name, look, text);
        rc = sb_addf(out, err, "%d.", i + 1);
        if (!rc)
            rc = repository_print_cells(cells, ARRAY_LEN(columns), out, err);
    }
    return rc || s->rows.count > 0 ? rc : repository_print_cells(&sentence, 1, out, err);
}

static bool choose_row(void *state, int number)
{
    return rows_choose(&((struct commits_state *)state)->rows, number);
}

static bool point(void *state, int line)
{
    return rows_point(&((struct commits_state *)state)->rows, line);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct commit *commit = under_cursor(state);

    if (commit == NULL || (what != COPY_NAME && what != COPY_COMMIT))
        return err_set(err, ERR_NOT_FOUND, "there is none");
    return sb_add(out, commit->id, err);
}

static void release(void *state)
{
    struct commits_state *s = state;

    if (s->is_ready)
        arena_release(&s->arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,      "open",    "the commit: its message and the files it changed"},
    {CMD_FILES,     "files",   "the files as they were then"},
    {CMD_FILTER,    "filter",  NULL},
    {CMD_ACTIONS,   "actions", "make a branch there, or promote it"},
    {CMD_UP,        NULL,      NULL},
    {CMD_DOWN,      NULL,      NULL},
    {CMD_FIRST,     NULL,      NULL},
    {CMD_LAST,      NULL,      NULL},
    {CMD_HALF_UP,   NULL,      NULL},
    {CMD_HALF_DOWN, NULL,      NULL},
    {CMD_PAGE_UP,   NULL,      NULL},
    {CMD_PAGE_DOWN, NULL,      NULL},
    {CMD_COPY,      NULL,      "copy the commit's id"},
    {CMD_COPY_MENU, NULL,      NULL},
    {CMD_BACK,      NULL,      NULL},
    {CMD_LEAVE,     NULL,      "go back"},
    {CMD_NONE,      NULL,      NULL},
};
/* clang-format on */

const struct screen commits_screen = {
    .name = "commits",
    .title = "Commits",
    .help = "the latest commits of a branch",
    .state_size = sizeof(struct commits_state),
    .commands = commands,
    .fields = fields,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .choose = choose_row,
    .point = point,
    .copy = copy,
    .release = release,
    .targets = targets,
    .errand = ERRAND_BRANCH,
};
