/* AWS::SecretsManager::Secret: its Ref is its ARN. */
#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/ids.h"
#include "core/sandbox/members.h"

enum { PASSWORD_MAX = 256 };

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "secretsmanager", .title = "SecretsManager"};
}

/* Letters, digits and, unless they are excluded, punctuation. From the sandbox's seed, not from the
 * system: the same seed gives the same world. */
static enum err_code password(struct resource_ask *ask, const cJSON *rules,
                              char out[PASSWORD_MAX + 1])
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              "!#$%&'()*+,-./:;<=>?@[]^_`{|}~";
    const char *signs = json_bool(rules, "ExcludePunctuation", false) ? plain : all;
    struct sv excluded = json_sv(rules, "ExcludeCharacters");
    int64_t length = json_int(rules, "PasswordLength", 32);
    uint64_t bits;
    enum err_code rc = records_next(ask->service->records, &bits, ask->err);
    int64_t at = 0;

    if (rc)
        return rc;
    length = length < 1 || length > PASSWORD_MAX ? 32 : length;
    /* Where nearly all are excluded, the tries end before the length is reached. */
    for (int tries = 0; at < length && tries < 100000; tries++) {
        bits = hash_mix(bits ^ ask->service->token_seed.lo);
        if (memchr(excluded.len == 0 ? "" : excluded.ptr, signs[bits % strlen(signs)],
                   excluded.len) == NULL)
            out[at++] = signs[bits % strlen(signs)];
    }
    out[at] = '\0';
    return ERR_OK;
}

/* The password alone, or as a member of the template. */
static enum err_code put_generated(struct resource_ask *ask, const cJSON *rules, cJSON *in)
{
    struct sv template = json_sv(rules, "SecretStringTemplate");
    struct sv key = json_sv(rules, "GenerateStringKey");
    char made[PASSWORD_MAX + 1];
    cJSON *whole = NULL;
    char *text = NULL;
    enum err_code rc = password(ask, rules, made);

    if (rc)
        return rc;
    if (template.ptr == NULL || key.ptr == NULL)
        return member_put(in, "SecretString", sv_of(made)) ? ERR_OK : mem_err(ask->err);
    if (json_parse(template, &whole, NULL) || !cJSON_IsObject(whole)) {
        cJSON_Delete(whole);
        return resource_refuse(ask, "SecretStringTemplate is not a JSON object.");
    }
    if (member_put(whole, key.ptr, sv_of(made)))
        text = cJSON_PrintUnformatted(whole);
    if (text == NULL || !member_put(in, "SecretString", sv_of(text)))
        rc = mem_err(ask->err);
    cJSON_free(text);
    cJSON_Delete(whole);
    return rc;
}

static enum err_code create_secret(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    const cJSON *rules = json_get(ask->properties, "GenerateSecretString");
    enum err_code rc = resource_name(ask, "Name", 512, false);
    cJSON *in = handler_in("Name", sv_of(ask->id));
    cJSON *out = NULL;

    if (!rc && (!members_copy(in, ask->properties, "Description KmsKeyId SecretString") ||
                !member_set(in, "Tags", resource_tags(ask, "Tags"))))
        rc = mem_err(ask->err);
    if (!rc && rules != NULL)
        rc = put_generated(ask, rules, in);
    if (rc || handler_refused(&h)) {
        cJSON_Delete(in);
        return rc;
    }
    rc = handler_call(&h, secrets_create, in, &out);
    if (!rc && out != NULL) {
        struct sv arn = json_sv(out, "ARN");

        (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(arn));
        rc = resource_set(ask, "Id", "%s", ask->id);
    }
    cJSON_Delete(out);
    return rc;
}

static enum err_code update_secret(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = handler_in("SecretId", sv_of(ask->id));
    enum err_code rc;

    if (!members_copy(in, ask->properties, "Description KmsKeyId SecretString")) {
        cJSON_Delete(in);
        in = NULL;
    }
    rc = handler_call(&h, secrets_update, in, NULL);
    return rc ? rc : resource_set(ask, "Id", "%s", ask->id);
}

/* At once, as CloudFormation does it. */
static enum err_code remove_secret(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = handler_in("SecretId", sv_of(ask->id));

    return handler_remove(&h, secrets_delete,
                          handler_with(in, "ForceDeleteWithoutRecovery", cJSON_CreateTrue()));
}

extern const struct resource_type secrets_types[];
const struct resource_type secrets_types[] = {
    {.type = "AWS::SecretsManager::Secret",
     .name_property = "Name",
     .replaced_by = "Name",
     .required = "",
     .attributes = "Id",
     .seconds = 3,
     .create = create_secret,
     .update = update_secret,
     .remove = remove_secret},
    {0},
};
