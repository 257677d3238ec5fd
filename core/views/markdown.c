/* Texts of others in Markdown. CommonMark takes a backslash before any ASCII punctuation for that
 * sign itself; what begins a link by itself (www., a scheme, an address) loses its beginning. */
#include "core/views/incident.h"

static bool is_markup(uint32_t c)
{
    return c < 0x7f && c != 0 && strchr("\\`*_{}[]<>#+!|~&@$^=", (int)c) != NULL;
}

static bool begins_link(struct sv rest)
{
    return sv_starts(rest, SV("://")) ||
           (rest.len > 4 && sv_eq_nocase(sv_take(rest, 4), SV("www.")));
}

enum err_code markdown_add(struct sb *out, struct sv text, size_t most, struct err *err)
{
    struct sv rest = sv_trim(text);
    const char *begin = rest.ptr;
    bool was_blank = false;
    enum err_code rc = ERR_OK;

    while (rest.len > 0 && !rc) {
        struct sv before = rest;
        bool is_link = begins_link(rest);
        uint32_t c = utf8_next(&rest);
        bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');

        if ((size_t)(rest.ptr - begin) > most)
            return sb_add(out, SV("..."), err);
        if (is_blank && was_blank)
            continue;
        was_blank = is_blank;
        if (is_markup(c) || (is_link && c == ':'))
            rc = sb_addc(out, '\\', err);
        if (!rc)
            rc = is_blank ? sb_addc(out, ' ', err)
                          : sb_add_safe(out, sv_take(before, before.len - rest.len), err);
        /* The three letters stay, the dot behind them links nothing any more. */
        if (!rc && is_link && c != ':') {
            rc = sb_add(out, sv_take(rest, 2), err);
            if (!rc)
                rc = sb_add(out, SV("\\."), err);
            rest = sv_drop(rest, 3);
        }
    }
    return rc;
}
