/* Reading a pipeline's history: the executions and how their actions ran, and what one of them
 * carried. Each is a reading_fn (core/operate/reading.h): into the cache. */
#ifndef PENSTOCK_OPERATE_HISTORY_H
#define PENSTOCK_OPERATE_HISTORY_H

#include "core/operate/reading.h"

/* what->id: the last CACHE_EXECUTIONS_MAX executions and their action runs; where the first source
 * is a CodeCommit repository that may be read, also their commits, for when they were written. */
reading_fn history_read;
/* what->execution_id, or the latest, against the execution that succeeded before it: struct carried
 * as a document. ERR_NOT_FOUND when AWS does not list it any more. A source whose commits cannot be
 * read says why in the document. */
reading_fn execution_read;
/* Before that how its actions ran, into the cache: what an execution's page shows. That they cannot
 * be read does not keep the rest from being read; it is returned at the end. */
reading_fn execution_page_read;
/* what->execution_id against the earlier execution whose id is what->commit, as a document of the
 * two; and each of them alone, where that was not read yet. */
reading_fn compare_read;
/* What every approval that waits would release, where it was not read yet: released_read of each
 * one's execution, of 40 at most; before that the runs of the PARALLEL pipelines that ran lately,
 * of 20 at most, since any of their executions may wait. One that fails does not keep the others
 * from being read; the first failure is returned at the end, else ERR_LIMIT when there were more.
 * Only where the deploy's contexts are. what does not matter. */
reading_fn approvals_read;

#endif
