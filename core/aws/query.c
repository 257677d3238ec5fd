#include "core/aws/query.h"

#include "core/aws/canonical.h"

static enum err_code add_value(struct sb *body, struct sv value, struct err *err)
{
    enum err_code rc = sb_addc(body, '=', err);

    if (rc == ERR_OK)
        rc = canonical_encode(body, value, false, err);
    return rc ? rc : sb_addc(body, '&', err);
}

enum err_code query_add(struct sb *body, const char *name, struct sv value, struct err *err)
{
    enum err_code rc;

    if (value.len == 0)
        return ERR_OK;
    rc = sb_add(body, sv_of(name), err);
    return rc ? rc : add_value(body, value, err);
}

enum err_code query_add_bool(struct sb *body, const char *name, bool value, struct err *err)
{
    return query_add(body, name, value ? SV("true") : SV("false"), err);
}

enum err_code query_add_member(struct sb *body, const char *list, size_t n, const char *member,
                               struct sv value, struct err *err)
{
    enum err_code rc = sb_addf(body, err, "%s.%zu%s%s", list, n, member != NULL ? "." : "",
                               member != NULL ? member : "");

    return rc ? rc : add_value(body, value, err);
}
