/* Pages: a list that is complete, given out part by part. A token is how many were given before. */
#ifndef PENSTOCK_SANDBOX_PAGE_H
#define PENSTOCK_SANDBOX_PAGE_H

#include "core/sandbox/call.h"

struct page {
    const char *list; /* members of the output */
    const char *next;
    const char *flag;  /* "IsTruncated", or NULL */
    const char *limit; /* members of the input */
    const char *token;
    int64_t usual;
    int64_t most;
    const char *bad_token; /* the error of one that is not ours */
};
/* Takes the list; NULL means that memory was short. */
void page_put(struct call *c, const struct page *page, cJSON *list);

/* A row for a record; NULL leaves it out. */
typedef cJSON *page_row_fn(struct call *c, const cJSON *value);
/* Rows of all records of that kind, region and beginning of their names. */
cJSON *page_collect(struct call *c, const char *kind, struct sv region, struct sv prefix,
                    page_row_fn *fn);

#endif
