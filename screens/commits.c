/* The commits of a branch, the latest first. */
#include "core/views/age.h"
#include "screens/repository.h"
#include "screens/rows.h"

enum { SHORT_COMMIT = 8 };

struct commits_state {
    struct rows rows; /* its target's commit: the branch */
    struct branch_page page;
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

/* ---- rows ---- */

static int64_t id_of(const void *row)
{
    return rows_id(((const struct commit *)row)->id, SV(""), SV(""));
}

static int64_t moment_of(const void *row)
{
    return ((const struct commit *)row)->at;
}

static bool passes(const void *state UNUSED, const void *row, const struct filter *filter)
{
    const struct commit *commit = row;
    const struct filter_field texts[] = {
        {"author", commit->author}, {"summary", commit->message}, {"commit", commit->id}};

    return filter_matches(filter, texts, ARRAY_LEN(texts));
}

static void cell_write(const void *state UNUSED, const void *row, const char *column,
                       const struct view_look *look, struct sb *out)
{
    const struct commit *commit = row;
    char text[AGE_SIZE];
    struct sv cell = strcmp(column, "author") == 0 ? commit->author : commit_title(commit);

    if (strcmp(column, "age") == 0)
        cell = sv_of(age_text(commit->at, look, text));
    else if (strcmp(column, "commit") == 0)
        cell = look->is_wide ? commit->id : sv_take(commit->id, SHORT_COMMIT);
    if (sb_add(out, cell, NULL))
        sb_clear(out);
}

static const struct rows_kind kind = {.view = &view,
                                      .aged = "age",
                                      .nothing = "There is no commit.",
                                      .id = id_of,
                                      .passes = passes,
                                      .write = cell_write,
                                      .moment = moment_of};

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct commits_state *s = state;
    const struct operand what = target_operand(&s->rows.target);
    struct err why = {0};
    int64_t read_at;
    enum err_code rc;

    arena_clear(&s->rows.arena);
    s->page = (struct branch_page){.count = 0};
    rc = branch_page_get(input->cache, &what, &s->rows.arena, &s->page, &read_at, &why);
    rc = rows_found(&s->rows, input, ERRAND_BRANCH, rc, &why, err);
    return rc ? rc
              : rows_pick(&s->rows, &kind, s->page.commits, s->page.count, sizeof *s->page.commits,
                          input, input->area.rows - 1, err);
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    rows_draw(state, &kind, look, c, area);
}

/* ---- keys ---- */

static bool fill_target(const struct commits_state *s, struct target *out)
{
    const struct commit *commit = rows_under(&s->rows);

    if (commit == NULL)
        return false;
    repository_target(&s->rows.target, sv_of(s->rows.target.repository), commit->id, SV(""), out);
    return true;
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    struct target cursor;

    return rows_target(fill_target(state, &cursor), &cursor, out, max);
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
    const struct target *target = &s->rows.target;
    char crumb[SCREEN_CRUMB_SIZE];

    snprintf(crumb, sizeof crumb, "%.40s %.40s%s", target->repository, target->commit,
             s->page.is_cut ? ", the latest commits" : ", commits");
    rows_facts(&s->rows, &kind, target->repository[0] != '\0' ? crumb : "Commits", look, out);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    return rows_print(state, &kind, look, out, err);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct commit *commit = rows_under(state);

    if (commit == NULL || (what != COPY_NAME && what != COPY_COMMIT))
        return err_set(err, ERR_NOT_FOUND, "there is none");
    return sb_add(out, commit->id, err);
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
    .open = rows_open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .choose = rows_choose,
    .point = rows_point,
    .copy = copy,
    .release = rows_release,
    .targets = targets,
    .errand = ERRAND_BRANCH,
};
