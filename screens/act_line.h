/* A line of an act's text that is being written: pieces with styles of their own. The first failure
 * ends it, and act_line_end tells it. */
#ifndef PENSTOCK_SCREENS_ACT_LINE_H
#define PENSTOCK_SCREENS_ACT_LINE_H

#include "tui/pager.h"

enum { ACT_SPANS_MAX = 8 };

struct act_line {
    struct sb text;
    struct pager_span spans[ACT_SPANS_MAX];
    size_t span_count;
    enum err_code rc;
    struct err *err;
};

void act_line_begin(struct act_line *l, struct err *err);
void act_line_put(struct act_line *l, enum style style, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Into the pager, its wrapped rows so many cells to the right. */
enum err_code act_line_end(struct act_line *l, struct pager *p, int hang) MUST_CHECK;
/* "AWS::S3::Bucket" says AWS to nobody who reads a plan for AWS. */
struct sv act_type(struct sv type);

#endif
