/* Defects: everything that is wrong with what a person wrote, found in one pass and each naming its
 * field, so that nobody corrects a file seven times. */
#ifndef PENSTOCK_MODEL_DEFECT_H
#define PENSTOCK_MODEL_DEFECT_H

#include "core/base/text.h"

enum { DEFECTS_MAX = 200, DEFECT_FIELD_SIZE = 96, DEFECT_TEXT_SIZE = 256 };

struct defect {
    char field[DEFECT_FIELD_SIZE]; /* "environments[2].stage"; "" = the whole */
    char text[DEFECT_TEXT_SIZE];   /* a sentence that says what to do; clean for a terminal */
    bool is_warning;               /* said, but no reason to stop */
    bool is_refusal;               /* what was given is right, and how things stand is not */
};

struct defects {
    struct defect items[DEFECTS_MAX]; /* those over the limit are counted only */
    size_t count;                     /* kept in items */
    size_t errors;                    /* all that are no warnings */
    size_t refusals;                  /* of them */
    size_t left_out;
};

void defects_add(struct defects *defects, const char *field, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void defects_warn(struct defects *defects, const char *field, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* An error that another input would not mend: a freeze, or a stage in which nothing failed. */
void defects_refuse(struct defects *defects, const char *field, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The first of a field only: what is missing must not be called wrong as well. */
void defects_add_first(struct defects *defects, const char *field, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* "environments[2].stage", cut with a '~' when it is too long; returns out. */
const char *defect_field(char out[DEFECT_FIELD_SIZE], const char *fmt, ...) PRINTF_LIKE(2, 3);
const struct defect *defects_of(const struct defects *defects,
                                const char *field); /* NULL; the first */
/* ERR_OK without errors, else the first one and how many more there are: ERR_FAILED when all of
 * them are refusals, ERR_USAGE when something that was given is wrong. */
enum err_code defects_err(const struct defects *defects, struct err *err);

#endif
