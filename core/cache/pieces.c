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
    SLOTS_FIRST = 1024,
    MADE_AT_ONCE = 3, /* at each character */
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

/* There is room for it. */
static inline void put(struct pieces *p, uint64_t chars, unsigned sides)
{
    size_t at = slot_of(p, chars);

    for (; p->slots[at] != 0; at = (at + 1) & (p->size - 1)) {
        if (p->items[p->slots[at]].chars == chars) {
            p->items[p->slots[at]].sides |= sides;
            return;
        }
    }
    p->slots[at] = (uint32_t)++p->count;
    p->items[p->count] = (struct piece){chars, sides};
}

static uint64_t next_code(struct sv *text)
{
    uint32_t c = (unsigned char)text->ptr[0];

    if (c < 0x80) {
        text->ptr++;
        text->len--;
        return c;
    }
    return WIDE | (utf8_next(text) & (WIDE - 1));
}

/* Single characters are nearly all ASCII, and a text has few different ones. */
static inline void put_single(struct pieces *p, uint64_t class, uint64_t code, unsigned sides)
{
    if (code < PIECES_SINGLES)
        p->singles[class != 0][code] |= (unsigned char)sides;
    else
        put(p, class | code, sides);
}

/* All pieces of whole fields; none reaches over the end of one. */
static enum err_code cut(struct pieces *p, struct sv text, bool has_name, unsigned sides,
                         struct err *err)
{
    uint64_t class = has_name ? name_bit : 0;
    uint64_t tail = 0;
    int len = 0;

    while (text.len > 0) {
        uint64_t code = next_code(&text);

        if (p->count + MADE_AT_ONCE > p->size / 2) {
            enum err_code rc = grow(p, err);

            if (rc)
                return rc;
        }
        if (code == TEXT_FIELD_END) {
            if (len >= 3)
                put(p, class | (tail & CHARS_MASK(3)), sides);
            class = 0;
            tail = 0;
            len = 0;
            continue;
        }
        tail = (tail << CHAR_BITS | code) & CHARS_MASK(PIECE_CHARS);
        len++;
        put_single(p, class, code, sides);
        if (len >= 2)
            put(p, class | (tail & CHARS_MASK(2)), sides);
        if (len >= PIECE_CHARS)
            put(p, class | tail, sides);
    }
    return ERR_OK;
}

static char *write_char(unsigned code, char *out)
{
    bool is_letter = (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9');

    if (code < 0x80) {
        *out++ = (char)(is_letter ? code : code | 0x80);
        return out;
    }
    *out++ = (char)BYTE_WIDE;
    *out++ = (char)(0x80 | (code >> HALF_BITS & 0x7f));
    *out++ = (char)(0x80 | (code & 0x7f));
    return out;
}

/* Different pieces are different words. Returns where it ends, at most LETTERS_MAX on. */
static char *write_word(uint64_t piece, char *out)
{
    if ((piece & name_bit) != 0)
        *out++ = (char)BYTE_NAME;
    for (int i = PIECE_CHARS - 1; i >= 0; i--) {
        unsigned code = (unsigned)(piece >> (i * CHAR_BITS) & CHARS_MASK(1));

        if (code != 0)
            out = write_char(code, out);
    }
    return out;
}

static enum err_code add_word(struct sb *out, uint64_t piece, struct err *err)
{
    char *end;

    if (out->size < out->len + LETTERS_MAX + 2) {
        enum err_code rc = sb_reserve(out, LETTERS_MAX + 1, err);

        if (rc)
            return rc;
    }
    end = write_word(piece, out->ptr + out->len);
    *end++ = ' ';
    *end = '\0';
    out->len = (size_t)(end - out->ptr);
    return ERR_OK;
}

struct shared {  /* whole fields that both texts begin with */
    size_t name; /* the length of the first */
    size_t all;
};

static struct shared find_shared(struct sv a, struct sv b)
{
    struct shared found = {0};

    for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++) {
        if (a.ptr[i] != TEXT_FIELD_END)
            continue;
        found.all = i + 1;
        if (found.name == 0)
            found.name = found.all;
    }
    return found;
}

static enum err_code cut_both(struct pieces *p, struct sv old, struct sv now, struct err *err)
{
    struct shared shared = find_shared(old, now);
    bool has_name = shared.name == 0;
    /* No other field has a piece of the name's, so a name that stays need not be cut. */
    struct sv both = sv_drop(sv_take(now, shared.all), shared.name);
    enum err_code rc = cut(p, both, false, SIDE_OLD | SIDE_NOW, err);

    if (rc == ERR_OK)
        rc = cut(p, sv_drop(old, shared.all), has_name, SIDE_OLD, err);
    return rc ? rc : cut(p, sv_drop(now, shared.all), has_name, SIDE_NOW, err);
}

static inline enum err_code sort_out(uint64_t sides, uint64_t piece, struct sb *gone,
                                     struct sb *come, struct err *err)
{
    if (sides != SIDE_OLD && sides != SIDE_NOW)
        return ERR_OK;
    return add_word(sides == SIDE_OLD ? gone : come, piece, err);
}

enum err_code pieces_compare(struct pieces *p, struct sv old, struct sv now, struct sb *gone,
                             struct sb *come, struct err *err)
{
    enum err_code rc;

    if (p->size > 0)
        memset(p->slots, 0, p->size * sizeof *p->slots);
    p->count = 0;
    sb_clear(gone);
    sb_clear(come);
    memset(p->singles, 0, sizeof p->singles);
    rc = cut_both(p, old, now, err);
    for (size_t i = 1; rc == ERR_OK && i <= p->count; i++)
        rc = sort_out(p->items[i].sides, p->items[i].chars, gone, come, err);
    for (uint64_t c = 0; rc == ERR_OK && c < PIECES_SINGLES; c++) {
        rc = sort_out(p->singles[0][c], c, gone, come, err);
        if (rc == ERR_OK)
            rc = sort_out(p->singles[1][c], c | name_bit, gone, come, err);
    }
    return rc;
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
        char *end;

        tail = (tail << CHAR_BITS | next_code(&needle)) & CHARS_MASK(PIECE_CHARS);
        /* Its only piece, or some fours spread over it. */
        if ((i < PIECE_CHARS && i < chars) || used == PIECES_WORDS_MAX ||
            at++ * (PIECES_WORDS_MAX - 1) < used * (fours - 1))
            continue;
        used++;
        if (tail == last)
            continue;
        last = tail;
        end = write_word(tail | (in_name ? name_bit : 0), word);
        if (chars == 3)
            *end++ = '*';
        *end++ = ' ';
        rc = sb_add(out, sv_make(word, (size_t)(end - word)), err);
    }
    return rc;
}
