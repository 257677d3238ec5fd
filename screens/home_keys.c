/* What keys do at home: what is under the cursor, and what is begun on it. */
#include "screens/home.h"
#include "screens/removal.h"

static const struct board_row *row_at_cursor(const struct home *h)
{
    return h->list.table.count > 0 ? &h->board.rows[h->list.table.index] : NULL;
}

const struct board_cell *home_cell(const struct home *h)
{
    const struct board_row *row = row_at_cursor(h);

    return row != NULL && h->cell >= 0 && h->cell < h->matrix.count
               ? matrix_cell(&h->matrix, row, h->cell)
               : NULL;
}

bool home_pipeline(const struct home *h, struct pipeline_row *out)
{
    const struct board_row *row = row_at_cursor(h);
    const struct board_cell *cell = home_cell(h);

    if (row == NULL)
        return false;
    *out = row->lead;
    if (cell == NULL || cell->rowid == row->lead.rowid)
        return true;
    *out = (struct pipeline_row){.rowid = cell->rowid,
                                 .id = row->lead.id,
                                 .status = cell->status,
                                 .execution_id = cell->execution_id,
                                 .revision = cell->revision};
    out->id.name = cell->name;
    return true;
}

size_t home_targets(const void *state, struct target *out, size_t max)
{
    const struct home *h = state;
    struct pipeline_row row;
    struct target cursor;

    if (!home_pipeline(h, &row))
        return marks_targets(&h->marks, NULL, out, max);
    target_of_row(&row, &cursor);
    return marks_targets(&h->marks, &cursor, out, max);
}

static unsigned mark(struct home *h, struct answer *out)
{
    struct pipeline_row row;
    struct target target;

    if (!home_pipeline(h, &row))
        return REACT_NONE;
    target_of_row(&row, &target);
    return marks_toggle(&h->marks, &target, out) |
           (h->cell == NO_CELL ? list_move(&h->list, CMD_DOWN) : REACT_NONE);
}

/* The row as a whole is opened by its logical name. */
static unsigned open_row(const struct home *h, const char *screen, bool as_logical,
                         struct answer *out)
{
    struct pipeline_row row;

    if (!home_pipeline(h, &row))
        return REACT_NONE;
    if (as_logical && home_cell(h) == NULL)
        row.id.name = row.logical;
    target_of_row(&row, &out->target);
    out->screen = screen;
    if (screen == NULL)
        return REACT_NOTIFY;
    if (h->at_ms != 0)
        answer_say(out, STYLE_ATTENTION, "this is how it is now: only the board shows the past");
    return out->react | REACT_OPEN;
}

/* By its logical name: what is done to it is done to all of its CodePipelines. */
static unsigned open_change(const struct home *h, bool is_removal, struct answer *out)
{
    const struct board_row *row = row_at_cursor(h);

    if (row == NULL)
        return REACT_NONE;
    return is_removal ? open_removal_of(row->lead.logical, out)
                      : open_edit_of(row->lead.logical, out);
}

static unsigned reorder(struct home *h, enum sort sort, bool reverse)
{
    h->sort = sort;
    h->reverse = reverse;
    return list_restart(&h->list);
}

static unsigned show_problems(struct home *h, bool only_problems)
{
    h->only_problems = only_problems;
    return REACT_DRAW | REACT_LOAD;
}

/* Only among the environments that have a column; from the first one back to the row. */
static unsigned move_cell(struct home *h, int by)
{
    struct matrix_layout at;
    int next = h->cell + by;

    matrix_layout(&h->matrix, h->cols, LOOK_AGE, &at);
    if (next < NO_CELL || next >= at.cells)
        return REACT_NONE;
    h->cell = next;
    return REACT_DRAW;
}

static unsigned step(struct home *h, int by)
{
    h->step = by;
    return REACT_DRAW | REACT_LOAD;
}

static unsigned return_to_now(struct home *h)
{
    if (h->at_ms == 0)
        return REACT_NONE;
    if (h->was_opened_there)
        return REACT_LEAVE;
    h->at_ms = 0;
    h->has_no_step = false;
    return REACT_DRAW | REACT_LOAD;
}

static unsigned go_back(struct home *h)
{
    if (h->is_filtered)
        return REACT_CLEAR;
    if (h->marks.count > 0) {
        h->marks.count = 0;
        return REACT_DRAW;
    }
    if (h->cell != NO_CELL) {
        h->cell = NO_CELL;
        return REACT_DRAW;
    }
    return h->only_problems ? show_problems(h, false) : return_to_now(h);
}

static unsigned react(struct home *h, enum command command, struct sv argument, struct answer *out)
{
    enum sort sort = order_find(argument);

    if (command == CMD_SORT)
        return sort == SORT_COUNT ? order_ask(argument, out) : reorder(h, sort, false);
    if (command == CMD_REVERSE)
        return reorder(h, h->sort, !h->reverse);
    if (command == CMD_FILTER)
        return REACT_FILTER;
    if (command == CMD_PROBLEMS)
        return show_problems(h, !h->only_problems);
    if (command == CMD_BACK)
        return go_back(h);
    if (command == CMD_LEAVE)
        return h->at_ms != 0 ? return_to_now(h) : REACT_LEAVE;
    if ((command == CMD_NOW || command == CMD_STEP_ON) && h->at_ms == 0) {
        answer_say(out, STYLE_PLAIN, "this is now");
        return out->react;
    }
    if (command == CMD_NOW)
        return return_to_now(h);
    if (command == CMD_STEP_BACK || command == CMD_STEP_ON)
        return step(h, command == CMD_STEP_ON ? 1 : -1);
    if (command == CMD_LEFT || command == CMD_RIGHT)
        return move_cell(h, command == CMD_RIGHT ? 1 : -1);
    if (command == CMD_COPY)
        return REACT_COPY;
    if (command == CMD_COPY_MENU)
        return REACT_CHOOSE;
    if (command == CMD_OPEN)
        return open_row(h, "pipeline", true, out);
    if (command == CMD_EXECUTIONS)
        return open_row(h, "executions", false, out);
    if (command == CMD_DESCRIBE)
        return open_row(h, "describe", false, out);
    if (command == CMD_NOTIFY)
        return open_row(h, NULL, true, out);
    if (command == CMD_MARK)
        return mark(h, out);
    if (operation_page(command) != NULL)
        return open_row(h, operation_page(command), false, out);
    if (command == CMD_EDIT || command == CMD_DELETE)
        return open_change(h, command == CMD_DELETE, out);
    return list_move(&h->list, command);
}

void home_handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct home *h = state;

    out->react = react(h, command, argument, out);
    h->is_asked = h->is_asked || (out->react & (REACT_LOAD | REACT_MORE)) != 0;
}

bool home_choose(void *state, int number)
{
    struct home *h = state;

    return list_select(&h->list, number - 1);
}

/* The titles are the body's first line. */
bool home_point(void *state, int line)
{
    struct home *h = state;

    return line > 0 && line <= h->list.table.lines &&
           list_select(&h->list, h->list.table.top + line - 1);
}

/* The same for all rows: a move must not paint the hints anew. */
bool home_fits(const void *state, enum command command)
{
    const struct home *h = state;

    if (command == CMD_APPROVALS)
        return h->waiting > 0;
    return command != CMD_FAILURE || h->failed > 0;
}
