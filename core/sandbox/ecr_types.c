/* AWS::ECR::Repository. */
#include "core/sandbox/call.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "ecr", .title = "Ecr"};
}

static enum err_code put_attributes(struct resource_ask *ask)
{
    enum err_code rc = resource_set(ask, "Arn", "arn:%s:ecr:" SV_FMT ":" SV_FMT ":repository/%s",
                                    arn_partition(ask->region), SV_ARG(ask->region),
                                    SV_ARG(ask->account), ask->id);

    return rc ? rc
              : resource_set(ask, "RepositoryUri", SV_FMT ".dkr.ecr." SV_FMT ".amazonaws.com/%s",
                             SV_ARG(ask->account), SV_ARG(ask->region), ask->id);
}

/* Policies, after the repository is there; a policy may be text or an object. */
static enum err_code put_documents(const struct handler *h)
{
    struct resource_ask *ask = h->ask;
    struct sv lifecycle =
        json_sv(json_get(ask->properties, "LifecyclePolicy"), "LifecyclePolicyText");
    const cJSON *policy = json_get(ask->properties, "RepositoryPolicyText");
    char *text = policy == NULL ? NULL : cJSON_PrintUnformatted(policy);
    enum err_code rc = ERR_OK;

    if (lifecycle.len > 0)
        rc = handler_call(
            h, ecr_put_lifecycle,
            handler_in2("repositoryName", sv_of(ask->id), "lifecyclePolicyText", lifecycle), NULL);
    if (!rc && text != NULL && !handler_refused(h))
        rc = handler_call(h, ecr_set_policy,
                          handler_in2("repositoryName", sv_of(ask->id), "policyText", sv_of(text)),
                          NULL);
    cJSON_free(text);
    return rc;
}

/* Members begin with a small letter, as this service wants them. */
static cJSON *repository_in(struct resource_ask *ask)
{
    const cJSON *mutability = json_get(ask->properties, "ImageTagMutability");
    const cJSON *scanning = json_get(ask->properties, "ImageScanningConfiguration");
    const cJSON *encryption = json_get(ask->properties, "EncryptionConfiguration");
    cJSON *in = handler_in("repositoryName", sv_of(ask->id));

    in = handler_with(in, "tags", resource_tags(ask, "Tags"));
    if (mutability != NULL)
        in = handler_with(in, "imageTagMutability", cJSON_Duplicate(mutability, true));
    if (scanning != NULL) {
        cJSON *on = cJSON_CreateBool(json_bool(scanning, "ScanOnPush", false));

        in = handler_with(in, "imageScanningConfiguration",
                          handler_with(cJSON_CreateObject(), "scanOnPush", on));
    }
    if (encryption != NULL)
        in = handler_with(in, "encryptionConfiguration",
                          handler_in2("encryptionType", json_sv(encryption, "EncryptionType"),
                                      "kmsKey", json_sv(encryption, "KmsKey")));
    return in;
}

static enum err_code create_repository(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = resource_name(ask, "RepositoryName", 256, true);

    if (!rc)
        rc = handler_call(&h, ecr_create, repository_in(ask), NULL);
    if (!rc && !handler_refused(&h))
        rc = put_documents(&h);
    return rc ? rc : put_attributes(ask);
}

static enum err_code update_repository(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = handler_call(&h, ecr_put_mutability, repository_in(ask), NULL);

    if (!rc && !handler_refused(&h))
        rc = handler_call(&h, ecr_put_scanning, repository_in(ask), NULL);
    if (!rc && !handler_refused(&h))
        rc = put_documents(&h);
    return rc ? rc : put_attributes(ask);
}

static enum err_code remove_repository(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return handler_remove(&h, ecr_delete, handler_in("repositoryName", sv_of(ask->id)));
}

static enum err_code repository_exists(struct resource_ask *ask)
{
    const struct record_key key = {
        .kind = "ecr.repository", .account = ask->account, .region = ask->region};

    return resource_find(ask, "RepositoryName", &key);
}

extern const struct resource_type ecr_types[];
const struct resource_type ecr_types[] = {
    {.type = "AWS::ECR::Repository",
     .name_property = "RepositoryName",
     .replaced_by = "RepositoryName EncryptionConfiguration",
     .required = "",
     .attributes = "Arn RepositoryUri",
     .seconds = 5,
     .create = create_repository,
     .update = update_repository,
     .remove = remove_repository,
     .exists = repository_exists},
    {0},
};
