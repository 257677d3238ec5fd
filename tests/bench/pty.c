#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"

extern char **environ;

enum { READ_SIZE = 65536, BYTES_MAX = 64 << 20 };

static void open_end(struct pty *p, int rows, int cols, char *name, size_t size)
{
    struct winsize window = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    p->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (p->fd < 0 || grantpt(p->fd) != 0 || unlockpt(p->fd) != 0 ||
        ptsname_r(p->fd, name, size) != 0 || ioctl(p->fd, TIOCSWINSZ, &window) != 0)
        bench_end("no pseudo-terminal", NULL);
}

/* A session leader without a terminal gets the first one it opens. */
static void start(struct pty *p, const char *name, bool ignores_hangup, char **argv)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t defaults;
    int rc;

    sigfillset(&defaults);
    signal(SIGHUP, ignores_hangup ? SIG_IGN : SIG_DFL);
    if (ignores_hangup)
        sigdelset(&defaults, SIGHUP);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, name, O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&files, 0, 1);
    posix_spawn_file_actions_adddup2(&files, 0, 2);
    p->began_ns = bench_wall_ns();
    rc = posix_spawnp(&p->pid, argv[0], &files, &attr, argv, environ);
    if (rc != 0)
        bench_end(argv[0], NULL);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    signal(SIGHUP, SIG_DFL);
}

void pty_open(struct pty *p, int rows, int cols, bool ignores_hangup, char **argv)
{
    char name[128];

    *p = (struct pty){.fd = -1};
    open_end(p, rows, cols, name, sizeof name);
    start(p, name, ignores_hangup, argv);
    p->end_fd = pidfd_open(p->pid, 0);
    if (p->end_fd < 0)
        bench_end("no pidfd", NULL);
}

void pty_close(struct pty *p)
{
    kill(p->pid, SIGKILL);
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    pty_hang_up(p);
    close(p->end_fd);
    mem_free(p->chunks);
    mem_free(p->bytes);
}

static void make_room(struct pty *p)
{
    if (p->len > BYTES_MAX)
        bench_end("the program writes without end", NULL);
    if (p->room - p->len < READ_SIZE) {
        p->room = p->room * 2 + READ_SIZE;
        p->bytes = mem_resize(p->bytes, p->room, 1);
    }
    if (p->chunk_count == p->chunk_room) {
        p->chunk_room = p->chunk_room * 2 + 64;
        p->chunks = mem_resize(p->chunks, p->chunk_room, sizeof *p->chunks);
    }
    if (p->bytes == NULL || p->chunks == NULL)
        bench_end("no memory", NULL);
}

static bool wait_for(int fd, int64_t wait_ns)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};

    return wait_ns >= 0 && ppoll(&one, 1, &wait, NULL) > 0;
}

bool pty_take(struct pty *p, int64_t wait_ns)
{
    ssize_t got;

    make_room(p);
    if (p->fd < 0 || !wait_for(p->fd, wait_ns))
        return false;
    got = read(p->fd, p->bytes + p->len, READ_SIZE);
    if (got <= 0) {
        pty_hang_up(p); /* its end is closed: it has gone */
        return false;
    }
    p->chunks[p->chunk_count++] = (struct chunk){bench_wall_ns(), p->len, (size_t)got};
    p->len += (size_t)got;
    return true;
}

void pty_settle(struct pty *p, int quiet_ms, int limit_ms, bool needs_byte)
{
    int64_t limit = bench_wall_ns() + (int64_t)limit_ms * 1000000;
    int64_t quiet = bench_wall_ns() + (int64_t)quiet_ms * 1000000;

    if (needs_byte)
        quiet = limit;
    for (int64_t now = bench_wall_ns(); now < quiet && now < limit && p->fd >= 0;
         now = bench_wall_ns()) {
        if (pty_take(p, (quiet < limit ? quiet : limit) - now))
            quiet = p->chunks[p->chunk_count - 1].at_ns + (int64_t)quiet_ms * 1000000;
    }
}

int64_t pty_press(struct pty *p, const char *bytes, size_t len)
{
    int64_t at = bench_wall_ns();

    for (size_t sent = 0; sent < len;) {
        ssize_t put = write(p->fd, bytes + sent, len - sent);

        if (put <= 0)
            bench_end("the program takes no key: it has gone", NULL);
        sent += (size_t)put;
    }
    return at;
}

void pty_hang_up(struct pty *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

bool pty_wait_end(const struct pty *p, int limit_ms)
{
    return wait_for(p->end_fd, (int64_t)limit_ms * 1000000);
}
