/* CloudFormation inside: what its files share while they do one request or one task.
 *
 * Everything here is JSON, because a stack is a record. What goes wrong is remembered in struct
 * cfn, as struct call does: AWS's refusal (code, why) or the sandbox's own failure (rc); has_failed
 * is set with either, and what is called afterwards does nothing. */
#ifndef PENSTOCK_SANDBOX_CFN_H
#define PENSTOCK_SANDBOX_CFN_H

#include "core/sandbox/service.h"

struct cfn {
    struct service *service;
    struct sv account;
    struct sv region;
    struct err *err;
    bool has_failed;
    enum err_code rc;
    int status; /* of the refusal: HTTP's */
    char code[48];
    char why[STACK_WHY_MAX];
};

void cfn_init(struct cfn *c, struct service *service, struct sv account, struct sv region,
              struct err *err);
/* ValidationError. Only the first one counts. */
void cfn_refuse(struct cfn *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void cfn_refuse_as(struct cfn *c, int status, const char *code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
bool cfn_ok(struct cfn *c, enum err_code rc); /* false, remembered, when it is a failure */

/* Values. Those that return an item are NULL when the memory is short or it has failed before; who
 * takes an item frees it then. */
cJSON *cfn_text(struct cfn *c, struct sv text);
cJSON *cfn_textf(struct cfn *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
cJSON *cfn_copy(struct cfn *c, const cJSON *item);
cJSON *cfn_object(struct cfn *c);
cJSON *cfn_list(struct cfn *c);
/* Into an object (in place of what is there), or, without a name, at the end of a list. The item
 * as it is there now. */
cJSON *cfn_put(struct cfn *c, cJSON *to, const char *name, cJSON *item);
void cfn_put_text(struct cfn *c, cJSON *to, const char *name, struct sv text);
void cfn_put_int(struct cfn *c, cJSON *to, const char *name, int64_t value);
void cfn_put_bool(struct cfn *c, cJSON *to, const char *name, bool value);
void cfn_drop(cJSON *object, const char *name);
bool cfn_has(const cJSON *list, struct sv text); /* of texts */
void cfn_add_once(struct cfn *c, cJSON *list, struct sv text);
cJSON *cfn_get(cJSON *object, const char *name); /* json_get for what may be changed */
cJSON *cfn_get_sv(cJSON *object, struct sv name);
const cJSON *cfn_find(const cJSON *object, struct sv name); /* the same, only to be read */
/* "[A, B]" into out. */
void cfn_join(const cJSON *list, char *out, size_t size);

struct sv cfn_partition(struct sv region);
struct sv cfn_suffix(struct sv region);
bool cfn_word(const char *words, struct sv word); /* one of those divided by blanks? */

#endif
