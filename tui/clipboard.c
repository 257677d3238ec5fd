#include "tui/clipboard.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/proc.h"
#include "core/base/time.h"

enum {
    TMUX_MS = 200,          /* the person waits */
    NOTIFICATION_MAX = 200, /* characters; a desktop shows no more */
    SEQUENCE_MAX = 4 * CLIPBOARD_MAX
};

static enum err_code add_base64(struct sv text, struct sb *out, struct err *err)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    enum err_code rc = ERR_OK;

    for (; text.len > 0 && rc == ERR_OK; text = sv_drop(text, 3)) {
        uint32_t group = 0;
        char four[4];

        for (size_t i = 0; i < 3; i++)
            group = group << 8 | (i < text.len ? (unsigned char)text.ptr[i] : 0);
        for (size_t i = 0; i < 4; i++)
            four[i] = i <= text.len ? digits[group >> (18 - 6 * i) & 63] : '=';
        rc = sb_add(out, sv_make(four, sizeof four), err);
    }
    return rc;
}

enum err_code clipboard_sequence(struct sv text, enum mux mux, const char *term, struct sb *out,
                                 struct err *err)
{
    CLEANUP(sb_release) struct sb sequence;
    enum err_code rc;

    sb_init(&sequence, SEQUENCE_MAX);
    if (!xterm_is_like(term))
        return err_set(
            err, ERR_USAGE,
            "the terminal TERM=%s has no clipboard that can be reached; press o to print "
            "the screen as plain text, then copy from there",
            term == NULL || term[0] == '\0' ? "(unset)" : term);
    if (text.len > CLIPBOARD_MAX)
        return err_set(
            err, ERR_LIMIT,
            "%zu bytes are more than a terminal's clipboard takes (%d); press o to print "
            "the screen as plain text, then copy from there",
            text.len, CLIPBOARD_MAX);
    rc = sb_add(&sequence, SV("\033]52;c;"), err);
    if (rc == ERR_OK)
        rc = add_base64(text, &sequence, err);
    if (rc == ERR_OK)
        rc = sb_addc(&sequence, '\a', err);
    return rc ? rc : xterm_pass(sb_sv(&sequence), mux, out, err);
}

/* False when the time is over or nobody reads. */
static bool give(struct proc *proc, struct sv text, int64_t deadline_ms)
{
    while (text.len > 0) {
        struct pollfd fd = {.fd = proc->in_fd, .events = POLLOUT};
        int64_t left = deadline_ms - time_mono_ms();
        ssize_t written;

        if (left <= 0 || poll(&fd, 1, (int)left) <= 0)
            return false;
        written = write(proc->in_fd, text.ptr, text.len);
        if (written < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        text = sv_drop(text, written > 0 ? (size_t)written : 0);
    }
    close(proc->in_fd);
    proc->in_fd = -1;
    return true;
}

/* It says nothing on its output when all went well, so the end of that is its own end. */
static bool has_succeeded(struct proc *proc, int64_t deadline_ms)
{
    int status = 0;

    while (!proc_has_ended(proc, &status)) {
        struct pollfd fd = {.fd = proc->out_fd, .events = POLLIN};
        int64_t left = deadline_ms - time_mono_ms();
        char said[256];

        if (left <= 0)
            return false;
        if (poll(&fd, 1, left < 5 ? (int)left : 5) > 0 &&
            read(proc->out_fd, said, sizeof said) <= 0)
            poll(NULL, 0, 1); /* closed, and the process has all but ended */
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The buffer of tmux, which -w also sends to the terminal. */
static bool load_tmux(struct sv text)
{
    static char *const argv[] = {(char *)(uintptr_t) "tmux", (char *)(uintptr_t) "load-buffer",
                                 (char *)(uintptr_t) "-w", (char *)(uintptr_t) "-", NULL};
    int64_t deadline_ms = time_mono_ms() + TMUX_MS;
    struct proc proc;
    bool is_loaded;

    if (proc_start(argv, PROC_WANT_INPUT | PROC_WANT_OUTPUT, &proc, NULL))
        return false;
    is_loaded = give(&proc, text, deadline_ms) && has_succeeded(&proc, deadline_ms);
    proc_kill(&proc);
    return is_loaded;
}

enum err_code clipboard_copy(struct sv text, struct sb *out, char *told, size_t told_size,
                             struct err *err)
{
    enum mux mux = mux_of_environment();
    enum err_code rc = clipboard_sequence(text, mux, getenv("TERM"), out, err);

    if (rc)
        return rc;
    if (mux == MUX_TMUX && load_tmux(text))
        snprintf(told, told_size,
                 "copied %zu bytes to tmux's buffer, and sent them to the terminal's clipboard "
                 "(OSC 52)",
                 text.len);
    else
        snprintf(told, told_size,
                 "sent %zu bytes to the terminal's clipboard (OSC 52); it does not say whether it "
                 "took them",
                 text.len);
    return ERR_OK;
}

/* A semicolon would begin another field. */
static enum err_code add_words(struct sv text, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; text.len > 0 && i < NOTIFICATION_MAX && rc == ERR_OK; i++) {
        uint32_t ch = text_safe(utf8_next(&text));
        char bytes[4];

        rc = sb_add(out, sv_make(bytes, utf8_encode(ch == ';' ? ',' : ch, bytes)), err);
    }
    return rc;
}

/* Every terminal rings; the desktop notices are for those that would not show them as text. */
enum err_code notification_sequence(struct sv text, enum mux mux, const char *term, struct sb *out,
                                    struct err *err)
{
    static const struct sv openings[] = {{"\033]9;", 4}, {"\033]777;notify;penstock;", 22}};
    enum err_code rc = sb_addc(out, '\a', err);

    for (size_t i = 0; i < ARRAY_LEN(openings) && xterm_is_like(term) && rc == ERR_OK; i++) {
        CLEANUP(sb_release) struct sb sequence;

        sb_init(&sequence, SEQUENCE_MAX);
        rc = sb_add(&sequence, openings[i], err);
        if (rc == ERR_OK)
            rc = add_words(text, &sequence, err);
        if (rc == ERR_OK)
            rc = sb_addc(&sequence, '\a', err);
        if (rc == ERR_OK)
            rc = xterm_pass(sb_sv(&sequence), mux, out, err);
    }
    return rc;
}
