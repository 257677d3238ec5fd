/* SSM Parameter Store: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_SSM_H
#define PENSTOCK_SANDBOX_SSM_H

/* clang-format off */
/*       service  operation  function */
#define SSM_CALLS(X) \
    X("ssm", "PutParameter", ssm_put) \
    X("ssm", "GetParameter", ssm_get) \
    X("ssm", "GetParameters", ssm_get_several) \
    X("ssm", "GetParametersByPath", ssm_get_by_path) \
    X("ssm", "GetParameterHistory", ssm_get_history) \
    X("ssm", "DescribeParameters", ssm_describe) \
    X("ssm", "DeleteParameter", ssm_delete) \
    X("ssm", "DeleteParameters", ssm_delete_several) \
    X("ssm", "AddTagsToResource", ssm_tag) \
    X("ssm", "RemoveTagsFromResource", ssm_untag) \
    X("ssm", "ListTagsForResource", ssm_list_tags)
/*       kind     function: what happens later */
#define SSM_LATER(X)
/* clang-format on */

#endif
