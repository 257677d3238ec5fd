/* credential_process: a program of the user's that prints credentials as JSON. Started without a
 * shell, in a session of its own, looked at by a timer because the loop waits for the caller's
 * descriptors only; killed with its whole group at the limit. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/aws/cred_provider.h"
#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/proc.h"
#include "core/base/time.h"

enum { OUTPUT_CAP = 64 * 1024, LOOK_MS_FIRST = 2, LOOK_MS_MOST = 50, COMPLAINT_MAX = 200 };

struct process_task {
    struct cred_task task;
    struct net *net;
    uint64_t timer;
    int64_t look_ms;
    int64_t deadline_ms;
    int limit_ms;
    struct proc proc;
    struct sb out;
    struct sb complaint; /* its stderr */
    char what[ERR_TEXT_MAX / 4];
};

static void release(struct cred_task *task)
{
    struct process_task *t = (struct process_task *)task;

    net_timer_cancel(t->net, t->timer);
    if (t->proc.pid > 0)
        proc_kill(&t->proc);
    if (t->out.ptr != NULL)
        crypto_wipe(t->out.ptr, t->out.size);
    sb_release(&t->out);
    sb_release(&t->complaint);
    mem_free(t);
}

/* Read what is there. *is_open turns false at the end; what is over the cap is an error for the
 * output, and thrown away for complaints. */
static enum err_code drain(int *fd, struct sb *into, bool *is_open, struct err *err)
{
    char bytes[4096];
    enum err_code rc = ERR_OK;

    for (int turn = 0; *fd >= 0 && turn < 32 && rc == ERR_OK; turn++) {
        ssize_t got = read(*fd, bytes, sizeof bytes);

        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (got <= 0) {
            close(*fd);
            *fd = -1;
            break;
        }
        rc = sb_add(into, sv_make(bytes, (size_t)got), err);
    }
    crypto_wipe(bytes, sizeof bytes);
    *is_open = *fd >= 0;
    return rc;
}

static struct sv first_line(struct sv text)
{
    struct sv rest;

    text = sv_trim(text);
    text = sv_trim(sv_cut(text, '\n', &rest));
    return sv_take(text, COMPLAINT_MAX);
}

static enum err_code judge(struct process_task *t, int status, struct cred *out, struct err *err)
{
    struct sv said = first_line(sb_sv(&t->complaint));

    if (WIFSIGNALED(status))
        return err_set(err, ERR_AUTH, "%s was ended by signal %d", t->what, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return err_set(err, ERR_AUTH, "%s failed with exit status %d%s" SV_FMT, t->what,
                       WEXITSTATUS(status), said.len > 0 ? ": " : "", SV_ARG(said));
    return cred_decode_json(sb_sv(&t->out), "SessionToken", CRED_JSON_VERSION_1, t->what,
                            "credential-process", out, err);
}

static void finish(struct process_task *t, int status, struct err *err)
{
    struct cred cred;
    enum err_code rc;

    cred_init(&cred);
    rc = judge(t, status, &cred, err);
    cred_task_finish(&t->task, &cred, rc ? err : NULL);
    cred_release(&cred);
}

static void look(void *owner, uint64_t id UNUSED)
{
    struct process_task *t = owner;
    struct err err = {0};
    bool is_out_open;
    bool is_err_open;
    bool has_ended;
    int status = 0;

    t->timer = 0;
    /* First the end, then the output: what it wrote before its end is then all there. */
    has_ended = proc_has_ended(&t->proc, &status);
    if (drain(&t->proc.out_fd, &t->out, &is_out_open, &err)) {
        err_set(&err, ERR_AUTH, "%s printed more than %d bytes", t->what, OUTPUT_CAP);
        cred_task_finish(&t->task, NULL, &err);
        return;
    }
    if (drain(&t->proc.err_fd, &t->complaint, &is_err_open, NULL))
        sb_clear(&t->complaint);
    if (has_ended &&
        (!is_out_open || t->out.len > 0 || WIFSIGNALED(status) || WEXITSTATUS(status) != 0)) {
        finish(t, status, &err);
        return;
    }
    if (time_mono_ms() >= t->deadline_ms) {
        err_set(&err, ERR_AUTH, "%s did not end within %d seconds", t->what,
                (t->limit_ms + 999) / 1000);
        cred_task_finish(&t->task, NULL, &err);
        return;
    }
    t->look_ms = t->look_ms * 2 < LOOK_MS_MOST ? t->look_ms * 2 : LOOK_MS_MOST;
    t->timer = net_timer_start(t->net, t->look_ms, look, t);
    if (t->timer == 0) {
        mem_err(&err);
        cred_task_finish(&t->task, NULL, &err);
    }
}

static enum err_code start(struct process_task *t, const char *command, struct err *err)
{
    struct arena arena;
    char **argv = NULL;
    enum err_code rc;

    arena_init(&arena, 256 * 1024);
    rc = proc_split(sv_of(command), &arena, &argv, err);
    if (rc)
        err_prefix(err, "%s", t->what);
    if (rc == ERR_OK && proc_start(argv, PROC_WANT_OUTPUT, &t->proc, err)) {
        err_prefix(err, "%s", t->what);
        rc = err == NULL ? ERR_AUTH : (err->code = ERR_AUTH);
    }
    arena_release(&arena);
    if (rc)
        return rc;
    t->timer = net_timer_start(t->net, t->look_ms, look, t);
    return t->timer == 0 ? mem_err(err) : ERR_OK;
}

enum err_code cred_process_start(const struct cred_request *r, cred_task_fn *done, void *owner,
                                 struct cred_task **out, struct err *err)
{
    struct process_task *t = mem_alloc(sizeof *t);
    enum err_code rc;

    if (t == NULL)
        return mem_err(err);
    *t = (struct process_task){.task = {.release = release, .done = done, .owner = owner},
                               .net = aws_net(r->aws),
                               .look_ms = LOOK_MS_FIRST,
                               .limit_ms = r->process_limit_ms,
                               .deadline_ms = time_mono_ms() + r->process_limit_ms};
    sb_init(&t->out, OUTPUT_CAP);
    sb_init(&t->complaint, OUTPUT_CAP);
    snprintf(t->what, sizeof t->what, "credential_process of profile \"%s\"", r->profile);
    rc = start(t, aws_profile_get(r->files, r->profile, "credential_process"), err);
    if (rc)
        release(&t->task);
    else
        *out = &t->task;
    return rc;
}
