/* The form of an operation: the fields that its action has, what stands above them, and the
 * operation's input that they make. Choices come from the cache: the plan asks AWS. */
#ifndef PENSTOCK_SCREENS_OPERATION_FORM_H
#define PENSTOCK_SCREENS_OPERATION_FORM_H

#include "core/operate/rollback.h"
#include "core/views/pipeline_tree.h"
#include "tui/form.h"
#include "tui/operation.h"
#include "tui/work.h"

enum operation_field {
    OPERATION_STAGE,
    OPERATION_EXECUTION, /* roll back to */
    OPERATION_RUNNING,   /* to stop, of several that run */
    OPERATION_ALL,       /* retry */
    OPERATION_ABANDON,   /* stop */
    OPERATION_CONDITION,
    OPERATION_VARIABLE, /* one field each, as revisions have */
    OPERATION_REVISION,
    OPERATION_COMMENT,
    OPERATION_REASON,
    OPERATION_BRANCH,
    OPERATION_FROM,
    OPERATION_SKIPPED
};

enum { OPERATION_LINES_MAX = 24, OPERATION_CHOICES_MAX = 60 };

struct operation_form {
    struct form form;
    enum operation_field fields[FORM_MAX];
    struct sv names[FORM_MAX];  /* of a variable or a source action */
    bool is_required[FORM_MAX]; /* a variable without a default */
    struct sv defaults[FORM_MAX];
    struct arena arena; /* of all texts, for as long as the form is open */
    struct chosen chosen;
    struct standing standing; /* of the only target */
    struct pipeline_tree tree;
    struct arena above;
    struct sv lines[OPERATION_LINES_MAX]; /* above the fields */
    size_t line_count;
    bool waits;      /* the approval, as the cache knows it */
    bool has_waited; /* since the form is open */
    const char *stages[POSSIBLE_STAGES + 1];
    const char *conditions[2];                          /* the one that holds it */
    struct candidate candidates[OPERATION_CHOICES_MAX]; /* to roll back to, newest first */
    size_t candidate_count;
    const char *executions[OPERATION_CHOICES_MAX + 1]; /* their lines */
    const char *details[OPERATION_CHOICES_MAX];
    const char *running[POSSIBLE_RUNNING + 1]; /* lines of those that run, where one is chosen */
    struct candidate now;     /* what the stage runs, where AWS told; else without an id */
    struct possible possible; /* as it was opened */
    struct cache *cache;
    const struct work *work; /* NULL: AWS is never asked */
    struct view_look look;   /* of the last load */
    struct arena arena_of_candidates;
    int64_t candidates_read_at; /* 0: they are the cache's own */
    char refusal[FORM_FAULT];   /* why the stage cannot be rolled back; "" = it can */
    char asked_stage[TARGET_NAME_SIZE];
};

/* Once, with chosen and work set. */
enum err_code operation_form_open(struct operation_form *f, struct cache *cache,
                                  const struct view_look *look, struct err *err) MUST_CHECK;
void operation_form_release(struct operation_form *f);
/* The cache may have what was asked for: executions to go back to, what an approval would let
 * through. What is chosen and typed stays. */
enum err_code operation_form_news(struct operation_form *f, const struct view_look *look,
                                  struct err *err) MUST_CHECK;
/* Must AWS be asked what the stage can go back to, of which target? Not while it has
 * told lately. */
bool operation_form_asks(struct operation_form *f, struct target *out);
/* A choice has changed: what depends on it is offered anew. */
void operation_form_changed(struct operation_form *f);
enum err_code operation_form_fill(const struct operation_form *f, struct act *act,
                                  struct err *err) MUST_CHECK;
/* What must be known of the field under the cursor: how much of a limit is used; "" = nothing. */
void operation_form_note(const struct operation_form *f, char *out, size_t size);
/* Wall time when something that is shown is another one by itself; 0 = never. */
int64_t operation_form_next(const struct operation_form *f);
/* "Roll back a stage: sales-prod". */
void operation_form_title(const struct operation_form *f, char *out, size_t size);

#endif
