/* The audit's rows, in either direction. */
#include "core/deploy/audit_store.h"

enum { FILTER_CAP = 4096 };

static bool begins_with(struct sv text, struct sv folded)
{
    while (folded.len > 0) {
        if (text.len == 0 || text_fold_char(utf8_next(&text)) != utf8_next(&folded))
            return false;
    }
    return true;
}

static bool has_piece(struct sv text, struct sv folded)
{
    for (;;) {
        if (begins_with(text, folded))
            return true;
        if (text.len == 0)
            return false;
        (void)utf8_next(&text);
    }
}

bool audit_row_has(const struct audit_row *row, struct sv folded)
{
    for (int i = 0; i < AUDIT_TEXT_COUNT && folded.len > 0; i++) {
        if (has_piece(audit_text(row, (enum audit_text)i), folded))
            return true;
    }
    return folded.len == 0;
}

enum err_code audit_fold(struct sv text, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && !rc) {
        char bytes[4];
        size_t len = utf8_encode(text_fold_char(utf8_next(&text)), bytes);

        rc = sb_add(out, sv_make(bytes, len), err);
    }
    return rc;
}

static enum err_code read_rows(struct audit_store *s, const struct audit_query *query,
                               struct sv folded, audit_row_fn *fn, void *owner, struct err *err)
{
    struct db_stmt *st;
    bool has_row = true;
    int given = 0;
    enum err_code rc =
        audit_use(s, query->is_oldest_first ? AUDIT_UPWARD : AUDIT_DOWNWARD, &st, err);

    if (rc)
        return rc;
    if (query->is_oldest_first)
        db_bind_int(st, 1, INT64_MIN);
    else
        db_bind_int(st, 1, query->before_seq > 0 ? query->before_seq : INT64_MAX);
    db_bind_int(st, 2, query->since_ms > 0 ? query->since_ms : INT64_MIN);
    db_bind_int(st, 3, folded.len == 0 && query->limit > 0 ? query->limit : -1);
    while (query->limit == 0 || given < query->limit) {
        struct audit_row row;

        rc = db_step(s->db, st, &has_row, err);
        if (rc || !has_row)
            return rc;
        audit_take_row(st, &row);
        if (!audit_row_has(&row, folded))
            continue;
        given++;
        if (!fn(owner, &row))
            break;
    }
    db_reset(st);
    return ERR_OK;
}

enum err_code audit_read(const char *dir, const struct audit_query *query, audit_row_fn *fn,
                         void *owner, struct err *err)
{
    CLEANUP(sb_release) struct sb folded;
    struct audit_store store;
    enum err_code rc;

    sb_init(&folded, FILTER_CAP);
    rc = audit_fold(query->filter, &folded, err);
    if (!rc)
        rc = audit_store_open(dir, &store, err);
    if (rc)
        return rc;
    if (store.db != NULL)
        rc = read_rows(&store, query, sb_sv(&folded), fn, owner, err);
    audit_store_close(&store);
    return rc;
}
