#include "core/model/ansi.h"

enum state {
    STATE_TEXT,
    STATE_ESCAPE,        /* behind ESC */
    STATE_INTERMEDIATE,  /* behind ESC and a byte that another one follows */
    STATE_CSI,           /* numbers */
    STATE_CSI_IGNORED,   /* of a kind that is not SGR: up to its last byte */
    STATE_STRING,        /* OSC, DCS and their like: up to BEL or ST */
    STATE_STRING_ESCAPE, /* ESC in it: ST if a backslash follows */
    STATE_C1             /* behind the first byte of U+0080 to U+00BF */
};

enum { NUMBER_MAX = 1000 };

void ansi_begin(struct ansi *a)
{
    *a = (struct ansi){.state = STATE_TEXT};
}

/* ---- runs ---- */

/* The text was cut to this length. */
static void cut_runs(struct ansi *a, size_t len)
{
    while (a->run_count > 0 && a->runs[a->run_count - 1].start >= len)
        a->run_count--;
    if (a->run_count > 0) {
        struct ansi_run *last = &a->runs[a->run_count - 1];

        if ((size_t)last->start + last->len > len)
            last->len = (uint32_t)(len - last->start);
    }
}

static void add_run(struct ansi *a, size_t start, size_t len)
{
    struct ansi_run *last = a->run_count > 0 ? &a->runs[a->run_count - 1] : NULL;

    if (a->attributes == 0 && a->colour == ANSI_DEFAULT)
        return;
    if (last != NULL && (size_t)last->start + last->len == start &&
        last->attributes == a->attributes && last->colour == a->colour)
        last->len += (uint32_t)len;
    else if (a->run_count < ANSI_RUNS_MAX)
        a->runs[a->run_count++] = (struct ansi_run){.start = (uint32_t)start,
                                                    .len = (uint32_t)len,
                                                    .attributes = a->attributes,
                                                    .colour = a->colour};
}

/* ---- text ---- */

static void take_back(struct ansi *a, struct sb *out)
{
    size_t len = out->len;

    if (a->is_return)
        len = 0;
    for (; a->backs > 0 && len > 0; a->backs--) {
        do
            len--;
        while (len > 0 && ((unsigned char)out->ptr[len] & 0xc0) == 0x80);
    }
    a->backs = 0;
    a->is_return = false;
    if (len == out->len)
        return;
    out->len = len;
    out->ptr[len] = '\0';
    cut_runs(a, len);
}

static enum err_code add_text(struct ansi *a, struct sv text, struct sb *out, struct err *err)
{
    enum err_code rc;

    take_back(a, out);
    rc = sb_add(out, text, err);
    if (!rc)
        add_run(a, out->len - text.len, text.len);
    return rc;
}

/* ---- sequences ---- */

static uint8_t bright(int colour)
{
    return colour == 0 ? ANSI_GREY : (uint8_t)(colour + ANSI_BLACK);
}

/* The nearest of ours to one of the 256, or of red, green and blue. */
static uint8_t from_rgb(int r, int g, int b)
{
    int most = r > g ? r : g;
    int bits;

    most = most > b ? most : b;
    if (most < 64)
        return ANSI_GREY;
    bits = (r * 3 > most * 2 ? 1 : 0) | (g * 3 > most * 2 ? 2 : 0) | (b * 3 > most * 2 ? 4 : 0);
    if (bits == 7)
        return most < 160 ? ANSI_GREY : ANSI_DEFAULT;
    return (uint8_t)(ANSI_BLACK + bits);
}

static uint8_t from_256(int number)
{
    if (number < 8)
        return (uint8_t)(ANSI_BLACK + number);
    if (number < 16)
        return bright(number - 8);
    if (number >= 232)
        return number < 248 ? ANSI_GREY : ANSI_DEFAULT;
    number -= 16;
    return from_rgb(number / 36 * 51, number / 6 % 6 * 51, number % 6 * 51);
}

/* "38;5;N" and "38;2;R;G;B"; returns how many numbers it took beyond the first. */
static size_t extended(struct ansi *a, size_t at, bool is_text)
{
    size_t left = a->number_count - at - 1;
    const int *n = &a->numbers[at + 1];
    uint8_t colour;

    if (left >= 2 && n[0] == 5) {
        colour = from_256(n[1] < 256 ? n[1] : 255);
        left = 2;
    } else if (left >= 4 && n[0] == 2) {
        colour = from_rgb(n[1], n[2], n[3]);
        left = 4;
    } else {
        return left;
    }
    if (is_text)
        a->colour = colour;
    return left;
}

static size_t rendition(struct ansi *a, size_t at)
{
    int n = a->numbers[at];

    if (n == 0)
        a->attributes = 0;
    if (n == 0 || n == 39)
        a->colour = ANSI_DEFAULT;
    else if (n == 1)
        a->attributes |= ANSI_BOLD;
    else if (n == 2)
        a->attributes |= ANSI_DIM;
    else if (n == 4)
        a->attributes |= ANSI_UNDERLINE;
    else if (n == 7)
        a->attributes |= ANSI_REVERSE;
    else if (n == 22)
        a->attributes &= (uint8_t) ~(ANSI_BOLD | ANSI_DIM);
    else if (n == 24)
        a->attributes &= (uint8_t)~ANSI_UNDERLINE;
    else if (n == 27)
        a->attributes &= (uint8_t)~ANSI_REVERSE;
    else if (n >= 30 && n <= 37)
        a->colour = (uint8_t)(ANSI_BLACK + n - 30);
    else if (n >= 90 && n <= 97)
        a->colour = bright(n - 90);
    else if (n == 38 || n == 48)
        return extended(a, at, n == 38);
    return 0;
}

static void end_csi(struct ansi *a, char last, struct sb *out)
{
    if (last == 'm') {
        for (size_t i = 0; i < a->number_count; i++)
            i += rendition(a, i);
    } else if ((last == 'K' && a->numbers[0] == 2) || (last == 'G' && a->numbers[0] <= 1)) {
        a->is_return = true; /* the line erased, or its first column */
    }
    if (last == 'K' && a->numbers[0] == 2 && out->len > 0)
        take_back(a, out);
}

static void begin_csi(struct ansi *a)
{
    a->state = STATE_CSI;
    a->number_count = 1;
    a->numbers[0] = 0;
}

static void csi(struct ansi *a, char c, struct sb *out)
{
    int *number = &a->numbers[a->number_count - 1];

    if (c >= '0' && c <= '9') {
        *number = *number < NUMBER_MAX ? *number * 10 + (c - '0') : NUMBER_MAX;
    } else if (c == ';' || c == ':') {
        if (a->number_count == ANSI_NUMBERS_MAX)
            a->state = STATE_CSI_IGNORED;
        else
            a->numbers[a->number_count++] = 0;
    } else if (c >= '@' && c <= '~') {
        end_csi(a, c, out);
        a->state = STATE_TEXT;
    } else {
        a->state = STATE_CSI_IGNORED;
    }
}

static void escape(struct ansi *a, char c)
{
    switch (c) {
    case '[':
        begin_csi(a);
        break;
    case ']': /* OSC */
    case 'P': /* DCS */
    case 'X': /* SOS */
    case '^': /* PM */
    case '_': /* APC */
        a->state = STATE_STRING;
        break;
    case '\x1b':
        break;
    default:
        a->state = c >= ' ' && c <= '/' ? STATE_INTERMEDIATE : STATE_TEXT;
    }
}

/* The second byte of U+0080 to U+00BF, whose first half are controls. */
static enum err_code c1(struct ansi *a, char c, struct sb *out, struct err *err)
{
    const char bytes[2] = {'\xc2', c};
    unsigned char byte = (unsigned char)c;

    a->state = STATE_TEXT;
    if (byte < 0x80 || byte >= 0xc0) { /* broken: what follows counts by itself */
        enum err_code rc = add_text(a, sv_take(sv_make(bytes, 2), 1), out, err);

        return rc ? rc : ansi_add(a, sv_make(&c, 1), out, err);
    }
    if (byte == 0x9b)
        begin_csi(a);
    else if (byte == 0x90 || byte == 0x98 || byte == 0x9d || byte == 0x9e || byte == 0x9f)
        a->state = STATE_STRING;
    else if (byte >= 0xa0)
        return add_text(a, sv_make(bytes, 2), out, err);
    return ERR_OK;
}

static void control(struct ansi *a, char c)
{
    if (c == '\x1b')
        a->state = STATE_ESCAPE;
    else if (c == '\r')
        a->is_return = true;
    else if (c == '\b')
        a->backs++;
}

static bool is_control(char c)
{
    return ((unsigned char)c < ' ' && c != '\t') || c == '\x7f';
}

static enum err_code one(struct ansi *a, char c, struct sb *out, struct err *err)
{
    switch ((enum state)a->state) {
    case STATE_ESCAPE:
        escape(a, c);
        break;
    case STATE_INTERMEDIATE:
        a->state = c >= ' ' && c <= '/' ? STATE_INTERMEDIATE : STATE_TEXT;
        break;
    case STATE_CSI:
        csi(a, c, out);
        break;
    case STATE_CSI_IGNORED:
        a->state = c >= '@' && c <= '~' ? STATE_TEXT : STATE_CSI_IGNORED;
        break;
    case STATE_STRING:
        a->state = c == '\a' ? STATE_TEXT : c == '\x1b' ? STATE_STRING_ESCAPE : STATE_STRING;
        break;
    case STATE_STRING_ESCAPE:
        a->state = c == '\\' || c == '\a' ? STATE_TEXT
                   : c == '\x1b'          ? STATE_STRING_ESCAPE
                                          : STATE_STRING;
        break;
    case STATE_C1:
        return c1(a, c, out, err);
    case STATE_TEXT:
        if (c == '\xc2')
            a->state = STATE_C1;
        else
            control(a, c);
        break;
    }
    return ERR_OK;
}

enum err_code ansi_add(struct ansi *a, struct sv piece, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (piece.len > 0 && !rc) {
        size_t len = 0;

        if (a->state == STATE_TEXT) {
            while (len < piece.len && !is_control(piece.ptr[len]) && piece.ptr[len] != '\xc2')
                len++;
        }
        rc = len > 0 ? add_text(a, sv_take(piece, len), out, err) : ERR_OK;
        if (!rc && len < piece.len)
            rc = one(a, piece.ptr[len], out, err);
        piece = sv_drop(piece, len + 1);
    }
    return rc;
}
