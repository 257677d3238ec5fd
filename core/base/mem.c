#include "core/base/mem.h"

#include <stdint.h>

static long fail_at;
static long count;

static int must_fail(void)
{
    count++;
    return fail_at > 0 && count == fail_at;
}

void *mem_alloc(size_t size)
{
    return must_fail() ? NULL : calloc(1, size > 0 ? size : 1);
}

void *mem_alloc_raw(size_t size)
{
    return must_fail() ? NULL : malloc(size > 0 ? size : 1);
}

void *mem_array(size_t n, size_t size)
{
    return must_fail() ? NULL : calloc(n > 0 ? n : 1, size > 0 ? size : 1);
}

void *mem_resize(void *old, size_t n, size_t size)
{
    if (must_fail() || (size > 0 && n > SIZE_MAX / size))
        return NULL;
    return realloc(old, n * size > 0 ? n * size : 1);
}

char *mem_dup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mem_alloc(size);

    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

void mem_free(void *p)
{
    free(p);
}

enum err_code mem_err(struct err *err)
{
    return err_set(err, ERR_LIMIT, "out of memory");
}

void mem_fail_at(long n)
{
    fail_at = n;
    count = 0;
}

long mem_count(void)
{
    return count;
}
