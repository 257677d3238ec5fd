#include "tui/help.h"

enum { KEYS_WIDTH = 14 };

/* One line of the help. */
enum line_kind { LINE_BLANK, LINE_TITLE, LINE_COMMAND, LINE_STATUS };
struct line {
    enum line_kind kind;
    const char *title;
    const struct command_info *command;
    enum status status;
};

/* ERRORED shows as FAILED does: one line for each sign is enough. */
static bool is_first_of_its_word(enum status status)
{
    for (int other = 0; other < (int)status; other++) {
        if (strcmp(status_word((enum status)other), status_word(status)) == 0)
            return false;
    }
    return true;
}

/* Counts down to the wanted line while walking the lists. */
static bool take(int *left)
{
    return (*left)-- == 0;
}

static bool command_line(int *left, struct line *out)
{
    for (int group = 0; group < COMMAND_GROUP_COUNT; group++) {
        *out = (struct line){.kind = LINE_TITLE,
                             .title = command_group_title((enum command_group)group)};
        if (take(left))
            return true;
        for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
            const struct command_info *info = command_info((enum command)i);

            *out = (struct line){.kind = LINE_COMMAND, .command = info};
            if (info->group == (enum command_group)group && take(left))
                return true;
        }
        *out = (struct line){.kind = LINE_BLANK};
        if (take(left))
            return true;
    }
    return false;
}

static bool line_at(int index, struct line *out)
{
    int left = index;

    if (command_line(&left, out))
        return true;
    *out = (struct line){.kind = LINE_TITLE, .title = "The signs"};
    if (take(&left))
        return true;
    for (int i = 0; i < STATUS_COUNT; i++) {
        *out = (struct line){.kind = LINE_STATUS, .status = (enum status)i};
        if (is_first_of_its_word(out->status) && take(&left))
            return true;
    }
    return false;
}

static int line_count(void)
{
    struct line line;
    int count = 0;

    while (line_at(count, &line))
        count++;
    return count;
}

void help_open(struct help *h)
{
    *h = (struct help){.is_open = true};
}

bool help_handle(struct help *h, enum command command, int lines)
{
    int most = line_count() - lines;
    int step = command == CMD_UP || command == CMD_DOWN ? 1 : lines - 1;

    if (command == CMD_HELP || command == CMD_BACK || command == CMD_LEAVE)
        h->is_open = false;
    else if (command == CMD_UP || command == CMD_PAGE_UP || command == CMD_HALF_UP)
        h->top -= step;
    else if (command == CMD_DOWN || command == CMD_PAGE_DOWN || command == CMD_HALF_DOWN)
        h->top += step;
    else if (command == CMD_FIRST)
        h->top = 0;
    else if (command == CMD_LAST)
        h->top = most;
    else
        return false;
    h->top = h->top > most ? most : h->top;
    h->top = h->top < 0 ? 0 : h->top;
    return true;
}

static void draw_status(struct canvas *c, int row, struct rect area, enum status status)
{
    char ascii[2] = {status_ascii(status), '\0'};
    enum style style = style_of_status(status);
    const char *meaning = status == STATUS_NONE      ? "never ran"
                          : status == STATUS_UNKNOWN ? "a word that penstock does not know"
                                                     : status_aws(status);

    canvas_text(c, row, area.col + 2, 2, style, sv_of(c->is_utf8 ? status_glyph(status) : ascii));
    canvas_text(c, row, area.col + 4, 5, style, sv_of(status_word(status)));
    canvas_cut(c, row, area.col + 2 + KEYS_WIDTH, area.cols - KEYS_WIDTH - 2, STYLE_PLAIN,
               sv_of(meaning));
}

static void draw_command(struct canvas *c, int row, struct rect area,
                         const struct command_info *info)
{
    canvas_text(c, row, area.col + 2, KEYS_WIDTH - 1, STYLE_KEY, sv_of(info->keys));
    canvas_cut(c, row, area.col + 2 + KEYS_WIDTH, area.cols - KEYS_WIDTH - 2, STYLE_PLAIN,
               sv_of(info->help));
}

static void draw_line(struct canvas *c, int row, struct rect area, const struct line *line)
{
    switch (line->kind) {
    case LINE_BLANK:
        return;
    case LINE_TITLE:
        canvas_text(c, row, area.col + 1, area.cols - 1, STYLE_TITLE, sv_of(line->title));
        return;
    case LINE_COMMAND:
        draw_command(c, row, area, line->command);
        return;
    case LINE_STATUS:
        draw_status(c, row, area, line->status);
        return;
    }
}

void help_draw(const struct help *h, struct canvas *c, struct rect area)
{
    struct line line;

    for (int i = 0; i < area.rows && line_at(h->top + i, &line); i++)
        draw_line(c, area.row + i, area, &line);
}
