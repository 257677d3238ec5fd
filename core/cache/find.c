/* The filter's text: what is searched of each pipeline, case folded, and its pieces.
 *
 * SQLite's own trigram index knows nothing below three characters and must walk long lists for
 * phrases. So each text is cut here into its pieces of one, two and three characters, which go into
 * a full-text index as words: any needle then starts from exact words. When a text changes only the
 * pieces that differ are written, at commit and in the order of ids, which is what that index
 * writes well. */
#include <locale.h>
#include <wctype.h>

#include "core/base/mem.h"
#include "core/cache/store.h"

enum {
    TEXT_CAP = 4 * 1024 * 1024,
    PIECE_CHARS = 3,
    CHAR_BITS = 21,
    DIGIT_BITS = 5,
    NEEDLE_WORDS = 4, /* more would cost more than they exclude */
    REPLACEMENT = 0xfffd,
    FIELD_END = '\n'
};

static uint32_t fold_char(uint32_t c)
{
    static locale_t utf8;
    static bool is_tried;

    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c < ' ' ? REPLACEMENT : c;
    if (!is_tried) {
        is_tried = true;
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    }
    return utf8 == (locale_t)0 ? c : (uint32_t)towlower_l((wint_t)c, utf8);
}

enum err_code text_fold(struct sv text, struct sb *out, struct err *err)
{
    char bytes[4];
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK && text.len > 0)
        rc = sb_add(out, sv_make(bytes, utf8_encode(fold_char(utf8_next(&text)), bytes)), err);
    return rc;
}

/* All pieces of a text, each packed into a number; none reaches over the end of a field. */
static enum err_code cut(struct sv folded, struct id_list *out, struct err *err)
{
    const uint64_t mask = (UINT64_C(1) << (PIECE_CHARS * CHAR_BITS)) - 1;
    uint64_t tail = 0;
    int len = 0;

    while (folded.len > 0) {
        uint32_t c = utf8_next(&folded);

        len = c == FIELD_END ? 0 : len < PIECE_CHARS ? len + 1 : len;
        tail = c == FIELD_END ? 0 : ((tail << CHAR_BITS) | c) & mask;
        for (int i = 1; i <= len; i++) {
            uint64_t piece = tail & ((UINT64_C(1) << (i * CHAR_BITS)) - 1);
            enum err_code rc = id_list_add(out, (int64_t)piece, err);

            if (rc)
                return rc;
        }
    }
    id_list_sort(out);
    return ERR_OK;
}

static enum err_code add_word(struct sb *out, uint64_t piece, struct err *err)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    char word[16];
    size_t at = sizeof word;

    word[--at] = ' ';
    for (; piece > 0; piece >>= DIGIT_BITS)
        word[--at] = digits[piece & ((1U << DIGIT_BITS) - 1)];
    return sb_add(out, sv_make(word + at, sizeof word - at), err);
}

/* The words of those that are in a and not in b. */
static enum err_code add_difference(const struct id_list *a, const struct id_list *b,
                                    struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;
    size_t j = 0;

    for (size_t i = 0; rc == ERR_OK && i < a->count; i++) {
        while (j < b->count && b->items[j] < a->items[i])
            j++;
        if (j == b->count || b->items[j] != a->items[i])
            rc = add_word(out, (uint64_t)a->items[i], err);
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

    return rc ? rc : sb_addc(out, FIELD_END, err);
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
    enum err_code rc = use(cache, STATEMENT_TEXT_SOURCE, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    rc = db_step(cache->db, st, &has_row, err);
    if (rc || !has_row)
        return rc;
    rc = add_field(out, db_sv(st, 0), err);
    if (rc == ERR_OK && !sv_eq(db_sv(st, 0), db_sv(st, 1)))
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
    enum err_code rc = use(cache, STATEMENT_TEXT_GET, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    rc = db_step(cache->db, st, &has_row, err);
    if (rc || !has_row)
        return rc;
    rc = sb_add(out, db_sv(st, 0), err);
    db_reset(st);
    return rc;
}

struct refresh { /* kept from one text to the next, for its memory */
    struct sb old;
    struct sb now;
    struct sb words;
    struct id_list old_pieces;
    struct id_list pieces;
};

static enum err_code write_pieces(struct cache *cache, int64_t id, enum statement which,
                                  const struct id_list *some, const struct id_list *without,
                                  struct sb *words, struct err *err)
{
    enum err_code rc;

    sb_clear(words);
    rc = add_difference(some, without, words, err);
    return rc || words->len == 0 ? rc : run_text(cache, which, id, sb_sv(words), err);
}

static enum err_code refresh_one(struct cache *cache, int64_t id, struct refresh *r,
                                 struct err *err)
{
    enum err_code rc;

    sb_clear(&r->old);
    sb_clear(&r->now);
    r->old_pieces.count = 0;
    r->pieces.count = 0;
    rc = load_text(cache, id, &r->old, err);
    if (rc == ERR_OK)
        rc = make_text(cache, id, &r->now, err);
    if (rc || sv_eq(sb_sv(&r->old), sb_sv(&r->now)))
        return rc;
    rc = cut(sb_sv(&r->old), &r->old_pieces, err);
    if (rc == ERR_OK)
        rc = cut(sb_sv(&r->now), &r->pieces, err);
    if (rc == ERR_OK)
        rc = write_pieces(cache, id, STATEMENT_PIECES_DROP, &r->old_pieces, &r->pieces, &r->words,
                          err);
    if (rc == ERR_OK)
        rc = write_pieces(cache, id, STATEMENT_PIECES_ADD, &r->pieces, &r->old_pieces, &r->words,
                          err);
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
    sb_init(&r.words, (size_t)8 * TEXT_CAP);
    id_list_sort(&cache->stale_text);
    for (size_t i = 0; rc == ERR_OK && i < cache->stale_text.count; i++)
        rc = refresh_one(cache, cache->stale_text.items[i], &r, err);
    sb_release(&r.old);
    sb_release(&r.now);
    sb_release(&r.words);
    id_list_release(&r.old_pieces);
    id_list_release(&r.pieces);
    if (rc == ERR_OK)
        cache->stale_text.count = 0;
    return rc;
}

/* The words that every text with this needle has: its piece when it is one, else some of its
 * threes, spread over it. */
static enum err_code needle_words(struct sv needle, struct sb *out, struct err *err)
{
    uint64_t pieces[NEEDLE_WORDS] = {0};
    uint64_t tail = 0;
    size_t chars = 0;
    size_t threes;
    size_t at = 0;
    size_t used = 0;
    enum err_code rc = ERR_OK;

    for (struct sv rest = needle; rest.len > 0; chars++)
        utf8_next(&rest);
    threes = chars < PIECE_CHARS ? 1 : chars - PIECE_CHARS + 1;
    for (size_t i = 1; needle.len > 0; i++) {
        tail = ((tail << CHAR_BITS) | utf8_next(&needle)) &
               ((UINT64_C(1) << (PIECE_CHARS * CHAR_BITS)) - 1);
        if (i < PIECE_CHARS && i < chars)
            continue;
        if (used < NEEDLE_WORDS && at * (NEEDLE_WORDS - 1) >= used * (threes - 1))
            pieces[used++] = tail;
        at++;
    }
    for (size_t i = 0; rc == ERR_OK && i < used; i++)
        rc = add_word(out, pieces[i], err);
    return rc;
}

enum err_code text_candidates(struct cache *cache, struct sv needle, size_t limit,
                              struct id_list *out, struct err *err)
{
    CLEANUP(sb_release) struct sb words;
    struct db_stmt *st;
    bool has_row = false;
    enum err_code rc;

    sb_init(&words, 256);
    rc = needle_words(needle, &words, err);
    if (rc == ERR_OK)
        rc = use(cache, STATEMENT_PIECES_FIND, &st, err);
    if (rc)
        return rc;
    db_bind_sv(st, 1, sb_sv(&words));
    db_bind_int(st, 2, (int64_t)limit);
    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        rc = id_list_add(out, db_int(st, 0), err);
        if (rc)
            break;
    }
    db_reset(st);
    return rc;
}

enum err_code text_matches(struct cache *cache, int64_t id, struct sv needle, bool *out,
                           struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = use(cache, STATEMENT_TEXT_GET, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    rc = db_step(cache->db, st, &has_row, err);
    if (rc)
        return rc;
    *out = has_row && sv_find(db_sv(st, 0), needle) >= 0;
    db_reset(st);
    return ERR_OK;
}
