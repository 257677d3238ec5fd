/* One CloudFormation stack as a page shows it: how it stands, its resources, the events of its last
 * operation, outputs, parameters, tags, change sets and drift. A document of the cache, written by
 * stack_read; what is over the caps below is left out, the oldest events first. */
#ifndef PENSTOCK_OPERATE_STACK_PAGE_H
#define PENSTOCK_OPERATE_STACK_PAGE_H

#include "core/aws/cloudformation.h"
#include "core/operate/reading.h"

enum {
    STACK_PAGE_RESOURCES = 500,
    STACK_PAGE_EVENTS = 500,
    STACK_PAGE_PAIRS = 200,
    STACK_PAGE_SETS = 20,
    STACK_PAGE_CHANGES = 50, /* of one change set */
    STACK_PAGE_DRIFTS = 200,
    STACK_PAGE_DIFFERENCES = 20 /* of one resource */
};

struct stack_page {
    struct stack stack;
    struct stack_resource *resources;
    size_t resource_count;
    struct stack_event *events; /* newest first */
    size_t event_count;
    struct change_set *sets;
    size_t set_count;
    struct resource_drift *drifts; /* those that drifted */
    size_t drift_count;
    struct drift_detection detection; /* the one that this penstock began; status "" = none */
    struct sv note;                   /* what of it could not be read, and why; "" = all was */
};

/* Members of an object that is open. For the document the times are numbers, for people texts. */
struct jw;
void stack_page_json(struct jw *w, const struct stack_page *page, bool is_document);
/* The stack that what->stack names, in what->id's account and region; from the cache.
 * ERR_NOT_FOUND when it was not read yet. */
enum err_code stack_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                             struct stack_page *out, int64_t *read_at, struct err *err) MUST_CHECK;
enum err_code stack_page_put(struct cache *cache, const struct operand *what,
                             const struct stack_page *page, struct err *err) MUST_CHECK;

/* "arn:aws:cloudformation:eu-west-1:1:stack/sales/1" is sales; a name is itself. */
struct sv stack_name_of(struct sv name_or_arn);
/* It will look different soon, by itself. */
bool stack_page_is_busy(const struct stack_page *page);
/* The first resource that failed in the last operation; NULL when none did, or nobody knows. */
const struct stack_event *stack_page_failure(const struct stack_page *page);

/* Events are added to those of the document before, each once, in order. */
reading_fn stack_read;
/* Has AWS look for drift, waits for it, and reads the stack with what was found. */
reading_fn stack_drift_read;

#endif
