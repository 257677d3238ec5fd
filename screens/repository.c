/* A pipeline's repository: its branches, how far each is from the default one, who committed last,
 * and which pipelines take it. Opening reads it from AWS anew. Sources that are none of
 * CodeCommit's say what they are, with their link. */
#include "screens/repository.h"

#include "core/views/age.h"
#include "core/views/repository_text.h"
#include "screens/page_lines.h"
#include "screens/rows.h"

enum { ARENA_CAP = 16 << 20, PANE = 4, SHORT_COMMIT = 8 };

struct repository_state {
    struct target target;
    struct arena arena;
    struct repository_page page;
    struct repository_source *sources;
    size_t source_count;
    struct operand own; /* where the repository is; its name is empty when there is none */
    const struct branch_row **shown;
    struct rows rows;
    bool is_ready;
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

static void open(void *state, const struct target *target)
{
    struct repository_state *s = state;

    s->target = *target;
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

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

/* ---- load ---- */

static void write_feeds(const struct repository_state *s, const struct branch_row *row,
                        struct sb *out)
{
    branch_feeds(s->sources, s->source_count, s->page.repository.name, row->name, out);
}

static bool passes(const struct repository_state *s, const struct branch_row *row,
                   const struct filter *filter)
{
    CLEANUP(sb_release) struct sb feeds;
    struct filter_field texts[] = {{"branch", row->name},
                                   {"author", row->head.author},
                                   {"summary", commit_title(&row->head)},
                                   {"commit", row->head.id},
                                   {"feeds", SV("")}};

    sb_init(&feeds, 4096);
    write_feeds(s, row, &feeds);
    texts[4].text = sb_sv(&feeds);
    return filter->count == 0 || filter_matches(filter, texts, ARRAY_LEN(texts));
}

static enum err_code choose(struct repository_state *s, const struct screen_input *input,
                            struct err *err)
{
    int64_t *ids = arena_alloc(&s->arena, s->page.branch_count + 1, sizeof *ids);
    int count = 0;

    s->shown = arena_alloc(&s->arena, s->page.branch_count + 1, sizeof *s->shown);
    if (ids == NULL || s->shown == NULL)
        return arena_err(&s->arena, err);
    for (size_t i = 0; i < s->page.branch_count; i++) {
        const struct branch_row *row = &s->page.branches[i];

        if (!passes(s, row, input->filter))
            continue;
        s->shown[count] = row;
        ids[count++] = rows_id(row->name, SV(""), SV(""));
    }
    rows_set(&s->rows, ids, count, input->area.rows - 1 - PANE);
    return ERR_OK;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct repository_state *s = state;
    const struct operand what = target_operand(&s->target);
    struct err why = {0};
    int64_t read_at;
    enum err_code rc;

    arena_clear(&s->arena);
    s->page = (struct repository_page){.branch_count = 0};
    s->source_count = 0;
    rc = repository_sources(input->cache, &what.id, &s->arena, &s->sources, &s->source_count, err);
    if (!rc)
        rc = repository_own(input->cache, &what, &s->arena, &s->own, err);
    if (rc)
        return rc;
    rc = ERR_NOT_FOUND;
    if (s->own.repository.len > 0)
        rc = repository_page_get(input->cache, &s->own, &s->arena, &s->page, &read_at, &why);
    if (rc && rc != ERR_NOT_FOUND)
        return err_set(err, rc, "%s", why.text);
    rows_tell(&s->rows, input, ERRAND_REPOSITORY, &s->target, rc == ERR_OK);
    return choose(s, input, err);
}

/* ---- draw ---- */

static const struct branch_row *under_cursor(const struct repository_state *s)
{
    return rows_at(&s->rows) >= 0 ? s->shown[rows_at(&s->rows)] : NULL;
}

static void cell_write(const struct repository_state *s, const struct branch_row *row,
                       const char *name, const struct view_look *look, struct sb *out)
{
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
    if (sb_add(out, sv_take(cell, 1000), NULL))
        sb_clear(out);
}

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct repository_state *s = owner;
    CLEANUP(sb_release) struct sb text;
    struct view_look narrow = *look;

    narrow.is_wide = false;
    sb_init(&text, 16 * 1024);
    cell_write(s, s->shown[index], column->name, &narrow, &text);
    canvas_cut(c, area.row, area.col, area.cols, STYLE_PLAIN, sb_sv(&text));
}

static void write_pane(const struct repository_state *s, struct page *p)
{
    const struct branch_row *row = under_cursor(s);
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
    struct column wide[VIEW_COLUMN_MAX];
    const struct view aged = age_view(&view, "age", look, wide);

    if (!is_elsewhere)
        table_draw(&s->rows.table, &aged, look, draw_cell, s, c, list);
    if (!is_elsewhere && under_cursor(s) == NULL) {
        table_draw_sentence(c, area,
                            rows_sentence(&s->rows, "The repository has no branch: nothing was "
                                                    "committed yet."));
        return;
    }
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
    const struct branch_row *row = under_cursor(s);

    if (row == NULL)
        return false;
    repository_target(&s->target, s->own.repository, row->name, SV(""), out);
    target_set(out->account, sizeof out->account, s->own.id.account);
    target_set(out->region, sizeof out->region, s->own.id.region);
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
    struct repository_state *s = state;

    (void)argument;
    if (command == CMD_OPEN || command == CMD_FILES) {
        out->screen = command == CMD_OPEN ? "commits" : "files";
        out->react |= fill_target(s, &out->target) ? REACT_OPEN : REACT_NONE;
    } else {
        rows_handle(&s->rows, command, out);
    }
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct repository_state *s = state;
    const struct table *t = &s->rows.table;
    char crumb[SCREEN_CRUMB_SIZE];

    snprintf(crumb, sizeof crumb, s->target.name[0] != '\0' ? "%.60s repository" : "Repository%s",
             s->target.name);
    rows_facts(&s->rows, crumb, out);
    for (int i = t->top; i < t->count && i < t->top + t->lines; i++)
        out->next_change_ms = age_sooner(out->next_change_ms, age_next(s->shown[i]->head.at, look));
}

static bool fits(const void *state, enum command command)
{
    const struct repository_state *s = state;

    if (command == CMD_OPEN || command == CMD_FILES || command == CMD_ACTIONS)
        return under_cursor(s) != NULL;
    return command != CMD_FILTER || s->rows.count > 0 || s->rows.is_filtered;
}

enum err_code repository_print_cells(const struct sv *cells, size_t count, struct sb *out,
                                     struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        if (cells[i].len == 0)
            continue;
        rc = sb_addc(out, ' ', err);
        if (!rc)
            rc = sb_add_safe(out, cells[i], err);
    }
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code print_branch(const struct repository_state *s, int i,
                                  const struct view_look *look, struct sb *out, struct err *err)
{
    enum err_code rc = sb_addf(out, err, "%d.", i + 1);

    for (size_t k = 0; k < ARRAY_LEN(columns) && !rc; k++) {
        CLEANUP(sb_release) struct sb cell;

        sb_init(&cell, 16 * 1024);
        cell_write(s, s->shown[i], columns[k].name, look, &cell);
        if (cell.len > 0)
            rc = sb_addc(out, ' ', err);
        if (!rc)
            rc = sb_add_safe(out, sb_sv(&cell), err);
    }
    return rc ? rc : sb_addc(out, '\n', err);
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
    const struct sv sentence = rows_sentence(&s->rows, "The repository has no branch.");
    enum err_code rc = ERR_OK;

    if (s->own.repository.len == 0)
        return print_sources(s, look, out, err);
    for (int i = 0; i < s->rows.count && !rc; i++)
        rc = print_branch(s, i, look, out, err);
    return rc || s->rows.count > 0 ? rc : repository_print_cells(&sentence, 1, out, err);
}

static bool choose_row(void *state, int number)
{
    return rows_choose(&((struct repository_state *)state)->rows, number);
}

static bool point(void *state, int line)
{
    return rows_point(&((struct repository_state *)state)->rows, line);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct repository_state *s = state;
    const struct branch_row *row = under_cursor(s);
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

static void release(void *state)
{
    struct repository_state *s = state;

    if (s->is_ready)
        arena_release(&s->arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,      "commits", "the commits of the branch"},
    {CMD_FILES,     "files",   "the files of the branch"},
    {CMD_FILTER,    "filter",  NULL},
    {CMD_ACTIONS,   "actions", "make a branch of it, or promote it"},
    {CMD_UP,        NULL,      NULL},
    {CMD_DOWN,      NULL,      NULL},
    {CMD_FIRST,     NULL,      NULL},
    {CMD_LAST,      NULL,      NULL},
    {CMD_HALF_UP,   NULL,      NULL},
    {CMD_HALF_DOWN, NULL,      NULL},
    {CMD_PAGE_UP,   NULL,      NULL},
    {CMD_PAGE_DOWN, NULL,      NULL},
    {CMD_COPY,      NULL,      "copy the branch's name"},
    {CMD_COPY_MENU, NULL,      NULL},
    {CMD_BACK,      NULL,      NULL},
    {CMD_LEAVE,     NULL,      "go back"},
    {CMD_NONE,      NULL,      NULL},
};
/* clang-format on */

const struct screen repository_screen = {
    .name = "repository",
    .title = "Repository",
    .help = "a pipeline's repository: branches, how far apart they are, and what they feed",
    .state_size = sizeof(struct repository_state),
    .commands = commands,
    .fields = fields,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = print,
    .choose = choose_row,
    .point = point,
    .copy = copy,
    .release = release,
    .targets = targets,
    .errand = ERRAND_REPOSITORY,
};
