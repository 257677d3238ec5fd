/* Signals: handlers only note what happened and end the wait; the loop acts. */
#ifndef PENSTOCK_TUI_SIGNALS_H
#define PENSTOCK_TUI_SIGNALS_H

#include "core/base/err.h"

enum signals_seen {
    SIGNALS_QUIT = 1,    /* TERM HUP INT QUIT */
    SIGNALS_RESIZE = 2,  /* WINCH */
    SIGNALS_SUSPEND = 4, /* TSTP from outside */
    SIGNALS_RESUME = 8   /* CONT */
};

/* *fd becomes readable when a signal came; opened twice it is the same. SIGPIPE is ignored from now
 * on; a SIGHUP that was ignored (nohup) stays so. */
enum err_code signals_open(int *fd, struct err *err) MUST_CHECK;
void signals_close(void);
unsigned signals_take(void); /* a mask of signals_seen; empties the descriptor */
/* Stop the job as ^Z does, and return when it goes on. The terminal is the caller's business. */
void signals_stop(void);

#endif
