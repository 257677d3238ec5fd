/* What the bytes of a program look like on a terminal: libvterm, as far as measuring needs it. */
#ifndef PENSTOCK_BENCH_PICTURE_H
#define PENSTOCK_BENCH_PICTURE_H

#include "bench.h"

struct picture;

struct picture *picture_new(int rows, int cols);
void picture_free(struct picture *p);
void picture_feed(struct picture *p, const char *bytes, size_t len);
/* The text of all rows, each ended by a newline; borrowed until the next call. */
const char *picture_text(struct picture *p);
/* The row that has '>' in one of its first two cells; -1 when none has. */
int picture_cursor(struct picture *p);

#endif
