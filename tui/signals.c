#include "tui/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

static const struct {
    int signo;
    unsigned seen;
} watched[] = {
    {SIGTERM, SIGNALS_QUIT},   {SIGHUP, SIGNALS_QUIT},     {SIGINT, SIGNALS_QUIT},
    {SIGQUIT, SIGNALS_QUIT},   {SIGWINCH, SIGNALS_RESIZE}, {SIGTSTP, SIGNALS_SUSPEND},
    {SIGCONT, SIGNALS_RESUME},
};

static int pipe_fds[2] = {-1, -1};
static volatile sig_atomic_t seen[NSIG];

static void on_signal(int signo)
{
    int saved = errno;

    seen[signo] = 1;
    /* A full pipe is fine: it is readable already. */
    if (write(pipe_fds[1], "", 1) < 0)
        errno = 0;
    errno = saved;
}

static void watch(int signo)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction old;

    if (sigaction(signo, NULL, &old) == 0 && old.sa_handler == SIG_IGN && signo == SIGHUP)
        return;
    sigemptyset(&action.sa_mask);
    sigaction(signo, &action, NULL);
}

enum err_code signals_open(int *fd, struct err *err)
{
    if (pipe_fds[0] >= 0) {
        *fd = pipe_fds[0];
        return ERR_OK;
    }
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_set(err, ERR_FAILED, "cannot make a pipe: %s", strerror(errno));
    for (size_t i = 0; i < ARRAY_LEN(watched); i++)
        watch(watched[i].signo);
    signal(SIGPIPE, SIG_IGN);
    *fd = pipe_fds[0];
    return ERR_OK;
}

void signals_close(void)
{
    if (pipe_fds[0] < 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(watched); i++)
        signal(watched[i].signo, SIG_DFL);
    for (int i = 0; i < 2; i++) {
        close(pipe_fds[i]);
        pipe_fds[i] = -1;
    }
}

unsigned signals_take(void)
{
    unsigned mask = 0;
    char bytes[64];
    bool is_any = false;

    for (size_t i = 0; i < ARRAY_LEN(watched); i++)
        is_any = is_any || seen[watched[i].signo];
    if (!is_any)
        return 0;
    while (read(pipe_fds[0], bytes, sizeof bytes) > 0)
        continue;
    for (size_t i = 0; i < ARRAY_LEN(watched); i++) {
        if (seen[watched[i].signo]) {
            seen[watched[i].signo] = 0;
            mask |= watched[i].seen;
        }
    }
    return mask;
}

/* The whole process group stops, as the terminal would have it: a script that started us has to
 * stop too, or the shell never comes back. */
void signals_stop(void)
{
    signal(SIGTSTP, SIG_DFL);
    kill(0, SIGTSTP);
    watch(SIGTSTP);
    seen[SIGTSTP] = 0;
    seen[SIGCONT] = 0;
}
