/* Spellings: what a text that a person wrote may be made of, for environments and definitions.
 *
 * Each says a claim about the text only; the sentence is the caller's. An empty text keeps no rule.
 */
#ifndef PENSTOCK_MODEL_SPELLING_H
#define PENSTOCK_MODEL_SPELLING_H

#include "core/base/text.h"

bool spelling_lower(char c);
bool spelling_digit(char c);
bool spelling_letter_or_digit(char c);

/* Letters, digits and the extra ones (ASCII). */
bool spelling_made_of(struct sv text, const char *extra);
/* Lower-case letters, digits and single hyphens inside; begins with a letter. */
bool spelling_name(struct sv text);
/* As spelling_name, but a digit may begin it. */
bool spelling_label(struct sv text);
bool spelling_account(struct sv text); /* 12 digits */
bool spelling_uuid(struct sv text);
/* Letters of any script, digits, blanks and _.:/=+-@: what all services take in a tag. */
bool spelling_tag_text(struct sv text);
/* UTF-8 without controls or what hides or reorders text; an empty one too. */
bool spelling_shown(struct sv text);

/* The six parts of an ARN, borrowed; false when it has no such shape. */
struct arn {
    struct sv partition;
    struct sv service;
    struct sv region;
    struct sv account;
    struct sv resource; /* all behind the fifth colon */
};
bool arn_split(struct sv text, struct arn *out);

#endif
