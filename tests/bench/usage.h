/* What /proc tells about another process: time on a processor, wake-ups, writes, memory. */
#ifndef PENSTOCK_BENCH_USAGE_H
#define PENSTOCK_BENCH_USAGE_H

#include "bench.h"

#include <sys/types.h>

struct usage {
    int64_t cpu_ns;    /* of all its threads */
    int64_t waited_ns; /* ready to run while others ran */
    int64_t wakeups;   /* how often it went to sleep, or was made to wait, and came back */
    int64_t writes;    /* calls of write() and its kin */
};
struct usage usage_of(pid_t pid);
long usage_pss_kb(pid_t pid); /* the proportional set size; 0 when it has gone */

#endif
