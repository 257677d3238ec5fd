/* How long a CodePipeline's stages take, and how it delivers: the pane below its executions. */
#ifndef PENSTOCK_SCREENS_EXECUTIONS_PANE_H
#define PENSTOCK_SCREENS_EXECUTIONS_PANE_H

#include "core/views/pipeline_tree.h"
#include "core/views/view.h"
#include "tui/canvas.h"

enum { DURATIONS_HEAD = 2 }; /* rows above the stages */

void durations_draw(const struct pipeline_part *part, const struct view_look *look,
                    struct canvas *c, struct rect area);
/* A line for each stage. */
enum err_code durations_print(const struct pipeline_part *part, struct sb *out,
                              struct err *err) MUST_CHECK;

/* Below them the figures of delivery, as figures_text wrote them: with a blank row and a title. */
int figures_lines(const struct sb *figures); /* 0 when there are none */
void figures_draw(const struct sb *figures, struct canvas *c, struct rect area);

#endif
