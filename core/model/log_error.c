#include "core/model/log_error.h"

enum { LOOKED_AT = 4096 }; /* bytes of a line */

static const struct word {
    struct sv text;
    bool is_counted; /* "0 errors", "error: 0" */
} words[] = {
    {{"error", 5}, true},
    {{"exception", 9}, true},
    {{"fail", 4}, true},
    {{"fatal", 5}, true},
    {{"traceback", 9}, false},
    {{"panic:", 6}, false},
    {{"denied", 6}, false},
    {{"not authorized", 14}, false},
    {{"undefined reference", 19}, false},
    {{"cannot find", 11}, false},
    {{"command not found", 17}, false},
    {{"no such file", 12}, false},
    {{"did not exit successfully", 25}, false},
};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_nocase(struct sv text, struct sv word)
{
    if (text.len < word.len)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (small(text.ptr[i]) != word.ptr[i])
            return false;
    }
    return true;
}

static bool ends_before(struct sv line, size_t at, const char *word)
{
    struct sv before = sv_take(line, at);
    struct sv end = sv_of(word);

    return before.len >= end.len && starts_nocase(sv_drop(before, before.len - end.len), end) &&
           (before.len == end.len || !is_digit(before.ptr[before.len - end.len - 1]) ||
            !is_digit(word[0]));
}

/* "0 errors", "no error", "errors: 0", "failures=0", "fail_on_error = false". */
static bool is_none(struct sv line, size_t at, size_t len)
{
    static const char *const before[] = {"0 ", "no ", "without ", "zero ", "ignore ", "any "};
    struct sv rest = sv_drop(line, at + len);

    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        if (ends_before(line, at, before[i]))
            return true;
    }
    while (rest.len > 0 && (is_small(rest.ptr[0]) || rest.ptr[0] == '"'))
        rest = sv_drop(rest, 1);
    if (rest.len == 0 || (rest.ptr[0] != ':' && rest.ptr[0] != '='))
        return false;
    rest = sv_trim(sv_drop(rest, 1));
    return rest.len > 0 && rest.ptr[0] == '0' && (rest.len == 1 || !is_digit(rest.ptr[1]));
}

/* In the middle of another word it is none, but "ValidationError" is. */
static bool begins_word(struct sv line, size_t at)
{
    return at == 0 || !is_small(line.ptr[at - 1]) || !is_small(line.ptr[at]);
}

bool log_line_is_error(struct sv line)
{
    line = sv_take(line, LOOKED_AT);
    for (size_t at = 0; at < line.len; at++) {
        char c = small(line.ptr[at]);

        if (c != 'e' && c != 'f' && c != 't' && c != 'p' && c != 'd' && c != 'n' && c != 'u' &&
            c != 'c')
            continue;
        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
            if (c == words[i].text.ptr[0] && starts_nocase(sv_drop(line, at), words[i].text) &&
                begins_word(line, at) &&
                !(words[i].is_counted && is_none(line, at, words[i].text.len)))
                return true;
        }
    }
    return false;
}

static bool is_codebuild(struct sv line)
{
    return sv_starts(line, SV("[Container]"));
}

bool log_line_is_end(struct sv line)
{
    line = sv_take(line, LOOKED_AT);
    return is_codebuild(line) && (sv_find(line, SV("State: FAILED")) >= 0 ||
                                  sv_find(line, SV("did not exit successfully")) >= 0);
}

bool log_line_is_command(struct sv line)
{
    line = sv_take(line, LOOKED_AT);
    return is_codebuild(line) && (sv_find(line, SV(" Running command ")) >= 0 ||
                                  sv_find(line, SV(" Entering phase ")) >= 0);
}
