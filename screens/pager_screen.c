#include "screens/pager_screen.h"

void pager_screen_open(struct pager_screen *s)
{
    if (!s->is_open)
        pager_init(&s->pager);
    s->is_open = true;
}

void pager_screen_facts(const struct pager_screen *s, const char *title, const char *subject,
                        struct screen_facts *out)
{
    *out = (struct screen_facts){.is_filterable = true, .matches = (int64_t)s->pager.matches};
    pager_crumb(&s->pager, title, subject, out->crumb, sizeof out->crumb);
}

void pager_screen_draw(const void *state, const struct view_look *look, struct canvas *c,
                       struct rect area)
{
    const struct pager_screen *s = state;

    (void)look;
    pager_draw(&s->pager, c, area);
}

void pager_screen_handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct pager_screen *s = state;

    (void)argument;
    pager_answer(&s->pager, command, out);
}

enum err_code pager_screen_print(const void *state, const struct view_look *look, struct sb *out,
                                 struct err *err)
{
    const struct pager_screen *s = state;

    (void)look;
    return pager_print(&s->pager, out, err);
}

void pager_screen_release(void *state)
{
    struct pager_screen *s = state;

    if (s->is_open)
        pager_release(&s->pager);
}

unsigned pager_screen_key(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    struct pager_screen *s = state;

    (void)out;
    return pager_key(&s->pager, key, is_taken);
}
