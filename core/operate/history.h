/* Reading a pipeline's history: the executions and how their actions ran, and what one of them
 * carried. Each is a reading_fn (core/operate/reading.h): into the cache. */
#ifndef PENSTOCK_OPERATE_HISTORY_H
#define PENSTOCK_OPERATE_HISTORY_H

#include "core/operate/reading.h"

/* what->id: the last CACHE_EXECUTIONS_MAX executions and their action runs. */
reading_fn history_read;
/* what->execution_id against the execution that succeeded before it or, when what->commit is given,
 * against the execution of that id: struct carried as a document. ERR_NOT_FOUND when AWS does not
 * list it any more. A source whose commits cannot be read says why in the document. */
reading_fn execution_read;

#endif
