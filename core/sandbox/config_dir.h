/* Files in the AWS CLI's format, so that any AWS client can be pointed at the sandbox: a profile
 * per account, and for each of the other accounts one that assumes penstock-admin from cicd. */
#ifndef PENSTOCK_SANDBOX_CONFIG_DIR_H
#define PENSTOCK_SANDBOX_CONFIG_DIR_H

#include "core/base/text.h"

/* DIR/config and DIR/credentials, 0600; the directory is made when it is missing. */
enum err_code config_dir_write(const char *dir, const char *url, struct err *err) MUST_CHECK;
/* The whole text appears at once, under its name, or not at all. */
enum err_code file_replace(const char *path, struct sv text, struct err *err) MUST_CHECK;

#endif
