#include "core/base/dynlib.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* True when some function of the C library may be another one's: an allocator that was linked or
 * put before all (the sanitizers' too), a tool that diverts connections. */
static bool may_be_replaced(void)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

    return libc == NULL || dlsym(libc, "malloc") != dlsym(RTLD_DEFAULT, "malloc") ||
           getenv("LD_PRELOAD") != NULL || access("/etc/ld.so.preload", F_OK) == 0;
}

/* Functions are bound when they are first called. Symbols that cannot wait, some ten thousand for
 * libcurl and what it needs, are sought among the library's own kind before everything that the
 * program was linked with: a twentieth of a cold `status`. */
static int binding(void)
{
#ifdef RTLD_DEEPBIND
    if (!may_be_replaced())
        return RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND;
#endif
    return RTLD_LAZY | RTLD_LOCAL;
}

enum err_code dynlib_load(const char *soname, const char *package,
                          const struct dynlib_symbol *symbols, size_t count, struct err *err)
{
    void *library = dlopen(soname, binding());

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
