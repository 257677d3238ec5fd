/* A repository as text: its branches, a commit, and where sources are that are none of
 * CodeCommit's. */
#ifndef PENSTOCK_VIEWS_REPOSITORY_TEXT_H
#define PENSTOCK_VIEWS_REPOSITORY_TEXT_H

#include "core/operate/repository_page.h"
#include "core/views/page.h"

enum { APART_SIZE = 48 };
/* "+2 -1", "+50+ -0", "=", "" when it was not counted: against the default branch. */
const char *branch_apart(const struct branch_row *row, char out[APART_SIZE]);
/* "sales-prod (prod)", of the pipelines that take the branch; nothing when none does. */
void branch_feeds(const struct repository_source *sources, size_t count, struct sv repository,
                  struct sv branch, struct sb *out);
void branches_write(const struct repository_page *page, const struct repository_source *sources,
                    size_t count, struct page *p);
/* What each source is, and its link. */
void sources_write(const struct repository_source *sources, size_t count, struct page *p);
void commit_write_page(const struct commit_page *commit, struct page *p);

#endif
