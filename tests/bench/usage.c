#include "usage.h"

#include <dirent.h>

#include "core/base/text.h"

enum { PATH_SIZE = 320 };

/* The number behind "name" at the start of a line; 0 when there is none. */
static int64_t number_in(const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    char line[512];
    int64_t value = 0;

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) != 0)
            continue;
        value = strtoll(line + strlen(name), NULL, 10);
        break;
    }
    if (file != NULL)
        fclose(file);
    return value;
}

static void add_schedule(struct usage *sum, const char *path)
{
    FILE *file = fopen(path, "re");
    long long ran = 0;
    long long waited = 0;

    if (file == NULL)
        return;
    if (fscanf(file, "%lld %lld", &ran, &waited) == 2) {
        sum->cpu_ns += ran;
        sum->waited_ns += waited;
    }
    fclose(file);
}

static void add_thread(struct usage *sum, pid_t pid, const char *thread)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, thread);
    add_schedule(sum, path);
    snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid, thread);
    sum->wakeups += number_in(path, "voluntary_ctxt_switches:");
    sum->wakeups += number_in(path, "nonvoluntary_ctxt_switches:");
}

struct usage usage_of(pid_t pid)
{
    struct usage sum = {0};
    struct dirent *entry;
    char path[PATH_SIZE];
    DIR *threads;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    threads = opendir(path);
    while (threads != NULL && (entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] != '.')
            add_thread(&sum, pid, entry->d_name);
    }
    if (threads != NULL)
        closedir(threads);
    snprintf(path, sizeof path, "/proc/%d/io", (int)pid);
    sum.writes = number_in(path, "syscw:");
    return sum;
}

long usage_pss_kb(pid_t pid)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    return (long)number_in(path, "Pss:");
}
