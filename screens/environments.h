/* The environments' list in its parts: its rows and how they are drawn, and the small form that a
 * bootstrap needs. */
#ifndef PENSTOCK_SCREENS_ENVIRONMENTS_H
#define PENSTOCK_SCREENS_ENVIRONMENTS_H

#include "core/views/filter.h"
#include "tui/console.h"
#include "tui/form.h"
#include "tui/table.h"

enum { ENVIRONMENT_MARKS_MAX = 64, ENVIRONMENT_MARK_SIZE = 64 };

struct environment_rows {
    struct arena arena;
    struct cached_environment *rows; /* those that pass the filter */
    int64_t *ids;
    int count;
    int total;
};

extern const char *const environment_fields[];
extern const struct view view_environments;

/* Those that the work's context keeps, as far as it is known which that is. */
enum err_code environment_rows_load(struct environment_rows *r, const struct screen_input *input,
                                    bool only_problems, struct err *err) MUST_CHECK;
table_cell_fn environment_rows_cell; /* owner: struct environment_rows */
/* Below the list: what the columns leave out of one row, and what the doctor found. */
void environment_draw_pane(const struct cached_environment *e, const struct diagnosis *d,
                           const struct view_look *look, struct canvas *c, struct rect area);
enum status environment_status(const struct cached_environment *e);
enum status environment_verdict_status(enum verdict verdict);

/* What a bootstrap asks: only when it is not known what stands there. */
struct bootstrap_ask {
    struct form form;
    char admin[96]; /* the ARN of AdministratorAccess in this partition */
    bool is_open;
    uint64_t begun; /* work.begun when it was opened */
};
void bootstrap_ask_open(struct bootstrap_ask *b, struct sv region, bool is_new);
/* Policies and trust into the act. */
enum err_code bootstrap_ask_fill(const struct bootstrap_ask *b, struct act *act,
                                 struct err *err) MUST_CHECK;

#endif
