/* A pipeline's history as text and JSON: what each execution carried and how long its stages took
 * (`penstock history`; README, "JSON"). */
#ifndef PENSTOCK_VIEWS_HISTORY_H
#define PENSTOCK_VIEWS_HISTORY_H

#include "core/views/execution_page.h"

struct jw;
/* One execution, as an object. */
void history_execution_json(struct jw *w, const struct execution_page *e);
/* What one carried, as an array of its sources. */
void history_sources_json(struct jw *w, const struct carried *carried);

/* A few lines of one execution: status, when, commits, stages. */
void history_execution_write(const struct execution_page *e, struct page *p);

#endif
