/* Places for verbs: NAME, STAGE and ACTION as core/operate/place.h reads them, from a cache that is
 * brought up to date where it does not know them; and EXECUTION. */
#ifndef PENSTOCK_CLI_PLACE_H
#define PENSTOCK_CLI_PLACE_H

#include "core/cli/session.h"
#include "core/operate/operate.h"
#include "core/operate/place.h"

/* Before a name is taken from what the cache knows: of several contexts each that nobody listed yet
 * is, since it may have one of that name as well. One that cannot be is named by its own code, or
 * ERR_STALE. Nothing with --cached. */
enum err_code place_list_all(struct session *s, struct sv name, struct err *err) MUST_CHECK;

struct place_words {
    const char *name;
    const char *stage;  /* NULL = none */
    const char *action; /* NULL = none */
};

/* From the cache, brought up to date where it does not know NAME. Text in the arena. A stage that
 * the cache does not know is taken as typed: AWS is asked about it anyway. */
enum err_code place_find(struct session *s, const struct place_words *words, enum place_kind kind,
                         struct arena *arena, struct operand *out, struct err *err) MUST_CHECK;

enum place_use {
    PLACE_TO_READ, /* the cache's word will do where it knows one such execution; else AWS's */
    PLACE_TO_ACT,  /* AWS's list decides, lest one that the cache does not know is meant */
};

/* The execution of o->id that word, its id or the beginning that our tables show, means: the whole
 * id as o->execution_id, in the arena; "" for "". A whole id is taken as typed. */
enum err_code place_execution(struct session *s, struct sv word, enum place_use use,
                              struct arena *arena, struct operand *o, struct err *err) MUST_CHECK;

#endif
