/* ECR: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_ECR_H
#define PENSTOCK_SANDBOX_ECR_H

/* clang-format off */
/*       service  operation  function */
#define ECR_CALLS(X) \
    X("ecr", "CreateRepository", ecr_create) \
    X("ecr", "DescribeRepositories", ecr_describe) \
    X("ecr", "DeleteRepository", ecr_delete) \
    X("ecr", "ListImages", ecr_list_images) \
    X("ecr", "DescribeImages", ecr_describe_images) \
    X("ecr", "GetAuthorizationToken", ecr_get_token) \
    X("ecr", "PutLifecyclePolicy", ecr_put_lifecycle) \
    X("ecr", "GetLifecyclePolicy", ecr_get_lifecycle) \
    X("ecr", "DeleteLifecyclePolicy", ecr_delete_lifecycle) \
    X("ecr", "SetRepositoryPolicy", ecr_set_policy) \
    X("ecr", "GetRepositoryPolicy", ecr_get_policy) \
    X("ecr", "DeleteRepositoryPolicy", ecr_delete_policy) \
    X("ecr", "PutImageTagMutability", ecr_put_mutability) \
    X("ecr", "PutImageScanningConfiguration", ecr_put_scanning) \
    X("ecr", "TagResource", ecr_tag) \
    X("ecr", "UntagResource", ecr_untag) \
    X("ecr", "ListTagsForResource", ecr_list_tags)
/*       kind     function: what happens later */
#define ECR_LATER(X)
/* clang-format on */

#endif
