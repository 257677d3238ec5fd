/* Members: JSON objects are built and copied from in few words.
 *
 * What puts answers false when memory is short, so a row of them ends in one question; items that
 * are given are taken in either case. */
#ifndef PENSTOCK_SANDBOX_MEMBERS_H
#define PENSTOCK_SANDBOX_MEMBERS_H

#include "core/base/json.h"

cJSON *item_text(struct sv text); /* NULL = no memory; SV_NONE is empty */
/* Replaces a member of that name. */
bool member_set(cJSON *object, const char *name, cJSON *item);
bool member_put(cJSON *object, const char *name, struct sv value); /* SV_NONE: nothing */
bool member_put_int(cJSON *object, const char *name, int64_t value);
bool member_putf(cJSON *object, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Those named, divided by blanks, that are there. */
bool members_copy(cJSON *to, const cJSON *from, const char *names);
/* The list or object of that name, made when it is absent. NULL = no memory. */
cJSON *member_list(cJSON *object, const char *name);
cJSON *member_object(cJSON *object, const char *name);

bool list_has(const cJSON *list, struct sv text);
bool list_add(cJSON *list, struct sv text);
void list_remove(cJSON *list, struct sv text);

/* "aws" of a region or of none. */
const char *arn_partition(struct sv region);

#endif
