/* The person at this host, as the host knows them. */
#ifndef PENSTOCK_BASE_USER_H
#define PENSTOCK_BASE_USER_H

#include "core/base/text.h"

/* The login that the program runs as; its number when the host knows no name. */
void user_login(char *out, size_t size);
/* The same, but whoever called sudo. */
void user_person(char *out, size_t size);
/* The login's home as the host's list of users says it, whatever HOME does; false when it is not
 * there or does not fit. */
bool user_home(char *out, size_t size);

#endif
