/* Pieces: what a searched text is cut into, as words for the full-text index.
 *
 * SQLite's own trigram index knows nothing below three characters and walks long lists for the
 * rest. Here every one, two and four characters in a row are a word of their own, and so are the
 * last three of a field: a needle of three is the beginning of words, a longer one has some of its
 * fours. Pieces of the first field, the name, are words apart from those of the others.
 *
 * A piece is one number while it is compared: 15 bits for a character, so that far ones may share a
 * code. That only adds candidates, whose text is looked at anyway. */
#include "core/base/mem.h"
#include "core/cache/store.h"

enum {
    PIECE_CHARS = 4,
    CHAR_BITS = 15,
    WIDE = 1 << (CHAR_BITS - 1), /* flags a character beyond ASCII */
    HALF_BITS = 7,               /* of one, in each of two bytes */
    LETTERS_MAX = 1 + 3 * PIECE_CHARS,
    NEEDLE_WORDS = 4, /* more would cost more than they exclude */
    SLOTS_FIRST = 1024,
    /* first bytes of what no letter or digit stands for; 0xa0 to 0xff are ASCII's signs */
    BYTE_NAME = 0x81,
    BYTE_WIDE = 0x90
};

enum side { SIDE_OLD = 1, SIDE_NOW = 2 };

#define CHARS_MASK(n) ((UINT64_C(1) << ((n)*CHAR_BITS)) - 1)
static const uint64_t name_bit = UINT64_C(1) << (PIECE_CHARS * CHAR_BITS);
static const uint64_t spread = UINT64_C(0x9e3779b97f4a7c15);

void pieces_init(struct pieces *p)
{
    *p = (struct pieces){0};
}

void pieces_release(struct pieces *p)
{
    mem_free(p->items);
    mem_free(p->slots);
    pieces_init(p);
}

static size_t slot_of(const struct pieces *p, uint64_t piece)
{
    return (size_t)((piece * spread) >> 32) & (p->size - 1);
}

/* At most half of the slots are taken. A slot is an item's number, 0 for a free one. */
static enum err_code grow(struct pieces *p, struct err *err)
{
    size_t size = p->size > 0 ? 2 * p->size : SLOTS_FIRST;
    struct piece *items = mem_resize(p->items, size / 2 + 1, sizeof *items);
    uint32_t *slots;

    if (items == NULL)
        return mem_err(err);
    p->items = items;
    slots = mem_array(size, sizeof *slots);
    if (slots == NULL)
        return mem_err(err);
    mem_free(p->slots);
    p->slots = slots;
    p->size = size;
    for (size_t i = 1; i <= p->count; i++) {
        size_t at = slot_of(p, items[i].chars);

        while (slots[at] != 0)
            at = (at + 1) & (size - 1);
        slots[at] = (uint32_t)i;
    }
    return ERR_OK;
}

static enum err_code put(struct pieces *p, uint64_t chars, unsigned sides, struct err *err)
{
    size_t at;

    if (p->count >= p->size / 2) {
        enum err_code rc = grow(p, err);

        if (rc)
            return rc;
    }
    for (at = slot_of(p, chars); p->slots[at] != 0; at = (at + 1) & (p->size - 1)) {
        if (p->items[p->slots[at]].chars == chars) {
            p->items[p->slots[at]].sides |= sides;
            return ERR_OK;
        }
    }
    p->slots[at] = (uint32_t)++p->count;
    p->items[p->count] = (struct piece){chars, sides};
    return ERR_OK;
}

static uint64_t code_of(uint32_t c)
{
    return c < 0x80 ? c : WIDE | (c & (WIDE - 1));
}

/* All pieces of whole fields; none reaches over the end of one. */
static enum err_code cut(struct pieces *p, struct sv text, bool has_name, unsigned sides,
                         struct err *err)
{
    uint64_t class = has_name ? name_bit : 0;
    uint64_t tail = 0;
    int len = 0;
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK && text.len > 0) {
        uint32_t c = utf8_next(&text);

        if (c == TEXT_FIELD_END) {
            if (len >= 3)
                rc = put(p, class | (tail & CHARS_MASK(3)), sides, err);
            class = 0;
            tail = 0;
            len = 0;
            continue;
        }
        tail = (tail << CHAR_BITS | code_of(c)) & CHARS_MASK(PIECE_CHARS);
        len++;
        rc = put(p, class | (tail & CHARS_MASK(1)), sides, err);
        if (rc == ERR_OK && len >= 2)
            rc = put(p, class | (tail & CHARS_MASK(2)), sides, err);
        if (rc == ERR_OK && len >= PIECE_CHARS)
            rc = put(p, class | tail, sides, err);
    }
    return rc;
}

static size_t write_char(unsigned code, char *out)
{
    bool is_letter = (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9');

    if (code < 0x80) {
        out[0] = (char)(is_letter ? code : code | 0x80);
        return 1;
    }
    out[0] = (char)BYTE_WIDE;
    out[1] = (char)(0x80 | (code >> HALF_BITS & 0x7f));
    out[2] = (char)(0x80 | (code & 0x7f));
    return 3;
}

/* Different pieces are different words. Returns the length. */
static size_t write_word(uint64_t piece, char out[LETTERS_MAX])
{
    size_t len = 0;

    if ((piece & name_bit) != 0)
        out[len++] = (char)BYTE_NAME;
    for (int i = PIECE_CHARS - 1; i >= 0; i--) {
        unsigned code = (unsigned)(piece >> (i * CHAR_BITS) & CHARS_MASK(1));

        if (code != 0)
            len += write_char(code, out + len);
    }
    return len;
}

static enum err_code add_words(const struct pieces *p, unsigned sides, struct sb *out,
                               struct err *err)
{
    char word[LETTERS_MAX + 1];
    enum err_code rc = ERR_OK;

    sb_clear(out);
    for (size_t i = 1; rc == ERR_OK && i <= p->count; i++) {
        size_t len;

        if (p->items[i].sides != sides)
            continue;
        len = write_word(p->items[i].chars, word);
        word[len++] = ' ';
        rc = sb_add(out, sv_make(word, len), err);
    }
    return rc;
}

/* The whole fields that both begin with. */
static size_t common_fields(struct sv a, struct sv b)
{
    size_t end = 0;

    for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++) {
        if (a.ptr[i] == TEXT_FIELD_END)
            end = i + 1;
    }
    return end;
}

enum err_code pieces_compare(struct pieces *p, struct sv old, struct sv now, struct sb *gone,
                             struct sb *come, struct err *err)
{
    size_t common = common_fields(old, now);
    enum err_code rc;

    if (p->size > 0)
        memset(p->slots, 0, p->size * sizeof *p->slots);
    p->count = 0;
    rc = cut(p, sv_take(now, common), true, SIDE_OLD | SIDE_NOW, err);
    if (rc == ERR_OK)
        rc = cut(p, sv_drop(old, common), common == 0, SIDE_OLD, err);
    if (rc == ERR_OK)
        rc = cut(p, sv_drop(now, common), common == 0, SIDE_NOW, err);
    if (rc == ERR_OK)
        rc = add_words(p, SIDE_OLD, gone, err);
    return rc ? rc : add_words(p, SIDE_NOW, come, err);
}

enum err_code pieces_query(struct sv needle, bool in_name, struct sb *out, struct err *err)
{
    char word[LETTERS_MAX + 2];
    uint64_t tail = 0;
    uint64_t last = 0;
    size_t chars = 0;
    size_t fours;
    size_t used = 0;
    enum err_code rc = ERR_OK;

    for (struct sv rest = needle; rest.len > 0; chars++)
        utf8_next(&rest);
    fours = chars < PIECE_CHARS ? 1 : chars - PIECE_CHARS + 1;
    for (size_t i = 1, at = 0; rc == ERR_OK && needle.len > 0; i++) {
        size_t len;

        tail = (tail << CHAR_BITS | code_of(utf8_next(&needle))) & CHARS_MASK(PIECE_CHARS);
        /* Its only piece, or some fours spread over it. */
        if ((i < PIECE_CHARS && i < chars) || used == NEEDLE_WORDS ||
            at++ * (NEEDLE_WORDS - 1) < used * (fours - 1))
            continue;
        used++;
        if (tail == last)
            continue;
        last = tail;
        len = write_word(tail | (in_name ? name_bit : 0), word);
        if (chars == 3)
            word[len++] = '*';
        word[len++] = ' ';
        rc = sb_add(out, sv_make(word, len), err);
    }
    return rc;
}
