/* One execution as a page: who and when, what it carried, its timeline, how long its stages took
 * beside what is usual, its errors. */
#ifndef PENSTOCK_VIEWS_EXECUTION_PAGE_H
#define PENSTOCK_VIEWS_EXECUTION_PAGE_H

#include "core/operate/carried.h"
#include "core/operate/failure.h"
#include "core/views/page.h"
#include "core/views/timeline.h"

struct execution_page {
    const struct pipeline_part *part;
    const struct execution *execution;
    const struct carried *carried; /* NULL = not read */
    const char *reading; /* what is to be said instead: that it is being read, or why not */
    const char
        *unread; /* why nothing is known of how its actions ran; NULL = what is known is all */
    const struct timeline *timeline;
    const struct failure *failure; /* NULL = its card was not read */
};
void execution_page_write(const struct execution_page *e, struct page *p);

/* WAITING also: AWS says InProgress of what waits for an approval. */
enum status execution_status(const struct pipeline_part *part, const struct execution *execution);
/* How long it took, or takes; -1 = not known. */
int64_t execution_took(const struct execution *execution, int64_t now_ms);
/* Of its latest commit; empty when none is known. carried may be NULL. */
struct sv carried_author(const struct carried *carried);
struct sv revision_short(struct sv revision);
/* "3 commits, 12 files since 91ac0002", "the same commit as 91ac0002", ... of one source. */
void carried_summary(const struct carried *carried, const struct carried_source *source,
                     struct page *p);
/* Lines of commits and files, at most so many, then how many more there are. */
void carried_commits(const struct carried_source *source, size_t most, struct page *p);
void carried_files(const struct carried_source *source, size_t most, struct page *p);

#endif
