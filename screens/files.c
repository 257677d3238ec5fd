/* The files of a branch or a commit, a folder at a time. */
#include "screens/repository.h"
#include "screens/rows.h"

struct files_state {
    struct rows rows; /* its target's path: the folder; "" = the root */
    struct folder_page page;
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

/* ---- rows ---- */

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

static int64_t id_of(const void *row)
{
    return rows_id(((const struct folder_entry *)row)->path, SV(""), SV(""));
}

static bool passes(const void *state UNUSED, const void *row, const struct filter *filter)
{
    const struct folder_entry *e = row;
    const struct filter_field texts[] = {{"name", name_of(e->path)}, {"kind", sv_of(kind_of(e))}};

    return filter_matches(filter, texts, ARRAY_LEN(texts));
}

/* A wide one is whole. */
static void cell_write(const void *state UNUSED, const void *row, const char *column,
                       const struct view_look *look, struct sb *out)
{
    const struct folder_entry *e = row;
    bool is_name = strcmp(column, "name") == 0;
    struct sv name = look->is_wide ? e->path : name_of(e->path);
    enum err_code rc = sb_add(out, is_name ? name : sv_of(kind_of(e)), NULL);

    if (!rc && is_name && e->kind == ENTRY_FOLDER)
        rc = sb_addc(out, '/', NULL);
    if (rc)
        sb_clear(out);
}

static enum style style_of(const void *row UNUSED, const char *column)
{
    return strcmp(column, "kind") == 0 ? STYLE_DIM : STYLE_PLAIN;
}

static const struct rows_kind kind = {.view = &view,
                                      .nothing = "The folder is empty.",
                                      .id = id_of,
                                      .passes = passes,
                                      .write = cell_write,
                                      .style = style_of};

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct files_state *s = state;
    const struct operand what = target_operand(&s->rows.target);
    struct err why = {0};
    int64_t read_at;
    enum err_code rc;

    arena_clear(&s->rows.arena);
    s->page = (struct folder_page){.count = 0};
    rc = folder_page_get(input->cache, &what, &s->rows.arena, &s->page, &read_at, &why);
    rc = rows_found(&s->rows, input, ERRAND_FOLDER, rc, &why, err);
    return rc ? rc
              : rows_pick(&s->rows, &kind, s->page.entries, s->page.count, sizeof *s->page.entries,
                          input, input->area.rows - 1, err);
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    rows_draw(state, &kind, look, c, area);
}

/* ---- keys ---- */

static void open_entry(const struct files_state *s, struct answer *out)
{
    const struct folder_entry *e = rows_under(&s->rows);

    if (e == NULL)
        return;
    if (e->kind == ENTRY_MODULE) {
        answer_say(out, STYLE_PLAIN, "a submodule is in a repository of its own, at " SV_FMT,
                   SV_ARG(sv_take(e->blob, 40)));
        return;
    }
    repository_target(&s->rows.target, sv_of(s->rows.target.repository),
                      sv_of(s->rows.target.commit), e->path, &out->target);
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
    const struct target *target = &((const struct files_state *)state)->rows.target;
    char crumb[SCREEN_CRUMB_SIZE];

    snprintf(crumb, sizeof crumb, "%.30s %.40s: /%.40s", target->repository, target->commit,
             target->path);
    rows_facts(state, &kind, target->repository[0] != '\0' ? crumb : "Files", look, out);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    return rows_print(state, &kind, look, out, err);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct folder_entry *e = rows_under(state);

    if (e == NULL || what != COPY_NAME)
        return err_set(err, ERR_NOT_FOUND, "there is none");
    return sb_add(out, e->path, err);
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
    .errand = ERRAND_FOLDER,
};
