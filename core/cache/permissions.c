/* Permissions: what AWS denied a caller, or let it do, lately. */
#include "core/cache/store.h"

struct sv permission_caller(struct sv arn)
{
    const struct sv kind = SV(":assumed-role/");
    ptrdiff_t at = sv_find(arn, kind);
    struct sv session;
    struct sv role;

    if (at < 0)
        return arn;
    role = sv_cut(sv_drop(arn, (size_t)at + kind.len), '/', &session);
    return sv_take(arn, (size_t)at + kind.len + role.len);
}

static enum err_code put(struct cache *cache, const struct permission *p, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_PERMISSION_PUT, &st, err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, p->partition);
    db_bind_sv(st, 2, p->account);
    db_bind_sv(st, 3, p->caller);
    db_bind_sv(st, 4, p->iam_action);
    db_bind_sv(st, 5, p->resource);
    db_bind_int(st, 6, p->is_allowed);
    db_bind_int(st, 7, p->at);
    rc = db_run(cache->db, st, err);
    return rc ? rc : row_add_change(cache, 0, CHANGE_PERMISSION, err);
}

enum err_code cache_put_permission(struct cache *cache, const struct permission *permission,
                                   struct err *err)
{
    bool is_ours;
    enum err_code rc = piece_begin(cache, &is_ours, err);

    return rc ? rc : piece_end(cache, is_ours, put(cache, permission, err), err);
}

enum err_code cache_get_permission(struct cache *cache, struct permission *inout, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = use(cache, STATEMENT_PERMISSION, &st, err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, inout->partition);
    db_bind_sv(st, 2, inout->account);
    db_bind_sv(st, 3, inout->caller);
    db_bind_sv(st, 4, inout->iam_action);
    db_bind_sv(st, 5, inout->resource);
    rc = db_step(cache->db, st, &has_row, err);
    if (rc)
        return rc;
    if (!has_row)
        return err_set(err, ERR_NOT_FOUND, "nothing is known of that permission");
    inout->is_allowed = db_int(st, 0) != 0;
    inout->at = db_int(st, 1);
    db_reset(st);
    return ERR_OK;
}
