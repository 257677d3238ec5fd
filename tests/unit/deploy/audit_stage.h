/* An audit in a folder of the test's own: written, looked at and tampered with. */
#ifndef PENSTOCK_TESTS_AUDIT_STAGE_H
#define PENSTOCK_TESTS_AUDIT_STAGE_H

#include <sys/stat.h>

#include "core/deploy/audit_store.h"
#include "tests/unit/audit_files.h"

static char dir[64];

static inline const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static inline int make_dir(void **state UNUSED)
{
    snprintf(dir, sizeof dir, "/tmp/penstock-audit-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static inline int remove_dir(void **state UNUSED)
{
    (void)chmod(dir, 0700);
    audit_files_remove(dir);
    unlink(path_of("export"));
    unlink(path_of("copy"));
    return rmdir(dir);
}

static inline struct audit_line line_of(const char *outcome, const char *what)
{
    return (struct audit_line){.outcome = outcome,
                               .action = SV("create sales"),
                               .operation = SV("CreateRepository"),
                               .account = SV("111111111111"),
                               .region = SV("eu-west-1"),
                               .caller = SV("arn:aws:iam::111111111111:user/ops"),
                               .target = SV("sales-prod/Deploy"),
                               .text = sv_of(what),
                               .reason = SV("because"),
                               .before = SV("it stood"),
                               .after = SV("it runs"),
                               .request_id = SV("r-1")};
}

static inline void add(const char *outcome, const char *what)
{
    struct audit_line line = line_of(outcome, what);
    struct err err = {0};

    REQUIRE_OK(audit_write(dir, &line, &err), &err);
}

static inline struct audit_verdict verify(void)
{
    struct audit_verdict verdict = {0};
    struct err err = {0};

    REQUIRE_OK(audit_verify(dir, &verdict, &err), &err);
    return verdict;
}

static inline void fill(int rows)
{
    char what[40];

    for (int i = 1; i <= rows; i++) {
        snprintf(what, sizeof what, "row %d", i);
        add("done", what);
    }
}

/* As somebody with a SQLite of their own would. */
static inline void tamper(const char *sql)
{
    struct err err = {0};
    struct db *db;

    REQUIRE_OK(db_open(path_of("audit.db"), DB_WRITE, &db, &err), &err);
    REQUIRE_OK(db_exec(db, "DROP TRIGGER IF EXISTS audit_stays", &err), &err);
    REQUIRE_OK(db_exec(db, "DROP TRIGGER IF EXISTS audit_keeps", &err), &err);
    if (db_exec(db, sql, &err)) {
        print_error("%s: %s\n", sql, err.text);
        fail();
    }
    db_close(db);
}

static inline void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    char name[128];
    FILE *file;
    size_t len;

    snprintf(name, sizeof name, "%s", path_of(from));
    file = fopen(name, "re");
    REQUIRE(file != NULL);
    len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    snprintf(name, sizeof name, "%s", path_of(to));
    file = fopen(name, "we");
    REQUIRE(file != NULL);
    REQUIRE(chmod(name, 0600) == 0);
    REQUIRE(fwrite(bytes, 1, len, file) == len);
    fclose(file);
}

static inline void expect_bad(int64_t first, const char *what)
{
    struct audit_verdict verdict = verify();

    if (verdict.bad_seq != first)
        print_error("%s: %s\n", what, verdict.text);
    CHECK_INT(verdict.bad_seq, first);
    CHECK_TRUE(strstr(verdict.text, "BROKEN at row") != NULL);
}

static inline void write_file(const char *name, const char *bytes)
{
    FILE *file = fopen(path_of(name), "we");

    REQUIRE(file != NULL);
    REQUIRE(chmod(path_of(name), 0600) == 0);
    fputs(bytes, file);
    fclose(file);
}

#define IN_DIR(fn) cmocka_unit_test_setup_teardown(fn, make_dir, remove_dir)

#endif
