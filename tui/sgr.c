#include "tui/sgr.h"

enum { PARAMETERS = 8, TEXT_SIZE = 64, COLOR_DEFAULT = -1, COLOR_BASIC = 256 };

/* FOREIGN is what we do not follow: it passes, and only the end of all ends it. */
enum attribute { BOLD = 1, DIM = 2, UNDERLINE = 4, REVERSE = 8, FOREIGN = 16 };

/* A colour is a number of the 256, or COLOR_BASIC + 30..37 and 90..97. */
struct look {
    unsigned attributes;
    int color;
};

static const struct look plain = {0, COLOR_DEFAULT};

struct squeeze {
    struct sb *out;
    struct look now;   /* what the terminal has */
    struct look asked; /* what ncurses wants from here on */
    bool is_known;     /* now is */
    bool has_charset;  /* it was selected once */
};

/* ---- reading ---- */

static int take_number(struct sv *text)
{
    int value = 0;
    size_t digits = 0;

    while (digits < text->len && text->ptr[digits] >= '0' && text->ptr[digits] <= '9' && digits < 4)
        value = value * 10 + (text->ptr[digits++] - '0');
    *text = sv_drop(*text, digits);
    return value;
}

/* The parameters of ESC [ ... m and its length; 0 when this is something else. */
static size_t read_sgr(struct sv text, int *parameters, size_t *count)
{
    struct sv rest = sv_drop(text, 2);

    *count = 0;
    if (!sv_starts(text, SV("\033[")))
        return 0;
    while (*count < PARAMETERS) {
        parameters[(*count)++] = take_number(&rest);
        if (sv_starts(rest, SV("m")))
            return text.len - rest.len + 1;
        if (!sv_starts(rest, SV(";")))
            return 0;
        rest = sv_drop(rest, 1);
    }
    return 0;
}

static unsigned attribute_of(int parameter)
{
    static const unsigned attributes[] = {[1] = BOLD, [2] = DIM, [4] = UNDERLINE, [7] = REVERSE};

    return parameter > 0 && (size_t)parameter < ARRAY_LEN(attributes) ? attributes[parameter] : 0;
}

static bool is_basic(int parameter)
{
    return (parameter >= 30 && parameter <= 37) || (parameter >= 90 && parameter <= 97);
}

/* False when there is one that we do not follow. */
static bool apply_one(struct look *look, int parameter)
{
    if (parameter == 0)
        *look = plain;
    else if (attribute_of(parameter) != 0)
        look->attributes |= attribute_of(parameter);
    else if (parameter == 22)
        look->attributes &= ~(unsigned)(BOLD | DIM);
    else if (parameter == 24)
        look->attributes &= ~(unsigned)UNDERLINE;
    else if (parameter == 27)
        look->attributes &= ~(unsigned)REVERSE;
    else if (is_basic(parameter))
        look->color = COLOR_BASIC + parameter;
    else if (parameter == 39)
        look->color = COLOR_DEFAULT;
    else
        return parameter == 49; /* no other background is ever set */
    return true;
}

static bool apply(struct look *look, const int *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_indexed = parameters[i] == 38 && i + 2 < count && parameters[i + 1] == 5;

        if (is_indexed) {
            look->color = parameters[i + 2];
            i += 2;
        } else if (!apply_one(look, parameters[i])) {
            return false;
        }
    }
    return true;
}

/* ---- writing ---- */

static void add_parameter(char *text, const char *parameter)
{
    size_t len = strlen(text);
    size_t size = strlen(parameter);

    if (len + size + 2 > TEXT_SIZE)
        return;
    if (len > 0)
        text[len++] = ';';
    memcpy(text + len, parameter, size + 1);
}

static void add_color(char *text, int color)
{
    char parameter[24];

    if (color >= COLOR_BASIC)
        snprintf(parameter, sizeof parameter, "%d", color - COLOR_BASIC);
    else if (color == COLOR_DEFAULT)
        snprintf(parameter, sizeof parameter, "39");
    else
        snprintf(parameter, sizeof parameter, "38;5;%d", color);
    add_parameter(text, parameter);
}

static void add_attributes(char *text, unsigned attributes)
{
    if (attributes & BOLD)
        add_parameter(text, "1");
    if (attributes & DIM)
        add_parameter(text, "2");
    if (attributes & UNDERLINE)
        add_parameter(text, "4");
    if (attributes & REVERSE)
        add_parameter(text, "7");
}

/* The end of an attribute is the end of all, then what goes on is said again. */
static enum err_code say(struct squeeze *s, struct err *err)
{
    bool is_less = !s->is_known || (s->now.attributes & ~s->asked.attributes) != 0;
    struct look from = is_less ? plain : s->now;
    char text[TEXT_SIZE] = "";

    if (s->is_known && s->now.attributes == s->asked.attributes && s->now.color == s->asked.color)
        return ERR_OK;
    if (s->asked.attributes == 0 && s->asked.color == COLOR_DEFAULT) {
        s->now = s->asked;
        s->is_known = true;
        return sb_add(s->out, SV("\033[m"), err);
    }
    if (is_less)
        add_parameter(text, "0");
    add_attributes(text, s->asked.attributes & ~from.attributes);
    if (s->asked.color != from.color)
        add_color(text, s->asked.color);
    s->now = s->asked;
    s->is_known = true;
    return sb_addf(s->out, err, "\033[%sm", text);
}

static size_t size_of_charset(struct sv text)
{
    if (sv_starts(text, SV("\033(B")))
        return 3;
    return sv_starts(text, SV("\017")) ? 1 : 0;
}

/* A blank looks the same with any attribute but these. */
static bool is_unseen(const struct squeeze *s, char byte)
{
    return byte == ' ' && s->is_known &&
           ((s->now.attributes | s->asked.attributes) & (UNDERLINE | REVERSE | FOREIGN)) == 0;
}

/* How much of the text was dealt with; 0 = none of it. */
static size_t take_escape(struct squeeze *s, struct sv text, enum err_code *rc, struct err *err)
{
    int parameters[PARAMETERS];
    size_t count;
    size_t size = size_of_charset(text);

    if (size > 0) {
        if (!s->has_charset)
            *rc = sb_add(s->out, sv_take(text, size), err);
        s->has_charset = true;
        return size;
    }
    size = read_sgr(text, parameters, &count);
    if (size == 0 || apply(&s->asked, parameters, count))
        return size;
    *rc = say(s, err);
    if (*rc == ERR_OK)
        *rc = sb_add(s->out, sv_take(text, size), err);
    s->asked.attributes |= FOREIGN;
    s->now.attributes |= FOREIGN;
    return size;
}

enum err_code sgr_squeeze(struct sv frame, bool is_first, struct sb *out, struct err *err)
{
    struct squeeze s = {
        .out = out, .now = plain, .asked = plain, .is_known = !is_first, .has_charset = !is_first};
    enum err_code rc = ERR_OK;

    while (frame.len > 0 && rc == ERR_OK) {
        char byte = frame.ptr[0];
        size_t size = byte == '\033' || byte == '\017' ? take_escape(&s, frame, &rc, err) : 0;

        if (size > 0) {
            frame = sv_drop(frame, size);
            continue;
        }
        if (rc == ERR_OK && !is_unseen(&s, byte))
            rc = say(&s, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, byte, err);
        frame = sv_drop(frame, 1);
    }
    return rc ? rc : say(&s, err);
}
