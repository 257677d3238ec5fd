/* Names of environments: does a list in the config mean this one? Everything that the guard and the
 * freezes ask goes through here.
 *
 * A name is meant by its own, in any case of letters, and prod, production, prd and live are one:
 * there are no other aliases. What is only a stage's name is meant by its words as well, divided at
 * - _ . / and where a capital begins: "Deploy-Production", "ProdDeploy", "eu_PROD". Not so behind
 * "pre", "non", "no" or "not": "Pre-Prod" is another environment. Pure. */
#ifndef PENSTOCK_OPERATE_GUARD_NAME_H
#define PENSTOCK_OPERATE_GUARD_NAME_H

#include "core/base/text.h"

/* list: divided by commas. "" is meant by none. */
bool names_mean(struct sv list, struct sv name, bool is_stage);

#endif
