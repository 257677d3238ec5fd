#include "tui/key_table.h"

#include "tui/rescue.h"
#include "tui/screen.h"

static struct cli_key row_of(enum command command, const char *help, const char *screen)
{
    const struct command_info *info = command_info(command);

    return (struct cli_key){info->keys, help != NULL ? help : info->help, screen, info->name};
}

/* out NULL: only how many there are. */
static size_t fill(struct cli_key *out)
{
    size_t count = 0;

    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        if (command_info((enum command)i)->where != COMMAND_ANYWHERE)
            continue;
        if (out != NULL)
            out[count] = row_of((enum command)i, NULL, "");
        count++;
    }
    for (size_t i = 0; screens[i] != NULL; i++) {
        const struct screen_command *c = screens[i]->commands;

        for (; c != NULL && c->command != CMD_NONE; c++) {
            if (command_info(c->command)->where == COMMAND_ANYWHERE)
                continue; /* told above; the screen only hints at it */
            if (out != NULL)
                out[count] = row_of(c->command, c->help, screens[i]->name);
            count++;
        }
    }
    return count;
}

const struct cli_key *key_table(void)
{
    static struct cli_key *table; /* the last row stays empty */

    if (table == NULL) {
        table = xarray(fill(NULL) + 1, sizeof *table);
        fill(table);
    }
    return table;
}
