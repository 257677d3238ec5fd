/* One cell of the list of executions, as text. */
#ifndef PENSTOCK_SCREENS_EXECUTIONS_CELL_H
#define PENSTOCK_SCREENS_EXECUTIONS_CELL_H

#include "core/views/executions.h"
#include "core/views/view.h"

/* name: the column's; with a wide look ids and revisions are whole. Not cleaned. */
void execution_cell_write(const struct execution_row *row, const char *name,
                          const struct view_look *look, struct sb *out);

#endif
