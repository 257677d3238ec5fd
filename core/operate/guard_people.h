/* People: is the author of a commit who calls? How it is told stands in guard.h. Pure. */
#ifndef PENSTOCK_OPERATE_GUARD_PEOPLE_H
#define PENSTOCK_OPERATE_GUARD_PEOPLE_H

#include "core/base/ini.h"

enum sameness { PERSON_IS_ANOTHER, PERSON_IS_THE_SAME, PERSON_IS_UNKNOWN };

/* people: the config's section, or NULL. */
enum sameness person_compare(const struct ini_section *people, struct sv author, struct sv caller);

#endif
