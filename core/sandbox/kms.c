/* Keys: made, read, changed and, after a time, removed. No bytes are ever encrypted here. */
#include "core/sandbox/kms.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/ids.h"
#include "core/sandbox/kms_parts.h"
#include "core/sandbox/members.h"
#include "core/sandbox/page.h"
#include "core/sandbox/policy.h"
#include "core/sandbox/tagging.h"

enum { PAGE_MAX = 1000, PAGE_USUAL = 100, POLICY_MAX = 32768 };

static const int64_t DAY_MS = 24LL * 60 * 60 * 1000;

/* ---- which key ---- */

/* "alias/x" or its ARN gives the id of the key behind it. */
static struct sv key_of_alias(struct call *c, struct sv alias, cJSON **holder)
{
    if (sv_starts(alias, SV("arn:")))
        alias = sv_drop(alias, (size_t)(sv_find(alias, SV(":alias/")) + 1));
    *holder = call_record(c, "kms.alias", c->region, alias);
    if (*holder == NULL)
        call_fail(c, 400, "NotFoundException",
                  "Alias arn:%s:kms:" SV_FMT ":" SV_FMT ":" SV_FMT " is not found.",
                  arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account),
                  SV_ARG(sv_take(alias, 300)));
    return json_sv(*holder, "TargetKeyId");
}

cJSON *kms_asked_key(struct call *c, const char *member)
{
    struct sv id = call_text(c, member, true);
    cJSON *alias = NULL;
    cJSON *key;

    if (c->has_failed)
        return NULL;
    if (sv_starts(id, SV("alias/")) || sv_find(id, SV(":alias/")) > 0)
        id = key_of_alias(c, id, &alias);
    else if (sv_find(id, SV(":key/")) > 0)
        id = sv_drop(id, (size_t)sv_find(id, SV(":key/")) + 5);
    key = call_record(c, "kms.key", c->region, id);
    if (key == NULL)
        call_fail(c, 400, "NotFoundException",
                  "Key 'arn:%s:kms:" SV_FMT ":" SV_FMT ":key/" SV_FMT "' does not exist",
                  arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account),
                  SV_ARG(sv_take(id, 300)));
    cJSON_Delete(alias);
    return key;
}

/* One that is not about to go. */
static cJSON *asked_live_key(struct call *c)
{
    cJSON *key = kms_asked_key(c, "KeyId");

    if (key != NULL && sv_eq(json_sv(key, "KeyState"), SV("PendingDeletion"))) {
        call_fail(c, 400, "KMSInvalidStateException", SV_FMT " is pending deletion.",
                  SV_ARG(json_sv(key, "Arn")));
        cJSON_Delete(key);
        return NULL;
    }
    return key;
}

static void store(struct call *c, cJSON *key, bool is_good)
{
    if (key != NULL && !c->has_failed && call_ok(c, is_good ? ERR_OK : mem_err(c->err)))
        (void)call_store(c, "kms.key", c->region, json_sv(key, "KeyId"), key);
    cJSON_Delete(key);
}

/* ---- policies ---- */

static cJSON *usual_policy(struct call *c)
{
    char text[512];
    cJSON *policy = NULL;

    (void)snprintf(text, sizeof text,
                   "{\"Version\":\"2012-10-17\",\"Id\":\"key-default-1\",\"Statement\":[{\"Sid\":"
                   "\"Enable IAM User Permissions\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
                   "\"arn:%s:iam::" SV_FMT ":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}",
                   arn_partition(c->region), SV_ARG(c->account));
    (void)call_ok(c, json_parse(sv_of(text), &policy, c->err));
    return policy;
}

/* A policy after which nobody could change it is refused, unless that is asked for. */
static void check_lockout(struct call *c, const cJSON *policy)
{
    struct policy_ask ask = {.action = SV("kms:PutKeyPolicy"),
                             .resource = SV("*"),
                             .account = c->account,
                             .arn = c->request->who.arn};
    enum policy_answer answer = policy_judge(policy, &ask, true);

    if (!c->has_failed && !call_bool(c, "BypassPolicyLockoutSafetyCheck", false) &&
        answer != POLICY_ALLOWED && answer != POLICY_ALLOWED_BY_NAME)
        call_fail(c, 400, "MalformedPolicyDocumentException",
                  "The new key policy will not allow you to update the key policy in the future.");
}

/* The policy given, checked, or the usual one. NULL and the refusal. */
static cJSON *asked_policy(struct call *c)
{
    const cJSON *given = c->has_failed ? NULL : json_get(c->in, "Policy");
    char missing[IAM_WHY_MAX];
    struct err ignored = {0};
    cJSON *policy = NULL;
    bool exist = true;

    if (given == NULL)
        return usual_policy(c);
    if (cJSON_IsObject(given))
        (void)call_ok(c,
                      (policy = cJSON_Duplicate(given, true)) == NULL ? mem_err(c->err) : ERR_OK);
    else if (json_item_sv(given).len <= POLICY_MAX &&
             json_parse(json_item_sv(given), &policy, &ignored) == ERR_LIMIT)
        (void)call_ok(c, mem_err(c->err));
    if (json_get(policy, "Statement") == NULL)
        call_fail(c, 400, "MalformedPolicyDocumentException",
                  "The new key policy is not valid: syntax errors in policy.");
    else if (call_ok(c, iam_principals_exist(c->service, policy, &exist, missing, c->err)) &&
             !exist)
        call_fail(c, 400, "MalformedPolicyDocumentException",
                  "Policy contains a statement with one or more invalid principals.");
    check_lockout(c, policy);
    if (!c->has_failed)
        return policy;
    cJSON_Delete(policy);
    return NULL;
}

void kms_get_policy(struct call *c)
{
    cJSON *key = kms_asked_key(c, "KeyId");
    char *text = key == NULL ? NULL : cJSON_Print(json_get(key, "Policy"));

    if (text != NULL) {
        call_put(c, "Policy", sv_of(text));
        call_put(c, "PolicyName", SV("default"));
    }
    cJSON_free(text);
    cJSON_Delete(key);
}

void kms_put_policy(struct call *c)
{
    cJSON *key = asked_live_key(c);
    cJSON *policy = asked_policy(c);

    store(c, key, policy != NULL && member_set(key, "Policy", policy));
}

void kms_list_policies(struct call *c)
{
    cJSON *key = kms_asked_key(c, "KeyId");
    cJSON *names = call_add(c, c->out, "PolicyNames", cJSON_CreateArray());

    (void)call_add(c, names, NULL, cJSON_CreateString("default"));
    (void)call_add(c, c->out, "Truncated", cJSON_CreateFalse());
    cJSON_Delete(key);
}

/* ---- keys ---- */

static void put_metadata(struct call *c, const cJSON *key)
{
    cJSON *out = c->has_failed ? NULL : call_add(c, c->out, "KeyMetadata", cJSON_CreateObject());
    struct sv spec = json_sv(key, "KeySpec");
    cJSON *algorithms;

    if (out == NULL || !call_ok(c, members_copy(out, key,
                                                "AWSAccountId KeyId Arn Enabled Description "
                                                "KeyUsage KeyState Origin KeySpec MultiRegion") &&
                                           member_put(out, "KeyManager", SV("CUSTOMER")) &&
                                           member_put(out, "CustomerMasterKeySpec", spec)
                                       ? ERR_OK
                                       : mem_err(c->err)))
        return;
    algorithms = call_add(c, out, "EncryptionAlgorithms", cJSON_CreateArray());
    (void)call_add(c, algorithms, NULL, cJSON_CreateString("SYMMETRIC_DEFAULT"));
    call_put_time(c, out, "CreationDate", json_int(key, "CreationDate", 0));
    if (json_get(key, "DeletionDate") != NULL)
        call_put_time(c, out, "DeletionDate", json_int(key, "DeletionDate", 0));
}

static cJSON *new_key(struct call *c, cJSON *policy)
{
    cJSON *key = cJSON_CreateObject();
    uint64_t number = 0;
    char id[UID_SIZE];

    (void)call_ok(c, records_next(c->service->records, &number, c->err));
    (void)uid_text(uid_derive(c->service->token_seed, number ^ 0x6b6d736b6579), id);
    if (call_ok(c, member_set(key, "Policy", policy) && member_put(key, "KeyId", sv_of(id)) &&
                           member_putf(key, "Arn", "arn:%s:kms:" SV_FMT ":" SV_FMT ":key/%s",
                                       arn_partition(c->region), SV_ARG(c->region),
                                       SV_ARG(c->account), id) &&
                           member_put(key, "AWSAccountId", c->account) &&
                           member_put_int(key, "CreationDate", c->service->now_ms) &&
                           member_set(key, "Enabled", cJSON_CreateTrue()) &&
                           member_put(key, "Description", SV("")) &&
                           member_put(key, "KeyUsage", SV("ENCRYPT_DECRYPT")) &&
                           member_put(key, "KeyState", SV("Enabled")) &&
                           member_put(key, "Origin", SV("AWS_KMS")) &&
                           member_put(key, "KeySpec", SV("SYMMETRIC_DEFAULT")) &&
                           member_set(key, "MultiRegion", cJSON_CreateFalse()) &&
                           members_copy(key, c->in, "Description MultiRegion")
                       ? tags_merge(key, json_get(c->in, "Tags"), c->err)
                       : mem_err(c->err)))
        return key;
    cJSON_Delete(key);
    return NULL;
}

void kms_create_key(struct call *c)
{
    struct sv spec = call_text(c, "KeySpec", false);
    struct sv usage = call_text(c, "KeyUsage", false);
    cJSON *policy;
    cJSON *key;

    if ((spec.ptr != NULL && !sv_eq(spec, SV("SYMMETRIC_DEFAULT"))) ||
        (usage.ptr != NULL && !sv_eq(usage, SV("ENCRYPT_DECRYPT"))))
        call_fail(c, 400, "UnsupportedOperationException",
                  "The sandbox makes only keys of SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT.");
    policy = asked_policy(c);
    if (policy == NULL || c->has_failed) {
        cJSON_Delete(policy);
        return;
    }
    key = new_key(c, policy);
    if (key != NULL && call_store(c, "kms.key", c->region, json_sv(key, "KeyId"), key))
        put_metadata(c, key);
    cJSON_Delete(key);
}

void kms_describe_key(struct call *c)
{
    cJSON *key = kms_asked_key(c, "KeyId");

    put_metadata(c, key);
    cJSON_Delete(key);
}

static cJSON *key_row(struct call *c UNUSED, const cJSON *key)
{
    cJSON *row = cJSON_CreateObject();

    if (members_copy(row, key, "KeyId") && member_put(row, "KeyArn", json_sv(key, "Arn")))
        return row;
    cJSON_Delete(row);
    return NULL;
}

static void put_page(struct call *c, const char *member, cJSON *list)
{
    const struct page page = {.list = member,
                              .next = "NextMarker",
                              .flag = "Truncated",
                              .limit = "Limit",
                              .token = "Marker",
                              .usual = PAGE_USUAL,
                              .most = PAGE_MAX,
                              .bad_token = "InvalidMarkerException"};

    page_put(c, &page, list);
}

void kms_list_keys(struct call *c)
{
    put_page(c, "Keys", page_collect(c, "kms.key", c->region, SV(""), key_row));
}

static void set_enabled(struct call *c, bool is_enabled)
{
    cJSON *key = asked_live_key(c);

    store(c, key,
          member_set(key, "Enabled", cJSON_CreateBool(is_enabled)) &&
              member_put(key, "KeyState", is_enabled ? SV("Enabled") : SV("Disabled")));
}

void kms_enable_key(struct call *c)
{
    set_enabled(c, true);
}

void kms_disable_key(struct call *c)
{
    set_enabled(c, false);
}

void kms_update_description(struct call *c)
{
    struct sv text = call_text(c, "Description", true);
    cJSON *key = asked_live_key(c);

    store(c, key, member_put(key, "Description", text));
}

/* ---- rotation ---- */

static void set_rotation(struct call *c, bool rotates)
{
    int64_t days = call_int(c, "RotationPeriodInDays", 90, 2560, 365);
    cJSON *key = asked_live_key(c);

    store(c, key,
          member_set(key, "KeyRotationEnabled", cJSON_CreateBool(rotates)) &&
              member_put_int(key, "RotationPeriodInDays", days));
}

void kms_enable_rotation(struct call *c)
{
    set_rotation(c, true);
}

void kms_disable_rotation(struct call *c)
{
    set_rotation(c, false);
}

void kms_get_rotation(struct call *c)
{
    cJSON *key = kms_asked_key(c, "KeyId");
    bool rotates = json_bool(key, "KeyRotationEnabled", false);

    (void)call_add(c, c->out, "KeyRotationEnabled", cJSON_CreateBool(rotates));
    call_put(c, "KeyId", json_sv(key, "KeyId"));
    if (rotates)
        call_put_int(c, "RotationPeriodInDays", json_int(key, "RotationPeriodInDays", 365));
    cJSON_Delete(key);
}

/* ---- removal ---- */

static bool put_off(struct call *c, const cJSON *key, int64_t at_ms)
{
    struct later later = {.at_ms = at_ms, .kind = "kms.delete"};

    (void)snprintf(later.account, sizeof later.account, SV_FMT, SV_ARG(c->account));
    (void)snprintf(later.region, sizeof later.region, SV_FMT, SV_ARG(c->region));
    (void)snprintf(later.name, sizeof later.name, SV_FMT, SV_ARG(json_sv(key, "KeyId")));
    return call_ok(c, later_add(c->service->records, &later, c->err));
}

void kms_schedule_deletion(struct call *c)
{
    int64_t days = call_int(c, "PendingWindowInDays", 7, 30, 30);
    int64_t at_ms = c->service->now_ms + days * DAY_MS;
    cJSON *key = asked_live_key(c);

    if (key == NULL || c->has_failed || !put_off(c, key, at_ms)) {
        cJSON_Delete(key);
        return;
    }
    call_put(c, "KeyId", json_sv(key, "Arn"));
    call_put(c, "KeyState", SV("PendingDeletion"));
    call_put_int(c, "PendingWindowInDays", days);
    call_put_time(c, c->out, "DeletionDate", at_ms);
    store(c, key,
          member_put(key, "KeyState", SV("PendingDeletion")) &&
              member_set(key, "Enabled", cJSON_CreateFalse()) &&
              member_put_int(key, "DeletionDate", at_ms));
}

/* Back, but disabled. */
void kms_cancel_deletion(struct call *c)
{
    cJSON *key = kms_asked_key(c, "KeyId");

    if (key != NULL && !sv_eq(json_sv(key, "KeyState"), SV("PendingDeletion")))
        call_fail(c, 400, "KMSInvalidStateException", SV_FMT " is not pending deletion.",
                  SV_ARG(json_sv(key, "Arn")));
    call_put(c, "KeyId", json_sv(key, "Arn"));
    cJSON_DeleteItemFromObjectCaseSensitive(key, "DeletionDate");
    store(c, key, member_put(key, "KeyState", SV("Disabled")));
}

struct removal {
    struct service *service;
    struct sv key;
};

static enum err_code remove_alias(void *owner, const struct record_key *key, const cJSON *value,
                                  bool *goes_on UNUSED, struct err *err)
{
    struct removal *removal = owner;

    return sv_eq(json_sv(value, "TargetKeyId"), removal->key)
               ? record_delete(removal->service->records, key, err)
               : ERR_OK;
}

enum err_code kms_delete_due(struct service *s, const struct later *later, struct err *err)
{
    struct record_key key = {.kind = "kms.key",
                             .account = sv_of(later->account),
                             .region = sv_of(later->region),
                             .name = sv_of(later->name)};
    struct record_key aliases = {
        .kind = "kms.alias", .account = key.account, .region = key.region, .name = SV("")};
    struct removal removal = {.service = s, .key = key.name};
    cJSON *record;
    enum err_code rc = record_get(s->records, &key, &record, err);
    /* It may have been cancelled, and scheduled again for another day. */
    bool is_due = !rc && record != NULL && json_int(record, "DeletionDate", INT64_MAX) <= s->now_ms;

    cJSON_Delete(record);
    if (is_due)
        rc = record_delete(s->records, &key, err);
    if (is_due && !rc)
        rc = record_each(s->records, &aliases, SV(""), remove_alias, &removal, err);
    return rc;
}

/* ---- tags ---- */

void kms_tag(struct call *c)
{
    cJSON *key = asked_live_key(c);

    if (key != NULL)
        (void)call_ok(c, tags_merge(key, json_get(c->in, "Tags"), c->err));
    store(c, key, true);
}

void kms_untag(struct call *c)
{
    cJSON *key = asked_live_key(c);

    tags_drop(key, json_get(c->in, "TagKeys"));
    store(c, key, true);
}

void kms_list_tags(struct call *c)
{
    cJSON *key = kms_asked_key(c, "KeyId");

    if (key != NULL)
        put_page(c, "Tags", tags_list(key, "TagKey", "TagValue"));
    cJSON_Delete(key);
}
