#include "core/base/suggest.h"

#include "core/cli/verb.h"

const char *suggest_verb(const char *word)
{
    struct suggestion best = {0};

    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (verb_table[i].word != NULL && verb_table[i].help != NULL)
            suggest_consider(sv_of(word), verb_table[i].word, &best);
    }
    return best.word;
}

const char *suggest_option(const char *word, size_t len)
{
    struct suggestion best = {0};

    for (size_t i = 0; i < OPTION_COUNT; i++)
        suggest_consider(sv_make(word, len), option_table[i].word, &best);
    return best.word;
}
