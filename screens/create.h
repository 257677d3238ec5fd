/* The wizard that describes a pipeline, or the change of one: what its files share.
 *
 * What is typed lives in texts and rows, faults or not, until the draft of it is deleted. load
 * makes the definition of it and all that can be said of that; so nothing is drawn that was not
 * checked.
 */
#ifndef PENSTOCK_SCREENS_CREATE_H
#define PENSTOCK_SCREENS_CREATE_H

#include "core/actions/drafts.h"
#include "tui/console.h"
#include "tui/form.h"

/* clang-format off */
#define CREATE_PAGE_LIST(X)          \
    X(DETAILS,      "Details")       \
    X(CICD,         "CICD")          \
    X(STRATEGY,     "Strategy")      \
    X(ENVIRONMENTS, "Environments")  \
    X(SOURCE,       "Source")        \
    X(REVIEW,       "Review")
/* clang-format on */
#define CREATE_PAGE_ENUM(name, title) CREATE_PAGE_##name,
enum create_page { CREATE_PAGE_LIST(CREATE_PAGE_ENUM) CREATE_PAGE_COUNT };
#undef CREATE_PAGE_ENUM

enum create_field {
    FIELD_NAME,
    FIELD_DESCRIPTION,
    FIELD_CICD,
    FIELD_TEAM,
    FIELD_STRATEGY,
    FIELD_SOURCE,
    FIELD_CONNECTION,
    FIELD_REPOSITORY,
    FIELD_EXISTING,
    FIELD_STARTER,
    FIELD_DIRECTORY,
    FIELD_COUNT,
    FIELD_LINE /* the first tag or variable; the next ones follow */
};

enum create_column {
    COLUMN_STAGE,
    COLUMN_ENVIRONMENT,
    COLUMN_TEAM,
    COLUMN_APPROVAL,
    COLUMN_BRANCH,
    COLUMN_COUNT
};

enum { CREATE_ROWS_MAX = 100, CREATE_LINES_MAX = 41, CREATE_NOTE = 256 };

struct create_value {
    struct edit text; /* of a CICD environment its name */
    int chosen;
    bool is_touched; /* its faults may be told */
};

/* Tags or variables, "key=value" each; the last line is blank for the next one. */
struct create_lines {
    struct edit items[CREATE_LINES_MAX];
    int count;
};

struct create_row {
    struct edit texts[COLUMN_COUNT]; /* not of the approval */
    bool approval;
    bool has_approval; /* somebody said so; else the strategy does */
};

struct picker {
    bool is_open;
    bool is_new_row; /* picked for a row that is to be added */
    struct edit filter;
    int cursor;
};

enum review_kind { REVIEW_TEXT, REVIEW_FAULT, REVIEW_PLAN, REVIEW_ORPHANS };
struct review_line {
    enum review_kind kind;
    enum style style;
    struct sv text;
    const struct defect *fault; /* REVIEW_FAULT */
};

/* All that load made; in its arena. */
struct create_known {
    struct environment *environments;
    size_t environment_count;
    struct definition definition;
    struct defects *defects; /* NULL before the first load */
    struct sv drawings[STRATEGY_COUNT];
    struct sv json;
    struct review_line *lines;
    int line_count;
    const char **cicd_texts; /* ended by NULL */
    struct sv *cicd_names;
    int cicd_count;
    struct definition_change *changes;
    size_t change_count;
    size_t removed; /* stages that are gone */
    struct draft_row *drafts;
    int draft_count;
    char name_help[160];
};

enum create_wish { WISH_NONE, WISH_OPEN_DRAFT, WISH_DELETE_DRAFT, WISH_WRITE_FILE };

struct wizard {
    struct target target;
    bool is_change;
    bool is_ready; /* arenas */
    bool is_begun; /* drafts were looked for */
    bool is_choosing;
    int choice; /* 0 = none of the drafts */
    enum create_page page;
    bool was_left[CREATE_PAGE_COUNT]; /* its faults may be told */

    struct create_value values[FIELD_COUNT];
    struct create_lines tags;
    struct create_lines variables;
    struct create_row rows[CREATE_ROWS_MAX];
    int row_count;
    enum orphan orphans;

    struct form form; /* of the page */
    int form_ids[FORM_MAX];
    int row; /* row_count = the line that goes on */
    enum create_column column;
    bool is_typing;
    struct edit before; /* the cell, for Esc */
    struct picker picker;
    int review_at;
    struct dialog dialog;
    bool is_asking; /* the dialog is open */
    enum create_wish asked;
    enum create_wish wish; /* for the next load */

    bool is_dirty;  /* not in the draft yet */
    bool must_save; /* a field is done */
    bool has_saved;
    char saved_name[EDIT_SIZE + 1];
    char note[CREATE_NOTE]; /* of drafts and files */
    enum style note_style;

    struct arena arena;
    struct arena spare; /* what is being loaded */
    struct create_known known;
    struct arena before_arena;
    struct definition was; /* as it is in AWS */
    bool has_was;
    bool is_fetching;
    char errand_err[CREATE_NOTE];
    int64_t told_act_ms; /* the plan of the act whose end was told */
    int64_t now_ms;
    int rows_shown;
    int cols_shown;
};

/* ---- create_fields.c: what is typed and what it means ---- */

void create_set(struct edit *e, struct sv text); /* cut to what a line takes */
/* Into the state; false when a text is longer than a line takes. */
bool create_take_definition(struct wizard *c, const struct definition *d);
/* As typed, with that strategy; in the arena. */
enum err_code create_build(const struct wizard *c, enum strategy strategy, struct arena *arena,
                           struct definition *out, struct err *err) MUST_CHECK;
struct sv create_place(const struct wizard *c, struct sv environment, char *out, size_t size);
const char *create_page_title(enum create_page page);
/* "environments[1]", the file's word for it, becomes "row 2", the screen's. */
void create_name_rows(char *text);
/* The page on which a defect's field is mended; *id the field there, or the row. */
enum create_page create_page_of(const struct wizard *c, const char *field, int *id);
/* The form of the page, as the values are; the cursor stays on its field. */
void create_make_form(struct wizard *c);
void create_tell_faults(struct wizard *c);
/* The form's values back into the state; true when something changed. */
bool create_read_form(struct wizard *c);
bool create_is_fixed(const struct wizard *c, int field);
void create_tidy(struct wizard *c); /* tags and variables without blank lines between them */
/* What the field has, in words. */
struct sv create_shown(const struct wizard *c, int field);
const char *create_field_label(int field);
bool create_field_is_here(const struct wizard *c, int field);

/* ---- create_load.c ---- */

enum err_code create_load(void *state, const struct screen_input *input, struct err *err);
void create_save(struct wizard *c, struct arena *arena);

/* ---- create_table.c: the environments ---- */

bool create_approval(const struct wizard *c, int row);
unsigned create_table_key(struct wizard *c, uint32_t key, bool *is_taken, struct answer *out);
unsigned create_table_command(struct wizard *c, enum command command, struct answer *out);
unsigned create_table_assign(struct wizard *c, struct sv argument, struct answer *out);
void create_table_draw(const struct wizard *c, struct canvas *canvas, struct rect area);
enum err_code create_table_print(const struct wizard *c, struct sb *out,
                                 struct err *err) MUST_CHECK;
/* The line that is typed into; NULL when there is none. */
struct edit *create_table_edit(struct wizard *c);

/* ---- create_review.c ---- */

enum err_code create_review_make(const struct wizard *c, struct create_known *known,
                                 struct arena *arena, struct err *err) MUST_CHECK;
bool create_can_plan(const struct wizard *c);
bool create_review_can_open(const struct wizard *c); /* the line under the cursor */
unsigned create_plan_now(const struct wizard *c, struct answer *out); /* unless there are faults */
unsigned create_review_key(struct wizard *c, uint32_t key, bool *is_taken);
unsigned create_review_command(struct wizard *c, enum command command, struct answer *out);
void create_review_draw(const struct wizard *c, struct canvas *canvas, struct rect area);
enum err_code create_review_print(const struct wizard *c, struct sb *out,
                                  struct err *err) MUST_CHECK;

/* ---- create_draw.c ---- */

void create_draw(const void *state, const struct view_look *look, struct canvas *canvas,
                 struct rect area);
enum err_code create_print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err) MUST_CHECK;

/* ---- create.c ---- */

bool create_is_reading(const struct wizard *c); /* what it was is not known yet */

void create_go(struct wizard *c, enum create_page page);
/* Something was typed or chosen; is_done: and the field is done. */
unsigned create_changed(struct wizard *c, bool is_done);
void create_ask(struct wizard *c, enum create_wish wish, const char *title, const char *text,
                const char *yes);
void create_note(struct wizard *c, enum style style, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
