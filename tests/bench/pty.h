/* A program on a pseudo-terminal of its own, and every byte it writes there with the moment it
 * came.
 *
 * The terminal answers nothing. Nobody else holds it open, so that closing our end is a hang-up. */
#ifndef PENSTOCK_BENCH_PTY_H
#define PENSTOCK_BENCH_PTY_H

#include "bench.h"

#include <sys/types.h>

struct chunk {
    int64_t at_ns; /* bench_wall_ns when it had been read */
    size_t start;  /* in bytes */
    size_t len;
};

struct pty {
    int fd;     /* our end; -1 after the hang-up */
    int end_fd; /* readable when the program has ended */
    pid_t pid;
    int64_t began_ns; /* just before it was started */
    struct chunk *chunks;
    size_t chunk_count;
    size_t chunk_room;
    char *bytes;
    size_t len;
    size_t room;
};

/* argv[0] is looked for in PATH; the program leads a session whose terminal this is. */
void pty_open(struct pty *p, int rows, int cols, bool ignores_hangup, char **argv);
/* Kills what has not ended yet. */
void pty_close(struct pty *p);

/* Read once; false when nothing came within so long. */
bool pty_take(struct pty *p, int64_t wait_ns);
/* Read until that long nothing came, at most until the limit. With needs_byte the silence only
 * begins with a first byte. */
void pty_settle(struct pty *p, int quiet_ms, int limit_ms, bool needs_byte);
/* The moment before they were written. */
int64_t pty_press(struct pty *p, const char *bytes, size_t len);
void pty_hang_up(struct pty *p);
/* True when it ended within so long; it is then still a zombie, whose figures can be read. */
bool pty_wait_end(const struct pty *p, int limit_ms);

#endif
