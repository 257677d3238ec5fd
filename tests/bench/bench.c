#include "bench.h"

#include <sys/stat.h>
#include <time.h>

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t bench_wall_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t bench_cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

long bench_peak_kb(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    long kb = 0;

    while (file != NULL && kb == 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return kb;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return bench_rank(values, count, 0.5);
}

double bench_rank(const double *sorted, size_t count, double rank)
{
    return count == 0 ? 0 : sorted[(size_t)(rank * (double)(count - 1))];
}

void bench_put(const char *key, double value)
{
    printf("%s %.9g\n", key, value);
    fflush(stdout);
}

void bench_end(const char *what, const struct err *err)
{
    fprintf(stderr, "%s%s%s\n", what, err != NULL ? ": " : "", err != NULL ? err->text : "");
    exit(EXIT_FAILURE);
}

void bench_must(enum err_code rc, const char *what, const struct err *err)
{
    if (rc)
        bench_end(what, err);
}

long bench_number(const char *text)
{
    char *end = NULL;
    long value = text == NULL ? 0 : strtol(text, &end, 10);

    if (value <= 0 || *end != '\0')
        bench_end("a whole number above 0 is needed", NULL);
    return value;
}

const char *bench_path(const char *dir, const char *name)
{
    static char paths[4][4096];
    static unsigned next;
    char *path = paths[next++ % ARRAY_LEN(paths)];

    if (snprintf(path, sizeof paths[0], "%s/%s", dir, name) >= (int)sizeof paths[0])
        bench_end("the path is too long", NULL);
    return path;
}

long bench_file_bytes(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (long)st.st_size : 0;
}
