#include "tui/input.h"

#include "core/base/mem.h"
#include "tui/rescue.h"

enum {
    ESC = 0x1b,
    CSI_MAX = 128, /* no sequence of a terminal is longer */
    SS3_MAX = 8,
    NUMBERS = 4,
    NUMBER_MAX = 99999
};

enum step {
    STEP_EVENT,
    STEP_AGAIN, /* something was dropped */
    STEP_WAIT   /* all that is there is the beginning of something */
};

static const struct {
    char final;
    uint32_t key;
} by_final[] = {
    {'A', KEYCODE_UP},   {'B', KEYCODE_DOWN},    {'C', KEYCODE_RIGHT}, {'D', KEYCODE_LEFT},
    {'H', KEYCODE_HOME}, {'F', KEYCODE_END},     {'P', KEYCODE_F1},    {'Q', KEYCODE_F2},
    {'S', KEYCODE_F4},   {'Z', KEYCODE_BACKTAB}, {'a', KEYCODE_UP},    {'b', KEYCODE_DOWN},
    {'d', KEYCODE_LEFT}, /* CSI c, rxvt's fourth, would be an answer about the terminal */
};

static const struct {
    int number;
    uint32_t key;
} by_number[] = {
    {1, KEYCODE_HOME}, {2, KEYCODE_INSERT}, {3, KEYCODE_DELETE}, {4, KEYCODE_END},
    {5, KEYCODE_PGUP}, {6, KEYCODE_PGDN},   {7, KEYCODE_HOME},   {8, KEYCODE_END},
    {11, KEYCODE_F1},  {12, KEYCODE_F2},    {13, KEYCODE_F3},    {14, KEYCODE_F4},
    {15, KEYCODE_F5},  {17, KEYCODE_F6},    {18, KEYCODE_F7},    {19, KEYCODE_F8},
    {20, KEYCODE_F9},  {21, KEYCODE_F10},   {23, KEYCODE_F11},   {24, KEYCODE_F12},
};

void input_init(struct input *in, bool is_utf8)
{
    *in = (struct input){.is_utf8 = is_utf8};
}

void input_release(struct input *in)
{
    mem_free(in->paste);
    in->paste = NULL;
}

/* A key of one control byte is that control, whatever terminfo calls it. */
void input_add_sequence(struct input *in, const char *bytes, uint32_t key)
{
    struct input_sequence *sequence = &in->sequences[in->sequence_count];
    size_t len = bytes == NULL ? 0 : strlen(bytes);

    if (len < 2 || len >= sizeof sequence->bytes || bytes[0] != ESC ||
        in->sequence_count == INPUT_SEQUENCES)
        return;
    memcpy(sequence->bytes, bytes, len + 1);
    sequence->key = key;
    in->sequence_count++;
}

size_t input_feed(struct input *in, const char *bytes, size_t count)
{
    if (in->start > 0) {
        memmove(in->bytes, in->bytes + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = 0;
    }
    if (count > sizeof in->bytes - in->end)
        count = sizeof in->bytes - in->end;
    memcpy(in->bytes + in->end, bytes, count);
    in->end += count;
    return count;
}

static struct sv pending(const struct input *in)
{
    return sv_make(in->bytes + in->start, in->end - in->start);
}

static unsigned char byte_at(struct sv text, size_t at)
{
    return (unsigned char)text.ptr[at];
}

static enum step key_event(struct input *in, size_t used, uint32_t key, struct input_event *out)
{
    in->start += used;
    if (key == 0)
        return STEP_AGAIN;
    out->kind = INPUT_KEY;
    out->key = key;
    return STEP_EVENT;
}

static uint32_t control_key(unsigned char c)
{
    switch (c) {
    case '\r':
    case '\n':
        return KEYCODE_ENTER;
    case '\t':
        return KEYCODE_TAB;
    case '\b':
    case 0x7f:
        return KEYCODE_BACKSPACE;
    case ' ':
        return KEYCODE_SPACE;
    default: /* ^A and the like are their own number; ^Space, which is 0, is none */
        return c;
    }
}

/* How many bytes a character that begins so has; 0 when none does. */
static size_t character_size(unsigned char first)
{
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

static bool is_cut_character(struct sv text)
{
    size_t size = character_size(byte_at(text, 0));

    for (size_t i = 1; i < text.len; i++) {
        if (i >= size || (byte_at(text, i) & 0xc0) != 0x80)
            return false;
    }
    return text.len < size;
}

static enum step take_character(struct input *in, struct input_event *out)
{
    struct sv text = pending(in);
    struct sv rest = text;
    uint32_t ch;

    if (byte_at(text, 0) <= ' ' || byte_at(text, 0) == 0x7f)
        return key_event(in, 1, control_key(byte_at(text, 0)), out);
    if (!in->is_utf8 && byte_at(text, 0) >= 0x80)
        return key_event(in, 1, 0, out);
    if (is_cut_character(text))
        return STEP_WAIT;
    ch = utf8_next(&rest);
    return key_event(in, text.len - rest.len, text_safe(ch) == ch && ch != 0xfffd ? ch : 0, out);
}

/* A control sequence: ESC [ prefix numbers final. */
struct csi {
    char prefix; /* of a private one: < = > ? */
    int numbers[NUMBERS];
    int count;
    bool has_intermediate;
    char final;
};

static void parse_csi(struct sv body, struct csi *out)
{
    *out = (struct csi){.final = body.ptr[body.len - 1]};
    body.len--;
    if (body.len > 0 && strchr("<=>?", body.ptr[0]) != NULL) {
        out->prefix = body.ptr[0];
        body = sv_drop(body, 1);
    }
    for (; body.len > 0; body = sv_drop(body, 1)) {
        char c = body.ptr[0];
        int *number;

        if (out->count == 0)
            out->count = 1;
        if (c == ';' || c == ':')
            out->count++;
        else if (c < '0' || c > '9')
            out->has_intermediate = true;
        if (c < '0' || c > '9' || out->count > NUMBERS)
            continue;
        number = &out->numbers[out->count - 1];
        *number = *number > NUMBER_MAX ? *number : *number * 10 + (c - '0');
    }
}

static uint32_t key_of_final(char final)
{
    for (size_t i = 0; i < ARRAY_LEN(by_final); i++) {
        if (by_final[i].final == final)
            return by_final[i].key;
    }
    return 0;
}

/* rxvt ends what is pressed with Control in ^ or @. */
static uint32_t key_of_csi(const struct csi *csi)
{
    if (csi->prefix != '\0' || csi->has_intermediate)
        return 0;
    if (strchr("~^@", csi->final) == NULL)
        return key_of_final(csi->final);
    for (size_t i = 0; i < ARRAY_LEN(by_number); i++) {
        if (by_number[i].number == csi->numbers[0])
            return by_number[i].key;
    }
    return 0;
}

/* Of a mouse only the left button's press and the wheel mean something. */
static enum step mouse_event(int button, int col, int row, bool is_press, struct input_event *out)
{
    enum { MODIFIERS = 4 | 8 | 16, WHEEL = 64 };
    int which = button & ~MODIFIERS;

    if (!is_press || row < 1 || col < 1 || (which != 0 && which != WHEEL && which != WHEEL + 1))
        return STEP_AGAIN;
    out->kind = which == 0 ? INPUT_CLICK : INPUT_WHEEL;
    out->row = row - 1;
    out->col = col - 1;
    out->step = which == 0 ? 0 : which == WHEEL ? -1 : 1;
    return STEP_EVENT;
}

static enum step begin_paste(struct input *in)
{
    if (in->paste == NULL)
        in->paste = xarray(INPUT_PASTE_MAX, 1);
    in->paste_len = 0;
    in->is_cut = false;
    in->state = INPUT_IN_PASTE;
    return STEP_AGAIN;
}

static enum step act_on_csi(struct input *in, struct sv body, struct input_event *out)
{
    struct csi csi;

    parse_csi(body, &csi);
    if (csi.prefix == '<' && csi.count == 3 && (csi.final == 'M' || csi.final == 'm'))
        return mouse_event(csi.numbers[0], csi.numbers[1], csi.numbers[2], csi.final == 'M', out);
    if (csi.prefix == '\0' && csi.final == '~' && csi.numbers[0] == 200)
        return begin_paste(in);
    if (body.len == 1 && csi.final == 'I') {
        out->kind = INPUT_FOCUS;
        return STEP_EVENT;
    }
    return key_event(in, 0, key_of_csi(&csi), out);
}

/* The mouse of terminals that do not know the newer form: three bytes follow, each 32 more. */
static enum step take_old_mouse(struct input *in, struct input_event *out)
{
    struct sv text = pending(in);

    if (text.len < 6)
        return STEP_WAIT;
    in->start += 6;
    return mouse_event(byte_at(text, 3) - 32, byte_at(text, 4) - 32, byte_at(text, 5) - 32, true,
                       out);
}

/* The Linux console's F1 to F5: ESC [ [ A to E. */
static enum step take_linux_key(struct input *in, struct input_event *out)
{
    struct sv text = pending(in);
    uint32_t at;

    if (text.len < 4)
        return STEP_WAIT;
    at = (uint32_t)(byte_at(text, 3) - 'A');
    return key_event(in, 4, at < 5 ? KEYCODE_F1 + at : 0, out);
}

/* An overlong one is not kept until its end comes. */
static enum step skip_rest(struct input *in, size_t used)
{
    in->state = INPUT_IN_SEQUENCE;
    return key_event(in, used, 0, NULL);
}

static enum step take_csi(struct input *in, struct input_event *out)
{
    struct sv text = pending(in);
    size_t len = 2;

    if (text.len > 2 && text.ptr[2] == 'M')
        return take_old_mouse(in, out);
    if (text.len > 2 && text.ptr[2] == '[')
        return take_linux_key(in, out);
    while (len < text.len && byte_at(text, len) >= 0x20 && byte_at(text, len) <= 0x3f)
        len++;
    if (len > CSI_MAX)
        return skip_rest(in, len);
    if (len == text.len)
        return STEP_WAIT;
    /* Broken off: what broke it stands for itself. */
    if (byte_at(text, len) < 0x40 || byte_at(text, len) > 0x7e)
        return key_event(in, len, 0, out);
    in->start += len + 1;
    return act_on_csi(in, sv_drop(sv_take(text, len + 1), 2), out);
}

/* ESC O, at times a modifier, and a letter. The keypad's signs come as letters, too. */
static enum step take_ss3(struct input *in, struct input_event *out)
{
    struct sv text = pending(in);
    size_t len = 2;
    char final;

    while (len < text.len && byte_at(text, len) >= '0' && byte_at(text, len) <= ';')
        len++;
    if (len > SS3_MAX)
        return skip_rest(in, len);
    if (len == text.len)
        return STEP_WAIT;
    final = text.ptr[len];
    if (byte_at(text, len) < 0x40 || byte_at(text, len) > 0x7e)
        return key_event(in, len, 0, out);
    if (final >= 'j' && final <= 'y')
        return key_event(in, len + 1, (uint32_t)(final - 0x40), out);
    if (final == 'M')
        return key_event(in, len + 1, KEYCODE_ENTER, out);
    if (final == 'R')
        return key_event(in, len + 1, KEYCODE_F3, out);
    return key_event(in, len + 1, final == 'c' ? KEYCODE_RIGHT : key_of_final(final), out);
}

/* STEP_AGAIN when terminfo has no such sequence. */
static enum step take_terminfo(struct input *in, bool is_quiet, struct input_event *out)
{
    struct sv text = pending(in);
    bool has_begun = false;

    for (size_t i = 0; i < in->sequence_count; i++) {
        struct sv bytes = sv_of(in->sequences[i].bytes);

        if (sv_starts(text, bytes))
            return key_event(in, bytes.len, in->sequences[i].key, out);
        has_begun = has_begun || sv_starts(bytes, text);
    }
    return has_begun && !is_quiet ? STEP_WAIT : STEP_AGAIN;
}

/* Alt and a key that sends a sequence of its own is ESC ESC [ ... on some terminals. */
static enum step take_two_escapes(struct input *in, bool is_quiet, struct input_event *out)
{
    struct sv text = pending(in);
    bool is_alt = text.len > 2 && (text.ptr[2] == '[' || text.ptr[2] == 'O');

    if (text.len == 2 && !is_quiet)
        return STEP_WAIT;
    return key_event(in, 1, is_alt ? 0 : KEYCODE_ESC, out);
}

static enum step take_escape(struct input *in, bool is_quiet, struct input_event *out)
{
    struct sv text = pending(in);
    enum step step;

    if (text.len == 1)
        return is_quiet ? key_event(in, 1, KEYCODE_ESC, out) : STEP_WAIT;
    step = take_terminfo(in, is_quiet, out);
    if (step != STEP_AGAIN)
        return step;
    switch (text.ptr[1]) {
    case '[':
        return take_csi(in, out);
    case 'O':
        return take_ss3(in, out);
    case ESC:
        return take_two_escapes(in, is_quiet, out);
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
        in->state = INPUT_IN_STRING;
        return key_event(in, 2, 0, out);
    default: /* Alt and a character, or Esc and then a character */
        return key_event(in, 1, KEYCODE_ESC, out);
    }
}

static void keep_pasted(struct input *in, size_t count)
{
    size_t room = INPUT_PASTE_MAX - in->paste_len;
    size_t kept = count < room ? count : room;

    memcpy(in->paste + in->paste_len, in->bytes + in->start, kept);
    in->paste_len += kept;
    in->is_cut = in->is_cut || kept < count;
    in->start += count;
}

static enum step end_paste(struct input *in, size_t used, struct input_event *out)
{
    in->start += used;
    in->state = INPUT_PLAIN;
    out->kind = INPUT_PASTE;
    out->text = sv_make(in->paste, in->paste_len);
    out->is_cut = in->is_cut;
    return STEP_EVENT;
}

static enum step take_paste(struct input *in, bool is_quiet, struct input_event *out)
{
    static const struct sv end = {"\033[201~", 6};
    struct sv text = pending(in);
    const char *escape = text.len == 0 ? NULL : memchr(text.ptr, ESC, text.len);

    keep_pasted(in, escape == NULL ? text.len : (size_t)(escape - text.ptr));
    if (escape == NULL)
        return STEP_WAIT;
    text = pending(in);
    if (sv_starts(text, end))
        return end_paste(in, end.len, out);
    if (!sv_starts(end, text)) {
        keep_pasted(in, 1);
        return STEP_AGAIN;
    }
    if (!is_quiet || text.len > 1)
        return STEP_WAIT;
    in->is_cut = true;
    return end_paste(in, 1, out);
}

static enum step skip_sequence(struct input *in)
{
    for (; in->start < in->end; in->start++) {
        unsigned char c = (unsigned char)in->bytes[in->start];

        if (c >= 0x20 && c <= 0x3f)
            continue;
        in->state = INPUT_PLAIN;
        in->start += c >= 0x40 && c <= 0x7e;
        return STEP_AGAIN;
    }
    return STEP_WAIT;
}

/* Ends at BEL or ESC \, is broken off by CAN, SUB and any other sequence. */
static enum step skip_string(struct input *in)
{
    for (; in->start < in->end; in->start++) {
        struct sv text = pending(in);

        if (text.ptr[0] == ESC && text.len == 1)
            return STEP_WAIT;
        if (strchr("\a\030\032\033", text.ptr[0]) == NULL || text.ptr[0] == '\0')
            continue;
        in->state = INPUT_PLAIN;
        in->start += text.ptr[0] != ESC ? 1 : text.ptr[1] == '\\' ? 2 : 0;
        return STEP_AGAIN;
    }
    return STEP_WAIT;
}

static enum step take(struct input *in, bool is_quiet, struct input_event *out)
{
    switch (in->state) {
    case INPUT_IN_PASTE:
        return take_paste(in, is_quiet, out);
    case INPUT_IN_SEQUENCE:
        return skip_sequence(in);
    case INPUT_IN_STRING:
        return skip_string(in);
    case INPUT_PLAIN:
        break;
    }
    if (in->start == in->end)
        return STEP_WAIT;
    return in->bytes[in->start] == ESC ? take_escape(in, is_quiet, out) : take_character(in, out);
}

bool input_next(struct input *in, bool is_quiet, struct input_event *out)
{
    enum step step;

    do {
        *out = (struct input_event){.kind = INPUT_NONE};
        step = take(in, is_quiet, out);
        /* The pause ended a string, so an Esc behind it is one. */
        if (step == STEP_WAIT && is_quiet && in->state == INPUT_IN_STRING) {
            in->state = INPUT_PLAIN;
            step = STEP_AGAIN;
        }
    } while (step == STEP_AGAIN);
    if (step == STEP_WAIT && is_quiet && in->state != INPUT_IN_PASTE) {
        in->start = in->end;
        in->state = INPUT_PLAIN;
    }
    return step == STEP_EVENT;
}

bool input_is_waiting(const struct input *in)
{
    size_t count = in->end - in->start;

    if (in->state == INPUT_IN_PASTE)
        return count == 1;
    return count > 0 || in->state != INPUT_PLAIN;
}
