/* What can be copied of a pipeline's row: its name, its ARN, the commands that show it. */
#ifndef PENSTOCK_SCREENS_COPYING_H
#define PENSTOCK_SCREENS_COPYING_H

#include "tui/screen.h"

/* ERR_NOT_FOUND for what the row does not have. */
enum err_code copy_of_row(const struct pipeline_row *row, enum copy what, struct sb *out,
                          struct err *err) MUST_CHECK;

/* One word of a shell's command line: in single quotes when it needs them. */
enum err_code add_shell_word(struct sb *out, struct sv text, struct err *err) MUST_CHECK;
/* The page of the AWS console about a CodePipeline. */
enum err_code add_console_url(struct sb *out, const struct pipeline_id *id,
                              struct err *err) MUST_CHECK;

#endif
