/* One approval as a page: all that is known of it. */
#ifndef PENSTOCK_VIEWS_APPROVALS_PAGE_H
#define PENSTOCK_VIEWS_APPROVALS_PAGE_H

#include "core/views/approvals.h"
#include "core/views/page.h"

/* reading: what is to be said while its commits were not read; NULL or "" = just that. */
void approval_page_write(const struct approval *a, const char *reading, struct page *p);

#endif
