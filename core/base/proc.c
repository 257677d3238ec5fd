#include "core/base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/mem.h"

enum { WORDS_MAX = 1024 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One word off the front of *rest into out, without its quotes. */
static enum err_code take_word(struct sv *rest, struct sb *out, struct err *err)
{
    char quote = '\0';

    while (rest->len > 0 && (quote != '\0' || !is_blank(rest->ptr[0]))) {
        char c = rest->ptr[0];
        enum err_code rc = ERR_OK;

        *rest = sv_drop(*rest, 1);
        if (c == '\\' && quote != '\'') {
            if (rest->len == 0)
                return err_set(err, ERR_CONFIG, "the command ends in a backslash");
            if (quote == '"' && rest->ptr[0] != '"' && rest->ptr[0] != '\\')
                rc = sb_addc(out, '\\', err);
            if (rc == ERR_OK)
                rc = sb_addc(out, rest->ptr[0], err);
            *rest = sv_drop(*rest, 1);
        } else if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else if (quote != '\0' && c == quote) {
            quote = '\0';
        } else {
            rc = sb_addc(out, c, err);
        }
        if (rc)
            return rc;
    }
    if (quote != '\0')
        return err_set(err, ERR_CONFIG, "a quote (%c) in the command is never closed", quote);
    return ERR_OK;
}

static struct sv skip_blanks(struct sv text)
{
    while (text.len > 0 && is_blank(text.ptr[0]))
        text = sv_drop(text, 1);
    return text;
}

static enum err_code split(struct sv rest, struct arena *arena, char **words, size_t *count,
                           struct sb *word, struct err *err)
{
    for (rest = skip_blanks(rest); rest.len > 0; rest = skip_blanks(rest)) {
        size_t len;
        enum err_code rc;

        if (*count == WORDS_MAX)
            return err_set(err, ERR_LIMIT, "the command has more than %d words", WORDS_MAX);
        sb_clear(word);
        rc = take_word(&rest, word, err);
        if (rc)
            return rc;
        len = word->len;
        words[*count] = arena_alloc(arena, len + 1, 1);
        if (words[*count] == NULL)
            return arena_err(arena, err);
        memcpy(words[*count], sb_cstr(word), len + 1);
        (*count)++;
    }
    if (*count == 0)
        return err_set(err, ERR_CONFIG, "the command is empty");
    return ERR_OK;
}

enum err_code proc_split(struct sv command, struct arena *arena, char ***argv, struct err *err)
{
    char **words = mem_array(WORDS_MAX + 1, sizeof(char *));
    char **result;
    struct sb word;
    size_t count = 0;
    enum err_code rc;

    if (words == NULL)
        return mem_err(err);
    sb_init(&word, command.len + 1);
    rc = split(command, arena, words, &count, &word, err);
    if (rc == ERR_OK) {
        result = arena_alloc(arena, count + 1, sizeof(char *));
        if (result == NULL) {
            rc = arena_err(arena, err);
        } else {
            memcpy(result, words, count * sizeof(char *));
            *argv = result;
        }
    }
    sb_release(&word);
    mem_free(words);
    return rc;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Above the standard descriptors, so that giving one to the child cannot overwrite another even
 * when we ourselves were started without them. */
static int lift(int fd)
{
    int lifted = fcntl(fd, F_DUPFD_CLOEXEC, 3);

    close(fd);
    return lifted;
}

/* The child's end goes to theirs, ours does not block. */
static bool make_pipe(int *ours, int *theirs, bool we_read)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return false;
    fds[0] = lift(fds[0]);
    fds[1] = lift(fds[1]);
    *ours = fds[we_read ? 0 : 1];
    *theirs = fds[we_read ? 1 : 0];
    return *ours >= 0 && *theirs >= 0 &&
           fcntl(*ours, F_SETFL, fcntl(*ours, F_GETFL) | O_NONBLOCK) == 0;
}

static int add_fd(posix_spawn_file_actions_t *actions, int fd, int as)
{
    if (fd >= 0)
        return posix_spawn_file_actions_adddup2(actions, fd, as);
    return posix_spawn_file_actions_addopen(actions, as, "/dev/null", O_RDWR, 0);
}

/* theirs: what becomes 0, 1 and 2; -1 is /dev/null. Returns an errno. */
static int spawn(char *const argv[], char *const env[], const int theirs[3], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none;
    sigset_t all;
    int failed = posix_spawn_file_actions_init(&actions);

    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attr);
    if (failed) {
        posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    sigemptyset(&none);
    sigfillset(&all);
    failed = posix_spawnattr_setsigmask(&attr, &none);
    if (!failed)
        failed = posix_spawnattr_setsigdefault(&attr, &all);
    if (!failed)
        failed = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                     POSIX_SPAWN_SETSIGDEF);
    for (int i = 0; i < 3 && !failed; i++)
        failed = add_fd(&actions, theirs[i], i);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (!failed)
        failed = posix_spawnp(pid, argv[0], &actions, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

enum err_code proc_start(char *const argv[], enum proc_flags flags, struct proc *out,
                         struct err *err)
{
    return proc_start_with(argv, environ, flags, out, err);
}

enum err_code proc_start_with(char *const argv[], char *const env[], enum proc_flags flags,
                              struct proc *out, struct err *err)
{
    struct proc p = {.out_fd = -1, .err_fd = -1, .in_fd = -1};
    int theirs[3] = {-1, -1, -1};
    int failed = 0;

    if (((flags & PROC_WANT_INPUT) != 0 && !make_pipe(&p.in_fd, &theirs[0], false)) ||
        ((flags & PROC_WANT_OUTPUT) != 0 &&
         (!make_pipe(&p.out_fd, &theirs[1], true) || !make_pipe(&p.err_fd, &theirs[2], true))))
        failed = errno;
    if (!failed)
        failed = spawn(argv, env, theirs, &p.pid);
    for (int i = 0; i < 3; i++)
        close_fd(&theirs[i]);
    if (failed) {
        close_fd(&p.in_fd);
        close_fd(&p.out_fd);
        close_fd(&p.err_fd);
        return err_set(err, ERR_FAILED, "cannot start %s: %s", argv[0], strerror(failed));
    }
    *out = p;
    return ERR_OK;
}

bool proc_has_ended(struct proc *proc, int *status)
{
    if (!proc->has_ended) {
        pid_t got = waitpid(proc->pid, &proc->status, WNOHANG);

        /* Somebody else's waitpid took it: that it ended is all we can know. */
        proc->has_ended = got == proc->pid || (got < 0 && errno == ECHILD);
    }
    if (proc->has_ended)
        *status = proc->status;
    return proc->has_ended;
}

void proc_kill(struct proc *proc)
{
    /* Not after its end: the number may be another's by then. */
    if (!proc->has_ended && proc->pid > 0) {
        kill(-proc->pid, SIGKILL);
        while (waitpid(proc->pid, &proc->status, 0) < 0 && errno == EINTR)
            continue;
        proc->has_ended = true;
    }
    close_fd(&proc->in_fd);
    close_fd(&proc->out_fd);
    close_fd(&proc->err_fd);
}
