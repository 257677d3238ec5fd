#include "core/base/dynlib.h"

#include <dlfcn.h>

enum err_code dynlib_load(const char *soname, const char *package,
                          const struct dynlib_symbol *symbols, size_t count, struct err *err)
{
    /* Lazily: libcurl and what it needs have some ten thousand functions, we call twenty. */
    void *library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);

    if (library == NULL)
        return err_set(err, ERR_FAILED, "%s cannot be loaded: install %s", soname, package);
    for (size_t i = 0; i < count; i++) {
        *symbols[i].at = dlsym(library, symbols[i].name);
        if (*symbols[i].at == NULL) {
            return err_set(err, ERR_FAILED, "%s has no %s: install a newer %s", soname,
                           symbols[i].name, package);
        }
    }
    return ERR_OK;
}
