/* The grammar of the AWS config file, which is Python's RawConfigParser: sections, `key = value` or
 * `key: value`, keys in lower case, comment lines with # or ;, continuation lines, and one level of
 * nesting (`s3 =` followed by indented `key = value` lines). penstock's own config file uses it
 * too.
 *
 * Source: facts/aws-api.md 3.2. A duplicate section or key is an error, as it is for the CLI; so
 * are a byte order mark and bytes that are not UTF-8. Stricter than Python only with NUL bytes,
 * which are refused. Keys of a [DEFAULT] section (in capitals) count for every section, as in
 * Python. */
#ifndef PENSTOCK_BASE_INI_H
#define PENSTOCK_BASE_INI_H

#include "core/base/arena.h"

struct ini_entry {
    const char *key;
    const char *value;
    int line;
    const struct ini_entry *children; /* nested map, or NULL */
    size_t child_count;
};

struct ini_section {
    const char *name; /* as written between the brackets, blanks included */
    int line;
    const struct ini_entry *entries;
    size_t entry_count;
};

struct ini {
    struct arena arena;
    char *store; /* all the text, secrets among it: wiped by ini_release */
    size_t store_size;
    const struct ini_section *sections; /* in the order of the file */
    size_t section_count;
};

enum { INI_SIZE_MAX = 1024 * 1024 };

/* where names the file in errors ("~/.aws/config"). Errors are ERR_CONFIG and name the line, but
 * never quote it: it may be half a secret. */
enum err_code ini_parse(struct sv text, const char *where, struct ini *out,
                        struct err *err) MUST_CHECK;
void ini_release(struct ini *ini);

const struct ini_section *ini_section(const struct ini *ini, const char *name); /* NULL */
/* NULL when it is absent or holds a nested map. */
const char *ini_get(const struct ini_section *section, const char *key);
const char *ini_get_nested(const struct ini_section *section, const char *key,
                           const char *child); /* NULL */

#endif
