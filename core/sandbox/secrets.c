/* Secrets: kept as they are given. What a value holds goes into no message. */
#include "core/sandbox/secrets.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/ids.h"
#include "core/sandbox/members.h"
#include "core/sandbox/page.h"
#include "core/sandbox/tagging.h"

static const int64_t DAY_MS = 24LL * 60 * 60 * 1000;

enum { NAME_MAX_LENGTH = 512, VALUE_MAX = 65536 };

/* By name or ARN; an ARN may lack its six last signs. The secret, or NULL and the refusal. */
static cJSON *asked(struct call *c, bool may_be_marked)
{
    struct sv id = call_text(c, "SecretId", true);
    ptrdiff_t at = sv_find(id, SV(":secret:"));
    struct sv name = at < 0 ? id : sv_drop(id, (size_t)at + 8);
    cJSON *secret = call_record(c, "secrets.secret", c->region, name);

    if (secret == NULL && at >= 0 && name.len > 7)
        secret = call_record(c, "secrets.secret", c->region, sv_take(name, name.len - 7));
    if (secret == NULL)
        call_fail(c, 400, "ResourceNotFoundException",
                  "Secrets Manager can't find the specified secret.");
    if (secret == NULL || may_be_marked || json_get(secret, "DeletedDate") == NULL)
        return secret;
    call_fail(c, 400, "InvalidRequestException",
              "You can't perform this operation on the secret because it was marked for deletion.");
    cJSON_Delete(secret);
    return NULL;
}

static void store(struct call *c, const cJSON *secret)
{
    if (secret != NULL && !c->has_failed)
        (void)call_store(c, "secrets.secret", c->region, json_sv(secret, "Name"), secret);
}

static void put_names(struct call *c, const cJSON *secret)
{
    call_put(c, "ARN", json_sv(secret, "Arn"));
    call_put(c, "Name", json_sv(secret, "Name"));
}

/* A version with the value of the call, if it has one. */
static bool take_value(struct call *c, cJSON *secret)
{
    struct sv token = call_text(c, "ClientRequestToken", false);
    uint64_t number;
    char id[UID_SIZE];

    if (c->has_failed)
        return false;
    if (json_get(c->in, "SecretString") == NULL && json_get(c->in, "SecretBinary") == NULL)
        return true;
    if (call_text(c, "SecretString", false).len > VALUE_MAX) {
        call_fail(c, 400, "InvalidParameterException", "The value is over %d bytes.", VALUE_MAX);
        return false;
    }
    if (!call_ok(c, records_next(c->service->records, &number, c->err)))
        return false;
    (void)uid_text(uid_derive(c->service->token_seed, number ^ 0x736563726574), id);
    cJSON_DeleteItemFromObjectCaseSensitive(secret, "SecretString");
    cJSON_DeleteItemFromObjectCaseSensitive(secret, "SecretBinary");
    return call_ok(c, members_copy(secret, c->in, "SecretString SecretBinary") &&
                              member_put(secret, "VersionId", token.len > 0 ? token : sv_of(id)) &&
                              member_put_int(secret, "VersionDate", c->service->now_ms) &&
                              member_put_int(secret, "LastChangedDate", c->service->now_ms)
                          ? ERR_OK
                          : mem_err(c->err));
}

static void check_new(struct call *c, struct sv name)
{
    cJSON *old = call_record(c, "secrets.secret", c->region, name);

    if (!c->has_failed && (name.len == 0 || name.len > NAME_MAX_LENGTH))
        call_fail(c, 400, "ValidationException", "The name must have 1 to %d characters.",
                  NAME_MAX_LENGTH);
    if (old != NULL && json_get(old, "DeletedDate") != NULL)
        call_fail(c, 400, "InvalidRequestException",
                  "You can't create this secret because a secret with this name is already "
                  "scheduled for deletion.");
    if (old != NULL)
        call_fail(c, 400, "ResourceExistsException",
                  "The operation failed because the secret " SV_FMT " already exists.",
                  SV_ARG(name));
    cJSON_Delete(old);
}

/* The six letters and digits behind the name in an ARN. */
static bool six_signs(struct call *c, char out[7])
{
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    uint64_t bits = 0;

    if (!call_ok(c, records_next(c->service->records, &bits, c->err)))
        return false;
    bits = hash_mix(bits ^ c->service->token_seed.hi);
    for (int i = 0; i < 6; i++, bits /= 62)
        out[i] = signs[bits % 62];
    out[6] = '\0';
    return true;
}

void secrets_create(struct call *c)
{
    struct sv name = call_text(c, "Name", true);
    cJSON *secret;
    char signs[7];

    check_new(c, name);
    if (c->has_failed || !six_signs(c, signs))
        return;
    secret = cJSON_CreateObject();
    if (call_ok(c, member_put(secret, "Name", name) &&
                           member_putf(secret, "Arn",
                                       "arn:%s:secretsmanager:" SV_FMT ":" SV_FMT ":secret:" SV_FMT
                                       "-%s",
                                       arn_partition(c->region), SV_ARG(c->region),
                                       SV_ARG(c->account), SV_ARG(name), signs) &&
                           member_put_int(secret, "CreatedDate", c->service->now_ms) &&
                           member_put_int(secret, "LastChangedDate", c->service->now_ms) &&
                           members_copy(secret, c->in, "Description KmsKeyId")
                       ? tags_merge(secret, json_get(c->in, "Tags"), c->err)
                       : mem_err(c->err)) &&
        take_value(c, secret)) {
        store(c, secret);
        put_names(c, secret);
        call_put(c, "VersionId", json_sv(secret, "VersionId"));
    }
    cJSON_Delete(secret);
}

void secrets_get_value(struct call *c)
{
    cJSON *secret = asked(c, false);
    cJSON *stages;

    if (secret != NULL && json_get(secret, "VersionId") == NULL)
        call_fail(c, 400, "ResourceNotFoundException",
                  "Secrets Manager can't find the specified secret value for staging label: "
                  "AWSCURRENT");
    if (!c->has_failed) {
        put_names(c, secret);
        call_put(c, "VersionId", json_sv(secret, "VersionId"));
        call_put_copy(c, "SecretString", json_get(secret, "SecretString"));
        call_put_copy(c, "SecretBinary", json_get(secret, "SecretBinary"));
        stages = call_add(c, c->out, "VersionStages", cJSON_CreateArray());
        (void)call_add(c, stages, NULL, cJSON_CreateString("AWSCURRENT"));
        call_put_time(c, c->out, "CreatedDate", json_int(secret, "VersionDate", 0));
    }
    cJSON_Delete(secret);
}

void secrets_put_value(struct call *c)
{
    cJSON *secret = asked(c, false);
    cJSON *stages;

    if (secret != NULL && take_value(c, secret)) {
        store(c, secret);
        put_names(c, secret);
        call_put(c, "VersionId", json_sv(secret, "VersionId"));
        stages = call_add(c, c->out, "VersionStages", cJSON_CreateArray());
        (void)call_add(c, stages, NULL, cJSON_CreateString("AWSCURRENT"));
    }
    cJSON_Delete(secret);
}

void secrets_update(struct call *c)
{
    cJSON *secret = asked(c, false);

    if (secret != NULL && take_value(c, secret) &&
        call_ok(c,
                members_copy(secret, c->in, "Description KmsKeyId") ? ERR_OK : mem_err(c->err))) {
        store(c, secret);
        put_names(c, secret);
        call_put(c, "VersionId", json_sv(secret, "VersionId"));
    }
    cJSON_Delete(secret);
}

static void put_described(struct call *c, cJSON *out, const cJSON *secret)
{
    if (!members_copy(out, secret, "Name Description KmsKeyId Tags") ||
        !member_put(out, "ARN", json_sv(secret, "Arn")))
        (void)call_ok(c, mem_err(c->err));
    call_put_time(c, out, "CreatedDate", json_int(secret, "CreatedDate", 0));
    call_put_time(c, out, "LastChangedDate", json_int(secret, "LastChangedDate", 0));
    if (json_get(secret, "DeletedDate") != NULL)
        call_put_time(c, out, "DeletedDate", json_int(secret, "DeletedDate", 0));
}

void secrets_describe(struct call *c)
{
    cJSON *secret = asked(c, true);
    cJSON *versions;
    cJSON *stages;

    if (secret != NULL)
        put_described(c, c->out, secret);
    if (!c->has_failed && json_get(secret, "VersionId") != NULL) {
        versions = call_add(c, c->out, "VersionIdsToStages", cJSON_CreateObject());
        stages = call_add(c, versions, json_sv(secret, "VersionId").ptr, cJSON_CreateArray());
        (void)call_add(c, stages, NULL, cJSON_CreateString("AWSCURRENT"));
    }
    cJSON_Delete(secret);
}

static cJSON *listed(struct call *c, const cJSON *secret)
{
    cJSON *row;

    if (json_get(secret, "DeletedDate") != NULL && !call_bool(c, "IncludePlannedDeletion", false))
        return NULL;
    row = cJSON_CreateObject();
    put_described(c, row, secret);
    return row;
}

void secrets_list(struct call *c)
{
    const struct page page = {.list = "SecretList",
                              .next = "NextToken",
                              .limit = "MaxResults",
                              .token = "NextToken",
                              .usual = 100,
                              .most = 100,
                              .bad_token = "InvalidNextTokenException"};

    page_put(c, &page, page_collect(c, "secrets.secret", c->region, SV(""), listed));
}

/* ---- removal ---- */

static bool remove_later(struct call *c, cJSON *secret, int64_t at_ms)
{
    struct later later = {.at_ms = at_ms, .kind = "secrets.delete"};

    (void)snprintf(later.account, sizeof later.account, SV_FMT, SV_ARG(c->account));
    (void)snprintf(later.region, sizeof later.region, SV_FMT, SV_ARG(c->region));
    (void)snprintf(later.name, sizeof later.name, SV_FMT, SV_ARG(json_sv(secret, "Name")));
    if (!call_ok(c, later_add(c->service->records, &later, c->err)) ||
        !call_ok(c, member_put_int(secret, "DeletedDate", at_ms) ? ERR_OK : mem_err(c->err)))
        return false;
    store(c, secret);
    return !c->has_failed;
}

void secrets_delete(struct call *c)
{
    bool at_once = call_bool(c, "ForceDeleteWithoutRecovery", false);
    int64_t days = call_int(c, "RecoveryWindowInDays", 7, 30, 30);
    cJSON *secret = asked(c, at_once);
    struct record_key key = {.kind = "secrets.secret",
                             .account = c->account,
                             .region = c->region,
                             .name = json_sv(secret, "Name")};
    int64_t at_ms = c->service->now_ms + (at_once ? 0 : days * DAY_MS);

    if (!c->has_failed && (at_once ? call_ok(c, record_delete(c->service->records, &key, c->err))
                                   : remove_later(c, secret, at_ms))) {
        put_names(c, secret);
        call_put_time(c, c->out, "DeletionDate", at_ms);
    }
    cJSON_Delete(secret);
}

void secrets_restore(struct call *c)
{
    cJSON *secret = asked(c, true);

    cJSON_DeleteItemFromObjectCaseSensitive(secret, "DeletedDate");
    store(c, secret);
    put_names(c, secret);
    cJSON_Delete(secret);
}

enum err_code secrets_delete_due(struct service *s, const struct later *later, struct err *err)
{
    struct record_key key = {.kind = "secrets.secret",
                             .account = sv_of(later->account),
                             .region = sv_of(later->region),
                             .name = sv_of(later->name)};
    cJSON *secret;
    enum err_code rc = record_get(s->records, &key, &secret, err);
    bool is_due = !rc && secret != NULL && json_int(secret, "DeletedDate", INT64_MAX) <= s->now_ms;

    cJSON_Delete(secret);
    return is_due ? record_delete(s->records, &key, err) : rc;
}

void secrets_tag(struct call *c)
{
    cJSON *secret = asked(c, false);

    if (secret != NULL && call_ok(c, tags_merge(secret, json_get(c->in, "Tags"), c->err)))
        store(c, secret);
    cJSON_Delete(secret);
}

void secrets_untag(struct call *c)
{
    cJSON *secret = asked(c, false);

    tags_drop(secret, json_get(c->in, "TagKeys"));
    store(c, secret);
    cJSON_Delete(secret);
}
