/* penstock's own config file: $XDG_CONFIG_HOME/penstock/config, else ~/.config/penstock/config (of
 * the user's home, where HOME is not set). Its section [default] belongs to context.h; [console]
 * and [keys] are left to the console, [guard], [freeze] and [people] to core/operate/guard.h. */
#ifndef PENSTOCK_SYNC_CONFIG_FILE_H
#define PENSTOCK_SYNC_CONFIG_FILE_H

#include "core/aws/settings.h"

/* Without a home or a file *ini is empty. *path names the file, for sentences; "" = there is no
 * home. ERR_CONFIG, or ERR_LIMIT for one that is too large. */
enum err_code config_file_read(const struct aws_env *env, struct sb *path, struct ini *ini,
                               struct err *err) MUST_CHECK;

#endif
