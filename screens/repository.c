/* A pipeline's repository: its branches, how far each is from the default one, who committed last,
 * and which pipelines take it. Opening reads it from AWS anew. Sources that are none of
 * CodeCommit's say what they are, with their link. */
#include "screens/repository.h"

#include "core/views/age.h"
#include "core/views/repository_text.h"
#include "screens/page_lines.h"
#include "screens/rows.h"

enum { PANE = 4, SHORT_COMMIT = 8 };

struct repository_state {
    struct rows rows;
    struct repository_page page;
    struct repository_source *sources;
    size_t source_count;
    struct operand own; /* where the repository is; its name is empty when there is none */
};

/* clang-format off */
static const struct column columns[] = {
    {.name = "branch",  .title = "BRANCH",  .min_width = 14, .weight = 2},
    {.name = "apart",   .title = "APART",   .min_width = 8},
    {.name = "age",     .title = "AGE",     .min_width = 6},
    {.name = "commit",  .title = "COMMIT",  .min_width = 8},
    {.name = "author",  .title = "AUTHOR",  .min_width = 10, .drop_order = 2},
    {.name = "feeds",   .title = "FEEDS",   .min_width = 12, .weight = 1, .drop_order = 1},
    {.name = "summary", .title = "SUMMARY", .min_width = 10, .weight = 3, .drop_order = 3},
};
/* clang-format on */
static const struct view view = {
    .name = "repository", .columns = columns, .column_count = ARRAY_LEN(columns)};
static const char *const fields[] = {"branch", "author", "summary", "commit", "feeds", NULL};

void repository_target(const struct target *from, struct sv repository, struct sv commit,
                       struct sv path, struct target *out)
{
    *out = (struct target){.at_ms = 0};
    memcpy(out->partition, from->partition, sizeof out->partition);
    memcpy(out->account, from->account, sizeof out->account);
    memcpy(out->region, from->region, sizeof out->region);
    memcpy(out->name, from->name, sizeof out->name);
    target_set(out->repository, sizeof out->repository, repository);
    target_set(out->commit, sizeof out->commit, commit);
    target_set(out->path, sizeof out->path, path);
}

/* ---- rows ---- */

static void write_feeds(const struct repository_state *s, const struct branch_row *row,
                        struct sb *out)
{
    branch_feeds(s->sources, s->source_count, s->page.repository.name, row->name, out);
}

static int64_t id_of(const void *row)
{
    return rows_id(((const struct branch_row *)row)->name, SV(""), SV(""));
}

static int64_t moment_of(const void *row)
{
    return ((const struct branch_row *)row)->head.at;
}

static bool passes(const void *state, const void *item, const struct filter *filter)
{
    const struct branch_row *row = item;
    CLEANUP(sb_release) struct sb feeds;
    struct filter_field texts[] = {{"branch", row->name},
                                   {"author", row->head.author},
                                   {"summary", commit_title(&row->head)},
                                   {"commit", row->head.id},
                                   {"feeds", SV("")}};

    sb_init(&feeds, 4096);
    write_feeds(state, row, &feeds);
    texts[4].text = sb_sv(&feeds);
    return filter_matches(filter, texts, ARRAY_LEN(texts));
}

static void cell_write(const void *state, const void *item, const char *name,
                       const struct view_look *look, struct sb *out)
{
    const struct repository_state *s = state;
    const struct branch_row *row = item;
    bool is_default = sv_eq(row->name, s->page.repository.default_branch);
    char text[APART_SIZE];
    struct sv cell = SV_NONE;

    if (strcmp(name, "branch") == 0)
        cell = row->name;
    else if (strcmp(name, "apart") == 0)
        cell = is_default ? SV("default") : sv_of(branch_apart(row, text));
    else if (strcmp(name, "age") == 0)
        cell = sv_of(age_text(row->head.at, look, text));
    else if (strcmp(name, "commit") == 0)
        cell = look->is_wide ? row->head.id : sv_take(row->head.id, SHORT_COMMIT);
    else if (strcmp(name, "author") == 0)
        cell = row->head.author;
    else if (strcmp(name, "summary") == 0)
        cell = commit_title(&row->head);
    else
        write_feeds(s, row, out);
    if (sb_add(out, cell, NULL))
        sb_clear(out);
}

static const struct rows_kind kind = {
    .view = &view,
    .aged = "age",
    .nothing = "The repository has no branch: nothing was committed yet.",
    .id = id_of,
    .passes = passes,
    .write = cell_write,
    .moment = moment_of};

/* ---- load ---- */

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct repository_state *s = state;
    const struct operand what = target_operand(&s->rows.target);
    struct err why = {0};
    int64_t read_at;
    enum err_code rc;

    arena_clear(&s->rows.arena);
    s->page = (struct repository_page){.branch_count = 0};
    s->source_count = 0;
    rc = repository_sources(input->cache, &what.id, &s->rows.arena, &s->sources, &s->source_count,
                            err);
    if (!rc)
        rc = repository_own(input->cache, &what, &s->rows.arena, &s->own, err);
    if (rc)
        return rc;
    rc = ERR_NOT_FOUND;
    if (s->own.repository.len > 0)
        rc = repository_page_get(input->cache, &s->own, &s->rows.arena, &s->page, &read_at, &why);
    rc = rows_found(&s->rows, input, ERRAND_REPOSITORY, rc, &why, err);
    return rc ? rc
              : rows_pick(&s->rows, &kind, s->page.branches, s->page.branch_count,
                          sizeof *s->page.branches, input, input->area.rows - 1 - PANE, err);
}

/* ---- draw ---- */

static void write_pane(const struct repository_state *s, struct page *p)
{
    const struct branch_row *row = rows_under(&s->rows);
    CLEANUP(sb_release) struct sb feeds;

    sb_init(&feeds, 4096);
    if (row == NULL)
        return;
    write_feeds(s, row, &feeds);
    page_pair(p, "Branch", row->name);
    page_pair(p, "Feeds", sb_sv(&feeds));
    page_pair(p, "Clone", s->page.repository.clone_url);
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct repository_state *s = state;
    struct rect list = {area.row, area.col, area.rows - PANE, area.cols};
    struct rect pane = {area.row + list.rows + 1, area.col + 2, PANE - 1, area.cols - 3};
    struct rect body = {area.row + 1, area.col + 2, area.rows - 1, area.cols - 3};
    bool is_elsewhere = s->own.repository.len == 0;
    struct page_paint paint = {.canvas = c, .area = is_elsewhere ? body : pane};
    struct page page;

    if (!is_elsewhere)
        rows_draw(&s->rows, &kind, look, c, list);
    if (!is_elsewhere && s->rows.count == 0)
        return;
    page_init(&page, look, paint.area.cols, page_to_canvas, &paint, NULL);
    if (is_elsewhere)
        sources_write(s->sources, s->source_count, &page);
    else
        write_pane(s, &page);
    if (page_done(&page))
        return; /* memory is short: it stays as far as it came */
}

/* ---- keys ---- */

static bool fill_target(const struct repository_state *s, struct target *out)
{
    const struct branch_row *row = rows_under(&s->rows);

    if (row == NULL)
        return false;
    repository_target(&s->rows.target, s->own.repository, row->name, SV(""), out);
    target_set(out->account, sizeof out->account, s->own.id.account);
    target_set(out->region, sizeof out->region, s->own.id.region);
    return true;
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    struct target cursor;

    return rows_target(fill_target(state, &cursor), &cursor, out, max);
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct repository_state *s = state;
    const char *page = operation_page(command);

    (void)argument;
    if (page != NULL || command == CMD_EXECUTIONS) {
        out->target = s->rows.target;
        out->screen = page != NULL ? page : "executions";
        out->react |= REACT_OPEN;
    } else if (command == CMD_OPEN || command == CMD_FILES) {
        out->screen = command == CMD_OPEN ? "commits" : "files";
        out->react |= fill_target(s, &out->target) ? REACT_OPEN : REACT_NONE;
    } else {
        rows_handle(&s->rows, command, out);
    }
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct repository_state *s = state;
    char crumb[SCREEN_CRUMB_SIZE];

    snprintf(crumb, sizeof crumb,
             s->rows.target.name[0] != '\0' ? "%.60s repository" : "Repository%s",
             s->rows.target.name);
    rows_facts(&s->rows, &kind, crumb, look, out);
}

static bool fits(const void *state, enum command command)
{
    const struct repository_state *s = state;

    if (command == CMD_OPEN || command == CMD_FILES || command == CMD_ACTIONS)
        return rows_under(&s->rows) != NULL;
    return command != CMD_FILTER || s->rows.count > 0 || s->rows.is_filtered;
}

static enum err_code print_sources(const struct repository_state *s, const struct view_look *look,
                                   struct sb *out, struct err *err)
{
    struct page page;

    page_init(&page, look, 200, page_to_text, out, err);
    sources_write(s->sources, s->source_count, &page);
    return page_done(&page);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct repository_state *s = state;

    return s->own.repository.len == 0 ? print_sources(s, look, out, err)
                                      : rows_print(&s->rows, &kind, look, out, err);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct repository_state *s = state;
    const struct branch_row *row = rows_under(&s->rows);
    struct sv text = SV_NONE;

    if (what == COPY_NAME && row != NULL)
        text = row->name;
    else if (what == COPY_COMMIT && row != NULL)
        text = row->head.id;
    else if (what == COPY_ARN)
        text = s->page.repository.arn;
    else if (what == COPY_LINK)
        text = s->page.repository.clone_url.len > 0 || s->source_count == 0
                   ? s->page.repository.clone_url
                   : s->sources[0].link;
    return text.len > 0 ? sb_add(out, text, err) : err_set(err, ERR_NOT_FOUND, "there is none");
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,       "commits", "the commits of the branch"},
    {CMD_FILES,      "files",   "the files of the branch"},
    {CMD_FILTER,     "filter",  NULL},
    {CMD_ACTIONS,    "actions", "make a branch of it, or promote it"},
    {CMD_EXECUTIONS, NULL,      NULL},
    {CMD_LOGS,       NULL,      NULL},
    {CMD_STACKS,     NULL,      NULL},
    {CMD_UP,         NULL,      NULL},
    {CMD_DOWN,       NULL,      NULL},
    {CMD_FIRST,      NULL,      NULL},
    {CMD_LAST,       NULL,      NULL},
    {CMD_HALF_UP,    NULL,      NULL},
    {CMD_HALF_DOWN,  NULL,      NULL},
    {CMD_PAGE_UP,    NULL,      NULL},
    {CMD_PAGE_DOWN,  NULL,      NULL},
    {CMD_COPY,       NULL,      "copy the branch's name"},
    {CMD_COPY_MENU,  NULL,      NULL},
    {CMD_BACK,       NULL,      NULL},
    {CMD_LEAVE,      NULL,      "go back"},
    {CMD_NONE,       NULL,      NULL},
};
/* clang-format on */

const struct screen repository_screen = {
    .name = "repository",
    .title = "Repository",
    .help = "a pipeline's repository: branches, how far apart they are, and what they feed",
    .state_size = sizeof(struct repository_state),
    .commands = commands,
    .fields = fields,
    .open = rows_open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = print,
    .choose = rows_choose,
    .point = rows_point,
    .copy = copy,
    .release = rows_release,
    .targets = targets,
    .errand = ERRAND_REPOSITORY,
};
