/* A form: fields one below the other, of text, of a choice, of yes and no or of a list, each with
 * its rule.
 *
 * The field with a fault is named with its sentence; nothing is lost by going back and forth. */
#ifndef PENSTOCK_TUI_FORM_H
#define PENSTOCK_TUI_FORM_H

#include "tui/edit.h"
#include "tui/screen.h"

enum { FORM_MAX = 64, FORM_FAULT = 256 };
/* FORM_LIST: a choice whose every line is seen, for what must not be mistaken; the last field. */
enum form_kind { FORM_TEXT, FORM_CHOICE, FORM_YES_NO, FORM_LIST };

/* True when fine; else why not, in fault. */
typedef bool form_rule_fn(void *owner, int field, struct sv text, char *fault, size_t size);

struct form_field {
    const char *label;
    const char *help;
    enum form_kind kind;
    struct edit text;           /* FORM_TEXT */
    const char *const *choices; /* FORM_CHOICE, FORM_LIST; NULL ends them; borrowed */
    const char *const *details; /* FORM_LIST: what more is told of each choice, below all of them */
    const char *none;           /* FORM_LIST: why there is no choice; borrowed */
    int chosen;                 /* its number; FORM_YES_NO: 0 or 1 */
    char fault[FORM_FAULT];     /* "" = fine */
};

struct form {
    struct form_field fields[FORM_MAX];
    int count;
    int cursor;
    form_rule_fn *rule;
    void *owner;
};

enum form_answer { FORM_STAYS, FORM_MOVED, FORM_CHANGED, FORM_DONE, FORM_CLOSED };

void form_init(struct form *f, form_rule_fn *rule, void *owner);
/* NULL over FORM_MAX. label and help are borrowed; set the value and, for a choice, its choices. */
struct form_field *form_add(struct form *f, enum form_kind kind, const char *label,
                            const char *help);
/* Up Down Tab S-Tab move (j k too where nothing is typed), Left Right Space choose (h l too), in a
 * list Up Down PgUp PgDn Home End (j k g G) do; letters type; Enter goes on and, on the last field,
 * is DONE when every field is fine. Esc closes. A key that means nothing here STAYS. */
enum form_answer form_key(struct form *f, uint32_t key);
/* Into the text under the cursor; FORM_STAYS where there is none. */
enum form_answer form_paste(struct form *f, struct sv text);
/* "account = 111111111111", as typed behind :set. The field is named by its label, any case, or a
 * unique beginning of it, a list's choice by what it alone contains; the cursor goes there.
 * ERR_USAGE says what is wrong. */
enum err_code form_assign(struct form *f, struct sv text, struct err *err) MUST_CHECK;
/* "Account: 111111111111", a line each, faults behind them; below a list's all of its choices. */
enum err_code form_print(const struct form *f, struct sb *out, struct err *err) MUST_CHECK;
/* Hints for the field under the cursor; NULL where those of the screen's commands will do. */
const struct key_hint *form_keys(const struct form *f);
struct sv form_text(const struct form_field *field); /* its value as shown */
bool form_check(struct form *f); /* every rule; the cursor goes to the first fault */
void form_draw(const struct form *f, struct canvas *c, struct rect area);

#endif
