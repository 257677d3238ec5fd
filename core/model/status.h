/* Statuses: what AWS calls the states of executions, stages, actions and conditions, as one list,
 * with what each means to a person.
 *
 * Source: facts/aws-api.md 7.1 and terminal-consoles.md 4. Superseded, Stopped, Cancelled and
 * Abandoned are never a success; an approval in progress is WAITING, which AWS has no word for. */
#ifndef PENSTOCK_MODEL_STATUS_H
#define PENSTOCK_MODEL_STATUS_H

#include "core/base/text.h"

/* clang-format off */
/*       name         AWS's word     word    UTF-8  ASCII  rank  running  kind */
#define STATUS_LIST(X) \
    X(NONE,           "",            "NONE", "◌",   '.',   9,    false,   QUIET)   /* never ran */ \
    X(UNKNOWN,        "?",           "?",    "◌",   '?',   5,    false,   QUIET)   /* not a word we know */ \
    X(FAILED,         "Failed",      "FAIL", "✗",   'x',   0,    false,   BAD)     \
    X(ERRORED,        "Errored",     "FAIL", "✗",   'x',   0,    false,   BAD)     /* conditions */ \
    X(WAITING,        "Waiting",     "WAIT", "?",   '?',   1,    true,    ATTENTION) \
    X(STOPPING,       "Stopping",    "STPG", "∅",   '/',   2,    true,    ATTENTION) \
    X(IN_PROGRESS,    "InProgress",  "RUN",  "▸",   '>',   3,    true,    BUSY)    \
    X(STOPPED,        "Stopped",     "STOP", "∅",   '/',   4,    false,   ATTENTION) \
    X(CANCELLED,      "Cancelled",   "CANC", "⊘",   '-',   6,    false,   QUIET)   \
    X(ABANDONED,      "Abandoned",   "ABND", "⊘",   '-',   6,    false,   QUIET)   \
    X(SUPERSEDED,     "Superseded",  "SUPR", "»",   '=',   6,    false,   QUIET)   \
    X(SKIPPED,        "Skipped",     "SKIP", "↷",   '~',   7,    false,   QUIET)   \
    X(OVERRIDDEN,     "Overridden",  "OVRD", "↷",   '~',   7,    false,   QUIET)   \
    X(SUCCEEDED,      "Succeeded",   "OK",   "✓",   '+',   8,    false,   GOOD)
/* clang-format on */

#define STATUS_ENUM(name, aws, word, glyph, ascii, rank, running, kind) STATUS_##name,
enum status { STATUS_LIST(STATUS_ENUM) STATUS_COUNT };
#undef STATUS_ENUM

/* What a status asks of a person; themes colour by it. */
enum status_kind {
    STATUS_KIND_QUIET,
    STATUS_KIND_GOOD,
    STATUS_KIND_BUSY,
    STATUS_KIND_ATTENTION,
    STATUS_KIND_BAD
};

enum status status_from_aws(struct sv word); /* NONE for an empty word, UNKNOWN for a strange one */
const char *status_aws(enum status s);       /* "InProgress"; also what the cache and JSON hold */
const char *status_word(enum status s);      /* at most 4 letters */
const char *status_glyph(enum status s);     /* UTF-8, one cell */
char status_ascii(enum status s);
int status_rank(enum status s);        /* 0 needs a person most; for "attention first" order */
bool status_is_running(enum status s); /* may still change by itself or by a person's answer */
bool status_is_success(enum status s); /* only SUCCEEDED */
enum status_kind status_kind(enum status s);

/* What a stage or pipeline of these parts is: the one with the lowest rank. NONE counts only when
 * all are. */
enum status status_worst(enum status a, enum status b);

#endif
