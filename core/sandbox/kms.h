/* KMS: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_KMS_H
#define PENSTOCK_SANDBOX_KMS_H

/* clang-format off */
/*       service  operation  function */
#define KMS_CALLS(X) \
    X("kms", "CreateKey", kms_create_key) \
    X("kms", "DescribeKey", kms_describe_key) \
    X("kms", "ListKeys", kms_list_keys) \
    X("kms", "EnableKey", kms_enable_key) \
    X("kms", "DisableKey", kms_disable_key) \
    X("kms", "UpdateKeyDescription", kms_update_description) \
    X("kms", "GetKeyPolicy", kms_get_policy) \
    X("kms", "PutKeyPolicy", kms_put_policy) \
    X("kms", "ListKeyPolicies", kms_list_policies) \
    X("kms", "EnableKeyRotation", kms_enable_rotation) \
    X("kms", "DisableKeyRotation", kms_disable_rotation) \
    X("kms", "GetKeyRotationStatus", kms_get_rotation) \
    X("kms", "ScheduleKeyDeletion", kms_schedule_deletion) \
    X("kms", "CancelKeyDeletion", kms_cancel_deletion) \
    X("kms", "CreateAlias", kms_create_alias) \
    X("kms", "UpdateAlias", kms_update_alias) \
    X("kms", "DeleteAlias", kms_delete_alias) \
    X("kms", "ListAliases", kms_list_aliases) \
    X("kms", "TagResource", kms_tag) \
    X("kms", "UntagResource", kms_untag) \
    X("kms", "ListResourceTags", kms_list_tags)
/*       kind     function: what happens later */
#define KMS_LATER(X) \
    X("kms.delete", kms_delete_due)
/* clang-format on */

#endif
