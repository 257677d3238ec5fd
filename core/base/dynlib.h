/* Libraries that are loaded when first needed: libcurl and libcrypto cost more than a cached status
 * when they are linked (facts/performance-reliability.md 0.1).
 *
 * A user keeps one X-macro list of the functions it calls and a struct of pointers made from it. */
#ifndef PENSTOCK_BASE_DYNLIB_H
#define PENSTOCK_BASE_DYNLIB_H

#include "core/base/err.h"

struct dynlib_symbol {
    const char *name;
    void **at; /* where its address goes */
};

/* Load soname ("libcurl.so.4") and find all symbols; package is what to install when it is missing.
 * Loaded libraries are never unloaded. */
enum err_code dynlib_load(const char *soname, const char *package,
                          const struct dynlib_symbol *symbols, size_t count,
                          struct err *err) MUST_CHECK;

#endif
