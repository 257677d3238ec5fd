/* What stands above the tree of the pipeline screen: where a CodePipeline is, its execution, its
 * revision and how its repository is cloned. */
#ifndef PENSTOCK_SCREENS_PIPELINE_HEAD_H
#define PENSTOCK_SCREENS_PIPELINE_HEAD_H

#include "screens/pipeline_lines.h"

enum { HEAD_ROWS = 3 }; /* without the note and the clone command */

/* Why it is not as one would wish: reading it failed, or what AWS or a person said of its end. */
struct sv head_note(const struct pipeline_part *part);
/* has_clone: a line is kept for the command, whether this one has it or not. */
void head_draw(const struct pipeline_part *part, bool has_clone, const struct view_look *look,
               struct canvas *c, struct rect area);
enum err_code head_print(const struct pipeline_part *part, const struct view_look *look,
                         struct sb *out, struct err *err) MUST_CHECK;

#endif
