/* A program being driven through a pseudo-terminal: what its start cost, and one step after
 * another.
 *
 * Figures are printed as they are found; what cannot be measured ends the driver. */
#ifndef PENSTOCK_BENCH_DRIVE_H
#define PENSTOCK_BENCH_DRIVE_H

#include "picture.h"
#include "pty.h"
#include "usage.h"

enum { DRIVE_START_LIMIT_MS = 20000 };

struct drive {
    int rows;
    int cols;
    const char *until;
    bool ignores_hangup;
    bool shows; /* screens, on standard error */
    int quiet_ms;
    int calm_ms;
    struct pty pty;
    struct picture *picture;
    size_t shown; /* chunks that the picture knows */
};

void drive_start(struct drive *d, char **argv);
void drive_step(struct drive *d, char *text); /* writes into it */
/* Start it so often, each time closing its terminal once it is painted. */
void drive_hangups(struct drive *d, char **argv, long count);
void drive_end(struct drive *d);

void drive_show(struct drive *d); /* what has come and is not in the picture yet */
/* True when the screen has this text. */
bool drive_has(struct drive *d, const char *text);
double drive_ms_since(int64_t began_ns, int64_t at_ns);
/* The median, the 99th percentile and the maximum, as NAME_unit, NAME_p99_unit, NAME_max_unit. */
void drive_put_ranks(const char *name, const char *unit, double *values, size_t count);

#endif
