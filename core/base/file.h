/* Files, opened by descriptor with owner and mode checked.
 *
 * What others could write or what is a link is not trusted; nothing depends on the umask. */
#ifndef PENSTOCK_BASE_FILE_H
#define PENSTOCK_BASE_FILE_H

#include "core/base/text.h"

/* Read a whole file, at most cap bytes (ERR_LIMIT beyond). ERR_NOT_FOUND when it does not exist,
 * ERR_FAILED with path and reason otherwise. Fifos and devices are refused. */
enum err_code file_read(const char *path, size_t cap, struct sb *out, struct err *err) MUST_CHECK;

/* Open (creating it and its parents 0700) a directory of our own and return its descriptor:
 * refused with ERR_CACHE when it is a link, not ours, or writable by others, or when one of its
 * parents could be replaced by another user; ERR_FAILED when it cannot be made or opened. */
enum err_code file_private_dir(const char *path, int *fd, struct err *err) MUST_CHECK;

/* Open or create a regular file 0600 in such a directory, with the same checks; flags as open(2).
 */
enum err_code file_private_open(int dir_fd, const char *name, int flags, int *fd,
                                struct err *err) MUST_CHECK;

/* A path under the user's directories: $XDG_xxx_HOME/penstock or $HOME/<otherwise>/penstock.
 * ERR_NOT_FOUND when neither variable helps; relative XDG values are ignored, as XDG asks. */
enum err_code file_user_dir(const char *xdg_variable, const char *otherwise, struct sb *out,
                            struct err *err) MUST_CHECK;

/* "$NAME", "${NAME}" and a leading "~/", as the AWS CLI expands them in paths; unknown names stay
 * as written. ERR_NOT_FOUND when there is a "~" and no HOME: the path then means no file at all. */
enum err_code file_expand(const char *path, struct sb *out, struct err *err) MUST_CHECK;

/* The same with an environment of the caller's: NULL for a name that is not set. */
typedef const char *file_lookup_fn(const void *env, const char *name);
enum err_code file_expand_with(const char *path, file_lookup_fn *lookup, const void *env,
                               struct sb *out, struct err *err) MUST_CHECK;

#endif
