/* Every allocation of core goes through here, so that one test can make each of them fail in turn.
 *
 * All return NULL when there is no memory; core then returns ERR_LIMIT. */
#ifndef PENSTOCK_BASE_MEM_H
#define PENSTOCK_BASE_MEM_H

#include <stddef.h>

#include "core/base/err.h"

void *mem_alloc(size_t size) MUST_CHECK;                           /* zeroed; size 0 is 1 byte */
void *mem_alloc_raw(size_t size) MUST_CHECK;                       /* not zeroed */
void *mem_array(size_t count, size_t size) MUST_CHECK;             /* zeroed; overflow is NULL */
void *mem_resize(void *old, size_t count, size_t size) MUST_CHECK; /* old stays valid on NULL */
char *mem_dup(const char *text) MUST_CHECK;
void mem_free(void *p); /* NULL is fine */

/* The sentence every caller returns when memory is short. */
enum err_code mem_err(struct err *err);

/* For the torture test: fail the n-th allocation from now on (1 is the next), only that one;
 * 0 switches it off. mem_count tells how many there were since. Includes cJSON's. */
void mem_fail_at(long n);
long mem_count(void);

#endif
