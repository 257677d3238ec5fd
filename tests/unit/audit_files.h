/* The audit of a test's own folder: as text, and taken away again. */
#ifndef PENSTOCK_TESTS_AUDIT_FILES_H
#define PENSTOCK_TESTS_AUDIT_FILES_H

#include <unistd.h>

#include "core/base/json.h"
#include "core/deploy/audit.h"
#include "tests/unit/check.h"

static inline bool audit_files_put(void *owner, const struct audit_row *row)
{
    struct sb *out = owner;
    struct err err = {0};
    struct jw w;

    jw_init(&w, out, &err);
    audit_put_row(&w, row, NULL);
    REQUIRE_OK(jw_done(&w), &err);
    REQUIRE_OK(sb_addc(out, '\n', &err), &err);
    return true;
}

/* A row per line, as JSON, oldest first; as text of the caller's, cut to its size. */
static inline const char *audit_files_text(const char *dir, char *text, size_t size)
{
    const struct audit_query all = {.is_oldest_first = true};
    struct err err = {0};
    struct sb out;

    sb_init(&out, 16 << 20);
    REQUIRE_OK(audit_read(dir, &all, audit_files_put, &out, &err), &err);
    snprintf(text, size, "%s", sb_cstr(&out));
    sb_release(&out);
    return text;
}

static inline void audit_files_remove(const char *dir)
{
    static const char *const names[] = {"audit.db", "audit.db-journal", "audit.head", "audit.lock"};
    char path[256];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
}

#endif
