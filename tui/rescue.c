#include "tui/rescue.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "core/base/mem.h"

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static struct {
    volatile sig_atomic_t is_armed;
    int fd;
    struct termios saved;
    char leave[256];
    size_t len;
} rescue;

/* The terminal's descriptor may not block; one that takes nothing for a second is given up. */
static void write_leave(void)
{
    struct pollfd fd = {.fd = rescue.fd, .events = POLLOUT};
    size_t written = 0;

    while (written < rescue.len) {
        int ready = poll(&fd, 1, 1000);
        ssize_t count = -1;

        if (ready > 0)
            count = write(rescue.fd, rescue.leave + written, rescue.len - written);
        if (ready == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
            return;
        written += count > 0 ? (size_t)count : 0;
    }
}

/* In the background SIGTTOU would stop us half-way. Without flow control a terminal that ^S stopped
 * goes on. */
static void restore(void)
{
    struct termios going = rescue.saved;
    sigset_t ttou;

    if (!rescue.is_armed)
        return;
    rescue.is_armed = 0;
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    sigprocmask(SIG_BLOCK, &ttou, NULL);
    going.c_iflag &= (tcflag_t)~IXON;
    tcsetattr(rescue.fd, TCSANOW, &going);
    write_leave();
    tcsetattr(rescue.fd, TCSANOW, &rescue.saved);
}

/* SA_RESETHAND put the default back, so raising again ends us with the signal's own status. */
static void on_crash(int signo)
{
    restore();
    raise(signo);
}

void rescue_arm(int fd, const struct termios *saved, const char *leave)
{
    /* A stack overflow leaves no room for a handler on the stack that overflowed. */
    static char stack[16384];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER)};

    rescue.fd = fd;
    rescue.saved = *saved;
    rescue.len = strnlen(leave, sizeof rescue.leave);
    memcpy(rescue.leave, leave, rescue.len);
    rescue.is_armed = 1;
    sigaltstack(&alternate, NULL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
        sigaction(crashes[i], &action, NULL);
}

void rescue_disarm(void)
{
    rescue.is_armed = 0;
}

void rescue_exit(const char *sentence)
{
    restore();
    fprintf(stderr, "penstock: %s\n", sentence);
    exit(1);
}

void *xarray(size_t count, size_t size)
{
    void *p = mem_array(count, size);

    if (p == NULL)
        rescue_exit("out of memory");
    return p;
}
