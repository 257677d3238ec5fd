/* A server that answers each request with the next step of a script, in a child of the test's own,
 * on a free port of 127.0.0.1. The requests it got can be read back. */
#ifndef PENSTOCK_TESTS_SCRIPT_H
#define PENSTOCK_TESTS_SCRIPT_H

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"

enum step_kind {
    STEP_KEEP,  /* answer, and keep the connection */
    STEP_CLOSE, /* answer, then close */
    STEP_SLOW,  /* a byte each 5 ms, then close */
    STEP_HANG,  /* read the request and say nothing */
};

struct step {
    enum step_kind kind;
    const char *bytes;
};

struct script {
    pid_t pid;
    int port;
    int requests; /* pipe: everything that was received */
    char url[64];
};

static inline int script_accept(int listener, int connection)
{
    struct pollfd fds[] = {{listener, POLLIN, 0}, {connection, POLLIN, 0}};
    char byte;

    for (;;) {
        if (poll(fds, connection >= 0 ? 2 : 1, -1) < 0)
            _exit(1);
        if (connection >= 0 && fds[1].revents != 0) {
            if (recv(connection, &byte, 1, MSG_PEEK) > 0)
                return connection;
            close(connection);
            connection = -1;
        } else if (fds[0].revents != 0) {
            if (connection >= 0)
                close(connection);
            return accept(listener, NULL, NULL);
        }
    }
}

/* One request: the head, and as much body as it announces. False when the peer went away. */
static inline bool script_read(int connection, int pipe_fd)
{
    char text[65536];
    size_t len = 0;
    const char *end = NULL;
    const char *at;
    size_t want = 0;

    while (end == NULL || len < want) {
        ssize_t n = read(connection, text + len, sizeof text - 1 - len);

        if (n <= 0)
            return false;
        len += (size_t)n;
        text[len] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (end == NULL)
            continue;
        at = strcasestr(text, "\r\nContent-Length:");
        want = (size_t)(end - text) + 4;
        if (at != NULL && at < end)
            want += (size_t)strtoul(at + 17, NULL, 10);
    }
    return write(pipe_fd, text, len) == (ssize_t)len;
}

static inline void script_send(int connection, const struct step *step)
{
    size_t len = strlen(step->bytes);

    for (size_t i = 0; step->kind == STEP_SLOW && i < len; i++) {
        usleep(5000);
        if (send(connection, step->bytes + i, 1, MSG_NOSIGNAL) != 1)
            return;
    }
    if (step->kind != STEP_SLOW && send(connection, step->bytes, len, MSG_NOSIGNAL) < 0)
        return;
}

static inline void script_serve(int listener, int pipe_fd, const struct step *steps, size_t count)
{
    int connection = -1;

    for (size_t i = 0; i < count;) {
        const struct step *step = &steps[i];

        connection = script_accept(listener, connection);
        if (!script_read(connection, pipe_fd)) {
            close(connection);
            connection = -1;
            continue;
        }
        i++;
        if (step->kind == STEP_HANG)
            continue;
        script_send(connection, step);
        if (step->kind != STEP_KEEP) {
            close(connection);
            connection = -1;
        }
    }
    pause();
}

static inline void script_start(struct script *s, const struct step *steps, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int ends[2];

    REQUIRE(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 &&
            listen(listener, 64) == 0 && pipe(ends) == 0);
    REQUIRE(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    s->port = ntohs(address.sin_port);
    s->requests = ends[0];
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
    s->pid = fork();
    REQUIRE(s->pid >= 0);
    if (s->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(60);
        script_serve(listener, ends[1], steps, count);
        _exit(0);
    }
    close(listener);
    close(ends[1]);
}

/* Ends it; what it had received goes into text. */
static inline void script_stop(struct script *s, char *text, size_t size)
{
    size_t len = 0;
    ssize_t n;

    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    while (text != NULL && len + 1 < size &&
           (n = read(s->requests, text + len, size - 1 - len)) > 0)
        len += (size_t)n;
    if (text != NULL)
        text[len] = '\0';
    close(s->requests);
}

#endif
