#include "core/model/spelling.h"

bool spelling_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool spelling_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool spelling_letter_or_digit(char c)
{
    return spelling_lower(c) || spelling_digit(c) || (c >= 'A' && c <= 'Z');
}

bool spelling_made_of(struct sv text, const char *extra)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!spelling_letter_or_digit(c) && (c == '\0' || strchr(extra, c) == NULL))
            return false;
    }
    return text.len > 0;
}

bool spelling_label(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_edge = i == 0 || i + 1 == text.len;

        if (c == '-' ? is_edge || text.ptr[i - 1] == '-' : !spelling_lower(c) && !spelling_digit(c))
            return false;
    }
    return text.len > 0;
}

bool spelling_name(struct sv text)
{
    return spelling_label(text) && spelling_lower(text.ptr[0]);
}

bool spelling_account(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!spelling_digit(text.ptr[i]))
            return false;
    }
    return text.len == 12;
}

bool spelling_uuid(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        char c = text.ptr[i];

        if (is_hyphen ? c != '-' : !spelling_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return text.len == 36;
}

/* ASCII is judged exactly; of the rest only what could be no letter at all is kept out, and AWS has
 * the last word on it. */
bool spelling_tag_text(struct sv text)
{
    if (text.len == 0 || !spelling_shown(text))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((unsigned char)c < 0x80 && !spelling_letter_or_digit(c) &&
            strchr(" _.:/=+-@", c) == NULL)
            return false;
    }
    return true;
}

bool spelling_shown(struct sv text)
{
    while (text.len > 0) {
        uint32_t c = utf8_next(&text);

        if (c == 0xfffd || text_safe(c) != c)
            return false;
    }
    return true;
}

bool arn_split(struct sv text, struct arn *out)
{
    struct sv *const parts[] = {&out->partition, &out->service, &out->region, &out->account};
    struct sv rest;

    if (!sv_eq(sv_cut(text, ':', &rest), SV("arn")) || rest.ptr == NULL)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        *parts[i] = sv_cut(rest, ':', &rest);
        if (rest.ptr == NULL)
            return false;
    }
    out->resource = rest;
    return sv_starts(out->partition, SV("aws")) && rest.len > 0;
}
