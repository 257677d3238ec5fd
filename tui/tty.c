#include "tui/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/time.h"

enum {
    BLOCKING_CHUNK = 256, /* on a descriptor that blocks: there is room for so much, poll says */
    SLOW_MS = 300,        /* a frame that takes longer is a slow one */
    STUCK_MS = 1000,
    SLOW_STEP = 5, /* three slow frames make a slow terminal, twelve fast ones end it */
    SLOW_FROM = 12,
    SLOW_MAX = 24,
    DRAIN_MAX_MS = 10000
};

static struct {
    struct termios found;
    struct sb waiting;
    size_t written; /* of what is waiting */
    uint64_t bytes;
    int64_t blocked_ms; /* since when the terminal has not taken all; 0 = it has */
    int slowness;
    int fd;
    bool is_blocking;
    bool has_settings;
    bool is_gone;
} tty = {.fd = -1};

void tty_open(void)
{
    tty.has_settings = tcgetattr(STDIN_FILENO, &tty.found) == 0;
    tty.is_gone = false;
    tty.blocked_ms = 0;
    tty.slowness = 0;
    tty.written = 0;
    sb_init(&tty.waiting, TTY_WAITING_MAX);
    /* By way of /proc also where the terminal's name means nothing, as in a container. */
    tty.fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    tty.is_blocking = tty.fd < 0; /* another user's terminal, after su */
    if (tty.is_blocking)
        tty.fd = STDOUT_FILENO;
}

void tty_close(void)
{
    if (!tty.is_blocking && tty.fd >= 0)
        close(tty.fd);
    tty.fd = -1;
    sb_release(&tty.waiting);
}

const struct termios *tty_found(void)
{
    return &tty.found;
}

/* Output is not processed: what moves the cursor by newlines and tabs counts on that. */
void tty_take(void)
{
    struct termios modes = tty.found;

    modes.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
    modes.c_iflag &= (tcflag_t) ~(ICRNL | INLCR | IGNCR | ISTRIP);
    modes.c_oflag &= (tcflag_t)~OPOST;
    modes.c_cc[VMIN] = 0;
    modes.c_cc[VTIME] = 0;
    if (tty.has_settings)
        tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

/* From the background the signal would stop us, with the terminal still in our settings. */
static void set_from_anywhere(const struct termios *modes)
{
    sigset_t ttou;
    sigset_t before;

    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    sigprocmask(SIG_BLOCK, &ttou, &before);
    if (tty.has_settings)
        tcsetattr(STDIN_FILENO, TCSANOW, modes);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void tty_give_back(void)
{
    set_from_anywhere(&tty.found);
}

bool tty_size(int *rows, int *cols)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return false;
    *rows = size.ws_row;
    *cols = size.ws_col;
    return true;
}

size_t tty_read(char *bytes, size_t size)
{
    ssize_t count = read(STDIN_FILENO, bytes, size);

    if (count < 0 && errno != EAGAIN && errno != EINTR)
        tty.is_gone = true;
    return count > 0 ? (size_t)count : 0;
}

bool tty_is_alive(void)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

    if (!tty.is_gone && poll(&fd, 1, 0) >= 0)
        tty.is_gone = (fd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    return !tty.is_gone;
}

int tty_fd(void)
{
    return tty.fd;
}

bool tty_is_busy(void)
{
    return tty.waiting.len > 0;
}

bool tty_add(struct sv bytes)
{
    return !sb_add(&tty.waiting, bytes, NULL);
}

static void note_speed(void)
{
    bool was_slow = tty.blocked_ms != 0 && time_mono_ms() - tty.blocked_ms > SLOW_MS;

    tty.blocked_ms = 0;
    if (was_slow)
        tty.slowness += tty.slowness + SLOW_STEP > SLOW_MAX ? 0 : SLOW_STEP;
    else if (tty.slowness > 0)
        tty.slowness--;
}

static void note_blocked(void)
{
    int64_t now = time_mono_ms();

    if (tty.blocked_ms == 0)
        tty.blocked_ms = now;
    else if (now - tty.blocked_ms > STUCK_MS)
        tty.slowness = SLOW_MAX;
}

/* Signals do not end the wait: what restores the terminal is written while its window is resized,
 * too. */
static bool is_ready(int ms)
{
    struct pollfd fd = {.fd = tty.fd, .events = POLLOUT};
    int64_t end = time_mono_ms() + ms;
    int count;

    do {
        count = poll(&fd, 1, ms);
        ms = (int)(end - time_mono_ms());
    } while (count < 0 && errno == EINTR && ms > 0);
    return count > 0;
}

/* What could be written; 0 when nothing can be now. */
static size_t write_some(void)
{
    size_t count = tty.waiting.len - tty.written;
    ssize_t written;

    if (tty.is_blocking) {
        count = count < BLOCKING_CHUNK ? count : BLOCKING_CHUNK;
        if (!is_ready(0))
            return 0;
    }
    written = write(tty.fd, tty.waiting.ptr + tty.written, count);
    if (written < 0 && errno != EAGAIN && errno != EINTR)
        tty.is_gone = true;
    return written > 0 ? (size_t)written : 0;
}

void tty_flush(void)
{
    size_t count = 1;

    if (tty.waiting.len == 0)
        return;
    while (tty.written < tty.waiting.len && count > 0) {
        count = write_some();
        tty.written += count;
        tty.bytes += count;
    }
    if (tty.written < tty.waiting.len && !tty.is_gone) {
        note_blocked();
        return;
    }
    note_speed();
    sb_clear(&tty.waiting);
    tty.written = 0;
}

void tty_drain(int ms)
{
    int64_t end = time_mono_ms() + DRAIN_MAX_MS;

    tty_flush();
    while (tty_is_busy() && time_mono_ms() < end && is_ready(ms))
        tty_flush();
}

void tty_drain_last(void)
{
    struct termios going = tty.found;

    tty_drain(SLOW_MS);
    if (!tty_is_busy())
        return;
    going.c_iflag &= (tcflag_t)~IXON;
    set_from_anywhere(&going);
    tty_drain(STUCK_MS);
}

bool tty_is_slow(void)
{
    return tty.slowness >= SLOW_FROM;
}

uint64_t tty_bytes(void)
{
    return tty.bytes;
}
