/* Secrets Manager: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_SECRETS_H
#define PENSTOCK_SANDBOX_SECRETS_H

/* clang-format off */
/*       service  operation  function */
#define SECRETS_CALLS(X) \
    X("secretsmanager", "CreateSecret", secrets_create) \
    X("secretsmanager", "GetSecretValue", secrets_get_value) \
    X("secretsmanager", "PutSecretValue", secrets_put_value) \
    X("secretsmanager", "UpdateSecret", secrets_update) \
    X("secretsmanager", "DescribeSecret", secrets_describe) \
    X("secretsmanager", "ListSecrets", secrets_list) \
    X("secretsmanager", "DeleteSecret", secrets_delete) \
    X("secretsmanager", "RestoreSecret", secrets_restore) \
    X("secretsmanager", "TagResource", secrets_tag) \
    X("secretsmanager", "UntagResource", secrets_untag)
/*       kind     function: what happens later */
#define SECRETS_LATER(X) \
    X("secrets.delete", secrets_delete_due)
/* clang-format on */

#endif
