#include "core/deploy/denial.h"

enum { WORD_MAX = 600 };

/* What follows the words, up to what cannot be part of an ARN. */
static struct sv word_after(struct sv text, struct sv words)
{
    ptrdiff_t at = sv_find(text, words);
    struct sv word;
    size_t len = 0;

    if (at < 0)
        return SV("");
    word = sv_trim(sv_drop(text, (size_t)at + words.len));
    while (len < word.len && (unsigned char)word.ptr[len] > ' ' && word.ptr[len] != '"' &&
           word.ptr[len] != '<' && word.ptr[len] != '\\')
        len++;
    /* A full stop ends the sentence, not the name. */
    while (len > 0 && (word.ptr[len - 1] == '.' || word.ptr[len - 1] == ','))
        len--;
    return len > WORD_MAX ? SV("") : sv_take(word, len);
}

static struct sv resource_of(struct sv arn)
{
    struct sv rest = arn;
    struct sv service = SV("");

    if (!sv_starts(arn, SV("arn:")))
        return SV("");
    for (int i = 0; i < 5 && rest.ptr != NULL; i++) {
        struct sv part = sv_cut(rest, ':', &rest);

        if (i == 2)
            service = part;
    }
    if (rest.ptr == NULL)
        return SV("");
    if (sv_eq(service, SV("codepipeline")))
        return sv_cut(rest, '/', &rest);
    return rest;
}

struct denial_words denial_read(struct sv body)
{
    static const struct sv perform = {"not authorized to perform", 25};
    ptrdiff_t at = sv_find(body, perform);
    struct denial_words out = {SV(""), SV(""), SV("")};
    struct sv rest;

    if (at < 0)
        return out;
    out.caller = word_after(sv_take(body, (size_t)at), SV("User:"));
    rest = sv_drop(body, (size_t)at + perform.len);
    out.iam_action = word_after(rest, SV(":"));
    if (sv_find(out.iam_action, SV(":")) <= 0)
        out.iam_action = SV("");
    out.resource = resource_of(word_after(rest, SV("on resource:")));
    return out;
}
