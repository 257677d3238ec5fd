/* Migrations are history: assets/migrations/NNNN.sql takes the schema from version NNNN-1 to NNNN.
 * Steps are only ever added, since a cache in the field may have run the others. */
#include "core/base/assets.h"
#include "core/base/time.h"
#include "core/cache/store.h"

static bool is_migration(const struct asset *asset)
{
    return sv_starts(sv_of(asset->path), SV("migrations/"));
}

int64_t migration_latest(void)
{
    int64_t count = 0;

    for (const struct asset *a = assets; a->path != NULL; a++)
        count += is_migration(a);
    return count;
}

/* Numbers go on from the clock, so that a cache rebuilt under a running console still counts up:
 * whoever remembers a number of the old one misses nothing of the new. */
static enum err_code seed(struct db *db, struct err *err)
{
    char sql[160];
    long long from = (long long)time_wall_ms() * 1000;

    snprintf(sql, sizeof sql,
             "INSERT INTO sqlite_sequence(name,seq) VALUES('change',%lld),('transition',%lld)",
             from, from);
    return db_exec(db, sql, err);
}

/* The step and its number are one transaction: there is no half of it. */
static enum err_code step(struct db *db, const struct asset *asset, int64_t version, bool has_file,
                          struct err *err)
{
    char pragmas[96];
    enum err_code rc = db_exec(db, "BEGIN IMMEDIATE", err);

    if (rc)
        return rc;
    snprintf(pragmas, sizeof pragmas, "PRAGMA user_version=%lld;PRAGMA application_id=%d",
             (long long)version, CACHE_APPLICATION_ID);
    rc = db_exec(db, asset->bytes, err);
    if (rc == ERR_OK && version == 1 && has_file)
        rc = seed(db, err);
    if (rc == ERR_OK)
        rc = db_exec(db, pragmas, err);
    if (rc == ERR_OK)
        rc = db_exec(db, "COMMIT", err);
    if (rc && db_is_in_transaction(db) && db_exec(db, "ROLLBACK", NULL))
        return rc;
    return rc;
}

enum err_code migrate(struct db *db, bool has_file, struct err *err)
{
    int64_t version = 0;
    int64_t number = 0;
    enum err_code rc = db_ask(db, "PRAGMA user_version", &version, err);

    for (const struct asset *a = assets; rc == ERR_OK && a->path != NULL; a++) {
        if (is_migration(a) && ++number > version)
            rc = step(db, a, number, has_file, err);
    }
    return rc;
}
