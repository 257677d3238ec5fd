/* The audit's rows, in either direction. */
#include "core/base/mem.h"
#include "core/deploy/audit_store.h"

enum { FILTER_CAP = 4096, PAGE_ROWS = 200, PAGE_CAP = 64 << 20 };

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

bool audit_row_keep(struct audit_row *row, struct arena *arena)
{
    bool is_kept = true;

    for (int i = 0; i < AUDIT_TEXT_COUNT && is_kept; i++) {
        struct sv text = arena_sv(arena, audit_text(row, (enum audit_text)i));

        is_kept = text.ptr != NULL;
        audit_set_text(row, (enum audit_text)i, text);
    }
    row->hash = arena_sv(arena, row->hash);
    return is_kept && row->hash.ptr != NULL;
}

/* Some rows at a time, copied, so that the table is free again before they are given away. */
struct page {
    struct arena arena;
    struct audit_row rows[PAGE_ROWS];
    int count;
    int64_t from; /* behind this row, in the query's direction */
};

static enum err_code read_page(struct audit_store *s, const struct audit_query *query, int most,
                               struct page *page, struct err *err)
{
    struct db_stmt *st;
    bool has_row = true;
    enum err_code rc =
        audit_use(s, query->is_oldest_first ? AUDIT_UPWARD : AUDIT_DOWNWARD, &st, err);

    page->count = 0;
    arena_clear(&page->arena);
    if (rc)
        return rc;
    db_bind_int(st, 1, page->from);
    db_bind_int(st, 2, query->since_ms > 0 ? query->since_ms : INT64_MIN);
    db_bind_int(st, 3, most);
    while (page->count < most) {
        struct audit_row *row = &page->rows[page->count];

        rc = db_step(s->db, st, &has_row, err);
        if (rc || !has_row)
            return rc;
        audit_take_row(st, row);
        page->from = row->seq;
        page->count++;
        if (!audit_row_keep(row, &page->arena)) {
            db_reset(st);
            return arena_err(&page->arena, err);
        }
    }
    db_reset(st);
    return ERR_OK;
}

static enum err_code read_rows(struct audit_store *s, const struct audit_query *query,
                               struct sv folded, struct page *page, audit_row_fn *fn, void *owner,
                               struct err *err)
{
    int given = 0;
    int most;

    page->from = query->is_oldest_first  ? INT64_MIN
                 : query->before_seq > 0 ? query->before_seq
                                         : INT64_MAX;
    do {
        bool is_few = folded.len == 0 && query->limit > 0 && query->limit - given < PAGE_ROWS;
        enum err_code rc;

        most = is_few ? query->limit - given : PAGE_ROWS;
        rc = read_page(s, query, most, page, err);
        if (rc)
            return rc;
        for (int i = 0; i < page->count; i++) {
            if (!audit_row_has(&page->rows[i], folded))
                continue;
            if (!fn(owner, &page->rows[i]) || ++given == query->limit)
                return ERR_OK;
        }
    } while (page->count == most);
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
    if (store.db != NULL) {
        struct page *page = mem_alloc(sizeof *page);

        if (page == NULL) {
            rc = mem_err(err);
        } else {
            arena_init(&page->arena, PAGE_CAP);
            rc = read_rows(&store, query, sb_sv(&folded), page, fn, owner, err);
            arena_release(&page->arena);
        }
        mem_free(page);
    }
    audit_store_close(&store);
    return rc;
}
