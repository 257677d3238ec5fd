/* The files under assets/, embedded at build, so that a program needs nothing beside it. */
#ifndef PENSTOCK_BASE_ASSETS_H
#define PENSTOCK_BASE_ASSETS_H

#include <stddef.h>

struct asset {
    const char *path;  /* below assets/, e.g. "migrations/0001.sql"; NULL ends the table */
    const char *bytes; /* NUL-terminated */
    size_t len;
};

extern const struct asset assets[]; /* sorted by path */

#endif
