/* Stacks as text and JSON: the list of a pipeline's, and one of them whole. What failed comes
 * first, then what moves. */
#ifndef PENSTOCK_VIEWS_STACK_TEXT_H
#define PENSTOCK_VIEWS_STACK_TEXT_H

#include "core/operate/stack_page.h"
#include "core/operate/stacks.h"
#include "core/views/page.h"

/* "drifted", "in sync", "": what is known of a row. */
const char *stack_row_drift(const struct stack_row *row);
/* "application prod", "pipeline", "action, sales/Live/deploy": what it is here. */
void stack_row_what(const struct stack_row *row, struct sb *out);
/* All that a line of the list leaves out. */
void stack_row_write(const struct stack_row *row, struct page *p);
/* What a list without a row says. */
extern const char stack_list_none[];
/* The list, a line each, what cannot be read below its row. read_at 0: not told. */
void stack_list_write(const struct stack_list *list, int64_t read_at, struct page *p);

/* account, region: where it is. */
struct stack_text {
    const struct stack_page *page;
    struct sv account;
    struct sv region;
    int64_t read_at;  /* 0 = not told */
    bool only_events; /* oldest first, as they happened: for a verb */
};
void stack_page_write(const struct stack_text *text, struct page *p);

#endif
