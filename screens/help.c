/* Help: made from the lists, so it cannot disagree with them. First what can be done on the screen
 * from which it was called, with the keys as they are bound now; then all the rest. */
#include "screens/pager_screen.h"
#include "tui/console.h"
#include "tui/theme.h"

enum { KEYS_SIZE = 64, KEYS_COLUMN = 20, TEXT_MAX = 8 * 1024 };

struct help {
    struct pager_screen text;
};

/* What the load adds to; the first failure ends it. */
struct page {
    struct pager *pager;
    const struct keymap *keymap;
    enum err_code rc;
    struct err *err;
};

static void title(struct page *h, const char *text)
{
    if (h->rc == ERR_OK && h->pager->count > 0)
        h->rc = pager_add(h->pager, STYLE_PLAIN, SV(""), h->err);
    if (h->rc == ERR_OK)
        h->rc = pager_add(h->pager, STYLE_TITLE, sv_of(text), h->err);
}

/* Two columns; what is too long for the first moves the second. */
static void row(struct page *h, enum style style, struct sv left, struct sv right)
{
    CLEANUP(sb_release) struct sb line;
    const struct pager_span span = {2, left.len, style};
    int pad = right.len > 0 ? KEYS_COLUMN - 2 - text_width(left) : 0;

    sb_init(&line, TEXT_MAX);
    if (h->rc == ERR_OK)
        h->rc = sb_addf(&line, h->err, "  " SV_FMT "%*s" SV_FMT, SV_ARG(left),
                        right.len == 0 || pad > 2 ? pad : 2, "", SV_ARG(right));
    if (h->rc == ERR_OK)
        h->rc = pager_add_spans(h->pager, sb_sv(&line), &span, 1, STYLE_PLAIN, h->err);
    if (h->rc == ERR_OK)
        pager_hang(h->pager, right.len > 0 ? KEYS_COLUMN : 2);
}

static void command_row(struct page *h, enum command command, const char *help)
{
    const struct command_info *info = command_info(command);
    char keys[KEYS_SIZE];

    keymap_keys(h->keymap, command, keys, sizeof keys);
    if (keys[0] == '\0')
        snprintf(keys, sizeof keys, ":%s", info->name);
    row(h, STYLE_KEY, sv_of(keys), sv_of(help != NULL ? help : info->help));
}

static void this_screen(struct page *h, const struct screen *screen)
{
    title(h, screen->title);
    if (screen->help != NULL)
        row(h, STYLE_PLAIN, sv_of(screen->help), SV(""));
    for (const struct screen_command *k = screen->commands; k->command != CMD_NONE; k++)
        command_row(h, k->command, k->help);
}

static void everywhere(struct page *h)
{
    for (int group = 0; group < COMMAND_GROUP_COUNT; group++) {
        bool is_titled = false;

        for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
            const struct command_info *info = command_info((enum command)i);
            char keys[KEYS_SIZE];

            keymap_keys(h->keymap, (enum command)i, keys, sizeof keys);
            if (info->where != COMMAND_ANYWHERE || info->group != (enum command_group)group ||
                keys[0] == '\0')
                continue;
            if (!is_titled)
                title(h, command_group_title((enum command_group)group));
            is_titled = true;
            command_row(h, (enum command)i, NULL);
        }
    }
}

/* What has no key, or takes an argument when it is typed. */
static void palette(struct page *h)
{
    title(h, "Typed behind :");
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        const struct command_info *info = command_info((enum command)i);
        char keys[KEYS_SIZE];
        char typed[KEYS_SIZE];

        keymap_keys(h->keymap, (enum command)i, keys, sizeof keys);
        if (keys[0] != '\0' && info->argument == COMMAND_ARGUMENT_NONE)
            continue;
        snprintf(typed, sizeof typed, ":%s %s", info->name, command_argument_title(info->argument));
        row(h, STYLE_KEY, sv_trim(sv_of(typed)), sv_of(info->help));
    }
    for (size_t i = 0; screens[i] != NULL; i++) {
        char typed[KEYS_SIZE];

        snprintf(typed, sizeof typed, ":%s", screens[i]->name);
        if (command_find(sv_of(screens[i]->name)) == CMD_NONE)
            row(h, STYLE_KEY, sv_of(typed), sv_of(screens[i]->help));
    }
}

/* clang-format off */
static const char *const filter_rows[][2] = {
    {"text",              "has the text; several words must all be there"},
    {"!text",             "has it not"},
    {"~text",             "has these letters in this order"},
    {"re:pattern",        "matches the POSIX extended regular expression"},
    {"field:text",        "has it in this field; also field:!text field:~text field:re:pattern"},
    {"\"two words\"",     "keeps the blank between them"},
};
/* clang-format on */

static void filters(struct page *h)
{
    char fields[256] = "fields, or how they begin:";
    size_t len = strlen(fields);

    title(h, "Typed behind / in a list");
    for (size_t i = 0; i < ARRAY_LEN(filter_rows); i++)
        row(h, STYLE_KEY, sv_of(filter_rows[i][0]), sv_of(filter_rows[i][1]));
    for (size_t i = 0; filter_row_fields[i] != NULL && len < sizeof fields; i++)
        len += (size_t)snprintf(fields + len, sizeof fields - len, " %s", filter_row_fields[i]);
    row(h, STYLE_PLAIN, SV(""), sv_of(fields));
    title(h, "Typed behind / in a text");
    row(h, STYLE_KEY, SV("pattern"),
        SV("searches; a POSIX extended regular expression, any case when it has no capital"));
}

/* ERRORED shows as FAILED does: one line for each sign is enough. */
static bool is_first_of_its_word(enum status status)
{
    for (int other = 0; other < (int)status; other++) {
        if (strcmp(status_word((enum status)other), status_word(status)) == 0)
            return false;
    }
    return true;
}

static void signs(struct page *h, bool is_utf8)
{
    title(h, "The signs");
    for (int i = 0; i < STATUS_COUNT; i++) {
        enum status status = (enum status)i;
        const char *meaning = status == STATUS_NONE      ? "never ran"
                              : status == STATUS_UNKNOWN ? "a word that penstock does not know"
                                                         : status_aws(status);
        char sign[16];

        if (!is_first_of_its_word(status))
            continue;
        if (is_utf8)
            snprintf(sign, sizeof sign, "%s %s", status_glyph(status), status_word(status));
        else
            snprintf(sign, sizeof sign, "%c %s", status_ascii(status), status_word(status));
        row(h, style_of_status(status), sv_of(sign), sv_of(meaning));
    }
    row(h, STYLE_ATTENTION, is_utf8 ? SV("⊗ HOLD") : SV("# HOLD"),
        SV("the transition into the stage is disabled"));
    row(h, STYLE_PLAIN, SV("~"), SV("at the end of a text: there is more of it"));
}

static void themes(struct page *h)
{
    title(h, "Colours");
    for (size_t i = 0; i < theme_count(); i++) {
        char typed[KEYS_SIZE];

        snprintf(typed, sizeof typed, ":theme %s", theme_name(i));
        row(h, STYLE_KEY, sv_of(typed), i == 0 ? SV("used unless another is asked for") : SV(""));
    }
    row(h, STYLE_PLAIN, SV(""), SV("NO_COLOR=1 in the environment: no colours at all"));
}

/* Help is on top of the screen it explains. */
static const struct screen *explained(const struct console *c)
{
    return c->depth > 1 ? c->stack[c->depth - 2].screen : c->stack[0].screen;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct help *s = state;
    struct page page = {.pager = &s->text.pager, .keymap = &input->console->keymap, .err = err};

    pager_screen_open(&s->text);
    pager_clear(&s->text.pager);
    this_screen(&page, explained(input->console));
    everywhere(&page);
    palette(&page);
    filters(&page);
    signs(&page, input->look->is_utf8);
    themes(&page);
    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (page.rc == ERR_OK && input->filter_changed)
        page.rc = pager_search(&s->text.pager, input->filter_text, err);
    return page.rc;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    (void)look;
    pager_screen_facts(state, "Help", "", out);
}

const struct screen help_screen = {
    .name = "help",
    .title = "Help",
    .help = "every key and command, every sign",
    .state_size = sizeof(struct help),
    .commands = pager_commands,
    .load = load,
    .draw = pager_screen_draw,
    .handle = pager_screen_handle,
    .facts = facts,
    .print = pager_screen_print,
    .release = pager_screen_release,
    .key = pager_screen_key,
};
