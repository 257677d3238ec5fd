/* The log: one line per event, to the file that --log names; silent without it.
 *
 * Never a secret, never a whole request or reply. Text from outside is cleaned like on screen. */
#ifndef PENSTOCK_BASE_LOG_H
#define PENSTOCK_BASE_LOG_H

#include "core/base/err.h"

enum log_level { LOG_ERROR, LOG_INFO, LOG_DEBUG };

/* Appends to path, created 0600. */
enum err_code log_open(const char *path, enum log_level level, struct err *err) MUST_CHECK;
void log_close(void);
void log_write(enum log_level level, const char *function, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define log_error(...) log_write(LOG_ERROR, __func__, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, __func__, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __func__, __VA_ARGS__)

#endif
