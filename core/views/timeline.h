/* The timeline: one execution's stages and actions over time, as bars of text. What a person was
 * waited for is told apart from work by its sign, each try of an action is a span of its own, and
 * what still runs ends in a sign for now. Pure, from a pipeline's part of the tree. */
#ifndef PENSTOCK_VIEWS_TIMELINE_H
#define PENSTOCK_VIEWS_TIMELINE_H

#include "core/views/pipeline_tree.h"

struct timeline_span {
    int64_t from;
    int64_t to; /* 0 = it goes on */
    enum status status;
    bool is_wait; /* for a person */
};

struct timeline_row {
    struct sv stage;
    struct sv action;   /* "" = the stage itself */
    enum status status; /* as it ran last */
    int64_t from;       /* 0 = it did not begin */
    int64_t to;         /* 0 = it goes on, or did not begin */
    const struct timeline_span *spans;
    size_t span_count;
    size_t tries;      /* of an action; of a stage the most of its actions */
    int64_t worked_ms; /* until now, when it goes on; -1 = it did no work */
    int64_t waited_ms; /* while nothing else of it went on */
    int64_t p50_ms;    /* of a stage; -1 = no sample */
    int64_t p90_ms;
    size_t samples;
    struct sv error;   /* of the last try */
    struct sv summary; /* likewise: of an approval what was said */
    struct sv who;     /* who answered it; "" = not known */
};

struct timeline {
    int64_t from;
    int64_t to; /* now, while it runs */
    bool is_running;
    const struct timeline_row *rows; /* stages as defined, then those that only ran, each followed
                                        by its actions */
    size_t count;
};

/* Text is borrowed from the part. */
enum err_code timeline_make(const struct pipeline_part *part, const struct execution *execution,
                            int64_t now_ms, struct arena *arena, struct timeline *out,
                            struct err *err) MUST_CHECK;

/* One row's bar of so many cells. */
enum err_code timeline_bar(const struct timeline *t, const struct timeline_row *row, int cells,
                           bool is_utf8, struct sb *out, struct err *err) MUST_CHECK;
/* What its signs mean, in a line. */
const char *timeline_legend(bool is_utf8);

/* "2.1x slower than usual", "as usual", ""; by the median, when there are enough samples. */
enum { VERDICT_SIZE = 48 };
const char *timeline_verdict(const struct timeline_row *row, char out[VERDICT_SIZE]);

/* How a stage's duration went in its last runs. */
enum { TREND_MAX = 12, TREND_LEAST = 4 };
struct trend {
    char
        line[TREND_MAX + 1]; /* a sign for each, the oldest first, from '_' (short) to '#' (long) */
    size_t count;
    const char *word; /* "slower", "faster", "steady"; "" with less than TREND_LEAST */
};
void trend_of(const struct pipeline_part *part, struct sv stage, struct trend *out);

#endif
