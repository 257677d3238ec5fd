#include "core/sandbox/db.h"

#include <errno.h>
#include <sys/stat.h>

enum err_code db_fail(sqlite3 *db, struct err *err)
{
    return err_set(err, ERR_FAILED, "the sandbox's state: %s", sqlite3_errmsg(db));
}

enum err_code db_execute(sqlite3 *db, const char *sql, struct err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : db_fail(db, err);
}

enum err_code db_open(const char *dir, sqlite3 **out, struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    sqlite3 *db = NULL;
    enum err_code rc;

    sb_init(&path, 4096);
    rc = dir == NULL ? sb_add(&path, SV(":memory:"), err)
                     : sb_addf(&path, err, "%s/sandbox.db", dir);
    if (rc)
        return rc;
    if (dir != NULL && mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_FAILED, "cannot make the directory %s: %s", dir, strerror(errno));
    if (sqlite3_open_v2(sb_cstr(&path), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        rc = db_fail(db, err);
    /* One process has it; a second one is told so at once. */
    if (!rc)
        rc = db_execute(db,
                        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; "
                        "PRAGMA synchronous = NORMAL;",
                        err);
    if (rc) {
        db_close(db);
        return rc;
    }
    *out = db;
    return ERR_OK;
}

void db_close(sqlite3 *db)
{
    (void)sqlite3_close(db);
}
