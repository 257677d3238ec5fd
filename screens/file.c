/* Two texts of a repository: a commit with the files that it changed, and a file. */
#include "core/views/repository_text.h"
#include "screens/page_lines.h"
#include "screens/pager_screen.h"
#include "screens/repository.h"
#include "screens/rows.h"

enum { ARENA_CAP = 32 << 20, TAB = 8, LINE_KEPT = 64 * 1024 };

struct text_state {
    struct pager_screen text;
    struct target target;
    struct arena arena;
    bool is_ready;
    struct rows rows; /* no rows: what is told of the reading */
};

static void open(void *state, const struct target *target)
{
    struct text_state *s = state;

    s->target = *target;
    pager_screen_open(&s->text);
    arena_init(&s->arena, ARENA_CAP);
    s->is_ready = true;
}

static void release(void *state)
{
    struct text_state *s = state;

    pager_screen_release(&s->text);
    if (s->is_ready)
        arena_release(&s->arena);
}

/* What is there already stays in sight while AWS is asked again. */
static enum err_code end_load(struct text_state *s, const struct screen_input *input,
                              enum errand errand, enum err_code found, const struct err *why,
                              struct err *err)
{
    enum err_code rc = ERR_OK;

    if (found && found != ERR_NOT_FOUND)
        return err_set(err, found, "%s", why->text);
    rows_tell(&s->rows, input, errand, &s->target, found == ERR_OK);
    if (found)
        rc = pager_add(&s->text.pager, STYLE_DIM, rows_sentence(&s->rows, "It is not there."), err);
    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->text.pager, input->filter_text, err);
    return rc;
}

/* ---- a commit ---- */

static enum err_code load_commit(void *state, const struct screen_input *input, struct err *err)
{
    struct text_state *s = state;
    const struct operand what = target_operand(&s->target);
    struct commit_page commit;
    struct err why = {0};
    struct page page;
    int64_t read_at;
    enum err_code found;

    arena_clear(&s->arena);
    pager_clear(&s->text.pager);
    found = commit_page_get(input->cache, &what, &s->arena, &commit, &read_at, &why);
    if (found == ERR_OK) {
        enum err_code rc;

        page_init(&page, input->look, input->area.cols - 2, page_to_pager, &s->text.pager, err);
        commit_write_page(&commit, &page);
        rc = page_done(&page);
        if (rc)
            return rc;
    }
    return end_load(s, input, ERRAND_COMMIT, found, &why, err);
}

static void facts_commit(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct text_state *s = state;
    char title[32];

    (void)look;
    snprintf(title, sizeof title, "Commit%s%.8s", s->target.commit[0] != '\0' ? " " : "",
             s->target.commit);
    pager_screen_facts(&s->text, title, s->target.repository, out);
}

static void handle_commit(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct text_state *s = state;

    if (command == CMD_FILES) {
        repository_target(&s->target, sv_of(s->target.repository), sv_of(s->target.commit), SV(""),
                          &out->target);
        out->screen = "files";
        out->react |= REACT_OPEN;
    } else if (command == CMD_COPY) {
        out->react |= REACT_COPY;
    } else {
        pager_screen_handle(state, command, argument, out);
    }
}

static size_t targets(const void *state, struct target *out, size_t max)
{
    if (max > 0)
        out[0] = ((const struct text_state *)state)->target;
    return 1;
}

static enum err_code copy_commit(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct text_state *s = state;

    if (what != COPY_NAME && what != COPY_COMMIT)
        return err_set(err, ERR_NOT_FOUND, "there is none");
    return sb_add(out, sv_of(s->target.commit), err);
}

/* ---- a file ---- */

/* A tab goes on to the next stop of eight; a pager would make one blank of it. */
static enum err_code expand(struct sv line, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;
    int cells = 0;

    sb_clear(out);
    while (line.len > 0 && !rc && out->len < LINE_KEPT) {
        struct sv before = line;
        uint32_t c = utf8_next(&line);
        int blanks = TAB - cells % TAB;

        if (c != '\t') {
            rc = sb_add(out, sv_take(before, before.len - line.len), err);
            cells += text_char_width(text_safe(c));
            continue;
        }
        rc = sb_addf(out, err, "%*s", blanks, "");
        cells += blanks;
    }
    return rc;
}

static enum err_code add_lines(struct pager *pager, struct sv text, struct err *err)
{
    CLEANUP(sb_release) struct sb line;
    struct sv rest = text;
    enum err_code rc = ERR_OK;

    sb_init(&line, LINE_KEPT + 16);
    while (rest.len > 0 && !rc) {
        struct sv one = sv_cut(rest, '\n', &rest);

        if (sv_ends(one, SV("\r")))
            one.len--;
        rc = expand(one, &line, err);
        if (!rc)
            rc = pager_add_spans(pager, line.len > 0 ? sb_sv(&line) : SV(""), NULL, 0, STYLE_PLAIN,
                                 err);
    }
    return rc;
}

static enum err_code fill_file(struct pager *pager, const struct file_page *file, struct err *err)
{
    char text[200];
    enum err_code rc;

    if (file->is_binary)
        snprintf(text, sizeof text,
                 "It is no text: %lld bytes that nobody can read. penstock "
                 "clone brings it to a disk.",
                 (long long)file->size);
    else if (file->size == 0)
        snprintf(text, sizeof text, "The file is empty.");
    else if (file->is_cut)
        snprintf(text, sizeof text, "Of %lld bytes the first %zu are shown.", (long long)file->size,
                 file->text.len);
    else if (file->masked > 0)
        snprintf(text, sizeof text, "What looks like a secret is shown as ***, %lld time%s.",
                 (long long)file->masked, file->masked == 1 ? "" : "s");
    else
        text[0] = '\0';
    rc = text[0] != '\0' ? pager_add(pager, STYLE_ATTENTION, sv_of(text), err) : ERR_OK;
    return rc ? rc : add_lines(pager, file->text, err);
}

static enum err_code load_file(void *state, const struct screen_input *input, struct err *err)
{
    struct text_state *s = state;
    const struct operand what = target_operand(&s->target);
    struct file_page file;
    struct err why = {0};
    int64_t read_at;
    enum err_code found;
    enum err_code rc = ERR_OK;

    arena_clear(&s->arena);
    pager_clear(&s->text.pager);
    found = file_page_get(input->cache, &what, &s->arena, &file, &read_at, &why);
    if (found == ERR_OK)
        rc = fill_file(&s->text.pager, &file, err);
    return rc ? rc : end_load(s, input, ERRAND_FILE, found, &why, err);
}

static void facts_file(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct text_state *s = state;

    (void)look;
    pager_screen_facts(&s->text, "File", s->target.path, out);
}

static void handle_file(void *state, enum command command, struct sv argument, struct answer *out)
{
    if (command == CMD_COPY)
        out->react |= REACT_COPY;
    else
        pager_screen_handle(state, command, argument, out);
}

static enum err_code copy_file(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct text_state *s = state;

    if (what != COPY_NAME)
        return err_set(err, ERR_NOT_FOUND, "there is none");
    return sb_add(out, sv_of(s->target.path), err);
}

/* clang-format off */
#define TEXT_COMMANDS \
    {CMD_FILTER,         "search", "search the text"},                                 \
    {CMD_NEXT_MATCH,     NULL,     NULL},                                              \
    {CMD_PREVIOUS_MATCH, NULL,     NULL},                                              \
    {CMD_UP,             NULL,     "scroll up by a row"},                              \
    {CMD_DOWN,           "scroll", "scroll down by a row"},                            \
    {CMD_HALF_UP,        NULL,     "scroll up half a page"},                           \
    {CMD_HALF_DOWN,      NULL,     "scroll down half a page"},                         \
    {CMD_PAGE_UP,        NULL,     "scroll up a page"},                                \
    {CMD_PAGE_DOWN,      NULL,     "scroll down a page; Space does it, too"},          \
    {CMD_FIRST,          NULL,     "go to the start"},                                 \
    {CMD_LAST,           NULL,     "go to the end"},                                   \
    {CMD_LEFT,           NULL,     "scroll to the left, when lines are not wrapped"},  \
    {CMD_RIGHT,          NULL,     "scroll to the right, when lines are not wrapped"}, \
    {CMD_WIDE,           "wrap",   "wrap long lines, or not"},                         \
    {CMD_BACK,           NULL,     "end the search, then go back"},                    \
    {CMD_LEAVE,          NULL,     "go back"},                                         \
    {CMD_NONE,           NULL,     NULL}

static const struct screen_command commit_commands[] = {
    {CMD_FILES,   "files",   "the files as they were then"},
    {CMD_ACTIONS, "actions", "make a branch there, or promote it"},
    {CMD_COPY,    NULL,      "copy the commit's id"},
    TEXT_COMMANDS,
};
static const struct screen_command file_commands[] = {
    {CMD_COPY, NULL, "copy the path"},
    TEXT_COMMANDS,
};
/* clang-format on */

const struct screen commit_screen = {
    .name = "commit",
    .title = "Commit",
    .help = "a commit: its message and the files that it changed",
    .state_size = sizeof(struct text_state),
    .commands = commit_commands,
    .open = open,
    .load = load_commit,
    .draw = pager_screen_draw,
    .handle = handle_commit,
    .facts = facts_commit,
    .print = pager_screen_print,
    .copy = copy_commit,
    .release = release,
    .key = pager_screen_key,
    .targets = targets,
    .errand = ERRAND_COMMIT,
};

const struct screen file_screen = {
    .name = "file",
    .title = "File",
    .help = "a file of a repository, searched and wrapped",
    .state_size = sizeof(struct text_state),
    .commands = file_commands,
    .open = open,
    .load = load_file,
    .draw = pager_screen_draw,
    .handle = handle_file,
    .facts = facts_file,
    .print = pager_screen_print,
    .copy = copy_file,
    .release = release,
    .key = pager_screen_key,
    .errand = ERRAND_FILE,
};
