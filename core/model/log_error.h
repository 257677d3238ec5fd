/* Which lines of a build's log tell of an error: by their words, since every tool has its own. */
#ifndef PENSTOCK_MODEL_LOG_ERROR_H
#define PENSTOCK_MODEL_LOG_ERROR_H

#include "core/base/text.h"

/* "error", "failed", "exception" and their like, but not "0 errors" or "no failures". */
bool log_line_is_error(struct sv line);
/* CodeBuild's own line that a phase has failed: what made it fail stands before it. */
bool log_line_is_end(struct sv line);
/* CodeBuild's own line that a command begins: what it prints stands behind it. */
bool log_line_is_command(struct sv line);

#endif
