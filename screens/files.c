/* The files of a branch or a commit, a folder at a time. */
#include "screens/repository.h"
#include "screens/rows.h"

enum { ARENA_CAP = 32 << 20 };

struct files_state {
    struct target target; /* path: the folder; "" = the root */
    struct arena arena;
    struct folder_page page;
    const struct folder_entry **shown;
    struct rows rows;
    bool is_ready;
};

/* clang-format off */
static const struct column columns[] = {
    {.name = "name", .title = "NAME", .min_width = 20, .weight = 4},
    {.name = "kind", .title = "KIND", .min_width = 10},
};
static const char *const words[] = {
    [ENTRY_FOLDER] = "folder", [ENTRY_FILE] = "file", [ENTRY_LINK] = "link",
    [ENTRY_MODULE] = "submodule",
};
/* clang-format on */
static const struct view view = {
    .name = "files", .columns = columns, .column_count = ARRAY_LEN(columns)};
static const char *const fields[] = {"name", "kind", NULL};

static void open(void *state, const struct target *target)
{
    struct files_state *s = state;

    s->target = *target;
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

/* Behind the last slash. */
static struct sv name_of(struct sv path)
{
    size_t at = path.len;

    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    return sv_drop(path, at);
}

static const char *kind_of(const struct folder_entry *e)
{
    return e->kind == ENTRY_FILE && sv_eq(e->mode, SV("EXECUTABLE")) ? "program" : words[e->kind];
}

static enum err_code choose(struct files_state *s, const struct screen_input *input,
                            struct err *err)
{
    int64_t *ids = arena_alloc(&s->arena, s->page.count + 1, sizeof *ids);
    int count = 0;

    s->shown = arena_alloc(&s->arena, s->page.count + 1, sizeof *s->shown);
    if (ids == NULL || s->shown == NULL)
        return arena_err(&s->arena, err);
    for (size_t i = 0; i < s->page.count; i++) {
        const struct folder_entry *e = &s->page.entries[i];
        const struct filter_field texts[] = {{"name", name_of(e->path)},
                                             {"kind", sv_of(kind_of(e))}};

        if (input->filter->count > 0 && !filter_matches(input->filter, texts, ARRAY_LEN(texts)))
            continue;
        s->shown[count] = e;
        ids[count++] = rows_id(e->path, SV(""), SV(""));
    }
    rows_set(&s->rows, ids, count, input->area.rows - 1);
    return ERR_OK;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct files_state *s = state;
    const struct operand what = target_operand(&s->target);
    struct err why = {0};
    int64_t read_at;
    enum err_code rc;

    arena_clear(&s->arena);
    s->page = (struct folder_page){.count = 0};
    rc = folder_page_get(input->cache, &what, &s->arena, &s->page, &read_at, &why);
    if (rc && rc != ERR_NOT_FOUND)
        return err_set(err, rc, "%s", why.text);
    rows_tell(&s->rows, input, ERRAND_FOLDER, &s->target, rc == ERR_OK);
    return choose(s, input, err);
}

/* ---- draw ---- */

static void draw_cell(const void *owner, int index, const struct column *column,
                      const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct files_state *s = owner;
    const struct folder_entry *e = s->shown[index];
    struct sv name = name_of(e->path);
    int width = text_width(name);

    (void)look;
    if (column->name[0] == 'k') {
        canvas_cut(c, area.row, area.col, area.cols, STYLE_DIM, sv_of(kind_of(e)));
        return;
    }
    canvas_cut(c, area.row, area.col, area.cols, STYLE_PLAIN, name);
    if (e->kind == ENTRY_FOLDER && width < area.cols)
        canvas_text(c, area.row, area.col + width, 1, STYLE_DIM, SV("/"));
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct files_state *s = state;

    table_draw(&s->rows.table, &view, look, draw_cell, s, c, area);
    if (s->rows.count == 0)
        table_draw_sentence(c, area, rows_sentence(&s->rows, "The folder is empty."));
}

/* ---- keys ---- */

static const struct folder_entry *under_cursor(const struct files_state *s)
{
    return rows_at(&s->rows) >= 0 ? s->shown[rows_at(&s->rows)] : NULL;
}

static void open_entry(const struct files_state *s, struct answer *out)
{
    const struct folder_entry *e = under_cursor(s);

    if (e == NULL)
        return;
    if (e->kind == ENTRY_MODULE) {
        answer_say(out, STYLE_PLAIN, "a submodule is in a repository of its own, at " SV_FMT,
                   SV_ARG(sv_take(e->blob, 40)));
        return;
    }
    repository_target(&s->target, sv_of(s->target.repository), sv_of(s->target.commit), e->path,
                      &out->target);
    out->screen = e->kind == ENTRY_FOLDER ? "files" : "file";
    out->react |= REACT_OPEN;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct files_state *s = state;

    (void)argument;
    if (command == CMD_OPEN)
        open_entry(s, out);
    else
        rows_handle(&s->rows, command, out);
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct files_state *s = state;
    char crumb[SCREEN_CRUMB_SIZE];

    (void)look;
    snprintf(crumb, sizeof crumb, "%.30s %.40s: /%.40s", s->target.repository, s->target.commit,
             s->target.path);
    rows_facts(&s->rows, s->target.repository[0] != '\0' ? crumb : "Files", out);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct files_state *s = state;
    const struct sv sentence = rows_sentence(&s->rows, "The folder is empty.");
    enum err_code rc = ERR_OK;

    (void)look;
    for (int i = 0; i < s->rows.count && !rc; i++) {
        const struct sv cells[] = {sv_of(kind_of(s->shown[i])), s->shown[i]->path};

        rc = sb_addf(out, err, "%d.", i + 1);
        if (!rc)
            rc = repository_print_cells(cells, ARRAY_LEN(cells), out, err);
    }
    return rc || s->rows.count > 0 ? rc : repository_print_cells(&sentence, 1, out, err);
}

static bool choose_row(void *state, int number)
{
    return rows_choose(&((struct files_state *)state)->rows, number);
}

static bool point(void *state, int line)
{
    return rows_point(&((struct files_state *)state)->rows, line);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct folder_entry *e = under_cursor(state);

    if (e == NULL || what != COPY_NAME)
        return err_set(err, ERR_NOT_FOUND, "there is none");
    return sb_add(out, e->path, err);
}

static void release(void *state)
{
    struct files_state *s = state;

    if (s->is_ready)
        arena_release(&s->arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,      "open",    "the folder, or the file"},
    {CMD_FILTER,    "filter",  NULL},
    {CMD_UP,        NULL,      NULL},
    {CMD_DOWN,      NULL,      NULL},
    {CMD_FIRST,     NULL,      NULL},
    {CMD_LAST,      NULL,      NULL},
    {CMD_HALF_UP,   NULL,      NULL},
    {CMD_HALF_DOWN, NULL,      NULL},
    {CMD_PAGE_UP,   NULL,      NULL},
    {CMD_PAGE_DOWN, NULL,      NULL},
    {CMD_COPY,      NULL,      "copy the path"},
    {CMD_COPY_MENU, NULL,      NULL},
    {CMD_BACK,      NULL,      NULL},
    {CMD_LEAVE,     NULL,      "go back"},
    {CMD_NONE,      NULL,      NULL},
};
/* clang-format on */

const struct screen files_screen = {
    .name = "files",
    .title = "Files",
    .help = "the files of a branch or a commit, a folder at a time",
    .state_size = sizeof(struct files_state),
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
    .errand = ERRAND_FOLDER,
};
