/* Functions that have a safer twin here do not compile: text.h has sb for the string ones, time.h
 * has the calendar ones. Included by err.h, so by every file. */
#ifndef PENSTOCK_BASE_BANNED_H
#define PENSTOCK_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Macros with clang and _FORTIFY_SOURCE, and a macro cannot be poisoned. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat strtok sprintf vsprintf gmtime localtime system   \
    popen

#endif
