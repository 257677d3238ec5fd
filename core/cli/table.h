/* A view's rows on standard output: a table fitted to the terminal, an unshortened one for a pipe,
 * or tab-separated lines. Rows stream: only a block of them is held, to find the widths of an
 * unshortened table; they only grow from block to block. Every character goes through text_safe. */
#ifndef PENSTOCK_CLI_TABLE_H
#define PENSTOCK_CLI_TABLE_H

#include "core/cli/out.h"
#include "core/views/view.h"

enum { TABLE_BLOCK = 256 };

enum table_kind { TABLE_FITTED, TABLE_WHOLE, TABLE_PLAIN };

struct table_options {
    enum table_kind kind;
    int cells; /* FITTED: the terminal's width */
    bool has_colour;
    bool is_utf8; /* glyphs */
    bool is_7bit; /* the terminal would misread UTF-8: '?' for what is not ASCII */
    int64_t now_ms;
};

/* What standard output is: a terminal or not, its width, colour, charset. */
/* How wide the terminal is that stdout is; 0 when it is none. */
int table_cells(void);
void table_options_detect(bool is_ascii, bool is_plain, struct table_options *out);

struct table_cell {
    uint32_t len;
    int width;
};

struct table {
    const struct view *view;
    struct table_options options;
    struct out *out;
    struct sb raw;   /* one cell as the column wrote it */
    struct sb block; /* the cells of the rows that wait */
    int widths[VIEW_COLUMN_MAX];
    struct table_cell cells[TABLE_BLOCK][VIEW_COLUMN_MAX];
    enum status statuses[TABLE_BLOCK];
    size_t rows; /* waiting */
    size_t total;
};

/* The heading is written with the first row. */
void table_init(struct table *t, const struct view *view, const struct table_options *options,
                struct out *out);
enum err_code table_row(struct table *t, const struct pipeline_row *row,
                        struct err *err) MUST_CHECK;
enum err_code table_end(struct table *t, struct err *err) MUST_CHECK;
void table_release(struct table *t);

#endif
