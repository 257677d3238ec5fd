#include "core/model/status.h"

struct meaning {
    struct sv aws;
    const char *word;
    const char *glyph;
    int rank;
    enum status_kind kind;
    char ascii;
    bool is_running;
};

#define STATUS_MEANING(name, aws, word, glyph, ascii, rank, running, kind)                         \
    [STATUS_##name] = {{"" aws, sizeof(aws) - 1}, word,  glyph,  rank,                             \
                       STATUS_KIND_##kind,        ascii, running},
static const struct meaning meanings[] = {STATUS_LIST(STATUS_MEANING)};
#undef STATUS_MEANING
_Static_assert(ARRAY_LEN(meanings) == STATUS_COUNT, "one meaning for each status");

/* A number from outside (a file, a cast) must not read past the table. */
static const struct meaning *meaning(enum status s)
{
    return &meanings[(unsigned)s < STATUS_COUNT ? s : STATUS_UNKNOWN];
}

enum status status_from_aws(struct sv word)
{
    for (int s = 0; s < STATUS_COUNT; s++) {
        if (sv_eq(meanings[s].aws, word))
            return (enum status)s;
    }
    return STATUS_UNKNOWN;
}

const char *status_aws(enum status s)
{
    return meaning(s)->aws.ptr;
}

const char *status_word(enum status s)
{
    return meaning(s)->word;
}

const char *status_glyph(enum status s)
{
    return meaning(s)->glyph;
}

char status_ascii(enum status s)
{
    return meaning(s)->ascii;
}

int status_rank(enum status s)
{
    return meaning(s)->rank;
}

bool status_is_running(enum status s)
{
    return meaning(s)->is_running;
}

bool status_is_success(enum status s)
{
    return s == STATUS_SUCCEEDED;
}

enum status_kind status_kind(enum status s)
{
    return meaning(s)->kind;
}

/* Equal ranks keep the first, so the answer is one of the two and does not flicker. */
enum status status_worst(enum status a, enum status b)
{
    return status_rank(b) < status_rank(a) ? b : a;
}
