/* Rules: what a text that a person wrote may be made of, for environments and definitions.
 *
 * Each says a claim about the text only; the sentence is the caller's. An empty text keeps no rule.
 */
#ifndef PENSTOCK_MODEL_RULE_H
#define PENSTOCK_MODEL_RULE_H

#include "core/base/text.h"

bool rule_lower(char c);
bool rule_digit(char c);
bool rule_letter_or_digit(char c);

/* Letters, digits and the extra ones (ASCII). */
bool rule_made_of(struct sv text, const char *extra);
/* Lower-case letters, digits and single hyphens inside; begins with a letter. */
bool rule_name(struct sv text);
/* As rule_name, but a digit may begin it. */
bool rule_label(struct sv text);
bool rule_account(struct sv text); /* 12 digits */
bool rule_uuid(struct sv text);
/* Letters of any script, digits, blanks and _.:/=+-@: what all services take in a tag. */
bool rule_tag_text(struct sv text);
/* UTF-8 without controls or what hides or reorders text; an empty one too. */
bool rule_shown(struct sv text);

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
