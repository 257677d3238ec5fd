/* git's own http-backend as a child: a CGI program whose environment is the request. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/mem.h"
#include "core/base/proc.h"
#include "core/base/time.h"
#include "core/sandbox/git.h"

enum { TIME_LIMIT_MS = 60000, WORDS_MAX = 32, ERRORS_MAX = 4096, HEADERS_CAP = 8192 };

struct words {
    struct arena arena;
    char *items[WORDS_MAX + 1];
    size_t count;
    enum err_code rc;
};

static void put(struct words *w, const char *name, struct sv value)
{
    size_t size = strlen(name) + value.len + 2;
    char *word = w->count == WORDS_MAX ? NULL : arena_alloc(&w->arena, size, 1);

    if (word == NULL) {
        w->rc = ERR_LIMIT;
        return;
    }
    (void)snprintf(word, size, "%s=" SV_FMT, name, SV_ARG(value));
    w->items[w->count++] = word;
}

static void put_header(struct words *w, const char *name, const struct request *request,
                       const char *header)
{
    struct sv value = request_header(request, header);

    if (value.len > 0)
        put(w, name, value);
}

/* Nothing of the host's own: neither its configuration nor hooks, and no work in the background. */
static void put_settings(struct words *w)
{
    static const char *const settings[][2] = {{"safe.directory", "*"},
                                              {"core.hooksPath", "/dev/null"},
                                              {"http.getanyfile", "false"},
                                              {"receive.autogc", "false"},
                                              {"gc.auto", "0"}};
    char name[32];
    char count[8];

    put(w, "GIT_CONFIG_NOSYSTEM", SV("1"));
    put(w, "GIT_CONFIG_GLOBAL", SV("/dev/null"));
    (void)snprintf(count, sizeof count, "%zu", ARRAY_LEN(settings));
    put(w, "GIT_CONFIG_COUNT", sv_of(count));
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        (void)snprintf(name, sizeof name, "GIT_CONFIG_KEY_%zu", i);
        put(w, name, sv_of(settings[i][0]));
        (void)snprintf(name, sizeof name, "GIT_CONFIG_VALUE_%zu", i);
        put(w, name, sv_of(settings[i][1]));
    }
}

static enum err_code make_environment(struct words *w, const struct git_request *git,
                                      const struct request *request, const char *dir,
                                      struct err *err)
{
    const char *path = getenv("PATH");
    char length[32];

    put(w, "PATH", sv_of(path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path));
    put(w, "GIT_PROJECT_ROOT", sv_of(dir));
    put(w, "PATH_INFO", git->rest);
    put(w, "GIT_HTTP_EXPORT_ALL", SV("1"));
    put(w, "REQUEST_METHOD", request->method);
    put(w, "QUERY_STRING", request->query.len == 0 ? SV("") : request->query);
    put(w, "REMOTE_USER", request->who.account);
    put(w, "REMOTE_ADDR", SV("127.0.0.1"));
    (void)snprintf(length, sizeof length, "%zu", request->body.len);
    put(w, "CONTENT_LENGTH", sv_of(length));
    put_header(w, "CONTENT_TYPE", request, "Content-Type");
    put_header(w, "HTTP_CONTENT_ENCODING", request, "Content-Encoding");
    put_header(w, "GIT_PROTOCOL", request, "Git-Protocol");
    put_settings(w);
    return w->rc ? mem_err(err) : ERR_OK;
}

/* ---- talking with it ---- */

struct talk {
    struct proc proc;
    struct sv input;
    struct sb output;
    struct sb errors;
    int64_t until_ms;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void feed(struct talk *t)
{
    ssize_t written = t->input.len == 0 ? 0 : write(t->proc.in_fd, t->input.ptr, t->input.len);

    if (written > 0)
        t->input = sv_drop(t->input, (size_t)written);
    if (t->input.len == 0 || (written < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(&t->proc.in_fd);
}

/* What it complains of beyond our cap is read and forgotten. */
static enum err_code drain(int *fd, struct sb *out, bool may_be_cut, struct err *err)
{
    char bytes[65536];
    ssize_t got = read(*fd, bytes, sizeof bytes);
    enum err_code rc = ERR_OK;

    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(fd);
    if (got > 0)
        rc = sb_add(out, sv_make(bytes, (size_t)got), may_be_cut ? NULL : err);
    return may_be_cut ? ERR_OK : rc;
}

static enum err_code step(struct talk *t, struct err *err)
{
    struct pollfd fds[] = {{.fd = t->proc.out_fd, .events = POLLIN},
                           {.fd = t->proc.err_fd, .events = POLLIN},
                           {.fd = t->proc.in_fd, .events = POLLOUT}};
    int64_t left_ms = t->until_ms - time_mono_ms();
    enum err_code rc = ERR_OK;

    if (left_ms <= 0)
        return err_set(err, ERR_TIMEOUT, "git http-backend takes longer than %d s",
                       TIME_LIMIT_MS / 1000);
    if (poll(fds, ARRAY_LEN(fds), (int)left_ms) < 0)
        return errno == EINTR ? ERR_OK
                              : err_set(err, ERR_FAILED, "cannot wait: %s", strerror(errno));
    if (fds[0].revents != 0)
        rc = drain(&t->proc.out_fd, &t->output, false, err);
    if (fds[1].revents != 0 && !rc)
        rc = drain(&t->proc.err_fd, &t->errors, true, err);
    if (fds[2].revents != 0)
        feed(t);
    return rc;
}

/* Its end is not waited for: all that it says is its output, and who is killed has said it. */
static enum err_code run(struct talk *t, struct words *w, struct err *err)
{
    char name[] = "git";
    char command[] = "http-backend";
    char *argv[] = {name, command, NULL};
    enum err_code rc =
        proc_start_with(argv, w->items, PROC_WANT_INPUT | PROC_WANT_OUTPUT, &t->proc, err);

    if (rc)
        return rc;
    t->until_ms = time_mono_ms() + TIME_LIMIT_MS;
    while (!rc && (t->proc.out_fd >= 0 || t->proc.err_fd >= 0))
        rc = step(t, err);
    proc_kill(&t->proc);
    return rc;
}

/* ---- its answer ---- */

static void take_type(struct sv value, struct reply *reply)
{
    static const char *const types[] = {
        "application/x-git-upload-pack-advertisement",
        "application/x-git-receive-pack-advertisement",
        "application/x-git-upload-pack-result",
        "application/x-git-receive-pack-result",
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (sv_eq(value, sv_of(types[i])))
            reply->content_type = types[i];
    }
}

static void take_header(struct sv line, struct reply *reply)
{
    struct sv value;
    struct sv name = sv_cut(line, ':', &value);
    struct sv rest;
    int64_t status;
    char text[48];

    value = sv_trim(value);
    if (sv_eq_nocase(name, SV("Status")) && sv_to_int(sv_cut(value, ' ', &rest), &status)) {
        reply->status = (int)status;
    } else if (sv_eq_nocase(name, SV("Content-Type"))) {
        take_type(value, reply);
    } else if (name.len > 0 && name.len < sizeof text &&
               !sv_eq_nocase(name, SV("Content-Length"))) {
        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
        reply_header(reply, text, SV_FMT, SV_ARG(value));
    }
}

static enum err_code take_answer(const struct talk *t, struct reply *reply, struct err *err)
{
    struct sv rest = sb_sv(&t->output);
    struct sv line;

    reply->content_type = "text/plain";
    do {
        if (sv_find(sv_take(rest, HEADERS_CAP), SV("\n")) < 0)
            return err_set(err, ERR_FAILED, "git http-backend gave no answer: " SV_FMT,
                           SV_ARG(sv_take(sv_trim(sb_sv(&t->errors)), 200)));
        line = sv_trim(sv_cut(rest, '\n', &rest));
        if (line.len > 0)
            take_header(line, reply);
    } while (line.len > 0);
    sb_clear(&reply->body);
    if (reply->status >= 400)
        (void)snprintf(reply->error, sizeof reply->error, "HTTP%d", reply->status);
    return rest.len == 0 ? ERR_OK : sb_add(&reply->body, rest, err);
}

enum err_code git_backend(const struct git_request *git, const struct request *request,
                          const char *dir, struct reply *reply, struct err *err)
{
    struct words w = {0};
    struct talk t = {.input = request->body};
    enum err_code rc;

    arena_init(&w.arena, 1 << 20);
    sb_init(&t.output, REPLY_BODY_MAX + (size_t)HEADERS_CAP);
    sb_init(&t.errors, ERRORS_MAX);
    rc = make_environment(&w, git, request, dir, err);
    if (!rc)
        rc = run(&t, &w, err);
    if (!rc)
        rc = take_answer(&t, reply, err);
    sb_release(&t.output);
    sb_release(&t.errors);
    arena_release(&w.arena);
    return rc;
}
