/* Triggers: what began an execution, and who, from triggerType and triggerDetail. Pure. */
#ifndef PENSTOCK_MODEL_TRIGGER_H
#define PENSTOCK_MODEL_TRIGGER_H

#include "core/base/text.h"

/* The short name of the person or role that a detail's ARN names ("ana" of
 * arn:aws:sts::111111111111:assumed-role/Ops/ana); empty when it names a rule, a webhook or
 * nothing. Borrowed. */
struct sv trigger_person(struct sv detail);
/* "a push", "a person", "a schedule or event", ...; AWS's own word for a strange one; borrowed. */
struct sv trigger_words(struct sv type);

#endif
