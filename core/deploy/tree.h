/* Trees: cJSON built readably. A failure is remembered and told once, by tree_done.
 *
 * Every value that is put somewhere belongs to that place from then on, also when putting it
 * failed. NULL parents are fine (something failed before), so calls in between need no checks. */
#ifndef PENSTOCK_DEPLOY_TREE_H
#define PENSTOCK_DEPLOY_TREE_H

#include "core/base/json.h"

struct tree {
    struct err *err;
    enum err_code rc;
    cJSON *root; /* an object */
};

void tree_init(struct tree *t, struct err *err);
/* The caller's (cJSON_Delete); on failure everything is freed. */
enum err_code tree_done(struct tree *t, cJSON **out) MUST_CHECK;
/* For what fails beside the tree: remembered as if it were the tree's own. True when it failed. */
bool tree_failed(struct tree *t, enum err_code rc);

/* Both return the value, NULL after a failure. A NULL value is a failure. */
cJSON *tree_put(struct tree *t, cJSON *object, const char *name, cJSON *value);
cJSON *tree_add(struct tree *t, cJSON *list, cJSON *value);

/* A new object or list, put or added in the same breath. */
cJSON *tree_object(struct tree *t, cJSON *object, const char *name);
cJSON *tree_list(struct tree *t, cJSON *object, const char *name);
cJSON *tree_add_object(struct tree *t, cJSON *list);

void tree_put_sv(struct tree *t, cJSON *object, const char *name, struct sv value);
void tree_put_text(struct tree *t, cJSON *object, const char *name, const char *value);
void tree_put_int(struct tree *t, cJSON *object, const char *name, int value);
void tree_put_bool(struct tree *t, cJSON *object, const char *name, bool value);
void tree_add_text(struct tree *t, cJSON *list, const char *value);

/* Values not put anywhere yet. */
cJSON *tree_new_object(struct tree *t);
cJSON *tree_new_list(struct tree *t);
cJSON *tree_sv(struct tree *t, struct sv value);
cJSON *tree_text(struct tree *t, const char *value);
cJSON *tree_textf(struct tree *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Texts up to a NULL, as a list. */
cJSON *tree_texts(struct tree *t, const char *const *texts);
#define TREE_TEXTS(t, ...) tree_texts((t), (const char *const[]){__VA_ARGS__, NULL})

/* CloudFormation's functions. What goes into a sub comes from names that were checked: a "${" of a
 * person's would be taken for a reference. */
cJSON *tree_ref(struct tree *t, const char *logical);
cJSON *tree_get_att(struct tree *t, const char *logical, const char *attribute);
cJSON *tree_sub(struct tree *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* {"Fn::If":[condition, yes, no]}; a NULL one is AWS::NoValue. */
cJSON *tree_if(struct tree *t, const char *condition, cJSON *yes, cJSON *no);

#endif
