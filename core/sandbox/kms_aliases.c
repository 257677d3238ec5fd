/* Aliases: names of keys. */
#include "core/base/mem.h"
#include "core/sandbox/kms_parts.h"
#include "core/sandbox/members.h"
#include "core/sandbox/page.h"

static struct sv asked_name(struct call *c)
{
    struct sv name = call_text(c, "AliasName", true);

    if (!c->has_failed && (!sv_starts(name, SV("alias/")) || name.len < 7 || name.len > 256))
        call_fail(c, 400, "ValidationException",
                  "Alias must start with the prefix \"alias/\". Please see "
                  "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
    if (!c->has_failed && sv_starts(name, SV("alias/aws/")))
        call_fail(c, 400, "NotAuthorizedException", "An alias may not begin with alias/aws/");
    return name;
}

static cJSON *new_alias(struct call *c, struct sv name, const cJSON *key)
{
    cJSON *alias = cJSON_CreateObject();

    if (call_ok(c, member_put(alias, "AliasName", name) &&
                           member_putf(alias, "Arn", "arn:%s:kms:" SV_FMT ":" SV_FMT ":" SV_FMT,
                                       arn_partition(c->region), SV_ARG(c->region),
                                       SV_ARG(c->account), SV_ARG(name)) &&
                           member_put(alias, "TargetKeyId", json_sv(key, "KeyId")) &&
                           member_put_int(alias, "CreationDate", c->service->now_ms) &&
                           member_put_int(alias, "LastUpdatedDate", c->service->now_ms)
                       ? ERR_OK
                       : mem_err(c->err)))
        return alias;
    cJSON_Delete(alias);
    return NULL;
}

static void put_alias(struct call *c, bool is_new)
{
    struct sv name = asked_name(c);
    cJSON *key = c->has_failed ? NULL : kms_asked_key(c, "TargetKeyId");
    cJSON *old = key == NULL ? NULL : call_record(c, "kms.alias", c->region, name);
    cJSON *alias = NULL;

    if (old != NULL && is_new)
        call_fail(c, 400, "AlreadyExistsException",
                  "An alias with the name " SV_FMT " already exists", SV_ARG(json_sv(old, "Arn")));
    if (old == NULL && !is_new)
        call_fail(c, 400, "NotFoundException", "Alias " SV_FMT " is not found.", SV_ARG(name));
    if (!c->has_failed)
        alias = new_alias(c, name, key);
    if (alias != NULL)
        (void)call_store(c, "kms.alias", c->region, name, alias);
    cJSON_Delete(alias);
    cJSON_Delete(old);
    cJSON_Delete(key);
}

void kms_create_alias(struct call *c)
{
    put_alias(c, true);
}

void kms_update_alias(struct call *c)
{
    put_alias(c, false);
}

void kms_delete_alias(struct call *c)
{
    struct sv name = call_text(c, "AliasName", true);
    cJSON *alias = call_record(c, "kms.alias", c->region, name);
    struct record_key key = {
        .kind = "kms.alias", .account = c->account, .region = c->region, .name = name};

    if (alias == NULL)
        call_fail(c, 400, "NotFoundException",
                  "Alias arn:%s:kms:" SV_FMT ":" SV_FMT ":" SV_FMT " is not found.",
                  arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account),
                  SV_ARG(sv_take(name, 256)));
    cJSON_Delete(alias);
    if (!c->has_failed)
        (void)call_ok(c, record_delete(c->service->records, &key, c->err));
}

static cJSON *alias_row(struct call *c, const cJSON *alias)
{
    cJSON *row;

    if (json_get(c->in, "KeyId") != NULL &&
        !sv_ends(call_text(c, "KeyId", false), json_sv(alias, "TargetKeyId")))
        return NULL;
    row = cJSON_CreateObject();
    if (!members_copy(row, alias, "AliasName TargetKeyId") ||
        !member_put(row, "AliasArn", json_sv(alias, "Arn")))
        (void)call_ok(c, mem_err(c->err));
    call_put_time(c, row, "CreationDate", json_int(alias, "CreationDate", 0));
    call_put_time(c, row, "LastUpdatedDate", json_int(alias, "LastUpdatedDate", 0));
    return row;
}

void kms_list_aliases(struct call *c)
{
    const struct page page = {.list = "Aliases",
                              .next = "NextMarker",
                              .flag = "Truncated",
                              .limit = "Limit",
                              .token = "Marker",
                              .usual = 50,
                              .most = 100,
                              .bad_token = "InvalidMarkerException"};

    page_put(c, &page, page_collect(c, "kms.alias", c->region, SV(""), alias_row));
}
