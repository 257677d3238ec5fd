/* Messages: what was said in the line below, the newest last, so that nothing that flashed by is
 * lost. */
#include "core/views/age.h"
#include "screens/pager_screen.h"
#include "tui/console.h"

enum { LINE_SIZE = ERR_TEXT_MAX + 64, WORDS_COLUMN = 14 };

struct messages {
    struct pager_screen text;
    size_t seen; /* how many there were at the last load */
};

static enum err_code add(struct pager *p, const struct message *m, const struct view_look *look,
                         struct err *err)
{
    struct view_look clock = *look;
    struct pager_span span = {WORDS_COLUMN, 0, m->style};
    char at[AGE_SIZE];
    char line[LINE_SIZE];
    int len;
    enum err_code rc;

    if (clock.clock == LOOK_AGE) /* which would be wrong a second later */
        clock.clock = LOOK_UTC;
    len = snprintf(line, sizeof line, "%-*s%s", WORDS_COLUMN, age_text(m->at_ms, &clock, at),
                   m->text);
    span.len = strlen(m->text);
    if (m->times > 1)
        snprintf(line + len, sizeof line - (size_t)len, "  (%d times)", m->times);
    rc = pager_add_spans(p, sv_of(line), &span, 1, STYLE_DIM, err);
    pager_hang(p, WORDS_COLUMN);
    return rc;
}

static enum err_code add_all(struct messages *s, const struct console *c,
                             const struct view_look *look, struct err *err)
{
    size_t first = c->message_count > CONSOLE_MESSAGES ? c->message_count - CONSOLE_MESSAGES : 0;
    enum err_code rc = ERR_OK;

    if (first > 0)
        rc = pager_add(&s->text.pager, STYLE_DIM, SV("~ older ones were dropped"), err);
    for (size_t i = first; rc == ERR_OK && i < c->message_count; i++)
        rc = add(&s->text.pager, &c->messages[i % CONSOLE_MESSAGES], look, err);
    if (c->message_count == 0)
        rc = pager_add(&s->text.pager, STYLE_DIM, SV("Nothing was said yet."), err);
    return rc;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct messages *s = state;
    const struct console *c = input->console;
    enum err_code rc;

    pager_screen_open(&s->text);
    pager_clear(&s->text.pager);
    rc = add_all(s, c, input->look, err);
    pager_layout(&s->text.pager, input->area.rows, input->area.cols);
    if (s->seen != c->message_count)
        pager_handle(&s->text.pager, CMD_LAST);
    s->seen = c->message_count;
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->text.pager, input->filter_text, err);
    return rc;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    (void)look;
    pager_screen_facts(state, "Messages", "", out);
}

const struct screen messages_screen = {
    .name = "messages",
    .title = "Messages",
    .help = "what was said in the line below, the newest last",
    .state_size = sizeof(struct messages),
    .commands = pager_commands,
    .load = load,
    .draw = pager_screen_draw,
    .handle = pager_screen_handle,
    .facts = facts,
    .print = pager_screen_print,
    .release = pager_screen_release,
    .key = pager_screen_key,
};
