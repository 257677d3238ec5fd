/* What the benchmark programs share: clocks, medians and the lines that tests/bench/run reads.
 *
 * A program prints "key value" lines and nothing else on standard output. One that cannot measure
 * ends at once with a sentence: a benchmark has nobody to recover for. */
#ifndef PENSTOCK_BENCH_BENCH_H
#define PENSTOCK_BENCH_BENCH_H

#include "core/base/text.h"

int64_t bench_wall_ns(void);
int64_t bench_cpu_ns(void); /* of this process */
long bench_peak_kb(void);   /* VmHWM: getrusage's figure begins with that of who started us */
double bench_median(double *values, size_t count); /* sorts them */
double bench_rank(const double *sorted, size_t count, double rank);

void bench_put(const char *key, double value);
NORETURN void bench_end(const char *what, const struct err *err);
/* Ends the program when rc is a failure. */
void bench_must(enum err_code rc, const char *what, const struct err *err);
/* A whole positive number, or the end. */
long bench_number(const char *text);
/* dir/name in one of a few static buffers. */
const char *bench_path(const char *dir, const char *name);
long bench_file_bytes(const char *path); /* 0 when there is none */

#endif
