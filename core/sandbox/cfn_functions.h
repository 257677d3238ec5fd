/* The intrinsic functions one by one, for cfn_intrinsics.c, which has the table of them. */
#ifndef PENSTOCK_SANDBOX_CFN_FUNCTIONS_H
#define PENSTOCK_SANDBOX_CFN_FUNCTIONS_H

#include "core/sandbox/cfn_intrinsics.h"

/* Those that see their argument evaluated, with nothing left open. The caller's; NULL: refused. */
typedef cJSON *cfn_function(struct cfn_scope *x, const cJSON *arg);
cfn_function fn_equals;
cfn_function fn_contains;
cfn_function fn_each_member;
cfn_function fn_join;
cfn_function fn_split;
cfn_function fn_select;
cfn_function fn_find_in_map;
cfn_function fn_import_value;
cfn_function fn_base64;
cfn_function fn_get_azs;
cfn_function fn_not_here;

/* It sees its argument as it is written. */
cfn_function fn_sub;
void fn_sub_refs(const cJSON *arg, cfn_ref_fn *fn, void *owner);

/* Numbers and booleans count as texts. SV_NONE for what is neither. */
struct digits {
    char text[40];
};
struct sv value_text(const cJSON *item, struct digits *digits);
/* {name: arg}; takes arg. */
cJSON *value_open(struct cfn_scope *x, const char *name, cJSON *arg);
cJSON *value_refuse(struct cfn_scope *x, const char *sentence); /* NULL */

/* Of a parameter, a pseudo parameter or a resource; of a resource's attribute. */
cJSON *value_named(struct cfn_scope *x, struct sv name);
cJSON *value_attribute(struct cfn_scope *x, struct sv name, struct sv attribute);
bool value_is_function(const cJSON *value);

#endif
