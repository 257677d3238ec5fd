/* spawn ROUNDS WARMUPS CMD ARG... [::: CMD ARG...]... : start each command in turn, round after
 * round, and print "index wall_us cpu_us peak_kb status" for each run.
 *
 * Taking turns pairs the commands: both see the same phase of a noisy machine. It is C because a
 * child's peak memory begins with that of the process that started it, and Python's would hide
 * ours. Output of the commands goes to /dev/null. */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { COMMAND_MAX = 8 };

static int64_t micros(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static void run(int index, char **argv, bool is_warmup)
{
    posix_spawn_file_actions_t files;
    struct rusage usage;
    int64_t began;
    int64_t took;
    pid_t pid;
    int status;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    began = bench_wall_ns();
    if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) != 0)
        bench_end(argv[0], NULL);
    while (wait4(pid, &status, 0, &usage) < 0)
        continue;
    took = bench_wall_ns() - began;
    posix_spawn_file_actions_destroy(&files);
    if (!is_warmup)
        printf("%d %lld %lld %ld %d\n", index, (long long)(took / 1000),
               (long long)(micros(usage.ru_utime) + micros(usage.ru_stime)), usage.ru_maxrss,
               WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char **argv)
{
    char **commands[COMMAND_MAX] = {NULL};
    int count = 0;
    long rounds;
    long warmups;

    if (argc < 4)
        bench_end("usage: spawn ROUNDS WARMUPS CMD ARG... [::: CMD ARG...]", NULL);
    rounds = bench_number(argv[1]);
    warmups = strtol(argv[2], NULL, 10);
    commands[count++] = argv + 3;
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], ":::") != 0)
            continue;
        argv[i] = NULL;
        if (count == COMMAND_MAX || i + 1 == argc)
            bench_end("too many commands, or an empty one", NULL);
        commands[count++] = argv + i + 1;
    }
    for (long round = -warmups; round < rounds; round++) {
        for (int i = 0; i < count; i++)
            run(i, commands[i], round < 0);
    }
    return 0;
}
