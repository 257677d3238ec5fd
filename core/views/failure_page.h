/* Why an execution failed, as one page: each action's error, its build's phase, the log around the
 * error, its stack's first failed resource, what is new since the last success, how often it failed
 * lately, and what can be done next. */
#ifndef PENSTOCK_VIEWS_FAILURE_PAGE_H
#define PENSTOCK_VIEWS_FAILURE_PAGE_H

#include "core/operate/carried.h"
#include "core/operate/failure.h"
#include "core/views/page.h"

struct failure_page {
    struct pipeline_id id;
    struct failure failure;
    struct carried carried;
    bool has_carried;
    int64_t read_at;
    /* lately: executions that have ended, among the last ones */
    int ended;
    int failed;
    int64_t succeeded_at; /* the last success before it; 0 = none is known */
    struct sv succeeded_id;
};

/* From the cache; texts in the arena. ERR_NOT_FOUND when the card was not read yet. */
enum err_code failure_page_load(struct cache *cache, const struct operand *what,
                                struct arena *arena, struct failure_page *out,
                                struct err *err) MUST_CHECK;
/* is_console: next steps as keys; else as commands. */
void failure_page_write(const struct failure_page *f, bool is_console, struct page *p);
/* What AWS's error does not tell: why the resource failed, else the log's first error; "" when
 * there is nothing more. */
struct sv failure_cause(const struct failed_action *action);
enum err_code failure_page_json(const struct failure_page *f, struct sb *out,
                                struct err *err) MUST_CHECK;

#endif
