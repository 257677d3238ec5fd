/* Children: started by argv, never through a shell, with capped output and a time limit. */
#ifndef PENSTOCK_BASE_PROC_H
#define PENSTOCK_BASE_PROC_H

#include <sys/types.h>

#include "core/base/arena.h"

/* Split a command line as a POSIX shell splits words (quotes and backslashes; nothing is expanded,
 * no operator has a meaning; between double quotes a backslash escapes only '"' and itself, as in
 * Python's shlex). ERR_CONFIG for an unfinished quote or no word at all. NULL-terminated. */
enum err_code proc_split(struct sv command, struct arena *arena, char ***argv,
                         struct err *err) MUST_CHECK;

struct proc {
    pid_t pid;  /* its own session and process group: it has no terminal to prompt on */
    int out_fd; /* its stdout, non-blocking; -1 when not wanted */
    int err_fd; /* its stderr, likewise */
    int in_fd;  /* its stdin, when asked for; else it reads /dev/null. Whoever writes ignores
                   SIGPIPE:  it may have ended already */
    bool has_ended;
    int status; /* once it has ended */
};

enum proc_flags { PROC_WANT_OUTPUT = 1, PROC_WANT_INPUT = 2 };

/* Start argv[0] (looked up in PATH). ERR_FAILED names the program and why. */
enum err_code proc_start(char *const argv[], enum proc_flags flags, struct proc *out,
                         struct err *err) MUST_CHECK;
/* The same with another environment than ours; PATH is still looked up in ours. */
enum err_code proc_start_with(char *const argv[], char *const env[], enum proc_flags flags,
                              struct proc *out, struct err *err) MUST_CHECK;
/* True when it has ended; *status as from waitpid. Never waits. */
bool proc_has_ended(struct proc *proc, int *status);
void proc_kill(struct proc *proc); /* the whole group, then reaped; closes the descriptors */

#endif
