/* The filter's text: what is searched of each pipeline, case folded, and the index of its pieces.
 *
 * When a text changes only the pieces that differ are written, at commit and in the order of ids,
 * which is what the full-text index writes well. */
#include "core/cache/store.h"

enum {
    TEXT_CAP = 4 * 1024 * 1024,
    SAMPLE_ROWS = 64, /* tell how common a word is */
    RARE_SHARE = 8    /* a word so many times as common as the rarest excludes little */
};

/* As far as it is printable ASCII; there is room. */
static size_t fold_plain(struct sv text, char *out)
{
    size_t i = 0;

    for (; i < text.len && text.ptr[i] >= ' ' && text.ptr[i] <= '~'; i++)
        out[i] = (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] + 'a' - 'A'
                                                                 : text.ptr[i]);
    return i;
}

enum err_code text_fold(struct sv text, struct sb *out, struct err *err)
{
    char bytes[4];
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK && text.len > 0) {
        size_t plain;

        rc = sb_reserve(out, text.len, err);
        if (rc)
            return rc;
        plain = fold_plain(text, out->ptr + out->len);
        out->len += plain;
        out->ptr[out->len] = '\0';
        text = sv_drop(text, plain);
        if (text.len > 0)
            rc = sb_add(out, sv_make(bytes, utf8_encode(text_fold_char(utf8_next(&text)), bytes)),
                        err);
    }
    return rc;
}

static enum err_code run_text(struct cache *cache, enum statement which, int64_t id, struct sv text,
                              struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, which, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    db_bind_sv(st, 2, text);
    return db_run(cache->db, st, err);
}

static enum err_code add_field(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = text_fold(text, out, err);

    return rc ? rc : sb_addc(out, TEXT_FIELD_END, err);
}

static enum err_code add_stage_names(struct sb *out, struct sv strip, struct err *err)
{
    struct stage_mark mark;
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK && stage_strip_next(&strip, &mark))
        rc = add_field(out, mark.name, err);
    return rc;
}

/* Empty when the pipeline is gone. */
static enum err_code make_text(struct cache *cache, int64_t id, struct sb *out, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = row_of(cache, STATEMENT_TEXT_SOURCE, id, &st, &has_row, err);

    if (rc || !has_row)
        return rc;
    rc = add_field(out, db_sv(st, 0), err);
    if (rc == ERR_OK && sv_find(db_sv(st, 0), db_sv(st, 1)) < 0)
        rc = add_field(out, db_sv(st, 1), err);
    if (rc == ERR_OK)
        rc = add_stage_names(out, db_sv(st, 2), err);
    if (rc == ERR_OK)
        rc = add_field(out, db_sv(st, 3), err);
    if (rc == ERR_OK)
        rc = add_field(out, db_sv(st, 4), err);
    db_reset(st);
    return rc;
}

static enum err_code load_text(struct cache *cache, int64_t id, struct sb *out, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = row_of(cache, STATEMENT_TEXT_GET, id, &st, &has_row, err);

    if (rc || !has_row)
        return rc;
    rc = sb_add(out, db_sv(st, 0), err);
    db_reset(st);
    return rc;
}

struct refresh { /* kept from one text to the next, for its memory */
    struct sb old;
    struct sb now;
    struct sb gone;
    struct sb come;
    struct pieces pieces;
};

static enum err_code write_pieces(struct cache *cache, int64_t id, enum statement which,
                                  const struct sb *words, struct err *err)
{
    return words->len == 0 ? ERR_OK : run_text(cache, which, id, sb_sv(words), err);
}

static enum err_code refresh_one(struct cache *cache, int64_t id, struct refresh *r,
                                 struct err *err)
{
    enum err_code rc;

    sb_clear(&r->old);
    sb_clear(&r->now);
    rc = load_text(cache, id, &r->old, err);
    if (rc == ERR_OK)
        rc = make_text(cache, id, &r->now, err);
    if (rc || sv_eq(sb_sv(&r->old), sb_sv(&r->now)))
        return rc;
    rc = pieces_compare(&r->pieces, sb_sv(&r->old), sb_sv(&r->now), &r->gone, &r->come, err);
    if (rc == ERR_OK)
        rc = write_pieces(cache, id, STATEMENT_PIECES_DROP, &r->gone, err);
    if (rc == ERR_OK)
        rc = write_pieces(cache, id, STATEMENT_PIECES_ADD, &r->come, err);
    if (rc)
        return rc;
    return r->now.len > 0 ? run_text(cache, STATEMENT_TEXT_PUT, id, sb_sv(&r->now), err)
                          : row_run(cache, STATEMENT_TEXT_DROP, id, err);
}

enum err_code text_refresh(struct cache *cache, struct err *err)
{
    struct refresh r = {0};
    enum err_code rc = ERR_OK;

    sb_init(&r.old, TEXT_CAP);
    sb_init(&r.now, TEXT_CAP);
    sb_init(&r.gone, (size_t)8 * TEXT_CAP);
    sb_init(&r.come, (size_t)8 * TEXT_CAP);
    pieces_init(&r.pieces);
    id_list_sort(&cache->stale_text);
    for (size_t i = 0; rc == ERR_OK && i < cache->stale_text.count; i++)
        rc = refresh_one(cache, cache->stale_text.items[i], &r, err);
    sb_release(&r.old);
    sb_release(&r.now);
    sb_release(&r.gone);
    sb_release(&r.come);
    pieces_release(&r.pieces);
    if (rc == ERR_OK)
        cache->stale_text.count = 0;
    return rc;
}

static enum err_code find_words(struct cache *cache, struct sv words, size_t limit,
                                struct id_list *out, struct err *err)
{
    struct db_stmt *st;
    bool has_row = false;
    enum err_code rc = use(cache, STATEMENT_PIECES_FIND, &st, err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, words);
    db_bind_int(st, 2, (int64_t)limit);
    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        rc = id_list_add(out, db_int(st, 0), err);
        if (rc)
            break;
    }
    db_reset(st);
    return rc;
}

/* How far apart the rows with a word are: the id of the last of its first few. */
static enum err_code find_spread(struct cache *cache, struct sv word, int64_t *out, struct err *err)
{
    struct id_list first = {0};
    enum err_code rc = find_words(cache, word, SAMPLE_ROWS, &first, err);

    if (rc == ERR_OK)
        *out = first.count < SAMPLE_ROWS ? INT64_MAX : first.items[first.count - 1];
    id_list_release(&first);
    return rc;
}

/* Leave the words out that exclude little beside the rarest: their long lists would all be read. */
static enum err_code keep_rare(struct cache *cache, struct sv words, struct sb *out,
                               struct err *err)
{
    int64_t spreads[PIECES_WORDS_MAX];
    int64_t widest = 0;
    size_t count = 0;
    enum err_code rc = ERR_OK;

    for (struct sv rest = words; rc == ERR_OK && rest.len > 0; count++) {
        rc = find_spread(cache, sv_cut(rest, ' ', &rest), &spreads[count], err);
        if (rc == ERR_OK && spreads[count] > widest)
            widest = spreads[count];
    }
    for (size_t i = 0; rc == ERR_OK && i < count; i++) {
        struct sv word = sv_cut(words, ' ', &words);

        if (spreads[i] < widest / RARE_SHARE)
            continue;
        rc = sb_add(out, word, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, ' ', err);
    }
    return rc;
}

enum err_code text_candidates(struct cache *cache, struct sv needle, bool in_name, size_t limit,
                              struct id_list *out, struct err *err)
{
    CLEANUP(sb_release) struct sb words;
    CLEANUP(sb_release) struct sb rare;
    enum err_code rc;

    sb_init(&words, 256);
    sb_init(&rare, 256);
    rc = pieces_query(needle, in_name, &words, err);
    /* Names are numbered, and the first numbers are no sample of all. */
    if (rc || in_name)
        return rc ? rc : find_words(cache, sb_sv(&words), limit, out, err);
    rc = keep_rare(cache, sb_sv(&words), &rare, err);
    return rc ? rc : find_words(cache, sb_sv(&rare), limit, out, err);
}

enum err_code text_matches(struct cache *cache, int64_t id, struct sv needle, bool *out,
                           struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = row_of(cache, STATEMENT_TEXT_GET, id, &st, &has_row, err);

    if (rc)
        return rc;
    *out = has_row && sv_find(db_sv(st, 0), needle) >= 0;
    db_reset(st);
    return ERR_OK;
}
